"""
Leading rows through the rooms: the few functions that the command line, a page and a nightly job all call.

``job``        the settings and links to the world of one execution; ``events`` what it tells meanwhile
``judging``    a file's way to judged rows (``naming``, ``selecting``, ``date_orders``); ``heeding`` is the wish to stop
``inspecting`` ``check``: judge only (``spool``)
``reviewing``  ``plan``: judge and decide, send nothing; ``reviewed`` is the plan in a file, ``carrying_out`` sends it
``execution``  ``run``, ``resume``, ``retry``: ``staging`` (``fed_back``, ``describing``) -> ``deciding`` (``missing``,
               ``guarding``) -> ``delivery`` -> ``closing``
``looking``    runs, reports, one appointment's life, a person's decision
``ledgers``    whose the ledger is, asked before it is used; ``lost_ledgers`` one that is gone
``rebuilding`` old reports as the source of a lost ledger

Each function is loaded when it is first asked for: a check needs neither database nor HTTP, and is not kept waiting.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from importer.model.garbage import uncollected

if TYPE_CHECKING:
    from types import ModuleType

    from importer.reporting.plans import PlanResult
    from importer.run.carrying_out import run_plan
    from importer.run.closing import RunResult
    from importer.run.events import Event, Stage
    from importer.run.execution import Question, resume, retry, run
    from importer.run.inspecting import CheckResult, check
    from importer.run.job import Job
    from importer.run.looking import explain, report, resolve, runs
    from importer.run.reviewing import plan

_ROOMS = {
    "CheckResult": "inspecting",
    "Event": "events",
    "Job": "job",
    "PlanResult": "reviewing",
    "Question": "execution",
    "RunResult": "closing",
    "Stage": "events",
    "check": "inspecting",
    "explain": "looking",
    "plan": "reviewing",
    "report": "looking",
    "resolve": "looking",
    "resume": "execution",
    "retry": "execution",
    "run": "execution",
    "run_plan": "carrying_out",
    "runs": "looking",
}

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


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_loaded(f"{__name__}.{_ROOMS[name]}"), name)


def _loaded(module: str) -> ModuleType:
    """Import a module; what it brings stays for good, so the garbage collector need not look through it, now or later."""
    if module in sys.modules:
        return sys.modules[module]
    with uncollected():
        found = import_module(module)
        gc.freeze()
    return found
