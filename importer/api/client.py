"""The client: one request in, one ``Reply`` out, always within its time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from importer import __version__
from importer.api.adapter import FAULTS, OneHost, tls_context
from importer.api.address import (
    EVENT_TYPES,
    Route,
    Timeouts,
    address,
    checked_proxy,
    method_of,
    path_of,
    usable_in_path,
)
from importer.api.replies import MAX_BODY, answer_of, count, excerpt, http_date, private_values, retry_after_s
from importer.api.troubles import trouble_of
from importer.errors import SettingsError
from importer.model.api_calls import Reply, Request, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import BaseHTTPResponse

    from importer.api.exchanging import PlainAnswer

_CHUNK: Final = 65_536


class Api:
    """
    The four calls of the Appointment Reminders API, for many threads; each thread keeps a connection of its own.

    Source: the reference document, "Authentication" and the four calls. ``clock``: UTC seconds.

    Raises:
        SettingsError: a base URL, token, proxy or bundle that cannot be used. The token is never quoted.

    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeouts: Timeouts | None = None,
        route: Route | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._address = address(base_url)
        self._timeouts = timeouts or Timeouts()
        self._token = _checked_token(token)
        self._route = route or Route()
        self._proxy = checked_proxy(self._route.proxy) if self._route.proxy else None
        self._tls = tls_context(self._route.ca_bundle) if self._address.scheme == "https" else None
        self._clock = clock
        self._ahead_s = 0.0
        self._headers = {
            "Host": self._address.authority,
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"appointment-importer/{__version__}",
        }
        self._own = threading.local()
        self._adapters: list[OneHost] = []
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            adapters, self._adapters = self._adapters, []
        for adapter in adapters:
            adapter.close()
        self._own = threading.local()

    def send(self, request: Request) -> Reply:
        """
        Send a call once and return how it ended; HTTP errors, time-outs and broken connections are replies too.

        Raises:
            ValueError: the request cannot be put into a path (see ``path_of``); nothing was sent.

        """
        path = self._address.path + path_of(request.action, request.uuid)
        return self._call(method_of(request.action), path, request.body)

    def event_type(self, uuid: str) -> Reply:
        """Ask for an appointment type: 200 with ``uuid`` and ``type``, or 404. It changes nothing and texts nobody."""
        if not usable_in_path(uuid):
            raise ValueError("an appointment type's uuid must be able to stand in a path")
        return self._call("GET", f"{self._address.path}{EVENT_TYPES}/{quote(uuid, safe='')}", None)

    def _call(self, method: str, path: str, body: bytes | None) -> Reply:
        adapter = self._adapter()
        began = time.monotonic()
        adapter.exchange.begin(connect_s=self._timeouts.connect_s, total_s=self._timeouts.total_s)
        try:
            response = adapter.call(method, path, self._headers, body)
        except FAULTS as error:
            return Reply(trouble=trouble_of(error, adapter.exchange), elapsed_s=time.monotonic() - began)
        except Exception:
            # Libraries raise what they like at a stranger's bytes; before any were read it is a bug of ours.
            if not adapter.exchange.written:
                raise
            return Reply(trouble=Trouble.UNREADABLE, elapsed_s=time.monotonic() - began)
        content, trouble = _content(response, adapter)
        return self._reply(response, content, trouble, body=body, elapsed_s=time.monotonic() - began)

    def _adapter(self) -> OneHost:
        adapter: OneHost | None = getattr(self._own, "adapter", None)
        if adapter is None:
            adapter = self._own.adapter = OneHost(
                self._address, self._tls, self._proxy, step_s=self._timeouts.total_s / 2
            )
            with self._guard:
                self._adapters.append(adapter)
        return adapter

    def _reply(
        self,
        response: BaseHTTPResponse | PlainAnswer,
        content: bytes,
        trouble: Trouble | None,
        *,
        body: bytes | None,
        elapsed_s: float,
    ) -> Reply:
        headers: Mapping[str, str] = response.headers
        answer = answer_of(content) if trouble is None else None
        fine = 200 <= response.status < 300 and answer is not None
        return Reply(
            status=response.status,
            answer=answer,
            trouble=trouble,
            excerpt="" if fine else excerpt(content, private=(self._token, *private_values(body))),
            retry_after_s=retry_after_s(headers.get("retry-after"), now=self._now_there(headers.get("date"))),
            limit_remaining=count(headers.get("x-ratelimit-remaining")),
            limit=count(headers.get("x-ratelimit-limit")),
            elapsed_s=elapsed_s,
        )

    def _now_there(self, date: str | None) -> float:
        """Return the time by the API's own clock: the answer's ``Date``, else what an earlier one told of it."""
        now, there = self._clock(), http_date(date)
        if there is None:
            return now + self._ahead_s
        self._ahead_s = there - now
        return there


def _content(response: BaseHTTPResponse | PlainAnswer, adapter: OneHost) -> tuple[bytes, Trouble | None]:
    """Return the body, decoded and cut at 1 MB, and what went wrong while it was read."""
    parts: list[bytes] = []
    size = 0
    if _is_announced_too_large(response.headers):
        response.close()
        return b"", Trouble.TOO_LARGE
    try:
        while part := response.read(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > MAX_BODY:
                response.close()
                return b"".join(parts)[:MAX_BODY], Trouble.TOO_LARGE
    except FAULTS as error:
        response.close()
        broken = trouble_of(error, adapter.exchange)
        return b"".join(parts), Trouble.UNREADABLE if broken is Trouble.RESET else broken
    except Exception:  # noqa: BLE001 - as above: whatever a library makes of an odd body, the outcome is unknown
        response.close()
        return b"".join(parts), Trouble.UNREADABLE
    return b"".join(parts), None


def _is_announced_too_large(headers: Mapping[str, str]) -> bool:
    """Whether a body says of itself that it is larger than any that is read."""
    length = headers.get("content-length", "").strip().lstrip("0")
    return length.isdecimal() and (len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY)


def _checked_token(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            "The token is empty or holds characters that no token has.",
            fix="Set IMPORTER_TOKEN (or token_file) to the legacy API token, without quotes or line breaks.",
        )
    return token
