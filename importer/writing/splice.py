"""
Rows streamed into a workbook that XlsxWriter made without them.

XlsxWriter takes about 11 microseconds for a cell and a temporary file as large as the sheet; a run of 200,000 rows
would wait a minute for its workbook. So XlsxWriter makes the *shell*: styles, summary, chart, comments, filter, and the
rows sheet with its heading and one row of samples, a cell for each style. Then the shell's parts are copied, and the
rows are written as XML where the samples stood. Only the file format is leaned on (ECMA-376, part 1, 18.3.1), nothing
of XlsxWriter's inside.

The shell is made twice: its head before the rows, and the rest after them, when the comments are known.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from xlsxwriter.utility import xl_col_to_name

from importer.writing.cell_text import Texts, inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

ROWS_PART: Final = "xl/worksheets/sheet1.xml"
STRINGS_PART: Final = "xl/sharedStrings.xml"
TYPES_PART: Final = "[Content_Types].xml"
SAMPLE_ROW: Final = 2

_BATCH: Final = 500
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


def splice(
    stream: BinaryIO,
    make_shell: Callable[[], BinaryIO],
    lines: Iterable[Line],
    *,
    column_styles: Sequence[int],
    height: int,
) -> None:
    """
    Write the shell with these lines as the rows of its first sheet.

    ``make_shell`` is called before the lines are asked for and after the last; only comments may differ between the
    two. ``column_styles``: each column's own style, its place among the samples. ``height``: rows with the heading.

    Raises:
        OSError: the stream cannot take it.
        ValueError: the two shells differ in more than comments.
    """
    shell = take_apart(make_shell())
    texts = Texts(first=shell.strings.count(b"<si>"))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        # Programs that look at the first bytes know a workbook by this part.
        out.writestr(TYPES_PART, shell.parts[TYPES_PART])
        with out.open(ROWS_PART, "w", force_zip64=True) as part:
            part.write(_sized(shell.head, height, len(column_styles)))
            part.writelines(_rows(shell, column_styles, texts).batches(lines))
            first, shell = shell, take_apart(make_shell())
            if shell.strings != first.strings:
                raise ValueError("the shell's texts changed while its rows were written")
            part.write(shell.tail)
        out.writestr(STRINGS_PART, texts.added_to(shell.strings))
        for name, data in shell.parts.items():
            if name != TYPES_PART:
                out.writestr(name, data)


def _rows(shell: Shell, column_styles: Sequence[int], texts: Texts) -> _Rows:
    names = [xl_col_to_name(column) for column in range(len(column_styles))]
    return _Rows(
        starts=[f'<c r="{name}' for name in names],
        own=[f'" s="{shell.styles[style]}"' for style in column_styles],
        samples=[f'" s="{style}"' for style in shell.styles],
        texts=texts,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes row elements from ready pieces: a cell's start by its column, its style's attribute by column or sample."""

    starts: list[str]
    own: list[str]
    samples: list[str]
    texts: Texts

    def batches(self, lines: Iterable[Line]) -> Iterator[bytes]:
        numbered = enumerate(lines, start=SAMPLE_ROW)
        while batch := [self.element(place, line) for place, line in islice(numbered, _BATCH)]:
            yield "".join(batch).encode("utf-8")

    def element(self, place: int, line: Line) -> str:
        # The innermost loop: 200,000 rows have 5 million cells, and most of them hold a text that is known already.
        styles = self.own
        if line.styles:
            styles = styles.copy()
            for column, sample in line.styles.items():
                styles[column] = self.samples[sample]
        height = f' ht="{line.height}" customHeight="1"' if line.height else ""
        found = [f'<row r="{place}"{height}>']
        known = self.texts.known.get
        for column, (cell, start, style) in enumerate(zip(line.cells, self.starts, styles, strict=True)):
            if (shared := known(cell)) is not None:
                found.append(f'{start}{place}{style} t="s"><v>{shared}</v></c>')
            elif cell != "":
                found.append(f"{start}{place}{style}{self.rest(cell)}")
            elif column in line.styles:
                found.append(f"{start}{place}{style}/>")
        found.append("</row>")
        return "".join(found)

    def rest(self, cell: str | int) -> str:
        """Return what stands in a cell element behind its style, for a text that is not known yet or a number."""
        if isinstance(cell, int):
            return f"><v>{cell}</v></c>"
        if (shared := self.texts.number(cell)) is not None:
            return f' t="s"><v>{shared}</v></c>'
        return f' t="inlineStr"><is>{inline(cell)}</is></c>'


def _sized(head: bytes, height: int, width: int) -> bytes:
    """Return the head with the sheet's true size: readers that believe it would stop at the shell's."""
    size = f'<dimension ref="A1:{xl_col_to_name(max(width, 1) - 1)}{max(height, 1)}"/>'
    return _SIZE.sub(size.encode(), head, count=1)
