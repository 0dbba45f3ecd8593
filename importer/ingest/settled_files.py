"""Files that nobody writes to any more: left alone for a while, or the same after a wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from importer.errors import DropUnreachable, Interrupted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.job import Job
    from importer.ingest.listing import Entry, Listing
    from importer.ingest.places.place import Place
    from importer.ingest.places.place_at import Places
    from importer.model.drops import Drop


def settled(job: Job, listings: Mapping[str, tuple[Drop, Listing]], places: Places) -> dict[str, list[Entry]]:
    """
    Return the files of each drop that may be taken now; the pass waits at most once for the others.

    A file changed a moment ago, or in the future by this clock, must be the same after the wait.

    Raises:
        Interrupted: a signal came meanwhile.
    """
    now = job.now()
    young = {
        name: [entry for entry in listing.entries.values() if not is_old(entry, drop, now)]
        for name, (drop, listing) in listings.items()
    }
    wait(job, max((_left(entry, listings[name][0], now) for name, some in young.items() for entry in some), default=0))
    found: dict[str, list[Entry]] = {}
    for name, (drop, listing) in listings.items():
        again = _listed_again(places.of(drop)) if young[name] and drop.settle_s else listing.entries
        fresh = {entry.name for entry in young[name]}
        found[name] = [
            entry
            for entry in listing.entries.values()
            if entry.name not in fresh or _is_same(entry, again.get(entry.name))
        ]
    return found


def _listed_again(place: Place) -> Mapping[str, Entry]:
    try:
        return place.listing().entries
    except DropUnreachable:
        return {}  # whether its files are the same nobody can tell now


def is_old(entry: Entry, drop: Drop, now: float) -> bool:
    """Whether a file has been left alone long enough."""
    return now - entry.modified >= drop.settle_s if drop.settle_s else True


def _left(entry: Entry, drop: Drop, now: float) -> float:
    return min(max(drop.settle_s - (now - entry.modified), 0), drop.settle_s)


def _is_same(entry: Entry, other: Entry | None) -> bool:
    return other is not None and other.version == entry.version


def wait(job: Job, seconds: float) -> None:
    """
    Wait, and let a signal end it.

    Raises:
        Interrupted: one came, now or before.
    """
    woken = threading.Event()
    with job.stop.heard_by(woken.set):
        if seconds > 0 and not job.stop.raised:
            woken.wait(seconds)
    if job.stop.raised:
        raise Interrupted("Interrupted; nothing was sent.", exit_code=job.stop.exit_code)
