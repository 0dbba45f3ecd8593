"""What an appointment type's messages need: a value for each of their macros, and no name that they do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from importer.model.issues import Issues
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.checking.asked import Asked
    from importer.checking.table import Table
    from importer.model.profile import EventType, Profile


def lint(table: Table, asked: Asked, profile: Profile) -> Iterator[Issues]:
    """
    Yield missing and unknown metadata of the rows that may make a new reminder, by the type that they name.

    An update may leave values as they are; what it then lacks shows only beside what is remembered. A type whose
    macros the profile does not list is not judged.
    """
    kinds = {kind.uuid: (name, kind) for name, kind in profile.event_types.items() if kind.metadata}
    if not kinds or not asked.creating.any():
        return
    found = table.distinct("eventType")
    for uuid in dict.fromkeys(found.texts):
        if uuid in kinds:
            rows = asked.creating & found.spread(found.texts == uuid)
            yield from _of_type(table, rows, *kinds[uuid])


def _of_type(table: Table, rows: np.ndarray, name: str, kind: EventType) -> Iterator[Issues]:
    given = [column for column in table.columns if column.startswith(METADATA_PREFIX)]
    wanted = [METADATA_PREFIX + key for key in kind.metadata]
    for column in wanted:
        positions = np.flatnonzero(rows & ~table.filled(column))
        if len(positions):
            yield Issues("metadata_missing", column, positions, _hint(name, column, given))
    for column in given:
        positions = np.flatnonzero(rows & table.filled(column))
        if column not in wanted and len(positions):
            yield Issues("metadata_unknown", column, positions, name)


def _hint(name: str, wanted: str, given: list[str]) -> str:
    twin = next((column for column in given if column.casefold() == wanted.casefold() and column != wanted), None)
    return f"{name}; the sheet has {twin}, and capitals count" if twin else name
