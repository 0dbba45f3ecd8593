"""How much a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The most that one file may be, hold and cost. Bytes, rows, cells and seconds; each above zero.

    ``unpacked_bytes`` counts what really comes out of a workbook's zip, not what it declares. ``memory_bytes`` is
    the address space of the process that opens workbooks; ``seconds`` is how long it may keep us waiting for its
    next message, and how much processor time it gets in all. The numbers are those of the design for uploads, but
    for ``unpacked_bytes``: 200,000 rows of 14 columns unpack to 124 MB, and texts within the cells take more.
    """

    text_bytes: int = 4_000_000_000
    workbook_bytes: int = 50_000_000
    unpacked_bytes: int = 400_000_000
    zip_entries: int = 1_000
    rows: int = 1_048_576
    columns: int = 256
    cell_characters: int = 32_767
    memory_bytes: int = 512_000_000
    seconds: float = 60.0

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers by name, for the child process."""
        return asdict(self)
