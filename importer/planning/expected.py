"""
What the API is expected to hold of one appointment while its rows are planned, and which of them were done before.

Where nothing is in doubt: as many of the first rows as lead exactly to what is remembered. Where updates are in doubt:
as many as lead to something that the API may hold by now, each field having the value accepted last or one of those in
doubt. No row behind these can have been sent, so each of them is sent in its turn. Of the rows that may have been sent
only those tell their fields in doubt again that tell them last: an older value would take the API back to what a later
row has overtaken, and perhaps text somebody of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.model.planned_calls import value_mark
from importer.model.statuses import STATE_AFTER, Action, ReminderState
from importer.planning.row_values import DESCRIBES, WHEN, Said, changes, fixed_change, laid_over, update_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.model.planned_calls import Call
    from importer.model.records import Key, Reminder


@dataclass(frozen=True, slots=True)
class Expected:
    """
    An appointment's reminder once the calls planned so far are accepted.

    ``state`` None: there is none. ``uuid`` None with state ACTIVE: an earlier row creates it. ``calls_row``: the row of
    the lane's last call. ``failed_row``: the row that should have created it and is invalid.
    """

    state: ReminderState | None = None
    uuid: str | None = None
    key: Key | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    starts_at: int | None = None
    in_doubt: Action | None = None
    doubtful: frozenset[str] = frozenset()
    doubted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    calls_row: int | None = None
    failed_row: int | None = None

    @property
    def certain(self) -> bool:
        """Whether nothing about it is in doubt."""
        return self.in_doubt is None and self.state is not ReminderState.UNCERTAIN

    def after(self, call: Call, row_id: int, body: Mapping[str, Any]) -> Expected:
        """Return what is expected once the call is accepted; ``body`` is the call's, parsed."""
        doubtful = self.doubtful - body.keys()
        still = (
            self.in_doubt if call.action is Action.UPDATE and (doubtful or self.in_doubt is not Action.UPDATE) else None
        )
        return replace(
            self,
            state=STATE_AFTER[call.action],
            uuid=None if call.action is Action.CREATE else self.uuid or call.uuid,
            values=dict(body) if call.action is Action.CREATE else laid_over(self.values, body),
            starts_at=self.starts_at if call.starts_at is None else call.starts_at,
            in_doubt=still,
            doubtful=doubtful,
            calls_row=row_id,
            failed_row=None,
        )


def expected(known: Reminder | None) -> Expected:
    """Return what is expected before the first row."""
    if known is None:
        return Expected()
    return Expected(
        state=known.state,
        uuid=known.uuid,
        key=known.key,
        values=known.values,
        starts_at=known.starts_at,
        in_doubt=known.in_doubt,
        doubtful=_in_real_doubt(known),
        doubted=known.doubted,
    )


def _in_real_doubt(known: Reminder) -> frozenset[str]:
    """
    Return the fields of which the API may hold another value than the one it accepted last.

    A start is sent with its zone, also where that stays the same; such a zone is in doubt by name only.
    """
    zone = "subscriberTimeZone"
    stays = known.doubted.get(zone) == frozenset({value_mark(known.values.get(zone))})
    return known.doubtful - {zone} if stays else known.doubtful


class Before(NamedTuple):
    """
    A row that was done before, or may have been.

    ``held`` and ``after``: what the appointment has before and after it. ``tells``: the fields that the row sends or
    changes. ``again``: those of them that it must send again.
    """

    said: Said
    held: Mapping[str, Any]
    after: Mapping[str, Any]
    ends: ReminderState
    tells: frozenset[str]
    again: frozenset[str] = frozenset()


def done_before(state: Expected, rows: Sequence[Said]) -> list[Before]:
    """Return the first rows, as many as were done before or may have been; rows among them that never can be are left out."""
    in_doubt = state.in_doubt is Action.UPDATE and state.state is ReminderState.ACTIVE
    if state.state is None or not (state.certain or in_doubt):
        return []
    before = list(_as_if_sent(state, rows))
    reached = max(
        (
            place
            for place, one in enumerate(before, start=1)
            if one.ends is state.state and _may_be_held(one.after, state) and _says_something(one.said)
        ),
        default=0,
    )
    return _telling_again(before[:reached], state.doubtful) if in_doubt else before[:reached]


def _as_if_sent(state: Expected, rows: Sequence[Said]) -> Iterator[Before]:
    """Yield what the rows would do one after the other, up to the first that cannot have been done."""
    held, ends = state.values, ReminderState.ACTIVE
    for one in rows:
        body: Mapping[str, Any] = {}
        if _never_done(state, held, one, ends):
            continue
        if one.action in DESCRIBES:
            if ends is not ReminderState.ACTIVE:
                return
            body = update_body(held, one, changes(held, one))
        elif one.action is not None and one.action is not Action.NONE:
            ends = STATE_AFTER[one.action]
        after = laid_over(held, body)
        yield Before(one, held, after, ends, frozenset(body) | one.updates.keys())
        held = after


def _never_done(state: Expected, held: Mapping[str, Any], one: Said, ends: ReminderState) -> bool:
    """
    Whether a row was surely refused, so that those behind it may have been done.

    It changes what cannot change; or it is a no-show of an appointment that is on, which was too early.
    """
    if one.action is Action.NO_SHOW:
        return state.state is ReminderState.ACTIVE
    return one.action in DESCRIBES and ends is ReminderState.ACTIVE and fixed_change(held, one) is not None


def _may_be_held(values: Mapping[str, Any], state: Expected) -> bool:
    """Whether the API may hold these values."""
    names = values.keys() | state.values.keys()
    return all(values.get(name) == state.values.get(name) or _in_doubt(name, values, state) for name in names)


def _in_doubt(name: str, values: Mapping[str, Any], state: Expected) -> bool:
    """Whether an update in doubt may have set the field to its value here; of old doubts the values are not known."""
    if name not in state.doubtful:
        return False
    marks = state.doubted.get(name)
    return not marks or value_mark(values.get(name)) in marks


def _telling_again(rows: Sequence[Before], doubtful: frozenset[str]) -> list[Before]:
    """Return the rows with the fields in doubt that each must send again: those that no later one of them tells."""
    left = set(doubtful)
    found = []
    for one in reversed(rows):
        again = one.tells & left
        left -= again
        found.append(one._replace(again=again | set(WHEN) if again.intersection(WHEN) else again))
    return found[::-1]


def _says_something(one: Said) -> bool:
    return one.action is not Action.UPDATE or bool(one.updates)
