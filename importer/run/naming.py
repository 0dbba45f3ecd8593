"""What a file is called: in reports its name, and where two have the same, the path as it was given; likewise in errors."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def named(paths: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return each path with its name for people; None for standard input, which has a name already."""
    short = Counter(Path(path).name for path in dict.fromkeys(paths))
    return [(path, None if path == "-" else Path(path).name if short[Path(path).name] == 1 else path) for path in paths]


@contextmanager
def about(path: str) -> Iterator[None]:
    """Name the file in a refusal that only says what is wrong with it: several may be read in one go."""
    try:
        yield
    except FileRefused as refused:
        name = "Standard input" if path == "-" else path
        if name in str(refused):
            raise
        raise FileRefused(f"{name}: {refused}", code=refused.code, fix=refused.fix) from None
