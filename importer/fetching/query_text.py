"""
The one statement of a query file, and whether it is a SELECT.

This gives a person a sentence before any database is asked. What keeps a query from changing anything is the session in which it runs
(``read_only_session``): a slip here costs a sentence, never a row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from importer.errors import FileRefused
from importer.settings.file import read_regular

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_BYTES: Final = 1_000_000

_READING: Final = ("SELECT", "WITH", "VALUES", "TABLE")
_LONGEST_WORD: Final = 30
_BREAKS: Final = re.compile(r"--|/\*|\*/|[eE]?'|\"|`|\[|\$[A-Za-z_]{0,60}[0-9]{0,3}\$|;")
_ESCAPED: Final = re.compile(r"\\.|'", re.DOTALL)
_ENDS: Final = {"'": "'", '"': '"', "`": "`", "[": "]", "--": "\n"}
_FIRST_WORD: Final = re.compile(r"[\s(;]*([A-Za-z]+)?")


def statement_of(path: Path) -> str:
    """
    Return the statement of a query file, without the semicolon at its end.

    Raises:
        FileRefused: ``query_unreadable``, ``query_empty``, ``query_several``, ``query_writes``.
    """
    try:
        text = read_regular(path, LONGEST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise FileRefused(
            f"The query file cannot be read: {error.strerror or 'input error'}.",
            code="query_unreadable",
            fix="Name a text file that holds one SELECT.",
        ) from None
    except (UnicodeDecodeError, ValueError):
        raise FileRefused(
            "The query file is not UTF-8 text.", code="query_unreadable", fix="Save it as UTF-8."
        ) from None
    # A NUL would end the statement for the database, and not for us.
    if "\x00" in text:
        raise FileRefused("The query file is not a text.", code="query_unreadable", fix="Save it as UTF-8.")
    return one_statement(text)


def one_statement(text: str) -> str:
    """Return the one statement of a text. ``FileRefused``: see ``statement_of``."""
    bare, ends = _without_quoted(text)
    told = [place for place in ends if bare[place + 1 :].replace(";", "").strip()]
    if not bare.replace(";", "").strip():
        raise FileRefused("The query file holds no statement.", code="query_empty", fix="Write one SELECT into it.")
    if told and bare[: told[0]].strip():
        raise FileRefused(
            "The query file holds more than one statement.",
            code="query_several",
            fix="Leave one SELECT in it, without a semicolon in its middle.",
        )
    word = _FIRST_WORD.match(bare)
    first = (word[1] or "").upper()[:_LONGEST_WORD] if word else ""
    if first not in _READING:
        raise FileRefused(
            f"The query begins with {first}, not with SELECT." if first else "The query does not begin with SELECT.",
            code="query_writes",
            fix="Write one SELECT that returns the appointments; nothing else is carried out.",
        )
    return text[: ends[-1]] if ends and not bare[ends[-1] :].replace(";", "").strip() else text


def _without_quoted(text: str) -> tuple[str, list[int]]:
    """Return the text with blanks for comments and marks for what is quoted, and where semicolons stand in it."""
    bare: list[str] = []
    ends: list[int] = []
    place = 0
    while found := _BREAKS.search(text, place):
        start, mark = found.start(), found[0]
        bare.append(text[place:start])
        if mark in {";", "*/"}:
            ends += [start] if mark == ";" else []
            bare.append(mark)
            place = found.end()
            continue
        place = _end_of(text, mark, found.end())
        bare.append((" " if mark in {"--", "/*"} else "'") * (place - start))
    bare.append(text[place:])
    return "".join(bare), ends


def _end_of(text: str, mark: str, place: int) -> int:
    """Return where what begins with a mark is over; the text's end where it is not."""
    if mark == "/*":
        return _end_of_comment(text, place)
    if mark in {"e'", "E'"}:
        while found := _ESCAPED.search(text, place):
            place = found.end()
            if found[0] == "'":
                return place
        return len(text)
    end = _ENDS.get(mark.lower(), mark)
    found_at = text.find(end, place)
    return len(text) if found_at < 0 else found_at + len(end)


def _end_of_comment(text: str, place: int) -> int:
    """Return where a comment is over; in PostgreSQL others may stand within it."""
    depth = 1
    while depth:
        opened, closed = text.find("/*", place), text.find("*/", place)
        if closed < 0:
            return len(text)
        inner = 0 <= opened < closed
        depth += 1 if inner else -1
        place = (opened if inner else closed) + 2
    return place
