"""A ledger that another run holds, or that is not where it was, while the page is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page_imports import week, words

from importer.ledger import open_ledger
from importer.ledger.page.import_values import ImportState

if TYPE_CHECKING:
    from page_imports import Office


def test_another_run_holds_the_ledger(at_work: Office) -> None:
    """Uploads, checks, edits and searches wait for nobody; what is sent waits in line, says for whom, and goes on by itself."""
    with open_ledger(str(at_work.desk.folder / "ledger.db")):
        import_id = at_work.reviewed(*week(1))
        left = at_work.post(import_id, "rows/1/leave")
        back = at_work.post(import_id, "rows/1/back")
        found = at_work.browser.send_form("/appointments", q="Ana")
        at_work.post(import_id, "continue")
        at_work.wait(import_id, ImportState.REVIEW)
        sent = at_work.send(import_id)
        while not at_work.one(import_id).problem:
            assert at_work.one(import_id).state is ImportState.QUEUED
        waiting = words(at_work.get(import_id, "progress"))

    assert (left.status_code, back.status_code, found.status_code, sent.status_code) == (303, 303, 200, 303)
    assert "Another run of the importer is using the ledger" in waiting
    assert at_work.sandbox.effects() == []
    at_work.wait(import_id, ImportState.FINISHED)
    assert len(at_work.sandbox.effects()) == 1


def test_the_ledger_is_moved(at_work: Office) -> None:
    """Pages say that it cannot be read, nothing is made in its place, and all goes on once it is back."""
    import_id = at_work.reviewed(*week(1))
    place = at_work.desk.folder / "ledger.db"
    beside = [path for path in place.parent.glob("ledger.db*") if path.name != "ledger.db.lock"]
    away = place.parent / "away"
    away.mkdir()
    for path in beside:
        path.rename(away / path.name)

    answers = [at_work.browser.get(path) for path in ("/", f"/imports/{import_id}/review", "/unknown")]
    saved = at_work.post(import_id, "rows/1/leave")

    for answer in (*answers, saved):
        assert answer.status_code in {303, 500, 503}, words(answer)
    assert not place.exists()
    for path in away.iterdir():
        path.rename(place.parent / path.name)
    assert "1 change to send" in words(at_work.get(import_id, "review"))
    at_work.sent(import_id)
