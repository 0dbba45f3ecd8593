"""Exit codes from what became of the rows."""

from __future__ import annotations

import pytest

from importer.errors import Exit
from importer.model.statuses import DONE, Status
from importer.reporting.run_report import exit_code


@pytest.mark.parametrize(
    ("totals", "stop", "code"),
    [
        ({}, None, Exit.DONE),
        (dict.fromkeys(DONE, 2), None, Exit.DONE),
        ({Status.INVALID: 1}, None, Exit.SOME_ROWS_FAILED),
        ({Status.FAILED: 1}, None, Exit.SOME_ROWS_FAILED),
        ({Status.NOT_SENT: 1}, None, Exit.SOME_ROWS_FAILED),
        ({Status.UNKNOWN: 1, Status.FAILED: 9}, None, Exit.UNKNOWN_OUTCOMES),
        ({Status.HELD: 1, Status.INVALID: 1}, None, Exit.HELD),
        ({Status.UNKNOWN: 1}, Exit.AUTHENTICATION, Exit.AUTHENTICATION),
        ({Status.NOT_SENT: 5}, Exit.STOPPED, Exit.STOPPED),
        ({Status.CREATED: 5}, Exit.INTERRUPTED, Exit.INTERRUPTED),
        ({Status.FAILED: 5}, Exit.DONE, Exit.SOME_ROWS_FAILED),
    ],
)
def test_exit_code(totals: dict[Status, int], stop: Exit | None, code: Exit) -> None:
    """A stop wins, then unknown outcomes, then a guard, then rows that did not go through."""
    assert exit_code(totals, stop) is code


@pytest.mark.parametrize("status", list(Status))
def test_only_done_rows_alone_exit_0(status: Status) -> None:
    """Exit 0 says that nothing is left to do, and nothing else says so."""
    assert (exit_code({status: 1}) is Exit.DONE) == status.done
