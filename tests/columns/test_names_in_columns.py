"""Columns called Name: a first name beside a last name, and full names that were typed in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.columns import match
from importer.model.chunks import Chunk
from importer.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE = (("Ana", "Lopez"), ("Bob", "Smith"), ("Mary Ann", "O'Brien"), ("José", "de la Cruz"))


def fields(headings: Sequence[str], *rows: Sequence[str]) -> dict[str, str]:
    """Return field -> heading of a sheet of these columns beside a phone."""
    cells = [[*row, f"212555010{place}"] for place, row in enumerate(rows)]
    matching = match((*headings, "Phone"), Profile(), Chunk(pd.DataFrame(cells, dtype=object)))
    return {name: matching.headings[at] for name, at in matching.fields.items() if name != "phone"}


@pytest.mark.parametrize(
    ("name", "last"),
    [("Name", "Surname"), ("Patient name", "Surname"), ("NAME", "Last name"), ("Client's name", "Family name"), ("Name", "Nachname"), ("Naam", "Achternaam"),
     ("Nombre", "Apellido"), ("Nome", "Cognome"), ("Nome", "Sobrenome"), ("Customer name", "Lname")],
)  # fmt: skip
def test_name_beside_a_last_name_is_the_first_name(name: str, last: str) -> None:
    """What is called Name is the first name where the last name has a column of its own."""
    assert fields((name, last), *PEOPLE) == {"firstName": name, "lastName": last}


@pytest.mark.parametrize(
    ("headings", "rows", "expected"),
    [
        (("Name", "Surname"), [("Ana Lopez", "Lopez"), ("Bob", "Smith")], {"lastName": "Surname"}),
        (("Patient name", "Surname"), [("Lopez, Ana", "Lopez"), ("Smith, Bob", "Smith")], {"lastName": "Surname"}),
        (("Name", "Surname"), [("Deep tissue", "Lopez"), ("Hot stone", "Smith")], {"lastName": "Surname"}),
        (("Name", "Surname"), [("Room 1", "Lopez"), ("Room 2", "Smith")], {"lastName": "Surname"}),
        (("Name", "Vorname"), [("Lopez", "Ana"), ("Smith", "Bob")], {"firstName": "Vorname", "lastName": "Name"}),
        (("Name", "First name", "Surname"), [("x", "Ana", "Lopez")], {"firstName": "First name", "lastName": "Surname"}),
        (("Name", "Names", "Surname"), [("Ana", "Bob", "Lopez")], {"lastName": "Surname"}),
        (("Contact name", "Surname"), [("Ana", "Lopez")], {"lastName": "Surname"}),
        (("Doctor name", "Surname"), [("Ana", "Lopez")], {"lastName": "Surname"}),
        (("Preferred name", "Surname"), [("Ana", "Lopez")], {"lastName": "Surname"}),
    ],
)  # fmt: skip
def test_other_names_beside_a_last_name(
    headings: Sequence[str], rows: Sequence[Sequence[str]], expected: dict[str, str]
) -> None:
    """Full names, services, rooms, other people and two such columns are no first name."""
    assert fields(headings, *rows) == expected


@pytest.mark.parametrize(
    "names", [("ana lopez", "bob smith"), ("maría de la cruz", "jean-luc roy"), ("lopez, ana", "smith, bob")]
)
def test_full_names_typed_in_lower_case(names: Sequence[str]) -> None:
    """A column called Name without one capital holds full names, as one with capitals does."""
    assert fields(("Name",), *([name] for name in names)) == {"fullName": "Name"}


@pytest.mark.parametrize(
    "cells",
    [
        ("root canal", "deep cleaning"),
        ("ana", "bob"),
        ("Ana Lopez", "new patient"),
        ("consulta general", "limpieza dental"),
    ],
)
def test_what_else_stands_in_lower_case(cells: Sequence[str]) -> None:
    """Services, single words and a mix of both are no full names."""
    assert fields(("Name",), *([cell] for cell in cells)) == {}
