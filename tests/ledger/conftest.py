"""A ledger on the disk, rows for it, and a clerk who plans and sends them as the run would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from staged_together import columns_of

from importer.ledger import Ledger, Run, open_ledger
from importer.model.planned_calls import Intent, PlannedCall, settled
from importer.model.records import Attempt
from importer.model.staged_files import FileRecord, StagedRow
from importer.model.statuses import Action, Status
from importer.planning.lanes import plan_lane
from importer.planning.transitions import without_thought

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model.planned_calls import Planning
    from importer.model.records import ReportRow

NOW = 1_800_000_000.0
PHONE = "+14155550100"
EVENT_TYPE = {"uuid": "db04f6ff-42e4-4bba-a9d3-000000000000"}

RowMaker = Callable[..., StagedRow]


def make_row(
    number: int,
    external_event_id: str | None = "112233",
    action: str = "upsert",
    *,
    phone: str | None = PHONE,
    uuid: str | None = None,
    defaulted: tuple[str, ...] = (),
    starts_at: int | None = int(NOW) + 86_400,
    status: Status | None = None,
    conditional: bool = False,
    problems: Sequence[dict[str, str]] = (),
    only: bool = False,
    **values: Any,
) -> StagedRow:
    """Return a checked row; with ``only`` its payload holds nothing but ``values``."""
    payload: dict[str, Any] = {}
    if not only:
        payload = {
            "externalEventId": external_event_id,
            "phone": "4155550100",
            "eventType": EVENT_TYPE,
            "remindTimeOffset": "PT3H",
            "eventDateTime": "2027-01-16T08:00:00",
            "subscriberTimeZone": "America/New_York",
        }
    return StagedRow(
        number=number,
        action=action,
        phone=phone,
        external_event_id=external_event_id,
        uuid=uuid,
        cells=orjson.dumps([str(number)]),
        payload=orjson.dumps(payload | values),
        defaulted=defaulted,
        starts_at=starts_at,
        status=status,
        conditional=conditional,
        problems=orjson.dumps(list(problems)),
        warnings=b"[]",
    )


def attempt(status: int = 200) -> Attempt:
    return Attempt(at=NOW, elapsed_s=0.02, http_status=status, code=f"http_{status}")


@dataclass
class Clerk:
    """Does with one open ledger what run and sending do; remembers the calls that left."""

    ledger: Ledger
    sent: list[PlannedCall] = field(default_factory=list)
    planning: Planning | None = field(default_factory=lambda: without_thought(NOW))
    by_chunk: bool = False

    def stage(self, *rows: StagedRow, name: str = "week.csv") -> Run:
        run = self.ledger.begin("run", at=NOW)
        file_id = run.files.add(FileRecord(name, "00", None, ("A",), 1))
        if self.by_chunk:
            run.rows.stage_columns(file_id, columns_of(rows), without_thought(NOW))
        else:
            run.rows.stage(file_id, rows, self.planning)
        return run

    def decide(self, run: Run) -> None:
        for lane in run.plan.lanes():
            run.plan.record(plan_lane(lane.known, lane.rows, now=NOW), at=NOW)
        run.plan.commit()

    def plan(self, *rows: StagedRow) -> Run:
        self.ledger.close_interrupted(at=NOW)
        run = self.stage(*rows)
        self.decide(run)
        return run

    def send(self, run: Run) -> None:
        calls = run.calls.ready(1_000)
        while calls:
            run.calls.record([Intent(call.row_id) for call in calls])
            self.sent += calls
            run.calls.record(settlements=[self.settle(call) for call in calls])
            calls = [found for call in calls if call.followed for found in [run.calls.successor(call.row_id)] if found]

    @staticmethod
    def settle(call: PlannedCall) -> Any:
        uuid = f"uuid-{call.row_id}" if call.action is Action.CREATE else None
        return settled(call, at=NOW, attempts=(*call.history, attempt()), uuid=uuid)

    def run(self, *rows: StagedRow) -> dict[Status, int]:
        """Plan, send and finish; the statuses."""
        run = self.plan(*rows)
        self.send(run)
        run.finish(0, "", NOW)
        return run.report.totals()

    def rows(self, run: Run | None = None) -> list[ReportRow]:
        return list((run or self.ledger.run()).report.rows())

    def bodies(self) -> list[Any]:
        return [(call.action.value, orjson.loads(call.body) if call.body else None) for call in self.sent]


@pytest.fixture(scope="session")
def row() -> RowMaker:
    return make_row


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger without a run, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    with open_ledger(str(path)):
        pass
    return path


@pytest.fixture
def clerk(place: Path, empty_ledger: Path) -> Iterator[Clerk]:
    place.parent.mkdir()
    shutil.copy(empty_ledger, place)
    with open_ledger(str(place)) as ledger:
        yield Clerk(ledger)


@pytest.fixture(scope="session")
def clerk_of() -> type[Clerk]:
    return Clerk
