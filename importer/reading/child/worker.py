"""
The process that opens workbooks and files of records: ``python -m importer.reading.child.worker``, with the file on stdin.

It lives behind a memory limit and a time limit, gets no environment but what it needs, is confined before it looks
at the first byte (``confinement``), and says what it finds in messages on stdout (``reading.limits``): one ``head``, then
rows, then ``end``; or ``refused``.
"""

from __future__ import annotations

import base64
import os
import sys
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

from importer.errors import FileRefused
from importer.reading.child.confinement import confine, escapes, limit_resources
from importer.reading.file_type import Content
from importer.reading.limits import ORDER, OUT_OF_MEMORY, Limits, write_message

if TYPE_CHECKING:
    from collections.abc import Callable

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
        if order.get("content") == Content.TEXT:
            _read_text(order, limits, out)
            return 0
        open_grid = _reader(order)
        confine()
        if "escapes" in order:
            write_message(out, {"escapes": list(escapes())})
            return 0
        _read(open_grid(sys.stdin.buffer, limits), out)
    except FileRefused as refused:
        write_message(out, {"refused": [refused.code, str(refused), refused.fix]})
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:
        # The parent has enough; nobody is left to tell, and nothing that is still to be written can be.
        os._exit(0)
    return 0


def _read_text(order: dict[str, Any], limits: Limits, out: IO[bytes]) -> None:
    from importer.reading.csv_rows import read_text  # noqa: PLC0415  # behind the limits, as the readers of workbooks

    confine()
    read_text(sys.stdin.buffer, order, limits, out)


def _reader(order: dict[str, Any]) -> Callable[[IO[bytes], Limits], Grid]:
    """Load the library that reads this kind of file, behind the limits; it can load nothing more once the process is confined."""
    wanted = order.get("sheet")
    match order.get("content", Content.XLSX):
        case Content.JSON:
            from importer.reading.records.json_documents import json_grid  # noqa: PLC0415  # see above

            return lambda file, limits: json_grid(file, wanted, limits, order["encoding"])
        case Content.PARQUET:
            from importer.reading.records.parquet_tables import load_pyarrow, parquet_grid  # noqa: PLC0415  # see above

            load_pyarrow()
            return parquet_grid
        case Content.CALENDAR:
            from importer.reading.records.calendar_events import calendar_grid, load_icalendar  # noqa: PLC0415  # see above

            load_icalendar()
            return lambda file, limits: calendar_grid(file, limits, order["encoding"])
        case content:
            from importer.reading.child.calamine_grid import grid_of  # noqa: PLC0415  # see above

            return lambda file, limits: grid_of(file, Content(content), wanted, limits)


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
                "headings": grid.headings,
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
