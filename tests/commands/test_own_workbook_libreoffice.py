"""
The person's own workbook, corrected, sorted and saved in LibreOffice, sends what she corrected and nothing else.

Needs LibreOffice; with ``IMPORTER_REQUIRE_LIBREOFFICE`` set, a missing one is a failure instead of a skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import openpyxl
import pytest
from clinic_workbook import HEADINGS, NAME, TOP, dressed, to_fix, write
from desk import statuses

from importer.commands.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

LAST, FORMULA = 11, 6
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def saved_again(source: Path, target: Path) -> Path:
    """Open a workbook in LibreOffice and save it under another name, as a person does."""
    if OFFICE is None:
        if os.environ.get("IMPORTER_REQUIRE_LIBREOFFICE"):
            pytest.fail("LibreOffice is missing, and IMPORTER_REQUIRE_LIBREOFFICE is set")
        pytest.skip("needs LibreOffice")
    folder = target.with_suffix("")
    profile = f"-env:UserInstallation={(folder.parent / 'office').as_uri()}"
    kind = "xlsx:Calc MS Excel 2007 XML"
    subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(source)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return (folder / source.name).rename(target)


def corrected(path: Path, target: Path, *, is_sorted: bool) -> Path:
    """
    Type the right phones into the two wrong cells; sort the rows from the last number to the first.

    The sort is done to the cells as LibreOffice does it, since its own needs Basic or its Python, which many installations lack.
    """
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)[NAME]
    sheet = book[NAME]
    sheet["C5"], sheet["C8"] = "(212) 555-0177", "(212) 555-0188"
    if is_sorted:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=TOP + 1, max_row=LAST)]
        for cells, number in zip(rows, range(TOP + 1, LAST + 1), strict=True):
            cells[FORMULA] = values.cell(number, FORMULA + 1).value
        for number, cells in enumerate(sorted(rows, key=lambda cells: -cells[1]), start=TOP + 1):
            for column, value in enumerate(cells, start=1):
                sheet.cell(number, column).value = value
    book.save(target)
    return target


@pytest.mark.parametrize("is_sorted", [False, True], ids=["as it is", "sorted"])
def test_what_was_corrected_is_sent_and_no_more(desk: Desk, *, is_sorted: bool) -> None:
    """No request for a row that is done, one for each corrected row, in whatever order the rows stand."""
    write(desk.folder / "week.xlsx")
    first = run(desk.job(), [str(desk.folder / "week.xlsx")])
    path = corrected(to_fix(first), desk.folder / "corrected.xlsx", is_sorted=is_sorted)
    before = len(desk.sandbox.requests())
    again = run(desk.job(), [str(saved_again(path, desk.folder / "saved.xlsx"))])

    assert sorted(statuses(again)) == ["created"] * 2 + ["unchanged"] * 6
    assert len(desk.sandbox.requests()) == before + 2


def test_saved_again_it_is_still_hers(desk: Desk) -> None:
    """Saved without a change it sends nothing; formulas, values, her comment and our columns are there once."""
    week = desk.folder / "week.xlsx"
    write(week)
    dressed(week)
    first = run(desk.job(), [str(week)])
    path = saved_again(to_fix(first), desk.folder / "saved.xlsx")
    before = len(desk.sandbox.requests())
    again = run(desk.job(), [str(path)])
    hers, ours = (openpyxl.load_workbook(each)[NAME] for each in (week, path))

    assert len(desk.sandbox.requests()) == before
    assert sorted(statuses(again)) == ["invalid"] * 2 + ["unchanged"] * 6
    assert [cell.value for row in hers.iter_rows() for cell in row] == [
        cell.value for row in ours.iter_rows(max_row=hers.max_row, max_col=len(HEADINGS)) for cell in row
    ]
    assert ours["H5"].comment.text.startswith("Hers")
    made = openpyxl.load_workbook(to_fix(again))[NAME]
    assert [cell.value for cell in made[TOP]].count("result_status") == 1
    assert made["A6"].fill.fgColor.rgb == "FFFFFF00"
