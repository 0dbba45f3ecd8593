"""
A hash of all that a tenant's settings say, by which a worker on another machine knows that it was set up like the one that orders.

What decides which people are texted may stand in a file that the settings only name: the bytes of such a file count, too. Not so
those that prove who a machine is, which may differ from one to the other. Its key is the tenant's token, so that nobody can find out from the hash what the settings say, and another token makes another hash.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer import __version__
from importer.settings import SETTINGS, Source
from importer.settings.file import open_regular, read_config
from importer.settings.places import resolved_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.settings import Settings

OF_MACHINES: Final = frozenset({"tenant", "reports", "log", "yes", "quiet", "verbose", "no_progress"})
"""Settings that may differ from machine to machine, as options or in the environment: of the screen, and where reports stand."""

_NAMED_IN_TABLES: Final = ("query_file", "urls_file")
"""Keys of a drop and of ``[notify]`` that name a file which says what is read, or who is told."""

_DIGEST_BYTES: Final = 16
_BLOCK_BYTES: Final = 1 << 20


def settings_digest(settings: Settings, drop: str) -> str:
    """
    Return the hash for one drop of the settings in force.

    Raises:
        SettingsError: the token or a settings file cannot be read.
    """
    said: list[Any] = [__version__]
    for path in settings.config_paths:
        file = read_config(path, of_folder=path == settings.folder_config)
        top = {key: value for key, value in file.settings.items() if key not in OF_MACHINES}
        tenant = file.tenants.get(settings.tenant or "")
        mine = file.drops.get(drop)
        said.append([top, file.tables, mine, tenant, file.notify])
        said += [_named_in(table, path.parent) for table in (mine, file.notify)]
    said += [None if path is None else _content_of(path) for path in (settings.do_not_text, settings.ca_bundle)]
    said.append({each.name: settings.plain(each.name) for each in SETTINGS if _is_said_now(settings, each.name)})
    text = orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)
    return hmac.new(settings.token().encode(), text, hashlib.sha256).hexdigest()[: 2 * _DIGEST_BYTES]


def _is_said_now(settings: Settings, name: str) -> bool:
    return name not in OF_MACHINES and settings.origin(name).source in {Source.OPTION, Source.ENVIRONMENT}


def _named_in(table: Mapping[str, Any] | None, base: Path) -> list[str]:
    """Return the hashes of the files that a table names; what is wrong in it is told where it is used."""
    named = [value for key in _NAMED_IN_TABLES if isinstance(value := (table or {}).get(key), str) and value.strip()]
    return [_content_of(resolved_path(name, base)) for name in named]


def _content_of(path: Path) -> str:
    """Return the hash of a file's bytes, "" where it cannot be read, which whoever needs it will say."""
    try:
        with open_regular(path) as file:
            digest = hashlib.sha256()
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()
