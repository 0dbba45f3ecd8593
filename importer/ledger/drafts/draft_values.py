"""Drafts as values: what is kept of a plan, a row of it, an edit, and what rows are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.model.statuses import RunState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.staged_files import FileFacts


class Copied(NamedTuple):
    """A file of a draft: ``path`` as it was named, ``name`` in reports, and the hash and size in bytes of its copy."""

    path: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Source:
    """
    What a draft's plan is made of: files, or rows of an earlier run.

    ``files``: copied ones, in order, or one that a command made. ``retried``: the run whose rows are tried again. ``notes``:
    sentences about what the draft does not do.
    """

    files: Sequence[Copied] = ()
    retried: str | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The plan of a draft as it was shown last, in numbers.

    ``files``: name, sheet, headings and row count of each. ``calls``: action -> requests. ``totals``: status -> rows
    without one. ``sums``: verdict -> rows. ``kinds`` and ``fields``: code, or field -> rows with a problem or warning.
    ``people``: who may get a text at once. ``holds``: sentences; ``held``: their ``code``, ``message`` and ``fix``.
    ``waits``: ``count``, ``first_at``, ``zone`` of what the sending window keeps back. ``reminding``: ``count``, ``first_at``,
    ``first_zone``, ``last_at``, ``last_zone``. ``zones``: of its rows, the most frequent first. ``problems``: verdict -> kinds of
    problem, each with ``code``, ``title``, ``place``, ``field``, ``count``, ``rows`` (some of their numbers), ``message``, ``fix``.
    A plan that an earlier version kept has none of these but ``holds``.
    """

    files: Sequence[Mapping[str, Any]] = ()
    calls: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)
    people: int = 0
    holds: Sequence[str] = ()
    held: Sequence[Mapping[str, str]] = ()
    waits: Mapping[str, Any] | None = None
    reminding: Mapping[str, Any] | None = None
    zones: Sequence[str] = ()
    problems: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """
    What is kept of a sheet, so that one of its rows can be judged as it is among all others.

    ``path``: by which it is read; ``name``: in reports. ``titles``: row and text above the headings. ``columns``: a mark of
    how its columns were settled. ``dates``: cells that fit day first only, month first only, both, or have two-digit years.
    ``lines``: row, text and problem of lines that begin or end a section. ``first_words``: position, unknown word, and
    the row of its first cell. ``flaws``: row, position, code and text of cells that could not be read as they are shown.
    ``file``, ``rows`` and ``content``: as in the file's record.
    """

    path: str
    name: str
    sheet: str | None
    heading_row: int
    titles: Sequence[Sequence[Any]]
    epoch_1904: bool
    columns: str
    dates: Sequence[int]
    lines: Sequence[Sequence[Any]]
    first_words: Sequence[Sequence[Any]]
    flaws: Sequence[Sequence[Any]]
    file: FileFacts | None = None
    rows: int = 0
    content: str = ""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """
    What is kept of a plan as a whole, beside its rows.

    ``known``: rows about appointments that are known; ``moves``: how far those of them are moved that would get another
    start (``guards.Moved``), and how many so far. ``back``: place of a file -> how many of its changes
    take a value back, of how many; it lacks files of which that is not known. ``numbers``: whether sheets gave
    "new" numbers to appointments, or "lost" them. ``holds``: code and sentence of those that hold the whole plan.
    """

    sheets: Sequence[SheetFacts]
    known: int = 0
    moves: Sequence[tuple[Sequence[Any], int]] = ()
    back: Mapping[int, Sequence[int]] = field(default_factory=dict)
    numbers: Sequence[str] = ()
    holds: Sequence[Sequence[str]] = ()


class Weight(NamedTuple):
    """
    What a row adds to what is kept of the plan as a whole.

    ``moved``: of a row about a known appointment how far it is moved (``Moved``), None where it is not. ``changes`` and
    ``is_back``: whether it changes what is known, and takes a value back.
    """

    is_known: bool
    moved: Sequence[Any] | None
    changes: bool
    is_back: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """
    What the other rows of a draft say together, where a run decides only some.

    ``invalid``: whether one of them is invalid. ``known``, ``moves``, ``back``: as in ``PlanFacts``, of them alone.
    """

    invalid: bool
    known: int
    moves: Mapping[Any, int]
    back: Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A kept plan.

    ``command``: what made it: plan, retry, undo, cancel, no_show or move. ``parent``: the run that it goes back to.
    ``version`` rises with each edit; the plan was ``shown`` at that version. ``is_partly_known``: edits since then may have
    changed other rows than those that were judged again. ``as_of``: the newest run at the beginning.
    ``settings``: what decides values, actions and address. ``fingerprint``: of the requests that were shown. ``run``: that
    sent it, None until then. ``edits``: all that were made, the oldest first, where one draft was asked for. Times are UTC
    seconds.
    """

    seq: int
    id: str
    command: str
    parent: str | None
    by: str
    made_at: float
    touched_at: float
    version: int
    shown: int
    profile: str
    as_of: int
    source: Source
    settings: Mapping[str, Any]
    plan: Shown
    fingerprint: str
    run: str | None = None
    is_partly_known: bool = False
    edits: tuple[Edit, ...] = ()

    @property
    def state(self) -> RunState:
        """``DRAFT`` until it is sent, then ``FINISHED``: its run tells the rest."""
        return RunState.DRAFT if self.run is None else RunState.FINISHED

    @property
    def names(self) -> tuple[str, ...]:
        """What the plan is made of, for people."""
        told = tuple(
            f"{file['name']}, sheet {file['sheet']}" if file["sheet"] else file["name"] for file in self.plan.files
        )
        return tuple(dict.fromkeys(told))


class KeptRow(NamedTuple):
    """
    A row of a plan on its way into a draft; plain values only, so that many of them can wait in a file.

    ``file``: the place of its file. ``kinds``: code and field of each problem and warning, each pair once. ``ties``: the
    names that it may have in common with rows of the same appointment or person (``ties_of``). ``weight``: of ``Weight``,
    as JSON, None for one that adds nothing. The JSON bytes are those of the ledger's own rows, problems and warnings with the columns that they are about.
    """

    id: int
    file: int
    number: int
    verdict: str
    lane: bytes | None
    mark: bytes | None
    name: str
    search: str
    action: str
    uuid: str | None
    external_event_id: str | None
    cells: bytes
    payload: bytes
    changes: bytes
    problems: bytes
    warnings: bytes
    kinds: tuple[tuple[str, str], ...]
    ties: tuple[str, ...] = ()
    weight: bytes | None = None


def ties_of(phone: str | None, external_event_id: str | None, uuid: str | None) -> tuple[str, ...]:
    """Return the names that a row may have in common with others of its appointment or person, each told from the other kinds."""
    return tuple(f"{kind}{name}" for kind, name in zip("pnu", (phone, external_event_id, uuid), strict=True) if name)


class DraftRow(NamedTuple):
    """
    A row of a draft as people see it. ``id``: its place, by which pages go on. ``number`` 0: it stands in no sheet.

    ``verdict``: the call that it needs, or the status that it would have at once. ``changes``: field, old, new.
    """

    id: int
    file: int
    number: int
    verdict: str
    action: str
    name: str
    uuid: str | None
    external_event_id: str | None
    cells: tuple[str, ...]
    payload: Mapping[str, Any]
    changes: tuple[tuple[str, Any, Any], ...]
    problems: tuple[Mapping[str, Any], ...]
    warnings: tuple[Mapping[str, Any], ...]


class RowFilter(NamedTuple):
    """Which rows of a draft are wanted: those that meet all that is given. ``name`` and ``text`` are looked for anywhere."""

    verdict: str = ""
    kind: str = ""
    field: str = ""
    text: str = ""
    name: str = ""


class RowPage(NamedTuple):
    """Some rows of a draft, and after which id the next page begins; None on the last one."""

    rows: tuple[DraftRow, ...]
    after: int | None


class Edit(NamedTuple):
    """
    A person's change of a draft. ``file``: the place of the file; ``row``: the number in its sheet.

    ``column``: the cell's position, None where the row as a whole is left out or taken in again. ``value``: None for "as in
    the file". ``undoes``: the id of the edit that it takes back. ``before``: what stands in the file, None where an earlier
    version did not write that down.
    """

    id: int
    file: int
    row: int
    column: int | None
    heading: str
    value: str | None
    undoes: int | None
    by: str
    at: float
    before: str | None = None
