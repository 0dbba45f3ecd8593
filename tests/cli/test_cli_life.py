"""``importer explain``: one appointment's whole life, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import ROW, Desk

from importer.cli.history_command import told
from importer.cli.terminal import dressed
from importer.commands.report import explain
from importer.sandbox import Rule, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_S = 86_400
CANCEL = {"externalEventId": "1001", "phone": ROW["phone"], "action": "cancel"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Sandbox() as sandbox:
        yield Desk(tmp_path, sandbox)


def life(desk: Desk) -> list[str]:
    """Return what ``explain 1001`` prints."""
    return [dressed(line, colour=False) for line in told(explain(desk.job(), "1001"))]


def night(desk: Desk, row: dict[str, str], **settings: int) -> None:
    desk.run(row, **settings)
    desk.now += DAY_S


def test_a_whole_life_is_told_in_its_order(desk: Desk) -> None:
    """A failed try, the create, a move and a cancel stand one after the other, with answers and old and new values."""
    desk.sandbox.set_faults(Rule("status_before", status=503, times=1))
    night(desk, ROW, max_attempts=1)
    night(desk, ROW)
    night(desk, ROW | {"eventDateTime": "2027-03-09 10:30"})
    night(desk, CANCEL)

    lines = life(desk)

    assert lines[0] == "Appointment 1001, Ana: cancelled"
    assert "  Appointment start   Tue, Mar 9, 2027, 10:30 AM" in lines
    heads = [line.split("  ", 1)[1] for line in lines if "T15:06:40Z)" in line]
    assert heads == ["? unknown  (create)", "+ created  (create)", "~ updated  (update)", "- cancelled  (cancel)"]
    assert "  Appointment start: Mon, Mar 8, 2027, 9:00 AM → Tue, Mar 9, 2027, 10:30 AM" in lines
    assert sum("HTTP 503 after" in line for line in lines) == 1
    assert sum("HTTP 200 after" in line for line in lines) == 3


def test_quiet_nights_are_told_together(desk: Desk) -> None:
    """A month in which nothing changed is three lines, with its first and its last night."""
    for _ in range(5):
        night(desk, ROW)

    heads = [line for line in life(desk) if "T15:06:40Z)" in line]

    assert len(heads) == 2
    assert heads[1] == (
        "Wed, Mar 3, 2027, 10:06 AM New York time (2027-03-03T15:06:40Z) to "
        "Sat, Mar 6, 2027, 10:06 AM New York time (2027-03-06T15:06:40Z)  = unchanged, 4 times"
    )


def test_it_says_when_the_reminder_is_due(desk: Desk) -> None:
    """The clinic's time of the reminder stands with the values, and the phone as people write it."""
    night(desk, ROW | {"remindTimeOffset": "PT24H"})

    lines = life(desk)

    assert "  Remind before       24 hours before" in lines
    assert "  Reminder due        Sun, Mar 7, 2027, 9:00 AM New York time" in lines
    assert [line for line in lines if line.startswith("  Mobile phone        (")]


def test_a_warning_is_told_once(desk: Desk) -> None:
    """What was said of one night is not said again of the next; a problem is."""
    for name in ("Ana", "Bea"):
        night(desk, ROW | {"firstName": name, "remindTimeOffset": "PT3H"})
    night(desk, ROW | {"phone": ROW["phone"], "eventDateTime": "no day"})
    night(desk, ROW | {"phone": ROW["phone"], "eventDateTime": "no day"})

    lines = life(desk)

    assert sum("would go out at night" in line for line in lines) == 1
    assert sum("“no day” is not a date and time" in line for line in lines) == 2


def test_values_have_the_names_that_people_use(desk: Desk) -> None:
    """Neither braces nor the API's own words stand in what is held now."""
    night(desk, ROW | {"metadata.at": "Main St"})

    lines = life(desk)

    assert "  metadata.at         Main St" in lines
    assert "  Appointment type    6c52d314-a3ca-4781-ba70-5f3b0c8d1e01" in lines
    assert not [line for line in lines if "{" in line]
