"""Which drops a pass is about: named ones, folders, or all of the settings."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import SettingsError, UsageError
from importer.ingest.listing import known_as
from importer.model.drops import Drop
from importer.settings import drops_named
from importer.settings.drop_tables import defaults_of, location, place_key
from importer.settings.places import is_remote
from importer.settings.values import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.settings import Settings

NOT_FOR_DROPS: Final = ("rows", "limit", "only", "rehearse", "approve", "release")


def chosen_drops(settings: Settings, words: Sequence[str], *, one_file: bool = False) -> list[Drop]:
    """
    Return the drops of these names, folders and addresses; without any, all of the settings files.

    A folder that is the one of a named drop is that drop. ``one_file``: it is about one held file, which may be approved.

    Raises:
        UsageError: a word is neither a name nor a place, or none is given and the settings have no drop.
        SettingsError: a drop's table is wrong, or the settings file lies in a drop.
    """
    refuse_parts(settings, but=("approve", "release") if one_file else ())
    named = drops_named(settings)
    if not words and not named:
        raise UsageError(
            "No drop is named, and the settings have none.",
            fix="Name a folder or address, importer ingest FOLDER, or add a table [drop.NAME] to importer.toml.",
        )
    places = {place_key(drop.path): drop for drop in named.values()}
    chosen = [named.get(word) or _place(word, places) for word in words] or list(named.values())
    found = list({place_key(drop.path): drop for drop in chosen}.values())
    refuse_settings_in(settings, found)
    return found


def refuse_parts(settings: Settings, *, but: Sequence[str] = ()) -> None:
    """Raise ``UsageError`` for what asks for a part of a file, or approves what nobody has seen yet."""
    for name in NOT_FOR_DROPS:
        if name not in but and settings.plain(name) not in (None, False, []):
            option = "--" + name
            raise UsageError(
                f"{option} is about one file, not about a drop.", fix=f"Leave {option} out, or use importer run FILE."
            )


def _place(word: str, places: dict[str, Drop]) -> Drop:
    if not is_remote(word):
        return _folder(word, places)
    try:
        place = location(word, Path())
    except ValueError as error:
        raise UsageError(f'"{quoted(word)}" is no place for a drop, expected {error}.', fix="Correct it.") from None
    return places.get(place_key(place)) or Drop(name=known_as(str(place)), path=place, **defaults_of(place))


def _folder(word: str, places: dict[str, Drop]) -> Drop:
    path = Path(word).expanduser()
    place = os.path.realpath(path)
    if place in places:
        return places[place]
    if not path.is_dir():
        raise UsageError(
            f"There is no drop and no folder {word}.", fix="Name a drop of the settings file, or an existing folder."
        )
    return Drop(name=known_as(place), path=Path(place))


def refuse_settings_in(settings: Settings, drops: Sequence[Drop]) -> None:
    """
    Raise ``SettingsError`` where the settings file that nobody named lies in a drop: a sender may have put it there.

    One named by ``--config`` or ``IMPORTER_CONFIG`` is the person's own word, wherever it lies.
    """
    file = settings.folder_config
    for drop in drops:
        if file is not None and place_key(file.parent) == place_key(drop.path):
            raise SettingsError(
                f"{file} lies in the drop {drop.name}, and no settings are taken from a drop.",
                fix=f"Start the importer in another folder. If the file is yours, name it: --config {shlex.quote(str(file))}",
            )
