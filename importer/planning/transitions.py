"""
What one row means for an appointment in one state: the table of legal transitions.

=============  ===================  =======================  =========  ===================
there is       create, upsert       update                   cancel     no_show
=============  ===================  =======================  =========  ===================
nothing        create               unknown                  unchanged  unknown
only a uuid    update as it is      update as it is          cancel     no-show
active         update or unchanged  update or unchanged      cancel     no-show, if started
cancelled      invalid              unchanged or invalid     unchanged  invalid
no-show sent   unchanged / invalid  unchanged or invalid     invalid    unchanged
create doubt   create again         not sent                 not sent   not sent
cancel doubt   not sent             not sent                 again      not sent
no-show doubt  unchanged / n. sent  unchanged or not sent    not sent   unknown, never sent
=============  ===================  =======================  =========  ===================

An update in doubt needs no row here: its fields count as changed wherever a row gives them (``expected``). A row that gives
one half of a start whose other half is in doubt is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson

from importer.model.issues import Issue
from importer.model.planned_calls import Call, Planning, Verdict
from importer.model.statuses import DERIVED, Action, ReminderState, Status
from importer.model.times import duration_s, instant
from importer.planning.expected import BOOKS, DESCRIBES, WHEN, Expected, changes, fixed_change, update_body
from importer.planning.expected import said as read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    import numpy as np

    from importer.model.planned_calls import Candidate, Known
    from importer.model.records import Change, Key, Reminder
from importer.planning.expected import Said

NEVER: Final = -(2**63)
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What judging needs beside the row: ``now`` in UTC seconds, and whether creates may lie in the past.

    ``elsewhere``: where the appointment's number has a reminder already.
    """

    now: float
    allow_past: bool = False
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    An upcoming reminder of the same number under another ``phone``; or of the same phone and time under another ``number``.

    ``cancelled_by``: the row that cancels it before a new one is made; None where nobody said that it may be.
    """

    phone: str
    cancelled_by: int | None = None
    number: str = ""


def step(state: Expected, said: Said, rules: Rules) -> tuple[Verdict, Expected]:
    """Return the verdict on a row that is valid by itself, and what is expected after it."""
    fault = identity_fault(state, said.row)
    if fault is not None:
        return final(said, Status.INVALID, fault), state
    if said.action is Action.NONE:
        return final(said, Status.UNCHANGED), state
    return _STEPS[state.state](state, said, rules)


def identity_fault(state: Expected, row: Candidate) -> Issue | None:
    """Return why the row cannot mean this appointment, None if it can."""
    if row.action is Action.NONE:
        return None
    if row.action is None or (row.key is None and not row.uuid):
        return Issue("identity_missing", field="externalEventId" if row.phone else "phone")
    if row.uuid and state.uuid != row.uuid and state.state not in {None, ReminderState.UNCERTAIN}:
        return Issue("uuid_contradicts", field="uuid", value=row.uuid)
    if state.key is not None:
        if row.phone and row.phone != state.key.phone:
            return Issue("identity_cannot_change", field="phone")
        if (
            row.external_event_id
            and row.external_event_id != state.key.external_event_id
            and not _gives_a_number(state.key, row)
        ):
            return Issue("identity_cannot_change", field="externalEventId")
    return None


def _gives_a_number(known: Key, row: Candidate) -> bool:
    """Whether a row that was found to be this visit brings the number that it lacks; a uuid is no such finding."""
    return known.external_event_id.startswith(DERIVED) and not row.uuid


def _without_reminder(state: Expected, said: Said, rules: Rules) -> tuple[Verdict, Expected]:
    if said.row.uuid:
        # What we do not know we cannot judge: the row is sent as it is.
        return _active(Expected(ReminderState.ACTIVE, said.row.uuid, key=said.row.key), said, rules)
    elsewhere = rules.elsewhere
    if (
        elsewhere is not None
        and said.action is not Action.NO_SHOW
        and (said.action is Action.CANCEL or not elsewhere.number)
    ):
        return _under_another_name(state, said, rules, elsewhere)
    if said.action in BOOKS:
        return _create(state, said, rules, repeated=False)
    if state.failed_row is not None:
        note = Issue("blocked_by_earlier_row", detail=str(state.failed_row))
        return final(said, Status.NOT_SENT, note), state
    if said.action is Action.CANCEL:
        # Many sheets name each cancelled visit every night, also those that were never booked here.
        return final(said, Status.UNCHANGED, Issue("nothing_to_cancel")), state
    return final(said, Status.INVALID, Issue("appointment_unknown")), state


def _under_another_name(state: Expected, said: Said, rules: Rules, elsewhere: Elsewhere) -> tuple[Verdict, Expected]:
    if said.action in BOOKS and elsewhere.cancelled_by is not None:
        return _create(replace(state, calls_row=elsewhere.cancelled_by), said, rules, repeated=False)
    if elsewhere.number:
        there = f"The phone has another one at this time, {elsewhere.number}."
        note = Issue("appointment_unknown", field="externalEventId", detail=there)
    else:
        note = Issue("phone_changed", field="phone", value=str(said.values.get("phone", "")), detail=elsewhere.phone)
    return final(said, Status.INVALID, note), replace(state, failed_row=said.row.number)


def _create_in_doubt(state: Expected, said: Said, rules: Rules) -> tuple[Verdict, Expected]:
    if said.row.uuid:
        return _without_reminder(state, said, rules)
    if said.action in BOOKS:
        return _create(state, said, rules, repeated=True)
    return final(said, Status.NOT_SENT, Issue("create_in_doubt")), state


def _create(state: Expected, said: Said, rules: Rules, *, repeated: bool) -> tuple[Verdict, Expected]:
    failed = replace(state, failed_row=said.row.number)
    if said.row.conditional:
        return Verdict(said.row.row_id, None, status=Status.INVALID), failed
    start = said.row.starts_at
    if start is not None and start <= rules.now and not rules.allow_past:
        note = Issue("start_in_past", field="eventDateTime", value=str(said.values.get("eventDateTime", "")))
        return final(said, Status.INVALID, note), failed
    call = Call(Action.CREATE, None, said.row.payload, starts_at=start, due=start or 0, repeated=repeated)
    return _send(state, said, call, said.values)


def _cancelled(state: Expected, said: Said, _rules: Rules) -> tuple[Verdict, Expected]:
    if said.action is Action.CANCEL or (said.action is Action.UPDATE and not _differs(state, said)):
        return final(said, Status.UNCHANGED), state
    return final(said, Status.INVALID, Issue("already_cancelled")), state


def _no_show_sent(state: Expected, said: Said, _rules: Rules) -> tuple[Verdict, Expected]:
    if said.action is Action.NO_SHOW or (said.action in DESCRIBES and not _differs(state, said)):
        return final(said, Status.UNCHANGED), state
    return final(said, Status.INVALID, Issue("already_no_show")), state


def _no_show_in_doubt(state: Expected, said: Said) -> Verdict:
    if said.action is Action.NO_SHOW:
        return replace(final(said, Status.UNKNOWN, Issue("no_show_in_doubt")), action=Action.NO_SHOW)
    if said.action in DESCRIBES and not _differs(state, said):
        return final(said, Status.UNCHANGED)
    return final(said, Status.NOT_SENT, Issue("no_show_in_doubt"))


def _differs(state: Expected, said: Said) -> bool:
    return bool(changes(state.values, said, doubtful=state.doubtful)) or fixed_change(state.values, said) is not None


def _active(state: Expected, said: Said, rules: Rules) -> tuple[Verdict, Expected]:
    if state.in_doubt is Action.CANCEL and said.action is not Action.CANCEL:
        return final(said, Status.NOT_SENT, Issue("cancel_in_doubt")), state
    if state.in_doubt is Action.NO_SHOW:
        return _no_show_in_doubt(state, said), state
    due = state.starts_at or said.row.starts_at or 0
    if said.action is Action.CANCEL:
        call = Call(Action.CANCEL, state.uuid, None, due=due, repeated=state.in_doubt is Action.CANCEL)
        return _send(state, said, call, _NOTHING)
    if said.action is Action.NO_SHOW:
        if state.starts_at is not None and state.starts_at > rules.now:
            start = str(state.values.get("eventDateTime", ""))
            return final(said, Status.INVALID, Issue("no_show_too_early", field="eventDateTime", value=start)), state
        return _send(state, said, Call(Action.NO_SHOW, state.uuid, None, due=due), _NOTHING)
    return _described(state, said, rules, due)


def _described(state: Expected, said: Said, rules: Rules, due: int) -> tuple[Verdict, Expected]:
    fixed = fixed_change(state.values, said)
    if fixed is not None:
        note = Issue("field_cannot_change", field=fixed.field, value=_shown(fixed.after), detail=_shown(fixed.before))
        return final(said, Status.INVALID, note), state
    if said.action is Action.UPDATE and not said.updates:
        return final(said, Status.INVALID, Issue("nothing_to_update")), state
    changed = changes(state.values, said, doubtful=state.doubtful)
    if not changed:
        repeats = state.certain and state.calls_row is None
        return replace(final(said, Status.UNCHANGED), repeats=repeats), state
    if (half := _half_in_doubt(state, said, changed)) is not None:
        return final(said, Status.NOT_SENT, Issue("start_in_doubt", field=half)), state
    body = update_body(state.values, said, changed)
    start = _start(body, said)
    if start == NEVER:
        local, zone = (str(body[name]) for name in WHEN)
        return final(said, Status.INVALID, Issue("start_never", field="eventDateTime", value=local, detail=zone)), state
    call = Call(Action.UPDATE, state.uuid, orjson.dumps(body), starts_at=start, due=start or due)
    verdict, after = _send(state, said, call, body)
    notes = (Issue("reminder_already_due"),) if _reminded_already(state, rules) else ()
    return replace(verdict, changes=changed, notes=notes), after


def _half_in_doubt(state: Expected, said: Said, changed: Sequence[Change]) -> str | None:
    """
    Return the half of the start that a row leaves as it is, and of which nobody knows how it is; None if there is none.

    A time and its zone are sent together. With the half that was accepted last, the visit could go back to where it was before
    an update whose outcome is in doubt. Ledgers of earlier versions say of a zone only that it was sent, as it was with each time.
    """
    if not any(change.field in WHEN for change in changed):
        return None
    zone_alone = WHEN[1:] if state.doubted.get("subscriberTimeZone") else ()
    unknown = [name for name in (*WHEN[:1], *zone_alone) if name in state.doubtful]
    return next((name for name in unknown if name not in said.given), None)


def _start(body: Mapping[str, Any], said: Said) -> int | None:
    """Return the start that an update brings, None if it brings none, ``NEVER`` for one that does not exist."""
    if body.keys().isdisjoint(WHEN) or said.row.starts_at is not None:
        return None if body.keys().isdisjoint(WHEN) else said.row.starts_at
    if any(name not in body for name in WHEN):
        return None
    # Checking saw only half of it; the other half stands in the ledger.
    at = instant(*(str(body[name]) for name in WHEN))
    return NEVER if at is None else at


def _reminded_already(state: Expected, rules: Rules) -> bool:
    offset = duration_s(str(state.values.get("remindTimeOffset", "")))
    return state.starts_at is not None and offset is not None and state.starts_at - offset <= rules.now


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("uuid", ""))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _send(state: Expected, said: Said, call: Call, body: Mapping[str, Any]) -> tuple[Verdict, Expected]:
    placed = replace(call, after=state.calls_row)
    verdict = Verdict(said.row.row_id, call.action, call=placed, drops_problems=said.row.conditional)
    return verdict, replace(state.after(placed, said.row.row_id, body), key=state.key or said.row.key)


def final(said: Said, status: Status, *notes: Issue) -> Verdict:
    """Return the verdict on a row that needs no call."""
    return Verdict(said.row.row_id, None, status=status, notes=notes, drops_problems=said.row.conditional)


_STEPS: Final[dict[ReminderState | None, Callable[[Expected, Said, Rules], tuple[Verdict, Expected]]]] = {
    None: _without_reminder,
    ReminderState.UNCERTAIN: _create_in_doubt,
    ReminderState.ACTIVE: _active,
    ReminderState.CANCELLED: _cancelled,
    ReminderState.NO_SHOW_SENT: _no_show_sent,
}


def easy(action: str, known: Known | None, *, fingerprint: bytes, conditional: bool, uuid: str | None) -> Status | None:
    """
    Return UNCHANGED for a row that repeats what its reminder was last told, CREATED for a plain first booking.

    None: the row wants ``plan_lane``. The answer holds only if no other row of the run names the same appointment;
    then it is the same as that of ``plan_lane``.
    """
    if uuid or action not in DESCRIBES:
        return None
    if known is None:
        return Status.CREATED if action in BOOKS and not conditional else None
    repeats = known.fingerprint == fingerprint and known.state == ReminderState.ACTIVE and known.in_doubt is None
    return Status.UNCHANGED if repeats else None


def moved(known: Reminder, row: Candidate, *, now: float) -> Verdict | None:
    """
    Return the update of a row that changes values of a reminder about which nothing is in doubt, and is no cause for a note.

    None: the row wants ``plan_lane``. As with ``easy``, the answer holds only if no other row of the run names the appointment.
    """
    if row.action not in DESCRIBES or row.invalid or row.conditional or row.uuid or row.key is None:
        return None
    if known.state is not ReminderState.ACTIVE or known.in_doubt is not None or known.doubtful:
        return None
    if known.uuid is None or known.key != row.key:
        return None
    one = read(row)
    changed = () if fixed_change(known.values, one) else changes(known.values, one)
    state = Expected(known.state, known.uuid, values=known.values, starts_at=known.starts_at)
    if not changed or _reminded_already(state, Rules(now)):
        return None
    body = update_body(known.values, one, changed)
    start = _start(body, one)
    if start == NEVER:
        return None
    due = start or known.starts_at or row.starts_at or 0
    call = Call(Action.UPDATE, known.uuid, orjson.dumps(body), starts_at=start, due=due)
    return Verdict(row.row_id, Action.UPDATE, call=call, changes=changed)


def repeated(said: np.ndarray, held: np.ndarray) -> np.ndarray:
    """
    Return which rows repeat what their reminders were last told, as ``easy`` would: by their fingerprints alone.

    Called for bookings without a uuid whose reminders are active and not in doubt. ``said`` and ``held``: fingerprints, two
    numbers of 8 bytes a row.
    """
    same: np.ndarray = (said == held).all(axis=1)
    return same


def without_thought(now: float) -> Planning:
    """Return the verdicts that need no thought; ``now``: UTC seconds."""
    return Planning(easy, repeated, partial(moved, now=now))
