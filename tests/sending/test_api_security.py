"""The token goes to the API and nowhere else, and nothing in the environment changes that."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
import trustme
from planned import Request
from scripted_server import Seen, Server, always, answer

from importer.api import Api, Route, Timeouts
from importer.api.client import address
from importer.errors import SettingsError
from importer.model.planned_calls import Reply, Trouble
from importer.model.statuses import Action

if TYPE_CHECKING:
    from pathlib import Path

Serve = Callable[..., Server]

CREATE = Request(Action.CREATE, None, b'{"phone":"4155552671","firstName":"Zerafina"}')
FINE = answer(200, {"uuid": "u1"})
TOKEN = "tok-very-secret-5150"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make an authority that nobody trusts unless told to."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    """Write the authority's certificate to a PEM file."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def tls(authority: trustme.CA, name: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    days = -1 if expired else 30
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    begin = end - dt.timedelta(days=60)
    authority.issue_cert(name, not_after=end, not_before=begin).configure_cert(context)
    return context


def reply_to(url: str, **kwargs: object) -> Reply:
    with Api(url, TOKEN, timeouts=Timeouts(5, 10), **kwargs) as api:
        return api.send(*CREATE)


def test_speaks_tls_with_an_authority_that_was_given(serve: Serve, authority: trustme.CA, bundle: Path) -> None:
    """A bundle in the settings is trusted, and many calls share the connection."""
    server = serve(always(FINE), tls=tls(authority))

    with Api(server.url, TOKEN, route=Route(ca_bundle=bundle)) as api:
        replies = [api.send(*CREATE) for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        pytest.param("untrusted", "localhost", id="unknown-authority"),
        pytest.param("expired", "localhost", id="expired"),
        pytest.param("misnamed", "elsewhere.example", id="another-host"),
    ],
)
def test_refuses_a_certificate(serve: Serve, authority: trustme.CA, bundle: Path, fault: str, name: str) -> None:
    """A certificate that does not hold ends the call before a byte of it, and that is surely not processed."""
    server = serve(always(FINE), tls=tls(authority, name, expired=fault == "expired"))

    reply = reply_to(server.url, route=Route(ca_bundle=None if fault == "untrusted" else bundle))

    assert reply.trouble is Trouble.TLS
    assert reply.trouble.surely_not_processed
    assert server.seen == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_no_variable_makes_a_certificate_trusted(
    serve: Serve, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The environment alone cannot add an authority."""
    monkeypatch.setenv(variable, str(bundle.parent if variable == "SSL_CERT_DIR" else bundle))
    server = serve(always(FINE), tls=tls(authority))

    reply = reply_to(server.url)

    assert reply.trouble is Trouble.TLS
    assert server.seen == []


def test_writes_no_keys_of_its_connections(
    serve: Serve, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SSLKEYLOGFILE, which would let others read along, is not obeyed."""
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    server = serve(always(FINE), tls=tls(authority))

    reply = reply_to(server.url, route=Route(ca_bundle=bundle))

    assert reply.status == 200
    assert not keys.exists()


@contextmanager
def listening(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """Take one connection, behave, and give the https URL to reach it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with listener.accept()[0] as sock:
                behave(sock)

        threading.Thread(target=take, daemon=True).start()
        yield f"https://localhost:{listener.getsockname()[1]}"


def test_plain_http_where_tls_is_expected() -> None:
    """A server that does not speak TLS is a matter of TLS, not of this one call."""
    with listening(lambda sock: sock.sendall(answer(400) if sock.recv(1000) else b"")) as url:
        reply = reply_to(url)

    assert reply.trouble is Trouble.TLS


def test_a_handshake_that_breaks_off_is_not_a_bad_certificate() -> None:
    """A server that dies in the handshake is unreachable for now; that must not end the run."""
    with listening(lambda sock: sock.close()) as url:
        reply = reply_to(url)

    assert reply.trouble is Trouble.REFUSED


def test_a_handshake_that_hangs_is_a_connect_timeout() -> None:
    """The time to connect counts for TLS too."""
    done = threading.Event()
    with (
        listening(lambda _sock: done.wait(5)) as url,
        Api(url, TOKEN, timeouts=Timeouts(connect_s=0.3, total_s=5)) as api,
    ):
        reply = api.send(*CREATE)
        done.set()

    assert reply.trouble is Trouble.CONNECT_TIMEOUT


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxies_of_the_environment_are_not_used(
    serve: Serve, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A proxy that somebody left in the environment sees nothing."""
    proxy = serve(always(FINE))
    monkeypatch.setenv(variable, proxy.url)
    plain, secure = serve(always(FINE)), serve(always(FINE), tls=tls(authority))

    replies = [reply_to(plain.url), reply_to(secure.url, route=Route(ca_bundle=bundle))]

    assert [reply.status for reply in replies] == [200, 200]
    assert proxy.connections == 0


def test_netrc_is_not_read(serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A password in .netrc neither replaces the token nor leaves the machine."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(always(FINE))

    reply_to(server.url)

    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(serve: Serve, status: int) -> None:
    """Another host that a redirect names gets neither call nor token."""
    other = serve(always(FINE))
    server = serve(always(answer(status, headers={"Location": f"{other.url}/events/reminders"})))

    reply = reply_to(server.url)

    assert reply.status == status
    assert reply.answer is None
    assert other.connections == 0


def test_a_redirect_is_not_read_to_its_end(serve: Serve) -> None:
    """Nor is its target looked at: the answer is read like any other, and cut where others are."""
    bomb = gzip.compress(b" " * 64 * 2**20)
    headers = {"Location": "https://other.example/", "Content-Encoding": "gzip"}
    server = serve(always(answer(302, bomb, headers=headers)))

    reply = reply_to(server.url)

    assert (reply.status, reply.trouble) == (302, Trouble.TOO_LARGE)


@pytest.mark.parametrize("url", ["http://other.example/", "https://127.0.0.1/", "http://127.0.0.1.example/"])
def test_no_session_knows_another_address(serve: Serve, url: str) -> None:
    """The token's session has a connection to the address of the settings, and none to any other."""
    with Api(serve(always(FINE)).url, TOKEN) as api, pytest.raises(requests.exceptions.InvalidSchema):
        api._session().get(url)


def test_cookies_are_not_kept(serve: Serve) -> None:
    """The API knows us by the token alone."""
    server = serve(always(answer(200, {"uuid": "u1"}, headers={"Set-Cookie": "session=1"})))

    with Api(server.url, TOKEN) as api:
        api.send(*CREATE)
        api.send(*CREATE)

    assert "cookie" not in server.seen[1].headers


def test_a_proxy_of_the_settings_makes_a_tunnel(serve: Serve, authority: trustme.CA, bundle: Path) -> None:
    """The proxy is told the host and port, and passes on bytes that it cannot read."""
    asked: list[Seen] = []

    def tunnel(seen: Seen, sock: socket.socket) -> bool:
        asked.append(seen)
        sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return False

    proxy = serve(tunnel)
    reply = reply_to("https://api.example:8443", route=Route(ca_bundle=bundle, proxy=proxy.url))

    assert (asked[0].method, asked[0].path) == ("CONNECT", "api.example:8443")
    assert "authorization" not in asked[0].headers
    assert TOKEN not in str(asked[0])
    assert reply.trouble is Trouble.REFUSED


def tunnel_to(port: int) -> Callable[[Seen, socket.socket], bool]:
    """Return a script that passes bytes on to this port of this machine."""

    def tunnel(_seen: Seen, sock: socket.socket) -> bool:
        with socket.create_connection(("127.0.0.1", port)) as inner:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(inner, sock), daemon=True)
            back.start()
            pump(sock, inner)
        return False

    return tunnel


@pytest.mark.parametrize("secure", [False, True], ids=["http-proxy", "https-proxy"])
def test_calls_go_through_the_tunnel(serve: Serve, authority: trustme.CA, bundle: Path, *, secure: bool) -> None:
    """Behind the proxy, certificate and token are as without it, and many calls share the tunnel."""
    api_server = serve(always(FINE), tls=tls(authority, "api.example"))
    proxy = serve(tunnel_to(api_server.port), tls=tls(authority) if secure else None)

    route = Route(ca_bundle=bundle, proxy=proxy.url)
    with Api("https://api.example", TOKEN, timeouts=Timeouts(5, 10), route=route) as api:
        replies = [api.send(*CREATE) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 200]
    assert api_server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert (api_server.connections, proxy.connections) == (1, 1)


def test_a_proxy_is_told_its_own_password(serve: Serve, bundle: Path) -> None:
    """User and password in the proxy's address go to the proxy, and to nobody else."""
    asked: list[Seen] = []

    def refuse(seen: Seen, sock: socket.socket) -> bool:
        asked.append(seen)
        sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return False

    proxy = serve(refuse).url.replace("://", "://ann:p%40ss@")
    reply = reply_to("https://api.example", route=Route(ca_bundle=bundle, proxy=proxy))

    assert asked[0].headers["proxy-authorization"] == "Basic " + base64.b64encode(b"ann:p@ss").decode()
    assert reply.trouble is Trouble.REFUSED


def test_a_proxy_that_drips_is_a_connect_timeout(serve: Serve, bundle: Path) -> None:
    """The time to connect counts for the tunnel, too."""

    def drip(_seen: Seen, sock: socket.socket) -> bool:
        for _ in range(100):
            sock.sendall(b"H")
            time.sleep(0.05)
        return False

    began = time.monotonic()
    route = Route(ca_bundle=bundle, proxy=serve(drip).url)
    with Api("https://api.example", TOKEN, timeouts=Timeouts(0.4, 30), route=route) as api:
        reply = api.send(*CREATE)

    assert reply.trouble is Trouble.CONNECT_TIMEOUT
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_proxy_is_not_asked_for_this_machine(
    serve: Serve, authority: trustme.CA, bundle: Path, *, secure: bool
) -> None:
    """A sandbox on loopback is reached without it."""
    proxy = serve(always(FINE))
    server = serve(always(FINE), tls=tls(authority) if secure else None)

    reply = reply_to(server.url, route=Route(ca_bundle=bundle, proxy=proxy.url))

    assert (reply.status, proxy.connections) == (200, 0)


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
    except OSError:
        return


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.example",
        "http://127.0.0.1.example",
        "http://localhost.example:80",
        "http://10.0.0.1",
        "http://2130706433",
        "http://[2001:db8::1]",
        "http://0.0.0.0",
        "https://user:pass@api.example",
        "http://localhost@api.example",
        "https://api.example/?token=1",
        "https://api.example/#x",
        "ftp://api.example",
        "file:///etc/passwd",
        "//api.example",
        "api.example",
        "https://",
        "https://api.example:99999",
        "https://api.example/legacy api",
        "https://api.example/légacy",
        "",
    ],
)
def test_refuses_addresses_that_are_not_safe(base_url: str) -> None:
    """Only https, or http to this machine, and nothing but an address."""
    with pytest.raises(SettingsError):
        Api(base_url, TOKEN)


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://tactical-client-api.attentivemobile.com", "https://tactical-client-api.attentivemobile.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.9.10:1", "http://127.8.9.10:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_takes_safe_addresses(base_url: str, origin: str) -> None:
    """HTTPS anywhere, and plain HTTP on loopback in all its spellings."""
    assert address(base_url).origin == origin


@pytest.mark.parametrize("token", ["", "  ", "a b", "a\nb", "töken", "a\x00b"])
def test_refuses_tokens_that_no_header_can_carry(token: str) -> None:
    """The message says what is wrong without quoting the token."""
    with pytest.raises(SettingsError) as caught:
        Api("https://api.example", token)

    assert not token.strip() or token not in str(caught.value)


@pytest.mark.parametrize("proxy", ["nonsense", "socks5://proxy.example:1080", "http://", "http://p:99999"])
def test_refuses_proxies_that_are_none(proxy: str) -> None:
    """A proxy that cannot be used is said at the start, not at the first call."""
    with pytest.raises(SettingsError, match="proxy"):
        Api("https://api.example", TOKEN, route=Route(proxy=proxy))


def test_refuses_a_bundle_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing bundle is no reason to trust everybody."""
    with pytest.raises(SettingsError, match="ca_bundle"):
        Api("https://api.example", TOKEN, route=Route(ca_bundle=tmp_path / "none.pem"))


def test_no_log_holds_token_or_person(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Even with every library's log at its loudest there is neither token nor name nor phone."""
    caplog.set_level(logging.DEBUG)
    server = serve(always(answer(500, {"message": f"Bearer {TOKEN}"})))

    reply_to(server.url)

    for secret in (TOKEN, "Zerafina", "4155552671", base64.b64encode(TOKEN.encode()).decode()):
        assert secret not in caplog.text
