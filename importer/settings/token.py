"""
The API token: from the environment, from a file, or from the system's keyring. And the key of a purge, likewise a secret.

It is never an option (a process list would show it) and never stands in ``importer.toml``. It is read when it is
needed, is in no ``repr`` and in no message.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.settings.places import APPLICATION, user_config_file
from importer.settings.table import PURGE_KEY_VARIABLE, TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOW = (
    f"Set the environment variable {TOKEN_VARIABLE}, or write the token into a file that only you can read and name it "
    "as token_file in importer.toml, or keep it in the system's keyring and say keyring = true."
)
LONGEST_TOKEN_FILE = 16_384
PURGE_KEY_FILE = "purge.key"
USER = "token"
"""Under this name the token stands in the keyring; a tenant's has the tenant's name, too."""
SHORTEST_KEY = 32


class Secret:
    """A text that shows itself to nobody but who asks for it by ``reveal``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def from_keyring(user: str) -> str | None:
    """Return the token kept in the system's keyring for this user, None if there is none. ``SettingsError``: no keyring here."""
    try:
        import keyring  # noqa: PLC0415 - an extra
        from keyring.errors import KeyringError  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError(
            "keyring = true, but the keyring library is not installed.",
            fix="Install it with: pip install 'appointment-importer[keyring]'",
        ) from None
    try:
        return keyring.get_password(APPLICATION, user)
    except KeyringError as error:
        raise SettingsError(
            f"The system's keyring cannot be read ({type(error).__name__}).",
            fix=f"Unlock it, or set {TOKEN_VARIABLE} instead.",
        ) from None


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where the token is: the first of environment (``variable``), file and keyring (``user``) that is set."""

    environment: Secret | None = None
    file: Path | None = None
    keyring: bool = False
    ask_keyring: Callable[[str], str | None] = field(default=from_keyring, repr=False)
    variable: str = TOKEN_VARIABLE
    user: str = USER

    @classmethod
    def of(cls, text: str) -> TokenSource:
        """Return a source that holds the token itself, for the demo and for tests."""
        return cls(environment=Secret(text))

    @property
    def origin(self) -> str:
        """Where ``read`` would look, in words; "" if nowhere."""
        if self.environment is not None:
            return f"environment {self.variable}"
        if self.file is not None:
            return f"token_file {self.file}"
        return "keyring" if self.keyring else ""

    def read(self) -> str:
        """Return the token. ``SettingsError``: none is set, the file is open to others, or it cannot be a token."""
        if self.environment is not None:
            return usable(self.environment.reveal(), where=self.variable)
        if self.file is not None:
            return usable(from_file(self.file), where=str(self.file))
        if self.keyring:
            return usable(self.ask_keyring(self.user) or "", where="the keyring")
        raise SettingsError("No API token is set.", fix=HOW)


def usable(text: str, *, where: str) -> str:
    """Return the token without blanks around it. ``SettingsError``: it is empty or could not travel in a header."""
    token = text.strip()
    if not token:
        raise SettingsError(f"{where} holds no token.", fix=HOW)
    if not all("!" <= mark <= "~" for mark in token):
        raise SettingsError(
            f"{where} holds something that cannot be a token: blanks, line breaks or letters outside ASCII within it.",
            fix="Copy the token again: one line, nothing before or after it.",
        )
    return token


@dataclass(frozen=True, slots=True)
class PurgeKeySource:
    """Where the key is by which purged appointments are found again: environment, a file that was named, or the usual one."""

    environment: Secret | None = None
    file: Path | None = None
    usual: Path | None = None

    @property
    def path(self) -> Path:
        """The file that holds the key, where the environment does not: beside the user's own settings, if none is named."""
        return self.file or self.usual or user_config_file().with_name(PURGE_KEY_FILE)

    def read(self) -> bytes | None:
        """Return the key, None if there is none. ``SettingsError``: the file is open to others, or holds no key."""
        if self.environment is not None:
            return _as_key(self.environment.reveal(), PURGE_KEY_VARIABLE)
        if not os.path.lexists(self.path):
            return None
        return _as_key(from_file(self.path, "purge_key_file"), str(self.path))

    def make(self) -> bytes:
        """Return the key, made and written for its owner alone if there is none. ``SettingsError``: it cannot be."""
        found = self.read()
        if found is not None:
            return found
        text = secrets.token_hex(32)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SettingsError(
                f"The key {self.path} cannot be written: {error.strerror}. Nothing was removed.",
                fix="Name another place as purge_key_file in importer.toml.",
            ) from None
        return _as_key(text, str(self.path))


def _as_key(text: str, where: str) -> bytes:
    key = text.strip()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(
            f"{where} holds no key: at least {SHORTEST_KEY} characters are expected.",
            fix="Copy purge.key again from the machine on which importer ledger purge made it.",
        )
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def from_file(path: Path, name: str = "token_file") -> str:
    """Return the text of a secret's file, ``name`` its setting. ``SettingsError``: missing, not a file, or open to others."""
    try:
        # Without O_NONBLOCK a FIFO would hang the run.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise SettingsError(
            f"{name} {path} cannot be read: {error.strerror}.", fix="Correct the path, or make the file readable."
        ) from None
    try:
        refuse_if_shared(os.fstat(handle), path, name)
        return os.read(handle, LONGEST_TOKEN_FILE).decode("utf-8", errors="replace").removeprefix("\ufeff")
    finally:
        os.close(handle)


def refuse_if_shared(found: os.stat_result, path: Path, name: str = "token_file") -> None:
    """Raise ``SettingsError`` unless this is a plain file that its owner alone can read (POSIX only)."""
    if not stat.S_ISREG(found.st_mode):
        raise SettingsError(f"{name} {path} is not a file.", fix="Name a plain text file that holds it.")
    if os.name == "posix" and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{name} {path} can be read or changed by others.", fix=f"Run: chmod 600 {path}")
