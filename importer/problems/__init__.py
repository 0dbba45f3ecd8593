"""
The catalogue of problems and warnings: each kind once, as data.

A kind has a code (stable, for programs), a title, a sentence that may quote the value, and a fix. README, page,
reports and a completeness test are made from ``KINDS``. The kinds stand by the stage that finds them: ``row_kinds``
(reading, checking and sending), ``value_kinds`` and ``time_kinds`` (normalizing), ``guard_kinds`` (planning and guards).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from importer.problems import guard_kinds, row_kinds, time_kinds, value_kinds
from importer.problems.kinds import Kind, Problem, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.issues import Issue

__all__ = [
    "KINDS",
    "LINE",
    "NOT_IN_A_REPORT",
    "SAYS",
    "Kind",
    "Problem",
    "Severity",
    "is_of_a_line",
    "is_of_a_person",
    "outlasts",
    "problem",
    "said",
    "shown",
]

TABLES = (
    row_kinds.READ,
    value_kinds.KINDS,
    time_kinds.KINDS,
    row_kinds.CHECKED,
    guard_kinds.KINDS,
    row_kinds.SENT,
)
KINDS: dict[str, Kind] = {kind.code: kind for table in TABLES for kind in table}

NOT_IN_A_REPORT: Final = frozenset({
    "told_before", "row_too_short", "row_too_long", "quote_misplaced", "event_repeats", "zone_redefined", "name_repeated",
    "number_inexact", "patient_missing", "patients_several", "record_unreadable", "cell_too_long", "number_damaged", "date_impossible",
    "clock_unsaid", "blocked", "ended_by_earlier_row", "headings_grouped", "headings_change", "half_above_contradicts",
})  # fmt: skip
"""Kinds of problem whose cause a report does not hold: what stands beside the row tells, or a cell as it was in its file."""

LINE: Final = re.compile(r"(?P<place>Row \d{1,7}|Name of the file|The comment): “")
SAYS: Final = re.compile(r"” says that (?P<whom>the appointment|this person|colours)")


def is_of_a_line(sentence: str) -> bool:
    """Whether a sentence tells what a line above its row, the name of the file or a comment says."""
    if "” says that " not in sentence:
        return False
    return any(SAYS.search(sentence, line.end()) for line in LINE.finditer(sentence))


def is_of_a_person(sentence: str) -> bool:
    """Whether a sentence tells that a person left its row out; what ``--only`` left out may go by the next run."""
    return "Left out by " in sentence and ", so the row was not sent." in sentence


_OF_A_LINE: Final = "zone_above_contradicts"


def outlasts(kept: Mapping[str, Any]) -> bool:
    """Whether a problem stands in a report whatever is entered in its row, until its sentence is cleared there."""
    code, message = kept.get("code", ""), kept.get("message", "")
    return code in NOT_IN_A_REPORT or code == _OF_A_LINE or is_of_a_line(message) or is_of_a_person(message)


def problem(code: str, *, field: str = "", value: str = "", detail: str = "", column: int | None = None) -> Problem:
    """Return the problem or warning of this kind as a sentence about one row's value. ``KeyError``: no such kind."""
    found = KINDS[code].about(field=field, value=value, detail=detail)
    return found if column is None else replace(found, column=column)


def said(issue: Issue) -> Problem:
    """Return an issue as its sentence. ``KeyError``: no such kind."""
    return problem(issue.code, field=issue.field, value=issue.value, detail=issue.detail, column=issue.column)
