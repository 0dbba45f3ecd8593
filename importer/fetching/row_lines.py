"""
Rows of a query as JSON Lines, each value as the text that a workbook's cell of the same value shows.

So a query, a workbook and a Parquet file of the same appointments lead to the same plan.
"""

from __future__ import annotations

import csv
import io
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import FileRefused
from importer.problems.kinds import quoted
from importer.reading.child.cell_values import SHOWN, NumberDamaged
from importer.reading.records.record_grid import as_json, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.reading.limits import Limits

_SCALARS: Final = frozenset({str, int, float, bool})
_OF_FHIR: Final = "resourceType"


def check_names(names: Sequence[str], limits: Limits) -> None:
    """
    Refuse columns that cannot be told from each other.

    Raises:
        FileRefused: ``columns_alike``, ``columns_missing``, ``too_many_columns``.
    """
    if not names:
        raise FileRefused("The query has no columns.", code="columns_missing", fix="Name the columns after SELECT.")
    if len(names) > limits.columns:
        raise FileRefused(
            f"The query has {len(names):,} columns; at most {limits.columns} can be read.",
            code="too_many_columns",
            fix="Name only the columns that the importer needs after SELECT.",
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FileRefused(
            f"Two columns of the query are both called “{quoted(twice)}”.",
            code="columns_alike",
            fix="Give one of them another name: SELECT a.id, b.id AS patient_id ...",
        )
    if _OF_FHIR in names:
        raise FileRefused(
            f"A column of the query is called “{_OF_FHIR}”, as only FHIR resources have it.",
            code="columns_alike",
            fix="Give it another name with AS, or leave it out.",
        )


def heading_line(names: Sequence[str]) -> bytes:
    """Return the headings alone as a sheet: what a query without rows comes to."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(names)
    return text.getvalue().encode("utf-8", "replace")


def lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield each row as a line of JSON."""
    for row in rows:
        found = {name: value_of(value) for name, value in zip(names, row, strict=True)}
        yield orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)


def value_of(value: Any) -> Any:
    """Return a value as JSON holds it; objects become columns with dots, a list of one is that one."""
    kind = value.__class__
    if value is None or kind is bool:
        return value
    if kind is str:
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if kind is float:
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if kind is int:
        return str(value)
    return _nested(value) if kind in {dict, list} else _text(value)


def _nested(value: Any) -> Any:
    if value.__class__ is dict:
        return {str(name): value_of(inner) for name, inner in value.items()}
    return value_of(value[0]) if len(value) == 1 and value[0].__class__ in _SCALARS else as_json(value)


def _text(value: Any) -> str:
    try:
        if value.__class__ is Decimal or value.__class__ in SHOWN:
            return cell_text(value)
    except NumberDamaged:
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
