"""
Our own report as a sheet: rows that it calls done, and that nobody edited, are not done again.

``Mobile`` of one file and ``Phone`` of another stand in two columns of the report, and each row fills the one of its file.
A cell under a heading that names a unit is written as a duration, because the other file's heading may name another.

Such a row is skipped also where its appointment has moved on since: an old report never takes an appointment back. It is
unedited where it means what the run read then (the same action and values), or stands there as it was typed then. An
edited row is an order like any other.

What stopped a row in its sheet and does not show in the report (a line above it, merged cells, a cell too many) stops it in the
report too, by what the report says of it, until somebody clears that.

Where this ledger does not know the run (it was lost, or the report is another machine's), a row that the report calls done
is skipped with a warning, unless the ledger knows its appointment and has nothing newer about it than the report.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from importer.model.batches import COMMENT, STRUCK, CellFlaw
from importer.model.issues import NOWHERE, Issues
from importer.model.records import Key, is_rehearsal
from importer.model.staged_files import Place
from importer.model.statuses import DONE, PASSING_LINES, Action, Status
from importer.normalizing import parse_duration
from importer.normalizing.value_reading import Unreadable
from importer.problems import KINDS, LINE, NOT_IN_A_REPORT, SAYS, is_of_a_line, is_of_a_person, problem
from importer.problems.kinds import quoted
from importer.reporting.report_columns import ROWS_SHEET, WORKBOOK_COLUMNS, is_result_column, own_cells
from schemas.fields import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from importer.columns import Matching
    from importer.ledger import Earlier, Ledger
    from importer.model.chunks import Chunk
    from importer.model.profile import DurationUnit
    from importer.model.records import Reminder
    from importer.model.staged_files import StagedRow


CODE: Final = "columns_contradict"


def join_shared(typed: pd.DataFrame, matching: Matching, chunk: Chunk) -> tuple[Issues, ...]:
    """Put each field that several columns hold together, in place; return the rows in which two of them contradict."""
    findings = []
    for name, positions in matching.shared.items():
        cells = [list(_with_unit(chunk.frame.iloc[:, at].tolist(), matching.unit_at.get(at))) for at in positions]
        texts, torn = _one_of(cells)
        typed[name] = texts
        if torn:
            said = np.array([" / ".join(_filled(cells, place)) for place in torn], dtype=object)
            findings.append(Issues(CODE, name, np.array(torn, dtype=np.int64), values=said))
    return tuple(findings)


def _one_of(columns: list[list[str]]) -> tuple[np.ndarray, list[int]]:
    """Return each row's one text, and the positions of rows that have several."""
    texts = np.empty(len(columns[0]), dtype=object)
    torn = []
    for place in range(len(texts)):
        found = _filled(columns, place)
        texts[place] = found[0] if found else ""
        if len(found) > 1:
            torn.append(place)
    return texts, torn


def _filled(columns: list[list[str]], place: int) -> list[str]:
    return list(dict.fromkeys(column[place] for column in columns if column[place].strip()))


def _with_unit(cells: list[str], unit: DurationUnit | None) -> Iterator[str]:
    for cell in cells:
        try:
            yield parse_duration(cell, unit).value if unit and cell.strip() else cell
        except Unreadable:
            yield cell


STATUS, UUID, RUN, ROW = "result_status", "result_uuid", "result_run", "result_row"
FILE, SHEET, TIME = "result_file", "result_sheet", "result_time"
PROBLEM: Final = "result_problem"
CODE_OF_ROW: Final = "result_code"
_DONE: Final = frozenset(DONE)
_STRUCK: Final = f'"code":"{STRUCK}"'.encode()
LONGEST: Final = 9
"""Digits of a row number that can be one."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of one of its rows, and the row's own cells. ``at``: UTC seconds, 0 where it does not say."""

    status: str
    uuid: str
    run: str
    place: Place
    at: float
    cells: tuple[str, ...]


def without_done(ledger: Ledger, matching: Matching, chunk: Chunk, rows: Sequence[StagedRow]) -> Sequence[StagedRow]:
    """
    Return the rows of a report that has a status column, those that it calls done and that nobody edited as UNCHANGED.

    Who struck a row through that is done has edited it: what was sent is still to come, and the visit may be off.
    """
    told = list(_told(matching, chunk))
    headings = tuple(matching.headings[at] for at in own_places(matching))
    done = [each.status in _DONE and _STRUCK not in row.problems for row, each in zip(rows, told, strict=True)]
    judge = _Judge(ledger, headings, [*compress(zip(rows, told, strict=True), done)])
    return [judge.judged(row, each) if is_done else row for row, each, is_done in zip(rows, told, done, strict=True)]


def own_places(matching: Matching) -> list[int]:
    """Return the positions of the person's own columns."""
    ours = set(matching.results.values())
    return [place for place in range(len(matching.headings)) if place not in ours]


def still_flawed(chunk: Chunk, matching: Matching, sheet: str | None) -> Chunk:
    """
    Return rows of a report with what it says of flaws that its cells do not show.

    A flaw stands until its sentence is taken out of the row; one of a blank cell also ends with what is entered there. ``sheet``: the
    name of the sheet, None of a text, in which nothing is struck through. Of sentences without codes nobody knows all wordings.
    """
    at_code, at_problem = matching.results.get(CODE_OF_ROW), matching.results.get(PROBLEM)
    if at_code is None and at_problem is None:
        return chunk
    codes = [""] * len(chunk) if at_code is None else chunk.frame.iloc[:, at_code].tolist()
    sentences = codes if at_problem is None else chunk.frame.iloc[:, at_problem].tolist()
    lost = NOT_IN_A_REPORT.union(PASSING_LINES) if at_problem is None else NOT_IN_A_REPORT
    stopped, keeps_looks = _stopped_by_any(chunk, matching), _keeps_looks(chunk, matching, sheet)
    told: list[CellFlaw] = []
    shown = {(flaw.row, flaw.code) for flaw in chunk.flaws}
    for at, (row, code, sentence) in enumerate(zip(chunk.frame.index.tolist(), codes, sentences, strict=True)):
        if not sentence.strip():
            continue
        said = {*code.split(), *(one for one, words in _TELLING.items() if words in sentence)}
        still = {one for one in said if (row, one) not in shown}
        if STRUCK in still and not keeps_looks:
            told.append(CellFlaw(row, None, STRUCK, ""))
        if not _BLANK.isdisjoint(still):
            told += _still_blank(row, sentence, matching.headings, chunk.frame.iloc[at].tolist())
        is_known = not lost.isdisjoint(still) or is_of_a_person(sentence)
        if is_known or (at in stopped and not said and not is_of_a_line(sentence)):
            told.append(CellFlaw(row, None, TOLD_BEFORE, _said_first(sentence)))
    return replace(chunk, flaws=(*chunk.flaws, *sorted(told, key=lambda flaw: flaw.row))) if told else chunk


TOLD_BEFORE: Final = "told_before"
_OF_A_CHECK: Final = ("result_problem", "result_fix", "result_warnings")


def _stopped_by_any(chunk: Chunk, matching: Matching) -> set[int]:
    """Return the positions of rows that any sentence stops: of a report without codes, but for rows that a run did not find wrong."""
    if CODE_OF_ROW in matching.results or matching.results.keys() <= {*_OF_A_CHECK}:
        return set()
    at = matching.results.get(STATUS)
    statuses = [""] * len(chunk) if at is None else chunk.frame.iloc[:, at].tolist()
    return {place for place, status in enumerate(statuses) if status.strip() in {"", Status.INVALID.value}}


def _keeps_looks(chunk: Chunk, matching: Matching, sheet: str | None) -> bool:
    """
    Whether a cell that is not struck through was freed of that: in a workbook as we write it, by its columns and its sheet.

    What was a text in between, and was saved as a workbook, has another order of columns, or the text's name as that of its sheet.
    """
    order = tuple(sorted(matching.results, key=matching.results.__getitem__))
    if sheet is None or order == _OF_A_CHECK:
        return sheet is not None
    return order == WORKBOOK_COLUMNS and sheet in {*chunk.frame.iloc[:, matching.results[SHEET]].tolist(), ROWS_SHEET}


_BLANK: Final = frozenset({"formula_without_value", "merged_cells"})
"""Kinds of problem of cells that a report leaves blank."""

_TELLING: Final = {
    code: max(re.split(r"\{\w+\}", KINDS[code].message), key=len)
    for code in (*sorted(NOT_IN_A_REPORT | _BLANK), STRUCK)
}
"""Kind of problem -> words by which its sentence is known where the report's own codes are gone."""

_BLANK_CELL: Final = re.compile(
    r'Column [A-Z]{1,3} "(?P<heading>[^\n]{1,110}?)": The cell (?:holds a formula|is part of the merged cells (?P<cells>[A-Z0-9:]{1,20}))'
)


def _still_blank(row: int, sentence: str, headings: Sequence[str], cells: Sequence[str]) -> Iterator[CellFlaw]:
    """Yield the cells of which a sentence says that their value is not certain, and which are blank still; else the row."""
    named = [quoted(heading.replace("\ufeff", "").strip()) for heading in headings]
    said = list(_BLANK_CELL.finditer(sentence))
    if len(said) < sum(sentence.count(_TELLING[code]) for code in _BLANK) or any(
        found["heading"] not in named for found in said
    ):
        yield CellFlaw(row, None, TOLD_BEFORE, _said_first(sentence))
    for found in said:
        for at, (name, cell) in enumerate(zip(named, cells, strict=True)):
            if name == found["heading"] and not cell.strip():
                code = "merged_cells" if found["cells"] else "formula_without_value"
                yield CellFlaw(row, at, code, found["cells"] or "")


_AGAIN: Final = ("A report said of this row: “", "” Its cells do not show")


def _said_first(sentence: str) -> str:
    """Return what was said of a row first, of a report of a report, too."""
    before, behind = _AGAIN
    said, found, _ = sentence.partition(before)[2].rpartition(behind)
    return said if found else sentence


def told_before(chunk: Chunk, matching: Matching, actions: np.ndarray) -> Iterator[Issues]:
    """
    Yield the rows of a report of which it says what the report does not have.

    That is what a line above them, their file's name or a comment said; and the action that the run was told.
    """
    at_problem, at_action = matching.results.get(PROBLEM), matching.results.get(ACTION_OF_ROW)
    sentences = [""] * len(chunk) if at_problem is None else chunk.frame.iloc[:, at_problem].tolist()
    if "action" not in matching.fields:
        asked = [""] * len(chunk) if at_action is None else chunk.frame.iloc[:, at_action].tolist()
        # A report of a report tells the action that was taken then; which one it should have been, its sentence tells.
        wished = np.array([_asked(*each) for each in zip(sentences, asked, strict=True)], dtype=object)
        rows = np.flatnonzero((wished != "") & (actions != wished))
        if rows.size:
            yield Issues("action_of_report", "", rows, np.full(rows.size, "", dtype=object), wished[rows], NOWHERE)
    shown = {flaw.row for flaw in chunk.flaws if flaw.code == COMMENT}
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for at, (row, sentence) in enumerate(zip(chunk.frame.index.tolist(), sentences, strict=True)):
        for line in LINE.finditer(sentence) if is_of_a_line(sentence) else ():
            said = SAYS.search(sentence, line.end())
            code = _CODES[said["whom"]] if said else ""
            is_shown = line["place"] == _COMMENT and row in shown
            if said and not is_shown and actions[at] not in PASSING_LINES[code]:
                found.setdefault(code, {})[at] = line["place"], sentence[line.end() : said.start()]
    for code, told in found.items():
        details = np.array([f"{place}\n{_FIX_IN_REPORT}" for place, _ in told.values()], dtype=object)
        values = np.array([value for _, value in told.values()], dtype=object)
        yield Issues(code, "", np.array(list(told), dtype=np.int64), details, values, NOWHERE)


def blocked_again(chunk: Chunk, blocked: Sequence[Issues]) -> Chunk:
    """Return rows of a report without what it says of those that the do-not-text list blocks anew: it is one cause."""
    rows = {int(chunk.frame.index[at]) for found in blocked for at in found.positions.tolist()}
    flaws = [
        flaw for flaw in chunk.flaws if not (flaw.row in rows and flaw.code == TOLD_BEFORE and _is_of_a_list(flaw))
    ]
    return replace(chunk, flaws=tuple(flaws))


def _is_of_a_list(flaw: CellFlaw) -> bool:
    return {code for code, words in _TELLING.items() if words in flaw.shown} == {"blocked"}


ACTION_OF_ROW: Final = "result_action"
_ONLY_IF_SAID: Final = frozenset({Action.CANCEL.value, Action.NO_SHOW.value})
_ASKED: Final = re.compile(r"says that this row was to (cancel|no_show), and nothing here says so")


def _asked(sentence: str, action: str) -> str:
    """Return the action that only the run before was told, "" for none."""
    found = _ASKED.search(sentence)
    return found[1] if found else action if action in _ONLY_IF_SAID else ""


_COMMENT: Final = "The comment"
_CODES: Final = {"the appointment": "status_not_used", "this person": "consent_refused", "colours": "colours_tell"}
_FIX_IN_REPORT: Final = "If it takes place and the person may be texted, clear result_problem in its row."


def held_in(matching: Matching, chunk: Chunk) -> set[str]:
    """Return the runs that held rows of a report."""
    if not {STATUS, RUN} <= matching.results.keys():
        return set()
    statuses, run_ids = (chunk.frame.iloc[:, matching.results[name]].to_numpy() for name in (STATUS, RUN))
    return set(run_ids[statuses == Status.HELD.value].tolist())


class _Judge:
    """Judges the rows of one chunk that a report calls done."""

    def __init__(self, ledger: Ledger, headings: tuple[str, ...], done: Sequence[tuple[StagedRow, Told]]) -> None:
        self._headings = headings
        self._earlier = {run: ledger.earlier_rows(run, numbers) for run, numbers in _numbers_by_run(done).items()}
        self._held = ledger.reminders({key for row, _ in done if (key := _key(row))})
        self._ledger = ledger

    def judged(self, row: StagedRow, told: Told) -> StagedRow:
        """Return the row as done, or as it is where it was edited."""
        then = (self._earlier.get(told.run) or {}).get(told.place)
        if then is not None:
            return _skipped(row, told.uuid) if self._is_unedited(row, told, then) else row
        held = self._held.get(key) if (key := _key(row)) else None
        if held is None and told.uuid:
            held = self._ledger.reminder_by_uuid(told.uuid)
        if _is_newest(held, told):
            return row
        return _as_done(row, told.uuid, told.run)

    def _is_unedited(self, row: StagedRow, told: Told, then: Earlier) -> bool:
        if row.action != then.action or (row.uuid and then.uuids and row.uuid not in then.uuids):
            return False
        return then.says(row.payload) or self._same_cells(told.cells, then)

    def _same_cells(self, cells: tuple[str, ...], then: Earlier) -> bool:
        """Whether each cell of the row's own file stands in the report as it was written there; none is left of a purged run."""
        if not then.cells:
            return False
        found = dict(zip(_numbered(self._headings), cells, strict=True))
        headings = then.file.headings
        typed = list(zip(own_cells(then.file, then.cells), then.cells, strict=True))
        kept = [place for place, heading in enumerate(headings[: len(typed)]) if not is_result_column(heading)]
        own = zip(_numbered([headings[place] for place in kept]), kept, strict=True)
        # Her own workbook has its dates as she typed them, our files with the year first.
        return all(found.get(name, "").strip() in map(str.strip, typed[place]) for name, place in own)


def _numbers_by_run(done: Sequence[tuple[StagedRow, Told]]) -> dict[str, set[int]]:
    numbers: dict[str, set[int]] = {}
    for _, told in done:
        numbers.setdefault(told.run, set()).add(told.place.number)
    return numbers


def _is_newest(held: Reminder | None, told: Told) -> bool:
    """Whether the ledger knows the appointment and nothing newer of it than the report, whose times are whole seconds."""
    return held is not None and held.updated_at < told.at + 1


def _numbered(headings: Sequence[str]) -> list[tuple[str, int]]:
    """Return each heading with how often it stood before, so that two columns of one name stay two."""
    seen: Counter[str] = Counter()
    names = []
    for heading in headings:
        name = heading.strip() if heading.casefold().startswith("metadata.") else folded(heading) or heading
        seen[name] += 1
        names.append((name, seen[name]))
    return names


def without_missing(chunk: Chunk, matching: Matching) -> Chunk:
    """Return the chunk without rows that stand for missing appointments: of their own they have no cell and no number."""
    if ROW not in matching.results:
        return chunk
    ours = set(matching.results.values())
    own = [place for place in range(chunk.frame.shape[1]) if place not in ours]
    blank = (chunk.frame.iloc[:, [*own, matching.results[ROW]]] == "").all(axis="columns").to_numpy()
    if not blank.any():
        return chunk
    left_out = set(chunk.frame.index[blank].tolist())
    flaws = tuple(flaw for flaw in chunk.flaws if flaw.row not in left_out)
    return replace(chunk, frame=chunk.frame[~blank], flaws=flaws)


def _told(matching: Matching, chunk: Chunk) -> Iterator[Told]:
    """Yield what the report says of each row."""
    names = (STATUS, UUID, RUN, FILE, SHEET, ROW, TIME)
    columns = [
        chunk.frame.iloc[:, matching.results[name]].tolist() if name in matching.results else [""] * len(chunk)
        for name in names
    ]
    own = chunk.frame.iloc[:, own_places(matching)].to_numpy().tolist()
    for (status, uuid, run, file, sheet, number, time), cells in zip(zip(*columns, strict=True), own, strict=True):
        place = Place(
            file, sheet, int(number) if number.isascii() and number.isdecimal() and len(number) <= LONGEST else 0
        )
        # A rehearsal sent nothing: its rows are a sheet's like any others.
        yield Told("" if is_rehearsal(run) else status, uuid, run, place, seconds(time), tuple(cells))


def seconds(time: str) -> float:
    """Return ``2027-03-04T14:30:00Z`` as UTC seconds, 0 for anything else."""
    try:
        moment = datetime.fromisoformat(time)
        return moment.timestamp() if moment.tzinfo is not None else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _key(row: StagedRow) -> Key | None:
    return Key(row.phone, row.external_event_id) if row.phone and row.external_event_id else None


def _skipped(row: StagedRow, uuid: str) -> StagedRow:
    return row._replace(
        status=Status.UNCHANGED, conditional=False, uuid=uuid or row.uuid, problems=b"[]", warnings=b"[]"
    )


def _as_done(row: StagedRow, uuid: str, run: str) -> StagedRow:
    warnings = [*orjson.loads(row.warnings), problem("done_elsewhere", detail=run or "an earlier one").as_dict()]
    return _skipped(row, uuid)._replace(warnings=orjson.dumps(warnings))
