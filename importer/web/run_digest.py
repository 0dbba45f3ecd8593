"""
What a run came to, as its page shows it: made once, at its end, for a page of a hundred thousand rows must open at once.

It holds people's names, as the report does, and goes with the import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from importer.model.statuses import Status
from importer.reporting.headline import headline, missing_sentence, next_steps, to_fix_paths
from importer.reporting.report_columns import Group, is_repeatable, person, status_of, wants_decision

if TYPE_CHECKING:
    from importer.commands.run import RunResult
    from importer.model.records import ReportRow
    from importer.reporting.run_report import Report
    from importer.reporting.tally import KindCount

ROWS_KEPT: Final = 50
KINDS_KEPT: Final = 30
WORDS: Final = {"upsert": "new or change", "create": "new", "update": "change"}
_AGAIN: Final = (Status.FAILED, Status.NOT_SENT, Status.HELD)


def digest(result: RunResult) -> dict[str, Any]:
    """
    Return what the page of a finished run shows, as JSON holds it.

    ``tone``, ``headline``, ``more``; ``missing``; ``steps``, sentences without the commands; ``totals`` and ``rows``; ``problems``;
    ``wanting``: group -> ``count`` and the first rows; ``again``: how many rows may be tried again; ``decisions``: how many only a
    person can settle; ``files``: the names of the report's files.
    """
    report = result.report
    said = headline(report)
    return {
        "tone": said.tone,
        "headline": said.text,
        "more": said.more,
        "missing": missing_sentence(report.missing),
        "stopped": report.run.stop_reason,
        "holds": [hold.message for hold in report.run.holds],
        "steps": [step.text for step in next_steps(report, to_fix_paths(result.paths)) if not step.command],
        "totals": {status.value: count for status, count in report.totals.items() if count},
        "rows": report.row_count,
        "calls": report.calls,
        "attempts": report.attempts,
        "started_at": report.run.started_at,
        "finished_at": report.run.finished_at,
        "zone": report.zone,
        "problems": [_kind(kind) for kind in report.problems[:KINDS_KEPT]],
        "wanting": {group.name: _wanting(report, group) for group in Group if report.wanting[group].count},
        "again": sum(report.totals[status] for status in _AGAIN) + report.repeatable,
        "decisions": report.decisions,
        "exit_code": int(report.exit_code),
        "files": sorted(result.paths),
        "notes": list(result.written.notes),
    }


def _kind(kind: KindCount) -> dict[str, Any]:
    first = kind.examples[0]
    return {"title": kind.title, "place": kind.place, "count": kind.count, "message": first.message, "fix": kind.fix}


def _wanting(report: Report, group: Group) -> dict[str, Any]:
    found = report.wanting[group]
    return {"count": found.count, "rows": [_row(row) for row in found.rows[:ROWS_KEPT]]}


def _row(row: ReportRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "status": status_of(row).value,
        "action": WORDS.get(row.action, row.action.replace("_", "-")),
        "who": list(person(row)),
        "appointment": row.external_event_id or "",
        "problems": [{"message": one.get("message", ""), "fix": one.get("fix", "")} for one in row.problems],
        "decide": wants_decision(row),
        "again": is_repeatable(row) or status_of(row) in _AGAIN,
    }
