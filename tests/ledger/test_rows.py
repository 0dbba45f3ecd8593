"""Rows on their way in and out: staging, quick verdicts, totals, report, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import LedgerError, UsageError
from importer.ledger import open_ledger
from importer.ledger.tables import WANTING
from importer.model.statuses import Action, Status

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
PROBLEM = {"field": "phone", "code": "phone_invalid", "value": "1", "message": "m", "fix": "f"}


def night(row: Any) -> list[Any]:
    """Return rows of every kind: easy ones, doubled ones, contradictions, whole lives, bad ones."""
    return [
        row(2, "1"),
        row(3, "2"),
        row(4, "2"),
        row(5, "3"),
        row(6, "3", firstName="Bo"),
        row(7, "4"),
        row(8, "4", "update", only=True, firstName="Cy"),
        row(9, "4", "cancel", only=True),
        row(10, None, phone=None, status=Status.INVALID, problems=[PROBLEM]),
        row(11, "5", conditional=True, problems=[PROBLEM]),
        row(12, "6", "none"),
        row(13, "1", status=Status.INVALID, problems=[PROBLEM]),
    ]


def seen(clerk: Any) -> list[Any]:
    return [(found.number, found.status, found.code, found.uuid is not None) for found in clerk.rows()]


def test_quick_verdicts_are_those_of_planning(clerk: Any, row: Any) -> None:
    """Three nights, one with changes, end with the same statuses and calls whether or not easy rows are spared the thought."""
    told = []
    for easily in (True, False):
        if not easily:
            clerk.planning = None
        clerk.sent.clear()
        rows = [
            one._replace(external_event_id=f"{one.external_event_id}-{easily}") if one.phone else one
            for one in night(row)
        ]
        later = [one._replace(payload=one.payload.replace(b"T08:", b"T09:")) for one in rows]
        for sheet in (rows, rows, later):
            clerk.run(*sheet)
            told.append((easily, seen(clerk), [(call.action, call.number, call.body is None) for call in clerk.sent]))

    assert [one[1:] for one in told[:3]] == [one[1:] for one in told[3:]]
    assert told[0][1] != told[1][1] != told[2][1]
    assert Status.UPDATED in {status for _, status, *_ in told[2][1]}


def test_every_row_is_reported_once(clerk: Any, row: Any) -> None:
    """The report holds each row of each file once, in order, and the totals add up to it."""
    totals = clerk.run(*night(row))

    assert [found.number for found in clerk.rows()] == list(range(2, 14))
    assert sum(totals.values()) == 12
    assert all(found.status for found in clerk.rows())


def test_rows_that_want_a_person_are_found_by_themselves(clerk: Any, row: Any) -> None:
    """They are those of all rows that are not done, in their order; an index leads to them."""
    clerk.run(row(2, "1"), row(3, "2", "update"), row(4, "3", "cancel", status=Status.INVALID), row(5, "4"))
    report = clerk.ledger.run().report

    assert [found.number for found in report.wanting()] == [3, 4]
    assert [found for found in report.rows() if found.status and not found.status.done] == list(report.wanting())
    with clerk.ledger._store.reading() as connection:
        query = f"EXPLAIN QUERY PLAN SELECT * FROM rows WHERE run = 1 AND id > 0 AND {WANTING} ORDER BY id"
        assert "rows_wanting" in connection.exec_driver_sql(query).one()[-1]


def test_every_done_status_is_known_to_the_index() -> None:
    """A status that means that nothing is left to do stands in the condition, and no other."""
    assert {status for status in Status if f"'{status.value}'" in WANTING} == {one for one in Status if one.done}


def test_lanes_far_apart_are_brought_together(clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one appointment in different chunks and pages become one lane, in order."""
    monkeypatch.setattr("importer.ledger.lane_pages.PAGE", 3)
    monkeypatch.setattr("importer.ledger.lane_pages.SCAN", 2)
    run = clerk.stage(*(row(number, str(number % 5)) for number in range(2, 12)))
    file_id = run.files.all()[0].id
    run.rows.stage(file_id, [row(number, str(number % 5)) for number in range(12, 20)])

    lanes = list(run.plan.lanes())

    assert [[one.number for one in lane.rows] for lane in lanes] == [
        [2, 7, 12, 17],
        [3, 8, 13, 18],
        [4, 9, 14, 19],
        [5, 10, 15],
        [6, 11, 16],
    ]


def test_easy_rows_ask_for_no_thought(clerk: Any, row: Any) -> None:
    """Rows that are alone and plain never come before planning."""
    run = clerk.stage(row(2, "1"), row(3, "2"), row(4, "3", "cancel"))

    assert [lane.rows[0].number for lane in run.plan.lanes()] == [4]


def test_a_row_in_other_words_needs_thought_once(clerk: Any, row: Any) -> None:
    """A row that says the same in another order of fields is compared once, then remembered."""
    clerk.run(row(2, "1", firstName="Ana", lastName="Roe"))
    again = row(2, "1", lastName="Roe", firstName="Ana")
    for lanes in (1, 0):
        run = clerk.stage(again)
        assert len(list(run.plan.lanes())) == lanes
        clerk.decide(run)
        run.finish(0, "", NOW)


def test_a_default_does_not_hide_a_change(clerk: Any, row: Any) -> None:
    """A value typed equal to a default of yesterday is a change if the reminder holds another."""
    clerk.run(row(2, "1", remindTimeOffset="PT1H"))
    clerk.run(row(2, "1", remindTimeOffset="PT3H", defaulted=("remindTimeOffset",)))
    assert [call.action for call in clerk.sent] == [Action.CREATE]

    clerk.run(row(2, "1", remindTimeOffset="PT3H"))

    assert clerk.bodies()[-1] == ("update", {"remindTimeOffset": "PT3H"})


def test_conditional_problems_vanish_with_their_reason(clerk: Any, row: Any) -> None:
    """A start in the past is no problem of an appointment that is known and unchanged."""
    clerk.run(row(2, "1"))
    clerk.run(row(2, "1", conditional=True, problems=[PROBLEM]), row(3, "2", conditional=True, problems=[PROBLEM]))

    unchanged, invalid = clerk.rows()
    assert (unchanged.status, unchanged.problems) == (Status.UNCHANGED, ())
    assert (invalid.status, invalid.problems) == (
        Status.INVALID,
        ({**PROBLEM, "message": f"phone: {PROBLEM['message']}"},),
    )


def test_history_tells_a_whole_life(clerk: Any, row: Any) -> None:
    """By number, uuid or phone: every row of every run with what it said, changed and came to."""
    clerk.run(row(2, "112233", firstName="Ana"))
    clerk.run(row(5, "112233", firstName="Bo"))
    clerk.run(row(9, "112233", "cancel", only=True), row(10, "other"))

    for name in ("112233", "uuid-1"):
        life = clerk.ledger.history(name)
        assert [(one.row.number, one.row.status) for one in life.rows] == [
            (2, Status.CREATED),
            (5, Status.UPDATED),
            (9, Status.CANCELLED),
        ]
        assert [change.before for change in life.rows[1].changes] == ["Ana"]
        assert len(life.reminders) == 1
    assert len(clerk.ledger.history("(415) 555-0100").reminders) == 2
    assert clerk.ledger.history("nobody").rows == ()


@pytest.mark.parametrize(("name", "count"), [("1-", 1), ("%", 0), ("_", 0), ("", 0)])
def test_finds_exact_names_only(clerk: Any, row: Any, name: str, count: int) -> None:
    """Nothing in a name is a pattern."""
    clerk.run(row(2, "1-"), row(3, "11"))

    assert len(clerk.ledger.find(name)) == count


def test_finds_runs_by_the_beginning_of_their_id(clerk: Any) -> None:
    """A run is found by its id, the beginning of it, or as the latest; anything else is a clear error."""
    first = clerk.ledger.begin("run", at=NOW, suffix=lambda: "aaaa")
    second = clerk.ledger.begin("run", at=NOW + 1, suffix=lambda: "bbbb")

    assert clerk.ledger.run().id == second.id == "20270115-080001-bbbb"
    assert clerk.ledger.run(first.id[:16]).id == first.id
    with pytest.raises(UsageError, match="Several"):
        clerk.ledger.run("20270115")
    with pytest.raises(UsageError, match="no run"):
        clerk.ledger.run("1999")


def test_forgets_a_run_that_sent_nothing(clerk: Any, row: Any) -> None:
    """A run made only to look is taken out again; one that sent something never is."""
    looked = clerk.plan(row(2, "1"))
    looked.forget()
    assert clerk.ledger.runs() == []

    clerk.run(row(2, "1"))
    with pytest.raises(LedgerError):
        clerk.ledger.run().forget()


def test_runs_of_one_second_sort_in_their_order(tmp_path: Path) -> None:
    """Three runs that begin in the same second, whatever their dice say, have ids that sort as they began."""
    dice = iter(("f00d", "0001", "aaaa"))
    with open_ledger(str(tmp_path / "ledger.db")) as ledger:
        ids = [ledger.begin("run", at=1_800_000_000.0, suffix=lambda: next(dice)).id for _ in range(3)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 3


def test_a_clock_that_was_put_back_gives_no_id_twice(clerk: Any) -> None:
    """A run that begins in the second of an older one, and throws the same dice, has an id of its own."""
    moments = (1_800_000_000.0, 1_800_003_600.0) * 2
    ids = [clerk.ledger.begin("run", at=at, suffix=lambda: "abcd").id for at in moments]

    assert len(set(ids)) == 4


def test_rows_asked_for_after_the_run_leave_nothing_open(place: Path, clerk_of: Any, row: Any) -> None:
    """A report may be read once its ledger is closed; the connection for it is closed with the last row."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(row(2, "1"), row(3, "2"))
        run = ledger.run()

    for _ in range(2):
        assert [found.number for found in run.report.rows()] == [2, 3]
        assert not place.with_name("ledger.db-wal").exists()
