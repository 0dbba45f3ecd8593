"""
How a ledger's connection to a PostgreSQL server is made.

Off this machine the server must prove who it is (``verify-full``) and must never be shown the password itself
(SCRAM, bound to the TLS channel); weaker only where the ledger's URL says so.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.interrupts import heard_afterwards
from importer.model.statuses import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import URL
    from sqlalchemy.exc import DBAPIError


REQUIRE_AUTH_SINCE: Final = 160_000
"""The version of libpq from which a client can say how it lets itself be asked for the password."""

# Seconds, and for ``tcp_user_timeout`` milliseconds: a machine without power gives its lock back within half a minute.
_IDLE_S, _INTERVAL_S, _COUNT, _UNANSWERED_MS = 10, 5, 3, 25_000
_KEEPALIVES: Final[Mapping[str, Any]] = {
    "keepalives": 1,
    "keepalives_idle": _IDLE_S,
    "keepalives_interval": _INTERVAL_S,
    "keepalives_count": _COUNT,
    "tcp_user_timeout": _UNANSWERED_MS,
}
# The server has to notice, too, that its client is gone.
_SERVER_KEEPALIVES: Final = (
    *(f"-c tcp_{name}={value}" for name, value in _KEEPALIVES.items() if name.startswith("keepalives_")),
    f"-c tcp_user_timeout={_UNANSWERED_MS}",
)


_LAST_WORDS: Final = ("57P01", "57P02", "57P03", "57P05", "25P03", "08")
"""States with which a server ends a connection: it shuts down, was told to, the connection was idle for too long, or broke."""


def connection_options(url: URL, *, busy_s: float, read_only: bool) -> dict[str, Any]:
    """
    Return what a connection is made with besides its URL; what the URL says itself is left to it.

    ``busy_s``: how long a statement waits for a lock, in seconds.
    """
    # The URL may have options of its own, such as a search path; ours come after them.
    own = url.query.get("options", ())
    options = [own] if isinstance(own, str) else list(own)
    options += [*_SERVER_KEEPALIVES, f"-c lock_timeout={int(busy_s * 1000)}"]
    if read_only:
        options.append("-c default_transaction_read_only=on")
    wanted = {**_KEEPALIVES, **_trust(url)}
    return {"options": " ".join(options)} | {name: value for name, value in wanted.items() if name not in url.query}


def _trust(url: URL) -> dict[str, str]:
    """Return how the server has to prove itself, and how it may ask for the password."""
    import psycopg  # noqa: PLC0415 - an extra

    says_how_to_ask = psycopg.pq.version() >= REQUIRE_AUTH_SINCE
    if is_local(url):
        return {"require_auth": "!password"} if says_how_to_ask else {}
    found = {"sslmode": "verify-full"}
    if not (Path.home() / ".postgresql" / "root.crt").exists():
        found["sslrootcert"] = "system"
    if "sslmode" in url.query:
        # The person's own word: what only TLS can give is not asked for any more.
        found = {}
    else:
        found["channel_binding"] = "require"
    return found | ({"require_auth": "scram-sha-256"} if says_how_to_ask else {})


def is_ended(error: DBAPIError) -> bool:
    """Whether a connection has ended with an error; its driver may not have seen the end by the server's last word."""
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(_LAST_WORDS)


def is_local(url: URL) -> bool:
    """
    Whether the server is on this machine: a loopback address, or a socket in the file system.

    What the URL leaves open libpq takes from the environment.
    """
    if "service" in url.query or os.environ.get("PGSERVICE"):
        return False
    named = [url.host] if url.host else []
    for name in ("host", "hostaddr"):
        given = url.query.get(name, ())
        if not given and not (name == "host" and url.host):
            given = os.environ.get(f"PG{name.upper()}", "")
        named += [part for text in ([given] if isinstance(given, str) else given) for part in text.split(",")]
    return all(not host or host.startswith(("/", "@")) or is_loopback(host) for host in named)


def connected(_dialect: object, _record: object, given: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Make a connection; Ctrl-C is heard once its answer is there, and of many rows at once that of all."""
    import psycopg  # noqa: PLC0415 - an extra

    class Cursor(psycopg.Cursor[Any]):
        def executemany(self, *given: Any, **named: Any) -> None:
            with heard_afterwards():  # what a handler raises between the answers would leave the pipeline open for good
                super().executemany(*given, **named)

    class Connection(psycopg.Connection[Any]):
        def wait(self, *given: Any, **named: Any) -> Any:
            with heard_afterwards():  # what a handler raises in between would make it refuse even the rollback
                return super().wait(*given, **named)

    return Connection.connect(*given, cursor_factory=Cursor, **options)
