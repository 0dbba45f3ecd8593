"""The short form of the chaos harness holds: killed, stopped, doubled and failed upon, no uuid is lost, nobody texted twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent
SERVER = os.environ.get("IMPORTER_TEST_POSTGRES", "")


# Two processes: each loads the importer before it forks the first.
@pytest.mark.parametrize(
    "scenarios",
    [
        pytest.param(("k1", "k2", "k3"), id="K1-K2-K3-killed-and-failing-servers"),
        pytest.param(
            ("k4", "k5", "k8"), id="K4-at-writes-and-sends-K5-signals-K8-runs-at-once", marks=pytest.mark.long
        ),
    ],
)
def test_holds(scenarios: tuple[str, ...]) -> None:
    """No duplicate create, no repeated no-show, no lost uuid or update, no false report, nothing sent again."""
    assert_holds(*scenarios)


@pytest.mark.long
@pytest.mark.skipif(not SERVER, reason="IMPORTER_TEST_POSTGRES names no server")
def test_holds_on_postgresql() -> None:
    """The same with the ledger in a PostgreSQL database, whose locks and commits are others."""
    assert_holds("k3", "k4", "k8", "--ledger", SERVER, "--every", "89")


def assert_holds(*arguments: str) -> None:
    played = subprocess.run(
        [sys.executable, str(HARNESS), *arguments, "--short"], capture_output=True, text=True, check=False
    )

    assert played.returncode == 0, played.stdout + played.stderr
