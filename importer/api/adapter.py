"""
requests, held to one host: the only module that imports it.

``HTTPAdapter.send`` is used without a ``Session``: no environment proxies, no ``REQUESTS_CA_BUNDLE``, no ``.netrc``,
no cookies, no redirects, no retries. What the adapter would work out anew for each call (pool, TLS settings) is fixed,
and the pool writes and reads by itself (``exchanging``).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager, ProxyManager
from urllib3.util import Timeout

from importer.api.wire import Exchange, PatientTlsSocket, PlainPool, TlsPool
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from urllib3 import BaseHTTPResponse
    from urllib3.connectionpool import HTTPConnectionPool

    from importer.api.address import Address
    from importer.api.exchanging import PlainAnswer

FAULTS = (requests.RequestException, HTTPError, OSError)
"""What sending and reading may raise."""


class _Unread(requests.Response):
    """Carries urllib3's answer out of ``send``, without the cookie jar and history that nobody asks for."""

    def __init__(self) -> None:
        pass


class OneHost(HTTPAdapter):
    """An adapter with one pool of one connection, for one thread. ``exchange``: the call in hand."""

    def __init__(self, address: Address, tls: ssl.SSLContext | None, proxy: str | None, *, step_s: float) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self.exchange = Exchange(step_s)
        # What urllib3 sets is the usual wait; the call's deadline is held by the connection.
        self._timeout = cast("Any", Timeout(connect=step_s, read=step_s))
        self._origin = address.origin
        self._pool = _pool(address, self.exchange, tls, proxy)

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> HTTPConnectionPool:
        """Return the one pool."""
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the pool's TLS settings as they are; they cannot be loosened for a call."""

    def request_url(self, request: requests.PreparedRequest, _proxies: Any) -> str:
        """Return the path, as it was given."""
        return cast("str", request.url)[len(self._origin) :]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:  # noqa: ARG002 - requests'
        """Hand the answer on unread."""
        response = _Unread()
        response.raw = resp
        return response

    def call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> BaseHTTPResponse | PlainAnswer:
        """
        Send one request and return the answer with its body unread. Raises one of ``FAULTS``.

        ``path`` is sent as it is; it must be percent-encoded.
        """
        request = requests.PreparedRequest()
        request.method = method
        request.url = self._origin + path
        request.headers = cast(
            "Any", headers if method == "GET" else {**headers, "Content-Length": str(len(body or b""))}
        )
        request.body = body
        response = self.send(request, stream=True, timeout=self._timeout)
        return cast("BaseHTTPResponse | PlainAnswer", response.raw)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()
        super().close()


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """
    Return a context that trusts certifi's authorities, or those of ``ca_bundle`` instead.

    Certificate and host name are always checked, and no environment variable changes that.

    Raises:
        SettingsError: the bundle cannot be read.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = PatientTlsSocket
    try:
        context.load_verify_locations(cafile=str(ca_bundle or DEFAULT_CA_BUNDLE_PATH))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"ca_bundle cannot be read: {ca_bundle}.",
            fix="Give the path of a PEM file with the certificates of the authorities to trust.",
        ) from error
    return context


def _pool(address: Address, exchange: Exchange, tls: ssl.SSLContext | None, proxy: str | None) -> HTTPConnectionPool:
    wanted: dict[str, Any] = {"exchange": exchange, "maxsize": 1, "block": False}
    if address.scheme == "http":
        return PlainPool(address.host, address.port, **wanted)
    wanted["ssl_context"] = tls
    if proxy is None or address.is_local:
        return TlsPool(address.host, address.port, **wanted)
    return _through(proxy, wanted).connection_from_host(address.host, address.port, scheme="https")


def _through(proxy: str, wanted: dict[str, Any]) -> PoolManager:
    exchange = wanted.pop("exchange")
    manager = ProxyManager(proxy, proxy_ssl_context=wanted["ssl_context"], **wanted)

    def tls_pool(*args: Any, **kwargs: Any) -> TlsPool:
        return TlsPool(*args, exchange=exchange, **kwargs)

    manager.pool_classes_by_scheme = {"https": tls_pool}  # type: ignore[dict-item]  # called, never subclassed
    return manager
