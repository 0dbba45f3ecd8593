"""Runs of a rehearsal: told by their id, so that nothing that they report is ever taken for something that was sent."""

from __future__ import annotations

from typing import Final

MARK: Final = "rehearsal"


def is_rehearsal(run_id: str) -> bool:
    """Whether a run's id, or what stands in a report as one, is that of a rehearsal."""
    return run_id.rpartition("-")[2].startswith(MARK)
