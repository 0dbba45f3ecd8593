"""
The catalogue of problems and warnings: each kind once, as data.

A kind has a code (stable, for programs), a title, a sentence that may quote the value, and a fix. README, page,
reports and a completeness test are made from ``KINDS``. The kinds stand by the stage that finds them: ``row_kinds``
(reading, checking and sending), ``value_kinds`` and ``time_kinds`` (normalizing), ``guard_kinds`` (planning and guards).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.problems import guard_kinds, row_kinds, time_kinds, value_kinds
from importer.problems.kinds import Kind, Problem, Severity, shown

if TYPE_CHECKING:
    from importer.model.issues import Issue

__all__ = ["KINDS", "Kind", "Problem", "Severity", "problem", "said", "shown"]

TABLES = (
    row_kinds.READ,
    value_kinds.KINDS,
    time_kinds.KINDS,
    row_kinds.CHECKED,
    guard_kinds.KINDS,
    row_kinds.SENT,
)
KINDS: dict[str, Kind] = {kind.code: kind for table in TABLES for kind in table}


def problem(code: str, *, field: str = "", value: str = "", detail: str = "", column: int | None = None) -> Problem:
    """Return the problem or warning of this kind as a sentence about one row's value. ``KeyError``: no such kind."""
    found = KINDS[code].about(field=field, value=value, detail=detail)
    return found if column is None else replace(found, column=column)


def said(issue: Issue) -> Problem:
    """Return an issue as its sentence. ``KeyError``: no such kind."""
    return problem(issue.code, field=issue.field, value=issue.value, detail=issue.detail, column=issue.column)
