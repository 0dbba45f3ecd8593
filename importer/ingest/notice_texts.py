"""What a notice says: the drop, run ids, counts, and what to type. No file name, and nothing of a sheet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.errors import EXIT_MEANINGS, Exit
from importer.ingest.conditions import FILE, LEFT, OTHER_RUNS
from importer.model.statuses import Status
from importer.reporting.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.ingest.conditions import Condition

PROGRAM: Final = "Appointment importer"
_TITLES: Final = {"failure": "needs attention", "held": "on hold", "unknown": "in doubt", "missing": "file missing"}
_NEEDS_SOMEBODY: Final = (Status.INVALID, Status.FAILED, Status.UNKNOWN, Status.NOT_SENT, Status.HELD)


class Text(NamedTuple):
    """A notice. ``kind``: how it looks where such things have colours: ``failure``, ``warning``, ``success`` or ``info``."""

    title: str
    body: str
    kind: str


def of_change(drop: str, began: Sequence[Condition], command: Callable[..., str]) -> Text:
    """Return the notice of states that began in one drop; ``command``: how a command line is written."""
    titles = dict.fromkeys(_TITLES[each.kind] for each in began)
    is_failure = any(each.kind == "failure" for each in began)
    lines = [line for each in began for line in _lines(each, command)]
    return Text(
        f"{PROGRAM}: {shown(drop)}: {', '.join(titles)}", "\n".join(lines), "failure" if is_failure else "warning"
    )


def of_good(drop: str, done: str) -> Text:
    """Return the notice that nothing stands in a drop any more; ``done``: what the pass did there."""
    return Text(f"{PROGRAM}: {shown(drop)}: all is well again", done or "Nothing is left to do.", "success")


def of_pass(drop: str, done: str, standing: int) -> Text:
    """Return the notice of a pass over a drop, for who wants one of each; ``standing``: states that last."""
    last = f"\n{_standing(standing)}" if standing else ""
    return Text(
        f"{PROGRAM}: {shown(drop)}: {'see below' if standing else 'done'}", (done or "No new files.") + last, "info"
    )


def of_failed_pass(code: Exit) -> Text:
    """Return the notice of a pass that could not begin, or broke off."""
    body = f"A pass over drops could not be made: {EXIT_MEANINGS[code]} (exit {int(code)}). Try: importer config check --online"
    return Text(f"{PROGRAM}: needs attention", body, "failure")


def of_passes_again() -> Text:
    """Return the notice that passes go through again."""
    return Text(f"{PROGRAM}: all is well again", "Passes over drops go through again.", "success")


def of_digest(drops: Mapping[str, str], standing: Mapping[str, int]) -> Text:
    """Return the notice of a day: what it brought to each drop, and how many states last there."""
    lines = [f"{shown(drop)}: {done or 'No new files.'}" for drop, done in drops.items()]
    lines += [f"{shown(drop)}: {_standing(count)}" for drop, count in standing.items() if count]
    return Text(f"{PROGRAM}: the day", "\n".join(lines), "info")


def shown(drop: str) -> str:
    """Return what a drop is called in a notice."""
    return "runs of no drop" if drop == OTHER_RUNS else drop


def in_counts(files: Sequence[tuple[str, str | None]], totals_of: Callable[[str], Mapping[Status, int]]) -> str:
    """Return files, each a state and a run, as counts, "" for none. ``totals_of``: the rows of a run by status."""
    if not files:
        return ""
    told = [
        f"{counted(count, 'file')} {state}" for state, count in sorted(Counter(state for state, _ in files).items())
    ]
    runs = list(dict.fromkeys(run for _, run in files if run))
    rows: Counter[Status] = Counter()
    for run in runs:
        rows.update(totals_of(run))
    wrong = sum(rows[status] for status in _NEEDS_SOMEBODY)
    if runs:
        told += [f"{counted(sum(rows.values()) - wrong, 'row')} done", f"{counted(wrong, 'row')} to look at"]
    return f"{', '.join(told)}.{f' Run {runs[0]}.' if len(runs) == 1 else ''}"


def _standing(count: int) -> str:
    return f"{counted(count, 'state')} {'lasts' if count == 1 else 'last'} that somebody was told of before."


def _lines(condition: Condition, command: Callable[..., str]) -> list[str]:
    run = condition.run
    return [_sentence(condition, command), *([f"See: {command('report', run)}"] if run else [])]


def _sentence(condition: Condition, command: Callable[..., str]) -> str:
    run, rows, files = condition.run, counted(condition.rows, "row"), counted(condition.files, "file")
    meaning = EXIT_MEANINGS[Exit(condition.code)]
    if condition.kind != "failure":
        return {
            "held": f"Run {run} is on hold: {rows} {'waits' if condition.rows == 1 else 'wait'} for approval.",
            "unknown": f"Run {run}: the outcome of {rows} is not known.",
            "missing": "An expected file has not come.",
        }[condition.kind]
    if condition.about == LEFT:
        return f"{files} {'is' if condition.files == 1 else 'are'} left in the drop; why: {command('ingest', condition.drop)}"
    if condition.about.startswith(FILE):
        return "A file is refused; the reason lies beside it in the folder for refused files."
    if run:
        return f"Run {run} did not end well: {meaning} (exit {condition.code}). {rows} not sent."
    return f"The drop could not be gone through: {meaning} (exit {condition.code}). Try: {command('config', 'check', '--online')}"
