"""The two streams: what is styled, what is made visible, how JSON is written."""

from __future__ import annotations

import io
import json

import pytest

from importer.cli.terminal import Styled, Terminal, dressed, table, visible, wants_colour, width


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


class Pipe(io.StringIO):
    """A stream of UTF-8 that is no terminal."""

    encoding = "utf-8"


class Left(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str) -> int:
        """Fail as a closed pipe does."""
        raise BrokenPipeError(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Ana O'Brien — Zoë", "Ana O'Brien — Zoë", id="plain"),
        pytest.param("\x1b[2J\x1b]0;evil\x07", r"\x1b[2J\x1b]0;evil\x07", id="escape-codes"),
        pytest.param("\x9b31m", r"\x9b31m", id="one-byte-escape"),
        pytest.param("a\u202eb", r"a\u202eb", id="right-to-left-override"),
        pytest.param("a\rb\tc\x00", r"a\rb\tc\x00", id="return-tab-nul"),
        pytest.param("two\nlines", "two\nlines", id="line-end"),
        pytest.param("bad\udcff", r"bad\udcff", id="undecodable-file-name"),
    ],
)
def test_nothing_from_a_sheet_reaches_the_terminal_unseen(text: str, shown: str) -> None:
    """Control characters of every kind become visible escapes."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        pytest.param(Screen(), {}, True, id="terminal"),
        pytest.param(Screen(), {"NO_COLOR": "1"}, False, id="no-color"),
        pytest.param(Screen(), {"NO_COLOR": ""}, True, id="no-color-empty-means-unset"),
        pytest.param(Screen(), {"TERM": "dumb"}, False, id="dumb"),
        pytest.param(Pipe(), {}, False, id="pipe"),
    ],
)
def test_colour_only_where_it_is_wanted(stream: io.StringIO, environ: dict[str, str], *, coloured: bool) -> None:
    """Styles appear on a terminal alone, and NO_COLOR is obeyed."""
    assert wants_colour(stream, environ) is coloured


def test_style_does_not_make_hostile_text_work() -> None:
    """A styled line is made visible before it is styled."""
    assert dressed(Styled("\x1b[0mx", "red"), colour=True) == "\x1b[31m\\x1b[0mx\x1b[0m"
    assert dressed(Styled("x", "red"), colour=False) == "x"


def test_results_and_remarks_keep_apart() -> None:
    """Results go to stdout, remarks to stderr."""
    screen = Terminal(out=Pipe(), err=Pipe(), environ={})
    screen.result(["found"])
    screen.remark("beware")

    assert (screen.out.getvalue(), screen.err.getvalue()) == ("found\n", "beware\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("out", [Pipe(), Screen()], ids=["pipe", "terminal"])
def test_rows_are_lines_of_json(out: io.StringIO) -> None:
    """A row is one line; on a terminal it is ASCII, which no control character survives."""
    screen = Terminal(out=out, err=Pipe(), environ={})
    row = {"value": "Zoë\x9b\n", "file": "bad\udcff.csv"}
    screen.row(row)
    text = out.getvalue()

    assert text.count("\n") == 1
    assert json.loads(text) == row
    assert "\x9b" not in text


def test_row_in_a_pipe_keeps_its_letters() -> None:
    """Programs get UTF-8, not escapes."""
    screen = Terminal(out=Pipe(), err=Pipe(), environ={})
    screen.row({"value": "Zoë"})

    assert screen.out.getvalue() == '{"value":"Zoë"}\n'  # type: ignore[attr-defined]


def test_reader_that_left_is_noticed_once() -> None:
    """A closed pipe does not raise; the screen knows, and writes no more."""
    screen = Terminal(out=Left(), err=Left(), environ={})
    screen.result(["a"])
    screen.result(["b"])
    screen.remark("c")

    assert screen.gone


def test_table_lines_up_wide_letters_and_cuts_long_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns line up whatever letters they hold; a cell stays on its line."""
    monkeypatch.setattr("sys.stdout", Screen())
    lines = list(table(("Name", "Rows", "Why"), [("山田", "7", "a\nb"), ("x" * 90, "12", "c")], right=(1,)))
    texts = [line.text if isinstance(line, Styled) else line for line in lines]
    ends = {width(text[: text.index(mark)]) for text, mark in zip(texts, ("Why", "a b", "c"), strict=True)}

    assert len(ends) == 1
    assert "…" in texts[2]
