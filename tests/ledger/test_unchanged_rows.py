"""Rows that repeat what is known: kept by the chunk they are what they would be one by one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.errors import LedgerError
from importer.ledger import known_at_once, open_ledger, unchanged_rows
from importer.ledger.unchanged_rows import Together, _packed_ids, unpack
from importer.model.chunks import Distinct, pack
from importer.model.planned_calls import Known
from importer.model.staged_files import FileRecord
from importer.model.statuses import Action, ReminderState, Status
from importer.planning.transitions import easy, repeated

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run

NOW = 1_800_000_000.0
LATER = NOW + 10 * 86_400
KEY = b"k" * 32
WARNINGS = (
    [],
    [{"field": "", "code": "reminder_at_night", "value": "", "message": "At night.", "fix": "Look.", "column": None}],
    [{"field": "phone", "code": "reminder_at_night", "value": "", "message": "At night.", "fix": "Look.", "column": 0}],
)


class Row(NamedTuple):
    """A row of a night: which visit, what it asks for and says; ``by``: how it names the visit."""

    visit: int
    action: str
    by: str
    name: str
    minute: int
    place: str | None
    warned: int


nights = st.lists(
    st.builds(
        Row,
        st.integers(1, 4),
        st.sampled_from(["upsert", "upsert", "upsert", "create", "update", "cancel"]),
        st.sampled_from(["key", "key", "key", "key", "uuid", "uuid and key", "another's phone"]),
        st.sampled_from(["Ana", "Ana", "Bo"]),
        st.sampled_from([0, 0, 30]),
        st.sampled_from([None, "", "Main", "Main", "North"]),
        st.sampled_from([0, 0, 1, 2]),
    ),
    min_size=1,
    max_size=6,
)


def told(row: Any, number: int, one: Row, uuids: dict[int, str]) -> Any:
    """Return a row as it is staged. ``uuids``: of the visits that are known by now."""
    phone = f"+1415555010{one.visit if 'another' not in one.by else one.visit % 4 + 1}"
    uuid = uuids.get(one.visit, f"unknown-{one.visit}") if "uuid" in one.by else None
    if one.by == "uuid":
        made = row(number, None, one.action, phone=None, uuid=uuid, only=True, starts_at=None, firstName=one.name)
    else:
        values = {"firstName": one.name, "eventDateTime": f"2027-01-16T08:{one.minute:02d}:00"}
        starts_at = int(NOW) + 86_400 + 60 * one.minute
        bare = one.action == "cancel"
        more = {"only": True, "starts_at": None} if bare else values | {"starts_at": starts_at}
        made = row(number, f"N-{one.visit}", one.action, phone=phone, uuid=uuid, **more)
        said = orjson.loads(made.payload)
        made = made._replace(payload=orjson.dumps(said | {"phone": phone[2:]} if "phone" in said else said))
    return made._replace(location=one.place, warnings=orjson.dumps(WARNINGS[one.warned]))


def uuids_of(ledger: Ledger) -> dict[int, str]:
    """Return the uuids that visits have by now."""
    keyed = [one for one in ledger.all_reminders() if one.open_key is not None and one.uuid]
    return {int(one.key.external_event_id.removeprefix("N-")): one.uuid for one in keyed if one.key and one.uuid}


def answers(ledger: Ledger) -> dict[str, Any]:
    """Return what a ledger answers to whoever asks of its rows."""
    runs = [ledger.run(one.id) for one in reversed(ledger.runs(None))]
    names = {run.id: f"run {place}" for place, run in enumerate(runs)}
    found: dict[str, Any] = {}
    for run in runs:
        found[names[run.id]] = (
            list(run.report.rows()),
            run.report.totals(),
            [(each.row, each.payload, each.changes) for each in run.report.decided()],
            run.files.all(),
            sorted(_earlier(ledger, run)),
        )
    for visit in range(1, 5):
        for name in (f"N-{visit}", f"+1415555010{visit}", *uuids_of(ledger).values()):
            life = ledger.history(name)
            found[name] = [(names[one.run.id], one.row, one.payload, one.changes) for one in life.rows]
    found["glances"] = [(one.files, one.totals, one.unknown) for one in ledger.glances(None)]
    found["reminders"] = [
        (one.key, one.uuid, one.state, one.values, one.row, names.get(one.run)) for one in ledger.all_reminders()
    ]
    found["verified"] = ledger.verify()
    return found


def _earlier(ledger: Ledger, run: Run) -> list[Any]:
    found = ledger.earlier_rows(run.id, range(20)) or {}
    return [
        (place, one.cells, one.action, one.payload, tuple(sorted(one.uuids)), one.row_id)
        for place, one in found.items()
    ]


def a_night(clerk: Any, night: list[Any], *, is_sent: bool) -> tuple[Any, ...]:
    """Run the rows of a night, which some time before its calls are sent is cut off; return what guards saw."""
    run = clerk.plan(*night)
    seen = (
        run.guards.known_and_moved(),
        # Each run has a name of its own.
        {row_id: other._replace(run="") for row_id, other in run.guards.same_time().items()},
        sorted(map(str, run.same_visits.under_another_phone("", NOW))),
        [one.uuid for one in run.ledger.ahead("", after=NOW, before=LATER, unnamed_in=run)],
        run.older_files.undoing(run.older_files.open_calls()),
        run.plan.fingerprint(),
    )
    if is_sent:
        clerk.send(run)
        run.finish(0, "", NOW)
    return seen


@pytest.mark.long
@settings(max_examples=longer(25, 3_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(nights, st.booleans()), min_size=1, max_size=5), st.booleans())
def test_a_ledger_kept_by_the_chunk_answers_as_one_kept_by_the_row(
    row: Any, clerk_of: Any, empty_ledger: Path, before: list[tuple[list[Row], bool]], is_purged: bool
) -> None:
    """Reports, histories, guards, resumed runs and reminders are the same after any nights, also once they were purged."""
    found = []
    with TemporaryDirectory() as name:
        for by_chunk in (False, True):
            place = Path(name) / f"{by_chunk}.db"
            shutil.copy(empty_ledger, place)
            seen: list[Any] = []
            with open_ledger(str(place), purge_key=lambda: KEY if is_purged else None) as ledger:
                clerk = clerk_of(ledger, by_chunk=by_chunk)
                for which, (night, is_sent) in enumerate(before):
                    known = uuids_of(ledger)
                    rows = [told(row, number, one, known) for number, one in enumerate(night, 2)]
                    # Every other night has the bytes of the one before.
                    seen.append(a_night(clerk, rows, is_sent=is_sent or which == len(before) - 1))
                    if which and which % 2:
                        old = ledger.run(ledger.runs(None)[-1].id)
                        seen.append((old.recovery.is_left(), old.recovery.reopen(at=NOW)))
                        clerk.send(old)
                        old.finish(0, "", NOW)
                seen.append(answers(ledger))
                if is_purged:
                    ledger.retention.purge(ledger.retention.survey(LATER), LATER, key=KEY, at=LATER)
                    seen.append(answers(ledger))
                    rows = [told(row, number, one, {}) for number, one in enumerate(before[0][0], 2)]
                    seen += [a_night(clerk, rows, is_sent=True), answers(ledger)]
            found.append(seen)
    assert found[1] == found[0]
    assert found[0][-1]["verified"].faults == ()


def test_rows_that_repeat_what_is_known_stand_together(clerk_of: Any, place: Path, row: Any) -> None:
    """A second night leaves one record and no row."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        night = [row(number, str(number)) for number in range(2, 102)]
        clerk.run(*night)
        clerk.run(*night)
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT count(*), sum(size) FROM unchanged").fetchone() == (1, 100)
        assert database.execute("SELECT count(*) FROM rows WHERE run = 2").fetchone() == (0,)


@pytest.mark.parametrize("uuid", ["é-1", "u" * 100, "u\0", None])
def test_uuids_and_numbers_of_any_shape_are_shown(clerk_of: Any, place: Path, row: Any, uuid: str | None) -> None:
    """A uuid that is long, no ASCII, or not known is told beside usual ones, and a number that looks like JSON as it is."""
    numbers = ["2", '"externalEventId":"5",', "é\\", '{"a":[]}']
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        for _ in range(2):
            clerk.run(*(row(place, number) for place, number in enumerate(numbers, 2)))
    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        uuids = [found for (found,) in database.execute("SELECT uuid FROM reminders ORDER BY id")]
        database.execute("UPDATE reminders SET uuid = ? WHERE uuid = ?", (uuid, uuids[1]))
    with open_ledger(str(place), read_only=True) as ledger:
        found = list(ledger.run().report.rows())
    assert [one.uuid for one in found] == [uuids[0], uuid, *uuids[2:]]
    assert [one.external_event_id for one in found] == numbers


def test_reminders_that_come_meanwhile_are_read_too(
    clerk_of: Any, place: Path, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report or a run that finds more reminders than there were when it looked how many reads them all."""
    monkeypatch.setattr(known_at_once, "_newest", lambda _: 1)
    monkeypatch.setattr(known_at_once, "_SURE", known_at_once._SURE.limit(None).limit(2))
    monkeypatch.setattr(known_at_once, "_ALL_UUIDS", known_at_once._ALL_UUIDS.limit(None).limit(2))
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        night = [row(number, str(number)) for number in range(2, 9)]
        clerk.run(*night)
        before = [one.uuid for one in ledger.run().report.rows()]
        assert clerk.run(*night) == {Status.UNCHANGED: 7}
        assert [one.uuid for one in ledger.run().report.rows()] == before
        assert list(ledger.run().report.single()) == []


def test_two_rows_of_one_appointment_stand_alone(clerk_of: Any, place: Path, row: Any) -> None:
    """Rows that name one appointment leave those that stand together, and the planner judges them."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        clerk.run(*(row(number, str(number)) for number in range(2, 12)))
        found = clerk.run(*(row(number, str(number)) for number in range(2, 12)), row(12, "5"))
        assert found == {Status.UNCHANGED: 10, Status.DUPLICATE: 1}
        assert [one.number for one in ledger.run().report.single()] == [5, 12]
        assert [one.number for one in ledger.run().report.rows()] == list(range(2, 13))


@pytest.mark.parametrize("column", ["lanes", "places", "beside", "cells", "bodies"])
def test_a_flipped_bit_is_noticed(clerk_of: Any, place: Path, row: Any, column: str) -> None:
    """No bit of a record may be another than was written: who reads it, and who verifies the ledger, hears of it."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        for _ in range(2):
            clerk.run(*(row(number, str(number)) for number in range(2, 32)))
    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        (kept,) = database.execute(f"SELECT {column} FROM unchanged").fetchone()
        database.execute(f"UPDATE unchanged SET {column} = ?", (kept[:20] + bytes([kept[20] ^ 4]) + kept[21:],))
    with open_ledger(str(place)) as ledger:
        with pytest.raises(LedgerError, match="damaged"):
            list(ledger.run().report.decided())
        assert ledger.verify().faults == ("Rows that repeat what was known are not what was written.",)


def test_a_row_elsewhere_than_before_stands_alone(clerk_of: Any, place: Path, row: Any) -> None:
    """A row that names another place for its appointment is followed, so it is no repetition."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        clerk.run(*(row(number, str(number))._replace(location="Main") for number in (2, 3)))
        clerk.run(row(2, "2")._replace(location="Main"), row(3, "3")._replace(location="North"))
        assert [one.number for one in ledger.run().report.single()] == [3]
        clerk.run(row(2, "2")._replace(location="Main"), row(3, "3")._replace(location="North"))
        assert list(ledger.run().report.single()) == []
        found = ledger.ahead("", after=NOW, before=LATER)
        assert {one.external_event_id: one.location for one in found} == {"2": "Main", "3": "North"}


@given(
    st.lists(st.lists(st.text(), min_size=3, max_size=3), max_size=4),
    st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), max_size=4),
)
def test_columns_come_back_as_they_were_packed(texts: list[list[str]], places: list[list[int]]) -> None:
    """Whatever texts a column has, and however often they repeat, it is unpacked as it was."""
    columns = [Distinct(np.array([*column, None], dtype=object)[:-1], None) for column in texts]
    columns += [Distinct(np.array(["a", "", "c\n"], dtype=object), np.array(found, dtype=np.int64)) for found in places]

    back = unpack(pack(columns), 3)

    assert [column.column.tolist() for column in back] == [column.column.tolist() for column in columns]


marks = st.sampled_from([bytes(16), b"a" * 16, b"a" * 8 + b"b" * 8, b"b" * 16])


@given(st.lists(st.tuples(marks, marks), min_size=1))
def test_many_rows_are_judged_as_one_is(pairs: list[tuple[bytes, bytes]]) -> None:
    """What repeats what is known is the same, whether one row is asked about or many."""
    columns = (np.frombuffer(b"".join(column), dtype=np.uint64).reshape(-1, 2) for column in zip(*pairs, strict=True))
    found = repeated(*columns)

    for (said, held), is_same in zip(pairs, found, strict=True):
        known = Known(held, ReminderState.ACTIVE.value, None)
        alone = easy(Action.UPSERT.value, known, fingerprint=said, conditional=False, uuid=None)
        assert is_same == (alone is Status.UNCHANGED)


def test_a_forgotten_run_leaves_nothing(clerk_of: Any, place: Path, row: Any) -> None:
    """A run that sent nothing is forgotten with the rows that stand together."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        clerk.run(row(2, "2"))
        run = clerk.stage(row(2, "2"))
        assert run.report.totals() == {Status.UNCHANGED: 1}
        run.forget()
        fresh = ledger.begin("run", at=NOW)
        fresh.files.add(FileRecord("week.csv", "00", None, ("A",), 1))
        assert ledger.verify().rows == 1


def answers_but_said(ledger: Ledger) -> dict[str, Any]:
    """Return what a ledger answers of its rows, without what a row said that stands together with others."""
    runs = [ledger.run(one.id) for one in reversed(ledger.runs(None))]
    names = {run.id: f"run {place}" for place, run in enumerate(runs)}
    found: dict[str, Any] = {}
    for run in runs:
        single = {row.row_id for row in run.report.single()}
        rows = [
            (
                row.number, row.row_id, row.action, row.status, row.uuid, row.is_on, row.external_event_id,
                (row.cells, row.warnings, row.problems) if row.row_id in single else [one["code"] for one in row.warnings],
            )
            for row in run.report.rows()
        ]  # fmt: skip
        found[names[run.id]] = rows, run.report.totals(), run.recovery.is_left()
    for visit in range(1, 5):
        for name in (f"N-{visit}", f"+1415555010{visit}", *uuids_of(ledger).values()):
            found[name] = [(names[one.run.id], one.row.row_id, one.changes) for one in ledger.history(name).rows]
    found["glances"] = [(one.totals, one.unknown) for one in ledger.glances(None)]
    found["reminders"] = [
        (one.key, one.uuid, one.state, one.values, one.row, names.get(one.run)) for one in ledger.all_reminders()
    ]
    found["verified"] = ledger.verify()
    return found


def fold(ledger: Ledger) -> None:
    """Fold all that can be, as if long had gone by."""
    ledger.retention.fold(ledger.retention.foldable(LATER), at=LATER)


@pytest.mark.long
@settings(max_examples=longer(25, 2_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(nights, st.booleans()), min_size=2, max_size=6), st.sampled_from([None, "before", "after"]))
def test_a_folded_ledger_answers_as_one_that_is_not(
    row: Any, clerk_of: Any, empty_ledger: Path, before: list[tuple[list[Row], bool]], purge: str | None
) -> None:
    """Guards, plans, resumed runs, histories and reminders are the same after any nights, folded after each, also once purged."""
    found = []
    with TemporaryDirectory() as name:
        for folds in (False, True):
            place = Path(name) / f"{folds}.db"
            shutil.copy(empty_ledger, place)
            seen: list[Any] = []
            with open_ledger(str(place), purge_key=lambda: KEY if purge else None) as ledger:
                clerk = clerk_of(ledger, by_chunk=True)
                for which, (night, is_sent) in enumerate(before):
                    known = uuids_of(ledger)
                    rows = [told(row, number, one, known) for number, one in enumerate(night, 2)]
                    seen.append(a_night(clerk, rows, is_sent=is_sent or which == len(before) - 1))
                    if folds:
                        fold(ledger)
                    if which and which % 2:
                        old = ledger.run(ledger.runs(None)[-1].id)
                        seen.append((old.recovery.is_left(), old.recovery.reopen(at=NOW)))
                        clerk.send(old)
                        old.finish(0, "", NOW)
                    seen.append(answers_but_said(ledger))
                if purge:
                    if folds and purge == "after":
                        fold(ledger)
                    ledger.retention.purge(ledger.retention.survey(LATER), LATER, key=KEY, at=LATER)
                    if folds and purge == "before":
                        fold(ledger)
                    seen.append(answers_but_said(ledger))
                    rows = [told(row, number, one, {}) for number, one in enumerate(before[0][0], 2)]
                    seen += [a_night(clerk, rows, is_sent=True), answers_but_said(ledger)]
            found.append(seen)
    assert found[1] == found[0]
    assert found[1][-1]["verified"].faults == ()


@given(st.lists(st.integers(1, 2**40), min_size=1))
def test_ids_come_back_as_they_were_packed(ids: list[int]) -> None:
    """Whatever ids a folded record names, near each other or far, it has them again in their order."""
    packed = _packed_ids(np.array(ids, dtype=np.int64))
    row = SimpleNamespace(id=1, last=len(ids), run=1, file=1, size=len(ids), action="upsert", **packed)

    assert Together(row, None).reminder_ids.tolist() == ids  # type: ignore[arg-type] - as a row of the table


def test_a_folded_record_is_found_by_an_appointment_that_has_another_name_since(
    clerk_of: Any, place: Path, row: Any
) -> None:
    """Which rows named an appointment is known by its reminder, whatever it is called."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        for _ in range(3):
            clerk.run(*(row(number, str(number)) for number in range(2, 12)))
        fold(ledger)
        with ledger._store.reading() as connection:
            lanes = next(unchanged_rows.records(connection, unchanged_rows.ALL)).lanes
            moved = {lanes[3]: b"another lane 16b"}
        with ledger._store.writing() as connection:
            unchanged_rows.follow(connection, moved)
            connection.exec_driver_sql(
                "UPDATE reminders SET key_hash = ?, seal = NULL WHERE key_hash = ?", (moved[lanes[3]], lanes[3])
            )
        with ledger._store.reading() as connection:
            held = unchanged_rows.with_lanes(connection, moved.values())
            found = [(record.is_folded, record.numbers[place]) for record, places in held for place in places]
            assert found == [(True, 5), (False, 5)]
            assert unchanged_rows.named(connection, unchanged_rows.ALL, lanes) == set(lanes) - {lanes[3]}


def test_rows_without_cells_are_no_sample_of_a_sheet(clerk_of: Any, place: Path, row: Any) -> None:
    """Who looks at the first rows of a sheet, to settle its columns, is given none that were folded."""
    with open_ledger(str(place)) as ledger:
        clerk = clerk_of(ledger, by_chunk=True)
        for _ in range(3):
            clerk.run(*(row(number, str(number)) for number in range(2, 12)))
        old = ledger.run(ledger.runs(None)[1].id)
        (file,) = old.files.all()
        assert file.id is not None
        assert old.retried.first(file.id, 2) == [(2, ("2",)), (3, ("3",))]
        fold(ledger)
        assert old.retried.first(file.id, 2) == []
