"""A visit that is struck through in her workbook: nobody is texted about it, until she says what the line means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
from desk import ROW, Desk, appointments, statuses
from openpyxl.comments import Comment
from openpyxl.styles import Font

from importer.commands.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def write(path: Path, rows: Sequence[Mapping[str, str]], struck: Mapping[int, str] | None = None) -> str:
    """Write rows below headings; ``struck``: row number -> the columns in it that are struck through, by their letters."""
    book = openpyxl.Workbook()
    headings = [*ROW, "action", "Notes"]
    book.active.append(headings)
    for row in rows:
        book.active.append([row.get(name, "") for name in headings])
    for number, letters in (struck or {}).items():
        for letter in letters:
            book.active[f"{letter}{number}"].font = Font(strike=True)
    book.save(path)
    return str(path)


def visits(count: int) -> list[dict[str, str]]:
    return [row | {"action": "booked", "Notes": "call first"} for row in appointments(count)]


def deeds(desk: Desk) -> list[tuple[str, str | None]]:
    return [(action, number) for action, number, _ in desk.deeds()]


def test_a_struck_visit_waits_for_a_word(desk: Desk) -> None:
    """It is a problem that names her column; a struck note is none, nor a struck cancel; her workbook keeps the line."""
    path, rows = desk.folder / "week.xlsx", visits(4)
    run(desk.job(), [write(path, rows)])
    before = len(desk.sandbox.requests())
    rows[2]["action"] = "cancelled"
    found = run(desk.job(), [write(path, rows, {1: "ABCDEFGH", 2: "H", 3: "BCDEFGH", 4: "ABCDEFGH"})])

    assert statuses(found) == ["unchanged", "invalid", "cancelled", "unchanged"]
    assert len(desk.sandbox.requests()) == before + 1
    (said,) = [problem for row in found.report.rows() for problem in row.problems]
    assert said["code"] == "struck_through"
    assert said["message"].startswith('Column B "phone": The row is struck through.')
    assert "cancelled" in said["fix"]

    as_text = found.paths["results.csv"]
    assert statuses(run(desk.job(), [str(as_text)])) == ["unchanged", "invalid", "unchanged", "unchanged"]
    again = run(desk.job(), [str(found.paths["to_fix.xlsx"])])
    assert statuses(again) == ["unchanged", "invalid", "unchanged", "unchanged"]
    assert len(desk.sandbox.requests()) == before + 1

    book = openpyxl.load_workbook(again.paths["to_fix.xlsx"])
    assert book.active["B3"].font.strike
    book.active["G3"] = "cancelled"
    book.save(path)
    last = run(desk.job(), [str(path)])
    assert statuses(last) == ["unchanged", "cancelled", "unchanged", "unchanged"]
    assert deeds(desk)[-2:] == [("cancel", "1003"), ("cancel", "1002")]


def test_a_workbook_to_fix_that_is_made_anew_keeps_the_line(desk: Desk) -> None:
    """Of two files there is no workbook of hers to go on with; ours strikes the cell through, and is refused again."""
    rows = visits(4)
    paths = [write(desk.folder / "a.xlsx", rows[:2], {2: "ABCDEFG"}), write(desk.folder / "b.xlsx", rows[2:])]
    found = run(desk.job(), paths)
    assert statuses(found) == ["invalid", "created", "created", "created"]

    path = found.paths["to_fix.xlsx"]
    again = run(desk.job(), [str(path)])
    assert statuses(again) == ["invalid"]
    book = openpyxl.load_workbook(path)
    assert [cell.font.strike for cell in book.active[2]][:2] == [True, None]
    book.active["A2"].font = Font()
    book.save(path)
    assert statuses(run(desk.job(), [str(path)])) == ["created"]


def test_a_row_that_is_done_and_struck_afterwards(desk: Desk) -> None:
    """A report that is fed back with a line through a visit that is booked does not call it done."""
    rows = visits(2)
    rows[1]["phone"] = "212"
    found = run(desk.job(), [write(desk.folder / "week.xlsx", rows)])
    path = found.paths["to_fix.xlsx"]
    book = openpyxl.load_workbook(path)
    for cell in book.active[2]:
        cell.font = Font(strike=True)
    book.save(path)
    again = run(desk.job(), [str(path)])

    assert statuses(again) == ["invalid", "invalid"]
    assert [[problem["code"] for problem in row.problems] for row in again.report.rows()] == [
        ["struck_through"],
        ["phone_too_short"],
    ]


def commented(path: Path, rows: Sequence[Mapping[str, str]], comments: Mapping[str, tuple[str, str]]) -> str:
    """Write rows below headings; ``comments``: cell -> text and author of its comment."""
    book = openpyxl.Workbook()
    book.active.append(list(ROW))
    for row in rows:
        book.active.append([row.get(name, "") for name in ROW])
    for cell, (text, author) in comments.items():
        book.active[cell].comment = Comment(text, author)
    book.save(path)
    return str(path)


def test_a_comment_at_a_cell_is_heeded(desk: Desk) -> None:
    """A few words that say that the visit is off, or that nobody may text, stop their row, also in a thread; a sentence is a warning."""
    threaded = "[Threaded comment]\n\nYour version of Excel allows you to read this threaded comment.\n\nComment:\n    Cancelled by phone"
    said = {
        "C2": ("CANCELLED", "Jo"),
        "C3": ("Jo Smith:\nno show", "Jo Smith"),
        "B4": ("do not text", ""),
        "H5": (threaded, "tc={1}"),
        "C6": ("She cancelled her last one but will surely come to this", ""),
        "C7": ("Prefers mornings", "Jo"),
        "C8": ("Column C: “x” says that the appointment is cancelled.", "Appointment importer"),
        "C9": ("Said ”call” - CANCELLED", "Jo"),
        "A1": ("Cancelled", "Jo"),
    }
    found = run(desk.job(), [commented(desk.folder / "week.xlsx", appointments(8), said)])

    assert statuses(found) == ["invalid"] * 4 + ["created"] * 3 + ["invalid"]
    rows = list(found.report.rows())
    assert [[one["code"] for one in row.problems] for row in rows[:4]] == [
        ["status_not_used"],
        ["status_not_used"],
        ["consent_refused"],
        ["status_not_used"],
    ]
    assert rows[0].problems[0]["message"].startswith('Column C "firstName": The comment: “CANCELLED” says')
    assert ["status_in_notes" in {one["code"] for one in row.warnings} for row in rows[4:]] == [
        True,
        False,
        False,
        False,
    ]

    for report in ("to_fix.xlsx", "results.xlsx", "results.csv"):
        again = run(desk.job(), [str(found.paths[report])])
        assert statuses(again) == statuses(found)[:4] + ["unchanged"] * 3 + ["invalid"]
