"""What a file is called: in reports its name, and where two have the same, the path as it was given; likewise in errors."""

from __future__ import annotations

import shlex
from collections import Counter
from contextlib import contextmanager
from difflib import get_close_matches
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import FileRefused
from importer.model.storable_text import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def named(paths: Sequence[str]) -> list[tuple[str, str | None]]:
    """
    Return each path with its name for people; None for standard input, which has a name already.

    A file that is named twice has two names, so that each has counts of its own. Bytes that are no text become escapes.
    """
    short = Counter(Path(path).name for path in dict.fromkeys(paths))
    seen: Counter[str] = Counter()
    names: list[tuple[str, str | None]] = []
    for path in paths:
        seen[path] += 1
        name = storable(Path(path).name if short[Path(path).name] == 1 else path)
        again = f" ({seen[path]})" if seen[path] > 1 else ""
        names.append((path, None if path == "-" else name + again))
    return names


SHEETS: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
NAMES_SHOWN: Final = 3


@contextmanager
def about(path: str) -> Iterator[None]:
    """Name the file in a refusal that only says what is wrong with it: several may be read in one go."""
    try:
        yield
    except FileRefused as refused:
        name = "Standard input" if path == "-" else path
        if name in str(refused):
            raise
        told = on_the_way(path, refused)
        raise FileRefused(f"{name}: {told}", code=refused.code, fix=told.fix) from None


def on_the_way(path: str, refused: FileRefused) -> FileRefused:
    """Return the refusal of a folder, a pattern or a misspelt name as one that names the files that are there."""
    if refused.code == "file_not_regular" and Path(path).is_dir():
        found = sheets_in(Path(path))
        fix = f"Name the sheets in it: {as_command(found)}" if found else "There is no sheet in it."
        return FileRefused("This is a folder, not a file.", code=refused.code, fix=fix)
    if refused.code != "file_not_found":
        return refused
    if has_magic(path):
        if not Path(path).parent.is_dir():
            return FileRefused("No file matches this pattern.", code=refused.code, fix=refused.fix)
        found = sheets_in(Path(path).parent)
        there = (
            f"These sheets are in that folder: {', '.join(found)}." if found else "There is no sheet in that folder."
        )
        return FileRefused("No file matches this pattern.", code=refused.code, fix=there)
    near = get_close_matches(path, sheets_in(Path(path).parent, most=None), n=1, cutoff=0.7)
    return FileRefused(str(refused), code=refused.code, fix=f"Did you mean {near[0]}?") if near else refused


def sheets_in(folder: Path, most: int | None = NAMES_SHOWN) -> list[str]:
    """Return the paths of a folder's sheets by their endings, in order; none where it cannot be looked into."""
    try:
        found = sorted(str(each) for each in folder.iterdir() if each.suffix.casefold() in SHEETS)
    except (OSError, ValueError):
        return []
    return found[:most]


def as_command(paths: Sequence[str]) -> str:
    """Return the line that checks these files, as a shell takes it."""
    return shlex.join(["importer", "check", *paths])
