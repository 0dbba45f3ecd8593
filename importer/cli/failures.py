"""
Errors as people and programs get them.

What the importer expects to go wrong is one sentence, its fix, and an exit code. Anything else is a bug: its
traceback shows files, lines and code, never a value or a message, because those may quote somebody's data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit, FileRefused, ImporterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPORT_IT: Final = (
    "This is a bug in the importer. Please report it with the lines above; they hold none of your data. "
    "What was sent stands in the ledger; importer runs tells."
)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_CHAIN: Final = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not end as asked; ``details`` are lines for stderr alone."""

    exit_code: int
    code: str
    message: str
    fix: str = ""
    details: tuple[str, ...] = ()

    def as_data(self) -> Mapping[str, Any]:
        """Return the members of the JSON document."""
        error = {"code": self.code, "message": self.message, "fix": self.fix}
        return {"exit_code": int(self.exit_code), "error": error}


def expected(error: ImporterError) -> Failure:
    """Return an error of the importer's own as sentence and fix."""
    return Failure(exit_code=error.exit_code, code=code_of(error), message=str(error), fix=error.fix)


def code_of(error: ImporterError) -> str:
    """Return an error's code for programs."""
    return error.code if isinstance(error, FileRefused) else snake(type(error).__name__)


def unexpected(error: BaseException) -> Failure:
    """Return a bug: the kinds of the chained exceptions and where they were raised, nothing of what they say."""
    lines = [line for link in reversed(list(chain(error))) for line in bare_traceback(link)]
    return Failure(
        exit_code=Exit.BUG,
        code="bug",
        message=f"Something went wrong that should not ({type(error).__name__}).",
        fix=REPORT_IT,
        details=tuple(lines),
    )


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that led to it, the newest first."""
    link: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def bare_traceback(error: BaseException) -> Iterator[str]:
    """Yield a traceback's lines with the code, and the exception's kind in place of its message."""
    import linecache
    import traceback

    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        yield f'  File "{file}", line {line}, in {frame.f_code.co_name}'
        code = linecache.getline(file, line, frame.f_globals).strip()
        if code:
            yield f"    {code}"
    kind = type(error)
    yield kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def snake(name: str) -> str:
    """Return a class's name as a code: ``LedgerLocked`` is ``ledger_locked``, ``SettingsError`` ``settings_error``."""
    return _CAPITAL.sub("_", name).lower()
