"""Planned calls and replies for tests, with only what a test cares about spelled out."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from importer.model.planned_calls import PlannedCall, Reply, lane_of_key
from importer.model.records import Key
from importer.model.statuses import Action

KEY = Key("+14155552671", "112233")
UUID = "db04f6ff-42e4-4bba-a9d3-000000000001"

SENT: dict[str, Any] = {
    "externalEventId": KEY.external_event_id,
    "phone": "4155552671",
    "firstName": "Ana",
    "eventType": {"uuid": "6c52d314-a3ca-4781-ba70-000000000000"},
    "remindTimeOffset": "PT3H",
    "eventDateTime": "2027-03-04T14:30:00",
    "subscriberTimeZone": "America/New_York",
    "metadata": {"eventLocation": "New York"},
}


class Request(NamedTuple):
    """A call as ``Api.send`` takes it."""

    action: Action
    uuid: str | None
    body: bytes | None


def call_to(action: Action, **members: Any) -> PlannedCall:
    """Return a planned call; ``sent`` replaces or adds fields of its body."""
    sent = members.pop("sent", {})
    body = None
    if action is Action.CREATE:
        body = json.dumps({name: value for name, value in (SENT | sent).items() if value is not None}).encode()
    elif action is Action.UPDATE:
        body = json.dumps({"firstName": "Ana"} | sent).encode()
    given: dict[str, Any] = {
        "row_id": 1,
        "number": 2,
        "lane": lane_of_key(KEY),
        "key": KEY,
        "action": action,
        "uuid": None if action is Action.CREATE else UUID,
        "body": body,
        "starts_at": None,
        "fingerprint": b"",
    }
    return PlannedCall(**(given | members))


def answered(status: int = 200, **answer: Any) -> Reply:
    """Return a reply whose body is this object; without one, a reply without an answer."""
    return Reply(status=status, answer=answer or None)
