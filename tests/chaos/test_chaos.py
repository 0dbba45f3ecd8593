"""The short form of the chaos harness holds: killed, stopped, doubled and failed upon, no uuid is lost, nobody texted twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent
SERVER = os.environ.get("IMPORTER_TEST_POSTGRES", "")


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param("k1", id="K1-killed-creates"),
        pytest.param("k2", id="K2-killed-and-failing-server"),
        pytest.param("k3", id="K3-server-killed-too"),
        pytest.param("k4", id="K4-at-writes-and-sends"),
        pytest.param("k5", id="K5-signals"),
        pytest.param("k8", id="K8-runs-at-once"),
    ],
)
def test_holds(scenario: str) -> None:
    """No duplicate create, no repeated no-show, no lost uuid or update, no false report, nothing sent again."""
    assert_holds(scenario)


@pytest.mark.skipif(not SERVER, reason="IMPORTER_TEST_POSTGRES names no server")
@pytest.mark.parametrize(
    ("scenario", "size"),
    [
        pytest.param("k3", (), id="K3-importer-and-API-killed"),
        pytest.param("k4", ("--every", "40"), id="K4-at-writes-and-sends"),
        pytest.param("k8", (), id="K8-runs-at-once"),
    ],
)
def test_holds_on_postgresql(scenario: str, size: tuple[str, ...]) -> None:
    """The same with the ledger in a PostgreSQL database, whose locks and commits are others."""
    assert_holds(scenario, "--ledger", SERVER, *size)


def assert_holds(*arguments: str) -> None:
    played = subprocess.run(
        [sys.executable, str(HARNESS), *arguments, "--short"], capture_output=True, text=True, check=False
    )

    assert played.returncode == 0, played.stdout + played.stderr
