"""
A drop in a folder of an SFTP server.

asyncssh and not one of the file systems above it, because those trust any server's key, follow links, and rename over files.
Here a name of the server is only ever the name of one file in the drop's folder.

The protocol tells times in whole seconds, so a file is known by size and time, and a file that has been put away by its hash.
A move is one rename; where the server makes it of two steps and dies in between, the same bytes have two names, of which
``moved_to`` knows one. Owners mean nothing across machines; the server's rights decide who may put files there.
"""

from __future__ import annotations

import errno
import re
import stat
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from asyncssh import FXF_CREAT, FXF_EXCL, FXF_READ, FXF_WRITE, SFTPAttrs

from importer.ingest.places.place import REASON, Source, new_names, report_folder
from importer.ingest.places.remote import (
    BLOCK_BYTES,
    COPY_S,
    LONGEST_NAME,
    MOST_FILES,
    Clock,
    Found,
    has_content,
    listing_of,
    too_many,
)
from importer.ingest.places.sftp_connection import FAULTS, SftpConnection, refuse
from importer.model.drops import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from importer.ingest.listing import Entry, Listing
    from importer.ingest.places.remote import Network
    from importer.model.drops import Claim, Drop, SftpFolder

_LINKS: Final = re.compile(r"-[rwxsStT-]{9}[.+@]? {1,20}([0-9]{1,9}) ")
MOST_NAMES: Final = MOST_FILES + 1_000
"""So many names of an SFTP folder are heard, those of folders among them."""

_FOLDER: Final = SFTPAttrs(permissions=0o700)
_FILE: Final = SFTPAttrs(permissions=0o600)


class SftpPlace:
    """A ``Place`` on an SFTP server; nobody is asked before the first call, and a lost connection is made again by the next."""

    def __init__(self, where: SftpFolder, drop: Drop, network: Network) -> None:
        self._where = where
        self._drop = drop
        self._server = SftpConnection(where, network)

    def listing(self) -> Listing:
        """Look into the folder; see ``Place``."""
        try:
            client = self._server.made()
            return listing_of(self._drop, self._server.do(self._scanned(client), COPY_S))
        except FAULTS as error:
            refuse(self._drop.name, self._where, error)

    def look(self, raw: str) -> str | None:
        """Return what tells a file's bytes from others; see ``Place``."""
        about = self._lstat(self._path(raw))
        return None if about is None else _version(about)

    @contextmanager
    def reading(self, entry: Entry) -> Iterator[Source | None]:
        """Open a file; see ``Place``."""
        if self.look(entry.raw) != entry.version:
            yield None
            return
        with self._opened(entry.raw, FXF_READ) as file:
            about = self._server.ask(file.stat())
            same = stat.S_ISREG(about.permissions or 0) and _version(about) == entry.version
            yield Source(self._reader(file)) if same else None

    def free_name(self, folder: str, name: str, mark: str) -> str:
        """Return a free name, and make the folder; see ``Place``."""
        self._prepare(folder)
        for new in new_names(name, mark):
            place = f"{folder}/{new}"
            if self._lstat(self._path(place)) is None and self._lstat(self._path(report_folder(place))) is None:
                return place
        raise FileExistsError(errno.EEXIST, "no name is free")

    def put_report(self, folder: str, reports: Mapping[str, Path], reason: str) -> None:
        """Put a report into a folder, for its owner alone; see ``Place``."""
        self._prepare(folder)
        if reason:
            content = reason.encode("utf-8", "backslashreplace") + b"\n"
            self._put(f"{folder}/{REASON}", iter((content,)))
        for name, report in reports.items():
            with report.open("rb") as given:
                self._put(f"{folder}/{name}", _blocks(given))

    def put(self, name: str, content: bytes) -> None:
        """Write a small file of ours."""
        self._put(name, iter((content,)))

    def move(self, claim: Claim, raw: str, step: Callable[[str], None]) -> Whereabouts:
        """Rename a file; see ``Place``."""
        source, target = self._path(raw), self._path(claim.moved_to)
        is_source = self.look(raw) == claim.version
        if self._lstat(target) is not None:
            if not self._is_ours(claim):
                raise FileExistsError(errno.EEXIST, "another file has its new name")
            if is_source:
                self._server.ask(self._server.client().remove(source))
        elif not is_source:
            return Whereabouts.GONE
        else:
            self._prepare(claim.moved_to.rpartition("/")[0])
            # The plain rename, which most servers refuse where the name is taken; the one that replaces is an extension.
            self._server.ask(self._server.client().rename(source, target))
        step("unlinked")
        return Whereabouts.MOVED

    def has_grown(self, claim: Claim) -> bool:
        """Whether somebody wrote to the file since; see ``Place``."""
        about = self._lstat(self._path(claim.moved_to))
        return about is not None and _version(about) != claim.version

    def full_name(self, moved_to: str) -> str:
        """Return a file's address."""
        return f"{self._where}/{moved_to}"

    def names_in(self, folder: str) -> Collection[str]:
        """Return the names of a folder's files; see ``Place``."""
        about = self._lstat(self._path(folder))
        if about is None or not stat.S_ISDIR(about.permissions or 0):
            return []
        found = self._server.ask(self._server.client().readdir(self._path(folder)))
        return sorted(str(each.filename) for each in found if stat.S_ISREG(each.attrs.permissions or 0))

    def content(self, name: str, most: int) -> bytes:
        """Return a small file's beginning; see ``Place``."""
        about = self._lstat(self._path(name))
        if about is None or not stat.S_ISREG(about.permissions or 0):
            return b""
        with self._opened(name, FXF_READ) as file:
            return bytes(self._server.ask(file.read(most)))

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError):
            self._server.ask(self._server.client().remove(self._path(name)))

    def close(self) -> None:
        """End the connection."""
        self._server.close()

    def _path(self, name: str) -> str:
        """Return the path of what has this name below the drop."""
        folder = self._where.path
        return f"{folder.rstrip('/')}/{name}" if folder else name

    async def _scanned(self, client: Any) -> list[Found]:
        about = await client.stat(self._where.path or ".")
        if not stat.S_ISDIR(about.permissions or 0):
            raise NotADirectoryError(errno.ENOTDIR, "it is not a folder")
        found: list[Found] = []
        names = characters = 0
        async for each in client.scandir(self._where.path or "."):
            names, characters = names + 1, characters + len(each.filename)
            # A server may go on for ever, or with folders and long names only.
            if names > MOST_NAMES or characters > MOST_NAMES * LONGEST_NAME:
                raise too_many(self._drop)
            mode = each.attrs.permissions or 0
            if stat.S_ISDIR(mode) or each.filename in {".", ".."}:
                continue
            found.append(
                Found(
                    str(each.filename),
                    _version(each.attrs),
                    each.attrs.size or 0,
                    each.attrs.mtime or 0,
                    _why_left(each),
                )
            )
        return found

    def _lstat(self, path: str) -> Any:
        """Look at a name; the first that is asked after a pause, in which a connection may have been lost unnoticed."""
        with suppress(FileNotFoundError):
            try:
                return self._server.ask(self._server.client().lstat(path))
            except ConnectionError:
                self._server.lost()
                return self._server.ask(self._server.client().lstat(path))
        return None

    def _prepare(self, folder: str) -> None:
        """Make a folder below the drop and what is missing above it; a link in its place is not followed."""
        path = ""
        for part in folder.split("/"):
            path = f"{path}/{part}" if path else part
            about = self._lstat(self._path(path))
            if about is None:
                self._server.ask(self._server.client().mkdir(self._path(path), _FOLDER))
            elif not stat.S_ISDIR(about.permissions or 0):
                raise NotADirectoryError(errno.ENOTDIR, f"it is a link or a file: {part}")

    def _put(self, name: str, blocks: Iterator[bytes]) -> None:
        """Write a file under another name, then give it its own, if nothing has it."""
        folder, _, last = name.rpartition("/")
        part = f"{folder}/.{last}.part" if folder else f".{last}.part"
        if self._lstat(self._path(name)) is not None:
            return
        self.remove(part)  # of a pass that was killed
        with self._opened(part, FXF_WRITE | FXF_CREAT | FXF_EXCL) as file:
            for block in blocks:
                self._server.ask(file.write(block))
        self._server.ask(self._server.client().rename(self._path(part), self._path(name)))

    def _is_ours(self, claim: Claim) -> bool:
        """Whether the file under the claim's new name has the claim's bytes."""
        about = self._lstat(self._path(claim.moved_to))
        if about is None or not stat.S_ISREG(about.permissions or 0) or about.size != claim.size:
            return False
        with self._opened(claim.moved_to, FXF_READ) as file:
            return has_content(self._reader(file), claim.sha256, claim.size)

    @contextmanager
    def _opened(self, name: str, flags: int) -> Iterator[Any]:
        attributes = _FILE if flags & FXF_CREAT else SFTPAttrs()
        # Without encoding=None the file would be one of texts.
        file = self._server.ask(self._server.client().open(self._path(name), flags, attributes, encoding=None))
        try:
            yield file
        finally:
            with suppress(OSError):
                self._server.ask(file.close())

    def _reader(self, file: Any) -> Callable[[int], bytes]:
        clock = Clock()

        def read(most: int) -> bytes:
            clock.heed()
            return bytes(self._server.ask(file.read(most)))

        return read


def _version(about: SFTPAttrs) -> str:
    return f"{about.size}:{about.mtime}"


def _why_left(found: Any) -> str:
    mode = found.attrs.permissions or 0
    if stat.S_ISLNK(mode):
        return "it is a link, which is not followed"
    if not stat.S_ISREG(mode):
        return "it is a pipe, socket or device, not a file"
    # Version 3 of the protocol tells the number of names only in the line that ls would print.
    links = _LINKS.match(str(found.longname or ""))
    return "it has a second name elsewhere (a hard link)" if links and int(links[1]) > 1 else ""


def _blocks(given: BinaryIO) -> Iterator[bytes]:
    return iter(partial(given.read, BLOCK_BYTES), b"")
