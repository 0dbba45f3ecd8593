"""
Putting a file away: under a name that bears its run, never over another file, its report beside it.

The file gets its second name (``os.link``) before it loses the first. Killed in between it is one file with two names, which
the claim's ``moved_to`` explains. Where a file may not be linked (it belongs to the sender, or the disk has no links) the new
name is reserved by an empty file, which the rename then replaces.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.ingest.listing import same_file, version_of
from importer.model.drops import Whereabouts
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.model.drops import Claim

MOST_NAMES: Final = 1_000
LONGEST_NAME: Final = 255
REASON: Final = "reason.txt"


def place_for(folder: Path, name: str, mark: str) -> Path:
    """
    Return a free name in the folder, ``STEM.MARK.EXT``, and make the folder if it is not there.

    Raises:
        OSError: the folder cannot be made, is a link, or no name is free.
    """
    prepare(folder)
    stem, ending = Path(name).stem, Path(name).suffix
    for count in range(1, MOST_NAMES):
        again = "" if count == 1 else f"-{count}"
        rest = f".{mark}{again}{ending}"
        place = folder / (shortened(stem, LONGEST_NAME - len(os.fsencode(rest)) - len(".report")) + rest)
        if not os.path.lexists(place) and not os.path.lexists(report_folder(place)):
            return place
    raise FileExistsError(f"no free name for {mark}")


def shortened(text: str, most: int) -> str:
    """Return a name's beginning that is at most so many bytes long."""
    raw = os.fsencode(text)
    return text if len(raw) <= most else os.fsdecode(raw[:most])


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


def report_folder(place: Path) -> Path:
    """Return the folder beside a file for its report."""
    return place.with_name(place.stem + ".report")


def move(claim: Claim, source: Path, target: Path, step: Callable[[str], None]) -> Whereabouts:
    """
    Give a file its new name, ``target``, and take the old one; return where it is now.

    ``step`` hears of ``linked`` and ``unlinked``.

    Raises:
        OSError: it cannot be moved; it still has its old name.
    """
    about = _lstat(source)
    there = _lstat(target)
    if there is not None and same_file(claim.version, there):
        _linked_already(source, about, there, step)
        return Whereabouts.MOVED
    if about is None or version_of(about) != claim.version:
        return Whereabouts.GONE
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
    except OSError:
        return None


def has_grown(claim: Claim, place: Path) -> bool:
    """Whether somebody wrote to the file after it was moved to its place."""
    there = _lstat(place)
    return there is not None and same_file(claim.version, there) and there.st_size != claim.size


def put_beside(place: Path, reports: Mapping[str, Path], reason: str) -> None:
    """
    Put copies of a run's report beside a file, or the reason why there is none; what is there already stays.

    Raises:
        OSError: they cannot be written.
    """
    folder = report_folder(place)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if reason:
        with draft(folder / REASON) as made:
            made.stream.write(reason.encode("utf-8", "backslashreplace") + b"\n")
    for name, report in reports.items():
        if not (folder / name).exists():
            with report.open("rb") as given, draft(folder / name) as made:
                while block := given.read(1 << 20):
                    made.stream.write(block)
