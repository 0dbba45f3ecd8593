"""
The profile of a guided set-up in ``importer.toml``: a new table at its end, or lines put into one that is there.

Comments, order and spelling of all else stay. What was made is read again before it is kept: it must say what it said, and
the profile. The file is replaced whole, with mode 0600, or stays as it was.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError

from importer.errors import SettingsError
from importer.settings.file import line_of, merged, read_config
from importer.writing.atomic_files import draft, make_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Existing(NamedTuple):
    """A profile that a settings file has: its ``table`` as TOML gave it, and its ``line``, from 1."""

    table: Mapping[str, Any]
    line: int | None


def profile_in(path: Path, name: str) -> Existing | None:
    """
    Return the profile of that name in a file, None where there is none.

    Raises:
        SettingsError: the file is no settings file.

    """
    if not path.exists():
        return None
    file = read_config(path)
    if name not in file.tables:
        return None
    return Existing(file.tables[name], line_of(file.text, ("profile", name)))


def changes(before: Mapping[str, Any], after: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield (key, old, new) of each line of a table that would say something else than before; new lines are none."""
    for name, value in after.items():
        key = f"{above}{name}"
        if name not in before or before[name] == value:
            continue
        if isinstance(value, dict) and isinstance(before[name], dict):
            yield from changes(before[name], value, f"{key}.")
        else:
            yield key, before[name], value


def profile_text(name: str, table: Mapping[str, Any]) -> str:
    """Return a profile as it stands in ``importer.toml``."""
    return tomlkit.dumps(_document(name, table))


def write_profile(path: Path, name: str, table: Mapping[str, Any]) -> None:
    """
    Write a profile into a settings file, which is made where there is none; lines of a profile that is there are kept.

    Raises:
        SettingsError: the file is no settings file, cannot be written, or cannot be changed without losing something.

    """
    place = path.parent.resolve() / path.name if not path.is_symlink() else path.resolve()
    text = read_config(place).text if place.exists() else ""
    made = with_profile(text, name, table)
    try:
        make_directory(place.parent)
        with draft(place) as new:
            new.stream.write(made.encode())
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}.", fix="Name another settings file with --config."
        ) from None
    if new.path != place:
        # A draft that cannot have its name stands beside it, where nobody would look for settings.
        new.path.unlink()
        raise SettingsError(
            f"{path} is in use by another program.", fix="Close it there, then run importer setup again."
        )


def with_profile(text: str, name: str, table: Mapping[str, Any]) -> str:
    """
    Return the text of a settings file with the profile in it.

    Raises:
        SettingsError: it cannot be changed without losing something; the lines to add by hand are in the fix.

    """
    before = tomllib.loads(text)
    known = before.get("profile", {}).get(name)
    wanted = merged(before, {"profile": {name: dict(table)}})
    made = _appended(text, profile_text(name, table)) if known is None else _changed(text, name, known, table)
    try:
        is_right = made is not None and tomllib.loads(made) == wanted
    except tomllib.TOMLDecodeError:
        is_right = False
    if made is None or not is_right:
        raise SettingsError(
            "The settings file is written in a way that set-up cannot add to.",
            fix=f"Add these lines by hand:\n{profile_text(name, table)}",
        )
    return made


def _document(name: str, table: Mapping[str, Any]) -> tomlkit.TOMLDocument:
    """Return a document of one profile, its plain keys above its tables."""
    document, around = tomlkit.document(), tomlkit.table(is_super_table=True)
    around.append(name, _table(table))
    document.append("profile", around)
    return document


def _table(content: Mapping[str, Any]) -> tomlkit.items.Table:
    """Return a table whose own keys stand above its tables; one that holds tables alone needs no heading."""
    inner = {key: value for key, value in content.items() if isinstance(value, dict)}
    found = tomlkit.table(is_super_table=bool(inner) and len(inner) == len(content))
    for key, value in content.items():
        if key not in inner:
            found.append(key, value)
    for key, value in inner.items():
        found.append(key, _table(value))
    return found


def _appended(text: str, added: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    if not text.strip():
        return text + added.replace("\n", end)
    return text.rstrip("\r\n") + end + end + added.replace("\n", end)


def _changed(text: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Return the text with new and changed lines in the profile's table; None where the library cannot."""
    try:
        document = tomlkit.parse(text)
        _put(document["profile"][name], before, after)
        return tomlkit.dumps(document)
    except (TOMLKitError, KeyError, TypeError, ValueError):
        return None


def _put(table: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for key, value in after.items():
        if key in before and before[key] == value:
            continue
        if isinstance(value, dict) and isinstance(before.get(key), dict):
            _put(table[key], before[key], value)
        else:
            table[key] = _table(value) if isinstance(value, dict) else value
