"""The one sentence that a person reads first, of a run and of a plan, and what to do next, with the command to type."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from importer.errors import Exit
from importer.model.records import is_rehearsal
from importer.model.statuses import Action, Status
from importer.model.times import zone
from importer.problems.guard_kinds import COUNTED, RELEASABLE
from importer.reporting.report_columns import Group, wants_decision
from importer.reporting.run_report import own_sheet
from importer.reporting.wording import LABELS, advice, as_typed, counted, day_and_time, number, without_rows, zone_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.model.sending_window import Reminding, Waits
    from importer.reporting.plan_result import PlanResult
    from importer.reporting.run_report import Report


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
    Exit.HELD: "On hold until approved",
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
        return Headline(
            "good", "There were no rows to send.", without_rows({file.name: file.rows for file in report.files})
        )
    if not report.attention_count:
        return Headline("good", f"{_how_far(report)}.", without_rows({file.name: file.rows for file in report.files}))
    left_out = report.left_out_count
    wanting = report.attention_count - left_out
    told = f"{_how_far(report)}. {number(left_out)} left out." if left_out else f"{_how_far(report)}."
    if not wanting:
        return Headline("good", told, more)
    verb = "needs" if wanting == 1 else "need"
    return Headline("attention", f"{told} {number(wanting)} {verb} attention.", more)


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
        return f"{counted(cancels, 'cancellation')} failed: {people} may still be reminded of a cancelled visit."
    if unknown := report.totals[Status.UNKNOWN]:
        return f"The outcome of {counted(unknown, 'row')} is not known."
    return ""


def _how_far(report: Report) -> str:
    done, rows = report.done_count, report.row_count
    if not rows:
        return "There were no rows"
    if done == rows:
        return "1 row done" if rows == 1 else f"All {number(rows)} rows done"
    return f"{number(done)} of {counted(rows, 'row')} done"


DECISIONS_SHOWN: Final = 1
STOPPED_CODES: Final = (Exit.STOPPED, Exit.AUTHENTICATION, Exit.INTERRUPTED, Exit.TERMINATED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``command`` is "" where there is nothing to type."""

    text: str
    command: str = ""


def next_steps(report: Report, to_fix: Sequence[str]) -> tuple[Step, ...]:
    """
    Return what to do after a run, in the order of doing; empty when every row is done.

    ``to_fix``: the path of ``to_fix.xlsx``, of many rows several, as a person would type them.
    """
    if is_rehearsal(report.run.id):
        # The run stands in no ledger that is kept: there is nothing to resume, retry or resolve.
        return (Step("To send the rows, run the same command without --rehearse."),)
    found = (_one_by_one(report), _go_on(report), *_approve(report), *_decide(report), _correct(report, to_fix))
    return tuple(step for step in found if step is not None)


def command(report: Report, *words: str) -> str:
    """Return a command line that can be typed as it stands: quoted, and with the options of the run."""
    return shlex.join(["importer", *words, *report.typed])


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
        return Step(f"{first}{rest}; what is done is not sent again.", command(report, "resume", report.run.id))
    if report.repeatable:
        return Step(f"{rest}; nobody is texted twice by it.", command(report, "retry", report.run.id))
    # Rows may wait for an earlier row of the same appointment that is to be corrected or released first.
    return (
        None
        if _wrong(report) or report.totals[Status.HELD]
        else Step(f"{rest}.", command(report, "retry", report.run.id))
    )


def _approve(report: Report) -> Iterator[Step]:
    """Yield how what a guard held is let go, or what must be done first."""
    held, missing = report.totals[Status.HELD], report.missing.get(Status.HELD, 0)
    holds = report.run.unreleased
    codes = ",".join(dict.fromkeys(hold.code for hold in holds if hold.code in RELEASABLE))
    if held and not holds:
        yield Step(f"{counted(held, 'row')} on hold: read why, settle it, then run the file again.")
    # A retry lets no missing appointment go, for by then others may be missing: that takes the whole file.
    again = bool(codes and missing)
    yield from (
        Step(hold.fix) for hold in holds if hold.code not in RELEASABLE and not (again and hold.code in COUNTED)
    )
    if again:
        number = f"--approve {missing} " if any(hold.code in COUNTED for hold in holds) else ""
        what = "Export the file again. If it is complete and the missing appointments are cancelled, run it with:"
        file = shlex.join(["FILE", *_named_sheet(report)])
        yield Step(what, f"importer run {file} {number}--release {codes}")
    elif codes and held:
        what = f"Read why {counted(held, 'row')} {'is' if held == 1 else 'are'} on hold. If all is right, approve {'it' if held == 1 else 'them'}."
        yield Step(what, command(report, "retry", report.run.id, "--release", codes))


def _decide(report: Report) -> Iterator[Step]:
    """Yield how rows are settled that only a person can find out about; what was a no-show has no uuid to give."""
    rows = [row for group in Group for row in report.wanting[group].rows if wants_decision(row) and row.number]
    several = len(report.files) > 1
    what = f"Check {counted(report.decisions, 'row')} in Attentive, then record each outcome: --sent, or --not-sent."
    for row in rows[:DECISIONS_SHOWN]:
        sent = ["--sent"] if row.action == Action.NO_SHOW or not row.uuid else ["--sent", row.uuid]
        where = f"Row {row.number}{f' of {row.file.name}' if several else ''}."
        yield Step(f"{what} {where}".strip(), command(report, "resolve", report.run.id, str(row.number), *sent))
        what = ""
    if left := report.decisions - len(rows[:DECISIONS_SHOWN]):
        yield Step(f"{what} {counted(left, 'more row')} in the same way; results.xlsx names them.".strip())


def _correct(report: Report, to_fix: Sequence[str]) -> Step | None:
    wrong = _wrong(report)
    if not wrong:
        return None
    where = "to_fix.xlsx and run that file" if len(to_fix) == 1 else f"the {len(to_fix)} to_fix workbooks and run them"
    what = f"Correct {counted(wrong, 'row')} in {where}; rows that are done are skipped."
    return Step(what, command(report, "run", *map(as_typed, to_fix), *_named_sheet(report)))


def _named_sheet(report: Report) -> tuple[str, ...]:
    """Return the option for the sheet that was read, where a person had named it: in a copy of the workbook another may stand first."""
    name = own_sheet(report) if report.run.settings.get("sheet") and len(report.files) == 1 else ""
    return ("--sheet", name) if name else ()


def _wrong(report: Report) -> int:
    return report.totals[Status.INVALID] + report.totals[Status.FAILED]


def is_to_fix(name: str) -> bool:
    """Whether a report's file is one of the workbooks with the rows to fix."""
    return name.startswith("to_fix") and name.endswith(".xlsx")


def to_fix_paths(paths: Mapping[str, object]) -> list[str]:
    """Return the paths of the workbooks to fix among a report's files by name; their plain name where none was written."""
    return [str(path) for name, path in paths.items() if is_to_fix(name)] or ["to_fix.xlsx"]


def plan_headline(plan: PlanResult) -> Headline:
    """Return what a plan comes to in one sentence, and what is most pressing in a second."""
    held, wrong = plan.totals.get(Status.HELD, 0), plan.totals.get(Status.INVALID, 0)
    more = f"{counted(held, 'row')} on hold until approved." if held else ""
    if unknown := plan.totals.get(Status.UNKNOWN, 0):
        rows = f"The outcome of an earlier request is unknown for {counted(unknown, 'row')}; check in Attentive."
        more = f"{rows} {more}".strip()
    if wrong and not more:
        more = f"{counted(wrong, 'row')} to fix; {'it' if wrong == 1 else 'they'} would not be sent."
    tone: Tone = "stopped" if held else "attention" if wrong or unknown else "good"
    if not plan.call_count:
        return Headline(tone, "Held: nothing would be sent." if held else "There is nothing to send.", more)
    what = f"{counted(plan.call_count, 'change')} to send: {in_numbers(plan.calls)}."
    return Headline(tone, f"{what} {texts_now(plan.people, plan.waits)}", more)


NOUNS: Final[dict[Action, tuple[str, str]]] = {
    Action.CREATE: ("new", "new"),
    Action.UPDATE: ("update", "updates"),
    Action.CANCEL: ("cancellation", "cancellations"),
    Action.NO_SHOW: ("no-show", "no-shows"),
}


def in_numbers(calls: Mapping[Action, int]) -> str:
    """Return what is sent, as a person counts it: ``31 new, 2 updates``."""
    return ", ".join(counted(calls[action], *noun) for action, noun in NOUNS.items() if calls.get(action))


def texts_now(people: int, waits: Waits | None = None) -> str:
    """Return how many people may get a text as soon as the changes are sent, and what waits for the sending window."""
    if not people:
        return "No texts right away."
    whom = counted(people, "person", "people")
    if waits is None:
        return f"{whom} may get a text right away."
    wait = f"{counted(waits.count, 'request')} {'waits' if waits.count == 1 else 'wait'} for the sending window"
    if waits.first_at is None or waits.zone is None:
        return f"{whom} may get a text. {wait}."
    opens = datetime.fromtimestamp(waits.first_at, zone(waits.zone))
    return f"{whom} may get a text. {wait}: from {day_and_time(opens)} {zone_words(waits.zone)}."


def reminders_due(reminding: Reminding | None) -> str:
    """Return when the reminders of a plan are due, in their own zones, "" where it has none."""
    if reminding is None:
        return ""
    first, last = _due_at(reminding.first_at, reminding.first_zone), _due_at(reminding.last_at, reminding.last_zone)
    where, elsewhere = zone_words(reminding.first_zone), zone_words(reminding.last_zone)
    if (first, where) == (last, elsewhere):
        return f"{'The reminder is' if reminding.count == 1 else 'All reminders are'} due {first} ({where})."
    begin = f"{counted(reminding.count, 'reminder')}: the first is due {first}"
    return (
        f"{begin}, the last {last} ({where})."
        if where == elsewhere
        else f"{begin} ({where}), the last {last} ({elsewhere})."
    )


def _due_at(seconds: float, name: str) -> str:
    return day_and_time(datetime.fromtimestamp(seconds, zone(name)))
