"""
Our own report of several files as a sheet: what they kept in different columns is one field again, row by row.

``Mobile`` of one file and ``Phone`` of another stand in two columns of the report, and each row fills the one of its file.
A cell under a heading that names a unit is written as a duration, because the other file's heading may name another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.issues import Issues
from importer.normalizing import parse_duration
from importer.normalizing.readings import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from importer.columns import Matching
    from importer.model.profile import DurationUnit
    from importer.model.sheets import Chunk

CODE: Final = "columns_contradict"


def project(matching: Matching, chunk: Chunk) -> tuple[pd.DataFrame, tuple[Issues, ...]]:
    """Return the chunk's mapped columns, named by their fields, and the rows in which two columns say different things."""
    frame = matching.project(chunk)
    findings = []
    for name, positions in matching.shared.items():
        cells = [list(_with_unit(chunk.frame.iloc[:, at].tolist(), matching.unit_at.get(at))) for at in positions]
        texts, torn = _one_of(cells)
        frame[name] = texts
        if torn:
            said = np.array([" / ".join(_filled(cells, place)) for place in torn], dtype=object)
            findings.append(Issues(CODE, name, np.array(torn, dtype=np.int64), values=said))
    return frame, tuple(findings)


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
