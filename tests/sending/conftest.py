"""Servers that fail on purpose, and the calls that are sent to them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# The helpers stand beside the tests, which are modules and no package.
sys.path.insert(0, str(Path(__file__).parent))

from scripted_server import Server

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers for a script; they end with the test."""
    servers: list[Server] = []

    def start(*args: object, **kwargs: object) -> Server:
        servers.append(Server(*args, **kwargs))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
