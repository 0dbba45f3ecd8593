"""One appointment's life, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.cli.terminal import Line, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.calls import Attempt, Change
    from importer.model.records import Life, LifeRow, Reminder


def as_data(life: Life) -> dict[str, Any]:
    """Return what ``explain --json`` holds; times are UTC texts."""
    return {"reminders": [of_reminder(each) for each in life.reminders], "rows": [of_row(each) for each in life.rows]}


def of_reminder(reminder: Reminder) -> dict[str, Any]:
    """Return what is remembered of one appointment."""
    key = reminder.key
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


def of_row(each: LifeRow) -> dict[str, Any]:
    """Return one row that named the appointment, and what became of it."""
    row = each.row
    return {
        "run": each.run.id,
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
        "problems": list(row.problems),
        "warnings": list(row.warnings),
        "attempts": [of_attempt(attempt) for attempt in row.attempts],
        "time": at(row.settled_at),
    }


def of_change(change: Change) -> dict[str, Any]:
    """Return one changed field."""
    return {"field": change.field, "old": change.before, "new": change.after}


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
    from importer.reporting.results import utc_text

    return None if seconds is None else utc_text(seconds)


def told(life: Life) -> Iterator[Line]:
    """Yield a life for people: what is held now, then its rows from the oldest on."""
    for reminder in life.reminders:
        yield from of_now(reminder)
        yield ""
    for each in life.rows:
        yield from of_then(each)


def of_now(reminder: Reminder) -> Iterator[Line]:
    """Yield what the API holds of an appointment, as far as its answers told."""
    name = reminder.key.external_event_id if reminder.key else reminder.uuid
    yield Styled(f"Appointment {name}: {reminder.state.value.replace('_', ' ')}", "bold")
    if reminder.in_doubt:
        yield Styled(f"  The outcome of a call ({reminder.in_doubt.value}) is not known.", "yellow")
    yield f"  uuid  {reminder.uuid or 'not known'}"
    yield from (f"  {field}  {value}" for field, value in reminder.values.items())
    where = f", row {reminder.row}" if reminder.row else ""
    yield f"  last changed {at(reminder.updated_at)} by run {reminder.run}{where}"


def of_then(each: LifeRow) -> Iterator[Line]:
    """Yield one row and what became of it."""
    row = each.row
    status = row.status.value.replace("_", " ") if row.status else row.state.value
    sheet = f", sheet {row.file.sheet}" if row.file.sheet else ""
    yield Styled(f"{at(row.settled_at) or at(each.run.started_at)}  {status}  ({row.action or 'no action'})", "bold")
    where = f"row {row.number}" if row.number else "missing from the file"
    yield f"  run {each.run.id}, {row.file.name}{sheet}, {where}"
    for change in each.changes:
        yield f"  {change.field}: {'not known' if change.before is None else change.before} -> {change.after}"
    for note in (*row.problems, *row.warnings):
        yield f"  {note.get('message', '')} {note.get('fix', '')}".rstrip()
    for attempt in row.attempts:
        answer = f"HTTP {attempt.http_status}" if attempt.http_status else "no answer"
        yield f"  called {at(attempt.at)}: {answer}, {attempt.elapsed_s:.2f} s{f', {attempt.code}' if attempt.code else ''}"
