"""
Whether an answer is about what was sent. Pure.

The API promises one reminder for a subscriber and an external event id, but does not say what a create answers when
there is one already. So the answer is read closely: another phone or number means somebody else's record, other
values an older record of the same appointment. What the answer leaves out proves nothing.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model import times
from schemas.fields import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    Same = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]

_FEWEST_DIGITS: Final = 7


def is_same(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether the answer shows every sent field with the very value that was sent, as it mostly does."""
    return sent.items() <= answer.items()


def is_of_another(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether the answer names another phone or another external event id than the create did."""
    return _is_other_phone(sent.get("phone"), answer.get("phone")) or _is_other_text(
        sent.get("externalEventId"), answer.get("externalEventId")
    )


def differing(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[str, ...]:
    """
    Return the sent fields of which the answer shows another value, in the order of the body.

    A field that the answer leaves out counts as the same, one that it shows as null as different. Spellings of the
    same value are the same: ``PT60M`` and ``PT1H``, ``16:50`` and ``16:50:00``, ``US/Eastern`` and its new name.
    """
    return tuple(
        field for field, compare in _SAME.items() if _is_told(sent, answer, field) and not compare(sent, answer)
    )


def _is_told(sent: Mapping[str, Any], answer: Mapping[str, Any], field: str) -> bool:
    """Whether the answer says something about a field that was sent, and not just the same."""
    value = sent.get(field)
    return value is not None and value != "" and field in answer and answer[field] != value


def _is_other_phone(sent: Any, answered: Any) -> bool:
    if sent == answered:
        return False
    ours, theirs = _digits(sent), _digits(answered)
    if len(ours) < _FEWEST_DIGITS or len(theirs) < _FEWEST_DIGITS:
        return False  # masked, or not there: it says nothing
    return not (ours.endswith(theirs) or theirs.endswith(ours))


def _digits(phone: Any) -> str:
    if isinstance(phone, bool) or not isinstance(phone, (str, int)):
        return ""
    return "".join(mark for mark in str(phone) if mark.isdecimal()).lstrip("0")


def _is_other_text(sent: Any, answered: Any) -> bool:
    if answered is None or isinstance(answered, (bool, dict, list)) or sent is None:
        return False
    return str(sent).strip() != str(answered).strip()


def _same_text(field: str) -> Same:
    return lambda sent, answer: _folded(sent[field]) == _folded(answer[field])


def _folded(value: Any) -> str:
    return unicodedata.normalize("NFC", str(value)).strip().casefold()


def _same_duration(field: str) -> Same:
    return lambda sent, answer: _seconds(sent[field]) == _seconds(answer[field])


def _seconds(value: Any) -> Any:
    seconds = times.duration_s(value.strip().upper()) if isinstance(value, str) else None
    return value if seconds is None else seconds


def _same_start(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    ours, theirs = _moment(sent["eventDateTime"]), _moment(answer["eventDateTime"])
    if ours is None or theirs is None:
        return bool(sent["eventDateTime"] == answer["eventDateTime"])
    if theirs.tzinfo is None:
        return ours == theirs
    zone = _zone(sent.get("subscriberTimeZone")) or _zone(answer.get("subscriberTimeZone"))
    # Without a zone an instant cannot be told from a local time with a stray offset.
    return theirs.replace(tzinfo=None) == ours or (zone is not None and theirs == ours.replace(tzinfo=zone))


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(microsecond=0) if moment else None


def _same_zone(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    ours, theirs = sent["subscriberTimeZone"], answer["subscriberTimeZone"]
    if _folded(ours) == _folded(theirs):
        return True
    one, other = _zone(ours), _zone(theirs)
    if one is None or other is None:
        return False
    days = [datetime(2027, month, 1) for month in range(1, 13)]  # noqa: DTZ001 - local times in both zones
    return all(one.utcoffset(day) == other.utcoffset(day) for day in days)


def _zone(name: Any) -> ZoneInfo | None:
    try:
        return times.zone(name) if isinstance(name, str) and name else None
    except (ValueError, OSError, KeyError):
        return None


def _same_type(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    return _folded(_type_uuid(sent["eventType"])) == _folded(_type_uuid(answer["eventType"]))


def _type_uuid(value: Any) -> Any:
    return value.get("uuid") if isinstance(value, dict) else value


def _same_metadata(sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    ours, theirs = _object(sent["metadata"]), _object(answer["metadata"])
    return all(key in theirs and _folded(theirs[key]) == _folded(value) for key, value in ours.items())


def _object(value: Any) -> Mapping[str, Any]:
    """Return metadata as an object; the document types it as a string, so a string of JSON is read too."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}


_SAME: Final[dict[str, Same]] = {
    **{name: _same_text(name) for name in (*TEXTS, "emailAddress")},
    "eventType": _same_type,
    "remindTimeOffset": _same_duration("remindTimeOffset"),
    "followUpTimeOffset": _same_duration("followUpTimeOffset"),
    "eventDateTime": _same_start,
    "subscriberTimeZone": _same_zone,
    "metadata": _same_metadata,
}
