"""
Sheets of appointments with made-up lives, and what must have happened when every row is done.

Appointments that are to be missed were booked by an earlier sheet, for nobody can miss an appointment that is still to
come; the others live their whole life in the one sheet over which the importer is killed.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

HEADINGS = (
    "Action",
    "Appointment number",
    "Mobile phone",
    "Appointment type",
    "Appointment start",
    "Time zone",
    "metadata.note",
)
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
ZONE = "America/New_York"
AREAS = (
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216",
    "217", "218", "219", "224", "225", "228", "229", "231", "234", "239", "240", "248", "251", "252",
    "253", "254", "256", "260", "262", "267", "269", "270", "276", "281", "301", "302", "303", "304",
    "305", "307", "308", "309", "310", "312", "313", "314",
)  # fmt: skip

# Lives of an appointment after its create: u an update, c a cancel, n a no-show.
CREATES_ONLY = ("",)
ALL_LIVES = ("", "", "u", "u", "uu", "c", "uc", "n", "un")


EARLIER, NOW = "earlier.csv", "chaos.csv"
BOOKED_BEFORE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its sheet, its number as a person sees it, its action, and the note that it sets ("" for none)."""

    sheet: str
    number: int
    action: str
    note: str

    @property
    def place(self) -> tuple[str, int]:
        """Where the row stands."""
        return self.sheet, self.number

    @property
    def step(self) -> tuple[str, str]:
        """What the row does, told apart from the other rows of its appointment: updates by their note."""
        return self.action, self.note if self.action == "update" else ""


@dataclass(slots=True)
class Appointment:
    """One appointment: ``phone`` as digits with country code, and its rows in the sheet's order."""

    id: str
    phone: str
    missed: bool
    rows: list[Row] = field(default_factory=list)

    def rows_of(self, action: str) -> list[Row]:
        """Return the rows with this action."""
        return [row for row in self.rows if row.action == action]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the sheet asks for."""

    appointments: tuple[Appointment, ...]

    @property
    def rows(self) -> int:
        """How many rows the sheet has."""
        return sum(len(one.rows) for one in self.appointments)


def make(folder: Path, *, rows: int, lives: Sequence[str], seed: int) -> Plan:
    """Write both sheets, of about so many rows, lives mixed but each in its order; return what must come of them."""
    dice = random.Random(seed)
    chosen: list[tuple[Appointment, str]] = []
    total = 0
    while total < rows:
        life = dice.choice(lives)
        chosen.append((_appointment(len(chosen), life), life))
        total += 1 + len(life)
    steps = list(_mixed(chosen, dice))
    earlier = [step for step in steps if _is_earlier(*step)]
    _write(folder / EARLIER, earlier)
    _write(folder / NOW, [step for step in steps if not _is_earlier(*step)])
    return Plan(tuple(one for one, _ in chosen))


def _is_earlier(one: Appointment, action: str, _note: str) -> bool:
    return one.missed and action == "create"


def _write(path: Path, steps: Sequence[tuple[Appointment, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number, (one, action, note) in enumerate(steps, start=2):
            one.rows.append(Row(path.name, number, action, note))
            writer.writerow(_cells(one, action, note))


def _appointment(place: int, life: str) -> Appointment:
    area, line = AREAS[place // 100 % len(AREAS)], place % 100
    return Appointment(f"C-{place:06d}", f"1{area}55501{line:02d}", missed="n" in life)


def _mixed(chosen: list[tuple[Appointment, str]], dice: random.Random) -> Iterator[tuple[Appointment, str, str]]:
    turns = [place for place, (_, life) in enumerate(chosen) for _ in range(1 + len(life))]
    dice.shuffle(turns)
    lives = [_steps(life) for _, life in chosen]
    for place in turns:
        action, note = next(lives[place])
        yield chosen[place][0], action, note


def _steps(life: str) -> Iterator[tuple[str, str]]:
    yield "create", "v0"
    for version, letter in enumerate(life, start=1):
        yield ("update", f"v{version}") if letter == "u" else ({"c": "cancel", "n": "no_show"}[letter], "")


def _cells(one: Appointment, action: str, note: str) -> list[str]:
    if action != "create":
        return [action, one.id, one.phone, "", "", "", note]
    return [action, one.id, one.phone, TYPE, _start(one), ZONE, note]


def _start(one: Appointment) -> str:
    """Return two in the afternoon: yesterday for a missed appointment, in a month for any other."""
    day = datetime.now() + timedelta(days=-1 if one.missed else 30)  # noqa: DTZ005 - any day near will do
    return f"{day:%Y-%m-%d}T14:00:00"
