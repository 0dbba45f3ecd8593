"""What must hold for any file at all: no traceback, every row once, the sums right, an end in time."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from desk import NOW, Desk

from importer.commands.check import check
from importer.commands.job import Job
from importer.commands.run import run
from importer.errors import ImporterError
from importer.model.profile import EventType, Profile
from importer.sandbox import Sandbox
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutated_texts import Mutated

MOST_SECONDS = 10.0
"""Of processor time, the reading child's included: other programs may keep the machine busy."""

LONGEST_WAIT = 60.0
PROFILES = (
    Profile(),
    Profile(zone="America/Denver", event_type="Visit", event_types={"Visit": EventType("6c52d314-a3ca-4781-ba70-5f3b0c8d1e01")}, name_order="last first"),
    Profile(date_order="dmy", two_digit_years=True, region="GB"),
)  # fmt: skip


@dataclass
class Tried:
    """Counts of a whole trial, and what was found."""

    files: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    found: list[str] = field(default_factory=list)


def hold_checked(mutated: Mutated, path: Path, profile: Profile, tried: Tried) -> None:
    """Check one file; what is wrong with the outcome is noted in ``tried``."""
    told: list[Any] = []
    with _timed(mutated, path, tried, "check") as wrong:
        result = check(Job(Settings(), profile, now=lambda: NOW), [str(path)], each_row=told.append)
        tried.rows.update(result.statuses)
        numbers = [row["row"] for row in told]
        if not result.rows == len(told) == result.files[0].rows or Counter(row["status"] for row in told) != +Counter(
            result.statuses
        ):
            wrong.append(f"{result.rows} rows by status, {len(told)} told")
        wrong.extend(_unlike(mutated, numbers))


def hold_sent(mutated: Mutated, path: Path, profile: Profile, tried: Tried) -> None:
    """Run one file with an empty ledger against an empty sandbox."""
    with TemporaryDirectory() as folder, Sandbox() as sandbox, _timed(mutated, path, tried, "run") as wrong:
        desk = Desk(Path(folder), sandbox, profile=profile)
        report = run(desk.job(), [str(path)]).report
        rows = list(report.rows())
        totals = {str(status): count for status, count in report.totals.items() if count}
        tried.rows.update(totals)
        by_row = Counter(str(row.status) for row in rows)
        if totals != by_row or sum(file.rows for file in report.files) != len(rows):
            wrong.append(f"totals {totals}, rows {dict(by_row)}")
        created = sum(action == "create" for action, *_ in desk.deeds())
        if created != totals.get("created", 0):
            wrong.append(f"{created} created by the API, {totals.get('created', 0)} told")
        wrong.extend(_unlike(mutated, [row.number for row in rows]))


@contextmanager
def _timed(mutated: Mutated, path: Path, tried: Tried, what: str) -> Iterator[list[str]]:
    """Give a list for what is wrong; add the time, and how it ended."""
    path.write_bytes(mutated.content)
    tried.files[what] += 1
    wrong: list[str] = []
    began, used = time.monotonic(), _processor_s()
    try:
        yield wrong
    except ImporterError as refused:
        tried.refused[str(getattr(refused, "code", "") or type(refused).__name__)] += 1
    except Exception:  # noqa: BLE001 - any traceback at all is what is looked for
        wrong.append(traceback.format_exc())
    seconds, waited = _processor_s() - used, time.monotonic() - began
    tried.slowest_s = max(tried.slowest_s, seconds)
    if seconds > MOST_SECONDS or waited > LONGEST_WAIT:
        wrong.append(f"{seconds:.1f} s of processor time in {waited:.1f} s")
    tried.found += [f"{what} of {path.name}: {one}" for one in wrong]


def _processor_s() -> float:
    """Return the processor time of this process and of the children that ended, in seconds."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _unlike(mutated: Mutated, numbers: list[int]) -> Iterator[str]:
    """Yield what is wrong with the numbers of the rows that were told."""
    if numbers != sorted(set(numbers)):
        yield f"rows in disorder: {numbers}"
    if mutated.all_rows is not None and (gained := set(numbers) - mutated.all_rows):
        yield f"rows gained: {sorted(gained)}"
    if lost := mutated.sure_rows - set(numbers):
        yield f"rows lost: {sorted(lost)}"
