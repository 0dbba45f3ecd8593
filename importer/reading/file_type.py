"""What kind of file it is, by its bytes and never by its name; what is no sheet is refused with what it is instead."""

from __future__ import annotations

import codecs
import re
import zipfile
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Final

from importer.errors import FileRefused
from importer.reading.child.archive import check_entries, damaged, encrypted
from importer.reading.limits import CONTROLS
from importer.reading.text.encodings import has_mark, utf16_by_nuls

if TYPE_CHECKING:
    from importer.reading.limits import Limits
    from importer.reading.sources import Copy


class Content(StrEnum):
    """The kinds that can be read."""

    TEXT = "text"
    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    JSON = "json"
    PARQUET = "parquet"
    CALENDAR = "calendar"


TEXTS: Final = frozenset({Content.JSON, Content.CALENDAR})
"""Kinds that the child reads and whose text has an encoding."""


PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
_LOOKED_AT = 4_096
_MANY, _SHARE = 16, 0.03
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SAVE_AS = "Open it in a spreadsheet program and save it as XLSX or CSV."
_UNPACK = "Unpack it and name the sheet inside."
_EXPORT = "Export the appointments as CSV or XLSX."

# Beginning of the file -> what it is, and what to do.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (EMPTY_ZIP, "an empty zip archive", _EXPORT),
    (b"PK\x07\x08", "a zip archive in several parts", _UNPACK),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", _EXPORT),
    (b"\xff\xd8\xff", "a picture (JPEG)", _EXPORT),
    (b"GIF8", "a picture (GIF)", _EXPORT),
    (b"II*\x00", "a picture (TIFF)", _EXPORT),
    (b"MM\x00*", "a picture (TIFF)", _EXPORT),
    (b"{\\rtf", "a rich text document (RTF)", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"\x7fELF", "a program", _EXPORT),
    (b"MZ\x90\x00", "a program", _EXPORT),
    (b"\x09\x08\x08\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x02\x06\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x04\x06\x00", "an Excel 3 or 4 workbook", _SAVE_AS),
    (b"\x09\x00\x04\x00", "an Excel 2 workbook", _SAVE_AS),
)
_BLANKS = re.compile(rb"\s*")
_MARKUP: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"<\?xml.*?urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL), "an Excel 2003 XML workbook", _SAVE_AS),
    (re.compile(rb"<\?xml.*?<office:document", re.DOTALL), "a flat OpenDocument file", _SAVE_AS),
    (re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body|table|meta|style|div|p|br)\b", re.IGNORECASE), "a web page (HTML)", _SAVE_AS),
    (re.compile(rb"<\?xml\b"), "an XML document", _EXPORT),
)  # fmt: skip


_CALENDAR = re.compile(r"(?i)BEGIN:VCALENDAR\s")
_JSON = re.compile(r"\{\s*[\"}]|\[\s*[\[{\]]")


def content_of(copy: Copy, limits: Limits) -> Content:
    """
    Return the kind of a file; the copy is left at its start.

    Raises:
        FileRefused: ``file_empty``, ``file_kind_unknown``, ``workbook_encrypted``, ``workbook_damaged``,
            ``file_too_large``, ``workbook_bomb``.
    """
    head = copy.head()
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise FileRefused(
            "The file is empty.", code="file_empty", fix="Check that this is the right file, and export it again."
        )
    if head.startswith((ZIP, COMPOUND, PARQUET)):
        return _packed_content(copy, head, limits)
    for beginning, what, fix in _OTHERS:
        if head.startswith(beginning):
            raise _other(what, fix)
    _refuse_markup(head)
    text = _beginning(head)
    if _JSON.match(text):
        return Content.JSON
    if _CALENDAR.match(text):
        return Content.CALENDAR
    if is_binary(head):
        raise _other("a binary file of an unknown kind", _EXPORT)
    return Content.TEXT


def _packed_content(copy: Copy, head: bytes, limits: Limits) -> Content:
    if copy.source.size > limits.workbook_bytes:
        raise _too_large(limits.workbook_bytes, "Parquet file" if head.startswith(PARQUET) else "workbook")
    if head.startswith(PARQUET):
        return Content.PARQUET
    if head.startswith(COMPOUND):
        return _compound_content(copy.file)
    check_entries(copy.file, limits)
    return _zip_content(copy.file)


def _refuse_markup(head: bytes) -> None:
    markup = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    inner = _behind_comments(markup)
    for pattern, what, fix in _MARKUP:
        if pattern.match(markup) or pattern.match(markup, inner):
            raise _other(what, fix)


def _beginning(head: bytes) -> str:
    """Return the first characters of a text in any Unicode, without its mark and blanks; of one in none, its ASCII."""
    name = "utf-32" if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) else utf16_by_nuls(head)
    if not name and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    return head[:_LOOKED_AT].decode(name or "utf-8", "ignore").lstrip("\ufeff \t\r\n")


def is_binary(head: bytes) -> bool:
    """
    Return whether the beginning of a file is no text: a good deal of it, not a slip here and there, is control bytes.

    UTF-16 and UTF-32 are texts, and have their NULs in an order.
    """
    if has_mark(head) or utf16_by_nuls(head):
        return False
    controls = len(head) - len(head.translate(None, CONTROLS))
    return controls >= _MANY and controls > _SHARE * len(head)


def _behind_comments(markup: bytes) -> int:
    """Return where the first element begins, behind an XML declaration, comments and blanks."""
    place = markup.find(b"?>") + 2 if markup.startswith(b"<?xml") else 0
    place = _BLANKS.match(markup, max(place, 0)).end()  # type: ignore[union-attr]  # it matches anything
    while markup.startswith(b"<!--", place) and (end := markup.find(b"-->", place)) >= 0:
        place = _BLANKS.match(markup, end + 3).end()  # type: ignore[union-attr]  # it matches anything
    return place


def _too_large(most: int, noun: str = "workbook") -> FileRefused:
    return FileRefused(
        f"The {noun} is larger than {most // 1_000_000:,} MB.",
        code="file_too_large",
        fix="Delete pictures and sheets that are not needed, or save the sheet as CSV."
        if noun == "workbook"
        else "Split it into smaller files, or export the appointments as CSV.",
    )


def _other(what: str, fix: str) -> FileRefused:
    return FileRefused(f"This is {what}, not a sheet that can be read.", code="file_kind_unknown", fix=fix)


def _zip_content(file: IO[bytes]) -> Content:
    """Tell the kinds of zip apart by the names inside; nothing is unpacked but the few bytes of ``mimetype``."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = {info.filename.lstrip("/").replace("\\", "/").lower() for info in archive.infolist()}
            mimetype = archive.open("mimetype").read(200) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError):
        raise damaged() from None
    finally:
        file.seek(0)
    return _by_names(names, mimetype)


def _by_names(names: set[str], mimetype: bytes) -> Content:
    if b"opendocument.spreadsheet" in mimetype:
        return Content.ODS
    if b"opendocument" in mimetype:
        raise _other("an OpenDocument text or drawing", _EXPORT)
    if "[content_types].xml" in names:
        if any(name.endswith("workbook.bin") for name in names):
            return Content.XLSB
        if any(name.endswith(("document.xml", "presentation.xml")) for name in names):
            raise _other("a Word or PowerPoint document", _EXPORT)
        return Content.XLSX
    if any(name.startswith("index/") or name == "index.zip" for name in names):
        raise _other("an Apple Numbers or Pages document", "In Numbers, choose File > Export To > Excel or CSV.")
    raise _other("a zip archive", _UNPACK)


def _compound_content(file: IO[bytes]) -> Content:
    """Tell an old workbook from an encrypted new one and from other files of Microsoft's compound format."""
    # Old workbooks are few, and every command would wait for what reads them.
    from importer.reading.child.xls_xlsb import streams_of  # noqa: PLC0415

    names = {name.lower() for name in streams_of(file)}
    file.seek(0)
    if {"workbook", "book"} & names:
        return Content.XLS
    if "encryptedpackage" in names:
        raise encrypted()
    if not names:
        raise damaged()
    raise _other("a Microsoft Office file, but no workbook (a Word document, a message?)", _EXPORT)
