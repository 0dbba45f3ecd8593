"""What lies in a drop: files that may be taken, and what is left with a reason."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.errors import DropUnreachable, SettingsError
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model.drops import Drop

UNFINISHED: Final = (".part", ".tmp", ".filepart")
"""Endings under which programs write a file before they give it its name."""


class Entry(NamedTuple):
    """
    A file that may be taken.

    ``name``: as the ledger and people write it; ``path`` leads to it. ``version``: other for other bytes. ``modified``:
    UTC seconds.
    """

    name: str
    path: Path
    version: str
    size: int
    modified: float


class Left(NamedTuple):
    """Something with a file's name that is left where it is, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A drop's content: ``entries`` by name; ``paths``: of everything with a file's name, taken or left."""

    entries: dict[str, Entry]
    left: tuple[Left, ...] = ()
    paths: dict[str, Path] = field(default_factory=dict)


def version_of(about: os.stat_result) -> str:
    """Return what tells these bytes of a file from others, as far as a glance can."""
    return f"{about.st_dev}:{about.st_ino}:{about.st_size}:{about.st_mtime_ns}"


def same_file(version: str, about: os.stat_result) -> bool:
    """Whether a file is the one of a version, whatever has become of its size and time."""
    return version.split(":")[:2] == [str(about.st_dev), str(about.st_ino)]


def list_drop(drop: Drop) -> Listing:
    """
    Look into a drop. Folders, hidden files, and names that are not meant are passed over.

    Raises:
        DropUnreachable: it is not there, or cannot be looked into now.
        SettingsError: it is no folder.
    """
    entries: dict[str, Entry] = {}
    left: list[Left] = []
    try:
        owners = _trusted(drop.path.stat())
        with os.scandir(drop.path) as found:
            ours = {drop.done.split("/")[0], drop.refused.split("/")[0]}
            names = sorted(each.name for each in found if is_meant(each.name, drop.pattern) and each.name not in ours)
    except NotADirectoryError:
        raise SettingsError(f"The drop {drop.name} is not a folder: {drop.path}", fix="Correct its path.") from None
    except OSError as error:
        raise DropUnreachable(
            f"The drop {drop.name} cannot be looked into: {drop.path}: {error.strerror or 'input error'}.",
            fix="Look whether the folder is mounted and may be read.",
        ) from None
    for name in names:
        path = drop.path / name
        try:
            about = path.lstat()
        except OSError:
            continue  # it has vanished since
        if stat.S_ISDIR(about.st_mode):
            continue
        reason = why_left(about, owners)
        if reason:
            left.append(Left(storable(name), reason))
        else:
            entry = Entry(storable(name), path, version_of(about), about.st_size, about.st_mtime)
            entries[entry.name] = entry
    return Listing(entries, tuple(left), {storable(name): drop.path / name for name in names})


def is_meant(name: str, pattern: str) -> bool:
    """Whether a name is the one of a file to take, by itself and by the drop's pattern."""
    if name.startswith((".", "~$")) or name.casefold().endswith(UNFINISHED):
        return False
    return fnmatchcase(name, pattern) or fnmatchcase(name.casefold(), pattern.casefold())


def why_left(about: os.stat_result, owners: frozenset[int]) -> str:
    """Return why a file is not taken, "" if it may be."""
    mode = about.st_mode
    if stat.S_ISLNK(mode):
        return "it is a link, which is not followed"
    if not stat.S_ISREG(mode):
        return "it is a pipe, socket or device, not a file"
    if owners and about.st_uid not in owners:
        return "it belongs to another user than the folder"
    if about.st_nlink > 1:
        return "it has a second name elsewhere (a hard link)"
    return ""


def _trusted(folder: os.stat_result) -> frozenset[int]:
    """Return whose files are taken: this user's, the folder's owner's, the system's; none where there are no owners."""
    return frozenset({os.geteuid(), folder.st_uid, 0}) if hasattr(os, "geteuid") else frozenset()


__all__ = ["Entry", "Left", "Listing", "is_meant", "list_drop", "same_file", "version_of", "why_left"]
