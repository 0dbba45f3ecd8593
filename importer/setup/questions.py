"""
Questions of guided set-up as plain data: the terminal asks them, and a page can show the same.

Every question has up to three values of the sheet and a default, and can be left open unless it says otherwise; then the
check says what becomes of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


OPEN: Final = "open"
"""The answer that leaves a question open: nothing is written, and the check says what becomes of the rows."""


CANNOT_BE_SENT: Final = "the sheet cannot be sent"
"""What happens where a question is left open that the sheet cannot do without."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: ``value`` as it is typed, ``meaning`` in words, and the ``lines`` that it puts into the profile's table."""

    value: str
    meaning: str
    lines: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """
    One thing that a sheet leaves open.

    ``key``: names it for a program, ``word tbd``. ``about``: what a person should know to answer. ``samples``: up to three
    values of the sheet. ``choices``: the answers; with ``takes`` other than ``choice`` any text that is one. ``default``: the
    answer of who only presses Enter. ``if_open``: what happens where the question is left open, "" where it cannot be.
    ``names``, ``heading``: the sheet's appointment types, and the heading of their column. ``typed``: how an answer is typed, and
    what only a terminal can do.
    """

    key: str
    text: str
    samples: tuple[str, ...]
    default: str = OPEN
    choices: tuple[Choice, ...] = ()
    takes: Literal["choice", "country", "zone", "types"] = "choice"
    about: str = ""
    if_open: str = ""
    names: tuple[str, ...] = ()
    heading: str = ""
    typed: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether nothing of the sheet can be sent before this is answered."""
        return self.if_open in {"", CANNOT_BE_SENT}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Question:
        """Return a question that ``dataclasses.asdict`` made plain, as JSON gives it back."""
        choices = tuple(Choice(**choice) for choice in plain["choices"])
        texts = {name: tuple(plain[name]) for name in ("samples", "names")}
        return cls(**{**plain, **texts, "choices": choices})


@dataclass(frozen=True, slots=True)
class Hints:
    """What defaults are made of: the machine's ``zone``, and the uuids of appointment types that other profiles name."""

    zone: str = ""
    types: Mapping[str, str] = field(default_factory=dict)


SAMPLES: Final = 3
LONGEST_SAMPLE: Final = 40


def short(text: str) -> str:
    """Return a cell as a question shows it."""
    return text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…"
