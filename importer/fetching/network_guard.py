"""
Keeps a thread from talking to the own network, by the address that a socket really goes to.

A name may lead elsewhere at each look-up (DNS rebinding), so what was found for it beforehand proves nothing. Python tells an audit
hook of every connection just before it is made, whatever library makes it, and the hook may refuse it. It stays for the life
of the process, and is heard in threads only that ask for it.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_here = threading.local()


@contextmanager
def public_addresses_only(allowed: Collection[str] = ()) -> Iterator[list[str]]:
    """
    Let this thread's sockets go to addresses of the whole net only, and to those that are ``allowed``; give those refused.

    What is refused fails as a connection that is not permitted. Sockets of this machine that have a path are left alone.
    """
    _listen()
    refused: list[str] = []
    _here.allowed, _here.refused = allowed, refused
    try:
        yield refused
    finally:
        del _here.allowed, _here.refused


@cache
def _listen() -> None:
    sys.addaudithook(_hear)


def _hear(event: str, told: tuple[Any, ...]) -> None:
    if event not in _CONNECTING or (refused := getattr(_here, "refused", None)) is None:
        return
    address = told[1]
    if isinstance(address, tuple) and (host := str(address[0])) not in _here.allowed and not is_public(host):
        refused.append(host)
        raise PermissionError(errno.EACCES, "the address lies in a private network")


def is_public(address: str) -> bool:
    """Whether an address is one of the whole net; a name is none, for who knows where it leads."""
    with suppress(ValueError):
        found = ipaddress.ip_address(address.partition("%")[0])
        return found.is_global and not found.is_multicast and not _leads_inside(found)
    return False


_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_TRANSLATED_HERE: Final = ipaddress.IPv6Network("64:ff9b:1::/48")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


def _leads_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """
    Whether an address belongs to a site, or stands for an IPv4 address (RFC 6052, 4291) that is none of the whole net.

    6to4 (RFC 3056) is given up by RFC 7526 and leads nowhere for certain; since 3.13 Python does not call it global either.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return False
    if address.sixtofour is not None:
        return True
    inner = address.ipv4_mapped
    if address in _TRANSLATED or address in _COMPATIBLE:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.is_site_local or address in _TRANSLATED_HERE or (inner is not None and not inner.is_global)


def is_private(host: str) -> bool:
    """Whether a host has an address that is not one of the whole net; one that has none is not."""
    with suppress(ValueError):
        return not is_public(str(ipaddress.ip_address(host)))
    return any(not is_public(each) for each in addresses_of(host))


def addresses_of(host: str) -> frozenset[str]:
    """Return the addresses of a host now, none where it has none."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(str(each[4][0]) for each in found)


def proxies_of_environment() -> frozenset[str]:
    """Return the addresses of the proxies that the environment names: whoever set it meant them, wherever they stand."""
    hosts = {urlsplit(each if "://" in each else f"//{each}").hostname for each in getproxies().values() if each}
    return frozenset(address for host in hosts if host for address in addresses_of(host))
