"""
The report of a run as a value, its exit code; and as JSON holds it: ``summary.json``, rows, changes and reminders.

The shapes of rows are those that ``--json`` prints and that the Python API returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit, ImporterError
from importer.model.records import is_rehearsal
from importer.model.statuses import Status
from importer.problems import shown
from importer.reporting.plan_result import verdict
from importer.reporting.report_columns import Group, Layout, code_of, layout, status_of, utc_text, wants_person
from importer.reporting.tally import KindCount, Tally, Wanting, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.model.records import Attempt, Change, LifeRow, Reminder, ReportRow, RunRecord, UnchangedRows
    from importer.model.staged_files import FileRecord
    from importer.reporting.tally import Timeline


@dataclass(frozen=True, slots=True)
class Report:
    """
    What happened in a run.

    ``rows()`` streams every row once more, in the order of files and rows, ``pieces()`` likewise those that stand together in one
    piece, ``wanting_rows()`` those that want a person. ``totals`` holds every status, also with
    0, in the documented order, and sums up to the rows. ``attention`` and ``unknown`` are capped lists.
    ``by_file``: (file, sheet) -> status -> rows. ``missing``: status -> rows for the appointments that are missing from
    a snapshot; they stand in no sheet, and count in ``totals``, too. ``shared`` and ``by_ledger``: see ``Tally``.
    ``ledger``: its ``id`` and ``place``, where known. ``zone``: the clinic's (IANA), of its profile or its rows, "" where
    neither tells.
    """

    run: RunRecord
    files: tuple[FileRecord, ...]
    rows: Callable[[], Iterator[ReportRow]]
    pieces: Callable[[], Iterator[ReportRow | UnchangedRows]]
    wanting_rows: Callable[[], Iterator[ReportRow]]
    layout: Layout
    totals: Mapping[Status, int]
    by_file: Mapping[tuple[str, str | None], Mapping[Status, int]]
    missing: Mapping[Status, int]
    unsheeted: Mapping[Status, int]
    calls: int
    attempts: int
    problems: tuple[KindCount, ...]
    warnings: tuple[KindCount, ...]
    wanting: Mapping[Group, Wanting]
    decisions: int
    repeatable: int
    shared: Mapping[str, int]
    by_ledger: int
    timeline: Timeline
    exit_code: Exit
    written_at: float
    ledger: Mapping[str, str]
    typed: tuple[str, ...] = ()
    zone: str = ""

    @property
    def row_count(self) -> int:
        """All rows of the run."""
        return sum(self.totals.values())

    @property
    def missing_count(self) -> int:
        """Rows that stand in no sheet."""
        return sum(self.missing.values())

    @property
    def done_count(self) -> int:
        """Rows with nothing left to do."""
        return sum(count for status, count in self.totals.items() if status.done)

    @property
    def attention_count(self) -> int:
        """Rows that want a person."""
        return self.row_count - self.done_count

    @property
    def left_out_count(self) -> int:
        """Rows that a person left out of a draft, which are among those that were not sent."""
        return sum(kind.count for kind in self.problems if kind.code == LEFT_OUT)

    @property
    def duration_s(self) -> float:
        """Seconds from the run's start to its end; for a run that is not finished, to the writing of the report."""
        end = self.run.finished_at if self.run.finished_at is not None else self.written_at
        return max(end - self.run.started_at, 0.0)


LONGEST_SHEET_NAME: Final = 31


def own_sheet(report: Report) -> str:
    """Return the name of the one sheet that a report is about, "" where it is about several, or no workbook of ours may have the name."""
    names = {file.sheet for file in report.files}
    name = names.pop() if len(names) == 1 else None
    if not name or len(name) > LONGEST_SHEET_NAME or set(name) & set("[]:*?/\\"):
        return ""
    return "" if name.casefold() == "history" or name.startswith("'") or name.endswith("'") else name


class SumsError(ImporterError):
    """The rows of the report do not add up to the rows of the ledger: a bug, never to be papered over."""


def build_report(  # noqa: PLR0913 - what a report is made of
    run: RunRecord,
    files: Sequence[FileRecord],
    rows: Callable[[], Iterator[ReportRow]],
    totals: Mapping[Status, int] | None,
    now: float,
    *,
    ledger: Mapping[str, str] | None = None,
    typed: tuple[str, ...] = (),
    wanting: Callable[[], Iterator[ReportRow]] | None = None,
    pieces: Callable[[], Iterator[ReportRow | UnchangedRows]] | None = None,
) -> Report:
    """
    Return the report of a run after one pass over its rows.

    ``wanting``: how the rows that want a person are found without the others, where there is a way; ``pieces``: as in ``Report``, else ``rows``. ``totals``: the ledger's own count, compared with the rows; None where there is none. ``now``: UTC seconds.
    ``ledger``: the ``id`` and ``place`` of the ledger that the run stands in. ``typed``: options that the next
    commands need too.

    Raises:
        SumsError: the rows and the ledger's count, or the rows and the files' row counts, disagree.
    """
    pieces = pieces or rows
    seen = tally(pieces())
    _assert_sums(seen, files, totals)
    code = Exit(run.exit_code) if run.exit_code is not None else exit_code(seen.totals, held=bool(run.unreleased))
    return Report(
        run=run,
        files=tuple(files),
        rows=rows,
        pieces=pieces,
        wanting_rows=wanting or (lambda: filter(wants_person, rows())),
        layout=layout(files),
        totals={status: seen.totals[status] for status in Status},
        by_file=seen.by_file,
        missing={status: seen.missing[status] for status in Status if seen.missing[status]},
        unsheeted={status: seen.unsheeted[status] for status in Status if seen.unsheeted[status]},
        calls=seen.calls,
        attempts=seen.attempts,
        problems=seen.problems(),
        warnings=seen.warnings(),
        wanting={group: seen.wanting(group) for group in Group},
        decisions=seen.decisions,
        repeatable=seen.repeatable,
        shared=seen.shared,
        by_ledger=seen.by_ledger,
        timeline=seen.clock.timeline(),
        exit_code=code,
        written_at=now,
        typed=typed,
        ledger=ledger or {},
        zone=str(run.settings.get("zone") or seen.zone),
    )


def _assert_sums(seen: Tally, files: Sequence[FileRecord], totals: Mapping[Status, int] | None) -> None:
    rows = seen.totals.total() - seen.unsheeted.total()
    if rows != sum(file.rows for file in files):
        raise SumsError(f"{rows} rows have a status, but {sum(file.rows for file in files)} were read")
    if totals is not None and any(seen.totals[status] != totals.get(status, 0) for status in Status):
        raise SumsError("the report counts other statuses than the ledger")


SOME_ROWS = (Status.INVALID, Status.FAILED, Status.NOT_SENT)


def exit_code(totals: Mapping[Status, int], stop: Exit | None = None, *, held: bool = False) -> Exit:
    """
    Return the exit code for what became of the rows.

    ``stop``: why sending ended before its time (STOPPED, AUTHENTICATION, HELD, INTERRUPTED, TERMINATED), None when it
    did not; it wins. Then unknown outcomes, then held rows, then rows that are invalid, failed or were never sent.
    ``held``: a guard holds the run, also where it found no call to hold.
    """
    if stop is not None and stop is not Exit.DONE:
        return stop
    if totals.get(Status.UNKNOWN, 0):
        return Exit.UNKNOWN_OUTCOMES
    if held or totals.get(Status.HELD, 0):
        return Exit.HELD
    if any(totals.get(status, 0) for status in SOME_ROWS):
        return Exit.SOME_ROWS_FAILED
    return Exit.DONE


LEFT_OUT: Final = "left_out"
"""The code of rows that a person left out."""

SCHEMA: Final = 1


def summary(report: Report) -> dict[str, Any]:
    """
    Return the documented object. Times are UTC texts, ``finished_at`` is null while the run is not finished.

    Where appointments are missing from a snapshot, ``missing`` says how many of the rows stand for them, in no sheet.
    Where a guard spoke, ``holds`` says why. ``rehearsal``: nothing of it was sent. ``purged``: personal data was removed. ``folded``: what so many unchanged
    rows said was removed. ``ledger``: its ``id`` and ``place``; it stands in the summary of every run.
    """
    run = report.run
    missing = {"missing": report.missing_count} if report.missing_count else {}
    return {
        "schema": SCHEMA,
        "run": run.id,
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in report.files],
        "totals": {status.value: count for status, count in report.totals.items()},
        "rows": report.row_count,
        **missing,
        "calls": report.calls,
        "attempts": report.attempts,
        "started_at": utc_text(run.started_at),
        "finished_at": None if run.finished_at is None else utc_text(run.finished_at),
        "duration_s": round(report.duration_s, 3),
        "exit_code": int(report.exit_code),
        "tzdata": run.tzdata,
        "version": run.version,
        **({"ledger": dict(report.ledger)} if report.ledger else {}),
        **holds_member(run),
        **({"purged": True} if run.purged_at is not None else {}),
        **folded_member(run),
        **({"rehearsal": True} if is_rehearsal(run.id) else {}),
    }


def folded_member(run: RunRecord) -> dict[str, Any]:
    """Return as the member ``folded`` how many unchanged rows of a run were folded, when and by what; no member where none were."""
    found = run.folded
    return {"folded": {"rows": found.rows, "at": at(found.at), "by": found.by}} if found else {}


def holds_member(run: RunRecord) -> dict[str, Any]:
    """Return what the guards said of a run as the member ``holds``; no member where they said nothing."""
    told = [
        {"code": hold.code, "message": hold.message, "fix": hold.fix, "released": hold.code in run.released}
        for hold in run.holds
    ]
    return {"holds": told} if told else {}


def of_planned_row(each: LifeRow) -> dict[str, Any]:
    """
    Return one row of the plan as JSON holds it. ``action``: the call that it needs, also while it is held.

    ``row`` is null for an appointment that stands in no sheet, because it vanished from a snapshot.
    """
    row = each.row
    return {
        "file": row.file.name,
        "sheet": row.file.sheet,
        "row": row.number or None,
        "verdict": verdict(each),
        "action": row.action,
        "uuid": row.uuid,
        "external_event_id": row.external_event_id,
        "changes": [of_change(change) for change in each.changes],
        "problems": [shown(problem) for problem in row.problems],
        "warnings": [shown(warning) for warning in row.warnings],
    }


def of_report_row(row: ReportRow) -> dict[str, Any]:
    """
    Return one row of a run's report as JSON holds it. ``status``: as the result columns say it.

    ``row`` is null for an appointment that stands in no sheet, because it vanished from a snapshot.
    """
    return {
        "file": row.file.name,
        "sheet": row.file.sheet,
        "row": row.number or None,
        "action": row.action,
        "status": status_of(row).value,
        "uuid": row.uuid,
        "external_event_id": row.external_event_id,
        "http_status": row.http_status,
        "code": code_of(row),
        "problems": [shown(problem) for problem in row.problems],
        "warnings": [shown(warning) for warning in row.warnings],
        "attempts": len(row.attempts),
        "time": at(row.settled_at),
    }


def of_life_row(each: LifeRow) -> dict[str, Any]:
    """Return one row that named the appointment, and what became of it. ``folded_at``: when what it said was removed."""
    row = each.row
    return {
        "run": each.run.id,
        "purged_at": at(each.run.purged_at),
        **({"folded_at": at(each.folded_at)} if each.folded_at is not None else {}),
        "file": row.file.name,
        "sheet": row.file.sheet,
        "row": row.number or None,
        "action": row.action,
        "status": row.status.value if row.status else None,
        "uuid": row.uuid,
        "http_status": row.http_status,
        "code": row.code,
        "payload": dict(each.payload),
        "changes": [of_change(change) for change in each.changes],
        "problems": [shown(problem) for problem in row.problems],
        "warnings": [shown(warning) for warning in row.warnings],
        "attempts": [of_attempt(attempt) for attempt in row.attempts],
        "time": at(row.settled_at),
    }


def of_change(change: Change) -> dict[str, Any]:
    """Return one changed field."""
    return {"field": change.field, "old": change.before, "new": change.after}


def of_reminder(reminder: Reminder) -> dict[str, Any]:
    """Return what is remembered of one appointment."""
    key = reminder.open_key
    return {
        "phone": key.phone if key else None,
        "external_event_id": key.external_event_id if key else None,
        "uuid": reminder.uuid,
        "state": reminder.state.value,
        "in_doubt": reminder.in_doubt.value if reminder.in_doubt else None,
        "values": dict(reminder.values),
        "run": reminder.run,
        "row": reminder.row or None,
        "updated_at": at(reminder.updated_at),
    }


def of_attempt(attempt: Attempt) -> dict[str, Any]:
    """Return one HTTP try."""
    return {
        "at": at(attempt.at),
        "elapsed_s": round(attempt.elapsed_s, 3),
        "http_status": attempt.http_status,
        "code": attempt.code,
    }


def at(seconds: float | None) -> str | None:
    """Return UTC seconds as text, None for none."""
    return None if seconds is None else utc_text(seconds)
