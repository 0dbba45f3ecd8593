"""Rows that stand together are written column by column: the files of a report say what they would say row by row."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer
from made_runs import HEADINGS, file_record, report_of, row, said
from python_calamine import CalamineWorkbook

from importer.model.chunks import Distinct
from importer.model.records import Told, UnchangedRows
from importer.model.staged_files import FileFacts
from importer.model.statuses import Status
from importer.reporting.tally import PLACES_SHOWN, tally
from importer.writing import xlsx_stream
from importer.writing.report_files import write_results_csv
from importer.writing.rows_sheet import RowsSheet, sample_formats
from importer.writing.to_fix import write_results_xlsx
from importer.writing.xlsx_stream import LONGEST_CELL, are_plain, inline, splice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.records import ReportRow
    from importer.reporting.run_report import Report

HOSTILE = (
    "", "Ana", "O'Brien", "'=1+2", "=1+2", "a;'=1", "+14155552671", "00123", "a,b;'-1", "x\ty", "two\nlines", "old\rMac", "\x00", "\x1f",
    "\x7f", "_x0041_", "_xyz", "a_b", " leading", "trailing ", " ", "a | b", "|", "\xa0", "<&>", "&amp;", '"', "\ud800", "\ufffe",
    "\uffff", "\U0001f600", "é", "x" * 90, "x" * 33_000, "3/4/2027", "12/13/2027", "1E+15", "TRUE",
)  # fmt: skip
NOTES = (
    (),
    said("reminder_at_night", field="remindTimeOffset", value="PT9H"),
    said("reminder_at_night", field="remindTimeOffset", value="PT9H", detail="x" * 90) + said("reminder_at_night"),
    said("reminder_at_night", field="phone", value="1") + said("reminder_at_night", field="phone", value="2"),
)
FACTS = FileFacts(columns={"date": (2,), "phone": (1,), "remindTimeOffset": (6,)}, date_order="mdy")
cells = st.sampled_from(HOSTILE) | st.text(max_size=6)
shown = st.tuples(st.sampled_from("tttttsm"), st.tuples(*[cells] * len(HEADINGS)), cells, cells, st.sampled_from(NOTES))


def in_pieces(rows: Sequence[ReportRow], repeats: Sequence[bool]) -> list[ReportRow | UnchangedRows]:
    """Return the same rows, those that are unchanged as one piece. ``repeats``: of which columns texts are kept once."""
    own = [one for one in rows if one.status is Status.UNCHANGED]
    if not own:
        return list(rows)
    first, last = own[0].row_id, own[-1].row_id
    columns = [np.array([*column, None], dtype=object)[:-1] for column in zip(*(one.cells for one in own), strict=True)]
    numbers = np.array([one.number for one in own])
    piece = UnchangedRows(
        file=own[0].file,
        row_ids=numbers,
        numbers=numbers,
        action=own[0].action,
        warnings={place: one.warnings for place, one in enumerate(own) if one.warnings},
        among=[one for one in rows if first < one.row_id < last and one.status is not Status.UNCHANGED],
        tell=lambda: Told(
            [
                Distinct(texts, np.arange(len(texts)) if once else None)
                for texts, once in zip(columns, repeats, strict=True)
            ],
            [one.uuid for one in own],
            [one.external_event_id for one in own],
            [True] * len(own),
        ),
    )
    before, behind = ([one for one in rows if one.row_id < first], [one for one in rows if one.row_id > last])
    return [*before, piece, *behind]


@cache
def shell() -> bytes:
    """Return a workbook that has nothing but the samples of cells and an empty heading."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "Heading")
        for style, look in sample_formats().items():
            sheet.write_blank(1, int(style), None, book.add_format(look))
    return made.getvalue()


def sheet_of(report: Report) -> tuple[Any, ...]:
    """Return what two libraries find in the sheet of rows, looks too, and what stands beside it; and the bytes of results.csv."""
    book, table = io.BytesIO(), io.BytesIO()
    sheet = RowsSheet(report, report.layout, "Rows", report.pieces(), 1 + report.row_count)
    splice(
        book,
        lambda: io.BytesIO(shell()),
        sheet.lines(),
        column_styles=sheet.column_styles,
        height=sheet.height,
        commented=lambda: False,
    )
    write_results_csv(report, table)
    return *read(book), sheet.comments, sheet.widths, table.getvalue()


def read(book: io.BytesIO) -> tuple[Any, ...]:
    """Return what two libraries find in a workbook's first sheet."""
    sheet = openpyxl.load_workbook(book).worksheets[0]
    found = [
        (cell.coordinate, cell.value, cell.data_type, cell.style_id, cell.comment and cell.comment.text)
        for line in sheet.iter_rows()
        for cell in line
    ]
    heights = [(number, each.height) for number, each in sheet.row_dimensions.items()]
    book.seek(0)
    return found, heights, CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()


@given(st.lists(shown, min_size=1, max_size=8), st.lists(st.booleans(), min_size=11, max_size=11), st.booleans())
@settings(max_examples=longer(4, 2_000), deadline=None)
def test_a_report_by_column_says_what_it_says_row_by_row(lines: Any, repeats: list[bool], has_facts: bool) -> None:
    """Cells, their types, colours and comments, heights and widths are the same, whatever the cells hold and stand among."""
    file = replace(file_record(len(lines)), facts=FACTS if has_facts else None)
    rows = [
        row(
            file,
            number,
            Status.UNCHANGED if kind == "t" else Status.UPDATED,
            cells=typed,
            warnings=notes,
            uuid=uuid or None,
            external_event_id=named or None,
            **({"http_status": None, "attempts": (), "settled_at": None} if kind == "t" else {}),
        )
        for number, (kind, typed, uuid, named, notes) in enumerate(lines, start=2)
    ]
    report = report_of(rows)

    assert sheet_of(replace(report, pieces=lambda: iter(in_pieces(rows, repeats)))) == sheet_of(report)


def hostile_rows() -> list[ReportRow]:
    """Return forty rows, a few of them not unchanged, in whose cells everything hostile stands; two in three have warnings."""
    file = file_record(40)
    rows = []
    for number in range(2, 42):
        cells = tuple(HOSTILE[(5 * number + column) % len(HOSTILE)] for column in range(len(HEADINGS)))
        shared = {
            "cells": cells,
            "warnings": NOTES[number % 3],
            "http_status": None,
            "attempts": (),
            "settled_at": None,
        }
        rows.append(
            row(file, number, Status.UNCHANGED, **shared) if number % 9 else row(file, number, warnings=NOTES[1])
        )
    return rows


def test_what_many_rows_of_a_piece_say_is_counted_as_one_by_one() -> None:
    """Kinds of warning have the same counts, rows and examples, also beyond the few that are listed."""
    rows = hostile_rows()
    # As the ledger reads them: what rows of a piece say alike is one value.
    once: dict[str, Any] = {}
    pieces = in_pieces(
        [replace(one, warnings=once.setdefault(str(one.warnings), one.warnings)) for one in rows], [True] * 11
    )
    found, expected = tally(pieces), tally(rows)

    assert found.warnings() == expected.warnings()
    assert max(kind.count for kind in found.warnings()) > PLACES_SHOWN
    assert (found.totals, found.by_file, found.shared) == (expected.totals, expected.by_file, expected.shared)


def test_blocks_go_on_where_a_batch_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are numbered through, however many are made at once, and comments end at the same row."""
    monkeypatch.setattr(xlsx_stream, "_BATCH", 7)
    monkeypatch.setattr("importer.writing.rows_sheet.MOST_COMMENTS", 5)
    rows = hostile_rows()
    books = io.BytesIO(), io.BytesIO()
    for book, told in zip(books, (rows, in_pieces(rows, [True, False] * 5 + [True])), strict=True):
        write_results_xlsx(replace(report_of(rows), pieces=lambda told=told: iter(told)), book)

    assert read(books[1]) == read(books[0])


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=4), min_size=1, max_size=4))
@settings(max_examples=longer(40, 20_000), deadline=None)
def test_plain_texts_are_those_that_nothing_is_done_to(texts: list[str]) -> None:
    """A column that is looked through as one holds no text that wants care."""
    if are_plain(texts):
        assert [inline(text).replace(' xml:space="preserve"', "") for text in texts] == [
            f"<t>{text}</t>" for text in texts
        ]
        assert all(text == text.strip() for text in texts)


@pytest.mark.parametrize("text", [*HOSTILE[12:14], " a", "a ", "a\n", "_x0041_", "&", "x" * LONGEST_CELL])
def test_what_wants_care_is_never_plain(text: str) -> None:
    """One such text among plain ones is enough."""
    assert not are_plain(["Ana", text, "Bo"])
    assert are_plain(["Ana", "Bo"])
