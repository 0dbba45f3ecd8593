"""What starts a pass every night, where requests wait for a sending window."""

from __future__ import annotations

from datetime import time

import pytest

from importer.ingest.unit_files import unit_file
from importer.model.sending_window import SendingWindow

EARLY, LATE = SendingWindow(time(8), time(21)), SendingWindow(time(9, 57), time(20))


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("systemd", "OnCalendar=*-*-* 10:02:00\n"),
        ("cron", "\n2 10 * * *  "),
        ("windows", "/SC DAILY /ST 10:02 /TR"),
        ("docker", "start it every night, and at 10:02 for what waits:"),
    ],
)
def test_a_second_pass_follows_the_opening(kind: str, line: str) -> None:
    """With sending windows a second pass begins five minutes after the last of them has opened; without, there is none."""
    assert line in unit_file(kind, ["north"], None, [EARLY, LATE])  # type: ignore[arg-type]  # a str of its kinds
    assert line not in unit_file(kind, ["north"], None)  # type: ignore[arg-type]  # likewise
    assert "10:02" not in unit_file(kind, ["north"], None)  # type: ignore[arg-type]  # likewise
