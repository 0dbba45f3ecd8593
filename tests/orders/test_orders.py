"""Commands in any order, drawn at random: nobody is texted twice, nothing sticks, ledger and API agree."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parent))

from command_machine import Commands, kept_engines
from order_world import DAY
from put_back import FAULTS, put_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT = settings(
    max_examples=10,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _engines() -> Iterator[None]:
    with kept_engines():
        yield


def test_commands_in_any_order() -> None:
    """A few drawn orders hold; ``python tests/orders`` plays 20,000 steps."""
    run_state_machine_as_test(Commands, settings=SHORT)


def row(number: int, action: str, names: str = "number", given: str = "both", *, bad: bool = False) -> tuple[Any, ...]:
    return number, action, names, given, True, bad


def unsent_and_again(one: Commands, drawn: tuple[Any, ...], how: str, *faults: str) -> None:
    """Run a row of which nothing is sent, then retry or resume."""
    one.world.run(one.sheet([drawn]), faults=["401"])
    one.world.finish(how, "any", 0, faults=faults)


def overtaken(one: Commands, first: tuple[Any, ...], later: tuple[Any, ...]) -> None:
    """Leave a row unsent, send another one about the same appointment, then resume the first."""
    one.world.run(one.sheet([first]), faults=["401"])
    one.world.run(one.sheet([later]))
    one.world.finish("resume", "any", 1)


def resolved_after_a_kill(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "cancel")]), faults=["lost", "lost"])
    one.world.run(one.sheet([row(1, "cancel")]), faults=["die"])
    one.world.resolve(0)


def declined(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "update"), row(1, "update")]), faults=["lost", "401"])
    one.world.finish("resume", "any", 0, confirm=False)


def retried_elsewhere(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "update")]), "north", faults=["401"])
    one.world.finish("retry", "any", 0)


def kept_back(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "update", bad=True), row(1, "update")]), all_or_nothing=True)
    one.world.finish("retry", "any", 0)


def planned(one: Commands) -> None:
    one.world.run(one.sheet([row(2, "update", "uuid")]))
    one.world.save_plan(one.sheet([row(2, "update", "both")]), "default")


def snapshot(one: Commands, drawn: tuple[Any, ...], *faults: str) -> None:
    """Run a snapshot that leaves the newest appointment out."""
    one.world.run(one.sheet([drawn], profile="north", omitted=(0,)), "north", faults=faults)


def missing_twice(one: Commands) -> None:
    snapshot(one, row(2, "update", "uuid"), "silent", "silent")
    snapshot(one, row(2, "update", "uuid"))


def settled_late(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "update")]), faults=["lost", "lost"])
    one.world.run(one.sheet([row(0, "update")]))
    one.world.resolve(0)


def started(one: Commands) -> None:
    one.world.run(one.sheet([row(4, "create")]), faults=["401"])
    one.world.now += 40 * DAY
    one.world.finish("resume", "any", 0)


def released(one: Commands) -> None:
    one.world.run(one.sheet([row(0, "update")], profile="north"), "north")
    one.has_room = True
    one.world.run(one.sheet([row(0, "update")], profile="north"), "north")
    one.world.release(0)
    one.world.run(one.sheet([row(0, "update")], profile="north"), "north")


def missed_twice(one: Commands) -> None:
    one.world.now += 40 * DAY
    overtaken(one, row(0, "no_show", "uuid"), row(0, "no_show"))


ORDERS: dict[str, tuple[str, Callable[[Commands], None]]] = {
    "a retry forgets whose uuid it is": (
        "default",
        lambda one: unsent_and_again(one, row(0, "cancel", "uuid"), "retry", "lost", "lost"),
    ),
    "a no-show goes under the lane of its uuid": ("default", missed_twice),
    "a stale update goes under the lane of its uuid": (
        "default",
        lambda one: overtaken(one, row(0, "update", "uuid"), row(0, "update")),
    ),
    "a kill bricks the ledger": (
        "default",
        lambda one: unsent_and_again(one, row(0, "update", "uuid"), "retry", "lost", "lost"),
    ),
    "resolve finishes a killed run": ("default", resolved_after_a_kill),
    "a flag hides outages": ("default", lambda one: unsent_and_again(one, row(4, "create"), "resume", "500", "500")),
    "a no at resume strands rows": ("default", declined),
    "a retry forgets its profile": ("north", retried_elsewhere),
    "a retry forgets its release": ("north", released),
    "a retry passes all-or-nothing": ("default", kept_back),
    "a plan teaches the ledger a number": ("default", planned),
    "a bad row keeps a snapshot from cancelling": ("north", lambda one: snapshot(one, row(0, "update", bad=True))),
    "a snapshot forgets its cancel in doubt": ("north", missing_twice),
    "an older word changes a newer value": ("default", settled_late),
    "resume creates what has started": ("default", started),
    "rows of one uuid stay apart": (
        "default",
        lambda one: one.world.run(one.sheet([row(2, "no_show", "both"), row(2, "no_show", "uuid")])),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_once_its_order_is_drawn(fault: str) -> None:
    """Put back, a fault shows after a few commands that the machine can draw, which harm nobody without it."""
    usual, order = ORDERS[fault]
    found = []
    for patched in (nullcontext(), put_back(fault)):
        one = Commands()
        one.begin(known=2, strangers=1, usual=usual)
        with patched:
            order(one)
        found.append(one.world.sins)

    without, put_back_again = found
    assert without == []
    # A patch that the code calls in another way by now is no fault of the importer's.
    assert [sin for sin in put_back_again if "TypeError" not in sin and FAULTS[fault].shows in sin]
