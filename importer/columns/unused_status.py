"""
What columns and sections that nothing maps say: that a visit is cancelled, or that the person may not be texted.

The line may be the sheet's title or name, too, or the file's, unless a column tells of each row. It is looked for in all rows as they are read, so
that a part of a sheet says what the whole says. A section ends at the next line of one cell that says that visits stand ("Confirmed", "Appointments").
Any other (a provider, a day) may be a heading within it; but a count ("Cancelled: 3"), more often the foot of what stands above it, ends at any line.

Without an action column every row books its appointment, and whatever else the sheet says is left out. A sheet whose ``Status``, ``Canceled``, ``OK
to text`` or ``Remark`` is not used would have people reminded of cancelled visits, or texted who asked not to be. So such a row is a problem until
the profile has said what the column means. Headings and cells are judged one by one, never by their neighbours, so that it makes no difference
which rows were selected. Nor is a cell taken for blank that shows something which the file does not give.
A visit that is off stops no row that cancels, sends a no-show or needs no call; a person who is dead or may not be texted stops a no-show, too.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns import consent_phrases, suggestions, visit_words
from importer.columns.cell_meaning import JUDGED, Heeded, heeded
from importer.columns.halves_of_day import HALF_ABOVE, before_noon
from importer.columns.heading_meaning import Asks, asks
from importer.columns.lines_and_marks import (
    code_above,
    code_of_name,
    counts,
    heeded_of_person,
    mark_of_comment,
    mark_of_title,
    stands,
    without_days,
)
from importer.columns.matching import metadata_name
from importer.columns.status_phrases import read
from importer.model.batches import COMMENT
from importer.model.chunks import distinct_of
from importer.model.issues import NOWHERE, Issues
from importer.model.statuses import PASSING_LINES
from importer.problems.cell_places import column_name
from schemas import mark_words as marks
from schemas.exports import word_of
from schemas.fields import METADATA_PREFIX, NAMES, TEXTS, alias_table, folded
from schemas.status_words import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from importer.columns.matching import Matching
    from importer.model.batches import CellFlaw
    from importer.model.chunks import Chunk, Distinct, Normalized


# Where a person's own columns are blank, the line may be one: these two columns stand in each row of a real appointment.
_NEEDED: Final = ("phone", "eventDateTime", "date", "externalEventId", "firstName")


class _Line(NamedTuple):
    row: int
    text: str
    code: str | None


class Sections:
    """
    The lines of one sheet that begin or end a section, as far as it was read.

    A legend of colours is about all rows, wherever it stands. What a line such as EVENING says ends at any other line.
    """

    def __init__(
        self,
        matching: Matching,
        sheet: str | None,
        heading_row: int,
        titles: Iterable[tuple[int, str]] = (),
        file: str = "",
    ) -> None:
        fields, headings = matching.fields, matching.headings
        self._needed = [fields[name] for name in _NEEDED if name in fields]
        self._people = [fields[name] for name in sorted(NAMES) if name in fields]
        self._day = next((fields[name] for name in ("date", "eventDateTime") if name in fields), None)
        self._headings = frozenset(map(folded, headings))
        self._own = [at for at in range(len(headings)) if at not in matching.results.values()]
        self._below = heading_row
        self._lines: list[_Line] = []
        # Legends of colours, lines such as EVENING and what ends them, and lines that say on which days the place is closed.
        self._aside: defaultdict[str, list[_Line]] = defaultdict(list)
        self._let_pass = False  # whether rows went by that a legend would have stopped
        # Columns of nothing or of a legend -> whether their heading says so.
        self._beside: dict[int, bool] = {}
        self._matching = matching
        # Above the headings anything may stand; of what is said there, and in a name, an action column is surer.
        if "action" in fields:
            return
        if visit_words.people_worth_reading([file]) and not _tells_itself(matching) and (code := code_of_name(file)):
            self._lines.append(_Line(suggestions.FILE, PurePath(file).name, code))
        for row, text in [*([] if sheet is None else [(heading_row, sheet)]), *titles]:
            said = (not counts(text) and code_above(text)) or visit_words.code_of_title(read(text))
            said = said or (_CLOSED if visit_words.closed_days(text) else None)
            if said or visit_words.late_hours(text):
                self._take_note(_Line(row, text.strip(), said or HALF_ABOVE))
        for at in sorted({*self._own} - {*fields.values(), *matching.left_out}):
            if told := visit_words.legend_in([headings[at]]):
                self._take_note(_Line(heading_row, told, _COLOURS))
            elif visit_words.is_of_a_legend(headings[at]):
                self._beside[at] = bool(headings[at].strip())

    @property
    def lines(self) -> tuple[tuple[int, str, str | None], ...]:
        """The lines so far: row, text and the problem of the rows below it. Of a sheet that was read, all that is remembered."""
        return tuple((*line,) for line in (*itertools.chain(*self._aside.values()), *self._lines))

    def recall(self, lines: Iterable[tuple[int, str, str | None]]) -> None:
        """Take the lines of a sheet that was read before, in place of those that were seen."""
        self._lines, self._aside = [], defaultdict(list)
        for line in lines:
            self._take_note(_Line(*line))

    def _take_note(self, line: _Line) -> None:
        code = line.code or (HALF_ABOVE if line.code == "" else None)
        if code == _COLOURS and _tells_itself(self._matching) and not consent_phrases.tells_colours(line.text):
            return
        if code == _COLOURS and self._let_pass:
            raise suggestions.late_legend(line.row, line.text)
        (self._aside[code] if code in {_COLOURS, HALF_ABOVE, _CLOSED} else self._lines).append(line)

    def are_among(self, chunk: Chunk) -> bool:
        """Whether a row of the chunk may begin or end a section, or tell what colours mean."""
        lone = [*visit_words.lone_cells(chunk, self._needed, self._own)]
        legends = visit_words.legends_in(chunk, self._beside, lone, self._people)
        return any(True for _ in (*lone, *self._other_headings(chunk), *legends))

    def see(self, chunk: Chunk) -> None:
        """Take note of the chunk's lines."""
        lone = [*visit_words.lone_cells(chunk, self._needed, self._own)]
        for row, text in visit_words.legends_in(chunk, self._beside, lone, self._people):
            self._take_note(_Line(row, text, _COLOURS))
        others = [_Line(*line, "headings_change") for line in self._other_headings(chunk)]
        lines = [_Line(row, " ".join(cells.values()), None) for row, cells in lone if self._is_line(cells)]
        for line in sorted([*others, *lines], key=lambda line: line.row):
            if line.code:
                self._lines.append(line)
            elif visit_words.closed_days(line.text):
                self._take_note(line._replace(code=_CLOSED))
            elif not (self._lines and self._lines[-1].code == "headings_change"):
                self._take(line.row, line.text)
            if self._aside[HALF_ABOVE] or visit_words.late_hours(line.text):
                self._take_note(line._replace(code=HALF_ABOVE if visit_words.late_hours(line.text) else ""))

    def findings(self, chunk: Chunk, actions: np.ndarray, apart: np.ndarray) -> Iterator[Issues]:
        """Yield the rows of the chunk that stand below such a line. ``apart``: those of a report of ours, which are in any order."""
        of_all: list[_Line | None] = [*self._aside[_COLOURS][:1] * len(chunk)]
        self._let_pass |= not of_all and bool((~apart & ~np.isin(actions, PASSING_LINES[_COLOURS])).any())
        for lines in (_above(chunk, self._lines), of_all, *map(partial(self._of_days, chunk), self._aside[_CLOSED])):
            codes = np.array([line.code if line else None for line in lines], dtype=object)
            for code, passing in PASSING_LINES.items() if lines else ():
                rows = np.flatnonzero((codes == code) & ~apart & ~np.isin(actions, passing))
                if rows.size:
                    said = [line for row in rows.tolist() if (line := lines[row])]
                    details = np.array([suggestions.place_and_fix(line.row) for line in said], dtype=object)
                    yield Issues(code, "", rows, details, np.array([line.text for line in said], dtype=object), NOWHERE)

    def against_halves(self, chunk: Chunk, normalized: Normalized) -> Iterator[Issues]:
        """Yield the rows below a line such as EVENING whose time is read as one before noon, and does not say AM itself."""
        if halves := self._aside[HALF_ABOVE]:
            yield from before_noon(_above(chunk, halves), normalized)

    def _of_days(self, chunk: Chunk, line: _Line) -> list[_Line | None]:
        """Return, a row, the line where it says that the place is closed on the row's day."""
        if self._day is None:
            return []
        days, found = visit_words.closed_days(line.text) or frozenset(), chunk.column(self._day)
        said = np.array([not days.isdisjoint(marks.days_of(read(text).words)) for text in found.texts], dtype=bool)
        return [line._replace(code="status_not_used") if each else None for each in found.spread(said).tolist()]

    def _is_line(self, cells: Mapping[int, str]) -> bool:
        """Whether lone cells are a line; a word below Status with a day beside it is about its own row."""
        words = [at for at, text in cells.items() if not visit_words.is_day(text)]
        own = len(cells) > 1 and any(asks(self._matching.headings[at]) in {Asks.STATUS, Asks.OFF} for at in words)
        return visit_words.is_line([*cells.values()]) and not own

    def _take(self, row: int, line: str) -> None:
        flat, last = visit_words.beside_days(read(line)), self._lines[-1] if self._lines else None
        counted = last is not None and any(map(str.isdigit, without_days(read(last.text)).words))
        if (code := code_above(line)) and not counts(line):
            self._lines.append(_Line(row, line.strip(), code))
        elif last is not None and last.code and (stands(flat) or (counted and last.row > self._below)):
            self._lines.append(_Line(row, line.strip(), None))

    def _other_headings(self, chunk: Chunk) -> Iterator[tuple[int, str]]:
        """Yield (row number, text) of rows that are headings once more, others or in another order; a day has a digit."""
        for at in () if self._day is None else chunk.wordy(self._day):
            cells = [text.strip() for text in chunk.frame.iloc[at].tolist() if text.strip()]
            known = sum(folded(cell) in self._headings or folded(cell) in _ALIASES for cell in cells)
            if known > 2 and known * 2 > len(cells):
                yield int(chunk.frame.index[at]), " ".join(cells)


_COLOURS: Final = "colours_tell"
_CLOSED: Final = "closed"


def _above(chunk: Chunk, lines: Sequence[_Line]) -> list[_Line | None]:
    """Return the last of the lines above each row, None of no lines at all."""
    starts = [line.row for line in lines]
    places = [bisect_right(starts, row - 1) - 1 for row in chunk.frame.index.tolist()] if starts else []
    return [lines[at] if at >= 0 else None for at in places]


def _tells_itself(matching: Matching) -> bool:
    """Whether a column tells of each row whether its visit takes place, so that the file need not be named for all of them."""
    headings = [each for at, each in enumerate(matching.headings) if at not in matching.left_out]
    asked = {asks(each) for each in headings if not visit_words.legend_in([each])} & {Asks.STATUS, Asks.OFF}
    return bool("action" in matching.fields or asked or (matching.system and matching.system.status))


_LOST: Final = frozenset({"merged_cells", "cell_error", "formula_without_value"})
"""Flaws of cells of which nobody knows what they say: a merged "Cancelled" is one for each row that it covers."""

# Fields whose cells can hold a word beside their value: "Smith - CANCELLED". In others the value cannot be read then.
_ANY_TEXT: Final = frozenset({"externalEventId", "location", "metadata", *TEXTS})
_ALIASES: Final = alias_table()
MOST_REMEMBERED: Final = 20_000
MOST_UNKNOWN: Final = 20


@dataclass(slots=True)
class _Column:
    position: int
    heading: str
    asked: Asks
    mapped: bool
    codes: Mapping[str, str]
    # The field of a person's name, "" of any other column.
    person: str = ""
    verdicts: dict[str, Heeded | None] = field(default_factory=dict)
    # Unknown word -> the number of the row in which it stands for the first time.
    unknown: dict[str, int] = field(default_factory=dict)
    # Place of merged cells -> their text, None where it is not known; and the number of a chunk's last row -> its cell.
    merged: dict[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The column as a person sees it: ``Column F "Status"``."""
        return column_name(self.position, self.heading)

    def heard(self, texts: np.ndarray) -> dict[Heeded, np.ndarray]:
        """Return what is heeded of these texts -> which of them say it, a truth value a text."""
        found: dict[Heeded, np.ndarray] = {}
        typed = texts.tolist()
        for place in self._chosen(typed):
            if (heard := self._verdict(typed[place])) is not None:
                found.setdefault(heard, np.zeros(len(typed), dtype=bool))[place] = True
        return found

    def _chosen(self, typed: list[str]) -> Iterable[int]:
        if self.person or self.asked is Asks.TITLES:
            return visit_words.people_worth_reading(typed)
        return range(len(typed)) if self.asked in JUDGED else visit_words.worth_reading(typed)

    def _verdict(self, text: str) -> Heeded | None:
        if text in self.verdicts:
            return self.verdicts[text]
        if len(self.verdicts) >= MOST_REMEMBERED:
            self.verdicts.clear()
        said = mark_of_title(text) if self.asked is Asks.TITLES else None
        said = said or (None if self.person else heeded(self.asked, self.codes.get(word_of(text), text)))
        found = heeded_of_person(self.person, text) if self.person else said
        self.verdicts[text] = None if found is Heeded.UNKNOWN and self.mapped else found
        return self.verdicts[text]


class UnusedStatus:
    """The columns of one sheet that are looked at, chunk by chunk; remembers only what their cells were found to say."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching
        self._columns = tuple(_looked_at(matching))

    @property
    def first_rows(self) -> tuple[tuple[int, str, int], ...]:
        """The unknown words so far: position of the column, word, and the number of the row in which it stood first."""
        return tuple((column.position, word, row) for column in self._columns for word, row in column.unknown.items())

    def recall(self, first_rows: Iterable[tuple[int, str, int]]) -> None:
        """Take the unknown words of a sheet that was read before."""
        for column in self._columns:
            column.unknown = {word: row for position, word, row in first_rows if position == column.position}

    def is_unknown(self, position: int, text: str) -> bool:
        """Whether a text of a column is a word of which nobody knows what it says."""
        texts = np.array([text], dtype=object)
        return any(Heeded.UNKNOWN in each.heard(texts) for each in self._columns if each.position == position)

    def findings(self, chunk: Chunk, actions: np.ndarray) -> Iterator[Issues]:
        """
        Yield what the columns say, of each row the first column that says so: the others are the same cause told again.

        ``actions``: what each row asks for, an ``Action`` value; anything else books.
        """
        told = {code: np.zeros(len(chunk), dtype=bool) for code in suggestions.CODES_OF.values()}
        for column in self._columns:
            cells, found = _with_merged(column, chunk)
            for heard, of_texts in column.heard(found.texts).items():
                said = found.spread(of_texts)
                before = told[suggestions.CODES_OF[heard]]
                rows = np.flatnonzero(said & ~before & ~np.isin(actions, list(suggestions.PASSING[heard])))
                if rows.size:
                    before[rows] = True
                    yield from self._told(column, heard, rows, cells)
            if column.position not in self._matching.fields.values():
                yield from _lost(column, chunk, actions)
        yield from self._of_comments(chunk, actions, told)

    def _of_comments(self, chunk: Chunk, actions: np.ndarray, told: Mapping[str, np.ndarray]) -> Iterator[Issues]:
        """Yield the rows of which a comment at a cell says so."""
        said: dict[Heeded, dict[int, CellFlaw]] = {}
        for flaw in chunk.flaws:
            if flaw.code == COMMENT and flaw.column is not None and (heard := mark_of_comment(flaw.shown)):
                said.setdefault(heard, {}).setdefault(flaw.row, flaw)
        for heard, flaws in said.items():
            rows = np.searchsorted(chunk.frame.index.to_numpy(), np.array(list(flaws), dtype=np.int64))
            kept = np.flatnonzero(
                ~told[suggestions.CODES_OF[heard]][rows] & ~np.isin(actions[rows], list(suggestions.PASSING[heard]))
            )
            if kept.size:
                told[suggestions.CODES_OF[heard]][rows[kept]] = True
                shown = [list(flaws.values())[place] for place in kept.tolist()]
                last = len(self._matching.headings) - 1
                columns = np.array([min(flaw.column or 0, last) for flaw in shown], dtype=np.int64)
                values = np.array([flaw.shown for flaw in shown], dtype=object)
                yield Issues(suggestions.CODES_OF[heard], "", rows[kept], _FIX_OF_COMMENT, values, columns)

    def _told(self, column: _Column, heard: Heeded, rows: np.ndarray, column_cells: pd.Series) -> Iterator[Issues]:
        cells = column_cells.to_numpy(dtype=object)
        if heard is Heeded.UNKNOWN:
            rows = self._first_of_each(column, rows, cells, column_cells.index.to_numpy())
        if rows.size:
            values = cells[rows]
            details = np.array([f"{column.name}\n{self._fix(column, heard, text)}" for text in values], dtype=object)
            yield Issues(suggestions.CODES_OF[heard], "", rows, details=details, values=values, columns=column.position)

    def _first_of_each(self, column: _Column, rows: np.ndarray, cells: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Return the rows with an unknown word: of the first 20 words their first rows, of more each row; none where an action rules."""
        if "action" in self._matching.fields:
            return rows[:0]
        first = []
        for row in rows.tolist():
            word = cells[row].strip().casefold()
            if word not in column.unknown:
                first.append(row)
                if len(column.unknown) < MOST_UNKNOWN:
                    column.unknown[word] = int(numbers[row])
        return np.array(first, dtype=np.int64)

    def _fix(self, column: _Column, heard: Heeded, text: str) -> str:
        """Return the lines of the profile that settle the column."""
        system, table = self._matching.system, suggestions.table_name(self._matching.profile.name)
        acting = "action" in self._matching.fields
        if system and column.position in system.status and not acting and heard is not Heeded.ABOVE:
            return system.to_settle(column.position, text, table)
        return suggestions.to_settle(
            table, column.heading, column.asked, None if acting else heard, text, mapped=column.mapped
        )


_FIX_OF_COMMENT: Final = "The comment\nDelete the comment if it is not meant."


def _with_merged(column: _Column, chunk: Chunk) -> tuple[pd.Series, Distinct]:
    """Return the column's cells, also taken apart; those that merged cells cover hold their text, too, so that it counts for all of their rows."""
    cells = chunk.frame.iloc[:, column.position]
    covered = [flaw for flaw in chunk.flaws if flaw.column == column.position and flaw.code == "merged_cells"]
    if covered and column.asked not in suggestions.DECIDING:
        cells = cells.astype(object)
        for flaw in covered:
            top = "".join(filter(str.isdigit, flaw.shown.partition(":")[0]))
            column.merged.setdefault(flaw.shown, cells.get(int(top), column.merged.get(top)))
            cells[flaw.row] = column.merged[flaw.shown] or ""
        column.merged[str(cells.index[-1])] = cells.iloc[-1]
        return cells, distinct_of(cells)
    column.merged[str(cells.index[-1])] = cells.iloc[-1]
    return cells, chunk.column(column.position)


def _lost(column: _Column, chunk: Chunk, actions: np.ndarray) -> Iterator[Issues]:
    """Yield the rows whose cell in a column that decides about them could not be read: nobody knows what it says."""
    worst = suggestions.DECIDING.get(column.asked, None if column.asked in suggestions.NEVER_SURE else Heeded.REFUSED)
    if worst is None or not chunk.flaws:
        return
    others = {
        flaw
        for flaw in chunk.flaws
        if not (column.asked in suggestions.DECIDING or column.merged.get(flaw.shown, "") is None)
    }
    passing = np.isin(actions, list(suggestions.PASSING[worst]))
    for code in sorted(_LOST):
        of_code = [
            flaw for flaw in chunk.flaws if flaw.column == column.position and flaw.code == code and flaw not in others
        ]
        places = np.searchsorted(chunk.frame.index.to_numpy(), np.array([flaw.row for flaw in of_code], dtype=np.int64))
        kept = np.flatnonzero(~passing[places])
        if kept.size:
            values = np.array([of_code[at].shown for at in kept.tolist()], dtype=object)
            yield Issues(code, "", places[kept], column.name, values, column.position)


def _asks(heading: str) -> Asks:
    """Return what a heading asks: Reply and SMS answer what this person answered, as Patient reply does; not Replied, Reply 2, "Answer?"."""
    asked, flat = asks(heading), {*read(heading).words}
    told = asked is Asks.TEXTS and not marks.ANSWERS.isdisjoint(flat) and marks.NO_ANSWERS.isdisjoint(flat)
    return Asks.REPLY if told and not any(map(str.isdigit, flat)) and "?" not in heading else asked


def _looked_at(matching: Matching) -> Iterator[_Column]:
    names = {position: name for name, position in matching.fields.items()}
    passed = {*matching.results.values(), *matching.left_out}
    for at, heading in enumerate(matching.headings):
        name, plain = names.get(at), heading.replace("\ufeff", "").strip()
        # Which column holds the names is no word about what stands beside a name.
        if at in passed or (name is not None and matching.by.get(at) == "profile" and name not in NAMES):
            continue
        codes = CODES.get(folded(plain), {})
        if matching.system and at in {*matching.system.status, *matching.system.consent}:
            asked = Asks.STATUS if at in matching.system.status else Asks.PERMISSION
            codes = {**codes, **matching.system.plain_words(at, matching.profile)}
            yield _Column(at, plain, asked, mapped=name is not None, codes=codes)
        elif name is None and _ALIASES.get(folded(plain)) in NAMES:
            yield _Column(at, plain, Asks.NAMES, mapped=False, codes={}, person=_ALIASES[folded(plain)])
        elif name is None:
            yield _Column(at, plain, _asks(plain), mapped=False, codes=codes)
        elif name.startswith(METADATA_PREFIX):
            yield _Column(at, plain, _asks(metadata_name(plain) or plain), mapped=False, codes=codes)
        elif name in NAMES:
            yield _Column(at, plain, Asks.NAMES, mapped=True, codes={}, person=name)
        elif name in _ANY_TEXT:
            yield _Column(at, plain, Asks.NAMES, mapped=True, codes={})
        elif name == "remindTimeOffset" and matching.by.get(at) == "cells":
            # A column of reminders that its first cells made one of lengths of time may say no further down.
            yield _Column(at, plain, _asks(plain), mapped=True, codes={})
