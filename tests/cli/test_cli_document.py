"""What the READMEs take from the program."""

from __future__ import annotations

import re

import click
import pytest

import sample_data
from importer.cli import reference
from importer.cli.entry import importer
from importer.errors import Exit
from importer.model.statuses import Status
from importer.problems import KINDS
from importer.settings import SETTINGS
from schemas.fields import FIELDS

TABLES = {
    reference.commands_table: list(reference.COMMANDS),
    reference.settings_table: [setting.environment for setting in SETTINGS],
    reference.exit_codes_table: [str(int(code)) for code in Exit],
    reference.statuses_table: [status.value for status in Status],
    reference.fields_table: [field.name for field in FIELDS],
    reference.problems_table: list(KINDS),
    reference.status_words_table: ["cancelled", "noshow", "deceased", "rescheduled"],
    reference.samples_table: sample_data.names(),
    reference.profile_table: ["columns", "event_types", "duration_unit"],
}


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_table_is_complete_and_well_formed(make: object) -> None:
    """Every entry stands in its table, and every line has as many cells as the heading."""
    lines = make().splitlines()  # type: ignore[operator]
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}

    assert len(widths) == 1
    assert all(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", "\n".join(lines)) for word in TABLES[make])  # type: ignore[index]


def test_problem_table_holds_no_templates() -> None:
    """A fix reads as a sentence: no placeholder and no doubled brace of its template is left in it."""
    text = reference.problems_table()

    assert re.findall(r"\{(?:field|value|detail)\}|\{\{|\}\}", text) == []


def test_help_of_every_command_is_given() -> None:
    """Each command and each command under it has its help, with no line too wide for a page."""
    helps = dict(reference.helps())

    assert {f"importer {name}" for name in reference.COMMANDS} <= set(helps)
    assert {"importer config show", "importer ledger find"} <= set(helps)
    assert max(len(line) for text in helps.values() for line in text.splitlines()) <= reference.WIDTH
    assert all("Usage: importer" in text for text in helps.values())


def test_help_of_one_command_can_be_asked_for() -> None:
    """One command's help stands alone."""
    assert reference.command_help("config", "show").startswith("Usage: importer config show")


def all_commands() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}

    def see(command: click.Command, path: str) -> None:
        found[path] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                see(child, f"{path} {name}")

    see(importer, "importer")
    return found


@pytest.mark.parametrize("path", all_commands())
def test_no_argument_hides_behind_an_option(path: str) -> None:
    """No two parameters of a command share a name: the later one would silently take the other's value."""
    names = [parameter.name for parameter in all_commands()[path].params]

    assert len(names) == len(set(names))
