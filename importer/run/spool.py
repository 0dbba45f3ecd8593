"""Lines of ``check --json`` that wait until every row is known, on disk rather than in memory."""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any, Final, Self

import orjson

from importer.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from importer.planning.twins import Twin

IN_MEMORY: Final = 8 * 1024 * 1024


class Spool(AbstractContextManager["Spool"]):
    """
    An unnamed temporary file of JSON lines, gone with the block; nobody else can open it.

    ``wanted`` False makes it hold nothing.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the rows of one chunk."""
        self._file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)

    def lines(self, late: Mapping[int, Twin]) -> Iterator[Mapping[str, Any]]:
        """Yield every row in order, with what was found out about some of them late (by ordinal from 0)."""
        self._file.seek(0)
        for ordinal, line in enumerate(self._file):
            row = orjson.loads(line)
            yield judged_late(row, late[ordinal]) if ordinal in late else row


def judged_late(row: dict[str, Any], twin: Twin) -> dict[str, Any]:
    """Return the row's line as it reads now that its twin is known."""
    said = problem(twin.code, detail=twin.detail).as_dict()
    if twin.is_duplicate:
        return row | {"status": "duplicate", "warnings": [*row["warnings"], said]}
    return row | {"status": "invalid", "problems": [*row["problems"], said]}
