"""
Faults that can be switched on, what each does to a call, and how quick, patient and strict the sandbox is.

A ``Rule`` names a kind and when it strikes: by rate, by script (skip so many calls, strike so many times, only this
action or appointment), or in a window of time. The first rule that strikes decides. ``strike`` does to the effect
and to the answer what its kind says.
"""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from importer.sandbox.http_connection import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    The switches of a sandbox; each may be changed while it runs.

    ``duplicates``: the answer to a create whose phone and externalEventId are taken: 200 with the existing
    reminder, 400 or 409. ``freed_by_cancel``: whether a cancelled reminder gives its key free.
    ``cancel_again``: the answer to a second cancel; ``after_cancel``: to an update or no-show of a cancelled one.
    ``metadata``: whether an update's object replaces the old one or is merged into it.
    ``phones``: how the answer shows the phone. ``uuids``: ordinary ones, or ``strange`` (legal opaque text that has
    to be percent-encoded in a path). ``ineligible``: phones (digits with country code) for which a create with
    sendEligibleSubscribersOnly makes nothing and answers without uuid.
    ``event_types``: uuid -> type; None takes every type's uuid as known.
    ``latency_s`` plus at most ``jitter_s`` pass before each answer. ``rate``: requests/s that are allowed, with
    ``burst`` saved up; above it 429, with ``retry_after`` as it is unless that is None.
    """

    duplicates: Literal[200, 400, 409] = 200
    freed_by_cancel: bool = False
    cancel_again: Literal[200, 400, 404] = 200
    after_cancel: Literal[200, 400, 404] = 200
    metadata: Literal["replace", "merge"] = "replace"
    phones: Literal["as_sent", "e164"] = "as_sent"
    uuids: Literal["ordinary", "strange"] = "ordinary"
    ineligible: frozenset[str] = frozenset()
    event_types: Mapping[str, str] | None = field(default=None)
    latency_s: float = 0.0
    jitter_s: float = 0.0
    rate: float | None = None
    burst: int = 20
    retry_after: str | None = "1"


class Bucket:
    """Lets ``rate`` calls a second through, ``burst`` at once after a pause. ``rate`` None lets all through."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: float | None = None
        self._at = 0.0

    def take(self, rate: float | None, burst: int) -> tuple[bool, dict[str, str]]:
        """Return whether this call may pass, and the x-ratelimit headers of its answer."""
        if rate is None:
            return True, {}
        with self._lock:
            now = self._clock()
            full = float(max(burst, 1))
            tokens = full if self._tokens is None else min(full, self._tokens + (now - self._at) * rate)
            self._at = now
            passes = tokens >= 1
            self._tokens = tokens - 1 if passes else tokens
            headers = {"x-ratelimit-limit": f"{rate:.0f}", "x-ratelimit-remaining": str(int(self._tokens))}
        return passes, headers


FaultKind = Literal[
    "status_before",  # answers `status` and does nothing; with `html` a proxy's page
    "status_after",  # does it, then answers `status` all the same
    "reset_before",
    "reset_after",
    "hang_before",  # keeps silent for `seconds`, then closes; nothing was done
    "hang_after",  # does it, keeps silent for `seconds`, then closes
    "late",  # keeps silent for `seconds`, then does it and answers
    "truncated",  # does it, announces the whole answer, sends half of it
    "drip_header",  # does it, answers one byte every `seconds`
    "drip_body",  # does it, sends the headers, then one byte of the body every `seconds`
    "mixed_up",  # does it, answers with another appointment's record
    "older",  # on a create: somebody else had made this reminder before, with other values
    "html",  # does it, answers 200 with an HTML page
    "empty",  # does it, answers 200 without a body
    "broken_gzip",  # does it, answers 200 with a Content-Encoding that the body does not hold
    "broken_json",
    "no_uuid",
    "huge",  # does it, answers 200 with a body of `megabytes`
    "stale",  # does it, answers, and closes the kept-alive line without saying so
    "redirect",  # answers `status` (307) with a Location elsewhere; does nothing
]

FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One fault and when it strikes.

    ``rate``: its share of the calls that match. ``after``: so many matching calls are spared first. ``times``: it
    strikes at most so often. ``actions``: only these (create, update, cancel, no_show, type). ``external_event_id``
    and ``uuid``: only calls that name it. ``from_s``/``until_s``: only so many seconds after the rules were set.
    ``status``, ``html``, ``headers`` (such as Retry-After), ``seconds``, ``megabytes``: details of the kind.
    """

    kind: FaultKind
    rate: float = 1.0
    after: int = 0
    times: int | None = None
    actions: tuple[str, ...] = ()
    external_event_id: str | None = None
    uuid: str | None = None
    from_s: float = 0.0
    until_s: float | None = None
    status: int = 500
    html: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60.0
    megabytes: int = 256

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Rule:
        """Return a rule from its JSON form. Raises ``ValueError`` naming an unknown kind or member."""
        if not isinstance(given, dict):
            raise ValueError("a fault rule is an object with a kind")  # noqa: TRY004 - wrong text in a file, no wrong call
        names = {one.name for one in fields(cls)}
        unknown = sorted(set(given) - names)
        if unknown:
            raise ValueError(f"a fault rule has no {', '.join(unknown)}; it has {', '.join(sorted(names))}")
        if given.get("kind") not in FAULT_KINDS:
            raise ValueError(f"a fault's kind is one of {', '.join(FAULT_KINDS)}")
        return cls(**{**given, "actions": tuple(given.get("actions", ()))})


def mix(rates: Mapping[str, float], **details: Any) -> tuple[Rule, ...]:
    """Return one rule a kind, each at its rate: ``mix({"reset_after": 0.02, "truncated": 0.02})``."""
    return tuple(Rule.parse({"kind": kind, "rate": rate, **details}) for kind, rate in rates.items())


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a rule may look at: the action, and the names of the appointment as far as the request tells them."""

    action: str
    uuid: str | None = None
    external_event_id: str | None = None


class Faults:
    """The rules in force and their counters. Safe to use from many threads."""

    def __init__(self, rules: Iterable[Rule], *, clock: Callable[[], float], seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - faults are to be repeatable, not secret
        self.struck: dict[str, int] = {}
        self.rules: tuple[Rule, ...] = ()
        self.set(rules)

    def set(self, rules: Iterable[Rule]) -> None:
        """Put these rules in place of the old ones; counters and windows start anew."""
        with self._lock:
            self.rules = tuple(rules)
            self._seen = [0] * len(self.rules)
            self._times = [0] * len(self.rules)
            self._began = self._clock()

    def choose(self, call: CallFacts) -> Rule | None:
        """Return the rule that strikes this call, and count it; None leaves the call alone."""
        with self._lock:
            for position, rule in enumerate(self.rules):
                if self._strikes(position, rule, call):
                    self.struck[rule.kind] = self.struck.get(rule.kind, 0) + 1
                    return rule
        return None

    def _strikes(self, position: int, rule: Rule, call: CallFacts) -> bool:
        elapsed = self._clock() - self._began
        if not _matches(rule, call) or elapsed < rule.from_s or (rule.until_s is not None and elapsed >= rule.until_s):
            return False
        self._seen[position] += 1
        if self._seen[position] <= rule.after or (rule.times is not None and self._times[position] >= rule.times):
            return False
        if rule.rate < 1.0 and self._random.random() >= rule.rate:
            return False
        self._times[position] += 1
        return True


def _matches(rule: Rule, call: CallFacts) -> bool:
    return (
        (not rule.actions or call.action in rule.actions)
        and (rule.external_event_id is None or rule.external_event_id == call.external_event_id)
        and (rule.uuid is None or rule.uuid == call.uuid)
    )


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
    body = json.dumps({"message": "this answer is a fault that was switched on"}).encode()
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
