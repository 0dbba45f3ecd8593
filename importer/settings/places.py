"""Where things stand on this machine when nobody says otherwise, and how relative places are meant."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote_plus

from importer.errors import SettingsError

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


def without_user(url: str) -> str:
    """Return a proxy's URL that may be shown: a password in it as ``***``, and a name alone, which may be a key, too."""
    scheme, mark, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    if not at:
        return url
    name, colon, _ = who.partition(":")
    return f"{scheme}{mark}{name}:***@{where}" if colon else f"{scheme}{mark}***@{where}"
