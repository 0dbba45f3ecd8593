"""Made-up runs for the tests of reports: rows of every status, with problems of the catalogue."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.model.records import Attempt, ReportRow, RunRecord
from importer.model.staged_files import FileRecord
from importer.model.statuses import RowState, RunState, Status
from importer.problems import problem
from importer.problems.cell_places import placed
from importer.reporting.run_report import Report, build_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = 1_804_150_800.0
RUN = "20270304-070000-k3fd"
HEADINGS = (
    "Appointment No",
    "Mobile",
    "First name",
    "Last name",
    "E-mail",
    "Type",
    "Remind before",
    "Start",
    "Time zone",
    "Notes",
    "Action",
)
COLUMN_OF = {"phone": 1, "remindTimeOffset": 6, "eventDateTime": 7, "subscriberTimeZone": 8}
FIRST = ("Ana", "Ben", "Chloé", "Dev", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jun")
LAST = ("O'Brien", "Null", "García", "Nguyen", "Smith-Jones", "Ødegaard", "Patel", "Kim")


def file_record(rows: int, *, name: str = "clinic_week.csv", headings: tuple[str, ...] = HEADINGS) -> FileRecord:
    """Return a file of so many rows."""
    return FileRecord(name=name, sha256="5f" * 32, sheet=None, headings=headings, heading_row=1, rows=rows, id=1)


def run_record(**changed: object) -> RunRecord:
    """Return a finished run of five minutes."""
    facts: dict[str, object] = {
        "id": RUN,
        "command": "run",
        "state": RunState.FINISHED,
        "started_at": START,
        "finished_at": START + 312.4,
        "version": "1.0.0",
        "tzdata": "2026b",
    }
    return RunRecord(**{**facts, **changed})


def row(file: FileRecord, number: int, status: Status | None = Status.CREATED, **changed: object) -> ReportRow:
    """One row; what is not said is that of a created appointment."""
    place = number - 2
    cells = (
        f"{112233 + place}",
        f"(415) 555-{2000 + place % 8000:04d}",
        FIRST[place % len(FIRST)],
        LAST[place % len(LAST)],
        f"patient{place}@example.com",
        "Check-up",
        "PT3H",
        f"2027-03-{8 + place % 5:02d}T{8 + place % 9:02d}:30:00",
        "America/New_York",
        "",
        "create",
    )
    facts: dict[str, object] = {
        "file": file,
        "number": number,
        "cells": cells,
        "action": "create",
        "state": RowState.SETTLED,
        "status": status,
        "uuid": f"db04f6ff-42e4-4bba-a9d3-{place:012d}",
        "external_event_id": cells[0],
        "http_status": 200,
        "code": "",
        "problems": (),
        "warnings": (),
        "attempts": (Attempt(at=START + place / 8, elapsed_s=0.08, http_status=200, code=""),),
        "settled_at": START + place / 8 + 0.08,
        "row_id": number,
    }
    facts |= changed
    if facts["number"]:
        facts |= {name: placed(facts[name], facts["file"], facts["cells"]) for name in ("problems", "warnings")}
    return ReportRow(**facts)


def said(code: str, **facts: str) -> tuple[dict[str, str], ...]:
    """One problem or warning, as the ledger keeps it."""
    return (problem(code, **facts).as_dict(),)


def report_of(rows: list[ReportRow], run: RunRecord | None = None, files: list[FileRecord] | None = None) -> Report:
    """Return the report of these rows."""
    files = files or list({id(row.file): row.file for row in rows}.values())
    return build_report(run or run_record(), files, lambda: iter(rows), None, START + 320)


def week(kind: str, rows: int = 240) -> Report:
    """Return a ``good`` or a ``bad`` week of a clinic."""
    file = file_record(rows)
    make = bad_row if kind == "bad" else good_row
    chance = random.Random(7)
    made = [make(file, number, chance.random()) for number in range(2, rows + 2)]
    return report_of(made, run_record(exit_code=8 if kind == "bad" else 0))


def good_row(file: FileRecord, number: int, chance: float) -> ReportRow:
    """Return a row of a week in which everything goes well."""
    kinds: list[tuple[float, Callable[[], ReportRow]]] = [
        (0.55, lambda: row(file, number)),
        (0.70, lambda: row(file, number, Status.UPDATED, action="update")),
        (0.76, lambda: row(file, number, Status.CANCELLED, action="cancel", http_status=204)),
        (0.80, lambda: row(file, number, Status.NO_SHOW_SENT, action="no_show", http_status=204)),
        (1.00, lambda: row(file, number, Status.UNCHANGED, attempts=(), http_status=None, settled_at=START)),
    ]
    return next(made for limit, made in kinds if chance <= limit)()


def bad_row(file: FileRecord, number: int, chance: float) -> ReportRow:
    """Return a row of a week in which everything goes wrong that can; what was found wrong stands in its cell."""
    made = next((made for limit, made in _bad_rows(file, number) if chance <= limit), lambda: row(file, number))()
    cells = list(made.cells)
    for note in (*made.problems, *made.warnings):
        if note["field"] in COLUMN_OF:
            cells[COLUMN_OF[note["field"]]] = note["value"]
    return replace(made, cells=tuple(cells))


def _bad_rows(file: FileRecord, number: int) -> Iterator[tuple[float, Callable[[], ReportRow]]]:
    at = START + number / 8
    unsent: dict[str, object] = {"attempts": (), "http_status": None, "uuid": None}
    short = said("phone_too_short", field="phone", value="555-0142", detail="It has 7 digits.")
    zone = said("zone_unknown", field="subscriberTimeZone", value="Eastern-ish")
    blank = said("value_missing", field="eventDateTime")
    night = said("reminder_at_night", field="remindTimeOffset", value="PT9H", detail="01:30")
    refused = said("api_rejected", value="400", detail="phone is not a mobile number")
    unclear = said("no_clear_answer", detail="no answer within 10 s")
    outage = said("not_sent_outage")
    tries = (Attempt(at, 0.08, 503, "server_error"), Attempt(at + 2, 0.08, 200, ""))
    lost = tuple(Attempt(at + 3 * count, 10.0, None, "read_timeout") for count in range(3))
    slow = (Attempt(at, 0.03, 429, "throttled"), Attempt(at + 4, 0.08, 200, ""))
    yield 0.08, lambda: row(file, number, Status.INVALID, problems=short, **unsent)
    yield 0.11, lambda: row(file, number, Status.INVALID, problems=zone + short, **unsent)
    yield 0.13, lambda: row(file, number, Status.INVALID, problems=blank, **unsent)
    yield 0.15, lambda: row(file, number, Status.FAILED, problems=refused, http_status=400, uuid=None)
    yield 0.165, lambda: row(file, number, Status.FAILED, action="cancel", problems=refused, http_status=400)
    yield (
        0.18,
        lambda: row(
            file, number, Status.UNKNOWN, action="no_show", attempts=lost[:1], http_status=None, problems=unclear
        ),
    )
    yield 0.19, lambda: row(file, number, Status.UNKNOWN, attempts=lost, http_status=None, uuid=None, problems=unclear)
    yield 0.21, lambda: row(file, number, Status.NOT_SENT, problems=outage, **unsent)
    yield 0.22, lambda: row(file, number, Status.HELD, action="cancel", **unsent)
    yield 0.30, lambda: row(file, number, warnings=night)
    yield 0.38, lambda: row(file, number, attempts=tries)
    yield 0.46, lambda: row(file, number, attempts=slow)
    yield 0.52, lambda: row(file, number, Status.UPDATED, action="update")
    yield 0.56, lambda: row(file, number, Status.CANCELLED, action="cancel")
    yield 0.64, lambda: row(file, number, Status.UNCHANGED, attempts=(), http_status=None)
    yield 0.66, lambda: row(file, number, Status.DUPLICATE, attempts=(), http_status=None, uuid=None)
