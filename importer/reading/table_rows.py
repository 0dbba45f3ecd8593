"""From batches of rows to a table and its chunks: headings found, blank rows left out, every row as wide as they."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, compress
from typing import TYPE_CHECKING, Final

from importer.columns.lines_and_marks import code_above, mark_of_comment
from importer.columns.status_phrases import read
from importer.columns.visit_words import TEMPORAL, code_of_title
from importer.errors import FileRefused
from importer.model.batches import COMMENT, READABLE, Batch, CellFlaw
from importer.model.chunks import Chunk, Columns
from importer.reading.cell_texts import begins_with, cell_flaws, has_flaws, unwrapped
from importer.reading.headings import (
    ROWS_LOOKED_AT,
    RULES,
    LeftOut,
    heading_position,
    is_heading_again,
    is_perhaps_total,
    is_sentence,
    is_total,
    lone_line,
)
from importer.reading.limits import LONGEST_SHOWN
from schemas.mark_words import ASKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np

    from importer.model.chunks import Distinct
    from importer.reading.limits import Limits


_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BROKEN = re.compile("[\ufffd\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Table:
    """
    A heading row and what stands below it.

    ``chunks`` may be iterated once. ``titles``: what stands alone in its row above it, with the row's number. ``notes``: what was left out above it; ``left_out`` fills up with what is left out
    below, while chunks are iterated.
    """

    heading_row: int
    headings: tuple[str, ...]
    notes: tuple[str, ...]
    chunks: Iterator[Chunk]
    left_out: LeftOut
    titles: tuple[tuple[int, str], ...]


def table_of(
    batches: Iterator[Batch | Columns],
    heading_score: Callable[[Sequence[str]], int],
    limits: Limits,
    *,
    name: str | None = None,
    headings: Sequence[str] | None = None,
) -> Table:
    """
    Find the headings in the first rows and return the table; ``name`` is the sheet's, for the refusal of an empty one.

    ``headings``: those of a source whose columns have names, above its row 1.

    Raises:
        FileRefused: ``file_empty``, ``too_many_columns``.
    """
    batches = (unwrapped(batch) if isinstance(batch, Batch) else batch for batch in batches)
    if headings is not None:
        batches = chain([Batch([0], [list(headings)], ragged=False)], batches)
    first = _first_rows(batches)
    if not first.rows:
        raise _empty(name)
    looked_at = first.rows[:ROWS_LOOKED_AT]
    place = 0 if headings is not None else heading_position(looked_at, [heading_score(row) for row in looked_at])
    headings = _headings(first.rows[place], limits, ragged=first.ragged)
    below = _below(first, place)
    below_headings = _Below(headings, limits, first.numbers[place] + 1)
    return Table(
        heading_row=first.numbers[place],
        headings=headings,
        notes=_notes(first, place, below),
        chunks=below_headings.chunks(chain([below], batches)),
        left_out=below_headings.left_out,
        titles=tuple(_titles(first, place)),
    )


def _titles(first: Batch, place: int) -> Iterator[tuple[int, str]]:
    for number, row in zip(first.numbers[:place], first.rows[:place], strict=True):
        filled = [cell for cell in row if cell.strip()]
        line = " ".join(filled)
        few = len(filled) < _MOST_OF_A_TITLE and len(line) < LONGEST_SHOWN
        if (
            len(filled) == 1
            or (len(filled) == 2 and "zone" in filled[0].casefold())
            or (few and code_of_title(read(line)))
        ):
            yield number, line
        elif len(filled) == 2 and few and (told := _told_by_two(*map(str.strip, filled))):
            yield number, told


def _told_by_two(first: str, second: str) -> str | None:
    """Return what two cells above the headings say of the rows: Status: | Cancelled; Cancelled visits | March 2027; not a count."""
    beside = read(second).words
    if not first or not beside or all(map(str.isdigit, beside)):
        return None
    together = f"{first.rstrip(':= ')}: {second}"
    asked = first.endswith((":", "=")) or not ASKING.isdisjoint(read(first).words)
    dated = any(map(str.isdigit, beside)) and not TEMPORAL.isdisjoint(beside)
    own = next((cell for cell in (first, second) if ":" in cell.rstrip(":0123456789 ") and code_above(cell)), None)
    return own or (together if (asked or dated) and code_above(together) else None)


_MOST_OF_A_TITLE: Final = 7


def _empty(name: str | None) -> FileRefused:
    if name is None:
        return FileRefused(
            "The file holds no rows.", code="file_empty", fix="Check that this is the right file, and export it again."
        )
    return FileRefused(
        f"The sheet “{name}” is empty.",
        code="file_empty",
        fix="Name the sheet that holds the appointments with --sheet, or check that this is the right file.",
    )


def is_blank(row: Sequence[str]) -> bool:
    """Return whether no cell of the row holds more than white space."""
    return not any(row) or not "".join(row).strip()


def _first_rows(batches: Iterator[Batch | Columns]) -> Batch:
    """Return the first batch that has rows with something in them, with enough of them to choose the headings."""
    first = Batch([], [])
    for batch in batches:
        kept = _without_blanks(batch if isinstance(batch, Batch) else batch.at())
        first = Batch(
            [*first.numbers, *kept.numbers], first.rows + kept.rows, first.flaws + kept.flaws, kept.odd, kept.ragged
        )
        if len(first.rows) > ROWS_LOOKED_AT:
            break
    return first


def _without_blanks(batch: Batch) -> Batch:
    # The first cell alone clears nearly every row; a million rows pass here.
    suspects = [place for place, row in enumerate(batch.rows) if not row or not row[0] or row[0].isspace()]
    told = {flaw.row for flaw in batch.flaws} if suspects else set()
    # A row of formulas whose values were not saved shows nothing, and is no blank row.
    blank = {place for place in suspects if is_blank(batch.rows[place]) and batch.numbers[place] not in told}
    if not blank:
        return batch
    return _without(batch, blank)


def _without(batch: Batch, dropped: set[int]) -> Batch:
    """Return the batch without the rows at these places, and without what is wrong with them."""
    kept = [place not in dropped for place in range(len(batch.rows))]
    gone = {batch.numbers[place] for place in dropped}
    flaws = [flaw for flaw in batch.flaws if flaw.row not in gone]
    return Batch(list(compress(batch.numbers, kept)), list(compress(batch.rows, kept)), flaws, batch.odd, batch.ragged)


def _headings(row: Sequence[str], limits: Limits, *, ragged: bool) -> tuple[str, ...]:
    """Return the heading row; in a text file a separator too many at its end makes no column."""
    headings = [_BROKEN.sub("\ufffd", cell.strip().lstrip("\ufeff")) for cell in row]
    while ragged and headings and not headings[-1]:
        headings.pop()
    if len(headings) > limits.columns:
        raise FileRefused(
            f"The sheet has {len(headings):,} columns; at most {limits.columns} can be read.",
            code="too_many_columns",
            fix="Delete the columns that the importer does not need, and check that the right separator was used.",
        )
    return tuple(headings)


def _below(first: Batch, place: int) -> Batch:
    heading_row = first.numbers[place]
    flaws = [flaw for flaw in first.flaws if flaw.row > heading_row]
    return Batch(first.numbers[place + 1 :], first.rows[place + 1 :], flaws, first.odd, first.ragged)


def _notes(first: Batch, place: int, below: Batch) -> tuple[str, ...]:
    notes = []
    if place:
        skipped = first.numbers[:place]
        rows = f"rows {skipped[0]}-{skipped[-1]}" if len(skipped) > 1 else f"row {skipped[0]}"
        notes.append(f"Headings found in row {first.numbers[place]}; {rows} skipped.")
    if not below.rows:
        notes.append("There are headings, but no rows below them.")
    return tuple(notes)


class _Below:
    """What stands below the headings, chunk by chunk."""

    def __init__(self, headings: Sequence[str], limits: Limits, next_row: int) -> None:
        self._headings = headings
        self._width = len(headings)
        self._limits = limits
        self.left_out = LeftOut()
        # The row behind the last appointment: what stands further down has a blank row or another line above it.
        self._next_row = next_row

    def chunks(self, batches: Iterator[Batch | Columns]) -> Iterator[Chunk]:
        """Yield the rows that are appointments, told what is wrong with them; blank ones and totals are left out."""
        for batch in batches:
            if isinstance(batch, Columns):
                if chunk := self._of_columns(batch):
                    yield chunk
                    continue
                batch = batch.at()  # noqa: PLW2901  # the same rows, for the careful way
            kept = self._appointments(_without_blanks(batch))
            if kept.rows:
                yield self._chunk(kept)

    def _of_columns(self, batch: Columns) -> Chunk | None:
        """Return the rows as a chunk; None where some want a look, are blank, or are not as wide as the headings."""
        width = self._width
        if len(batch.columns) < width or any(text.strip() for found in batch.columns[width:] for text in found.texts):
            return None
        fitting = Columns(batch.numbers, batch.columns[:width])
        if has_blank_row(fitting.columns) or any(
            is_total(row) or is_perhaps_total(row) or lone_line(row)
            for row in fitting.at(mostly_blank(fitting.columns)).rows
        ):
            return None
        if any(has_flaws(found.texts.tolist()) for found in fitting.columns) or self._repeats_headings(fitting):
            return None
        self._next_row = batch.numbers.stop
        return chunk_of_columns(fitting, ())

    def _repeats_headings(self, batch: Columns) -> bool:
        """Return whether the headings may stand once more below themselves, each in its column, or a rule be drawn there."""
        if begins_with(batch.columns[0].texts.tolist(), RULES):
            return True
        return all(_holds(found.texts, heading) for found, heading in zip(batch.columns, self._headings, strict=True))

    def _appointments(self, batch: Batch) -> Batch:
        """Return the batch without the rows that are surely no appointments, which are noted."""
        half, first = self._width // 2, self._headings[0].casefold() if self._headings else ""
        dropped = set()
        for place, row in enumerate(batch.rows):
            sparse = len(row) - row.count("") <= self._width - half or row[0].startswith(RULES)
            if sparse and self._is_line(batch.numbers[place], row + [""] * (self._width - len(row))):
                self.left_out.totals.append(batch.numbers[place])
                dropped.add(place)
            elif row and row[0].strip().casefold() == first and is_heading_again(row, self._headings):
                self.left_out.headings.append(batch.numbers[place])
                dropped.add(place)
            else:
                self._next_row = batch.numbers[place] + 1
        return _without(batch, dropped) if dropped else batch

    def _is_line(self, number: int, row: Sequence[str]) -> bool:
        """Return whether a row is a line of a report: by what it says, or as a sentence of its own behind the others."""
        if is_total(row):
            return True
        return number != self._next_row and (text := lone_line(row)) is not None and is_sentence(text)

    def _chunk(self, batch: Batch) -> Chunk:
        batch.flaws = [flaw for flaw in batch.flaws if flaw.code != COMMENT or mark_of_comment(flaw.shown)]
        flaws = [*batch.flaws, *_fit(batch, self._width)]
        told = {(flaw.row, flaw.column) for flaw in flaws if flaw.code not in READABLE}
        if batch.odd:
            odd = list(_odd_cells(batch))
            told.update((flaw.row, flaw.column) for flaw in odd)
            flaws += odd
        flaws += [
            flaw for flaw in cell_flaws(batch, self._limits.cell_characters) if (flaw.row, flaw.column) not in told
        ]
        # A row of which the file itself says something, such as merged cells, is more than a line that stands alone.
        others = {flaw.row for flaw in batch.flaws if flaw.code not in READABLE} | {
            flaw.row for flaw in flaws if flaw.column is None
        }
        flaws += [flaw for flaw in _lines(batch) if flaw.row not in others]
        return chunk_of(batch.numbers, batch.rows, self._width, sorted(_one_cause(flaws), key=_place))


def _holds(texts: np.ndarray, heading: str) -> bool:
    """Return whether a text is the heading, whatever its case and the blanks around it."""
    wanted, cells = heading.casefold(), texts.tolist()
    if wanted not in "\x1f".join(cells).casefold():
        return False
    return any(len(text) >= len(wanted) and text.strip().casefold() == wanted for text in cells)


def _one_cause(flaws: list[CellFlaw]) -> Iterator[CellFlaw]:
    """
    Yield the flaws without those of cells in rows that have one as a whole: there the cells may be no cells.

    What is shown of them can be stored: of a line whose cells cannot be told apart, its bytes that are no text, too.
    """
    torn = {flaw.row for flaw in flaws if flaw.column is None}
    for flaw in flaws:
        if flaw.column is None:
            yield flaw._replace(shown=_BROKEN.sub("\ufffd", flaw.shown))
        elif flaw.row not in torn:
            yield flaw


def _place(flaw: CellFlaw) -> tuple[int, int]:
    return flaw.row, -1 if flaw.column is None else flaw.column


def _fit(batch: Batch, width: int) -> Iterator[CellFlaw]:
    """Bring every row to the headings' width, in place, and tell of those that are not a matter of blank cells."""
    if set(map(len, batch.rows)) <= {width}:
        return
    told = {flaw.row for flaw in batch.flaws if flaw.column is None}
    for position, row in enumerate(batch.rows):
        if len(row) == width:
            continue
        number = batch.numbers[position]
        if number not in told:
            yield from _misfit(number, row, width, ragged=batch.ragged)
        batch.rows[position] = (row + [""] * (width - len(row)))[:width]


def _misfit(number: int, row: list[str], width: int, *, ragged: bool) -> Iterator[CellFlaw]:
    if len(row) < width and ragged:
        yield CellFlaw(number, None, "row_too_short", f"{len(row)} cells under {width} headings")
    elif any(cell.strip() for cell in row[width:]):
        beyond = " | ".join(cell for cell in row[width:] if cell.strip())
        yield CellFlaw(number, None, "row_too_long", beyond[:LONGEST_SHOWN])


def _odd_cells(batch: Batch) -> Iterator[CellFlaw]:
    """Tell of cells that hold what no keyboard types; bytes that were no text become U+FFFD, so that they can be stored."""
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        together = "".join(row)
        if not (_ODD.search(together) or _BROKEN.search(together)):
            continue
        for column, cell in enumerate(row):
            if _BROKEN.search(cell):
                row[column] = _BROKEN.sub("\ufffd", cell)
                yield CellFlaw(number, column, "text_broken", row[column][:LONGEST_SHOWN])
            elif _ODD.search(cell):
                yield CellFlaw(number, column, "control_character", cell[:LONGEST_SHOWN])


def _lines(batch: Batch) -> Iterator[CellFlaw]:
    """Tell of rows that are perhaps lines of a report, and surely no appointments as they stand."""
    half = len(batch.rows[0]) // 2 if batch.rows else 0
    for number, row in zip(batch.numbers, batch.rows, strict=True):
        if row.count("") < half:
            continue
        if is_perhaps_total(row):
            yield CellFlaw(number, None, "totals_row", next(filter(None, row))[:LONGEST_SHOWN])
        elif text := lone_line(row):
            yield CellFlaw(number, None, "line_alone", text[:LONGEST_SHOWN])


def chunk_of(numbers: Sequence[int], rows: Sequence[Sequence[str]], width: int, flaws: Iterable[CellFlaw]) -> Chunk:
    """Return rows of one width as a chunk; columns lie contiguous, since every later stage works by column."""
    import numpy as np  # noqa: PLC0415  # see above
    import pandas as pd  # noqa: PLC0415  # see above

    cells = np.empty((len(rows), width), dtype=object, order="F")
    if rows and width:
        cells[:] = rows
    index = pd.Index(np.asarray(numbers, dtype="int64"))
    frame = pd.DataFrame(cells, index=index, columns=pd.RangeIndex(width), dtype=object, copy=False)
    return Chunk(frame, tuple(flaws))


def chunk_of_columns(rows: Columns, flaws: Iterable[CellFlaw]) -> Chunk:
    """Return rows that came as columns as a chunk."""
    import pandas as pd  # noqa: PLC0415  # see above

    index = pd.RangeIndex(rows.numbers.start, rows.numbers.stop)
    frame = pd.DataFrame({at: found.as_array() for at, found in enumerate(rows.columns)}, index=index, copy=False)
    return Chunk(frame, tuple(flaws))


def has_blank_row(columns: Sequence[Distinct]) -> bool:
    """Return whether a row holds nothing but white space."""
    import numpy as np  # noqa: PLC0415  # see above

    blank: np.ndarray | np.bool = np.True_
    # Columns of few texts first: one of them tells in most sheets.
    for found in sorted(columns, key=lambda found: len(found.texts)):
        blank = blank & found.spread(np.array([not text or text.isspace() for text in found.texts]))
        if not blank.any():
            return False
    return True


def mostly_blank(columns: Sequence[Distinct]) -> list[int]:
    """Return the positions of rows with at least every second cell blank."""
    import numpy as np  # noqa: PLC0415  # see above

    blanks = sum(found.spread((found.texts == "").astype(np.int16)) for found in columns)
    return np.flatnonzero(blanks >= len(columns) // 2).tolist()
