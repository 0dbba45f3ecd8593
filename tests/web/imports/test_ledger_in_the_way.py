"""A ledger that another run holds, that is not where it was, or whose disk is full, while the page is used."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import patch

import pytest
from page_imports import hidden, week, words
from page_queue import JobsWithLog
from page_visitors import PASSWORD

from importer.errors import LedgerFull
from importer.ledger import open_ledger
from importer.ledger.page.import_values import ImportState
from importer.ledger.store import Store, explained
from importer.web.sending import Pause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from page_imports import Office
    from page_queue import Queue


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


@contextmanager
def full_disk() -> Iterator[None]:
    """Let every write into a file or a ledger fail in this process as on a full disk."""

    def refused(_store: Store) -> NoReturn:
        raise explained(sqlite3.OperationalError("database or disk is full"))

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        with patch.object(Store, "_transaction", refused):
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_the_disk_is_full(at_work: Office) -> None:
    """All can be read on; what has to be written down is refused in words that say why, is not done, and is done later."""
    browser = at_work.browser
    import_id = at_work.reviewed(*week(2))
    agreed = hidden(at_work.get(import_id, "confirm"))
    # As if each of her requests came a minute after the last.
    with full_disk(), patch("importer.ledger.page.session_records.SEEN_EVERY_S", 0):
        read = [browser.get(f"/{path}") for path in ("", f"imports/{import_id}/review", f"imports/{import_id}/confirm")]
        refused = [
            at_work.post(import_id, "rows/1/leave"),
            at_work.post(import_id, "confirm", **agreed),
            at_work.page.browser().login("dana", PASSWORD),
        ]
        own = {"origin": "null", "sec-fetch-site": "same-origin"}
        not_kept = browser.post("/", files={"file": ("a.csv", b"phone\n1\n")}, headers=own)

    assert [answer.status_code for answer in (*read, *refused)] == [200] * 3 + [507] * 3
    for answer in refused:
        assert "The disk is full, so this could not be written down. Ask the person" in words(answer)
    assert "The file could not be kept" in words(not_kept)
    assert at_work.one(import_id).state is ImportState.REVIEW
    assert at_work.post(import_id, "rows/1/leave").status_code == 303


class FullAtFirst:
    """A log at whose first settled row the disk is full, until the end of ``until``."""

    is_kept = True

    def __init__(self, until: ExitStack) -> None:
        self._until: ExitStack | None = until

    def write(self, event: str, **_members: Any) -> None:
        if event == "settled" and self._until is not None:
            self._until.enter_context(full_disk())
            self._until = None


def test_the_disk_is_full_in_mid_run(queue: Queue) -> None:
    """The sender ends, as what it sends could not be written down; once there is space the next makes all of it good."""
    queue.add()
    plain = queue.jobs
    with ExitStack() as until:
        queue.jobs = JobsWithLog(plain.options, plain.config, killer=FullAtFirst(until))
        with pytest.raises(LedgerFull):
            queue.send()
    assert queue.one().state is ImportState.RUNNING

    queue.jobs = plain
    queue.send()

    queue.is_made_good()


def test_halted_sending_is_told() -> None:
    """Where one sender after the other ends badly that is known, until one has been at work for a while."""
    pause = Pause(lambda: clock[0])
    clock = [0.0]
    seen = []
    for exit_code in (0, -9, 1, 1, 0):
        pause.after(exit_code)
        seen.append(pause.is_long)
    pause.after(1)
    pause.after(1)
    clock[0] = 20.0

    assert (seen, pause.is_long, pause.is_over()) == ([False, False, True, True, False], False, True)
