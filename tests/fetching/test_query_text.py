"""A query file holds one SELECT: comments and what is quoted are told from the statement."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from importer.errors import FileRefused
from importer.fetching.query_text import LONGEST_BYTES, one_statement, statement_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SELECT 1", "SELECT 1"),
        ("select 1 ; \n", "select 1 "),
        ("-- who; comes\nSELECT ';' AS a /* ; /* ; */ ; */, \"b;\" FROM t;;", None),
        ("WITH a AS (VALUES (1)) SELECT * FROM a", None),
        ("(SELECT 1) UNION (SELECT 2);", "(SELECT 1) UNION (SELECT 2)"),
        ("SELECT $tag$ ; DELETE $other$ ; $tag$, $$;$$", None),
        (r"SELECT E'it\'s; so', 'C:\;'", None),
        ("SELECT [a;b], `c;d` FROM t", None),
        ("TABLE visits", "TABLE visits"),
        ("SELECT 'never closed ; ", None),
        ("SELECT 1; -- the end; of it", "SELECT 1"),
    ],
)
def test_one_statement_is_kept_as_it_was_written(text: str, kept: str | None) -> None:
    """But for the semicolon behind it, and what follows that. None: as it is, without its last semicolons."""
    assert one_statement(text).rstrip("; ") == (text.rstrip("; ") if kept is None else kept.rstrip("; "))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "query_empty"),
        ("-- nothing\n /* at all */ ;", "query_empty"),
        ("SELECT 1; DELETE FROM visits", "query_several"),
        ("SELECT 1;; SELECT 2;", "query_several"),
        ("SELECT '--'; DROP TABLE visits --'", "query_several"),
        ("DELETE FROM visits", "query_writes"),
        ("/* SELECT */ update visits set phone = ''", "query_writes"),
        ("COPY visits TO PROGRAM 'cat'", "query_writes"),
        ("EXPLAIN ANALYZE DELETE FROM visits", "query_writes"),
        ("'SELECT'", "query_writes"),
    ],
)
def test_anything_else_is_refused_before_a_database_is_asked(text: str, code: str) -> None:
    """With a code that says which."""
    with pytest.raises(FileRefused) as refused:
        one_statement(text)

    assert refused.value.code == code
    assert refused.value.fix


def test_a_query_file_is_a_small_text(tmp_path: Path) -> None:
    """A pipe, a folder, a picture and a file of a megabyte are refused at once."""
    pipe, large, odd, nul = (tmp_path / name for name in ("pipe", "large.sql", "odd.sql", "nul.sql"))
    os.mkfifo(pipe)
    large.write_bytes(b" " * (LONGEST_BYTES + 1))
    odd.write_bytes(b"SELECT '\xff\xfe'")
    nul.write_bytes(b"SELECT 1\x00; DELETE FROM visits")

    for path in (pipe, large, odd, nul, tmp_path, tmp_path / "none.sql"):
        with pytest.raises(FileRefused) as refused:
            statement_of(path)
        assert refused.value.code == "query_unreadable"
