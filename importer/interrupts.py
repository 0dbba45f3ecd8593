"""
Interrupts: the signals that ask to stop, and the wish to stop that they raise, heard by the thread that sends.

Ctrl-C, SIGTERM or a closed terminal (SIGHUP) raise it. Some stretches cannot bear that a signal's handler is called between
any two steps of theirs (``heard_afterwards``).
"""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from importer.errors import Exit, Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


_Begun = TypeVar("_Begun")

STOPPING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that ask to stop; Windows has no SIGHUP."""

AGAIN_S: Final = 0.01
"""So soon a signal is heard once more whose exception was taken back."""


@contextmanager
def heard_afterwards() -> Iterator[None]:
    """
    Call the handlers of signals that ask to stop when the block has ended.

    For calls, of a moment, of libraries that would take what a handler raises for a fault of their own.

    Python runs handlers in the main thread alone, between any two steps of it; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    own = {number: handler for number in STOPPING if callable(handler := signal.getsignal(number))}
    came: list[tuple[int, FrameType | None]] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))

    with ExitStack() as restored:
        restored.callback(_hear, own, came)
        for number, handler in own.items():
            restored.callback(signal.signal, number, handler)
            signal.signal(number, note)
        yield


def _hear(
    own: dict[signal.Signals, Callable[[int, FrameType | None], object]], came: list[tuple[int, FrameType | None]]
) -> None:
    for number, frame in came:
        own[signal.Signals(number)](number, frame)


@contextmanager
def standing(begin: Callable[[], AbstractContextManager[_Begun]]) -> Iterator[_Begun]:
    """
    Begin something that ends with the block; signals that ask to stop are heard once it stands, and then end it.

    What a handler raises between a database's BEGIN and its library's note of it would leave the connection within a
    transaction, and each later one would be refused.
    """
    with ExitStack() as until_the_end:
        with heard_afterwards():
            begun = until_the_end.enter_context(begin())
        yield begun


class StopSignal:
    """
    A wish that can be raised twice: once to start nothing new and wait for what is in flight, twice to leave at once.

    Safe to raise from a signal handler and from any thread.
    """

    def __init__(self) -> None:
        self._count = 0
        self._signum: int | None = None
        self._breaks = False
        self._is_again = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def raised(self) -> bool:
        """Whether nothing new may start."""
        return self._count > 0

    @property
    def urgent(self) -> bool:
        """Whether to leave without waiting for what is in flight."""
        return self._count > 1

    @property
    def exit_code(self) -> Exit:
        """143 after SIGTERM or SIGHUP, else 130."""
        return Exit.INTERRUPTED if self._signum in {None, signal.SIGINT} else Exit.TERMINATED

    def set(self, signum: int | None = None) -> None:
        """Raise the wish, and wake whoever listens. ``signum``: the signal that it came by, if it was one."""
        if self._signum is None:
            self._signum = signum
        self._count += 1
        for listener in tuple(self._listeners):
            listener()

    @contextmanager
    def heard_by(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call ``listener`` at each raise while the block runs; it must be quick and may not block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def _leave_if_raised(self) -> None:
        if self.raised:
            raise Interrupted("Interrupted; nothing was sent.", exit_code=self.exit_code)

    @contextmanager
    def breaking(self) -> Iterator[None]:
        """
        Let a signal end the block, whatever it waits for: a lock, a slow disk, a database.

        For blocks that send nothing. Python goes on with a wait that a signal cut short, unless its handler raises.

        Raises:
            Interrupted: a signal came, in the block or before it.
        """
        self._leave_if_raised()
        before, self._breaks = self._breaks, True
        try:
            yield
        finally:
            self._breaks = before

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """
        Raise the wish at a signal that asks to stop while the block runs. Does nothing outside the main thread.

        A SIGHUP that the process was started to ignore (``nohup``) stays ignored.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(signum: int, _frame: FrameType | None) -> None:
            if not self._is_again:
                self.set(signum)
            self._is_again = False
            if self._breaks:
                self._leave_if_raised()

        def taken_back(told: Any) -> None:
            if not (isinstance(told.exc_value, Interrupted) and self.raised):
                tell(told)
                return
            # Called within a finalizer, whose exceptions Python takes back: what waits goes on waiting until it hears once more.
            self._is_again = True
            again.append(threading.Timer(AGAIN_S, _signal_main_thread, (self._signum or signal.SIGINT,)))
            again[-1].daemon = True
            again[-1].start()

        again: list[threading.Timer] = []
        heard = [one for one in STOPPING if one == signal.SIGINT or signal.getsignal(one) is not signal.SIG_IGN]
        before: dict[int, Any] = {one: signal.signal(one, handle) for one in heard}
        tell, sys.unraisablehook = sys.unraisablehook, taken_back
        try:
            yield
        finally:
            sys.unraisablehook = tell
            for timer in again:  # none may come once the handlers of before are back, which may end the program
                timer.cancel()
                timer.join()
            self._is_again = False
            for one, handler in before.items():
                signal.signal(one, handler)


def _signal_main_thread(signum: int) -> None:
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, signum)
    else:
        signal.raise_signal(signum)
