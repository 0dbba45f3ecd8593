"""
The ledger when nobody names one: a file in the user's state directory, one for each API address.

So a rehearsal against another address never touches the memory of the real one. Version 1.0.0 had one file for all,
``ledger.db``: it stays the ledger of the address that its runs name, and of the API's own where they name none.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import orjson

from importer.model.origins import origin_of
from importer.settings.places import APPLICATION, sqlite_url
from importer.settings.table import DEFAULT_BASE_URL

if TYPE_CHECKING:
    from pathlib import Path

FILE_OF_1_0: Final = "ledger.db"

_ADDRESS: Final = "SELECT address FROM owner"
_ADDRESSES_OF_1_0: Final = (
    "SELECT settings FROM runs WHERE EXISTS (SELECT 1 FROM rows WHERE rows.run = runs.seq AND attempts > 0)"
)


def default_ledger_url(base_url: str = DEFAULT_BASE_URL) -> str:
    """Return the ledger in the user's state directory, which survives a cleared cache; nothing is created here."""
    from platformdirs import user_state_path  # noqa: PLC0415 - help needs no places

    folder = user_state_path(APPLICATION, appauthor=False)
    return sqlite_url(default_ledger(folder, origin_of(base_url)))


def default_ledger(folder: Path, origin: str) -> Path:
    """Return the ledger of an API address in this folder."""
    first, own = folder / FILE_OF_1_0, folder / file_name(origin)
    is_usual = origin == origin_of(DEFAULT_BASE_URL)
    if not first.exists():
        return first if is_usual and not own.exists() else own
    named = addresses_of(first)
    if named is None or origin in named:
        return first
    return first if is_usual and not named else own


def file_name(origin: str) -> str:
    """Return the name of an address's ledger: ``ledger-HOST.db``, or ``ledger-HOST-PORT.db``."""
    parts = urlsplit(origin)
    host = (parts.hostname or "").replace(":", "_")
    port = parts.port or (80 if parts.scheme == "http" else None)
    return f"ledger-{host}-{port}.db" if port else f"ledger-{host}.db"


def addresses_of(ledger: Path) -> set[str] | None:
    """Return the addresses that a ledger of any version belongs to, None where that cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(ledger))}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'owner'").fetchone():
                return {part for (address,) in database.execute(_ADDRESS) for part in address.split()}
            told = [orjson.loads(bytes(settings)) for (settings,) in database.execute(_ADDRESSES_OF_1_0)]
    except (sqlite3.Error, orjson.JSONDecodeError, TypeError):
        return None
    return {address for settings in told if (address := origin_of(str(settings.get("base_url") or "")))}
