"""The columns of a sheet are settled by the same first rows, in whatever format and in whatever pieces they are read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer
from table_writers import WRITERS

from importer.cli.check_command import looked_at
from importer.columns import match
from importer.columns.settling import ROWS
from importer.commands.check import check
from importer.commands.drafts.sheet_facts import same_columns
from importer.commands.job import Job
from importer.model.batches import CellFlaw
from importer.model.chunks import Chunk
from importer.model.profile import Profile
from importer.reading.sheet_choice import first_rows, open_sheet
from importer.reading.table_rows import chunk_of
from importer.settings import Settings
from importer.setup.sheet_seen import look

if TYPE_CHECKING:
    from collections.abc import Sequence

PROFILE = Profile(region="us", zone="America/New_York", event_type=EVENT_TYPE, date_order="mdy")
HEADINGS = ["Appointment ID", "Phone", "Date", "Time"]
FORMATS = ("csv", "semicolons", "xlsx", "ndjson", "parquet")


def written(folder: Path, form: str, table: list[list[str]]) -> Path:
    path = folder / f"week.{form}"
    if form == "semicolons":
        path.write_text("".join(";".join(row) + "\n" for row in table), encoding="utf-8")
    else:
        WRITERS[form](path, table)
    return path


def table_of(rows: int, heading: str, cells: dict[int, str], times: Sequence[str] = ("9:00",)) -> list[list[str]]:
    """Return a sheet with one column more, blank but for some rows, counted from 0."""
    body = [[f"A{at}", "(212) 555-0101", "2027-03-04", times[at % len(times)], cells.get(at, "")] for at in range(rows)]
    return [[*HEADINGS, heading], *body]


def judged(folder: Path, path: Path) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    job = Job(Settings(ledger_url=f"{folder}/ledger.db"), PROFILE, now=lambda: NOW)
    check(job, [str(path)], each_row=lambda line: lines.append(dict(line)))
    return lines


def columns_of(path: Path) -> str:
    with open_sheet(path) as sheet:
        return same_columns(match(sheet.headings, PROFILE, first_rows(sheet.chunks(), ROWS)[0]))


@pytest.mark.parametrize("at", [120, ROWS - 1])
@pytest.mark.parametrize("form", FORMATS)
def test_a_column_that_begins_further_down_is_understood_in_every_format(tmp_path: Path, form: str, at: int) -> None:
    """PM below a hundred blanks, or nearly two thousand, belongs to the time beside it in a text as in a workbook."""
    table = table_of(at + 2, "Period", {0: "", at: "PM", at + 1: "PM"})
    table[at + 1][3] = "2:30"

    lines = judged(tmp_path, written(tmp_path, form, table))

    assert lines[at]["payload"]["eventDateTime"][11:16] == "14:30"
    assert {line["problems"][0]["code"] for line in lines[: at - 1]} == {"time_unreadable"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_reminder_that_begins_further_down_is_taken_in_every_format(tmp_path: Path, form: str) -> None:
    """A column of lengths of time below many blanks is how long before the visit the reminder goes."""
    lines = judged(tmp_path, written(tmp_path, form, table_of(160, "Reminder", {150: "48 hours"}, ["14:00"])))

    assert [line["payload"]["remindTimeOffset"] for line in lines[149:151]] == ["PT3H", "PT48H"]


@settings(max_examples=longer(4, 60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    heading=st.sampled_from(["Period", "Session", "AM/PM", "End", "Time zone", "Reminder", "Kind", "E-mail", "Notes"]),
    cells=st.dictionaries(
        st.integers(0, ROWS + 100),
        st.sampled_from(["PM", "AM", "3:30 PM", "America/Chicago", "48 hours", "No", "a@example.com", "x"]),
        max_size=4,
    ),
    times=st.lists(st.sampled_from(["9:00", "10:30", "2:30", "14:30", "1:15 PM", "930"]), min_size=1, max_size=3),
    rows=st.integers(1, ROWS + 200),
)
def test_the_same_cells_settle_the_same_columns(
    heading: str, cells: dict[int, str], times: list[str], rows: int
) -> None:
    """Wherever its first cells stand, a column is in a text what it is in a workbook and in records."""
    table = table_of(rows, heading, cells, times)
    with TemporaryDirectory() as name:
        found = {form: columns_of(written(Path(name), form, table)) for form in ("csv", "semicolons", "xlsx", "ndjson")}
    assert len(set(found.values())) == 1


def test_blank_lines_do_not_count_among_the_first_rows(tmp_path: Path) -> None:
    """Two thousand lines without a cell hide no column: rows are gathered until there are enough."""
    table = table_of(140, "Period", {120: "PM"}, ["2:30"])
    lines = [",".join(row) for row in table]
    sparse = tmp_path / "sparse.csv"
    sparse.write_text("\n".join([*lines[:60], *[",,,,"] * (ROWS + 500), *lines[60:]]) + "\n", encoding="utf-8")

    assert columns_of(sparse) == columns_of(written(tmp_path, "xlsx", table))


@pytest.mark.parametrize("form", FORMATS)
def test_the_columns_are_shown_as_they_will_be_read(tmp_path: Path, form: str) -> None:
    """`importer columns` looks at as many rows as a run, so that it shows what a run makes of a column."""
    path = written(tmp_path, form, table_of(ROWS, "Session", {1: "AM", 1500: "AM", 1501: "PM"}, ["9:00", "10:00"]))

    shown = looked_at(str(path), Settings(), PROFILE).data

    assert [each["samples"] for each in shown["headings"]][-1] == ["AM", "PM"]


def test_guided_set_up_sees_the_rows_of_a_text(tmp_path: Path) -> None:
    """Its questions come from the same first rows, whether the sheet is a text or a workbook."""
    table = table_of(ROWS + 500, "Kind", {ROWS + 400: "x"})

    seen = [look(str(written(tmp_path, form, table)), PROFILE).rows for form in ("csv", "xlsx")]

    assert [len(each or ()) for each in seen] == [ROWS + 500, ROWS + 500]


@given(
    sizes=st.lists(st.integers(1, 7), max_size=6),
    most=st.integers(1, 20),
    flawed=st.sets(st.integers(1, 42), max_size=5),
)
def test_first_rows_of_chunks_of_any_size(sizes: list[int], most: int, flawed: set[int]) -> None:
    """They are the first of all rows with what is wrong with them, and the chunks themselves come again as they were."""
    chunks, number = [], 1
    for size in sizes:
        numbers = range(number, number + size)
        flaws = [CellFlaw(row, 0, "text_broken", "") for row in sorted(flawed) if row in numbers]
        chunks.append(chunk_of(numbers, [[str(row), ""] for row in numbers], 2, flaws))
        number += size

    first, again = first_rows(iter(chunks), most)

    assert list(again) == chunks
    rows = [] if first is None else first.frame.index.tolist()
    assert rows == list(range(1, number))[:most]
    if first is not None:
        assert first.frame.iloc[:, 0].tolist() == list(map(str, rows))
        assert [flaw.row for flaw in first.flaws] == sorted(flawed & set(rows))


def test_rows_with_very_much_text_are_not_gathered() -> None:
    """What is held at once stays bounded: after some chunks of long cells no more are awaited."""
    cell = "x" * 32_000_000
    read = []

    def chunks() -> Any:
        for row in range(1, 9):
            read.append(row)
            yield chunk_of([row], [[cell]], 1, ())

    first, again = first_rows(chunks(), ROWS)

    assert isinstance(first, Chunk)
    assert read == [1, 2]
    assert sum(map(len, again)) == 8
