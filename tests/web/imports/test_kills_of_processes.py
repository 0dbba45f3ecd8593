"""The page as it is started by a person, with its processes killed while imports go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from long_form import longer
from page_kills import besiege

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.long
def test_kills_of_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each kill the same address tells where the import stands; no appointment is made twice, and no uuid is lost."""
    monkeypatch.setenv("IMPORTER_TOKEN", "sandbox")

    kills = besiege(tmp_path, longer(2, 50), rows=20, seed=7, said=lambda _line: None)

    assert kills.total() == longer(2, 50)
