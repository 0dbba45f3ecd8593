"""
The list of commands; runs one, prints what it found, and gives the exit code. The one place that catches.

Each command stands in a module of its own, imported only when it is called or asked for help: ``importer --help`` reads
nothing but the table.

What the importer expects to go wrong is one sentence, its fix, and an exit code. Anything else is a bug: its
traceback shows files, lines and code, never a value or a message, because those may quote somebody's data.
"""

from __future__ import annotations

import difflib
import re
import signal
import sys
import threading
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import click

from importer import __version__
from importer.cli.terminal import Outcome, ReaderGoneError, Styled, Terminal
from importer.errors import Exit, FileRefused, ImporterError, bare_traceback, chain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType


REPORT_IT: Final = (
    "This is a bug in the importer. Please report it with the lines above; they hold none of your data. "
    "What was sent stands in the ledger; importer runs tells."
)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not end as asked; ``details`` are lines for stderr alone."""

    exit_code: int
    code: str
    message: str
    fix: str = ""
    details: tuple[str, ...] = ()

    def as_data(self) -> Mapping[str, Any]:
        """Return the members of the JSON document."""
        error = {"code": self.code, "message": self.message, "fix": self.fix}
        return {"exit_code": int(self.exit_code), "error": error}


def expected(error: ImporterError) -> Failure:
    """Return an error of the importer's own as sentence and fix."""
    return Failure(exit_code=error.exit_code, code=code_of(error), message=str(error), fix=error.fix)


def code_of(error: ImporterError) -> str:
    """Return an error's code for programs."""
    return error.code if isinstance(error, FileRefused) else snake(type(error).__name__)


def unexpected(error: BaseException) -> Failure:
    """Return a bug: the kinds of the chained exceptions and where they were raised, nothing of what they say."""
    lines = [line for link in reversed(list(chain(error))) for line in bare_traceback(link)]
    return Failure(
        exit_code=Exit.BUG,
        code="bug",
        message=f"Unexpected error ({type(error).__name__}).",
        fix=REPORT_IT,
        details=tuple(lines),
    )


def snake(name: str) -> str:
    """Return a class's name as a code: ``LedgerLocked`` is ``ledger_locked``, ``SettingsError`` ``settings_error``."""
    return _CAPITAL.sub("_", name).lower()


# 128 + SIGPIPE, as of any program whose reader has left; not one of ours, because nobody is there to read it.
READER_GONE: Final = 141
QUIET: Final = "IMPORTER_QUIET"


class TerminatedError(BaseException):
    """SIGTERM or SIGHUP came while nothing was being sent; past every ``except Exception``."""


def run(arguments: Sequence[str], terminal: Terminal | None = None) -> int:
    """Run one command line and return its exit code. Never raises."""
    screen = terminal or Terminal()
    screen.as_json = asks_for(arguments, "--json")
    screen.json_lines = screen.as_json and first_word(arguments) == "check"
    screen.quiet = asks_for(arguments, "--quiet") or is_set(screen.environ.get(QUIET, ""))
    prepare(screen)
    try:
        code = attempt(arguments, screen)
        screen.flush()
    except ReaderGoneError:
        code = READER_GONE
    if screen.lost:
        screen.remark(f"The output could not be written: {screen.lost}.")
    return code


def attempt(arguments: Sequence[str], screen: Terminal) -> int:
    """Run a command and print its outcome, or why there is none; return the exit code."""
    try:
        found = invoked(arguments, screen)
    except (Exception, KeyboardInterrupt, TerminatedError) as error:  # noqa: BLE001 - ``failure_of`` tells bugs from the rest
        return told(failure_of(error), screen)
    return finished(found, screen) if isinstance(found, Outcome) else int(found or 0)


def failure_of(error: BaseException) -> Failure:
    """Return what stopped a command, for people and programs."""
    if isinstance(error, click.exceptions.Abort):
        # Click calls both Ctrl-C and the end of a file an abort; the latter is a bug of ours.
        error = error.__cause__ if isinstance(error.__cause__, EOFError) else KeyboardInterrupt()
    if isinstance(error, KeyboardInterrupt):
        return Failure(Exit.INTERRUPTED, "interrupted", "Interrupted.")
    if isinstance(error, TerminatedError):
        return Failure(Exit.TERMINATED, "terminated", f"Stopped by {error or 'SIGTERM'}.")
    if isinstance(error, click.ClickException):
        return usage_failure(error)
    return expected(error) if isinstance(error, ImporterError) else unexpected(error)


def invoked(arguments: Sequence[str], screen: Terminal) -> Outcome | int | None:
    """Let click find and call the command."""
    found: Outcome | int | None = importer.main(
        args=list(arguments), prog_name="importer", standalone_mode=False, obj=screen
    )
    return found


def finished(outcome: Outcome, screen: Terminal) -> int:
    """Print an outcome and return its exit code."""
    if not screen.as_json:
        screen.result(outcome.lines)
    elif not outcome.streamed:
        screen.document(outcome.command, {"exit_code": int(outcome.exit_code), **outcome.data})
    screen.remark(*outcome.remarks)
    if screen.quiet and outcome.exit_code:
        screen.brief(*outcome.in_brief())
    return int(outcome.exit_code)


def told(failure: Failure, screen: Terminal) -> int:
    """Print a failure on stderr, in JSON form also on stdout, and return its exit code."""
    screen.remark(*failure.details)
    screen.remark(Styled(failure.message, "red"), *([failure.fix] if failure.fix else []))
    if screen.quiet:
        screen.brief(failure.message, *([failure.fix] if failure.fix else []))
    if screen.in_rows:
        # The rows that were written before are whole; the document ends with what stopped it.
        screen.end_of_rows("error", failure.as_data())
    elif screen.json_lines:
        screen.line("error", failure.as_data())
    elif screen.as_json:
        screen.document("error", failure.as_data())
    return int(failure.exit_code)


def usage_failure(error: click.ClickException) -> Failure:
    """Return a wrong command line as a sentence, with the help to ask for."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "importer"
    return Failure(Exit.USAGE, "usage", error.format_message(), f"See: {path} --help")


def asks_for(arguments: Sequence[str], option: str) -> bool:
    """Tell whether a command line has ``--json`` or ``--quiet``, also when it is wrong otherwise."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return option in options


def is_set(text: str) -> bool:
    """Tell whether an environment variable says yes; until the settings are read, which say it for good."""
    if not text.strip():
        return False
    from importer.settings.values import TRUE

    return text.strip().casefold() in TRUE


def first_word(arguments: Sequence[str]) -> str:
    """Return the command of a line, "" where there is none."""
    return next((word for word in arguments if not word.startswith("-")), "")


def prepare(screen: Terminal) -> None:
    """Keep everybody else off the streams: warnings, and tracebacks of threads with their messages."""
    for stream in (screen.out, screen.err):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    threading.excepthook = lambda hook: screen.remark(
        *(unexpected(hook.exc_value).details if hook.exc_value is not None else ())
    )
    sys.unraisablehook = lambda _hook: None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, terminate)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, terminate)


def terminate(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that files are closed and locks given back."""
    raise TerminatedError(signal.Signals(number).name)


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
        "resume": Lazy("run_command", "resume", "Finish a run that was interrupted"),
        "retry": Lazy("run_command", "retry", "Send again what failed or was not sent"),
        "undo": Lazy("drafts.undo_command", "undo", "Make a draft that takes a run back"),
        "resolve": Lazy("run_command", "resolve", "Settle rows whose outcome is unknown"),
    },
    "Look back": {
        "runs": Lazy("history_command", "runs", "List earlier runs, or show one"),
        "report": Lazy("history_command", "report", "Write a run's report again"),
        "explain": Lazy("history_command", "explain", "Show an appointment's history"),
        "ledger": Lazy("ledger_command", "ledger", "Manage the ledger (the local record of sent reminders)"),
    },
    "Serve the page": {
        "serve": Lazy("serve_command", "serve", "Serve the page for coordinators"),
        "users": Lazy("serve_command", "users", "Manage who may log in to the page"),
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
