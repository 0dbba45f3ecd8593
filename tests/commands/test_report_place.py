"""The folder of the reports is looked at before anything is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from desk import appointments

from importer.commands.run import run
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from desk import Desk

    from importer.commands.job import Event


@pytest.mark.parametrize("below", ["", "runs/2027"])
def test_a_file_in_its_place_is_refused(desk: Desk, tmp_path: Path, below: str) -> None:
    """A folder that cannot be is exit 2 with 0 requests, whether the file has its name or one above it."""
    (tmp_path / "taken").write_text("a letter", encoding="utf-8")
    with pytest.raises(UsageError, match="is not a folder"):
        run(desk.job(reports_dir=tmp_path / "taken" / below), [desk.sheet(*appointments(1))])

    assert desk.sandbox.requests() == []
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "a letter"


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_folder_that_others_may_write_is_told(desk: Desk, tmp_path: Path) -> None:
    """The run goes on, with a warning; a private folder has none."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    heard: list[Event] = []
    job = desk.job(reports_dir=tmp_path / "open")
    object.__setattr__(job, "on_event", heard.append)
    run(job, [desk.sheet(*appointments(1))])

    assert [event.text for event in heard if "Other users may write" in event.text]


@pytest.mark.skipif(os.name != "posix", reason="links are those of POSIX")
def test_a_link_in_place_of_a_run_is_not_followed(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is missing and said so, the link's target stays empty, and the ledger has every row."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr("secrets.token_hex", lambda _size: "beef")
    (tmp_path / "reports" / "20270302-150640-beef").symlink_to(tmp_path / "theirs")
    done = desk.run(*appointments(1))

    assert done.run.id == "20270302-150640-beef"
    assert list((tmp_path / "theirs").iterdir()) == []
    assert "it is a link" in " ".join(done.written.notes)
