"""
A row as a report shows it: the person's own columns first, as typed and in their order, then ours, and how urgent it is.

``3/4/2027`` is in March or April by the other dates of its file, which a report of several files, or of the rows that
need attention, no longer has beside it. So a date whose order of day and month was declared or proven is written with the
year first. A date that was not certain stays as typed.

Several files may have different headings: the report's own columns are their union in the order of first appearance.
A file's second ``Notes`` is a second column. Headings of two files that differ only in case, blanks or punctuation
are one column, so that the report can be fed back; not so where they name different metadata or units. A heading that is one
of our result columns comes from an earlier report; it is dropped, because its facts are out of date.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from importer.model.statuses import RESULT_COLUMNS, Action, RowState, Status
from importer.model.times import since_1900
from importer.problems import cell_places, outlasts
from importer.problems.cell_places import PARTS, position_of
from importer.reporting.wording import day_and_time, phone_words
from schemas.fields import FIELD, METADATA_PREFIX, alias_table, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.model.chunks import Distinct
    from importer.model.records import ReportRow, UnchangedRows
    from importer.model.staged_files import FileRecord


def typed(row: ReportRow, field: str) -> str:
    """Return what the row's own cells say of a field, its parts with a blank between; "" when no heading names it."""
    facts = row.file.facts
    read = [place for part in (field, *PARTS.get(field, ())) for place in facts.columns.get(part, ())] if facts else []
    where = read or cell_places.places(row.file.headings).get(field, ())
    return " ".join(cell for place in where if place < len(row.cells) and (cell := row.cells[place].strip()))


def person(row: ReportRow) -> tuple[str, ...]:
    """
    Return who and when, so that a person can look the appointment up: name and phone, then the start.

    As typed, but for a start in numbers with the year first, which is told in words; of an appointment that stands in
    no sheet as the API accepted it.
    """
    first, last, whole, phone, start = (
        typed(row, field) if row.number else str(row.said.get(field, ""))
        for field in ("firstName", "lastName", "fullName", "phone", "eventDateTime")
    )
    who = ", ".join(
        part for part in (f"{first} {last}".strip() or whole, phone if row.number else phone_words(phone)) if part
    )
    return tuple(part for part in (who, _start_words(start)) if part)


_YEAR_FIRST: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?")


def _start_words(text: str) -> str:
    if _YEAR_FIRST.fullmatch(text) is None:
        return text
    try:
        return day_and_time(datetime.fromisoformat(text))
    except ValueError:
        return text


def field_title(field: str) -> str:
    """Return a field's name for people: ``Appointment start``; a metadata column keeps its heading."""
    return FIELD[field].title if field in FIELD else field


DATES: Final = ("eventDateTime", "date")
_NUMERIC: Final = re.compile(r"(?<![0-9./-])([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?![0-9./-])")
_MONTHS: Final = 12
_ORDERS: Final = frozenset({"dmy", "mdy"})


def own_cells(file: FileRecord, typed: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row's cells, its certain dates with the year first, and days counted from 1904 as a text file counts them."""
    places = date_places(file)
    if not places:
        return typed
    cells = list(typed)
    for place in places:
        if place < len(cells):
            cells[place] = certain(cells[place], file)
    return tuple(cells)


def date_places(file: FileRecord) -> tuple[int, ...]:
    """Return the positions of the columns of dates, where it was known how they are meant; none where nothing was."""
    facts = file.facts
    if facts is None or not (facts.epoch_1904 or facts.date_order in _ORDERS):
        return ()
    return tuple(place for name in DATES for place in facts.columns.get(name, ()))


def certain(text: str, file: FileRecord) -> str:
    """
    Return the text of a date as any file can hold it.

    A date of numbers that could be read in two ways becomes ``2027-04-03``; a bare number that counts days from 1904 counts
    them as a text file does, 1,462 more.
    """
    facts = file.facts
    if facts is None:
        return text
    if facts.epoch_1904 and (days := since_1900(text)):
        return days
    found = _NUMERIC.search(text) if facts.date_order in _ORDERS else None
    if found is None:
        return text
    first, second = int(found[1]), int(found[3])
    if first == second or not 0 < min(first, second) <= max(first, second) <= _MONTHS:
        return text
    day, month = (first, second) if facts.date_order == "dmy" else (second, first)
    return f"{text[: found.start()]}{found[4]}-{month:02d}-{day:02d}{text[found.end() :]}"


_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Layout:
    """
    The own columns of a report, and where each file keeps them.

    ``places``: a file's headings -> for each own column the position in that file's rows, -1 where it has none.
    ``action``: the column that says what rows ask for, if only some of the files have one; None otherwise.
    """

    own: tuple[str, ...]
    places: dict[tuple[str, ...], tuple[int, ...]]
    action: int | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings of the report: own columns, then the result columns."""
        return self.own + RESULT_COLUMNS

    def cells(self, row: ReportRow) -> tuple[str, ...]:
        """
        Return the row's own cells in the report's order, "" where its file has no such column.

        Dates that were certain have the year first; a row whose file has no column of actions says what it asks for.
        """
        cells = own_cells(row.file, row.cells)
        places = self.places[row.file.headings]
        if len(cells) == len(places) and places == _in_order(len(places)):
            return cells
        width = len(cells)
        found = [cells[place] if 0 <= place < width else "" for place in places]
        if self.action is not None and row.number and row.file.facts is not None and row.file.facts.action:
            found[self.action] = row.file.facts.action
        return tuple(found)

    def columns(self, those: UnchangedRows) -> list[Distinct]:
        """Return the own cells of rows that stand together in the report's order, column by column, as ``cells`` does."""
        file, cells = those.file, list(those.told.cells)
        for place in date_places(file):
            if place < len(cells):
                texts = cells[place].texts.copy()
                texts[:] = [certain(text, file) for text in texts.tolist()]
                cells[place] = cells[place]._replace(texts=texts)
        places = self.places[file.headings]
        if len(cells) == len(places) and places == _in_order(len(places)):
            return cells
        found = [cells[place] if 0 <= place < len(cells) else _all(those, "") for place in places]
        if self.action is not None and file.facts is not None and file.facts.action:
            found[self.action] = _all(those, file.facts.action)
        return found

    def column_of(self, file: FileRecord, position: int) -> int | None:
        """Return the report's column for a position in the file's rows, None where it was dropped."""
        places = self.places[file.headings]
        return places.index(position) if position in places else None


def _all(those: UnchangedRows, text: str) -> Distinct:
    """Return a column that holds nothing but one text; its kind is that of the others, which are not loaded for a mere help."""
    one = those.numbers[:1].astype(object)
    one[0] = text
    column: Distinct = those.told.cells[0]._replace(texts=one, places=those.numbers * 0)
    return column


@cache
def _in_order(count: int) -> tuple[int, ...]:
    return tuple(range(count))


def layout(files: Sequence[FileRecord], *, by_field: bool = False) -> Layout:
    """
    Return the columns of a report over these files. Files with the same headings share their places.

    ``by_field``: headings that name the same field (``Mobile`` in one file, ``Phone`` in another) are one column, under
    the first file's heading: a sheet that is fed back may say each thing in one column only.
    """
    own: list[str] = []
    known: dict[tuple[str, int], int] = {}
    columns: dict[tuple[str, ...], list[int]] = {}
    for file in files:
        if file.headings not in columns:
            columns[file.headings] = _settle(file.headings, own, known, _meanings(file, by_field=by_field))
    return Layout(
        own=tuple(own),
        places={headings: _inverted(found, len(own)) for headings, found in columns.items()},
        action=_action_column(files, columns),
    )


def _meanings(file: FileRecord, *, by_field: bool) -> dict[int, str]:
    """
    Return position -> what makes a column one with those of other files, where the heading alone does not.

    Metadata keeps its case, a duration the unit of its heading. With ``by_field`` the field counts instead of the heading.
    """
    if file.facts is None or not file.facts.columns:
        known = alias_table() if by_field else {}
        names = {place: known.get(folded(heading)) for place, heading in enumerate(file.headings)}
        return {place: name for place, name in names.items() if name}
    found = {}
    for name, places in file.facts.columns.items():
        unit = file.facts.units.get(name, "")
        for place in places:
            heading = "" if by_field or name.startswith(METADATA_PREFIX) else folded(file.headings[place])
            found[place] = f"{heading} is {name} {unit}"
    return found


def _action_column(files: Sequence[FileRecord], columns: Mapping[tuple[str, ...], Sequence[int]]) -> int | None:
    """Return the report's column of actions where at least one file has none, None where all or none have one."""
    places = [(file, file.facts.columns.get("action", ())) for file in files if file.facts is not None]
    having = [columns[file.headings][found[0]] for file, found in places if found]
    return having[0] if having and len(having) < len(places) else None


def is_result_column(heading: str) -> bool:
    """Return whether a heading is one of ours, from an earlier report."""
    return heading.strip().casefold() in RESULT_COLUMNS


def _settle(
    headings: tuple[str, ...], own: list[str], known: dict[tuple[str, int], int], meanings: Mapping[int, str]
) -> list[int]:
    """Return the report's column of each position, -1 for dropped ones; adds what is new to ``own`` and ``known``."""
    seen: Counter[str] = Counter()
    columns = []
    for place, heading in enumerate(headings):
        if is_result_column(heading):
            columns.append(_NOWHERE)
            continue
        # A heading of punctuation only folds to nothing, and then stands for itself.
        name = meanings.get(place) or folded(heading) or heading
        seen[name] += 1
        key = (name, seen[name])
        if key not in known:
            known[key] = len(own)
            own.append(heading)
        columns.append(known[key])
    return columns


def _inverted(columns: Sequence[int], width: int) -> tuple[int, ...]:
    places = [_NOWHERE] * width
    for position, column in enumerate(columns):
        if column != _NOWHERE:
            places[column] = position
    return tuple(places)


def status_of(row: ReportRow) -> Status:
    """
    Return the row's one status.

    A row that the run left unsettled is ``unknown`` when its request may be on its way, otherwise ``not_sent``.
    """
    if row.status is not None:
        return row.status
    return Status.UNKNOWN if row.state is RowState.SENDING else Status.NOT_SENT


def result_cells(run_id: str, row: ReportRow) -> tuple[str, ...]:
    """Return the texts of the fifteen result columns, in the order of ``RESULT_COLUMNS``; not yet guarded."""
    return (
        run_id,
        row.file.name,
        row.file.sheet or "",
        str(row.number) if row.number else "",
        row.action,
        status_of(row).value,
        row.uuid or "",
        row.external_event_id or "",
        "" if row.http_status is None else str(row.http_status),
        code_of(row),
        joined(row.problems, "message"),
        fixes(row.problems),
        joined(row.warnings, "message"),
        str(len(row.attempts)),
        "" if row.settled_at is None else utc_text(row.settled_at),
    )


# In a workbook what a person needs comes first; results.csv keeps the order of RESULT_COLUMNS.
FOR_PEOPLE: Final = ("result_status", "result_problem", "result_fix", "result_warnings")
WORKBOOK_COLUMNS: Final = (*FOR_PEOPLE, *(name for name in RESULT_COLUMNS if name not in FOR_PEOPLE))
ROWS_SHEET: Final = "Rows"
"""The name of our sheet of rows, where it has not that of the person's own."""
_ORDER: Final = tuple(map(RESULT_COLUMNS.index, WORKBOOK_COLUMNS))


def workbook_cells(run_id: str, row: ReportRow) -> tuple[str, ...]:
    """Return the texts of the result columns in the order of ``WORKBOOK_COLUMNS``; not yet guarded."""
    cells = result_cells(run_id, row)
    return tuple([cells[place] for place in _ORDER])


def code_of(row: ReportRow) -> str:
    """Return the codes of the row's problems, each once, blanks between; without problems the code of its outcome."""
    if not row.problems:
        return row.code
    return " ".join(dict.fromkeys(problem.get("code", "") for problem in row.problems))


def joined(notes: Sequence[Mapping[str, str]], member: str) -> str:
    """Return one member of several problems or warnings as text: each sentence once, blanks between."""
    if not notes:
        return ""
    return " ".join(dict.fromkeys(text for note in notes if (text := note.get(member, ""))))


CLEAR: Final = "In this file, also clear result_problem in this row."


def fixes(problems: Sequence[Mapping[str, Any]]) -> str:
    """Return what to do about a row's problems in a report, which stops the row by some of its sentences until they are cleared."""
    told = joined(problems, "fix")
    return f"{told} {CLEAR}" if any(map(outlasts, problems)) and "clear result_problem" not in told else told


def utc_text(seconds: float) -> str:
    """Return UTC seconds as ``2027-03-04T14:30:00Z``; parts of a second are cut off."""
    return _second_text(math.floor(seconds))


# A run settles hundreds of rows in the same second.
@lru_cache(maxsize=1024)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem or warning and the position of its cell in the row, None where no one cell is to blame."""

    position: int | None
    note: Mapping[str, Any]
    is_warning: bool


def faults(row: ReportRow) -> list[Fault]:
    """Return the row's problems, then its warnings, each with its cell."""
    return [
        Fault(position_of(note, row.file, row.cells), note, is_warning)
        for notes, is_warning in ((row.problems, False), (row.warnings, True))
        for note in notes
    ]


# What ``importer retry`` repeats by itself, because a repeat cannot text anybody twice.
REPEATABLE: Final = {"no_clear_answer", "outcome_unknown", "answer_of_another"}


class Group(IntEnum):
    """
    Rows that want a person, the most pressing first.

    ``CANCELS``: cancelled visits whose reminder is on, because the cancellation did not go through, whatever its status,
    or because the sheet says it in a column or a word that is not used. ``DECISIONS``: sent, and only a person can find out what became of them. ``OTHERS``: to be put right.
    ``MISSING``: cancellations of appointments that are missing from a snapshot, which a guard held: they may be on.
    """

    CANCELS = 0
    DECISIONS = 1
    OTHERS = 2
    MISSING = 3


RANKS: Final[dict[Status, int]] = {
    Status.UNKNOWN: 1,
    Status.FAILED: 2,
    Status.INVALID: 3,
    Status.HELD: 4,
    Status.NOT_SENT: 5,
}


def wants_person(row: ReportRow) -> bool:
    """Return whether the row is not done: invalid, failed, unknown, not sent or held."""
    return not status_of(row).done


def group(row: ReportRow) -> Group:
    """Return the group of a row that wants a person."""
    if not row.number and status_of(row) is Status.HELD:
        return Group.OTHERS if row.is_replaced else Group.MISSING
    if row.is_on and (row.action == Action.CANCEL or any(map(_says_off, row.problems))):
        return Group.CANCELS
    return Group.DECISIONS if wants_decision(row) else Group.OTHERS


def _says_off(problem: Mapping[str, str]) -> bool:
    """Whether a problem is that a row says of its visit that it is cancelled, and nobody said what the word means."""
    code = problem.get("code")
    return code == "status_not_used" or (code == "action_unknown" and "cancel" in folded(problem.get("value", "")))


def rank(row: ReportRow) -> tuple[Group, int]:
    """Return how early a row that wants a person is shown, lowest first. ``KeyError`` for a row that is done."""
    return group(row), RANKS[status_of(row)]


def wants_decision(row: ReportRow) -> bool:
    """Return whether the row's outcome is unknown and a repeat could text somebody twice."""
    return status_of(row) is Status.UNKNOWN and not is_repeatable(row)


def is_repeatable(row: ReportRow) -> bool:
    """Return whether the row's outcome is unknown, and ``importer retry`` may find it out by sending it again."""
    if status_of(row) is not Status.UNKNOWN or row.action == Action.NO_SHOW:
        return False
    return not REPEATABLE.isdisjoint(code_of(row).split())
