"""The sandbox's description of itself: OpenAPI 3.1, made from the same tables that judge the requests."""

from __future__ import annotations

from typing import Any, Final

from importer.sandbox import rules
from importer.sandbox.routes import CALLS, Call

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
    body = rules.APPOINTMENT_TYPE if call.name in {"add_type", "show_type"} else rules.CREATE
    return {
        "type": "object",
        "properties": {"uuid": {"type": "string"}, **body["properties"]},
        "required": [name for name in ("phone", "type") if name in body["required"]],
    }


def _trouble(meaning: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Trouble"}
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}
