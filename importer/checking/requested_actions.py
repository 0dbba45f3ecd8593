"""What the rows of a chunk ask for, which fields their actions take, and what the profile fills into their blanks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.chunks import distinct_of
from importer.model.planned_calls import canonical_uuid
from importer.model.statuses import Action
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    import pandas as pd

    from importer.model.chunks import Normalized, Table
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
