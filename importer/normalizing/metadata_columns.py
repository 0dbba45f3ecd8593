"""The columns of metadata: ``metadata.NAME`` columns, and one column of JSON merged into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from importer.model.issues import Issues
from importer.normalizing.metadata import (
    USUAL_VALUE,
    parse_metadata_json,
    parse_metadata_name,
    parse_metadata_value,
)
from importer.normalizing.readings import (
    Column,
    Readings,
    Unreadable,
    distinct,
    object_array,
    read_column,
    reading_of,
)
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON_FIELD = "metadata"


class MetadataColumns(NamedTuple):
    """Normal forms by field (``metadata.NAME``), one object array each, ``""`` where a row has no such value."""

    columns: dict[str, np.ndarray]
    findings: tuple[Issues, ...] = ()


def read_values(field: str, texts: np.ndarray) -> Column:
    """Return the values of one ``metadata.NAME`` column in normal form."""
    return read_column(field, texts, parse_metadata_value, USUAL_VALUE)


def name_findings(field: str, rows: int) -> tuple[Issues, ...]:
    """Return what is wrong with the name of a ``metadata.NAME`` column, for all its rows."""
    reading = reading_of(parse_metadata_name, field.removeprefix(METADATA_PREFIX))
    return tuple(Issues(issue.code, field, np.arange(rows), issue.detail) for issue in reading.remarks)


def merge(columns: Mapping[str, np.ndarray], objects: np.ndarray) -> MetadataColumns:
    """
    Return the columns (by field, normal forms) and those of the members of ``objects``, the column of JSON.

    A row that gives one name two different values, by column and by JSON, has the problem ``metadata_contradicts``.
    """
    places, uniques = distinct(objects)
    readings = Readings(uniques)
    read = [_object(text, place, readings) for place, text in enumerate(uniques)]
    findings = list(readings.spread(JSON_FIELD, places).findings)
    values = dict(columns)
    for name in dict.fromkeys(name for members in read for name in members):
        field = METADATA_PREFIX + name
        given = object_array(members.get(name, "") for members in read)[places]
        own = values.get(field)
        if own is not None:
            findings += _contradictions(name, own, given)
            given = np.where(given == "", own, given)
        values[field] = given
    return MetadataColumns(values, tuple(findings))


def _object(text: str, place: int, readings: Readings) -> dict[str, str]:
    """Return the members of one JSON cell, none where it cannot be read; what is to be said of it goes to ``readings``."""
    try:
        found = parse_metadata_json(text)
    except Unreadable as reason:
        readings.mark(place, (reason.issue,))
        return {}
    readings.mark(place, found.remarks)
    return found.members


def _contradictions(name: str, own: np.ndarray, given: np.ndarray) -> tuple[Issues, ...]:
    positions = np.flatnonzero((own != "") & (given != "") & (own != given))
    return (Issues("metadata_contradicts", JSON_FIELD, positions, name),) if len(positions) else ()
