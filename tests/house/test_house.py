"""The house stays one in which things are found: few files on a row's way, each thing by its name of the trade."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from house.modules import circles, counted, lengths, modules, names_given_twice
from house.way_of_a_row import follow

if TYPE_CHECKING:
    from pathlib import Path

# The goals of the house, reached; room that a change needs is made by merging modules of one idea, not by raising these.
MOST_FILES = 90
MOST_FORMS = 15
MOST_MODULES = 200
LONGEST = 450


def test_a_row_enters_few_files_in_few_forms(tmp_path: Path) -> None:
    """One row from its file to its report enters no more files, in no more forms, than it did before."""
    way = follow(tmp_path)

    assert len(way.files) <= MOST_FILES
    assert len(way.forms) <= MOST_FORMS, sorted(way.forms)


def test_there_are_not_too_many_modules() -> None:
    """The importer has no more modules than a person can find her way in, its packages counted."""
    assert len(counted()) <= MOST_MODULES


def test_no_module_is_longer_than_one_sitting() -> None:
    """No module has more than 450 lines."""
    assert {name: lines for name, lines in lengths().items() if lines > LONGEST} == {}


def test_no_name_stands_in_two_rooms() -> None:
    """Outside the command line, no two modules have the same base name."""
    assert names_given_twice() == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Modules import one way, imports for types and within functions included."""
    assert circles() == []


@pytest.mark.parametrize(
    ("word", "module"),
    [
        ("duplicate", "planning.duplicates"),
        ("retry", "cli.run_command"),
        ("conflict", "planning.duplicates"),
        ("interrupt", "interrupts"),
        ("queue", "ledger.call_queue"),
        ("double booking", "commands.evaluate_guards"),
    ],
)
def test_words_of_the_trade_lead_to_their_module(word: str, module: str) -> None:
    """Who searches for a word of the trade finds it in the name or the first lines of the module that does it."""
    text = modules()[f"importer.{module}"].read_text(encoding="utf-8")
    head = f"{module.replace('_', ' ')}\n{text[:1500]}".lower()

    assert re.search(word, head)
