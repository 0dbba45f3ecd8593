"""
Rows streamed into a workbook that XlsxWriter made without them, as text that a workbook's XML can hold.

XlsxWriter takes about 11 microseconds for a cell and a temporary file as large as the sheet; a run of 200,000 rows
would wait a minute for its workbook. So XlsxWriter makes the *shell*: styles, summary, chart, comments, filter, and the
rows sheet with its heading and one row of samples, a cell for each style. Then the shell's parts are copied, and the
rows are written as XML where the samples stood. Only the file format is leaned on (ECMA-376, part 1, 18.3.1), nothing
of XlsxWriter's inside.

The shell is made once, before the rows. Where the rows have comments, which are known after them, it is made once more
for all that stands behind the rows.

Frequent texts are stored once and numbered (shared strings), others stand in their cell: a sheet stays half as large as
it would be, and memory is bounded by ``MOST_SHARED`` texts.

Rows that are known column by column (``Block``) are written so: what is the same in every row is made once, a text that
repeats once a block, and a column of plain texts is looked through as one. They say what they would say row by row.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from xlsxwriter.utility import xl_col_to_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


ROWS_PART: Final = "xl/worksheets/sheet1.xml"
STRINGS_PART: Final = "xl/sharedStrings.xml"
TYPES_PART: Final = "[Content_Types].xml"
SAMPLE_ROW: Final = 2

LEVEL: Final = 3
"""Of the compression, a third of what a sheet by columns costs; 6 makes the file a seventh smaller and takes twice the time."""

_BATCH: Final = 500
# Stands for the number of the row until it is known; no text of XML has this character.
_ROW: Final = "\0"
_STYLE: Final = re.compile(rb'<c r="[A-Z]+\d+" s="(\d+)"')
_SIZE: Final = re.compile(rb'<dimension ref="[^"]*"/>')


@dataclass(frozen=True, slots=True)
class Line:
    """
    One row of the sheet. In ``cells`` an int is a number and "" a blank.

    ``styles``: column -> style (its place among the samples) where it is not the column's own. ``height``: in points,
    None for one line of text.
    """

    cells: Sequence[str | int]
    styles: Mapping[int, int] = field(default_factory=dict)
    height: int | None = None


class Column(NamedTuple):
    """Cells of a column, as in ``Line``: ``texts[place]`` for each of ``places``; None: ``texts`` are the cells."""

    texts: Sequence[str | int]
    places: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """
    Many rows of the sheet, column by column.

    ``columns``: each column's cells, or the one that stands in all ``size`` rows. ``styles``: as in ``Line``, of all rows. ``looks``:
    place among the rows -> styles besides, and height, of a row that looks otherwise. ``between``: (place, row) of others, which stand
    before the row at that place; the places rise.
    """

    columns: Sequence[Column | str | int]
    size: int
    styles: Mapping[int, int] = field(default_factory=dict)
    looks: Mapping[int, tuple[Mapping[int, int], int | None]] = field(default_factory=dict)
    between: Sequence[tuple[int, Line]] = ()


@dataclass(frozen=True, slots=True)
class Shell:
    """
    A workbook without its rows, taken apart.

    ``head`` and ``tail``: the rows part before and after its rows. ``styles``: the workbook's number of each sample.
    """

    head: bytes
    tail: bytes
    strings: bytes
    parts: Mapping[str, bytes]
    styles: tuple[int, ...]


def take_apart(workbook: BinaryIO) -> Shell:
    """
    Return the parts of a shell.

    Raises:
        ValueError: its first sheet has no row of samples.
    """
    with zipfile.ZipFile(workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, mark, rest = parts.pop(ROWS_PART).partition(b'<row r="%d"' % SAMPLE_ROW)
    samples, end, tail = rest.partition(b"</sheetData>")
    if not mark:
        raise ValueError("the shell has no row of samples")
    styles = tuple(int(style) for style in _STYLE.findall(samples.partition(b"</row>")[0]))
    return Shell(head=head, tail=end + tail, strings=parts.pop(STRINGS_PART), parts=parts, styles=styles)


def splice(  # noqa: PLR0913  # the parts of one sheet
    stream: BinaryIO,
    make_shell: Callable[[], BinaryIO],
    lines: Iterable[Line | Block],
    *,
    column_styles: Sequence[int],
    height: int,
    commented: Callable[[], bool],
) -> None:
    """
    Write the shell with these lines as the rows of its first sheet.

    ``make_shell`` is called before the lines are asked for, and again after the last if they were ``commented`` then;
    only comments may differ between the two. ``column_styles``: each column's own style, its place among the samples.
    ``height``: rows with the heading.

    Raises:
        OSError: the stream cannot take it.
        ValueError: the two shells differ in more than comments.
    """
    shell = take_apart(make_shell())
    texts = Texts(first=shell.strings.count(b"<si>"))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as out:
        # Programs that look at the first bytes know a workbook by this part.
        out.writestr(TYPES_PART, shell.parts[TYPES_PART])
        with out.open(ROWS_PART, "w", force_zip64=True) as part:
            part.write(_sized(shell.head, height, len(column_styles)))
            part.writelines(_rows(shell, column_styles, texts).batches(lines))
            if commented():
                first, shell = shell, take_apart(make_shell())
                if shell.strings != first.strings:
                    raise ValueError("the shell's texts changed while its rows were written")
            part.write(shell.tail)
        out.writestr(STRINGS_PART, texts.added_to(shell.strings))
        for name, data in shell.parts.items():
            if name != TYPES_PART:
                out.writestr(name, data)


def _rows(shell: Shell, column_styles: Sequence[int], texts: Texts) -> _Rows:
    starts = [f'<c r="{xl_col_to_name(column)}{_ROW}" s="' for column in range(len(column_styles))]
    return _Rows(
        starts=starts,
        own=[f'{start}{shell.styles[style]}"' for start, style in zip(starts, column_styles, strict=True)],
        samples=[f'{style}"' for style in shell.styles],
        texts=texts,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """
    Makes row elements from ready pieces, ``_ROW`` in place of their numbers.

    ``starts``: a column's cell as far as its style. ``own``: the same with the column's style. ``samples``: what each sample adds.
    """

    starts: list[str]
    own: list[str]
    samples: list[str]
    texts: Texts

    def batches(self, lines: Iterable[Line | Block]) -> Iterator[bytes]:
        numbered = enumerate(chain.from_iterable(map(self.elements, lines)), start=SAMPLE_ROW)
        while batch := [row.replace(_ROW, str(number)) for number, row in islice(numbered, _BATCH)]:
            yield "".join(batch).encode("utf-8")

    def elements(self, line: Line | Block) -> Iterable[str]:
        return self.block(line) if isinstance(line, Block) else (self.element(line),)

    def element(self, line: Line) -> str:
        # The innermost loop: 200,000 rows have 5 million cells, and most of them hold a text that is known already.
        own, styled = self.own, line.styles
        if styled:
            own = own.copy()
            for column, sample in styled.items():
                own[column] = self.starts[column] + self.samples[sample]
        found = [_row_start(line.height)]
        known = self.texts.known.get
        for column, (cell, start) in enumerate(zip(line.cells, own, strict=True)):
            if (shared := known(cell)) is not None:
                found.append(f'{start} t="s"><v>{shared}</v></c>')
            elif cell != "":
                found.append(start + self.rest(cell))
            elif column in styled:
                found.append(f"{start}/>")
        found.append("</row>")
        return "".join(found)

    def block(self, block: Block) -> Iterator[str]:
        """Yield the rows of a block and those between them."""
        begins = [_row_start(None)] * block.size
        styled: dict[int, dict[int, str]] = {}
        for place, (styles, height) in block.looks.items():
            if height:
                begins[place] = _row_start(height)
            for column, sample in styles.items():
                styled.setdefault(column, {})[place] = self.starts[column] + self.samples[sample]
        parts: list[Iterable[str]] = [begins]
        fixed = ""
        for column, (cells, own) in enumerate(zip(block.columns, self.own, strict=True)):
            style = block.styles.get(column)
            start = own if style is None else self.starts[column] + self.samples[style]
            if not isinstance(cells, Column) and column not in styled:
                fixed += self.cell(start, cells)
                continue
            each = cells if isinstance(cells, Column) else Column([cells], [0] * block.size)
            before, made, behind = self.column(start, each, styled.get(column, {}))
            parts += repeat(fixed + before), made
            fixed = behind
        rows, done = map("".join, zip(*parts, repeat(f"{fixed}</row>"))), 0
        for place, line in block.between:
            yield from islice(rows, place - done)
            yield self.element(line)
            done = place
        yield from rows

    def column(self, start: str, column: Column, styled: Mapping[int, str]) -> tuple[str, list[str], str]:
        """
        Return what each row has of a column, and what stands before and behind it in all of them.

        ``styled``: place -> the start of a cell with another style.
        """
        texts, places = column
        if places is not None:
            made = [self.cell(start, text) for text in texts]
            made = [made[place] for place in places]
        elif texts and isinstance(texts[0], int):
            made = [f"{start}><v>{number}</v></c>" for number in texts]
        else:
            told = list(map(str, texts))
            before, behind = f'{start} t="inlineStr"><is><t>', "</t></is></c>"
            if not are_plain(told):
                # Not every reader undoes escapes that stand in a cell itself; as a shared string each does.
                made = [
                    self.cell(start, text)
                    if len(text) > LONGEST_SHARED or _WANTS_CARE.search(text) or not text
                    else f"{before}{text}{behind}"
                    for text in told
                ]
            elif styled or "" in told:
                made = [text and f"{before}{text}{behind}" for text in told]
            else:
                return before, told, behind
        for place, start_there in styled.items():
            cell = texts[place if places is None else places[place]]
            made[place] = self.cell(start_there, cell) or f"{start_there}/>"
        return "", made, ""

    def cell(self, start: str, cell: str | int) -> str:
        """Return a cell; "" for a blank one."""
        if (shared := self.texts.known.get(cell)) is not None:
            return f'{start} t="s"><v>{shared}</v></c>'
        return "" if cell == "" else start + self.rest(cell)

    def rest(self, cell: str | int) -> str:
        """Return what stands in a cell element behind its style, for a text that is not known yet or a number."""
        if isinstance(cell, int):
            return f"><v>{cell}</v></c>"
        if (shared := self.texts.number(cell)) is not None:
            return f' t="s"><v>{shared}</v></c>'
        return f' t="inlineStr"><is>{inline(cell)}</is></c>'


def _row_start(height: int | None) -> str:
    return f'<row r="{_ROW}" ht="{height}" customHeight="1">' if height else f'<row r="{_ROW}">'


def _sized(head: bytes, height: int, width: int) -> bytes:
    """Return the head with the sheet's true size: readers that believe it would stop at the shell's."""
    size = f'<dimension ref="A1:{xl_col_to_name(max(width, 1) - 1)}{max(height, 1)}"/>'
    return _SIZE.sub(size.encode(), head, count=1)


MOST_SHARED: Final = 50_000
LONGEST_SHARED: Final = 80

# A cell of a workbook holds no more; it counts like UTF-16.
LONGEST_CELL: Final = 32_767
CUT: Final = " … (cut here: a workbook's cell holds no more; results.csv has all of it)"

_COUNTS: Final = re.compile(rb'<sst ([^>]*?)(?: count="\d+")?(?: uniqueCount="\d+")?(/?)>')
_WANTS_CARE: Final = re.compile("[&<>\x00-\x1f\x7f_\ufffe\uffff\ud800-\udfff]|^\\s|\\s$")
# XML has no way to hold these. Excel writes them as _xHHHH_, and marks a text that looks like that by _x005F_.
_ESCAPED: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(slots=True)
class Texts:
    """The shared strings of a workbook that has ``first`` of them already. ``known``: text -> its number."""

    first: int
    known: dict[object, int] = field(default_factory=dict)

    def number(self, text: str) -> int | None:
        """Return the number of a text that is not ``known`` yet, None when it is to stand in its cell."""
        if len(self.known) >= MOST_SHARED or len(text) > LONGEST_SHARED:
            return None
        return self.known.setdefault(text, self.first + len(self.known))

    def added_to(self, part: bytes) -> bytes:
        """Return the shared strings part with these texts at its end; its counts are optional and are left out."""
        added = "".join([f"<si>{inline(str(text))}</si>" for text in self.known]).encode()
        return _COUNTS.sub(rb"<sst \1\2>", part, count=1).replace(b"</sst>", added + b"</sst>")


def inline(text: str) -> str:
    """Return a text as a ``<t>`` element."""
    if len(text) * 2 > LONGEST_CELL:
        text = fitted(text)
    if _WANTS_CARE.search(text) is None:
        return f"<t>{text}</t>"
    text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<t xml:space="preserve">{text}</t>'


def are_plain(texts: Sequence[str]) -> bool:
    """Whether ``inline`` would do nothing to any of these texts but set it between its tags; False where it may do more."""
    told = "|".join(("", *texts, ""))
    if not told.isprintable() or any(mark in told for mark in _NOT_PLAIN):
        return False
    return len(told) <= LONGEST_CELL // 2 or max(map(len, texts)) <= LONGEST_CELL // 2


# Besides what is not printable: what XML or the escapes of a workbook mean otherwise, and blanks at an end of a text.
_NOT_PLAIN: Final = ("&", "<", ">", "_x", "| ", " |")


def fitted(text: str) -> str:
    """Return a text that a cell can hold, cut with a word on it where it is too long."""
    if _length(text) <= LONGEST_CELL:
        return text
    room = LONGEST_CELL - len(CUT)
    kept = text[:room]
    while _length(kept) > room:
        kept = kept[: len(kept) - max((_length(kept) - room) // 2, 1)]
    return kept + CUT


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
