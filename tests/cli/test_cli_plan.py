"""``importer plan`` as people see it: totals first, then what each row would become, then what to type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
HEADING = "action,externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone"
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


def row(action: str, number: int, time: str = "09:00") -> str:
    return f"{action},{number},212555{number:04d},Ana,{TYPE},{DAY}T{time}:00,America/New_York"


def write(folder: Path, *rows: str, name: str = "week.csv") -> str:
    (folder / name).write_text("\n".join([HEADING, *rows]) + "\n", encoding="utf-8")
    return name


@pytest.fixture
def clinic(within: Within, tmp_path: Path) -> Iterator[Within]:
    """Run commands in a clinic that has booked two appointments."""
    with Sandbox() as sandbox:
        environ = {
            "IMPORTER_TOKEN": sandbox.token,
            "IMPORTER_BASE_URL": sandbox.base_url,
            "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
        }
        assert within("run", write(tmp_path, row("create", 101), row("create", 102)), environ=environ).code == 0
        yield lambda *arguments: within(*arguments, environ=environ)


def test_a_plan_reads_from_totals_to_the_next_command(clinic: Within, tmp_path: Path) -> None:
    """Calls and people first, then verdicts with their rows, then old and new values, at last the command."""
    sheet = write(tmp_path, row("booked", 101, "11:30"), row("cancel", 102), row("booked", 103), "booked,9,12,A,,,")
    ran = clinic("plan", sheet)

    assert ran.code == 4
    assert ran.out.splitlines() == [
        "3 changes to send: 1 new, 1 update, 1 cancellation. 2 people may get a text right away.",
        "1 row to fix; it would not be sent.",
        "",
        "Action  Rows",
        "cancel     1",
        "update     1",
        "create     1",
        "to fix     1",
        "",
        "Row  Action  Appointment  What",
        f"  3  cancel  102          {DAY} 09:00 America/New_York",
        f"  2  update  101          Appointment start: {DAY} 09:00 -> 11:30",
        f"  4  create  103          {DAY} 09:00 America/New_York",
        ran.out.splitlines()[13],
        "",
        "Warnings",
        "  Reminder at night: 1 row",
        "",
        "Next: importer run week.csv",
    ]
    assert ran.out.splitlines()[13].startswith("  5  to fix  9            ")


def test_many_rows_of_one_verdict_do_not_hide_another(clinic: Within, tmp_path: Path) -> None:
    """Of each verdict the first twenty are listed, and the rest is counted."""
    sheet = write(tmp_path, *(row("create", number) for number in range(200, 250)), row("update", 999))
    out = clinic("plan", sheet).out

    assert sum("  create  2" in line for line in out.splitlines()) == 20
    assert "... and 30 more rows: create" in out
    assert "to fix  999" in out


def test_rows_of_two_files_name_their_file(clinic: Within, tmp_path: Path) -> None:
    """With several files a row number alone would not do."""
    write(tmp_path, row("create", 301), name="a.csv")
    write(tmp_path, row("create", 302), name="b.csv")
    out = clinic("plan", "a.csv", "b.csv").out

    assert "  2  a.csv  create  301" in out
    assert "  2  b.csv  create  302" in out


def test_the_page_is_named_and_written(clinic: Within, tmp_path: Path) -> None:
    """``--html`` writes a page, says where, and ``--json`` names it too."""
    sheet = write(tmp_path, row("cancel", 101))

    assert "The page: plan.html" in clinic("plan", sheet, "--html", "plan.html").out
    assert (tmp_path / "plan.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert clinic("plan", sheet, "--html", "plan.html", "--json").document["page"] == "plan.html"


def test_a_page_cannot_be_a_folder(clinic: Within, tmp_path: Path) -> None:
    """It is refused as a wrong argument, before the sheet is read."""
    (tmp_path / "pages").mkdir()
    ran = clinic("plan", write(tmp_path, row("cancel", 101)), "--html", "pages")

    assert (ran.code, ran.out) == (2, "")
    assert "pages is a folder" in ran.err


def test_the_next_command_sends_what_was_planned(clinic: Within, tmp_path: Path) -> None:
    """Options that were typed stand in it again, for without them something else would be sent."""
    sheet = write(tmp_path, row("cancel", 101), row("create", 104))
    planned = clinic("plan", sheet, "--only", "cancel", "--quiet", "--json").document

    assert planned["next"] == "importer run week.csv --only cancel"
    assert [each["verdict"] for each in planned["rows"]] == ["cancel", "not_sent"]
    ran = clinic(*planned["next"].split()[1:], "--json").document
    assert (ran["totals"]["cancelled"], ran["totals"]["not_sent"], ran["totals"]["created"]) == (1, 1, 0)
