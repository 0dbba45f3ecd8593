"""
The grammar of iCalendar: unfolded lines, and the components that they make, streaming by.

Source: RFC 5545, 3.1 (content lines) and 3.4; a line with parameters is taken apart by the library icalendar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from importer.errors import FileRefused
from importer.reading.records.record_grid import LONGEST_KEPT, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST_HEAD: Final = 8_000
DEEPEST: Final = 16
MOST_LINES: Final = 20_000
"""So many lines, each unfolded, an event or a time zone may have with all that stands in it."""

MOST_PHYSICAL: Final = 5_000_000
"""So many lines a file may have as they stand in it: two hundred thousand events, and seconds of reading."""

_LINE_END: Final = re.compile(r"\r\n?|\n")
_UNTIL_COLON: Final = re.compile(r'[^":]*+(?:"[^"]*+"[^":]*)*+:')


class Line(NamedTuple):
    """A content line: its number in the file, its name, its parameters and its raw value."""

    number: int
    name: str
    params: dict[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END; ``torn``: a line in it that is none."""

    name: str
    lines: list[Line] = field(default_factory=list)
    torn: str = ""

    def values(self, name: str) -> list[str]:
        """Return the raw values of a property."""
        return [line.value for line in self.lines if line.name == name]

    def first(self, name: str) -> str:
        """Return the first of them, trimmed; "" where there is none."""
        return next(iter(self.values(name)), "").strip()


class _Lines:
    """The unfolded lines of a calendar. A fold may part a character, so bytes are joined before they are read."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._wide = encoding.startswith(("utf-16", "utf-32"))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        kept: list[bytes] = []
        begun = length = 0
        for number, line in enumerate(self._physical(), start=1):
            if begun and line[:1] in {b" ", b"\t"}:
                if length < LONGEST_KEPT:
                    kept.append(line[1:])
                    length += len(line)
                continue
            if length:
                yield begun, b"".join(kept).decode("utf-8", "replace")
            kept, begun, length = [line], number, len(line)
        if length:
            yield begun, b"".join(kept).decode("utf-8", "replace")

    def _physical(self) -> Iterator[bytes]:
        self._file.seek(0)
        if self._wide:
            text = self._file.read().decode(self._encoding, "replace")
            lines = _LINE_END.split(text.removeprefix("\ufeff"))
            yield from (line.encode("utf-8", "replace") for line in lines)
            return
        for number, line in enumerate(self._file):
            if number >= MOST_PHYSICAL:
                raise FileRefused(
                    f"The calendar has more than {MOST_PHYSICAL:,} lines.",
                    code="file_too_large",
                    fix="Export a shorter period.",
                )
            bare = line.rstrip(b"\r\n") if number else line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
            if b"\r" in bare:
                # Lines that end in a carriage return alone come as one.
                yield from bare.split(b"\r")
            else:
                yield bare


class Components:
    """
    The components of a file that stand within calendars, each when it ends; ``calendar``: the number of the one it stands in.

    A calendar itself comes at its end, and so do the parts of a time zone, before the zone.
    """

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._lines = _Lines(file, encoding)
        self.calendar = -1

    def __iter__(self) -> Iterator[Component]:
        stack: list[Component] = []
        last = 0
        for at, (number, text) in enumerate(self._lines):
            last = _last(stack, at, last)
            line = _line(number, text)
            if line is None:
                if stack:
                    stack[-1].torn = stack[-1].torn or shown(text)
                elif text.strip():
                    raise damaged(f"line {number} stands outside the calendar")
                continue
            if line.name == "BEGIN":
                self._begin(stack, line)
            elif not stack:
                raise damaged(f"line {number} stands outside the calendar")
            elif line.name == "END":
                if line.value.strip().upper() != stack[-1].name:
                    raise damaged(f"line {number} ends what did not begin")
                yield stack.pop()
            else:
                stack[-1].lines.append(line)
        if stack:
            raise damaged(f"its end is missing: {stack[-1].name} goes on")

    def _begin(self, stack: list[Component], line: Line) -> None:
        name = line.value.strip().upper()
        if not stack and name != "VCALENDAR":
            raise damaged(f"line {line.number} begins no calendar")
        if len(stack) >= DEEPEST:
            raise damaged(f"line {line.number} lies deeper than any calendar goes")
        if not stack:
            self.calendar += 1
        stack.append(Component(name))


def _last(stack: list[Component], at: int, last: int) -> int:
    """Return the place of the last line that may belong to what stands open in the calendar; ``at``: of this one."""
    if len(stack) <= 1:
        return at + MOST_LINES
    if at > last:
        raise damaged(f"a {stack[1].name} has more than {MOST_LINES:,} lines")
    return last


def damaged(why: str) -> FileRefused:
    """Return the refusal of a file that is no whole calendar."""
    return FileRefused(
        f"The calendar is damaged or cut off: {why}.",
        code="calendar_damaged",
        fix="Export it again, and check that the whole file was copied.",
    )


def _line(number: int, text: str) -> Line | None:
    """Return a content line taken apart, None for what is none."""
    match = _UNTIL_COLON.match(text, 0, LONGEST_HEAD)
    if match is None:
        return None
    name, value = text[: match.end() - 1], text[match.end() :]
    if name.isascii() and name.replace("-", "").isalnum():
        return Line(number, name.upper(), {}, value)
    from icalendar.parser import Contentline  # noqa: PLC0415  # of the extra; loaded before

    try:
        name, params, _ = Contentline(match[0]).raw_parts()  # type: ignore[no-untyped-call]  # its __new__ tells no types
        told = {key.upper(): ",".join(told) if isinstance(told, list) else str(told) for key, told in params.items()}
    except (ValueError, AssertionError, IndexError, TypeError, AttributeError):
        return None
    return Line(number, str(name).upper(), told, value)
