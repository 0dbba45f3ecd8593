"""The end of a run, for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.cli.outcome import Outcome
from importer.cli.terminal import Inked, Terminal

if TYPE_CHECKING:
    from importer.run import RunResult

SENDING: Final = ("run", "resume", "retry")


def ended(command: str, result: RunResult, screen: Terminal) -> Outcome:
    """Return the outcome of a run, a resume, a retry, a resolve or a report."""
    return Outcome(
        command,
        lines=summary_of(result, screen),
        data=as_data(result),
        exit_code=result.exit_code,
        brief=brief(result),
        remarks=[*(held(result) if command in SENDING and not screen.watched else ()), *in_doubt(result)],
    )


def brief(result: RunResult) -> list[str]:
    """Return what ``--quiet`` leaves of a run that did not go well: what happened, and where the report is."""
    from importer.reporting.headline import headline

    said = headline(result.report)
    reasons = [f"{hold.message} {hold.fix}" for hold in result.run.unreleased] or [result.run.stop_reason]
    reasons += in_doubt(result)
    told = " ".join(part for part in (f"Run {result.run.id}: {said.text}", said.more, *reasons) if part)
    place = result.paths.get("report.html") or next(iter(result.paths.values()), None)
    return [told, f"The report: {place}" if place else " ".join(result.written.notes)]


def in_doubt(result: RunResult) -> list[str]:
    """Return a line for each other run that left rows whose outcome is still not known."""
    from importer.reporting.words import counted

    return [
        f"Run {one.run} {'was cut off and ' if one.was_cut_off else ''}left {counted(one.unknown, 'row')} whose outcome "
        f"is not known. See which: importer report {one.run}. Then settle each: importer resolve {one.run} ROW"
        for one in result.unresolved
    ]


def held(result: RunResult) -> list[str]:
    """Return a line for each reason why calls are held: a nightly job's stderr is what somebody reads."""
    return [f"Held: {hold.message} {hold.fix}" for hold in result.run.unreleased]


def summary_of(result: RunResult, screen: Terminal) -> list[Inked]:
    """Return what a person reads at the end of a run."""
    from importer.reporting.terminal import summary_lines

    paths = {name: shown(path) for name, path in result.paths.items()}
    notes = result.written.notes
    lines = summary_lines(result.report, paths=paths, notes=notes, width=screen.width, colour=screen.colour)
    return [Inked(line) for line in lines]


def as_data(result: RunResult) -> dict[str, Any]:
    """Return what ``run --json`` holds: the members of ``summary.json``, what stopped it, and where the report is."""
    from importer.reporting import summary

    told = {name: value for name, value in summary(result.report).items() if name not in {"schema", "exit_code"}}
    reports = {name: str(path) for name, path in result.paths.items()}
    return {**told, "stop_reason": result.run.stop_reason, "reports": reports, "notes": list(result.written.notes)}


def shown(path: Path) -> str:
    """Return a path as a person would type it here."""
    try:
        here = Path.cwd()
    except OSError:
        # The folder in which the importer was started is gone by now.
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
