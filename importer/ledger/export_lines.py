"""
The lines of an export, judged one by one before anything of them is written: names, types, lengths, ranges, known words.

An export may come from anywhere. What a line holds is read back for years by runs, plans and ``explain``, and by its
uuids calls are sent, so a line that this ledger could not have written itself is refused with its number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import UsageError
from importer.ledger.appointment_lookup import own_lane
from importer.ledger.doubts import doubts
from importer.model.origins import origin_of
from importer.model.words import Action, ReminderState
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

KIND: Final = "appointment-importer reminders"
SCHEMA: Final = 1
COLUMNS: Final = (
    "phone", "external_event_id", "uuid", "state", "in_doubt", "doubtful", "starts_at", "run", "updated_at",
)  # fmt: skip

LONGEST_LINE: Final = 1024 * 1024
LONGEST_NAME: Final = 1_000
LONGEST_TEXT: Final = 32_767
# The year 2300: no appointment and no run lies behind it.
LATEST_S: Final = 10_413_792_000

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MARK: Final = re.compile(r"[0-9a-f]{1,64}")
_STATES: Final = {state.value for state in ReminderState}
_ENDED: Final = {ReminderState.CANCELLED.value, ReminderState.NO_SHOW_SENT.value}
_CALLS: Final = {Action.CREATE.value, Action.UPDATE.value, Action.CANCEL.value, Action.NO_SHOW.value}


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers from 1. ``UsageError``: one is too long to be of an export."""
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise wrong(number, "it is too long")
        yield number, line


def address_of_head(line: bytes) -> str:
    """
    Return the API address that the first line names, "" where it names none.

    Raises:
        UsageError: it is not the first line of an export, or of a newer version's.
    """
    found = _object(line, 1)
    if found.get("kind") != KIND:
        raise UsageError("The file is not an export of a ledger.", fix="Make one with `importer ledger export`.")
    if found.get("schema") != SCHEMA:
        raise UsageError("The export was made by a newer version of the importer.", fix="Install that version.")
    address = found.get("address", "")
    if not isinstance(address, str) or (address and origin_of(address) != address):
        raise wrong(1, "address is no API address")
    return address


def reminder_columns(line: bytes, number: int) -> dict[str, Any]:
    """
    Return a line as columns of ``reminders``.

    Raises:
        UsageError: this ledger could not have written it; the sentence names the line and what is wrong.
    """
    found = _object(line, number)
    for name, (is_right, wanted) in _RULES.items():
        if name not in found:
            raise wrong(number, f"{name} is missing")
        if not is_right(found[name]):
            raise wrong(number, f"{name} is not {wanted}")
    lane = own_lane(found["phone"], found["external_event_id"], found["uuid"])
    if lane is None:
        raise wrong(number, "it names no appointment")
    if contradiction := _contradiction(found):
        raise wrong(number, contradiction)
    columns = {name: found[name] for name in COLUMNS}
    accepted = orjson.dumps(found["accepted"])
    return columns | {"key_hash": lane, "accepted": accepted, "fingerprint": None, "row_id": 0, "imported": True}


def _contradiction(found: Mapping[str, Any]) -> str:
    """Return what no table of states leads to (as ``impossible_states`` has it for a whole ledger), "" for a line that is right."""
    state, in_doubt, doubtful = found["state"], found["in_doubt"], bool(found["doubtful"])
    create_waits = state == ReminderState.UNCERTAIN.value and in_doubt == Action.CREATE.value
    is_known, is_active = found["uuid"] is not None, state == ReminderState.ACTIVE.value
    may_be_made = state == ReminderState.UNCERTAIN.value or in_doubt == Action.CREATE.value
    wrongs = {
        "uuid is missing, although its create is not in doubt": not is_known and not create_waits,
        "its create is in doubt, although its uuid is known": is_known and may_be_made,
        "it has a phone or a number alone": (found["phone"] is None) != (found["external_event_id"] is None),
        "it was ended and is in doubt": state in _ENDED and in_doubt is not None,
        "it is in doubt about values and names none": is_active and in_doubt == Action.UPDATE.value and not doubtful,
        "it names values in doubt without being in doubt": is_active and in_doubt is None and doubtful,
    }
    return next((said for said, is_so in wrongs.items() if is_so), "")


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise wrong(number, "it is not a JSON object")
    return found


def wrong(number: int, what: str) -> UsageError:
    """Return the error for a line; nothing of it is quoted, for it may be personal data."""
    return UsageError(
        f"Line {number} of the export cannot be read: {what}. Nothing was taken in.", fix="Export the ledger again."
    )


def _or_none(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or rule(value)


def is_name(value: Any) -> bool:
    """Whether a value is a text such as a uuid or a number of an appointment: not blank, of one line, not too long."""
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= LONGEST_NAME and value.isprintable()


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST_S


def _is_second(value: Any) -> bool:
    return isinstance(value, int) and _is_time(value)


def _is_phone(value: Any) -> bool:
    return isinstance(value, str) and _PHONE.fullmatch(value) is not None


def _are_doubts(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return False
    return all(
        _is_field(name) and all(_MARK.fullmatch(mark) for mark in marks) for name, marks in doubts(value).items()
    )


def _is_field(name: str) -> bool:
    return name in FIELD or name == METADATA_PREFIX.rstrip(".")


def _are_values(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_field(name) and _is_value(name, one) for name, one in value.items())


def _is_value(name: str, value: Any) -> bool:
    if name == "sendEligibleSubscribersOnly":
        return isinstance(value, bool)
    if isinstance(value, dict):
        return name in {"eventType", "metadata"} and all(_is_text(part) for part in value.values())
    return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "phone": (_or_none(_is_phone), "a phone such as +12125550101"),
    "external_event_id": (_or_none(is_name), "the number of an appointment"),
    "uuid": (_or_none(is_name), "an identifier"),
    "state": (lambda value: isinstance(value, str) and value in _STATES, "a known state"),
    "in_doubt": (_or_none(lambda value: isinstance(value, str) and value in _CALLS), "a known action"),
    "doubtful": (_are_doubts, "a list of fields"),
    "starts_at": (_or_none(_is_second), "a time in seconds"),
    "run": (lambda value: value == "" or is_name(value), "the id of a run"),
    "updated_at": (_is_time, "a time in seconds"),
    "accepted": (_are_values, "values of an appointment"),
}
