"""What a person does next, as sentences with the command to type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.model.holds import COUNTED, RELEASABLE
from importer.model.rehearsals import is_rehearsal
from importer.model.words import Status
from importer.reporting.comparing_files import advice
from importer.reporting.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reporting.report import Report

STOPPED_CODES: Final = (Exit.STOPPED, Exit.AUTHENTICATION, Exit.INTERRUPTED, Exit.TERMINATED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``command`` is "" where there is nothing to type."""

    text: str
    command: str = ""


def next_steps(report: Report, to_fix: str) -> tuple[Step, ...]:
    """
    Return what to do after a run, in the order of doing; empty when every row is done.

    ``to_fix`` is the path of ``to_fix.xlsx`` as a person would type it.
    """
    if is_rehearsal(report.run.id):
        # The run stands in no ledger that is kept: there is nothing to resume, retry or resolve.
        return (Step("To send the rows, run the same command without --rehearse."),)
    found = (_one_by_one(report), _go_on(report), *_approve(report), _decide(report), _correct(report, to_fix))
    return tuple(step for step in found if step is not None)


def as_typed(path: str) -> str:
    """Return a path as an argument of a command line; in quotes where a blank would end it."""
    return f'"{path}"' if " " in path else path


def _one_by_one(report: Report) -> Step | None:
    """Return how files of two nights are run, where they were given to one run."""
    text = advice(report.shared)
    return Step(text) if text else None


def _go_on(report: Report) -> Step | None:
    """Return how the rest is sent, of a run that stopped or of one that left rows behind."""
    left = report.totals[Status.NOT_SENT] + report.repeatable
    if not left:
        return None
    rest = f"Send the {counted(left, 'row')} that {'is' if left == 1 else 'are'} left"
    if report.exit_code in STOPPED_CODES:
        first = "Put a valid token in place. " if report.exit_code is Exit.AUTHENTICATION else ""
        return Step(f"{first}{rest}; what is done is not sent again.", f"importer resume {report.run.id}")
    if report.repeatable:
        return Step(f"{rest}; nobody is texted twice by it.", f"importer retry {report.run.id}")
    # Rows may wait for an earlier row of the same appointment that is to be corrected or released first.
    return None if _wrong(report) or report.totals[Status.HELD] else Step(f"{rest}.", f"importer retry {report.run.id}")


def _approve(report: Report) -> Iterator[Step]:
    """Yield how what a guard held is let go, or what must be done first."""
    held, missing = report.totals[Status.HELD], report.missing.get(Status.HELD, 0)
    holds = report.run.unreleased
    codes = ",".join(dict.fromkeys(hold.code for hold in holds if hold.code in RELEASABLE))
    if held and not holds:
        yield Step(f"A guard held {counted(held, 'row')}: read why, settle it, then run the file again.")
    # A retry lets no missing appointment go, for by then others may be missing: that takes the whole file.
    again = bool(codes and missing)
    yield from (
        Step(hold.fix) for hold in holds if hold.code not in RELEASABLE and not (again and hold.code in COUNTED)
    )
    if again:
        number = f"--approve {missing} " if any(hold.code in COUNTED for hold in holds) else ""
        what = "Have the export made again. If it is whole and the missing appointments are off, run it once more, so:"
        yield Step(what, f"importer run FILE {number}--release {codes}")
    elif codes and held:
        what = f"Look why {counted(held, 'row')} {'is' if held == 1 else 'are'} held. If all is well, let them go."
        yield Step(what, f"importer retry {report.run.id} --release {codes}")


def _decide(report: Report) -> Step | None:
    if not report.decisions:
        return None
    what = f"Find out in Attentive what became of {counted(report.decisions, 'row')}, then say it."
    return Step(what, f"importer resolve {report.run.id} ROW --sent UUID")


def _correct(report: Report, to_fix: str) -> Step | None:
    wrong = _wrong(report)
    if not wrong:
        return None
    what = f"Correct {counted(wrong, 'row')} in to_fix.xlsx and run that file; rows that are done are skipped."
    return Step(what, f"importer run {as_typed(to_fix)}")


def _wrong(report: Report) -> int:
    return report.totals[Status.INVALID] + report.totals[Status.FAILED]
