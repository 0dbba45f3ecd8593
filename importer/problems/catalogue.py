"""All kinds of problem and warning, by code, and an issue told as a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.problems import api_kinds, cell_kinds, guard_kinds, plan_kinds, row_kinds, time_kinds, value_kinds

if TYPE_CHECKING:
    from importer.model.issues import Issue
    from importer.problems.kinds import Kind, Problem

KINDS: dict[str, Kind] = {
    kind.code: kind
    for stage in (cell_kinds, value_kinds, time_kinds, row_kinds, plan_kinds, guard_kinds, api_kinds)
    for kind in stage.KINDS
}


def problem(code: str, *, field: str = "", value: str = "", detail: str = "", column: int | None = None) -> Problem:
    """Return the problem or warning of this kind as a sentence about one row's value. ``KeyError``: no such kind."""
    found = KINDS[code].about(field=field, value=value, detail=detail)
    return found if column is None else replace(found, column=column)


def said(issue: Issue) -> Problem:
    """Return an issue as its sentence. ``KeyError``: no such kind."""
    return problem(issue.code, field=issue.field, value=issue.value, detail=issue.detail, column=issue.column)
