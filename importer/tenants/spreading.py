"""
The loop that spreads units over workers: at most one in progress for each tenant, those that are due first at the front.

A tenant that is held, slow, wrong or out of reach keeps one worker for its unit at the most, and stops no other. One whose process died
is carried out again, ``MOST_DEATHS`` times in a pass at the most; the first time its file's run is told of the death.
"""

from __future__ import annotations

import heapq
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING, Final

from importer.errors import Exit
from importer.ingest.pass_results import DropResult, PassResult
from importer.tenants.drop_unit import UnitResult, not_made
from importer.tenants.worker_pools import WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.interrupts import StopSignal
    from importer.tenants.chosen_units import Chosen, Queue
    from importer.tenants.drop_unit import Unit
    from importer.tenants.worker_pools import Answer, Workers

MOST_DEATHS: Final = 3
LOOK_EVERY_S: Final = 0.25
"""A signal is passed on, and room looked for, at least so often."""


class Spread:
    """One pass over many tenants. ``hear`` gets each result as it comes, ``stop`` ends the pass."""

    def __init__(
        self, workers: Workers, stop: StopSignal, hear: Callable[[UnitResult], None] = lambda _result: None
    ) -> None:
        self._workers = workers
        self._stop = stop
        self._hear = hear
        self._flying: dict[Answer, tuple[Queue, Unit]] = {}
        self._deaths: Counter[str] = Counter()
        self._waiting: list[tuple[float, int, Queue]] = []
        self._results: list[UnitResult] = []

    def over(self, chosen: Chosen) -> list[UnitResult]:
        """Go over all that was chosen; return what came of each drop, in the order in which they were named."""
        order = {name: place for place, name in enumerate(chosen.names)}
        for result in chosen.refused:
            self._note(result)
        self._waiting = [(queue.due[0], place, queue) for place, queue in enumerate(chosen.queues)]
        heapq.heapify(self._waiting)
        places = {queue.tenant: place for place, queue in enumerate(chosen.queues)}
        while self._waiting or self._flying:
            self._begin()
            done, _ = wait(self._flying, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
            for answer in done:
                queue, unit = self._flying.pop(answer)
                self._take(queue, unit, answer, places[queue.tenant])
            if self._stop.raised:
                self._workers.interrupt(self._stop.exit_code, urgent=self._stop.urgent)
        return sorted(self._results, key=lambda result: order.get(result.drop.drop, 0))

    def _begin(self) -> None:
        """Begin what there is room for; where nothing may begin any more, say so of what is left."""
        if self._stop.raised:
            self._leave_all(self._stop.exit_code)
        while self._waiting and self._workers.has_room():
            _, _, queue = heapq.heappop(self._waiting)
            self._submit(queue, queue.units[0])
        if self._waiting and not self._flying:
            self._leave_all(Exit.STOPPED, "not looked at, because the cluster was lost. The next pass goes on.")

    def _submit(self, queue: Queue, unit: Unit) -> None:
        self._flying[self._workers.submit(unit)] = (queue, unit)

    def _leave_all(self, code: Exit, why: str = "") -> None:
        while self._waiting:
            _, _, queue = heapq.heappop(self._waiting)
            self._leave(queue, code, why)

    def _leave(self, queue: Queue, code: Exit, why: str = "") -> None:
        """Say of a tenant's units that are left that the next pass comes to them."""
        for place, unit in enumerate(queue.units):
            told = [f"{unit.name}: {why}"] if why and place == 0 else []
            self._note(UnitResult(DropResult(unit.name, codes=[int(code)], news=told), is_over=True))

    def _take(self, queue: Queue, unit: Unit, answer: Answer, place: int) -> None:
        """Take what a unit came to, and let the tenant's next one wait for its turn."""
        try:
            result = self._workers.result(unit, answer)
        except WorkerDied:
            self._deaths[unit.name] += 1
            if self._deaths[unit.name] < MOST_DEATHS and not self._stop.raised:
                self._submit(queue, unit._replace(has_died=self._deaths[unit.name] == 1))
                return
            result = not_made(
                unit.name,
                Exit.STOPPED,
                f"{unit.name}: the process that worked on it ended unexpectedly, {self._deaths[unit.name]} times. The next pass goes on.",
            )
        deaths = self._deaths[unit.name]
        if deaths and result.failed is None:
            result.drop.news.append(
                f"{unit.name}: the process that worked on it ended unexpectedly; it was carried out again."
            )
        self._note(result)
        del queue.units[0], queue.due[0]
        if not queue.units:
            return
        if result.is_over:
            code = result.failed or result.drop.exit_code
            self._leave(queue, Exit(code), f"not looked at, because {unit.name} stopped the tenant.")
            return
        heapq.heappush(self._waiting, (queue.due[0], place, queue))

    def _note(self, result: UnitResult) -> None:
        self._results.append(result)
        self._hear(result)


def pass_of(results: Iterable[UnitResult]) -> PassResult:
    """Return the results of all units as one pass."""
    told = list(results)
    failed = next((one.failed for one in told if one.failed is not None), None)
    notes = dict.fromkeys(note for one in told for note in one.notes)
    return PassResult(tuple(one.drop for one in told), tuple(notes), failed, any(one.is_over for one in told))
