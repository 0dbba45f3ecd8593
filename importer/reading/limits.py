"""How much a file may ask for before it is refused, and how the limited process reports to its parent."""

from __future__ import annotations

import re
import struct
from dataclasses import asdict, dataclass
from typing import IO, Any

import orjson


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The most that one file may be, hold and cost. Bytes, rows, cells and seconds; each above zero.

    ``unpacked_bytes`` counts what really comes out of a workbook's zip, not what it declares. ``memory_bytes`` is
    the address space of the process that opens workbooks; ``seconds`` is how long it may keep us waiting for its
    next message, and how much processor time it gets in all. The numbers are those of the design for uploads, but
    for ``unpacked_bytes``: 200,000 rows of 14 columns unpack to 124 MB, and texts within the cells take more.

    ``sheet_characters`` and ``sheet_times`` bound what becomes of a file that a process of its own reads: as many characters
    as the first number, or the second number of times as many as the file has bytes; each cell counts as three more. A text
    that the file holds once may stand in a million of its cells. A million rows of 14 columns have 200 million.
    """

    text_bytes: int = 4_000_000_000
    workbook_bytes: int = 50_000_000
    unpacked_bytes: int = 400_000_000
    zip_entries: int = 1_000
    rows: int = 1_048_576
    columns: int = 256
    cell_characters: int = 32_767
    sheet_characters: int = 300_000_000
    sheet_times: int = 32
    memory_bytes: int = 512_000_000
    seconds: float = 60.0

    def of_sheet(self, file_bytes: int) -> int:
        """Return how many characters a sheet may have that comes from a file of this size."""
        return max(self.sheet_characters, self.sheet_times * file_bytes)

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers by name, for the child process."""
        return asdict(self)


CONTROLS = bytes(sorted(set(range(0x20)) - {0x09, 0x0A, 0x0D} | {0x7F}))
"""The bytes that no line of text holds, tab and line ends left out."""

EDITING = Limits(memory_bytes=1_000_000_000, seconds=90.0)
"""Of the process that marks a person's workbook: 20,000 rows of 25 columns are kept whole there, and written again. All was sent before."""

ORDER = "READING_ORDER"
"""The environment variable that tells the child what to read, as JSON: content, sheet, limits. No setting."""

OUT_OF_MEMORY = 12
"""The child's exit code when Python, and not the reader beneath it, ran into the memory limit."""

LONGEST_BYTES = 256_000_000

LONGEST_SHOWN = 200
"""So much of a text is shown where it is told what is wrong with it."""

Message = dict[str, Any]

_ODD = re.compile(b"\xc2[\x80-\x9f]|\xef\xbf\xbd")
_LENGTH = struct.Struct(">I")


def write_message(stream: IO[bytes], message: Message) -> None:
    """Write one message and flush it."""
    body = orjson.dumps(message)
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """
    Return the next message; None when the stream ends, or holds what no child of ours would say.

    Its member ``odd`` tells whether control characters or U+FFFD may stand in it, and ``size`` how many bytes it has.
    """
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    wanted = _LENGTH.unpack(length)[0]
    body = stream.read(wanted) if wanted <= LONGEST_BYTES else b""
    if len(body) < wanted:
        return None
    message = orjson.loads(body)
    if not isinstance(message, dict):
        return None
    # In JSON, control characters are escapes; the few that are not are looked for as bytes. Doing it here spares
    # the search through every cell.
    message["size"] = len(body)
    message["odd"] = b"\\u00" in body or b"\x7f" in body or _ODD.search(body) is not None
    return message
