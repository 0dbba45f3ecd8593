"""A ledger that is not there although reports tell of runs that it should know: its appointments must not be booked again."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

import orjson

from importer.errors import LedgerError
from importer.ledger.opening import place_of

if TYPE_CHECKING:
    from pathlib import Path

SUMMARY: Final = "summary.json"
LONGEST_BYTES: Final = 4 * 1024 * 1024


def refuse_if_lost(ledger_url: str, reports: Path) -> None:
    """
    Raise ``LedgerError`` if a run's report in the folder names this place as its ledger.

    ``reports``: the folder with a folder for each run; what is no report of ours is passed over.
    """
    place = place_of(ledger_url)
    for folder in sorted(_folders(reports), reverse=True):
        if ledger_of(folder / SUMMARY) == place:
            raise LedgerError(
                f"There is no ledger at {place}, but the report of run {folder.name} says that it was there. "
                "Nothing was sent: without it every appointment would be booked again.",
                fix=f"Bring the ledger back, or rebuild it: importer ledger import {reports}/*/results.csv. "
                "To begin an empty one all the same, add --new-ledger.",
            )


def ledger_of(summary: Path) -> str | None:
    """Return the place of the ledger that a ``summary.json`` names, None where it names none or is none of ours."""
    try:
        descriptor = os.open(summary, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        text = file.read(LONGEST_BYTES)
    try:
        found = orjson.loads(text)["ledger"]["place"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _folders(reports: Path) -> list[Path]:
    try:
        return [path for path in reports.iterdir() if path.is_dir()]
    except OSError:
        return []
