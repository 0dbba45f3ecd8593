"""Why a run waits for a person, and what a file was like, so that the next one can be compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.records import FileRecord

RELEASABLE: Final = frozenset({
    "moved_together", "rows_far_off", "blanks_far_off", "headings_changed", "file_of_before", "same_time",
    "moved_without_number",
})  # fmt: skip
"""What ``--release`` takes. Not among them: ``dates_undecided``, which only a word about the order can settle, and
``too_many_missing``, which ``--approve`` settles by its number."""

COUNTED: Final = frozenset({"too_many_missing", "approval_differs"})
"""What ``--approve`` settles, by the number of missing appointments."""

OF_ROWS: Final = frozenset({"same_time", "file_of_before", "moved_without_number"})
"""Holds that speak against single rows; the others of their run go."""

WHOLE: Final = (RELEASABLE | {"dates_undecided"}) - OF_ROWS
"""Holds that speak against a file as a whole, and so hold every call of its run."""


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
    back. ``is_part``: only some of its rows were asked for. The last two make it unlike a whole export. ``held_in``: for
    a report that is fed back, the runs that held rows of it. What made its values certain, so that a report can carry it:
    ``columns``, field -> positions of its columns; ``units``, duration field -> the unit of its heading; ``date_order``,
    declared or proven; ``action``, what its rows ask for where no column says it.
    """

    blanks: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    undecided_dates: int = 0
    is_report: bool = False
    is_part: bool = False
    held_in: Sequence[str] = ()
    columns: Mapping[str, Sequence[int]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    action: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the file is an export as it came, which may be compared with others."""
        return not self.is_report and not self.is_part


class EarlierFile(NamedTuple):
    """A file of an earlier run that may be compared with: the run's id, and the file with its facts."""

    run: str
    file: FileRecord


class Move(NamedTuple):
    """
    How an update would move an appointment that is known.

    ``shift``: seconds from the old start to the new one. ``before`` and ``after``: local time and zone as in the API's
    fields, "" where one is not known.
    """

    shift: int
    before: tuple[str, str]
    after: tuple[str, str]


class OtherPlace(NamedTuple):
    """Where another appointment of the same person at the same time stands; None and "" for what is not known."""

    number: int | None
    file: str
    external_event_id: str
    run: str
