"""A yard for every test of drops; one process reads the files of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import Desk
from drop_yard import Yard
from on_postgres import schema

from importer.ingest.check_process import CheckProcess
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
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
