"""A request that says no more than that a job ran: to the address of somebody who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from importer import __version__
from importer.api.client import Session, checked_proxy, tls_context

if TYPE_CHECKING:
    from importer.api.client import Route, Timeouts


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
