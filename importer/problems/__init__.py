"""
The catalogue of problems and warnings: each kind once, as data.

A kind has a code (stable, for programs), a title, a sentence that may quote the value, and a fix. README, page,
reports and a completeness test are made from ``KINDS``. The kinds stand by the stage that finds them: ``cells``
(reading), ``values`` and ``ambiguity_kinds`` (normalizing), ``rules`` (checking), ``plans`` (planning), ``guards`` (the run), ``holds`` (guarding), ``answers`` (sending).
"""

from __future__ import annotations

from dataclasses import replace

from importer.problems import api_kinds, cell_kinds, guard_kinds, plan_kinds, row_kinds, time_kinds, value_kinds
from importer.problems.kinds import Kind, Problem, Severity, shown

__all__ = ["KINDS", "Kind", "Problem", "Severity", "problem", "shown"]

KINDS: dict[str, Kind] = {
    kind.code: kind
    for stage in (cell_kinds, value_kinds, time_kinds, row_kinds, plan_kinds, guard_kinds, api_kinds)
    for kind in stage.KINDS
}


def problem(code: str, *, field: str = "", value: str = "", detail: str = "", column: int | None = None) -> Problem:
    """Return the problem or warning of this kind as a sentence about one row's value. ``KeyError``: no such kind."""
    said = KINDS[code].about(field=field, value=value, detail=detail)
    return said if column is None else replace(said, column=column)
