"""The sheets beside the rows in ``results.xlsx``: a summary with its chart, and the problems by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from importer.model.formula_escape import guard_string
from importer.reporting.headline import headline
from importer.reporting.report_columns import utc_text
from importer.reporting.wording import LABELS, MEANINGS, exit_meaning, moment, span
from importer.writing.rows_sheet import COLOURS, INK, LINE_POINTS, MUTED, OWN_HEADING, RESULT_HEADING, RULE, line_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.statuses import Status
    from importer.reporting.run_report import Report
    from importer.reporting.tally import KindCount


SUMMARY: Final = "Summary"
PROBLEMS: Final = "Problems"

PROBLEM_WIDTHS: Final = (8, 34, 22, 56, 56, 30, 26, 10)
MOST_LINES: Final = 12

_BASE: Final = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}


def add_summary(workbook: Any, report: Report, notes: Sequence[str] = ()) -> None:
    """
    Add the summary: statuses that occur with a chart, what needs attention first, then the files and facts of the run.

    ``notes``: on the workbook.
    """
    sheet = workbook.add_worksheet(SUMMARY)
    looks = _looks(workbook)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 68)
    sheet.write_string(0, 0, guard_string(headline(report).text), looks["title"])
    sheet.set_row(0, 30)
    present = sorted((status for status, count in report.totals.items() if count), key=lambda status: status.done)
    line = _write_totals(sheet, report, present, looks)
    if present:
        _add_chart(workbook, sheet, present)
    line = _write_facts(sheet, report, looks, line + 1)
    line = _write_files(sheet, report, looks, line + 1)
    for place, note in enumerate(notes, start=line + 1):
        sheet.write_string(place, 0, note, looks["text"])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def add_problems(workbook: Any, report: Report) -> None:
    """Add the problems and warnings, grouped by kind, most frequent first."""
    sheet = workbook.add_worksheet(PROBLEMS)
    looks = _looks(workbook)
    headings = ("Rows", "Problem", "Column", "How to fix it", "For example", "Where (first rows)", "Code", "Sort")
    for column, (heading, width) in enumerate(zip(headings, PROBLEM_WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, looks["heading"])
    kinds = [(kind, "problem") for kind in report.problems] + [(kind, "warning") for kind in report.warnings]
    for place, (kind, sort) in enumerate(kinds, start=1):
        _write_kind(sheet, place, kind, sort, looks)
    if not kinds:
        sheet.write_string(1, 1, "None: nothing was found wrong.", looks["text"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(kinds), 1), len(headings) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


FIRST: Final = 3


def _write_totals(sheet: Any, report: Report, present: Sequence[Status], looks: dict[str, Any]) -> int:
    """Write the table of statuses from ``FIRST`` on; return the row after it."""
    _write_heading(sheet, FIRST - 1, ("Status", "Rows", "Meaning"), looks)
    for place, status in enumerate(present, start=FIRST):
        sheet.write_string(place, 0, LABELS[status], looks["text"])
        sheet.write_number(place, 1, report.totals[status], looks["number"])
        sheet.write_string(place, 2, MEANINGS[status], looks["muted"])
    last = FIRST + len(present)
    sheet.write_string(last, 0, "All rows", looks["total"])
    sheet.write_number(last, 1, report.row_count, looks["total"])
    sheet.write_blank(last, 2, None, looks["total"])
    return last + 1


def _add_chart(workbook: Any, sheet: Any, present: Sequence[Status]) -> None:
    last = FIRST + len(present) - 1
    chart = workbook.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": "Rows",
            "categories": [SUMMARY, FIRST, 0, last, 0],
            "values": [SUMMARY, FIRST, 1, last, 1],
            "points": [{"fill": {"color": COLOURS[status]}} for status in present],
            "data_labels": {"value": True, "num_format": "#,##0;;", "font": {"color": MUTED, "size": 9}},
            "gap": 40,
        }
    )
    chart.set_title({"name": "Rows by status", "name_font": {"size": 12, "bold": True, "color": INK}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "line": {"none": True}, "num_font": {"color": INK}, "major_tick_mark": "none"})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 560, "height": 330})
    sheet.insert_chart(2, 4, chart, {"description": "Bar chart of the rows by status, as in the table beside it"})


def _write_files(sheet: Any, report: Report, looks: dict[str, Any], line: int) -> int:
    _write_heading(sheet, line, ("File", "Rows", "Fingerprint (SHA-256)"), looks)
    for file in report.files:
        line += 1
        name = f"{file.name} ({file.sheet})" if file.sheet else file.name
        sheet.write_string(line, 0, name, looks["text"])
        sheet.write_number(line, 1, file.rows, looks["number"])
        sheet.write_string(line, 2, file.sha256, looks["muted"])
        for note in file.notes:
            line += 1
            sheet.write_string(line, 2, note, looks["muted"])
    return line + 1


def _write_facts(sheet: Any, report: Report, looks: dict[str, Any], line: int) -> int:
    run = report.run
    facts = {
        "Started": _moment(run.started_at, report.zone),
        "Finished": "" if run.finished_at is None else _moment(run.finished_at, report.zone),
        "Took": span(report.duration_s),
        "Exit code": f"{int(report.exit_code)}: {exit_meaning(report.exit_code)}",
        "Stopped because": run.stop_reason,
        "Requests": f"{report.calls:,}, in {report.attempts:,} attempts",
        "Run": run.id,
        "Version": run.version,
        "Time zones": f"tzdata {run.tzdata}" if run.tzdata else "",
    }
    sheet.write_string(line, 0, "The run", looks["heading"])
    sheet.write_blank(line, 1, None, looks["heading"])
    sheet.write_blank(line, 2, None, looks["heading"])
    for name, text in facts.items():
        if text:
            line += 1
            sheet.write_string(line, 0, name, looks["text"])
            sheet.write_string(line, 1, guard_string(text), looks["plain"])
    return line + 1


def _moment(seconds: float, zone: str) -> str:
    return f"{moment(seconds, zone)} ({utc_text(seconds)})" if zone else moment(seconds)


def _write_heading(sheet: Any, line: int, texts: tuple[str, str, str], looks: dict[str, Any]) -> None:
    for column, (text, look) in enumerate(zip(texts, ("heading", "right", "meaning"), strict=True)):
        sheet.write_string(line, column, text, looks[look])


def _write_kind(sheet: Any, place: int, kind: KindCount, sort: str, looks: dict[str, Any]) -> None:
    rows = ", ".join(map(str, kind.rows)) + (" …" if kind.count > len(kind.rows) else "")
    sheet.write_number(place, 0, kind.count, looks["count"])
    texts = (kind.title, kind.place, kind.fix, kind.examples[0].message, rows, kind.code, sort)
    for column, text in enumerate(texts, start=1):
        sheet.write_string(place, column, guard_string(text), looks["wrapped"])
    lines = max(line_count(text, PROBLEM_WIDTHS[column]) for column, text in enumerate(texts, start=1))
    sheet.set_row(place, LINE_POINTS * min(lines, MOST_LINES) + 3)


def _looks(workbook: Any) -> dict[str, Any]:
    properties: dict[str, dict[str, Any]] = {
        "title": {"font_size": 18, "bold": True, "valign": "vcenter", "font_color": OWN_HEADING},
        "meaning": {
            "bold": True,
            "bg_color": RESULT_HEADING,
            "bottom": 1,
            "bottom_color": RULE,
            "align": "left",
            "indent": 1,
        },
        "right": {"bold": True, "bg_color": RESULT_HEADING, "bottom": 1, "bottom_color": RULE, "align": "right"},
        "heading": {"bold": True, "bg_color": RESULT_HEADING, "bottom": 1, "bottom_color": RULE},
        "text": {"num_format": "@"},
        "plain": {"num_format": "@", "text_wrap": False},
        "wrapped": {"num_format": "@", "text_wrap": True, "bottom": 1, "bottom_color": RULE},
        "muted": {"num_format": "@", "font_color": MUTED, "align": "left", "indent": 1},
        "number": {"num_format": "#,##0", "bold": True, "align": "right"},
        "count": {"num_format": "#,##0", "bold": True, "align": "left", "bottom": 1, "bottom_color": RULE},
        "total": {"num_format": "#,##0", "bold": True, "top": 1},
    }
    return {name: workbook.add_format({**_BASE, **found}) for name, found in properties.items()}
