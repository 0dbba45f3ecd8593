"""Parquet, by pyarrow: each row group in small batches, each value as the text of a workbook's cell of the same value."""

from __future__ import annotations

import datetime as dt
import math
import os
from typing import IO, TYPE_CHECKING, Any, Final

from importer.errors import FileRefused
from importer.reading.child.archive import spread
from importer.reading.records.record_grid import (
    SINGLE_EXACT,
    Record,
    RecordGrid,
    Wrong,
    check_width,
    names_of,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reading.limits import Limits


BATCH_ROWS: Final = 2_000
BATCH_CELLS: Final = 32_000
"""Of many columns fewer rows are taken at a time: the library alone takes most of the memory that there is."""
BATCH_BYTES: Final = 2_000_000
"""So much of a batch becomes rows at a time."""
COUNTED_FIRST: Final = 8_000_000
"""Of a smaller file all is unpacked and counted before its first row is handed on: within a second it is refused, not within minutes."""
WIDEST_FIXED: Final = 33
"""So many bytes a value of a fixed size takes, with the bits that tell whether there is one; of a text so much may be its place."""
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # both kinds of moment begin there
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_HALF_EXACT: Final = 2**11
_IMPOSSIBLE: Final = "date_impossible"


def load_pyarrow() -> None:
    """
    Load the library, before the process is confined: with one thread, and with the memory that the limit counts.

    Raises:
        FileRefused: ``library_missing``.
    """
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    try:
        import pyarrow as pa  # noqa: PLC0415  # of the extra
        import pyarrow.compute  # noqa: PLC0415  # likewise
        import pyarrow.parquet  # noqa: PLC0415  # likewise
    except ImportError:
        raise FileRefused(
            "Reading Parquet needs the library pyarrow, which is not installed here.",
            code="library_missing",
            fix="Install it with pip install 'appointment-importer[parquet]', or export the appointments as CSV or XLSX.",
        ) from None
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def parquet_grid(file: IO[bytes], limits: Limits) -> RecordGrid:
    """
    Return the rows of a Parquet file; ``load_pyarrow`` was called.

    Raises:
        FileRefused: ``parquet_damaged``, ``too_many_rows``, ``too_many_columns``, ``workbook_bomb``.
    """
    import pyarrow as pa  # noqa: PLC0415  # of the extra
    from pyarrow import parquet  # noqa: PLC0415  # likewise

    try:
        content = file.read()
        most = limits.of_sheet(len(content))
        source = parquet.ParquetFile(pa.BufferReader(content), pre_buffer=False)
        names = source.schema_arrow.names
        if source.metadata.num_rows > limits.rows:
            raise FileRefused(
                f"The file has {source.metadata.num_rows:,} rows; at most {limits.rows:,} can be read.",
                code="too_many_rows",
                fix="Split it into smaller files.",
            )
        _refuse_alike(names, source.schema_arrow.types)
        _count_first(source, len(content), most)
        headings = _headings(source, limits, most)
    except pa.ArrowMemoryError:
        raise MemoryError from None
    except (pa.ArrowException, OSError, ValueError, NotImplementedError):
        raise _damaged() from None

    def records() -> Iterator[Record]:
        number = 0
        try:
            for rows in _batches(source, most):
                for row in rows:
                    number += 1
                    yield record_of(number, row)
        except pa.ArrowMemoryError:
            raise MemoryError from None
        except (pa.ArrowException, OSError, ValueError, NotImplementedError):
            raise _damaged() from None

    return RecordGrid(tuple(headings), records, height=source.metadata.num_rows)


def _refuse_alike(names: Sequence[str], kinds: Sequence[Any]) -> None:
    """Raise ``FileRefused`` where two columns, or two members of one structure, have one name: one of them would be lost."""
    from pyarrow import types  # noqa: PLC0415  # of the extra

    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FileRefused(
            f"Two columns have the same name “{twice}”.",
            code="columns_alike",
            fix="Export the file again with one column of that name.",
        )
    for kind in kinds:
        if types.is_struct(kind):
            fields = [kind.field(at) for at in range(kind.num_fields)]
            _refuse_alike([each.name for each in fields], [each.type for each in fields])


def _headings(source: Any, limits: Limits, most: int) -> dict[str, None]:
    """Return the names of the columns; those of structures within them are known once all rows were seen."""
    from pyarrow import types  # noqa: PLC0415  # of the extra

    headings: dict[str, None] = {}
    if any(types.is_struct(kind) for kind in source.schema_arrow.types):
        for rows in _batches(source, most):
            for row in rows:
                names_of(row, headings)
            check_width(headings, limits)
    headings = headings or dict.fromkeys(source.schema_arrow.names)
    check_width(headings, limits)
    return headings


def _damaged() -> FileRefused:
    return FileRefused(
        "The Parquet file is damaged, or written in a way that cannot be read here.",
        code="parquet_damaged",
        fix="Export it again, or export the appointments as CSV or XLSX.",
    )


def _batches(source: Any, most: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows, some at a time, each as a dictionary of values that Python knows."""
    for batch in _counted(source, most):
        step = max(batch.num_rows * BATCH_BYTES // max(batch.nbytes, BATCH_BYTES), 1)
        for first in range(0, batch.num_rows, step):
            some = batch.slice(first, step)
            columns = [_values(column) for column in some.columns]
            yield [dict(zip(some.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _count_first(source: Any, size: int, most: int) -> None:
    """Raise ``FileRefused`` (``workbook_bomb``) for a file of this size that has far too many cells, or if it is small, text."""
    if 3 * source.metadata.num_rows * source.metadata.num_columns > most:
        raise spread(most, "Parquet file")
    if size < COUNTED_FIRST:
        for _ in _counted(source, most):
            pass


def _counted(source: Any, most: int) -> Iterator[Any]:
    """
    Yield the rows as the library holds them, some at a time.

    Raises:
        FileRefused: ``workbook_bomb`` where more than ``most`` bytes come out, those of values of a fixed size left out.
    """
    size = max(min(BATCH_ROWS, BATCH_CELLS // max(source.metadata.num_columns, 1)), 1)
    amount = 0
    for packed in source.iter_batches(batch_size=size, use_threads=False):
        batch = _unpacked(packed)
        amount += max(batch.nbytes - WIDEST_FIXED * batch.num_rows * source.metadata.num_columns, 0)
        if amount > most:
            raise spread(most, "Parquet file")
        yield batch


def _unpacked(batch: Any) -> Any:
    """Return a batch in which each cell has its own text, also those that name one of a list: only so it shows its size."""
    import pyarrow as pa  # noqa: PLC0415  # of the extra
    from pyarrow import types  # noqa: PLC0415  # likewise

    if not any(map(types.is_dictionary, batch.schema.types)):
        return batch
    columns = [each.dictionary_decode() if types.is_dictionary(each.type) else each for each in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _values(column: Any) -> list[Any]:
    import pyarrow as pa  # noqa: PLC0415  # of the extra
    from pyarrow import types  # noqa: PLC0415  # likewise

    kind = column.type
    if types.is_dictionary(kind):
        return _values(column.dictionary_decode())
    if types.is_struct(kind):
        inner = [_values(each) for each in column.flatten()]
        names = [kind.field(at).name for at in range(kind.num_fields)]
        made = (
            [dict(zip(names, row, strict=True)) for row in zip(*inner, strict=True)] if inner else [None] * len(column)
        )
        return [row if valid else None for row, valid in zip(made, column.is_valid().to_pylist(), strict=True)]
    if types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        return [_moment(ticks, _PER_SECOND[kind.unit], zone) for ticks in column.cast(pa.int64()).to_pylist()]
    if types.is_date(kind):
        days = column.cast(pa.date32()).cast(pa.int32()).to_pylist()
        return [_day(ticks) for ticks in days]
    if types.is_float32(kind) or types.is_float16(kind):
        exact = _HALF_EXACT if types.is_float16(kind) else SINGLE_EXACT
        return [_short(value, exact) for value in column.cast(pa.float32()).to_pylist()]
    return column.to_pylist()  # type: ignore[no-any-return]  # values of the column's own kind


def _short(value: float | None, exact: int) -> Any:
    """Return a number of few digits; from ``exact`` on it is none that was meant, but the nearest one that such a column can hold."""
    if value is None or abs(value) < exact or math.isnan(value):
        return value if value is None or value.is_integer() else float(f"{value:.7g}")
    return Wrong(f"{value:.7g}", "number_inexact")


def _moment(ticks: int | None, per_second: int, zone: str) -> Any:
    if ticks is None:
        return None
    try:
        moment = _EPOCH + dt.timedelta(seconds=(ticks + per_second // 2) // per_second)
    except OverflowError:
        return Wrong(str(ticks), _IMPOSSIBLE)
    return moment.isoformat() + zone


def _day(days: int | None) -> Any:
    if days is None:
        return None
    try:
        return (_EPOCH + dt.timedelta(days=days)).date().isoformat()
    except OverflowError:
        return Wrong(str(days), _IMPOSSIBLE)
