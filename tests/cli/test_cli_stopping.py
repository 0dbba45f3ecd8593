"""Signals, and the question before sending."""

from __future__ import annotations

import io
import math
import os
import signal
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from importer.cli import working as asking_module
from importer.cli.terminal import Terminal
from importer.cli.working import FIRST, SECOND, alarm, asking, refuse_if_nobody_can_answer, sentence
from importer.commands.job import ignore
from importer.commands.run import Question
from importer.errors import Interrupted, UsageError
from importer.interrupts import StopSignal
from importer.model.sending_window import Reminding
from importer.model.statuses import Action
from importer.settings import Settings

NEW_YORK = "America/New_York"
QUESTION: Any = Question(
    "r",
    {Action.CREATE: 1_200, Action.UPDATE: 0, Action.CANCEL: 1},
    dict,
    people=lambda: 1_200,
    reminding=lambda: Reminding(1_200, 1_805_284_800, NEW_YORK, 1_805_457_600, NEW_YORK),
)


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def job(*, yes: bool = False) -> Any:
    return SimpleNamespace(settings=Settings(yes=yes), on_event=ignore, stop=StopSignal())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_first_signal_waits_second_leaves(number: int, code: int) -> None:
    """The first signal says what is waited for; the second leaves at once with the signal's exit code."""
    stop = StopSignal()
    said: list[bytes] = []
    left: list[int] = []
    with stop.heard_by(alarm(stop, write=said.append, leave=left.append)):
        stop.set(number)
        assert (said, left) == ([FIRST], [])
        stop.set(number)

    assert (said, left) == ([FIRST, SECOND], [code])


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False), ("yess\n", False)],
)
def test_only_a_clear_yes_sends(monkeypatch: pytest.MonkeyPatch, answer: str, *, agreed: bool) -> None:
    """On a terminal nothing is sent but after y or yes; the end of input is a no."""
    monkeypatch.setattr(asking_module.sys, "stdin", Screen(answer))
    screen = Terminal(err=Screen())

    assert asking(job(), screen)(QUESTION) is agreed
    assert "Send 1,201 changes (1,200 new, 1 cancellation) to https://" in screen.err.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("environ", "green"), [({}, "\x1b[32m+ 1,200 new\x1b[0m"), ({"NO_COLOR": "1"}, "+ 1,200 new")])
def test_the_question_shows_what_is_sent_and_when(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], green: str
) -> None:
    """Above the question stand the changes with their signs, coloured where that is wanted, and when reminders are due."""
    monkeypatch.setattr(asking_module.sys, "stdin", Screen("n\n"))
    err = Screen()

    asking(job(), Terminal(err=err, environ=environ))(QUESTION)

    changes, due, question = err.getvalue().splitlines()
    assert changes.startswith(f"  {green}  ")
    assert changes.endswith("- 1 cancellation" + ("" if environ else "\x1b[0m"))
    assert due == (
        "1,200 reminders: the first is due Wed, Mar 17, 2027, 8:00 AM, the last Fri, Mar 19, 2027, 8:00 AM "
        "(New York time)."
    )
    assert question.startswith("Send 1,201 changes")


@pytest.mark.parametrize(
    ("given", "err", "yes"),
    [
        (io.StringIO(), io.StringIO(), False),
        (Screen(), io.StringIO(), False),
        (io.StringIO(), Screen(), False),
        (Screen(), Screen(), True),
    ],
    ids=["cron", "stderr-to-a-file", "stdin-from-a-file", "yes"],
)
def test_nobody_is_asked_off_a_terminal(
    monkeypatch: pytest.MonkeyPatch, given: io.StringIO, err: io.StringIO, *, yes: bool
) -> None:
    """A nightly job and --yes send without a question."""
    monkeypatch.setattr(asking_module.sys, "stdin", given)

    assert asking(job(yes=yes), Terminal(err=err))(QUESTION) is True
    assert err.getvalue() == ""


def test_ctrl_c_at_the_question_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal while the question stands ends it at once."""
    asked = job()

    class Interrupted(Screen):
        """A terminal at which Ctrl-C is pressed."""

        def readline(self, size: int | None = -1, /) -> str:
            """Press it."""
            asked.stop.set(signal.SIGINT)
            return "y"

    monkeypatch.setattr(asking_module.sys, "stdin", Interrupted())

    assert asking(asked, Terminal(err=Screen()))(QUESTION) is False


def test_sheet_on_standard_input_leaves_no_room_for_an_answer() -> None:
    """Where a person watches and the sheet comes through standard input, --yes must be said."""
    with pytest.raises(UsageError, match="standard input") as caught:
        refuse_if_nobody_can_answer(job(), ("-",), Terminal(err=Screen()))
    assert "--yes" in caught.value.fix

    refuse_if_nobody_can_answer(job(yes=True), ("-",), Terminal(err=Screen()))
    refuse_if_nobody_can_answer(job(), ("-",), Terminal(err=io.StringIO()))


def test_question_counts_one_call_as_one() -> None:
    """The question is good English for a single call."""
    one = Question("r", {Action.UPDATE: 1}, dict)

    assert sentence(one, "https://api") == "Send 1 change (1 update) to https://api? No texts right away. [y/N] "


def number_of(asked: Any, screen: Terminal) -> str:
    """Ask for the column of the appointment number; "" once a signal ended that."""
    try:
        return str(asking_module.chosen_number(["visit", "phone"], asked, screen))
    except Interrupted:
        return ""


@pytest.mark.skipif(os.name != "posix", reason="signals to one thread are POSIX")
@pytest.mark.parametrize(
    "ask", [lambda asked, screen: asking_module.answered("Send? ", asked, screen), number_of], ids=["send", "number"]
)
def test_a_signal_that_ends_no_reading_is_heard_at_a_question(monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    """A Ctrl-C that comes between Python's last look and the reading of the terminal ends it, and nobody has to type."""
    listening, typing = os.pipe()
    asked = job()
    asked.check_until = math.inf
    # A signal to another thread sets Python's mark just so, and the reading of the main thread goes on.
    aside = threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT))
    typed: list[int] = []
    late = threading.Timer(10.0, lambda: typed.append(os.write(typing, b"yes\n")))
    monkeypatch.setattr(asking_module, "is_there", lambda _screen: True)
    with os.fdopen(listening, encoding="utf-8") as terminal, asked.stop.on_signals():
        monkeypatch.setattr("sys.stdin", terminal)
        aside.start()
        late.start()
        said = ask(asked, Terminal(out=Screen(), err=Screen()))
        late.cancel()
    late.join()
    os.close(typing)

    assert (bool(said), typed) == (False, [])
    assert asked.stop.raised
