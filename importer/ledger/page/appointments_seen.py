"""
Appointments as the page looks for them: by the patient's name, a phone or a number; and the rows whose outcome is in doubt.

Both are read while anything else goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from importer.ledger.appointment_lookup import WHOSE, current_lanes
from importer.ledger.drafts.draft_rows import searchable
from importer.ledger.integrity import whole
from importer.ledger.known_reminders import REMINDERS, find, readable, reminder_of, reminders_of
from importer.ledger.resolving import UNKNOWN, is_open
from importer.ledger.tables import files, reminders, rows, runs
from importer.model.formula_escape import storable
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from importer.ledger.page.page_connection import PageConnection
    from importer.model.records import Reminder

PAGE: Final = 20_000


class Seen(NamedTuple):
    """An appointment, and the key by which its page is named: its number in the ledger."""

    key: int
    reminder: Reminder


class InDoubt(NamedTuple):
    """
    A row whose request was sent and never answered: ``row``, its id in the ledger, and ``number``, in its sheet, 0 for none.

    ``values``: what the row says. ``uuid``: of the appointment, None where it is not known. ``settled_at``: UTC seconds.
    """

    row: int
    run: str
    profile: str
    file: str
    number: int
    action: Action
    phone: str | None
    external_event_id: str | None
    uuid: str | None
    settled_at: float | None
    values: Mapping[str, Any]


class Appointments:
    """The appointments of a ledger, and what is not known of them."""

    def __init__(self, store: PageConnection) -> None:
        self._store = store

    def find(self, key: int) -> Reminder | None:
        """Return an appointment, None where there is none of this key. ``LedgerError``: it is not what was written."""
        with self._store.reading() as connection:
            row = connection.execute(REMINDERS.where(reminders.c.id == key)).first()
            return None if row is None else reminder_of(whole(row))

    def search(self, text: str, *, limit: int) -> list[Seen]:
        """
        Return the appointments that a text means, the newest first.

        Those with this number, uuid or phone; where there is none, those of people whose name holds each word.
        """
        text = storable(text)
        with self._store.reading() as connection:
            found = [(row.id, row) for row in find(connection, text)]
            if not found:
                keys = sorted(_with_name(connection, searchable(text).split()), reverse=True)[:limit]
                named = connection.execute(REMINDERS.where(reminders.c.id.in_(keys))).all()
                found = [(row.id, whole(row)) for row in named]
            return [Seen(key, reminder_of(row)) for key, row in sorted(found, key=_key, reverse=True)[:limit]]

    def in_doubt(self) -> list[InDoubt]:
        """Return the rows whose outcome only a person can find out, oldest first."""
        query = (
            select(
                *WHOSE, rows.c.planned, rows.c.number, rows.c.payload, rows.c.settled_at, files.c.name, runs.c.profile
            )
            .add_columns(runs.c.id.label("run_id"))
            .join(runs, runs.c.seq == rows.c.run)
            .join(files, files.c.id == rows.c.file)
            .where(UNKNOWN)
            .order_by(rows.c.id)
        )
        with self._store.reading() as connection:
            found = connection.execute(query).all()
            lanes = current_lanes(connection, found)
            held = reminders_of(connection, {lane for lane in lanes if lane})
        return [
            InDoubt(
                row.id, row.run_id, row.profile or "", row.name, row.number, Action(row.planned), row.phone,
                row.external_event_id, row.call_uuid or row.uuid, row.settled_at, readable(row.payload),
            )
            for row, lane in zip(found, lanes, strict=True)
            if is_open(row, lane, held)
        ]  # fmt: skip


def _key(pair: tuple[int, object]) -> int:
    return pair[0]


def _with_name(connection: Connection, words: list[str]) -> list[int]:
    """Return the keys of appointments of people whose name holds each of these words."""
    found: list[int] = []
    # A quotation mark or backslash stands with a sign before it in what is written.
    last, plain = 0, [word.encode() for word in words if '"' not in word and "\\" not in word]
    while words:
        query = select(reminders.c.id, reminders.c.accepted).where(reminders.c.id > last)
        some = connection.execute(query.order_by(reminders.c.id).limit(PAGE)).all()
        for key, accepted in some:
            # Most are of others, which their bytes tell at once where no letter has another form.
            if accepted.isascii() and not all(word in accepted.lower() for word in plain):
                continue
            values = readable(accepted)
            name = searchable(f"{values.get('firstName', '')} {values.get('lastName', '')}")
            if all(word in name for word in words):
                found.append(key)
        if len(some) < PAGE:
            break
        last = some[-1].id
    return found
