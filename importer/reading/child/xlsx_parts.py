"""
The parts of an XLSX, XLSM or XLSB package: which sheet lies where, how numbers are shown, and how each part is written.

Source: ECMA-376 part 1, 18.2 (workbook) and 18.8 (styles); part 2, 9.3 (relationships). Element names are taken
without their namespace, so that the strict and the transitional kind read alike.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from importer.model.batches import comment_quoted_in
from importer.reading.child.archive import contradictory, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from importer.reading.child.archive import Archive


_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    48: "##0.0E+0", 49: "@",
    # East Asian dates and times, whose looks depend on the language.
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"), **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm"),
}  # fmt: skip
GENERAL = "General"
_MAIN, _STYLES, _STRINGS = "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"


@dataclass(frozen=True, slots=True)
class BookSheet:
    """One sheet in the workbook's order. ``part``: where it lies, None for nowhere; ``kind``: ``worksheet`` has cells."""

    name: str
    part: str | None
    kind: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Book:
    """
    The sheets; the epoch; number formats by the style number of a cell; the part of the shared strings.

    ``plain``: its directory, styles and strings are written in the manner that the fast reader reads rightly. ``struck``:
    the styles whose font is struck through. ``calculated``: its formulas' results were saved, and not left to who opens it.
    """

    sheets: tuple[BookSheet, ...]
    epoch_1904: bool
    formats: tuple[str, ...]
    strings: str | None
    plain: bool
    struck: frozenset[int]
    calculated: bool = True


class Package:
    """A package's parts by name, without regard to case, and their relationships."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names = {_plain(name): name for name in archive.names}
        if len(self._names) < len(archive.names):
            raise contradictory("two of its parts have one name")

    def has(self, part: str) -> bool:
        """Return whether there is such a part."""
        return _plain(part) in self._names

    def read(self, part: str) -> bytes:
        """Return a part's bytes. ``FileRefused``: it is missing."""
        try:
            return self._archive.read(self._names[_plain(part)])
        except KeyError:
            raise damaged() from None

    def blocks(self, part: str) -> Iterator[bytes]:
        """Inflate a part block by block. ``FileRefused``: it is missing."""
        try:
            yield from self._archive.blocks(self._names[_plain(part)])
        except KeyError:
            raise damaged() from None

    def is_plain(self, part: str, root: bytes) -> bool:
        """Return whether a part is written as the fast reader expects; ``root``: its root's name."""
        head = next(self.blocks(part), b"")
        return not self._archive.is_unplain(self._names[_plain(part)]) and is_plain(head, root)

    def names_looks(self, part: str) -> set[bytes]:
        """Return which words for looks a part of shared texts may hold, as ``Archive.names_looks``."""
        name = self._names[_plain(part)]
        # In another encoding they were not found.
        return {b"rPr", b"strike"} if self._archive.is_unplain(name) else self._archive.names_looks(name)

    def tree(self, part: str) -> Element:
        """Return a part as XML. ``FileRefused``: it is missing or damaged."""
        try:
            tree: Element = fromstring(self.read(part))
        except (ParseError, DefusedXmlException, ValueError):
            raise damaged() from None
        return tree

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's relationships: id -> last word of the type (``worksheet``) and the part aimed at."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", name + ".rels")
        if not self.has(rels):
            return {}
        found: dict[str, tuple[str, str]] = {}
        for rel in self.tree(rels):
            if rel.get("TargetMode") == "External" or not isinstance(rel.tag, str):
                continue
            identity, target = rel.get("Id", ""), rel.get("Target", "").replace("\\", "/")
            if identity in found:
                raise contradictory("two of its parts are called by one name")
            place = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[identity] = (rel.get("Type", "").rpartition("/")[2], place)
        return found

    def has_plain_rels(self, part: str) -> bool:
        """Return whether a part's relationships are written as the fast reader expects."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", name + ".rels")
        return not self.has(rels) or self.is_plain(rels, b"Relationships")

    def main_part(self) -> str:
        """Return the workbook's part. ``FileRefused``: the package names none."""
        for kind, part in self.related("").values():
            if kind == "officeDocument" and self.has(part):
                return part
        for usual in ("xl/workbook.xml", "xl/workbook.bin"):
            if self.has(usual):
                return usual
        raise damaged()


def book_of(package: Package) -> Book:
    """
    Read the directory of an XLSX or XLSM package.

    Raises:
        FileRefused: ``workbook_damaged``, ``workbook_contradictory``.
    """
    main = package.main_part()
    related = package.related(main)
    tree = package.tree(main)
    sheets = tuple(_sheet(sheet, related) for sheet in named(tree, "sheet"))
    if len({sheet.name for sheet in sheets}) < len(sheets):
        raise contradictory("two of its sheets have one name")
    epoch = any(properties.get("date1904") in {"1", "true"} for properties in named(tree, "workbookPr"))
    calculated = all(calc.get("fullCalcOnLoad", "0") in {"0", "false"} for calc in named(tree, "calcPr"))
    of_kind = {kind: part for kind, part in reversed(related.values()) if package.has(part)}
    styles, strings = of_kind.get("styles"), of_kind.get("sharedStrings")
    if strings is None and package.has(_STRINGS):
        strings = _STRINGS
    # The fast reader looks for these parts in these places, whatever the relationships say.
    plain = (
        (main, styles or _STYLES, strings or _STRINGS) == (_MAIN, _STYLES, _STRINGS)
        and package.is_plain(main, b"workbook")
        and package.has_plain_rels(main)
        and package.has_plain_rels("")
        and (styles is None or package.is_plain(styles, b"styleSheet"))
        and (strings is None or package.is_plain(strings, b"sst"))
    )
    if not styles:
        return Book(sheets, epoch, (), strings, plain, frozenset(), calculated)
    tree = package.tree(styles)
    return Book(sheets, epoch, formats_of(tree), strings, plain, struck_of(tree), calculated)


def _sheet(sheet: Element, related: dict[str, tuple[str, str]]) -> BookSheet:
    target = next((sheet.get(name) for name in sheet.keys() if name.endswith("}id")), None)  # noqa: SIM118  # an Element iterates over its children
    kind, part = related.get(target or "", ("", None))
    return BookSheet(sheet.get("name", ""), part, kind, sheet.get("state", "visible") != "visible")


# Of a report of ours: its comments tell what is wrong, behind what she wrote herself.
_OURS: Final = "Appointment importer"
_CELL: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def comments_of(package: Package, sheet: str) -> dict[int, list[tuple[int, str]]]:
    """
    Return row number -> column (from 0) and text of the comments of a sheet, given its part; without the author's name before it.

    Raises:
        FileRefused: ``workbook_damaged``.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    for kind, part in package.related(sheet).values():
        if kind != "comments" or not package.has(part):
            continue
        tree = package.tree(part)
        authors = [author.text or "" for author in named(tree, "author")]
        for comment in named(tree, "comment"):
            place = _CELL.fullmatch(comment.get("ref", ""))
            whose = comment.get("authorId", "")
            text = "".join(part.text or "" for part in named(comment, "t"))
            if whose.isdecimal() and int(whose) < len(authors) and authors[int(whose)] == _OURS:
                hers, _, ours = f"\n\n{text}".partition("\n\nColumn ")
                # Where a report has no comment but ours, it quotes hers.
                text = hers.strip() or comment_quoted_in(ours)
            if place and (said := _said_in(text)):
                found.setdefault(int(place[2]), []).append((column_of(place[1].encode()), said))
    return found


def _said_in(text: str) -> str:
    """Return what a comment says: of a threaded one, what stands behind the sentences for older programs."""
    text = text.partition("\nComment:\n")[2] or text if text.startswith("[") else text
    first, _, rest = text.strip().partition("\n")
    return (rest if first.endswith(":") and rest.strip() else text).strip()


def column_of(letters: bytes) -> int:
    """Return a column's position from 0: ``A`` is 0, ``AA`` is 26."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - 64
    return position - 1


def formats_of(styles: Element) -> tuple[str, ...]:
    """Return the number format of each style that a cell may name. ``FileRefused``: one number has two formats."""
    own: dict[int, str] = {}
    for fmt in named(styles, "numFmt"):
        number, code = int(fmt.get("numFmtId", "0")), fmt.get("formatCode", GENERAL)
        if own.setdefault(number, code) != code:
            raise contradictory("one of its number formats is listed twice")
    return tuple(format_named(int(style.get("numFmtId") or 0), own) for style in _cell_styles(styles))


def struck_of(styles: Element) -> frozenset[int]:
    """Return the styles that a cell may name whose font is struck through."""
    fonts = [is_struck(font) for listed in named(styles, "fonts") for font in listed if local(font.tag) == "font"]
    struck = {place for place, is_so in enumerate(fonts) if is_so}
    return frozenset(
        place for place, style in enumerate(_cell_styles(styles)) if int(style.get("fontId") or 0) in struck
    )


def is_struck(font: Element) -> bool:
    """Return whether the properties of a font, or of a part of a text, strike it through."""
    return any(local(part.tag) == "strike" and part.get("val", "1") in {"1", "true"} for part in font)


def _cell_styles(styles: Element) -> Iterator[Element]:
    return (style for listed in named(styles, "cellXfs") for style in listed if local(style.tag) == "xf")


def format_named(number: int, own: dict[int, str]) -> str:
    """Return a format by its number: the workbook's own, else a built-in one, else General."""
    return own.get(number) or _BUILT_IN.get(number, GENERAL)


def named(tree: Element, name: str) -> Iterator[Element]:
    """Return all elements of a name in any namespace."""
    return (element for element in tree.iter() if local(element.tag) == name)


def local(tag: object) -> str:
    """Return an element's name without its namespace."""
    return str(tag).rpartition("}")[2]


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


_DECLARATION: Final = re.compile(rb"(?:\xef\xbb\xbf)?(<\?xml [^<>]{1,200}\?>)?\s{0,99}")
_ENCODING: Final = re.compile(rb"""encoding\s?=\s?["'](?:utf-?8|us-ascii)["']""", re.IGNORECASE)


def is_plain(head: bytes, root: bytes) -> bool:
    """
    Return whether the beginning of a part is plain: UTF-8, its root without a prefix, no comment.

    ``head`` reaches at least behind the root's tag.
    """
    declaration = _DECLARATION.match(head)
    if declaration is None or not head.startswith(b"<" + root, declaration.end()):
        return False
    if declaration[1] and b"encoding" in declaration[1] and not _ENCODING.search(declaration[1]):
        return False
    return b"<!" not in head and b"\0" not in head


def is_plain_head(head: bytes, root: bytes) -> bool:
    """Return whether the beginning of a part is plain, and its attributes stand in double quotes."""
    return is_plain(head, root) and b"'" not in head[head.index(b"<" + root) :]
