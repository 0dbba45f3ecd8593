"""What a review shows of a draft: sentences that filter, the kinds of problem, and rows as people see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.commands.drafts.kept_settings import MADE
from importer.model.records import Change, LifeRow, ReportRow, RunRecord
from importer.model.staged_files import FileRecord
from importer.model.statuses import Action, RowState, RunState, Status
from importer.model.times import zone
from importer.problems.cell_places import column_letters
from importer.reporting.plan_result import PLAN_LABELS, PlannedRow, planned, texts_of
from importer.reporting.report_columns import field_title
from importer.reporting.wording import MISSING, SIGNS, change_words, counted, in_words, phone_words
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.ledger.drafts.draft_rows import DraftRows
    from importer.ledger.drafts.draft_values import Draft, DraftRow, RowFilter, Shown
    from importer.model.sending_window import SendingWindow


PAGE_ROWS: Final = 50

TEXTS: Final = (Action.CREATE, Action.CANCEL, Action.NO_SHOW)
# Problem rows first, then what goes out, then the rest.
SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "fix": (Status.INVALID,),
    "hold": (Status.HELD, Status.UNKNOWN),
    "text": TEXTS,
    "change": (Action.UPDATE,),
    "same": (Status.UNCHANGED, Status.DUPLICATE),
    "out": (Status.NOT_SENT, MISSING),
}
ORDER: Final = tuple(str(verdict) for verdicts in SHOWN.values() for verdict in verdicts)


class Tile(NamedTuple):
    """
    A sentence with a number, which filters.

    ``show``: what stands in the address. ``colour``: of which status. ``parts``: the breakdown, "" for none.
    """

    show: str
    number: int
    words: str
    parts: str
    colour: str


def tiles(plan: Shown) -> list[Tile]:
    """Return the sentences of a plan, those that count nothing left out, but for what is to fix."""
    return [tile for tile in _tiles(plan) if tile.number or tile.show == "fix"]


def _tiles(plan: Shown) -> Iterator[Tile]:
    sums = plan.sums
    texts = ", ".join(
        counted(sums[verdict], *noun)
        for verdict, noun in (
            (Action.CREATE, ("new", "new")),
            (Action.CANCEL, ("cancelled", "cancelled")),
            (Action.NO_SHOW, ("no-show", "no-shows")),
        )
        if sums.get(verdict)
    )
    goes = sum(sums.get(verdict, 0) for verdict in TEXTS)
    # Where the same person has several visits there are fewer people than rows.
    whom = plan.people if goes else 0
    words = f"{'person' if whom == 1 else 'people'} may get a text right away"
    yield Tile("text", whom, words, texts, "created")
    moves = sums.get(Action.UPDATE, 0)
    yield Tile("change", moves, f"{'appointment changes' if moves == 1 else 'appointments change'}, no text now", "only what changed is sent", "updated")  # fmt: skip
    wrong = sums.get(Status.INVALID, 0)
    kinds = len(plan.problems.get(Status.INVALID, ()))
    yield Tile("fix", wrong, f"{'row' if wrong == 1 else 'rows'} to fix", counted(kinds, "kind of problem", "kinds of problem") if wrong else "nothing is wrong", "invalid")  # fmt: skip
    held, unknown = sums.get(Status.HELD, 0), sums.get(Status.UNKNOWN, 0)
    parts = ", ".join(part for part in (counted(held, "row") + " on hold" if held and unknown else "", f"{unknown:,} with an unknown outcome" if unknown else "") if part)  # fmt: skip
    yield Tile("hold", held + unknown, f"{'row' if held + unknown == 1 else 'rows'} on hold until approved" if held else "not known", parts, "held")  # fmt: skip
    same, twice = sums.get(Status.UNCHANGED, 0), sums.get(Status.DUPLICATE, 0)
    yield Tile("same", same + twice, f"{'row' if same + twice == 1 else 'rows'} already up to date", f"{counted(twice, 'duplicate')}, nothing to send" if twice else "nothing to send", "unchanged")  # fmt: skip
    out, missing = sums.get(Status.NOT_SENT, 0), sums.get(MISSING, 0)
    yield Tile("out", out + missing, f"{'row' if out + missing == 1 else 'rows'} left out", f"{counted(missing, 'appointment')} missing from the file" if missing else "not sent, stays in the report", "not_sent")  # fmt: skip


class Place(NamedTuple):
    """Where a page of rows begins: behind this row of this verdict, by its place in ``ORDER``."""

    verdict: int = 0
    row: int = 0

    def __str__(self) -> str:
        return f"{self.verdict}.{self.row}"

    @classmethod
    def of(cls, text: str) -> Place:
        """Return the place that an address names; the beginning where it names none."""
        verdict, _, row = text.partition(".")
        if not all(part.isascii() and part.isdecimal() and len(part) < LONGEST for part in (verdict, row)):
            return cls()
        return cls(min(int(verdict), len(ORDER) - 1), int(row))


LONGEST: Final = 12


class Page(NamedTuple):
    """Some rows of a draft, problem rows first, and where the next page begins; None on the last one."""

    rows: tuple[DraftRow, ...]
    after: Place | None


def page(rows: DraftRows, draft: Draft, show: str, which: RowFilter, begin: Place) -> Page:
    """Return at most 50 rows behind a place. ``show``: a key of ``SHOWN``, "" for all; ``which``: what else they meet."""
    wanted = [ORDER.index(str(verdict)) for verdict in SHOWN.get(show, ORDER)]
    found: list[DraftRow] = []
    for place in sorted(wanted):
        if place < begin.verdict or not draft.plan.sums.get(ORDER[place]):
            continue
        after = begin.row if place == begin.verdict else 0
        some = rows.page(draft, which._replace(verdict=ORDER[place]), after=after, limit=PAGE_ROWS - len(found))
        found += some.rows
        if some.after is not None:
            return Page(tuple(found), Place(place, some.after))
        if len(found) == PAGE_ROWS:
            left = any(draft.plan.sums.get(ORDER[later]) for later in wanted if later > place)
            return Page(tuple(found), Place(place, found[-1].id) if left else None)
    return Page(tuple(found), None)


class Cell(NamedTuple):
    """
    A cell that something is wrong with, or worth saying, or that she opened.

    Where it stands, its text, and the sentences about it; ``example``: a value that its field can have, "" where none is known.
    """

    column: int
    letter: str
    heading: str
    value: str
    notes: tuple[Mapping[str, str], ...]
    is_wrong: bool
    example: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """
    A row of a review, as its template shows it.

    ``id``: its place in the draft, by which addresses name it; ``number``: in the sheet, 0 for none. ``name``: what the row is
    listed by. ``start`` and ``zone``: of the visit, in words. ``changes``: title, before, after. ``text``: which text may go
    when. ``cells``: those that something is wrong with. ``notes``: problems of no cell; ``warnings`` likewise.
    """

    id: int
    file: int
    number: int
    verdict: str
    action: str
    name: str
    phone: str
    appointment: str
    start: str
    zone: str
    changes: tuple[tuple[str, str, str], ...]
    text: str
    cells: tuple[Cell, ...]
    notes: tuple[Mapping[str, str], ...]
    warnings: tuple[Mapping[str, str], ...]
    sign: str = field(default="")
    label: str = field(default="")
    is_left_out: bool = False

    @property
    def called(self) -> str:
        """What the person is called in a link: the first name, else the row."""
        return self.name.split()[0] if self.name[:1].isalpha() else f"row {self.number}"


def row_view(  # noqa: PLR0913 - what is known besides, all by name
    draft: Draft,
    row: DraftRow,
    known: Mapping[str, Mapping[str, Any]],
    *,
    now: float,
    window: SendingWindow | None = None,
    also: Collection[int] = (),
    types: Sequence[str] = (),
) -> RowView:
    """
    Return a row of a draft as its template shows it.

    ``known``: uuid -> values that the ledger remembers. ``now``: UTC seconds; ``window``: when requests may leave. ``also``:
    positions of cells that are shown in any case. ``types``: names of appointment types.
    """
    each = planned_row(draft, row, known, now=now, window=window)
    year = _year(draft, now)
    told = {hold["message"] for hold in draft.plan.held}
    problems = [one for one in row.problems if one.get("message") not in told]
    cells = tuple(_cells(draft, row, problems, also, types))
    at_cells = {cell.column for cell in cells}
    who = {**known.get(row.uuid or "", {}), **row.payload}
    name = f"{who.get('firstName', '')} {who.get('lastName', '')}".strip()
    return RowView(
        id=row.id,
        file=row.file,
        number=0 if draft.command in MADE else row.number,
        verdict=row.verdict,
        action=row.action,
        name=name or each.who.partition(",")[0] or each.name,
        phone=phone_words(str(who.get("phone", ""))),
        appointment=each.appointment,
        start=in_words(each.start, year=year) if each.start else "",
        zone=each.zone if len(draft.plan.zones) > 1 else "",
        changes=tuple((field_title(change.field), *change_words(change, year=year)) for change in each.changes),
        text=texts_of(each, now, year=year),
        cells=cells,
        notes=tuple(_note(one) for one in problems if one.get("column") not in at_cells),
        warnings=tuple(_note(one) for one in row.warnings if one.get("column") not in at_cells),
        sign=SIGNS[row.verdict],
        label=PLAN_LABELS[row.verdict],
        is_left_out=row.verdict == Status.NOT_SENT and any(one.get("code") == "left_out" for one in row.problems),
    )


def planned_row(
    draft: Draft,
    row: DraftRow,
    known: Mapping[str, Mapping[str, Any]],
    *,
    now: float,
    window: SendingWindow | None = None,
) -> PlannedRow:
    """Return a row of a draft as a plan shows it."""
    files = draft.plan.files
    told: Mapping[str, Any] = files[row.file] if row.file < len(files) else {"name": "", "sheet": None, "headings": ()}
    file = FileRecord(told["name"], "", told["sheet"], tuple(told["headings"]), 1)
    status = Status(row.verdict) if row.verdict in _STATUSES else Status.UNCHANGED if row.verdict == MISSING else None
    report = ReportRow(
        file=file, number=row.number, cells=row.cells, action=row.action, state=RowState.STAGED, status=status,
        uuid=row.uuid, external_event_id=row.external_event_id, http_status=None, code="", problems=row.problems,
        warnings=row.warnings, attempts=(), settled_at=None,
    )  # fmt: skip
    run = RunRecord(draft.id, draft.command, RunState.DRAFT, draft.touched_at)
    each = LifeRow(run, report, row.payload, tuple(Change(*change) for change in row.changes))
    return planned(each, known, now=now, window=window)


_STATUSES: Final = frozenset(status.value for status in Status)


def _year(draft: Draft, now: float) -> int:
    return datetime.fromtimestamp(now, zone(draft.plan.zones[0]) if draft.plan.zones else UTC).year


def _cells(
    draft: Draft, row: DraftRow, problems: Sequence[Mapping[str, Any]], also: Collection[int], types: Sequence[str]
) -> Iterator[Cell]:
    if not row.number or row.file >= len(draft.plan.files):
        return
    headings = draft.plan.files[row.file]["headings"]
    wrong = {one["column"] for one in problems if one.get("column") is not None}
    both = [*problems, *row.warnings]
    for column in sorted({one["column"] for one in both if one.get("column") is not None} | set(also)):
        heading = headings[column] if column < len(headings) else ""
        mine = [one for one in both if one.get("column") == column]
        notes = tuple(_note(one) for one in mine)
        value = row.cells[column] if column < len(row.cells) else ""
        example = example_of(next((str(one.get("field", "")) for one in mine), ""), types)
        yield Cell(column, column_letters(column), heading, value, notes, column in wrong, example)


def example_of(name: str, types: Sequence[str]) -> str:
    """Return a value that a field can have, "" where none would help. ``types``: names of the profile's appointment types."""
    if name == "eventType":
        return types[0] if types else ""
    return FIELD[name].example if name in FIELD and name not in _NO_EXAMPLE else ""


_NO_EXAMPLE: Final = frozenset({"uuid", "metadata"})


def _note(told: Mapping[str, Any]) -> Mapping[str, str]:
    message = str(told.get("message", ""))
    # Below the cell itself nobody has to be told where it stands.
    where, colon, rest = message.partition(": ")
    reason = rest if colon and where.startswith("Column ") else message
    return {
        "message": message,
        "reason": reason,
        "fix": str(told.get("fix", "")),
        "code": str(told.get("code", "")),
    }
