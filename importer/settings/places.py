"""
Where things stand: on this machine when nobody says otherwise, the ledger among them; and where a drop may lie.

The ledger of another address is another one, so a rehearsal never touches the memory of the real one. Version 1.0.0 had one
file for all, ``ledger.db``: it stays the ledger of the address that its runs name, and of the API's own where they name none.

The address of a drop is a text of the settings or the command line: a folder, ``s3://BUCKET/PREFIX`` or
``sftp://USER@HOST/PATH``. Whatever stands after the bucket or the host is taken as it is: names are data there, and nothing
in them is decoded. No password stands in an address, because addresses are shown and written down.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_plus, urlsplit

import orjson

from importer.errors import SettingsError
from importer.model.drops import SSH_PORT, Bucket, FetchedSource, SftpFolder
from importer.model.records import origin_of
from importer.settings.table import DEFAULT_BASE_URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.drops import Location


APPLICATION = "appointment-importer"
FILE_NAME = "importer.toml"

_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)([^?]*)(\?.*)?", re.DOTALL)
_PASSWORD = re.compile(r"(://[^:/@]*:).*(@)")
_SECRET_KEYS = frozenset({"password", "sslpassword"})


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
    """Return a database's URL that may be shown: a password in it as ``***``, also among what stands behind the ``?``."""
    address, mark, query = url.partition("?")
    shown = [
        f"{name}=***" if unquote_plus(name).casefold() in _SECRET_KEYS else f"{name}{equals}{value}"
        for name, equals, value in (part.partition("=") for part in query.split("&"))
    ]
    # A password may itself hold a question mark; then what follows belongs to it.
    if "@" in query and "@" not in address:
        return _PASSWORD.sub(r"\1***\2", url)
    return _PASSWORD.sub(r"\1***\2", address) + mark + "&".join(shown)


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
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(ledger))}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'owner'").fetchone():
                return {part for (address,) in database.execute(_ADDRESS) for part in address.split()}
            told = [orjson.loads(bytes(settings)) for (settings,) in database.execute(_ADDRESSES_OF_1_0)]
    except (sqlite3.Error, orjson.JSONDecodeError, TypeError):
        return None
    return {address for settings in told if (address := origin_of(str(settings.get("base_url") or "")))}


MEGABYTE: Final = 1_000_000
MOST_REMOTE_BYTES: Final = 500 * MEGABYTE
MOST_LINKED_BYTES: Final = 50 * MEGABYTE
OF_FETCHED: Final = ("url", "link_hosts", "query_file", "database", "key_column")
"""Keys of a drop that is fetched: a link, or a query of a database."""

OF_NO_FOLDER: Final[dict[str, Any]] = {"settle_s": 0.0, "on_success": "leave", "take": "newest"}
OF_BUCKETS: Final = ("endpoint", "region", "aws_profile")
OF_SERVERS: Final = ("known_hosts", "key_file", "password_file")
SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::([0-9]{1,5}))?")
_WANTED: Final = "the path of a folder, s3://BUCKET/PREFIX or sftp://USER@HOST/PATH"


def is_remote(text: str) -> bool:
    """Whether a text is the address of something that is no folder of this machine."""
    return SCHEME.match(text) is not None


def location(text: str, base: Path) -> Location:
    """
    Return where a text leads to; a path is meant from ``base``.

    Raises:
        ValueError: it is no place for a drop; the text says what was expected.
    """
    found = SCHEME.match(text)
    if found is None:
        return resolved_path(text, base)
    if not text.isprintable():
        raise ValueError(_WANTED)
    kind, rest = found[1].lower(), text[found.end() :]
    if kind == "s3":
        return _bucket(rest)
    if kind == "sftp":
        return _server(rest)
    raise ValueError(_WANTED)


def _bucket(rest: str) -> Bucket:
    name, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(name):
        raise ValueError(
            "s3://BUCKET/PREFIX with the name of a bucket; credentials stand in the environment or in AWS's own files"
        )
    return Bucket(name, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")


def _server(rest: str) -> SftpFolder:
    where, _, path = rest.partition("/")
    who, at, host = where.rpartition("@")
    if ":" in who:
        raise ValueError("sftp://USER@HOST/PATH without a password; name a file that holds it as password_file")
    found = _HOST.fullmatch(host)
    port = int(found[3] or SSH_PORT) if found else 0
    if found is None or not 0 < port < 65_536 or (at and not who):
        raise ValueError("sftp://USER@HOST/PATH with the name of a server")
    path = path.removeprefix("~/") if path.startswith("~/") else "" if path == "~" else f"/{path}"
    return SftpFolder(found[1] or found[2], path if path == "/" else path.rstrip("/"), who or None, port)


def completed(place: Location, keys: Mapping[str, str], base: Path) -> Location:
    """Return a place with what other keys of its table say of it; those about another kind of place are passed over."""
    if isinstance(place, Bucket):
        return replace(place, **{name: keys[name] for name in OF_BUCKETS if name in keys})
    if isinstance(place, SftpFolder):
        paths: dict[str, Any] = {name: resolved_path(keys[name], base) for name in OF_SERVERS if name in keys}
        return replace(place, **paths)
    return place


def place_key(place: Location) -> str:
    """Return what is the same for two ways to write one place."""
    if isinstance(place, Bucket):
        return f"{place} {place.endpoint or ''}"
    if isinstance(place, FetchedSource):
        # Two links to one host are shown alike.
        return f"{place} {place.link or place.query_file}"
    return str(place) if isinstance(place, SftpFolder) else os.path.realpath(place)


def defaults_of(place: Location) -> dict[str, Any]:
    """Return what a drop has in another kind of place than a folder, where nobody says otherwise."""
    if isinstance(place, Path):
        return {}
    size: dict[str, Any] = {"max_bytes": MOST_REMOTE_BYTES}
    if isinstance(place, FetchedSource):
        # Each time it holds everything there is, under one name, and nothing in it can be moved.
        return {"max_bytes": MOST_LINKED_BYTES if place.link else MOST_REMOTE_BYTES, **OF_NO_FOLDER}
    return {**size, "settle_s": 0.0} if isinstance(place, Bucket) else size


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
