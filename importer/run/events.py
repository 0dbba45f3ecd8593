"""What a run tells while it works; a terminal makes bars of it, a page a fragment, a test a list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol


class Stage(StrEnum):
    """Which part of the work an event is about."""

    READING = "reading"
    CHECKING = "checking"
    PLANNING = "planning"
    SENDING = "sending"
    REPORTING = "reporting"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """
    A moment of a run.

    ``done`` and ``total`` count rows (for READING bytes of a text file, rows of a workbook); ``total`` is None
    while it is not known. ``failures`` counts rows that ended badly so far. ``text`` says what is being waited
    for, or, for NOTE, what a person should know; it never holds personal data.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    failures: int = 0
    text: str = ""


def ignore(event: Event) -> None:
    """Take no notice of an event."""


class Log(Protocol):
    """Takes the events of one command."""

    @property
    def is_kept(self) -> bool:
        """Whether anybody reads them; if not, nothing need be gathered."""

    def write(self, event: str, *, run: str | None = None, row: int | None = None, **members: Any) -> None:
        """Take one event."""


class NoLog:
    """Keeps nothing."""

    is_kept = False

    def write(self, event: str, *, run: str | None = None, row: int | None = None, **members: Any) -> None:
        """Take no notice."""


NO_LOG: Final = NoLog()
