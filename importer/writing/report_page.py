"""
``report.html``: the run on one page for people, with its charts; nothing in it comes from elsewhere.

Nothing is ever marked as safe. A page forbids itself all loading but its own style sheet, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from importer.model.statuses import SENT_AS, Action, Status
from importer.model.times import zone
from importer.problems.cell_places import title_of
from importer.reporting.headline import headline, missing_sentence, next_steps, plan_headline, reminders_due
from importer.reporting.plan_result import (
    PLAN_LABELS,
    PLAN_MEANINGS,
    texts_of,
)
from importer.reporting.report_columns import Group, field_title, person, status_of, utc_text, wants_decision
from importer.reporting.wording import (
    LABELS,
    MEANINGS,
    MISSING,
    SIGNS,
    change_words,
    counted,
    exit_meaning,
    in_words,
    moment,
    number,
    span,
    visible,
    zone_words,
)
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.reporting.plan_result import PlanResult
    from importer.reporting.run_report import Report
    from importer.reporting.tally import Timeline


WIDTH: Final = 1000
GAP: Final = 3
# A handful of rows among a million is still seen.
THINNEST: Final = 8
HEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """One status or verdict in the bar of totals, in thousandths of its width."""

    status: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """One slice of the timeline: layers of (class, y, height) from the ground up, in hundredths of the height."""

    x: float
    width: float
    layers: tuple[tuple[str, float, float], ...]


def totals_bar(totals: Mapping[Any, int]) -> tuple[Segment, ...]:
    """Return the segments of the statuses (or verdicts) that occur, side by side, as long as their share of the rows."""
    present = [(status, count) for status, count in totals.items() if count]
    rows = sum(count for _, count in present)
    room = WIDTH - GAP * (len(present) - 1) - THINNEST * len(present)
    segments, x = [], 0.0
    for status, count in present:
        width = THINNEST + room * count / rows
        segments.append(Segment(status, round(x, 2), round(width, 2)))
        x += width + GAP
    return tuple(segments)


def timeline_columns(timeline: Timeline) -> tuple[Column, ...]:
    """Return one column a slice, stacked: answered, throttled, refused, lost."""
    if not timeline.slices:
        return ()
    step = WIDTH / len(timeline.slices)
    gap = min(step * 0.2, 4.0)
    return tuple(
        Column(
            x=round(place * step, 2),
            width=round(step - gap, 2),
            layers=_layers(
                (
                    ("answered", each.answered),
                    ("throttled", each.throttled),
                    ("refused", each.refused),
                    ("lost", each.lost),
                ),
                timeline.busiest,
            ),
        )
        for place, each in enumerate(timeline.slices)
    )


def share(count: int, most: int) -> float:
    """Return a bar's length in thousandths of the longest."""
    return round(max(WIDTH * count / most, THINNEST), 2) if most else 0.0


def _layers(counts: tuple[tuple[str, int], ...], most: int) -> tuple[tuple[str, float, float], ...]:
    layers, y = [], float(HEIGHT)
    for name, count in counts:
        if count:
            height = max(HEIGHT * count / most, 1.0)
            y = max(y - height, 0.0)
            layers.append((name, round(y, 2), round(height, 2)))
    return tuple(layers)


def write_markup(stream: BinaryIO, template: str, names: Mapping[str, Any]) -> None:
    """
    Write a page piece by piece.

    Raises:
        OSError: the stream cannot take it.
    """
    parts = environment().get_template(template).generate(names, style_hash=style_hash())
    stream.writelines(part.encode("utf-8", errors="backslashreplace") for part in parts)


@cache
def environment() -> Environment:
    """Return the engine with the words that every template knows."""
    made = Environment(
        loader=PackageLoader("importer.writing"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=number, span=span, moment=moment, clock=clock, utc=utc_text, field_title=field_title, bound=bound
    )
    names: dict[str, Any] = {"counted": lambda *said: bound(counted(*said)), "share": share, "SIGNS": SIGNS}
    made.globals.update(names)
    return made


def style_hash() -> str:
    """Return the hash of the style sheet exactly as the pages include it."""
    style = environment().get_template("report.css").render()
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def shown(value: Any) -> Any:
    """Return a text without invisible characters. Every value passes here; what macros made of them passes as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, (Markup, Bound)) else value


_COUNT: Final = re.compile(r"(?<![\w.,-])([0-9][0-9,]*) (?=[a-z])")


class Bound(str):
    """A sentence of ours with blanks at which no line may end."""

    __slots__ = ()


def bound(text: str) -> Bound:
    """Return a sentence in which no line ends between a number and its noun."""
    return Bound(_COUNT.sub("\\1\N{NO-BREAK SPACE}", visible(text)))


def clock(seconds: float, name: str) -> str:
    """Return UTC seconds as a time of day with seconds, in a zone (IANA), in UTC for "": ``9:30:05 AM``."""
    at = datetime.fromtimestamp(seconds, zone(name) if name else UTC)
    return f"{at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


ROWS_SHOWN: Final = 50
KINDS_SHOWN: Final = 30
EXAMPLES_SHOWN: Final = 3

ENDINGS: Final = {
    "answered": "answered",
    "throttled": "rate limited (429)",
    "refused": "refused",
    "lost": "no usable answer",
}
WORDS: Final = {
    "exit_meaning": exit_meaning,
    "LABELS": LABELS,
    "MEANINGS": MEANINGS,
    "Action": Action,
    "Group": Group,
    "person": person,
    "status_of": status_of,
    "wants_decision": wants_decision,
}


def write_page(
    report: Report, stream: BinaryIO, *, to_fix: Sequence[str] = ("to_fix.xlsx",), notes: tuple[str, ...] = ()
) -> None:
    """
    Write the page. ``to_fix``: the paths of the workbooks to fix as a person would type them; ``notes``: about the files.

    Raises:
        OSError: the stream cannot take it.
    """
    names = {
        "report": report,
        "headline": headline(report),
        "missing": missing_sentence(report.missing),
        "steps": next_steps(report, to_fix),
        "notes": notes,
        "bar": totals_bar(report.totals),
        "columns": timeline_columns(report.timeline),
        "endings": [
            (css, text) for css, text in ENDINGS.items() if any(getattr(each, css) for each in report.timeline.slices)
        ],
        "shown": {"rows": ROWS_SHOWN, "kinds": KINDS_SHOWN, "examples": EXAMPLES_SHOWN},
    }
    write_markup(stream, "report.html.j2", WORDS | names)


HEADINGS: Final[dict[str, str]] = {
    Status.HELD: "On hold",
    Status.UNKNOWN: "Outcome of an earlier request not known",
    Status.INVALID: "To fix, not sent",
    Action.CANCEL: "Cancellations",
    Action.NO_SHOW: "No-shows",
    Action.UPDATE: "Updates",
    Action.CREATE: "New appointments",
    MISSING: "Missing from the file, only reported",
    Status.NOT_SENT: "Left out",
}
# A call has the colour of the status that it will have.
COLOURS: Final = {
    **{str(status): str(status) for status in Status},
    **{str(call): str(status) for call, status in SENT_AS.items()},
    MISSING: str(Status.NOT_SENT),
}
PLAN_WORDS: Final = {
    "COLOURS": COLOURS,
    "HEADINGS": HEADINGS,
    "LABELS": PLAN_LABELS,
    "MEANINGS": PLAN_MEANINGS,
    "hold_title": title_of,
    "in_words": in_words,
    "change_words": change_words,
    "texts_of": texts_of,
    "zone_words": zone_words,
}


def write_plan(plan: PlanResult, target: Path) -> Path:
    """
    Write a plan's page, whole or not at all, for its owner only; return where it stands.

    Raises:
        OSError: the disk refuses it; what stood there before still does.
    """
    with draft(target) as made:
        write_plan_page(plan, made.stream)
    return made.path


def write_plan_page(plan: PlanResult, stream: BinaryIO) -> None:
    """
    Write the page.

    Raises:
        OSError: the stream cannot take it.
    """
    names = {
        "plan": plan,
        "headline": plan_headline(plan),
        "due": reminders_due(plan.reminding),
        "bar": totals_bar(plan.sums),
        "zone": plan.zones[0] if len(plan.zones) == 1 else "",
    }
    write_markup(stream, "plan.html.j2", PLAN_WORDS | names)
