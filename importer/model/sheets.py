"""What reading hands on: sources, sheets and chunks of rows, in their forms up to the judged chunk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pandas as pd

    from importer.model.issues import Issues


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was hashed and read: ``name`` as given on the command line, ``sha256`` in hex, ``size`` in bytes."""

    name: str
    sha256: str
    size: int


class CellFlaw(NamedTuple):
    """
    A cell (or, with ``column`` None, a row) that reading could not hand on as the person sees it.

    ``row`` is the spreadsheet's row number, ``column`` the position from 0, ``code`` a problem code,
    ``shown`` what stands there as far as it can be shown.
    """

    row: int
    column: int | None
    code: str
    shown: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    Some rows of a sheet.

    ``frame``: index = spreadsheet row numbers (int64, unique, rising), columns = positions 0..n-1, every cell text
    as the person sees it (object dtype, or categories where texts repeat; ``""`` for blank). A date cell is ISO
    text (``2027-03-04``, ``2027-03-04T14:30:00``, ``14:30:00``), a whole number has no decimal point, a truth value
    is TRUE or FALSE.
    """

    frame: pd.DataFrame
    flaws: tuple[CellFlaw, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One table of one file. ``chunks()`` may be asked once; it reads on as it is iterated.

    ``name`` is None for text files. ``heading_row`` is the spreadsheet row of the headings. ``epoch_1904`` tells
    how a bare number is meant as a date. ``notes`` say what was left unread (other sheets, hidden rows).
    ``notes_at_end`` says, once all chunks were iterated, which rows below the headings were left out.
    ``titles``: what stands alone in its row above the headings, with the row's number.
    ``unread``: the names of the workbook's other visible sheets.
    ``size`` is what ``progress`` counts up to (bytes of a text file, rows of a workbook), 0 when it is not known.
    """

    source: SourceFile
    name: str | None
    heading_row: int
    headings: tuple[str, ...]
    chunks: Callable[[], Iterator[Chunk]]
    epoch_1904: bool = False
    notes: tuple[str, ...] = ()
    size: int = 0
    notes_at_end: Callable[[], tuple[str, ...]] = tuple
    titles: tuple[tuple[int, str], ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Normalized:
    """
    A chunk in normal forms.

    ``typed``: a column a canonical field (``metadata.NAME`` for metadata columns), as in the sheet.
    ``values``: the same fields in normal form; what could not be read stays as typed. ``eventDateTime`` stands in
    ``values`` also when the sheet has ``date`` + ``time``. ``reasons``: why a value could not be read, or what is
    worth saying about one that could (the catalogue knows which of the two a code is).
    """

    typed: pd.DataFrame
    values: pd.DataFrame
    reasons: tuple[Issues, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A judged chunk, the last form before rows become records.

    ``actions``: an ``Action`` value a row ("" where the action itself is a problem). ``starts_at``: the start as
    UTC seconds (int64, ``NO_START`` where there is none). ``findings``: all problems and warnings, folded by
    field and code. ``invalid``: bool a row, True where at least one finding is a problem.
    """

    chunk: Chunk
    typed: pd.DataFrame
    values: pd.DataFrame
    actions: np.ndarray
    starts_at: np.ndarray
    findings: tuple[Issues, ...]
    invalid: np.ndarray
    extra: dict[str, object] = field(default_factory=dict)


NO_START = -(2**63)
