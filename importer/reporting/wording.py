"""How the reports speak: names, signs and meanings of statuses, numbers, phones, moments and spans of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from importer.errors import EXIT_MEANINGS, Exit
from importer.model.statuses import Action, Status
from importer.model.times import duration_s, zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.records import Change

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


# Missing from the file and only reported; for programs such a row is unchanged.
MISSING: Final = "missing"
# Of statuses and of what a plan would do, the same on every surface; beside a sign there is always its word.
SIGNS: Final[dict[str, str]] = {
    Status.CREATED: "+", Action.CREATE: "+",
    Status.UPDATED: "~", Action.UPDATE: "~",
    Status.CANCELLED: "-", Action.CANCEL: "-",
    Status.NO_SHOW_SENT: "x", Action.NO_SHOW: "x",
    Status.UNCHANGED: "=", Status.DUPLICATE: "=",
    Status.INVALID: "!", Status.FAILED: "!", Status.HELD: "!", Status.NOT_SENT: "!", MISSING: "!",
    Status.UNKNOWN: "?",
}  # fmt: skip


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


def day_and_time(at: datetime, *, year: int | None = None) -> str:
    """Return a local time for people: ``Thu, Apr 8, 2027, 2:00 PM``; without its year where that is ``year``."""
    on = f"{at:%a}, {at:%b} {at.day}" + ("" if at.year == year else f", {at.year}")
    return f"{on}, {clock_time(at)}"


def clock_time(at: datetime) -> str:
    """Return a time of day for people: ``2:00 PM``, with seconds where there are some."""
    seconds = f":{at:%S}" if at.second else ""
    return f"{at.hour % 12 or 12}:{at:%M}{seconds} {'AM' if at.hour < 12 else 'PM'}"


def zone_words(name: str) -> str:
    """Return an IANA zone for people: ``New York time``."""
    place = name.rpartition("/")[2].replace("_", " ")
    return place if place in {"UTC", "GMT"} or "/" not in name else f"{place} time"


def moment(seconds: float, name: str = "") -> str:
    """Return UTC seconds for people in a zone: ``Thu, Mar 4, 2027, 9:30 AM New York time``; without one in UTC."""
    at = datetime.fromtimestamp(seconds, zone(name) if name else UTC).replace(second=0)
    return f"{day_and_time(at)} {zone_words(name) if name else 'UTC'}"


_NANP_DIGITS: Final = 10


def phone_words(phone: str) -> str:
    """Return a phone as it is sent for people: ``(718) 555-0140``; one of another country as it is."""
    digits = phone.removeprefix("+1")
    if len(digits) != _NANP_DIGITS or not digits.isascii() or not digits.isdigit():
        return phone
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


OFFSETS: Final = {"remindTimeOffset": "before", "followUpTimeOffset": "after"}


def change_words(change: Change, *, year: int | None = None) -> tuple[str, str]:
    """Return old and new in words; of a start that stays on its day the new one is a time."""
    if change.field in OFFSETS:
        before, after = (duration_words(each, OFFSETS[change.field]) for each in (change.before, change.after))
        return before, after
    was, becomes = _local(change.before), _local(change.after)
    same_day = was is not None and becomes is not None and was.date() == becomes.date()
    after = clock_time(becomes) if same_day and becomes is not None else in_words(change.after, year=year)
    return in_words(change.before, year=year), after


def in_words(value: Any, *, year: int | None = None) -> str:
    """Return a value in words: a local start as ``Mon, Mar 8, 2027, 9:00 AM``, other values as they are sent."""
    at = _local(value)
    return day_and_time(at, year=year) if at is not None else plain(value)


def duration_words(value: Any, relation: str) -> str:
    """Return a duration for people: ``24 hours before``; what is none as ``plain`` tells it."""
    seconds = duration_s(value) if isinstance(value, str) else None
    if not seconds:
        return plain(value)
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [counted(count, unit) for count, unit in ((hours, "hour"), (minutes, "minute"), (rest, "second")) if count]
    return f"{' '.join(parts)} {relation}"


def plain(value: Any) -> str:
    """Return a value of a body as text: ``not known`` for none, an appointment type by its uuid."""
    if value is None:
        return "not known"
    if isinstance(value, dict):
        return str(value.get("uuid", value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "blank"


def _local(value: Any) -> datetime | None:
    """Return a local start, None for what is no such text."""
    if not isinstance(value, str) or len(value) != len("2027-03-08T09:00:00") or value[10] != "T":
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def visible(text: str) -> str:
    """Return a text with characters that cannot be seen, or that turn its direction, as escapes; line ends are kept."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() or mark == "\n" else repr(mark)[1:-1] for mark in text)


SAME: Final = "duplicate_of_row"


OTHER: Final = "rows_contradict"


def without_rows(files: Mapping[str, int]) -> str:
    """Return which files (name -> rows) have headings and no rows, and what to do; "" where each has rows."""
    names = [visible(name) for name, rows in files.items() if not rows]
    if not names:
        return ""
    if len(names) == 1:
        return f"{names[0]} has headings, but no rows below them. If it should have rows, export it again."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} have headings, but no rows below them. If they should have rows, export them again."


def advice(shared_rows: Mapping[str, int]) -> str:
    """Return what to do where files of two nights were given to one run; "" where no row stands in two files."""
    same, other = shared_rows.get(SAME, 0), shared_rows.get(OTHER, 0)
    if not same + other:
        return ""
    parts = [f"{number(same)} with the same values"] if same else []
    parts += [f"{number(other)} with other values"] if other else []
    rows = counted(same + other, "row names an appointment", "rows name appointments")
    return (
        f"{rows} that another of these files has too ({' and '.join(parts)}). "
        "If they are exports of different days, run them one by one, the oldest first."
    )


def by_ledger_sentence(count: int) -> str:
    """Return how a count of rows to fix differs from that of a check, "" where it does not."""
    if not count:
        return ""
    was = "row to fix was" if count == 1 else "rows to fix were"
    return f"{number(count)} {was} found by comparing with the ledger, which importer check does not read."


def as_typed(path: str) -> str:
    """Return a path as a command takes it; one that begins with a dash would be taken for an option."""
    return f"./{path}" if path.startswith("-") and path != "-" else path
