"""Lines of ``importer.toml`` as a person would type them."""

from __future__ import annotations

import re
from typing import Final

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """Return a text as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(mark if mark.isprintable() else f"\\U{ord(mark):08X}" for mark in escaped) + '"'


def table_name(profile: str) -> str:
    """Return the name of a profile's table: ``profile.clinic``, ``profile."Main St"``."""
    return f"profile.{profile if _BARE_KEY.fullmatch(profile) else quoted(profile)}"
