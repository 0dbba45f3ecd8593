"""
The sandbox's own calls under ``/_sandbox/``; they want the token as well, and are never struck by a fault.

GET /faults, PUT /faults (a JSON list of rules), DELETE /faults · GET /behaviour, PUT /behaviour (changed switches) ·
GET /effects?after=SEQ · GET /reminders · GET /requests · GET /stats · POST /reset (forgets state, log and counts)
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from importer.sandbox.behaviour import Behaviour
from importer.sandbox.faults import Rule
from importer.sandbox.reminders import answer_json, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox.service import Service
    from importer.sandbox.wire import Answer, Request

PREFIX = "/_sandbox/"


def respond(service: Service, request: Request) -> Answer:
    """Return the answer to a request whose path starts with the prefix."""
    refusal = service.admitted(request)
    if refusal is not None:
        return refusal
    handler = _HANDLERS.get((request.method, request.path.removeprefix(PREFIX)))
    if handler is None:
        return refused(404, "there is no such admin call")
    try:
        return answer_json(200, handler(service, request))
    except (ValueError, TypeError) as error:
        return refused(400, str(error))


def _faults(service: Service, _request: Request) -> Any:
    return [asdict(rule) for rule in service.faults.rules]


def _set_faults(service: Service, request: Request) -> Any:
    service.faults.set([Rule.parse(given) for given in json.loads(request.body)])
    return _faults(service, request)


def _clear_faults(service: Service, request: Request) -> Any:
    service.faults.set(())
    return _faults(service, request)


def _behaviour(service: Service, _request: Request) -> Any:
    return {**asdict(service.behaviour), "ineligible": sorted(service.behaviour.ineligible)}


def _switch(service: Service, request: Request) -> Any:
    changes = json.loads(request.body)
    unknown = sorted(set(changes) - {one.name for one in fields(Behaviour)})
    if unknown:
        raise ValueError(f"there is no switch {', '.join(unknown)}")
    if "ineligible" in changes:
        changes["ineligible"] = frozenset(changes["ineligible"])
    service.switch(**changes)
    return _behaviour(service, request)


def _effects(service: Service, request: Request) -> Any:
    after = int(parse_qs(request.query).get("after", ["0"])[0])
    return service.reminders.log.effects[after:]


def _reminders(service: Service, _request: Request) -> Any:
    return service.reminders.snapshot()


def _requests(service: Service, _request: Request) -> Any:
    return service.traffic.visits()


def _stats(service: Service, _request: Request) -> Any:
    return {**service.traffic.stats(), "effects": len(service.reminders.log.effects)}


def _reset(service: Service, request: Request) -> Any:
    service.faults.set(())
    service.reminders.clear()
    service.traffic.clear()
    return _stats(service, request)


_HANDLERS: dict[tuple[str, str], Callable[[Service, Request], Any]] = {
    ("GET", "faults"): _faults,
    ("PUT", "faults"): _set_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "behaviour"): _behaviour,
    ("PUT", "behaviour"): _switch,
    ("GET", "effects"): _effects,
    ("GET", "reminders"): _reminders,
    ("GET", "requests"): _requests,
    ("GET", "stats"): _stats,
    ("POST", "reset"): _reset,
}
