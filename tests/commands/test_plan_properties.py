"""What holds of any plan against a filled ledger: it is sent exactly, once, in any order and format, and lawfully."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
import xlsxwriter
from desk import NOW, ROW, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.plan import plan, run_plan
from importer.commands.run import run
from importer.ledger import open_ledger
from importer.model.statuses import Action, origin_of
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model.records import LifeRow

DAY_S = 86_400
WHEN = ("eventDateTime", "subscriberTimeZone")
Row = dict[str, str]

acts = st.tuples(
    st.sampled_from(["create", "upsert", "update", "cancel"]),
    st.integers(0, 5),
    st.sampled_from(["2027-03-08 09:00", "2027-03-09 10:30", ""]),
    st.sampled_from(["Ana", "Bea", ""]),
    st.sampled_from(["Main St", "Hill Rd", ""]),
)
# Each sheet names an appointment once, so that the order of its rows means nothing.
sheets = st.lists(acts, min_size=1, max_size=6, unique_by=lambda act: act[1])
slow = settings(max_examples=longer(5, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_row(act: tuple[str, int, str, str, str]) -> Row:
    action, number, start, name, place = act
    told = {"action": action, "externalEventId": str(1001 + number), "phone": f"212555{101 + number:04d}"}
    return ROW | told | {"eventDateTime": start, "firstName": name, "metadata.at": place, "metadata.by": "Dr. Wu"}


@cache
def filled() -> TemporaryDirectory[str]:
    """Make a clinic whose ledger knows four appointments, one of which is cancelled; it is copied for each example."""
    folder = TemporaryDirectory()
    with Sandbox(effects_path=Path(folder.name) / "effects.jsonl") as sandbox:
        desk = Desk(Path(folder.name), sandbox)
        desk.run(*(as_row(("create", number, "2027-03-08 09:00", "Ana", "Main St")) for number in range(4)))
        desk.run(as_row(("cancel", 3, "", "", "")))
    return folder


@contextmanager
def clinic() -> Iterator[Desk]:
    """Open a copy of the clinic."""
    with TemporaryDirectory() as folder:
        for name in ("ledger.db", "effects.jsonl"):
            copy(Path(filled().name) / name, folder)
        with Sandbox(effects_path=Path(folder) / "effects.jsonl") as sandbox:
            # The copy stands at another port, and a ledger belongs to one address.
            with open_ledger(str(Path(folder) / "ledger.db")) as ledger:
                ledger.rebind(origin_of(sandbox.base_url))
            yield Desk(Path(folder), sandbox)


def write_xlsx(path: Path, rows: Sequence[Row]) -> str:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for column, heading in enumerate(rows[0]):
            sheet.write_string(0, column, heading)
            for place, row in enumerate(rows, start=1):
                sheet.write_string(place, column, row[heading])
    return str(path)


def shown(rows: Sequence[LifeRow]) -> Counter[tuple[str, str | None, bytes]]:
    """Return what the plan shows as calls: action, appointment, and the body that the shown values make."""
    return Counter((row.row.action, row.row.external_event_id, body(row)) for row in rows if row.row.status is None)


def body(row: LifeRow) -> bytes:
    if row.row.action in {Action.CANCEL, Action.NO_SHOW}:
        return b"null"
    if row.row.action == Action.CREATE:
        return orjson.dumps(row.payload, option=orjson.OPT_SORT_KEYS)
    names = {change.field.partition(".")[0] for change in row.changes}
    names |= set(WHEN) if names.intersection(WHEN) else set()
    return orjson.dumps({name: row.payload[name] for name in names}, option=orjson.OPT_SORT_KEYS)


def seen(desk: Desk, since: int) -> Counter[tuple[str, str | None, bytes]]:
    """Return what the API was told since: action, appointment, body."""
    return Counter(
        (action, event, orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)) for action, event, sent in desk.deeds()[since:]
    )


@slow
@given(sheets)
def test_a_plan_is_sent_exactly_and_leaves_nothing(sheet: list[tuple[str, int, str, str, str]]) -> None:
    """``run --plan`` sends the calls that the plan shows, with their bodies; the file planned again has none."""
    with clinic() as desk:
        path, out = desk.sheet(*map(as_row, sheet)), desk.folder / "week.plan"
        rows: list[LifeRow] = []
        planned = plan(desk.job(), [path], out=out, each_row=rows.append)
        deeds, requests = len(desk.deeds()), len(desk.sandbox.requests())

        run_plan(desk.job(), out)

        assert seen(desk, deeds) == shown(rows)
        assert len(desk.sandbox.requests()) - requests == planned.call_count
        assert plan(desk.job(), [path]).call_count == 0


@slow
@given(sheets, st.randoms(use_true_random=False))
def test_order_and_format_make_no_difference(sheet: list[tuple[str, int, str, str, str]], chance: Any) -> None:
    """The same rows shuffled, and as a workbook, have one fingerprint: of creates, updates and cancels alike."""
    with clinic() as desk:
        rows = [as_row(act) for act in sheet]
        shuffled = chance.sample(rows, len(rows))
        paths = [
            desk.sheet(*rows),
            desk.sheet(*shuffled, name="shuffled.csv"),
            write_xlsx(desk.folder / "week.xlsx", rows),
            write_xlsx(desk.folder / "shuffled.xlsx", shuffled),
        ]

        assert len({plan(desk.job(), [path]).fingerprint for path in paths}) == 1


changes = st.sampled_from(["file", "ledger", "setting", "calls"])


@slow
@given(sheets, changes)
def test_a_plan_that_moved_is_refused_whole(sheet: list[tuple[str, int, str, str, str]], moved: str) -> None:
    """Whatever moved since, nothing is sent, and the exit code is 6."""
    with clinic() as desk:
        path, out = desk.sheet(*map(as_row, sheet)), desk.folder / "week.plan"
        planned = plan(desk.job(), [path], out=out)
        asked: dict[str, Any] = {}
        if moved == "file":
            with Path(path).open("a", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerow([""])
        elif moved == "ledger":
            run(desk.job(), [desk.sheet(ROW | {"externalEventId": "9", "phone": "2125550199"}, name="b.csv")])
        elif moved == "setting":
            asked = {"only": (Action.CANCEL,)}
        else:
            desk.now += 30 * DAY_S
        before = len(desk.sandbox.requests())

        code = code_of(desk, out, asked)

        # Time alone does not change a plan of updates and cancels, or of nothing.
        assert code == 6 or (moved == "calls" and not planned.calls.get(Action.CREATE))
        assert code != 6 or len(desk.sandbox.requests()) == before


def code_of(desk: Desk, out: Path, asked: dict[str, Any]) -> int:
    from importer.errors import Held

    try:
        return int(run_plan(desk.job(**asked), out).exit_code)
    except Held as held:
        return int(held.exit_code)


lives = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["create", "upsert", "update", "cancel", "no_show"]),
            st.integers(0, 2),
            st.sampled_from(["2027-03-08 09:00", "2027-03-04 10:30", "2027-03-05 18:00"]),
            st.sampled_from(["Ana", "Bea"]),
            st.just(""),
        ),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=5,
)


@slow
@given(lives)
def test_nothing_unlawful_is_ever_tried(nights: list[list[tuple[str, int, str, str, str]]]) -> None:
    """
    Over any nights each appointment is created first and once, then updated, then ended once at most.

    A no-show is never sent before the start, and no call is one that the API refuses: what it cannot do is a problem
    before anything leaves.
    """
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        desk = Desk(Path(folder), sandbox)
        for acts_of_night in nights:
            starts = {each["uuid"]: each["values"] for each in sandbox.reminders()}
            before = len(sandbox.effects())
            desk.run(*map(as_row, acts_of_night))
            for effect in sandbox.effects()[before:]:
                assert effect.action != Action.NO_SHOW or instant(starts[effect.uuid]) <= desk.now
            desk.now += 2 * DAY_S

        lived: dict[str, list[str]] = {}
        for effect in sandbox.effects():
            lived.setdefault(effect.uuid, []).append(str(effect.action))
        for deeds in lived.values():
            assert deeds[0] == "create"
            assert set(deeds[1:-1]) <= {"update"}
            assert deeds[-1] in {"create", "update", "cancel", "no_show"}
            assert deeds.count("create") == 1
        assert [visit for visit in sandbox.requests() if visit.status != 200] == []


def instant(values: dict[str, Any]) -> float:
    """Return when an appointment starts, UTC seconds."""
    at = datetime.fromisoformat(values["eventDateTime"])
    return at.replace(tzinfo=ZoneInfo(values["subscriberTimeZone"])).timestamp()


def test_the_clock_of_these_tests_is_before_their_starts() -> None:
    """The first night lies before every appointment, the last behind them."""
    first = instant({"eventDateTime": "2027-03-04T10:30:00", "subscriberTimeZone": "America/New_York"})
    last = instant({"eventDateTime": "2027-03-08T09:00:00", "subscriberTimeZone": "America/New_York"})

    assert NOW < first < last < NOW + 4 * 2 * DAY_S
