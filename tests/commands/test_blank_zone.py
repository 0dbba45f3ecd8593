"""A blank zone cell leaves the zone as it is, whatever zone the profile has by then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from desk import ROW, statuses

from importer.commands.ledgers import old_results
from importer.errors import Exit
from importer.ledger import open_ledger
from importer.model.profile import Location, Profile

if TYPE_CHECKING:
    from desk import Desk

DENVER = Profile(zone="America/Denver")
HALIFAX = {"subscriberTimeZone": "America/Halifax"}


def test_a_moved_time_stays_in_the_zone_held(desk: Desk) -> None:
    """The update of a row without a zone carries the zone that the reminder has, not the profile's."""
    desk.profile = DENVER
    desk.run(ROW | HALIFAX)
    unchanged = desk.run(ROW | {"subscriberTimeZone": ""})
    desk.run(ROW | {"subscriberTimeZone": "", "eventDateTime": "2027-03-08 11:15"})

    assert statuses(unchanged) == ["unchanged"]
    assert desk.deeds()[-1][2] == {"eventDateTime": "2027-03-08T11:15:00", **HALIFAX}


def test_a_sheet_without_the_column_leaves_it_too(desk: Desk) -> None:
    """So does a sheet that has no column of zones any more."""
    desk.run(ROW | HALIFAX)
    desk.profile = DENVER
    desk.run(
        {name: text for name, text in ROW.items() if name != "subscriberTimeZone"}
        | {"eventDateTime": "2027-03-09 08:00"}
    )

    assert desk.deeds()[-1][2] == {"eventDateTime": "2027-03-09T08:00:00", **HALIFAX}


def test_a_time_with_an_offset_brings_the_zone_it_was_converted_to(desk: Desk) -> None:
    """A start that states its offset is an instant: the zone in which its local time stands goes with it."""
    desk.profile = DENVER
    desk.run(ROW | HALIFAX)
    desk.run(ROW | {"subscriberTimeZone": "", "eventDateTime": "2027-03-08T17:30:00Z"})

    assert desk.deeds()[-1][2] == {"eventDateTime": "2027-03-08T10:30:00", "subscriberTimeZone": "America/Denver"}


def test_a_place_of_the_profile_is_said_by_the_row(desk: Desk) -> None:
    """The zone of the row's own location is no default: it does move the zone."""
    desk.run(ROW | HALIFAX)
    desk.profile = replace(DENVER, locations={"Hill": Location(zone="America/Boise")})
    desk.run(ROW | {"subscriberTimeZone": "", "location": "hill", "eventDateTime": "2027-03-08 10:00"})

    assert desk.deeds()[-1][2] == {"eventDateTime": "2027-03-08T10:00:00", "subscriberTimeZone": "America/Boise"}


@pytest.mark.parametrize("reported", [slice(1, 2), slice(0, 2)], ids=["updated row alone", "both reports"])
def test_a_rebuilt_ledger_takes_nothing_unknown_for_false(desk: Desk, reported: slice) -> None:
    """From the report of an update the sheet's own flag is known, and a sheet that repeats it has no fixed field changed."""
    row = ROW | {"sendEligibleSubscribersOnly": "true"}
    results = [desk.run(row), desk.run(row | {"firstName": "Anna"})]
    desk.settings = {"ledger_url": str(desk.folder / "rebuilt.db")}
    with open_ledger(str(desk.folder / "rebuilt.db")) as ledger:
        ledger.import_results(old_results(desk.job(), [str(one.paths["results.csv"]) for one in results[reported]]))

    again = desk.run(row | {"firstName": "Anna"})

    assert (statuses(again), again.exit_code) == (["unchanged"], Exit.DONE)


def test_a_flag_that_no_report_tells_is_not_known(desk: Desk) -> None:
    """Where the report had no such column, a sheet that has one is not told that it changes the flag."""
    row = ROW | {"sendEligibleSubscribersOnly": "true"}
    desk.run(row)
    updated = desk.run(ROW | {"firstName": "Anna"})
    desk.settings = {"ledger_url": str(desk.folder / "rebuilt.db")}
    with open_ledger(str(desk.folder / "rebuilt.db")) as ledger:
        ledger.import_results(old_results(desk.job(), [str(updated.paths["results.csv"])]))

    assert statuses(desk.run(row | {"firstName": "Anna"})) == ["unchanged"]
