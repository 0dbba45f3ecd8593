"""A held file is let go by a person's word, given to the drop or by any other way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from desk import ROW, appointments
from drop_yard import one, states

from importer.commands.run import retry, run
from importer.errors import Exit, UsageError
from importer.ingest.approvals import approve
from importer.model.profile import Profile

if TYPE_CHECKING:
    from drop_yard import Yard

LATER = "2027-03-08 10:00"


def hold(yard: Yard) -> None:
    """Let a file be held, because it moves everything by an hour."""
    yard.put("a.csv", *appointments(6))
    yard.ingest()
    yard.put("b.csv", *appointments(6, eventDateTime=LATER))
    assert yard.ingest().exit_code is Exit.HELD


def test_release_by_the_drop(yard: Yard) -> None:
    """--file NAME --release CODE sends the held rows and puts the file away; the next pass is clean."""
    hold(yard)

    result = approve(yard.desk.job(release=("moved_together",)), yard.drop, "b.csv")

    assert (one(result).state, result.exit_code) == ("done", Exit.DONE)
    assert len(yard.desk.sandbox.effects("update")) == 6
    assert yard.files() == []
    assert (yard.ingest().exit_code, yard.ingest().news) == (Exit.DONE, [])


@pytest.mark.parametrize("how", ["retry", "run"])
def test_release_by_hand(yard: Yard, how: str) -> None:
    """A retry or a run of the file by hand settles it, too: the next pass moves it and sends nothing."""
    hold(yard)
    job = yard.desk.job(release=("moved_together",))
    if how == "retry":
        retry(job)
    else:
        run(job, [str(yard.path / "b.csv")])
    sent = len(yard.desk.sandbox.requests())

    result = yard.ingest()

    assert (states(result), result.exit_code) == ({"b.csv": "done"}, Exit.DONE)
    assert yard.files() == []
    assert len(yard.desk.sandbox.requests()) == sent


def test_rows_that_a_later_file_touched_are_superseded(yard: Yard) -> None:
    """What a later file said of an appointment counts; the approved rows of the older one do not undo it."""
    hold(yard)
    yard.put("c.csv", ROW | {"eventDateTime": "2027-03-09 11:00"})
    yard.ingest()

    approve(yard.desk.job(release=("moved_together",)), yard.drop, "b.csv")

    starts = {
        each["values"]["externalEventId"]: each["values"]["eventDateTime"] for each in yard.desk.sandbox.reminders()
    }
    assert starts["1001"].startswith("2027-03-09T11:00")
    assert starts["1002"].startswith("2027-03-08T10:00")
    assert yard.files() == []


def test_approval_of_missing_appointments(yard: Yard) -> None:
    """--approve N cancels the N that are missing, and only that number."""
    yard.desk.profile = Profile(
        name="clinic", declared=True, snapshot="today..+60d", cancel_missing=True, guard_count=1
    )
    yard.put("a.csv", *appointments(8))
    yard.ingest()
    yard.put("b.csv", *appointments(6))
    held = yard.ingest()
    assert held.exit_code is Exit.HELD
    assert any("--file b.csv --approve N" in line for line in held.news)

    wrong = approve(yard.desk.job(approve=3), yard.drop, "b.csv")
    right = approve(yard.desk.job(approve=2), yard.drop, "b.csv")

    assert (wrong.exit_code, right.exit_code) == (Exit.HELD, Exit.DONE)
    assert len(yard.desk.sandbox.effects("cancel")) == 2
    assert yard.files() == []


@pytest.mark.parametrize("name", ["a.csv", "nothing.csv"])
def test_file_that_is_not_held(yard: Yard, name: str) -> None:
    """Only a held file can be approved; the refusal names those that are."""
    hold(yard)

    with pytest.raises(UsageError) as refused:
        approve(yard.desk.job(release=("moved_together",)), yard.drop, name)

    assert "b.csv" in refused.value.fix


def test_nothing_approved(yard: Yard) -> None:
    """A file alone approves nothing."""
    with pytest.raises(UsageError):
        approve(yard.desk.job(), replace(yard.drop), "b.csv")
