"""A reviewed plan is sent exactly, or not at all, also by a program that is killed; and to plan leaves nothing behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk, appointments, statuses

from importer.commands.plan import plan, run_plan
from importer.commands.run import resume
from importer.errors import Held, NothingToDo, UsageError
from importer.ledger.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UUID = "11111111-aaaa-4aaa-8aaa-000000000007"


class KilledError(BaseException):
    """Stands for a kill: nothing of the program goes on behind it."""


@contextmanager
def killed_after(write: int) -> Iterator[None]:
    """Kill the program once so many transactions of the ledger are on the disk."""
    left = count(1)
    with pytest.MonkeyPatch.context() as patch:
        real = Store.writing

        @contextmanager
        def writing(self: Store) -> Iterator[Any]:
            with real(self) as connection:
                yield connection
            if next(left) == write:
                raise KilledError

        patch.setattr(Store, "writing", writing)
        yield


def remembered(desk: Desk, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        return ledger.execute(f"SELECT * FROM {table}").fetchall()


def moved(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [each | {"eventDateTime": f"2027-03-{10 + place:02d} 16:00"} for place, each in enumerate(rows)]


@pytest.mark.parametrize("write", range(1, 14))
def test_a_kill_before_the_comparison_leaves_nothing_to_resume(desk: Desk, tmp_path: Path, write: int) -> None:
    """Whichever write was the last, calls that nobody has reviewed are not sent by a resume or the next run of the plan."""
    rows = [{**each, "subscriberTimeZone": ""} for each in moved(appointments(3))]
    desk.profile = replace(desk.profile, zone="America/New_York")
    sheet, saved = desk.sheet(*rows), tmp_path / "seen.plan"
    plan(desk.job(), [sheet], out=saved)
    desk.profile = replace(desk.profile, zone="America/Chicago")

    with killed_after(write), suppress(KilledError, Held):
        run_plan(desk.job(), saved)
    with suppress(UsageError, NothingToDo):
        resume(desk.job())

    assert desk.deeds() == []
    with pytest.raises(Held):
        run_plan(desk.job(), saved)
    assert desk.deeds() == []


@pytest.mark.parametrize("write", range(1, 14))
def test_a_kill_at_any_write_sends_the_reviewed_calls_only(desk: Desk, tmp_path: Path, write: int) -> None:
    """A plan that still fits is sent whole by its run and a resume together, each call once."""
    sheet, saved = desk.sheet(*appointments(3)), tmp_path / "seen.plan"
    plan(desk.job(), [sheet], out=saved)

    with killed_after(write), suppress(KilledError):
        run_plan(desk.job(), saved)
    with suppress(UsageError, NothingToDo):
        resume(desk.job())

    assert sorted({name for _, name, _ in desk.deeds()}, key=str) in ([], ["1001", "1002", "1003"])
    assert len(desk.deeds()) in {0, 3}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"externalEventId": "9", "phone": "2125550199", "firstName": "Cy"}, id="key-of-another"),
        pytest.param({"externalEventId": "9", "phone": "2125550199", "action": "cancel"}, id="cancel"),
        pytest.param({"firstName": "Cy"}, id="by-uuid-alone"),
        pytest.param({"uuid": "", "externalEventId": "1001", "phone": "2125550101", "firstName": "Cy"}, id="by-key"),
    ],
)
def test_a_plan_leaves_no_trace(desk: Desk, wrong: dict[str, str]) -> None:
    """Whatever a planned sheet says of a reminder of which only the uuid is known, the ledger stays to the byte."""
    elsewhere = desk.run(ROW, ledger_url=str(desk.folder / "elsewhere.db"))
    uuid = next(iter(elsewhere.report.rows())).uuid or ""
    desk.run({"uuid": uuid, "action": "update", "firstName": "Ann"})
    tables = ("runs", "files", "rows", "reminders")
    before = [remembered(desk, table) for table in tables]

    found = plan(desk.job(), [desk.sheet({"uuid": uuid, "action": "update"} | wrong, name="wrong.csv")])

    assert found.row_count == 1
    assert [remembered(desk, table) for table in tables] == before
    right = {"uuid": uuid, "externalEventId": "1001", "phone": "2125550101", "action": "update", "firstName": "Bea"}
    assert statuses(desk.run(right)) == ["updated"]
