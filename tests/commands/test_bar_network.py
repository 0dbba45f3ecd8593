"""Whole runs over real connections against a server that fails: the lines N1 to N12 of the bar that need more than one room."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from desk import ROW, Desk, appointments, read_csv, statuses

from importer.commands.run import resume, run
from importer.errors import Exit
from importer.sandbox import Rule, mix
from importer.sending.workers import Clocks, Returns

TIMEOUT_S = 1.0


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status_before", {"status": 502, "html": True}),
        ("status_after", {"status": 500, "html": True}),
        ("reset_before", {}),
        ("reset_after", {}),
        ("hang_before", {"seconds": 3.0}),
        ("hang_after", {"seconds": 3.0}),
        ("late", {"seconds": 1.5}),
        ("truncated", {}),
        ("drip_header", {"seconds": 0.5}),
        ("drip_body", {"seconds": 0.5}),
        ("mixed_up", {}),
        ("html", {}),
        ("empty", {}),
        ("broken_gzip", {}),
        ("broken_json", {}),
        ("no_uuid", {}),
        ("huge", {}),
        ("stale", {}),
    ],
)
def test_fault_doubles_and_loses_nothing(desk: Desk, kind: Any, details: dict[str, Any]) -> None:
    """One create made once, its own uuid kept, each call within its time, no web page in the report (bar N1, N2, N7, N8)."""
    desk.sandbox.set_faults(Rule(kind, external_event_id="1002", times=1, **details))

    result = desk.run(*appointments(3), timeout_s=TIMEOUT_S)

    made = {done.external_event_id: done.uuid for done in desk.sandbox.effects("create")}
    rows = list(result.report.rows())
    assert statuses(result) == ["created"] * 3
    assert len(desk.sandbox.effects("create")) == 3
    assert {row.external_event_id: row.uuid for row in rows} == made
    assert max(attempt.elapsed_s for row in rows for attempt in row.attempts) < TIMEOUT_S + 1
    assert "<" not in "".join("".join(row.values()) for row in read_csv(result.paths["results.csv"]))


@pytest.mark.parametrize("kind", ["html", "empty", "broken_gzip", "broken_json", "no_uuid", "mixed_up"])
def test_nothing_is_created_without_its_uuid(desk: Desk, kind: Any) -> None:
    """Where no answer ever makes sense the row is unknown, has no uuid, and its report holds no web page (bar N2, N7)."""
    desk.run(*appointments(1))
    desk.sandbox.set_faults(Rule(kind, external_event_id="1002"))

    result = desk.run(*appointments(2), max_attempts=2)

    told = read_csv(result.paths["results.csv"])[1]
    assert statuses(result) == ["unchanged", "unknown"]
    assert told["result_uuid"] == ""
    assert "<" not in told["result_problem"]
    assert len(desk.sandbox.effects("create")) == 2


def test_older_record_becomes_an_update(desk: Desk) -> None:
    """The API held another record of the appointment: its uuid is kept, its values are brought up to date (bar N7)."""
    desk.sandbox.set_faults(Rule("older", times=1))

    result = desk.run(ROW)

    assert statuses(result) == ["updated"]
    assert [action for action, _, _ in desk.deeds()][-1] == "update"
    assert statuses(desk.run(ROW)) == ["unchanged"]


def test_refused_token_in_mid_run(desk: Desk) -> None:
    """At most the calls in flight follow, no row fails by it, and a new token completes the run (bar N5)."""
    desk.sandbox.set_faults(Rule("status_before", status=401, after=100))

    stopped = desk.run(*appointments(400), concurrency=8)

    requests = len(desk.sandbox.requests())
    assert stopped.exit_code is Exit.AUTHENTICATION
    assert Counter(statuses(stopped)) == {"created": 100, "not_sent": 300}
    assert requests <= 100 + 8
    desk.sandbox.set_faults()
    assert Counter(statuses(resume(desk.job()))) == {"created": 400}
    assert len(desk.sandbox.effects("create")) == 400


FASTER = 60


@pytest.fixture
def _quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute of sending pass in a second; connections are real."""
    take = Returns.take

    def clocks(**given: Any) -> Clocks:
        return Clocks(**given, steady=lambda: time.monotonic() * FASTER)

    def soon(returns: Returns, wait_s: float | None, linger_s: float = 0.0) -> Any:
        return take(returns, wait_s and wait_s / FASTER, linger_s)

    monkeypatch.setattr("importer.commands.delivery.Clocks", clocks)
    monkeypatch.setattr(Returns, "take", soon)


@pytest.mark.usefixtures("_quick_clock")
@pytest.mark.parametrize("kind", ["status_before", "status_after", "reset_before", "reset_after"])
def test_long_outage_stops_the_run(desk: Desk, kind: Any) -> None:
    """Five minutes without an answer: exit 5, the rest not sent, hardly an attempt in vain; resume completes it (bar N9)."""
    desk.sandbox.set_faults(Rule(kind, status=503, after=100))

    stopped = desk.run(*appointments(200))

    ended = Counter(statuses(stopped))
    attempts = sum(len(row.attempts) for row in stopped.report.rows())
    assert stopped.exit_code is Exit.STOPPED
    assert ended["created"] == 100
    assert ended["created"] + ended["not_sent"] + ended["unknown"] == 200
    assert attempts == len(desk.sandbox.requests()) <= 1.2 * 200
    desk.sandbox.set_faults()
    assert Counter(statuses(resume(desk.job()))) == {"created": 200}
    assert len(desk.sandbox.effects("create")) == 200


def test_tenth_of_faults_costs_few_attempts(desk: Desk) -> None:
    """At most 1.25 attempts a row and five a call, waits that differ, and every row once (bar N10)."""
    kinds = ("status_before", "status_after", "reset_before", "reset_after", "truncated")
    desk.sandbox.set_faults(*mix(dict.fromkeys(kinds, 0.02)))

    result = run(replace(desk.job(), now=time.time), [desk.sheet(*appointments(400))])

    tries = [[attempt.at for attempt in row.attempts] for row in result.report.rows()]
    waits = {round(later - earlier, 3) for one in tries for earlier, later in pairwise(one)}
    assert Counter(statuses(result)) == {"created": 400}
    assert sum(len(one) for one in tries) == len(desk.sandbox.requests()) <= 1.25 * 400
    assert max(len(one) for one in tries) <= 5
    assert len(waits) > 10
    assert len(desk.sandbox.effects("create")) == 400


@pytest.mark.long
def test_five_hundred_lives_keep_their_order(desk: Desk) -> None:
    """Create, update and cancel of 500 appointments in one sheet, sixteen calls at once (bar N12)."""
    rows = appointments(500)
    moved = {"eventDateTime": "2027-03-09 10:30"}
    lives = [
        row | {"action": action} | (moved if action == "update" else {})
        for action in ("create", "update", "cancel")
        for row in rows
    ]

    result = desk.run(*lives, concurrency=16)

    order = defaultdict(list)
    for action, external_event_id, _ in desk.deeds():
        order[external_event_id].append(action)
    assert Counter(statuses(result)) == {"created": 500, "updated": 500, "cancelled": 500}
    assert set(map(tuple, order.values())) == {("create", "update", "cancel")}
    assert len(order) == 500
