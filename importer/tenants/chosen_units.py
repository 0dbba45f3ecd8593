"""Which drops of which tenants a pass is about, which are due first, and what keeps some from being served."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import Exit, ImporterError, SettingsError, UsageError
from importer.ingest.chosen_drops import refuse_parts, refuse_settings_in
from importer.model import times
from importer.settings import drops_named, served, tenants_in
from importer.settings.file import read_config
from importer.settings.places import is_remote
from importer.settings.tenants.chosen_tenant import drops_said
from importer.tenants.drop_unit import Unit, UnitResult, not_made
from importer.tenants.settings_digest import settings_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.model.drops import Drop, Expected
    from importer.settings import Settings, Tenants

OVERDUE_S: Final = 12 * 3600.0
"""A file that was due so long ago, or less, is the most urgent one."""

_LOOKED_AHEAD_DAYS: Final = 14
NEVER: Final = float("inf")


@dataclass(slots=True)
class Queue:
    """The units of one tenant, in their order; ``due``: when the first file of each is due, UTC seconds."""

    tenant: str
    units: list[Unit] = field(default_factory=list)
    due: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Chosen:
    """What a pass is about. ``refused``: drops that are not processed, as results."""

    queues: list[Queue] = field(default_factory=list)
    refused: list[UnitResult] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The drops, as they stand in the result."""
        return [unit.name for queue in self.queues for unit in queue.units] + [one.drop.drop for one in self.refused]


def tenants_named(settings: Settings, words: Sequence[str]) -> dict[str, list[str]]:
    """
    Return the drops that are meant by tenant, all for no words; nothing is looked at yet.

    A word is ``TENANT/DROP``, the name of a drop, or the folder or address of one that has a name.

    Raises:
        UsageError: a word names nothing, or a folder that no tenant has.
    """
    refuse_parts(settings)
    tenants = tenants_in(settings)
    if not words:
        return {name: [*drops_said(tenants.file, name)] for name in tenants.names}
    found: dict[str, list[str]] = {}
    for word in words:
        tenant, drop = _owner(settings, tenants, word)
        if drop not in found.setdefault(tenant, []):
            found[tenant].append(drop)
    return found


def owner_of(settings: Settings, tenants: Tenants, word: str) -> str | None:
    """
    Return the tenant whose drop a word names, or leads to; None for a folder or address of nobody.

    Raises:
        SettingsError: it is a drop that belongs to no tenant.
    """
    try:
        return _owner(settings, tenants, word)[0]
    except SettingsError:
        raise
    except UsageError:
        return None


def _owner(settings: Settings, tenants: Tenants, word: str) -> tuple[str, str]:
    tenant, slash, drop = word.partition("/")
    if slash and tenant in tenants.names and drop in drops_said(tenants.file, tenant):
        return tenant, drop
    drop = word if word in tenants.file.drops else _at_place(settings, word)
    for name in tenants.names:
        if drop in drops_said(tenants.file, name):
            return name, drop
    if drop:
        raise SettingsError(
            f"The drop {drop} belongs to no tenant.", fix=f'Add "{drop}" to drops of one [tenant.NAME].'
        )
    raise UsageError(
        f"No tenant has a drop {word}.",
        fix="Name TENANT/DROP as in the settings file; for a folder that has no [drop.NAME] there, add --tenant NAME.",
    )


def _at_place(settings: Settings, word: str) -> str:
    """Return the drop of which a word is the folder or the address, "" for none."""
    from importer.settings.drop_tables import location, place_key  # noqa: PLC0415 - with pydantic, which is slow to load

    try:
        key = place_key(location(word, Path()) if is_remote(word) else Path(word).expanduser())
    except (ValueError, RuntimeError):
        return ""
    return next((name for name, drop in drops_named(settings).items() if place_key(drop.path) == key), "")


def chosen_units(settings: Settings, words: dict[str, list[str]] | None, now: float) -> Chosen:
    """
    Return the units of a pass. ``words``: drops by tenant; None where the settings have no tenants, and all of their drops are meant.

    What is wrong with one tenant, or with one drop, is told of it alone.

    Raises:
        UsageError: there is no drop at all.
    """
    found = Chosen()
    if words is None:
        refuse_parts(settings)
        _add(found, settings, "", list(drops_named(settings)), now)
    else:
        tenants = tenants_in(settings)
        found.refused += [
            not_made(drop, Exit.USAGE, f"{drop}: it belongs to no tenant. Add it to drops of one [tenant.NAME].")
            for drop in tenants.ownerless
        ]
        for tenant, drops in words.items():
            try:
                mine = settings if settings.tenant == tenant else served(settings, tenants, tenant)[0]
                mine.token()
            except ImporterError as error:
                found.refused += _refused(tenant, drops, error)
                continue
            _add(found, mine, tenant, drops, now)
    if not found.names:
        raise UsageError(
            "The settings have no drop.", fix="Add a table [drop.NAME], and name it in drops of its tenant."
        )
    return found


def _add(found: Chosen, settings: Settings, tenant: str, drops: Sequence[str], now: float) -> None:
    """Add one tenant's units, those that are due first at the front."""
    made: list[tuple[float, str, str]] = []
    for name in drops:
        try:
            drop = _drop_of(settings, name)
            refuse_settings_in(settings, [drop])
            made.append((next_due(drop.expected, now), name, settings_digest(settings, name)))
        except ImporterError as error:
            found.refused += _refused(tenant, [name], error)
    made.sort(key=lambda each: each[0])
    others = [name for _, name, _ in made]
    units = [
        Unit(
            tenant,
            name,
            digest,
            others=tuple(other for other in others if other != name),
            is_last=name == others[-1],
        )
        for _, name, digest in made
    ]
    if units:
        found.queues.append(Queue(tenant, units, [due for due, _, _ in made]))


def _drop_of(settings: Settings, name: str) -> Drop:
    for path in settings.config_paths:
        file = read_config(path, of_folder=path == settings.folder_config)
        if name in file.drops:
            return file.drop(name)
    raise SettingsError(f"The settings have no drop {name}.", fix=f"Add a table [drop.{name}].")


def _refused(tenant: str, drops: Sequence[str], error: ImporterError) -> Iterator[UnitResult]:
    for place, drop in enumerate(drops or [""]):
        name = f"{tenant}/{drop}" if tenant else drop
        news = [f"{name.rstrip('/')}: {error} {error.fix}".strip()] if place == 0 else []
        yield not_made(name, error.exit_code, *news)


def next_due(expected: Expected | None, now: float) -> float:
    """Return when a drop's next file is due, UTC seconds; one that was due some hours ago still is. ``NEVER``: no file is expected."""
    if expected is None:
        return NEVER
    zone = times.zone(expected.zone)
    first = datetime.fromtimestamp(now - OVERDUE_S, zone)
    for ahead in range(_LOOKED_AHEAD_DAYS):
        day = first.date() + timedelta(days=ahead)
        due = datetime.combine(day, expected.by, zone).timestamp()
        if day.weekday() in expected.days and day not in expected.holidays and due >= now - OVERDUE_S:
            return due
    return NEVER
