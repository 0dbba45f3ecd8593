"""
Sections of a sheet: rows below a line that holds nothing but "Cancelled appointments".

The line may be the sheet's title or name, too.

Such a line is looked for in all rows as they are read, also those that were not selected, so that a part of a sheet says
what the whole says. A section ends at the next line of one cell that says that visits stand ("Confirmed", "Appointments").
Any other line of one cell (a provider, a day) may be a heading within the section, so the section goes on; unless it
is a count ("Cancelled: 3"), which is more often the foot of what stands above it, and ends at any line.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.consent_phrases import is_refusal
from importer.columns.phrases import read
from importer.columns.status_phrases import Said, is_given_up_word, phrase
from importer.model.issues import NOWHERE, Issues
from importer.model.words import Action
from schemas import heading_words, status_words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.matching import Matching
    from importer.model.sheets import Chunk

_OFF: Final = frozenset({Said.OFF, Said.DEAD})
_PASSING: Final = {
    "status_not_used": (Action.CANCEL.value, Action.NO_SHOW.value, Action.NONE.value),
    "consent_refused": (Action.CANCEL.value, Action.NONE.value),
}
_VISITS: Final = listed(
    "appointments appointment appts visits bookings sessions schedule schedules list reservations clients patients report filter export citas termine "
    "rendez vous rdv afspraken consultas agendamentos upcoming total totals subtotal"
)
_TOTALS: Final = frozenset({"total", "totals", "subtotal", "count"})
_ORDINARY: Final = words_of(status_words.ORDINARY)
_AROUND: Final = words_of(heading_words.AROUND)
# Where a person's own columns are blank, the line may be one: these two columns stand in each row of a real appointment.
_NEEDED: Final = ("phone", "eventDateTime", "date", "externalEventId", "firstName")
LONGEST_LINE: Final = 8


class _Line(NamedTuple):
    row: int
    text: str
    code: str | None


class Sections:
    """The lines of one sheet that begin or end a section, as far as it was read."""

    def __init__(
        self, matching: Matching, sheet: str | None, heading_row: int, titles: Sequence[tuple[int, str]] = ()
    ) -> None:
        self._needed = [matching.fields[name] for name in _NEEDED if name in matching.fields]
        self._results = bool(matching.results)
        self._lines: list[_Line] = []
        # Above the headings anything may stand; of what is said there, and in a sheet's name, an action column is surer.
        named = [] if sheet is None else [(heading_row, sheet)]
        for row, text in [] if "action" in matching.fields else [*named, *titles]:
            if code := _code_of(text):
                self._lines.append(_Line(row, text.strip(), code))

    def see(self, chunk: Chunk) -> None:
        """Take note of the chunk's lines. A report of ours has none: its rows are the sheet's, in any order."""
        if self._results:
            return
        for row, text in _lines_of_one_cell(chunk, self._needed):
            self._take(row, text)

    def findings(self, chunk: Chunk, actions: np.ndarray) -> Iterator[Issues]:
        """Yield the rows of the chunk that stand in a section of cancelled visits."""
        starts = [line.row for line in self._lines]
        above = [bisect_right(starts, row - 1) - 1 for row in chunk.frame.index.tolist()] if starts else []
        for code, passing in _PASSING.items():
            within = np.array([at >= 0 and self._lines[at].code == code for at in above], dtype=bool)
            rows = np.flatnonzero(within & ~np.isin(actions, passing)) if within.any() else within[:0]
            if rows.size:
                lines = [self._lines[above[row]] for row in rows.tolist()]
                details = np.array([f"Row {line.row}\n{_FIX}" for line in lines], dtype=object)
                said = np.array([line.text for line in lines], dtype=object)
                yield Issues(code, "", rows, details, said, NOWHERE)

    def _take(self, row: int, line: str) -> None:
        flat, last = read(line).words, self._lines[-1] if self._lines else None
        counts_none = any(word.isdigit() and not word.strip("0") for word in flat)
        if (code := _code_of(line)) and not counts_none:
            self._lines.append(_Line(row, line.strip(), code))
        elif last is not None and last.code and (_stands(flat) or any(map(str.isdigit, last.text))):
            self._lines.append(_Line(row, line.strip(), None))


_FIX: Final = "The line above these rows says so. Take the rows of appointments that take place out of its section."


def _code_of(line: str) -> str | None:
    """Return the problem of the rows below a line that is about such visits and nothing else; None for another line."""
    text = read(line)
    told = phrase(text)
    if told.length > LONGEST_LINE:
        return None
    if is_refusal(text):
        return "consent_refused"
    if told.said is Said.GIVEN_UP:
        # "Dr Hold" is a doctor.
        certain = all(is_given_up_word(word) or word in _VISITS or word == "on" for word in text.words)
        return "status_not_used" if certain else None
    if told.said in _OFF and (told.whole or _is_about_visits(text.words)):
        return "status_not_used"
    return None


def _is_about_visits(flat: Sequence[str]) -> bool:
    return all(word in _VISITS or word in _AROUND or phrase(word).whole for word in flat)


def _stands(flat: Sequence[str]) -> bool:
    """Whether a line is about visits that take place."""
    return (
        bool(flat)
        and _TOTALS.isdisjoint(flat)
        and all(word in _VISITS or word in _ORDINARY or word in _AROUND for word in flat)
    )


def _lines_of_one_cell(chunk: Chunk, needed: list[int]) -> Iterator[tuple[int, str]]:
    """Yield (row number, text) of rows in which one cell is filled, or a text and a number beside it."""
    frame = chunk.frame
    if len(needed) < 2 or frame.shape[1] < 3:
        return
    filled = np.zeros(len(frame), dtype=np.int64)
    for position in needed:
        filled += (frame.iloc[:, position] != "").to_numpy(dtype=bool)
    for at in np.flatnonzero(filled <= 1).tolist():
        cells = [text for text in frame.iloc[at].tolist() if text.strip()]
        if len(cells) == 1:
            yield int(frame.index[at]), cells[0]
        elif len(cells) == 2 and cells[1].strip().isdigit():
            yield int(frame.index[at]), " ".join(cells)
