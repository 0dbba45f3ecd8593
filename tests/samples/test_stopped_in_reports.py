"""A row that its sheet stopped is stopped in its report, whichever problem it has, until somebody mends or clears it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import openpyxl
import pytest

import sample_data
from importer.commands.job import Job
from importer.commands.run import run
from importer.demo import settings_for
from importer.model.batches import STRUCK
from importer.model.profile import Profile
from importer.model.statuses import PASSING_LINES
from importer.problems import KINDS, NOT_IN_A_REPORT, guard_kinds, row_kinds
from importer.sandbox import Sandbox
from importer.settings import load

FILES = sample_data.expected()["files"]
SAMPLES = [name for name, each in FILES.items() if "refused" not in each and "same_as" not in each]
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

# Of kinds that no sample shows: what stops the row in a report, and the test that holds it.
TOLD_OTHERWISE = {
    STRUCK: "told_before's neighbour for looks: tests/commands/test_sheets_fed_back.py",
    "formula_without_value": "its cell is blank in the report: tests/commands/test_flaws_fed_back.py",
    "merged_cells": "likewise",
    **dict.fromkeys(PASSING_LINES, "its sentence tells the line: tests/commands/test_flaws_fed_back.py"),
    "action_of_report": "its sentence, or result_action: tests/commands/test_flaws_fed_back.py",
    "date_swapped": "its code and the date in its sentence: tests/columns/test_columns_beside.py",
    "zone_above_contradicts": "its sentence tells the line: tests/columns/test_columns_beside.py",
    **dict.fromkeys(("repeats_above", "reminded_already"), "the cell itself"),
    "columns_contradict": "the two cells themselves",
}
OF_THE_LEDGER = {kind.code for kind in (*guard_kinds.KINDS, *row_kinds.SENT)}
"""Found by comparing with the ledger or by sending, each time anew; but for rows that another row stopped, which are told before."""


def job_for(name: str, folder: Path, sandbox: Sandbox) -> Job:
    settings, profile = settings_for(folder, sandbox), Profile()
    if "profile" in FILES[name]:
        config = str(resources.files("sample_data").joinpath("importer.toml"))
        profile = load({"profile": FILES[name]["profile"]}, config=config)[1]
    if "do_not_text" in FILES[name]:
        settings = replace(settings, do_not_text=Path(str(resources.files("sample_data") / FILES[name]["do_not_text"])))
    return Job(settings, profile, now=lambda: sample_data.moment(name))


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def saved_as_workbook(report: Path) -> Path:
    """Save results.csv as a spreadsheet program does: the sheet has the file's name, and no cell has a look of its own."""
    book = openpyxl.Workbook()
    book.active.title = report.stem
    for row in table(report):
        book.active.append([UNSEEN.sub(lambda found: f"_x{ord(found[0]):04X}_", cell) for cell in row])
    book.save(report.with_name("saved.xlsx"))
    return report.with_name("saved.xlsx")


def statuses(report: Path) -> list[str]:
    headings, *rows = table(report)
    return [row[headings.index("result_status")] for row in rows]


# What was refused for its place among the rows is on hold without them, or waits for one of them.
STOPPED = {"invalid", "held", "not_sent"}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_sample_stops_its_reports_stop(name: str, tmp_path: Path) -> None:
    """Fed back untouched, as text, as our workbook, and as a workbook that was saved from the text, no such row is sent."""
    with Sandbox() as sandbox:
        job = job_for(name, tmp_path, sandbox)
        first = run(job, [str(sample_data.copy(name, tmp_path))])
        before, deeds = statuses(first.paths["results.csv"]), len(sandbox.effects())
        text, workbook = first.paths["results.csv"], first.paths["results.xlsx"]
        for report in (text, workbook, saved_as_workbook(text)):
            after = statuses(run(job, [str(report)]).paths["results.csv"])
            assert [at for at, was in enumerate(before) if was == "invalid" and after[at] not in STOPPED] == []
        assert len(sandbox.effects()) == deeds


def test_of_each_kind_it_is_known_what_stops_it_in_a_report() -> None:
    """A kind that no sample shows is told by the report's sentence, is found anew, or is listed here with its test."""
    rows = [row for name in SAMPLES for row in FILES[name]["rows"]]
    shown = {code.rpartition(":")[2] for row in rows for code in row["problems"]}
    kinds = {code for code, kind in KINDS.items() if not kind.is_warning}

    assert kinds - shown - NOT_IN_A_REPORT - set(TOLD_OTHERWISE) - OF_THE_LEDGER == set()
    assert kinds >= NOT_IN_A_REPORT
