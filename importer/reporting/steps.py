"""What a person does next, as sentences with the command to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from importer.errors import Exit
from importer.model.words import Status
from importer.reporting.words import counted

STOPPED_CODES = (Exit.STOPPED, Exit.INTERRUPTED, Exit.TERMINATED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``command`` is "" where there is nothing to type."""

    text: str
    command: str = ""


def next_steps(run_id: str, totals: Mapping[Status, int], code: int, to_fix: str) -> tuple[Step, ...]:
    """
    Return what to do after a run, the most pressing first; empty when every row is done.

    ``code`` is the run's exit code, ``to_fix`` the path of ``to_fix.xlsx`` as a person would type it.
    """
    steps = [*_stops(run_id, totals, code)]
    if unknown := totals.get(Status.UNKNOWN, 0):
        steps.append(
            Step(
                f"Decide about {counted(unknown, 'row')} with an unknown outcome: look in Attentive, then say what you found.",
                f"importer resolve {run_id} ROW --sent UUID",
            )
        )
    wrong = totals.get(Status.INVALID, 0) + totals.get(Status.FAILED, 0)
    if wrong:
        steps.append(Step(f"Correct {counted(wrong, 'row')} in to_fix.xlsx and run it.", f"importer run {to_fix}"))
    if not wrong and not steps and (left := totals.get(Status.NOT_SENT, 0)):
        steps.append(Step(f"Send the {counted(left, 'row')} that are left.", f"importer retry {run_id}"))
    return tuple(steps)


def _stops(run_id: str, totals: Mapping[Status, int], code: int) -> list[Step]:
    left = totals.get(Status.NOT_SENT, 0) + totals.get(Status.HELD, 0)
    if code == Exit.AUTHENTICATION:
        return [Step("Put a valid token in place, then send the rest.", f"importer resume {run_id}")]
    if code in STOPPED_CODES and left:
        return [Step(f"Send the {counted(left, 'row')} that are left.", f"importer resume {run_id}")]
    if code == Exit.HELD:
        return [Step("Look at the plan. If it is right, run it again and approve it.")]
    return []
