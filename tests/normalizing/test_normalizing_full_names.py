"""First and last name in one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from importer.columns import match
from importer.model.profile import Profile
from importer.normalizing import normalize
from importer.normalizing.names_and_texts import Names, split_name

if TYPE_CHECKING:
    from importer.model.profile import NameOrder


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Okafor, Ngozi", Names("Ngozi", "Okafor")),
        ("OKAFOR,NGOZI", Names("NGOZI", "OKAFOR")),
        ("Okafor, Ngozi M.", Names("Ngozi M.", "Okafor")),
        ("de la Torre, Luz Maria", Names("Luz Maria", "de la Torre")),
        ("Okafor, Dr. Ngozi", Names("Ngozi", "Okafor")),
        ("Okafor, Ngozi, MD", Names("Ngozi", "Okafor MD")),
        ("Reed, Sam Jr.", Names("Sam", "Reed Jr.")),
    ],
)
def test_a_comma_tells_which_is_which(text: str, names: Names) -> None:
    """``Last, First`` is sure, whatever order the profile declares for the others."""
    assert split_name(text) == split_name(text, "first last") == split_name(text, "last first") == names


@pytest.mark.parametrize(
    ("text", "order", "names"),
    [
        ("Ngozi Okafor", "first last", Names("Ngozi", "Okafor")),
        ("Okafor Ngozi", "last first", Names("Ngozi", "Okafor")),
        ("Luz de la Torre", "first last", Names("Luz", "de la Torre")),
        ("de la Torre Luz", "last first", Names("Luz", "de la Torre")),
        ("Anne Marie van den Berg", "first last", Names("Anne Marie", "van den Berg")),
        ("Mrs. Ngozi Okafor", "first last", Names("Ngozi", "Okafor")),
        ("Sam Reed Jr.", "first last", Names("Sam", "Reed Jr.")),
        ("Sam Reed, DDS", "first last", Names("Sam", "Reed DDS")),
    ],
)
def test_a_declared_order_splits_the_others(text: str, order: NameOrder, names: Names) -> None:
    """Without a comma the profile's order decides; a last name may begin with a particle."""
    assert split_name(text, order) == names


@pytest.mark.parametrize(
    "text",
    [
        "Ngozi Okafor",
        "Okafor",
        "Okafor, MD",
        "Okafor, Ngozi, Ada",
        "Okafor,",
        ", Ngozi",
        "Sam & Ada Reed",
        "Sam and Ada Reed",
        "Reed, Sam (Sammy)",
        "Reed, Sam/Ada",
        "Reed 2, Sam",
        "sam@example.com",
        "Household",
    ],
)
def test_what_is_not_sure_is_not_split(text: str) -> None:
    """Two words without an order, one word, two people, notes: none is guessed."""
    assert split_name(text) is None


def normal(rows: dict[str, list[str]]) -> tuple[list[str], list[str], list[tuple[str, list[int]]]]:
    found = normalize(pd.DataFrame(rows, dtype=object), Profile())
    told = [(reason.code, reason.positions.tolist()) for reason in found.reasons]
    values = found.values
    return values.column("firstName").tolist(), values.column("lastName").tolist(), told


def test_each_row_says_what_became_of_its_name() -> None:
    """A cell that is not sure leaves the name out, with a warning; an id under the heading is passed over."""
    found = normal({"fullName": ["Okafor, Ngozi", "Ngozi Okafor", "", "10233", "NULL", "O&#39;Neil, Sam"]})

    assert found == (
        ["Ngozi", "", "", "", "", ""],
        ["Okafor", "", "", "", "", ""],
        [("name_not_split", [1]), ("name_placeholder", [4]), ("text_broken", [5])],
    )


def test_a_row_s_own_names_go_first() -> None:
    """Where the profile maps all three columns, a full name fills rows that have neither first nor last name."""
    found = normal({"firstName": ["Ada", ""], "lastName": ["", ""], "fullName": ["Reed Sam", "Okafor, Ngozi"]})

    assert found == (["Ada", "Ngozi"], ["", "Okafor"], [])


def test_a_full_name_is_told_about_only_where_it_counts() -> None:
    """What is said of full names, each with its detail, stands at the rows that have no name of their own."""
    typed = pd.DataFrame({"firstName": ["Ada", "", ""], "fullName": ["x" * 300, "y" * 301, "z" * 302]}, dtype=object)
    (found,) = normalize(typed, Profile()).reasons

    assert (found.code, found.positions.tolist(), list(found.details)) == ("text_too_long", [1, 2], ["301", "302"])


@pytest.mark.parametrize(
    ("headings", "column"),
    [
        (["Phone", "Patient Name"], 1),
        (["Client", "Phone"], 0),
        (["Client", "Phone", "Customer name"], 2),
        (["Patient", "First name", "Phone"], None),
        (["Patient Name", "Surname", "Phone"], None),
        (["Phone", "Clinic name"], None),
    ],
)
def test_headings_of_full_names(headings: list[str], column: int | None) -> None:
    """The usual headings are known; beside a first or last name, or a plainer heading, they stand back and refuse nothing."""
    found = match(headings, Profile())

    assert (found.fields.get("fullName"), found.doubled) == (column, {})


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *((text, order) for text in ("Ana Lopez, Bob Lopez", "ANA LOPEZ, Bob Lopez", "Lopez Ana, Lopez Bob", "Ana de la Cruz, Luis de la Cruz") for order in (None, "first last")),
        ("Ana Lopez, Bob Smith", "first last"),
        ("Mrs. Ana Lopez, Mr. Bob Smith", "first last"),
        *((text, "first last") for text in ("Ana e Bruno Lopes", "Jan en Piet Bakker", "Eva och Nils Berg", "Jean ou Marie Roy", "Max oder Eva Berg", "Ayşe ve Ali Kaya")),
        ("Bakker, Jan en Piet", None),
    ],
)  # fmt: skip
def test_two_people_in_one_cell_are_not_split(text: str, order: NameOrder | None) -> None:
    """With one last name they are two people, and two full names are where names are declared to be first last; so are those that a word joins."""
    assert split_name(text, order) is None


@pytest.mark.parametrize(
    ("text", "order", "names"),
    [
        ("García López, Ana María", None, Names("Ana María", "García López")),
        ("García López, Ana María", "last first", Names("Ana María", "García López")),
        ("van den Berg, Jan Willem", "first last", Names("Jan Willem", "van den Berg")),
        ("de la Cruz, Mary Ann", "first last", Names("Mary Ann", "de la Cruz")),
        ("García López, Ana", "first last", Names("Ana", "García López")),
        ("García López, Ana M.", "first last", Names("Ana M.", "García López")),
        ("Reed Fox, Sam Jr.", "first last", Names("Sam", "Reed Fox Jr.")),
        ("Costa e Silva, Ana", "first last", Names("Ana", "Costa e Silva")),
        ("Ana Maria e Silva", "first last", Names("Ana Maria", "e Silva")),
        ("Ana E Lopez", "first last", Names("Ana", "E Lopez")),
        ("Martin, Martin", None, Names("Martin", "Martin")),
        ("Tan, Wei En", "first last", Names("Wei En", "Tan")),
    ],
)  # fmt: skip
def test_one_person_with_names_of_several_words(text: str, order: NameOrder | None, names: Names) -> None:
    """Two last names before a comma, a particle, an initial, a suffix and a middle name are those of one person."""
    assert split_name(text, order) == names
