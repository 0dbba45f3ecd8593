"""What people see when something stops a command."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from importer import errors
from importer.cli.entry import TerminatedError, asks_for, expected, failure_of, snake, unexpected
from importer.cli.terminal import ReaderGoneError
from importer.errors import FileRefused, ImporterError, LedgerFull, LedgerLocked

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "Ana 415-555-2671"


def fail_deeply() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise KeyError(CANARY) from error


def caught(function: object) -> BaseException:
    with pytest.raises(Exception) as found:  # noqa: PT011 - which one does not matter here
        function()  # type: ignore[operator]
    return found.value


def test_bug_is_told_without_anybodys_data() -> None:
    """A bug's traceback has files, lines and code, but neither messages nor values; also of what led to it."""
    failure = unexpected(caught(fail_deeply))
    told = "\n".join([failure.message, failure.fix, *failure.details])

    assert CANARY not in told
    assert "ValueError" in told
    assert "KeyError" in told
    assert "int(CANARY)" in told
    assert "test_cli_failures.py" in told
    assert failure.exit_code == 1


def test_message_of_raise_is_shown_as_code_only() -> None:
    """The line that raises is shown as it stands in the program, not as it was filled in."""
    details = unexpected(caught(fail_deeply)).details

    assert any("raise KeyError(CANARY)" in line for line in details)
    assert details[-1] == "KeyError"


def test_expected_error_is_a_sentence_with_its_fix() -> None:
    """The importer's own errors keep their sentence, fix and code."""
    failure = expected(FileRefused("The sheet is empty.", code="sheet_empty", fix="Add rows."))

    assert (failure.exit_code, failure.code, failure.message, failure.fix) == (
        3,
        "sheet_empty",
        "The sheet is empty.",
        "Add rows.",
    )


def error_classes() -> list[type[ImporterError]]:
    return [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, ImporterError)]


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_keeps_its_exit_code(kind: type[ImporterError]) -> None:
    """Each class of the tree ends with its own exit code."""
    message = () if kind is LedgerFull else ("x",)  # which has its own words
    error = kind(*message, code="y") if issubclass(kind, FileRefused) else kind(*message)

    assert failure_of(error).exit_code == kind.exit_code


def test_code_of_an_error_is_its_name() -> None:
    """Programs get a code that is made of the class's name."""
    assert expected(LedgerLocked("held")).code == "ledger_locked"
    assert snake("SettingsError") == "settings_error"


def test_interrupt_is_no_bug() -> None:
    """Ctrl-C outside of sending ends with 130 and no traceback."""
    failure = failure_of(KeyboardInterrupt())

    assert (failure.exit_code, failure.details) == (130, ())


def test_reader_that_left_is_past_ordinary_handlers() -> None:
    """No room's ``except Exception`` can swallow that the reader of the rows has gone."""
    assert not issubclass(ReaderGoneError, Exception)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("check a.csv --json", True), ("check --json", True), ("check -- --json", False), ("check a.csv", False)],
)
def test_json_is_noticed_before_the_line_is_parsed(line: str, *, wanted: bool) -> None:
    """A line that is wrong otherwise still gets its error as JSON; a file of that name does not count."""
    assert asks_for(line.split(), "--json") is wanted


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_bug_in_a_command_shows_no_data(
    within: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    """A command that fails on somebody's data ends with 1, says so, and quotes nothing of it."""

    def broken(*_: object, **__: object) -> None:
        fail_deeply()

    monkeypatch.setattr("importer.cli.config_command.effective", broken)
    ran = within("config", "show", *form)

    assert ran.code == 1
    assert CANARY not in ran.out + ran.err
    assert "Please report it" in ran.err
    assert not form or ran.document["error"]["code"] == "bug"


def test_file_that_ends_early_is_a_bug_and_no_interrupt(
    within: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Click takes EOFError for Ctrl-C; here it is told as what it is."""

    def broken(*_: object, **__: object) -> None:
        raise EOFError(CANARY)

    monkeypatch.setattr("importer.cli.config_command.effective", broken)
    ran = within("config", "show")

    assert ran.code == 1
    assert "EOFError" in ran.err
    assert CANARY not in ran.err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (TerminatedError, 143), (ReaderGoneError, 141)])
def test_stop_outside_of_sending_has_its_code(
    within: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: type[BaseException], code: int
) -> None:
    """Ctrl-C, SIGTERM and a reader that left end with their codes and without a traceback."""

    def stopped(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("importer.cli.config_command.effective", stopped)
    ran = within("config", "show")

    assert ran.code == code
    assert "File" not in ran.err


def test_thread_that_fails_shows_no_data(within: Callable[..., Any]) -> None:
    """An exception that ends a thread is shown without its message."""
    code = (
        "import threading\nfrom importer.cli.entry import run\nrun(['--version'])\n"
        # Put together when it runs: from 3.13 on a traceback shows the lines of code given with -c, too.
        "def fail():\n    raise ValueError('-'.join(('Ana', '415', '555', '2671')))\n"
        "thread = threading.Thread(target=fail)\nthread.start()\nthread.join()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert "ValueError" in done.stderr
    assert "415-555-2671" not in done.stderr
