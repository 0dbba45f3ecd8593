"""What the text of a cell tells of itself in every kind of file: errors, ``="..."``, broken letters, length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import xlsxwriter

from importer.reading import csv_rows
from importer.reading.cell_texts import is_broken, is_error_word

if TYPE_CHECKING:
    from pathlib import Path

    from importer.errors import FileRefused

Read = Callable[..., Any] if TYPE_CHECKING else Any

ERRORS = (
    "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#BLOCKED!", "#n/a", " #REF! ",
    "Err:502", "err:508", "Fehler:504", "#NV", "#BEZUG!", "#WERT!", "#ÜBERLAUF!", "#NOMBRE!", "#¡DIV/0!", "#¿NOMBRE?", "#N/D", "#RIF!",
    "#DĚLENÍ_NULOU!", "#ПУСТО!", "#Н/Д", "#ERROR!", "########",
)  # fmt: skip


@pytest.mark.parametrize("word", ERRORS)
def test_error_words(word: str) -> None:
    """A cell that shows nothing but an error is one, in each language."""
    assert is_error_word(word)


@pytest.mark.parametrize(
    "cell",
    ["#4", "Apt #4", "#1", "###", "#hope", "#Hope!", "No. #A1", "Err", "Error: 42", "Erna", "#REF! Smith", "N/A", ""],
)
def test_words_that_are_no_errors(cell: str) -> None:
    """A number sign alone makes no error: flat numbers, tags and names stay."""
    assert not is_error_word(cell)


@pytest.mark.parametrize("many", [1, 40])
def test_errors_in_a_text_file(text: Callable[..., Path], read: Read, many: int) -> None:
    """An error word is a flaw of its cell in a text file too, whichever way its rows are cut."""
    rows = ["phone,firstName,note"] + ["1,Ana,Apt #4"] * many + ["2,#BEZUG!,x"] + ["3,Cy,#VALUE!"] * many

    with patch.object(csv_rows, "ROWS_AT_FIRST", 1):
        seen = read(text("\n".join(rows)), chunk_rows=20)

    wrong = many + 2
    assert seen.codes() == [(wrong, 1, "cell_error"), *((wrong + n, 2, "cell_error") for n in range(1, many + 1))]
    assert seen.flaws[0].shown == "#BEZUG!"


def test_errors_pasted_as_text_into_a_workbook(tmp_path: Path, read: Read) -> None:
    """An error word that was pasted as a value is a flaw like one that was computed."""
    path = tmp_path / "pasted.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["phone", "firstName"])
        sheet.write_row(1, 0, ["#N/A", "Ana"])

    assert read(path).codes() == [(2, 0, "cell_error")]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ('="2125550102"', "2125550102"),
        ('"=""say """"hi"""""""', 'say "hi"'),
        ('=""', ""),
        ('"=""a,b"""', "a,b"),
        ('="00123"&"4"', '="00123"&"4"'),
        ("=00123", "=00123"),
        ('="00123', '="00123'),
    ],
)
def test_text_as_formula(text: Callable[..., Path], read: Read, cell: str, shown: str) -> None:
    """``="00123"`` is the text that it shows, in any column; no other formula is touched."""
    seen = read(text(f"phone,firstName,note\n1,{cell},{cell}\n{cell},x,y\n"))

    assert seen.rows == {2: ["1", shown, shown], 3: [shown, "x", "y"]}


def test_headings_as_formulas(text: Callable[..., Path], read: Read) -> None:
    """Headings that an export wrote as ``="Phone"`` are known, and a row of empty ones is blank."""
    seen = read(text('="phone",="firstName"\n="",=""\n="1",="Ana"\n'))

    assert seen.headings == ("phone", "firstName")
    assert seen.rows == {3: ["1", "Ana"]}


@pytest.mark.parametrize(
    "cell",
    ["AndrÃ©", "MÃ¼ller", "PeÃ±a", "Å\x81ukasz", "PaweÅ‚", "HÃ\xa0", "Donâ€™t", "5â‚¬", "Ð¡ÐµÑ€Ð³ÐµÐ¹", "ðŸ˜€", "ÃƒÂ©", "AyÅŸe", "Zo+AOs-", "Zo+AOs", "M+APw-ller", "+AME-va"],
)  # fmt: skip
def test_broken_letters(cell: str) -> None:
    """Letters that were encoded twice, or left in UTF-7, are broken."""
    assert is_broken(cell)


@pytest.mark.parametrize(
    "cell",
    ["André", "São João", "Ångström", "Älska", "NIÑO", "CAFÉ", "Zoë", "Łukasz", "Сергей", "日本", "«voilà\xa0»", "R&D+A", "+12125550101", "ann+tag@example.com", "A+AB-", "Rh+", "VÄSTERÅS", "D’Arcy", "Ünal “Ü”", "50 °C", "10 €"],
)  # fmt: skip
def test_letters_that_are_right(cell: str) -> None:
    """Names and words of many languages are not taken for broken."""
    assert not is_broken(cell)


def test_broken_letters_are_told(text: Callable[..., Path], read: Read) -> None:
    """A cell of broken letters is told, its neighbours are read."""
    seen = read(text("phone,firstName\n1,José\n2,JosÃ©\n"))

    assert seen.codes() == [(3, 1, "text_broken")]
    assert seen.rows[2] == ["1", "José"]


@pytest.mark.parametrize(
    "name",
    [
        b"Andr\x82",
        b"Malm\x94",
        b"Fran\x87ois",
        b"Pe\xa4a",
        b"M\x81ller",
        b"\x99stlund",
        b"Jos\x82e",
        b"No\x89l",
        b"\x80elik",
    ],
)
def test_letters_of_dos_are_refused(
    text: Callable[..., Path], refusal: Callable[..., FileRefused], name: bytes
) -> None:
    """A file in a code page of DOS is refused, wherever in a name its letters stand."""
    assert refusal(text(b"phone,firstName,note\n1," + name + b",n\n")).code == "encoding_unknown"


@pytest.mark.parametrize(
    "name",
    [
        "Andr\xe9",
        "Smith\x96Jones",
        "O\x92Brien",
        "\x93Bo\x94",
        "Ann\xa0Lee",
        "etc\x85",
        "\x8aimon",
        "5 m\xb2",
        "\x8010",
        "\xa1Hola!",
    ],
)
def test_letters_of_windows_are_read(text: Callable[..., Path], read: Read, name: str) -> None:
    """Windows-1252 with its quotation marks, dashes and accents is read."""
    raw = name.encode("latin-1")

    seen = read(text(b"phone,firstName,note\n1," + raw + b",\xe9\n"))

    assert seen.rows[2][1] == raw.decode("cp1252")


LONG = "x" * 33_000


@pytest.mark.parametrize(
    "row",
    [
        f'2,"{LONG}\nGHOST,4155550199,z\nmore","Bo"',
        f'"2\na","{LONG}\nGHOST,4155550199,z","Bo"',
        f'2,"{"a line of the cell,x,y" + chr(10)}{LONG}","Bo"',
        f'2,"{("line" + chr(10)) * 9_000}","Bo"',
    ],
    ids=["break_behind", "break_in_a_neighbour", "break_before", "breaks_alone"],
)  # fmt: skip
def test_a_long_cell_is_never_torn(text: Callable[..., Path], read: Read, row: str) -> None:
    """A quoted cell that is too long is one flaw of its row; nothing inside it becomes a row, and later numbers hold."""
    seen = read(text(f"phone,note,firstName\n1,n,Ana\n{row}\n3,n,Cy\n"))

    assert seen.codes() == [(3, 1, "cell_too_long")]
    assert list(seen.rows) == [2, 3, 4]
    assert seen.rows[3][2] == "Bo"
    assert seen.rows[4] == ["3", "n", "Cy"]


def test_long_cells_do_not_pile_up(text: Callable[..., Path], read: Read) -> None:
    """Rows of long cells are handed on by their text, however few they are."""
    rows = "".join(f'{n},"{LONG}\n"\n' for n in range(60))

    with patch.object(csv_rows, "MOST_CHARACTERS", 100_000):
        seen = read(text("phone,note\n" + rows))

    assert len(seen.rows) == 60
    assert {code for *_, code in seen.codes()} == {"cell_too_long"}


@pytest.mark.parametrize("between", [", ", ",  ", "; ", "\t "])
def test_blanks_before_quotation_marks(text: Callable[..., Path], read: Read, between: str) -> None:
    """A blank between separator and quotation mark belongs to no cell."""
    rows = [["phone", "firstName", "lastName"], ["1", "Ana", "de, la; Cruz"], ["2", 'Bo "B"', "Lee"]]
    lines = [between.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]

    seen = read(text("\r\n".join(lines)))

    assert seen.headings == ("phone", "firstName", "lastName")
    assert list(seen.rows.values()) == rows[1:]
    assert seen.flaws == []
