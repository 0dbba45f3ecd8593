"""
The parts of an XLSX, XLSM or XLSB package that say which sheet lies where, and how numbers are shown.

Source: ECMA-376 part 1, 18.2 (workbook) and 18.8 (styles); part 2, 9.3 (relationships). Element names are taken
without their namespace, so that the strict and the transitional kind read alike.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from importer.reading.archive import damaged
from importer.reading.formats import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from importer.reading.archive import Archive

GENERAL = "General"


@dataclass(frozen=True, slots=True)
class Book:
    """Sheet name -> part name; the epoch; number formats by the style number of a cell; the name of the styles' part."""

    parts: dict[str, str]
    epoch_1904: bool
    formats: tuple[str, ...]


class Package:
    """A package's parts by name, without regard to case, and their relationships."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names = {_plain(name): name for name in archive.names}

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
        return {
            rel.get("Id", ""): (
                rel.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, rel.get("Target", "").replace("\\", "/"))).lstrip("/"),
            )
            for rel in self.tree(rels)
            if rel.get("TargetMode") != "External"
        }

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
        FileRefused: ``workbook_damaged``.
    """
    main = package.main_part()
    related = package.related(main)
    tree = package.tree(main)
    parts = {}
    for sheet in named(tree, "sheet"):
        target = next((sheet.get(name) for name in sheet.keys() if name.endswith("}id")), None)  # noqa: SIM118  # an Element iterates over its children
        if target in related:
            parts[sheet.get("name", "")] = related[target][1]
    epoch = any(properties.get("date1904") in {"1", "true"} for properties in named(tree, "workbookPr"))
    styles = next((part for kind, part in related.values() if kind == "styles" and package.has(part)), None)
    return Book(parts, epoch, formats_of(package.tree(styles)) if styles else ())


def formats_of(styles: Element) -> tuple[str, ...]:
    """Return the number format of each style that a cell may name."""
    own = {int(fmt.get("numFmtId", "0")): fmt.get("formatCode", GENERAL) for fmt in named(styles, "numFmt")}
    return tuple(
        format_named(int(style.get("numFmtId") or 0), own) for styles_ in named(styles, "cellXfs") for style in styles_
    )


def format_named(number: int, own: dict[int, str]) -> str:
    """Return a format by its number: the workbook's own, else a built-in one, else General."""
    return own.get(number) or BUILT_IN.get(number, GENERAL)


def named(tree: Element, name: str) -> Iterator[Element]:
    """Return all elements of a name in any namespace."""
    return (element for element in tree.iter() if local(element.tag) == name)


def local(tag: object) -> str:
    """Return an element's name without its namespace."""
    return str(tag).rpartition("}")[2]


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
