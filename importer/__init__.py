"""
The appointment importer: a spreadsheet of appointments in, calls to the Appointment Reminders API out.

The path of a row, one room a step::

    reading -> columns -> normalizing -> checking -> [ledger: staged] -> planning
            -> sending -> [ledger: settled] -> reporting -> writing

``model`` and ``problems`` hold the words that all rooms share, ``errors`` what stops a run. The doors to the
outside, one room each: ``reading`` (spreadsheets), ``settings``, ``api`` (HTTP), ``ledger`` (database),
``writing`` (report files), ``cli`` (terminal). ``commands`` leads a row through all of them.

For programs: ``check``, ``plan``, ``keep``, ``edit``, ``send``, ``run``, ``resume``, ``retry``, ``report`` and ``explain``, see ``importer.library``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importer.library import Result, check, edit, explain, keep, plan, report, resume, retry, run, send

__version__ = "1.1.0"

__all__ = [
    "Result",
    "__version__",
    "check",
    "edit",
    "explain",
    "keep",
    "plan",
    "report",
    "resume",
    "retry",
    "run",
    "send",
]


def __getattr__(name: str) -> Any:
    # The functions bring settings and reports along; who imports a single room, as the child process does, pays nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importer import library

    return getattr(library, name)
