"""Where bytes come from: paths of every sort, stdin, and files that change while they are read."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from importer.reading import sources
from importer.reading.limits import Limits
from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.errors import FileRefused

CONTENT = b"phone,firstName\n4155552671,Ana\n"
ROWS = {2: ["4155552671", "Ana"]}


@pytest.mark.parametrize(
    "name",
    [
        "-rf.csv",
        "two\nlines.csv",
        "\u202egnp.csv",
        "spaces and ' quotes\".csv",
        "no extension",
        ".hidden",
        "Übersicht März.csv",
        "x" * 240 + ".csv",
        os.fsdecode(b"bytes\xff\xfe.csv"),
    ],
)
def test_odd_names(tmp_path: Path, read: Callable[..., Any], name: str) -> None:
    """A file is read whatever its name; the name that is handed on can always be stored and shown as text."""
    path = tmp_path / name
    path.write_bytes(CONTENT)

    with open_sheet(path) as sheet:
        shown = sheet.source.name

    assert read(path).rows == ROWS
    assert shown.encode("utf-8")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("missing.csv", "file_not_found", id="missing"),
        pytest.param("missing/sheet.csv", "file_not_found", id="missing-folder"),
        pytest.param("sheet.csv/inside.csv", "file_not_found", id="inside-a-file"),
        pytest.param("folder", "file_not_regular", id="folder"),
        pytest.param("x" * 300, "file_not_found", id="name-too-long"),
        pytest.param("nul\0byte", "file_not_found", id="nul-in-name"),
        pytest.param("pipe", "file_not_regular", id="pipe-without-writer"),
        pytest.param("circle", "file_not_found", id="link-in-a-circle"),
        pytest.param("/dev/zero", "file_not_regular", id="device"),
    ],
)
def test_refuses_what_is_no_file(tmp_path: Path, refusal: Callable[..., FileRefused], path: str, code: str) -> None:
    """What is no regular file is refused at once, with the reason; nothing hangs."""
    (tmp_path / "sheet.csv").write_bytes(CONTENT)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")

    assert refusal(str(tmp_path / path)).code == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A file without the right to read it is refused as such."""
    path = tmp_path / "sheet.csv"
    path.write_bytes(CONTENT)
    path.chmod(0)

    assert refusal(path).code == "file_unreadable"


def test_link_is_followed(tmp_path: Path, read: Callable[..., Any]) -> None:
    """A link to a sheet is the sheet."""
    (tmp_path / "sheet.csv").write_bytes(CONTENT)
    (tmp_path / "link.csv").symlink_to("sheet.csv")

    assert read(tmp_path / "link.csv").rows == ROWS


def test_stdin(monkeypatch: pytest.MonkeyPatch, read: Callable[..., Any]) -> None:
    """A minus as the name reads standard input, also from a pipe, which cannot be read twice."""
    entry, exit_ = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(exit_, CONTENT), os.close(exit_)))
    writer.start()
    with os.fdopen(entry, "rb") as pipe:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        seen = read("-")
    writer.join()

    assert seen.rows == ROWS


def test_workbook_on_stdin(
    monkeypatch: pytest.MonkeyPatch, xlsx: Callable[..., Path], read: Callable[..., Any]
) -> None:
    """A workbook can come from standard input too."""
    path = xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>4155552671</v></c></row>')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))

    assert read("-").rows == {2: ["4155552671"]}


def test_hash_is_that_of_the_file(tmp_path: Path) -> None:
    """Name, size and SHA-256 are those of the bytes that were read."""
    path = tmp_path / "sheet.csv"
    path.write_bytes(CONTENT)

    with open_sheet(path) as sheet:
        source = sheet.source

    assert source.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert source.size == len(CONTENT)
    assert source.name == str(path)


@pytest.mark.parametrize("change", ["replaced", "grown", "emptied", "deleted"])
def test_what_was_hashed_is_what_is_used(tmp_path: Path, change: str) -> None:
    """Whatever happens to the file after it was opened, rows and hash belong together."""
    path = tmp_path / "sheet.csv"
    content = b"phone,firstName\n" + b"".join(b"%d,name\n" % number for number in range(20_000))
    path.write_bytes(content)

    with open_sheet(path, chunk_rows=1000) as sheet:
        chunks = sheet.chunks()
        rows = len(next(chunks))
        if change == "replaced":
            (tmp_path / "other").write_bytes(CONTENT)
            (tmp_path / "other").replace(path)
        elif change == "grown":
            with path.open("ab") as file:
                file.write(b"x,y\n" * 5000)
        elif change == "emptied":
            path.write_bytes(b"")
        else:
            path.unlink()
        rows += sum(map(len, chunks))

    assert rows == 20_000
    assert sheet.source.sha256 == hashlib.sha256(content).hexdigest()


def test_file_that_grows_while_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written to during the copy is read as far as it was hashed."""
    path = tmp_path / "sheet.csv"
    path.write_bytes(CONTENT)
    real = sources.sha256

    def appending() -> Any:
        with path.open("ab") as file:
            file.write(b"4155552672,Bo\n")
        return real()

    monkeypatch.setattr(sources, "sha256", appending)

    with open_sheet(path) as sheet:
        rows = sum(map(len, sheet.chunks()))

    assert rows == 2
    assert sheet.source.sha256 == hashlib.sha256(CONTENT + b"4155552672,Bo\n").hexdigest()


def test_copy_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The private copy has no name in the temporary folder, not even while it is read."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(sources.tempfile, "tempdir", str(folder))
    (tmp_path / "sheet.csv").write_bytes(CONTENT)

    with open_sheet(tmp_path / "sheet.csv") as sheet:
        during = list(folder.iterdir())
        list(sheet.chunks())

    assert during == []
    assert list(folder.iterdir()) == []


def test_no_room_for_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Callable[..., FileRefused]
) -> None:
    """Without a place for the private copy the file is refused, with the way out."""
    (tmp_path / "sheet.csv").write_bytes(CONTENT)
    monkeypatch.setattr(sources.tempfile, "tempdir", str(tmp_path / "nowhere"))

    refused = refusal(tmp_path / "sheet.csv")

    assert refused.code == "copy_failed"
    assert "TMPDIR" in refused.fix


def test_file_larger_than_allowed(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A text file beyond the limit is refused while it is copied."""
    (tmp_path / "sheet.csv").write_bytes(CONTENT * 100)

    assert refusal(tmp_path / "sheet.csv", limits=Limits(text_bytes=1000)).code == "file_too_large"


def test_workbook_larger_than_allowed(xlsx: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """A workbook beyond its own, smaller limit is refused before it is opened."""
    assert refusal(xlsx(""), limits=Limits(workbook_bytes=100)).code == "file_too_large"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_progress_counts_up_to_size(tmp_path: Path, xlsx: Callable[..., Path], suffix: str) -> None:
    """What ``on_read`` is told adds up to the sheet's size: bytes of a text file, rows of a workbook."""
    rows = range(1, 5_001)
    path = tmp_path / "sheet.csv"
    if suffix == "csv":
        path.write_bytes(b"".join(b"%d,name\n" % number for number in rows))
    else:
        path = xlsx("".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in rows))
    told: list[int] = []

    with open_sheet(path, chunk_rows=500, on_read=told.append) as sheet:
        list(sheet.chunks())
        size = sheet.size

    assert sum(told) == size
    assert len(told) > 2
    assert min(told) >= 0
