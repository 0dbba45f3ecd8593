"""The wish to stop."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from importer.errors import Exit, Interrupted
from importer.interrupts import StopSignal


def test_is_not_raised_by_itself() -> None:
    """A run without a signal ends by itself."""
    stop = StopSignal()

    assert not stop.raised
    assert not stop.urgent


@pytest.mark.parametrize(
    ("signum", "code"),
    [
        (signal.SIGINT, Exit.INTERRUPTED),
        (signal.SIGTERM, Exit.TERMINATED),
        pytest.param(signal.SIGHUP, Exit.TERMINATED, id="terminal-closed"),
    ],
)
def test_hears_signals_of_the_process(signum: signal.Signals, code: Exit) -> None:
    """The first asks to drain, the second to leave; the exit code tells which signal it was."""
    stop, woken = StopSignal(), []

    with stop.on_signals(), stop.heard_by(lambda: woken.append(1)):
        os.kill(os.getpid(), signum)
        once = (stop.raised, stop.urgent)
        os.kill(os.getpid(), signum)

    assert once == (True, False)
    assert stop.urgent
    assert stop.exit_code is code
    assert woken == [1, 1]


def test_puts_the_old_handlers_back() -> None:
    """After the block a signal means what it meant before."""
    before = signal.getsignal(signal.SIGTERM)

    with StopSignal().on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def test_leaves_signals_alone_outside_the_main_thread() -> None:
    """Only the main thread may set handlers; elsewhere the wish is raised by hand."""
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with StopSignal().on_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [before]


def test_the_first_signal_names_the_exit_code() -> None:
    """SIGTERM and then an impatient Ctrl-C is still a termination."""
    stop = StopSignal()

    stop.set(signal.SIGTERM)
    stop.set(signal.SIGINT)

    assert stop.exit_code is Exit.TERMINATED


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    """Under nohup a run goes on when the terminal is closed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop = StopSignal()
    try:
        with stop.on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert not stop.raised


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, Exit.TERMINATED), (signal.SIGHUP, Exit.TERMINATED), (signal.SIGINT, Exit.INTERRUPTED)]
)  # fmt: skip
def test_a_signal_ends_a_wait_in_which_nothing_is_sent(signum: signal.Signals, code: Exit) -> None:
    """A wait for a lock or a disk does not outlast the wish; Python alone would go on with it."""
    stop, began = StopSignal(), time.monotonic()
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signum))

    with stop.on_signals():
        timer.start()
        with pytest.raises(Interrupted) as raised, stop.breaking():
            time.sleep(20)

    assert time.monotonic() - began < 10
    assert raised.value.exit_code is code


def test_a_signal_after_such_a_wait_interrupts_nothing() -> None:
    """Once calls may be in flight the wish is only noted."""
    stop = StopSignal()

    with stop.on_signals():
        with stop.breaking():
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    assert stop.raised


def test_a_wish_from_before_begins_no_wait() -> None:
    """A signal that came while the program was still starting is heard at the first wait."""
    stop = StopSignal()
    stop.set(signal.SIGTERM)

    with pytest.raises(Interrupted), stop.breaking():
        raise AssertionError("it began")


def test_a_signal_within_a_finalizer_is_heard_once_more() -> None:
    """Python takes back what is raised there; what waits is ended all the same, and the wish counts once."""

    class Ends:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            for _ in range(1000):
                pass

    stop, began = StopSignal(), time.monotonic()
    with stop.on_signals():
        with pytest.raises(Interrupted), stop.breaking():  # noqa: PT012 - the block is what is tried
            Ends()
            time.sleep(30)
        assert stop.raised
        assert not stop.urgent
        assert stop.exit_code is Exit.TERMINATED
    assert time.monotonic() - began < 20
