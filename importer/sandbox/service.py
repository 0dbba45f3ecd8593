"""
What happens to one request, without sockets: which call it is, who may ask, what is done.

Order of the refusals: unknown path 404, wrong method 405, token 401, rate 429, content type 415, body 400.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import unquote

from importer.sandbox import body_rules, faults
from importer.sandbox.body_rules import Reason
from importer.sandbox.effects_log import Traffic, Visit, account_of
from importer.sandbox.faults import CallFacts, Delivery, Faults
from importer.sandbox.http_connection import Answer, Request
from importer.sandbox.stored_reminders import Outcome, Reminders, answer_json, bad_request, refused, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.sandbox.faults import Behaviour, Bucket


CallName = Literal["create", "update", "cancel", "no_show", "add_type", "show_type"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: its name, method, path with ``{uuid}``, and the schema of its body (None: no body)."""

    name: CallName
    method: str
    path: str
    body: body_rules.Schema | None
    summary: str


CALLS: Final[tuple[Call, ...]] = (
    Call("create", "POST", "/events/reminders", body_rules.CREATE, "Create a new appointment reminder"),
    Call("update", "PUT", "/events/reminders/{uuid}", body_rules.UPDATE, "Update an appointment reminder"),
    Call("cancel", "POST", "/events/reminders/{uuid}/cancel", None, "Cancel an appointment reminder"),
    Call("no_show", "POST", "/events/reminders/{uuid}/no-show", None, "Send a no-show appointment reminder"),
    Call("add_type", "POST", "/events/types", body_rules.APPOINTMENT_TYPE, "Create an appointment type"),
    Call("show_type", "GET", "/events/types/{uuid}", None, "Show an appointment type"),
)


_AT: Final[dict[tuple[str, ...], tuple[Call, ...]]] = {
    tuple(path.strip("/").split("/")): tuple(call for call in CALLS if call.path == path)
    for path in dict.fromkeys(call.path for call in CALLS)
}
_UUID_PLACE: Final = 2


def find(path: str) -> tuple[tuple[Call, ...], str | None]:
    """Return the calls that live at this path, and the uuid in it (percent-decoded); no calls for a strange path."""
    parts = tuple(path.removeprefix("/").split("/"))
    if parts in _AT:
        return _AT[parts], None
    if len(parts) <= _UUID_PLACE or not parts[_UUID_PLACE]:
        return (), None
    shape = (*parts[:_UUID_PLACE], "{uuid}", *parts[_UUID_PLACE + 1 :])
    return _AT.get(shape, ()), unquote(parts[_UUID_PLACE])


_JUDGES: Final = {call.name: body_rules.judge(call.body) for call in CALLS if call.body is not None}


@dataclass(slots=True)
class Service:
    """One sandbox's state and switches. ``tokens``: those that are let in; ``pause`` lets seconds pass."""

    reminders: Reminders
    faults: Faults
    bucket: Bucket
    traffic: Traffic
    behaviour: Behaviour
    tokens: frozenset[str]
    pause: Callable[[float], object]
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - jitter, not a secret
    _switching: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Delivery:
        """Return how this request ends; all that it does is durable by then."""
        behaviour = self.behaviour
        with self.traffic.under_way():
            self._be_slow(behaviour)
            asked = self._admit(request)
            if isinstance(asked, Answer):
                self.traffic.note(Visit.of(request, asked.status))
                return Delivery(asked)
            passes, headers = self.bucket.take(behaviour.rate, behaviour.burst)
            delivery = self._carry_out(asked) if passes else Delivery(_too_many(behaviour))
            account = account_of(_token(request))
            seen = Visit.of(request, delivery.answer.status, asked.facts, asked.fault, delivery.manner, account)
            self.traffic.note(seen)
            return _with_headers(delivery, headers)

    def switch(self, **changes: Any) -> None:
        """Change switches of the behaviour while it runs. Raises ``TypeError`` for an unknown one."""
        with self._switching:
            self.behaviour = replace(self.behaviour, **changes)

    def _be_slow(self, behaviour: Behaviour) -> None:
        seconds = behaviour.latency_s + behaviour.jitter_s * self._random.random()
        if seconds:
            self.pause(seconds)

    def admitted(self, request: Request) -> Answer | None:
        """Return the 401 for a request without a token that is let in, else None."""
        if _token(request) in self.tokens:
            return None
        return replace(refused(401, "the API key is incorrect"), headers={"WWW-Authenticate": "Bearer"})

    def _admit(self, request: Request) -> Asked | Answer:
        calls, uuid = find(request.path)
        if not calls:
            return refused(404, "there is no such path")
        call = next((one for one in calls if one.method == request.method), None)
        if call is None:
            allow = ", ".join(one.method for one in calls)
            return replace(refused(405, "the method is not allowed here"), headers={"Allow": allow})
        return self.admitted(request) or Asked(self, call, uuid, request)

    def _carry_out(self, asked: Asked) -> Delivery:
        rule = self.faults.choose(asked.facts)
        if rule is None:
            return Delivery(asked.act())
        asked.fault = rule.kind
        return faults.strike(rule, asked)


@dataclass
class Asked:
    """One admitted call: what it asks for, and how to do it. A fault sees it as its ``Victim``."""

    service: Service
    call: Call
    uuid: str | None
    request: Request
    fault: str = ""

    @cached_property
    def facts(self) -> CallFacts:
        """What fault rules may look at."""
        action = "type" if self.call.name in {"add_type", "show_type"} else self.call.name
        external = self.sent().get("externalEventId")
        return CallFacts(action, self.uuid, external if isinstance(external, str) else None)

    @cached_property
    def body(self) -> dict[str, Any] | body_rules.Unreadable:
        """The request's JSON object, or why there is none."""
        try:
            return body_rules.read_object(self.request.body)
        except body_rules.Unreadable as error:
            return error

    def sent(self) -> Mapping[str, Any]:
        """Return the request's JSON object, {} when there is none."""
        return self.body if self.call.body is not None and isinstance(self.body, dict) else {}

    def act(self) -> Answer:
        """Judge the request; do what it asks if it is good; return the answer when the effect is durable."""
        trouble = self._form_trouble() or self._body_trouble()
        if trouble is not None:
            return trouble
        answer, seq = self._do()
        self.service.reminders.log.settle(seq)
        return answer

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.service.pause(seconds)

    def another_record(self) -> Mapping[str, Any] | None:
        """Return another appointment's record as an answer would show it."""
        mine = self.uuid or self.service.reminders.uuid_of(self.sent())
        other = self.service.reminders.another(mine)
        return None if other is None else shown(other, self.service.behaviour)

    def seed(self, changes: Mapping[str, Any]) -> None:
        """Make this create's reminder beforehand, with other values; nothing for a request that is not well formed."""
        if self._form_trouble() is None and self._body_trouble() is None:
            self.service.reminders.seed({**self.sent(), **changes}, self.service.behaviour)

    def _form_trouble(self) -> Answer | None:
        request = self.request
        if self.call.method != "GET":
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                return refused(415, "the Content-Type must be application/json")
            if "content-length" not in request.headers:
                return refused(411, "the Content-Length is missing")
        if self.call.body is None and request.body:
            return bad_request([Reason("", "this call has no body")])
        return None

    def _body_trouble(self) -> Answer | None:
        if self.call.body is None:
            return None
        if isinstance(self.body, body_rules.Unreadable):
            return bad_request([Reason("", str(self.body))])
        reasons = list(_JUDGES[self.call.name](self.body, "")) or self._unknown_type(self.body)
        return bad_request(reasons) if reasons else None

    def _unknown_type(self, body: Mapping[str, Any]) -> list[Reason]:
        named = body.get("eventType")
        if not named or self.service.reminders.knows_type(named["uuid"], self.service.behaviour):
            return []
        return [Reason("eventType.uuid", "is no appointment type of this account")]

    def _do(self) -> Outcome:
        reminders, behaviour, body, uuid = self.service.reminders, self.service.behaviour, self.sent(), self.uuid or ""
        deeds: dict[CallName, Callable[[], Outcome]] = {
            "create": lambda: reminders.create(body, behaviour),
            "update": lambda: reminders.update(uuid, body, behaviour),
            "cancel": lambda: reminders.cancel(uuid, behaviour),
            "no_show": lambda: reminders.no_show(uuid, behaviour),
            "add_type": lambda: reminders.add_type(body),
            "show_type": lambda: reminders.show_type(uuid, behaviour),
        }
        return deeds[self.call.name]()


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _too_many(behaviour: Behaviour) -> Answer:
    headers = {} if behaviour.retry_after is None else {"Retry-After": behaviour.retry_after}
    return replace(answer_json(429, {"message": "too many requests"}), headers=headers)


def _with_headers(delivery: Delivery, headers: Mapping[str, str]) -> Delivery:
    if not headers:
        return delivery
    answer = delivery.answer
    return replace(delivery, answer=replace(answer, headers={**answer.headers, **headers}))
