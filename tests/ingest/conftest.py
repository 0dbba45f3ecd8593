"""A yard for every test of drops; one process reads the files of all of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

import pytest
from desk import Desk
from drop_servers import CREDENTIALS, Buckets, SftpServer, buckets, sftp_server
from drop_shelves import BucketShelf, FolderShelf
from drop_yard import Yard
from on_postgres import schema

from importer.ingest.check_process import CheckProcess
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckProcess]:
    with CheckProcess(tmp_path_factory.getbasetemp().resolve()) as process:
        yield process


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def yard(tmp_path: Path, sandbox: Sandbox, checks: CheckProcess) -> Yard:
    (tmp_path / "drop").mkdir()
    return Yard(Desk(tmp_path, sandbox), checks)


@pytest.fixture
def server_yard(yard: Yard) -> Iterator[Yard]:
    """Give a yard whose ledger is on a PostgreSQL server."""
    with schema() as url:
        yard.desk.settings["ledger_url"] = url
        yield yard


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[Buckets]:
    with buckets() as server:
        yield server


@pytest.fixture
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("sftp")) as server:
        yield server


@pytest.fixture
def sftp_yard(yard: Yard, sftp: SftpServer) -> Yard:
    """Give a yard whose drop is a folder of an SFTP server."""
    yard.shelf = FolderShelf(sftp.root / "out", sftp.place)
    return yard


@pytest.fixture
def bucket_yard(yard: Yard, bucket_server: Buckets, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """Give a yard whose drop is a bucket of its own, which keeps versions."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    place = bucket_server.made(f"drop-{secrets.token_hex(6)}", versioned=True)
    yard.shelf = BucketShelf(place, bucket_server.client)
    return yard


@pytest.fixture(params=["s3", "sftp"])
def remote_yard(request: pytest.FixtureRequest) -> Yard:
    """Give a yard whose drop lies on a server, of each kind in turn."""
    return cast("Yard", request.getfixturevalue("bucket_yard" if request.param == "s3" else "sftp_yard"))
