"""How much a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The most that one file may be, hold and cost. Bytes, rows, cells and seconds; each above zero.

    ``unpacked_bytes`` counts what really comes out of a workbook's zip, not what it declares. ``memory_bytes`` is
    the address space of the process that opens workbooks. ``sparse_cells`` is the area (rows times columns) from
    which a workbook must hold a value in at least every ``sparse_factor``-th cell, because the reader lays it out
    in full. The numbers are those of the design for uploads, with room for a workbook of 200,000 rows.
    """

    text_bytes: int = 4_000_000_000
    workbook_bytes: int = 50_000_000
    unpacked_bytes: int = 400_000_000
    zip_entries: int = 1_000
    rows: int = 1_048_576
    columns: int = 256
    cell_characters: int = 32_767
    sparse_cells: int = 4_000_000
    sparse_factor: int = 8
    memory_bytes: int = 512_000_000
    seconds: float = 60.0

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers by name, for the child process."""
        return asdict(self)
