"""
The settings door: options, environment, ``importer.toml`` and defaults, in this order, and the token.

``load`` gives the effective ``Settings``, each value with its origin, and the ``Profile`` that they name.
"""

from __future__ import annotations

from importer.settings.effective import (
    Origin,
    Settings,
    Source,
    drops_named,
    load,
    notify_of,
    notify_of_files,
    profile_named,
    profile_names,
    profile_with,
    served,
)
from importer.settings.table import SETTINGS, Setting
from importer.settings.tenants.chosen_tenant import Tenants, tenants_in
from importer.settings.token import TokenSource
from importer.settings.values import RowRange

__all__ = [
    "SETTINGS",
    "Origin",
    "RowRange",
    "Setting",
    "Settings",
    "Source",
    "Tenants",
    "TokenSource",
    "drops_named",
    "load",
    "notify_of",
    "notify_of_files",
    "profile_named",
    "profile_names",
    "profile_with",
    "served",
    "tenants_in",
]
