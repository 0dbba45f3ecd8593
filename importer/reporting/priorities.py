"""Which rows want a person, and which of them first."""

from __future__ import annotations

from typing import Final

from importer.model.records import ReportRow
from importer.model.words import Action, Status
from importer.reporting.results import status_of

# A cancel that did not go through comes first whatever its status: a patient would be reminded of a visit that is off.
CANCELS_FIRST: Final = 0

RANKS: Final[dict[Status, int]] = {
    Status.UNKNOWN: 1,
    Status.FAILED: 2,
    Status.INVALID: 3,
    Status.HELD: 4,
    Status.NOT_SENT: 5,
}


def wants_person(row: ReportRow) -> bool:
    """Return whether the row is not done: invalid, failed, unknown, not sent or held."""
    return not status_of(row).done


def rank(row: ReportRow) -> int:
    """Return how early a row that wants a person is shown, 0 first. ``KeyError`` for a row that is done."""
    place = RANKS[status_of(row)]
    return CANCELS_FIRST if row.action == Action.CANCEL else place
