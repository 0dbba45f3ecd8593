"""
A row as planning reads it, and what it changes in a reminder.

Time and zone go together when either changes, because the one means nothing without the other. Metadata goes whole
when any of its keys changes, because nobody says whether the API merges or replaces it. Blank cells and the profile's
defaults change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model.planned_calls import canonical_uuid
from importer.model.records import Change
from importer.model.statuses import Action
from schemas.fields import BODY_FIELDS, FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.model.planned_calls import Candidate


BOOKS: Final = frozenset({Action.CREATE, Action.UPSERT})
DESCRIBES: Final = frozenset({Action.CREATE, Action.UPSERT, Action.UPDATE})
WHEN: Final = ("eventDateTime", "subscriberTimeZone")
METADATA: Final = "metadata"


@dataclass(frozen=True, slots=True)
class Said:
    """
    A row's values.

    ``values``: the body that a create would carry. ``given``: the part of it that stands in the row itself, so that
    a blank cell means "leave as it is" and the profile's defaults never count as a change.
    """

    row: Candidate
    values: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def action(self) -> Action | None:
        """What the row asks for."""
        return self.row.action

    @property
    def updates(self) -> dict[str, Any]:
        """What the row gives of the fields that an update may carry."""
        return {name: value for name, value in self.given.items() if name in FIELD and FIELD[name].updatable}

    def only(self, fields: Collection[str]) -> Said:
        """Return the row as if it gave no other field."""
        return replace(self, given={name: value for name, value in self.given.items() if name in fields})


def said(row: Candidate) -> Said:
    """Return the row's values, parsed."""
    values = orjson.loads(row.payload)
    given = {name: value for name, value in values.items() if name not in row.defaulted}
    if METADATA in given:
        own = {name: value for name, value in given[METADATA].items() if METADATA_PREFIX + name not in row.defaulted}
        given[METADATA] = own
        if not own:
            del given[METADATA]
    return Said(row, values, given)


def same(one: Said, other: Said) -> bool:
    """Whether two rows of one appointment ask for the same."""
    kinds = {Action.CREATE: Action.UPSERT}
    return (
        kinds.get(one.action or Action.NONE, one.action) == kinds.get(other.action or Action.NONE, other.action)
        and one.values == other.values
        and one.given.keys() == other.given.keys()
    )


# They make the appointment's identity, which planning compares by the key.
_IDENTITY: Final = frozenset({"externalEventId", "phone"})
_ABSENT_MEANS: Final = {"sendEligibleSubscribersOnly": False}
# Every create sends it and no update can: where it is not held, only a part of what was created is known.
_OF_A_CREATE: Final = "eventType"


def changes(held: Mapping[str, Any], said: Said, *, doubtful: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """
    Return the fields that an update may carry and whose value in the row is another than the one held.

    A field in doubt counts as changed wherever the row gives it.
    """
    found: list[Change] = []
    for name, value in said.updates.items():
        if name == METADATA:
            found += _metadata_changes(held.get(METADATA, {}), value, doubted=METADATA in doubtful)
        elif name in doubtful or held.get(name) != value:
            found.append(Change(name, held.get(name), value))
    return tuple(found)


def _metadata_changes(held: Mapping[str, Any], given: Mapping[str, Any], *, doubted: bool) -> list[Change]:
    return [
        Change(METADATA_PREFIX + name, held.get(name), value)
        for name, value in given.items()
        if doubted or held.get(name) != value
    ]


def fixed_change(held: Mapping[str, Any], said: Said) -> Change | None:
    """Return the first field that the row changes and the API cannot change; what is not known is not judged."""
    meant = _ABSENT_MEANS if _OF_A_CREATE in held else {}
    for name, value in said.given.items():
        if name in _IDENTITY or name not in FIELD or FIELD[name].updatable:
            continue
        before = held.get(name, meant.get(name))
        if before is not None and before != value and not (name == _OF_A_CREATE and _is_type(before, value)):
            return Change(name, before, value)
    return None


def _is_type(before: Any, value: Any) -> bool:
    """Whether two members name one appointment type; version 1.0 kept the spelling of the sheet."""
    return all(isinstance(one, dict) for one in (before, value)) and canonical_uuid(
        str(before.get("uuid"))
    ) == canonical_uuid(str(value.get("uuid")))


def update_body(held: Mapping[str, Any], said: Said, changed: tuple[Change, ...]) -> dict[str, Any]:
    """Return the update's body for these changes, fields in the order of the API document."""
    names = {METADATA if change.field.startswith(METADATA_PREFIX) else change.field for change in changed}
    body = {name: said.given[name] for name in names}
    if METADATA in body:
        body[METADATA] = {**said.values[METADATA], **held.get(METADATA, {}), **said.given[METADATA]}
    if not names.isdisjoint(WHEN):
        body |= _when(held, said)
    return {name: body[name] for name in BODY_FIELDS if name in body}


def _when(held: Mapping[str, Any], said: Said) -> dict[str, Any]:
    # A blank zone means "leave as it is", also where the profile has one: a time without a zone is the place's own.
    found = {name: said.given.get(name, held.get(name, said.values.get(name))) for name in WHEN}
    return {name: value for name, value in found.items() if value is not None}


def laid_over(held: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reminder holds once it accepted the body."""
    return {**held, **body}
