"""``summary.json``: the facts of a run for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from importer.model.rehearsals import is_rehearsal
from importer.reporting.results import utc_text

if TYPE_CHECKING:
    from importer.model.records import RunRecord
    from importer.reporting.report import Report

SCHEMA: Final = 1


def summary(report: Report) -> dict[str, Any]:
    """
    Return the documented object. Times are UTC texts, ``finished_at`` is null while the run is not finished.

    Where appointments are missing from a snapshot, ``missing`` says how many of the rows stand for them, in no sheet.
    Where a guard spoke, ``holds`` says why. ``rehearsal``: nothing of it was sent. ``ledger``: its ``id`` and ``place``; it stands in the summary of every run.
    """
    run = report.run
    missing = {"missing": report.missing_count} if report.missing_count else {}
    return {
        "schema": SCHEMA,
        "run": run.id,
        "files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in report.files],
        "totals": {status.value: count for status, count in report.totals.items()},
        "rows": report.row_count,
        **missing,
        "calls": report.calls,
        "attempts": report.attempts,
        "started_at": utc_text(run.started_at),
        "finished_at": None if run.finished_at is None else utc_text(run.finished_at),
        "duration_s": round(report.duration_s, 3),
        "exit_code": int(report.exit_code),
        "tzdata": run.tzdata,
        "version": run.version,
        **({"ledger": dict(report.ledger)} if report.ledger else {}),
        **holds_member(run),
        **({"rehearsal": True} if is_rehearsal(run.id) else {}),
    }


def holds_member(run: RunRecord) -> dict[str, Any]:
    """Return what the guards said of a run as the member ``holds``; no member where they said nothing."""
    told = [
        {"code": hold.code, "message": hold.message, "fix": hold.fix, "released": hold.code in run.released}
        for hold in run.holds
    ]
    return {"holds": told} if told else {}
