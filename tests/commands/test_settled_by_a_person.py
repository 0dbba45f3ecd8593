"""What a person finds out counts for every later sheet: what was not sent is no newer word, what has ended stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import ROW, Desk, appointments, statuses

from importer.commands.report import resolve
from importer.commands.run import retry, run
from importer.errors import Exit
from importer.ledger import open_ledger
from importer.sandbox import Rule

if TYPE_CHECKING:
    from importer.commands.run import RunResult

PERSON = {"phone": "2125550177", "externalEventId": "elsewhere"}


def whole(desk: Desk) -> bool:
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        return ledger.verify().faults == ()


def stranger(desk: Desk) -> str:
    """Return the uuid of a reminder that somebody else made for this phone and number."""
    values = {
        **PERSON, "eventType": {"uuid": ROW["eventType"]}, "remindTimeOffset": "PT3H",
        "eventDateTime": "2027-03-20T09:00:00", "subscriberTimeZone": "America/New_York",
    }  # fmt: skip
    seeded = desk.sandbox.service.reminders.seed(values, desk.sandbox.service.behaviour)
    assert seeded is not None
    return seeded.uuid


def in_doubt(desk: Desk, *rows: dict[str, str], name: str) -> RunResult:
    """Run a sheet whose calls get no clear answer, and of which the API does nothing."""
    desk.sandbox.set_faults(Rule("status_before", status=500))
    result = run(desk.job(max_attempts=1), [desk.sheet(*rows, name=name)])
    desk.sandbox.set_faults()
    assert result.exit_code is Exit.UNKNOWN_OUTCOMES
    return result


@pytest.mark.parametrize("action", ["update", "cancel"])
@pytest.mark.parametrize("doubts", [1, 2])
def test_a_sheet_counts_again_once_the_newer_one_was_not_sent(desk: Desk, action: str, doubts: int) -> None:
    """Its rows are not held as older than a change of which a person says that the API did nothing."""
    monday = appointments(3)
    change = {"eventDateTime": "2027-03-25 10:00"} if action == "update" else {"action": "cancel"}
    rest = {"action": "upsert"} if action == "cancel" else {}
    run(desk.job(), [desk.sheet(*monday, name="monday.csv")])
    for night in range(doubts):
        tuesday = [monday[0] | change, *(row | rest for row in monday[1:])]
        found = in_doubt(desk, *tuesday, name=f"tuesday{night}.csv")
        desk.now += 60
        resolve(desk.job(), found.run.id, [2], sent=False)

    again = run(desk.job(), [desk.sheet(*monday, name="monday.csv")])

    assert again.exit_code is Exit.DONE
    assert whole(desk)


@pytest.mark.parametrize("ends", ["cancel", "no_show"])
def test_the_number_of_what_was_ended_by_uuid_is_learnt(desk: Desk, ends: str) -> None:
    """A sheet that books it by number hears of the end from the API once; later nights are told it, and send nothing."""
    uuid = stranger(desk)
    desk.now += 30 * 86_400
    assert run(desk.job(), [desk.sheet({"action": ends, "uuid": uuid})]).exit_code is Exit.DONE
    booking = ROW | PERSON | {"eventDateTime": "2027-05-20 09:00"}

    first = desk_run(desk, booking)
    before = len(desk.sandbox.requests())
    later = [desk_run(desk, booking), desk_run(desk, booking)]

    assert statuses(first) == ["unknown"]
    assert [statuses(night) for night in later] == [["invalid"]] * 2
    assert {row.problems[0]["code"] for night in later for row in night.report.rows()} == {
        {"cancel": "already_cancelled", "no_show": "already_no_show"}[ends]
    }
    assert len(desk.sandbox.requests()) == before
    assert whole(desk)


@pytest.mark.parametrize(("sent", "then"), [(True, "invalid"), (False, "updated")])
def test_the_number_of_a_cancel_in_doubt_is_learnt(desk: Desk, *, sent: bool, then: str) -> None:
    """Later nights wait for the word on the cancel without another call, and go by it."""
    uuid = stranger(desk)
    cancel = in_doubt(desk, {"action": "cancel", "uuid": uuid}, name="cancel.csv")
    booking = ROW | PERSON | {"eventDateTime": "2027-05-20 09:00"}

    assert statuses(desk_run(desk, booking)) == ["unknown"]
    before = len(desk.sandbox.requests())
    assert statuses(desk_run(desk, booking)) == ["not_sent"]
    assert len(desk.sandbox.requests()) == before
    resolve(desk.job(), cancel.run.id, [2], sent=sent)

    assert statuses(desk_run(desk, booking)) == [then]
    assert whole(desk)


@pytest.mark.parametrize("how", ["same-sheet", "retry", "retry-of-retry"])
def test_an_older_row_takes_back_nothing_that_its_uuid_alone_was_told(desk: Desk, how: str) -> None:
    """A create in doubt whose reminder a later row has moved by its uuid sends no older value once it is repeated."""
    row = ROW | PERSON
    desk.sandbox.set_faults(Rule("status_after", status=500, actions=("create",)))
    first = desk.run(row, max_attempts=1)
    (made,) = desk.sandbox.reminders()
    sooner = {"eventDateTime": "2027-03-05 09:00", "subscriberTimeZone": "America/New_York"}
    by_itself = {"action": "update", "uuid": made["uuid"], **sooner}
    if how == "retry-of-retry":
        first = retry(desk.job(max_attempts=1), first.run.id)
    desk.sandbox.set_faults()

    if how == "same-sheet":
        later = PERSON | {"action": "update", **sooner, "eventDateTime": "2027-03-28 09:00"}
        desk.run(row | {"action": "create"}, later, by_itself)
    else:
        desk.run(by_itself)
        retry(desk.job(), first.run.id)

    assert [one["values"]["eventDateTime"] for one in desk.sandbox.reminders()] == ["2027-03-05T09:00:00"]
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        (known,) = ledger.find("elsewhere")
        assert known.values["eventDateTime"] == "2027-03-05T09:00:00"
    assert whole(desk)


def desk_run(desk: Desk, *rows: dict[str, str]) -> RunResult:
    return run(desk.job(), [desk.sheet(*rows)])
