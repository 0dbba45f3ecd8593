"""importer columns: what a person sees of the matching."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]

GOOD = "phone,externalEventId,eventType,eventDateTime,subscriberTimeZone,diagnosis\n4155552671,1,6c52,2027-03-04 14:30,America/New_York,secret\n"


def sheet(folder: Path, text: str, name: str = "a.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_settled_sheet_exits_0(within: Within, tmp_path: Path) -> None:
    """A sheet whose headings are known is said to be ready, with every column listed."""
    ran = within("columns", sheet(tmp_path, GOOD))

    assert ran.code == 0, ran.err
    assert "can be run as it is" in ran.out
    assert "not known; ignored" in ran.out
    assert ran.err == ""


def test_document_has_its_shape(within: Within, tmp_path: Path) -> None:
    """The JSON document and its columns have exactly the documented members."""
    found = within("columns", sheet(tmp_path, GOOD), "--json").document

    assert list(found) == [
        *("schema", "command", "exit_code", "file", "sheet", "heading_row", "headings", "missing", "doubled"),
        *("system", "refusal", "profile_lines", "notes"),
    ]
    assert list(found["headings"][0]) == ["column", "heading", "field", "why", "samples", "perhaps"]
    assert found["headings"][0] == {
        "column": "A",
        "heading": "phone",
        "field": "phone",
        "why": "name",
        "samples": ["4155552671"],
        "perhaps": None,
    }


def test_profile_lines_settle_the_sheet(within: Within, tmp_path: Path) -> None:
    """What the command prints is TOML that makes the sheet acceptable."""
    name = sheet(tmp_path, GOOD.replace("phone,", "Fone nummber,"))
    refused = within("columns", name, "--json")
    lines = refused.document["profile_lines"]
    (tmp_path / "importer.toml").write_text(lines, encoding="utf-8")

    assert refused.code == 3
    assert refused.document["missing"] == ["phone"]
    assert tomllib.loads(lines)
    assert within("columns", name).code == 0


def test_file_that_cannot_be_read_is_told(within: Within) -> None:
    """A missing file exits 3 with a sentence."""
    ran = within("columns", "absent.csv", "--json")

    assert ran.code == 3
    assert ran.document["error"]["code"]
    assert ran.err.startswith("absent.csv: There is no such file.")


def test_hostile_heading_does_not_reach_the_terminal(within: Within, tmp_path: Path) -> None:
    """An escape code in a heading or a cell is shown, not sent."""
    ran = within("columns", sheet(tmp_path, GOOD.replace("diagnosis", "\x1b[2Jdiag").replace("secret", "\x9bx")))

    assert "\x1b" not in ran.out + ran.err
    assert "\x9b" not in ran.out + ran.err


def test_a_cover_sheet_leads_to_the_sheet_behind_it(within: Within, tmp_path: Path) -> None:
    """Where the first sheet holds no known heading, the next step names the other ones; hidden ones are not offered."""
    with xlsxwriter.Workbook(tmp_path / "week.xlsx") as book:
        book.add_worksheet("Cover").write("A1", "Clinic of the week")
        book.add_worksheet("To call").write_row("A1", ["phone", "eventType"])
        book.add_worksheet("Lists").hide()

    ran = within("check", "week.xlsx")

    assert ran.code == 3
    assert "If the appointments stand in another sheet, run it with --sheet 'To call'." in ran.err
    assert "template" not in ran.err
