"""The places of drops, by what their settings name."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from importer.ingest.places.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ingest.places.place import Place
    from importer.model.drops import Drop


@contextmanager
def opened_places(drops: Sequence[Drop]) -> Iterator[Mapping[str, Place]]:
    """Give the place of each drop by the drop's name; nothing is asked of a server before it is needed."""
    with ExitStack() as stack:
        places: dict[str, Place] = {}
        for drop in drops:
            places[drop.name] = place = place_of(drop)
            stack.callback(place.close)
        yield places


def place_of(drop: Drop) -> Place:
    """Return the place of a drop."""
    return Folder(drop.path, drop)
