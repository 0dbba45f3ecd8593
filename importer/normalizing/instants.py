"""What a zone's clocks show at an instant, for starts that state their UTC offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from importer.model.times import zone


def shown_in(name: str, clock: datetime, offset: timedelta) -> str:
    """
    Return what the clocks of a zone show when those at ``offset`` from UTC show ``clock``, as ``YYYY-MM-DDTHH:MM:SS``.

    Raises:
        KeyError: no such zone.
        OverflowError: the moment lies outside the years 1 to 9999.

    """
    moment = clock.replace(tzinfo=UTC) - offset
    return moment.astimezone(zone(name)).replace(tzinfo=None).isoformat()
