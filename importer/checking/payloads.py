"""The JSON body that a create would carry, from a judged chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from importer.checking.judgement import judgement, usable
from importer.checking.table import distinct
from schemas.fields import BODY_FIELDS, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model.profile import Profile
    from importer.model.sheets import Checked

_FORMS: Final[dict[str, Callable[[str], Any]]] = {
    "eventType": lambda uuid: {"uuid": uuid},
    "sendEligibleSubscribersOnly": lambda text: text == "true",
}


def payloads(checked: Checked) -> list[dict[str, Any]]:
    """
    Return, one a row, the body in the API document's field order; also of rows that are wrong.

    Each field stands there whose value could be read, also when another one could not; blanks are left out. Phones
    are in the profile's form, defaults and derived ids are filled in.
    """
    rows: list[dict[str, Any]] = [{} for _ in range(len(checked.chunk))]
    for name in BODY_FIELDS:
        if name == "metadata":
            _put_metadata(checked, rows)
        elif name in checked.values:
            _put(checked, name, rows)
    return rows


def defaulted(checked: Checked) -> list[tuple[str, ...]]:
    """Return, one a row, the fields (``metadata.NAME`` for metadata) that the row left blank and the profile filled."""
    masks = judgement(checked).defaulted
    if not masks:
        return [()] * len(checked.chunk)
    names = np.array(list(masks), dtype=object)
    kinds, places = np.unique(np.column_stack(list(masks.values())), axis=0, return_inverse=True)
    tuples = [tuple(names[kind]) for kind in kinds]
    return [tuples[place] for place in places.ravel()]


def as_sent(name: str, text: str, profile: Profile) -> Any:
    """Return a normal form as the JSON value that is sent."""
    if name == "phone":
        return sent_phone(text, profile)
    return _FORMS[name](text) if name in _FORMS else text


def sent_phone(e164: str, profile: Profile) -> str:
    """Return a phone as the profile wants it sent: +1 numbers as ten digits, others in E.164, or all in E.164."""
    national = profile.phone_form == "national" and e164.startswith("+1") and len(e164) == 12
    return e164[2:] if national else e164


def _put(checked: Checked, name: str, rows: list[dict[str, Any]]) -> None:
    found, profile = distinct(checked.values[name].to_numpy()), judgement(checked).profile
    sent = np.empty(len(found.texts), dtype=object)
    sent[:] = [as_sent(name, text, profile) for text in found.texts]
    positions = np.flatnonzero(usable(checked, name))
    for position, value in zip(positions.tolist(), found.spread(sent)[positions].tolist(), strict=True):
        rows[position][name] = value


def _put_metadata(checked: Checked, rows: list[dict[str, Any]]) -> None:
    for name in map(str, checked.values):
        if name.startswith(METADATA_PREFIX):
            key, positions = name.removeprefix(METADATA_PREFIX), np.flatnonzero(usable(checked, name))
            for position, value in zip(positions.tolist(), checked.values[name].to_numpy()[positions], strict=True):
                rows[position].setdefault("metadata", {})[key] = value
