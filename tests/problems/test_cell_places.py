"""Every problem tells the person's own heading and the letter of its column, and never our name of a field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.model.staged_files import FileFacts, FileRecord
from importer.problems import KINDS, problem
from importer.problems.cell_places import LISTING, column_letters, column_name, fix_in, name_of, placed, placed_in
from importer.sending import decisions
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADINGS = ("Name", "Doctor", "Cell", "Day", "Hour")
# Of a whole file, where the heading is told by the guard, and of the row of a section, which has no column.
OF_FILES = {"blanks_far_off"}
# Names that are words of English too; a sentence may use them.
WORDS = {"action", "date", "location", "phone", "time", "metadata", "uuid"}


def record(*headings: str, columns: Mapping[str, tuple[int, ...]] | None = None) -> FileRecord:
    facts = None if columns is None else FileFacts(columns=columns)
    return FileRecord("week.csv", "0" * 64, None, headings, 1, facts=facts)


@pytest.mark.parametrize("code", sorted(KINDS.keys() - OF_FILES))
def test_each_sentence_of_the_catalogue_names_heading_and_letter(code: str) -> None:
    """A problem of any kind about a cell begins with its column, and neither sentence holds a field's name."""
    detail = 'Column C "Cell"\nOther' if "{column}" in KINDS[code].message else "other"
    told = problem(code, field="eventType", value="212-555-01", detail=detail, column=2)
    found = placed_in(told.kept(), HEADINGS)

    assert found["message"].startswith('Column C "Cell": ')
    assert found["message"].count("Column C") == 1
    assert not re.search(r"\s\s|\s$|\{(?:field|value|detail|column)", found["message"] + found["fix"]), found
    if KINDS[code].is_of_the_cell:
        assert re.match(r"In column C, [a-z]", found["fix"])
    for name in FIELD.keys() - WORDS:
        assert not re.search(rf"\b{name}\b", found["message"]), found


@pytest.mark.parametrize("code", sorted(KINDS))
def test_no_message_asks_for_the_name_of_a_field(code: str) -> None:
    """The place is put before a message, so that no sentence has our name of a field within."""
    assert code in OF_FILES or "{field}" not in KINDS[code].message + KINDS[code].fix


@pytest.mark.parametrize(
    ("column", "field", "fields", "place"),
    [
        (2, "phone", {"phone"}, 'Column C "Cell"'),
        (2, "", None, 'Column C "Cell"'),
        (9, "phone", None, "Column J"),
        (None, "phone", {"date"}, "phone (no column)"),
        (None, "phone", {"phone"}, "phone"),
        (None, "phone", None, "phone"),
        (None, "eventDateTime", {"date"}, "eventDateTime"),
        (None, "metadata.eventLocation", {"phone"}, "metadata.eventLocation (no column)"),
        (None, "", {"phone"}, ""),
        (None, "phone (“Mobile”)", {"phone"}, ""),
    ],
)
def test_what_a_problem_is_about(column: int | None, field: str, fields: set[str] | None, place: str) -> None:
    """A column by letter and heading; a field without one by its name; a whole row by nothing."""
    assert name_of(column, HEADINGS, field, fields) == place


@pytest.mark.parametrize(
    ("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_of_a_column(position: int, letters: str) -> None:
    """Columns are lettered as a spreadsheet letters them."""
    assert column_letters(position) == letters


@pytest.mark.parametrize(
    ("heading", "name"),
    [(" Cell ", 'Column C "Cell"'), ("", "Column C"), ("\ufeffCell", 'Column C "Cell"'), ("a\nb", 'Column C "a\\nb"')],
)
def test_a_heading_on_one_line(heading: str, name: str) -> None:
    """A heading is shown without blanks around it and on one line."""
    assert column_name(2, heading) == name


def test_a_missing_value_without_a_column() -> None:
    """Where the sheet has no column for it, the sentence names the field and says so."""
    told = placed_in(problem("value_missing", field="phone").kept(), HEADINGS, {"firstName"})

    assert told["message"] == "phone (no column): Blank, but a new appointment needs a value."
    assert told["fix"] == "In a column for phone, fill in the value."


def test_a_sentence_is_placed_once() -> None:
    """A sentence that begins with its column already, as of a status that nobody explained, is left as it is."""
    told = problem("status_not_used", value="Off", detail='Column C "Cell"\nSay so.', column=2)

    assert placed_in(told.kept(), HEADINGS)["message"] == told.message


@pytest.mark.parametrize("code", ["identity_cannot_change", "same_time"])
def test_what_comes_after_checking_is_placed_by_the_columns_read(code: str) -> None:
    """A problem that planning or a guard found has no column of its own; the file's facts tell which one was read."""
    file = record(*HEADINGS, columns={"phone": (2,), "date": (3,)})
    (told,) = placed([problem(code, field="phone", detail="x").kept()], file, ("Ana", "", "555", "x", "y"))

    assert told["column"] == 2
    assert told["message"].startswith('Column C "Cell": ')


@pytest.mark.parametrize("code", sorted(LISTING))
def test_what_lists_fields_lists_her_columns(code: str) -> None:
    """A detail of fields names her headings, both of a start in two columns, all of metadata, and says where there is none."""
    columns = {"phone": (2,), "date": (3,), "time": (4,), "metadata.doctor": (1,)}
    kept = problem(code, detail="eventDateTime, emailAddress, metadata").kept()
    (told,) = placed([kept], record(*HEADINGS, columns=columns), ("Ana", "", "555", "x", "y"))
    (known,) = placed([problem(code, detail="phone").kept()], record("Mobile", "Day"), ("555", "x"))

    assert '(Column D "Day", Column E "Hour", E-mail (no column), Column B "Doctor")' in told["message"]
    assert '(Column A "Mobile")' in known["message"]


def test_every_detail_that_lists_fields_is_known() -> None:
    """No sentence of the answers of the API tells names of fields: what lists them is in ``LISTING``."""
    text = Path(decisions.__file__).read_text(encoding="utf-8")

    assert set(re.findall(r'Issue\("(\w+)", detail=", "\.join', text)) == LISTING


def test_a_missing_time_is_a_matter_of_the_empty_column() -> None:
    """Of a start in two columns the one that is blank is named."""
    file = record(*HEADINGS, columns={"date": (3,), "time": (4,)})
    told: list[dict[str, Any]] = [problem("time_missing", field="eventDateTime", value="").kept()]

    assert placed(told, file, ("Ana", "", "555", "2027-03-04", ""))[0]["message"].startswith('Column E "Hour": ')


def test_a_row_of_a_file_that_was_not_read_to_its_end() -> None:
    """Where nobody knows the file's columns, the heading decides, and a field without one is named alone."""
    told = [problem("value_missing", field=name).kept() for name in ("phone", "eventType")]
    cell, kind = placed(told, record("Mobile", "Day"), ("", "x"))

    assert cell["message"].startswith('Column A "Mobile": ')
    assert kind["message"].startswith("eventType: Blank")


@pytest.mark.parametrize(
    ("where", "fix"),
    [
        ('Column AB "A B"', "In column AB, correct it."),
        ("Column C", "In column C, correct it."),
        ("phone (no column)", "In a column for phone, correct it."),
        ("phone", "Correct it."),
        ("", "Correct it."),
    ],
)
def test_a_fix_names_the_letter(where: str, fix: str) -> None:
    """A fix that is a matter of one cell begins with its column."""
    assert fix_in(where, "Correct it.") == fix
