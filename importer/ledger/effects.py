"""
How the end of a call changes what is remembered of its reminder, and which of its values are in doubt.

Pure: columns of ``reminders`` in, columns out.

Behind each name stand the marks of the values that calls without a known outcome sent, so that planning can tell later
which rows of a sheet may have been sent, and no personal data is kept for it. A name without marks may have any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model.planned_calls import Outcome, ReminderChange, value_mark
from importer.model.statuses import Action, ReminderState
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


Columns = Mapping[str, Any]

_ENDED: Final = frozenset({ReminderState.CANCELLED.value, ReminderState.NO_SHOW_SENT.value})


def effect(before: Columns, change: ReminderChange, *, overtaken: bool = False) -> dict[str, Any]:
    """
    Return the columns that the change sets, beside identity and origin.

    ``before`` is ``NOTHING`` for a new reminder. ``overtaken``: a later row has changed the reminder since the row of
    this change was sent, so its values are not the latest any more.
    """
    if change.action is Action.CREATE:
        return _CREATED[change.outcome](before, change)
    if before["state"] == ReminderState.UNCERTAIN:
        # A call that names the uuid tells what the create in doubt made; what it sent may have been taken or not.
        before = {**before, **_found(before["accepted"])}
    said = _CHANGED[change.outcome](before, change, overtaken=overtaken)
    return {name: before[name] for name in _KEPT} | said


_KEPT: Final = ("state", "in_doubt", "doubtful", "starts_at", "fingerprint", "accepted")


def is_forgotten(before: Columns, change: ReminderChange) -> bool:
    """Whether nothing is left of the reminder: its create was in doubt, and was not processed."""
    denied = change.action is Action.CREATE and change.outcome is Outcome.DENIED
    return denied and before["state"] == ReminderState.UNCERTAIN and before["uuid"] is None


def awaits(held: Columns, action: str) -> bool:
    """Whether the reminder still waits to hear what became of a call of this action."""
    if action == Action.CREATE:
        return bool(held["state"] == ReminderState.UNCERTAIN)
    if action == Action.UPDATE:
        return bool(held["doubtful"])
    return bool(held["in_doubt"] == action)


def gives_way(held: Columns) -> bool:
    """Whether nothing is lost with the reminder once another's uuid turns out to be its appointment's: a create in doubt."""
    return held["uuid"] is None and bool(held["state"] == ReminderState.UNCERTAIN)


def _create_accepted(_before: Columns, change: ReminderChange) -> dict[str, Any]:
    return {
        "in_doubt": None,
        "doubtful": "",
        "state": ReminderState.ACTIVE.value,
        "starts_at": change.starts_at,
        "fingerprint": change.fingerprint,
        "accepted": change.body,
    }


def _create_doubted(before: Columns, change: ReminderChange) -> dict[str, Any]:
    if before["uuid"] is not None:
        return {}
    return {
        "in_doubt": Action.CREATE.value,
        "fingerprint": None,
        "state": ReminderState.UNCERTAIN.value,
        "starts_at": change.starts_at,
        "accepted": change.body,
    }


def _create_found_older(_before: Columns, change: ReminderChange) -> dict[str, Any]:
    return _found(change.body or b"{}") | {"starts_at": change.starts_at}


def _found(body: bytes) -> dict[str, Any]:
    """Return a reminder whose uuid is known and that may hold what a create sent, or something older."""
    sent = {name: value for name, value in orjson.loads(body).items() if name in FIELD and FIELD[name].updatable}
    return {
        "state": ReminderState.ACTIVE.value,
        # Marked with what the create sent, for no later row can have been.
        "in_doubt": Action.UPDATE.value if sent else None,
        "doubtful": as_text(doubting({}, sent)),
        "fingerprint": None,
        "accepted": body,
    }


def _create_denied(before: Columns, _change: ReminderChange) -> dict[str, Any]:
    return {name: before[name] for name in _KEPT}


def _accepted(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    if before["state"] in _ENDED:
        return {}
    if change.action is Action.UPDATE:
        return {} if overtaken else _update_accepted(before, change)
    # Values in doubt stay so; nothing can change them any more.
    return {"state": _STATES[change.action], "in_doubt": None, "fingerprint": None}


def _update_accepted(before: Columns, change: ReminderChange) -> dict[str, Any]:
    body = orjson.loads(change.body or b"{}")
    doubtful = settling(doubts(before["doubtful"]), body)
    ends = before["in_doubt"] == Action.UPDATE and not doubtful
    return {
        "in_doubt": None if ends else before["in_doubt"],
        "doubtful": as_text(doubtful),
        "starts_at": before["starts_at"] if change.starts_at is None else change.starts_at,
        "fingerprint": change.fingerprint,
        "accepted": orjson.dumps(orjson.loads(before["accepted"]) | body),
    }


def _doubted(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    del overtaken  # more doubt never harms
    if before["state"] in _ENDED:
        return {}
    if change.action is not Action.UPDATE:
        weighs_more = before["in_doubt"] == Action.NO_SHOW
        return {"in_doubt": before["in_doubt"] if weighs_more else change.action.value, "fingerprint": None}
    fields = doubting(doubts(before["doubtful"]), orjson.loads(change.body or b"{}"))
    # A cancel or no-show in doubt weighs more than a value in doubt.
    return {"in_doubt": before["in_doubt"] or change.action.value, "doubtful": as_text(fields), "fingerprint": None}


def _denied(before: Columns, change: ReminderChange, *, overtaken: bool) -> dict[str, Any]:
    del overtaken  # whose doubt it is the caller knows
    # Values in doubt stay so: the next row that names them sends them again, which harms nobody.
    if change.action is Action.UPDATE or before["in_doubt"] != change.action:
        return {}
    return {"in_doubt": Action.UPDATE.value if before["doubtful"] else None}


_CREATED: Final[dict[Outcome, Callable[[Columns, ReminderChange], dict[str, Any]]]] = {
    Outcome.ACCEPTED: _create_accepted,
    Outcome.DOUBTED: _create_doubted,
    Outcome.OLDER: _create_found_older,
    Outcome.DENIED: _create_denied,
}
_CHANGED: Final[dict[Outcome, Callable[..., dict[str, Any]]]] = {
    Outcome.ACCEPTED: _accepted,
    Outcome.DOUBTED: _doubted,
    Outcome.DENIED: _denied,
}
_STATES: Final = {
    Action.CANCEL: ReminderState.CANCELLED.value,
    Action.NO_SHOW: ReminderState.NO_SHOW_SENT.value,
}
NOTHING: Final[dict[str, Any]] = {
    "phone": None,
    "external_event_id": None,
    "uuid": None,
    "state": ReminderState.ACTIVE.value,
    "in_doubt": None,
    "doubtful": "",
    "starts_at": None,
    "fingerprint": None,
    "accepted": b"{}",
    "imported": False,
}


Doubts = Mapping[str, frozenset[str]]


def doubts(text: str) -> Doubts:
    """Return the marks of each field, none for a field that may have any value."""
    found = (entry.partition("=") for entry in text.split())
    return {name: frozenset(marks.split(",")) if marks else frozenset() for name, _, marks in found}


def as_text(found: Doubts) -> str:
    """Return doubts as they are kept."""
    entries = ((name, ",".join(sorted(marks))) for name, marks in sorted(found.items()))
    return " ".join(f"{name}={marks}" if marks else name for name, marks in entries)


def doubting(before: Doubts, sent: Mapping[str, Any]) -> Doubts:
    """Return the doubts once these values were sent too and nobody knows what came of it."""
    fresh = {name: frozenset({value_mark(value)}) for name, value in sent.items()}
    # A field of which nothing is known stays so.
    both = {name: marks | fresh[name] if marks else marks for name, marks in before.items() if name in fresh}
    return {**before, **fresh, **both}


def settling(before: Doubts, names: Iterable[str]) -> Doubts:
    """Return the doubts that are left once the API accepted these fields."""
    accepted = frozenset(names)
    return {name: marks for name, marks in before.items() if name not in accepted}
