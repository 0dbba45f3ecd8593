"""
What places on servers have in common: which names can be taken, whose file lies under a name, and how long things may take.

A server decides what it tells us. So names are only ever parts of its own addresses and of one file here, nothing of what it
says is shown, and each call has an end.
"""

from __future__ import annotations

import errno
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.errors import SettingsError
from importer.ingest.listing import Entry, Left, Listing, is_meant, too_large
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from _typeshed import SupportsWrite

    from importer.model.drops import Drop

ANSWER_S: Final = 60.0
"""A server answers one call within so many seconds."""

COPY_S: Final = 900.0
"""A file is copied within so many seconds, however slowly its bytes come."""

MOST_FILES: Final = 100_000
"""So many names are looked at in one drop; a place with more is no drop."""

BLOCK_BYTES: Final = 1 << 20
LONGEST_NAME: Final = 255
_NOT_ON_WINDOWS: Final = frozenset('<>:"\\|?*')


class Network(NamedTuple):
    """How servers are reached: seconds for a connection, who vouches for a server (None: the usual ones), a proxy."""

    connect_s: float = 10.0
    ca_bundle: Path | None = None
    proxy: str | None = None


class Found(NamedTuple):
    """What a server says of one name. ``why_left``: why it cannot be a file to take, "" if it can."""

    raw: str
    version: str
    size: int
    modified: float
    why_left: str = ""


def listing_of(drop: Drop, found: Iterable[Found]) -> Listing:
    """
    Sort what a server lists into files that may be taken and those that are left.

    Raises:
        SettingsError: there is too much of it.
    """
    entries: dict[str, Entry] = {}
    left: list[Left] = []
    raw: dict[str, str] = {}
    ours = {drop.done.partition("/")[0], drop.refused.partition("/")[0]}
    for count, each in enumerate(found):
        if count >= MOST_FILES:
            raise too_many(drop)
        if each.raw in ours or not is_meant(each.raw, drop.pattern):
            continue
        name = storable(each.raw)
        raw[name] = each.raw
        if reason := each.why_left or why_not_here(each.raw) or too_large(each.size, drop):
            left.append(Left(name, reason))
        else:
            entries[name] = Entry(name, each.raw, each.version, each.size, each.modified)
    return Listing(dict(sorted(entries.items())), tuple(sorted(left)), raw)


def too_many(drop: Drop) -> SettingsError:
    """Return why a place with more names than are looked at is no drop."""
    return SettingsError(
        f"More than {MOST_FILES:,} files lie in the drop {drop.name}.", fix="Name a folder that holds new files only."
    )


def why_not_here(raw: str) -> str:
    """Return why a name of a server cannot be the name of a file here, "" if it can."""
    if not raw or "/" in raw or "\0" in raw or raw in {".", ".."}:
        return "its name leads out of its folder"
    if len(raw.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        return "its name is too long for a file"
    if os.name == "nt" and (_NOT_ON_WINDOWS & set(raw) or raw[-1] in ". "):
        return "its name cannot be a file's on this system"
    return ""


class Clock:
    """Ends what goes on for too long: a server that sends a byte a minute is as good as gone."""

    def __init__(self, seconds: float = COPY_S) -> None:
        self._until = time.monotonic() + seconds

    def heed(self) -> None:
        """Raise ``TimeoutError`` once the time is over."""
        if time.monotonic() > self._until:
            raise TimeoutError(errno.ETIMEDOUT, "its bytes come too slowly")


def has_content(
    read: Callable[[int], bytes], expected: str, most: int, *, into: SupportsWrite[bytes] | None = None
) -> bool:
    """Whether what is read has this hash and no more than so many bytes; ``into``: what keeps it."""
    digest, size, clock = sha256(), 0, Clock()
    while block := read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
        if size > most:
            return False
        if into is not None:
            into.write(block)
        clock.heed()
    return digest.hexdigest() == expected
