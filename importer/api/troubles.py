"""Why a call has no usable answer: from an exception, and how far the call got, to a ``Trouble``. Pure."""

from __future__ import annotations

import socket
import ssl
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected
from typing import TYPE_CHECKING

from urllib3.exceptions import DecodeError, HTTPError, NameResolutionError

from importer.api.wire import Exchange, TooLargeError
from importer.model.api_calls import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def trouble_of(error: BaseException, exchange: Exchange) -> Trouble:
    """
    Return the trouble that an exception stands for.

    Before the connection stood, and as long as not a byte of the request was written, the API cannot have acted.
    After that every outcome but a clear answer is unknown; which of the names it gets is for people.
    """
    causes = tuple(_causes(error))
    if not exchange.connected:
        return _unconnected(causes)
    if not exchange.written:
        return Trouble.REFUSED
    if _any(causes, TimeoutError):
        return Trouble.READ_TIMEOUT
    if _any(causes, TooLargeError):
        return Trouble.TOO_LARGE
    if _any(causes, DecodeError) or _is_gibberish(causes):
        return Trouble.UNREADABLE
    return Trouble.RESET


def _unconnected(causes: tuple[BaseException, ...]) -> Trouble:
    if _any(causes, (NameResolutionError, socket.gaierror)):
        return Trouble.DNS
    if _any(causes, _CUT_OFF):
        return Trouble.REFUSED
    if _any(causes, (ssl.SSLError, ssl.CertificateError)):
        return Trouble.TLS
    if _any(causes, TimeoutError):
        return Trouble.CONNECT_TIMEOUT
    return Trouble.REFUSED


def _is_gibberish(causes: tuple[BaseException, ...]) -> bool:
    """Whether an answer came that is no HTTP; a hang-up without a byte is a ``BadStatusLine`` by class only."""
    return any(
        isinstance(cause, (BadStatusLine, LineTooLong)) and not isinstance(cause, RemoteDisconnected)
        for cause in causes
    )


def _any(causes: tuple[BaseException, ...], kinds: type[BaseException] | tuple[type[BaseException], ...]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it wraps: urllib3 puts the cause into ``reason``, requests into its arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
        if isinstance(cause, (OSError, HTTPError, HTTPException)):
            inner.extend(cause.args)
        waiting.extend(one for one in inner if isinstance(one, BaseException))
