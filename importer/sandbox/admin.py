"""
The sandbox's own calls under ``/_sandbox/``, and its description of itself as OpenAPI 3.1.

GET /faults, PUT /faults (a JSON list of rules), DELETE /faults · GET /behaviour, PUT /behaviour (changed switches) ·
GET /effects?after=SEQ · GET /reminders · GET /requests · GET /stats · POST /reset (forgets state, log and counts)
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from importer.sandbox import body_rules
from importer.sandbox.faults import Behaviour, Rule
from importer.sandbox.service import CALLS, Call
from importer.sandbox.stored_reminders import answer_json, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox.http_connection import Answer, Request
    from importer.sandbox.service import Service


_REASON: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
    "required": ["field", "reason"],
}
_TROUBLE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "errors": {"type": "array", "items": _REASON}},
    "required": ["message"],
}
_MEANINGS: Final[dict[int, str]] = {
    400: "Data is improperly formatted",
    401: "API key is incorrect",
    404: "Activity ID was not found for cancel, no-show, or update",
    409: "The reminder exists already (a switch of the sandbox)",
    411: "The body came without a Content-Length",
    413: "The body is larger than 1 MB",
    415: "The Content-Type is not application/json",
    429: "Too many requests",
    500: "The server encountered an unexpected condition",
}


def description(base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of a sandbox that answers at this address."""
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Appointment Reminders (sandbox)",
            "version": "1",
            "description": "A stand-in for the Attentive Appointment Reminders API; it texts nobody.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": {"Trouble": _TROUBLE},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "parameters": _parameters(call),
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": _answer(call)}}},
            **{str(status): _trouble(meaning) for status, meaning in _MEANINGS.items()},
        },
    }
    if call.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": call.body}}}
    return operation


def _parameters(call: Call) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if "{uuid}" in call.path:
        parameters.append(
            {"name": "uuid", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        )
    return parameters


def _answer(call: Call) -> dict[str, Any]:
    body = body_rules.APPOINTMENT_TYPE if call.name in {"add_type", "show_type"} else body_rules.CREATE
    return {
        "type": "object",
        "properties": {"uuid": {"type": "string"}, **body["properties"]},
        "required": [name for name in ("phone", "type") if name in body["required"]],
    }


def _trouble(meaning: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Trouble"}
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


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
