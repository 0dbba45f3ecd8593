"""Killed at every point: after each write of the ledger and each departure (bar K4, with faults K2)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from long_form import longer
from simulated import EPOCH, PretendApi, Row, Story, World, plan_run

from importer.ledger import open_ledger
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action, Status

if TYPE_CHECKING:
    from pathlib import Path

    from planned import Request

CREATE, UPDATE, CANCEL, NO_SHOW = Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW


class Killed(BaseException):
    """The process is gone."""


class Doomed:
    """Counts writes and departures, before and after, and kills at one of these points."""

    def __init__(self, calls: Any, world: World, at: int) -> None:
        self._calls = calls
        self._left = at
        self._hand = world.hand
        world.hand = self.hand  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def record(self, *args: Any, **kwargs: Any) -> Any:
        self.step()
        changed = self._calls.record(*args, **kwargs)
        self.step()
        return changed

    def hand(self, call: Any, *, in_flight: int) -> None:
        self.step()
        self._hand(call, in_flight=in_flight)
        self.step()


def rows() -> list[Row]:
    """Twenty rows: ten creates, some of which are changed, cancelled or missed by their person."""
    made = [Row(CREATE, str(number)) for number in range(1, 11)]
    made += [Row(UPDATE, str(number), sent={"firstName": "Bea"}) for number in range(1, 5)]
    made += [Row(CANCEL, str(number)) for number in range(3, 6)]
    return made + [Row(NO_SHOW, str(number)) for number in range(8, 11)]


@pytest.mark.parametrize("faults", ["none", "some"])
def test_killed_at_every_point_and_started_again(tmp_path: Path, faults: str) -> None:
    """No create is doubled, no no-show repeated, no uuid or update lost, wherever the process died."""

    def fail(api: PretendApi, request: Request, _now: float) -> Reply | None:
        """Fail each seventh request, in turn before and after its effect."""
        if faults == "none" or len(api.requests) % 7:
            return None
        if len(api.requests) % 2:
            api.act(request)
        return Reply(trouble=Trouble.RESET)

    with open_ledger(str(tmp_path / "planned.db")) as ledger:
        run_id = plan_run(ledger, rows()).id
    point = 0
    while True:
        api = PretendApi(fail)
        place = shutil.copy(tmp_path / "planned.db", tmp_path / "copy.db")
        with open_ledger(str(place)) as ledger:
            told = Story(ledger, ledger.run(run_id))
            world = World(api)
            try:
                told.send(world, calls=Doomed(told.run.calls, world, point), concurrency=4)
                break
            except Killed:
                told.run.recovery.recover(at=EPOCH)
                told.send(World(api), concurrency=4)
            judge(told, api)
        point += longer(3, 1)

    assert point > 60


def judge(told: Story, api: PretendApi) -> None:
    by_number = {row.number: row for row in told.rows()}
    assert sum(told.totals.values()) == len(rows())
    assert len(api.values) == 10
    assert all(count == 1 for count in api.count("create").values())
    assert all(count == 1 for count in api.count("no_show").values())
    for number, row in enumerate(rows(), start=2):
        reported = by_number[number]
        uuid = api.held[f"415555{int(row.number):04d}", row.number]
        if row.action is NO_SHOW:
            assert reported.status in {Status.NO_SHOW_SENT, Status.UNKNOWN}
            assert reported.status is Status.UNKNOWN or uuid in api.count("no_show")
            continue
        assert reported.status is not None
        assert reported.status.done
        assert reported.uuid == uuid
        if row.action is UPDATE:
            assert api.values[uuid]["firstName"] == "Bea"
        if row.action is CANCEL:
            assert uuid in api.gone
