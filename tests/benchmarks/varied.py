"""A large made-up sheet as clinics have it: hardly a value comes twice, and phones, dates and times stand in many forms."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADINGS = [
    "Appointment ID", "Patient first name", "Patient last name", "Phone", "Email", "Appointment type", "Date", "Time",
    "Location", "Practitioner", "Visit notes", "Insurance", "Status", "Remind",
]  # fmt: skip
AREAS = (212, 415, 312, 305, 702, 206, 617, 713, 404, 602, 303, 646, 503, 512, 214, 619, 816, 901)
FORMS = (
    "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1{0}{1}{2}", "1-{0}-{1}-{2}", "+1 {0} {1} {2}", "{0} {1} {2}",
)  # fmt: skip
LOCATIONS = tuple(f"Clinic {number}" for number in range(60))
TYPES = tuple(f"Visit kind {number}" for number in range(40))
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix")
WORDS = ("knee", "back", "first", "follow-up", "please", "bring", "papers", "left", "right", "calls", "wheelchair")


def rows(count: int) -> Iterator[list[str]]:
    """Yield so many rows; six phones in ten rows are distinct, half of them in seven written forms."""
    dice = random.Random(11)
    people = [_phone(dice) for _ in range(max(count * 6 // 10, 1))]
    for number in range(count):
        first, last = dice.randrange(12_000), dice.randrange(60_000)
        hour, minute = dice.randint(8, 18), dice.choice(("00", "15", "30", "45", "20", "40"))
        yield [
            f"V{number:08d}", f"Anna{first}", f"O'Lopez{last}", dice.choice(people), f"user{number}@example.com",
            dice.choice(TYPES), f"{dice.randint(1, 12)}/{dice.randint(13, 28)}/2027",
            f"{(hour - 1) % 12 + 1}:{minute} {'AM' if hour < 12 else 'PM'}", dice.choice(LOCATIONS),
            f"Dr. {dice.randrange(90)}", " ".join(dice.choices(WORDS, k=dice.randint(0, 9))),
            f"Plan {dice.randrange(400)}", dice.choice(("Confirmed", "Booked", "Scheduled")), dice.choice(("", "PT3H", "PT24H")),
        ]  # fmt: skip


def _phone(dice: random.Random) -> str:
    parts = dice.choice(AREAS), dice.randint(200, 999), f"{dice.randint(0, 9999):04d}"
    return dice.choice(FORMS).format(*parts) if dice.random() < 0.5 else "".join(map(str, parts))


def write_varied(path: Path, count: int) -> Path:
    """Write the rows as CSV, the profile that reads them as ``importer.toml`` beside it, and return the sheet's path."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        writer.writerows(rows(count))
    lines = [
        "[profile.default]",
        'date_order = "mdy"',
        "[profile.default.columns]",
        '"Appointment type" = "eventType"',
        '"Remind" = "remindTimeOffset"',
        '"Status" = ""',
        "[profile.default.event_types]",
        *(f'"{kind}" = "6c52d314-a3ca-4781-ba70-{place:012d}"' for place, kind in enumerate(TYPES, 1)),
    ]
    for place, name in enumerate(LOCATIONS):
        lines += [
            f'[profile.default.locations."{name}"]',
            f'zone = "{ZONES[place % len(ZONES)]}"',
            f'metadata = {{ address = "{place} Main Street" }}',
        ]
    path.with_name("importer.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return path
