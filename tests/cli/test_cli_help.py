"""``importer help``, and tables that fit the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from importer.cli import terminal
from importer.cli.terminal import Styled, table

Within = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ((), "Usage: importer [OPTIONS] COMMAND"),
        (("plan",), "Usage: importer plan [OPTIONS] FILE..."),
        (("config", "check"), "Usage: importer config check [OPTIONS]"),
        (("ledger",), "Usage: importer ledger [OPTIONS] COMMAND"),
    ],
)
def test_help_shows_what_the_option_shows(
    within: Within, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], begins: str
) -> None:
    """Importer help COMMAND prints what importer COMMAND --help prints."""
    assert within("help", *words).code == 0
    helped = capsys.readouterr().out
    assert within(*words, "--help").code == 0
    asked = capsys.readouterr().out

    assert helped == asked
    assert helped.startswith(begins)


@pytest.mark.parametrize("words", [("paln",), ("plan", "more")])
def test_help_for_what_is_no_command(within: Within, words: tuple[str, ...]) -> None:
    """An unknown command is told on stderr."""
    ran = within("help", *words)

    assert (ran.code, ran.out) == (2, "")
    assert "There is no command" in ran.err


class Screen:
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, columns: int, *rows: tuple[str, ...], cut: bool = True) -> list[str]:
    monkeypatch.setattr(sys, "stdout", Screen())
    monkeypatch.setattr(terminal.shutil, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
    made = list(table(("Row", "What"), rows, right=(0,), cut=cut))
    return [line.text if isinstance(line, Styled) else str(line) for line in made]


SENTENCE = 'Column C "Mobile phone": “212-555-01” is too short for a phone number, and needs an area-code.'


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_a_long_cell_goes_on_in_lines_of_whole_words(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """No line is wider than the screen, each further one stands below the cell, and no word is broken."""
    heading, *lines = printed(monkeypatch, columns, ("12", SENTENCE))

    assert heading == "Row  What"
    assert all(len(line) <= columns for line in lines)
    assert lines[0].startswith(" 12  Column C")
    assert all(line.startswith("     ") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == f"12 {SENTENCE}"


def test_what_is_to_be_copied_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of paths keeps each whole on its line, on any screen."""
    path = "/srv/" + "/".join(["long-folder-name"] * 8)

    assert printed(monkeypatch, 80, ("1", path), cut=False)[1] == f"  1  {path}"
