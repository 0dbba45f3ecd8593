"""
One appointment's rows, in their order, become one decision each.

First the rows that cannot count are put aside: invalid ones, those whose uuid or key means another appointment, conflicts
(rows that disagree among themselves whose a uuid is or book the appointment with different values: all of them are problems,
each naming another), rows that stand before the one that books it, what is booked although another row ends it or may, and
duplicates, which repeat an earlier row. (``duplicates`` has the same rule for a check, which knows no ledger.) Then comes what was done before (``done_before``), so that a
file run again sends nothing, also when it creates, moves and cancels one appointment, and nothing older than what it
sent last. The rest goes through ``transitions`` one by one, each upon what is expected after the one before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.model.issues import Issue
from importer.model.planned_calls import Verdict
from importer.model.statuses import Action, ReminderState, Status
from importer.planning.expected import BOOKS, DESCRIBES, ENDS, Expected, Said, done_before, expected, said, same
from importer.planning.transitions import Elsewhere, Rules, final, identity_fault, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.planned_calls import Candidate
    from importer.model.records import Reminder


def plan_lane(
    known: Reminder | None,
    rows: Sequence[Candidate],
    *,
    now: float,
    allow_past: bool = False,
    elsewhere: Elsewhere | None = None,
) -> list[Verdict]:
    """
    Return one verdict a row, in the order of the rows. Touches neither network nor ledger.

    Args:
        known: what the ledger remembers of the appointment.
        rows: all rows of the run that name it, in the order of files and rows.
        now: UTC seconds, for what depends on the start.
        allow_past: whether appointments that have started may be created.
        elsewhere: where the number has an upcoming reminder under another phone, of an appointment that is not known.
    """
    rules = Rules(now=now, allow_past=allow_past, elsewhere=elsewhere)
    verdicts: dict[int, Verdict] = {}
    state = expected(known)
    state = _put_aside(state, rows, verdicts)
    left = [said(row) for row in rows if row.row_id not in verdicts]
    if len(rows) > 1:
        left, state = _in_order(left, rows, state, verdicts)
        left, state = _one_of_each(left, state, verdicts)
    state, left = _without_done(state, left, rules, verdicts, alone=len(rows) == 1)
    for one in left:
        verdicts[one.row.row_id], state = step(state, one, rules)
    return [verdicts[row.row_id] for row in rows]


def _without_done(
    state: Expected, rows: list[Said], rules: Rules, verdicts: dict[int, Verdict], *, alone: bool
) -> tuple[Expected, list[Said]]:
    """Judge the rows that were done before; return the others."""
    done = done_before(state, rows)
    for one in done:
        row_id, action = one.said.row.row_id, one.said.action
        if one.again:
            verdicts[row_id], state = step(replace(state, values=one.held), one.said.only(one.again), rules)
        else:
            repeats = alone and state.certain and state.state is ReminderState.ACTIVE and action in DESCRIBES
            verdicts[row_id] = replace(final(one.said, Status.UNCHANGED), repeats=repeats)
    judged = {one.said.row.row_id for one in done}
    left = [one for one in rows if one.row.row_id not in judged]
    return replace(state, values=done[-1].after if done else state.values), left


def _put_aside(state: Expected, rows: Sequence[Candidate], verdicts: dict[int, Verdict]) -> Expected:
    """Judge the rows that are invalid by themselves or mean another appointment."""
    apart = _naming_several(state, rows)
    for row in rows:
        fault = None if row.invalid else identity_fault(state, row) or apart.get(row.row_id)
        if row.invalid or fault is not None:
            notes = (fault,) if fault else ()
            verdicts[row.row_id] = Verdict(row.row_id, None, status=Status.INVALID, notes=notes)
            state = _without_create(state, row)
    return state


def _naming_several(state: Expected, rows: Sequence[Candidate]) -> dict[int, Issue]:
    """
    Return what is wrong with rows that together name several appointments: one uuid for two, or two for one.

    Where the ledger knows whose the uuid is, it decides; else nobody can tell which of the rows is right.
    """
    naming = [row for row in rows if not row.invalid and row.action is not Action.NONE]
    found: dict[int, Issue] = {}
    if state.key is None:
        found |= _apart([(row, row.key) for row in naming if row.key is not None])
    if state.uuid is None:
        found |= _apart([(row, row.uuid) for row in naming if row.uuid])
    return found


def _apart(named: Sequence[tuple[Candidate, object]]) -> dict[int, Issue]:
    """Return a note for each row, with the place of another that names something else; none where all name the same."""
    found: dict[int, Issue] = {}
    if not named:
        return found
    first, its_name = named[0]
    other_than_first = next((row for row, name in named if name != its_name), None)
    if other_than_first is None:
        return found
    for row, name in named:
        other = other_than_first if name == its_name else first
        found[row.row_id] = Issue("rows_name_several", field="uuid", value=row.uuid or "", detail=_place(other, row))
    return found


def _without_create(state: Expected, row: Candidate) -> Expected:
    """Remember the first row that should have created the appointment and does not."""
    return replace(state, failed_row=row.number) if row.action in BOOKS and state.failed_row is None else state


def _in_order(
    rows: list[Said], everyone: Sequence[Candidate], state: Expected, verdicts: dict[int, Verdict]
) -> tuple[list[Said], Expected]:
    """
    Judge rows that stand where they cannot, and what cannot be booked beside the others; return the rows that are left.

    They are problems whatever the ledger knows: else a first run would refuse them and a second one, knowing the
    appointment by then, would cancel what the first had booked. ``everyone``: also the rows that were put aside.

    A row above the one that books its appointment is out of order. Where an end stands above an upsert or between two bookings,
    nobody knows which word is the last one: an export may list what is newest first. Nor is it known where a row that was put
    aside says that the visit is off, wherever it stands. Then nothing is booked or changed, and nothing ended above the last
    booking; what ends it below that one is the last word. Who writes "create" below an end says that it is to be made.
    """
    off = next((row for row in everyone if row.off or (row.row_id in verdicts and row.action in ENDS)), None)
    places = [place for place, one in enumerate(rows) if one.action in BOOKS]
    first, last = (places[0], places[-1]) if places else (0, 0)
    for one in rows[:first]:
        _refuse(one, "before_its_booking", rows[first].row, verdicts)
    if end := off or _end(rows, first, last):
        for place, one in enumerate(rows[first:], start=first):
            if one.action in DESCRIBES:
                _refuse(one, "ended_by_earlier_row", end, verdicts)
            elif one.action in ENDS and place < last:
                _refuse(one, "before_its_booking", rows[last].row, verdicts)
    elif places and state.state is None:
        _one_is_known(rows[first:], everyone, verdicts)
    if places and rows[first].row.row_id in verdicts:
        state = _without_create(state, rows[first].row)
    return [one for one in rows if one.row.row_id not in verdicts], state


def _end(rows: list[Said], first: int, last: int) -> Candidate | None:
    """Return the row that ends the appointment before it is booked, or booked again; None where the order is clear."""
    between = next((one.row for one in reversed(rows[first:last]) if one.action in ENDS), None)
    if between is not None or not rows or rows[first].action is not Action.UPSERT:
        return between
    return next((one.row for one in reversed(rows[:first]) if one.action in ENDS), None)


def _one_is_known(rows: list[Said], everyone: Sequence[Candidate], verdicts: dict[int, Verdict]) -> None:
    """
    Refuse to book an appointment that another row knows by a uuid, and what would change it: nobody knows whether it is there.

    A row that only says again what one with a uuid says books nothing.
    """
    fresh = next((one for one in rows if one.action in BOOKS and not one.row.uuid), None)
    named = next((row for row in everyone if row.uuid and row.action is not Action.NONE), None)
    if fresh is None or named is None:
        return
    if rows[0].row.uuid and all(same(rows[0], one) for one in rows if one.action in BOOKS):
        return
    for one in rows:
        if one.action in DESCRIBES:
            _refuse(one, "rows_name_several", fresh.row if one.row.uuid else named, verdicts)


def _one_of_each(rows: list[Said], state: Expected, verdicts: dict[int, Verdict]) -> tuple[list[Said], Expected]:
    """Judge contradictions and repetitions; return the rows that count."""
    booking = [one for one in rows if one.action in BOOKS]
    other_than_first = next((other for other in booking[1:] if not same(booking[0], other)), None)
    if other_than_first is not None:
        for one in booking:
            # Not compared with each other: a sheet may name one appointment in each of its rows.
            _refuse(one, "rows_contradict", (other_than_first if same(booking[0], one) else booking[0]).row, verdicts)
        state = _without_create(state, booking[0].row)
        rows = [one for one in rows if one.action not in BOOKS]
    counting: list[Said] = []
    for one in rows:
        first = _repeated(one, counting)
        if first is None:
            counting.append(one)
        else:
            note = Issue("duplicate_of_row", detail=_place(first.row, one.row))
            verdicts[one.row.row_id] = final(one, Status.DUPLICATE, note)
    return counting, state


def _refuse(one: Said, code: str, other: Candidate, verdicts: dict[int, Verdict]) -> None:
    """Judge a row as a problem that names another row."""
    note = Issue(code, field="uuid" if code == "rows_name_several" else "", detail=_place(other, one.row))
    verdicts[one.row.row_id] = Verdict(one.row.row_id, None, status=Status.INVALID, notes=(note,))


def _repeated(one: Said, before: list[Said]) -> Said | None:
    """Return the row that this one repeats: any earlier booking, or the row just before it."""
    if one.action in BOOKS:
        return next((other for other in before if same(one, other)), None)
    return before[-1] if before and same(one, before[-1]) else None


def _place(other: Candidate, seen_from: Candidate) -> str:
    at = f"row {other.number}"
    return at if other.file == seen_from.file else f"{at} of {other.file}"
