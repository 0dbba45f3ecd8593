"""The time that a whole command may take for reading and checking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("command", ["check", "plan"])
def test_sheet_that_takes_too_long_is_refused(within: Callable[..., Any], tmp_path: Path, command: str) -> None:
    """A text file is refused too (exit 3), with a sentence that names the option."""
    (tmp_path / "visits.csv").write_text("phone,externalEventId\n2125550101,1\n", encoding="utf-8")

    ran = within(command, "visits.csv", "--check-seconds", "0.000001")

    assert ran.code == 3
    assert "longer than the setting check_seconds allows" in ran.err
    assert "--check-seconds" in ran.err
