"""
A published sheet behind a link: fetched over TLS within limits of bytes and time, and only from where the settings say.

A link holds the right to read the sheet, so of it only the host is ever shown. What it leads to is decided by whoever has the server:
no redirect leaves the host unless the settings name the other one, no connection goes to a private network, and what comes is
kept as bytes, to be judged like any file.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from importer import __version__
from importer.api.client import Session, Timeouts, tls_context
from importer.api.total_deadline import TooLargeError
from importer.errors import FileRefused, SourceUnreachable, chain
from importer.fetching.named_sources import MOST_BYTES, Link
from importer.fetching.network_guard import public_addresses_only
from importer.fetching.private_files import no_room
from importer.problems.kinds import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_HOPS: Final = 5
BLOCK_BYTES: Final = 1 << 16
_HEADERS: Final = {
    "User-Agent": f"appointment-importer/{__version__}",
    "Accept": "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.1",
    "Accept-Encoding": "identity",
}
_HEAD_ROOM: Final = 200_000
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NO_ENTRY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_OTHER_DAY: Final = 500
_LONGEST_NUMBER: Final = 20
SHEETS: Final = frozenset(
    {
        "text/csv", "text/comma-separated-values", "application/csv", "application/x-csv", "text/x-csv", "text/plain",
        "text/tab-separated-values", "text/calendar", "application/octet-stream", "binary/octet-stream",
        "application/force-download", "application/download", "application/vnd.ms-excel", "application/zip",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet", "",
    }
)  # fmt: skip
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_LOGIN: Final = (
    b'type="password"',
    b"type='password'",
    b"type=password",
    b"/login",
    b"signin",
    b"sign-in",
    b"servicelogin",
)
PUBLISH: Final = (
    "Take the link of the sheet itself: in Google Sheets File > Share > Publish to web > CSV, in Nextcloud the share's link with "
    "/download at its end."
)


@dataclass(frozen=True, slots=True)
class Way:
    """How servers are reached: ``connect_s``, who vouches for them (``ca_bundle``), whether they may lie in the own network."""

    until: float
    connect_s: float = 10.0
    ca_bundle: Path | None = None
    private: bool = False


def write_link(link: Link, out: IO[bytes], way: Way, most_bytes: int = MOST_BYTES) -> None:
    """
    Write what a link answers to ``out``.

    Raises:
        FileRefused: it is no sheet, too large, asks for a login, is not there, or leads where it may not.
        SourceUnreachable: the server cannot be reached now, or breaks off.
        SettingsError: the bundle cannot be read.
    """
    address = link.address
    for _ in range(MOST_HOPS):
        target = _fetched(link, address, out, way, most_bytes)
        if target is None:
            return
        address = _followed(link, address, target)
    raise _refused("The link redirects again and again.", "link_redirects", PUBLISH)


def _fetched(link: Link, address: str, out: IO[bytes], way: Way, most_bytes: int) -> str | None:
    """Write what an address answers; return where it redirects to, if it does."""
    parts = urlsplit(address)
    origin = f"https://{parts.netloc}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    left = way.until - time.monotonic()
    if left <= 0:
        raise _too_slow()
    timeouts = Timeouts(connect_s=min(way.connect_s, left), total_s=left)
    nobody: list[str] = []
    guard: AbstractContextManager[list[str]] = nullcontext(nobody) if way.private else public_addresses_only()
    with (
        guard as barred,
        Session(
            origin, _HEADERS, timeouts=timeouts, tls=tls_context(way.ca_bundle), proxy=None,
            most_bytes=most_bytes + _HEAD_ROOM,
        ) as session,
    ):  # fmt: skip
        try:
            response = session.answer("GET", path, None)
            with response.raw:
                if response.status_code in _REDIRECTS:
                    return str(response.headers.get("Location", ""))
                _check_head(link, response, most_bytes)
                _write(_blocks(response), out, most_bytes)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if barred:
                raise _refused(
                    "The link leads into a private network.",
                    "link_private",
                    "If it is your own server, set private_links = true in your own settings file.",
                ) from None
            if any(isinstance(each, TooLargeError) for each in chain(error)):
                raise _too_large(most_bytes) from None
            if time.monotonic() >= way.until:
                raise _too_slow() from None
            raise SourceUnreachable(
                f"{link.shown} cannot be fetched: its server cannot be reached, does not prove who it is, or broke off.",
                fix="Check the link and the network, and try again later.",
            ) from None
    return None


def _followed(link: Link, address: str, target: str) -> str:
    """Return where a redirect leads. ``FileRefused``: it may not lead there."""
    try:
        there = urljoin(address, target)
        parts = urlsplit(there)
        host, port = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        parts, host, port, there = urlsplit(""), "", None, ""
    is_plain = there.isascii() and there.isprintable() and " " not in there and "@" not in parts.netloc
    if parts.scheme == "https" and host and is_plain and link.may_lead_to(host):
        same_port = port in {None, 443, urlsplit(link.address).port}
        if same_port:
            return there.partition("#")[0]
    if "login" in there.casefold() or host.startswith(("accounts.", "login.", "auth.")):
        raise _needs_login(link)
    raise _refused(
        f"{link.shown} redirects to {quoted(host or 'nowhere')}, which is not followed.",
        "link_redirects",
        f'If the sheet lies there, name the host in the profile: link_hosts = ["{quoted(host)}"].' if host else PUBLISH,
    )


def _check_head(link: Link, response: requests.Response, most_bytes: int) -> None:
    """Refuse an answer by its status and its head."""
    status = response.status_code
    if status in _NO_ENTRY:
        raise _needs_login(link)
    if status in _GONE:
        raise _refused(f"There is nothing behind the link to {link.shown} (HTTP {status}).", "link_gone", PUBLISH)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= _OTHER_DAY:
        raise SourceUnreachable(f"{link.shown} answers with HTTP {status}.", fix="Try again later.")
    if status != HTTPStatus.OK:
        raise _refused(f"{link.shown} answers with HTTP {status}, not with a sheet.", "link_no_sheet", PUBLISH)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if kind not in SHEETS and kind not in _PAGES:
        raise _refused(
            f"{link.shown} answers with {quoted(kind)}, not with a CSV or XLSX sheet.", "link_no_sheet", PUBLISH
        )
    if response.headers.get("Content-Encoding", "identity").strip().casefold() not in {"identity", ""}:
        raise _refused(f"{link.shown} packs its answer, which was not asked for.", "link_no_sheet", PUBLISH)
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length[:_LONGEST_NUMBER]) > most_bytes:
        raise _too_large(most_bytes)
    if kind in _PAGES:
        raise _page(link, response.raw.read(BLOCK_BYTES))


def _blocks(response: requests.Response) -> Iterator[bytes]:
    while block := response.raw.read(BLOCK_BYTES):
        yield block


def _write(blocks: Iterator[bytes], out: IO[bytes], most_bytes: int) -> None:
    size = 0
    for block in blocks:
        if size == 0 and is_page(block):
            raise _page(None, block)
        size += len(block)
        if size > most_bytes:
            raise _too_large(most_bytes)
        try:
            out.write(block)
        except OSError as error:
            raise no_room(error) from None


def is_page(head: bytes) -> bool:
    """Whether bytes are the beginning of a web page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _page(link: Link | None, head: bytes) -> FileRefused:
    lower = head.lower()
    if any(mark in lower for mark in _LOGIN):
        return _needs_login(link)
    return _refused("The link leads to a web page, not to a sheet.", "link_no_sheet", PUBLISH)


def _needs_login(link: Link | None) -> FileRefused:
    where = f"The link to {link.shown}" if link is not None else "The link"
    return _refused(
        f"{where} asks for a login.",
        "link_login",
        f"Share the sheet with everybody who has the link, or publish it. {PUBLISH}",
    )


def _too_large(most_bytes: int) -> FileRefused:
    return _refused(
        f"The sheet behind the link is larger than {most_bytes // 1_000_000:,} MB.",
        "file_too_large",
        "Publish the sheet of the next weeks only.",
    )


def _too_slow() -> FileRefused:
    return _refused(
        "The sheet behind the link comes too slowly.",
        "link_too_slow",
        "Try again later, or allow more time with --check-seconds.",
    )


def _refused(message: str, code: str, fix: str) -> FileRefused:
    return FileRefused(message, code=code, fix=fix)
