"""The exit code of a finished run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Exit
from importer.model.words import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

SOME_ROWS = (Status.INVALID, Status.FAILED, Status.NOT_SENT)


def exit_code(totals: Mapping[Status, int], stop: Exit | None = None, *, held: bool = False) -> Exit:
    """
    Return the exit code for what became of the rows.

    ``stop``: why sending ended before its time (STOPPED, AUTHENTICATION, HELD, INTERRUPTED, TERMINATED), None when it
    did not; it wins. Then unknown outcomes, then held rows, then rows that are invalid, failed or were never sent.
    ``held``: a guard holds the run, also where it found no call to hold.
    """
    if stop is not None and stop is not Exit.DONE:
        return stop
    if totals.get(Status.UNKNOWN, 0):
        return Exit.UNKNOWN_OUTCOMES
    if held or totals.get(Status.HELD, 0):
        return Exit.HELD
    if any(totals.get(status, 0) for status in SOME_ROWS):
        return Exit.SOME_ROWS_FAILED
    return Exit.DONE
