"""Rows, changes and reminders as JSON holds them: the shapes that ``--json`` prints and that the Python API returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.problems import shown
from importer.reporting.plan_result import verdict
from importer.reporting.report_columns import code_of, status_of, utc_text

if TYPE_CHECKING:
    from importer.model.records import Attempt, Change, LifeRow, Reminder, ReportRow


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
    """Return one row that named the appointment, and what became of it."""
    row = each.row
    return {
        "run": each.run.id,
        "purged_at": at(each.run.purged_at),
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
