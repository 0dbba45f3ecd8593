"""
What is seen in the ledger after a command, in few queries, and whether it agrees with the API.

The rows are read from their tables: which appointment each names is asked of the API alone, never of the importer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from importer.ledger import unchanged_rows
from importer.ledger.known_at_once import starts_of
from importer.ledger.known_reminders import all_reminders
from importer.ledger.tables import rows, runs
from importer.model.statuses import ReminderState, RunState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from order_api import Kept

    from importer.ledger import Ledger
    from importer.ledger.run_records import Glance
    from importer.model.records import Reminder, RunRecord

LEFT: Final = (Status.NOT_SENT, Status.UNKNOWN, Status.HELD, Status.FAILED)
RECENT: Final = 4
_ROWS: Final = (
    select(
        runs.c.id, rows.c.number, rows.c.status, rows.c.uuid, rows.c.call_uuid, rows.c.external_event_id,
        rows.c.starts_at, rows.c.planned, rows.c.action,
    ).join(runs, runs.c.seq == rows.c.run).order_by(rows.c.id)
)  # fmt: skip


class Row(NamedTuple):
    """
    A row of a run: where it stands in the sheet (0: nowhere), how it stands, and which appointment it is about.

    ``starts_at``: the start that it gives, in UTC seconds, if it gives one. ``is_planned``: its ``action`` needed a call.
    """

    number: int
    status: Status | None
    appointment: int | None
    starts_at: int | None
    is_planned: bool
    action: str | None

    @property
    def is_open(self) -> bool:
        """Whether its call may go once more."""
        return self.is_planned and self.status in {Status.NOT_SENT, Status.UNKNOWN}


@dataclass(frozen=True)
class Seen:
    """The ledger as it is: its runs, newest first, the rows of each, its reminders, and what ``verify`` finds wrong."""

    glances: Sequence[Glance]
    rows: Mapping[str, Sequence[Row]]
    reminders: Sequence[Reminder]
    faults: Sequence[str]

    @property
    def runs(self) -> list[RunRecord]:
        """All runs, newest first."""
        return [glance.run for glance in self.glances]

    @property
    def open(self) -> list[str]:
        """The runs that are not finished."""
        return [run.id for run in self.runs if run.state is RunState.OPEN]

    @property
    def left(self) -> list[str]:
        """The runs with a row that was not sent, failed, is held or unknown."""
        return [run.id for run in self.runs if any(row.status in LEFT for row in self.rows.get(run.id, ()))]

    @property
    def unknown(self) -> list[tuple[str, int]]:
        """The unknown rows that stand in a sheet, with their runs."""
        return [
            (run.id, row.number)
            for run in self.runs
            for row in self.rows.get(run.id, ())
            if row.status is Status.UNKNOWN and row.number
        ]

    @property
    def doubtful_and_overtaken(self) -> list[tuple[str, int]]:
        """The unknown rows that stand in a sheet and about whose appointment a later run did something."""
        found: list[tuple[str, int]] = []
        done: set[int | None] = set()
        for run in self.runs:
            own = self.rows.get(run.id, ())
            found += [
                (run.id, row.number)
                for row in own
                if row.status is Status.UNKNOWN and row.number and row.appointment in done
            ]
            done |= {
                row.appointment
                for row in own
                if row.status is not None and row.status.done and row.appointment is not None
            }
        return found

    @property
    def waiting(self) -> list[int]:
        """The appointments of rows that were left lately."""
        found = (row for run_id in self.left[:RECENT] for row in self.rows[run_id] if row.status in LEFT)
        return list(dict.fromkeys(row.appointment for row in found if row.appointment is not None))

    def asked(self, appointment: int) -> str | None:
        """Return what the newest row that was left asks for an appointment, None where none was left."""
        rows = (row for run_id in self.left for row in self.rows[run_id])
        return next((row.action for row in rows if row.appointment == appointment and row.status in LEFT), None)

    def sorted_runs(self) -> dict[str, list[str]]:
        """
        Return runs by what may become of them, newest first.

        ``fresh``: with a row left whose appointment no later run names · ``overtaken``: where later runs name them all ·
        ``any``.
        """
        found: dict[str, list[str]] = {"fresh": [], "overtaken": [], "any": [run.id for run in self.runs]}
        later: set[int | None] = set()
        for run in self.runs:
            own = self.rows.get(run.id, ())
            left = [row.appointment for row in own if row.status in LEFT]
            if left:
                found["overtaken" if later.issuperset(left) else "fresh"].append(run.id)
            later |= {row.appointment for row in own if row.status is not Status.INVALID}
        return found


def look(ledger: Ledger, records: Mapping[str, Kept]) -> Seen:
    """Read the ledger; ``records``: what the API holds, by uuid."""
    found: dict[str, list[Row]] = {}
    with ledger._store.reading() as connection:
        for (
            run_id,
            number,
            status,
            uuid,
            call_uuid,
            external_event_id,
            starts_at,
            planned,
            action,
        ) in connection.execute(_ROWS):
            record = records.get(uuid or call_uuid or "")
            name = external_event_id or (record.key[1] if record is not None else None)
            row = Row(
                number,
                Status(status) if status else None,
                None if name is None else int(name[1:]),
                starts_at,
                planned is not None,
                action,
            )
            found.setdefault(run_id, []).append(row)
        names = dict(map(tuple, connection.execute(select(runs.c.seq, runs.c.id))))
        for kept in unchanged_rows.records(connection, unchanged_rows.ALL):
            starts = starts_of(connection, kept.lanes)
            together = [
                Row(number, Status.UNCHANGED, int(name[1:]) if name else None, starts.get(lane), False, kept.action)
                for number, name, lane in zip(kept.numbers.tolist(), kept.external_event_ids, kept.lanes, strict=True)
            ]
            found.setdefault(names[kept.run], []).extend(together)
    return Seen(ledger.glances(None), found, list(all_reminders(ledger._store)), ledger.verify().faults)


def wrong_runs(seen: Seen) -> list[str]:
    """Return what is wrong with closed runs: totals that do not add up, a retry by another profile than its run's."""
    known = {run.id: run for run in seen.runs}
    return [
        f"the totals of {one.run.id} do not add up"
        for one in seen.glances
        if sum(one.totals.values()) != len(seen.rows.get(one.run.id, ()))
    ] + [
        f"{run.id} left the profile of its run"
        for run in seen.runs
        if run.parent in known and known[run.parent].profile != run.profile
    ]


def differences(seen: Seen, records: Mapping[str, Kept]) -> list[str]:
    """Return where the API is not as the ledger is sure that it is."""
    known = {one.uuid: one for one in seen.reminders if one.uuid}
    nameless = {one.key.external_event_id for one in seen.reminders if one.uuid is None and one.key}
    found: list[str] = []
    for record in records.values():
        held = known.get(record.uuid)
        if held is not None:
            found += _difference(held, record)
        elif record.told or (record.key[1] not in nameless and not record.is_stranger):
            found.append(f"the ledger has forgotten {record.key}")
    return found


def _difference(held: Reminder, record: Kept) -> list[str]:
    if held.in_doubt is not None:
        return []
    is_so = {
        ReminderState.ACTIVE: not record.cancelled and not record.no_shows,
        ReminderState.CANCELLED: record.cancelled,
        ReminderState.NO_SHOW_SENT: bool(record.no_shows),
    }
    found = [] if is_so.get(held.state, False) else [f"{record.key} is {held.state} for the ledger alone"]
    if held.state is ReminderState.ACTIVE:
        found += [
            f"{name} of {record.key} is another for the ledger"
            for name in ("firstName", "eventDateTime")
            if name in held.values and held.values[name] != record.values.get(name)
        ]
    return found
