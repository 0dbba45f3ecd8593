"""
What a person corrected in a draft, as reading and staging need it: cells with other values, and rows left out.

An edit is applied to a row as it was read, before anything is made of it; so the plan is that of a sheet with the edits typed
in. The copy of the file stays as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.batches import READABLE
from importer.model.chunks import Chunk
from importer.model.issues import Issue, Issues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from importer.ledger.drafts.draft_values import Edit
    from importer.model.chunks import Sheet


EDITED: Final = "cell_edited"
LEFT_OUT: Final = "left_out"


def in_force(edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that say how cells and rows are now, each cell and row once; the rest was undone or overtaken."""
    undone = {edit.undoes for edit in edits}
    last: dict[tuple[int, int, int | None], Edit] = {}
    for edit in edits:
        if edit.undoes is None and edit.id not in undone:
            last[edit.file, edit.row, edit.column] = edit
    return sorted(edit for edit in last.values() if edit.value is not None)


def last_change(edits: Sequence[Edit]) -> Edit | None:
    """Return the newest edit that was not undone, None where nothing is left to undo."""
    undone = {edit.undoes for edit in edits}
    left = [edit for edit in edits if edit.undoes is None and edit.id not in undone]
    return left[-1] if left else None


def signed(edit: Edit) -> str:
    """Return who made an edit, and when: ``maria on 2027-03-02, 14:30 UTC``."""
    return f"{edit.by} on {datetime.fromtimestamp(edit.at, UTC):%Y-%m-%d, %H:%M} UTC"


def left_out_by(edit: Edit) -> Issue:
    """Return what is said of a row that is left out."""
    return Issue(LEFT_OUT, detail=f"Left out by {signed(edit)}")


@dataclass(slots=True)
class Corrections:
    """The corrections of several files; ``edits``: those in force, by the path by which their file is read."""

    edits: Mapping[str, Sequence[Edit]]
    _before: dict[tuple[str, int, int], str] = field(default_factory=dict)

    @classmethod
    def known(cls, edits: Mapping[str, Sequence[Edit]]) -> Corrections:
        """Return corrections of rows that are not read again: what stands in the file is known of each edit."""
        before = {
            (path, edit.row, edit.column): edit.before
            for path, some in edits.items()
            for edit in some
            if edit.column is not None and edit.before is not None
        }
        return cls(edits, before)

    def sheet(self, path: str, sheet: Sheet) -> Sheet:
        """Return a sheet with the edits typed in."""
        cells: dict[int, dict[int, str]] = {}
        for edit in self.edits.get(path, ()):
            if edit.column is not None and edit.value is not None:
                cells.setdefault(edit.row, {})[edit.column] = edit.value
        if not cells:
            return sheet
        read = sheet.chunks

        def chunks() -> Iterator[Chunk]:
            return (self._typed_in(path, chunk, cells) for chunk in read())

        return replace(sheet, chunks=chunks)

    def _typed_in(self, path: str, chunk: Chunk, cells: Mapping[int, Mapping[int, str]]) -> Chunk:
        places = {row: place for place, row in enumerate(chunk.frame.index.tolist()) if row in cells}
        if not places:
            return chunk
        frame = chunk.frame.copy()
        for column in sorted({column for row in places for column in cells[row]}):
            texts = frame.iloc[:, column].to_numpy(dtype=object).copy()
            for row, place in places.items():
                if column in cells[row]:
                    self._before[path, row, column] = texts[place]
                    texts[place] = cells[row][column]
            frame.isetitem(column, texts)
        flaws = tuple(
            flaw
            for flaw in chunk.flaws
            if flaw.column is None or flaw.code in READABLE or flaw.column not in cells.get(flaw.row, {})
        )
        return Chunk(frame=frame, flaws=flaws)

    def notes(self, path: str, frame: pd.DataFrame) -> Iterator[Issues]:
        """Yield for each edited cell among these rows what stood there before, and who changed it."""
        places = {row: place for place, row in enumerate(frame.index.tolist())}
        found = [
            (places[edit.row], edit, before)
            for edit in self.edits.get(path, ())
            if edit.row in places
            and edit.column is not None
            and (before := self._before.get((path, edit.row, edit.column))) is not None
            and before != edit.value
        ]
        if found:
            yield Issues(
                EDITED,
                "",
                np.array([place for place, _, _ in found], dtype=np.int64),
                np.array([signed(edit) for _, edit, _ in found], dtype=object),
                np.array([before for _, _, before in found], dtype=object),
                np.array([edit.column for _, edit, _ in found], dtype=np.int64),
            )

    def left_out(self, path: str) -> dict[int, Issue]:
        """Return the rows that are left out, by number, each with the sentence that says by whom."""
        return {
            edit.row: left_out_by(edit)
            for edit in self.edits.get(path, ())
            if edit.column is None and edit.value is not None
        }
