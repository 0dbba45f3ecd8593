"""What the ledger keeps, as values: runs, files, rows, reminders, holds, and whose the ledger is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.model.statuses import Action, RowState, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy as np

    from importer.model.staged_files import FileRecord
    from importer.model.statuses import Hold, ReminderState, RunState


PURGED: Final = "purged:"
"""How what stands for a purged value begins; of a number that was derived, behind what tells that."""

_PURGED: Final = re.compile(f"(?:[a-z]+-)?{PURGED}[0-9a-f]{{32}}")


def is_purged(value: object) -> bool:
    """Whether this is not a value, but what stands for one that was purged."""
    return isinstance(value, str) and _PURGED.fullmatch(value) is not None


class Move(NamedTuple):
    """
    How an update would move an appointment that is known.

    ``shift``: seconds from the old start to the new one. ``before`` and ``after``: local time and zone as in the API's
    fields, "" where one is not known.
    """

    shift: int
    before: tuple[str, str]
    after: tuple[str, str]


class OtherPlace(NamedTuple):
    """Where another appointment of the same person at the same time stands; None and "" for what is not known."""

    number: int | None
    file: str
    external_event_id: str
    run: str


class Folded(NamedTuple):
    """How many unchanged rows of a run were folded: what they said is gone. ``at``: UTC seconds; ``by``: what has done it."""

    rows: int
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """
    One execution. ``command`` is run, resume, retry or plan; ``parent`` the run that a retry stems from.

    ``stop_reason`` is "" or the sentence that says why sending ended early. ``holds``: why calls of it wait for a person.
    ``purged_at``: when personal data was taken out of it, UTC seconds.
    """

    id: str
    command: str
    state: RunState
    started_at: float
    finished_at: float | None = None
    parent: str | None = None
    exit_code: int | None = None
    stop_reason: str = ""
    version: str = ""
    tzdata: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    profile: str = ""
    holds: tuple[Hold, ...] = ()
    purged_at: float | None = None

    @property
    def released(self) -> frozenset[str]:
        """The codes of the holds that a person let go beforehand, with ``--release``."""
        return frozenset(self.settings.get("release") or ())

    @property
    def folded(self) -> Folded | None:
        """What was taken out of its unchanged rows, None where that is kept."""
        told = self.settings.get(FOLDED)
        return Folded(told["rows"], told["at"], told["by"]) if told else None

    @property
    def unreleased(self) -> tuple[Hold, ...]:
        """The holds that still wait for a person."""
        return tuple(hold for hold in self.holds if hold.code not in self.released)


class Unresolved(NamedTuple):
    """A run with rows whose outcome is still not known: how many, and whether it was killed in the middle."""

    run: str
    unknown: int
    was_cut_off: bool


class Key(NamedTuple):
    """An appointment's identity: the phone in E.164 and the external event id, exact text."""

    phone: str
    external_event_id: str


class Attempt(NamedTuple):
    """One HTTP try, as kept for the report: when it began (UTC seconds), how long it took, and how it ended."""

    at: float
    elapsed_s: float
    http_status: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an update, before and after; ``before`` is None where nothing was known."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Reminder:
    """
    What is remembered of one appointment: the handle and the last values that the API accepted.

    ``in_doubt``: the action of a call whose outcome is not known; for an update, ``doubtful`` names the fields that
    it sent, whose ``values`` may be stale. ``doubted``: the marks (``planned_calls.value_mark``) of the values that they may
    have instead; a field that is missing there may have any.
    ``uuid`` is None only while a create is in doubt. ``key`` is None for a reminder that only its uuid names.
    ``imported``: an export or an old report told it, and the API has not answered for it since.
    """

    key: Key | None
    uuid: str | None
    state: ReminderState
    values: Mapping[str, Any]
    starts_at: int | None = None
    in_doubt: Action | None = None
    doubtful: frozenset[str] = frozenset()
    doubted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    run: str = ""
    row: int = 0
    updated_at: float = 0.0
    imported: bool = False

    @property
    def open_key(self) -> Key | None:
        """The key as people read it; None where a half of it was purged."""
        return None if self.key is None or any(map(is_purged, self.key)) else self.key


class Ahead(NamedTuple):
    """
    An appointment that is surely on and has not started, as far as a snapshot must know it.

    ``accepted``: JSON bytes, the values that the API accepted last. ``location``: of the row that changed it last.
    """

    phone: str | None
    external_event_id: str | None
    uuid: str
    starts_at: int
    accepted: bytes
    location: str | None


class Missing(NamedTuple):
    """A row without a number: an appointment that vanished. ``is_open``: its call waits and surely was not processed."""

    row_id: int
    due: int | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReportRow:
    """
    A row as the reports show it. ``cells`` are the person's own, in the order of the file's headings.

    ``number`` 0: the row stands in no sheet; then ``said`` holds what is known of the appointment that vanished.
    ``is_on``: a reminder of its appointment is known, and was not cancelled as far as the answers told. ``is_replaced``:
    of a row in no sheet, that nothing is missing: it cancels a reminder under an old phone before a new one is made.
    """

    file: FileRecord
    number: int
    cells: tuple[str, ...]
    action: str
    state: RowState
    status: Status | None
    uuid: str | None
    external_event_id: str | None
    http_status: int | None
    code: str
    problems: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]
    attempts: tuple[Attempt, ...]
    settled_at: float | None
    row_id: int = 0
    said: Mapping[str, Any] = field(default_factory=dict)
    is_on: bool = True
    is_replaced: bool = False


class Told(NamedTuple):
    """
    What reports show of such rows beside their numbers, with an entry a row.

    ``cells``: the person's own, column by column (``chunks.Distinct``), blank once they were purged.
    """

    cells: list[Any]
    uuids: list[str | None]
    external_event_ids: list[str | None]
    are_on: list[bool]


@dataclass(frozen=True)
class UnchangedRows:
    """
    Rows of one chunk of a file that repeat what is known, as the reports show them.

    ``row_ids`` and ``numbers`` have an entry a row. ``warnings``: of the rows that have some, by their place among these.
    ``among``: the other rows of the run that stand between the first of these and the last, by their ids. ``tell``: reads what
    else they show.
    """

    file: FileRecord
    row_ids: np.ndarray
    numbers: np.ndarray
    action: str
    warnings: Mapping[int, tuple[Mapping[str, Any], ...]]
    among: list[ReportRow]
    tell: Callable[[], Told]

    @cached_property
    def told(self) -> Told:
        """What else they show; read when it is asked for first, for counts need none of it."""
        return self.tell()

    def __len__(self) -> int:
        return len(self.numbers)

    def own(self) -> Iterator[ReportRow]:
        """Yield these rows one by one."""
        told = self.told
        cells = zip(*(column.column.tolist() for column in told.cells), strict=True)
        columns = (self.row_ids.tolist(), self.numbers.tolist(), cells, *told[1:])
        for place, shown in enumerate(zip(*columns, strict=False)):
            yield self._row(place, shown)

    def at(self, place: int) -> ReportRow:
        """Return the row at a place among these."""
        told = self.told
        own = tuple(column.texts[place if column.places is None else column.places[place]] for column in told.cells)
        each = (int(self.row_ids[place]), int(self.numbers[place]), own, *(column[place] for column in told[1:]))
        return self._row(place, each)

    def _row(self, place: int, shown: tuple[Any, ...]) -> ReportRow:
        row_id, number, own, uuid, external_event_id, is_on = shown
        return ReportRow(
            file=self.file,
            number=number,
            cells=own,
            action=self.action,
            state=RowState.SETTLED,
            status=Status.UNCHANGED,
            uuid=uuid,
            external_event_id=external_event_id,
            http_status=None,
            code="",
            problems=(),
            warnings=self.warnings.get(place, ()),
            attempts=(),
            settled_at=None,
            row_id=row_id,
            is_on=is_on,
        )

    def rows(self) -> Iterator[ReportRow]:
        """Yield these rows and those among them, by their ids."""
        return merge(self.own(), self.among, key=attrgetter("row_id"))


@dataclass(frozen=True, slots=True)
class LifeRow:
    """One row that named an appointment: in which run, what the row said (``payload``), and what it changed."""

    run: RunRecord
    row: ReportRow
    payload: Mapping[str, Any]
    changes: tuple[Change, ...]

    @property
    def folded_at(self) -> float | None:
        """When what an unchanged row said was removed (UTC seconds), None where it is kept."""
        found = self.run.folded
        is_gone = self.row.status is Status.UNCHANGED and self.row.number and not self.payload
        return found.at if found and is_gone else None


@dataclass(frozen=True, slots=True)
class Life:
    """All that is remembered of one appointment (or of the several that a phone names), oldest row first."""

    reminders: tuple[Reminder, ...]
    rows: tuple[LifeRow, ...]


@dataclass(frozen=True, slots=True)
class OldResult:
    """
    A row of an old ``results.csv``, read and checked again: what the ledger can be rebuilt from.

    ``status``, ``action``, ``uuid`` and ``run`` come from its ``result_*`` columns; ``payload`` is the body that a create
    would carry, as in ``StagedRow``. ``at``: UTC seconds of the result, 0 where it does not say.
    """

    status: Status
    action: Action
    phone: str | None
    external_event_id: str | None
    uuid: str | None
    payload: bytes
    starts_at: int | None
    run: str
    at: float = 0.0

    @property
    def is_create(self) -> bool:
        """Whether it tells of the create itself, which sent all values; every other call sent a part of them."""
        return self.status is Status.CREATED or (self.status is Status.UNKNOWN and self.action is Action.CREATE)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many appointments an import brought, and how many it left alone because the ledger knew them already."""

    added: int
    known: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the ledger found: how many runs, rows and reminders there are, and a sentence a fault."""

    runs: int
    rows: int
    reminders: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """
    The API address and the account that a ledger belongs to, as far as a first call wrote them down.

    Args:
        ledger: the ledger's own id; it stands in each ``summary.json``.
        address: scheme, host and port; "" where none is known; several, with blanks between, where a ledger of an
            earlier version was used against several.
        account: the keyed hash of the token; None where none is known.
        refused: whether the API refused that token (401, 403) when it was used last.
        binds: whether the ledger knows an appointment. One that knows none belongs to whoever uses it next.
    """

    ledger: str
    address: str = ""
    account: bytes | None = None
    refused: bool = False
    binds: bool = False


SOURCES: Final = "sources"
"""Under this name the settings of a run say where its files lay."""

FOLDED: Final = "folded"
"""Under this name the settings of a run say how many of its unchanged rows were folded, when and by what."""

FOLDERS: Final = ("importer ledger fold", "keep_unchanged_rows")
"""What folds unchanged rows: a person's command, and the setting."""


def without_folding(notes: Iterable[str]) -> list[str]:
    """Return the notes on a file but for the one that tells how many of its rows were folded, and by what."""
    return [note for note in notes if not note.endswith(tuple(f"({name})." for name in FOLDERS))]


MARK: Final = "rehearsal"


def is_rehearsal(run_id: str) -> bool:
    """Whether a run's id, or what stands in a report as one, is that of a rehearsal."""
    return run_id.rpartition("-")[2].startswith(MARK)
