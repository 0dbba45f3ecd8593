"""
Sample sheets, each named for the trait that it shows, and what each must yield.

``clinic_week`` and ``clinic_week_changes`` play together (as CSV and, with the same rows, as XLSX): the first books
a week, the second moves, cancels and sends no-shows on its Thursday. All dates stand around 5 March 2027; read
them with the clock at the moment that ``expected.json`` states for the file. All people are made up, and all
American numbers are of the block 555-0100 to 555-0199, which is given to nobody.
"""

from __future__ import annotations

import json
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def names() -> list[str]:
    """Return the names of all sample sheets."""
    return list(expected()["files"])


def expected() -> dict[str, Any]:
    """Return what each sample must yield; its member ``about`` tells the form."""
    text = resources.files(__name__).joinpath("expected.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def moment(name: str) -> float:
    """Return the moment for which a sample was made, in seconds since 1970. ``KeyError``: no such sample."""
    return datetime.fromisoformat(expected()["files"][name]["now"]).timestamp()


def copy(name: str, directory: Path) -> Path:
    """Write a sample sheet into a directory and return its path. ``FileNotFoundError``: no such sample."""
    path = directory / name
    path.write_bytes(resources.files(__name__).joinpath(name).read_bytes())
    return path
