"""
What planning compares: a row as it reads it, and what the API is expected to hold of the appointment meanwhile.

Of a row's values, time and zone go together when either changes, because the one means nothing without the other. Metadata
goes whole when any of its keys changes, because nobody says whether the API merges or replaces it. Blank cells, the
profile's defaults and another name of the same zone change nothing.

Which rows were done before: where nothing is in doubt, as many of the first as lead exactly to what is remembered. Where
updates are in doubt: as many as lead to something that the API may hold by now, each field having the value accepted last or
one of those in doubt. No row behind these can have been sent, so each of them is sent in its turn. Of the rows that may have
been sent only those tell their fields in doubt again that tell them last: an older value would take the API back to what a
later row has overtaken, and perhaps text somebody of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from importer.model.planned_calls import value_mark
from importer.model.records import Change
from importer.model.statuses import STATE_AFTER, Action, ReminderState, canonical_uuid
from importer.normalizing.time_zones import is_same_zone
from schemas.fields import BODY_FIELDS, FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.model.planned_calls import Call, Candidate
    from importer.model.records import Key, Reminder


BOOKS: Final = frozenset({Action.CREATE, Action.UPSERT})
DESCRIBES: Final = frozenset({Action.CREATE, Action.UPSERT, Action.UPDATE})
ENDS: Final = frozenset({Action.CANCEL, Action.NO_SHOW})
WHEN: Final = ("eventDateTime", "subscriberTimeZone")
METADATA: Final = "metadata"


@dataclass(frozen=True, slots=True)
class Said:
    """
    A row's values.

    ``values``: the body that a create would carry. ``given``: the part of it that stands in the row itself, so that
    a blank cell means "leave as it is" and the profile's defaults never count as a change.
    """

    row: Candidate
    values: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def action(self) -> Action | None:
        """What the row asks for."""
        return self.row.action

    @property
    def updates(self) -> dict[str, Any]:
        """What the row gives of the fields that an update may carry."""
        return {name: value for name, value in self.given.items() if name in FIELD and FIELD[name].updatable}

    def only(self, fields: Collection[str]) -> Said:
        """Return the row as if it gave no other field."""
        return replace(self, given={name: value for name, value in self.given.items() if name in fields})


def said(row: Candidate) -> Said:
    """Return the row's values, parsed."""
    values = orjson.loads(row.payload)
    given = {name: value for name, value in values.items() if name not in row.defaulted}
    if METADATA in given:
        own = {name: value for name, value in given[METADATA].items() if METADATA_PREFIX + name not in row.defaulted}
        given[METADATA] = own
        if not own:
            del given[METADATA]
    return Said(row, values, given)


def same(one: Said, other: Said) -> bool:
    """Whether two rows of one appointment ask for the same."""
    kinds = {Action.CREATE: Action.UPSERT}
    return (
        kinds.get(one.action or Action.NONE, one.action) == kinds.get(other.action or Action.NONE, other.action)
        and one.values == other.values
        and one.given.keys() == other.given.keys()
    )


# They make the appointment's identity, which planning compares by the key.
_IDENTITY: Final = frozenset({"externalEventId", "phone"})
_ABSENT_MEANS: Final = {"sendEligibleSubscribersOnly": False}
# Every create sends it and no update can: where it is not held, only a part of what was created is known.
_OF_A_CREATE: Final = "eventType"


def changes(held: Mapping[str, Any], said: Said, *, doubtful: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """
    Return the fields that an update may carry and whose value in the row is another than the one held.

    A field in doubt counts as changed wherever the row gives it.
    """
    found: list[Change] = []
    for name, value in said.updates.items():
        if name == METADATA:
            found += _metadata_changes(held.get(METADATA, {}), value, doubted=METADATA in doubtful)
        elif name in doubtful or not _is_held(held.get(name), name, value):
            found.append(Change(name, held.get(name), value))
    return tuple(found)


def _is_held(held: Any, name: str, value: Any) -> bool:
    """Whether a field has this value already; a zone may have it under another name, as tzdata renames zones."""
    return bool(held == value) or (name == WHEN[1] and isinstance(held, str) and is_same_zone(held, value))


def _metadata_changes(held: Mapping[str, Any], given: Mapping[str, Any], *, doubted: bool) -> list[Change]:
    return [
        Change(METADATA_PREFIX + name, held.get(name), value)
        for name, value in given.items()
        if doubted or held.get(name) != value
    ]


def fixed_change(held: Mapping[str, Any], said: Said) -> Change | None:
    """Return the first field that the row changes and the API cannot change; what is not known is not judged."""
    meant = _ABSENT_MEANS if _OF_A_CREATE in held else {}
    for name, value in said.given.items():
        if name in _IDENTITY or name not in FIELD or FIELD[name].updatable:
            continue
        before = held.get(name, meant.get(name))
        if before is not None and before != value and not (name == _OF_A_CREATE and _is_type(before, value)):
            return Change(name, before, value)
    return None


def _is_type(before: Any, value: Any) -> bool:
    """Whether two members name one appointment type; version 1.0 kept the spelling of the sheet."""
    return all(isinstance(one, dict) for one in (before, value)) and canonical_uuid(
        str(before.get("uuid"))
    ) == canonical_uuid(str(value.get("uuid")))


def update_body(held: Mapping[str, Any], said: Said, changed: tuple[Change, ...]) -> dict[str, Any]:
    """Return the update's body for these changes, fields in the order of the API document."""
    names = {METADATA if change.field.startswith(METADATA_PREFIX) else change.field for change in changed}
    body = {name: said.given[name] for name in names}
    if METADATA in body:
        body[METADATA] = {**said.values[METADATA], **held.get(METADATA, {}), **said.given[METADATA]}
    if not names.isdisjoint(WHEN):
        body |= _when(held, said)
    return {name: body[name] for name in BODY_FIELDS if name in body}


def _when(held: Mapping[str, Any], said: Said) -> dict[str, Any]:
    # A blank zone means "leave as it is", also where the profile has one: a time without a zone is the place's own.
    found = {name: said.given.get(name, held.get(name, said.values.get(name))) for name in WHEN}
    return {name: value for name, value in found.items() if value is not None}


def laid_over(held: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reminder holds once it accepted the body."""
    return {**held, **body}


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
