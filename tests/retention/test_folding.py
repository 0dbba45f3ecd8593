"""Folding takes what unchanged rows of old runs said out of the ledger; later sheets are planned and sent as before."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from desk import Desk, appointments, read_csv, statuses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer
from purge_months import DAY_S, memory, purged

from importer.commands.ledgers import fold
from importer.commands.report import explain, report
from importer.commands.run import RunResult, retry, run
from importer.errors import Exit, Interrupted, LedgerError, NothingToDo
from importer.ledger import unchanged_rows
from importer.ledger.tables import unchanged
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.sandbox import Rule, Sandbox
from importer.settings.token import PurgeKeySource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger.retention.folding import Foldable

Row = dict[str, str]
FAR = "2027-12-"
"""A month in which visits are that are still to come after a year of nights."""


def visits(count: int, **changes: str) -> list[Row]:
    """Return visits that are still to come for long."""
    return [
        row | {"eventDateTime": f"{FAR}{place % 20 + 1:02d} 09:00", "metadata.room": "4"} | changes
        for place, row in enumerate(appointments(count))
    ]


def night(desk: Desk, rows: Sequence[Mapping[str, str]], name: str = "week.csv", **chosen: Any) -> RunResult:
    """Let a day go by and run a sheet."""
    desk.now += DAY_S
    return run(desk.job(**chosen), [desk.sheet(*rows, name=name)])


def folded(desk: Desk, days: int = 1, **how: Any) -> tuple[Foldable, int]:
    """Fold what is older; return what there was, and how many rows were folded."""
    _, found, count = fold(desk.job(), days, confirm=lambda _: True, **how)
    return found, count


def kept(desk: Desk) -> list[tuple[int, bool, int]]:
    """Return of each record: its rows, whether it is folded, and the bytes of what its rows say."""
    with memory(desk) as ledger, ledger._store.reading() as connection:
        columns = (unchanged.c[name] for name in ("lanes", "places", "beside", "cells", "bodies"))
        query = unchanged.select().with_only_columns(unchanged.c.size, unchanged.c.width, *columns)
        return [(size, width == 0, sum(map(len, blobs))) for size, width, *blobs in connection.execute(query)]


def edited(path: Path, edits: Mapping[str, Mapping[str, str]], target: Path) -> str:
    """Return a copy of results.csv in which the rows of some appointments say something else."""
    rows = [row | edits.get(row["externalEventId"], {}) for row in read_csv(path)]
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(target)


def test_a_folded_run_says_so(desk: Desk) -> None:
    """Its rows stand in the report with number, status and identifier, their cells blank; run and explain say when and why."""
    night(desk, visits(3))
    old = night(desk, visits(3))
    night(desk, visits(3))
    desk.now += 3 * DAY_S

    found, count = folded(desk)
    again = report(desk.job(), old.run.id)

    assert (found.runs, found.rows, count) == (1, 3, 3)
    assert again.totals == old.totals
    before, after = read_csv(Path(old.paths["results.csv"])), read_csv(again.paths["results.csv"])
    told = ("result_row", "result_status", "result_uuid", "result_external_event_id", "result_action")
    assert [[row[name] for name in told] for row in after] == [
        [str(place + 2), "unchanged", row.uuid, str(1001 + place), "upsert"]
        for place, row in enumerate(old.report.rows())
    ]
    assert len(before) == len(after)
    assert {row[name] for row in after for name in ("firstName", "phone", "metadata.room")} == {""}
    assert "The cells of 3 unchanged rows were removed on" in again.paths["report.html"].read_text(encoding="utf-8")
    assert '"folded": {' in again.paths["summary.json"].read_text(encoding="utf-8")
    life = explain(desk.job(), "1002")
    assert [row.row.status for row in life.rows] == ["created", "unchanged", "unchanged"]
    assert [row.folded_at for row in life.rows] == [None, desk.now, None]
    assert [bool(row.payload) for row in life.rows] == [True, False, True]
    with memory(desk) as ledger:
        assert ledger.verify().faults == ()


def test_what_is_young_newest_or_waits_is_kept(desk: Desk) -> None:
    """The newest run of a profile, a run younger than the days, and one with a row that is held for nobody's later word stay whole."""
    rows = visits(3)
    night(desk, rows, "old.csv")
    night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]])
    waits = night(desk, rows, "old again.csv")
    assert waits.totals[Status.HELD] == 1
    night(desk, rows[1:])
    young = night(desk, rows[1:])
    desk.profile = Profile(name="north", declared=True)
    night(desk, rows[1:])

    found, _ = folded(desk, days=3, only_look=True)
    every, count = folded(desk, days=1)

    assert (found.runs, found.rows, found.held) == (1, 2, 0)
    assert (every.runs, every.rows, every.held, count) == (2, 4, 1, 4)
    desk.now += 9 * DAY_S
    assert (folded(desk)[0].runs, folded(desk)[0].held) == (0, 1)
    assert {row.cells[2] for row in report(desk.job(), young.run.id).report.rows()} == {"Ana"}
    assert {row.cells[2] for row in report(desk.job(), waits.run.id).report.rows()} == {"Ana"}


def test_nothing_is_folded_where_a_person_says_no(own_desk: Desk) -> None:
    """Who is asked and says no keeps all of it; a dry run, too, leaves every byte."""
    for _ in range(3):
        night(own_desk, visits(3))
    own_desk.now += 3 * DAY_S
    before = kept(own_desk)

    with pytest.raises(Interrupted, match=r"Nothing was removed\."):
        fold(own_desk.job(), 1, confirm=lambda _: False)
    assert folded(own_desk, only_look=True)[1] == 0
    assert kept(own_desk) == before


@pytest.mark.long
def test_a_year_of_nights_stays_small(own_desk: Desk) -> None:
    """Nights of 200 rows, in another order each, take fewer than 4 bytes a folded row; counts stay as they were."""
    desk, nights = own_desk, longer(20, 365)
    desk.settings["keep_unchanged_days"] = 10
    rows = visits(200)
    for number in range(nights):
        night(desk, [*rows[number * 7 % 200 :], *rows[: number * 7 % 200]])

    small = [(size, count) for size, is_folded, count in kept(desk) if is_folded]
    assert sum(size for size, _ in small) == (nights - 12) * 200
    assert sum(size for size, *_ in kept(desk)) == (nights - 1) * 200
    assert sum(count for _, count in small) < 4 * (nights - 12) * 200
    with memory(desk) as ledger:
        assert [one.totals for one in ledger.glances(None)] == [
            *[{Status.UNCHANGED: 200}] * (nights - 1),
            {Status.CREATED: 200},
        ]
        assert ledger.verify().faults == ()


def test_a_run_folds_only_so_many_rows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is behind is folded by the runs of the next nights, some of it at a time."""
    for _ in range(5):
        night(desk, visits(3))
    monkeypatch.setattr("importer.ledger.retention.folding.MOST_AT_ONCE", 4)
    desk.settings["keep_unchanged_days"] = 1
    seen = []
    for _ in range(3):
        night(desk, visits(3))
        seen.append(sum(is_folded for _, is_folded, _ in kept(desk)))
    assert seen == [2, 4, 5]


def test_a_folding_that_is_killed_is_gone_on_with(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two records the ledger is right, counts what is folded by then, and the next folding does the rest."""
    for _ in range(4):
        night(desk, visits(3))
    desk.now += 3 * DAY_S
    write, left = unchanged_rows.fold, [None]

    def killed(*how: Any) -> None:
        write(*how)
        if not left:
            raise KeyboardInterrupt
        left.pop()

    monkeypatch.setattr(unchanged_rows, "fold", killed)
    with pytest.raises(KeyboardInterrupt):
        folded(desk)
    monkeypatch.undo()

    with memory(desk) as ledger:
        assert ledger.verify().faults == ()
        assert [one.folded and one.folded.rows for one in ledger.runs(None)] == [None, None, 3, None]
    assert folded(desk)[1] == 3


def test_two_files_of_a_run_count_each_for_itself(desk: Desk) -> None:
    """The report of a run over two files says of each how many rows of it were folded."""
    rows = visits(5)
    for _ in range(3):
        desk.now += DAY_S
        found = run(desk.job(), [desk.sheet(*rows[:2], name="a.csv"), desk.sheet(*rows[2:], name="b.csv")])
    desk.now += 3 * DAY_S
    folded(desk)
    del found
    with memory(desk) as ledger:
        old = ledger.run(ledger.runs(None)[1].id)
        assert [one.notes[-1].split(" were")[0] for one in old.files.all()] == [
            "The cells of 2 unchanged rows",
            "The cells of 3 unchanged rows",
        ]
        assert old.record().folded is not None
        assert old.record().folded.rows == 5


@pytest.mark.parametrize("is_first", [True, False])
def test_a_purge_and_a_folding_go_in_any_order(desk: Desk, *, is_first: bool) -> None:
    """Either first: nothing of a purged run's appointments is named in its report, later rows find them, the ledger is right."""
    rows = visits(3)
    for _ in range(2):
        night(desk, rows)
    old = night(desk, rows)
    night(desk, rows)
    desk.now += 3 * DAY_S
    if is_first:
        assert folded(desk)[1] == 6
    purged(desk, 1)
    if not is_first:
        assert folded(desk)[1] == 6

    again = report(desk.job(), old.run.id)
    assert statuses(again) == ["unchanged"] * 3
    assert {row["result_external_event_id"] for row in read_csv(again.paths["results.csv"])} == {""}
    with memory(desk) as ledger:
        assert ledger.verify().faults == ()
    moved = rows[1] | {"eventDateTime": f"{FAR}28 10:00"}
    assert statuses(night(desk, [rows[0], moved, rows[2]])) == ["unchanged", "updated", "unchanged"]
    desk.now += 400 * DAY_S
    purged(desk, 1)
    with memory(desk) as ledger:
        assert ledger.verify().faults == ()
        assert all(one.open_key is None for one in ledger.all_reminders())


def test_a_purge_keeps_what_only_a_folded_run_names(desk: Desk) -> None:
    """An appointment of the past that a run names which keeps its data is not purged, whether that run is folded or not."""
    desk.profile = Profile(allow_past=True)
    rows = [row | {"eventDateTime": "2027-03-03 15:00"} for row in appointments(2)]
    night(desk, rows)
    desk.now += DAY_S
    night(desk, rows)
    night(desk, rows[1:])
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 2

    found = purged(desk, 11)

    assert (found.counts.runs, found.counts.appointments) == (1, 0)
    with memory(desk) as ledger:
        assert all(one.open_key for one in ledger.all_reminders())


@pytest.mark.parametrize(
    "damage",
    [
        "lanes = x'2b'",
        "lanes = substr(lanes, 1, length(lanes) - 1)",
        "cells = x'00'",
        "bodies = x'00'",
        "places = x''",
        "beside = x''",
        "width = 16",
        "size = 4",
    ],
)
def test_a_record_half_emptied_is_damage(own_desk: Desk, damage: str) -> None:
    """Verify hears of a folded record that is not what was written, and of a whole one of which a part is gone."""
    for _ in range(3):
        night(own_desk, visits(3))
    own_desk.now += 3 * DAY_S
    folded(own_desk)
    with closing(sqlite3.connect(own_desk.folder / "ledger.db", isolation_level=None)) as database:
        database.execute(f"UPDATE unchanged SET {damage} WHERE width = 0")
    with memory(own_desk) as ledger:
        assert ledger.verify().faults == ("Rows that repeat what was known are not what was written.",)


def test_a_reminder_that_is_gone_is_damage(own_desk: Desk) -> None:
    """An appointment that folded rows named and that is not there any more is told as damage, and never as no row."""
    for _ in range(3):
        night(own_desk, visits(3))
    old = read_csv(night(own_desk, visits(3)).paths["results.csv"])[0]["result_run"]
    night(own_desk, visits(3))
    own_desk.now += 3 * DAY_S
    folded(own_desk)
    with closing(sqlite3.connect(own_desk.folder / "ledger.db", isolation_level=None)) as database:
        database.execute("DELETE FROM reminders WHERE external_event_id = '1002'")
    with memory(own_desk) as ledger:
        assert ledger.verify().faults == ("Rows that repeat what was known are not what was written.",)
    with pytest.raises(LedgerError, match="an appointment that folded rows named is not there"):
        report(own_desk.job(), old)


def test_an_older_file_is_held_as_before(desk: Desk) -> None:
    """The file of a folded night, run again after a change, is held for the rows that would go back."""
    rows = visits(4)
    night(desk, rows, "a.csv")
    night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]], "b.csv")
    night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]], "b.csv")
    moved = [row | {"eventDateTime": f"{FAR}27 08:00"} if place == 2 else row for place, row in enumerate(rows)]
    moved[0] |= {"metadata.room": "5"}
    night(desk, moved, "c.csv")
    night(desk, moved, "c.csv")
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 4 + 3 + 3

    again = night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]], "again.csv")

    assert statuses(again) == ["unchanged", "unchanged", "held", "unchanged"]
    assert [hold.code for hold in again.run.unreleased] == ["file_of_before"]


def test_a_retry_sends_nothing_that_a_folded_night_named_since(desk: Desk) -> None:
    """A row that failed is not tried again once a later night, folded by now, has named its appointment."""
    rows = visits(3)
    night(desk, rows)
    desk.sandbox.set_faults(Rule("status_before", status=400, actions=("update",), times=1))
    failed = night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]])
    assert failed.totals[Status.FAILED] == 1
    night(desk, rows)
    night(desk, rows[1:])
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 2 + 3
    deeds = len(desk.deeds())

    with pytest.raises(NothingToDo, match="Nothing to retry"):
        retry(desk.job(), failed.run.id)
    assert len(desk.deeds()) == deeds


def test_a_retry_of_a_folded_run_says_nothing_of_folded_rows(desk: Desk) -> None:
    """What a retry sends of it stands in a report of its own, in which nothing was folded."""
    rows = visits(3)
    night(desk, rows)
    desk.sandbox.set_faults(Rule("status_before", status=400, actions=("update",), times=1))
    failed = night(desk, [rows[0] | {"metadata.room": "5"}, *rows[1:]])
    night(desk, rows[1:])
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 2
    with memory(desk) as ledger:
        assert ledger.run(failed.run.id).files.all()[0].notes != ()

    again = retry(desk.job(), failed.run.id)

    assert statuses(again) == ["updated"]
    assert (again.report.files[0].notes, again.run.folded) == ((), None)


def test_an_edited_row_of_a_folded_report_is_held(desk: Desk) -> None:
    """Unedited rows of an old report are skipped; what stands otherwise in it is held with the reason, and goes when released."""
    rows = visits(4)
    night(desk, rows)
    old = night(desk, rows)
    night(desk, [rows[0] | {"eventDateTime": f"{FAR}27 08:00"}, *rows[1:]])
    night(desk, [rows[0] | {"eventDateTime": f"{FAR}27 08:00"}, *rows[1:]])
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 4 + 3
    deeds = len(desk.deeds())

    assert statuses(run(desk.job(), [str(old.paths["results.csv"])])) == ["unchanged"] * 4
    path = edited(old.paths["results.csv"], {"1002": {"metadata.room": "7"}}, desk.folder / "edited.csv")
    held = run(desk.job(), [path])

    assert statuses(held) == ["unchanged", "held", "unchanged", "unchanged"]
    assert f"what row 3 of run {old.run.id} said is not kept any more" in next(
        row.problems[0]["message"] for row in held.report.rows() if row.status is Status.HELD
    )
    assert len(desk.deeds()) == deeds
    assert statuses(run(desk.job(release=("file_of_before",)), [path]))[1] == "updated"


def test_what_a_folded_row_did_not_give_is_no_edit(desk: Desk) -> None:
    """A row of a sheet without a column that an earlier one had is skipped in its old report, as long as it brings nothing new."""
    night(desk, visits(2, lastName="Lee"))
    old = [row | {"eventDateTime": f"{FAR}26 08:00"} for row in visits(2)]
    night(desk, old)
    again = night(desk, old)
    night(desk, visits(2))
    night(desk, visits(2))
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 2

    assert statuses(run(desk.job(), [str(again.paths["results.csv"])])) == ["unchanged"] * 2


def test_a_folded_row_that_means_something_else_by_now_is_not_sent(desk: Desk) -> None:
    """An old report read by a profile with another zone moves nobody: of a folded row nobody knows that it stands as typed."""
    desk.profile = Profile(name="clinic", zone="America/Denver")
    rows = [{name: cell for name, cell in row.items() if name != "subscriberTimeZone"} for row in visits(2)]
    night(desk, rows)
    old = night(desk, rows)
    night(desk, rows)
    desk.now += 9 * DAY_S
    assert folded(desk)[1] == 2
    deeds = len(desk.deeds())
    desk.profile = replace(desk.profile, zone="America/Chicago")

    again = run(desk.job(), [str(old.paths["results.csv"])])

    assert set(statuses(again)) <= {"unchanged", "held"}
    assert len(desk.deeds()) == deeds


kinds = st.sampled_from(["same", "same", "move", "room", "name", "leave out", "cancel"])
changes = st.lists(st.tuples(st.integers(0, 3), kinds), max_size=3)


def changed(rows: Sequence[Row], drawn: Sequence[tuple[int, str]], number: int) -> list[Row]:
    """Return a sheet in which some visits are changed since; ``number``: of the night, which makes values new."""
    after = [dict(row) for row in rows]
    for place, kind in drawn:
        if kind == "move":
            after[place]["eventDateTime"] = f"{FAR}{number + 1:02d} {8 + place:02d}:30"
        elif kind == "room":
            after[place]["metadata.room"] = f"R{number}"
        elif kind == "name":
            after[place]["firstName"] = f"Name {number}"
    return after


def named(rows: Sequence[Row], drawn: Sequence[tuple[int, str]]) -> list[Row]:
    """Return the sheet as it is written: without what is left out, with what is cancelled."""
    out = {place for place, kind in drawn if kind == "leave out"}
    off = {place for place, kind in drawn if kind == "cancel"}
    return [
        row | {"action": "cancel" if place in off else "upsert"} for place, row in enumerate(rows) if place not in out
    ]


SAFE = {Status.HELD, Status.UNCHANGED, Status.INVALID}


@pytest.mark.long
@settings(max_examples=longer(6, 400), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(changes, min_size=2, max_size=5),
    changes,
    st.integers(0, 4),
    st.sampled_from(["sheet", "older bytes", "report", "edited report"]),
    st.booleans(),
)
def test_the_next_sheet_is_planned_as_without_the_folding(
    nights: list[Any], last: Any, which: int, kind: str, has_window: bool
) -> None:
    """After any nights, a new sheet, an old file, an old report, edited or not, or a snapshot send the same, or hold more."""
    found = []
    with TemporaryDirectory() as name, Sandbox() as sandbox:
        desk = Desk(Path(name), sandbox)
        desk.settings["purge_key_source"] = PurgeKeySource(file=desk.folder / "purge.key")
        desk.profile = Profile(
            name="clinic", snapshot="2027-12-01..2027-12-31" if has_window else None, cancel_missing=has_window
        )
        rows, sheets, results = visits(4), [], []
        for number, drawn in enumerate([[], *nights, []]):
            rows = changed(rows, drawn, number)
            sheets.append(named(rows, drawn))
            results.append(night(desk, sheets[-1], approve=None))
        desk.now += 9 * DAY_S
        whole = desk.folder / "ledger.db"
        shutil.copy(whole, desk.folder / "kept.db")
        _, folded_rows = folded(desk)
        del folded_rows
        shutil.copy(whole, desk.folder / "folded.db")
        old = results[which % len(results)].paths["results.csv"]
        edits = {str(1001 + place): {"metadata.room": "EDITED"} for place, _ in last}
        sheet = {
            "sheet": lambda: desk.sheet(*named(changed(rows, last, 20), last), name="next.csv"),
            "older bytes": lambda: desk.sheet(*sheets[which % len(sheets)], name="old.csv"),
            "report": lambda: str(old),
            "edited report": lambda: edited(Path(old), edits, desk.folder / "edited.csv"),
        }[kind]()
        for place in ("kept.db", "folded.db"):
            deeds = len(desk.deeds())
            desk.settings["ledger_url"] = str(desk.folder / place)
            with memory(desk) as ledger:
                totals = [one.totals for one in ledger.glances(None)]
            result = run(desk.job(), [sheet])
            with memory(desk) as ledger:
                assert ledger.verify().faults == ()
            found.append((totals, list(result.report.rows()), desk.deeds()[deeds:]))
    (totals, before, sent), (same, after, less) = found
    assert same == totals
    assert [row.number for row in after] == [row.number for row in before]
    for one, other in zip(before, after, strict=True):
        assert other.status in {one.status, Status.HELD} or {one.status, other.status} <= SAFE
    assert [deed for deed in sent if deed in less] == less
    if kind not in {"edited report", "report"}:
        assert [row.status for row in after] == [row.status for row in before]
        assert less == sent


def test_exit_codes_are_as_ever_where_folding_fails(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose old rows cannot be folded ends as it would have; a note says so."""
    for _ in range(3):
        night(own_desk, visits(3))
    own_desk.settings["keep_unchanged_days"] = 1
    heard: list[str] = []

    def broken(*_: Any) -> None:
        raise LedgerError("The disk is full.")

    monkeypatch.setattr(unchanged_rows, "fold", broken)
    own_desk.now += 3 * DAY_S
    job = replace(own_desk.job(), on_event=lambda event: heard.append(event.text))
    result = run(job, [own_desk.sheet(*visits(3))])

    assert result.exit_code is Exit.DONE
    assert "Old unchanged rows could not be folded: The disk is full." in heard
