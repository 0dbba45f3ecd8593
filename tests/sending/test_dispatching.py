"""The thread that leads, in a simulated world with a real ledger: order, marks, canary, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simulated import EPOCH, PretendApi, Row, World, creates, order_of, story

from importer.errors import LedgerError
from importer.model.planned_calls import Reply, Trouble
from importer.model.records import Key
from importer.model.statuses import Action, Status
from importer.pacing import Pace
from importer.sending.workers import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from planned import Request

    from importer.model.planned_calls import Intent, Settlement

CREATE, UPDATE, CANCEL, NO_SHOW = Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW


class Watched:
    """A ledger that notes how many calls are marked as sending after each write, beside those in flight."""

    def __init__(self, calls: Any, world: World) -> None:
        self._calls = calls
        self._world = world
        self.marked: set[int] = set()
        self.most_marked = 0
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)

    def record(self, intents: list[Intent] = (), settlements: list[Settlement] = ()) -> tuple[Settlement, ...]:
        changed = self._calls.record(intents, settlements)
        self.writes += 1
        self.marked -= {one.row_id for one in settlements}
        self.marked |= {one.row_id for one in intents}
        self.most_marked = max(self.most_marked, len(self.marked))
        assert len(self.marked) == self._world.in_flight + len(intents)
        return changed


def test_every_row_is_settled_once(tmp_path: Path) -> None:
    """A run without faults makes each reminder once and remembers each uuid."""
    api = PretendApi()
    with story(tmp_path / "l.db", creates(300)) as told:
        result = told.send(World(api))

        assert told.totals == {Status.CREATED: 300}
        assert {row.uuid for row in told.rows()} == set(api.values)
        assert told.ledger.reminder_by_uuid("u-1") is not None
    assert (result.exit_code, result.attempts) == (None, 300)
    assert set(api.count("create").values()) == {1}
    assert told.progress[-1] == Progress(300, 0)


def test_the_soonest_due_goes_first(tmp_path: Path) -> None:
    """Rows are sent by their appointment's start, not by their place in the sheet."""
    rows = [Row(CREATE, str(number), due=(number * 7919) % 1000) for number in range(1, 60)]
    world = World(PretendApi())
    with story(tmp_path / "l.db", rows) as told:
        told.send(world, concurrency=1)

    dues = [call.due - EPOCH for _, call in world.departures]
    assert dues == sorted(dues)


@pytest.mark.parametrize("concurrency", [1, 4, 32])
def test_no_more_calls_are_marked_than_are_in_flight(tmp_path: Path, concurrency: int) -> None:
    """After every write the ledger's marks are the calls in flight and those about to leave, never more than allowed."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", creates(200)) as told:
        watched = Watched(told.run.calls, world)
        told.send(world, calls=watched, concurrency=concurrency)

    assert watched.most_marked <= concurrency
    assert world.most_in_flight == concurrency
    assert watched.marked == set()


def test_one_write_holds_what_came_back_and_what_leaves(tmp_path: Path) -> None:
    """Durability costs less than a transaction for each call."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", creates(320)) as told:
        watched = Watched(told.run.calls, world)
        told.send(world, calls=watched, concurrency=32)

    assert watched.writes < 320 / 4


def test_progress_is_told_after_it_is_durable(tmp_path: Path) -> None:
    """What a bar shows is in the ledger."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", creates(100)) as told:

        def check(progress: Progress) -> None:
            assert sum(told.totals.values()) >= progress.done

        told.on_progress = check
        told.send(world)


def test_the_first_call_goes_alone(tmp_path: Path) -> None:
    """Nothing else leaves before the API took one."""
    world = World(PretendApi(), latency_s=1.0)
    with story(tmp_path / "l.db", creates(50)) as told:
        told.send(world, concurrency=16)

    times = [at for at, _ in world.departures]
    assert times[0] == 0
    assert times[1] >= 0.5
    assert times[16] == times[1]


def test_a_rate_is_kept_to(tmp_path: Path) -> None:
    """Calls leave no faster than the pace allows."""
    world = World(PretendApi(), latency_s=0.01)
    with story(tmp_path / "l.db", creates(200)) as told:
        told.send(world, its_pace=Pace(ceiling=20, start=20))

    assert 9.5 < world.now < 11


def test_calls_of_one_appointment_go_in_row_order_and_never_overlap(tmp_path: Path) -> None:
    """Create, update and cancel of 500 appointments in one file, sixteen at a time (bar N12)."""
    rows = [Row(action, str(number)) for action in (CREATE, UPDATE, CANCEL) for number in range(1, 501)]
    world = World(PretendApi())
    with story(tmp_path / "l.db", rows) as told:
        told.send(world, concurrency=16)

        assert told.totals == {Status.CREATED: 500, Status.UPDATED: 500, Status.CANCELLED: 500}
    assert set(map(tuple, order_of(world.api).values())) == {("create", "update", "cancel")}


def test_calls_behind_a_failed_create_are_not_sent(tmp_path: Path) -> None:
    """Without a uuid there is nothing to update or cancel; other appointments go on."""
    rows = [Row(CREATE, "1"), Row(UPDATE, "1"), Row(CANCEL, "1"), Row(CREATE, "2")]

    def refuse(_api: PretendApi, request: Request, _now: float) -> Reply | None:
        return Reply(status=400, excerpt="no") if b'"1"' in (request.body or b"") else None

    with story(tmp_path / "l.db", rows) as told:
        told.send(World(PretendApi(refuse)))

        assert told.totals == {Status.FAILED: 1, Status.NOT_SENT: 2, Status.CREATED: 1}


def test_an_older_record_is_updated_and_its_uuid_kept(tmp_path: Path) -> None:
    """The API returned what it held for the key; the row ends updated, with a warning, and the ledger knows the uuid."""
    api = PretendApi()
    api._create(
        {"phone": "4155550001", "externalEventId": "1", "firstName": "Old", "eventDateTime": "2026-01-01T09:00:00"}
    )
    with story(tmp_path / "l.db", creates(1)) as told:
        told.send(World(api))

        row = told.rows()[0]
        assert (row.status, row.uuid, len(row.attempts)) == (Status.UPDATED, "u-1", 2)
        assert [warning["code"] for warning in row.warnings] == ["older_reminder_found"]
        reminder = told.ledger.reminders([Key("+14155550001", "1")])[Key("+14155550001", "1")]
        assert (reminder.uuid, reminder.in_doubt) == ("u-1", None)
    assert api.values["u-1"]["eventDateTime"] == "2027-03-04T14:30:00"
    assert api.values["u-1"]["firstName"] == "Ana"


@pytest.mark.parametrize("moment", ["first", "always"])
def test_a_foreign_answer_is_never_stored(tmp_path: Path, moment: str) -> None:
    """Somebody else's record is asked about again; if it stays, the row is unknown and has no uuid (bar N7)."""
    mixed = 0

    def mix_up(api: PretendApi, request: Request, _now: float) -> Reply | None:
        nonlocal mixed
        if b'"externalEventId": "2"' not in (request.body or b"") or (moment == "first" and mixed):
            return None
        mixed += 1
        api.act(request)
        return Reply(status=200, answer={"uuid": "foreign", "phone": "4155550009", "externalEventId": "9"})

    with story(tmp_path / "l.db", creates(3)) as told:
        told.send(World(PretendApi(mix_up)))

        assert told.ledger.reminder_by_uuid("foreign") is None
        row = told.rows()[1]
        assert row.uuid != "foreign"
        assert row.status is (Status.CREATED if moment == "first" else Status.UNKNOWN)


def test_a_uuid_that_the_ledger_holds_for_another_is_not_stored(tmp_path: Path) -> None:
    """An answer that names neither phone nor number is unmasked by its uuid."""

    def mix_up(_api: PretendApi, request: Request, _now: float) -> Reply | None:
        return Reply(status=200, answer={"uuid": "u-1"}) if b'"externalEventId": "2"' in (request.body or b"") else None

    with story(tmp_path / "l.db", creates(2)) as told:
        told.send(World(PretendApi(mix_up)), concurrency=1)

        assert told.totals == {Status.CREATED: 1, Status.UNKNOWN: 1}
        held = told.ledger.reminder_by_uuid("u-1")
        assert held is not None
        assert held.key == Key("+14155550001", "1")
    assert told.progress[-1] == Progress(2, 1)


def test_a_ledger_that_cannot_be_written_lets_nothing_leave(tmp_path: Path) -> None:
    """What is in flight is waited for and written if that is possible again; then the error is raised (bar K6)."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", creates(100)) as told:
        full = Full(told.run.calls, after=10)
        with pytest.raises(LedgerError, match="disk is full"):
            told.send(world, calls=full, concurrency=8)

        assert world.in_flight == 0
        assert len(world.departures) == full.marked
        assert told.totals.get(Status.CREATED, 0) <= full.marked


def test_outcomes_are_written_when_the_ledger_recovers(tmp_path: Path) -> None:
    """A disk that had no room for a moment loses no uuid."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", creates(100)) as told:
        full = Full(told.run.calls, after=10, times=1)
        with pytest.raises(LedgerError):
            told.send(world, calls=full, concurrency=8)

        assert told.totals[Status.CREATED] == len(world.departures) == len(world.api.values)


class Full:
    """A ledger on a disk that is full after some writes, for a number of writes."""

    def __init__(self, calls: Any, *, after: int, times: int = 10**9) -> None:
        self._calls = calls
        self._left = after
        self._times = times
        self.marked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)

    def record(self, intents: Any = (), settlements: Any = ()) -> tuple[Settlement, ...]:
        self._left -= 1
        if self._left < 0 and self._times > 0:
            self._times -= 1
            raise LedgerError("The ledger cannot be written: the disk is full.")
        self.marked += len(intents)
        return tuple(self._calls.record(intents, settlements))


def test_a_fault_of_the_client_stops_the_run_and_is_raised(tmp_path: Path) -> None:
    """A bug is not taken for an outcome; what else is in flight is settled first."""

    class Breaking(World):
        def take(self, wait_s: float | None, linger_s: float = 0.0) -> list[Any]:
            from dataclasses import replace

            arrived = super().take(wait_s, linger_s)
            return [replace(one, fault=ValueError("bug")) if one.call.row_id == 20 else one for one in arrived]

    world = Breaking(PretendApi())
    with story(tmp_path / "l.db", creates(100)) as told:
        with pytest.raises(ValueError, match="bug"):
            told.send(world, concurrency=8)

        assert told.totals[Status.CREATED] == len(world.departures) - 1


def test_a_no_show_in_doubt_is_never_taken_from_the_ledger(tmp_path: Path) -> None:
    """Even if a ledger offered one, it would not be sent."""
    world = World(PretendApi())
    with story(tmp_path / "l.db", [Row(NO_SHOW, "1", uuid="u-1")]) as told:

        class Wrong:
            def __getattr__(self, name: str) -> Any:
                return getattr(told.run.calls, name)

            def ready(self, *args: Any) -> list[Any]:
                from dataclasses import replace

                return [replace(call, repeated=True) for call in told.run.calls.ready(*args)]

        with pytest.raises(AssertionError, match="no-show"):
            told.send(world, calls=Wrong())

    assert world.departures == []


def test_a_timed_out_no_show_ends_unknown_and_the_others_go_on(tmp_path: Path) -> None:
    """One attempt, one row for a person to settle."""
    api = PretendApi()
    for number in range(1, 5):
        api._create({"phone": f"415555{number:04d}", "externalEventId": str(number)})

    def hang(_api: PretendApi, request: Request, _now: float) -> Reply | None:
        return Reply(trouble=Trouble.READ_TIMEOUT) if request.uuid == "u-2" else None

    api.fault = hang
    world = World(api)
    with story(tmp_path / "l.db", [Row(NO_SHOW, str(n), uuid=f"u-{n}") for n in range(1, 5)]) as told:
        told.send(world)

        assert told.totals == {Status.NO_SHOW_SENT: 3, Status.UNKNOWN: 1}
    assert len(world.departures) == 4
