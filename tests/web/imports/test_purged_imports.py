"""What a purge leaves of imports: that they were there, their state and their counts; nothing of their sheets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from page_imports import week

from importer.commands.drafts.draft_apart import NamedFile, keep_apart
from importer.ingest.purge import DAY_S, purge
from importer.ledger.page.import_values import Import, ImportState
from importer.settings.token import PurgeKeySource
from importer.web.uploads import uploads_of

if TYPE_CHECKING:
    from pathlib import Path

    from page_queue import Queue

    from importer.ingest.purge import Purged

NOW = 1.0e6


def purged(queue: Queue, monkeypatch: pytest.MonkeyPatch, *, later_days: int = 90) -> Purged:
    """Purge what is older than 30 days, so many days from now."""
    monkeypatch.setenv("IMPORTER_PURGE_KEY", "")
    job = queue.jobs.job()
    settings = replace(job.settings, purge_key_source=PurgeKeySource(file=queue.desk.folder / "keys" / "purge.key"))
    at = queue.jobs.now() + later_days * DAY_S
    queue.store.close()
    return purge(replace(job, settings=settings, now=lambda: at), 30, confirm=lambda _found: True)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "keys" not in path.parts)


def test_sent_import_loses_its_sheet(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sent import keeps its headline and its counts; its copy, the names of its people and its notes are gone for good."""
    uploads = uploads_of(queue.jobs.settings())
    sheet = queue.desk.folder / "made.csv"
    queue.desk.sheet(*[row | {"firstName": "Quillfeather"} for row in week(2)], name="made.csv")
    with sheet.open("rb") as stream:
        kept = uploads.take(stream)
    sheet.unlink()
    _, draft = keep_apart(queue.jobs.job(), "20270302-000000-a1", [NamedFile(str(uploads.path(kept.copy)), "week.csv")])
    agreed = {"version": draft.version, "fingerprint": draft.fingerprint, "by": "dana", "at": 1.0}
    queue.store.imports.add(
        Import(
            "a1", 1, "dana", NOW, copy=kept.copy, sha256=kept.sha256, name="week.csv", state=ImportState.QUEUED,
            draft=draft.id, agreed=agreed, facts={"rows": 2, "notes": ["Quillfeather"]}, changed_at=NOW,
        )
    )  # fmt: skip
    queue.send()
    assert b"Quillfeather" in bytes_of(queue.desk.folder)

    found = purged(queue, monkeypatch)

    assert (found.counts.imports, found.counts.runs) == (1, 1)
    one = queue.one()
    assert (one.state, one.copy, one.facts) == (ImportState.FINISHED, "", {"rows": 2, "purged": True})
    assert one.result["headline"] == "All 2 rows done."
    assert one.result["totals"] == {"created": 2}
    assert "wanting" not in one.result
    assert list(uploads.root.glob("[0-9a-f]*")) == []
    queue.store.close()
    assert b"Quillfeather" not in bytes_of(queue.desk.folder)
    assert purged(queue, monkeypatch, later_days=91).counts.imports == 0


@pytest.mark.parametrize("state", [ImportState.REVIEW, ImportState.COLUMNS, ImportState.UNREADABLE])
def test_unsent_import_is_forgotten(queue: Queue, monkeypatch: pytest.MonkeyPatch, state: ImportState) -> None:
    """An import that nobody sent or touched for so long is forgotten, and says so."""
    queue.store.imports.add(
        Import("a1", 1, "dana", NOW, state=state, facts={"notes": ["Ana"]}, problem="Ana", changed_at=NOW)
    )

    assert purged(queue, monkeypatch).counts.imports == 1

    one = queue.one()
    assert (one.state, one.facts) == (ImportState.FORGOTTEN, {"purged": True})
    assert "personal data of this import was removed" in one.problem


def test_import_with_which_something_goes_on_is_spared(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a check or for the sender, and what was touched lately, stays as it is."""
    now = queue.jobs.now()
    waiting = Import("a1", 1, "dana", NOW, state=ImportState.INTERRUPTED, facts={"rows": 1}, changed_at=NOW)
    young = Import("a2", 1, "dana", NOW, state=ImportState.REVIEW, facts={"rows": 1}, changed_at=now + 80 * DAY_S)
    queue.store.imports.add(waiting)
    queue.store.imports.add(young)

    assert purged(queue, monkeypatch).counts.imports == 0

    assert (queue.one("a1"), queue.one("a2")) == (waiting, young)
