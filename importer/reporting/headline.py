"""The one sentence that a person reads first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from importer.errors import Exit
from importer.model.words import Status
from importer.reporting.report import Report
from importer.reporting.words import counted, number

Tone = Literal["good", "attention", "stopped"]

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
    """Return what happened in one sentence, and what is most pressing in a second."""
    more = pressing(report)
    stop = STOPS.get(report.exit_code)
    if stop:
        text = f"{stop}. {number(report.done_count)} of {counted(report.row_count, 'row')} are done."
        return Headline("stopped", text, more)
    if not report.row_count:
        return Headline("good", "There were no rows to send.")
    if not report.attention_count:
        return Headline("good", _all_done(report.row_count))
    wanting = report.attention_count
    text = (
        f"{number(report.done_count)} of {counted(report.row_count, 'row')} are done, "
        f"{number(wanting)} {'wants' if wanting == 1 else 'want'} a person."
    )
    return Headline("attention", text, more)


def pressing(report: Report) -> str:
    """Return the most pressing fact, "" when there is none."""
    if report.cancels_first:
        cancels = counted(report.cancels_first, "cancellation")
        people = "a patient" if report.cancels_first == 1 else "patients"
        return f"{cancels} did not go through: {people} would be reminded of a visit that is off."
    if unknown := report.totals[Status.UNKNOWN]:
        return f"The outcome of {counted(unknown, 'row')} is not known."
    return ""


def _all_done(rows: int) -> str:
    return "The row is done." if rows == 1 else f"All {number(rows)} rows are done."
