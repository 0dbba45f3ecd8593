"""From an HTTP answer, or the exception that came instead, to a ``Reply``: what it says, or why there is none. Pure."""

from __future__ import annotations

import html
import json
import math
import re
import socket
import ssl
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected
from typing import TYPE_CHECKING, Any, Final

import orjson
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError

from importer.api.total_deadline import Stage, TooLargeError
from importer.model.planned_calls import Trouble
from schemas.fields import PERSONAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


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


MAX_EXCERPT: Final = 300
MAX_BODY: Final = 1_000_000
_LOOKED_AT: Final = 2_000

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_MOST_DIGITS: Final = 12
_LONGEST_DATE: Final = 100
_DEEPEST: Final = 50
_COUNT = re.compile(r"\s*([0-9]{1,9})(?![0-9])", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>\"',;:]{1,64}@[^\s@<>\"',;:]{1,255}")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}")
_BEARER = re.compile(r"(?i)\bbearer\s+\S+")
_TAG = re.compile(r"<[^>]*>?")
_WORDS_OF_ERRORS: Final = ("message", "error", "errors", "detail", "details", "reason", "description", "title")


class _ContradictionError(ValueError):
    """An object names a member twice, with different values."""


def answer_of(content: bytes) -> Mapping[str, Any] | None:
    """
    Return the JSON object of a body, or None when it is not one.

    An object that says two things of one member says nothing sure, and one that is nested deeper than any answer of
    the API is none: what handles it later would run out of stack.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict) or _is_deep(value) or _is_contradictory(content):
        return None
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def _is_contradictory(content: bytes) -> bool:
    try:
        json.loads(content, object_pairs_hook=_unambiguous, parse_int=str, parse_float=str)
    except ValueError:
        return True
    return False


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) and any(found[name] != value for name, value in pairs):
        raise _ContradictionError
    return found


def retry_after_s(text: str | None, *, now: float) -> float | None:
    """
    Return the seconds that a ``Retry-After`` header asks for, 0 for a moment in the past, None for garbage.

    Accepted: ``120``, ``1.5``, any larger number, and an HTTP date. ``now``: UTC seconds by the API's own clock, so
    that a wrong one here does no harm.
    """
    if text is None:
        return None
    text = text.strip()
    if _SECONDS.fullmatch(text):
        whole, _, fraction = text.lstrip("0").partition(".")
        return float(f"0{whole}.{fraction[:_MOST_DIGITS]}") if len(whole) <= _MOST_DIGITS else 10.0**_MOST_DIGITS
    moment = http_date(text)
    return None if moment is None else max(0.0, moment - now)


def http_date(text: str | None) -> float | None:
    """Return an HTTP date in UTC seconds, None for garbage."""
    if text is None or len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text.strip())
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def count(text: str | None) -> int | None:
    """Return the whole number at the start of a header such as ``150`` or ``150;w=1``, else None."""
    found = _COUNT.match(text) if text else None
    return int(found[1]) if found else None


def excerpt(content: bytes, *, private: Iterable[str] = ()) -> str:
    """
    Return what a body says, for people: one line, at most 300 characters, no markup, no personal data.

    The values of ``private``, e-mail addresses, long numbers and tokens are replaced. A web page is named as such and
    not quoted.
    """
    text = content[:_LOOKED_AT].decode("utf-8", "replace")
    if not text.strip():
        return ""
    if _is_page(text):
        return "a web page instead of an answer of the API"
    answer = answer_of(content)
    said = _said(answer) if answer is not None else text
    if len(said) >= _LOOKED_AT:
        # The last word may be half a name or address, which no mask would know.
        said = said[:_LOOKED_AT].rpartition(" ")[0]
    return _masked(_one_line(said), private)[:MAX_EXCERPT]


def private_values(body: bytes | None) -> tuple[str, ...]:
    """Return the personal values in a request's body, longest first."""
    answer = answer_of(body) if body else None
    values = [answer.get(field) for field in PERSONAL] if answer else []
    metadata = answer.get("metadata") if answer else None
    if isinstance(metadata, dict):
        values.extend(metadata.values())
    return tuple(sorted({value for value in values if isinstance(value, str) and value.strip()}, key=len, reverse=True))


def _is_page(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    return start.startswith("<") and ("<html" in start or "<!doctype" in start or "<head" in start or "<body" in start)


def _said(answer: Mapping[str, Any]) -> str:
    """Return the texts under the usual words for errors, else the whole object as text."""
    texts = [text for word in _WORDS_OF_ERRORS for text in _texts(answer.get(word))]
    return "; ".join(dict.fromkeys(texts)) or orjson.dumps(answer).decode()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        return [text for one in list(value.values())[:10] for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value[:10] for text in _texts(one)]
    return []


def _one_line(text: str) -> str:
    text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    visible = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(visible.split())


def _masked(text: str, private: Iterable[str]) -> str:
    for value in private:
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", text)
    text = _BEARER.sub("Bearer …", text)
    return _LONG_NUMBER.sub("…", _EMAIL.sub("…", text))
