"""Addresses of a host name, within a time: the system's own look-up heeds none, and may take half a minute."""

from __future__ import annotations

import socket
import threading
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

Found: TypeAlias = list[tuple[Any, ...]]


def addresses(host: str, port: int, *, within_s: float) -> Found:
    """
    Return what ``socket.getaddrinfo`` finds.

    Raises:
        TimeoutError: it found nothing in time; the look-up is left to end by itself, and nobody hears of it.
        OSError, UnicodeError: there is no such name.
    """
    try:
        # An address needs no look-up, and most tests and sandboxes are given one.
        return _found(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    answers: SimpleQueue[Found | OSError | UnicodeError] = SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answers), name="names", daemon=True).start()
    try:
        answer = answers.get(timeout=within_s)
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _look_up(host: str, port: int, answers: SimpleQueue[Found | OSError | UnicodeError]) -> None:
    try:
        answers.put(_found(host, port, 0))
    except (OSError, UnicodeError) as error:
        answers.put(error)


def _found(host: str, port: int, flags: int) -> Found:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))
