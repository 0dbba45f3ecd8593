"""
Which encoding a text file has: by byte order mark, else strict UTF-8, else UTF-16 by its pattern of NULs, else cp1252.

Detectors by statistics call a clinic's cp1252 file cp775; this chain takes only what is certain or, for cp1252,
what makes sense as Western names, and refuses the rest.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from importer.errors import FileRefused

if TYPE_CHECKING:
    from importer.reading.sources import Copy


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK_BYTES = 1 << 20
_MOSTLY = 0.4

_ESCAPED = re.compile("[\udc80-\udcff]")
_ACCENTED = re.compile("[^\x00-\x7f\udc80-\udcff]")
# What cp1252 text of Western names does not hold: undefined bytes; three accented letters in a row (Cyrillic,
# Greek, Asian encodings); a symbol between letters, at the end of a word or before one (the accents of DOS and Mac),
# or an opening quotation mark after a letter; a closing one that nothing in its cell opened; a capital accent after a
# small letter, or one of the rare ones between a capital and a small letter.
_IMPLAUSIBLE_IN_CP1252 = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d]"
    rb"|[\xc0-\xff]{3}"
    rb"|[A-Za-z\xc0-\xff][\x80\x82-\x89\x8b\x95\x98\x99\x9b\xa1-\xa9\xab\xac\xae-\xb6\xb8\xb9\xbb-\xbf\xd7\xf7][A-Za-z\xc0-\xff]"
    rb"|[A-Za-z\xc0-\xff][\x84\x93]"
    rb"|[a-z\xdf-\xff][\x80\x82\x83\x86-\x89\x8b\x95\x98\xa1-\xa5](?![A-Za-z0-9])"
    rb"|(?<![A-Za-z0-9\xc0-\xff])[\x80\x83\x86-\x89\x99\xa2-\xa5\xd7\xf7][A-Za-z\xc0-\xff]"
    rb"|[A-Za-z\xc0-\xff]\x94[A-Za-z\xc0-\xff]"
    rb"|[a-z][\x8a\x8c\x8e\x9f\xc0-\xde](?![A-Z])"
    rb"|[A-Z][\x8a\x8c\x8e\x9f][a-z]"
    rb"|[a-z]\x91(?![A-Za-z])"
    rb"|[,;|\t\r\n][^,;|\t\r\n\"\x84\x93\x94]{0,200}[a-z]\x94(?![A-Za-z])",
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """``name`` for Python's codecs. ``damaged``: some bytes are not of it and come out as lone surrogates."""

    name: str
    damaged: bool = False

    @property
    def errors(self) -> str:
        """The error handler to decode with."""
        return "surrogateescape" if self.damaged else "strict"


def encoding_of(copy: Copy) -> Encoding:
    """
    Return the encoding of a text file; the copy is left at its start.

    Raises:
        FileRefused: ``encoding_unknown``.
    """
    head, utf8 = copy.head(), copy.survey.utf8
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, damaged=name == "utf-8-sig" and not utf8)
    by_nuls = utf16_by_nuls(head)
    if by_nuls:
        return Encoding(by_nuls)
    return Encoding("utf-8") if utf8 else _not_utf8(copy.file)


def unicode_of(copy: Copy) -> str:
    """Return the Unicode that a text is in by its mark or its NULs, else UTF-8; for kinds of text that are never anything else."""
    head = copy.head()
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    return marked or utf16_by_nuls(head) or "utf-8"


def has_mark(head: bytes) -> bool:
    """Return whether a text says by its first bytes which Unicode it is."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def utf16_by_nuls(head: bytes) -> str:
    """Return the UTF-16 whose Latin text has this pattern: nearly every second byte NUL, and no other byte."""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half and odd >= _MOSTLY * half and even <= odd // 50:
        return "utf-16-le"
    return "utf-16-be" if half and even >= _MOSTLY * half and odd <= even // 50 else ""


def _not_utf8(file: IO[bytes]) -> Encoding:
    """Tell UTF-8 with some broken bytes (most accents are valid) from cp1252 (hardly any is, and by chance)."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    valid = broken = 0
    implausible, tail = False, b""
    file.seek(0)
    while block := file.read(_BLOCK_BYTES):
        text = decoder.decode(block)
        valid += len(_ACCENTED.findall(text))
        broken += len(_ESCAPED.findall(text))
        implausible = implausible or _IMPLAUSIBLE_IN_CP1252.search(tail + block) is not None
        tail = block[-3:]
    file.seek(0)
    if valid > broken:
        return Encoding("utf-8", damaged=True)
    if implausible:
        raise FileRefused(
            "The text is neither UTF-8 nor Western European (Windows-1252); its accented letters cannot be read with certainty.",
            code="encoding_unknown",
            fix="In the spreadsheet program, save the file as “CSV UTF-8” or as XLSX.",
        )
    return Encoding("cp1252")
