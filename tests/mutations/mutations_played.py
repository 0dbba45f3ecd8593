"""Mutated files by number, always the same ones, checked and run one after the other."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from held_sums import PROFILES, Tried, hold_checked, hold_sent
from mutated_texts import mutated_csv
from mutated_workbooks import mutated_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutated_texts import Mutated

MAKERS: dict[str, Callable[[Random], Mutated]] = {"csv": mutated_csv, "workbooks": mutated_workbook}


def play(kind: str, numbers: range, folder: Path, *, sends_each: int, keep: Path | None = None) -> Tried:
    """Check the mutated files of these numbers, which are always the same ones, and run one of ``sends_each``."""
    tried = Tried()
    for number in numbers:
        random = Random(f"{kind}/{number}")
        mutated = MAKERS[kind](random)
        path = folder / f"{number}{Path(mutated.name).suffix}"
        before, profile = len(tried.found), random.choice(PROFILES)
        hold_checked(mutated, path, profile, tried)
        if sends_each and number % sends_each == 0:
            hold_sent(mutated, path, profile, tried)
        if len(tried.found) > before:
            print("\n".join(tried.found[before:]), flush=True)
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / path.name).write_bytes(mutated.content)
        path.unlink()
    return tried
