"""Files that are due: whether one has come since the one before was due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from importer.model import times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.drops import Drop, Expected

LOOKED_BACK_DAYS: Final = 400
"""So far back a due day is looked for; a drop that expects nothing for a year expects nothing."""


def missing_sentence(drop: Drop, last_taken: float | None, now: float) -> str:
    """
    Return what is said of a file that is missing, "" if none is.

    A file is due on the expected days until the time of day ``by``, in the drop's zone. A file counts for the moment that
    it is nearest to, so one that is late does not stand for the next one, too. ``last_taken`` and ``now``: UTC seconds.
    """
    if drop.expected is None:
        return ""
    due = list(_latest(drop.expected, now))
    if not due or (last_taken is not None and (len(due) == 1 or last_taken > _between(*due))):
        return ""
    wanted = f"{due[0]:%A %Y-%m-%d %H:%M} ({drop.expected.zone})"
    since = "No file has ever come" if last_taken is None else f"The last file came {_utc(last_taken)}"
    return f"{drop.name}: the file due by {wanted} is missing. {since}."


def _between(due: datetime, before: datetime) -> float:
    return (due.timestamp() + before.timestamp()) / 2


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


def _latest(expected: Expected, now: float) -> Iterator[datetime]:
    """Yield the last moment at which a file was due, and the one before."""
    zone = times.zone(expected.zone)
    today = datetime.fromtimestamp(now, zone).date()
    found = 0
    for back in range(LOOKED_BACK_DAYS):
        day = today - timedelta(days=back)
        if day.weekday() not in expected.days or day in expected.holidays:
            continue
        moment = datetime.combine(day, expected.by, zone)
        if moment.timestamp() <= now:
            yield moment
            found += 1
        if found == 2:
            return
