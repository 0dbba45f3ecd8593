"""The one sentence that a person reads first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from importer.errors import Exit
from importer.model.rehearsals import is_rehearsal
from importer.model.words import Status
from importer.reporting.priorities import Group
from importer.reporting.words import LABELS, counted, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.reporting.report import Report

REHEARSAL: Final = "Rehearsal: nothing was sent to the API."

Tone = Literal["good", "attention", "stopped"]

# Of the statuses that the cancel of a missing appointment may have, in words.
MISSING: Final = {status: label.lower() for status, label in LABELS.items()} | {
    Status.UNCHANGED: "only reported",
    Status.HELD: "held, not cancelled",
}
STOPS = {
    Exit.STOPPED: "Stopped for now",
    Exit.AUTHENTICATION: "Stopped: the API refused the token",
    Exit.INTERRUPTED: "Interrupted",
    Exit.TERMINATED: "Interrupted",
    Exit.HELD: "Held for approval",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """``tone`` chooses the colour; ``text`` is the sentence; ``more`` a second one, or ""."""

    tone: Tone
    text: str
    more: str = ""


def headline(report: Report) -> Headline:
    """Return what happened in one sentence, and what is most pressing in a second; a rehearsal says so first."""
    found = _headline(report)
    return replace(found, text=f"{REHEARSAL} {found.text}") if is_rehearsal(report.run.id) else found


def _headline(report: Report) -> Headline:
    more = pressing(report)
    stop = STOPS.get(report.exit_code)
    if stop:
        return Headline("stopped", f"{stop}. {_how_far(report)}.", more)
    if not report.row_count:
        return Headline("good", "There were no rows to send.")
    if not report.attention_count:
        return Headline("good", f"{_how_far(report)}.")
    wanting = report.attention_count
    verb = "wants" if wanting == 1 else "want"
    return Headline("attention", f"{_how_far(report)}, {number(wanting)} {verb} a person.", more)


def missing_sentence(missing: Mapping[Status, int]) -> str:
    """Return what became of appointments that are missing from a snapshot, "" where none are."""
    count = sum(missing.values())
    if not count:
        return ""
    are = "appointment of the window is" if count == 1 else "appointments of the window are"
    became = ", ".join(f"{number(some)} {MISSING[status]}" for status, some in missing.items())
    return f"{number(count)} {are} missing from the file: {became}."


def pressing(report: Report) -> str:
    """Return the most pressing fact, "" when there is none."""
    cancels = report.wanting[Group.CANCELS].count
    if cancels:
        people = "a patient" if cancels == 1 else "patients"
        return (
            f"{counted(cancels, 'cancellation')} did not go through: {people} would be reminded of a visit that is off."
        )
    if unknown := report.totals[Status.UNKNOWN]:
        return f"The outcome of {counted(unknown, 'row')} is not known."
    return ""


def _how_far(report: Report) -> str:
    done, rows = report.done_count, report.row_count
    if not rows:
        return "There were no rows"
    if done == rows:
        return "The row is done" if rows == 1 else f"All {number(rows)} rows are done"
    return f"{number(done)} of {counted(rows, 'row')} {'is' if done == 1 or rows == 1 else 'are'} done"
