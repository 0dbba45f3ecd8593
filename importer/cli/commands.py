"""
The list of commands.

Each stands in a module of its own, imported only when it is called or asked for help: ``importer --help`` reads
nothing but this table.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from importer import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = """
Send a spreadsheet of appointments to the Attentive Appointment Reminders API, and account for every row.

First: importer check FILE, then importer plan FILE, then importer run FILE. Without a file of your own:
importer demo.
"""


class Lazy(NamedTuple):
    """A command before it is imported: ``module`` in ``importer.cli``, its click object, and what help says of it."""

    module: str
    name: str
    summary: str


SECTIONS: Final[Mapping[str, Mapping[str, Lazy]]] = {
    "Send a sheet": {
        "check": Lazy("check_command", "check", "Validate files; sends nothing, records nothing"),
        "plan": Lazy("plan_command", "plan", "Show what would be sent, row by row; sends nothing"),
        "run": Lazy("run_command", "run", "Plan, send and report"),
        "cancel": Lazy("drafts.one_appointment_commands", "cancel", "Cancel one appointment"),
        "no-show": Lazy("drafts.one_appointment_commands", "no_show", "Send the no-show of one appointment"),
        "move": Lazy("drafts.one_appointment_commands", "move", "Move one appointment to another time"),
        "ingest": Lazy("ingest_command", "ingest", "Process every new file of drop folders once; for nightly jobs"),
    },
    "Finish a run": {
        "resume": Lazy("retry_command", "resume", "Finish a run that was interrupted"),
        "retry": Lazy("retry_command", "retry", "Send again what failed or was not sent"),
        "undo": Lazy("drafts.undo_command", "undo", "Make a draft that takes a run back"),
        "resolve": Lazy("retry_command", "resolve", "Settle rows whose outcome is unknown"),
    },
    "Look back": {
        "runs": Lazy("history_command", "runs", "List earlier runs, or show one"),
        "report": Lazy("history_command", "report", "Write a run's report again"),
        "explain": Lazy("history_command", "explain", "Show an appointment's history"),
        "ledger": Lazy("ledger_command", "ledger", "Manage the ledger (the local record of sent reminders)"),
    },
    "Serve the page": {
        "serve": Lazy("serve_command", "serve", "Serve the page for coordinators"),
        "users": Lazy("users_command", "users", "Manage who may log in to the page"),
    },
    "Prepare": {
        "setup": Lazy("setup_command", "setup", "Make a profile for a sheet, by few questions"),
        "template": Lazy("check_command", "template", "Write a workbook to fill in"),
        "columns": Lazy("check_command", "columns", "Show how a sheet's headings are understood"),
        "config": Lazy("config_command", "config", "Show and check the settings"),
    },
    "Try it out": {
        "demo": Lazy("sandbox_command", "demo", "Do the whole job on sample data, against a sandbox"),
        "sandbox": Lazy("sandbox_command", "sandbox", "Run a local stand-in for the API"),
    },
}
COMMANDS: Final[Mapping[str, Lazy]] = {name: lazy for section in SECTIONS.values() for name, lazy in section.items()}


@click.command("help", add_help_option=False)
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def _help(context: click.Context, words: tuple[str, ...]) -> None:
    """Show what a command does and its options, as COMMAND --help does."""
    found, left = context.find_root(), list(words)
    while left and isinstance(found.command, click.Group):
        name, command, left = found.command.resolve_command(found, left)
        found = click.Context(command, info_name=name, parent=found) if command is not None else found
    if left:
        raise click.UsageError(f'There is no command "{" ".join(words)}".', context.find_root())
    click.echo(found.get_help())


HELP: Final[click.Command] = _help


class Importer(click.Group):
    """The command ``importer``; its commands come from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, importing its module; None for an unknown name."""
        if cmd_name == HELP.name:
            return HELP
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command: click.Command = getattr(import_module(f"importer.cli.{lazy.module}"), lazy.name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a line; an unknown one is told with the nearest that there is."""
        if args and args[0] not in {*COMMANDS, HELP.name} and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'There is no command "{args[0]}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the commands by section, without importing any."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, lazy.summary) for name, lazy in section.items()])


CONTEXT: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

importer = Importer(name="importer", help=ABOUT, context_settings=CONTEXT, no_args_is_help=True)
importer = click.version_option(__version__, prog_name="importer", message="%(prog)s %(version)s")(importer)
