"""Only regular files are opened: a pipe or a device is refused at once, and never waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from importer.api.client import tls_context
from importer.commands.plan import load
from importer.errors import SettingsError, UsageError
from importer.sandbox.server import read_rules
from importer.settings.file import open_regular, read_config, read_regular
from importer.web.serving import server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Make a pipe that nobody writes into."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    "read", [open_regular, lambda path: read_regular(path, 10), read_rules], ids=["open", "read", "faults"]
)
def test_pipe_is_refused(fifo: Path, read: Callable[[Path], object]) -> None:
    """A pipe is an error of the system, at once."""
    with pytest.raises(OSError, match="not a regular file"):
        read(fifo)


def test_pipe_as_plan(fifo: Path) -> None:
    """A pipe is no plan."""
    with pytest.raises(UsageError, match="cannot be read"):
        load(fifo)


def test_pipe_as_authorities(fifo: Path) -> None:
    """A pipe holds no certificates of authorities, and OpenSSL is not let to wait for them."""
    with pytest.raises(SettingsError, match="ca_bundle cannot be read"):
        tls_context(fifo)


def test_pipe_as_certificate(fifo: Path) -> None:
    """A pipe is no certificate of the page."""
    with pytest.raises(UsageError, match="certificate or its key"):
        server(Starlette(), certfile=fifo)


def test_pipe_as_settings(fifo: Path) -> None:
    """A pipe is no settings file."""
    with pytest.raises(SettingsError):
        read_config(fifo)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "."])
def test_devices_and_folders_are_refused(name: str) -> None:
    """Devices and folders are no regular files either."""
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(name, 10)


def test_length_is_limited(tmp_path: Path) -> None:
    """A file longer than it may be is not read."""
    path = tmp_path / "long"
    path.write_bytes(b"12345678901")

    with pytest.raises(OSError, match="too long"):
        read_regular(path, 10)

    assert read_regular(path, 11) == b"12345678901"
