"""What became of the rows: totals, the rows of a report, and one appointment's life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from importer.ledger import runs as run_book
from importer.ledger.calling import attempts_of
from importer.ledger.reminding import find, reminder_of
from importer.ledger.tables import Found, reminders, rows, runs
from importer.model.calls import Change
from importer.model.records import FileRecord, Life, LifeRow, ReportRow
from importer.model.words import DONE, Action, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.store import Store
    from importer.model.records import FileRecord

PAGE: Final = 2_000

_DONE: Final = tuple(status.value for status in DONE)
_WANTS_A_PERSON = or_(rows.c.status.is_(None), rows.c.status.not_in(_DONE))
_IS_CANCEL = func.coalesce(rows.c.planned, rows.c.action) == Action.CANCEL.value
_ORDERS: Final[dict[bool, tuple[ColumnElement[bool], ...]]] = {
    False: (true(),),
    # A cancel that failed comes first: a person would be reminded of a visit that is off.
    True: (and_(_WANTS_A_PERSON, _IS_CANCEL), and_(_WANTS_A_PERSON, ~_IS_CANCEL), ~_WANTS_A_PERSON),
}


_ROWS: Final = select(rows, reminders.c.uuid.label("held_uuid")).outerjoin(
    reminders, reminders.c.key_hash == rows.c.lane
)


def totals(connection: Connection, seq: int) -> dict[Status, int]:
    """Return how many rows of the run ended in each status that occurs."""
    query = select(rows.c.status, func.count()).where(rows.c.run == seq, rows.c.status.is_not(None))
    counted = {Status(status): count for status, count in connection.execute(query.group_by(rows.c.status))}
    return {status: counted[status] for status in Status if status in counted}


def planned(connection: Connection, seq: int) -> dict[Action, int]:
    """Return how many calls of each action are still to be sent."""
    query = select(rows.c.planned, func.count()).where(rows.c.run == seq, rows.c.due.is_not(None))
    return {Action(action): count for action, count in connection.execute(query.group_by(rows.c.planned))}


def report_rows(store: Store, seq: int, *, attention_first: bool) -> Iterator[ReportRow]:
    """Yield every row of the run once, in the order of files and rows; memory is a page."""
    with store.reading() as connection:
        files = {file.id: file for file in run_book.files_of(connection, seq)}
    for order in _ORDERS[attention_first]:
        for row in paged(store, and_(rows.c.run == seq, order)):
            yield report_row(row, files[row.file])


def paged(store: Store, condition: ColumnElement[bool]) -> Iterator[Found]:
    """Yield rows in the order of their ids, a page in memory at a time."""
    """Yield the rows that meet the condition, by id, a page at a time."""
    last = 0
    while True:
        with store.reading() as connection:
            query = _ROWS.where(condition, rows.c.id > last).order_by(rows.c.id).limit(PAGE)
            found = connection.execute(query).all()
        yield from found
        if len(found) < PAGE:
            return
        last = found[-1].id


def report_row(row: Found, file: FileRecord) -> ReportRow:
    """Return a row of ``rows`` as the reports show it."""
    problems = tuple(orjson.loads(row.problems))
    return ReportRow(
        file=file,
        number=row.number,
        cells=tuple(orjson.loads(row.cells)),
        action=row.planned or row.action,
        state=RowState(row.state),
        status=Status(row.status) if row.status else None,
        uuid=row.uuid or row.call_uuid or (row.held_uuid if row.status in _DONE else None),
        external_event_id=row.external_event_id,
        http_status=row.http_status,
        code=row.code or (problems[0]["code"] if problems else ""),
        problems=problems,
        warnings=tuple(orjson.loads(row.warnings)),
        attempts=attempts_of(row.history),
        settled_at=row.settled_at,
        row_id=row.id,
        said={} if row.number else orjson.loads(row.payload),
    )


def changes_of(row: Found) -> tuple[Change, ...]:
    """Return what an update changes, old and new."""
    return tuple(Change(*change) for change in orjson.loads(row.changes)) if row.changes else ()


def life(store: Store, text: str) -> Life:
    """Return all that the ledger knows of the appointments that an external event id, uuid or phone names."""
    with store.reading() as connection:
        held = find(connection, text)
        known_runs = {run.seq: run_book.run_record(run) for run in connection.execute(select(runs))}
        files = {seq: {file.id: file for file in run_book.files_of(connection, seq)} for seq in known_runs}
    lanes = [reminder.key_hash for reminder in held]
    digits = "".join(mark for mark in text if mark.isdigit())
    phones = [f"+{digits}", f"+1{digits}"] if len(digits) >= 7 else []
    named = or_(rows.c.lane.in_(lanes), rows.c.external_event_id == text, rows.c.uuid == text, rows.c.phone.in_(phones))
    return Life(
        reminders=tuple(reminder_of(reminder) for reminder in held),
        rows=tuple(
            LifeRow(
                run=known_runs[row.run],
                row=report_row(row, files[row.run][row.file]),
                payload=orjson.loads(row.payload),
                changes=changes_of(row),
            )
            for row in paged(store, named)
        ),
    )
