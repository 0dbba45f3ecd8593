"""The pictures of the page as numbers: where each bar begins, how long it is. The template draws them as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.reporting.timeline import Timeline

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
