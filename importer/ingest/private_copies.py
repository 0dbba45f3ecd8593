"""The private copy of a file: hashed while it is made, and only kept if the file is still the same afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.ingest.listing import known_as
from importer.ingest.places.place import LONGEST_NAME, shortened
from importer.writing.atomic_files import make_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ingest.listing import Entry
    from importer.ingest.places.place import Place
    from importer.ledger import Ledger

BLOCK_BYTES: Final = 1 << 20
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


COPIES: Final = ".ingest"


class Copied(NamedTuple):
    """A copy. ``folder``: its folder's name; the copy in it has the name of the file."""

    folder: str
    path: Path
    sha256: str
    size: int
    version_id: str = ""


class PrivateCopies:
    """The folder with the copies of one ledger's claims, for its owner alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, folder: str) -> Path | None:
        """Return the copy in a folder, None if it is gone."""
        with suppress(OSError):
            return next((self.root / folder).iterdir(), None)
        return None

    def make(self, place: Place, entry: Entry, *, copied: Callable[[], None] = lambda: None) -> Copied | None:
        """
        Copy a file; None if it is another one by now, is being written to, or has vanished.

        ``copied`` is called between the copying and the second look.

        Raises:
            OSError: the copy cannot be written, or the file cannot be read.
        """
        make_directory(self.root)
        folder = self.root / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        try:
            found = self._copied(place, entry, folder)
            copied()
            if found is not None and place.look(entry.raw) == entry.version:
                return found
        except FileNotFoundError:
            pass
        except BaseException:
            self.remove(folder.name)
            raise
        self.remove(folder.name)
        return None

    @staticmethod
    def _copied(place: Place, entry: Entry, folder: Path) -> Copied | None:
        with place.reading(entry) as source:
            if source is None:
                return None
            target = folder / _name_of(entry)
            digest, size = sha256(), 0
            with os.fdopen(os.open(target, _WRITE, 0o600), "wb") as copy:
                while block := source.read(BLOCK_BYTES):
                    digest.update(block)
                    size += len(block)
                    if size > entry.size:
                        return None  # it grows
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
        if size != entry.size:
            return None
        return Copied(folder.name, target, digest.hexdigest(), size, source.version_id)

    def is_whole(self, folder: str, expected: str) -> bool:
        """Whether the copy in a folder is there and has this hash, also after a power cut."""
        path = self.path(folder) if folder else None
        if path is None:
            return False
        digest = sha256()
        try:
            with path.open("rb") as copy:
                while block := copy.read(BLOCK_BYTES):
                    digest.update(block)
        except OSError:
            return False
        return digest.hexdigest() == expected

    def remove(self, folder: str) -> None:
        """Remove a copy; one that is gone already is no fault."""
        if folder:
            shutil.rmtree(self.root / folder, ignore_errors=True)

    def sweep(self, needed: Collection[str]) -> None:
        """Remove what killed passes left behind: files are personal data."""
        try:
            found = [each.name for each in self.root.iterdir()]
        except OSError:
            return
        for folder in found:
            if folder not in needed:
                self.remove(folder)


def _name_of(entry: Entry) -> str:
    """Return the name of a copy, by which its run knows the file: its own, or one on one line."""
    if known_as(entry.raw) == entry.raw:
        return entry.raw
    name = PurePath(known_as(entry.raw))
    return shortened(name.stem, LONGEST_NAME - len(name.suffix.encode())) + name.suffix


def copies_of(job: Job, ledger: Ledger) -> PrivateCopies:
    """Return the copies of a ledger's claims: below the reports, which hold the same data, for their owner alone."""
    return PrivateCopies(job.settings.reports_dir.absolute() / COPIES / ledger.owner().ledger)
