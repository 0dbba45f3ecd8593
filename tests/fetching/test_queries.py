"""A query goes the way of a file: the same rows, the same calls, and reports that speak of its own rows and columns."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE, read_csv, statuses
from practices import SELECT

from importer.cli.run_command import planned
from importer.commands.check import check
from importer.commands.drafts.draft_keeping import keep
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.plan import plan, run_plan
from importer.commands.report import report
from importer.commands.run import retry, run
from importer.errors import FileRefused, Held, UsageError
from importer.fetching import private_files
from importer.fetching.fetched_source import fetched
from importer.model.profile import Profile

if TYPE_CHECKING:
    from practices import Practice

NUMBERED = 'SELECT number, phone, first AS "First name", starts AS "eventDateTime" FROM visits'


def checked(practice: Practice, text: str = SELECT, **settings: Any) -> list[dict[str, Any]]:
    rows: list[Any] = []
    with practice.reading(text, **settings) as (job, paths):
        check(job, paths, each_row=rows.append)
    return rows


def test_a_query_is_checked_like_a_sheet(practice: Practice) -> None:
    """Rows are numbered as the query returns them, columns are its own, and the query file is what reports name."""
    rows = checked(practice)

    assert [(row["file"], row["row"], row["status"]) for row in rows] == [
        ("visits.sql", 1, "ready"), ("visits.sql", 2, "ready"), ("visits.sql", 3, "invalid"),
    ]  # fmt: skip
    assert rows[2]["problems"][0]["message"].startswith('Column B "phone": ')


def test_a_run_and_what_follows_need_no_database(practice: Practice) -> None:
    """Sent once; the report has the query's own columns; retry, and the report again, are made of the ledger."""
    with practice.reading() as (job, paths):
        first = run(job, paths)
    practice.do("DROP TABLE visits")
    desk = practice.desk
    again = report(desk.job(), first.run.id)

    assert statuses(first) == ["created", "created", "invalid"]
    assert statuses(again) == statuses(first)
    found = read_csv(first.paths["results.csv"])
    assert list(found[0])[:5] == ["externalEventId", "phone", "First name", "eventDateTime", "subscriberTimeZone"]
    assert [(row["result_file"], row["result_row"]) for row in found] == [("visits.sql", str(at)) for at in (1, 2, 3)]
    assert len(desk.deeds()) == 2


def test_rows_that_failed_are_sent_again(on_sqlite: Practice) -> None:
    """By retry, without another look at the database."""
    with on_sqlite.reading(only=("cancel",)) as (job, paths):
        assert statuses(run(job, paths)) == ["not_sent", "not_sent", "invalid"]
    on_sqlite.do("DROP TABLE visits")

    assert statuses(retry(on_sqlite.desk.job())) == ["created", "created"]


def test_a_changed_row_is_an_update(practice: Practice) -> None:
    """The second night sends what changed, by the number of the appointment."""
    with practice.reading() as (job, paths):
        run(job, paths)
    practice.do("UPDATE visits SET starts = '2027-03-08T15:00:00' WHERE number = '1001'")
    with practice.reading() as (job, paths):
        second = run(job, paths)

    assert statuses(second) == ["updated", "unchanged", "invalid"]


def test_a_draft_keeps_what_the_query_returned(on_sqlite: Practice) -> None:
    """It is sent as it was shown, whatever stands in the database by then."""
    with on_sqlite.reading(SELECT.replace('AS "externalEventId"', "AS n"), key_column="n") as (job, paths):
        _, draft = keep(job, paths)
    on_sqlite.do("UPDATE visits SET phone = '2125550199'")

    sent = run_draft(on_sqlite.desk.job(), draft.id)

    assert statuses(sent) == ["created", "created", "invalid"]
    assert {body["phone"] for *_, body in on_sqlite.desk.deeds() if body} == {"2125550101", "2125550102"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT phone, number AS phone FROM visits", "columns_alike"),
        ('SELECT number AS "externalEventId", \'Patient\' AS "resourceType" FROM visits', "columns_alike"),
        (f"SELECT {', '.join(f'{at} AS c{at}' for at in range(257))}", "too_many_columns"),
    ],
)
def test_columns_that_cannot_be_told_apart_are_refused(practice: Practice, text: str, code: str) -> None:
    """Two of one name, more than a sheet has, or one that makes rows look like resources."""
    with pytest.raises(FileRefused) as refused, practice.reading(text):
        pass

    assert refused.value.code == code


def test_a_query_without_rows_is_a_sheet_without_rows(practice: Practice) -> None:
    """It is read, has no rows, and sends nothing."""
    with practice.reading(f"SELECT * FROM ({SELECT}) AS v WHERE phone = 'nobody'") as (job, paths):
        found = check(job, paths)
        assert found.rows == 0
        assert statuses(run(job, paths)) == []


def test_the_number_is_asked_for(practice: Practice) -> None:
    """Without a column for it nothing is read; a person, or --key-column, says which column it is."""
    practice.desk.profile = Profile(event_type=EVENT_TYPE, zone="America/New_York")
    asked: list[Any] = []

    def choose(columns: Any) -> str:
        asked.append(tuple(columns))
        return "number"

    with pytest.raises(UsageError, match="number, phone, First name") as refused, practice.reading(NUMBERED):
        pass
    with fetched(practice.job(NUMBERED), [practice.address], choose=choose) as (job, paths):
        named: list[Any] = []
        check(job, paths, each_row=named.append)

    assert "--key-column" in refused.value.fix
    assert asked == [("number", "phone", "First name", "eventDateTime")]
    assert [row["payload"]["externalEventId"] for row in named] == ["1001", "1002", "1003"]
    assert checked(practice, NUMBERED, key_column="number") == named
    with pytest.raises(UsageError, match="no column"), practice.reading(NUMBERED, key_column="Number"):
        pass


SINGLE = """SELECT '1001' AS "externalEventId", 2125550101::real AS phone, 'Ana' AS "First name", '2027-03-08 09:00' AS "eventDateTime",
  'America/New_York' AS "subscriberTimeZone", ARRAY[16777217::real] AS "metadata.a", 1.5::real AS "metadata.b" """


def test_a_number_of_single_precision_becomes_no_other_number(on_postgres: Practice) -> None:
    """A phone in a column of ``real`` has lost its end: another one came of it, and its owner would have been texted."""
    on_postgres.desk.profile = Profile(event_type=EVENT_TYPE)

    (row,) = checked(on_postgres, SINGLE)

    assert [problem["code"] for problem in row["problems"]] == ["phone_damaged"]
    assert row["payload"]["metadata"] == {"a": "1.677722e+07", "b": "1.5"}


TYPED = """SELECT 1001::numeric(12,2) AS "externalEventId", 2125550101::bigint AS phone,
  timestamptz '2027-03-08 14:00:00+00' AS "eventDateTime", 'America/New_York' AS "subscriberTimeZone",
  interval '3 hours' AS "remindTimeOffset", jsonb '{"room": "4", "floor": 2}' AS metadata, ARRAY['Ana'] AS "First name",
  NULL::text AS "Last name", true AS "sendEligibleSubscribersOnly"
UNION ALL SELECT 12345678901234567890, 2125550102, '2027-03-09 10:00:00-05', 'America/Chicago', '90 minutes', '{}', '{}', 'Bo', false
ORDER BY 2"""


def test_typed_values_are_read_as_a_workbook_shows_them(on_postgres: Practice) -> None:
    """Whole numbers keep every digit, moments their zone, objects become columns, nothing becomes ``None``."""
    on_postgres.desk.profile = Profile(event_type=EVENT_TYPE)

    first, second = (row["payload"] for row in checked(on_postgres, TYPED))

    assert first["externalEventId"] == "1001"
    assert first["phone"] == "2125550101"
    assert first["eventDateTime"] == "2027-03-08T09:00:00"
    assert first["remindTimeOffset"] == "PT3H"
    assert first["metadata"] == {"room": "4", "floor": "2"}
    assert first["firstName"] == "Ana"
    assert first["sendEligibleSubscribersOnly"] is True
    assert "lastName" not in first
    assert second["externalEventId"] == "12345678901234567890"
    assert second["eventDateTime"] == "2027-03-09T09:00:00"
    assert "metadata" not in second


def test_a_number_that_lost_digits_is_a_problem(on_sqlite: Practice) -> None:
    """A floating-point number of more digits than it can hold is not sent as an appointment number."""
    text = SELECT.replace('number AS "externalEventId"', '1234567890123456789.0 AS "externalEventId"')

    assert {problem["code"] for row in checked(on_sqlite, text) for problem in row["problems"]} >= {"number_inexact"}


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (["db+sqlite:///v.db"], {}, "no query"),
        (["a.csv", "db+sqlite:///v.db"], {"query_file": "q.sql"}, "stands alone"),
        ([], {"query_file": "q.sql"}, "no database"),
        (["db+mysql://h/v"], {"query_file": "q.sql"}, "no database, expected"),
        (["db+postgresql://me:***@h/v"], {"query_file": "q.sql"}, "masked"),
    ],
)
def test_what_does_not_fit_together_is_told(
    on_sqlite: Practice, words: list[str], settings: dict[str, Any], told: str
) -> None:
    """Before any database is asked."""
    job = on_sqlite.desk.job(**{name: on_sqlite.desk.folder / value for name, value in settings.items()})

    with pytest.raises(UsageError, match=told), fetched(job, words):
        pass


def test_the_rows_lie_in_a_private_file_as_long_as_they_are_needed(on_sqlite: Practice) -> None:
    """For their owner alone, gone afterwards; what a killed command left is removed by the next."""
    left = private_files.Path(private_files.tempfile.mkdtemp(prefix=private_files.PREFIX))
    (left / private_files.LOCK).touch()
    os.utime(left, (0, 0))

    with on_sqlite.reading() as (job, (path,)):
        (copy,) = job.copies.values()
        assert (copy.stat().st_mode & 0o777, copy.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        os.utime(copy.parent, (0, 0))
        private_files.sweep()
        assert [json.loads(line)["externalEventId"] for line in copy.read_text().splitlines()] == [
            "1001",
            "1002",
            "1003",
        ]
        assert path == on_sqlite.address

    assert not copy.parent.exists()
    assert not left.exists()


def test_a_plan_of_a_query_is_sent_or_refused(on_sqlite: Practice) -> None:
    """The query is sent once more; other rows than the reviewed ones are not sent."""
    out = str(on_sqlite.desk.folder / "p.plan")
    with on_sqlite.reading() as (job, paths):
        plan(job, paths, out=on_sqlite.desk.folder / "p.plan")
    bare = on_sqlite.desk.job()

    with planned(bare, out) as job:
        assert statuses(run_plan(job, out)) == ["created", "created", "invalid"]
    with on_sqlite.reading() as (job, paths):
        plan(job, paths, out=on_sqlite.desk.folder / "p.plan")
    on_sqlite.do("UPDATE visits SET phone = '2125550199'")
    with planned(bare, out) as job, pytest.raises(Held, match="changed"):
        run_plan(job, out)
