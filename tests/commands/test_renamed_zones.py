"""A time zone that tzdata renamed since a visit was booked: nobody is told anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import Desk, appointments, statuses

from importer.ledger import open_ledger
from importer.model.statuses import derived_external_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOW, BEFORE = "Europe/Kyiv", "Europe/Kiev"


def visits(*, with_number: bool) -> list[dict[str, str]]:
    rows = appointments(3, subscriberTimeZone=NOW)
    return (
        rows
        if with_number
        else [{name: cell for name, cell in row.items() if name != "externalEventId"} for row in rows]
    )


def rebuild(desk: Desk, renamed: Callable[[str], str]) -> None:
    """Make the ledger anew of its own export, as it was before the zone was renamed."""
    place = desk.folder / "ledger.db"
    with open_ledger(str(place)) as ledger:
        lines: Sequence[bytes] = [renamed(line.decode()).encode() for line in ledger.export()]
    place.unlink()
    with open_ledger(str(place)) as ledger:
        ledger.import_export(lines)


@pytest.mark.parametrize("with_number", [True, False])
def test_a_renamed_zone_sends_nothing(desk: Desk, *, with_number: bool) -> None:
    """Rows whose zone has another name by now are unchanged, also those whose derived number was made with the old one."""
    rows = visits(with_number=with_number)
    result = desk.run(*rows)
    assert statuses(result) == ["created"] * 3
    numbers = {}
    for place, told in enumerate([] if with_number else result.report.rows()):
        now, before = (
            derived_external_id(f"+1212555{101 + place:04d}", "2027-03-08T09:00:00", zone, rows[place]["eventType"])
            for zone in (NOW, BEFORE)
        )
        assert told.external_event_id == now
        numbers[now] = before

    def renamed(line: str) -> str:
        for number, before in numbers.items():
            line = line.replace(number, before)
        return line.replace(NOW, BEFORE)

    rebuild(desk, renamed)
    sent = len(desk.sandbox.requests())

    assert statuses(desk.run(*rows, new_ledger=True)) == ["unchanged"] * 3
    assert statuses(desk.run(*rows)) == ["unchanged"] * 3
    assert len(desk.sandbox.requests()) == sent
