"""Reports that a person opens, changes and saves in LibreOffice keep what was typed."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import openpyxl
import pytest
from made_runs import file_record, report_of, row

from importer.model.formula_escape import unguard
from importer.writing import write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reporting.run_report import Report

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")

TYPED = (
    "+14155552671",
    "+44 7911 123456",
    "(415) 555-2671",
    "+1-415-555-2671",
    "0041",
    "=1+2",
    "@SUM(A1)",
    "-5",
    "'=1+2",
    "1E+15",
    "2027-03-04T14:30:00",
    "3/4/2027",
    "TRUE",
    "12345678901234567890",
    'a;b,c\t"d"',
    "two\nlines",
    "Chloé Ødegaard",
    " padded ",
    "NA",
)


@pytest.fixture(scope="module")
def report() -> Report:
    file = file_record(1, headings=tuple(f"Column {place}" for place in range(len(TYPED))))
    return report_of([row(file, 2, cells=TYPED)])


def saved_again(path: Path, into: Path, kind: str, *reading: str) -> Path:
    """Open a file in LibreOffice, with options that say how it is read, and save it in another directory."""
    if OFFICE is None:
        if os.environ.get("IMPORTER_REQUIRE_LIBREOFFICE"):
            pytest.fail("LibreOffice is missing, and IMPORTER_REQUIRE_LIBREOFFICE is set")
        pytest.skip("needs LibreOffice")
    profile = f"-env:UserInstallation={(into / 'profile').as_uri()}"
    subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", kind, *reading, "--outdir", str(into), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return into / f"{path.stem}.{kind.partition(':')[0]}"


def test_a_workbook_saved_again_holds_what_was_typed(report: Report, tmp_path: Path) -> None:
    """Phones keep their plus, ids their zeros, and what looks like a formula stays text."""
    write_reports(report, tmp_path / "run")
    sheet = openpyxl.load_workbook(saved_again(tmp_path / "run" / "results.xlsx", tmp_path, "xlsx")).worksheets[0]
    (cells,) = sheet.iter_rows(min_row=2, max_row=2, max_col=len(TYPED))

    assert tuple(unguard(cell.value) for cell in cells) == TYPED
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_workbook_saved_as_csv_holds_what_was_typed(report: Report, tmp_path: Path) -> None:
    """The way from workbook to CSV loses nothing either."""
    write_reports(report, tmp_path / "run")
    # 44: comma, 34: quotation mark, 76: UTF-8, from line 1, text cells quoted.
    saved = saved_again(
        tmp_path / "run" / "results.xlsx", tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true"
    )
    with saved.open(encoding="utf-8", newline="") as stream:
        _, cells = csv.reader(stream)

    assert tuple(map(unguard, cells[: len(TYPED)])) == TYPED


PARTS = (
    "Ana;=1+41;x",
    "Bel\t=2+40\ty",
    "Cem|@SUM(A1)|z",
    "two lines\n=3+39",
    'quoted;"=1+1"',
    "x; -5|cmd!A0",
    "marked;'=1",
)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_no_separator_makes_a_formula_of_a_report(tmp_path: Path, separator: str) -> None:
    """Opened with another separator than ours, results.csv holds no formula; the same cells unguarded would."""
    (tmp_path / "live.csv").write_text(f"a{separator}=1+41\n", encoding="utf-8")
    write_reports(report_of([row(file_record(1, headings=PARTS), 2, cells=PARTS)]), tmp_path / "run")
    reading = f"--infilter=CSV:{ord(separator)},34,76,1,,0,false,true,false,false,false,-1"
    # One start of the program for both files: most of the time goes into it.
    control = saved_again(
        tmp_path / "live.csv", tmp_path / "out", "fods", reading, str(tmp_path / "run" / "results.csv")
    )

    assert "table:formula" in control.read_text(encoding="utf-8")
    assert "table:formula" not in (tmp_path / "out" / "results.fods").read_text(encoding="utf-8")
