"""
The connection to an SFTP server: whose key it must have, by what the user is proven, and its faults in our words.

The server's key must stand in ``known_hosts``, weak algorithms are not offered, and nothing of ``~/.ssh/config`` is read.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import asyncssh
from asyncssh.packet import PacketDecodeError

from importer.errors import DropUnreachable, SettingsError
from importer.ingest.places.remote import ANSWER_S
from importer.settings.token import from_file

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from importer.ingest.places.remote import Network
    from importer.model.drops import SftpFolder

KEY_EXCHANGES: Final = "-*-sha1,rsa*"
CIPHERS: Final = "default"
SUMS: Final = "-hmac-sha1*,hmac-md5*"
SIGNATURES: Final = "ssh-ed25519,ecdsa-sha2-nistp*,rsa-sha2-256,rsa-sha2-512"
HOST_KEYS: Final = "-ssh-rsa,ssh-dss"
"""
What is offered to a server, as asyncssh takes it: after ``-`` stands what is left out of its own defaults. SHA-1 and MD5 are
in none; an RSA key is taken with SHA-2. Its default ciphers are authenticated ones and those that count.
"""

TRIES: Final = 4
"""How often a connection is tried that the server hangs up at once."""

USUAL_KEYS: Final = ("id_ed25519", "id_ecdsa", "id_rsa")

_Result = TypeVar("_Result")

FAULTS: Final = (asyncssh.Error, OSError, TimeoutError, PacketDecodeError, UnicodeDecodeError)
"""What talking to a server may raise; the last two where its answer is none of the protocol."""


class SftpConnection:
    """A connection that is made with the first question, and anew by the next one where it was lost."""

    def __init__(self, where: SftpFolder, network: Network) -> None:
        self._where = where
        self._network = network
        self._thread: _LoopThread | None = None
        self._connection: Any = None
        self._client: Any = None

    def client(self) -> Any:
        """
        Return what asks the server.

        Raises:
            OSError: it cannot be reached, or does not let us in any more.
        """
        try:
            return self.made()
        except FAULTS as error:
            raise as_os_error(error) from None

    def ask(self, asked: Coroutine[Any, Any, _Result]) -> _Result:
        """
        Wait for an answer of the server.

        Raises:
            OSError: it does not do it; the text says why in our words.
        """
        try:
            return self.do(asked, ANSWER_S)
        except FAULTS as error:
            raise as_os_error(error) from None

    def do(self, asked: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
        """Carry something out within so many seconds; whatever goes wrong is raised as it is (``FAULTS``)."""
        if self._thread is None:
            self._thread = _LoopThread()
        return self._thread.do(asked, seconds)

    def lost(self) -> None:
        """Have the next question make the connection anew."""
        self._connection = None

    def close(self) -> None:
        """End the connection."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            with suppress(*FAULTS):
                thread.do(_closed(connection), 2.0)
        thread.end()

    def made(self) -> Any:
        """Return what asks the server; whatever goes wrong is raised as it is (``FAULTS``)."""
        if self._connection is None or self._connection.is_closed():
            self._connection = None
            where = self._where
            password = from_file(where.password_file, "password_file").strip("\r\n") if where.password_file else None
            proof = (_keys_of(where), password, _known_hosts(where))
            # A server that refuses what we offer may hang up before its reason has come; so it is asked for that again.
            for left in reversed(range(TRIES)):
                try:
                    self._connection = self.do(self._connect(*proof), self._network.connect_s * 3)
                    break
                except asyncssh.ConnectionLost:
                    if not left:
                        raise
            starting = self._connection.start_sftp_client(env=None, send_env=None, path_errors="surrogateescape")
            self._client = self.do(starting, ANSWER_S)
        return self._client

    async def _connect(self, keys: list[Any], password: str | None, known_hosts: Any) -> Any:
        where = self._where
        agent: Any = None if where.key_file or where.password_file else ()
        return await asyncssh.connect(
            where.host,
            where.port,
            **({"username": where.user} if where.user else {}),
            known_hosts=known_hosts,
            client_keys=keys or None,
            agent_path=agent,
            password=password,
            config=None,
            gss_host=None,
            kex_algs=KEY_EXCHANGES,
            encryption_algs=CIPHERS,
            mac_algs=SUMS,
            signature_algs=SIGNATURES,
            server_host_key_algs=HOST_KEYS,
            compression_algs=None,
            connect_timeout=self._network.connect_s,
            login_timeout=self._network.connect_s * 2,
            keepalive_interval=30,
        )


def refuse(drop: str, where: SftpFolder, error: Exception) -> NoReturn:
    """Say why the drop cannot be looked into, and whether that is a matter of the settings."""
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        raise SettingsError(
            f"The drop {drop}: the key of the server {where.host} is not the one in known_hosts, or not there at all. "
            "Nothing was asked of it.",
            fix="Ask whoever runs the server for its key, compare, and correct known_hosts; "
            f"ssh-keyscan {'' if where.port == 22 else f'-p {where.port} '}{where.host} shows what it says.",
        ) from None
    if isinstance(error, asyncssh.KeyExchangeFailed):
        raise SettingsError(
            f"The drop {drop}: the server {where.host} offers only algorithms that are too weak, or a key of another "
            "kind than known_hosts has.",
            fix="Have the server updated, or its other key put into known_hosts.",
        ) from None
    if isinstance(error, asyncssh.PermissionDenied):
        raise SettingsError(
            f"The drop {drop}: the server {where.host} refuses the user, key or password.",
            fix="Correct the user in the address, key_file or password_file of the drop.",
        ) from None
    told = as_os_error(error)
    if isinstance(told, FileNotFoundError | NotADirectoryError | PermissionError):
        raise SettingsError(
            f"The drop {drop}: {where} cannot be looked into: {told.strerror}.", fix="Correct its path."
        ) from None
    raise DropUnreachable(
        f"The drop {drop} cannot be looked into: {where}: {told.strerror}.",
        fix="Look whether the server can be reached.",
    ) from None


class _LoopThread:
    """A thread in which connections live, also while nobody asks anything of them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()

    def do(self, asked: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
        """Carry something out there; ``TimeoutError`` after so many seconds."""
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(asked, seconds), self._loop)
        return future.result(seconds + 5.0)

    def end(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        if not self._thread.is_alive():
            self._loop.close()


async def _closed(connection: Any) -> None:
    connection.close()
    await connection.wait_closed()


def _known_hosts(where: SftpFolder) -> Any:
    """
    Return the keys of servers that are known; without a file nobody is, where None would mean that anybody is.

    Raises:
        SettingsError: others may change the file, and so say who the server is.
    """
    path = where.known_hosts or Path("~/.ssh/known_hosts").expanduser()
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SettingsError(f"known_hosts {path} is not a regular file.", fix="Correct the path.")
        if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SettingsError(
                f"known_hosts {path} can be changed by others.", fix=f"Run: chmod go-w {shlex.quote(str(path))}"
            )
        return asyncssh.read_known_hosts(str(path))
    except FileNotFoundError:
        if where.known_hosts is None:
            return ()
        raise SettingsError(f"known_hosts {path} is not there.", fix="Correct the path.") from None
    except (OSError, ValueError):
        raise SettingsError(f"known_hosts {path} cannot be read.", fix="Correct the file, or its mode.") from None


def _keys_of(where: SftpFolder) -> list[Any]:
    """
    Return the private keys that the user is proven by; none where a password does it, and the agent may have others.

    Raises:
        SettingsError: a key's file is open to others, or cannot be used.
    """
    if where.key_file is not None:
        return [_key(where.key_file)]
    if where.password_file is not None:
        return []
    usual = [Path("~/.ssh", name).expanduser() for name in USUAL_KEYS]
    return [_key(path) for path in usual if path.exists()]


def _key(path: Path) -> Any:
    try:
        return asyncssh.import_private_key(from_file(path, "key_file"))
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
        if "passphrase" in str(error).casefold():
            raise SettingsError(
                f"key_file {path} wants a passphrase, which nobody can type at night.",
                fix="Give it to ssh-agent, or use another key.",
            ) from None
        raise SettingsError(
            f"key_file {path} holds no private key.", fix="Name the file of a private key of OpenSSH."
        ) from None


def as_os_error(error: Exception) -> OSError:
    """Return the same in our words; nothing that the server wrote is shown."""
    for kinds, kind, number, text in _WORDS:
        if isinstance(error, kinds):
            return kind(number, text)
    return ConnectionError(errno.ECONNREFUSED, "the server cannot be reached")


_WORDS: Final[tuple[tuple[Any, type[OSError], int, str], ...]] = (
    ((asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath), FileNotFoundError, errno.ENOENT, "it is not there"),
    (
        (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.PermissionDenied),
        PermissionError,
        errno.EACCES,
        "the server does not allow it",
    ),
    (asyncssh.SFTPFileAlreadyExists, FileExistsError, errno.EEXIST, "another file has that name"),
    ((asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded), OSError, errno.ENOSPC, "the server has no room"),
    (
        (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError),
        ConnectionError,
        errno.ECONNRESET,
        "the connection to the server is lost",
    ),
    (asyncssh.SFTPError, OSError, errno.EIO, "the server refuses it"),
    ((PacketDecodeError, UnicodeDecodeError), OSError, errno.EIO, "the server's answer cannot be read"),
    (TimeoutError, TimeoutError, errno.ETIMEDOUT, "the server does not answer in time"),
    (NotADirectoryError, NotADirectoryError, errno.ENOTDIR, "it is not a folder"),
)
