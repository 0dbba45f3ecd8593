"""Values for the message macros: columns ``metadata.NAME``, one column of JSON, and what a row's location adds."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

import numpy as np

from importer.errors import FileRefused
from importer.model.issues import Issue, Issues
from importer.normalizing.names_and_texts import is_garbled, odd_character, shown, trimmed
from importer.normalizing.time_zones import zone_of_setting
from importer.normalizing.value_reading import (
    Column,
    Reading,
    Readings,
    Unreadable,
    distinct,
    object_array,
    read_column,
    reading_of,
    unlike,
)
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import Location, Profile


LONG_VALUE: Final = 160
LONGEST_VALUE: Final = 1600
LONGEST_JSON: Final = 100_000

# Most values of a column, which are their own normal forms.
USUAL_VALUE: Final = unlike(r"[!-%'-z|~]{1,39}+(?: [!-%'-z|~]{1,39}+){0,3}+")

_HALF: Final = re.compile("[\ud800-\udfff]")


def parse_metadata_value(text: str) -> Reading:
    """
    Read the value of one macro: the text as displayed, trimmed, in Unicode form NFC.

    Warning ``metadata_long`` past 160 characters, where a text message splits.

    Raises:
        Unreadable: ``text_broken`` for entities of HTML; ``metadata_braces`` for ``{`` or ``}``, with which the message would be dropped silently;
            ``metadata_odd_character`` for control characters and line ends; ``metadata_too_long`` past 1600
            characters, which no text message carries.

    """
    value = unicodedata.normalize("NFC", trimmed(text))
    if len(value) > LONGEST_VALUE:
        raise Unreadable("metadata_too_long", str(len(value)))
    if "{" in value or "}" in value:
        raise Unreadable("metadata_braces")
    if is_garbled(value):
        raise Unreadable("text_broken")
    if mark := odd_character(value):
        raise Unreadable("metadata_odd_character", shown(mark))
    if len(value) > LONG_VALUE:
        return Reading(value, (Issue("metadata_long", detail=str(len(value))),))
    return Reading(value)


class MetadataObject(NamedTuple):
    """One JSON cell as read: its members (normal forms), and the warnings about them."""

    members: dict[str, str]
    remarks: tuple[Issue, ...] = ()


def parse_metadata_json(text: str) -> MetadataObject:
    """
    Read one cell of JSON: an object of texts, numbers, truth values and nulls.

    Numbers keep the digits as written, truth values become ``true`` and ``false``, null and ``""`` count as blank.

    Raises:
        Unreadable: ``metadata_not_json`` for what is no JSON object; ``metadata_nested`` for a value that is a list
            or an object; ``metadata_twice`` for a key that stands twice; ``metadata_odd_character`` for half a
            character, which JSON can spell and no text can hold; and the codes of
            ``parse_metadata_value`` for a key or value.

    """
    value = trimmed(text)
    if not value:
        return MetadataObject({})
    values: dict[str, str] = {}
    remarks: list[Issue] = []
    for name, item in _members(value).items():
        reading = parse_metadata_value(_as_text(name, item))
        values[name] = reading.value
        remarks.extend(reading.remarks)
    return MetadataObject(values, tuple(dict.fromkeys(remarks)))


def _members(text: str) -> dict[str, object]:
    if len(text) > LONGEST_JSON:
        raise Unreadable("metadata_not_json", "too long")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_constant,
        )
    except RecursionError:
        # How deep is too deep hangs on the interpreter; that a list is no object does not.
        if not text.lstrip().startswith("{"):
            raise Unreadable("metadata_not_json", "it is no object in { }") from None
        raise Unreadable("metadata_nested") from None
    except ValueError as error:
        raise Unreadable("metadata_not_json", _place(error)) from None
    if not isinstance(found, dict):
        raise Unreadable("metadata_not_json", "it is no object in { }")
    return found


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, at character {error.pos + 1}"
    return "a value is no text, number, true, false or null"


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, item in pairs:
        _no_halves(name, item)
        key = _key(name)
        if key in members:
            raise Unreadable("metadata_twice", key)
        members[key] = item
    return members


def _no_halves(*texts: object) -> None:
    """Refuse lone surrogates here: whatever quotes such a text could be neither kept nor printed."""
    for text in texts:
        if isinstance(text, str) and (half := _HALF.search(text)):
            raise Unreadable("metadata_odd_character", shown(half[0]))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _key(name: str) -> str:
    return parse_metadata_name(name).value


def parse_metadata_name(text: str) -> Reading:
    """
    Read a macro's name: exact text, trimmed; macros tell upper from lower case.

    Raises:
        Unreadable: ``metadata_name`` for a blank name, braces or control characters.

    """
    value = unicodedata.normalize("NFC", trimmed(text))
    if not value or "{" in value or "}" in value or odd_character(value):
        raise Unreadable("metadata_name", value)
    return Reading(value)


def _as_text(name: str, item: object) -> str:
    if item is None:
        return ""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, (dict, list)):
        raise Unreadable("metadata_nested", name)
    return str(item)


JSON_FIELD = "metadata"
MOST_NAMES = 200


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

    Raises:
        FileRefused: ``metadata_names``, for more different names than any message has macros; each would be a column.

    """
    places, uniques = distinct(objects)
    readings = Readings(uniques)
    read = [_object(text, place, readings) for place, text in enumerate(uniques)]
    findings = list(readings.spread(JSON_FIELD, places).findings)
    values = dict(columns)
    names = dict.fromkeys(name for members in read for name in members)
    if len(names) > MOST_NAMES:
        raise FileRefused(
            f"The cells of JSON have more than {MOST_NAMES} different names of metadata values.",
            code="metadata_names",
            fix="Keep the names that the messages use, or leave the column out in the profile's columns.",
        )
    for name in names:
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


class Filled(NamedTuple):
    """Zones and metadata columns (by field name) after a location filled their blanks."""

    zones: np.ndarray
    metadata: dict[str, np.ndarray]
    findings: tuple[Issues, ...] = ()


def fill_from_locations(
    places: np.ndarray, zones: np.ndarray, metadata: Mapping[str, np.ndarray], profile: Profile
) -> Filled:
    """
    Return zones and metadata with blanks filled from each row's location.

    ``places``: the locations as typed. A name that is not among the profile's is the problem ``location_unknown``;
    a profile without locations judges none.
    """
    known = {_folded(name): location for name, location in profile.locations.items()}
    codes, uniques = distinct(places)
    found = [known.get(_folded(text)) for text in uniques]
    zone_of = object_array(zone_of_setting(place.zone, profile) if place else "" for place in found)
    findings = read_column("location", places, partial(parse_location, known=tuple(profile.locations))).findings
    return Filled(where_blank(zones, zone_of[codes]), _metadata(metadata, found, codes), findings)


def read_places(places: np.ndarray, profile: Profile) -> np.ndarray:
    """Return the names of the places as the profile spells them; what it does not know stays as typed."""
    names = {_folded(name): name for name in profile.locations}
    return object_array(names.get(_folded(text), trimmed(text)) for text in places)


def parse_location(text: str, known: tuple[str, ...]) -> Reading:
    """
    Read the name of a place that the profile knows, in any case; the text itself where the profile knows none.

    Raises:
        Unreadable: ``location_unknown``.

    """
    name = trimmed(text)
    if not name or not known or _folded(name) in map(_folded, known):
        return Reading(name)
    raise Unreadable("location_unknown", f"Known: {', '.join(sorted(known)[:5])}.")


def _folded(name: str) -> str:
    return trimmed(name).casefold()


def _metadata(
    columns: Mapping[str, np.ndarray], found: list[Location | None], codes: np.ndarray
) -> dict[str, np.ndarray]:
    filled = dict(columns)
    names = dict.fromkeys(name for place in found if place for name in place.metadata)
    for name in names:
        field = METADATA_PREFIX + name
        given = object_array(place.metadata.get(name, "") if place else "" for place in found)[codes]
        filled[field] = where_blank(filled[field], given) if field in filled else given
    return filled


def where_blank(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the texts, and where one is blank the other."""
    return np.where(values == "", others, values)
