"""
The directory and streams of Microsoft's compound files, the container of XLS and of encrypted workbooks.

Source: [MS-CFB] Compound File Binary File Format, sections 2.2 (header), 2.3-2.5 (sector chains), 2.6 (directory).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_DIFAT_IN_HEADER = 109
_LAST_REGULAR_SECTOR = 0xFFFFFFFA
_STREAM, _ROOT = 2, 5


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's first sector and length in bytes; ``kind`` 5 is the root, which holds the small streams."""

    kind: int
    start: int
    size: int


class Compound:
    """A compound file opened for reading; a damaged one has fewer streams, or none, and never loops."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self._bytes = file.read()
        header = self._bytes[:_HEADER_BYTES].ljust(_HEADER_BYTES, b"\0")
        self._sector = 1 << min(struct.unpack_from("<H", header, 30)[0], 16)
        self._small_sector = 1 << min(struct.unpack_from("<H", header, 32)[0], 16)
        self._directory_start, self._cutoff, self._small_fat_start = (
            struct.unpack_from("<I", header, offset)[0] for offset in (48, 56, 60)
        )
        self._fat = self._read_fat(header)
        self.streams = dict(self._read_directory())

    def read(self, name: str) -> bytes:
        """Return a stream's bytes, as far as they are there. ``KeyError``: there is no such stream."""
        stream = self.streams[name]
        if stream.size >= self._cutoff:
            return b"".join(self._chain(stream.start))[: stream.size]
        root = next(entry for entry in self.streams.values() if entry.kind == _ROOT)
        small = b"".join(self._chain(root.start))
        small_fat = _numbers(b"".join(self._chain(self._small_fat_start)))
        pieces = (
            small[sector * self._small_sector : (sector + 1) * self._small_sector]
            for sector in _walk(stream.start, small_fat)
        )
        return b"".join(pieces)[: stream.size]

    def _piece(self, sector: int) -> bytes:
        return self._bytes[(sector + 1) * self._sector : (sector + 2) * self._sector]

    def _chain(self, start: int) -> Iterator[bytes]:
        return map(self._piece, _walk(start, self._fat))

    def _read_fat(self, header: bytes) -> list[int]:
        sectors = list(struct.unpack_from(f"<{_DIFAT_IN_HEADER}I", header, 76))
        following = struct.unpack_from("<I", header, 68)[0]
        seen: set[int] = set()
        while following <= _LAST_REGULAR_SECTOR and following not in seen:
            seen.add(following)
            numbers = _numbers(self._piece(following))
            if not numbers:
                break
            sectors += numbers[:-1]
            following = numbers[-1]
        return _numbers(b"".join(self._piece(sector) for sector in sectors if sector <= _LAST_REGULAR_SECTOR))

    def _read_directory(self) -> Iterator[tuple[str, Stream]]:
        directory = b"".join(self._chain(self._directory_start))
        for offset in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            length, kind = struct.unpack_from("<HB", directory, offset + 64)
            start, size = struct.unpack_from("<II", directory, offset + 116)
            if kind in {_STREAM, _ROOT} and 2 <= length <= 64:
                name = directory[offset : offset + length - 2].decode("utf-16-le", "replace")
                yield name, Stream(kind, start, size)


def streams_of(file: IO[bytes]) -> list[str]:
    """Return the names of a compound file's streams, the root's among them; none when its directory is damaged."""
    return list(Compound(file).streams)


def _numbers(raw: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))


def _walk(start: int, fat: list[int]) -> Iterator[int]:
    """Follow a chain of sectors; a chain that runs in a circle ends where it would begin again."""
    seen: set[int] = set()
    while start < len(fat) and start not in seen:
        seen.add(start)
        yield start
        start = fat[start]
