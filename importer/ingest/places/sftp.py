"""
A drop in a folder of an SFTP server.

asyncssh and not one of the file systems above it, because those trust any server's key, follow links, and rename over files.
Here the server's key must stand in ``known_hosts``, weak algorithms are not offered, nothing of ``~/.ssh/config`` is read, and
a name of the server is only ever the name of one file in the drop's folder.

The protocol tells times in whole seconds, so a file is known by size and time, and a file that has been put away by its hash.
A move is one rename; where the server makes it of two steps and dies in between, the same bytes have two names, of which
``moved_to`` knows one. Owners mean nothing across machines; the server's rights decide who may put files there.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shlex
import stat
import threading
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import asyncssh
from asyncssh import FXF_CREAT, FXF_EXCL, FXF_READ, FXF_WRITE, SFTPAttrs

from importer.errors import DropUnreachable, SettingsError
from importer.ingest.places.place import REASON, Source, new_names, report_folder
from importer.ingest.places.remote import ANSWER_S, BLOCK_BYTES, COPY_S, Clock, Found, has_content, listing_of
from importer.model.drops import Whereabouts
from importer.settings.token import from_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
    from typing import BinaryIO

    from importer.ingest.listing import Entry, Listing
    from importer.ingest.places.remote import Network
    from importer.model.drops import Claim, Drop, SftpFolder

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
_LINKS: Final = re.compile(r"-[rwxsStT-]{9}[.+@]? {1,20}([0-9]{1,9}) ")
_FOLDER: Final = SFTPAttrs(permissions=0o700)
_FILE: Final = SFTPAttrs(permissions=0o600)
_Result = TypeVar("_Result")


class SftpPlace:
    """A ``Place`` on an SFTP server; nobody is asked before the first call, and a lost connection is made again by the next."""

    def __init__(self, where: SftpFolder, drop: Drop, network: Network) -> None:
        self._where = where
        self._drop = drop
        self._network = network
        self._thread: _LoopThread | None = None
        self._connection: Any = None
        self._client: Any = None

    def listing(self) -> Listing:
        """Look into the folder; see ``Place``."""
        try:
            client = self._made_connection()
            return listing_of(self._drop, self._do(self._scanned(client), COPY_S))
        except (asyncssh.Error, OSError, TimeoutError) as error:
            self._refuse(error)

    def look(self, raw: str) -> str | None:
        """Return what tells a file's bytes from others; see ``Place``."""
        about = self._lstat(self._path(raw))
        return None if about is None else _version(about)

    @contextmanager
    def reading(self, entry: Entry) -> Iterator[Source | None]:
        """Open a file; see ``Place``."""
        if self.look(entry.raw) != entry.version:
            yield None
            return
        with self._opened(entry.raw, FXF_READ) as file:
            about = self._ask(file.stat())
            same = stat.S_ISREG(about.permissions or 0) and _version(about) == entry.version
            yield Source(self._reader(file)) if same else None

    def free_name(self, folder: str, name: str, mark: str) -> str:
        """Return a free name, and make the folder; see ``Place``."""
        self._prepare(folder)
        for new in new_names(name, mark):
            place = f"{folder}/{new}"
            if self._lstat(self._path(place)) is None and self._lstat(self._path(report_folder(place))) is None:
                return place
        raise FileExistsError(errno.EEXIST, "no name is free")

    def put_report(self, folder: str, reports: Mapping[str, Path], reason: str) -> None:
        """Put a report into a folder, for its owner alone; see ``Place``."""
        self._prepare(folder)
        if reason:
            content = reason.encode("utf-8", "backslashreplace") + b"\n"
            self._put(f"{folder}/{REASON}", iter((content,)))
        for name, report in reports.items():
            with report.open("rb") as given:
                self._put(f"{folder}/{name}", _blocks(given))

    def put(self, name: str, content: bytes) -> None:
        """Write a small file of ours."""
        self._put(name, iter((content,)))

    def move(self, claim: Claim, raw: str, step: Callable[[str], None]) -> Whereabouts:
        """Rename a file; see ``Place``."""
        source, target = self._path(raw), self._path(claim.moved_to)
        is_source = self.look(raw) == claim.version
        if self._lstat(target) is not None:
            if not self._is_ours(claim):
                raise FileExistsError(errno.EEXIST, "another file has its new name")
            if is_source:
                self._ask(self._connected().remove(source))
        elif not is_source:
            return Whereabouts.GONE
        else:
            self._prepare(claim.moved_to.rpartition("/")[0])
            # The plain rename, which most servers refuse where the name is taken; the one that replaces is an extension.
            self._ask(self._connected().rename(source, target))
        step("unlinked")
        return Whereabouts.MOVED

    def has_grown(self, claim: Claim) -> bool:
        """Whether somebody wrote to the file since; see ``Place``."""
        about = self._lstat(self._path(claim.moved_to))
        return about is not None and _version(about) != claim.version

    def full_name(self, moved_to: str) -> str:
        """Return a file's address."""
        return f"{self._where}/{moved_to}"

    def names_in(self, folder: str) -> Collection[str]:
        """Return the names of a folder's files; see ``Place``."""
        about = self._lstat(self._path(folder))
        if about is None or not stat.S_ISDIR(about.permissions or 0):
            return []
        found = self._ask(self._connected().readdir(self._path(folder)))
        return sorted(str(each.filename) for each in found if stat.S_ISREG(each.attrs.permissions or 0))

    def content(self, name: str, most: int) -> bytes:
        """Return a small file's beginning; see ``Place``."""
        about = self._lstat(self._path(name))
        if about is None or not stat.S_ISREG(about.permissions or 0):
            return b""
        with self._opened(name, FXF_READ) as file:
            return bytes(self._ask(file.read(most)))

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError):
            self._ask(self._connected().remove(self._path(name)))

    def close(self) -> None:
        """End the connection."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            with suppress(asyncssh.Error, OSError, TimeoutError):
                thread.do(_closed(connection), 2.0)
        thread.end()

    def _path(self, name: str) -> str:
        """Return the path of what has this name below the drop."""
        folder = self._where.path
        return f"{folder.rstrip('/')}/{name}" if folder else name

    async def _scanned(self, client: Any) -> list[Found]:
        about = await client.stat(self._where.path or ".")
        if not stat.S_ISDIR(about.permissions or 0):
            raise NotADirectoryError(errno.ENOTDIR, "it is not a folder")
        found: list[Found] = []
        async for each in client.scandir(self._where.path or "."):
            mode = each.attrs.permissions or 0
            if stat.S_ISDIR(mode) or each.filename in {".", ".."}:
                continue
            found.append(
                Found(
                    str(each.filename),
                    _version(each.attrs),
                    each.attrs.size or 0,
                    each.attrs.mtime or 0,
                    _why_left(each),
                )
            )
        return found

    def _lstat(self, path: str) -> Any:
        """Look at a name; the first that is asked after a pause, in which a connection may have been lost unnoticed."""
        with suppress(FileNotFoundError):
            try:
                return self._ask(self._connected().lstat(path))
            except ConnectionError:
                self._connection = None
                return self._ask(self._connected().lstat(path))
        return None

    def _prepare(self, folder: str) -> None:
        """Make a folder below the drop and what is missing above it; a link in its place is not followed."""
        path = ""
        for part in folder.split("/"):
            path = f"{path}/{part}" if path else part
            about = self._lstat(self._path(path))
            if about is None:
                self._ask(self._connected().mkdir(self._path(path), _FOLDER))
            elif not stat.S_ISDIR(about.permissions or 0):
                raise NotADirectoryError(errno.ENOTDIR, f"it is a link or a file: {part}")

    def _put(self, name: str, blocks: Iterator[bytes]) -> None:
        """Write a file under another name, then give it its own, if nothing has it."""
        folder, _, last = name.rpartition("/")
        part = f"{folder}/.{last}.part" if folder else f".{last}.part"
        if self._lstat(self._path(name)) is not None:
            return
        self.remove(part)  # of a pass that was killed
        with self._opened(part, FXF_WRITE | FXF_CREAT | FXF_EXCL) as file:
            for block in blocks:
                self._ask(file.write(block))
        self._ask(self._connected().rename(self._path(part), self._path(name)))

    def _is_ours(self, claim: Claim) -> bool:
        """Whether the file under the claim's new name has the claim's bytes."""
        about = self._lstat(self._path(claim.moved_to))
        if about is None or not stat.S_ISREG(about.permissions or 0) or about.size != claim.size:
            return False
        with self._opened(claim.moved_to, FXF_READ) as file:
            return has_content(self._reader(file), claim.sha256, claim.size)

    @contextmanager
    def _opened(self, name: str, flags: int) -> Iterator[Any]:
        attributes = _FILE if flags & FXF_CREAT else SFTPAttrs()
        # Without encoding=None the file would be one of texts.
        file = self._ask(self._connected().open(self._path(name), flags, attributes, encoding=None))
        try:
            yield file
        finally:
            with suppress(OSError):
                self._ask(file.close())

    def _reader(self, file: Any) -> Callable[[int], bytes]:
        clock = Clock()

        def read(most: int) -> bytes:
            clock.heed()
            return bytes(self._ask(file.read(most)))

        return read

    def _ask(self, asked: Coroutine[Any, Any, _Result]) -> _Result:
        """
        Wait for an answer of the server.

        Raises:
            OSError: it does not do it; the text says why in our words.
        """
        try:
            return self._do(asked, ANSWER_S)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise _as_os_error(error) from None

    def _do(self, asked: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
        if self._thread is None:
            self._thread = _LoopThread()
        return self._thread.do(asked, seconds)

    def _connected(self) -> Any:
        """Return what asks the server. ``OSError``: it cannot be reached, or does not let us in any more."""
        try:
            return self._made_connection()
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise _as_os_error(error) from None

    def _made_connection(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = None
            where = self._where
            password = from_file(where.password_file, "password_file").strip("\r\n") if where.password_file else None
            proof = (_keys_of(where), password, _known_hosts(where))
            # A server that refuses what we offer may hang up before its reason has come; so it is asked for that again.
            for left in reversed(range(TRIES)):
                try:
                    self._connection = self._do(self._connect(*proof), self._network.connect_s * 3)
                    break
                except asyncssh.ConnectionLost:
                    if not left:
                        raise
            starting = self._connection.start_sftp_client(env=None, send_env=None, path_errors="surrogateescape")
            self._client = self._do(starting, ANSWER_S)
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

    def _refuse(self, error: Exception) -> NoReturn:
        """Say why the drop cannot be looked into, and whether that is a matter of the settings."""
        drop, where = self._drop.name, self._where
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
        told = _as_os_error(error)
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


def _version(about: SFTPAttrs) -> str:
    return f"{about.size}:{about.mtime}"


def _why_left(found: Any) -> str:
    mode = found.attrs.permissions or 0
    if stat.S_ISLNK(mode):
        return "it is a link, which is not followed"
    if not stat.S_ISREG(mode):
        return "it is a pipe, socket or device, not a file"
    # Version 3 of the protocol tells the number of names only in the line that ls would print.
    links = _LINKS.match(str(found.longname or ""))
    return "it has a second name elsewhere (a hard link)" if links and int(links[1]) > 1 else ""


def _blocks(given: BinaryIO) -> Iterator[bytes]:
    return iter(partial(given.read, BLOCK_BYTES), b"")


def _as_os_error(error: Exception) -> OSError:
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
    (TimeoutError, TimeoutError, errno.ETIMEDOUT, "the server does not answer in time"),
    (NotADirectoryError, NotADirectoryError, errno.ENOTDIR, "it is not a folder"),
)
