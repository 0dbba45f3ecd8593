"""The page's own connection to the ledger's database, which takes no run's lock and outlives a lost server."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from importer.errors import LedgerError, LedgerFull, LedgerLocked
from importer.ledger import opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from importer.ledger.store import Store


class PageConnection:
    """
    The tables of the page in the ledger at a path or database URL, open for as long as it serves.

    Several threads may use it. A database that was lost, or a file that was replaced, is opened anew by the next use.
    """

    def __init__(self, place: str, *, lock_timeout_s: float = 0) -> None:
        self._place = place
        self._lock_timeout_s = lock_timeout_s
        self._gate = threading.RLock()
        self._opened: ExitStack | None = None
        self._store: Store | None = None
        self._file: tuple[int, int] | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection inside one transaction, durable when the block ends without an exception."""
        store = self._ready()
        with self._kept_while_there(), store.writing() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one settled state."""
        store = self._ready()
        with self._kept_while_there(), store.reading() as connection:
            yield connection

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._gate:
            opened, self._opened, self._store = self._opened, None, None
            if opened is not None:
                opened.close()

    def _ready(self) -> Store:
        with self._gate:
            if self._store is not None and self._file != self._identity():
                self._close_quietly()
            if self._store is None:
                with ExitStack() as opened:
                    self._store = opened.enter_context(
                        opening.unlocked(self._place, lock_timeout_s=self._lock_timeout_s)
                    )
                    self._file = self._identity()
                    self._opened = opened.pop_all()
            return self._store

    @contextmanager
    def _kept_while_there(self) -> Iterator[None]:
        try:
            yield
        except LedgerError as error:
            # On a full disk a file that is open can be read on, and could perhaps not be opened again.
            if not isinstance(error, LedgerLocked | LedgerFull):
                self._close_quietly()
            raise

    def _close_quietly(self) -> None:
        with suppress(LedgerError):
            self.close()

    def _identity(self) -> tuple[int, int] | None:
        """Return which file the ledger is, None for one on a server."""
        url = opening.ledger_url(self._place)
        if url.get_backend_name() != "sqlite":
            return None
        with suppress(OSError):
            about = opening.path_of(url).stat()
            return about.st_dev, about.st_ino
        return (0, 0)
