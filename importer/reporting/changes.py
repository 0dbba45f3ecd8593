"""Values and changes of an appointment, as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.reporting.headings import field_title

if TYPE_CHECKING:
    from importer.model.calls import Change

START = "eventDateTime"


def told(change: Change) -> str:
    """Return a change on one line: ``Appointment start: 2027-03-08 09:00 -> 11:30``."""
    before, after = short(change.before), short(change.after)
    if change.field == START and before[:11] == after[:11]:
        after = after[11:]
    return f"{field_title(change.field)}: {before} -> {after}"


def short(value: Any) -> str:
    """Return a value in few characters: a local start as ``2027-03-08 09:00``, other values as they are sent."""
    at = _local(value)
    if at is not None:
        return f"{at:%Y-%m-%d} {_clock(at)}"
    return plain(value)


def in_words(value: Any) -> str:
    """Return a value in words: a local start as ``Mon 8 March 2027, 09:00``, other values as they are sent."""
    at = _local(value)
    if at is not None:
        return f"{at:%a} {at.day} {at:%B %Y}, {_clock(at)}"
    return plain(value)


def plain(value: Any) -> str:
    """Return a value of a body as text: ``not known`` for none, an appointment type by its uuid."""
    if value is None:
        return "not known"
    if isinstance(value, dict):
        return str(value.get("uuid", value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "blank"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _local(value: Any) -> datetime | None:
    """Return a local start, None for what is no such text."""
    if not isinstance(value, str) or len(value) != len("2027-03-08T09:00:00") or value[10] != "T":
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
