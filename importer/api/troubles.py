"""Why a call has no usable answer: from an exception, and how far the call got, to a ``Trouble``. Pure."""

from __future__ import annotations

import socket
import ssl
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected
from typing import TYPE_CHECKING, Final

from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError

from importer.api.total_deadline import Stage, TooLargeError
from importer.model.api_calls import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

_CUT_OFF: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
_BAD_CERTIFICATE: Final = (ssl.SSLError, ssl.CertificateError)
_TOO_SLOW: Final = (TimeoutError, ReadTimeoutError)
_NO_HTTP: Final = (BadStatusLine, LineTooLong)

TROUBLES: Final = (
    # How far it got     | what broke, wherever it is wrapped        | what that means
    # Before the connection stood, and as long as not a byte of the request was written, the API cannot have acted.
    (Stage.CONNECTING, (NameResolutionError, socket.gaierror), Trouble.DNS),
    (Stage.CONNECTING, _CUT_OFF, Trouble.REFUSED),
    (Stage.CONNECTING, _BAD_CERTIFICATE, Trouble.TLS),
    (Stage.CONNECTING, _TOO_SLOW, Trouble.CONNECT_TIMEOUT),
    (Stage.CONNECTING, Exception, Trouble.REFUSED),
    (Stage.CONNECTED, Exception, Trouble.REFUSED),
    # After that every outcome but a clear answer is unknown; which of the names it gets is for people.
    (Stage.WRITTEN, _TOO_SLOW, Trouble.READ_TIMEOUT),
    (Stage.WRITTEN, TooLargeError, Trouble.TOO_LARGE),
    # A hang-up without a byte is a bad status line by class only.
    (Stage.WRITTEN, RemoteDisconnected, Trouble.RESET),
    (Stage.WRITTEN, _NO_HTTP, Trouble.UNREADABLE),
    (Stage.WRITTEN, (OSError, HTTPError, HTTPException), Trouble.RESET),
    (Stage.WRITTEN, Exception, Trouble.UNREADABLE),
    (Stage.ANSWERED, _TOO_SLOW, Trouble.READ_TIMEOUT),
    (Stage.ANSWERED, TooLargeError, Trouble.TOO_LARGE),
    (Stage.ANSWERED, Exception, Trouble.UNREADABLE),
)
"""The first row of a stage whose fault is among the causes of an exception is its trouble."""


def trouble_of(error: Exception, stage: Stage) -> Trouble:
    """Return the trouble that an exception stands for, by the table ``TROUBLES``."""
    causes = tuple(_causes(error))
    return next(
        trouble
        for reached, fault, trouble in TROUBLES
        if reached is stage and any(isinstance(cause, fault) for cause in causes)
    )


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
