"""The figures of a scenario, as they are printed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.scenarios import Outcome

HEAD = (
    "scenario", "rows", "kills", "stops", "server kills", "duplicate creates", "repeated no-shows", "lost uuids",
    "lost updates", "reverted updates", "other sins", "unknown rows", "repeated cancels", "attempts a row", "requests again", "slowest stop",
    "seconds",
)  # fmt: skip
NAMED = {"duplicate_creates", "repeated_no_shows", "lost_uuids", "lost_updates", "reverted_updates"}


def figures(outcome: Outcome) -> tuple[str, ...]:
    """Return the figures in the order of ``HEAD``."""
    found, kills = outcome.findings, outcome.killings
    others = (
        sum(len(sinners) for name, sinners in found.sins.items() if name not in NAMED) + kills.overdue + kills.crashes
    )
    numbers = (
        found.rows, kills.kills, kills.stops, outcome.server_kills, len(found.duplicate_creates),
        len(found.repeated_no_shows), len(found.lost_uuids), len(found.lost_updates),
        len(found.reverted_updates), others, found.unknown, found.repeated_cancels,
        f"{found.attempts / max(found.rows, 1):.2f}", outcome.again, f"{kills.slowest_stop_s:.2f}", f"{outcome.seconds:.0f}",
    )  # fmt: skip
    return (outcome.name, *(str(number) for number in numbers))


def table(outcomes: list[Outcome]) -> str:
    """Return the figures as a table, and what went wrong below it."""
    lines = [HEAD, *(figures(outcome) for outcome in outcomes)]
    turned = list(zip(*lines, strict=True))
    width = max(len(name) for name in HEAD)
    rows = [f"{name:<{width}}  " + "  ".join(f"{value:>8}" for value in values) for name, *values in turned]
    return "\n".join([*rows, *(line for outcome in outcomes for line in troubles(outcome))])


def troubles(outcome: Outcome) -> list[str]:
    """Return a line for each kind of sin, with the first sinners, and one with the exit codes."""
    lines = [f"{outcome.name}: {name}: {', '.join(who[:10])}" for name, who in outcome.findings.sins.items()]
    if outcome.killings.overdue:
        lines.append(f"{outcome.name}: {outcome.killings.overdue} stops took longer than they may")
    if outcome.killings.crashes:
        lines.append(f"{outcome.name}: {outcome.killings.crashes} importers crashed")
        lines += outcome.killings.last_words[:3]
    if outcome.killings.unread:
        lines.append(f"{outcome.name}: {outcome.killings.unread} resumes of a run that had not taken in its sheets")
    exits = ", ".join(f"{code} x {count}" for code, count in sorted(Counter(outcome.killings.exits).items()))
    return [*lines, f"{outcome.name}: exit codes {exits or 'none'}"]
