"""
Leading rows through the rooms: the few functions that the command line, a page and a nightly job all call.

``job``        the settings and links to the world of one execution; ``events`` what it tells meanwhile
``judging``    a file's way to judged rows (``selecting``, ``date_orders``)
``check``      judge only (``spool``)
``plan``       judge and decide, send nothing (``plan_file``); ``plan_run`` sends exactly a reviewed plan
``execution``  ``run``, ``resume``, ``retry``: ``staging`` -> ``deciding`` -> ``delivery`` -> ``closing``
``looking``    runs, reports, one appointment's life, a person's decision
"""

from __future__ import annotations

from importer.run.check import CheckResult, check
from importer.run.closing import RunResult
from importer.run.events import Event, Stage
from importer.run.execution import Question, resume, retry, run
from importer.run.job import Job
from importer.run.looking import explain, report, resolve, runs
from importer.run.plan import PlanResult, plan
from importer.run.plan_run import run_plan

__all__ = [
    "CheckResult",
    "Event",
    "Job",
    "PlanResult",
    "Question",
    "RunResult",
    "Stage",
    "check",
    "explain",
    "plan",
    "report",
    "resolve",
    "resume",
    "retry",
    "run",
    "run_plan",
    "runs",
]
