"""
Where things stand on this machine when nobody says otherwise, the ledger among them.

The ledger of another address is another one, so a rehearsal never touches the memory of the real one. Version 1.0.0 had one
file for all, ``ledger.db``: it stays the ledger of the address that its runs name, and of the API's own where they name none.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit

import orjson

from importer.errors import SettingsError
from importer.model.statuses import origin_of
from importer.settings.table import DEFAULT_BASE_URL

APPLICATION = "appointment-importer"
FILE_NAME = "importer.toml"

_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?]*)(\?.*)?", re.DOTALL)
_BEFORE_PASSWORD = re.compile(r"://[^:/@]*:")
_SHOWN: Final = frozenset({
    "application_name", "cache", "channel_binding", "client_encoding", "connect_timeout",
    "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr", "immutable", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
    "max_protocol_version", "min_protocol_version", "mode", "nolock", "passfile", "port", "replication", "require_auth",
    "requirepeer", "service", "servicefile", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert",
    "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslkeylogfile", "sslmode", "sslnegotiation",
    "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout", "timeout", "uri", "user",
})  # fmt: skip
"""What behind the ``?`` of a database's URL is never secret. Of other names, and of those to come, nobody can say."""
# A setting of an extension has a point in its name, and may be anything.
_OWN_OPTIONS = re.compile(r"\s*(?:(?:-c\s*|--)[a-z_-]+=[^\s\\]*(?:\s+|\Z))*")


def current_folder() -> Path:
    """Return the current folder; where it was deleted meanwhile, the relative one, in which nothing can be found."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def user_config_file() -> Path:
    """Return the person's own ``importer.toml``, which need not exist."""
    from platformdirs import user_config_path  # noqa: PLC0415 - help needs no places

    return user_config_path(APPLICATION, appauthor=False) / FILE_NAME


def is_there(path: Path) -> bool:
    """
    Whether there is a settings file of this name.

    Raises:
        SettingsError: nobody can say, as where its folder is closed to us: what it says might keep people from being texted.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise SettingsError(
            f"Whether there are settings at {path} cannot be seen: {error.strerror}.",
            fix="Give this user the right to look there, or a home of its own (HOME); or name the file with --config.",
        ) from None


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite ledger in a file."""
    return f"sqlite:///{path}"


def resolved_path(text: str, base: Path) -> Path:
    """
    Return a path as meant from ``base``, with ``~`` as the user's home.

    Raises:
        SettingsError: there is no such user.
    """
    try:
        return base / Path(text).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"{text} names the home of a user who does not exist.", fix="Write the whole path."
        ) from None


def resolved_ledger(text: str, base: Path) -> str:
    """
    Return a ledger's URL. A plain path is a SQLite file; a relative one is meant from ``base``.

    A ledger must not depend on the folder that a nightly job happens to start in: another folder would mean an
    empty memory, and an empty memory creates every appointment a second time.
    """
    if not _HAS_SCHEME.match(text):
        return sqlite_url(resolved_path(text, base))
    found = _SQLITE.fullmatch(text)
    if not found or not found[2] or found[2] == ":memory:":
        return text
    return f"{found[1]}{resolved_path(found[2], base)}{found[3] or ''}"


def resolved_database(text: str, base: Path) -> str:
    """Return the address of a database that is queried, of a SQLite file as meant from ``base``."""
    kind, _, rest = text.partition("+")
    return f"{kind.lower()}+{resolved_ledger(rest, base)}"


def without_password(url: str) -> str:
    """Return a database's URL that may be shown: ``***`` for its password, and behind the ``?`` for what may hold a secret."""
    address, mark, query = url.partition("?")
    shown = [
        f"{name}{equals}{value}" if not equals or _is_shown(unquote_plus(name).casefold(), value) else f"{name}=***"
        for name, equals, value in (part.partition("=") for part in query.split("&"))
    ]
    # A password may itself hold a question mark; then what follows belongs to it.
    if "@" in query and "@" not in address:
        return _without_password(url)
    return _without_password(address) + mark + "&".join(shown)


def _is_shown(name: str, value: str) -> bool:
    if name == "options":
        return _OWN_OPTIONS.fullmatch(unquote_plus(value)) is not None
    return name in _SHOWN


def _without_password(url: str) -> str:
    """Return a URL with ``***`` for what stands between the name and the last ``@``."""
    login, at, host = url.rpartition("@")
    found = _BEFORE_PASSWORD.search(login)
    return f"{login[: found.end()]}***{at}{host}" if found else url


def shown_link(address: str) -> str:
    """Return what may be shown of the link to a published sheet: its host, for whoever has the link can read the sheet."""
    return f"https://{urlsplit(address).netloc}/…"


def without_user(url: str) -> str:
    """Return a proxy's URL that may be shown: a password in it as ``***``, and a name alone, which may be a key, too."""
    scheme, mark, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    if not at:
        return url
    name, colon, _ = who.partition(":")
    return f"{scheme}{mark}{name}:***@{where}" if colon else f"{scheme}{mark}***@{where}"


FILE_OF_1_0: Final = "ledger.db"

_ADDRESS: Final = "SELECT address FROM owner"
_ADDRESSES_OF_1_0: Final = (
    "SELECT settings FROM runs WHERE EXISTS (SELECT 1 FROM rows WHERE rows.run = runs.seq AND attempts > 0)"
)


def user_state_folder() -> Path:
    """Return the user's state directory, which survives a cleared cache; nothing is created here."""
    from platformdirs import user_state_path  # noqa: PLC0415 - help needs no places

    return user_state_path(APPLICATION, appauthor=False)


def default_ledger_url(base_url: str = DEFAULT_BASE_URL) -> str:
    """Return the ledger in the user's state directory; nothing is created here."""
    return sqlite_url(default_ledger(user_state_folder(), origin_of(base_url)))


def default_ledger(folder: Path, origin: str) -> Path:
    """Return the ledger of an API address in this folder."""
    first, own = folder / FILE_OF_1_0, folder / file_name(origin)
    is_usual = origin == origin_of(DEFAULT_BASE_URL)
    # Where nobody may look, opening it says so. A link is there, whatever it leads to.
    if not os.path.lexists(first):
        return first if is_usual and not os.path.lexists(own) else own
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
    import sqlite3  # noqa: PLC0415 - a check asks for no ledger

    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(ledger))}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'owner'").fetchone():
                return {part for (address,) in database.execute(_ADDRESS) for part in address.split()}
            told = [orjson.loads(bytes(settings)) for (settings,) in database.execute(_ADDRESSES_OF_1_0)]
    except (sqlite3.Error, orjson.JSONDecodeError, TypeError):
        return None
    return {address for settings in told if (address := origin_of(str(settings.get("base_url") or "")))}


OF_FETCHED: Final = ("url", "link_hosts", "query_file", "database", "key_column")
"""Keys of a drop that is fetched: a link, or a query of a database."""

OF_BUCKETS: Final = ("endpoint", "region", "aws_profile")
OF_SERVERS: Final = ("known_hosts", "key_file", "password_file")
SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")


def is_remote(text: str) -> bool:
    """Whether a text is the address of something that is no folder of this machine."""
    return SCHEME.match(text) is not None


@cache
def zone_of_this_machine() -> str:
    """Return the zone of a place that this machine is set to, "" where it names none."""
    import tzlocal  # noqa: PLC0415 - asked once

    from importer.model.times import zone_names  # noqa: PLC0415 - likewise

    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, ValueError, OSError):
        return ""
    return name if name and name in zone_names() and "/" in name and not name.startswith("Etc/") else ""
