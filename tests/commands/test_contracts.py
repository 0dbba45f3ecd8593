"""The shapes that other people's scripts lean on: ``check --json``, results.csv, summary.json."""

from __future__ import annotations

import stat
from typing import Any

import orjson
import pytest
from desk import EVENT_TYPE, ROW, Desk, read_csv

from importer import __version__
from importer.commands.check import check
from importer.model.statuses import Status
from importer.normalizing import tzdata_version

RESULT_COLUMNS = [
    "result_run",
    "result_file",
    "result_sheet",
    "result_row",
    "result_action",
    "result_status",
    "result_uuid",
    "result_external_event_id",
    "result_http_status",
    "result_code",
    "result_problem",
    "result_fix",
    "result_warnings",
    "result_attempts",
    "result_time",
]


def lines(desk: Desk, *rows: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    check(desk.job(), [desk.sheet(*rows)], each_row=lambda line: found.append(dict(line)))
    return found


def test_check_line_of_a_ready_row(desk: Desk) -> None:
    """A ready row's line has the eight documented members, and the body that a create would carry."""
    row = ROW | {
        "action": "create",
        "remindTimeOffset": "PT1H",
        "sendEligibleSubscribersOnly": "yes",
        "metadata.at": "Main St",
    }

    assert lines(desk, row) == [
        {
            "file": "week.csv",
            "sheet": None,
            "row": 2,
            "status": "ready",
            "action": "create",
            "payload": {
                "externalEventId": "1001",
                "phone": "2125550101",
                "firstName": "Ana",
                "eventType": {"uuid": EVENT_TYPE},
                "remindTimeOffset": "PT1H",
                "eventDateTime": "2027-03-08T09:00:00",
                "subscriberTimeZone": "America/New_York",
                "sendEligibleSubscribersOnly": True,
                "metadata": {"at": "Main St"},
            },
            "problems": [],
            "warnings": [],
        }
    ]


def test_check_line_of_an_invalid_row(desk: Desk) -> None:
    """An invalid row's problem has five members and quotes what was typed; its readable fields stand in the payload."""
    (line,) = lines(desk, ROW | {"phone": "555-1234"})

    assert line["status"] == "invalid"
    assert list(line["problems"][0]) == ["field", "code", "value", "message", "fix"]
    assert (line["problems"][0]["field"], line["problems"][0]["value"]) == ("phone", "555-1234")
    assert line["problems"][0]["code"].startswith("phone_")
    assert line["payload"]["eventDateTime"] == "2027-03-08T09:00:00"
    assert "phone" not in line["payload"]


def test_check_tells_duplicates_and_contradictions(desk: Desk) -> None:
    """Equal rows are one and its duplicate; rows that contradict each other are invalid, each naming the other."""
    other = ROW | {"externalEventId": "1002"}

    found = lines(desk, ROW, other, ROW, other | {"firstName": "Bea"})

    assert [line["status"] for line in found] == ["ready", "invalid", "duplicate", "invalid"]
    assert "row 5" in found[1]["problems"][0]["message"]
    assert "row 3" in found[3]["problems"][0]["message"]


def test_results_have_own_columns_then_ours(desk: Desk) -> None:
    """results.csv holds the sheet's own columns first, as typed and in their order, then exactly the result columns."""
    result = desk.run({"Notes": "=1+1", **ROW, "Room": " 7 "})

    (row,) = read_csv(result.paths["results.csv"])
    assert list(row) == ["Notes", *ROW, "Room", *RESULT_COLUMNS]
    assert (row["phone"], row["Room"]) == ("(212) 555-0101", " 7 ")


def test_results_of_a_created_row(desk: Desk) -> None:
    """A created row tells its run, place, uuid and how the API answered."""
    result = desk.run(ROW)

    (row,) = read_csv(result.paths["results.csv"])
    (held,) = desk.sandbox.reminders()
    told = {name: row[f"result_{name}"] for name in ("run", "file", "sheet", "row", "action", "status", "uuid")}
    assert told == {
        "run": result.run.id,
        "file": "week.csv",
        "sheet": "",
        "row": "2",
        "action": "create",
        "status": "created",
        "uuid": held["uuid"],
    }
    assert (row["result_http_status"], row["result_attempts"], row["result_problem"]) == ("200", "1", "")
    assert row["result_external_event_id"] == "1001"


def test_derived_id_is_visible(desk: Desk) -> None:
    """A create without an external id gets one derived from the row: stable, sent, and shown in the report."""
    row = {name: value for name, value in ROW.items() if name != "externalEventId"}

    result = desk.run(row)

    (shown,) = read_csv(result.paths["results.csv"])
    ((_, sent, _),) = desk.deeds()
    assert shown["result_external_event_id"] == sent
    assert desk.run(row).totals[Status.UNCHANGED] == 1


def test_summary_has_exactly_the_documented_members(desk: Desk) -> None:
    """summary.json has its documented members, totals that add up, and the exit code of the run."""
    result = desk.run(ROW, ROW | {"externalEventId": "1002", "phone": "1"})

    summary = orjson.loads(result.paths["summary.json"].read_bytes())
    assert list(summary) == [
        "schema", "run", "files", "totals", "rows", "calls", "attempts", "started_at", "finished_at", "duration_s",
        "exit_code", "tzdata", "version", "ledger",
    ]  # fmt: skip
    assert (summary["schema"], summary["rows"], summary["calls"], summary["attempts"]) == (1, 2, 1, 1)
    assert summary["totals"] == {str(status): 0 for status in Status} | {"created": 1, "invalid": 1}
    assert [list(file) for file in summary["files"]] == [["name", "sha256", "rows"]]
    assert (summary["exit_code"], summary["version"], summary["tzdata"]) == (4, __version__, tzdata_version())


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx", "to_fix.xlsx", "report.html", "summary.json"])
def test_report_is_for_its_owner_only(desk: Desk, name: str) -> None:
    """Each of the five report files is 0600, their folder 0700."""
    result = desk.run(ROW)

    path = result.paths[name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_past_start_that_came_twice_tells_both(desk: Desk) -> None:
    """A rule that a start breaks does not hide the warning about another: past, and in the repeated hour."""
    (line,) = lines(desk, ROW | {"eventDateTime": "2026-11-01T01:30:00"})

    assert [problem["code"] for problem in line["problems"]] == ["start_in_past"]
    assert [warning["code"] for warning in line["warnings"]] == ["start_twice"]
