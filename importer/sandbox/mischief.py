"""What each kind of fault does to a call's effect and to its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

from importer.sandbox.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.sandbox.faults import FaultKind, Rule

Manner = Literal["whole", "reset", "silent", "truncated", "drip_header", "drip_body", "huge", "stale"]

_PROXY_PAGE = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    How a call ends on the wire: an answer, and the manner of sending it.

    ``seconds``: how long a silence lasts, or how long there is between two dripped bytes.
    """

    answer: Answer
    manner: Manner = "whole"
    seconds: float = 0.0
    megabytes: int = 0


class Victim(Protocol):
    """A call as a fault sees it."""

    def act(self) -> Answer:
        """Do what the request asks, durably, and return the true answer. At most once."""

    def wait(self, seconds: float) -> None:
        """Let time pass; ends early when the server stops."""

    def another_record(self) -> Mapping[str, Any] | None:
        """Return another appointment's record as an answer would show it; None when there is none."""

    def seed(self, changes: Mapping[str, Any]) -> None:
        """Make the reminder of this create beforehand, with these values in place of the request's."""

    def sent(self) -> Mapping[str, Any]:
        """Return the request's JSON object, {} when there is none."""


NOTHING = Answer(200, b"")


def strike(rule: Rule, victim: Victim) -> Delivery:
    """Return how the call ends under this rule, after doing to the state what the rule says."""
    return _KINDS[rule.kind](rule, victim)


def _status_before(rule: Rule, _victim: Victim) -> Delivery:
    return Delivery(_status(rule))


def _status_after(rule: Rule, victim: Victim) -> Delivery:
    victim.act()
    return Delivery(_status(rule))


def _status(rule: Rule) -> Answer:
    if rule.html:
        return Answer(rule.status, _PROXY_PAGE, "text/html; charset=utf-8", dict(rule.headers))
    body = json.dumps({"message": "a fault of the sandbox"}).encode()
    return Answer(rule.status, body, headers=dict(rule.headers))


def _reset_before(_rule: Rule, _victim: Victim) -> Delivery:
    return Delivery(NOTHING, "reset")


def _reset_after(_rule: Rule, victim: Victim) -> Delivery:
    victim.act()
    return Delivery(NOTHING, "reset")


def _hang_before(rule: Rule, _victim: Victim) -> Delivery:
    return Delivery(NOTHING, "silent", rule.seconds)


def _hang_after(rule: Rule, victim: Victim) -> Delivery:
    victim.act()
    return Delivery(NOTHING, "silent", rule.seconds)


def _late(rule: Rule, victim: Victim) -> Delivery:
    victim.wait(rule.seconds)
    return Delivery(victim.act())


def _truncated(_rule: Rule, victim: Victim) -> Delivery:
    return Delivery(victim.act(), "truncated")


def _drip_header(rule: Rule, victim: Victim) -> Delivery:
    return Delivery(victim.act(), "drip_header", rule.seconds)


def _drip_body(rule: Rule, victim: Victim) -> Delivery:
    return Delivery(victim.act(), "drip_body", rule.seconds)


def _mixed_up(_rule: Rule, victim: Victim) -> Delivery:
    true = victim.act()
    other = victim.another_record()
    return Delivery(true if other is None else replace(true, status=200, body=_encoded(other)))


def _older(_rule: Rule, victim: Victim) -> Delivery:
    start = victim.sent().get("eventDateTime")
    if isinstance(start, str):
        victim.seed({"eventDateTime": _a_week_before(start)})
    return Delivery(victim.act())


def _a_week_before(start: str) -> str:
    try:
        return (datetime.fromisoformat(start) - timedelta(days=7)).isoformat()
    except ValueError:
        return start


def _html(_rule: Rule, victim: Victim) -> Delivery:
    return Delivery(replace(victim.act(), body=_PROXY_PAGE, content_type="text/html; charset=utf-8"))


def _empty(_rule: Rule, victim: Victim) -> Delivery:
    return Delivery(replace(victim.act(), body=b""))


def _broken_gzip(_rule: Rule, victim: Victim) -> Delivery:
    true = victim.act()
    return Delivery(replace(true, body=b"\x1f\x8b" + true.body, headers={"Content-Encoding": "gzip"}))


def _broken_json(_rule: Rule, victim: Victim) -> Delivery:
    true = victim.act()
    return Delivery(replace(true, body=true.body[:-1] + b",,"))


def _no_uuid(_rule: Rule, victim: Victim) -> Delivery:
    true = victim.act()
    record = {name: value for name, value in json.loads(true.body).items() if name != "uuid"}
    return Delivery(replace(true, body=_encoded(record)))


def _huge(rule: Rule, victim: Victim) -> Delivery:
    return Delivery(victim.act(), "huge", megabytes=rule.megabytes)


def _stale(_rule: Rule, victim: Victim) -> Delivery:
    return Delivery(victim.act(), "stale")


def _redirect(rule: Rule, _victim: Victim) -> Delivery:
    status = rule.status if 300 <= rule.status < 400 else 307
    return Delivery(Answer(status, b"", headers={"Location": "http://127.0.0.1:9/elsewhere", **rule.headers}))


def _encoded(record: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(record), ensure_ascii=False).encode()


_KINDS: dict[FaultKind, Callable[[Rule, Victim], Delivery]] = {
    "status_before": _status_before,
    "status_after": _status_after,
    "reset_before": _reset_before,
    "reset_after": _reset_after,
    "hang_before": _hang_before,
    "hang_after": _hang_after,
    "late": _late,
    "truncated": _truncated,
    "drip_header": _drip_header,
    "drip_body": _drip_body,
    "mixed_up": _mixed_up,
    "older": _older,
    "html": _html,
    "empty": _empty,
    "broken_gzip": _broken_gzip,
    "broken_json": _broken_json,
    "no_uuid": _no_uuid,
    "huge": _huge,
    "stale": _stale,
    "redirect": _redirect,
}
