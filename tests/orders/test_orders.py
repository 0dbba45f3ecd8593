"""Commands in any order, drawn at random: nobody is texted twice, nothing sticks, ledger and API agree."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parent))

from command_machine import Commands, kept_engines

SHORT = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_commands_in_any_order() -> None:
    """A few drawn orders hold; ``python tests/orders`` plays 20,000 steps."""
    with kept_engines():
        run_state_machine_as_test(Commands, settings=SHORT)
