"""
Kills an importer from within, at the n-th moment that matters.

Such moments lie before and after each commit of the ledger, before and after each request, and after each answer.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sqlite3.dbapi2
import threading
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import tuple_row

if TYPE_CHECKING:
    from pathlib import Path


class Points:
    """
    Counts moments in the process where it is installed, and kills (-9) that process at the one numbered ``at``.

    ``at`` None kills never; then ``tell`` writes the names of all moments, a line each, to ``record``.
    """

    def __init__(self, at: int | None, record: Path) -> None:
        self.at = at
        self.record = record
        self._lock = threading.Lock()
        self._names: list[str] = []

    def reach(self, name: str) -> None:
        """Pass a moment."""
        with self._lock:
            self._names.append(name)
            if len(self._names) == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

    def tell(self) -> None:
        """Write the moments that were passed."""
        self.record.write_text("".join(f"{name}\n" for name in self._names), encoding="utf-8")

    def install(self) -> None:
        """Watch this process's databases and sockets."""
        self._watch_sqlite()
        self._watch_postgresql()
        self._watch_sockets()

    def _watch_sqlite(self) -> None:
        reach, connect = self.reach, sqlite3.dbapi2.connect

        class Watched(sqlite3.Connection):
            def commit(self) -> None:
                writes = self.in_transaction and self.total_changes != getattr(self, "told", 0)
                if not writes:
                    super().commit()
                    return
                reach("before commit")
                super().commit()
                self.told = self.total_changes
                reach("after commit")

        def watched(*given: Any, **named: Any) -> sqlite3.Connection:
            return connect(*given, **{"factory": Watched, **named})

        sqlite3.dbapi2.connect = sqlite3.connect = watched  # type: ignore[assignment]

    def _watch_postgresql(self) -> None:
        reach, commit = self.reach, psycopg.Connection.commit

        def watched(connection: psycopg.Connection[Any]) -> None:
            # PostgreSQL gives a transaction a number with its first write.
            inside = connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
            asked = "SELECT pg_current_xact_id_if_assigned()::text"
            if not inside or connection.cursor(row_factory=tuple_row).execute(asked).fetchone() == (None,):
                commit(connection)
                return
            reach("before commit")
            commit(connection)
            reach("after commit")

        psycopg.Connection.commit = watched  # type: ignore[method-assign]

    def _watch_sockets(self) -> None:
        reach, send, read = self.reach, socket.socket.sendall, socket.SocketIO.readinto

        def sendall(sock: socket.socket, data: Any, *flags: int) -> None:
            reach("before send")
            send(sock, data, *flags)
            reach("after send")

        def readinto(stream: socket.SocketIO, buffer: Any) -> Any:
            count = read(stream, buffer)
            reach("after answer")
            return count

        socket.socket.sendall = sendall  # type: ignore[method-assign,assignment]
        socket.SocketIO.readinto = readinto  # type: ignore[method-assign]
