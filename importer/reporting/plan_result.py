"""
A plan as a value: what a run would do, value by value, and the few rows of each action that people are shown.

A *verdict* is the call that a row needs (``create``, ``update``, ``cancel``, ``no_show``), or the status that it would
have at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit
from importer.model.sending_window import Visit, visit_of
from importer.model.statuses import Action, Status
from importer.model.times import duration_s, zone
from importer.problems.guard_kinds import WHOLE
from importer.reporting.report_columns import field_title, person, typed
from importer.reporting.tally import KindCount, Kinds, count_kind, is_by_ledger, shared, sorted_kinds
from importer.reporting.wording import MISSING, change_words, day_and_time, in_words, phone_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.model.records import Change, LifeRow, ReportRow, RunRecord
    from importer.model.sending_window import Reminding, SendingWindow, Waits
    from importer.model.staged_files import FileRecord
    from importer.model.statuses import Hold


ROWS_KEPT: Final = 100

# In the order in which they are told: what waits for a person, what is to be fixed, then what goes out, first what
# cannot be taken back, then the rest.
PLAN_LABELS: Final[dict[str, str]] = {
    Status.HELD: "Held",
    Status.UNKNOWN: "Unknown",
    Status.INVALID: "To fix",
    Action.CANCEL: "Cancel",
    Action.NO_SHOW: "No-show",
    Action.UPDATE: "Update",
    Action.CREATE: "Create",
    MISSING: "Missing",
    Status.NOT_SENT: "Left out",
    Status.UNCHANGED: "Unchanged",
    Status.DUPLICATE: "Duplicate",
}
PLAN_MEANINGS: Final[dict[str, str]] = {
    Status.HELD: "on hold until approved",
    Action.CANCEL: "cancels the reminder; may text right away",
    Action.NO_SHOW: "sends the no-show; texts right away",
    Action.UPDATE: "what changed is sent, nothing else",
    Action.CREATE: "a new reminder; may text right away",
    MISSING: "known but not in the file; only reported",
    Status.UNCHANGED: "known and the same, nothing to send",
    Status.DUPLICATE: "the same as an earlier row",
    Status.INVALID: "something is wrong, it is not sent",
    Status.UNKNOWN: "sent before, outcome not known",
    Status.NOT_SENT: "not asked for, or waits for another row",
}
# Rows that want nothing from anybody are counted, not listed.
UNREMARKABLE: Final = frozenset({Status.UNCHANGED.value, Status.DUPLICATE.value})


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """
    One row of a plan as people see it.

    ``action``: the call that it needs, or would need if it were not held. ``who``: name and phone; ``name``: what it is
    listed by, the person's name, else the appointment's number, its uuid or the phone. ``start`` and ``zone``: of the
    appointment, "" where neither row nor ledger tells. Of texts, in UTC seconds: ``leaves_at``, from when on the call
    may leave, 0 for at once, None where no zone tells; ``reminds_at`` and ``follows_at``, when reminder and follow-up are due after
    the call, None where there is none or it is not known.
    """

    row: ReportRow
    verdict: str
    action: str
    who: str
    start: str
    zone: str
    changes: tuple[Change, ...]
    name: str = ""
    leaves_at: float | None = None
    reminds_at: float | None = None
    follows_at: float | None = None

    @property
    def appointment(self) -> str:
        """What the appointment is called: its number, else its uuid."""
        return self.row.external_event_id or self.row.uuid or ""


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """The rows of one verdict: how many there are, and the first ``ROWS_KEPT`` of them."""

    verdict: str
    count: int
    rows: tuple[PlannedRow, ...]


@dataclass(frozen=True, slots=True)
class PlanResult:
    """
    What a run would do.

    ``run``: as the plan was made. ``calls``: how many of each action. ``totals``: rows that need no call, by the status
    they would have at once. ``people``: how many phones a call of this plan may text at once; ``waits``: what of it
    the sending window keeps back; ``reminding``: when its reminders are due. ``fingerprint``: of the calls. ``sums``: verdict -> rows for the verdicts that occur, in the order in which they are told. ``missing``: rows
    that stand in no sheet, because their appointment vanished from a snapshot. ``kinds``: verdict -> kinds of problem of
    its rows, but for what holds the whole plan. ``zones``: of the rows of ``groups``. ``warnings``: code -> rows that something
    would be done about, most frequent first. ``shared`` and ``by_ledger``: as in a report's ``Tally``. ``command``: what carries the plan out;
    ``release``: what lets it go in spite of its holds, "" where ``--release`` cannot.
    ``saved`` and ``page``: where it was written to.
    """

    run: RunRecord
    files: tuple[FileRecord, ...]
    calls: Mapping[Action, int]
    totals: Mapping[Status, int]
    people: int
    fingerprint: str
    waits: Waits | None = None
    reminding: Reminding | None = None
    kinds: Mapping[str, tuple[KindCount, ...]] = field(default_factory=dict)
    sums: Mapping[str, int] = field(default_factory=dict)
    missing: int = 0
    warnings: Mapping[str, int] = field(default_factory=dict)
    shared: Mapping[str, int] = field(default_factory=dict)
    by_ledger: int = 0
    groups: tuple[PlannedGroup, ...] = ()
    command: str = ""
    release: str = ""
    saved: Path | None = None
    page: Path | None = None

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Why calls of the plan wait for a person."""
        return tuple(hold for hold in self.run.holds if hold.code not in self._let_go)

    @property
    def released(self) -> tuple[Hold, ...]:
        """What was found too, and is let go by ``--release``."""
        return tuple(hold for hold in self.run.holds if hold.code in self._let_go)

    def problems_of(self, each: PlannedRow) -> list[Mapping[str, str]]:
        """Return what is wrong with a row; what holds the whole plan is told once, not at every row."""
        told = {hold.message for hold in self.run.holds}
        return [problem for problem in each.row.problems if problem.get("message") not in told]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the rows that are shown, each once, the most frequent first."""
        return tuple(
            name
            for name, _ in Counter(row.zone for group in self.groups for row in group.rows if row.zone).most_common()
        )

    @property
    def year(self) -> int:
        """The year in which the plan was made, in the zone of most rows; of other years times name theirs."""
        return datetime.fromtimestamp(self.run.started_at, zone(self.zones[0]) if self.zones else UTC).year

    @property
    def _let_go(self) -> Sequence[str]:
        return self.run.settings.get("release") or ()

    @property
    def exit_code(self) -> Exit:
        """As the run would have: 8 where an outcome is unknown, 6 where rows are held, 4 where some are wrong, else 0."""
        if self.totals.get(Status.UNKNOWN):
            return Exit.UNKNOWN_OUTCOMES
        if self.holds or self.totals.get(Status.HELD):
            return Exit.HELD
        return Exit.SOME_ROWS_FAILED if self.totals.get(Status.INVALID) else Exit.DONE

    @property
    def call_count(self) -> int:
        """All calls that would be sent."""
        return sum(self.calls.values())

    @property
    def row_count(self) -> int:
        """All rows of the files."""
        return sum(file.rows for file in self.files)


@dataclass(slots=True)
class PlanTally:
    """Counts the rows of a plan by verdict and keeps the first of each that is remarkable."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    warned: Counter[str] = field(default_factory=Counter)
    shared: Counter[str] = field(default_factory=Counter)
    by_ledger: int = 0
    kept: dict[str, list[LifeRow]] = field(default_factory=dict)
    _kinds: dict[str, Kinds] = field(default_factory=dict)

    def see(self, each: LifeRow) -> None:
        """Take note of one row."""
        what = shown_verdict(each)
        self.counts[what] += 1
        self.missing += not each.row.number and not each.row.is_replaced
        if code := shared((*each.row.problems, *each.row.warnings)):
            self.shared[code] += 1
        if what == Status.INVALID:
            self.by_ledger += is_by_ledger(each.row.problems)
        if what in UNREMARKABLE:
            return
        self.warned.update({warning.get("code", "") for warning in each.row.warnings})
        # Of an appointment that vanished what there is to say is a warning, and so it is where no problem is told.
        for note in each.row.problems or (each.row.warnings if what == MISSING else ()):
            count_kind(self._kinds.setdefault(what, {}), each.row, note)
        rows = self.kept.setdefault(what, [])
        if len(rows) < ROWS_KEPT:
            rows.append(each)

    def sums(self) -> dict[str, int]:
        """Return verdict -> rows for the verdicts that occur, in the order in which they are told."""
        return {name: self.counts[name] for name in map(str, PLAN_LABELS) if self.counts[name]}

    def kinds(self, holds: Sequence[Hold] = ()) -> dict[str, tuple[KindCount, ...]]:
        """Return verdict -> the kinds of problem of its rows, most frequent first, without those that hold the whole plan."""
        told = {hold.code for hold in holds if hold.code in WHOLE}
        found = {
            what: tuple(kind for kind in sorted_kinds(kinds) if kind.code not in told)
            for what, kinds in self._kinds.items()
        }
        return {what: kinds for what, kinds in found.items() if kinds}

    def uuids(self) -> list[str]:
        """Return the uuids of kept rows: of what is changed or cancelled the ledger knows whose it is, and when."""
        return [each.row.uuid for rows in self.kept.values() for each in rows if each.row.uuid]

    def groups(
        self, known: Mapping[str, Mapping[str, Any]], *, now: float = 0.0, window: SendingWindow | None = None
    ) -> tuple[PlannedGroup, ...]:
        """
        Return the groups in the order in which they are told.

        ``known``: uuid -> values that the ledger remembers. ``now``: UTC seconds; ``window``: when requests may leave.
        """
        return tuple(
            PlannedGroup(
                name, self.counts[name], tuple(planned(each, known, now=now, window=window) for each in self.kept[name])
            )
            for name in map(str, PLAN_LABELS)
            if name in self.kept
        )


def verdict(each: LifeRow) -> str:
    """Return what would become of a row: the call that it needs, or at once its status."""
    return each.row.status.value if each.row.status is not None else each.row.action


def shown_verdict(each: LifeRow) -> str:
    """Return the verdict as people are told it: of an appointment that vanished and is only reported, that it is missing."""
    what = verdict(each)
    return MISSING if not each.row.number and what == Status.UNCHANGED else what


def planned(
    each: LifeRow,
    known: Mapping[str, Mapping[str, Any]],
    *,
    now: float = 0.0,
    window: SendingWindow | None = None,
) -> PlannedRow:
    """Return a row as people see it; what it leaves blank is taken from what the ledger knows of its appointment."""
    held = known.get(each.row.uuid or "", {})
    values = {**held, **each.payload}
    # What the profile fills into blank cells changes no appointment that is known.
    visit = {**each.payload, **held, **{change.field: change.after for change in each.changes}}
    # What could not be split into two names is shown as it was typed: "Ana Lee (mother)".
    name = f"{values.get('firstName', '')} {values.get('lastName', '')}".strip() or typed(each.row, "fullName")
    phone = phone_words(str(values.get("phone", "")))
    told = _visit(visit)
    action = Action(each.row.action) if each.row.action in _CALLS else None
    return PlannedRow(
        row=each.row,
        verdict=shown_verdict(each),
        action=each.row.action,
        who=", ".join(part for part in (name, phone) if part) or next(iter(person(each.row)), ""),
        start=str(visit.get(START) or ""),
        zone=told.zone or "",
        changes=each.changes,
        name=name or each.row.external_event_id or each.row.uuid or phone,
        leaves_at=_leaves_at(action, told, now, window),
        reminds_at=told.reminds_at,
        follows_at=_follows_at(told, visit.get("followUpTimeOffset")),
    )


def _visit(values: Mapping[str, Any]) -> Visit:
    """Return when a visit is, as far as that is known: a row to fix may hold anything."""
    try:
        return visit_of(values)
    except (KeyError, ValueError):
        return Visit()


START: Final = "eventDateTime"
_CALLS: Final = frozenset({Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW})


def _leaves_at(action: Action | None, visit: Visit, now: float, window: SendingWindow | None) -> float | None:
    if action is None:
        return None
    at = window.leaves_at(action, visit, now) if window is not None else now
    return 0.0 if at == now else at


def _follows_at(visit: Visit, offset: str | None) -> float | None:
    after = duration_s(offset) if offset else None
    return None if visit.starts_at is None or after is None else visit.starts_at + after


def texts_of(each: PlannedRow, now: float, *, year: int | None = None) -> str:
    """
    Return which text may go when: ``now, then Sun, Apr 4, 9:00 AM``; "" where no call would be sent.

    A create and a cancel may text when they arrive, a no-show does; an update texts nobody before the reminder is due.
    Times are the appointment's own. ``now``: UTC seconds.
    """
    if each.action not in _CALLS or each.verdict not in _CALLS | {Status.HELD}:
        return ""
    arrives = "in the sending window" if each.leaves_at is None else "now"
    if each.leaves_at:
        arrives = f"from {_at(each.leaves_at, each.zone, year)}"
    due = "" if each.reminds_at is None else _at(each.reminds_at, each.zone, year)
    if each.reminds_at is not None and each.reminds_at <= now:
        due = "reminder already due"
    words = {
        Action.CANCEL: f"{arrives} (cancelled)",
        Action.NO_SHOW: f"{arrives} (missed visit)",
        Action.CREATE: f"{arrives}, then {due}" if due else arrives,
        Action.UPDATE: due,
    }
    return words[Action(each.action)]


def _at(seconds: float, name: str, year: int | None = None) -> str:
    return day_and_time(datetime.fromtimestamp(seconds, zone(name) if name else UTC), year=year)


def told(change: Change, *, year: int | None = None) -> str:
    """Return a change on one line: ``Appointment start: Mon, Mar 8, 9:00 AM → 11:30 AM``."""
    return f"{field_title(change.field)}: {' → '.join(change_words(change, year=year))}"


def visit_words(each: PlannedRow, *, year: int | None = None) -> str:
    """Return when the appointment is, or what changes in it; a start that moves needs no name before it."""
    if not each.changes:
        return in_words(each.start, year=year) if each.start else ""
    parts = [told(change, year=year) for change in each.changes]
    return "; ".join(part.removeprefix(f"{field_title(START)}: ") for part in parts)
