"""
What columns say that nothing maps: that a visit is off, or that the person may not be texted.

Without an action column every row books its appointment, and whatever else the sheet says is left out. A sheet whose
``Status``, ``Canceled``, ``OK to text`` or ``Remark`` is not used would have people reminded of cancelled visits, or texted
who asked not to be. So such a row is a problem until the profile has said what the column means. Headings and cells are
judged one by one, never by their neighbours, so that it makes no difference which rows were selected.

A row that cancels, sends a no-show or needs no call is not stopped by a visit that is off; a no-show, whose follow-up is a
text, is stopped by a person who is dead or may not be texted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns.cell_meaning import Heeded, heeded, is_judged_by_words
from importer.columns.heading_meaning import Asks, asks
from importer.columns.matching import column_letters, metadata_name
from importer.columns.toml_text import quoted, table_name
from importer.columns.worth_reading import worth_reading
from importer.model.distinct import distinct_of
from importer.model.issues import Issues
from importer.model.words import Action
from schemas.fields import METADATA_PREFIX, folded
from schemas.status_words import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.columns.matching import Matching
    from importer.model.sheets import Chunk

_CODES_OF: Final[Mapping[Heeded, str]] = {
    Heeded.OFF: "status_not_used",
    Heeded.DEAD: "status_not_used",
    Heeded.MOVED: "status_not_used",
    Heeded.REFUSED: "consent_refused",
    Heeded.PERHAPS_OFF: "status_in_notes",
    Heeded.PERHAPS_REFUSED: "consent_unclear",
    Heeded.UNKNOWN: "status_word_unknown",
}
_NOT_TEXTED: Final = frozenset({Action.CANCEL.value, Action.NONE.value})
_SETTLED: Final = _NOT_TEXTED | {Action.NO_SHOW.value}
_PASSING: Final[Mapping[Heeded, frozenset[str]]] = {
    Heeded.OFF: _SETTLED,
    Heeded.DEAD: _NOT_TEXTED,
    Heeded.MOVED: _SETTLED | {Action.UPDATE.value},
    Heeded.REFUSED: _NOT_TEXTED,
    Heeded.PERHAPS_OFF: _SETTLED,
    Heeded.PERHAPS_REFUSED: _NOT_TEXTED,
    Heeded.UNKNOWN: _SETTLED,
}

# Fields whose cells can hold a word beside their value: "Smith - CANCELLED". In others the value cannot be read then.
_ANY_TEXT: Final = ("firstName", "lastName", "externalEventId", "location", "metadata")
MOST_REMEMBERED: Final = 20_000
MOST_UNKNOWN: Final = 20


@dataclass(slots=True)
class _Column:
    position: int
    heading: str
    asked: Asks
    mapped: bool
    codes: Mapping[str, str]
    verdicts: dict[str, Heeded | None] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The column as a person sees it: ``Column F "Status"``."""
        letters = f"Column {column_letters(self.position)}"
        return f"{letters} {quoted(self.heading)}" if self.heading else letters

    def heard(self, texts: np.ndarray) -> dict[Heeded, np.ndarray]:
        """Return what is heeded of these texts -> which of them say it, a truth value a text."""
        found: dict[Heeded, np.ndarray] = {}
        typed = texts.tolist()
        chosen = worth_reading(typed) if is_judged_by_words(self.asked) else range(len(typed))
        for place in chosen:
            heard = self._verdict(typed[place])
            if heard is not None:
                found.setdefault(heard, np.zeros(len(typed), dtype=bool))[place] = True
        return found

    def _verdict(self, text: str) -> Heeded | None:
        if text in self.verdicts:
            return self.verdicts[text]
        if len(self.verdicts) >= MOST_REMEMBERED:
            self.verdicts.clear()
        found = heeded(self.asked, self.codes.get(text.strip().casefold(), text))
        if found is Heeded.UNKNOWN and self.mapped:
            found = None
        self.verdicts[text] = found
        return found


class UnusedStatus:
    """The columns of one sheet that are looked at, chunk by chunk; remembers only what their cells were found to say."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching
        self._columns = tuple(_looked_at(matching))

    @property
    def looked_at(self) -> tuple[int, ...]:
        """Positions of the columns that are looked at."""
        return tuple(column.position for column in self._columns)

    def findings(self, chunk: Chunk, actions: np.ndarray) -> Iterator[Issues]:
        """
        Yield what the columns say, of each row the first column that says so: the others are the same cause told again.

        ``actions``: what each row asks for, an ``Action`` value; anything else books.
        """
        told = {code: np.zeros(len(chunk), dtype=bool) for code in _CODES_OF.values()}
        for column in self._columns:
            cells = chunk.frame.iloc[:, column.position]
            found = distinct_of(cells)
            for heard, of_texts in column.heard(found.texts).items():
                said = found.spread(of_texts)
                before = told[_CODES_OF[heard]]
                rows = np.flatnonzero(said & ~before & ~np.isin(actions, list(_PASSING[heard])))
                if rows.size:
                    before[rows] = True
                    yield from self._told(column, heard, rows, cells.to_numpy(dtype=object))

    def _told(self, column: _Column, heard: Heeded, rows: np.ndarray, cells: np.ndarray) -> Iterator[Issues]:
        if heard is Heeded.UNKNOWN:
            rows = self._first_of_each(column, rows, cells)
        if rows.size:
            values = cells[rows]
            details = np.array([f"{column.name}\n{self._fix(column, heard, text)}" for text in values], dtype=object)
            yield Issues(_CODES_OF[heard], "", rows, details=details, values=values, columns=column.position)

    def _first_of_each(self, column: _Column, rows: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Return the rows in which an unknown word stands for the first time in the sheet; none where an action rules."""
        if "action" in self._matching.fields:
            return rows[:0]
        first = []
        for row in rows.tolist():
            word = cells[row].strip().casefold()
            if word not in column.unknown and len(column.unknown) < MOST_UNKNOWN:
                column.unknown.add(word)
                first.append(row)
        return np.array(first, dtype=np.int64)

    def _fix(self, column: _Column, heard: Heeded, text: str) -> str:
        """Return the lines of the profile that settle the column."""
        if column.mapped:
            return "Take the words out of the cell if they are not meant."
        table, heading = table_name(self._matching.profile.name), quoted(column.heading)
        left_out = f"{heading} = {quoted('')}"
        if heard in {Heeded.REFUSED, Heeded.PERHAPS_REFUSED, Heeded.PERHAPS_OFF} or "action" in self._matching.fields:
            return f"To ignore the column, write in importer.toml under [{table}.columns]: {left_out}"
        word = quoted(text.strip())
        meant = "upsert" if heard is Heeded.UNKNOWN else "cancel"
        return (
            f"If the column says what to do, write in importer.toml under [{table}.columns]: {heading} = {quoted('action')}, "
            f"and under [{table}.values.action] what each word means, such as {word} = {quoted(meant)} "
            f'(or "upsert", "cancel", "no_show", "none"). To ignore the column: {left_out}'
        )


def _looked_at(matching: Matching) -> Iterator[_Column]:
    names = {position: name for name, position in matching.fields.items()}
    passed = {*matching.results.values(), *matching.left_out}
    for at, heading in enumerate(matching.headings):
        name, plain = names.get(at), heading.replace("\ufeff", "").strip()
        if at in passed or (name is not None and matching.by.get(at) == "profile"):
            continue
        codes = CODES.get(folded(plain), {})
        if name is None:
            yield _Column(at, plain, asks(plain), mapped=False, codes=codes)
        elif name.startswith(METADATA_PREFIX):
            yield _Column(at, plain, asks(metadata_name(plain) or plain), mapped=False, codes=codes)
        elif name in _ANY_TEXT:
            yield _Column(at, plain, Asks.NAMES, mapped=True, codes={})
