"""
A drop that is a folder of this machine, or of a disk that is mounted here.

A file that is put away gets its second name (``os.link``) before it loses the first. Killed in between it is one file with two
names, which the claim's ``moved_to`` explains. Where a file may not be linked (it belongs to the sender, or the disk has no
links) the new name is reserved by an empty file, which the rename then replaces.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import DropUnreachable, SettingsError
from importer.ingest.listing import Entry, Left, Listing, is_meant, known_as, too_large
from importer.ingest.places.place import REASON, Source, new_names, report_folder
from importer.model.drops import Whereabouts
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from importer.model.drops import Claim, Drop

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Folder:
    """A ``Place`` on this machine: links are never followed, and only files of known owners are taken."""

    def __init__(self, root: Path, drop: Drop) -> None:
        self._root = root
        self._drop = drop

    def listing(self) -> Listing:
        """Look into the folder; see ``Place``."""
        drop, root = self._drop, self._root
        entries: dict[str, Entry] = {}
        left: list[Left] = []
        try:
            owners = _trusted(root.stat())
            with os.scandir(root) as found:
                ours = {drop.done.split("/")[0], drop.refused.split("/")[0]}
                names = sorted(
                    each.name for each in found if is_meant(each.name, drop.pattern) and each.name not in ours
                )
        except NotADirectoryError:
            raise SettingsError(f"The drop {drop.name} is not a folder: {root}", fix="Correct its path.") from None
        except OSError as error:
            raise DropUnreachable(
                f"The drop {drop.name} cannot be looked into: {root}: {error.strerror or 'input error'}.",
                fix="Look whether the folder is mounted and may be read.",
            ) from None
        for name in names:
            try:
                about = (root / name).lstat()
            except OSError:
                continue  # it has vanished since
            if stat.S_ISDIR(about.st_mode):
                continue
            reason = why_left(about, owners) or too_large(about.st_size, drop)
            if reason:
                left.append(Left(known_as(name), reason))
            else:
                entry = Entry(known_as(name), name, version_of(about), about.st_size, about.st_mtime)
                entries[entry.name] = entry
        return Listing(entries, tuple(left), {known_as(name): name for name in names})

    def look(self, raw: str) -> str | None:
        """Return the version of what has this name; see ``Place``."""
        about = _lstat(self._root / raw)
        return None if about is None else version_of(about)

    @contextmanager
    def reading(self, entry: Entry) -> Iterator[Source | None]:
        """Open a file; see ``Place``."""
        source = os.open(self._root / entry.raw, _READ)
        try:
            same = version_of(os.fstat(source)) == entry.version
            yield Source(partial(os.read, source)) if same else None
        finally:
            os.close(source)

    def free_name(self, folder: str, name: str, mark: str) -> str:
        """Return a free name, and make the folder; see ``Place``."""
        place = self._root / folder
        prepare(place)
        for new in new_names(name, mark):
            if not os.path.lexists(place / new) and not os.path.lexists(place / report_folder(new)):
                return Path(os.path.relpath(place / new, self._root)).as_posix()
        raise FileExistsError(f"no free name for {mark}")

    def put_report(self, folder: str, reports: Mapping[str, Path], reason: str) -> None:
        """Put a report into a folder, for its owner alone; see ``Place``."""
        place = self._root / folder
        prepare(place.parent)
        prepare(place)
        if reason:
            with draft(place / REASON) as made:
                made.stream.write(reason.encode("utf-8", "backslashreplace") + b"\n")
        for name, report in reports.items():
            if not (place / name).exists():
                with report.open("rb") as given, draft(place / name) as made:
                    while block := given.read(1 << 20):
                        made.stream.write(block)

    def put(self, name: str, content: bytes) -> None:
        """Write a small file of ours."""
        with draft(self._root / name) as made:
            made.stream.write(content)

    def move(self, claim: Claim, raw: str, step: Callable[[str], None]) -> Whereabouts:
        """Move a file; see ``Place``."""
        source, target = self._root / raw, self._root / claim.moved_to
        about = _lstat(source)
        there = _lstat(target)
        if there is not None and same_file(claim.version, there):
            _linked_already(source, about, there, step)
            return Whereabouts.MOVED
        if about is None or version_of(about) != claim.version:
            return Whereabouts.GONE
        prepare(target.parent)
        try:
            os.link(source, target, follow_symlinks=False)
        except (PermissionError, NotImplementedError):
            _rename(source, target)
            step("unlinked")
            return Whereabouts.MOVED
        step("linked")
        found = target.lstat()
        if not same_file(claim.version, found):
            # Another file took the name between the look and the link: it is not ours to move.
            target.unlink()
            return Whereabouts.GONE
        _linked_already(source, _lstat(source), found, step)
        return Whereabouts.MOVED

    def has_grown(self, claim: Claim) -> bool:
        """Whether somebody still writes to the file; see ``Place``."""
        there = _lstat(self._root / claim.moved_to)
        return there is not None and same_file(claim.version, there) and there.st_size != claim.size

    def full_name(self, moved_to: str) -> str:
        """Return a file's path."""
        return str(self._root / moved_to)

    def names_in(self, folder: str) -> Collection[str]:
        """Return the names of a folder's files; see ``Place``."""
        place = self._root / folder
        about = _lstat(place)
        if about is None or not stat.S_ISDIR(about.st_mode):
            return []
        return sorted(each.name for each in os.scandir(place) if each.is_file(follow_symlinks=False))

    def content(self, name: str, most: int) -> bytes:
        """Return a small file's beginning; see ``Place``."""
        try:
            descriptor = os.open(self._root / name, _READ)
        except FileNotFoundError:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self._root / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Do nothing: nothing is open."""


def version_of(about: os.stat_result) -> str:
    """Return what tells these bytes of a file from others, as far as a glance can."""
    return f"{about.st_dev}:{about.st_ino}:{about.st_size}:{about.st_mtime_ns}"


def same_file(version: str, about: os.stat_result) -> bool:
    """Whether a file is the one of a version, whatever has become of its size and time."""
    return version.split(":")[:2] == [str(about.st_dev), str(about.st_ino)]


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


def prepare(folder: Path) -> None:
    """
    Make a folder for files that are put away, for its owner alone; one that is there is used as it is.

    Raises:
        OSError: it cannot be made, is a link or no folder, or belongs to somebody who owns neither it nor the drop.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode):
        raise NotADirectoryError(f"it is a link or a file: {folder.name}")
    if hasattr(os, "geteuid") and about.st_uid not in {os.geteuid(), folder.parent.stat().st_uid, 0}:
        raise PermissionError(f"it belongs to another user: {folder.name}")


def _linked_already(
    source: Path, about: os.stat_result | None, there: os.stat_result, step: Callable[[str], None]
) -> None:
    if about is not None and (about.st_dev, about.st_ino) == (there.st_dev, there.st_ino):
        source.unlink()
    step("unlinked")


def _rename(source: Path, target: Path) -> None:
    if os.name == "nt":
        source.rename(target)  # refuses a name that is taken
        return
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source.rename(target)
    except OSError:
        target.unlink()
        raise


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
