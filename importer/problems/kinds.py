"""A kind of problem, and one problem of one row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_QUOTE = 80
IN_COLUMN = "{in_column}"


class Severity(StrEnum):
    """``PROBLEM``: the row is not sent. ``WARNING``: worth saying, the row still goes."""

    PROBLEM = "problem"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong with one row: what ``check --json`` and the reports show.

    ``column``: the position from 0 of its cell in the person's sheet, None where no one cell is to blame.
    """

    field: str
    code: str
    value: str
    message: str
    fix: str
    column: int | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the five members in the order of the documented JSON shape."""
        return {
            "field": self.field,
            "code": self.code,
            "value": self.value,
            "message": self.message,
            "fix": self.fix,
        }

    def kept(self) -> dict[str, str | int]:
        """Return what the ledger keeps: the same, and the column where there is one."""
        return {**self.as_dict(), **({} if self.column is None else {"column": self.column})}


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of problem. ``message`` and ``fix`` may hold ``{field}``, ``{value}`` and ``{detail}``.

    Neither names the column: ``cell_places`` puts it before the message, and ``In column C, `` before a fix that begins with
    ``{in_column}`` because it is a matter of that cell.

    ``{column}`` in the message is the place as a person sees it, ``Column F "Status"``: the first line of the detail,
    whose rest is then ``{detail}``.

    ``{detail}`` may be empty, so it ends a sentence or is one of its own. The fix is an imperative sentence that a
    coordinator can follow in her sheet. ``example``: what documents put for the three.

    ``holds``: what waits where a guard found it, the whole file, or single rows while the others go. ``settled_by``: the
    option that lets it go; where it is none, only another file or a word in the profile does.
    """

    code: str
    title: str
    message: str
    fix: str
    severity: Severity = Severity.PROBLEM
    example: Mapping[str, str] = field(default_factory=dict, hash=False)
    holds: Literal["", "file", "rows"] = ""
    settled_by: Literal["", "--release", "--approve"] = ""

    @property
    def is_of_the_cell(self) -> bool:
        """Whether the fix is a matter of one cell."""
        return self.fix.startswith(IN_COLUMN)

    @property
    def is_warning(self) -> bool:
        """Whether rows with it still go."""
        return self.severity is Severity.WARNING

    def about(self, *, field: str = "", value: str = "", detail: str = "") -> Problem:
        """Return this kind as a sentence about one value; long values are quoted in part, with ``…``."""
        column = ""
        if "{column}" in self.message:
            column, _, detail = detail.partition("\n")
        facts = {"field": field, "value": quoted(value), "detail": detail, "column": column}
        return Problem(
            field=field,
            code=self.code,
            value=value,
            message=self.message.format(**facts).rstrip(),
            fix=_capital(self.fix.removeprefix(IN_COLUMN).format(**facts).rstrip()),
        )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the documented members of a problem that the ledger kept."""
    return {name: member for name, member in kept.items() if name != "column"}


def quoted(value: str) -> str:
    """Return the value on one line, visible and short: control characters as escapes, long text cut with ``…``."""
    visible = "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in value[: LONGEST_QUOTE + 1])
    return visible if len(visible) <= LONGEST_QUOTE else visible[: LONGEST_QUOTE - 1] + "…"
