"""What a file is called in reports: its name, and where two have the same, the path as it was given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def named(paths: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return each path with its name for people; None for standard input, which has a name already."""
    short = Counter(Path(path).name for path in dict.fromkeys(paths))
    return [(path, None if path == "-" else Path(path).name if short[Path(path).name] == 1 else path) for path in paths]
