"""
A drop that is fetched: a query or a published sheet, taken by its content.

A pass fetches it once, into a private file, and looks at that as at the one file of a folder. Its version is its content, so what has
not changed is not taken again. Nothing can be moved or written there.
"""

from __future__ import annotations

import errno
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from importer.commands.job import Job
from importer.errors import SettingsError
from importer.fetching.fetched_source import fetch_link, run_query, with_number
from importer.fetching.named_sources import Link, Query, whole_address
from importer.fetching.private_files import private_file
from importer.ingest.listing import Entry, Left, Listing, too_large
from importer.ingest.places.place import Source
from importer.interrupts import StopSignal
from importer.settings import profile_named
from importer.settings.places import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from importer.model.drops import Claim, Drop, FetchedSource, Whereabouts
    from importer.settings import Settings

BLOCK_BYTES = 1 << 20


class FetchedPlace:
    """A ``Place`` that holds one file, as long as it is open."""

    def __init__(self, source: FetchedSource, drop: Drop, settings: Settings, stop: StopSignal | None) -> None:
        self._drop = drop
        self._source = _named(source, settings)
        self._job = _job(drop, source, settings, stop or StopSignal())
        self._kept = ExitStack()
        self._entry: Entry | None = None
        self._path: Path | None = None

    def listing(self) -> Listing:
        """Fetch what there is, once in a pass; see ``Place``. ``FileRefused``: it is no sheet, or the query is none."""
        entry = self._entry or self._fetched()
        if why := too_large(entry.size, self._drop):
            return Listing({}, (Left(entry.name, why),))
        return Listing({entry.name: entry}, (), {entry.name: entry.raw})

    def _fetched(self) -> Entry:
        name = self._source.name
        with ExitStack() as kept:
            path, file = kept.enter_context(private_file(name))
            if isinstance(self._source, Link):
                fetch_link(self._job, self._source, file, self._drop.max_bytes)
            else:
                with_number(self._job, run_query(self._job, self._source, file))
            self._kept = kept.pop_all()
        digest = sha256()
        with path.open("rb") as copy:
            while block := copy.read(BLOCK_BYTES):
                digest.update(block)
        self._path = path
        self._entry = Entry(name, name, digest.hexdigest(), path.stat().st_size, 0.0)
        return self._entry

    def look(self, raw: str) -> str | None:
        """Return the version of what was fetched; see ``Place``."""
        return self._entry.version if self._entry is not None and raw == self._entry.raw else None

    @contextmanager
    def reading(self, entry: Entry) -> Iterator[Source | None]:
        """Open what was fetched; see ``Place``."""
        if self._path is None or self.look(entry.raw) != entry.version:
            yield None
            return
        with self._path.open("rb", buffering=0) as file:
            yield Source(partial(_read, file.read))

    def free_name(self, _folder: str, _name: str, _mark: str) -> str:
        """Refuse: nothing is put away there."""
        raise _nothing_is_written()

    def put_report(self, _folder: str, _reports: Mapping[str, Path], _reason: str) -> None:
        """Refuse: no report goes there."""
        raise _nothing_is_written()

    def put(self, _name: str, _content: bytes) -> None:
        """Refuse: nothing is written there."""
        raise _nothing_is_written()

    def move(self, _claim: Claim, _raw: str, _step: Callable[[str], None]) -> Whereabouts:
        """Refuse: nothing is moved there."""
        raise _nothing_is_written()

    def has_grown(self, _claim: Claim) -> bool:
        """Say no: nothing was moved, so nobody writes to it."""
        return False

    def full_name(self, moved_to: str) -> str:
        """Return the name as it is; see ``Place``."""
        return moved_to

    def names_in(self, _folder: str) -> Collection[str]:
        """Return none: there are no folders."""
        return []

    def content(self, _name: str, _most: int) -> bytes:
        """Return nothing: there is no other file."""
        return b""

    def remove(self, _name: str) -> None:
        """Refuse: nothing of ours lies there."""
        raise _nothing_is_written()

    def close(self) -> None:
        """Let go of what was fetched."""
        self._kept.close()
        self._entry = self._path = None


def _read(read: Callable[[int], bytes | None], most: int) -> bytes:
    return read(most) or b""


def _nothing_is_written() -> OSError:
    return OSError(errno.EROFS, "nothing is written to a query or a link")


def _named(source: FetchedSource, settings: Settings) -> Query | Link:
    """Return the query or the link. ``SettingsError``: no database is named."""
    if source.link is not None:
        return Link(source.link, source.link_hosts)
    address = source.database and whole_address(source.database, settings.database_url)
    address = address or settings.database_url
    if address is None or source.query_file is None:
        raise SettingsError(
            "A drop has a query_file, but no database.",
            fix="Name it as database in the drop, or set IMPORTER_DATABASE.",
        )
    return Query(address, without_password(address), source.query_file)


def _job(drop: Drop, source: FetchedSource, settings: Settings, stop: StopSignal) -> Job:
    """Return the job by which it is fetched: the drop's profile, its key, and a clock of its own."""
    name = drop.profile or settings.profile
    settings = replace(settings, profile=name, key_column=source.key_column)
    return Job(settings, profile_named(settings, name), stop=stop)
