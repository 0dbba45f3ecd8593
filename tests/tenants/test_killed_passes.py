"""The installed command goes over several tenants, and is killed: its workers end with it, and the next pass goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from several_tenants import Street

LONGEST_S = 60.0


def waited(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def family_of(pid: int) -> set[int]:
    """Return the processes that descend from one, as far as the system still says so."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(stat[1])
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for child, parent in parents.items() if parent in new} - found
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.long
def test_no_worker_outlives_the_pass_that_was_killed(street_of: Any, passes: Any, sandbox: Any) -> None:
    """After kill -9 of the command its workers finish what is in progress and end; the next pass sends the rest, once."""
    street: Street = street_of(count=2, top="concurrency = 2\nrate = 0")
    for name in street.names:
        street.put(f"{name}-0", 60)
    sandbox.switch(latency_s=0.03)
    process = street.start("ingest", "--jobs", "1")
    waited(lambda: len(street.created()) >= 10)
    family = family_of(process.pid) - {process.pid}
    process.kill()
    process.communicate()
    waited(lambda: not any(map(is_alive, family)))
    assert len(street.created()) < 120
    sandbox.switch(latency_s=0)

    done = passes(street)

    assert (done.exit_code, done.news) == (0, [])
    assert {drop.drop: [file.state for file in drop.files] for drop in done.drops} == {
        "t0/t0-0": ["done"],
        "t1/t1-0": ["done"],
    }
    assert set(street.created().values()) == {1}
    assert len(street.created()) == 120
    assert not street.mixed_up()
