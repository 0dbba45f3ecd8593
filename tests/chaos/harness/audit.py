"""
What really happened, held against what the ledger says and what the sheet asked for.

The witnesses are independent: the effects log is the sandbox's own, the plan is the sheet's maker's, and the ledger is
read with plain SQL, not with the importer.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from harness.ledgers import Ledger
    from harness.sheet import Appointment, Plan, Row

CLAIMS = {"created": "create", "updated": "update", "cancelled": "cancel", "no_show_sent": "no_show"}
DONE = {*CLAIMS, "unchanged", "duplicate"}
Effect = Mapping[str, Any]


class Told(NamedTuple):
    """What the ledger says of one sheet row in one run."""

    run: int
    sheet: str
    number: int
    state: str
    status: str | None
    uuid: str | None
    attempts: int


class Remembered(NamedTuple):
    """What the ledger remembers of one appointment."""

    uuid: str | None
    state: str
    in_doubt: str | None


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger as it lies there: ``rows`` by sheet and number, oldest run first; ``reminders`` by (digits, id)."""

    rows: Mapping[tuple[str, int], Sequence[Told]]
    reminders: Mapping[tuple[str, str], Remembered]
    whole: bool

    @classmethod
    def read(cls, ledger: Ledger) -> Book:
        """Read a ledger."""
        rows: dict[tuple[str, int], list[Told]] = defaultdict(list)
        told = (
            "SELECT rows.run, name, number, state, status, uuid, attempts"
            " FROM rows JOIN files ON files.id = file ORDER BY rows.run, rows.id"
        )
        found = [*map(Told._make, ledger.ask(told)), *_unchanged(ledger)]
        for row in sorted(found, key=attrgetter("run")):
            rows[Path(row.sheet).name, row.number].append(row)
        remembered = "SELECT phone, external_event_id, uuid, state, in_doubt FROM reminders"
        reminders = {
            (phone.lstrip("+"), external): Remembered(*rest)
            for phone, external, *rest in ledger.ask(remembered)
            if phone
        }
        return cls(rows, reminders, ledger.is_whole())

    def told(self, row: Row) -> Sequence[Told]:
        """Return what each run says of a row."""
        return self.rows.get(row.place, ())

    def last(self, row: Row) -> Told | None:
        """Return what the latest run says of a row."""
        told = self.told(row)
        return told[-1] if told else None

    def claimed(self, row: Row) -> bool:
        """Whether any run says that the row was sent with success."""
        return any(told.status in CLAIMS for told in self.told(row))


def _unchanged(ledger: Ledger) -> Iterator[Told]:
    """Yield the rows that a run keeps together, because they repeat what was known."""
    told = "SELECT unchanged.run, name, size, places FROM unchanged JOIN files ON files.id = file"
    for run, name, size, places in ledger.ask(told):
        # Two columns of differences, of ids and of numbers, in 8 bytes each.
        differences = struct.unpack(f"<{2 * size}q", zlib.decompress(places))[size:]
        for number in accumulate(differences):
            yield Told(run, name, number, "settled", "unchanged", None, 0)


@dataclass(slots=True)
class Findings:
    """The sins that were found, each as the id of its appointment; all lists must be empty. And some figures."""

    duplicate_creates: list[str] = field(default_factory=list)
    repeated_no_shows: list[str] = field(default_factory=list)
    lost_uuids: list[str] = field(default_factory=list)
    lost_updates: list[str] = field(default_factory=list)
    reverted_updates: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    false_claims: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    rows: int = 0
    unknown: int = 0
    attempts: int = 0
    repeated_cancels: int = 0

    @property
    def sins(self) -> dict[str, list[str]]:
        """The lists that are not empty."""
        return {name: found for name in SINS if (found := getattr(self, name))}

    def add(self, other: Findings, where: str) -> None:
        """Take in what another audit found, each sinner marked with where it was."""
        for name, sinners in other.sins.items():
            getattr(self, name).extend(f"{where}: {sinner}" for sinner in sinners)
        for name in ("rows", "unknown", "attempts", "repeated_cancels"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


SINS = (
    "duplicate_creates",
    "repeated_no_shows",
    "lost_uuids",
    "lost_updates",
    "reverted_updates",
    "disorder",
    "false_claims",
    "denied",
    "missing",
    "unaccounted",
    "undone",
    "damaged",
)


def audit(plan: Plan, effects: Iterable[Effect], book: Book) -> Findings:
    """Return what is wrong; see the functions below for what each word means."""
    found = Findings(rows=plan.rows, damaged=[] if book.whole else ["the ledger"])
    done: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for effect in effects:
        done[effect["phone"], effect["external_event_id"]].append(effect)
    for one in plan.appointments:
        _judge(one, done.pop((one.phone, one.id), []), book, found)
    # An effect under a key that no row has: an id was made up or garbled on the way.
    found.duplicate_creates += [external or phone for phone, external in done]
    found.unknown = sum(_status(book, row) == "unknown" for one in plan.appointments for row in one.rows)
    found.attempts = sum(told.attempts for history in book.rows.values() for told in history)
    return found


def _judge(one: Appointment, effects: list[Effect], book: Book, found: Findings) -> None:
    by_action: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        by_action[effect["action"]].append(effect)
    if len(by_action["create"]) > 1:
        found.duplicate_creates.append(one.id)
    if len(by_action["no_show"]) > 1:
        found.repeated_no_shows.append(one.id)
    found.repeated_cancels += max(len(by_action["cancel"]) - 1, 0)
    checks = {
        "lost_uuids": _lost_uuid,
        "lost_updates": _lost_update,
        "reverted_updates": _reverted_update,
        "disorder": _disorder,
        "false_claims": _false_claim,
        "denied": _denied,
        "missing": _missing,
        "unaccounted": _unaccounted,
        "undone": _undone,
    }
    for name, check in checks.items():
        if check(one, effects, by_action, book):
            getattr(found, name).append(one.id)


Sorted = Mapping[str, Sequence[Effect]]


def _lost_uuid(one: Appointment, _effects: Sequence[Effect], by_action: Sorted, book: Book) -> bool:
    """Tell whether the API made a reminder whose handle the ledger lacks, and no row says that it is unknown."""
    if not by_action["create"]:
        return False
    remembered = book.reminders.get((one.phone, one.id))
    if remembered is not None and remembered.uuid == by_action["create"][0]["uuid"]:
        return False
    return _status(book, one.rows_of("create")[0]) != "unknown"


def _lost_update(one: Appointment, _effects: Sequence[Effect], by_action: Sorted, book: Book) -> bool:
    """Tell whether the API holds, at the end, something older than an update that is reported done."""
    versions = [_version(effect) for effect in by_action["update"]]
    claimed = [int(row.note[1:]) for row in one.rows_of("update") if book.claimed(row)]
    return bool(claimed) and (versions or [0])[-1] < max(claimed)


def _disorder(one: Appointment, effects: Sequence[Effect], _by_action: Sorted, _book: Book) -> bool:
    """Tell whether anything was done before the create, after the end, or that no row asks for."""
    rank = {"create": 0, "update": 1, "cancel": 2, "no_show": 2}
    ranks = [rank[effect["action"]] for effect in effects]
    asked = {row.step for row in one.rows} | {("update", "v0")}
    return ranks != sorted(ranks) or any(_step(effect) not in asked for effect in effects)


def _reverted_update(one: Appointment, _effects: Sequence[Effect], by_action: Sorted, _book: Book) -> bool:
    """Tell whether an update took the API back to an older version, if only on its way to the last one."""
    versions = [_version(effect) for effect in by_action["update"]]
    return any(later < earlier for earlier, later in pairwise([0, *versions]))


def _false_claim(one: Appointment, effects: Sequence[Effect], _by_action: Sorted, book: Book) -> bool:
    """Tell whether a row is reported as sent that the API never saw."""
    steps = {_step(effect) for effect in effects}
    return any(
        CLAIMS.get(told.status or "") == row.action and row.step not in steps
        for row in one.rows
        for told in book.told(row)
    )


def _denied(one: Appointment, effects: Sequence[Effect], _by_action: Sorted, book: Book) -> bool:
    """Tell whether a row is reported as surely not sent at last, though the API did it."""
    steps = {_step(effect) for effect in effects}
    return any(
        _status(book, row) in {"failed", "not_sent", "invalid"} and not book.claimed(row) and row.step in steps
        for row in one.rows
    )


def _missing(one: Appointment, effects: Sequence[Effect], _by_action: Sorted, book: Book) -> bool:
    """Tell whether a row counts as done at last, in whatever words, that the API never did."""
    steps = {_step(effect) for effect in effects}
    return any(_status(book, row) in DONE and row.step not in steps for row in one.rows)


def _unaccounted(one: Appointment, _effects: Sequence[Effect], _by_action: Sorted, book: Book) -> bool:
    """Tell whether a row has no final status in the latest run that has it."""
    return any((told := book.last(row)) is None or told.status is None for row in one.rows)


def _undone(one: Appointment, _effects: Sequence[Effect], _by_action: Sorted, book: Book) -> bool:
    """Tell whether a row was never done, though nothing before it in its appointment is unknown."""
    statuses = [_status(book, row) for row in one.rows]
    first_unknown = statuses.index("unknown") if "unknown" in statuses else len(statuses)
    return any(_status(book, row) not in DONE and not book.claimed(row) for row in one.rows[:first_unknown])


def _status(book: Book, row: Row) -> str | None:
    told = book.last(row)
    return None if told is None else told.status


def _step(effect: Effect) -> tuple[str, str]:
    action = effect["action"]
    if action != "update":
        return action, ""
    return action, f"v{_version(effect)}"


def _version(effect: Effect) -> int:
    note = ((effect["body"] or {}).get("metadata") or {}).get("note", "v0")
    return int(note[1:])
