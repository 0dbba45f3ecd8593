"""
The process that opens workbooks: ``python -m importer.reading.child``, with the workbook on stdin.

It lives behind a memory limit and a time limit, gets no environment but what it needs, and says what it finds in
messages on stdout (``messages``): one ``head``, then rows, then ``end``; or ``refused``.
"""

from __future__ import annotations

import os
import sys
from typing import IO

import orjson

from importer.errors import FileRefused
from importer.reading.contents import Content
from importer.reading.limits import Limits
from importer.reading.messages import ORDER, OUT_OF_MEMORY, write_message


def main() -> int:
    """Read the workbook as the environment orders; return the exit code."""
    order = orjson.loads(os.environ[ORDER])
    limits = Limits(**order["limits"])
    _confine(limits)
    out = sys.stdout.buffer
    try:
        _read(sys.stdin.buffer, out, Content(order["content"]), order["sheet"], limits)
    except FileRefused as refused:
        write_message(out, {"refused": [refused.code, str(refused), refused.fix]})
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        # The parent has enough; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    return 0


def _confine(limits: Limits) -> None:
    try:
        import resource  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return
    seconds = int(limits.seconds) + 1
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: IO[bytes], out: IO[bytes], content: Content, sheet: str | None, limits: Limits) -> None:
    from importer.reading.grids import grid_of  # noqa: PLC0415  # loads the reader behind the limits

    grid = grid_of(file, content, sheet, limits)
    write_message(
        out,
        {
            "head": {
                "sheet": grid.sheet,
                "epoch_1904": grid.details.epoch_1904,
                "notes": grid.details.notes,
                "rows": grid.height,
            }
        },
    )
    for piece in grid.pieces():
        write_message(out, {"numbers": piece.numbers, "rows": piece.rows, "flaws": piece.flaws})
    write_message(out, {"end": True})


if __name__ == "__main__":
    sys.exit(main())
