"""What the result columns say of one row."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.model.words import RowState, Status

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
