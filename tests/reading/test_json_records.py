"""JSON and JSON Lines: one object a row, the numbers of the rows those of the source, every value exactly or told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from long_form import longer
from processor_time import processor_s

from importer.reading.limits import Limits
from importer.reading.records.record_grid import LONGEST_KEPT, Record, RecordGrid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.errors import FileRefused

WEEK = [{"id": "1001", "phone": "2125550101"}, {"id": "1002", "phone": "2125550102"}]
ROWS = {1: ["1001", "2125550101"], 2: ["1002", "2125550102"]}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes | str], Path]:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "week.json"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps(WEEK), id="a-list"),
        pytest.param(json.dumps(WEEK, indent=2), id="a-list-on-many-lines"),
        pytest.param("\ufeff" + json.dumps(WEEK), id="byte-order-mark"),
        pytest.param(json.dumps(WEEK).encode("utf-16"), id="utf-16"),
        pytest.param(json.dumps(WEEK, indent=2).encode("utf-16-be"), id="utf-16-without-mark"),
        pytest.param("\n".join(map(json.dumps, WEEK)), id="lines"),
        pytest.param("".join(json.dumps(each) + "\r\n" for each in WEEK), id="lines-of-windows"),
        pytest.param("\r\n".join(map(json.dumps, WEEK)).encode("utf-16"), id="lines-of-powershell"),
    ],
)
def test_one_object_is_one_row(written: Callable[..., Path], read: Callable[..., Any], content: bytes | str) -> None:
    """A list and lines of objects give the same rows, numbered from 1, in any Unicode."""
    seen = read(written(content))

    assert seen.headings == ("id", "phone")
    assert seen.rows == ROWS
    assert seen.heading_row == 0
    assert seen.flaws == []


def test_lines_are_numbered_as_an_editor_does(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """Blank lines count, and hold no row."""
    seen = read(written('\n{"id": "a"}\n\n\n{"id": "b"}\n'))

    assert seen.rows == {2: ["a"], 5: ["b"]}


def test_columns_are_those_of_all_objects(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A name that only a late object has is a column, blank in the others; the order is that of first sight."""
    seen = read(written('{"id": "a", "phone": "1"}\n{"phone": "2", "name": "Ann"}\n'))

    assert seen.headings == ("id", "phone", "name")
    assert seen.rows == {1: ["a", "1", ""], 2: ["", "2", "Ann"]}


VALUES = [
    ('"00123"', "00123"),
    ("12345678901234567890", "12345678901234567890"),
    ("2125550101", "2125550101"),
    ("-7", "-7"),
    ("1001.0", "1001"),
    ("1.001e3", "1001"),
    ("90.5", "90.5"),
    ("true", "TRUE"),
    ("false", "FALSE"),
    ("2.125550101E9", "2125550101"),
    ("21255501010e-1", "2125550101"),
    ("null", ""),
    ("NaN", ""),
    ('""', ""),
    ("[]", ""),
    ("{}", ""),
    ('["a"]', "a"),
    ('["a", "b"]', '["a", "b"]'),
    ('[{"a": 1}]', '[{"a": "1"}]'),
    ('"\\ud83d\\ude00"', "😀"),
    ('"NA"', "NA"),
]


def test_values_as_a_workbook_shows_them(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """Digits are never lost or added; a list of one is that one, and of several it is shown as it stands."""
    seen = read(written("\n".join(f'{{"id": "x", "value": {value}}}' for value, _ in VALUES)))

    assert [row[1] for row in seen.rows.values()] == [text for _, text in VALUES]
    assert seen.flaws == []


DOUBTFUL = [
    ('{"id": "x", "n": 1.5e300}', (1, "number_inexact")),
    ('{"id": "x", "n": 1234567890123456789.0}', (1, "number_inexact")),
    ('{"id": "x", "n": 2.12555e+09}', (1, "number_inexact")),
    ('{"id": "x", "n": 2.12555008E9}', (1, "number_inexact")),
    ('{"id": "x", "n": Infinity}', (1, "number_inexact")),
    ('{"id": "x", "n": "1", "n": "2"}', (1, "name_repeated")),
    ('{"id": "x", "a": {"b": "1"}, "a.b": "2"}', (2, "name_repeated")),
    ('{"id": "x", "a": {"b": "1"}, "a": {"b": "2"}}', (None, "name_repeated")),
    ('{"id": "x", "n": "\\ud83d"}', (1, "text_broken")),
    ('{"id": "x", "n": "a\\u0000b"}', (1, "control_character")),
    ('"id"', (None, "record_unreadable")),
    ('{"id": "x", "n": ' + "9" * 1_000_000 + "}", (1, "cell_too_long")),
]


def test_what_is_not_certain_is_told(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A value with two readings, or with none, is a flaw of its cell, or of its row; the others are read."""
    seen = read(written(f'[{", ".join(record for record, _ in DOUBTFUL)}, {{"id": "y"}}]'))

    assert seen.headings == ("id", "n", "a.b")
    assert seen.codes() == [(number, *flaw) for number, (_, flaw) in enumerate(DOUBTFUL, start=1)]
    assert seen.rows[len(DOUBTFUL) + 1] == ["y", "", ""]


def test_long_texts_do_not_fill_the_memory() -> None:
    """What is too long for a cell is cut where that is sure to be told, and few such rows make a piece."""
    records = [Record(number, {"id": "x", "n": "é" * 1_000_000}, []) for number in range(250)]
    pieces = list(RecordGrid(("id", "n"), lambda: iter(records)).pieces())

    assert sum(len(piece.rows) for piece in pieces) == 250
    assert {len(row[1]) for piece in pieces for row in piece.rows} == {LONGEST_KEPT}
    assert Limits().cell_characters < LONGEST_KEPT
    assert max(len("".join(map("".join, piece.rows))) for piece in pieces) < 5_000_000


def test_name_given_again_and_again_costs_no_more_each_time(
    written: Callable[..., Path], read: Callable[..., Any]
) -> None:
    """A hundred thousand values of one name are a flaw of the cell, told by the first of them."""
    began = processor_s()
    seen = read(written("[{" + ",".join(f'"n": "{at}"' for at in range(100_000)) + "}]"))

    assert [code for _, _, code in seen.codes()] == ["name_repeated"]
    assert processor_s() - began < 10


def test_same_name_twice_with_one_value(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A name that is given twice with the same value leaves no doubt."""
    assert read(written('[{"id": "x", "id": "x"}]')).flaws == []


def test_torn_line_is_its_own_problem(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A line that breaks off costs itself, and is shown; the lines beside it are read."""
    seen = read(written('{"id": "a"}\n[1, 2]\n{"id": "b"}\n{"id": "c", "pho'))

    assert seen.codes() == [(2, None, "record_unreadable"), (4, None, "record_unreadable")]
    assert seen.flaws[1].shown == '{"id": "c", "pho'
    assert [seen.rows[number] for number in (1, 3)] == [["a"], ["b"]]


def test_objects_within_an_object(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """Objects within a row become columns with dots, as metadata is written in any sheet."""
    seen = read(written('[{"patient": {"phone": "1", "name": {"first": "Ann"}}, "metadata": {"room": "4"}}]'))

    assert seen.headings == ("patient.phone", "patient.name.first", "metadata.room")
    assert seen.rows == {1: ["1", "Ann", "4"]}


def test_list_within_an_object(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """The one list of objects is the sheet, whatever stands around it."""
    document = {"total": 2, "page": {"next": None}, "data": {"appointments": WEEK}}

    seen = read(written(json.dumps(document)))

    assert (seen.name, seen.rows) == ("data.appointments", ROWS)


def test_lists_are_chosen_as_sheets_are(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """Of several lists the first is read and the others are named; --sheet takes another one."""
    path = written(json.dumps({"appointments": WEEK, "rooms": [{"name": "4"}]}))

    assert read(path).rows == ROWS
    assert read(path).notes == ("Sheet “rooms” ignored.",)
    assert read(path, sheet="Rooms").rows == {1: ["4"]}


def test_list_with_something_else_in_it_is_read(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """An element that is no object is a problem of its row; before, another list was read in the place of its list."""
    seen = read(written(json.dumps({"appointments": [WEEK[0], None], "earlier": WEEK})))

    assert seen.rows[1] == ROWS[1]
    assert seen.notes == ("Sheet “earlier” ignored.",)
    assert seen.codes() == [(2, None, "record_unreadable")]


def test_single_object_is_one_row(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """A file of one object, which a night of one appointment leaves, is a file of one row."""
    assert read(written('{"id": "1001", "phone": "2125550101"}\n')).rows == {1: ["1001", "2125550101"]}


DEEP = 100_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("[]", "json_without_rows", id="no-rows"),
        pytest.param("{}", "json_without_rows", id="empty-object"),
        pytest.param("[[1, 2], [3, 4]]", "json_without_rows", id="lists-in-a-list"),
        pytest.param('[{"id": 1}', "json_damaged", id="cut-off"),
        pytest.param('[{"id": 1},\n{"id": 2,,}]', "json_damaged", id="comma-too-many"),
        pytest.param('{"id": 1}{"id": 2}', "json_damaged", id="two-documents"),
        pytest.param('{\n"id": 1\n}\n{\n"id": 2\n}', "json_damaged", id="two-documents-on-lines"),
        pytest.param("[" * DEEP + "]" * DEEP, "json_too_deep", id="lists-within-lists"),
        pytest.param('{"a":' * DEEP + "1" + "}" * DEEP, "json_too_deep", id="objects-within-objects"),
        pytest.param('[{"a":' + "[" * DEEP, "json_too_deep", id="lists-without-end"),
        pytest.param('{"a": 1}\n' + '{"b": "' + "x" * 33_000_000 + '"}', "line_too_long", id="a-line-of-33-mb"),
        pytest.param("[\n" + '{"id":\n1},\n' * 5_000_000 + "{}]", "file_too_large", id="60-mb-on-many-lines"),
        pytest.param(
            "\n".join(json.dumps({f"name {place}": 1}) for place in range(300)), "too_many_columns", id="300-names"
        ),
    ],
)
def test_refused_soon_and_by_name(
    written: Callable[..., Path], refusal: Callable[..., FileRefused], content: str, code: str
) -> None:
    """What is no table of records, or a trap, is refused within ten seconds with a sentence and a way out."""
    path = written(content)
    began = processor_s()

    refused = refusal(path)

    assert refused.code == code
    assert refused.fix
    assert processor_s() - began < 10


def test_a_line_that_goes_too_deep_is_no_record(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """It is told with its record, whatever stands in its texts; brackets of a text, and many side by side, are no depth."""
    deep = '{"id": ' + "[" * 150 + "]" * 150 + "}"
    lines = [
        '{"id": "a"}',
        deep,
        '{"id": "' + "[{" * 300 + '"}',
        '{"id": [' + "[]," * 300 + "1]}",
        '{"id": "\\"", "b": 1}',
    ]

    seen = read(written("\n".join(lines)))

    assert seen.codes() == [(2, None, "record_unreadable")]
    assert seen.rows[3][0] == "[{" * 300
    assert list(seen.rows) == [1, 2, 3, 4, 5]


def test_many_deep_lines_end_soon(written: Callable[..., Path], read: Callable[..., Any]) -> None:
    """Thousands of lines, each as deep as a parser goes, cost no more than other lines."""
    count = longer(500, 20_000)
    began = processor_s()

    seen = read(written('{"id": "a"}\n' + ('{"a":' * 900 + "1" + "}" * 900 + "\n") * count), limits=Limits(seconds=60))

    assert len(seen.codes()) == count
    assert processor_s() - began < 10


def test_hundred_megabytes_in_one_line(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A line of 100 MB is refused before it is read to its end, and so is a list of as much."""
    path = tmp_path / "week.json"
    with path.open("wb") as file:
        file.write(b'[{"phone": "')
        for _ in range(100):
            file.write(b"5" * 1_000_000)
    began = processor_s()

    assert refusal(path).code == "line_too_long"
    assert processor_s() - began < 10


def test_memory_limit_ends_the_child(written: Callable[..., Path], refusal: Callable[..., FileRefused]) -> None:
    """A document that takes more memory than is allowed is refused, and names the way out."""
    refused = refusal(written("[" + "{}," * 4_000_000 + "{}]"), limits=Limits(memory_bytes=200_000_000))

    assert refused.code == "workbook_too_large"
    assert "JSON" in str(refused)


@pytest.mark.parametrize(
    "content",
    [
        '{"week": [{"id": "1"}], "week": [{"id": "2"}]}',
        '{"data": {"week": [{"id": "1"}]}, "data": {"week": [{"id": "2"}]}}',
        '{"resourceType": "Bundle", "entry": [], "entry": [{"resource": {"resourceType": "Appointment"}}]}',
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}, "resource": {"resourceType": "Appointment"}}]}',
    ],
)  # fmt: skip
def test_lists_under_one_name_are_refused(
    content: str, written: Callable[[bytes | str], Path], refusal: Callable[..., FileRefused]
) -> None:
    """Of two lists under one name every reader would take another one, and leave the other's people out."""
    assert refusal(written(content)).code == "json_damaged"


def test_blank_records_under_many_names(tmp_path: Path, refusal: Any) -> None:
    """Records of three bytes that become rows of two hundred blank cells are refused."""
    path = tmp_path / "week.ndjson"
    path.write_text('{"a": 1, ' + ", ".join(f'"c{at}": 1' for at in range(200)) + "}\n" + "{}\n" * 600_000)

    assert refusal(path).code == "workbook_bomb"
