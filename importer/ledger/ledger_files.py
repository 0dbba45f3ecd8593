"""
The ledger's file: found behind its links, its folder made and judged, opened once, judged by its first bytes, and how it ended.

A descriptor of the file may only be closed when nothing in this process has the ledger open: closing any descriptor
gives up the locks that SQLite holds on the file (POSIX), and another program would then take the ledger for free.

A clean end leaves a mark in the file, so that the next opening need not read all of it. The mark names the file (its
inode) and the moment at which it was written last, which the end sets on the file too. It stands in the head of the
database (``PRAGMA user_version``), is taken away with the first thing that is written, and holds only as long as both are
as it says: a copy is another file, and whatever writes to the file changes its time. So after a kill, a power cut, a
restored copy or a change by another program the whole file is looked through once. What stands in the write-ahead log
needs no mark: SQLite keeps checksums of it. A bit that flips on the disk by itself leaves file and time as they were; that
shows in what is read (``integrity``).
"""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import ImporterError, LedgerError, LedgerFull
from importer.ledger.store import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.store import Store


MAGIC: Final = b"SQLite format 3\x00"
HEAD_BYTES: Final = 100
LONGEST_NAME: Final = 255 - len("-journal")
"""Bytes of a ledger's name, beside which there have to be others."""
MOUNTS: Final = Path("/proc/self/mountinfo")
_OTHERS_WRITE: Final = 0o022
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated_os() -> Iterator[None]:
    """Turn the file system's refusals into ``LedgerError``; a full disk is told as the database's own is."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise LedgerFull from error
        raise LedgerError(
            f"The ledger cannot be written: {error.strerror}.", fix="Check the folder's rights and disk."
        ) from error


@translated_os()
def found(path: Path) -> Path:
    """
    Return the path behind all links, so that every name of a ledger leads to the same files beside it.

    Raises:
        LedgerError: the name is a link to nothing: the ledger is gone, or its volume is. Or it is no file's name.
    """
    if "\0" in str(path) or len(os.fsencode(path.name)) > LONGEST_NAME:
        raise LedgerError(
            "The ledger's name is too long for a file, or holds what none may hold.",
            fix="Give another place with --ledger.",
        )
    dangling = next((name for name in (path, *path.parents) if name.is_symlink() and not name.exists()), None)
    if dangling is not None:
        raise LedgerError(
            f"{dangling} is a link to {dangling.readlink()}, and nothing is there. The link was left as it is.",
            fix="Bring back the volume or the file. If the ledger is lost: remove the link, then `importer ledger import "
            "results.csv...` rebuilds it from old reports; a run with --new-ledger begins an empty one.",
        )
    return Path(os.path.realpath(path))


def prepare_folder(folder: Path) -> None:
    """
    Make the folder with all above it for its owner alone.

    Raises:
        LedgerError: it cannot be made, or others may put files of theirs into it.
    """
    with translated_os():
        missing = [level for level in (folder, *folder.parents) if not level.exists()]
        for level in reversed(missing):
            level.mkdir(mode=0o700, exist_ok=True)
        if missing and os.name == "posix":
            # The umask only takes away; a default access list of the folder above may give.
            folder.chmod(0o700)
        about = folder.stat()
    if os.name == "posix" and about.st_mode & _OTHERS_WRITE and not _is_private(about):
        raise LedgerError(
            f"The ledger's folder {folder} can be written by others, who could put another ledger in its place.",
            fix=f"Run: chmod go-w '{folder}', or give another place with --ledger.",
        )


def _is_private(folder: os.stat_result) -> bool:
    """Whether those who may write are only the owner: his own group, of his name, has no other members."""
    if folder.st_mode & stat.S_IWOTH:
        return False
    import grp  # noqa: PLC0415 - POSIX only
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        group, owner = grp.getgrgid(folder.st_gid), pwd.getpwuid(folder.st_uid)
    except KeyError:
        return False
    return group.gr_name == owner.pw_name and set(group.gr_mem) <= {owner.pw_name}


_gate = threading.Lock()
_users: defaultdict[tuple[int, int], int] = defaultdict(int)
_to_close: defaultdict[tuple[int, int], list[int]] = defaultdict(list)


@contextmanager
def descriptor_of(path: Path, *, writes: bool) -> Iterator[int]:
    """
    Give a descriptor of the ledger's file, to be locked and judged by; nothing else of the process opens the file.

    Raises:
        LedgerError: it is no regular file, or cannot be opened.
    """
    # Without O_NONBLOCK a FIFO would hang the run.
    flags = (os.O_RDWR if writes else os.O_RDONLY) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        how = "written" if writes else "read"
        raise LedgerError(
            f"The ledger cannot be {how}: {error.strerror}.",
            fix="Check the folder's rights and disk, or give another place with --ledger.",
        ) from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise foreign()
    known_as = (about.st_dev, about.st_ino)
    with _gate:
        _users[known_as] += 1
    try:
        yield descriptor
    finally:
        with _gate:
            _users[known_as] -= 1
            _to_close[known_as].append(descriptor)
            if not _users[known_as]:
                for one in _to_close.pop(known_as):
                    os.close(one)
                del _users[known_as]


def refuse_other_names(descriptor: int, path: Path) -> None:
    """
    Raise ``LedgerError`` for a file that has another name, too.

    SQLite keeps what is not folded in yet beside the name by which a ledger was opened: by another name it would be
    read without it.
    """
    about = os.fstat(descriptor)
    if about.st_nlink > 1:
        raise LedgerError(
            f"The ledger {path} has a second name (a hard link), by which its newest entries cannot be seen.",
            fix="Remove the other name (find it with: find / -samefile PATH), and use one name or a symbolic link.",
        )
    with translated_os():
        by_name = path.stat()
    if (by_name.st_dev, by_name.st_ino) != (about.st_dev, about.st_ino):
        raise LedgerError(
            "The ledger's file was replaced by another while it was opened.", fix="Run the same command again."
        )
    if is_mounted_alone(path):
        raise LedgerError(
            f"The ledger {path} is mounted as a single file, without what SQLite keeps beside it.",
            fix="Mount its folder instead.",
        )


def is_mounted_alone(path: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the file itself is a mount point (Linux; elsewhere this cannot be told, and is not)."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return False
    name = os.fsencode(path)
    for mark, code in ((b"\\", b"\\134"), (b" ", b"\\040"), (b"\t", b"\\011"), (b"\n", b"\\012")):
        name = name.replace(mark, code)
    return any(len(parts) > 4 and parts[4] == name for line in lines for parts in [line.split(b" ", 5)])


def must_be_a_ledger(descriptor: int, path: Path) -> None:
    """Judge the file by its first 100 bytes, so that what is not SQLite at all is never handed to SQLite."""
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    head = os.read(descriptor, HEAD_BYTES)
    if not size:
        raise damaged("the file is empty")
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        raise damaged("the file does not begin like a database") if size < HEAD_BYTES else foreign()
    page_bytes = int.from_bytes(head[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    # The page count in the head may lag behind while changes stand in the write-ahead log, but never run ahead of it.
    if not path.with_name(path.name + "-wal").exists() and int.from_bytes(head[28:32], "big") * page_bytes > size:
        raise damaged("the file was cut off")


def foreign() -> LedgerError:
    """Return the error for a file or database that is somebody else's."""
    return LedgerError(
        "The file given as the ledger is not one. It was left as it is.", fix="Give another place with --ledger."
    )


@translated_os()
def refuse_leftovers(path: Path) -> None:
    """Raise ``LedgerError`` where a ledger's newest entries are there, but not the ledger: a new one would take them in."""
    log = beside(path)[0]
    if log.exists() and log.stat().st_size:
        raise LedgerError(
            f"There is no ledger at {path}, but its newest entries are there ({log.name}).",
            fix=f"Bring the ledger back beside it. If it is lost for good, move {log.name} away first.",
        )


def beside(path: Path) -> tuple[Path, Path]:
    """Return the files that SQLite keeps beside a database: the write-ahead log and its index."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def restrict(path: Path) -> None:
    """Take the rights of other people away; SQLite gives its -wal and -shm files the rights of the ledger."""
    for name in (path, *beside(path)):
        if os.name == "posix" and name.exists() and not name.is_symlink() and name.stat().st_mode & 0o077:
            with translated_os():
                name.chmod(0o600)


def sync(path: Path) -> None:
    """Put a file or a folder onto the disk."""
    # Windows cannot open a folder for syncing; renaming is durable enough there.
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
