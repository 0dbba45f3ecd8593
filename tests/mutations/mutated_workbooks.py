"""Workbooks with mutated cells, XML, parts and bytes."""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

import xlsxwriter
from drawn_sheets import drawn, with_other_cells, with_other_headings
from mutated_texts import Mutated, other_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = 40
NUMBERS = (b"0", b"1", b"-1", b"4294967296", b"1e308", b"-1e-308", b"nan", b"inf", b"99999999999999999999", b"A1", b"XFD1048576", b"A0", b"2", b"3", b"s", b"n", b"b", b"e", b"d", b"str", b"inlineStr", b"", b"&#x0;", b"&amp;", b"\xff", b"#N/A", b"2027-06-04T10:00:00")  # fmt: skip
TAGS = re.compile(rb"<[^<>]{0,300}>")
VALUES = re.compile(rb'"[^"<>]{0,80}"|(?<=>)[^<>]{1,80}(?=<)')
ROWS = re.compile(rb"<row [^<>]{0,200}>.{0,4000}?</row>", re.DOTALL)


def mutated_workbook(random: Random) -> Mutated:
    """Return one mutated workbook."""
    kind = random.choice(("cells", "cells", "xml", "xml", "xml", "parts", "bytes", "ods"))
    if kind == "cells":
        table = with_other_cells(drawn(random), random)
        if random.random() < 0.2:
            table = with_other_headings(table, random)
        content = xlsx(table.headings, table.rows, random)
        numbers = frozenset(range(1, len(table.rows) + 2))
        return Mutated("week.xlsx", content, numbers, frozenset(place + 2 for place in table.untouched))
    if kind == "ods":
        return Mutated("week.ods", in_a_part(ods_seed(random.randrange(4)), random, "content.xml"))
    seed = xlsx_seed(random.randrange(SEEDS))
    if kind == "bytes":
        return Mutated("week.xlsx", other_bytes(seed, random))
    if kind == "parts":
        return Mutated("week.xlsx", other_parts(seed, random))
    return Mutated("week.xlsx", in_a_part(seed, random, "xl/worksheets/sheet1.xml"))


def xlsx(headings: list[str], rows: list[list[str]], random: Random) -> bytes:
    """Return a workbook as a program writes it: texts, numbers, true dates, some formats."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Data")
    formats = [
        book.add_format({"num_format": code})
        for code in ("00000", "yyyy-mm-dd hh:mm", "h:mm", "[h]:mm", '"APT-"0', "0.00%", "@")
    ]
    for number, row in enumerate([headings, *rows]):
        for column, text in enumerate(row):
            chosen = random.random()
            if number and text and chosen < 0.1:
                write_number(sheet, number, column, random, formats)
            elif number and text and chosen < 0.15:
                write_other(sheet, number, column, random)
            elif text:
                sheet.write_string(number, column, text[:32_767], random.choice(formats) if chosen < 0.3 else None)
    if random.random() < 0.1:
        book.add_worksheet("Other").write_string(0, 0, "Phone")
    book.close()
    return stream.getvalue()


def write_number(sheet: Any, row: int, column: int, random: Random, formats: list[Any]) -> None:
    number = random.choice(
        (0, 1, -1, 0.5, 1.5, 46_204.604166666, 2_125_550_101, 1e15, 1e300, -1e300, 60, 2_958_466, 123, 0.1 + 0.2)
    )
    sheet.write_number(row, column, number, random.choice(formats))


def write_other(sheet: Any, row: int, column: int, random: Random) -> None:
    match random.randrange(3):
        case 0:
            sheet.write_boolean(row, column, random.choice((True, False)))
        case 1:
            sheet.write_formula(row, column, "=1/0", None, random.choice(("#DIV/0!", "#N/A", "", "4", 4)))
        case _:
            sheet.write_formula(row, column, '=HYPERLINK("http://x.example")', None, "a link")


@lru_cache(maxsize=SEEDS)
def xlsx_seed(number: int) -> bytes:
    """Return one of the workbooks whose bytes, parts and XML are mutated."""
    random = Random(f"xlsx/{number}")
    table = drawn(random)
    return xlsx(table.headings, table.rows, random)


@lru_cache(maxsize=4)
def ods_seed(number: int) -> bytes:
    """Return a workbook of LibreOffice's kind."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    random = Random(f"ods/{number}")
    table = drawn(random)
    book = OpenDocumentSpreadsheet()
    sheet = Table(name="Data")
    for row in (table.headings, *table.rows):
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string") if text else TableCell()
            if text:
                cell.addElement(P(text=text))
            line.addElement(cell)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    stream = io.BytesIO()
    book.write(stream)
    return stream.getvalue()


def in_a_part(content: bytes, random: Random, likely: str) -> bytes:
    """Return a workbook with the XML of one part mutated, mostly of the sheet."""
    parts = parts_of(content)
    name = likely if random.random() < 0.7 else random.choice(list(parts))
    for _ in range(random.choice((1, 1, 2, 4))):
        parts[name] = random.choice(MANNERS)(parts[name], random)
    return packed(parts, random)


def other_parts(content: bytes, random: Random) -> bytes:
    """Return a workbook with a part lost, doubled, blank, renamed, or changed for another."""
    parts = parts_of(content)
    name, other = random.choice(list(parts)), random.choice(list(parts))
    match random.randrange(5):
        case 0:
            del parts[name]
        case 1:
            parts[name] = b""
        case 2:
            parts[name] = parts[other]
        case 3:
            parts[random.choice((name.upper(), "../" + name, "/" + name, name + "\0", "xl/vbaProject.bin"))] = (
                parts.pop(name)
            )
        case _:
            parts[name] = other_bytes(parts[name], random)
    return packed(parts, random)


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], random: Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def other_value(part: bytes, random: Random) -> bytes:
    """Change an attribute's or element's value."""
    found = list(VALUES.finditer(part))
    if not found:
        return part
    one = random.choice(found)
    new = random.choice((*NUMBERS, random.choice(found)[0].strip(b'"')))
    quoted = one[0].startswith(b'"')
    return part[: one.start()] + (b'"' + new + b'"' if quoted else new) + part[one.end() :]


def other_tag(part: bytes, random: Random) -> bytes:
    """Lose, double or move a tag."""
    found = list(TAGS.finditer(part))
    if not found:
        return part
    one, other = random.choice(found), random.choice(found)
    match random.randrange(3):
        case 0:
            return part[: one.start()] + part[one.end() :]
        case 1:
            return part[: other.start()] + one[0] + part[other.start() :]
        case _:
            return part[: one.start()] + other[0] + part[one.end() :]


def other_row(part: bytes, random: Random) -> bytes:
    """Lose, double or move a row."""
    found = list(ROWS.finditer(part))
    if not found:
        return other_tag(part, random)
    one, other = random.choice(found), random.choice(found)
    if random.random() < 0.5:
        return part[: one.start()] + part[one.end() :]
    return part[: other.end()] + one[0] + part[other.end() :]


def any_bytes(part: bytes, random: Random) -> bytes:
    return other_bytes(part, random)


MANNERS: tuple[Callable[[bytes, Random], bytes], ...] = (other_value, other_value, other_tag, other_row, any_bytes)
