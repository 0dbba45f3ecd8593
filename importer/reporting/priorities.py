"""Which rows want a person, and which of them first."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from importer.model.words import Action, Status
from importer.reporting.results import code_of, status_of
from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.records import ReportRow

# What ``importer retry`` repeats by itself, because a repeat cannot text anybody twice.
REPEATABLE: Final = {"no_clear_answer", "outcome_unknown", "answer_of_another"}


class Group(IntEnum):
    """
    Rows that want a person, the most pressing first.

    ``CANCELS``: cancelled visits whose reminder is on, because the cancellation did not go through, whatever its status,
    or because the sheet says it in a column or a word that is not used. ``DECISIONS``: sent, and only a person can find out what became of them. ``OTHERS``: to be put right.
    ``MISSING``: cancellations of appointments that are missing from a snapshot, which a guard held: they may be on.
    """

    CANCELS = 0
    DECISIONS = 1
    OTHERS = 2
    MISSING = 3


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


def group(row: ReportRow) -> Group:
    """Return the group of a row that wants a person."""
    if not row.number and status_of(row) is Status.HELD:
        return Group.OTHERS if row.is_replaced else Group.MISSING
    if row.is_on and (row.action == Action.CANCEL or any(map(_says_off, row.problems))):
        return Group.CANCELS
    return Group.DECISIONS if wants_decision(row) else Group.OTHERS


def _says_off(problem: Mapping[str, str]) -> bool:
    """Whether a problem is that a row says of its visit that it is cancelled, and nobody said what the word means."""
    code = problem.get("code")
    return code == "status_not_used" or (code == "action_unknown" and "cancel" in folded(problem.get("value", "")))


def rank(row: ReportRow) -> tuple[Group, int]:
    """Return how early a row that wants a person is shown, lowest first. ``KeyError`` for a row that is done."""
    return group(row), RANKS[status_of(row)]


def wants_decision(row: ReportRow) -> bool:
    """Return whether the row's outcome is unknown and a repeat could text somebody twice."""
    return status_of(row) is Status.UNKNOWN and not is_repeatable(row)


def is_repeatable(row: ReportRow) -> bool:
    """Return whether the row's outcome is unknown, and ``importer retry`` may find it out by sending it again."""
    if status_of(row) is not Status.UNKNOWN or row.action == Action.NO_SHOW:
        return False
    return not REPEATABLE.isdisjoint(code_of(row).split())
