"""Why a run waits for a person, and what a file was like, so that the next one can be compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASABLE: Final = frozenset({
    "moved_together", "rows_far_off", "blanks_far_off", "headings_changed", "file_of_before", "same_time",
})  # fmt: skip
"""What ``--release`` takes. Not among them: ``dates_undecided``, which only a word about the order can settle, and
``too_many_missing``, which ``--approve`` settles by its number."""


class Hold(NamedTuple):
    """
    One reason for which calls of a run are held.

    ``code``: of the kind of problem, which ``--release`` takes. ``message``: what was found, a sentence. ``fix``: how it
    is released, or what to do instead. Neither holds personal data.
    """

    code: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """
    What one file was like.

    ``blanks``: field -> how many of its rows left it blank. ``fields``: heading -> field, for the headings that are
    used. ``undecided_dates``: rows whose order of day and month nothing proves. ``is_report``: a report of ours, fed
    back. ``is_part``: only some of its rows were asked for. The last two make it unlike a whole export.
    """

    blanks: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    undecided_dates: int = 0
    is_report: bool = False
    is_part: bool = False
