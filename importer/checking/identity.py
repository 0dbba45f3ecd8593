"""What tells an appointment apart: its uuid, or its phone with an id, the sheet's or one derived from the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.checking.requested_actions import event_type_uuid
from importer.model.chunks import distinct
from importer.model.issues import Issues
from importer.model.planned_calls import derived_external_id
from importer.model.statuses import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.checking.requested_actions import Asked
    from importer.model.chunks import Distinct, Table
    from importer.model.profile import Profile

# An id is derived from these, and from nothing else.
PARTS: Final = ("phone", "eventDateTime", "subscriberTimeZone", "eventType")

# What these were read from: a problem there explains why no id could be derived.
SOURCES: Final = (*PARTS, "countryCode", "date", "time", "location")

KNOWN_ONLY: Final = (Action.UPDATE, Action.CANCEL, Action.NO_SHOW)


class Identities(NamedTuple):
    """
    What became of the rows' identities: truth values, one a row.

    ``lost``: the row says neither uuid nor id, and none could be derived.
    ``phoneless``: an id but no phone. ``unnumbered``: a new appointment without an id, where the profile does not
    allow one to be derived.
    """

    lost: np.ndarray
    phoneless: np.ndarray
    unnumbered: np.ndarray

    def failures(self) -> Iterator[Issues]:
        """Yield what is missing, by the field that would mend it."""
        for field, code, rows in (
            ("externalEventId", "identity_missing", self.lost),
            ("phone", "identity_missing", self.phoneless),
            ("externalEventId", "external_id_missing", self.unnumbered),
        ):
            if rows.any():
                yield Issues(code, field, np.flatnonzero(rows))


def identify(table: Table, asked: Asked, refused: Mapping[str, np.ndarray], profile: Profile) -> Identities:
    """
    Derive the ids that are missing, in place, and tell which rows stay without an identity.

    A row with a uuid needs nothing else. ``refused``: field -> rows whose value is unreadable. Cancels, updates and
    no-shows derive an id as creates do, also from the profile's type where theirs is blank, so that a sheet without ids
    can still cancel what it once booked.
    """
    has_uuid, has_id = table.filled("uuid") & ~asked.are(Action.CREATE), table.filled("externalEventId")
    open_rows = asked.are(Action.CREATE, Action.UPSERT, *KNOWN_ONLY) & ~has_uuid & ~has_id
    parts = _parts(table, profile)
    derived = open_rows & _complete(parts, refused) if profile.derive_external_ids else np.zeros(table.rows, bool)
    if derived.any():
        table.replace("externalEventId", distinct(_with_derived(table, parts, derived)))
    known_only = asked.are(*KNOWN_ONLY) & ~has_uuid
    unread = np.logical_or.reduce(
        [refused[name] for name in SOURCES if name in refused] or [np.zeros(table.rows, bool)]
    )
    return Identities(
        lost=known_only & open_rows & ~derived & ~(unread & profile.derive_external_ids),
        phoneless=known_only & has_id & ~table.filled("phone"),
        unnumbered=asked.creating & open_rows & ~derived & (not profile.derive_external_ids),
    )


def wanting_parts(table: Table, asked: Asked) -> np.ndarray:
    """Return which rows need the parts of a derived id although their action does not take them."""
    if not asked.are(*KNOWN_ONLY).any():
        return np.zeros(table.rows, dtype=bool)
    wanting: np.ndarray = asked.are(*KNOWN_ONLY) & ~table.filled("uuid") & ~table.filled("externalEventId")
    return wanting


def _parts(table: Table, profile: Profile) -> Mapping[str, Distinct]:
    """Return the columns of which an id is made, the profile's type where a row has none."""
    parts = {name: table.distinct(name) for name in PARTS}
    blank = ~table.filled("eventType")
    if blank.any() and (default := event_type_uuid(profile, profile.event_type or "")):
        parts["eventType"] = parts["eventType"].put(default, blank)
    return parts


def _complete(parts: Mapping[str, Distinct], refused: Mapping[str, np.ndarray]) -> np.ndarray:
    complete: np.ndarray = np.logical_and.reduce([part.spread(part.texts != "") for part in parts.values()])
    for name in PARTS:
        if name in refused:
            complete &= ~refused[name]
    return complete


def _with_derived(table: Table, parts: Mapping[str, Distinct], rows: np.ndarray) -> np.ndarray:
    ids = table.column("externalEventId").copy()
    ids[rows] = [
        derived_external_id(*said) for said in zip(*(parts[name].column[rows].tolist() for name in PARTS), strict=True)
    ]
    return ids
