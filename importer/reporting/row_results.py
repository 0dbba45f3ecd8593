"""What a report says of one row: its result columns, the cells at fault, and which rows need attention first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from importer.model.statuses import RESULT_COLUMNS, Action, RowState, Status
from importer.problems.cell_places import position_of
from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.records import ReportRow


def status_of(row: ReportRow) -> Status:
    """
    Return the row's one status.

    A row that the run left unsettled is ``unknown`` when its request may be on its way, otherwise ``not_sent``.
    """
    if row.status is not None:
        return row.status
    return Status.UNKNOWN if row.state is RowState.SENDING else Status.NOT_SENT


def result_cells(run_id: str, row: ReportRow) -> tuple[str, ...]:
    """Return the texts of the fifteen result columns, in the order of ``RESULT_COLUMNS``; not yet guarded."""
    return (
        run_id,
        row.file.name,
        row.file.sheet or "",
        str(row.number) if row.number else "",
        row.action,
        status_of(row).value,
        row.uuid or "",
        row.external_event_id or "",
        "" if row.http_status is None else str(row.http_status),
        code_of(row),
        joined(row.problems, "message"),
        joined(row.problems, "fix"),
        joined(row.warnings, "message"),
        str(len(row.attempts)),
        "" if row.settled_at is None else utc_text(row.settled_at),
    )


# In a workbook what a person needs comes first; results.csv keeps the order of RESULT_COLUMNS.
FOR_PEOPLE: Final = ("result_status", "result_problem", "result_fix", "result_warnings")
WORKBOOK_COLUMNS: Final = (*FOR_PEOPLE, *(name for name in RESULT_COLUMNS if name not in FOR_PEOPLE))
_ORDER: Final = tuple(map(RESULT_COLUMNS.index, WORKBOOK_COLUMNS))


def workbook_cells(run_id: str, row: ReportRow) -> tuple[str, ...]:
    """Return the texts of the result columns in the order of ``WORKBOOK_COLUMNS``; not yet guarded."""
    cells = result_cells(run_id, row)
    return tuple([cells[place] for place in _ORDER])


def code_of(row: ReportRow) -> str:
    """Return the codes of the row's problems, each once, blanks between; without problems the code of its outcome."""
    if not row.problems:
        return row.code
    return " ".join(dict.fromkeys(problem.get("code", "") for problem in row.problems))


def joined(notes: Sequence[Mapping[str, str]], member: str) -> str:
    """Return one member of several problems or warnings as text: each sentence once, blanks between."""
    if not notes:
        return ""
    return " ".join(dict.fromkeys(text for note in notes if (text := note.get(member, ""))))


def utc_text(seconds: float) -> str:
    """Return UTC seconds as ``2027-03-04T14:30:00Z``; parts of a second are cut off."""
    return _second_text(math.floor(seconds))


# A run settles hundreds of rows in the same second.
@lru_cache(maxsize=1024)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem or warning and the position of its cell in the row, None where no one cell is to blame."""

    position: int | None
    note: Mapping[str, Any]
    is_warning: bool


def faults(row: ReportRow) -> list[Fault]:
    """Return the row's problems, then its warnings, each with its cell."""
    return [
        Fault(position_of(note, row.file, row.cells), note, is_warning)
        for notes, is_warning in ((row.problems, False), (row.warnings, True))
        for note in notes
    ]


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
