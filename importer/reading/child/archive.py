"""
What workbooks are packed in: the gate before a zipped one, the compound file of an old one, and the records of binary ones.

Every entry of a zip is inflated and counted before any reader sees the file.

What a zip says of itself is not believed: sizes are those that come out, entries may not overlap (a few kilobytes
could otherwise unpack to gigabytes), and any document type declaration (entity bombs, external entities) is refused.

Source: [MS-CFB] Compound File Binary File Format, sections 2.2 (header), 2.3-2.5 (sector chains), 2.6 (directory).

Not olefile's: it goes through a table of sectors as often as the header says. A file of 1 MB whose table lists itself,
with 100,000 sectors claimed, kept olefile 0.47 busy for more than 100 s, and this module for less than 0.1 s. The kind
of a file is asked before the limited child reads it, so nothing else would end that.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from importer.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.reading.limits import Limits


BLOCK_BYTES = 1 << 20

PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The methods of packing that are read."""

_CENTRAL = b"PK\x01\x02"
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1
_DECLARATION = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
_LONGEST_DECLARATION = 18
_SHARED_TEXTS = "sharedstrings.xml"
_LOOKS = (b"rPr", b"strike")
_XML_NAMES = (".xml", ".rels", ".vml")
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError)


class Archive:
    """A workbook's zip, checked as it was opened; parts are read by their names as they stand in it."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        """
        Open the zip and check all of it.

        Raises:
            FileRefused: ``workbook_bomb``, ``workbook_damaged``, ``workbook_encrypted``, ``workbook_declaration``.
        """
        self._file = file
        self.size = file.seek(0, io.SEEK_END)
        self._unplain: set[str] = set()
        self._looks: dict[str, set[bytes]] = {}
        check_entries(file, limits)
        try:
            self._zip = zipfile.ZipFile(file)
            self._entries = {info.filename: info for info in self._zip.infolist()}
            self._check_directory(limits)
            for info in self._zip.infolist():
                self._check_content(info)
        except _BROKEN:
            raise damaged() from None

    @property
    def names(self) -> list[str]:
        """The names of the entries."""
        return list(self._entries)

    def is_unplain(self, name: str) -> bool:
        """Return whether an XML entry holds a comment, CDATA or a NUL, as texts of other encodings do."""
        return name in self._unplain

    def names_looks(self, name: str) -> set[bytes]:
        """Return which of ``rPr`` and ``strike`` a part of shared texts holds: looks of parts of a text, and lines through them."""
        return self._looks.get(name, set(_LOOKS))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Inflate one entry, block by block. ``KeyError``: there is none of this name."""
        info = self._entries[name]
        self._file.seek(self._content_start(info))
        left = info.compress_size
        if info.compress_type == zipfile.ZIP_STORED:
            while left and (raw := self._file.read(min(left, BLOCK_BYTES))):
                left -= len(raw)
                yield raw
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        raw = b""
        while not inflater.eof and (left or raw):
            if not raw:
                raw = self._file.read(min(left, BLOCK_BYTES))
                left -= len(raw)
            if block := inflater.decompress(raw, BLOCK_BYTES):
                yield block
            elif not inflater.unconsumed_tail and not left:
                break
            raw = inflater.unconsumed_tail
        if not inflater.eof:
            raise zipfile.BadZipFile

    def read(self, name: str) -> bytes:
        """Return one entry, inflated. ``KeyError``: there is none of this name."""
        return b"".join(self.blocks(name))

    def _content_start(self, info: zipfile.ZipInfo) -> int:
        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL_HEADER.size)
        signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header.ljust(_LOCAL_HEADER.size, b"\0"))
        if signature != b"PK\x03\x04":
            raise zipfile.BadZipFile
        return int(info.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes)

    def _check_directory(self, limits: Limits) -> None:
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise encrypted()
        if sum(info.file_size for info in infos) > limits.unpacked_bytes:
            raise bomb(f"unpacks to more than {limits.unpacked_bytes // 1_000_000:,} MB")
        if len(self._entries) < len(infos):
            raise bomb("holds two parts of one name")
        end = 0
        for info in infos:
            if info.compress_type not in PACKED:
                raise zipfile.BadZipFile
            if info.header_offset < end:
                raise bomb("holds parts that overlap")
            end = self._content_start(info) + info.compress_size
        if end > self._zip.start_dir:
            raise bomb("holds parts that overlap")

    def _check_content(self, info: zipfile.ZipInfo) -> None:
        """Inflate an entry, counting; it ends the moment the entry is larger than it says."""
        size, checksum, tail = 0, 0, b""
        is_xml = info.filename.lower().endswith(_XML_NAMES)
        looks = self._looks.setdefault(info.filename, set()) if info.filename.lower().endswith(_SHARED_TEXTS) else None
        for block in self.blocks(info.filename):
            size += len(block)
            if size > info.file_size:
                raise bomb("holds a part that is larger than it says")
            checksum = zlib.crc32(block, checksum)
            if is_xml and (b"<!" in block or b"\0" in block or b"<!" in tail + block[:1]):
                self._unplain.add(info.filename)
                if _DECLARATION.search(tail + block):
                    raise _declaration()
            if looks is not None:
                looks.update(word for word in _LOOKS if word in block or word in tail + block[: len(word)])
            tail = block[-_LONGEST_DECLARATION:]
        if size != info.file_size or checksum != info.CRC:
            raise zipfile.BadZipFile


def check_entries(file: IO[bytes], limits: Limits) -> None:
    """
    Count the entries before anybody lays out the directory in memory; the file is left at its start.

    Raises:
        FileRefused: ``workbook_bomb``.
    """
    file.seek(0)
    count, tail = 0, b""
    while block := file.read(BLOCK_BYTES):
        count += (tail + block).count(_CENTRAL)
        tail = block[1 - len(_CENTRAL) :]
    file.seek(0)
    if count > limits.zip_entries:
        raise bomb(f"holds more than {limits.zip_entries:,} parts")


def bomb(what: str, fix: str = "", noun: str = "workbook") -> FileRefused:
    """Return the refusal of a file of which more comes out than goes in; ``fix``: instead of saving a workbook's sheet as CSV."""
    return FileRefused(
        f"The {noun} {what}; it is not opened, because such files are made to exhaust the machine.",
        code="workbook_bomb",
        fix=fix
        or (
            "If it is a real workbook, open it in a spreadsheet program and save the sheet as CSV."
            if noun == "workbook"
            else "If it is a real file, split it into smaller ones, or export the appointments as CSV."
        ),
    )


def spread(most: int, noun: str = "workbook") -> FileRefused:
    """Return the refusal of a file whose sheet has more than so many characters."""
    return bomb(f"becomes a sheet of more than {most // 1_000_000:,} million characters", noun=noun)


def _declaration() -> FileRefused:
    return FileRefused(
        "The workbook holds a document type declaration; it is not opened, because no spreadsheet program writes one.",
        code="workbook_declaration",
        fix="Open it in a spreadsheet program you trust it with, and save the sheet as CSV.",
    )


def damaged() -> FileRefused:
    """Return the refusal of a workbook that no reader can make sense of."""
    return FileRefused(
        "The workbook is damaged and cannot be read. It was perhaps cut off while it was copied.",
        code="workbook_damaged",
        fix="Open it in a spreadsheet program and save it again as XLSX, or fetch it again from where it came.",
    )


def too_large() -> FileRefused:
    """Return the refusal of a workbook for which there is not memory enough."""
    return FileRefused(
        "The workbook needs more memory to open than there is.",
        code="workbook_too_large",
        fix="Delete empty rows and columns and what is not needed, or save the sheet as CSV.",
    )


def contradictory(what: str) -> FileRefused:
    """Return the refusal of a workbook that says one thing twice, so that nobody knows which is meant."""
    return FileRefused(
        f"The workbook says two things of one place: {what}. Which cells belong together is not certain.",
        code="workbook_contradictory",
        fix="Open it in a spreadsheet program, check the rows, and save it again as XLSX.",
    )


def encrypted() -> FileRefused:
    """Return the refusal of a workbook that wants a password."""
    return FileRefused(
        "The workbook is protected with a password.",
        code="workbook_encrypted",
        fix="Open it with the password and save it without one (File > Info > Protect Workbook > Encrypt).",
    )


_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_DIFAT_IN_HEADER = 109
_LAST_REGULAR_SECTOR = 0xFFFFFFFA
_SECTOR_SHIFTS = (9, 12)
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
        self.streams: dict[str, Stream] = {}
        self._bytes = file.read()
        header = self._bytes[:_HEADER_BYTES].ljust(_HEADER_BYTES, b"\0")
        shift = struct.unpack_from("<H", header, 30)[0]
        if shift not in _SECTOR_SHIFTS:
            return
        self._sector = 1 << shift
        self._small_sector = 1 << min(struct.unpack_from("<H", header, 32)[0], 16)
        self._directory_start, self._cutoff, self._small_fat_start = (
            struct.unpack_from("<I", header, offset)[0] for offset in (48, 56, 60)
        )
        self._fat = self._read_fat(header)
        # A workbook that lies within this one has streams of the same names, further down.
        for name, stream in self._read_directory():
            self.streams.setdefault(name, stream)

    def read(self, name: str) -> bytes:
        """Return a stream's bytes, as far as they are there. ``KeyError``: there is no such stream."""
        stream = self.streams[name]
        if stream.size >= self._cutoff:
            return b"".join(self._chain(stream.start))[: stream.size]
        root = next(entry for entry in self.streams.values() if entry.kind == _ROOT)
        small = b"".join(self._chain(root.start))
        small_fat = _numbers(b"".join(self._chain(self._small_fat_start))[: 4 * _parts(len(small), self._small_sector)])
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
        """Return what follows each sector of the file: of its tables each is read once, and no more than it has sectors for."""
        sectors = _parts(len(self._bytes), self._sector)
        most = _parts(4 * sectors, self._sector)
        tables: dict[int, None] = {}
        for table in self._listed_tables(header):
            # What a table that is listed twice would say of the sectors behind it is not certain.
            if table in tables or len(tables) == most:
                break
            tables[table] = None
        return _numbers(b"".join(map(self._piece, tables))[: 4 * sectors])

    def _listed_tables(self, header: bytes) -> Iterator[int]:
        yield from _regular(struct.unpack_from(f"<{_DIFAT_IN_HEADER}I", header, 76))
        following = struct.unpack_from("<I", header, 68)[0]
        seen: set[int] = set()
        while following <= _LAST_REGULAR_SECTOR and following not in seen:
            seen.add(following)
            numbers = _numbers(self._piece(following))
            if not numbers:
                break
            yield from _regular(numbers[:-1])
            following = numbers[-1]

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


def _parts(size: int, part: int) -> int:
    """Return how many parts of a size there are, the last perhaps not whole."""
    return -(-size // part)


def _regular(sectors: Sequence[int]) -> Iterator[int]:
    return (sector for sector in sectors if sector <= _LAST_REGULAR_SECTOR)


def _walk(start: int, fat: list[int]) -> Iterator[int]:
    """Follow a chain of sectors; a chain that runs in a circle ends where it would begin again."""
    seen: set[int] = set()
    while start < len(fat) and start not in seen:
        seen.add(start)
        yield start
        start = fat[start]


def records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield an XLS stream's records from an offset on, up to the end or the first that is cut short."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        body = stream[start + 4 : start + 4 + length]
        if len(body) < length:
            return
        yield kind, body
        start += 4 + length


class Continued:
    """The bytes of an XLS structure that goes on from record to record. ``EOFError``: more are asked for than there are."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._part, self._place = b"", 0

    def number(self, size: int) -> int:
        """Return the next bytes as a number."""
        return int.from_bytes(self.take(size), "little")

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        taken = bytearray()
        while len(taken) < size:
            self._go_on()
            taken += self._some(size - len(taken))
        return bytes(taken)

    def text(self, length: int, *, wide: bool) -> bytes:
        """Return the next characters in UTF-16. In each record a byte says anew whether they have two bytes, or one."""
        text = bytearray()
        while (left := length - len(text) // 2) > 0:
            if self._go_on():
                wide = bool(self.take(1)[0] & 1)
                self._go_on()
            text += self._some(2 * left) if wide else self._some(left).decode("latin-1").encode("utf-16-le")
        return bytes(text)

    def _some(self, most: int) -> bytes:
        some = self._part[self._place : self._place + most]
        self._place += len(some)
        return some

    def _go_on(self) -> bool:
        """Go on to the next record where this one is over; return whether it was."""
        is_over = self._place >= len(self._part)
        while self._place >= len(self._part):
            part = next(self._parts, None)
            if part is None:
                raise EOFError
            self._part, self._place = part, 0
        return is_over


def binary_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield an XLSB part's records up to the end or the first that is cut short; kind and length take one to two and four bytes."""
    place = 0
    while place < len(part):
        kind, place = _varied(part, place, 2)
        length, place = _varied(part, place, 4)
        body = part[place : place + length]
        if len(body) < length:
            return
        yield kind, body
        place += length


def _varied(part: bytes, place: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the place after it. A kind keeps its bits as they are in two bytes."""
    number = 0
    for index in range(most):
        if place >= len(part):
            break
        byte = part[place]
        number |= (byte & 0x7F) << (7 * index)
        place += 1
        if not byte & 0x80:
            break
    return number, place


def binary_text(body: bytes) -> tuple[str, bytes]:
    """Return a text with its length in four bytes before it, and what comes after."""
    length = struct.unpack_from("<I", body.ljust(4, b"\0"))[0]
    end = 4 + 2 * length
    return body[4:end].decode("utf-16-le", "replace"), body[end:]
