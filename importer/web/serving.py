"""Where the page listens, and the server that runs it."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import ssl
import struct
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from importer.errors import UsageError
from importer.model.statuses import is_loopback

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path
    from types import FrameType

    from starlette.types import ASGIApp


LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
HEADER_S: Final = 20.0
"""Seconds in which the head of a request has to arrive, from the opening of the connection on."""
READING_S: Final = 30.0
"""Whoever takes nothing of an answer that waits for him is left after so many seconds, or twice as many."""
AT_ONCE: Final = struct.pack("ii", 1, 0)
MOST_CONNECTIONS: Final = 400
LAST_S: Final = 5
"""Seconds that answers in progress have when the page is stopped."""


class Place(NamedTuple):
    """
    Where the page is found.

    ``origin``: what stands in the browser's address bar, ``hosts``: the names by which it may be asked for. ``is_local``:
    only this machine reaches it.
    """

    origin: str
    hosts: tuple[str, ...]
    is_local: bool


def place(host: str, port: int, *, public_url: str | None, has_tls: bool, has_users: bool) -> Place:
    """
    Return where browsers find a page that listens at ``host`` and ``port``.

    Raises:
        UsageError: others could reach it without a login or without TLS, or the public URL cannot be one.
    """
    is_local = is_loopback(host) and public_url is None
    if not is_local and not has_users:
        raise UsageError(
            "Others could reach this page, and it has no users yet, so it was not started.",
            fix="Add one first: importer users add NAME --role admin",
        )
    if is_local:
        scheme = "https" if has_tls else "http"
        shown = f"[{host}]" if ":" in host else host
        return Place(f"{scheme}://{shown}:{port}", LOCAL_NAMES, is_local=True)
    if public_url is None:
        raise UsageError(
            f"At {host} others could reach this page, and its address for them is not known, so it was not started.",
            fix="Name it with --public-url https://..., or leave --host out: then only this machine reaches it.",
        )
    origin, name = public_origin(public_url)
    return Place(origin, (name,), is_local=False)


def public_origin(url: str) -> tuple[str, str]:
    """
    Return the origin of a public URL as browsers write it, and the name of its host.

    Raises:
        UsageError: it is not https, or more than an address.
    """
    fix = "Write --public-url https://imports.example.org"
    try:
        parts = urlsplit(url.strip())
        name, port = (parts.hostname or ""), parts.port
    except ValueError:
        raise UsageError("The public URL cannot be read.", fix=fix) from None
    if parts.scheme != "https":
        raise UsageError("The public URL is not https: passwords would cross the network in clear.", fix=fix)
    if not name.isascii() or not name or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError("The public URL is more than https:// and the name of a host.", fix=fix)
    shown = f"[{name}]" if ":" in name else name
    return f"https://{shown}" + (f":{port}" if port not in {None, 443} else ""), shown


def listening(host: str, port: int) -> socket.socket:
    """
    Return a socket that accepts connections; port 0 takes a free one.

    Raises:
        UsageError: the address is taken, or not one of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=256)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is no address of this machine"
        raise UsageError(
            f"The page cannot listen at {host}:{port}: {why}.", fix="Try another --port or --host."
        ) from None


def proxy_address(text: str) -> str:
    """
    Return the address of a proxy in its usual spelling.

    Raises:
        UsageError: it is none.
    """
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise UsageError(f"{text} is no address of a proxy.", fix="Write --trusted-proxy 10.0.0.5") from None


class PromptProtocol(H11Protocol):
    """HTTP whose connections are closed when the head of a request does not arrive in time, or an answer is not taken."""

    _head_timer: asyncio.TimerHandle | None = None
    _look_timer: asyncio.TimerHandle | None = None
    _is_stuck = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()
        self._look_later()

    def data_received(self, data: bytes) -> None:
        """Wait on, until the head is whole."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()
        elif self._head_timer is None:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        if self._look_timer is not None:
            self._look_timer.cancel()
            self._look_timer = None
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Take note that some of an answer was taken."""
        super().resume_writing()
        self._is_stuck = False

    def _look_later(self) -> None:
        self._look_timer = self.loop.call_later(READING_S, self._look)

    def _look(self) -> None:
        """Leave whoever took nothing of what waits for him since the last look; one that is to be closed waits for that, too."""
        waits = self.flow.write_paused or self.transport.is_closing()
        if waits and self._is_stuck:
            self._look_timer = None
            connection = self.transport.get_extra_info("socket")
            if connection is not None and os.name == "posix":
                # Else the system goes on to offer what it holds, megabytes, for minutes.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.transport.abort()
            return
        self._is_stuck = waits
        self._look_later()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(HEADER_S, self._close_without_head)

    def _wait_no_more(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close_without_head(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


def server(app: ASGIApp, *, certfile: Path | None = None, keyfile: Path | None = None) -> uvicorn.Server:
    """
    Return the server of the page. ``app``: its application; ``certfile``, ``keyfile``: PEM files for TLS.

    Raises:
        UsageError: the certificate or its key cannot be used.
    """
    config = uvicorn.Config(
        app,
        http=PromptProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # Who a proxy speaks for is asked by the page itself, and only of the proxies that were named.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=LAST_S,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
    )
    try:
        for path in (certfile, keyfile):
            if path is not None and not path.is_file():
                raise FileNotFoundError(
                    errno.ENOENT, os.strerror(errno.ENOENT)
                )  # OpenSSL would wait for a pipe for ever
        config.load()
    except OSError as error:  # also what is wrong in a certificate
        why = "it is no such file in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageError(
            f"The certificate or its key cannot be used: {why}.",
            fix="Name PEM files with --ssl-certfile and --ssl-keyfile.",
        ) from None
    return uvicorn.Server(config)


def run(running: uvicorn.Server, listener: socket.socket) -> None:
    """Serve the page until Ctrl-C or SIGTERM, which is no failure; answers in progress are finished first."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        running.should_exit = True

    # The server hears signals by handlers of its own while it is at work, and then sends itself what it has heard.
    before = [(number, signal.signal(number, stop)) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        with closing(listener):
            running.run(sockets=[listener])
    finally:
        for number, handler in before:
            signal.signal(number, handler)
