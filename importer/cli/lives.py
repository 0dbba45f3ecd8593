"""One appointment's life, for people and for programs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from importer.cli.terminal import Line, Styled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.model.calls import Attempt, Change
    from importer.model.records import Life, LifeRow, Reminder


def as_data(life: Life) -> dict[str, Any]:
    """Return what ``explain --json`` holds; times are UTC texts."""
    told = [of_reminder(each) | {"origin": "import" if each.imported else "api"} for each in life.reminders]
    return {"reminders": told, "rows": [of_row(each) for each in life.rows]}


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
    from importer.problems import shown

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
        "problems": [shown(problem) for problem in row.problems],
        "warnings": [shown(warning) for warning in row.warnings],
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
    """Yield a life for people: what is held now, then its rows from the oldest on; a warning is told once."""
    for reminder in life.reminders:
        yield from of_now(reminder)
        yield ""
    warned: set[str] = set()
    for quiet, some in groupby(life.rows, is_quiet):
        rows = list(some)
        if quiet and len(rows) > 1:
            yield from of_quiet(rows)
            continue
        for each in rows:
            yield from of_then(each, warned)


def is_quiet(each: LifeRow) -> bool:
    """Whether nothing came of the row: nights on which an appointment stays as it is are told together."""
    return each.row.status is not None and each.row.status.value in {"unchanged", "duplicate"} and bool(each.row.number)


def of_now(reminder: Reminder) -> Iterator[Line]:
    """Yield what the API holds of an appointment, as far as its answers told."""
    name = reminder.key.external_event_id if reminder.key else reminder.uuid
    yield Styled(f"Appointment {name}: {reminder.state.value.replace('_', ' ')}", "bold")
    if reminder.in_doubt:
        yield Styled(f"  The outcome of a call ({reminder.in_doubt.value}) is not known.", "yellow")
    yield from aligned(facts_of(reminder))
    if reminder.imported:
        yield Styled("  Taken in by importer ledger import; the API has not answered for it here.", "yellow")
    where = f", row {reminder.row}" if reminder.row else ""
    yield f"  last changed {at(reminder.updated_at)} by run {reminder.run}{where}"


def facts_of(reminder: Reminder) -> Iterator[tuple[str, str]]:
    """Yield what is remembered, each value with its name for people."""
    from importer.reporting.changes import short
    from importer.reporting.headings import field_title

    yield "uuid", reminder.uuid or "not known"
    for field, value in reminder.values.items():
        if field == "metadata":
            yield from ((f"metadata.{name}", short(part)) for name, part in value.items())
        else:
            yield field_title(field), short(value)


def aligned(facts: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Yield names and values in two columns."""
    found = list(facts)
    widest = max(len(name) for name, _ in found)
    yield from (f"  {name.ljust(widest)}  {value}" for name, value in found)


def of_quiet(rows: Sequence[LifeRow]) -> Iterator[Line]:
    """Yield several rows of which nothing came."""
    first, last = rows[0], rows[-1]
    yield Styled(f"{moment_of(first)} to {moment_of(last)}  unchanged, {len(rows):,} times", "bold")
    yield f"  from {place_of(first)}"
    yield f"  to   {place_of(last)}"


def of_then(each: LifeRow, warned: set[str]) -> Iterator[Line]:
    """Yield one row and what became of it. ``warned``: the warnings that were told already."""
    from importer.reporting.changes import told as told_change

    row = each.row
    status = row.status.value.replace("_", " ") if row.status else row.state.value
    yield Styled(f"{moment_of(each)}  {status}  ({row.action.replace('_', '-') or 'no action'})", "bold")
    yield f"  {place_of(each)}"
    yield from (f"  {told_change(change)}" for change in each.changes)
    yield from (sentences(note) for note in row.problems)
    yield from (sentences(note) for note in row.warnings if note.get("message", "") not in warned)
    warned.update(note.get("message", "") for note in row.warnings)
    yield from (of_try(attempt) for attempt in row.attempts)


def sentences(note: Mapping[str, str]) -> str:
    """Return what is wrong or worth knowing, and what to do."""
    return f"  {note.get('message', '')} {note.get('fix', '')}".rstrip()


def of_try(attempt: Attempt) -> str:
    """Return one call as it was answered; the code is told where it says more than the answer's own."""
    answer = f"HTTP {attempt.http_status}" if attempt.http_status else "no answer"
    code = f", {attempt.code}" if attempt.code and attempt.code != f"http_{attempt.http_status}" else ""
    return f"  called {at(attempt.at)}: {answer} after {attempt.elapsed_s:.2f} s{code}"


def place_of(each: LifeRow) -> str:
    """Return where a row stands: run, file, sheet and number."""
    row = each.row
    sheet = f", sheet {row.file.sheet}" if row.file.sheet else ""
    beside = "in no row of the file" if row.is_replaced else "missing from the file"
    where = f"row {row.number}" if row.number else beside
    return f"run {each.run.id}, {row.file.name}{sheet}, {where}"


def moment_of(each: LifeRow) -> str | None:
    """Return when a row was settled, else when its run began."""
    return at(each.row.settled_at) or at(each.run.started_at)
