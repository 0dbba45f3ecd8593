"""What is no sheet is refused by its content, under any name, with what it is and what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from importer.reading.file_type import is_binary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.errors import FileRefused

CSV = b"phone,firstName\n4155552671,Ana\n"


def zip_of(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/"), part)
    return buffer.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table patients (phone text)")
    content = connection.serialize()
    connection.close()
    return content


OTHERS = [
    pytest.param(gzip.compress(CSV), "gzip", id="gzip"),
    pytest.param(bz2.compress(CSV), "bzip2", id="bzip2"),
    pytest.param(lzma.compress(CSV), "xz", id="xz"),
    pytest.param(b"7z\xbc\xaf\x27\x1c" + bytes(100), "7-zip", id="7-zip"),
    pytest.param(b"Rar!\x1a\x07\x01" + bytes(100), "RAR", id="rar"),
    pytest.param(zip_of(**{"week.csv": CSV}), "zip archive", id="zipped-csv"),
    pytest.param(zip_of(), "empty zip", id="empty-zip"),
    pytest.param(zip_of(**{"[Content_Types].xml": b"", "word__document.xml": b""}), "Word", id="docx"),
    pytest.param(zip_of(Index__Document=b""), "Numbers", id="numbers"),
    pytest.param(zip_of(mimetype=b"application/vnd.oasis.opendocument.text"), "OpenDocument text", id="odt"),
    pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF", id="pdf"),
    pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG", id="png"),
    pytest.param(b"\xff\xd8\xff\xe0" + bytes(100), "JPEG", id="jpeg"),
    pytest.param(b"<!DOCTYPE html>\n<html><table><tr><td>phone", "HTML", id="html"),
    pytest.param(b"\xef\xbb\xbf\n <HTML><body>", "HTML", id="html-with-bom"),
    pytest.param(b"<table border=1><tr><td>phone</td></tr>", "HTML", id="table-saved-as-xls"),
    pytest.param(
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "Excel 2003 XML",
        id="xml-2003",
    ),
    pytest.param(b'<?xml version="1.0"?><appointments>', "XML", id="xml"),
    pytest.param(b"{\\rtf1\\ansi", "RTF", id="rtf"),
    pytest.param(database(), "SQLite", id="sqlite"),
    pytest.param(b"\x09\x08\x08\x00\x00\x05" + bytes(100), "Excel 3 or 4", id="excel-4"),
    pytest.param(bytes(range(256)) * 4, "binary", id="random-bytes"),
]


@pytest.mark.parametrize(("content", "what"), OTHERS)
@pytest.mark.parametrize("name", ["week.csv", "week.xlsx"])
def test_refuses_other_kinds(
    tmp_path: Path, refusal: Callable[..., FileRefused], content: bytes, what: str, name: str
) -> None:
    """Each other kind is told by its name in plain words, and never read as text."""
    path = tmp_path / name
    path.write_bytes(content)

    refused = refusal(path)

    assert refused.code == "file_kind_unknown"
    assert what in str(refused)
    assert refused.fix


def test_text_under_a_wrong_name(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A CSV that calls itself XLSX is read as what it is."""
    path = tmp_path / "week.xlsx"
    path.write_bytes(CSV)

    assert read(path).rows == {2: ["4155552671", "Ana"]}


def test_zip_without_directory(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A zip whose directory was cut off is a damaged workbook."""
    path = tmp_path / "cut.xlsx"
    path.write_bytes(zip_of(**{"[Content_Types].xml": b"x" * 1000})[:500])

    assert refusal(path).code == "workbook_damaged"


@pytest.mark.parametrize(
    ("head", "binary"),
    [
        (CSV, False),
        (b"phone\x00,x\n" * 3, False),
        ("phone,José\n".encode("utf-16-le") * 20, False),
        ("phone,José\n".encode("utf-16") * 20, False),
        (b"a\x01b\x02" * 200, True),
    ],
)
def test_binary_is_told_from_slips(head: bytes, binary: bool) -> None:  # the expected answer
    """A control character here and there leaves a text a text; a good share of them does not."""
    assert is_binary(head) is binary


@pytest.mark.parametrize("comments", [1, 28, 4_000])
def test_comments_before_nothing(text: Callable[..., Path], refusal: Callable[..., FileRefused], comments: int) -> None:
    """Comments without end cost no time: a page behind them is known, and what is none is read as text."""
    refused = refusal(text(b"<?xml version='1.0'?>" + b"<!-- x -->\n" * comments + b"<html><body>x"))

    assert refused.code == "file_kind_unknown"
    assert "HTML" in str(refused)
