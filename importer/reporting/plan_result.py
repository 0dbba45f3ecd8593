"""
A plan as a value: what a run would do, value by value, and the few rows of each action that people are shown.

A *verdict* is the call that a row needs (``create``, ``update``, ``cancel``, ``no_show``), or the status that it would
have at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit
from importer.model.statuses import Action, Status
from importer.model.times import zone
from importer.reporting.headline import Headline, Tone
from importer.reporting.report_columns import field_title, person
from importer.reporting.tally import is_by_ledger, shared
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.model.records import Change, FileRecord, Hold, LifeRow, ReportRow, RunRecord
    from importer.model.sending_window import Waits


ROWS_KEPT: Final = 100

# Not a verdict of its own for programs, where such a row is unchanged: of an appointment that vanished, and stays.
MISSING: Final = "missing"

# In the order in which they are told: what waits for a person, what cannot be taken back, what is sent besides, the rest.
PLAN_LABELS: Final[dict[str, str]] = {
    Status.HELD: "Held",
    Action.CANCEL: "Cancel",
    Action.NO_SHOW: "No-show",
    Action.UPDATE: "Update",
    Action.CREATE: "Create",
    MISSING: "Missing",
    Status.UNCHANGED: "Unchanged",
    Status.DUPLICATE: "Duplicate",
    Status.INVALID: "To fix",
    Status.UNKNOWN: "Unknown",
    Status.NOT_SENT: "Left out",
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
_TELLING: Final = {"firstName", "phone", "eventDateTime"}
# Rows that want nothing from anybody are counted, not listed.
UNREMARKABLE: Final = frozenset({Status.UNCHANGED.value, Status.DUPLICATE.value})


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """
    One row of a plan as people see it.

    ``action``: the call that it needs, or would need if it were not held. ``who``: name and phone. ``start`` and
    ``zone``: of the appointment, from the row or else from the ledger; "" where neither tells.
    """

    row: ReportRow
    verdict: str
    action: str
    who: str
    start: str
    zone: str
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
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
    the sending window keeps back. ``fingerprint``: of the calls. ``sums``: verdict -> rows for the verdicts that occur, in the order in which they are told. ``missing``: rows
    that stand in no sheet, because their appointment vanished from a snapshot. ``warnings``: code -> rows that something
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
        rows = self.kept.setdefault(what, [])
        if len(rows) < ROWS_KEPT:
            rows.append(each)

    def sums(self) -> dict[str, int]:
        """Return verdict -> rows for the verdicts that occur, in the order in which they are told."""
        return {name: self.counts[name] for name in map(str, PLAN_LABELS) if self.counts[name]}

    def uuids(self) -> list[str]:
        """Return the uuids of kept rows that do not say whose their appointment is, or when."""
        kept = (each for rows in self.kept.values() for each in rows)
        return [each.row.uuid for each in kept if each.row.uuid and not each.payload.keys() >= _TELLING]

    def groups(self, known: Mapping[str, Mapping[str, Any]]) -> tuple[PlannedGroup, ...]:
        """Return the groups in the order in which they are told. ``known``: uuid -> values that the ledger remembers."""
        return tuple(
            PlannedGroup(name, self.counts[name], tuple(planned(each, known) for each in self.kept[name]))
            for name in map(str, PLAN_LABELS)
            if name in self.kept
        )


def plan_headline(plan: PlanResult) -> Headline:
    """Return what a plan comes to in one sentence, and what is most pressing in a second."""
    held, wrong = plan.totals.get(Status.HELD, 0), plan.totals.get(Status.INVALID, 0)
    more = f"{counted(held, 'row')} on hold until approved." if held else ""
    if unknown := plan.totals.get(Status.UNKNOWN, 0):
        rows = f"The outcome of an earlier request is unknown for {counted(unknown, 'row')}; check in Attentive."
        more = f"{rows} {more}".strip()
    if wrong and not more:
        more = f"{counted(wrong, 'row')} to fix; {'it' if wrong == 1 else 'they'} would not be sent."
    tone: Tone = "stopped" if held else "attention" if wrong or unknown else "good"
    if not plan.call_count:
        return Headline(tone, "Held: nothing would be sent." if held else "There is nothing to send.", more)
    what = f"{counted(plan.call_count, 'change')} to send: {in_numbers(plan.calls)}."
    return Headline(tone, f"{what} {texts_now(plan.people, plan.waits)}", more)


NOUNS: Final[dict[Action, tuple[str, str]]] = {
    Action.CREATE: ("new", "new"),
    Action.UPDATE: ("update", "updates"),
    Action.CANCEL: ("cancellation", "cancellations"),
    Action.NO_SHOW: ("no-show", "no-shows"),
}


def in_numbers(calls: Mapping[Action, int]) -> str:
    """Return what is sent, as a person counts it: ``31 new, 2 updates``."""
    return ", ".join(counted(calls[action], *noun) for action, noun in NOUNS.items() if calls.get(action))


def texts_now(people: int, waits: Waits | None = None) -> str:
    """Return how many people may get a text as soon as the changes are sent, and what waits for the sending window."""
    if not people:
        return "No texts right away."
    whom = counted(people, "person", "people")
    if waits is None:
        return f"{whom} may get a text right away."
    wait = f"{counted(waits.count, 'request')} {'waits' if waits.count == 1 else 'wait'} for the sending window"
    if waits.first_at is None or waits.zone is None:
        return f"{whom} may get a text. {wait}."
    opens = datetime.fromtimestamp(waits.first_at, zone(waits.zone))
    return f"{whom} may get a text. {wait}: from {opens.day} {opens:%B, %H:%M} ({waits.zone})."


def is_are(count: int) -> str:
    """Return the verb for a count."""
    return "is" if count == 1 else "are"


def verdict(each: LifeRow) -> str:
    """Return what would become of a row: the call that it needs, or at once its status."""
    return each.row.status.value if each.row.status is not None else each.row.action


def shown_verdict(each: LifeRow) -> str:
    """Return the verdict as people are told it: of an appointment that vanished and is only reported, that it is missing."""
    what = verdict(each)
    return MISSING if not each.row.number and what == Status.UNCHANGED else what


def planned(each: LifeRow, known: Mapping[str, Mapping[str, Any]]) -> PlannedRow:
    """Return a row as people see it; what it leaves blank is taken from what the ledger knows of its appointment."""
    values = {**known.get(each.row.uuid or "", {}), **each.payload}
    name = f"{values.get('firstName', '')} {values.get('lastName', '')}".strip()
    who = ", ".join(part for part in (name, str(values.get("phone", ""))) if part)
    return PlannedRow(
        row=each.row,
        verdict=shown_verdict(each),
        action=each.row.action,
        who=who or next(iter(person(each.row)), ""),
        start=str(values.get("eventDateTime", "")),
        zone=str(values.get("subscriberTimeZone", "")),
        changes=each.changes,
    )


START = "eventDateTime"


def told(change: Change) -> str:
    """Return a change on one line: ``Appointment start: 2027-03-08 09:00 -> 11:30``."""
    before, after = short(change.before), short(change.after)
    if change.field == START and before[:11] == after[:11]:
        after = after[11:]
    return f"{field_title(change.field)}: {before} -> {after}"


def short(value: Any) -> str:
    """Return a value in few characters: a local start as ``2027-03-08 09:00``, other values as they are sent."""
    at = _local(value)
    if at is not None:
        return f"{at:%Y-%m-%d} {_clock(at)}"
    return plain(value)


def in_words(value: Any) -> str:
    """Return a value in words: a local start as ``Mon 8 March 2027, 09:00``, other values as they are sent."""
    at = _local(value)
    if at is not None:
        return f"{at:%a} {at.day} {at:%B %Y}, {_clock(at)}"
    return plain(value)


def plain(value: Any) -> str:
    """Return a value of a body as text: ``not known`` for none, an appointment type by its uuid."""
    if value is None:
        return "not known"
    if isinstance(value, dict):
        return str(value.get("uuid", value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "blank"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _local(value: Any) -> datetime | None:
    """Return a local start, None for what is no such text."""
    if not isinstance(value, str) or len(value) != len("2027-03-08T09:00:00") or value[10] != "T":
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
