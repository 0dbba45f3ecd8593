"""Passes over several tenants' drops by processes of their own: each file once, each tenant by itself, whatever dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Exit
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from several_tenants import Street

    from importer.ingest.pass_results import PassResult
    from importer.tenants.worker_pools import LocalWorkers

StreetOf = Any
Passes = Any


def codes(result: PassResult) -> dict[str, int]:
    return {drop.drop: int(drop.exit_code) for drop in result.drops}


def states(result: PassResult) -> dict[str, list[str]]:
    return {drop.drop: [file.state for file in drop.files] for drop in result.drops}


def when(condition: Callable[[], bool], then: Callable[[], None]) -> threading.Thread:
    """Do something in a thread once something is so."""

    def watch() -> None:
        end = time.monotonic() + 60
        while not condition() and time.monotonic() < end:
            time.sleep(0.005)
        then()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_each_drop_is_processed_once_for_its_own_tenant(passes: Passes, street_of: StreetOf) -> None:
    """Every file is sent once with its tenant's token, one drop of a tenant at a time; the next pass finds nothing new."""
    street: Street = street_of(count=3, each=2)
    for drop in (drop for name in street.names for drop in street.drops(name)):
        street.put(drop, 4)

    result = passes(street)

    assert result.exit_code == Exit.DONE, result.news
    assert list(states(result)) == ["t0/t0-0", "t0/t0-1", "t1/t1-0", "t1/t1-1", "t2/t2-0", "t2/t2-1"]
    assert set(map(tuple, states(result).values())) == {("done",)}
    assert set(street.created().values()) == {1}
    assert len(street.created()) == 24
    assert not street.mixed_up()
    assert {name: count for name, count in passes.most.items() if name} == dict.fromkeys(street.names, 1)
    assert passes.most[""] == 2
    again = passes(street, "t1/t1-1", "t0-0")
    assert (codes(again), again.news) == ({"t1/t1-1": 0, "t0/t0-0": 0}, [])
    assert len(street.created()) == 24


def test_what_is_wrong_with_one_tenant_stops_no_other(passes: Passes, street_of: StreetOf) -> None:
    """A refused token, a readable token file, an unknown key, a held ledger and a drop of nobody: each is its own affair."""
    street: Street = street_of(count=5, each=2, top="lock_timeout = 0", lines={"t2": "rat = 4"})
    street.config.write_text(street.config.read_text() + f'[drop.stray]\npath = "{street.folder}"\n')
    for name in street.names:
        for drop in street.drops(name):
            street.put(drop, 2)
    street.sandbox.admit(*(street.token(name) for name in street.names if name != "t0"))
    street.write_token("t1", street.token("t1"), mode=0o644)
    for name in street.names:  # two that make theirs at once in one folder would wait for each other
        with open_ledger(f"sqlite:///{street.folder}/{name}.db"):
            pass
    with open_ledger(f"sqlite:///{street.folder}/t3.db"):
        result = passes(street)

    found = codes(result)
    assert (found["t0/t0-0"], found["t0/t0-1"]) == (Exit.AUTHENTICATION, Exit.AUTHENTICATION)
    assert (found["t1/t1-0"], found["t2/t2-0"], found["t3/t3-0"]) == (Exit.USAGE, Exit.USAGE, Exit.LEDGER_LOCKED)
    assert (found["t4/t4-0"], found["t4/t4-1"], found["stray"]) == (0, 0, Exit.USAGE)
    assert {appointment.partition("-")[0] for appointment in street.created()} == {"t4"}
    told = "\n".join(result.news)
    assert "can be read or changed by others" in told
    assert 'there is no "rat" here' in told
    assert "t0/t0-1: not looked at, because t0/t0-0 stopped the tenant." in told
    assert "it belongs to no tenant" in told
    assert result.exit_code == Exit.USAGE
    assert not street.mixed_up()


def test_a_killed_worker_costs_nobody_anything(passes: Passes, workers: LocalWorkers, street_of: StreetOf) -> None:
    """A worker that dies in mid-run is replaced, its drop is gone on with, and nothing is sent twice or lost."""
    street: Street = street_of(count=2, top="concurrency = 2\nrate = 0")
    street.put("t0-0", 60)
    street.put("t1-0", 20)
    street.sandbox.switch(latency_s=0.02)

    def kill() -> None:
        for answer, worker in list(workers._busy.items()):
            if not answer.done() and holds(worker.pid.result(), "t0.db"):
                os.kill(worker.pid.result(), signal.SIGKILL)

    killer = when(lambda: _sent(street, "t0-0") >= 12, kill)
    result = passes(street)
    killer.join()

    assert codes(result) == {"t0/t0-0": 0, "t1/t1-0": 0}, result.news
    assert "ended unexpectedly; it was carried out again" in "\n".join(result.news)
    assert set(street.created().values()) == {1}
    assert len(street.created()) == 80
    assert [len(street.away(drop)) for drop in ("t0-0", "t1-0")] == [1, 1]


def holds(pid: int, ledger: str) -> bool:
    """Whether a process has a ledger open."""
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if each.readlink().name == ledger:
                return True
    return False


def _sent(street: Street, drop: str) -> int:
    return sum(appointment.startswith(f"{drop}-") for appointment in street.created())


def test_a_signal_stops_all_tenants_gently(passes: Passes, workers: LocalWorkers, street_of: StreetOf) -> None:
    """What is in progress finishes, nothing new is begun, and the next pass sends the rest."""
    street: Street = street_of(count=2, each=2, top="concurrency = 2\nrate = 0")
    for name in street.names:
        for drop in street.drops(name):
            street.put(drop, 30)
    street.sandbox.switch(latency_s=0.5)
    working: list[int] = []

    def stop() -> None:
        # As a system does that stops a service: each process is signalled, and the pass signals its workers, too.
        working.extend(worker.pid.result() for worker in list(workers._busy.values()))
        for pid in working:
            os.kill(pid, signal.SIGTERM)
        passes.stop.set(signal.SIGTERM)

    stopper = when(lambda: len(street.created()) >= 8, stop)
    result = passes(street)
    stopper.join()

    assert result.exit_code == Exit.TERMINATED
    assert {worker.pid.result() for worker in workers._idle} == set(working)
    assert len(street.created()) < 60
    street.sandbox.switch(latency_s=0)
    passes.stop = type(passes.stop)()
    os.kill(working[0], signal.SIGKILL)  # between two passes it costs nothing
    result = passes(street)
    assert result.exit_code == Exit.DONE, result.news
    assert set(street.created().values()) == {1}
    assert len(street.created()) == 120


@pytest.mark.parametrize("count", [1, 2, 4])
def test_no_token_is_mixed_up(passes: Passes, street_of: StreetOf, count: int) -> None:
    """With one, two and four tenants, each appointment is told with its own tenant's token only."""
    street: Street = street_of(count=count)
    for name in street.names:
        street.put(f"{name}-0", 10)

    assert passes(street).exit_code == Exit.DONE
    assert len(street.created()) == 10 * count
    assert not street.mixed_up()
