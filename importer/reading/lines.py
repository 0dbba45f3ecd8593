"""The lines of a text file: as text, or as bytes of which some may be looked at before they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Lines:
    """The lines of a text, remembering the last one handed out, and how many characters were."""

    text: IO[str]
    last: str = ""
    characters: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.last = line
            self.characters += len(line)
            yield line


@dataclass(slots=True)
class ByteLines:
    """The same of bytes in an encoding whose line ends are those of ASCII."""

    file: IO[bytes]
    encoding: str
    last: str = ""
    characters: int = 0
    _ahead: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def __iter__(self) -> Iterator[str]:
        while line := next(self._ahead, b"") or self.file.readline():
            self.last = line.decode(self.encoding)
            self.characters += len(line)
            yield self.last

    def ahead(self, most: int) -> list[bytes]:
        """Return the next lines, at most so many, and leave them to be read."""
        lines = list(islice(chain(self._ahead, self.file), most))
        self._ahead = iter(lines)
        return lines

    def skip(self) -> None:
        """Take the lines that were looked at for read."""
        self._ahead = iter(())
