"""importer template: the workbook to fill in."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer.columns import match
from importer.model.profile import EventType, Location, Profile
from importer.model.statuses import Action
from importer.writing.sheet_template import NOT_AN_ACTION, template_columns, write_template

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
CLINIC = Profile(
    locations={"Downtown": Location(zone="America/New_York")},
    event_types={"Check-up": EventType("6c52", ("doctor",)), "Cleaning": EventType("7d63", ("eventLocation",))},
    metadata={"brand": "Smile"},
)


def test_template_is_written_and_tells_what_is_next(within: Within, tmp_path: Path) -> None:
    """The file stands under its default name, and the next command is named."""
    ran = within("template")

    assert ran.code == 0
    assert "importer check appointments.xlsx" in ran.out
    assert (tmp_path / "appointments.xlsx").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["appointments.xlsx"]


def test_existing_file_is_not_written_over(within: Within, tmp_path: Path) -> None:
    """Somebody's filled-in sheet survives; --force says otherwise."""
    (tmp_path / "mine.xlsx").write_text("work of an hour", encoding="utf-8")
    refused = within("template", "mine.xlsx")

    assert refused.code == 2
    assert (tmp_path / "mine.xlsx").read_text(encoding="utf-8") == "work of an hour"
    assert within("template", "mine.xlsx", "--force").code == 0


@pytest.mark.parametrize("path", ["sheet.csv", "nowhere/sheet.xlsx"])
def test_impossible_name_is_refused(within: Within, path: str) -> None:
    """A name that is no workbook's, or in no folder, gets a sentence."""
    assert within("template", path).code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="only POSIX limits the size of files")
def test_a_full_disk_is_told_and_leaves_nothing(within: Within, tmp_path: Path) -> None:
    """Exit 2 with a place that cannot be written; no half workbook, and nothing left open that complains later."""
    import resource

    # Python ignores the signal that comes with it, so the write itself fails as on a full disk.
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, usual[1]))
    try:
        ran = within("template")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    gc.collect()
    assert ran.code == 2
    assert "appointments.xlsx cannot be written: File too large" in ran.err
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


@pytest.mark.parametrize("profile", [Profile(), CLINIC], ids=["plain", "clinic"])
def test_every_heading_is_understood(profile: Profile) -> None:
    """The importer knows every heading of its own template, each as another field."""
    headings = [column.heading for column in template_columns(profile)]
    matching = match(headings, profile)

    assert not matching.ignored
    assert not matching.doubled
    assert len(matching.fields) == len(headings)
    matching.require()


def test_profile_shapes_the_template(tmp_path: Path) -> None:
    """Locations, appointment types and the values that their messages need come from the profile."""
    headings = [column.heading for column in write_template(tmp_path / "t.xlsx", CLINIC)]
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Appointments"]
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}

    assert {"Location", "metadata.doctor", "metadata.eventLocation", "metadata.brand"} <= set(headings)
    assert '"Check-up,Cleaning"' in lists
    assert '"Downtown"' in lists


def test_workbook_has_notes_drop_downs_and_text_columns(tmp_path: Path) -> None:
    """Each heading has a note, actions are chosen from a list, phones and numbers stay text, starts are moments."""
    write_template(tmp_path / "t.xlsx", Profile())
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["Appointments"]
    place = {cell.value: cell.column_letter for cell in sheet[1]}
    forms = {heading: sheet.column_dimensions[letter].number_format for heading, letter in place.items()}

    assert all(cell.comment is not None for cell in sheet[1])
    assert forms["Mobile phone"] == forms["Appointment number"] == "@"
    assert forms["Appointment start"] == "yyyy-mm-dd hh:mm"
    assert sheet.max_row == 1
    assert sheet.freeze_panes == "A2"
    assert any("create" in rule.formula1 for rule in sheet.data_validations.dataValidation)


def test_example_is_not_sent_by_accident(tmp_path: Path) -> None:
    """The example stands on a sheet that is not read, and even there its action is none."""
    write_template(tmp_path / "t.xlsx", Profile())
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")

    assert book.sheetnames[0] == "Appointments"
    assert book["Example"]["A2"].value == NOT_AN_ACTION
    assert NOT_AN_ACTION not in [action.value for action in Action]
