"""
How a ledger of SQLite ended: a mark that a clean end leaves in it, so that the next opening need not read all of it.

The mark names the file (its inode) and the moment at which it was written last, which the end sets on the file too.
It stands in the head of the database (``PRAGMA user_version``), is taken away with the first thing that is written, and
holds only as long as both are as it says: a copy is another file, and whatever writes to the file changes its time. So
after a kill, a power cut, a restored copy or a change by another program the whole file is looked through once.

What stands in the write-ahead log needs no mark: SQLite keeps checksums of it. A bit that flips on the disk by itself
leaves file and time as they were; that shows in what is read (``reminder_seals``).
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from importer.errors import ImporterError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.ledger.store import Store


_MICROSECOND_NS: Final = 1_000
"""Finer than this, some file systems round the time of a file."""


def is_clean(store: Store, path: Path) -> bool:
    """Whether the ledger's last writer ended well, and nothing has touched the file since; the store hears of it."""
    with store.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA user_version").scalar()
    about = path.stat()
    store.is_marked = bool(found) and found == _mark(about.st_ino, about.st_mtime_ns)
    return store.is_marked


def _mark(inode: int, at_ns: int) -> int:
    """Return 31 bits that are never all 0, which says that there is no mark."""
    digest = blake2b(f"{inode} {at_ns}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


@contextmanager
def closing_cleanly(store: Store, path: Path) -> Iterator[None]:
    """
    Close the store when the block ends, and leave the mark, unless the ledger itself was what ended it.

    A store that wrote nothing since a clean end leaves the mark as it is.
    """
    at_ns = None
    try:
        yield
    except LedgerError:
        raise
    except ImporterError:
        at_ns = _leave_mark(store, path)
        raise
    else:
        at_ns = _leave_mark(store, path)
    finally:
        store.close()
        if at_ns is not None:
            # Not by a descriptor: to close one would give up the locks that SQLite holds for others of this process.
            with suppress(OSError):
                os.utime(path, ns=(at_ns, at_ns))


def _leave_mark(store: Store, path: Path) -> int | None:
    """Write the mark; return the time that the file has to have by it, None where there can be no mark now."""
    if store.is_marked:
        return None
    at_ns = time.time_ns() // _MICROSECOND_NS * _MICROSECOND_NS
    with suppress(LedgerError, OSError):
        with store.writing() as connection:
            connection.exec_driver_sql(f"PRAGMA user_version={_mark(path.stat().st_ino, at_ns)}")
        return at_ns if store.fold() else None
    return None
