"""
The copies of sheets that people upload: under random names, for their owner alone, below the reports, which hold the same data.

Nothing is ever served from there. What a browser says the file is called is kept as data and names nothing on disk.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from importer.errors import FileRefused
from importer.ledger import open_ledger
from importer.ledger.page.import_values import UPLOADS
from importer.writing.atomic_files import make_directory

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from importer.settings import Settings

LARGEST_BYTES: Final = 50_000_000
LONGEST_NAME: Final = 255
BLOCK_BYTES: Final = 1 << 20
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Uploaded(NamedTuple):
    """A copy: its random name, the hash of its bytes in hexadecimal, and its size in bytes."""

    copy: str
    sha256: str
    size: int


class Uploads:
    """The folder with the copies of one ledger's imports."""

    def __init__(self, reports: Path, ledger: str) -> None:
        self.root = reports.absolute() / UPLOADS / ledger

    def path(self, copy: str) -> Path:
        """Return where a copy lies."""
        return self.root / copy

    def take(self, stream: IO[bytes]) -> Uploaded:
        """
        Copy what is uploaded; ``stream`` is read to its end.

        Raises:
            FileRefused: it is larger than 50 MB, or the disk is full; nothing of it is left.
        """
        name = secrets.token_hex(16)
        digest, size = sha256(), 0
        try:
            make_directory(self.root)
            with os.fdopen(os.open(self.path(name), _WRITE, 0o600), "wb") as copy:
                while block := stream.read(BLOCK_BYTES):
                    size += len(block)
                    _refuse_too_large(size)
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
        except OSError as error:
            self.remove(name)
            raise FileRefused(
                f"The file could not be kept: {error.strerror or 'the disk refused it'}.",
                code="copy_failed",
                fix="Ask the person who looks after the importer to free some space, then upload it again.",
            ) from None
        except BaseException:
            self.remove(name)
            raise
        return Uploaded(name, digest.hexdigest(), size)

    def remove(self, copy: str) -> None:
        """Remove a copy; one that is gone already is no fault."""
        if copy:
            with suppress(OSError):
                self.path(copy).unlink()

    def sweep(self, needed: Collection[str]) -> None:
        """Remove copies that no import has: of uploads that were cut off, and of imports that were purged."""
        with suppress(OSError):
            for each in self.root.iterdir():
                if each.name not in needed and not each.name.endswith(".lock"):
                    self.remove(each.name)


def _refuse_too_large(size: int) -> None:
    if size > LARGEST_BYTES:
        raise FileRefused(
            f"The file is larger than {LARGEST_BYTES // 1_000_000} MB.",
            code="file_too_large",
            fix="Delete rows and columns that are not needed, or split the sheet into smaller ones.",
        )


def kept_name(name: str) -> str:
    """Return the name that a browser gave a file as it is kept: as data, of at most 255 characters; NUL stands in no database."""
    return name.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()[:LONGEST_NAME] or "Sheet without a name"


def uploads_of(settings: Settings) -> Uploads:
    """
    Return the uploads of the settings' ledger.

    Raises:
        LedgerError: there is none, or it cannot be read.
    """
    with open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True) as ledger:
        return Uploads(settings.reports_dir, ledger.owner().ledger)
