"""
What the rows of a chunk ask for, and of which appointment: actions, the fields they take, what the profile fills in, identity.

An appointment is told apart by its uuid, or by its phone with an id: the sheet's, or one derived from the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.model.chunks import distinct, distinct_of
from importer.model.issues import Issues
from importer.model.statuses import Action, canonical_uuid, derived_external_id
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from importer.model.chunks import Distinct, Normalized, Table
    from importer.model.profile import Profile


ZONE: Final = "subscriberTimeZone"
_ACTIONS: Final = frozenset(Action)


class Asked:
    """
    The actions of a chunk's rows.

    ``actions``: an ``Action`` value a row, ``""`` where the cell names none. Masks are bool, one a row.
    """

    def __init__(self, table: Table, default: str) -> None:
        self.rows = table.rows
        if "action" in table:
            found = table.distinct("action")
            named = np.array([text if text in _ACTIONS else "" for text in found.texts], dtype=object)
            self.actions = found.spread(named)
            self.named = tuple(dict.fromkeys(named))
            self._masks = {name: found.spread(named == name) for name in self.named}
        else:
            self.actions = np.full(self.rows, default, dtype=object)
            self.named = (default,)
            self._masks = {default: np.ones(self.rows, dtype=bool)}

    def are(self, *actions: str) -> np.ndarray:
        """Return which rows ask for one of these; ``""`` stands for rows whose action is a problem."""
        mask = np.zeros(self.rows, dtype=bool)
        for action in actions:
            if action in self._masks:
                mask |= self._masks[action]
        return mask

    @property
    def creating(self) -> np.ndarray:
        """Which rows may make a new reminder."""
        return self.are(Action.CREATE, Action.UPSERT)

    @property
    def rows_with_call(self) -> np.ndarray:
        """Which rows ask for something; the others say that the appointment took place."""
        return ~self.are(Action.NONE)

    def taking(self, field: str) -> np.ndarray:
        """
        Return which rows' actions take a field.

        A row whose action is a problem takes all, so that its other problems show in the same pass. A row that
        needs no call takes none but its action.
        """
        if field in {"", "action"}:
            return np.ones(self.rows, dtype=bool)
        base = "metadata" if field.startswith(METADATA_PREFIX) else field
        needs = FIELD[base].needs
        takers = [action for action in self.named if action in needs or action in {Action.UPSERT, ""}]
        return self.are(*takers)


def fill(table: Table, asked: Asked, profile: Profile) -> dict[str, np.ndarray]:
    """
    Put the profile's values into the blanks of creates and upserts, in place.

    Returns:
        For each field that was filled somewhere (``metadata.NAME`` for metadata), a truth value a row.

    """
    filled: dict[str, np.ndarray] = {}
    for name, default in defaults(profile).items():
        rows = asked.creating & ~table.filled(name)
        if not rows.any():
            continue
        table.replace(name, table.distinct(name).put(default, rows))
        filled[name] = rows
    return filled


def defaulted_zones(table: Table, normalized: Normalized, profile: Profile) -> dict[str, np.ndarray]:
    """
    Return which rows have the profile's zone, under the zone's name.

    Normalizing puts it in, for it must know the zone to convert times; a zone of the row's own location is not a
    default but said by the row. Nor is one into which an offset was converted: that start means nothing without it.
    """
    if not profile.zone:
        return {}
    typed, rows = normalized.typed, table.filled(ZONE).copy()
    for reason in normalized.reasons:
        if reason.code == "offset_converted":
            rows[reason.positions] = False
    if ZONE in typed:
        rows &= _blank(typed[ZONE])
    if "location" in typed:
        places = {name.strip().casefold() for name, place in profile.locations.items() if place.zone}
        told = distinct_of(typed["location"])
        rows &= ~told.spread(np.array([text.strip().casefold() in places for text in told.texts], dtype=bool))
    return {ZONE: rows} if rows.any() else {}


def _blank(cells: pd.Series[str]) -> np.ndarray:
    told = distinct_of(cells)
    return told.spread(np.array([not text.strip() for text in told.texts], dtype=bool))


def defaults(profile: Profile) -> dict[str, str]:
    """Return field -> normal form for everything that a profile has a default for, except the zone."""
    flag = profile.send_eligible_subscribers_only
    values = {
        "eventType": event_type_uuid(profile, profile.event_type or ""),
        "remindTimeOffset": profile.remind_time_offset,
        "followUpTimeOffset": profile.follow_up_time_offset or "",
        "sendEligibleSubscribersOnly": "" if flag is None else str(flag).lower(),
        **{METADATA_PREFIX + name: value for name, value in profile.metadata.items()},
    }
    return {name: value for name, value in values.items() if value}


def event_type_uuid(profile: Profile, text: str) -> str:
    """Return the uuid of a type that the profile names, in any case; other text is taken for a uuid."""
    named = {name.casefold(): kind.uuid for name, kind in profile.event_types.items()}
    return named.get(text.strip().casefold()) or canonical_uuid(text.strip())


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
