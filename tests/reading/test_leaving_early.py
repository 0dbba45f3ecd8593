"""A sheet may be left before its last row."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from importer.reading.sheet_choice import open_sheet

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_leaving_early_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left behind that complains when it is collected."""
    path = tmp_path / "week.csv"
    path.write_text("phone,firstName\n" + "2125550101,Ana\n" * 1000, encoding="utf-8")
    heard: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)

    with open_sheet(path, chunk_rows=10) as sheet:
        next(sheet.chunks())
    del sheet
    gc.collect()

    assert heard == []
