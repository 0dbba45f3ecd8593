"""What reading one value yields: its normal form, or why there is none; and how that spreads over a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from importer.model.sheets import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator


class Remark(NamedTuple):
    """A problem or warning about one value: its code and what fills ``{detail}`` of the sentence."""

    code: str
    detail: str = ""


class Reading(NamedTuple):
    """
    One value as read.

    ``value`` is the normal form; with a remark that is a problem it is the typed text. ``remarks`` hold at most
    one problem, then no warning stands beside it.
    """

    value: str
    remarks: tuple[Remark, ...] = ()


class Unreadable(Exception):  # noqa: N818 - it is not a failure of the program but an answer about a value
    """A value has no normal form. Raised by parsers of this room, caught in ``reading_of`` and nowhere else."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.remark = Remark(code, detail)


Parser = Callable[[str], Reading]

BLANK = Reading("")


def reading_of(parse: Parser, text: str) -> Reading:
    """Return what ``parse`` makes of the text; where it cannot, the text as typed with the reason."""
    try:
        return parse(text)
    except Unreadable as reason:
        return Reading(text, (reason.remark,))


class Column(NamedTuple):
    """A column of readings: ``texts`` (object array, one a row) and the findings about them."""

    texts: np.ndarray
    findings: tuple[Finding, ...] = ()


def distinct(texts: pd.Series | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (places, uniques): ``uniques[places]`` is the column again; both in order of appearance."""
    places, uniques = pd.factorize(np.asarray(texts, dtype=object), use_na_sentinel=False)
    return places, uniques


def combinations(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Return (places, rows): each distinct combination of the columns once, at a row where it stands.

    ``columns[k][rows][places]`` is the column k again.
    """
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        places, uniques = distinct(column)
        code = code * len(uniques) + places
        # Renumbered after each column, so that the product cannot outgrow 64 bits.
        code, _ = pd.factorize(code)
    _, rows, places = np.unique(code, return_index=True, return_inverse=True)
    return places, rows


def read_column(field: str, texts: pd.Series | np.ndarray, parse: Parser) -> Column:
    """Read each distinct text once and spread the readings over the rows. ``parse`` also gets the blank text."""
    places, uniques = distinct(texts)
    return spread(field, places, [reading_of(parse, text) for text in uniques])


def spread(field: str, places: np.ndarray, readings: Sequence[Reading]) -> Column:
    """Return the column whose row ``i`` has the reading ``readings[places[i]]``."""
    texts = object_array(reading.value for reading in readings)
    return Column(texts[places], tuple(_findings(field, places, readings)))


def object_array(values: Iterable[object]) -> np.ndarray:
    """Return a one-dimensional array of Python objects, whatever they are."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _findings(field: str, places: np.ndarray, readings: Sequence[Reading]) -> Iterator[Finding]:
    by_code: dict[str, dict[int, str]] = {}
    for position, reading in enumerate(readings):
        for code, detail in reading.remarks:
            by_code.setdefault(code, {})[position] = detail
    for code, details in by_code.items():
        yield _finding(field, code, places, details, len(readings))


def _finding(field: str, code: str, places: np.ndarray, details: dict[int, str], count: int) -> Finding:
    detail_of = np.full(count, None, dtype=object)
    for position, detail in details.items():
        detail_of[position] = detail
    detail_by_row = detail_of[places]
    positions = np.flatnonzero(detail_by_row != None)  # noqa: E711 - elementwise, which `is` cannot be
    if not any(details.values()):
        return Finding(field, code, positions)
    return Finding(field, code, positions, detail_by_row[positions])
