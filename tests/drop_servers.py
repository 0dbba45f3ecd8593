"""
Servers on which drops lie in tests: moto's, which keeps buckets in memory, and asyncssh's, which serves a folder over SFTP.

Both listen on loopback in this process. What a pass does there is looked at from behind: by another client of the bucket, and
in the served folder itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncssh
import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from importer.model.drops import Bucket, SftpFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "pass canary"
KEY_ID, SECRET = "AKIAIOSFODNN7CANARY", "wJalrXUtnFEMIcanarySECRETkey"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}


@dataclass(frozen=True)
class Buckets:
    """A server of buckets, and a client of its own. ``endpoint``: the server's address."""

    endpoint: str
    client: Any

    def made(self, name: str, *, versioned: bool = False) -> Bucket:
        """Make a bucket; return the place in it where files land."""
        self.client.create_bucket(Bucket=name)
        if versioned:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Bucket(name, "in/", endpoint=self.endpoint)


@contextmanager
def buckets() -> Iterator[Buckets]:
    """Run a server of buckets."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        how = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=endpoint, config=Config(proxies={}), **how)
        yield Buckets(endpoint, client)
        client.close()
    finally:
        server.stop()


class _Served(asyncssh.SFTPServer):
    """Serves one folder; ``refused``: what its users may not do."""

    refused: frozenset[str] = frozenset()
    root = b""

    def __init__(self, channel: Any) -> None:
        super().__init__(channel, chroot=self.root)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if "rename" in self.refused:
            raise asyncssh.SFTPPermissionDenied("no")
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise AssertionError("this replaces a file that has the name")

    def mkdir(self, path: bytes, attrs: Any) -> Any:
        if "mkdir" in self.refused:
            raise asyncssh.SFTPPermissionDenied("no")
        return super().mkdir(path, attrs)


class _Users(asyncssh.SSHServer):
    def __init__(self, keys: frozenset[str], password: str | None) -> None:
        self._keys = keys
        self._password = password

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        return key.export_public_key("openssh").decode().split()[1] in self._keys

    def password_auth_supported(self) -> bool:
        return self._password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._password


@dataclass
class SftpServer:
    """A server that serves ``root``; its user's key and the keys of servers that the user knows lie in ``home``."""

    root: Path
    home: Path
    port: int
    handler: type[_Served]
    connections: list[Any]
    loop: asyncio.AbstractEventLoop

    @property
    def place(self) -> SftpFolder:
        """Where files land."""
        return SftpFolder(
            "127.0.0.1",
            "/out",
            "clinic",
            self.port,
            known_hosts=self.home / "known_hosts",
            key_file=self.home / "id_ed25519",
        )

    def refuse(self, *what: str) -> None:
        """Let users not do this any more: rename, mkdir."""
        self.handler.refused = frozenset(what)

    def cut(self) -> None:
        """Cut all connections, without a word."""
        for each in self.connections:
            self.loop.call_soon_threadsafe(each.abort)


@contextmanager
def sftp_server(folder: Path, **algorithms: Any) -> Iterator[SftpServer]:
    """Run a server for a folder of this machine; ``algorithms``: what it offers, where that is not the usual."""
    root, home = folder / "served", folder / "home"
    (root / "out").mkdir(parents=True)
    home.mkdir()
    host_key = algorithms.pop("host_key", None) or asyncssh.generate_private_key("ssh-ed25519")
    user_key = asyncssh.generate_private_key("ssh-ed25519")
    (home / "id_ed25519").write_bytes(user_key.export_private_key())
    (home / "id_ed25519").chmod(0o600)
    handler = type("Served", (_Served,), {"root": str(root).encode()})
    known = frozenset({user_key.export_public_key("openssh").decode().split()[1]})
    connections: list[Any] = []

    class Users(_Users):
        def connection_made(self, conn: Any) -> None:
            connections.append(conn)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> Any:
        return await asyncssh.create_server(
            lambda: Users(known, PASSWORD),
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            sftp_factory=handler,
            allow_scp=False,
            **algorithms,
        )

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    port = server.sockets[0].getsockname()[1]
    public = host_key.export_public_key("openssh").decode().strip()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n", encoding="ascii")
    try:
        yield SftpServer(root, home, port, handler, connections, loop)
    finally:

        async def stop() -> None:
            server.close()
            for each in connections:
                each.abort()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
