"""The auditor finds each sin, and nothing in an innocent run."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from harness.audit import SINS, Book, audit
from harness.ledgers import LedgerFile
from harness.sheet import ALL_LIVES, EARLIER, NOW, Appointment, Plan, Row, make

if TYPE_CHECKING:
    from pathlib import Path

PHONE, ID, UUID = "12125550100", "C-000000", "u-1"
CREATE, FIRST, SECOND = Row(NOW, 2, "create", "v0"), Row(NOW, 3, "update", "v1"), Row(NOW, 4, "update", "v2")
CANCEL, MISSED = Row(NOW, 5, "cancel", ""), Row(NOW, 6, "no_show", "")
DONE = {"create": "created", "update": "updated", "cancel": "cancelled", "no_show": "no_show_sent"}


def effect(row: Row, **changes: Any) -> dict[str, Any]:
    body = {"metadata": {"note": row.note}} if row.note else None
    return {"action": row.action, "uuid": UUID, "phone": PHONE, "external_event_id": ID, "body": body, **changes}


def book(path: Path, told: list[tuple[Row, str | None]], uuid: str | None = UUID) -> Book:
    """Return a ledger that says this of each row, a run each."""
    file = path / "ledger.db"
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("CREATE TABLE files (id, name)")
        ledger.execute("INSERT INTO files VALUES (1, ?)", (f"somewhere/{NOW}",))
        ledger.execute("CREATE TABLE rows (run, id, file, number, state, status, uuid, attempts)")
        ledger.execute("CREATE TABLE unchanged (run, file, size, places)")
        ledger.execute("CREATE TABLE reminders (phone, external_event_id, uuid, state, in_doubt)")
        ledger.executemany(
            "INSERT INTO rows VALUES (?, ?, 1, ?, 'settled', ?, ?, 1)",
            [(run, run, row.number, status, UUID) for run, (row, status) in enumerate(told, start=1)],
        )
        ledger.execute("INSERT INTO reminders VALUES (?, ?, ?, 'active', NULL)", (f"+{PHONE}", ID, uuid))
        ledger.commit()
    return Book.read(LedgerFile(file))


def plan(*rows: Row) -> Plan:
    return Plan((Appointment(ID, PHONE, missed=False, rows=list(rows)),))


def all_done(*rows: Row) -> list[tuple[Row, str | None]]:
    return [(row, DONE[row.action]) for row in rows]


def test_innocent_run_has_no_sins(tmp_path: Path) -> None:
    """All done and all remembered; a repeated cancel is a figure, not a sin."""
    rows = (CREATE, FIRST, SECOND, CANCEL)
    effects = [effect(row) for row in (*rows, CANCEL)]

    found = audit(plan(*rows), effects, book(tmp_path, all_done(*rows)))

    assert found.sins == {}
    assert (found.rows, found.attempts, found.unknown, found.repeated_cancels) == (4, 4, 0, 1)


def test_told_unknowns_are_no_sins(tmp_path: Path) -> None:
    """What is reported unknown may have happened or not, and its uuid may be lost."""
    told = [(CREATE, "unknown"), (MISSED, "unknown")]

    for effects in ([], [effect(CREATE)], [effect(CREATE), effect(MISSED)]):
        (tmp_path / str(len(effects))).mkdir()
        found = audit(plan(CREATE, MISSED), effects, book(tmp_path / str(len(effects)), told, uuid=None))
        assert found.sins == {}
        assert found.unknown == 2


def test_rows_that_are_kept_together_are_told(tmp_path: Path) -> None:
    """A record of rows that repeat what was known counts as a word about each of them."""
    book(tmp_path, all_done(CREATE))
    ids, numbers = (
        (7, 1),
        (FIRST.number, SECOND.number - FIRST.number),
    )  # each but the first as the difference to the one before
    places = zlib.compress(struct.pack("<4q", *ids, *numbers))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        ledger.execute("INSERT INTO unchanged VALUES (2, 1, 2, ?)", (places,))
        ledger.commit()

    found = Book.read(LedgerFile(tmp_path / "ledger.db"))

    assert [told.status for row in (CREATE, FIRST, SECOND) for told in found.told(row)] == [
        "created",
        "unchanged",
        "unchanged",
    ]


CREATED = all_done(CREATE)


@pytest.mark.parametrize(
    ("sin", "rows", "effects", "told", "uuid"),
    [
        pytest.param("duplicate_creates", (CREATE,), [effect(CREATE), effect(CREATE)], CREATED, UUID, id="twice"),
        pytest.param(
            "duplicate_creates", (CREATE,), [effect(CREATE), effect(CREATE, external_event_id="x")], CREATED, UUID,
            id="under-another-id",
        ),
        pytest.param(
            "repeated_no_shows", (CREATE, MISSED), [effect(CREATE), effect(MISSED), effect(MISSED)],
            all_done(CREATE, MISSED), UUID, id="no-show-twice",
        ),
        pytest.param("lost_uuids", (CREATE,), [effect(CREATE)], CREATED, None, id="uuid-not-kept"),
        pytest.param("lost_uuids", (CREATE,), [effect(CREATE)], CREATED, "u-2", id="uuid-of-another"),
        pytest.param(
            "lost_updates", (CREATE, FIRST, SECOND), [effect(CREATE), effect(SECOND), effect(FIRST)],
            all_done(CREATE, FIRST, SECOND), UUID, id="reverted",
        ),
        pytest.param(
            "reverted_updates", (CREATE, FIRST, SECOND), [effect(row) for row in (CREATE, FIRST, SECOND, FIRST, SECOND)],
            all_done(CREATE, FIRST, SECOND), UUID, id="back-and-forth",
        ),
        pytest.param(
            "lost_updates", (CREATE, FIRST), [effect(CREATE)], all_done(CREATE, FIRST), UUID, id="never-arrived"
        ),
        pytest.param(
            "disorder", (CREATE, FIRST, CANCEL), [effect(CREATE), effect(CANCEL), effect(FIRST)],
            all_done(CREATE, FIRST, CANCEL), UUID, id="update-after-cancel",
        ),
        pytest.param("disorder", (CREATE,), [effect(CREATE), effect(MISSED)], CREATED, UUID, id="nobody-asked"),
        pytest.param("false_claims", (CREATE, CANCEL), [effect(CREATE)], all_done(CREATE, CANCEL), UUID, id="not-sent"),
        pytest.param(
            "denied", (CREATE, MISSED), [effect(CREATE), effect(MISSED)], [*CREATED, (MISSED, "not_sent")], UUID,
            id="sent-all-the-same",
        ),
        pytest.param("missing", (CREATE, MISSED), [effect(CREATE)], [*CREATED, (MISSED, "unchanged")], UUID, id="missing"),
        pytest.param("undone", (CREATE,), [], [(CREATE, "invalid")], None, id="refused-without-reason"),
        pytest.param(
            "undone", (CREATE, FIRST), [effect(CREATE)], [*CREATED, (FIRST, "not_sent")], UUID, id="left-behind"
        ),
        pytest.param("unaccounted", (CREATE, FIRST), [effect(CREATE)], CREATED, UUID, id="row-without-a-word"),
        pytest.param("unaccounted", (CREATE,), [], [(CREATE, None)], None, id="row-left-open"),
    ],
)  # fmt: skip
def test_finds_the_sin(  # noqa: PLR0917 - a table of cases
    tmp_path: Path,
    sin: str,
    rows: tuple[Row, ...],
    effects: list[dict[str, Any]],
    told: list[tuple[Row, str | None]],
    uuid: str | None,
) -> None:
    """Each kind of sin is found and named by its appointment."""
    found = audit(plan(*rows), effects, book(tmp_path, told, uuid))

    assert sin in found.sins
    assert set(found.sins) <= set(SINS)


def test_sheet_mixes_lives_but_keeps_each_in_order(tmp_path: Path) -> None:
    """Rows of one appointment stand in its order, with others between, and each row is somebody's."""
    made = make(tmp_path, rows=300, lives=ALL_LIVES, seed=1)
    numbers = [[row.number for row in one.rows if row.sheet == NOW] for one in made.appointments]
    earlier = [row.number for one in made.appointments for row in one.rows if row.sheet == EARLIER]

    assert all(own == sorted(own) for own in numbers)
    assert any(own[-1] - own[0] > len(own) for own in numbers)
    assert sorted(number for own in numbers for number in own) == list(range(2, made.rows - len(earlier) + 2))
    assert sorted(earlier) == list(range(2, len(earlier) + 2))
    assert len({one.phone for one in made.appointments}) == len(made.appointments)
