"""How the reports speak: names and meanings of statuses, numbers, spans of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from importer.errors import EXIT_MEANINGS, Exit
from importer.model.statuses import Status

LABELS: Final[dict[Status, str]] = {
    Status.CREATED: "Created",
    Status.UPDATED: "Updated",
    Status.CANCELLED: "Cancelled",
    Status.NO_SHOW_SENT: "No-show sent",
    Status.UNCHANGED: "Unchanged",
    Status.DUPLICATE: "Duplicate",
    Status.INVALID: "Invalid",
    Status.FAILED: "Failed",
    Status.UNKNOWN: "Unknown",
    Status.NOT_SENT: "Not sent",
    Status.HELD: "Held",
}

MEANINGS: Final[dict[Status, str]] = {
    Status.CREATED: "a new reminder was made",
    Status.UPDATED: "the reminder was changed",
    Status.CANCELLED: "the reminder was cancelled",
    Status.NO_SHOW_SENT: "the no-show was sent",
    Status.UNCHANGED: "already up to date",
    Status.DUPLICATE: "the same as an earlier row",
    Status.INVALID: "something in the row is wrong, it was not sent",
    Status.FAILED: "the API refused it",
    Status.UNKNOWN: "it was sent, but its outcome is not known",
    Status.NOT_SENT: "it was not tried",
    Status.HELD: "on hold until approved",
}


def exit_meaning(code: int | None) -> str:
    """Return what an exit code says, "" for none or one that is not ours."""
    try:
        return EXIT_MEANINGS[Exit(code)] if code is not None else ""
    except ValueError:
        return ""


def number(count: int) -> str:
    """Return a count with thousands marked: ``1,234``."""
    return f"{count:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: ``1 row``, ``1,234 rows``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def span(seconds: float) -> str:
    """Return a length of time for people: ``0.4 s``, ``1 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, small_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            big, small = divmod(whole, size)
            small //= smaller
            return f"{big} {unit} {small} {small_unit}" if small else f"{big} {unit}"
    return f"{whole} s"


def moment(seconds: float) -> str:
    """Return UTC seconds for people: ``4 March 2027, 14:30:05 UTC``."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def visible(text: str) -> str:
    """Return a text with characters that cannot be seen, or that turn its direction, as escapes; line ends are kept."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() or mark == "\n" else repr(mark)[1:-1] for mark in text)
