"""
The sheet of rows in ``results.xlsx`` and ``to_fix.xlsx``, and the look of the workbooks.

Every cell is a string by its type and formatted as text, so that nothing is computed and a phone that a person types
into it stays as typed. A cell that is wrong is coloured and says in a comment what is wrong and how to fix it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import merge
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from importer.model.batches import STRUCK
from importer.model.formula_escape import MARK, guard_string, guard_strings
from importer.model.records import UnchangedRows
from importer.model.statuses import Status
from importer.problems.cell_places import places
from importer.reporting.report_columns import (
    FOR_PEOPLE,
    WORKBOOK_COLUMNS,
    Fault,
    faults,
    joined,
    status_of,
    workbook_cells,
)
from importer.reporting.wording import number
from importer.writing.xlsx_stream import Block, Column, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.model.chunks import Distinct
    from importer.model.records import ReportRow
    from importer.reporting.report_columns import Layout
    from importer.reporting.run_report import Report


FONT: Final = {"font_name": "Calibri", "font_size": 11}
TEXT: Final = {**FONT, "num_format": "@", "valign": "top"}
_BAD: Final = {**TEXT, "bg_color": "#FBEAE6", "border": 1, "border_color": "#C2453B"}

INK: Final = "#1B2730"
MUTED: Final = "#52616C"
RULE: Final = "#D9E0E5"
OWN_HEADING: Final = "#1F5F86"
RESULT_HEADING: Final = "#EEF2F4"

# One colour a status, the same as on the page (its light side).
COLOURS: Final[dict[Status, str]] = {
    Status.CREATED: "#2F8F6B",
    Status.UPDATED: "#3A7CA5",
    Status.CANCELLED: "#6C6FB0",
    Status.NO_SHOW_SENT: "#3F8C8C",
    Status.UNCHANGED: "#7C8B96",
    Status.DUPLICATE: "#82909A",
    Status.INVALID: "#C26F1C",
    Status.FAILED: "#C2453B",
    Status.UNKNOWN: "#9C4F96",
    Status.NOT_SENT: "#9A7F28",
    Status.HELD: "#8A6D5A",
}


class Style(IntEnum):
    """The samples of the rows sheet, in the order of their cells."""

    OWN = 0
    RESULT = 1
    NUMBER = 2
    BAD = 3
    WARNED = 4
    SENTENCE = 5
    DONE = 6
    QUIET = 7
    WRONG = 8
    DOUBTFUL = 9
    WAITING = 10
    STRUCK = 11


def sample_formats() -> dict[Style, dict[str, Any]]:
    """Return the properties of each style; sentences go on in further lines of their cell."""
    status = {**TEXT, "bold": True}
    return {
        Style.OWN: TEXT,
        Style.RESULT: {**TEXT, "font_color": MUTED},
        Style.NUMBER: {**FONT, "num_format": "0", "valign": "top", "align": "left", "font_color": MUTED},
        Style.BAD: _BAD,
        Style.WARNED: {**TEXT, "bg_color": "#FDF1E1", "border": 1, "border_color": "#8A4B08"},
        Style.SENTENCE: {**TEXT, "text_wrap": True, "font_color": INK},
        Style.DONE: {**status, "font_color": "#1C6549"},
        Style.QUIET: {**TEXT, "font_color": MUTED},
        Style.WRONG: {**status, "font_color": "#9B2C20", "bg_color": "#FBEAE6"},
        Style.DOUBTFUL: {**status, "font_color": "#75336F", "bg_color": "#F6E9F4"},
        Style.WAITING: {**status, "font_color": "#8A4B08", "bg_color": "#FDF1E1"},
        Style.STRUCK: {**_BAD, "font_strikeout": True},
    }


STATUS_STYLES: Final[dict[Status, Style]] = {
    Status.CREATED: Style.DONE,
    Status.UPDATED: Style.DONE,
    Status.CANCELLED: Style.DONE,
    Status.NO_SHOW_SENT: Style.DONE,
    Status.UNCHANGED: Style.QUIET,
    Status.DUPLICATE: Style.QUIET,
    Status.INVALID: Style.WAITING,
    Status.FAILED: Style.WRONG,
    Status.UNKNOWN: Style.DOUBTFUL,
    Status.NOT_SENT: Style.WAITING,
    Status.HELD: Style.WAITING,
}


# A thousand comments open at once; fifty thousand take minutes. The sentences stand in result_problem all the same.
MOST_COMMENTS: Final = 1_000
MOST_COLUMNS: Final = 16_384
WIDTH_SAMPLE: Final = 400

NARROWEST: Final = 10
WIDEST_OWN: Final = 28
RESULT_WIDTHS: Final = (14, 44, 44, 40, 22, 20, 12, 11, 14, 38, 24, 18, 20, 15, 22)
LINE_POINTS: Final = 15
AUTHOR: Final = "Appointment importer"

_STATUS: Final = WORKBOOK_COLUMNS.index("result_status")
_NUMBERS: Final = {WORKBOOK_COLUMNS.index(name) for name in ("result_row", "result_http_status", "result_attempts")}
_SENTENCES: Final = {WORKBOOK_COLUMNS.index(name) for name in ("result_problem", "result_fix", "result_warnings")}
_PROBLEM: Final = WORKBOOK_COLUMNS.index("result_problem")
_WARNINGS: Final = WORKBOOK_COLUMNS.index("result_warnings")
_ROW: Final = WORKBOOK_COLUMNS.index("result_row")
_UUID: Final = WORKBOOK_COLUMNS.index("result_uuid")
_NUMBER: Final = WORKBOOK_COLUMNS.index("result_external_event_id")

_HEADING_HELP: Final = {
    "result_status": "The result of the row. created, updated, cancelled, no_show_sent, unchanged and duplicate are "
    "done. invalid, failed, unknown, not_sent and held need attention.",
    "result_problem": f"What is wrong with the row. The first {number(MOST_COMMENTS)} wrong cells say it in a comment, too.",
    "result_fix": "Correct the coloured cells and run this file again: rows that are done are skipped.",
}


@dataclass(slots=True)
class RowsSheet:
    """
    The rows sheet of one workbook: what its shell needs to know, and its lines.

    ``pieces``: the rows, and those that stand together. ``height``: rows with the heading. ``comments``: (row, column) -> text,
    filled while the lines are taken.
    """

    report: Report
    layout: Layout
    name: str
    pieces: Iterator[ReportRow | UnchangedRows]
    height: int
    widths: tuple[int, ...] = ()
    comments: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken: list[ReportRow | UnchangedRows] = []
        first: list[ReportRow] = []
        while len(first) < WIDTH_SAMPLE and (piece := next(self.pieces, None)) is not None:
            taken.append(piece)
            rows = piece.rows() if isinstance(piece, UnchangedRows) else (piece,)
            first += islice(rows, WIDTH_SAMPLE - len(first))
        self.pieces = chain(taken, self.pieces)
        self.widths = own_widths(self.own, [self.layout.cells(row) for row in first])

    @property
    def own(self) -> tuple[str, ...]:
        """The own headings, as many as a workbook has room for."""
        return self.layout.own[: MOST_COLUMNS - len(WORKBOOK_COLUMNS)]

    @property
    def column_styles(self) -> tuple[Style, ...]:
        """Each column's own style."""
        return (*[Style.OWN] * len(self.own), *map(_result_style, range(len(WORKBOOK_COLUMNS))))

    def lines(self) -> Iterator[Line | Block]:
        """Give the rows as lines of the sheet, once; those that stand together as blocks."""
        place = 1
        for piece in self.pieces:
            if isinstance(piece, UnchangedRows):
                yield self._block(piece, place)
                place += len(piece) + len(piece.among)
            else:
                yield self._line(piece, place)
                place += 1

    def _line(self, row: ReportRow, place: int) -> Line:
        width = len(self.own)
        cells = _typed((*self.layout.cells(row)[:width], *workbook_cells(self.report.run.id, row)), width)
        styles: dict[int, int] = {width + _STATUS: STATUS_STYLES[status_of(row)]}
        height = None
        if row.problems or row.warnings:
            said = self._said(row)
            styles = self._styles(said) | styles
            self._comment(place, said)
            height = self._height(cells)
        return Line(cells, styles, height)

    def _block(self, those: UnchangedRows, first: int) -> Block:
        """Return rows that repeat what is known, and the rows among them. ``first``: the place of the first of them."""
        width, one = len(self.own), those.at(0)
        columns: list[Column | str | int] = [_guarded(column) for column in self.layout.columns(those)[:width]]
        columns += _typed((*[""] * width, *workbook_cells(self.report.run.id, one)), width)[width:]
        columns[width + _ROW] = Column(those.numbers.tolist())
        for at, texts in ((_UUID, those.told.uuids), (_NUMBER, those.told.external_event_ids)):
            columns[width + at] = Column(guard_strings([text or "" for text in texts]))
        columns[width + _WARNINGS] = _warnings(those)
        ids = those.row_ids.tolist() if those.among else []
        among = ((bisect_left(ids, row.row_id), 0, row) for row in those.among)
        warned = ((place, 1, None) for place in sorted(those.warnings))
        looks, between, known = {}, list[tuple[int, Line]](), dict[int, Any]()
        for place, _, row in merge(among, warned, key=_in_order):
            at = first + place + len(between)
            if row is not None:
                between.append((place, self._line(row, at)))
                continue
            found = known.get(id(those.warnings[place])) or self._look(those, place, known)
            self._comment(at, found[0])
            looks[place] = found[1:]
        return Block(columns, len(those), {width + _STATUS: STATUS_STYLES[status_of(one)]}, looks, between)

    def _look(self, those: UnchangedRows, place: int, known: dict[int, Any]) -> tuple[Any, Any, Any]:
        """Return what is said of a row, its styles and its height; ``known``: the same by what many rows share."""
        notes, row = those.warnings[place], those.at(place)
        said = self._said(row)
        height = self._height(_typed((*[""] * len(self.own), *workbook_cells("", row)), len(self.own)))
        found = said, self._styles(said), height
        # Where no column is named, a row's own cells tell which it is.
        if all(note.get("column") is not None for note in notes):
            known[id(notes)] = found
        return found

    def _height(self, cells: Sequence[str | int]) -> int | None:
        """Return the height that the wrapped sentences need; not every program finds it out by itself."""
        first = len(self.own)
        needed = max(line_count(str(cells[first + place]), RESULT_WIDTHS[place]) for place in _SENTENCES)
        return needed * LINE_POINTS if needed > 1 else None

    def _said(self, row: ReportRow) -> dict[int, list[Fault]]:
        """Return what is wrong in each column of a row."""
        said: dict[int, list[Fault]] = {}
        for fault in faults(row):
            said.setdefault(self._column(row, fault), []).append(fault)
        return said

    def _styles(self, said: Mapping[int, list[Fault]]) -> dict[int, int]:
        """Return the colours of the cells that are wrong."""
        return {column: _look_of(found[0]) for column, found in said.items() if column < len(self.own)}

    def _comment(self, place: int, said: Mapping[int, list[Fault]]) -> None:
        """Say in comments why cells are wrong."""
        for column, found in said.items() if len(self.comments) < MOST_COMMENTS else ():
            # Problems of the row as a whole stand in result_problem already.
            if column < len(self.own) and len(self.comments) < MOST_COMMENTS:
                self.comments[place, column] = "\n\n".join(map(sentence, found))

    def _column(self, row: ReportRow, fault: Fault) -> int:
        whole = len(self.own) + _PROBLEM
        if fault.position is None:
            return whole
        column = self.layout.column_of(row.file, fault.position)
        return whole if column is None or column >= len(self.own) else column


_in_order: Final = itemgetter(0, 1)


def _guarded(column: Distinct) -> Column:
    places = None if column.places is None else column.places.tolist()
    return Column(guard_strings(column.texts.tolist()), places)


def _warnings(those: UnchangedRows) -> Column | str:
    """Return the sentences of warnings, which many rows share."""
    if not those.warnings:
        return ""
    places, texts, known = [0] * len(those), [""], dict[int, int]()
    for place, notes in those.warnings.items():
        if id(notes) not in known:
            known[id(notes)] = len(texts)
            texts.append(joined(notes, "message"))
        places[place] = known[id(notes)]
    return Column(guard_strings(texts), places)


def _look_of(fault: Fault) -> Style:
    if fault.is_warning:
        return Style.WARNED
    # The line stays: without it the row would go when the file is run again.
    return Style.STRUCK if fault.note.get("code") == STRUCK else Style.BAD


def add_rows_sheet(workbook: Any, sheet: RowsSheet) -> Any:
    """Add the sheet without its rows to an XlsxWriter workbook, and return its worksheet."""
    worksheet = workbook.add_worksheet(sheet.name)
    formats = {style: workbook.add_format(found) for style, found in sample_formats().items()}
    _write_headings(workbook, worksheet, sheet)
    for style, made in formats.items():
        worksheet.write_blank(1, int(style), None, made)
    for column, (width, style) in enumerate(zip((*sheet.widths, *RESULT_WIDTHS), sheet.column_styles, strict=True)):
        # What a program needs is there, and folded away behind what a person needs.
        folded = {"level": 1, "hidden": True} if column >= len(sheet.own) + len(FOR_PEOPLE) else {}
        worksheet.set_column(column, column, width, formats[style], folded)
    last = len(sheet.column_styles) - 1
    worksheet.freeze_panes(1, names_until(sheet.report, sheet.own))
    worksheet.autofilter(0, 0, max(sheet.height - 1, 1), last)
    worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{max(sheet.height, 2)}"})
    for (row, column), text in sheet.comments.items():
        worksheet.write_comment(row, column, text, _comment_look(text))
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.repeat_rows(0)
    worksheet.fit_to_pages(1, 0)
    return worksheet


MOST_FROZEN: Final = 4


def names_until(report: Report, own: Sequence[str]) -> int:
    """Return how many columns stay in sight so that a row's person is seen: up to the name, 0 where that is far right."""
    file = report.files[0] if len(report.files) == 1 else None
    known = file.facts.columns if file is not None and file.facts is not None else places(tuple(own))
    found = [at for name in ("fullName", "firstName", "lastName") for at in known.get(name, ())]
    return max(found) + 1 if found and max(found) < MOST_FROZEN else 0


def own_widths(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """Return a width for each own column, in characters: room for what stands in most of its cells."""
    widths = [len(heading) + 4 for heading in headings]
    for row in rows:
        for column, cell in enumerate(row[: len(widths)]):
            widths[column] = max(widths[column], len(cell) + 2)
    return tuple(min(max(width, NARROWEST), WIDEST_OWN) for width in widths)


def line_count(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of this width in characters, at a cautious guess."""
    return sum(1 + len(line) // max(width - 4, 1) for line in text.split("\n"))


def _write_headings(workbook: Any, worksheet: Any, sheet: RowsSheet) -> None:
    look = {"bold": True, "font_name": "Calibri", "font_size": 11, "valign": "vcenter", "num_format": "@"}
    ours = workbook.add_format({**look, "bg_color": RESULT_HEADING, "font_color": INK, "bottom": 1})
    own = workbook.add_format({**look, "bg_color": OWN_HEADING, "font_color": "#FFFFFF", "bottom": 1})
    worksheet.set_row(0, 24)
    for column, heading in enumerate((*sheet.own, *WORKBOOK_COLUMNS)):
        worksheet.write_string(0, column, guard_string(heading), own if column < len(sheet.own) else ours)
    for name, text in _HEADING_HELP.items():
        column = len(sheet.own) + WORKBOOK_COLUMNS.index(name)
        worksheet.write_comment(0, column, text, _comment_look(text))


def _comment_look(text: str) -> dict[str, Any]:
    return {
        "author": AUTHOR,
        "width": 300,
        "height": 24 + 17 * min(line_count(text, 50), 20),
        "color": "#FFF9E8",
        "font_size": 9,
    }


def sentence(fault: Fault) -> str:
    """Return a problem or warning with its fix on a line of its own."""
    message, fix = fault.note.get("message", ""), fault.note.get("fix", "")
    return f"{message}\n{fix}" if fix else message


def _typed(texts: Sequence[str], width: int) -> list[str | int]:
    """Return the cells of a row with our counts as numbers, so that a filter sorts them as numbers."""
    cells: list[str | int] = [guard_string(text) if MARK in text else text for text in texts]
    for place in _NUMBERS:
        if (text := texts[width + place]).isdecimal():
            cells[width + place] = int(text)
    return cells


def _result_style(place: int) -> Style:
    if place in _NUMBERS:
        return Style.NUMBER
    return Style.SENTENCE if place in _SENTENCES else Style.RESULT
