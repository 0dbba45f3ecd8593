"""The files of a draft: copied while they are hashed, kept with it, and laid out again to be read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.commands.job import about, named
from importer.errors import UsageError
from importer.ledger.drafts.draft_values import Copied
from importer.model.formula_escape import storable
from importer.reading.limits import Limits
from importer.reading.sources import copied_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft


BLOCK_BYTES: Final = 1 << 20


@contextmanager
def folder_of_copies() -> Iterator[Path]:
    """Give a folder for its owner alone, that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="importer-draft-") as folder:
        yield Path(folder)


def copies_of_files(
    paths: Sequence[str], folder: Path, fetched: Mapping[str, Path]
) -> tuple[list[Copied], dict[str, Path]]:
    """
    Copy files into a folder; return what they are, by their whole paths, and path as named -> copy. A file that is named twice has one copy.

    ``fetched``: where what is no file was put, by its address.

    Raises:
        FileRefused: one cannot be read.
    """
    files, places = [], {}
    for place, (path, name) in zip(
        map(folder.joinpath, map(str, range(len(paths)))), named(paths, fetched), strict=True
    ):
        files.append(copied_file(path, name or path, place, fetched.get(path)))
        places[path] = place
    return files, places


def copied_file(path: str, name: str, place: Path, fetched: Path | None = None) -> Copied:
    """
    Copy a file to a place; return what it is, by its whole path. ``name``: what reports call it. ``fetched``: where what is no file was put.

    Raises:
        FileRefused: it cannot be read.
    """
    with about(path):
        source = copied_to(fetched or path, place, Limits())
    whole = path if path == "-" or fetched is not None else storable(str(Path(path).absolute()))
    return Copied(path=whole, name=name, sha256=source.sha256, size=source.size)


def blocks_of(place: Path) -> Iterator[bytes]:
    """Yield a copy's bytes in blocks."""
    with place.open("rb") as copy:
        while block := copy.read(BLOCK_BYTES):
            yield block


def laid_out(ledger: Ledger, draft: Draft, folder: Path) -> dict[str, Path]:
    """
    Write the files of a draft into a folder; return path -> copy.

    Raises:
        UsageError: a copy was purged.
    """
    places = {}
    for number, file in enumerate(draft.source.files):
        place, size = folder / str(number), 0
        with place.open("xb") as copy:
            for block in ledger.drafts.content(draft, number):
                size += copy.write(block)
        if size != file.size:
            raise UsageError(
                f"The copy of {file.name} was purged, so draft {draft.id} can be neither shown nor sent.",
                fix=f"Forget it with importer ledger drop-draft {draft.id}, then plan the file again.",
            )
        places[file.path] = place
    return places
