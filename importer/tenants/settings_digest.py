"""
A hash of all that a tenant's settings say, by which a worker on another machine knows that it was set up like the one that orders.

Its key is the tenant's token, so that nobody can find out from the hash what the settings say, and another token makes another hash.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer import __version__
from importer.settings import SETTINGS, Source
from importer.settings.file import read_config

if TYPE_CHECKING:
    from importer.settings import Settings

OF_MACHINES: Final = frozenset({"tenant", "reports", "log", "yes", "quiet", "verbose", "no_progress"})
"""Settings that may differ from machine to machine, as options or in the environment: of the screen, and where reports stand."""

_DIGEST_BYTES: Final = 16


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
        said.append([top, file.tables, file.drops.get(drop), tenant, file.notify])
    said.append({each.name: settings.plain(each.name) for each in SETTINGS if _is_said_now(settings, each.name)})
    text = orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)
    return hmac.new(settings.token().encode(), text, hashlib.sha256).hexdigest()[: 2 * _DIGEST_BYTES]


def _is_said_now(settings: Settings, name: str) -> bool:
    return name not in OF_MACHINES and settings.origin(name).source in {Source.OPTION, Source.ENVIRONMENT}
