"""A page at work against a sandbox, with the token where the process that sends finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_imports import Office, office
from page_queue import Queue, queued

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as running:
        monkeypatch.setenv("IMPORTER_TOKEN", running.token)
        yield running


@pytest.fixture
def at_work(tmp_path: Path, sandbox: Sandbox) -> Iterator[Office]:
    with office(tmp_path, sandbox) as found:
        yield found


@pytest.fixture
def queue(tmp_path: Path, sandbox: Sandbox) -> Iterator[Queue]:
    with queued(tmp_path, sandbox) as found:
        yield found
