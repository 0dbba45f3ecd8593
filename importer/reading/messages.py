"""What the child process says to its parent: JSON objects, each behind its length in four bytes."""

from __future__ import annotations

import re
import struct
from typing import IO, Any

import orjson

ORDER = "READING_ORDER"
"""The environment variable that tells the child what to read, as JSON: content, sheet, limits. No setting."""

OUT_OF_MEMORY = 12
"""The child's exit code when Python, and not the reader beneath it, ran into the memory limit."""

LONGEST_BYTES = 256_000_000

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

    Its member ``odd`` tells whether control characters or U+FFFD may stand in it.
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
    message["odd"] = b"\\u00" in body or b"\x7f" in body or _ODD.search(body) is not None
    return message
