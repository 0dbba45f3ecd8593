"""
One pass over a run's rows: counts, kinds of problem, the sending over time. Memory stays flat.

Slices start one second wide and double whenever there would be more than ``MOST_SLICES``, so that a run of a minute
and a run of a week cost the same few hundred numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from importer.model.records import UnchangedRows
from importer.model.statuses import Status
from importer.model.times import zone_names
from importer.problems import guard_kinds
from importer.problems.cell_places import general_fix, name_of, title_of
from importer.reporting.report_columns import RANKS, Group, is_repeatable, rank, status_of, typed, wants_decision
from importer.reporting.wording import OTHER, SAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.model.records import Attempt, ReportRow, RunRecord
    from importer.model.staged_files import FileRecord


# These a check finds too, for they need no ledger.
_OF_THE_FILES: Final = frozenset({SAME, OTHER, "before_its_booking", "ended_by_earlier_row"})
OF_THE_LEDGER: Final = frozenset(kind.code for kind in guard_kinds.PLANNED if not kind.is_warning) - _OF_THE_FILES
_IN_ANOTHER_FILE: Final = re.compile(r"row [0-9]+ of ")


def shared(notes: Iterable[Mapping[str, str]]) -> str:
    """Return ``SAME`` or ``OTHER`` where a row names an appointment that a row of another file has, else ""."""
    for note in notes:
        if note.get("code") in {SAME, OTHER} and _IN_ANOTHER_FILE.search(note.get("message", "")):
            return note["code"]
    return ""


def is_by_ledger(problems: Iterable[Mapping[str, str]]) -> bool:
    """Whether a row is wrong only by comparison with the ledger, so that ``importer check`` calls it ready."""
    codes = {problem.get("code", "") for problem in problems}
    return bool(codes) and codes <= OF_THE_LEDGER


MOST_SLICES: Final = 60

_TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, slots=True)
class Slice:
    """
    What began in one slice of time.

    ``answered``: attempts that the API took. ``throttled``: told to slow down (429). ``refused``: any other answer.
    ``lost``: no usable answer. ``repeats``: how many of all of them were not the call's first attempt.
    """

    answered: int = 0
    throttled: int = 0
    refused: int = 0
    lost: int = 0
    repeats: int = 0

    @property
    def attempts(self) -> int:
        """All attempts of the slice."""
        return self.answered + self.throttled + self.refused + self.lost


@dataclass(frozen=True, slots=True)
class Timeline:
    """Slices without gaps from ``started_at`` (UTC seconds) on, each ``width_s`` seconds wide. Empty: nothing sent."""

    started_at: float = 0.0
    width_s: int = 1
    slices: tuple[Slice, ...] = ()
    first_at: float = 0.0
    last_at: float = 0.0

    @property
    def attempts(self) -> int:
        """All attempts."""
        return sum(each.attempts for each in self.slices)

    @property
    def repeats(self) -> int:
        """Attempts that were not their call's first."""
        return sum(each.repeats for each in self.slices)

    @property
    def throttled(self) -> int:
        """Answers that told to slow down."""
        return sum(each.throttled for each in self.slices)

    @property
    def busiest(self) -> int:
        """The most attempts in one slice."""
        return max((each.attempts for each in self.slices), default=0)

    @property
    def rate(self) -> float:
        """Attempts a second from the first to the end of the last; 0.0 when nothing was sent."""
        return self.attempts / max(self.last_at - self.first_at, 1.0) if self.slices else 0.0


@dataclass(slots=True)
class Clock:
    """Gathers attempts into slices."""

    width_s: int = 1
    counts: dict[int, list[int]] = field(default_factory=dict)
    first_at: float = float("inf")
    last_at: float = float("-inf")

    def see(self, attempts: Iterable[Attempt]) -> None:
        """Count one call's attempts, first attempt first."""
        slices = len(self.counts)
        for position, attempt in enumerate(attempts):
            self.first_at = min(self.first_at, attempt.at)
            self.last_at = max(self.last_at, attempt.at + attempt.elapsed_s)
            place = int(attempt.at // self.width_s)
            slice_ = self.counts.get(place) or self.counts.setdefault(place, [0, 0, 0, 0, 0])
            slice_[_ending(attempt)] += 1
            slice_[4] += position > 0
        if len(self.counts) > slices:
            self._keep_few()

    def _keep_few(self) -> None:
        while max(self.counts) - min(self.counts) >= MOST_SLICES:
            self._double()

    def timeline(self) -> Timeline:
        """Return what was gathered."""
        if not self.counts:
            return Timeline()
        first, last = min(self.counts), max(self.counts)
        none = [0, 0, 0, 0, 0]
        return Timeline(
            started_at=float(first * self.width_s),
            width_s=self.width_s,
            slices=tuple(Slice(*self.counts.get(place, none)) for place in range(first, last + 1)),
            first_at=self.first_at,
            last_at=self.last_at,
        )

    def _double(self) -> None:
        wider: dict[int, list[int]] = {}
        for place, counts in self.counts.items():
            into = wider.setdefault(place // 2, [0, 0, 0, 0, 0])
            into[:] = [one + other for one, other in zip(into, counts, strict=True)]
        self.width_s *= 2
        self.counts = wider


def _ending(attempt: Attempt) -> int:
    """Return which of answered, throttled, refused, lost (0 to 3) an attempt was."""
    status = attempt.http_status
    if status is None or status >= 500:
        return 3
    if status == _TOO_MANY_REQUESTS:
        return 1
    return 0 if 200 <= status < 300 else 2


ROWS_SHOWN: Final = 100
EXAMPLES_SHOWN: Final = 5
PLACES_SHOWN: Final = 10
# Their sentences tell numbers of the whole run: every row has the same, and no value of its own.
OF_THE_RUN: Final = frozenset({"too_many_missing", "approval_differs"})


@dataclass(frozen=True, slots=True)
class Example:
    """One row that shows a kind of problem: where it stands (0: in no sheet), what was typed, and the sentence about it."""

    file: FileRecord
    row: int
    value: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class KindCount:
    """
    How often one kind of problem or warning was found in one place. ``fix`` names no value; ``rows`` are the first few.

    ``place``: the column as a person sees it, ``phone (no column)``, "" for whole rows. ``field``: its canonical name.
    """

    code: str
    field: str
    place: str
    title: str
    fix: str
    count: int
    examples: tuple[Example, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanting:
    """Rows that want a person: how many there are, and the first ``ROWS_SHOWN`` of them, the most pressing first."""

    count: int
    rows: tuple[ReportRow, ...]


@dataclass(slots=True)
class _Kind:
    count: int = 0
    examples: list[Example] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


# By code, field and place.
Kinds = dict[tuple[str, str, str], _Kind]


@dataclass(slots=True)
class Tally:
    """
    What the reports know of all rows together.

    ``decisions`` and ``repeatable``: the two sorts of rows with an unknown outcome. ``unsheeted``: rows that stand
    in no sheet, by status; they count in ``totals``, too. ``missing``: those of them whose appointment is missing. ``shared``: rows whose appointment another file has too, by code.
    ``by_ledger``: invalid rows that only the ledger shows to be wrong. ``zone``: the first (IANA) that one of the first
    rows names, "" for none.
    """

    totals: Counter[Status] = field(default_factory=Counter)
    by_file: dict[tuple[str, str | None], Counter[Status]] = field(default_factory=dict)
    missing: Counter[Status] = field(default_factory=Counter)
    unsheeted: Counter[Status] = field(default_factory=Counter)
    calls: int = 0
    attempts: int = 0
    groups: Counter[Group] = field(default_factory=Counter)
    repeatable: int = 0
    decisions: int = 0
    shared: Counter[str] = field(default_factory=Counter)
    by_ledger: int = 0
    zone: str = ""
    clock: Clock = field(default_factory=Clock)
    _problems: Kinds = field(default_factory=dict)
    _warnings: Kinds = field(default_factory=dict)
    _attention: dict[tuple[Group, int], list[ReportRow]] = field(default_factory=dict)

    def see(self, row: ReportRow) -> None:
        """Count one row."""
        status = status_of(row)
        if not self.zone and self.totals.total() < ROWS_SHOWN:
            self.zone = _zone_in(row)
        self.totals[status] += 1
        if not row.number:
            self.unsheeted[status] += 1
            self.missing[status] += not row.is_replaced
        place = (row.file.name, row.file.sheet)
        if place not in self.by_file:
            self.by_file[place] = Counter()
        self.by_file[place][status] += 1
        if row.attempts:
            self.calls += 1
            self.attempts += len(row.attempts)
            self.clock.see(row.attempts)
        for problem in row.problems:
            count_kind(self._problems, row, problem)
        for warning in row.warnings:
            count_kind(self._warnings, row, warning)
        if code := shared((*row.problems, *row.warnings)):
            self.shared[code] += 1
        if status is Status.INVALID:
            self.by_ledger += is_by_ledger(row.problems)
        if status in RANKS:
            self._remember(row)

    def see_together(self, those: UnchangedRows) -> None:
        """Count rows that repeat what is known, and the rows among them."""
        if not self.zone:
            first = islice(those.rows(), max(ROWS_SHOWN - self.totals.total(), 0))
            self.zone = next((zone for row in first if (zone := _zone_in(row))), "")
        self.totals[Status.UNCHANGED] += len(those)
        place = (those.file.name, those.file.sheet)
        if place not in self.by_file:
            self.by_file[place] = Counter()
        self.by_file[place][Status.UNCHANGED] += len(those)
        ids = those.row_ids.tolist()
        warned = ((ids[place], place, None) for place in sorted(those.warnings))
        single = ((row.row_id, 0, row) for row in those.among)
        seen: dict[int, list[Any]] = {}
        for _, at, row in merge(warned, single, key=itemgetter(0)) if those.among else warned:
            if row is not None:
                self.see(row)
                continue
            notes = those.warnings[at]
            known = seen.setdefault(id(notes), [0, notes])
            known[0] += 1
            # So often the same: no list of rows or examples has room for one more, and only the count goes on.
            if known[0] <= PLACES_SHOWN:
                self._see_warnings(those.file, int(those.numbers[at]), notes)
        for count, notes in seen.values():
            self._count_warnings(those.file, notes, count - PLACES_SHOWN)

    def _see_warnings(self, file: FileRecord, number: int, notes: Sequence[Mapping[str, Any]]) -> None:
        for note in notes:
            count_note(self._warnings, file, number, note)
        if code := shared(notes):
            self.shared[code] += 1

    def _count_warnings(self, file: FileRecord, notes: Sequence[Mapping[str, Any]], times: int) -> None:
        """Count so many rows more that say what others of a piece said."""
        if times <= 0:
            return
        for note in notes:
            self._warnings[_key(file, 1, note)].count += times
        if code := shared(notes):
            self.shared[code] += times

    def problems(self) -> tuple[KindCount, ...]:
        """Return the kinds of problem, most frequent first."""
        return sorted_kinds(self._problems)

    def warnings(self) -> tuple[KindCount, ...]:
        """Return the kinds of warning, most frequent first."""
        return sorted_kinds(self._warnings)

    def wanting(self, group: Group) -> Wanting:
        """Return the rows of one group that want a person."""
        rows = [row for place in sorted(self._attention) if place[0] is group for row in self._attention[place]]
        return Wanting(self.groups[group], tuple(rows[:ROWS_SHOWN]))

    def _remember(self, row: ReportRow) -> None:
        place = rank(row)
        self.groups[place[0]] += 1
        self.repeatable += is_repeatable(row)
        self.decisions += wants_decision(row)
        same = self._attention.setdefault(place, [])
        if len(same) < ROWS_SHOWN:
            same.append(row)


def _zone_in(row: ReportRow) -> str:
    named = typed(row, "subscriberTimeZone") if row.number else ""
    return named if named in zone_names() else ""


def clinic_zone(run: RunRecord, rows: Iterable[ReportRow]) -> str:
    """Return the clinic's zone (IANA): of the run's profile, else the first that one of its first rows names, else ""."""
    named = str(run.settings.get("zone") or "")
    return named or next((found for row in islice(rows, ROWS_SHOWN) if (found := _zone_in(row))), "")


def tally(pieces: Iterable[ReportRow | UnchangedRows]) -> Tally:
    """Return the tally of all rows; those that stand together are counted at once."""
    result = Tally()
    for piece in pieces:
        if isinstance(piece, UnchangedRows):
            result.see_together(piece)
        else:
            result.see(piece)
    return result


def count_kind(kinds: Kinds, row: ReportRow, note: Mapping[str, Any]) -> None:
    """Count one problem or warning of a row."""
    count_note(kinds, row.file, row.number, note)


def count_note(kinds: Kinds, file: FileRecord, row: int, note: Mapping[str, Any]) -> None:
    """Count one problem or warning of the row of a file that has this number, 0 where it stands in no sheet."""
    kind = kinds.setdefault(_key(file, row, note), _Kind())
    kind.count += 1
    if row and len(kind.rows) < PLACES_SHOWN:
        kind.rows.append(row)
    if len(kind.examples) < EXAMPLES_SHOWN:
        kind.examples.append(Example(file, row, note.get("value", ""), note.get("message", ""), note.get("fix", "")))


def _key(file: FileRecord, row: int, note: Mapping[str, Any]) -> tuple[str, str, str]:
    return note.get("code", ""), note.get("field", ""), _place(file, row, note)


def _place(file: FileRecord, row: int, note: Mapping[str, Any]) -> str:
    if not row:
        return ""
    facts = file.facts
    return name_of(note.get("column"), file.headings, note.get("field", ""), facts.columns if facts else None)


def sorted_kinds(kinds: Kinds) -> tuple[KindCount, ...]:
    """Return the kinds that were counted, most frequent first."""
    counted = (
        KindCount(
            code=code,
            field=name,
            place=place,
            title=title_of(code),
            fix=kind.examples[0].fix if code in OF_THE_RUN else general_fix(code, place, name),
            count=kind.count,
            examples=tuple(kind.examples),
            rows=tuple(kind.rows),
        )
        for (code, name, place), kind in kinds.items()
    )
    return tuple(sorted(counted, key=lambda kind: (-kind.count, kind.code, kind.field, kind.place)))
