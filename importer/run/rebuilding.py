"""
Old reports as the source of a lost ledger: each row of a ``results.csv``, read and checked again.

What a report says of itself stands in its ``result_*`` columns; what was sent is worked out from the person's own
columns, so the same profile is wanted as when the report was made.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from importer.checking import stage
from importer.errors import FileRefused
from importer.ledger.export_lines import is_name
from importer.model.records import OldResult
from importer.model.rehearsals import is_rehearsal
from importer.model.words import Action, Status
from importer.run.fed_back import seconds
from importer.run.judging import judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns import Matching
    from importer.model.records import StagedRow
    from importer.model.sheets import Checked
    from importer.run.job import Job

NEEDED: Final = (
    "result_run",
    "result_action",
    "result_status",
    "result_uuid",
    "result_external_event_id",
    "result_time",
)
_RUN: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9A-Za-z]{1,40}")
_STATUSES: Final = {status.value: status for status in Status}
_ACTIONS: Final = {action.value: action for action in Action}


def old_results(job: Job, paths: Sequence[str]) -> Iterator[OldResult]:
    """
    Yield what these reports tell, the oldest report first; rows without a status of ours are passed over.

    Raises:
        FileRefused: a file cannot be read, or is no report.
    """
    for path in sorted(paths, key=lambda path: first_run(job, path)):
        with judged(job, path, with_missing=True) as found:
            refuse_others(found.matching, path)
            for checked in found.chunks:
                yield from of_chunk(checked, found.matching)


def first_run(job: Job, path: str) -> str:
    """Return the run that a report is of; run ids sort by time."""
    with judged(job, path, with_missing=True) as found:
        refuse_others(found.matching, path)
        for checked in found.chunks:
            return str(told(checked, found.matching, "result_run")[0])
    return ""


def refuse_others(matching: Matching, path: str) -> None:
    """Raise ``FileRefused`` for a sheet that is no report of ours."""
    if not set(NEEDED) <= matching.results.keys():
        raise FileRefused(
            f"{path} is no report of a run: it has no result columns.",
            code="not_a_report",
            fix="Name the results.csv or results.xlsx of earlier runs.",
        )


def of_chunk(checked: Checked, matching: Matching) -> Iterator[OldResult]:
    """Yield the results of one chunk."""
    columns = [runs_of(checked, matching), *(told(checked, matching, name) for name in NEEDED[1:])]
    refuse_odd(checked, columns)
    for row, (run, action, status, uuid, name, time) in zip(stage(checked), zip(*columns, strict=True), strict=True):
        # What is only reported of a missing appointment, in no row of a sheet, tells nothing new of it.
        is_new = row.phone or row.uuid or status != Status.UNCHANGED
        if status in _STATUSES and action in _ACTIONS and is_new:
            yield result(row, run, _ACTIONS[action], _STATUSES[status], uuid, name, seconds(time))


def refuse_odd(checked: Checked, columns: Sequence[Sequence[str]]) -> None:
    """
    Raise ``FileRefused`` for a row whose results no run of ours wrote; nothing of it is quoted.

    What is taken in is shown and compared for years, and by its uuids calls are sent.
    """
    for number, (run, _, status, uuid, name, _) in zip(
        checked.chunk.frame.index, zip(*columns, strict=True), strict=True
    ):
        if status not in _STATUSES:
            continue
        rules = (
            ("result_run", _RUN.fullmatch(run) is not None),
            ("result_uuid", not uuid or is_name(uuid)),
            ("result_external_event_id", not name or is_name(name)),
        )
        wrong = next((column for column, is_right in rules if not is_right), None)
        if wrong is not None:
            raise FileRefused(
                f"Row {number}: {wrong} holds something that no run wrote. Nothing was taken in.",
                code="report_changed",
                fix="Name the results.csv as the run wrote it.",
            )


def runs_of(checked: Checked, matching: Matching) -> list[str]:
    """Return the run of each row. ``FileRefused``: it was a rehearsal, whose uuids the API does not know."""
    found = told(checked, matching, "result_run")
    if any(map(is_rehearsal, found)):
        raise FileRefused(
            "The report is of a rehearsal: nothing of it was sent, and its uuids are made up.",
            code="report_of_a_rehearsal",
            fix="Name the results.csv of real runs.",
        )
    return found


def told(checked: Checked, matching: Matching, column: str) -> list[str]:
    """Return one result column as typed."""
    return list(checked.chunk.frame.iloc[:, matching.results[column]])


def result(row: StagedRow, run: str, action: Action, status: Status, uuid: str, name: str, at: float) -> OldResult:  # noqa: PLR0913, PLR0917 - a row's columns
    """Return one row's result; the id that was derived for a row without one stands in the report."""
    told = OldResult(
        status=status,
        action=action,
        phone=row.phone,
        external_event_id=name or row.external_event_id,
        uuid=uuid or None,
        payload=row.payload,
        starts_at=row.starts_at,
        run=run,
        at=at,
    )
    return told if told.is_create else replace(told, payload=own_values(row))


def own_values(row: StagedRow) -> bytes:
    """Return what the row itself gives; what the profile filled in was sent by a create only."""
    values = orjson.loads(row.payload)
    given = {name: value for name, value in values.items() if name not in row.defaulted}
    if "metadata" in given:
        given["metadata"] = {
            name: value for name, value in given["metadata"].items() if f"metadata.{name}" not in row.defaulted
        }
    return orjson.dumps(given)
