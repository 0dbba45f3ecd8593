"""One pass over a run's rows: counts, kinds of problem, and the few rows that stand for the many. Memory stays flat."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from importer.model.words import Status
from importer.problems import KINDS
from importer.reporting.comparing_files import is_by_ledger, shared
from importer.reporting.priorities import RANKS, Group, is_repeatable, rank, wants_decision
from importer.reporting.results import status_of
from importer.reporting.timeline import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model.records import FileRecord, ReportRow

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
    """How often one kind of problem or warning befell one field. ``fix`` names no value; ``rows`` are the first few."""

    code: str
    field: str
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


@dataclass(slots=True)
class Tally:
    """
    What the reports know of all rows together.

    ``decisions`` and ``repeatable``: the two sorts of rows with an unknown outcome. ``unsheeted``: rows that stand
    in no sheet, by status; they count in ``totals``, too. ``missing``: those of them whose appointment is missing. ``shared``: rows whose appointment another file has too, by code.
    ``by_ledger``: invalid rows that only the ledger shows to be wrong.
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
    clock: Clock = field(default_factory=Clock)
    _problems: dict[tuple[str, str], _Kind] = field(default_factory=dict)
    _warnings: dict[tuple[str, str], _Kind] = field(default_factory=dict)
    _attention: dict[tuple[Group, int], list[ReportRow]] = field(default_factory=dict)

    def see(self, row: ReportRow) -> None:
        """Count one row."""
        status = status_of(row)
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
            _count(self._problems, row, problem)
        for warning in row.warnings:
            _count(self._warnings, row, warning)
        if code := shared((*row.problems, *row.warnings)):
            self.shared[code] += 1
        if status is Status.INVALID:
            self.by_ledger += is_by_ledger(row.problems)
        if status in RANKS:
            self._remember(row)

    def problems(self) -> tuple[KindCount, ...]:
        """Return the kinds of problem, most frequent first."""
        return _sorted(self._problems)

    def warnings(self) -> tuple[KindCount, ...]:
        """Return the kinds of warning, most frequent first."""
        return _sorted(self._warnings)

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


def tally(rows: Iterable[ReportRow]) -> Tally:
    """Return the tally of all rows."""
    result = Tally()
    for row in rows:
        result.see(row)
    return result


def _count(kinds: dict[tuple[str, str], _Kind], row: ReportRow, note: Mapping[str, str]) -> None:
    kind = kinds.setdefault((note.get("code", ""), note.get("field", "")), _Kind())
    kind.count += 1
    if row.number and len(kind.rows) < PLACES_SHOWN:
        kind.rows.append(row.number)
    if len(kind.examples) < EXAMPLES_SHOWN:
        kind.examples.append(
            Example(row.file, row.number, note.get("value", ""), note.get("message", ""), note.get("fix", ""))
        )


def _sorted(kinds: dict[tuple[str, str], _Kind]) -> tuple[KindCount, ...]:
    counted = (
        KindCount(
            code=code,
            field=name,
            title=title_of(code),
            fix=kind.examples[0].fix if code in OF_THE_RUN else general_fix(code, name),
            count=kind.count,
            examples=tuple(kind.examples),
            rows=tuple(kind.rows),
        )
        for (code, name), kind in kinds.items()
    )
    return tuple(sorted(counted, key=lambda kind: (-kind.count, kind.code, kind.field)))


def title_of(code: str) -> str:
    """Return a kind's title, or its code in words where the catalogue of this version does not know it."""
    kind = KINDS.get(code)
    return kind.title if kind is not None else code.replace("_", " ").capitalize()


def general_fix(code: str, name: str) -> str:
    """Return a kind's fix without any row's value: it may stand on a terminal. "" for a code that is not known."""
    kind = KINDS.get(code)
    if kind is None:
        return ""
    # What stands behind the last sentence is a detail of one row; inside a sentence it is left open.
    return kind.fix.removesuffix(" {detail}").format(field=name or "the cell", value="…", detail="…")
