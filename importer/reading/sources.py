"""
Where the bytes come from: copied once into a private file, and what can be learned of them meanwhile.

What is hashed is what is read: the copy is hashed while it is made, has no name, and dies with the process.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, TYPE_CHECKING

from importer.errors import FileRefused
from importer.model.chunks import SourceFile
from importer.reading.limits import CONTROLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.reading.limits import Limits


STDIN = "-"
BLOCK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Copy:
    """
    The private copy: ``file`` is open for reading at its start, ``survey`` is what was seen while copying.

    ``region``: the country (ISO 3166) in which a text was written, "" where nobody says it.
    """

    source: SourceFile
    file: IO[bytes]
    survey: Survey
    region: str = ""

    def head(self, *, behind: bytes = b"") -> bytes:
        """
        Return the first 64 KiB; the file is left at its start.

        ``behind``: where they hold nothing but these bytes, the next that hold more, with as many after them; b"" where none do.
        """
        self.file.seek(0)
        head = self.file.read(HEAD_BYTES)
        if behind and not head.strip(behind):
            while head and not head.strip(behind):
                head = self.file.read(HEAD_BYTES)
            head += self.file.read(HEAD_BYTES)
        self.file.seek(0)
        return head


@contextmanager
def private_copy(path: str | Path, limits: Limits, region: str = "") -> Iterator[Copy]:
    """
    Copy a file, or stdin for ``-``, and hand on the copy; it is gone when the block ends.

    Only regular files are opened, so that a pipe or a device cannot hang the run.

    Raises:
        FileRefused: ``file_not_found``, ``file_not_regular``, ``file_unreadable``, ``file_too_large``,
            ``copy_failed``.
    """
    with _opened(path) as original, _private_file() as copy:
        survey = Survey()
        digest = sha256()
        size = 0
        for block in _blocks(original):
            size += len(block)
            if size > limits.text_bytes:
                raise _too_large(limits.text_bytes)
            digest.update(block)
            survey.see(block)
            _write(copy, block)
        survey.close()
        copy.flush()
        copy.seek(0)
        yield Copy(SourceFile(_name(path), digest.hexdigest(), size), copy, survey, region)


def copied_to(path: str | Path, target: Path, limits: Limits) -> SourceFile:
    """
    Copy a file, or stdin for ``-``, to a new file for its owner alone; return what was copied.

    Raises:
        FileRefused: as ``private_copy``.
    """
    with private_copy(path, limits) as copy:
        try:
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
                shutil.copyfileobj(copy.file, kept, BLOCK_BYTES)
        except OSError as error:
            raise _not_copied(error) from None
        return copy.source


@contextmanager
def _opened(path: str | Path) -> Iterator[IO[bytes]]:
    if str(path) == STDIN:
        yield sys.stdin.buffer
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise _not_opened(error) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _not_regular(mode)
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


@contextmanager
def _private_file() -> Iterator[IO[bytes]]:
    try:
        file = tempfile.TemporaryFile(prefix="importer-")  # noqa: SIM115  # the caller's block decides when it ends
    except OSError as error:
        raise _not_copied(error) from None
    with file:
        yield file


def _blocks(original: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            block = original.read(BLOCK_BYTES)
        except OSError as error:
            raise FileRefused(
                f"The file cannot be read: {error.strerror or 'input error'}.",
                code="file_unreadable",
                fix="Copy the file to a local folder and try again.",
            ) from None
        if not block:
            return
        yield block


def _write(copy: IO[bytes], block: bytes) -> None:
    try:
        copy.write(block)
    except OSError as error:
        raise _not_copied(error) from None


def _name(path: str | Path) -> str:
    """Return the name as given; bytes that are no text become escapes, so that it can be stored and shown."""
    return os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _not_opened(error: OSError | ValueError) -> FileRefused:
    reasons = {
        errno.ENOENT: ("file_not_found", "There is no such file.", "Check the name and the folder."),
        errno.ENOTDIR: ("file_not_found", "There is no such file.", "Check the name and the folder."),
        errno.EACCES: ("file_unreadable", "The file may not be read.", "Give yourself the right to read it."),
        errno.EISDIR: ("file_not_regular", "This is a folder, not a file.", "Name the sheet inside it."),
        errno.ENAMETOOLONG: ("file_not_found", "The file name is too long.", "Shorten the name."),
        errno.ELOOP: ("file_not_found", "The link leads in a circle.", "Name the file itself."),
    }
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    fallback = ("file_unreadable", "The file cannot be opened.", "Copy it to a local folder and try again.")
    code, message, fix = reasons.get(number or 0, fallback)
    return FileRefused(message, code=code, fix=fix)


def _not_regular(mode: int) -> FileRefused:
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe or device"
    return FileRefused(
        f"This is {what}, not a file.",
        code="file_not_regular",
        fix='Name the sheet itself, or read it from standard input with "-".',
    )


def _not_copied(error: OSError) -> FileRefused:
    return FileRefused(
        f"The file cannot be copied for reading: {error.strerror or 'output error'}.",
        code="copy_failed",
        fix="Make room in the temporary folder, or name another one with TMPDIR.",
    )


def _too_large(most: int) -> FileRefused:
    return FileRefused(
        f"The file is larger than {most:,} bytes.",
        code="file_too_large",
        fix="Split it into smaller files.",
    )


_HARMLESS = bytes(sorted(set(range(256)) - set(CONTROLS)))
_LATE_CONTROL = re.compile(b"\xc2[\x80-\x9f]")
_LONE_RETURN = re.compile(b"\r(?!\n)")
_REPLACEMENT = b"\xef\xbf\xbd"


@dataclass(slots=True)
class Survey:
    """
    Facts about the bytes seen so far.

    ``utf8``: every byte so far is valid UTF-8, and the end tears no character (known after ``close``). ``odd``:
    control characters (NUL among them) or the replacement character may stand in the text, as far as UTF-8 and its
    relatives go. ``longest_line``: bytes between line ends, to a block's precision. ``returns``: a carriage return
    stands there that no line feed follows (known after ``close``).
    """

    size: int = 0
    utf8: bool = True
    odd: bool = False
    longest_line: int = 0
    returns: bool = False
    _line: int = 0
    _torn: bool = False
    _tail: bytes = b""
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def see(self, block: bytes) -> None:
        """Take in the next bytes of the file."""
        self.size += len(block)
        self._measure_lines(block)
        self._look_for_odd(block)
        if self.utf8:
            self._decode(block, final=False)

    def close(self) -> None:
        """Say that the file is over."""
        self.returns = self.returns or self._torn
        if self.utf8:
            self._decode(b"", final=True)

    def _measure_lines(self, block: bytes) -> None:
        if b"\n" in block or b"\r" in block:
            self._line = len(block) - max(block.rfind(b"\n"), block.rfind(b"\r")) - 1
        else:
            self._line += len(block)
        self.longest_line = max(self.longest_line, self._line)
        joint = b"\r" + block if self._torn else block
        self._torn = joint.endswith(b"\r")
        self.returns = self.returns or _LONE_RETURN.search(joint, 0, len(joint) - self._torn) is not None

    def _look_for_odd(self, block: bytes) -> None:
        if self.odd:
            return
        self.odd = bool(block.translate(None, _HARMLESS))
        if not block.isascii():
            joint = self._tail + block
            self.odd = self.odd or _REPLACEMENT in joint or _LATE_CONTROL.search(joint) is not None
        self._tail = block[1 - len(_REPLACEMENT) :]

    def _decode(self, block: bytes, *, final: bool) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self.utf8 = False
