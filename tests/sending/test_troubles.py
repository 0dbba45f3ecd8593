"""Outages, limits, refused tokens and faults of all kinds, in a simulated world with a real ledger."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from simulated import EPOCH, Fault, PretendApi, Row, Story, World, creates, story

from importer.errors import Exit
from importer.interrupts import StopSignal
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action, Status
from importer.pacing import DEFAULT_RATE, Pace, pace

if TYPE_CHECKING:
    from pathlib import Path

    from planned import Request

CREATE, UPDATE, CANCEL, NO_SHOW = Action.CREATE, Action.UPDATE, Action.CANCEL, Action.NO_SHOW

OUTAGES = {
    "refused": Reply(trouble=Trouble.REFUSED),
    "hanging": Reply(trouble=Trouble.READ_TIMEOUT),
    "http-503": Reply(status=503),
    "proxy-page": Reply(status=502, excerpt="a web page instead of an answer of the API"),
    "captive-portal": Reply(status=200, excerpt="a web page instead of an answer of the API"),
}
outages = pytest.mark.parametrize("reply", [pytest.param(reply, id=name) for name, reply in OUTAGES.items()])


def between(begin: float, end: float, reply: Reply) -> Fault:
    """Answer so in this span of time, without an effect."""
    return lambda _api, _request, now: reply if begin <= now < end else None


def doubles(api: PretendApi, action: str) -> int:
    return sum(count - 1 for count in api.count(action).values())


@outages
def test_survives_an_outage_of_a_minute(tmp_path: Path, reply: Reply) -> None:
    """All rows are created, none twice, with few attempts in vain (bar N9)."""
    world = World(PretendApi(between(3, 63, reply)))
    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(world, its_pace=Pace(50, 50))

        assert told.totals == {Status.CREATED: 400}
    assert result.exit_code is None
    assert result.attempts <= 1.2 * 400
    assert len(world.api.values) == 400
    assert world.now < 180
    assert any("does not answer" in progress.waiting for progress in told.progress)


@outages
def test_survives_an_outage_of_a_minute_at_the_start_with_one_row(tmp_path: Path, reply: Reply) -> None:
    """The smallest run has patience too, within its five attempts."""
    world = World(PretendApi(between(0, 60, reply)), timeout_s=10)
    with story(tmp_path / "l.db", creates(1)) as told:
        result = told.send(world)

        assert told.totals == {Status.CREATED: 1}
    assert result.attempts <= 5


@outages
def test_stops_after_a_long_outage(tmp_path: Path, reply: Reply) -> None:
    """After five minutes the run gives up: exit 5, the rest not sent, hardly more attempts than rows (bar N9)."""
    world = World(PretendApi(between(3, 603, reply)))
    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(world, its_pace=Pace(50, 50))

        totals = told.totals
    assert result.exit_code is Exit.STOPPED
    assert "minutes" in result.reason
    assert sum(totals.values()) == 400
    assert set(totals) <= {Status.CREATED, Status.NOT_SENT, Status.UNKNOWN}
    assert totals[Status.CREATED] == len(world.api.values)
    assert totals[Status.NOT_SENT] >= 100
    assert totals.get(Status.UNKNOWN, 0) <= 25
    assert result.attempts <= 1.2 * 400
    assert world.now < 603


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.DNS])
def test_an_address_where_nobody_is_stops_the_run_soon(tmp_path: Path, trouble: Trouble) -> None:
    """No connection from the first call on: little more than a minute, which an outage of a minute survives."""
    world = World(PretendApi(between(0, 10_000, Reply(trouble=trouble))))
    with story(tmp_path / "l.db", creates(40)) as told:
        result = told.send(world)

        assert told.totals == {Status.NOT_SENT: 40}
    assert result.exit_code is Exit.STOPPED
    assert "No connection" in result.reason
    assert result.attempts <= 5
    assert 60 < world.now <= 90


def test_an_address_where_somebody_was_is_waited_for(tmp_path: Path) -> None:
    """A gateway that answers at all, before or after, is a service that comes back."""
    refused, busy = Reply(trouble=Trouble.REFUSED), Reply(status=503)
    world = World(PretendApi(lambda _api, _request, now: (busy if now < 1 else refused) if now < 200 else None))
    with story(tmp_path / "l.db", creates(40)) as told:
        told.send(world)

        assert told.totals == {Status.CREATED: 40}


def test_a_surely_not_processed_outage_leaves_nothing_unknown(tmp_path: Path) -> None:
    """Refused connections put no row in doubt, no-shows included."""
    rows = [*creates(20), *(Row(NO_SHOW, str(n), uuid=f"u-{n}") for n in range(100, 120))]
    world = World(PretendApi(between(0, 10_000, Reply(trouble=Trouble.REFUSED))))
    with story(tmp_path / "l.db", rows) as told:
        result = told.send(world)

        assert told.totals == {Status.NOT_SENT: 40}
    assert result.exit_code is Exit.STOPPED


def test_an_outage_is_not_tried_with_no_shows(tmp_path: Path) -> None:
    """While there is anything that may be repeated, no no-show is spent on asking whether the API is back."""
    api = PretendApi()
    for number in range(1, 31):
        api._create({"phone": f"415555{number:04d}", "externalEventId": str(number)})
    rows = [Row(NO_SHOW, str(n), uuid=f"u-{n}", due=1) for n in range(1, 31)] + creates(30, begin=100)
    api.fault = between(0, 100, Reply(status=503))
    with story(tmp_path / "l.db", rows) as told:
        told.send(World(api))

        totals = told.totals
    assert totals[Status.CREATED] == 30
    assert totals[Status.NO_SHOW_SENT] >= 29
    assert totals.get(Status.UNKNOWN, 0) <= 1


def test_everybody_is_held_while_the_api_is_down(tmp_path: Path) -> None:
    """In an outage single calls leave, seconds apart."""
    world = World(PretendApi(between(2, 62, Reply(status=503))))
    with story(tmp_path / "l.db", creates(400)) as told:
        told.send(world, its_pace=Pace(50, 50), concurrency=8)

    in_outage = [at for at, _ in world.departures if 3 <= at < 62]
    assert 1 <= len(in_outage) <= 6
    assert all(later - earlier >= 2 for earlier, later in pairwise(in_outage))


def test_a_refused_token_at_the_start_costs_one_request(tmp_path: Path) -> None:
    """The canary meets it; no row fails by it, and a new token completes the run (bar N5)."""
    api = PretendApi(lambda _api, _request, _now: Reply(status=401))
    with story(tmp_path / "l.db", creates(50)) as told:
        result = told.send(World(api))

        assert told.totals == {Status.NOT_SENT: 50}
        assert (result.exit_code, len(api.requests)) == (Exit.AUTHENTICATION, 1)

        api.fault = None
        told.resume()
        assert told.send(World(api)).exit_code is None
        assert told.totals == {Status.CREATED: 50}


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_refused_in_mid_run_stops_it(tmp_path: Path, status: int) -> None:
    """At most the calls in flight follow, none fails by it, what was done stays done (bar N5)."""

    def expire(api: PretendApi, _request: Request, _now: float) -> Reply | None:
        return Reply(status=status) if len(api.effects) >= 500 else None

    api = PretendApi(expire)
    with story(tmp_path / "l.db", creates(1000)) as told:
        result = told.send(World(api), concurrency=16)

        assert told.totals == {Status.CREATED: 500, Status.NOT_SENT: 500}
    assert result.exit_code is Exit.AUTHENTICATION
    assert len(api.requests) <= 500 + 16


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(Reply(status=404), "base_url", id="404"),
        pytest.param(Reply(status=302), "redirected", id="redirect"),
        pytest.param(Reply(trouble=Trouble.TLS), "certificate", id="certificate"),
    ],
)
def test_a_wrong_address_stops_the_run_at_the_first_call(tmp_path: Path, reply: Reply, reason: str) -> None:
    """No row fails for a wrong setting (bar N6, N13)."""
    api = PretendApi(lambda _api, _request, _now: reply)
    with story(tmp_path / "l.db", creates(30)) as told:
        result = told.send(World(api))

        assert told.totals == {Status.NOT_SENT: 30}
    assert (result.exit_code, len(api.requests)) == (Exit.STOPPED, 1)
    assert reason in result.reason


@pytest.mark.parametrize("status", [302, 307, 407])
def test_one_redirect_among_good_answers_ends_nothing(tmp_path: Path, status: int) -> None:
    """The row goes again and the run goes on: calls that were done show that base_url is right."""
    api = PretendApi(lambda api, _request, _now: Reply(status=status) if len(api.requests) == 42 else None)
    with story(tmp_path / "l.db", creates(100)) as told:
        result = told.send(World(api))

        assert told.totals == {Status.CREATED: 100}
        codes = [attempt.code for row in told.rows() for attempt in row.attempts if attempt.http_status != 200]
    assert (result.exit_code, codes) == (None, [f"http_{status}"])


def test_a_row_that_is_always_redirected_is_told(tmp_path: Path) -> None:
    """One appointment that a gateway sends elsewhere ends unknown; the others are done."""

    def elsewhere(_api: PretendApi, request: Request, _now: float) -> Reply | None:
        return Reply(status=308) if b'"externalEventId": "50"' in (request.body or b"") else None

    with story(tmp_path / "l.db", creates(100)) as told:
        result = told.send(World(PretendApi(elsewhere)))

        assert told.totals == {Status.CREATED: 99, Status.UNKNOWN: 1}
        (row,) = [row for row in told.rows() if row.status is Status.UNKNOWN]
    assert result.exit_code is None
    assert "redirect" in row.problems[0]["message"]


def test_redirects_without_end_stop_the_run_with_their_own_reason(tmp_path: Path) -> None:
    """A login page that came in mid-run is waited out like an outage, and then named."""
    world = World(PretendApi(between(2, 10_000, Reply(status=302))))
    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(world, its_pace=Pace(50, 50))

        assert told.totals[Status.NOT_SENT] > 200
    assert result.exit_code is Exit.STOPPED
    assert "redirected" in result.reason
    assert "base_url" not in result.reason


ELIGIBLE = {"none": {}, "false": {"sendEligibleSubscribersOnly": False}, "true": {"sendEligibleSubscribersOnly": True}}


@pytest.mark.parametrize("sent", [pytest.param(sent, id=name) for name, sent in ELIGIBLE.items()])
@pytest.mark.parametrize("status", [500, 503, 408])
def test_no_flag_of_a_row_hides_an_outage(tmp_path: Path, status: int, sent: dict[str, bool]) -> None:
    """Rows for eligible subscribers only meet an outage with JSON answers like all others: alone, and then all done."""
    world = World(PretendApi(between(0, 25, Reply(status=status, answer={"message": "maintenance"}))))
    with story(tmp_path / "l.db", [Row(CREATE, str(n), sent=sent) for n in range(1, 41)]) as told:
        result = told.send(world)

        assert told.totals == {Status.CREATED: 40}
    assert result.attempts <= 45


def test_refusals_between_do_not_hide_an_outage(tmp_path: Path) -> None:
    """A gateway that refuses bad rows by itself says nothing about the API behind it."""

    def gateway(api: PretendApi, request: Request, now: float) -> Reply | None:
        if int(request.body.split(b'"externalEventId": "')[1].split(b'"')[0]) % 2:
            return Reply(status=400, answer={"message": "no"})
        return Reply(status=503, answer={"message": "down"}) if 1 <= now < 41 else None

    world = World(PretendApi(gateway))
    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(world, its_pace=Pace(50, 50))

        totals = told.totals
    in_outage = [at for at, _ in world.departures if 2 <= at < 41]
    assert (result.exit_code, totals) == (None, {Status.CREATED: 200, Status.FAILED: 200})
    assert len(in_outage) < 60


def test_a_good_answer_cannot_ask_to_wait(tmp_path: Path) -> None:
    """A 200 without a uuid that carries Retry-After is tried again soon; the header means nothing there."""
    odd = Reply(status=200, answer={"ok": True}, retry_after_s=600.0)
    world = World(PretendApi(lambda api, _request, _now: odd if len(api.requests) <= 2 else None))
    with story(tmp_path / "l.db", creates(5)) as told:
        told.send(world)

        assert told.totals == {Status.CREATED: 5}
    assert world.now < 10


@pytest.mark.parametrize("concurrency", [1, 16])
def test_a_run_that_only_fails_stops_itself(tmp_path: Path, concurrency: int) -> None:
    """When every row is refused a column is wrong, and the rest is left alone."""
    api = PretendApi(lambda _api, _request, _now: Reply(status=400, excerpt="no"))
    with story(tmp_path / "l.db", creates(500)) as told:
        result = told.send(World(api), concurrency=concurrency)

        totals = told.totals
    assert result.exit_code is Exit.STOPPED
    assert 20 <= totals[Status.FAILED] <= 20 + concurrency
    assert totals[Status.NOT_SENT] == 500 - totals[Status.FAILED]


def test_unknown_uuids_everywhere_stop_the_run(tmp_path: Path) -> None:
    """A wrong account knows none of the uuids."""
    rows = [Row(CANCEL, str(n), uuid=f"none-{n}") for n in range(1, 301)]
    with story(tmp_path / "l.db", rows) as told:
        result = told.send(World(PretendApi()), concurrency=8)

        assert told.totals[Status.FAILED] < 40
    assert result.exit_code is Exit.STOPPED


def test_a_few_bad_rows_stop_nothing(tmp_path: Path) -> None:
    """A third of the rows refused, scattered, is a matter of these rows."""

    def pick(_api: PretendApi, request: Request, _now: float) -> Reply | None:
        return Reply(status=400, excerpt="no") if hash(request.body) % 3 == 0 else None

    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(World(PretendApi(pick)))

        assert told.totals[Status.FAILED] > 80
        assert sum(told.totals.values()) == 400
    assert result.exit_code is None
    assert result.attempts == 400


def test_refused_rows_are_not_tried_again_and_keep_their_reason(tmp_path: Path) -> None:
    """One attempt, the HTTP status, and what the API said (bar N6)."""
    api = PretendApi(lambda _api, _request, _now: Reply(status=400, excerpt="phone is wrong"))
    with story(tmp_path / "l.db", creates(3)) as told:
        told.send(World(api))

        row = told.rows()[0]
    assert (row.status, row.http_status, row.code, len(row.attempts)) == (Status.FAILED, 400, "api_rejected", 1)
    assert "phone is wrong" in row.problems[0]["message"]


RETRY_AFTER = {"seconds": 3.0, "date": 2.5, "none": None, "past": 0.0, "long": 119.0}


@pytest.mark.parametrize("retry_after_s", [pytest.param(seconds, id=name) for name, seconds in RETRY_AFTER.items()])
def test_nothing_leaves_inside_the_wait_that_the_api_asked_for(tmp_path: Path, retry_after_s: float | None) -> None:
    """A 429 holds everybody for its time, all rows are done, and nobody sleeps over two minutes (bar N3)."""
    refused: list[float] = []

    def limit(api: PretendApi, _request: Request, now: float) -> Reply | None:
        if len(api.requests) % 40 == 20 and (not refused or now > refused[-1] + 1):
            refused.append(now)
            return Reply(status=429, retry_after_s=retry_after_s)
        return None

    world = World(PretendApi(limit), latency_s=0.05)
    with story(tmp_path / "l.db", creates(200)) as told:
        result = told.send(world, concurrency=8)

        assert told.totals == {Status.CREATED: 200}
    assert result.exit_code is None
    assert len(refused) >= 2
    for moment in refused:
        known_at = moment + 0.1
        inside = [at for at, _ in world.departures if known_at < at < moment + (retry_after_s or 0)]
        assert inside == []
    assert world.longest_wait <= 120


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after_s", [121.0, 3600.0, 1e12])
def test_a_huge_wait_stops_the_run(tmp_path: Path, status: int, retry_after_s: float) -> None:
    """Nobody sits out an hour: exit 5, and the rest is left for later (bar N3)."""

    def limit(api: PretendApi, _request: Request, _now: float) -> Reply | None:
        return Reply(status=status, retry_after_s=retry_after_s) if len(api.requests) > 20 else None

    world = World(PretendApi(limit))
    with story(tmp_path / "l.db", creates(100)) as told:
        result = told.send(world, concurrency=8)

        assert told.totals[Status.CREATED] == 20
        assert sum(told.totals.values()) == 100
    assert result.exit_code is Exit.STOPPED
    assert "asked to wait" in result.reason
    assert world.longest_wait <= 120


def test_429_for_ever_stops_the_run(tmp_path: Path) -> None:
    """An API that only asks to wait is left alone after five minutes, with few requests."""
    api = PretendApi(lambda _api, _request, _now: Reply(status=429, retry_after_s=1.0))
    world = World(api)
    with story(tmp_path / "l.db", creates(100)) as told:
        result = told.send(world)

        assert told.totals == {Status.NOT_SENT: 100}
    assert result.exit_code is Exit.STOPPED
    assert len(api.requests) < 60


class Bucket:
    """A token bucket in front of the API."""

    def __init__(self, allowed: float, burst: float) -> None:
        self._allowed, self._burst, self._tokens, self._at = allowed, burst, burst, 0.0
        self.refused = 0

    def __call__(self, _api: PretendApi, _request: Request, now: float) -> Reply | None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._allowed)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return Reply(status=429, retry_after_s=1.0)
        self._tokens -= 1
        return None


def test_default_settings_reach_most_of_the_documented_limit(tmp_path: Path) -> None:
    """150 calls a second allowed: at most 0.1 % refused, at least 80 % reached (bar N4, with fewer rows)."""
    bucket = Bucket(150, 20)
    world = World(PretendApi(bucket), latency_s=0.04)
    with story(tmp_path / "l.db", creates(1200)) as told:
        told.send(world, its_pace=pace(DEFAULT_RATE, known=False), concurrency=16)

    moments = [at for at, _ in world.departures]
    assert bucket.refused <= 1
    assert sum(4 <= at < 8 for at in moments) >= 0.8 * 150 * 4


FAULTS = (
    Reply(status=500),
    Reply(status=502),
    Reply(status=503),
    Reply(status=408),
    Reply(status=429),
    Reply(status=429, retry_after_s=1.0),
    Reply(trouble=Trouble.RESET),
    Reply(trouble=Trouble.READ_TIMEOUT),
    Reply(trouble=Trouble.REFUSED),
    Reply(status=200, trouble=Trouble.UNREADABLE),
    Reply(status=200),
)


def faulty(share: float, seed: int) -> Fault:
    """Fail so often in one of many ways, before or after the effect."""
    rng = random.Random(seed)

    def fail(api: PretendApi, request: Request, _now: float) -> Reply | None:
        if rng.random() >= share:
            return None
        reply = rng.choice(FAULTS)
        surely_not = reply.status == 429 or (reply.trouble and reply.trouble.surely_not_processed)
        if not surely_not and rng.random() < 0.5:
            api.act(request)
        return reply

    return fail


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_per_cent_of_faults_cost_few_attempts(tmp_path: Path, seed: int) -> None:
    """Every row is done once, with at most 1.25 attempts a row and five for a call (bar N10)."""
    world = World(PretendApi(faulty(0.1, seed)), seed=seed)
    with story(tmp_path / "l.db", creates(400)) as told:
        result = told.send(world)

        assert told.totals == {Status.CREATED: 400}
        assert doubles(world.api, "create") == 0
    assert result.attempts <= 1.25 * 400
    assert max(Counter(call.row_id for _, call in world.departures).values()) <= 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_fault_repeats_a_no_show_or_reverts_an_update(tmp_path: Path, seed: int) -> None:
    """A quarter of all calls fails somehow: order holds, nothing doubles, what is missing is reported (bar K2, N1)."""
    numbers = range(1, 61)
    rows = [Row(CREATE, str(n)) for n in numbers]
    rows += [Row(UPDATE, str(n), sent={"firstName": f"Bea{n}"}) for n in numbers if n % 2]
    rows += [Row(CANCEL, str(n)) for n in numbers if n % 3 == 0]
    rows += [Row(NO_SHOW, str(n)) for n in numbers if n % 3 == 1]
    world = World(PretendApi(faulty(0.25, seed)), seed=seed)
    with story(tmp_path / "l.db", rows) as told:
        told.send(world)

        by_row = {row.number: row for row in told.rows()}
        assert sum(told.totals.values()) == len(rows)
    api = world.api
    assert doubles(api, "create") == 0
    assert doubles(api, "no_show") == 0
    for number, row in enumerate(rows, start=2):
        uuid = api.held.get((f"415555{int(row.number):04d}", row.number))
        status = by_row[number].status
        if row.action is UPDATE and status is Status.UPDATED:
            assert uuid is not None
            assert api.values[uuid]["firstName"] == f"Bea{row.number}"
        if row.action is NO_SHOW and status is not Status.UNKNOWN:
            assert (uuid in api.count("no_show")) == (status is Status.NO_SHOW_SENT)


def tell(told: Story) -> list[str]:
    return [progress.waiting for progress in told.progress if progress.waiting]


def test_a_stop_signal_drains(tmp_path: Path) -> None:
    """Nothing new starts, what flies is waited for, the rest is not sent, and a resume completes it (bar K5)."""
    api = PretendApi()
    world = World(api, latency_s=1.0)
    with story(tmp_path / "l.db", creates(100)) as told:

        def interrupt() -> None:
            if len(world.departures) == 40:
                told.stop.set(15)

        world.before_hand = interrupt
        result = told.send(world, concurrency=8)

        created = told.totals[Status.CREATED]
        assert result.exit_code is Exit.TERMINATED
        assert created == len(world.departures) <= 48
        assert told.totals[Status.NOT_SENT] == 100 - created
        assert any("stopping" in text for text in tell(told))

        told.resume()
        told.stop = StopSignal()
        told.send(World(api))
        assert told.totals == {Status.CREATED: 100}
    assert doubles(api, "create") == 0


def test_a_second_signal_leaves_at_once(tmp_path: Path) -> None:
    """What flies is abandoned; the next start finds it, and repeats what may be repeated."""
    api = PretendApi()
    world = World(api, latency_s=1.0)
    with story(tmp_path / "l.db", creates(100)) as told:

        def interrupt() -> None:
            if len(world.departures) == 40:
                told.stop.set(2)
                told.stop.set(2)

        world.before_hand = interrupt
        result = told.send(world, concurrency=8)

        assert result.exit_code is Exit.INTERRUPTED
        assert result.in_flight > 0
        assert told.run.recovery.recover(at=EPOCH) == result.in_flight
        told.stop = StopSignal()
        told.send(World(api))
        assert told.totals == {Status.CREATED: 100}
    assert doubles(api, "create") == 0
