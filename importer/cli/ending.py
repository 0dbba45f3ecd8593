"""The end of a run, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.cli.outcome import Outcome
from importer.cli.terminal import Inked, Terminal

if TYPE_CHECKING:
    from importer.reporting import Report
    from importer.run import RunResult


def ended(command: str, result: RunResult, screen: Terminal) -> Outcome:
    """Return the outcome of a run, a resume, a retry, a resolve or a report."""
    from importer.reporting.terminal import summary_lines

    paths = {name: shown(path) for name, path in result.paths.items()}
    # What could not be written has been said on stderr, as it happened.
    lines = summary_lines(result.report, paths=paths, width=screen.width, colour=screen.colour)
    return Outcome(
        command,
        lines=[Inked(line) for line in lines],
        data=as_data(result.report, result.paths, result.written.notes),
        exit_code=result.exit_code,
    )


def as_data(report: Report, paths: Mapping[str, Path], notes: tuple[str, ...]) -> dict[str, Any]:
    """Return what ``run --json`` holds: the members of ``summary.json``, what stopped it, and where the report is."""
    from importer.reporting import summary

    told = {name: value for name, value in summary(report).items() if name not in {"schema", "exit_code"}}
    reports = {name: str(path) for name, path in paths.items()}
    return {**told, "stop_reason": report.run.stop_reason, "reports": reports, "notes": list(notes)}


def shown(path: Path) -> str:
    """Return a path as a person would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
