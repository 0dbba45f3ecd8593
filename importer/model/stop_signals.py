"""The signals that ask to stop, and stretches that cannot bear that their handlers are called between any two steps."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

STOPPING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that ask to stop; Windows has no SIGHUP."""


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
