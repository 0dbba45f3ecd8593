"""
The process that opens workbooks: ``python -m importer.reading.child.worker``, with the workbook on stdin.

It lives behind a memory limit and a time limit, gets no environment but what it needs, is confined before it looks
at the first byte (``confinement``), and says what it finds in messages on stdout (``reading.limits``): one ``head``, then
rows, then ``end``; or ``refused``.
"""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

import orjson

from importer.errors import FileRefused
from importer.reading.child.confinement import confine, escapes, limit_resources
from importer.reading.file_type import Content
from importer.reading.limits import ORDER, OUT_OF_MEMORY, Limits, write_message

if TYPE_CHECKING:
    from importer.reading.child.cell_values import Grid


def main() -> int:
    """Read the workbook as the environment orders; return the exit code."""
    order = orjson.loads(os.environ.pop(ORDER))
    limits = Limits(**order["limits"])
    limit_resources(limits)
    out = sys.stdout.buffer
    try:
        from importer.reading.child.calamine_grid import grid_of  # noqa: PLC0415  # loads the reader behind the limits

        confine()
        if "escapes" in order:
            write_message(out, {"escapes": list(escapes())})
            return 0
        _read(grid_of(sys.stdin.buffer, Content(order["content"]), order["sheet"], limits), out)
    except FileRefused as refused:
        write_message(out, {"refused": [refused.code, str(refused), refused.fix]})
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        # The parent has enough; nobody is left to tell, and nothing that is still to be written can be.
        os._exit(0)
    return 0


def _read(grid: Grid, out: IO[bytes]) -> None:
    write_message(
        out,
        {
            "head": {
                "sheet": grid.sheet,
                "epoch_1904": grid.details.epoch_1904,
                "notes": grid.details.notes,
                "unread": grid.details.unread,
                "rows": grid.height,
            }
        },
    )
    for piece in grid.pieces():
        write_message(out, {"numbers": piece.numbers, "rows": piece.rows, "flaws": piece.flaws})
    write_message(out, {"end": True})


if __name__ == "__main__":
    sys.exit(main())
