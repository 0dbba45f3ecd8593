"""What a pass asks of the place in which a drop lies, be it a folder of this machine or a server."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from importer.ingest.listing import Entry, Listing
    from importer.model.drops import Claim, Whereabouts

REASON: Final = "reason.txt"
MOST_NAMES: Final = 1_000
LONGEST_NAME: Final = 255
LONGEST_ENDING: Final = 20
_REPORT: Final = ".report"


class Source(NamedTuple):
    """An opened file. ``read``: its next bytes, at most so many, b"" at its end. ``version_id``: see ``Claim``."""

    read: Callable[[int], bytes]
    version_id: str = ""


class Place(Protocol):
    """
    One drop's place, or that of its reports.

    A file that lies in it is named by ``raw``, as the place itself writes it; ``moved_to`` and ``folder`` lead from the
    place on, with ``/``. All methods raise ``OSError`` where the place does not do what is asked; its text may be shown.
    """

    def listing(self) -> Listing:
        """
        Return what lies there now. Folders, hidden files and names that are not meant are passed over.

        Raises:
            DropUnreachable: it is not there, or cannot be looked into now.
            SettingsError: it cannot be looked into as the settings name it.
        """

    def look(self, raw: str) -> str | None:
        """Return the version of what has this name now, None where nothing has it."""

    def reading(self, entry: Entry) -> AbstractContextManager[Source | None]:
        """Open a file, following no link; None if it is another one by now than the one that was listed."""

    def free_name(self, folder: str, name: str, mark: str) -> str:
        """Return a name that nothing has, ``FOLDER/STEM.MARK.EXT``; the folder is made if it is not there."""

    def put_report(self, folder: str, reports: Mapping[str, Path], reason: str) -> None:
        """Put a run's report, or the reason why there is none, into a folder; what is there already stays."""

    def put(self, name: str, content: bytes) -> None:
        """Write a small file of ours."""

    def move(self, claim: Claim, raw: str, step: Callable[[str], None]) -> Whereabouts:
        """
        Give the claim's file its new name ``moved_to``, never over another file, and take the old one.

        ``step`` hears of ``linked`` and ``unlinked``. Killed in between, the same call makes it good. Where the file has gone,
        or another one has its name, nothing is moved.
        """

    def has_grown(self, claim: Claim) -> bool:
        """Whether somebody wrote to the file after it was moved to its place."""

    def full_name(self, moved_to: str) -> str:
        """Return where a file lies, as people write it; without password or key."""

    def names_in(self, folder: str) -> Collection[str]:
        """Return the names of the files in a folder; none where there is no such folder, or a link in its place."""

    def content(self, name: str, most: int) -> bytes:
        """Return a small file's beginning, b"" where there is no such file."""

    def remove(self, name: str) -> None:
        """Remove a file of ours; one that is gone already is no fault."""

    def close(self) -> None:
        """Leave the place."""


def new_names(name: str, mark: str) -> Iterator[str]:
    """Yield names for a file that is put away, ``STEM.MARK.EXT`` and then numbered ones; none is too long for its report's folder."""
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if len(ending.encode()) > LONGEST_ENDING:
        stem, ending = name, ""
    for count in range(1, MOST_NAMES):
        again = "" if count == 1 else f"-{count}"
        rest = f".{mark}{again}{ending}"
        yield shortened(stem, LONGEST_NAME - len(rest.encode()) - len(_REPORT)) + rest


def shortened(text: str, most: int) -> str:
    """Return a name's beginning that is at most so many bytes long."""
    return text.encode()[:most].decode(errors="ignore")


def report_folder(moved_to: str) -> str:
    """Return the folder for the report of a file that was put away, beside it."""
    folder, slash, name = moved_to.rpartition("/")
    return f"{folder}{slash}{PurePosixPath(name).stem}{_REPORT}"
