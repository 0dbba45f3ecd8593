"""How a ledger in PostgreSQL is connected to: whom it trusts, and what it never shows. No server is needed."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

pytest.importorskip("psycopg")

from importer.errors import LedgerError
from importer.ledger import open_ledger
from importer.ledger.opening import ledger_url
from importer.ledger.server_connection import connection_options


def options(url: str) -> dict[str, object]:
    return connection_options(ledger_url(url), busy_s=5, read_only=False)


@pytest.mark.parametrize("host", ["db.example", "10.0.0.7", "db.example:6543", "[2001:db8::1]"])
def test_off_this_machine_the_server_proves_who_it_is(host: str) -> None:
    """TLS with the right name, the password only by SCRAM and bound to the channel."""
    found = options(f"postgresql://importer:made-up@{host}/ledger")

    assert found["sslmode"] == "verify-full"
    assert found["channel_binding"] == "require"
    assert found["require_auth"] == "scram-sha-256"
    assert found["keepalives"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///ledger?host=db.example",
        "postgresql://127.0.0.1/ledger?hostaddr=10.0.0.7",
        "postgresql:///ledger?host=127.0.0.1,db.example",
        "postgresql:///ledger?service=clinic",
    ],
)
def test_a_host_in_the_query_counts(url: str) -> None:
    """Wherever the URL names another machine, it is another machine."""
    assert options(url)["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    ("url", "variable", "value"),
    [
        ("postgresql:///ledger", "PGHOST", "db.example"),
        ("postgresql://localhost/ledger", "PGHOSTADDR", "10.0.0.7"),
        ("postgresql:///ledger", "PGSERVICE", "clinic"),
    ],
)
def test_a_host_in_the_environment_counts(url: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the URL leaves open libpq takes from the environment, so another machine named there is another machine."""
    monkeypatch.setenv(variable, value)

    assert options(url)["sslmode"] == "verify-full"


def test_a_host_of_the_url_outweighs_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libpq takes PGHOST only where no host is named."""
    monkeypatch.setenv("PGHOST", "db.example")

    assert "sslmode" not in options("postgresql://localhost/ledger")


@pytest.mark.parametrize(
    "url", ["postgresql:///ledger", "postgresql://localhost/l", "postgresql://[::1]/l", "postgresql:///l?host=/run/pg"]
)
def test_on_this_machine_only_the_bare_password_is_kept_back(url: str) -> None:
    """A server here needs no TLS, but is never sent the password itself."""
    found = options(url)

    assert "sslmode" not in found
    assert found["require_auth"] == "!password"


def test_the_url_may_ask_for_less() -> None:
    """What the URL says is the person's own word; what it does not say stays strict."""
    found = options("postgresql://db.example/ledger?sslmode=require")

    assert found.keys().isdisjoint({"sslmode", "channel_binding", "sslrootcert"})
    assert found["require_auth"] == "scram-sha-256"
    assert "require_auth" not in options("postgresql://db.example/ledger?require_auth=password")


def test_a_greedy_server_is_sent_no_password() -> None:
    """A server on this machine that has no TLS and asks for the password in clear text gets none; exit 2."""
    came = b""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            nonlocal came
            peer, _ = server.accept()
            with peer:
                peer.settimeout(5)
                while True:
                    size, code = struct.unpack(">II", peer.recv(8))
                    if code not in {80877103, 80877104}:
                        break
                    peer.send(b"N")
                peer.recv(size - 8)
                peer.send(b"R" + struct.pack(">II", 8, 3))
                came = peer.recv(500)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"postgresql://importer:made-up-password@127.0.0.1:{server.getsockname()[1]}/ledger"
        with pytest.raises(LedgerError) as caught, open_ledger(url):
            pass
        thread.join(5)

    assert b"made-up-password" not in came
    assert "made-up-password" not in str(caught.value)
