"""
What a command found, and the two streams: results on stdout, everything else on stderr; and plain tables.

All text passes through ``visible``, so that no cell, heading or file name can send an escape code to a terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TextIO

from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


STYLES: Final[Mapping[str, str]] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
SCHEMA: Final = 1


class ReaderGoneError(BaseException):
    """The reader of stdout has left in the middle of rows; past every ``except Exception``."""


class Styled(NamedTuple):
    """A line with a style of ``STYLES``, which only a terminal shows."""

    text: str
    style: str


class Spans(NamedTuple):
    """A line in parts, each with a style of its own or none."""

    parts: tuple[str | Styled, ...]

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


class Inked(NamedTuple):
    """A line of the reporting room, which inks its lines itself and puts no value of a row into them."""

    text: str


Line = str | Styled | Spans | Inked
BRIEF_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of one command.

    ``lines`` are for people; ``data`` are the members of the JSON document after ``schema`` and ``command``.
    ``streamed``: in JSON form the command has written its rows itself, and no document follows.
    ``remarks`` go to stderr in either form. ``brief``: one or two lines that say what happened and where the report is,
    for ``--quiet``; without them the first lines.
    """

    command: str
    lines: Sequence[Line] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = Exit.DONE
    streamed: bool = False
    remarks: Sequence[Line] = ()
    brief: Sequence[str] = ()

    def in_brief(self) -> list[str]:
        """Return the one or two lines that are left of the outcome with ``--quiet``."""
        if self.brief:
            return list(self.brief)
        return [text for text in map(text_of, self.lines) if text.strip()][:BRIEF_LINES]


Verdict = Literal["ok", "weaker", "missing", "wrong"]
"""``weaker``: it works, with less protection than it could have; no reason for an exit code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``importer config check`` looked at: ``verdict``, and in words what was found and what to do."""

    subject: str
    verdict: Verdict
    text: str
    fix: str = ""


def told(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the findings for people, the fix under what is wrong."""
    styles = {"ok": "green", "weaker": "yellow", "missing": "yellow", "wrong": "red"}
    for finding in findings:
        yield Styled(f"{finding.verdict:<8}{finding.subject}: {finding.text}", styles[finding.verdict])
        if finding.fix:
            yield f"        {finding.fix}"


def visible(text: str) -> str:
    """Return the text with every character that is not printable as an escape; line ends within it are kept."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() or mark == "\n" else repr(mark)[1:-1] for mark in text)


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to style: on a terminal, unless NO_COLOR is set or the terminal is a dumb one."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


@dataclass(slots=True)
class Terminal:
    """
    Where results and remarks go.

    ``as_json``: results are JSON documents. ``gone``: the reader of stdout has left; nothing more is written to it.
    ``in_rows``: the rows of a document are being written. ``quiet``: nothing is written but JSON that was asked for,
    and ``brief``. ``json_lines``: JSON is one object a line, errors too. ``lost``: why the system no longer takes what is written to stdout, "" while it does.
    """

    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    as_json: bool = False
    gone: bool = False
    in_rows: bool = False
    json_lines: bool = False
    quiet: bool = False
    lost: str = ""

    @property
    def watched(self) -> bool:
        """Whether a person sees stderr."""
        return self.err.isatty()

    @property
    def colour(self) -> bool:
        """Whether stdout shows colours."""
        return wants_colour(self.out, self.environ)

    @property
    def width(self) -> int:
        """How many characters fit on a line."""
        import shutil

        return shutil.get_terminal_size().columns

    def result(self, lines: Iterable[Line]) -> None:
        """Write lines to stdout."""
        if self.quiet:
            return
        colour = self.colour
        for line in lines:
            self._put(dressed(line, colour=colour) + "\n")

    def remark(self, *lines: Line) -> None:
        """Write lines to stderr, unless ``quiet``; a stderr that takes nothing is no reason to stop."""
        if not self.quiet:
            self._say(lines)

    def brief(self, *lines: str) -> None:
        """Write lines to stderr, each on one line, also when ``quiet``."""
        self._say([" ".join(line.split()) for line in lines])

    def _say(self, lines: Iterable[Line]) -> None:
        colour = wants_colour(self.err, self.environ)
        try:
            for line in lines:
                self.err.write(dressed(line, colour=colour) + "\n")
            self.err.flush()
        except (OSError, ValueError):
            return

    def document(self, command: str, members: Mapping[str, Any]) -> None:
        """Write one versioned JSON document to stdout, on several lines."""
        import json

        whole = {"schema": SCHEMA, "command": command, **members}
        self._put(json.dumps(whole, indent=2, ensure_ascii=self._escapes, default=plain) + "\n")

    def line(self, command: str, members: Mapping[str, Any]) -> None:
        """Write one versioned JSON document to stdout, on one line."""
        self._put(json_line({"schema": SCHEMA, "command": command, **members}, ascii_only=self._escapes))

    def row(self, members: Mapping[str, Any]) -> None:
        """Write one row as a line of JSON to stdout. ``ReaderGoneError``: nobody reads any more."""
        self._put(json_line(members, ascii_only=self._escapes))
        if self.gone:
            raise ReaderGoneError

    def raw(self, text: str) -> None:
        """Write JSON that was made elsewhere to stdout. ``ReaderGoneError``: nobody reads any more."""
        self._put(text)
        if self.gone:
            raise ReaderGoneError

    def row_of_document(self, command: str, members: Mapping[str, Any]) -> None:
        """
        Write one of the ``rows`` of a document whose other members are known only when all rows have come.

        ``ReaderGoneError``: nobody reads any more.
        """
        import json

        head = ",\n" if self.in_rows else f'{{"schema": {SCHEMA}, "command": {json.dumps(command)}, "rows": [\n'
        self.in_rows = True
        self._put(head + json_line(members, ascii_only=self._escapes).rstrip("\n"))
        if self.gone:
            raise ReaderGoneError

    def end_of_rows(self, command: str, members: Mapping[str, Any]) -> None:
        """Write the rest of a document with rows; without any row it is written whole."""
        if not self.in_rows:
            self.document(command, {"rows": [], **members})
            return
        rest = json_line(members, ascii_only=self._escapes).rstrip("\n").removeprefix("{")
        self._put(f"\n], {rest}\n")
        self.in_rows = False

    def flush(self) -> None:
        """Hand everything to the system now, so that a lost reader is noticed here and not at exit."""
        self._put("")

    @property
    def _escapes(self) -> bool:
        """Whether JSON is written in ASCII alone: a terminal would obey C1 control characters."""
        return self.out.isatty() or "utf" not in (getattr(self.out, "encoding", None) or "").casefold()

    def _put(self, text: str) -> None:
        if self.gone:
            return
        try:
            self.out.write(text)
            if not text:
                self.out.flush()
        except (OSError, ValueError) as error:
            # A reader that left, a full disk, a closed stream: the work goes on, and its exit code stays its own.
            self.gone = True
            if not isinstance(error, BrokenPipeError):
                self.lost = getattr(error, "strerror", None) or "the stream is closed"
            abandon(self.out)


def json_line(members: Mapping[str, Any], *, ascii_only: bool) -> str:
    """Return an object as JSON on one line."""
    import json

    import orjson

    if not ascii_only:
        try:
            return orjson.dumps(members, default=plain).decode() + "\n"
        except (TypeError, ValueError):
            # A file name that is not UTF-8 holds lone surrogates, which only escapes can carry.
            pass
    return json.dumps(members, default=plain) + "\n"


def plain(value: Any) -> str:
    """Return what JSON does not know as text: paths, mostly."""
    return str(value)


def dressed(line: Line, *, colour: bool) -> str:
    """Return a line as it is written: visible, and with its style where the stream shows colours."""
    if isinstance(line, Inked):
        return line.text
    if isinstance(line, str):
        return visible(line)
    if isinstance(line, Spans):
        return "".join(dressed(part, colour=colour) for part in line.parts)
    text = visible(line.text)
    return f"\x1b[{STYLES[line.style]}m{text}\x1b[0m" if colour and text else text


def abandon(stream: TextIO) -> None:
    """Point a stream whose reader has left at nothing, so that Python's own flush at exit does not complain."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError):
        return


GAP: Final = "  "
WIDEST: Final = 60
NARROWEST_LAST: Final = 24


def headings_place(row: int) -> str:
    """Return where the headings of a sheet stand; records name their columns themselves."""
    return f"headings in row {row}" if row else "columns by their names"


def table(  # noqa: PLR0913 - how a table looks, all by name
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    cut: bool = True,
    styles: Sequence[str] = (),
    broken: int | None = None,
) -> Iterator[Line]:
    """
    Yield a table's lines, the headings in bold.

    ``right``: positions of columns that stand to the right. ``styles``: of the first cell of each row, if any.
    ``broken``: the column that goes on in further lines where the terminal is too narrow, never within a word; without it
    the last one. Cells are made visible. On a terminal the others are cut at ``WIDEST`` columns with ``…`` unless ``cut``
    is False; what is read from a pipe or a file is whole, a row a line.
    """
    screen = terminal_width()
    at = len(headings) - 1 if broken is None else broken
    shown = [[cell(text, place == at or not (screen and cut)) for place, text in enumerate(row)] for row in rows]
    widths = [max(width(text) for text in column) for column in zip(headings, *shown, strict=True)]
    before = sum(widths[:at]) + len(GAP) * at
    beside = before + sum(len(GAP) + each for each in widths[at + 1 :])
    room = max(screen - beside, NARROWEST_LAST) if screen and cut else 0
    if room:
        widths[at] = min(widths[at], room)
    yield Styled(joined(headings, widths, right), "bold")
    for row, style in zip(shown, styles or [""] * len(shown), strict=True):
        first, *more = wrapped(row[at], room) if row else [""]
        line = joined([*row[:at], first, *row[at + 1 :]], widths, right)
        yield Spans((Styled(row[0], style), line[len(row[0]) :])) if style and 0 not in right else line
        yield from (" " * before + line for line in more)


def terminal_width() -> int:
    """Return how many columns stdout has, 0 where it is no terminal: what is read from it is not broken into lines."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def text_of(line: Line) -> str:
    """Return a line without its styles."""
    return line if isinstance(line, str) else line.text


def in_lines(parts: Iterable[Styled]) -> Iterator[Line]:
    """Yield parts side by side, as many as fit on a line of the terminal."""
    room = terminal_width()
    line: list[str | Styled] = []
    for part in parts:
        if line and room and width(Spans((*line, part)).text) > room:
            yield Spans(tuple(line))
            line = []
        line += ["  ", part]
    yield Spans(tuple(line))


def fitted(text: str, style: str = "", indent: str = "") -> Iterator[Line]:
    """Yield a sentence in lines that fit the terminal; nothing for none."""
    room = terminal_width()
    for line in wrapped(one_line(text), room and max(room - len(indent), NARROWEST_LAST)):
        if line:
            yield Styled(f"{indent}{line}", style) if style else f"{indent}{line}"


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def wrapped(text: str, room: int) -> list[str]:
    """Return a text in lines of so many columns, broken between words only; ``room`` 0: on one line."""
    if not room or width(text) <= room:
        return [text]
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def cell(text: str, is_whole: bool) -> str:  # noqa: FBT001 - a fact of the place, not a switch
    """Return a cell on one line, cut unless it is to be whole."""
    line = visible(text).replace("\n", " ")
    return line if is_whole or len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def joined(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    """Return one line of a table, without blanks at its end."""
    padded = [pad(text, widths[place], to_right=place in right) for place, text in enumerate(cells)]
    return GAP.join(padded).rstrip()


def pad(text: str, wanted: int, *, to_right: bool) -> str:
    """Return text filled up to a width on the screen."""
    blanks = " " * (wanted - width(text))
    return blanks + text if to_right else text + blanks


def width(text: str) -> int:
    """Return how many columns a text takes on the screen: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text
    )
