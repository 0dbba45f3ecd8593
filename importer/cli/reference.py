"""
What the READMEs say of commands, settings, exit codes, fields, problems, statuses and samples, as Markdown.

Their generated parts are made by these functions, so that they cannot drift from the program.
"""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from importer.cli.entry import COMMANDS, CONTEXT, importer
from importer.errors import EXIT_MEANINGS
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.problems import KINDS, guard_kinds
from importer.problems.cell_places import general_fix
from importer.problems.guard_kinds import RELEASABLE
from importer.reporting.wording import MEANINGS
from importer.settings import SETTINGS
from importer.settings.table import CONFIG_VARIABLE, TOKEN_VARIABLE
from schemas.fields import FIELD, FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


WIDTH = 100


def commands_table() -> str:
    """Return the commands, each with its one line."""
    rows = [(f"`importer {name}`", lazy.summary) for name, lazy in COMMANDS.items()]
    return table(("command", "does"), rows)


def commands_help() -> str:
    """Return the help of every command, as the terminal shows it."""
    blocks = [f"### `{path}`\n\n```text\n{text}\n```" for path, text in helps()]
    return "\n\n".join(blocks)


def command_help(*names: str) -> str:
    """Return the help of one command: ``command_help("ledger", "export")``."""
    wanted = " ".join(("importer", *names))
    return next(text for path, text in helps() if path == wanted)


def helps() -> Iterator[tuple[str, str]]:
    """Yield the path and the help of each command and of each command under it."""
    yield from helps_of(importer, None, "importer")


def helps_of(command: click.Command, parent: click.Context | None, name: str) -> Iterator[tuple[str, str]]:
    """Yield a command's path and help, then those of its own commands."""
    settings: dict[str, Any] = {"terminal_width": WIDTH, **CONTEXT}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    with context:
        yield context.command_path, command.get_help(context)
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                child = command.get_command(context, below)
                if child is not None:
                    yield from helps_of(child, context, below)


def settings_table() -> str:
    """Return every setting with its option, environment variable, key in the file, default and meaning."""
    rows = [
        (
            f"`{setting.file_key}`",
            f"`{setting.option}{' ' + setting.metavar if setting.metavar else ''}`" if setting.is_option else "",
            f"`{setting.environment}`",
            setting.shown_default,
            setting.meaning,
        )
        for setting in SETTINGS
    ]
    rows.append(
        ("", "`--config FILE`", f"`{CONFIG_VARIABLE}`", "./importer.toml, then the user's own", "The settings file")
    )
    rows.append(("", "", f"`{TOKEN_VARIABLE}`", "", "The API token; never an option and never in the file"))
    rows.append(("", "", f"`{TOKEN_VARIABLE}_NAME`", "", "The API token of the tenant NAME"))
    return table(("importer.toml", "option", "environment", "default", "meaning"), rows)


def profile_table() -> str:
    """Return every key of a ``[profile.NAME]`` table with its default."""
    from importer.settings.profiles import MEANINGS_OF_KEYS

    defaults = dataclasses.asdict(Profile())
    rows = [(f"`{name}`", toml(defaults[name]), MEANINGS_OF_KEYS[name]) for name in MEANINGS_OF_KEYS]
    return table(("key", "default", "meaning"), rows)


def drop_table() -> str:
    """Return every key of a ``[drop.NAME]`` table with its default."""
    from importer.settings.drop_tables import MEANINGS_OF_KEYS, default_of

    return table(
        ("key", "default", "meaning"),
        [(f"`{name}`", default_of(name), MEANINGS_OF_KEYS[name]) for name in MEANINGS_OF_KEYS],
    )


def tenant_table() -> str:
    """Return every key of a ``[tenant.NAME]`` table."""
    from importer.settings.tenants.tenant_tables import MEANINGS_OF_TENANT

    return table(("key", "meaning"), [(f"`{name}`", meaning) for name, meaning in MEANINGS_OF_TENANT.items()])


def notify_table() -> str:
    """Return every key of the ``[notify]`` table."""
    from importer.settings.drop_tables import MEANINGS_OF_NOTIFY

    return table(("key", "meaning"), [(f"`{name}`", meaning) for name, meaning in MEANINGS_OF_NOTIFY.items()])


def toml(value: Any) -> str:
    """Return a default as it would stand in the file."""
    if value is None or value == {}:
        return ""
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def exit_codes_table() -> str:
    """Return the exit codes with their meanings."""
    return table(("exit", "meaning"), [(str(int(code)), meaning) for code, meaning in EXIT_MEANINGS.items()])


def statuses_table() -> str:
    """Return the statuses that a row may end in."""
    return table(("status", "meaning"), [(f"`{status.value}`", MEANINGS[status]) for status in Status])


def fields_table() -> str:
    """Return the fields with the headings that name them and what they mean."""
    rows = [
        (
            f"`{field.name}`",
            field.meaning,
            f"`{field.example}`",
            field.needs.get("create", ""),
            ", ".join(field.aliases),
        )
        for field in FIELDS
    ]
    return table(("field", "meaning", "example", "new appointment", "other headings for it"), rows)


def problems_table() -> str:
    """Return every kind of problem and warning by its code."""
    # A fix is a template for one row's value; here it must read well without any.
    rows = [
        (f"`{code}`", kind.severity.value, kind.title, general_fix(code, "")) for code, kind in sorted(KINDS.items())
    ]
    return table(("code", "", "what is wrong", "what to do"), rows)


def systems_table() -> str:
    """Return every known system: which columns become fields, what is asked once, and what it lacks."""
    from schemas.exports import names, spellings
    from schemas.exports.shape import export

    rows = []
    for name in names():
        told = export(name)
        matched = ", ".join(f"{spellings(each[0])[0]} = `{field}`" for field, each in told.columns.items())
        asked = [] if told.clock == "customer" else ["zone"]
        asked += ["whose clock"] if told.clock == "unsaid" else []
        asked += ["appointment types"]
        lacks = f"no {', '.join(FIELD[field].title.lower() for field in told.lacks)}" if told.lacks else ""
        status = ", ".join(spellings(each.heading)[0] for each in told.status)
        rows.append((told.title, f"`{name}`", matched, status, ", ".join(asked), lacks))
    return table(
        ("system", "name", "columns that become fields", "columns of words", "asked once", "refused: holds"), rows
    )


# What the words of a table of schemas.status_words mean: those that stop a row whose status is not used.
STATUS_WORDS: Final = {
    "CALLED_OFF": "cancelled",
    "NO_SHOW": "nobody came",
    "DECEASED": "the person has died",
    "GIVEN_UP": "given up or on hold",
    "OF_A_STATUS": "given up or on hold; in a status column only",
    "SHORT_MARKS": "short marks; in a status column only",
    "RESCHEDULED": "moved to another time",
}


def status_words_table() -> str:
    """Return the English words that stop a row whose status is not used, by what they mean."""
    from schemas import status_words

    words = {name: getattr(status_words, name)["en"].split() for name in STATUS_WORDS}
    return table(
        ("meaning", "English words"), [(meaning, ", ".join(words[name])) for name, meaning in STATUS_WORDS.items()]
    )


def samples_table() -> str:
    """Return the sample sheets with what each shows; a workbook that repeats a CSV file's rows has its number of rows."""
    import sample_data

    files = sample_data.expected()["files"]
    rows = [
        (f"`{name}`", str(len(files[each.get("same_as", name)]["rows"])), each["about"]) for name, each in files.items()
    ]
    return table(("file", "rows", "what it shows"), rows)


# What a hold's sentence may be told about: an example of each, as it is printed.
def held_cases() -> str:
    """Return each case in which a guard holds calls: the sentence and the way out exactly as they are printed."""
    blocks = []
    for kind in guard_kinds.HELD:
        if kind.is_warning:
            continue
        told = kind.about(**kind.example)
        released = f"`--release {kind.code}`" if kind.code in RELEASABLE else ""
        title = f"**{kind.title}** (`{kind.code}`{', ' + released if released else ''})"
        blocks.append(f"{title}\n\n> {told.message}\n> {told.fix}")
    return "\n\n".join(blocks)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [row_of(headings), row_of("---" for _ in headings), *map(row_of, rows)]
    return "\n".join(lines)


def row_of(cells: Iterable[str]) -> str:
    """Return one line of a Markdown table; what would end a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def modules_table() -> str:
    """Return every module of the importer with the first sentence of its docstring, a table a room, as Markdown."""
    root = Path(__file__).parents[1]
    lines: list[str] = []
    for room in (root, *sorted(path.parent for path in root.rglob("__init__.py") if path.parent != root)):
        if "migrations" in room.parts:
            continue
        named = [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]
        lines += ["", f"**{room.relative_to(root.parent).as_posix()}** {_first_sentence(room / '__init__.py')}", ""]
        lines += ["| module | |", "|---|---|"] if named else []
        lines += [f"| `{path.stem}` | {_first_sentence(path)} |" for path in named]
    return "\n".join(lines[1:])


def _first_sentence(path: Path) -> str:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n\n")[0].replace("\n", " ").replace("``", "`").replace("|", "/")
