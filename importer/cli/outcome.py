"""What a command found, as a value; ``entry`` prints it as text or as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.cli.terminal import Line

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
        texts = (line if isinstance(line, str) else line.text for line in self.lines)
        return [text for text in texts if text.strip()][:BRIEF_LINES]
