"""An API address as it is compared: scheme, host and port, whatever else a person wrote of it."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"https": 443, "http": 80}


def origin_of(base_url: str) -> str:
    """
    Return ``https://host`` or ``https://host:port`` of an address, "" for what is none.

    The host is in small letters and without a dot at its end; the port stands only where it is not the scheme's own.
    """
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its very name; names are not looked up."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
