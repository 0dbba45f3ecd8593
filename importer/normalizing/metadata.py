"""Values for the message macros: columns ``metadata.NAME``, and one column of JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final, NamedTuple, NoReturn

from importer.model.issues import Issue
from importer.normalizing.garbled_names import is_garbled
from importer.normalizing.readings import Reading, Unreadable, unlike
from importer.normalizing.texts import odd_character, shown, trimmed

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
