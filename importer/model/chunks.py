"""What reading hands on and what checking makes of it: sources, sheets, chunks of rows, columns of texts that repeat."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, ParamSpec, TypedDict, TypeVar, cast

import numpy as np
import orjson
import pandas as pd

from importer.model.batches import Batch, CellFlaw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from functools import _lru_cache_wrapper

    from importer.model.issues import Issues
    from importer.model.profile import DateOrder, Profile
    from importer.model.staged_files import StagedRow


# Where pyarrow is installed pandas would keep texts in its memory: other speed, and no place for half of a letter (a lone
# surrogate), as a broken file has them. Texts are the same, and as fast, wherever the importer runs.
pd.set_option("mode.string_storage", "python")

_Asked = ParamSpec("_Asked")
_Said = TypeVar("_Said")
REMEMBERED: Final[list[_lru_cache_wrapper[Any]]] = []
"""What is asked about texts of cells and remembered between chunks, as ``lru_cache`` wraps it."""


def remembering_cells(maxsize: int) -> Callable[[Callable[_Asked, _Said]], Callable[_Asked, _Said]]:
    """Return a decorator like ``lru_cache``, for what is asked about texts of cells; ``forget_cells`` empties it."""

    def decorate(function: Callable[_Asked, _Said]) -> Callable[_Asked, _Said]:
        remembered = lru_cache(maxsize)(function)
        REMEMBERED.append(remembered)
        return cast("Callable[_Asked, _Said]", remembered)

    return decorate


def forget_cells() -> None:
    """Forget every text of a cell that was remembered between chunks: a program outlives its sheets."""
    for remembered in REMEMBERED:
        remembered.cache_clear()


# So many rows are looked at first, and with so many distinct texts among them, a column need not be looked at further.
SAMPLE: Final = 1000
SURELY_UNLIKE: Final = 980


class Distinct(NamedTuple):
    """
    A column's distinct texts: ``texts[places]`` is the column.

    ``places`` is None for a column whose texts hardly repeat: then ``texts`` is the column itself. A text may stand
    twice among ``texts`` where different ones were read alike.
    """

    texts: np.ndarray
    places: np.ndarray | None

    @property
    def column(self) -> np.ndarray:
        """The texts, one a row."""
        return self.spread(self.texts)

    def spread(self, known: np.ndarray) -> np.ndarray:
        """Return what is known about each distinct text, one a row."""
        return known if self.places is None else known[self.places]

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Return the texts in these rows (positions)."""
        texts: np.ndarray = self.texts[rows if self.places is None else self.places[rows]]
        return texts

    def only(self, rows: np.ndarray) -> Distinct:
        """Return the column of these rows (positions)."""
        return Distinct(self.at(rows), None) if self.places is None else Distinct(self.texts, self.places[rows])

    def used_by(self, rows: np.ndarray) -> np.ndarray:
        """Return which of the distinct texts stand in these rows (a truth value a row), as truth values."""
        if self.places is None:
            return rows
        used = np.zeros(len(self.texts), dtype=bool)
        used[self.places[rows]] = True
        return used

    def put(self, text: str, rows: np.ndarray) -> Distinct:
        """Return the column with another text in these rows (a truth value a row)."""
        if self.places is None:
            texts = self.texts.copy()
            texts[rows] = text
            return Distinct(texts, None)
        return Distinct(
            np.append(self.texts, np.array([text], dtype=object)), np.where(rows, len(self.texts), self.places)
        )

    def as_array(self) -> np.ndarray | pd.Categorical:
        """Return the column as a frame keeps it: categories where texts repeat."""
        if self.places is None:
            return self.texts
        places = self.places
        try:
            dtype = pd.CategoricalDtype(pd.Index(self.texts, dtype=object))
        except ValueError:  # different texts were read alike
            again, texts = pd.factorize(self.texts, use_na_sentinel=False)
            places, dtype = again[self.places], pd.CategoricalDtype(pd.Index(texts, dtype=object))
        return pd.Categorical.from_codes(places, dtype=dtype, validate=False)


def distinct_of(column: pd.Series) -> Distinct:
    """Return a frame's column taken apart; categories are taken as they are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Distinct(column.cat.categories.to_numpy(dtype=object), column.cat.codes.to_numpy())
    return distinct(column.to_numpy(dtype=object))


def distinct(values: np.ndarray) -> Distinct:
    """Return the distinct values of an object array of texts; a column that hardly repeats stays whole."""
    if len(values) > SAMPLE and len(pd.unique(values[:SAMPLE])) > SURELY_UNLIKE:
        return Distinct(values, None)
    # Texts are never null; to say so would make pandas look for nulls.
    places, uniques = pd.factorize(values)
    if hardly_repeats(len(uniques), len(values)):
        return Distinct(values, None)
    return Distinct(np.asarray(uniques, dtype=object), places)


def hardly_repeats(texts: int, rows: int) -> bool:
    """Return whether so many distinct texts in so many rows are better kept as they come."""
    return rows > SAMPLE and texts > rows // 2


def same(text: str, rows: int) -> Distinct:
    """Return a column that holds nothing but one text."""
    return Distinct(np.array([text], dtype=object), np.zeros(rows, dtype=np.intp))


class Table:
    """Columns of texts by field, ``""`` for blank. Asking for a column that is not there gives blanks."""

    def __init__(self, columns: Mapping[str, Distinct], rows: int) -> None:
        self.columns = dict(columns)
        self.rows = rows
        self._filled: dict[str, np.ndarray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def column(self, name: str) -> np.ndarray:
        """Return a column's values; not to be written to."""
        return self.distinct(name).column

    def distinct(self, name: str) -> Distinct:
        """Return a column's distinct values."""
        return self.columns.get(name) or same("", self.rows)

    def filled(self, name: str) -> np.ndarray:
        """Return, a truth value a row, where a text stands; not to be written to."""
        if name not in self._filled:
            found = self.distinct(name)
            self._filled[name] = found.spread(found.texts != "")
        return self._filled[name]

    def with_column(self, name: str, values: Distinct) -> Table:
        """Return the table with other values in a column, or with the column added."""
        return Table({**self.columns, name: values}, self.rows)

    def replace(self, name: str, values: Distinct) -> None:
        """Put other values into a column, or add it."""
        self.columns[name] = values
        self._filled.pop(name, None)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was hashed and read: ``name`` as given on the command line, ``sha256`` in hex, ``size`` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of one width that came as columns, of plain text; ``numbers`` as in ``Batch``."""

    numbers: range
    columns: list[Distinct]

    def at(self, positions: Sequence[int] | slice = slice(None)) -> Batch:
        """Return the rows at these positions, all by default, as rows."""
        cells = (found.column[positions].tolist() for found in self.columns)
        numbers = self.numbers[positions] if isinstance(positions, slice) else [self.numbers[at] for at in positions]
        return Batch(numbers, [list(row) for row in zip(*cells, strict=True)])


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    Some rows of a sheet.

    ``frame``: index = spreadsheet row numbers (int64, unique, rising), columns = positions 0..n-1, every cell text
    as the person sees it (object dtype, or categories where texts repeat; ``""`` for blank). A date cell is ISO
    text (``2027-03-04``, ``2027-03-04T14:30:00``, ``14:30:00``; from 1:00 to 6:59 the time as it is shown: ``2027-03-04 1:30``,
    ``1:30 AM``), a whole number has no decimal point, a truth value is TRUE or FALSE.
    """

    frame: pd.DataFrame
    flaws: tuple[CellFlaw, ...] = ()
    _columns: dict[int, Distinct] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, position: int) -> Distinct:
        """Return a column taken apart; it is done once, for several questions are asked of one."""
        if (found := self._columns.get(position)) is None:
            found = self._columns[position] = distinct_of(self.frame.iloc[:, position])
        return found

    def at(self, positions: np.ndarray) -> Chunk:
        """Return the rows at these positions, with their flaws."""
        kept = set(self.frame.index.to_numpy()[positions].tolist())
        return Chunk(self.frame.iloc[positions], tuple(flaw for flaw in self.flaws if flaw.row in kept))

    def filled(self, column: int | None) -> np.ndarray:
        """Return which rows have something in a column; none of them where there is no such column."""
        return np.zeros(len(self), dtype=bool) if column is None else (self.frame.iloc[:, column] != "").to_numpy(bool)

    def nearly_blank(self, columns: Sequence[int]) -> list[int]:
        """Return the positions of the rows in which at most one of these columns is filled."""
        filled = np.zeros(len(self), dtype=np.int64)
        for column in columns:
            filled += self.filled(column)
        return np.flatnonzero(filled <= 1).tolist()

    def wordy(self, column: int) -> list[int]:
        """Return the positions of the rows whose cell begins with a letter and has no digit."""
        found = self.column(column)
        wordy = [text[:1].isalpha() and not any(map(str.isdigit, text)) for text in found.texts]
        return np.flatnonzero(found.spread(np.array(wordy, dtype=bool))).tolist() if any(wordy) else []


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One table of one file. ``chunks()`` may be asked once; it reads on as it is iterated.

    ``name`` is None for text files. ``heading_row`` is the spreadsheet row of the headings, 0 where
    the columns of the source have names of their own. ``epoch_1904`` tells
    how a bare number is meant as a date. ``notes`` say what was left unread (other sheets, hidden rows).
    ``notes_at_end`` says, once all chunks were iterated, which rows below the headings were left out.
    ``titles``: what stands alone in its row above the headings, with the row's number.
    ``unread``: the names of the workbook's other visible sheets. ``hidden``: first and last number of hidden rows that follow
    each other, where the caller leaves them out; the chunks hold them all the same, for what they say of the others.
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
    hidden: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Normalized:
    """
    A chunk in normal forms.

    ``typed``: a column a canonical field (``metadata.NAME`` for metadata columns), as in the sheet.
    ``values``: the same fields in normal form; what could not be read stays as typed. ``eventDateTime`` stands in
    ``values`` also when the sheet has ``date`` + ``time``. ``reasons``: why a value could not be read, or what is
    worth saying about one that could (the catalogue knows which of the two a code is). ``date_order``: the order of day
    and month that was taken for proven.
    """

    typed: pd.DataFrame
    values: Table
    reasons: tuple[Issues, ...] = ()
    date_order: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A judged chunk, the last form before rows become records.

    ``actions``: an ``Action`` value a row ("" where the action itself is a problem). ``starts_at``: the start as
    UTC seconds (int64, ``NO_START`` where there is none). ``findings``: all problems and warnings, folded by
    field and code. ``profile``: by what it was judged. Masks are truth values, one a row. ``invalid``: at least one
    finding is a problem. ``refused``: field -> where its value cannot be read. ``defaulted``: field -> where the profile
    filled it. ``date_order``: as in ``Normalized``.
    """

    chunk: Chunk
    typed: pd.DataFrame
    values: Table
    actions: np.ndarray
    starts_at: np.ndarray
    findings: tuple[Issues, ...]
    profile: Profile
    invalid: np.ndarray
    refused: Mapping[str, np.ndarray]
    defaulted: Mapping[str, np.ndarray]
    date_order: DateOrder | None = None

    def usable(self, name: str) -> np.ndarray:
        """Return, a truth value a row, where a field's value may be used: it stands there and could be read."""
        filled = self.values.filled(name)
        return filled & ~self.refused[name] if name in self.refused else filled


NO_START = -(2**63)


class StagedColumns(TypedDict):
    """
    The rows of a chunk as they enter the ledger, column by column; each has an entry a row, ``StagedRow`` says of what.

    ``members``: columns whose texts, joined within a row, are the members of its body, each with a comma. ``cells``: the columns
    of the sheet. ``is_plain``: truth values; the row has no problem. ``rows``: given these columns, the rows at such places, in their
    order.
    """

    numbers: np.ndarray
    actions: np.ndarray
    phones: Sequence[str | None]
    external_event_ids: Sequence[str | None]
    uuids: Sequence[str | None]
    bodies: Sequence[bytes]
    members: Sequence[Sequence[str]]
    defaulted: Sequence[tuple[str, ...]]
    starts_at: Sequence[int | None]
    locations: Sequence[str | None]
    is_plain: np.ndarray
    warnings: Sequence[bytes]
    cells: Callable[[], list[Distinct]]
    rows: Callable[[StagedColumns, Sequence[int]], list[StagedRow]]


LEVEL: Final = 1
"""Of the compression of what ``pack`` makes; a higher one saves a tenth of the bytes and takes three times as long."""

_LENGTH_BYTES: Final = 4
_WIDTHS: Final = (("<u1", 1 << 8), ("<u2", 1 << 16), ("<u4", 1 << 32))


def pack(columns: Sequence[Distinct]) -> bytes:
    """Return columns of texts of one length as bytes. ``unpacked`` gives them back."""
    texts, places, widths = [], [], []
    for column in columns:
        texts.append(column.texts.tolist())
        kind = next(kind for kind, most in _WIDTHS if len(column.texts) <= most)
        widths.append("" if column.places is None else kind)
        if column.places is not None:
            places.append(column.places.astype(kind).tobytes())
    told = orjson.dumps([widths, texts])
    return zlib.compress(b"".join((len(told).to_bytes(_LENGTH_BYTES, "little"), told, *places)), LEVEL)


def unpacked(packed: bytes, rows_there: int) -> list[Distinct]:
    """Return the columns that ``pack`` was given. ``ValueError``, ``TypeError``: they are not what was packed."""
    data = inflated(packed)
    begin = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    widths, texts = orjson.loads(data[_LENGTH_BYTES:begin])
    columns = []
    for kind, told in zip(widths, texts, strict=True):
        values = np.array([*told, None], dtype=object)[:-1]
        places = None
        if kind:
            places = np.frombuffer(data, dtype=kind, count=rows_there, offset=begin)
            begin += places.nbytes
        columns.append(Distinct(values, places))
    return columns


def inflated(packed: bytes) -> bytes:
    """Return what was compressed. ``ValueError``: nothing was."""
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from None


def at(column: Distinct, places: np.ndarray) -> Distinct:
    """Return a column's texts at these places."""
    if column.places is None:
        return Distinct(column.texts[places], None)
    return Distinct(column.texts, column.places[places])


NAME_BYTES: Final = 16
"""Of a name that ``Search`` finds."""


class Search:
    """Names of 16 bytes, which stand one behind the other, found by their first halves."""

    def __init__(self, names: bytes | np.ndarray) -> None:
        halves = np.frombuffer(names, dtype=np.uint64).reshape(-1, 2)
        self._order = np.argsort(halves[:, 0], kind="stable").astype(np.int32)
        self._firsts = halves[:, 0][self._order]
        self._seconds = halves[:, 1]

    def places(self, names: Sequence[bytes]) -> np.ndarray:
        """Return where each name stands (int64), -1 for one that is not there and for one in 2**64 that is."""
        return self.places_of(b"".join(names))

    def places_of(self, names: bytes) -> np.ndarray:
        """Return the same for names that stand one behind the other."""
        wanted = np.frombuffer(names, dtype=np.uint64).reshape(-1, 2)
        if not len(self._firsts):
            return np.full(len(wanted), -1)
        near = np.minimum(np.searchsorted(self._firsts, wanted[:, 0]), len(self._firsts) - 1)
        place = self._order[near].astype(np.int64)
        place[(self._firsts[near] != wanted[:, 0]) | (self._seconds[place] != wanted[:, 1])] = -1
        return place

    def have(self, names: Sequence[bytes]) -> list[bool]:
        """Return whether each name is there; longer ones never are."""
        blank = bytes(NAME_BYTES)
        found = self.places([name if len(name) == NAME_BYTES else blank for name in names]) >= 0
        return list(found.tolist())
