"""A row as planning reads it: what it says itself, apart from what the profile filled in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model.words import Action
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.model.plans import Candidate

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
