"""What names an appointment: external ids, uuids and appointment types."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from importer.model.issues import Issue
from importer.model.planned_calls import canonical_uuid
from importer.normalizing.names_and_texts import is_nothing, odd_character, shown, trimmed
from importer.normalizing.value_reading import BLANK, Reading, Unreadable, unlike

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import EventType


LONGEST_ID: Final = 255
LONGEST_UUID: Final = 128

# Most ids, which are their own normal forms: with a digit, other than zero, that no word for nothing has.
USUAL_ID: Final = unlike(r"[A-Za-z0_-]{0,40}+[1-9][A-Za-z0-9_-]{0,63}+")

# Blanks and dashes that nobody can tell from the plain ones.
_ALIKE: Final = str.maketrans(
    dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    )
    | dict.fromkeys("\u2010\u2011\u2212", "-")
)
_ZERO = re.compile(r"0+(?:\.0+)?")

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")
_WHOLE_AS_DECIMAL = re.compile(r"([0-9]+)[.]0+")
_UUID = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_UUID}}}")
_UUID_SHAPE = re.compile(r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})")


def parse_external_id(text: str) -> Reading:
    """
    Read an appointment's number: the text as it looks, trimmed. Leading zeros, case and inner blanks stay.

    Ids that look the same are the same: Unicode form NFC, every kind of blank a plain one, every short dash a hyphen.
    ``12345.0``, which some programs make of a whole number, is ``12345`` with the warning ``id_decimal_dropped``. A word
    for nothing (``NULL``, ``N/A``, ``-``) is read as blank, with the warning ``read_as_blank``.

    Raises:
        Unreadable: ``id_damaged`` for ``1.23E+15``, where digits were lost; ``id_odd_character`` for control and
            invisible characters; ``id_too_long`` past 255 characters; ``id_zero`` for zeros alone.

    """
    value = trimmed(text)
    if not value.isascii():
        value = unicodedata.normalize("NFC", value).translate(_ALIKE)
    if not value:
        return BLANK
    if is_nothing(value):
        return Reading("", (Issue("read_as_blank"),))
    if _ZERO.fullmatch(value):
        raise Unreadable("id_zero")
    if ("E" in value or "e" in value) and _SCIENTIFIC.fullmatch(value) and "+" in value:
        raise Unreadable("id_damaged")
    if not value.isprintable() and (mark := _invisible(value)):
        raise Unreadable("id_odd_character", shown(mark))
    if len(value) > LONGEST_ID:
        raise Unreadable("id_too_long", str(len(value)))
    if "." in value and (whole := _WHOLE_AS_DECIMAL.fullmatch(value)):
        return Reading(whole[1], (Issue("id_decimal_dropped", detail=whole[1]),))
    return Reading(value)


def _invisible(text: str) -> str | None:
    """Return the first odd or invisible character: two ids that look the same must be the same."""
    hidden = (mark for mark in text if unicodedata.category(mark) == "Cf")
    return odd_character(text) or next(hidden, None)


def parse_uuid(text: str) -> Reading:
    """
    Read the handle of a reminder: opaque text of letters, digits and ``-``, not always a UUID by the standard.

    Blanks and one pair of braces around it are trimmed; case stays. A word for nothing is read as blank.

    Raises:
        Unreadable: ``uuid_unreadable`` for anything else, such as ``/``, ``..`` or an address.

    """
    value = trimmed(text)
    if value.startswith("{") and value.endswith("}"):
        value = trimmed(value[1:-1])
    if not value:
        if trimmed(text):
            raise Unreadable("uuid_unreadable")
        return BLANK
    # Two points could change the path of a request: they are no word.
    if is_nothing(value) and "." not in value:
        return Reading("", (Issue("read_as_blank"),))
    if not _UUID.fullmatch(value):
        raise Unreadable("uuid_unreadable")
    return Reading(value)


def parse_event_type(text: str, types: Mapping[str, EventType]) -> Reading:
    """
    Read an appointment type as its uuid in standard spelling: one type has one uuid, also in a derived id.

    Accepted: a name of the profile's ``event_types`` in any case; else what has the form of a uuid, braces trimmed:
    32 hexadecimal digits, with dashes after 8, 12, 16 and 20 of them or without.

    Raises:
        Unreadable: ``event_type_unknown``.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    named = {name.casefold(): kind.uuid for name, kind in types.items()}
    if uuid := named.get(value.casefold()):
        return Reading(uuid)
    bare = trimmed(value[1:-1]) if value.startswith("{") and value.endswith("}") else value
    if _UUID_SHAPE.fullmatch(bare) and set(bare) != {"0", "-"}:
        return Reading(canonical_uuid(bare))
    raise Unreadable("event_type_unknown", f"Known: {', '.join(sorted(types)[:5])}." if types else "")
