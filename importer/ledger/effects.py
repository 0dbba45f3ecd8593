"""How the end of a call changes what is remembered of its reminder. Pure: columns of ``reminders`` in, columns out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.ledger.doubts import as_text, doubting, doubts, settling
from importer.model.plans import Outcome, ReminderChange
from importer.model.words import Action, ReminderState
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Callable

Columns = Mapping[str, Any]


def effect(before: Columns, change: ReminderChange) -> dict[str, Any]:
    """Return the columns that the change sets, beside identity and origin; ``before`` is ``NOTHING`` for a new one."""
    return _CHANGES[change.outcome](before, change)


def _after_acceptance(before: Columns, change: ReminderChange) -> dict[str, Any]:
    if change.action is Action.UPDATE:
        return _after_update(before, change)
    if change.action is not Action.CREATE:
        # Values in doubt stay so; nothing can change them any more.
        return {"state": _STATES[change.action], "in_doubt": None, "fingerprint": None}
    return {
        "in_doubt": None,
        "doubtful": "",
        "state": ReminderState.ACTIVE.value,
        "starts_at": change.starts_at,
        "fingerprint": change.fingerprint,
        "accepted": change.body,
    }


def _after_update(before: Columns, change: ReminderChange) -> dict[str, Any]:
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


def _after_doubt(before: Columns, change: ReminderChange) -> dict[str, Any]:
    doubt: dict[str, Any] = {"in_doubt": change.action.value, "fingerprint": None}
    if change.action is Action.UPDATE:
        fields = doubting(doubts(before["doubtful"]), orjson.loads(change.body or b"{}"))
        # A cancel or no-show in doubt weighs more than a value in doubt.
        return doubt | {"in_doubt": before["in_doubt"] or change.action.value, "doubtful": as_text(fields)}
    if change.action is Action.CREATE and before["uuid"] is None:
        doubt |= {"state": ReminderState.UNCERTAIN.value, "starts_at": change.starts_at, "accepted": change.body}
    return doubt


def _after_older(_before: Columns, change: ReminderChange) -> dict[str, Any]:
    # Marked with what the create sent, for no later row can have been.
    sent = {name: value for name, value in orjson.loads(change.body or b"{}").items() if FIELD[name].updatable}
    return {
        "state": ReminderState.ACTIVE.value,
        "in_doubt": Action.UPDATE.value,
        "doubtful": as_text(doubting({}, sent)),
        "starts_at": change.starts_at,
        "fingerprint": None,
        "accepted": change.body,
    }


_CHANGES: Final[dict[Outcome, Callable[[Columns, ReminderChange], dict[str, Any]]]] = {
    Outcome.ACCEPTED: _after_acceptance,
    Outcome.DOUBTED: _after_doubt,
    Outcome.OLDER: _after_older,
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
