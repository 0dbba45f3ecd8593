"""A do-not-text list and drop folders: its people are not booked, and without the list no file is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import appointments

from importer.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from drop_yard import Yard


def test_drop_books_nobody_of_the_list(yard: Yard, tmp_path: Path) -> None:
    """The file is done with a problem for the listed person; the others are booked."""
    (tmp_path / "list.txt").write_text("(212) 555-0102\n", encoding="utf-8")
    yard.put("a.csv", *appointments(3))
    yard.ingest(do_not_text=tmp_path / "list.txt")

    assert yard.creates() == ["1001", "1003"]


def test_drop_waits_where_the_list_cannot_be_read(yard: Yard, tmp_path: Path) -> None:
    """The pass is refused as a whole, and its files are sent once the list is there."""
    yard.put("a.csv", *appointments(2))
    with pytest.raises(SettingsError, match="do-not-text"):
        yard.ingest(do_not_text=tmp_path / "list.txt")
    assert (yard.creates(), yard.files()) == ([], ["a.csv"])
    (tmp_path / "list.txt").write_text("2125550102\n", encoding="utf-8")
    yard.ingest(do_not_text=tmp_path / "list.txt")

    assert yard.creates() == ["1001"]
