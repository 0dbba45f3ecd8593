"""CSV files with mutated cells, headings, records and bytes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from drawn_sheets import drawn, with_other_cells, with_other_headings

if TYPE_CHECKING:
    from random import Random

ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32")
TOKENS = (b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\0", b"\x1a", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\xc3", b"=", b";", b"\t", b"sep=;\n", b"PK\x03\x04", b"<html>", b"\n\n\n", b"#", b"'", b"\\")  # fmt: skip


class Mutated(NamedTuple):
    """
    A file, and what is known of its rows.

    ``all_rows``: the numbers that its rows may have; None where the mutation leaves that open. ``sure_rows``: numbers
    of rows that must be told, unless the file is refused.
    """

    name: str
    content: bytes
    all_rows: frozenset[int] | None = None
    sure_rows: frozenset[int] = frozenset()


def mutated_csv(random: Random) -> Mutated:
    """Return one mutated CSV file."""
    table = drawn(random)
    kind = random.choice(("cells", "cells", "cells", "headings", "records", "bytes", "bytes"))
    if kind == "cells":
        table = with_other_cells(table, random)
    if kind == "headings":
        table = with_other_headings(table, random)
    if random.random() < 0.3:
        table = with_other_cells(table, random)
    content = written(table.headings, table.rows, random)
    if kind in {"cells", "headings"}:
        numbers = frozenset(range(1, len(table.rows) + 2))
        return Mutated("week.csv", content, numbers, frozenset(place + 2 for place in table.untouched))
    return Mutated(
        "week.csv", with_other_records(content, random) if kind == "records" else other_bytes(content, random)
    )


def written(headings: list[str], rows: list[list[str]], random: Random) -> bytes:
    """Return the records of a CSV file, in some dialect and encoding."""
    stream = io.StringIO(newline="")
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    end = random.choice(("\n", "\r\n", "\r\n"))
    # A lone \r is quoted by no dialect of Python's writer unless all is.
    if any("\r" in cell for row in (headings, *rows) for cell in row):
        quoting = csv.QUOTE_ALL
    writer = csv.writer(stream, delimiter=random.choice(",,,;\t|"), quoting=quoting, lineterminator=end)
    writer.writerows([headings, *rows])
    encoding = random.choice(ENCODINGS)
    try:
        return stream.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return stream.getvalue().encode()


def with_other_records(content: bytes, random: Random) -> bytes:
    """Return the file with lines lost, doubled, moved, cut, joined or blank."""
    lines = content.split(b"\n")
    for _ in range(random.randint(1, 3)):
        place, other = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(6):
            case 0:
                lines[place] = b""
            case 1:
                lines.insert(other, lines[place])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = lines[place][: random.randint(0, len(lines[place]))]
            case 4:
                lines[place] += lines[other]
            case _:
                lines.insert(place, b",".join([random.choice(TOKENS)] * random.randint(1, 300)))
    return b"\n".join(lines)


def other_bytes(content: bytes, random: Random) -> bytes:
    """Return the file with bytes flipped, lost, put in, doubled, or cut off."""
    found = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        place = random.randint(0, len(found))
        length = random.choice((1, 1, 2, 9, 50))
        match random.randrange(6):
            case 0:
                found[place : place + 1] = bytes([random.randrange(256)])
            case 1:
                del found[place : place + length]
            case 2:
                found[place:place] = random.choice(TOKENS)
            case 3:
                found[place:place] = found[place : place + length] * random.choice((1, 2, 40))
            case 4 if random.random() < 0.3:
                del found[place:]
            case _:
                if place < len(found):
                    found[place] ^= 1 << random.randrange(8)
    return bytes(found)
