"""Where calls go: the checked base URL, the paths of the calls, how long they may take. Touches no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from importer.errors import SettingsError
from importer.model.records import is_loopback
from importer.model.statuses import Action

if TYPE_CHECKING:
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
