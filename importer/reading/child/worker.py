"""
The process that opens workbooks: ``python -m importer.reading.child.worker``, with the workbook on stdin.

It lives behind a memory limit and a time limit, gets no environment but what it needs, is confined before it looks
at the first byte (``confinement``), and says what it finds in messages on stdout (``reading.limits``): one ``head``, then
rows, then ``end``; or ``refused``.
"""

from __future__ import annotations

import base64
import os
import sys
from io import BytesIO
from typing import IO, TYPE_CHECKING, Final

import orjson

from importer.errors import FileRefused
from importer.reading.child.confinement import confine, escapes, limit_resources
from importer.reading.file_type import Content
from importer.reading.limits import ORDER, OUT_OF_MEMORY, Limits, write_message

if TYPE_CHECKING:
    from importer.reading.child.cell_values import Grid

PIECE_BYTES: Final = 1 << 20


def main() -> int:
    """Read the workbook as the environment orders; return the exit code."""
    order = orjson.loads(os.environ.pop(ORDER))
    limits = Limits(**order["limits"])
    limit_resources(limits)
    out = sys.stdout.buffer
    try:
        if "marks" in order:
            _mark(order["marks"], limits, out)
            return 0
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


def _mark(length: int, limits: Limits, out: IO[bytes]) -> None:
    """Write the workbook on standard input with the marks before it, ``length`` bytes of JSON, in pieces of base64."""
    from importer.reading.child.marked_copy import marked, warm_up  # noqa: PLC0415  # loads openpyxl behind the limits

    warm_up()
    confine()
    marks = orjson.loads(sys.stdin.buffer.read(length))
    made = marked(BytesIO(sys.stdin.buffer.read()), marks, limits)
    for place in range(0, len(made), PIECE_BYTES):
        write_message(out, {"piece": base64.b64encode(made[place : place + PIECE_BYTES]).decode()})
    write_message(out, {"end": True})


def _read(grid: Grid, out: IO[bytes]) -> None:
    write_message(
        out,
        {
            "head": {
                "sheet": grid.sheet,
                "epoch_1904": grid.details.epoch_1904,
                "notes": grid.details.notes,
                "unread": grid.details.unread,
                "hidden": grid.details.hidden,
                "rows": grid.height,
            }
        },
    )
    for piece in grid.pieces():
        write_message(out, {"numbers": piece.numbers, "rows": piece.rows, "flaws": piece.flaws})
    write_message(out, {"end": True})


if __name__ == "__main__":
    sys.exit(main())
