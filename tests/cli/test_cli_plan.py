"""``importer plan`` as people see it: totals first, then what is sent to whom and when, then what is wrong, then what to type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
ESCAPE = re.compile("\x1b\\[[0-9;]*m")
HEADING = "action,externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone"
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


def row(action: str, number: int, time: str = "09:00") -> str:
    return f"{action},{number},212555{number:04d},Ana,{TYPE},{DAY}T{time}:00,America/New_York"


def in_full(day: dt.date) -> str:
    return f"{day:%a}, {day:%b} {day.day}, {day.year}"


def in_plan(day: dt.date) -> str:
    """Return a day as a plan shows it: its year only where that is another."""
    return in_full(day) if day.year != dt.datetime.now(dt.UTC).year else in_full(day).removesuffix(f", {day.year}")


def drawn(clinic: Within, sheet: str, **environ: str) -> str:
    """Return what ``plan`` shows on a terminal."""
    return clinic("plan", sheet, environ={"COLUMNS": "200", **environ}, on_a_terminal=True).out


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
        yield lambda *arguments, **more: within(*arguments, **{**more, "environ": environ | more.get("environ", {})})


def test_a_plan_reads_from_totals_to_the_next_command(clinic: Within, tmp_path: Path) -> None:
    """Calls and people first, then verdicts with their rows, then old and new values, at last the command."""
    sheet = write(tmp_path, row("booked", 101, "11:30"), row("cancel", 102), row("booked", 103), "booked,9,12,A,,,")
    ran = clinic("plan", sheet)

    assert ran.code == 4
    day = in_plan(DAY)
    assert ran.out.splitlines() == [
        "3 changes to send: 1 new, 1 update, 1 cancellation. 2 people may get a text right away.",
        "1 row to fix; it would not be sent.",
        f"2 reminders: the first is due {in_full(DAY)}, 6:00 AM, the last {in_full(DAY)}, 8:30 AM (New York time).",
        "",
        "  ! 1 to fix  - 1 cancellation  ~ 1 update  + 1 new",
        "",
        f"Action    Row  Name  {'Visit, New York time'.ljust(len(day) + 20)}  Text may go",
        f"- cancel    3  Ana   {f'{day}, 9:00 AM'.ljust(len(day) + 20)}  now (cancelled)",
        f"~ update    2  Ana   {day}, 9:00 AM → 11:30 AM  {day}, 8:30 AM",
        f"+ create    4  Ana   {f'{day}, 9:00 AM'.ljust(len(day) + 20)}  now, then {day}, 6:00 AM",
        "",
        "To fix",
        *ran.out.splitlines()[12:-5],
        "",
        "Warnings",
        "  Reminder at night: 1 row",
        "",
        "Next: importer run week.csv",
    ]
    assert ran.out.splitlines()[12].startswith("  ! row 5  Column ")


def test_a_terminal_shows_colours_unless_they_are_not_wanted(clinic: Within, tmp_path: Path) -> None:
    """Signs and words of what is sent are coloured on a terminal; not so with NO_COLOR, and never without their words."""
    sheet = write(tmp_path, row("booked", 101, "11:30"), row("cancel", 102), row("booked", 103), "booked,9,12,A,,,")
    shown = [drawn(clinic, sheet, **environ) for environ in ({}, {"NO_COLOR": "1"})]

    for sign in ("\x1b[35m- cancel\x1b[0m  ", "\x1b[34m~ update\x1b[0m  ", "\x1b[32m+ create\x1b[0m  "):
        assert sign in shown[0]
    assert "\x1b" not in shown[1]
    assert ESCAPE.sub("", shown[0]) == shown[1]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_plan_fits_the_terminal(clinic: Within, tmp_path: Path, columns: int) -> None:
    """No line but a command is wider than the terminal; where one is too narrow, texts stand below their visits."""
    long = f"booked,9,2125550199,Maximiliana Bartholomea,{TYPE},{DAY}T10:00:00,America/New_York"
    sheet = write(tmp_path, row("booked", 101, "11:30"), row("cancel", 102), long, "booked,9,12,A,,,", row("update", 5))
    shown = drawn(clinic, sheet, NO_COLOR="1", COLUMNS=str(columns))

    assert [line for line in shown.splitlines() if len(line) > columns and "importer run" not in line] == []
    assert bool(re.search("\n {30,}text: now, then ", shown)) == (columns == 80)


def test_problems_of_a_kind_are_told_once(clinic: Within, tmp_path: Path) -> None:
    """Rows with the same problem are one entry with the numbers of the rows, an example and what to do."""
    wrong = [f"booked,{number},12,A,{TYPE},{DAY}T09:00:00,America/New_York" for number in range(300, 312)]
    out = clinic("plan", write(tmp_path, *wrong)).out

    assert out.count("is too short for a phone number") == 1
    assert '  ! 12 rows  Column C "phone": “12” is too short for a phone number. (row 2)' in out
    assert "             Rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more" in out


def test_names_are_shown_and_never_logged(clinic: Within, tmp_path: Path) -> None:
    """Whose visit it is stands on the screen that the person looks at, and in no log."""
    sheet = write(tmp_path, row("booked", 101, "11:30"), row("booked", 103))

    assert "  Ana   " in clinic("plan", sheet, "--log", "plan.log").out
    assert clinic("run", sheet, "--log", "plan.log").code == 0
    assert clinic("explain", "103", "--log", "plan.log").out.startswith("Appointment 103, Ana: active")
    logged = (tmp_path / "plan.log").read_text(encoding="utf-8")
    assert len(logged.splitlines()) > 3
    assert "Ana" not in logged


def test_many_rows_of_one_verdict_do_not_hide_another(clinic: Within, tmp_path: Path) -> None:
    """Of each verdict the first twenty are listed, and the rest is counted."""
    sheet = write(tmp_path, *(row("create", number) for number in range(200, 250)), row("update", 999))
    out = clinic("plan", sheet).out

    assert sum(line.startswith("+ create  ") for line in out.splitlines()) == 20
    assert "... and 30 more rows: create" in out
    assert "  ! row 52  " in out


def test_rows_of_two_files_name_their_file(clinic: Within, tmp_path: Path) -> None:
    """With several files a row number alone would not do."""
    write(tmp_path, row("create", 301), name="a.csv")
    write(tmp_path, row("create", 302), name="b.csv")
    out = clinic("plan", "a.csv", "b.csv").out

    assert "+ create    2  a.csv  Ana" in out
    assert "+ create    2  b.csv  Ana" in out


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
