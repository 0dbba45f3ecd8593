"""
Where the bytes come from: a path or stdin, copied once into a private file that nobody else can change.

What is hashed is what is read: the copy is hashed while it is made, has no name, and dies with the process.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, TYPE_CHECKING

from importer.errors import FileRefused
from importer.model.sheets import SourceFile
from importer.reading.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.reading.limits import Limits

STDIN = "-"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """The private copy: ``file`` is open for reading at its start, ``survey`` is what was seen while copying."""

    source: SourceFile
    file: IO[bytes]
    survey: Survey


@contextmanager
def private_copy(path: str | Path, limits: Limits) -> Iterator[Copy]:
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
        yield Copy(SourceFile(_name(path), digest.hexdigest(), size), copy, survey)


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
        fix="Name the sheet itself, or pass its bytes on stdin with the file name -.",
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
