"""
The end of a run on a terminal: statuses, the most frequent problems, where the report is, what to type next.

Nothing here holds a value of a row: a terminal's lines end up in logs.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.model.statuses import Status
from importer.reporting.headline import Tone, headline, is_to_fix, missing_sentence, next_steps, to_fix_paths
from importer.reporting.wording import LABELS, MEANINGS, SIGNS, by_ledger_sentence, counted, number, span, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.reporting.run_report import Report
    from importer.reporting.tally import KindCount


PROBLEMS_SHOWN: Final = 3
NARROWEST: Final = 40
WIDEST: Final = 100
FOR_PEOPLE: Final = ("report.html", "results.xlsx")
LONGEST_BAR: Final = 24
WITH_BARS: Final = 72

BOLD: Final = "1"
DIM: Final = "2"
TONES: Final[dict[Tone, str]] = {"good": "32", "attention": "33", "stopped": "31"}
COLOURS: Final[dict[Status, str]] = {
    Status.CREATED: "32",
    Status.UPDATED: "34",
    Status.CANCELLED: "35",
    Status.NO_SHOW_SENT: "36",
    Status.UNCHANGED: DIM,
    Status.DUPLICATE: DIM,
    Status.INVALID: "33",
    Status.FAILED: "31",
    Status.UNKNOWN: "35",
    Status.NOT_SENT: "33",
    Status.HELD: "33",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written on: its width in characters, and whether it shows colours."""

    width: int = 80
    colour: bool = False

    def ink(self, text: str, code: str) -> str:
        """Return the text in a colour, or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def wrapped(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        """Return the text in lines that fit; a command or path longer than a line is not broken."""
        return textwrap.wrap(
            visible(text),
            self.width,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def summary_lines(
    report: Report,
    *,
    paths: Mapping[str, object],
    notes: Sequence[str] = (),
    width: int = 80,
    colour: bool = False,
) -> list[str]:
    """
    Return the lines of a run's end.

    ``paths``: the report's files by name, as written. ``notes``: what became of files that stand elsewhere. ``width``:
    the terminal's, in characters; ``colour``: whether it may have colours.
    """
    paper = Paper(width=min(max(width, NARROWEST), WIDEST), colour=colour)
    parts = (
        _headline(report, paper),
        _holds(report, paper),
        _statuses(report, paper),
        _problems(report.problems, paper),
        _places(paths, notes, paper),
        _steps(report, paths, paper),
    )
    lines: list[str] = []
    for part in parts:
        if part:
            lines.extend(["", *part] if lines else part)
    return lines


def _headline(report: Report, paper: Paper) -> list[str]:
    said = headline(report)
    code = TONES[said.tone]
    lines = [paper.ink(line, f"{BOLD};{code}") for line in paper.wrapped(said.text)]
    lines += [paper.ink(line, code) for line in paper.wrapped(said.more)]
    lines += paper.wrapped(report.run.stop_reason)
    lines += paper.wrapped(missing_sentence(report.missing))
    lines += paper.wrapped(by_ledger_sentence(report.by_ledger))
    facts = f"Run {report.run.id}, {span(report.duration_s)}"
    if report.calls:
        facts += f", {counted(report.calls, 'request')} in {counted(report.attempts, 'attempt')}"
    return [*lines, *(paper.ink(line, DIM) for line in paper.wrapped(facts))]


def _holds(report: Report, paper: Paper) -> list[str]:
    lines = []
    for hold in report.run.holds:
        if hold.code in report.run.released:
            lines += [
                paper.ink(line, DIM) for line in paper.wrapped(f"Approved with --release {hold.code}: {hold.message}")
            ]
        else:
            lines += [paper.ink(line, TONES["stopped"]) for line in paper.wrapped(hold.message)]
    return lines


def _statuses(report: Report, paper: Paper) -> list[str]:
    present = [(status, count) for status, count in report.totals.items() if count]
    if not present:
        return []
    names = max(len(LABELS[status]) for status, _ in present) + 2
    digits = len(number(report.row_count))
    tails = _tails(dict(present), paper, used=6 + names + digits)
    return [
        f"  {paper.ink(f'{SIGNS[status]} {LABELS[status]}'.ljust(names), COLOURS[status])}  {number(count).rjust(digits)}  {tail}".rstrip()
        for (status, count), tail in zip(present, tails, strict=True)
    ]


def _tails(totals: Mapping[Status, int], paper: Paper, used: int) -> list[str]:
    """Return what stands behind the counts: bars, where there is no room for them meanings, or nothing."""
    most = max(totals.values())
    if paper.width >= WITH_BARS:
        lengths = [max(round(LONGEST_BAR * count / most), 1) for count in totals.values()]
        return [paper.ink("█" * length, COLOURS[status]) for length, status in zip(lengths, totals, strict=True)]
    roomy = all(used + len(MEANINGS[status]) <= paper.width for status in totals)
    return [paper.ink(MEANINGS[status], DIM) if roomy else "" for status in totals]


def _problems(kinds: Sequence[KindCount], paper: Paper) -> list[str]:
    if not kinds:
        return []
    shown = kinds[:PROBLEMS_SHOWN]
    digits = max(len(number(kind.count)) for kind in shown)
    lines = [paper.ink("Most frequent problems" if len(kinds) > 1 else "The problem", BOLD)]
    for kind in shown:
        about = f"{kind.place}: " if kind.place else ""
        start = f"  {number(kind.count).rjust(digits)}  "
        lines += paper.wrapped(f"{about}{kind.title}", indent=" " * len(start), first=start)
        lines += paper.wrapped(kind.fix, indent=" " * len(start))
    if left := len(kinds) - len(shown):
        lines += paper.wrapped(f"… and {counted(left, 'other kind')}; see report.html.", indent="  ")
    return lines


def _places(paths: Mapping[str, object], notes: Sequence[str], paper: Paper) -> list[str]:
    lines: list[str] = []
    if paths:
        lines.append(paper.ink("The report", BOLD))
        # A path is never wrapped: it is there to be copied.
        names = [*FOR_PEOPLE, *(name for name in paths if is_to_fix(name))]
        lines += [f"  {visible(str(paths[name]))}" for name in names if name in paths]
    for note in notes:
        lines += paper.wrapped(note, indent="  ")
    return lines


def _steps(report: Report, paths: Mapping[str, object], paper: Paper) -> list[str]:
    steps = next_steps(report, to_fix_paths(paths))
    lines = [paper.ink("Next", BOLD)] if steps else []
    for step in steps:
        lines += paper.wrapped(step.text, indent="  ")
        if step.command:
            lines.append(f"    {paper.ink(visible(step.command), BOLD)}")
    return lines
