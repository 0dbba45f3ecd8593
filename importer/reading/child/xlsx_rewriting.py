"""
A sheet or a package in any manner of XML, parsed with care and written anew in the plain manner.

The fast reader takes what it does not expect for nothing, or for something else: a number behind an entity is blank to
it, an index with a sign is the first text, a sheet in UTF-16 is empty. And of two cells at one place it takes the last.
Here nothing is guessed: what stands twice, or in another row than its own, refuses the workbook.

Source: ECMA-376 part 1, 18.3.1 (worksheets), 18.4 (shared strings), 18.18.11 (types of cells).
"""

from __future__ import annotations

import re
import struct
import zipfile
from contextlib import suppress
from io import BytesIO
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final, cast
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importer.reading.child.archive import Continued, binary_records, contradictory, damaged
from importer.reading.child.cell_display import LONGEST_ELAPSED, Cell, Kind, Strikes, column_letters, kind_of
from importer.reading.child.xlsx_cells import Seen, check_rows, float_of
from importer.reading.child.xlsx_parts import column_of, is_struck, local

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from importer.reading.child.cell_display import Look
    from importer.reading.child.xlsx_parts import Book, BookSheet, Package


MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TRUE: Final = {"1", "true"}
_PLACE: Final = re.compile(r"\s{0,9}([A-Za-z]{1,3})([0-9]{1,7})\s{0,9}")
_NUMBER: Final = re.compile(r"[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][-+]?\d{1,4})?")
_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_383
_TEXTS: Final = frozenset({"s", "str", "inlineStr"})
_TYPES: Final = {kind: f' t="{kind}"' for kind in ("s", "str", "b", "d")} | {"n": ""}
_TRUTHS: Final = {"0": "0", "1": "1", "false": "0", "true": "1"}
_ONCE: Final = frozenset({"v", "f", "is"})


def rewrite_sheet(blocks: Iterator[bytes], look: Look, write: Callable[[bytes], object]) -> Seen:
    """
    Write a sheet's cells and merged ranges in the plain manner, add to the details, and return what else was seen.

    ``write`` takes the new part, piece by piece.

    Raises:
        FileRefused: ``workbook_contradictory``, ``workbook_damaged``, ``too_many_rows``.
    """
    sheet = _Sheet(look)
    write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
    try:
        for piece in sheet.pieces(blocks):
            write(piece.encode("utf-8", "replace"))
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise damaged() from None
    write(b"</worksheet>")
    return sheet.seen


class _Sheet:
    def __init__(self, look: Look) -> None:
        self.seen = Seen()
        self._look = look
        self._row = 0
        self._data: Element | None = None
        self._in_data = False
        self._merged: list[str] = []

    def pieces(self, blocks: Iterator[bytes]) -> Iterator[str]:
        """Yield the new part, but for its root."""
        for event, element in iterparse(cast("IO[bytes]", Stream(blocks)), events=("start", "end")):
            name = local(element.tag)
            if event == "start":
                self._begin(name, element)
            elif not self._in_data:
                self._see_beside(name, element)
            elif name == "sheetData":
                self._in_data = False
            elif name == "row" and self._data is not None:
                yield self._row_text(element)
                self._data.clear()
        if self._data is None:
            raise damaged()
        merged = "".join(f"<mergeCell ref={quoteattr(ref)}/>" for ref in self._merged)
        yield "</sheetData>" + (f"<mergeCells>{merged}</mergeCells>" if merged else "")

    def _begin(self, name: str, element: Element) -> None:
        if name == "row" and self._in_data:
            self._begin_row(element)
        elif name == "sheetData":
            if self._data is not None:
                raise contradictory("its cells are listed twice")
            self._data, self._in_data = element, True

    def _see_beside(self, name: str, element: Element) -> None:
        if name == "col" and element.get("hidden") in _TRUE:
            self.seen.hidden_columns.append((int(element.get("min", "1")) - 1, int(element.get("max", "1")) - 1))
        elif name == "mergeCell":
            self._merged.append(element.get("ref", ""))

    def _begin_row(self, element: Element) -> None:
        number = int(element.get("r") or self._row + 1)
        if number <= self._row:
            raise contradictory(f"row {number:,} stands there twice, or behind a later one")
        if number > _LAST_ROW:
            raise damaged()
        self._row = number
        self.seen.rows += 1
        check_rows(self.seen.rows, self._look.limits)
        if element.get("hidden") in _TRUE or element.get("ht", "").partition(".")[0] == "0":
            self.seen.hidden_rows.append(number)

    def _row_text(self, row: Element) -> str:
        cells = []
        column = -1
        for element in row:
            if local(element.tag) == "c":
                column = self._column_of(element, column)
                cells.append(self._cell_text(element, column))
        return f'<row r="{self._row}">{"".join(cells)}</row>'

    def _column_of(self, element: Element, before: int) -> int:
        """Return where a cell stands; one that does not say so stands behind the one before it."""
        named = element.get("r")
        if named is None:
            return before + 1
        place = _PLACE.fullmatch(named)
        if place is None:
            raise damaged()
        column = column_of(place[1].upper().encode())
        if int(place[2]) != self._row:
            raise contradictory(f"cell {named} stands in row {self._row:,}")
        if column <= before:
            raise contradictory(f"cell {named} stands there twice, or behind a later one")
        if column > _LAST_COLUMN:
            raise damaged()
        return column

    def _cell_text(self, element: Element, column: int) -> str:
        parts: dict[str, Element] = {}
        for part in element:
            name = local(part.tag)
            if name in _ONCE and name in parts:
                raise contradictory(f"cell {column_letters(column)}{self._row} has two values")
            parts[name] = part
        kind, style = (element.get("t") or "n").strip(), int(element.get("s") or 0)
        value = _text(parts["v"]) if "v" in parts else ""
        stands_in = value.strip() == "0" and kind == "n" and not self._look.calculated
        inline = _string(parts["is"]) if "is" in parts else None
        if value.strip() and inline:
            raise contradictory(f"cell {column_letters(column)}{self._row} has two values")
        cell = Cell(
            self._row,
            column,
            style,
            error=value.strip() if kind == "e" else "",
            number=float_of(value.strip().encode("ascii", "replace")) if kind == "n" else None,
            unfinished="f" in parts and (not value.strip() or stands_in) and kind not in {"str", "e"},
            is_text=kind in _TEXTS,
        )
        if cell.error or cell.unfinished or cell.is_text or style in self._look.telling or self._is_too_long(cell):
            self._look.judge(cell)
        shared = self._look.strikes.of_text(int(value)) if kind == "s" and value.strip() else None
        self._look.judge_strike(cell, strike_of(parts["is"]) if inline else shared)
        begin = f'<c r="{column_letters(column)}{self._row}"' + (f' s="{style}"' if style > 0 else "")
        if inline is not None:
            return begin + _as_inline(inline)
        return begin + ("/>" if self._is_too_long(cell) else _value_text(kind, value))

    def _is_too_long(self, cell: Cell) -> bool:
        """Return whether the fast reader could not lay out an elapsed time."""
        if cell.number is None or not 0 <= cell.style < len(self._look.formats) or abs(cell.number) < LONGEST_ELAPSED:
            return False
        return kind_of(self._look.formats[cell.style]) is Kind.ELAPSED


def _value_text(kind: str, value: str) -> str:
    """Return what follows a cell's place and style in the plain manner. ``ValueError``: it is no value of its type."""
    word = value.strip()
    if kind == "e" or (not word and kind != "str"):
        return "/>"
    if kind == "inlineStr" or (kind == "n" and not _NUMBER.fullmatch(word)):
        return _as_inline(value)
    if kind == "s" and not (word.isascii() and word.isdigit()):
        raise ValueError(kind)
    if kind == "b":
        word = _TRUTHS[word.lower()]
    written = _escaped(value) if kind == "str" else _escaped(word)
    return f"{_TYPES[kind]}><v>{written}</v></c>"


def _as_inline(text: str) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _string(element: Element) -> str:
    """Return the text of a shared or inline string: its own and its runs', without what tells how to pronounce it."""
    pieces = []
    for part in element:
        name = local(part.tag)
        if name == "t":
            pieces.append(part.text or "")
        elif name == "r":
            pieces.append(_string_of_run(part))
    return "".join(pieces)


def _string_of_run(run: Element) -> str:
    return "".join(part.text or "" for part in run if local(part.tag) == "t")


def strike_of(string: Element) -> bool | None:
    """Return whether a shared or inline string is struck through, or a part of it, by its own looks; None: as its cell is."""
    seen: set[bool | None] = set()
    for part in string:
        name = local(part.tag)
        if name in {"t", "r"} and (_text(part) if name == "t" else _string_of_run(part)).strip():
            looks = next((inner for inner in part if local(inner.tag) == "rPr"), None)
            seen.add(None if looks is None else is_struck(looks))
    return True if True in seen else None if None in seen or not seen else False


def strikes_of(package: Package, book: Book) -> Strikes:
    """
    Return what a workbook strikes through; its shared strings are gone through only where it matters.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    looks = set() if book.strings is None else package.names_looks(book.strings)
    if book.strings is None or not (b"strike" in looks or (book.struck and b"rPr" in looks)):
        return Strikes(book.struck)
    return strikes_told(book.struck, [strike_of(string) for string in _strings(package.blocks(book.strings))])


def strike_of_runs(text: bytes, runs: Iterable[tuple[int, int]], fonts: Container[int]) -> bool | None:
    """
    Return of a text in a binary workbook what ``strike_of`` returns: ``runs`` are where a font begins, and which.

    ``text``: in UTF-16. ``fonts``: those that strike through.
    """
    seen: set[bool | None] = set()
    begins: list[tuple[int, bool | None]] = [(0, None), *((2 * at, font in fonts) for at, font in runs)]
    for (begin, is_so), (end, _) in pairwise([*begins, (len(text), None)]):
        if text[begin:end].decode("utf-16-le", "replace").strip():
            seen.add(is_so)
    return True if True in seen else None if None in seen or not seen else False


def strike_of_binary(body: bytes, fonts: Container[int]) -> bool | None:
    """Return the same of an XLSB text that may have looks of its own; of one that is cut short, None."""
    end = 5 + 2 * struct.unpack_from("<I", body.ljust(5, b"\0"), 1)[0]
    if not body[:1] or not body[0] & 1 or len(body) < end + 4:
        return None
    runs = body[end + 4 :][: 4 * struct.unpack_from("<I", body, end)[0]]
    return strike_of_runs(body[5:end], struct.iter_unpack("<HH", runs[: len(runs) // 4 * 4]), fonts)


_BINARY_STRING: Final = 19


def binary_strikes(part: bytes, styles: frozenset[int], fonts: Container[int]) -> Strikes:
    """Return what an XLSB workbook strikes through, given the part of its shared texts."""
    told = [strike_of_binary(body, fonts) for kind, body in binary_records(part) if kind == _BINARY_STRING]
    return strikes_told(styles, told)


def strikes_told(styles: frozenset[int], told: Sequence[bool | None]) -> Strikes:
    """Return what a workbook strikes through; ``told``: of each shared text, as ``strike_of`` returns it."""
    texts, plain = (frozenset(at for at, found in enumerate(told) if found is wanted) for wanted in (True, False))
    return Strikes(styles, texts, plain)


# Of an XLS nobody has this font: numbers above it are those of the fonts one further up.
NO_FONT: Final = 4
_RICH, _EXTENDED = 0x08, 0x04


def strikes_shared(parts: list[bytes], fonts: Container[int]) -> Iterator[bool | None]:
    """Yield of each shared text of an XLS whether it is struck through by looks of its own, as ``strike_of_runs`` says it."""
    reader = Continued(parts)
    with suppress(EOFError):
        while True:
            length, options = reader.number(2), reader.number(1)
            runs = reader.number(2) if options & _RICH else 0
            more = reader.number(4) if options & _EXTENDED else 0
            text = reader.text(length, wide=bool(options & 1))
            looks = reader.take(4 * runs)
            reader.take(more)
            yield strike_of_runs(text, _runs(looks, "<HH"), fonts) if runs else None


def _runs(looks: bytes, form: str) -> Iterator[tuple[int, int]]:
    whole = len(looks) // struct.calcsize(form) * struct.calcsize(form)
    return ((at, font - (font > NO_FONT)) for at, font in struct.iter_unpack(form, looks[:whole]))


def strike_of_cell(body: bytes, fonts: Container[int], *, biff8: bool) -> bool | None:
    """Return whether an XLS text that stands in its cell, with looks of its own, is struck through."""
    reader = Continued([body[6:]])
    with suppress(EOFError):
        length = reader.number(2)
        text = reader.text(length, wide=bool(reader.number(1) & 1) if biff8 else False)
        count, form = (reader.number(2), "<HH") if biff8 else (reader.number(1), "<BB")
        return strike_of_runs(text, _runs(reader.take(count * struct.calcsize(form)), form), fonts)
    return None


def rewrite_strings(blocks: Iterator[bytes], write: Callable[[bytes], object]) -> None:
    """
    Write shared strings in the plain manner.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    write(f'<sst xmlns="{MAIN}">'.encode())
    for element in _strings(blocks):
        text = _escaped(_string(element))
        write(f'<si><t xml:space="preserve">{text}</t></si>'.encode("utf-8", "replace"))
    write(b"</sst>")


def _strings(blocks: Iterator[bytes]) -> Iterator[Element]:
    """Yield the shared strings, each forgotten before the next. ``FileRefused``: ``workbook_damaged``."""
    root: Element | None = None
    try:
        for event, element in iterparse(cast("IO[bytes]", Stream(blocks)), events=("start", "end")):
            if root is None:
                root = element
            elif event == "end" and local(element.tag) == "si":
                yield element
                root.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise damaged() from None


class Stream:
    """Blocks as a file, for the parser."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int = -1) -> bytes:
        """Return the next block, whatever its size; nothing at the end."""
        return next(self._blocks, b"")


_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_FIRST_OWN_FORMAT: Final = 164
_PACKAGE_TYPES: Final = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)


def rewrite_package(package: Package, book: Book, sheet: BookSheet, look: Look) -> tuple[bytes, Seen]:
    """
    Return a package that holds one sheet, and what was seen in it; the details of the look are added to.

    Raises:
        FileRefused: ``workbook_contradictory``, ``workbook_damaged``, ``too_many_rows``.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _PACKAGE_TYPES)
        archive.writestr("_rels/.rels", _relationships({"officeDocument": "xl/workbook.xml"}))
        targets = {"worksheet": "sheet.xml", "styles": "styles.xml"}
        if book.strings is not None:
            targets["sharedStrings"] = "sharedStrings.xml"
        archive.writestr("xl/_rels/workbook.xml.rels", _relationships(targets))
        archive.writestr("xl/workbook.xml", _directory(sheet.name, epoch_1904=book.epoch_1904))
        archive.writestr("xl/styles.xml", _styles(book.formats))
        if book.strings is not None:
            with archive.open("xl/sharedStrings.xml", "w") as strings:
                rewrite_strings(package.blocks(book.strings), strings.write)
        with archive.open("xl/sheet.xml", "w") as anew:
            seen = rewrite_sheet(package.blocks(sheet.part or ""), look, anew.write)
    return buffer.getvalue(), seen


def _relationships(targets: dict[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _directory(name: str, *, epoch_1904: bool) -> str:
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(epoch_1904)}"/>'
        f'<sheets><sheet name={quoteattr(name)} sheetId="1" r:id="worksheet"/></sheets></workbook>'
    )


def _styles(formats: tuple[str, ...]) -> str:
    numbers = {code: _FIRST_OWN_FORMAT + place for place, code in enumerate(dict.fromkeys(formats))}
    own = "".join(
        f"<numFmt numFmtId={quoteattr(str(at))} formatCode={quoteattr(code)}/>" for code, at in numbers.items()
    )
    styles = "".join(f'<xf numFmtId="{numbers[code]}"/>' for code in formats)
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>'
