"""A sheet that brings appointment numbers for the first time, or none any more, books nobody a second time."""

from __future__ import annotations

import gc
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from desk import ROW, Desk, read_csv, statuses

from importer.cli.run_command import tell
from importer.commands.run import resume, retry, run
from importer.errors import Exit
from importer.ledger import open_ledger
from importer.ledger.tables import APPLICATION_ID
from importer.model.profile import Profile
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.commands.run import RunResult

OLD = Path(__file__).parents[1] / "ledger" / "version_1_0_0_without_numbers.sql"
SERVER = os.environ.get("IMPORTER_TEST_POSTGRES", "")
Row = dict[str, str]

# A connection that the server ended is thrown away by the pool without being closed, and the driver warns of it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def visit(number: str = "", phone: str = "2125550101", start: str = "2027-03-08 09:00", **more: str) -> Row:
    """Return a row whose number stands under a heading that version 1.0.0 did not match."""
    named = {"Appt #": number} if number else {}
    kept = {name: value for name, value in ROW.items() if name != "externalEventId"}
    return named | kept | {"phone": phone, "eventDateTime": start, "firstName": "Ana"} | more


def week(*, numbered: bool) -> list[Row]:
    return [visit(f"70{place}1" * numbered, f"212555010{place}", f"2027-03-1{place} 09:00") for place in range(1, 5)]


def numbers(result: RunResult) -> list[str]:
    return [row["result_external_event_id"] for row in read_csv(result.paths["results.csv"])]


def actions(desk: Desk) -> list[str]:
    return [deed[0] for deed in desk.deeds()]


@pytest.fixture(params=["sqlite", "postgresql"])
def clinic(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Desk]:
    """Return a desk whose ledger is of either kind."""
    if request.param == "sqlite":
        yield desk
        return
    psycopg = pytest.importorskip("psycopg")
    if not SERVER:
        pytest.skip("IMPORTER_TEST_POSTGRES names no server")
    schema = f"importer_numbers_{os.getpid()}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            desk.settings["ledger_url"] = f"{SERVER}?options=-csearch_path%3D{schema}"
            yield desk
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            gc.collect()


@pytest.fixture
def upgraded(desk: Desk) -> Desk:
    """Return a desk with the ledger of version 1.0.0, which did not match ``Appt #``, and an API that knows its visits."""
    place = desk.folder / "ledger.db"
    with closing(sqlite3.connect(place)) as database, database:
        database.executescript(OLD.read_text(encoding="utf-8"))
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        (told,) = database.execute("SELECT settings FROM runs").fetchone()
        settings = orjson.dumps(orjson.loads(told) | {"base_url": desk.sandbox.base_url})
        database.execute("UPDATE runs SET settings = ?", (settings,))
    with open_ledger(str(place)) as ledger:
        tell(desk.sandbox, ledger)
    return desk


def old_week() -> list[Row]:
    """Return the sheet of the run of version 1.0.0."""
    names = ("Ana", "Ben", "Cleo", "Dan")
    starts = ("2027-03-08 09:00", "2027-03-08 09:30", "2027-03-09 10:00", "2027-03-10 11:00")
    return [
        visit(f"700{place}", f"212555010{place}", start, firstName=name)
        for place, (name, start) in enumerate(zip(names, starts, strict=True), start=1)
    ]


def test_the_first_night_after_the_upgrade_books_nobody_again(upgraded: Desk) -> None:
    """A ledger of 1.0.0 with derived numbers: every row is unchanged, and from then on the number names the visit."""
    first = upgraded.run(*old_week())
    second = upgraded.run(*old_week())

    assert [statuses(night) for night in (first, second)] == [["unchanged"] * 4] * 2
    assert numbers(first) == ["7001", "7002", "7003", "7004"]
    assert upgraded.deeds() == []
    with open_ledger(str(upgraded.folder / "ledger.db")) as ledger:
        assert [len(ledger.history(number).reminders) for number in numbers(first)] == [1] * 4
        assert len(ledger.history("7001").rows) == 3
        assert ledger.verify().faults == ()


def test_what_changed_by_then_is_an_update_or_a_cancel_of_the_same_reminder(upgraded: Desk) -> None:
    """A new name, a cancelled visit, and later a moved one are told by the number; nothing is created."""
    rows = old_week()
    rows[0]["lastName"] = "Lopez"
    rows = [row | {"action": "cancel" if place == 1 else "upsert"} for place, row in enumerate(rows)]

    assert statuses(upgraded.run(*rows)) == ["updated", "cancelled", "unchanged", "unchanged"]
    rows[2]["eventDateTime"] = "2027-03-12 15:00"
    assert statuses(upgraded.run(*rows)) == ["unchanged", "unchanged", "updated", "unchanged"]
    assert sorted(actions(upgraded)) == ["cancel", "update", "update"]


def test_a_visit_that_moved_that_very_night_is_asked_about(upgraded: Desk) -> None:
    """Its reminder is gone from the sheet and has no number; the row is held, and the others go."""
    rows = old_week()
    rows[3]["eventDateTime"] = "2027-03-12 11:00"

    result = upgraded.run(*rows)

    assert statuses(result) == ["unchanged"] * 3 + ["held"]
    assert [hold.code for hold in result.run.unreleased] == ["moved_without_number"]
    assert result.exit_code is Exit.HELD
    assert upgraded.deeds() == []


def test_a_profile_that_says_moved_moves_it(upgraded: Desk) -> None:
    """With without_number = "moved" the row is an update, and its number is known the night after."""
    upgraded.profile = Profile(without_number="moved")
    rows = old_week()
    rows[3]["eventDateTime"] = "2027-03-12 11:00"

    assert statuses(upgraded.run(*rows)) == ["unchanged"] * 3 + ["updated"]
    rows[3]["eventDateTime"] = "2027-03-13 11:00"
    assert statuses(upgraded.run(*rows)) == ["unchanged"] * 3 + ["updated"]
    assert actions(upgraded) == ["update", "update"]


def test_the_number_is_learnt_under_any_profile(upgraded: Desk) -> None:
    """A profile that the upgrade brought, with a snapshot that cancels, neither books nor cancels."""
    upgraded.profile = Profile(name="north", declared=True, snapshot="today..+60d", cancel_missing=True)

    assert statuses(upgraded.run(*old_week())) == ["unchanged"] * 4
    assert upgraded.deeds() == []


def test_numbers_come_and_go(clinic: Desk) -> None:
    """Nights without, with and again without numbers, on SQLite and PostgreSQL: created once, unchanged ever after."""
    nights = [clinic.run(*week(numbered=numbered)) for numbered in (False, True, False, True)]

    assert [statuses(night) for night in nights] == [["created"] * 4] + [["unchanged"] * 4] * 3
    assert len(clinic.deeds()) == 4
    moved = week(numbered=True)
    moved[1]["eventDateTime"] = "2027-03-20 09:00"
    assert statuses(clinic.run(*moved)) == ["unchanged", "updated", "unchanged", "unchanged"]


def test_a_column_of_numbers_that_vanishes_books_nobody_again(clinic: Desk) -> None:
    """Rows without the number that their visit has are that visit; one that moved that night is held."""
    clinic.run(*week(numbered=True))
    rows = week(numbered=False)
    rows[2]["eventDateTime"] = "2027-03-20 09:00"

    result = clinic.run(*rows)

    assert statuses(result) == ["unchanged", "unchanged", "held", "unchanged"]
    assert numbers(result)[:2] == ["7011", "7021"]
    assert len(clinic.deeds()) == 4


def test_a_cancel_without_the_number_reaches_the_reminder(desk: Desk) -> None:
    """A cancelled visit is cancelled, whichever of the two names the sheet has for it."""
    desk.run(*week(numbered=True))

    assert statuses(desk.run(week(numbered=False)[0] | {"action": "cancel"})) == ["cancelled"]
    desk.run(visit("", "2125550177"))
    assert statuses(desk.run(visit("88", "2125550177", action="cancel"))) == ["cancelled"]
    assert statuses(desk.run(visit("88", "2125550177", action="cancel"))) == ["unchanged"]


def test_two_lines_of_one_visit_stay_one(desk: Desk) -> None:
    """Two numbers for one visit were one row and its duplicate before they were known, and are so every night."""
    desk.run(visit())

    nights = [statuses(desk.run(visit("1"), visit("2"))) for _ in range(2)]

    assert nights == [["unchanged", "duplicate"]] * 2
    assert actions(desk) == ["create"]


@pytest.mark.parametrize(("families", "expected"), [(False, "held"), (True, "created")])
def test_another_first_name_is_another_person(desk: Desk, families: bool, expected: str) -> None:
    """A child's visit beside the mother's is no new number of hers; who shares phones is booked, else asked about."""
    desk.profile = Profile(families_share_phones=families)
    desk.run(visit())

    assert statuses(desk.run(visit("31", firstName="Ben"))) == [expected]


def test_another_type_or_time_is_another_visit(desk: Desk) -> None:
    """Only the same person, moment and type is the same visit."""
    desk.profile = Profile(families_share_phones=True)
    desk.run(visit())

    rows = [visit("31", eventType="6c52d314-a3ca-4781-ba70-5f3b0c8d1e02"), visit("32", start="2027-03-08 10:00")]
    assert statuses(desk.run(*rows)) == ["created", "created"]


def test_a_create_in_doubt_is_repeated_under_the_number_that_it_had(desk: Desk) -> None:
    """The API may have made it: under the new number it would make another."""
    desk.sandbox.set_faults(Rule("status_after", actions=("create",)))
    desk.run(visit(), max_attempts=1)
    desk.sandbox.set_faults()

    assert statuses(desk.run(visit("31"))) == ["created"]
    assert statuses(desk.run(visit("31"))) == ["unchanged"]
    assert actions(desk) == ["create"]


def test_an_old_sheet_without_numbers_takes_nothing_back(desk: Desk) -> None:
    """What was sent under a derived number is known to be older than what the number brought since."""
    desk.run(*week(numbered=False))
    desk.run(*week(numbered=True))
    moved = week(numbered=True)
    for row in moved:
        row["eventDateTime"] = row["eventDateTime"].replace("09:00", "12:00")
    desk.run(*moved)
    before = actions(desk)

    again = desk.run(*week(numbered=False))

    assert "created" not in statuses(again)
    assert actions(desk) == before


@pytest.mark.parametrize("again", [resume, retry])
def test_a_run_from_before_the_numbers_books_nobody_who_is_booked_by_now(
    desk: Desk, again: Callable[..., RunResult]
) -> None:
    """A night that stopped half way, then a night with numbers: neither resume nor retry of the first one books twice."""
    desk.sandbox.set_faults(Rule("status_before", actions=("create",), status=401))
    stopped = desk.run(*week(numbered=False))
    desk.sandbox.set_faults()
    desk.run(*week(numbered=True))
    before = actions(desk)

    again(desk.job(), stopped.run.id)

    assert actions(desk) == before
    assert before == ["create"] * 4


def test_other_rows_of_the_run_do_not_matter(desk: Desk) -> None:
    """A sheet of new and known visits books the new ones."""
    desk.run(visit())
    found = run(desk.job(), [desk.sheet(visit("9", "2125550188"), visit("31"), name="both.csv")])

    assert statuses(found) == ["created", "unchanged"]
