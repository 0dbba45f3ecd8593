"""The places of drops and of their reports, by what the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from importer.errors import SettingsError
from importer.ingest.places.folder import Folder
from importer.model.drops import Bucket, FetchedSource

if TYPE_CHECKING:
    from types import TracebackType

    from importer.ingest.places.place import Place
    from importer.ingest.places.remote import Network
    from importer.interrupts import StopSignal
    from importer.model.drops import Drop, Location
    from importer.settings import Settings


class Places:
    """The places of a pass; each is opened when it is asked for, and all are left in the end."""

    def __init__(self, settings: Settings, stop: StopSignal | None = None) -> None:
        self._settings = settings
        self._stop = stop
        self._opened: dict[tuple[str, Location], Place] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for place in self._opened.values():
            place.close()

    def of(self, drop: Drop) -> Place:
        """Return the place of a drop. ``SettingsError``: what it takes to go there is not installed."""
        return self._at(drop, drop.path)

    def reports_of(self, drop: Drop) -> Place | None:
        """Return where a drop's reports go, None for beside its files. ``SettingsError``: see ``of``."""
        return None if drop.reports is None else self._at(drop, drop.reports)

    def _at(self, drop: Drop, where: Location) -> Place:
        if (drop.name, where) not in self._opened:
            self._opened[drop.name, where] = place_at(where, drop, self._settings, self._stop)
        return self._opened[drop.name, where]


def place_at(where: Location, drop: Drop, settings: Settings, stop: StopSignal | None = None) -> Place:
    """
    Return what leads to a place; nothing is asked of a server yet. ``stop``: ends what is being fetched.

    Raises:
        SettingsError: the extra that it takes is not installed.
    """
    if isinstance(where, Path):
        return Folder(where, drop)
    if isinstance(where, FetchedSource):
        from importer.ingest.places.fetched_place import FetchedPlace  # noqa: PLC0415 - see below

        return FetchedPlace(where, drop, settings, stop)
    # Whoever has folders only needs no library for servers.
    try:
        if isinstance(where, Bucket):
            from importer.ingest.places.bucket import BucketPlace  # noqa: PLC0415 - an extra

            return BucketPlace(where, drop, network_of(settings), stop)
        from importer.ingest.places.sftp import SftpPlace  # noqa: PLC0415 - an extra
    except ImportError as error:
        extra = "s3" if isinstance(where, Bucket) else "sftp"
        if error.name is None or error.name.startswith("importer"):
            raise
        raise SettingsError(
            f"The drop {drop.name} lies at {where}, and the library for such places is not installed.",
            fix=f"Install it with: pip install 'appointment-importer[{extra}]'",
        ) from None
    return SftpPlace(where, drop, network_of(settings))


def network_of(settings: Settings) -> Network:
    """Return how servers are reached, by the settings that say so for the API."""
    from importer.ingest.places.remote import Network  # noqa: PLC0415 - see above

    return Network(settings.connect_timeout_s, settings.ca_bundle, settings.proxy)
