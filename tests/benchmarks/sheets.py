"""Large made-up sheets, the same for the same arguments."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADINGS = [
    "externalEventId", "phone", "firstName", "lastName", "emailAddress", "eventType", "remindTimeOffset",
    "followUpTimeOffset", "eventDateTime", "subscriberTimeZone", "sendEligibleSubscribersOnly",
    "metadata.eventLocation", "metadata.practitioner", "notes",
]  # fmt: skip
AREAS = (212, 415, 312, 305, 702, 206, 617, 713, 404, 602)
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
EVENT_TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


def rows(count: int, bad: float = 0.0) -> Iterator[list[str]]:
    """Yield so many rows of 14 cells; ``bad`` is the share of rows with one wrong value."""
    dice = random.Random(7)
    for number in range(count):
        area = dice.choice(AREAS)
        phone = f"({area}) {dice.randint(200, 999)}-{dice.randint(0, 9999):04d}"
        start = (
            f"{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}T{dice.randint(8, 17):02d}:{dice.choice(('00', '30'))}"
        )
        day = f"2027-{start}:00"
        if dice.random() < bad:
            phone, day = dice.choice(
                ((f"555-{number % 10_000:04d}", day), (phone, "2027-02-30T09:00:00"), ("x" + phone, day))
            )
        yield [
            f"A{number:08d}", phone, dice.choice(("Ana", "Ben", "Cora", "Zoë")), dice.choice(("Smith", "O'Brien", "Lopez")),
            f"user{number}@example.com", EVENT_TYPE, dice.choice(("PT3H", "PT24H")), dice.choice(("", "PT2H")), day,
            dice.choice(ZONES), dice.choice(("", "true")), dice.choice(("Downtown", "Uptown")),
            dice.choice(("Dr. A", "Dr. B")), "some notes here that are never sent",
        ]  # fmt: skip


def write_csv(path: Path, count: int, bad: float = 0.0) -> Path:
    """Write the rows as CSV and return the path."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        writer.writerows(rows(count, bad))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    """Write the rows as a workbook of texts and return the path."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([HEADINGS, *rows(count)]):
            for column, text in enumerate(row):
                sheet.write_string(place, column, text)
    return path
