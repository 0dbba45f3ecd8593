"""Events as bars and as lines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from importer.cli.progress import Bars, Lines, Silence, listener, postfix, sentence
from importer.cli.terminal import Terminal
from importer.commands.job import Event, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def ticking(*moments: float) -> Iterator[float]:
    return iter(moments)


def sent(done: int, failures: int = 0, text: str = "") -> Event:
    return Event(Stage.SENDING, done=done, total=100, failures=failures, text=text)


def test_quick_run_says_nothing_off_the_terminal() -> None:
    """A run that is over within 30 s leaves stderr empty."""
    err = io.StringIO()
    moments = ticking(0.0, 5.0, 29.0)
    with Lines(Terminal(err=err), clock=lambda: next(moments)) as hear:
        for done in (1, 50, 100):
            hear(sent(done))

    assert err.getvalue() == ""


def test_long_run_says_a_line_every_half_minute() -> None:
    """Off the terminal a line comes about every 30 s, with rows, failures and what is waited for."""
    err = io.StringIO()
    moments = ticking(0.0, 31.0, 40.0, 62.0)
    with Lines(Terminal(err=err), clock=lambda: next(moments)) as hear:
        for event in (sent(1), sent(20, 2), sent(30, 2), sent(60, 3, "the API asks to wait 12 s")):
            hear(event)

    assert err.getvalue().splitlines() == [
        "Sending: 20 of 100 rows, 2 failed",
        "Sending: 60 of 100 rows, 3 failed, the API asks to wait 12 s",
    ]


def test_notes_are_said_at_once() -> None:
    """What a person should know is not held back."""
    err = io.StringIO()
    with Lines(Terminal(err=err), clock=lambda: 0.0) as hear:
        hear(Event(Stage.NOTE, text="the report is open elsewhere"))

    assert err.getvalue() == "the report is open elsewhere\n"


def test_bars_show_rows_rate_failures_and_waits() -> None:
    """On a terminal each stage has its bar, which tells rows, failures and what is waited for."""
    err = Screen()
    with Bars(Terminal(err=err, environ={})) as hear:
        hear(Event(Stage.READING, done=500, total=1000))
        hear(Event(Stage.READING, done=1000, total=1000))
        for done in range(0, 101, 20):
            hear(sent(done, 3, "waiting"))
        hear(Event(Stage.NOTE, text="a note"))
    text = err.getvalue()

    assert "Reading" in text
    assert "100 of 100 rows" in text
    assert "3 failed, waiting" in text
    assert "a note" in text


def test_bar_without_total_counts_on() -> None:
    """While the total is not known the bar shows what is done; it takes up the total once it is known."""
    err = Screen()
    with Bars(Terminal(err=err, environ={})) as hear:
        hear(Event(Stage.CHECKING, done=10))
        hear(Event(Stage.CHECKING, done=20, total=40))

    assert "Checking  0 rows" in err.getvalue()
    assert "20 of 40 rows" in err.getvalue()


def test_second_file_starts_a_bar_of_its_own() -> None:
    """When a stage begins again from nothing, the first bar stays and another follows."""
    err = Screen()
    with Bars(Terminal(err=err, environ={})) as hear:
        hear(Event(Stage.CHECKING, done=10, total=10))
        hear(Event(Stage.CHECKING, done=5, total=20))

    assert "10 of 10 rows" in err.getvalue()
    assert "5 of 20 rows" in err.getvalue()


@pytest.mark.parametrize(
    ("err", "quiet", "bars", "kind"),
    [
        pytest.param(Screen(), False, True, Bars, id="terminal"),
        pytest.param(Screen(), False, False, Lines, id="no-progress"),
        pytest.param(Screen(), True, True, Silence, id="quiet"),
        pytest.param(io.StringIO(), False, True, Lines, id="pipe"),
    ],
)
def test_listener_fits_the_stream(err: io.StringIO, kind: type, *, quiet: bool, bars: bool) -> None:
    """Bars only on a terminal, and never when progress is switched off; --quiet hears nothing at all."""
    assert isinstance(listener(Terminal(err=err), quiet=quiet, bars=bars), kind)


def test_without_bars_only_notes_are_said() -> None:
    """--no-progress keeps what a person should know."""
    err = io.StringIO()
    moments = ticking(0.0, 1000.0, 2000.0)
    with listener(Terminal(err=err), bars=False, clock=lambda: next(moments)) as hear:
        hear(sent(1))
        hear(sent(50))
        hear(Event(Stage.NOTE, text="a note"))

    assert err.getvalue() == "a note\n"


def test_hostile_text_is_made_visible() -> None:
    """What is waited for may quote an answer; it cannot steer the terminal."""
    assert "\x1b" not in postfix(sent(1, 0, "\x1b[2J"))


def test_reading_tells_its_share() -> None:
    """Reading counts bytes or rows, so its line tells the share alone."""
    assert sentence(Event(Stage.READING, done=1, total=4)) == "Reading: 25%"
    assert sentence(Event(Stage.READING, done=1)) == "Reading: under way"
