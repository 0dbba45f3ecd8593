"""
The client: where calls go, one request in, one ``Reply`` out, always within its time; and a job's heartbeat.

The base URL is checked before anything is sent: HTTPS, or this machine.
"""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, Self, cast
from urllib.parse import quote, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from importer import __version__
from importer.api.replies import (
    MAX_BODY,
    answer_of,
    count,
    excerpt,
    http_date,
    private_values,
    retry_after_s,
    trouble_of,
)
from importer.api.total_deadline import MOST_BYTES, Call, DeadlineAdapter, Stage
from importer.errors import SettingsError
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


REMINDERS: Final = "/events/reminders"
EVENT_TYPES: Final = "/events/types"

_SUFFIX: Final = {Action.UPDATE: "", Action.CANCEL: "/cancel", Action.NO_SHOW: "/no-show"}
_METHOD: Final = {Action.CREATE: "POST", Action.UPDATE: "PUT", Action.CANCEL: "POST", Action.NO_SHOW: "POST"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """``connect_s``: to reach the API, TLS included. ``total_s``: the whole call, to the last byte of its answer."""

    connect_s: float = 10.0
    total_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """
    How to get there, where the machine's network needs more than a cable. Never taken from the environment.

    ``ca_bundle``: a PEM file of authorities to trust instead of certifi's. ``proxy``: an HTTP proxy for the tunnel
    to the API (``http://proxy.example:3128``); it sees host names only, and is not asked for this machine.
    """

    ca_bundle: Path | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A checked base URL in its parts. ``path``: what stands before ``/events``, without a slash at the end."""

    scheme: str
    host: str
    port: int | None
    path: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(self.host)


def address(base_url: str) -> Address:
    """
    Return the checked parts of a base URL such as ``https://tactical-client-api.attentivemobile.com``.

    Raises:
        SettingsError: not a URL, neither https nor http to this machine, or with a user, query or fragment.

    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"}:
        raise SettingsError(
            "base_url is not the address of an API.",
            fix="Write it as https://HOST, for example https://tactical-client-api.attentivemobile.com.",
        )
    if "@" in parts.netloc or "?" in base_url or "#" in base_url:
        raise SettingsError(
            "base_url holds more than an address: a user, a query or a fragment.",
            fix="Write only https://HOST. The token belongs into IMPORTER_TOKEN or a token_file.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"base_url uses http:// to another machine ({host}); the token and personal data would travel in the open.",
            fix="Use https://. Plain http:// is only taken for this machine (localhost, 127.0.0.1, ::1).",
        )
    if not parts.path.isascii() or not parts.path.isprintable() or " " in parts.path:
        raise SettingsError(
            "base_url holds characters in its path that no address has.", fix="Write them percent-encoded (%20)."
        )
    return Address(parts.scheme, _ascii_host(host), port, parts.path.rstrip("/"))


def checked_proxy(proxy: str) -> str:
    """Return the proxy's URL. ``SettingsError``: it is none."""
    try:
        parts = urlsplit(proxy.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError("proxy is not the address of an HTTP proxy.", fix="Write it as http://HOST:PORT.")
    return proxy.strip()


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise SettingsError("base_url names a host that cannot exist.", fix="Check its spelling.") from error


def method_of(action: Action) -> str:
    """Return the HTTP method of a call. ``KeyError``: an action that is no call."""
    return _METHOD[action]


def path_of(action: Action, uuid: str | None) -> str:
    """
    Return the path of a call below the base URL. The uuid is opaque text and is percent-encoded whole.

    Raises:
        ValueError: a create with a uuid, another call without one, or a uuid that would name another path (``..``).

    """
    if action is Action.CREATE:
        if uuid is not None:
            raise ValueError("a create has no uuid yet")
        return REMINDERS
    if not uuid or not usable_in_path(uuid):
        raise ValueError(f"a call to {action.value} needs a uuid that can stand in a path")
    return f"{REMINDERS}/{quote(uuid, safe='')}{_SUFFIX[action]}"


def usable_in_path(uuid: str) -> bool:
    """Whether a uuid can be one segment of a path: servers resolve ``.`` and ``..`` even when percent-encoded."""
    return bool(uuid) and uuid not in {".", ".."}


_CHUNK: Final = 65_536

_FAULTS: Final = (requests.RequestException, HTTPError, OSError)
"""What sending and reading raise by contract."""


class Session(requests.Session):
    """
    requests' session of one thread, held to one origin: the only one that it has an adapter for.

    Nothing is taken from the environment (proxies, bundles, ``.netrc``), no cookie is kept, no redirect followed.
    ``call``: the call in hand, and how far it got.
    """

    def __init__(  # noqa: PLR0913 - what a session is held to, all but two by name
        self,
        origin: str,
        headers: Mapping[str, str],
        *,
        timeouts: Timeouts,
        tls: ssl.SSLContext | None,
        proxy: str | None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        super().__init__()
        self.call = Call(most_bytes=most_bytes)
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.proxies = {"https": proxy} if proxy else {}
        self.adapters.clear()
        self.mount(f"{origin}/", DeadlineAdapter(origin, self.call, tls))
        self._origin = origin
        self._headers = headers
        self._timeouts = timeouts

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Know of no redirect: even to name its target, requests would read the whole answer."""

    def answer(self, method: str, path: str, body: bytes | None) -> requests.Response:
        """
        Send a request once and return its answer, unread. ``path`` is sent as it is; it must be percent-encoded.

        requests' own preparing is left out: it would write the path in another way (``%7E`` as ``~``), and it takes a
        quarter of the time that a thread spends on a call.
        """
        self.call.begin(connect_s=self._timeouts.connect_s, total_s=self._timeouts.total_s)
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, self._origin + path, body
        length = {} if body is None else {"Content-Length": str(len(body))}
        request.headers = cast("Any", {**self._headers, **length})
        return self.send(
            request, proxies=self.proxies, stream=True, allow_redirects=False, timeout=self._timeouts.total_s
        )


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
        proxy = checked_proxy(self._route.proxy) if self._route.proxy else None
        self._proxy = None if self._address.is_local else proxy
        self._tls = tls_context(self._route.ca_bundle) if self._address.scheme == "https" else None
        self._clock = clock
        self._ahead_s = 0.0
        self._headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"appointment-importer/{__version__}",
        }
        self._own = threading.local()
        self._sessions: list[Session] = []
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()
        self._own = threading.local()

    def send(self, action: Action, uuid: str | None, body: bytes | None) -> Reply:
        """
        Send a call once and return how it ended; HTTP errors, time-outs and broken connections are replies too.

        Raises:
            ValueError: the request cannot be put into a path (see ``path_of``); nothing was sent.

        """
        path = self._address.path + path_of(action, uuid)
        return self._call(method_of(action), path, body)

    def event_type(self, uuid: str) -> Reply:
        """Ask for an appointment type: 200 with ``uuid`` and ``type``, or 404. It changes nothing and texts nobody."""
        if not usable_in_path(uuid):
            raise ValueError("an appointment type's uuid must be able to stand in a path")
        return self._call("GET", f"{self._address.path}{EVENT_TYPES}/{quote(uuid, safe='')}", None)

    def _call(self, method: str, path: str, body: bytes | None) -> Reply:
        session = self._session()
        call, began = session.call, time.monotonic()
        try:
            response = session.answer(method, path, body)
        except Exception as error:
            # Libraries raise what they like at a stranger's bytes; before any came it is a bug of ours.
            if not isinstance(error, _FAULTS) and call.stage < Stage.WRITTEN:
                raise
            return Reply(trouble=trouble_of(error, call.stage), elapsed_s=time.monotonic() - began)
        content, trouble = _content(response, call)
        return self._reply(response, content, trouble, body=body, elapsed_s=time.monotonic() - began)

    def _session(self) -> Session:
        session: Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = Session(
                self._address.origin, self._headers, timeouts=self._timeouts, tls=self._tls, proxy=self._proxy
            )
            with self._guard:
                self._sessions.append(session)
        return session

    def _reply(
        self,
        response: requests.Response,
        content: bytes,
        trouble: Trouble | None,
        *,
        body: bytes | None,
        elapsed_s: float,
    ) -> Reply:
        headers: Mapping[str, str] = response.headers
        answer = answer_of(content) if trouble is None else None
        fine = 200 <= response.status_code < 300 and answer is not None
        return Reply(
            status=response.status_code,
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


def _content(response: requests.Response, call: Call) -> tuple[bytes, Trouble | None]:
    """Return the body, decoded and cut at 1 MB, and what went wrong while it was read."""
    raw, parts, size = response.raw, list[bytes](), 0
    if _is_announced_too_large(response.headers):
        raw.close()
        return b"", Trouble.TOO_LARGE
    try:
        while part := raw.read(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > MAX_BODY:
                raw.close()
                return b"".join(parts)[:MAX_BODY], Trouble.TOO_LARGE
    except Exception as error:  # noqa: BLE001 - whatever a library makes of an odd body, the outcome is unknown
        raw.close()
        return b"".join(parts), trouble_of(error, call.stage)
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


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """
    Return a context that trusts certifi's authorities, or those of ``ca_bundle`` instead.

    Certificate and host name are always checked, and no environment variable changes that.

    Raises:
        SettingsError: the bundle cannot be read.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca_bundle is not None and not ca_bundle.is_file():
            raise FileNotFoundError(ca_bundle)  # OpenSSL would wait for a pipe for ever
        context.load_verify_locations(cafile=str(ca_bundle or DEFAULT_CA_BUNDLE_PATH))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"ca_bundle cannot be read: {ca_bundle}.",
            fix="Give the path of a PEM file with the certificates of the authorities to trust.",
        ) from error
    return context


def beat(url: str, timeouts: Timeouts, route: Route) -> str:
    """
    Ask for an address once, following no redirect; return why that failed, "" if it did not. The address is not quoted.

    Raises:
        SettingsError: the proxy or bundle of the route cannot be used.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    tls = tls_context(route.ca_bundle) if parts.scheme == "https" else None
    proxy = checked_proxy(route.proxy) if route.proxy else None
    headers = {"User-Agent": f"appointment-importer/{__version__}", "Accept-Encoding": "identity"}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with Session(origin, headers, timeouts=timeouts, tls=tls, proxy=proxy) as session:
        try:
            response = session.answer("GET", path, None)
        except (requests.RequestException, HTTPError, OSError):
            return "its server cannot be reached"
        status = response.status_code
        response.raw.close()
    return "" if 200 <= status < 300 else f"its server answered with HTTP {status}"
