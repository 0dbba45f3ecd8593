"""Lines and names of sheets that say that the rows below them are nobody's visits: a waiting list, an older version, made up."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import openpyxl
import pytest

import importer
from importer.columns.lines_and_marks import code_of_line, code_of_name

OF_NO_VISITS: Final = (
    "Standby list",
    "STANDBY",
    "Stand-by list (3)",
    "Nachrückerliste",
    "Reservelijst",
    "Cancellation list",
    "ASAP list",
    "Superseded",
    "SUPERSEDED - 4 March 2027",
    "Old version",
    "OLD VERSION - do not use",
    "Previous version of the schedule",
    "Old copy",
    "Outdated",
    "Archive",
    "Archived appointments 2026",
    "Alte Version",
    "Ancienne version",
    "Versión antigua",
    "Oude versie",
    "Archiv",
    "Archivado",
    "SAMPLE DATA",
    "Sample data only",
    "Sample",
    "EXAMPLE",
    "Dummy data",
    "Test data",
    "Test data - please ignore",
    "DEMO DATA",
    "Dummy appointments",
    "Fictitious patients",
    "Testdaten",
    "Beispieldaten",
    "Données de test",
    "Datos de prueba",
    "Dati di prova",
    "Dados de teste",
    "Testgegevens",
    "Do not use",
    "Nicht verwenden",
    "Ne pas utiliser",
    "No longer coming:",
    "Not coming",
)
REFUSED: Final = ("Test data - do not send", "DO NOT SEND", "Draft - do not text")
OTHERS: Final = (
    "Archive Street clinic",
    "Old Town Dental",
    "Version 2.1",
    "Sample collection",
    "Blood sample appointments",
    "Test results",
    "Covid test appointments",
    "Driving tests",
    "Testing",
    "Demo day",
    "Demo appointments",
    "Example Clinic",
    "Muster",
    "Template",
    "Data",
    "Not archived",
    "Archived: No",
    "Without archived appointments",
    "Appointments of the old clinic",
    "Previous patients",
    "Old patients",
    "Shortlist",
    "Fake Street 12",
    "Standby generator check",
    "Report of 4 March",
    "List of appointments",
)
HEADINGS: Final = "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,remindTimeOffset"
ROW: Final = "L-1,2125550101,Ana,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2027-03-11T14:30:00,America/New_York,PT3H"


@pytest.mark.parametrize("line", OF_NO_VISITS)
def test_line_of_no_visits_is_heard(line: str) -> None:
    """Who waits has no visit, and what is older, made up or not to be used is none that anybody may be reminded of."""
    assert code_of_line(line) == "status_not_used"


@pytest.mark.parametrize("line", REFUSED)
def test_line_that_forbids_texts_is_heard_as_such(line: str) -> None:
    """Not to send is not to text."""
    assert code_of_line(line) == "consent_refused"


@pytest.mark.parametrize("line", OTHERS)
def test_other_lines_say_nothing(line: str) -> None:
    """Names, kinds of visits, numbers of versions and what is left out begin no section."""
    assert code_of_line(line) is None


@pytest.mark.parametrize(
    "name", ["test_data.csv", "sample data.csv", "archive.csv", "example.csv", "old_version.csv", "Archive 2027.xlsx"]
)
def test_name_of_a_file_says_nothing_of_it(name: str) -> None:
    """Files are called so for many reasons."""
    assert code_of_name(name) is None


@pytest.mark.parametrize("line", ["SAMPLE DATA", "Standby list", "Old version", "Superseded"])
def test_title_and_section_of_no_visits_stop_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """Above the headings it is about all rows; within the table about those below it, up to a line of visits."""
    monkeypatch.chdir(tmp_path)
    other = ROW.replace("L-1", "L-2")
    Path("titled.csv").write_text(f"{line}\n{HEADINGS}\n{ROW}\n", encoding="utf-8")
    rows = [HEADINGS, ROW, f"{line},,,,,,", other, "Appointments,,,,,,", ROW.replace("L-1", "L-3")]
    Path("parted.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    codes = {
        row["payload"]["externalEventId"]: [problem["code"] for problem in row["problems"]]
        for name in ("titled.csv", "parted.csv")
        for row in importer.check(name).rows()
        if row["payload"].get("phone")
    }
    assert codes == {"L-1": [], "L-2": ["status_not_used"], "L-3": []}
    (titled,) = importer.check("titled.csv").rows()
    assert [problem["code"] for problem in titled["problems"]] == ["status_not_used"]
    assert titled["problems"][0]["message"].startswith(f"Row 1: “{line}”")


@pytest.mark.parametrize(("name", "codes"), [("Archive", ["status_not_used"]), ("March", []), ("Template", [])])
def test_name_of_a_sheet_counts_as_its_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, codes: list[str]
) -> None:
    """A sheet named Archive holds no visits to come; one named Template may be a template that was filled in."""
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    book.active.title = name
    for row in (HEADINGS, ROW):
        book.active.append(row.split(","))
    book.save("week.xlsx")
    (found,) = importer.check("week.xlsx").rows()
    assert [problem["code"] for problem in found["problems"]] == codes
