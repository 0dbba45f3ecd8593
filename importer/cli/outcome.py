"""What a command found, as a value; ``entry`` prints it as text or as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.cli.terminal import Line


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of one command.

    ``lines`` are for people; ``data`` are the members of the JSON document after ``schema`` and ``command``.
    ``streamed``: in JSON form the command has written its rows itself, and no document follows.
    ``remarks`` go to stderr in either form.
    """

    command: str
    lines: Sequence[Line] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = Exit.DONE
    streamed: bool = False
    remarks: Sequence[Line] = ()
