"""The wish to stop."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from importer.errors import Exit
from importer.sending import StopSignal


def test_is_not_raised_by_itself() -> None:
    """A run without a signal ends by itself."""
    stop = StopSignal()

    assert not stop.raised
    assert not stop.urgent


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)])
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
