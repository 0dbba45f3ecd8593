"""The columns that a sheet cannot do without, given what its rows ask for and what the profile supplies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.columns.cell_fit import STARTS
from importer.errors import FileRefused
from importer.model.words import Action
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.model.profile import Profile


def missing(fields: Mapping[str, int], profile: Profile, actions: Collection[str] = ()) -> tuple[str, ...]:
    """
    Return the fields that have no column, in the order of the table.

    ``actions``: those found in the rows. Without them, a sheet without an action column is taken to do what the
    profile says (else upsert), and one with it is asked only for the appointments' identity.
    """
    if not actions:
        actions = () if "action" in fields else (profile.action or Action.UPSERT,)
    creating = Action.CREATE in actions or (Action.UPSERT in actions and "uuid" not in fields)
    lacking = set(_create(fields, profile)) if creating else set()
    if not (creating and profile.derive_external_ids):
        lacking.update(_identity(fields, profile))
    return tuple(name for name in FIELD if name in lacking)


def refusal(names: Sequence[str], headings: Sequence[str], suggested: Mapping[int, str]) -> FileRefused:
    """Return the error for missing columns; it names the headings that may be them (position -> field)."""
    listed = ", ".join(f"{name} ({FIELD[name].title})" for name in names)
    # A sheet without its start lacks one of three.
    wanted = {*names, *(STARTS if STARTS & set(names) else ())}
    near = [f'"{headings[at].strip()}" looks like {name}' for at, name in suggested.items() if name in wanted]
    return FileRefused(
        f"The sheet has no column for {listed}." + (f" Perhaps: {'; '.join(near)}." if near else ""),
        code="columns_missing",
        fix="Rename or add the heading, or say in the profile which one it is: `importer columns FILE` prints the lines.",
    )


def _identity(fields: Mapping[str, int], profile: Profile) -> list[str]:
    """Return what is lacking to tell appointments apart: a uuid, or the phone with an id, given or derived."""
    if "uuid" in fields:
        return []
    lacking = [] if "phone" in fields else ["phone"]
    if "externalEventId" in fields:
        return lacking
    derivable = profile.derive_external_ids and {"eventDateTime", "date"} & set(fields)
    return _create(fields, profile) if derivable else [*lacking, "externalEventId"]


def _create(fields: Mapping[str, int], profile: Profile) -> list[str]:
    lacking = [] if "phone" in fields else ["phone"]
    if "eventType" not in fields and not profile.event_type:
        lacking.append("eventType")
    if not {"eventDateTime", "date"} & set(fields):
        lacking.append("date" if "time" in fields else "eventDateTime")
    if not _zone_known(fields, profile):
        lacking.append("subscriberTimeZone")
    return lacking


def _zone_known(fields: Mapping[str, int], profile: Profile) -> bool:
    placed = "location" in fields and any(place.zone for place in profile.locations.values())
    return "subscriberTimeZone" in fields or bool(profile.zone) or placed
