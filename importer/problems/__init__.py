"""
The catalogue of problems and warnings: each kind once, as data.

A kind has a code (stable, for programs), a title, a sentence that may quote the value, and a fix. README, page,
reports and a completeness test are made from ``KINDS``. The kinds stand by the stage that finds them: ``cell_kinds``
(reading), ``value_kinds`` and ``time_kinds`` (normalizing), ``row_kinds`` (checking), ``plan_kinds`` (planning),
``guard_kinds`` (guards), ``api_kinds`` (sending).
"""

from importer.problems.catalogue import KINDS, problem, said
from importer.problems.kinds import Kind, Problem, Severity, shown

__all__ = ["KINDS", "Kind", "Problem", "Severity", "problem", "said", "shown"]
