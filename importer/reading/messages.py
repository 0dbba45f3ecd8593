"""What the child process says to its parent: JSON objects, each behind its length in four bytes."""

from __future__ import annotations

import struct
from typing import IO, Any

import orjson

ORDER = "IMPORTER_READING_ORDER"
"""The environment variable that tells the child what to read, as JSON: content, sheet, limits."""

OUT_OF_MEMORY = 12
"""The child's exit code when Python, and not the reader beneath it, ran into the memory limit."""

LONGEST_BYTES = 256_000_000

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")


def write_message(stream: IO[bytes], message: Message) -> None:
    """Write one message and flush it."""
    body = orjson.dumps(message)
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """Return the next message; None when the stream ends, or holds what no child of ours would say."""
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    wanted = _LENGTH.unpack(length)[0]
    body = stream.read(wanted) if wanted <= LONGEST_BYTES else b""
    if len(body) < wanted:
        return None
    message = orjson.loads(body)
    return message if isinstance(message, dict) else None
