"""
Imports of the page in a purge: what they hold of sheets goes, and that they were there, their state and their counts stay.

An import that was sent goes with its run; one that was not, once nobody has touched it since. Its copy on the disk belongs to
no import any more thereby, so whoever removes files finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from importer.ledger.page.import_tables import imports
from importer.ledger.page.import_values import ImportState
from importer.ledger.tables import runs

if TYPE_CHECKING:
    from collections.abc import Iterable

SPARED: Final = (
    ImportState.UPLOADED, ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING, ImportState.INTERRUPTED,
)  # fmt: skip
"""States of imports with which something is going on."""

PURGED: Final = "purged"
"""The member of a purged import's facts and result that says so."""

_KEPT_FACTS: Final = ("rows", "columns")
_KEPT_RESULT: Final = (
    "tone", "headline", "more", "totals", "rows", "calls", "attempts", "started_at", "finished_at", "zone", "exit_code",
)  # fmt: skip
_GONE: Final = "The personal data of this import was removed (importer ledger purge)."


def old_imports(before: float, also: Iterable[str] = ()) -> ColumnElement[bool]:
    """
    Return the condition of imports that a purge takes data from.

    ``before``: UTC seconds. ``also``: ids of runs that count as purged already.
    """
    purged = select(runs.c.id).where(runs.c.purged_at.is_not(None))
    went = or_(imports.c.run.is_(None), imports.c.run.in_(purged), imports.c.run.in_(list(also)))
    quiet = imports.c.state.not_in([state.value for state in SPARED])
    return quiet & went & (imports.c.changed_at < before) & (imports.c.purged_at.is_(None))


def count_imports(connection: Connection, before: float, also: Iterable[str]) -> int:
    """Return how many imports a purge would take data from."""
    query = select(func.count()).select_from(imports).where(old_imports(before, also))
    return int(connection.execute(query).scalar_one())


def purge_imports(connection: Connection, before: float, *, at: float) -> None:
    """Take what imports hold of sheets out of them; those that were not sent are forgotten."""
    for one in connection.execute(select(imports).where(old_imports(before))).all():
        facts, result = orjson.loads(one.facts), orjson.loads(one.result)
        changed = {
            "copy": "",
            "options": b"{}",
            "facts": orjson.dumps({name: facts[name] for name in _KEPT_FACTS if name in facts} | {PURGED: True}),
            "result": orjson.dumps({name: result[name] for name in _KEPT_RESULT if name in result}),
            "problem": _GONE,
            "fix": "",
            "purged_at": at,
            "version": one.version + 1,
        }
        if one.run is None:
            changed |= {"state": ImportState.FORGOTTEN.value, "draft": None}
        connection.execute(update(imports).where(imports.c.id == one.id).values(changed))
