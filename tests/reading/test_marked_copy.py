"""The process that edits a workbook is confined as the one that reads, and as hard to harm."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from importer.reading.child import confinement
from importer.reading.child import marked_copy as child
from importer.reading.limits import Limits
from importer.reading.workbook_process import marked_copy

if TYPE_CHECKING:
    from pathlib import Path

MARKS: dict[str, Any] = {
    "sheet": "Week",
    "heading_row": 1,
    "first": 1,
    "headings": [["result_problem", 44, False]],
    "rows": [[2, ["=1+1"], False]],
    "cells": [[2, 0, False, "wrong"]],
    "name": 0,
}


@pytest.fixture
def week(tmp_path: Path) -> Path:
    path = tmp_path / "week.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Week")
        sheet.write_column(0, 0, ["phone", "1"])
    return path


def copied(path: Path, **limits: Any) -> str | None:
    return marked_copy(str(path), sha256(path.read_bytes()).hexdigest(), MARKS, io.BytesIO(), limits=Limits(**limits))


def with_part(path: Path, name: str, data: bytes) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        for each in source.namelist():
            target.writestr(each, data if each == name else source.read(each))
    path.write_bytes(made.getvalue())


def test_a_plain_workbook_is_copied(week: Path) -> None:
    """Under the usual limits, in the confined process, it works."""
    assert copied(week) == ""


def test_a_declaration_is_refused(week: Path) -> None:
    """A workbook with an entity bomb is not edited, as it is not read."""
    with_part(week, "xl/sharedStrings.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><sst>&a;</sst>')

    assert copied(week) == "it could not be copied within the limits"


@pytest.mark.parametrize(
    ("length", "told"),
    [(255, ""), (30_000, "its number formats are longer than any that Excel keeps, or not written in UTF-8")],
)
def test_a_number_format_of_any_length_holds_nothing(week: Path, length: int, told: str) -> None:
    """A workbook with a format that Excel would not keep is not copied: reading it takes the square of its length, each time."""
    with zipfile.ZipFile(week) as book:
        styles = book.read("xl/styles.xml").decode()
    form = f'<numFmts count="1"><numFmt numFmtId="200" formatCode="{"[h" * (length // 2)}"/></numFmts><fonts'
    style = '<xf numFmtId="200" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    with_part(
        week,
        "xl/styles.xml",
        styles.replace("<fonts", form, 1).replace("</cellXfs>", f"{style * 200}</cellXfs>").encode(),
    )

    assert copied(week, seconds=30.0) == told


def test_memory_and_bytes_are_bounded(week: Path) -> None:
    """A workbook that would need more than the limits is made anew."""
    assert copied(week, memory_bytes=20_000_000) == "it could not be copied within the limits"
    assert copied(week, unpacked_bytes=1_000) == "it could not be copied within the limits"


def test_it_is_confined_before_it_looks_at_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker gives up files, network and processes before the first byte of the workbook is read."""
    from importer.reading.child import worker

    told: list[str] = []
    monkeypatch.setattr(worker, "confine", lambda: told.append("confined"))
    monkeypatch.setattr(child, "marked", lambda *_: told.append("read") or b"")
    monkeypatch.setattr(worker.sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}rest")))
    worker._mark(2, Limits(), io.BytesIO())

    assert told == ["confined", "read"]
    assert confinement.BARRED


@pytest.mark.parametrize("path", ["-", "/no/such/file.xlsx"])
def test_what_is_not_there_is_no_reason(path: str) -> None:
    """Standard input and a file that is gone cannot be copied, and nothing is said of it."""
    assert marked_copy(path, "0" * 64, MARKS, io.BytesIO()) is None


def test_other_bytes_are_not_copied(week: Path) -> None:
    """A workbook that changed since it was read is not marked."""
    assert marked_copy(str(week), "0" * 64, MARKS, io.BytesIO()) is None
