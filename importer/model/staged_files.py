"""A file as it was read, and its rows as they enter the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.statuses import Status


@dataclass(frozen=True, slots=True)
class FileFacts:
    """
    What one file was like.

    ``blanks``: field -> how many of its rows left it blank. ``fields``: heading -> field, for the headings that are
    used. ``undecided_dates``: rows whose order of day and month nothing proves. ``is_report``: a report of ours, fed
    back. ``is_part``: only some of its rows were asked for. The last two make it unlike a whole export. ``held_in``: for
    a report that is fed back, the runs that held rows of it. What made its values certain, so that a report can carry it:
    ``columns``, field -> positions of its columns; ``units``, duration field -> the unit of its heading; ``date_order``,
    declared or proven; ``action``, what its rows ask for where no column says it. ``epoch_1904``: bare
    numbers of its workbook count days from 1904.
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
    epoch_1904: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the file is an export as it came, which may be compared with others."""
        return not self.is_report and not self.is_part


class EarlierFile(NamedTuple):
    """A file of an earlier run that may be compared with: the run's id, and the file with its facts."""

    run: str
    file: FileRecord


@dataclass(frozen=True, slots=True)
class FileRecord:
    """
    One sheet of one file as it was read in a run.

    ``id`` is None until the ledger gave it one, ``facts`` until the file was read to its end. ``content``: of all its
    rows, equal for files that say the same in whatever order and format, as far as the ledger knows them.
    """

    name: str
    sha256: str
    sheet: str | None
    headings: tuple[str, ...]
    heading_row: int
    rows: int = 0
    notes: tuple[str, ...] = ()
    id: int | None = None
    facts: FileFacts | None = None
    content: str = ""


class Place(NamedTuple):
    """Where a row stood: the file's name in reports, "" for a text file's sheet, and the row's number there."""

    file: str
    sheet: str
    number: int


class StagedRow(NamedTuple):
    """
    A checked row as it enters the ledger; a million of them are made in a night, so it is a tuple.

    ``cells``, ``payload``, ``problems`` and ``warnings`` are JSON bytes: a list of texts, the body that a create
    would carry, and lists of problem objects. ``defaulted`` names the payload's fields that the row left blank and
    the profile filled. ``status`` is INVALID for a row that no ledger could save, DUPLICATE never; None otherwise.
    ``conditional``: its problems matter only if the row turns out to be a create (``planning.lanes`` decides).
    ``number`` 0: the row stands in no sheet; it is the cancel of an appointment that vanished from a snapshot.
    """

    number: int
    action: str
    phone: str | None
    external_event_id: str | None
    uuid: str | None
    cells: bytes
    payload: bytes
    defaulted: tuple[str, ...]
    starts_at: int | None
    status: Status | None
    conditional: bool
    problems: bytes
    warnings: bytes
    location: str | None = None
