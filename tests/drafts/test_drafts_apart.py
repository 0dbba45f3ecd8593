"""A draft is kept and made anew beside a run that is at work, and what it did not know is found when it is sent."""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, appointments

from importer.commands.drafts.draft_apart import NamedFile, keep_apart, keep_retry_apart, look_apart
from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_sending import Seen, run_draft
from importer.commands.run import run
from importer.errors import FileRefused, Held, LedgerError, NothingToDo
from importer.ledger import drafts_of, ledger_of_drafts, open_ledger
from importer.ledger.drafts.draft_store import Drafts
from importer.ledger.store import Store
from importer.sandbox import Rule

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from desk import Desk
    from sqlalchemy import Connection

    from importer.ledger.drafts.draft_values import Draft


def opened(desk: Desk) -> None:
    """Make the ledger, as the page does when it is started."""
    with open_ledger(desk.job().settings.ledger_url):
        pass


def kept(desk: Desk, *rows: dict[str, str], draft_id: str = "20270302-000000-aa", **settings: Any) -> Draft:
    path = desk.sheet(*rows)
    return keep_apart(desk.job(**settings), draft_id, [NamedFile(path, "my week.csv")], by="Dana")[1]


def test_draft_is_kept_while_a_run_is_at_work(either_desk: Desk) -> None:
    """A draft is kept, looked at and edited while another run holds the ledger, and none of them waits for it."""
    opened(either_desk)
    with open_ledger(either_desk.job().settings.ledger_url) as at_work:
        running = at_work.begin("run", at=either_desk.now)
        draft = kept(either_desk, *appointments(3))
        edit(either_desk.job(), draft.id, Wanted(leave_out=("3",)), by="Dana")
        found, shown = look_apart(either_desk.job(), draft.id)
        running.forget()

    assert (draft.by, draft.names, draft.plan.calls["create"]) == ("Dana", ("my week.csv",), 3)
    assert (shown.version, shown.shown) == (2, 2)
    assert found.sums == {"create": 2, "not_sent": 1}


def test_draft_is_sent_as_it_was_shown(either_desk: Desk) -> None:
    """What was kept beside the ledger is sent exactly so, and reports call the file as its person does."""
    opened(either_desk)
    draft = kept(either_desk, *appointments(2))

    result = run_draft(either_desk.job(), draft.id, seen=Seen(draft.version, draft.fingerprint))

    assert [file.name for file in result.report.files] == ["my week.csv"]
    assert result.report.done_count == 2
    assert len(either_desk.deeds()) == 2


def test_draft_that_did_not_know_of_a_run_is_not_sent(desk: Desk) -> None:
    """What a run sent after the copy was made is found when the draft is sent, and nothing goes twice."""
    opened(desk)
    draft = kept(desk, *appointments(2))
    run(desk.job(), [desk.sheet(*appointments(2), name="other.csv")])

    with pytest.raises(Held, match="2 rows of draft"):
        run_draft(desk.job(), draft.id, seen=Seen(draft.version, draft.fingerprint))

    assert len(desk.deeds()) == 2


def test_draft_that_is_there_is_not_kept_twice(desk: Desk) -> None:
    """An id names one draft: a second one of that id is refused, and the first stays as it is."""
    opened(desk)
    kept(desk, *appointments(2))

    with pytest.raises(LedgerError):
        kept(desk, *appointments(1))

    with ledger_of_drafts(desk.job().settings.ledger_url) as beside:
        assert [draft.plan.calls["create"] for draft in beside.drafts.all()] == [2]


@pytest.mark.parametrize("writes", [1, 2, 3])
def test_kill_while_a_draft_is_written(desk: Desk, writes: int) -> None:
    """What a kill leaves of a draft that was being written is no draft, and the next try of the same id is whole."""
    opened(desk)
    child = os.fork()
    if not child:
        try:
            begun, writing = count(1), Store.writing

            def killed(store: Store) -> AbstractContextManager[Connection]:
                if desk.folder.name in str(store.engine.url) and next(begun) > writes:
                    os.kill(os.getpid(), signal.SIGKILL)
                return writing(store)

            Store.writing = killed  # type: ignore[method-assign]
            kept(desk, *appointments(3))
        finally:
            os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with open_ledger(desk.job().settings.ledger_url) as ledger:
        assert ledger.drafts.all() == []
        assert ledger.verify().faults == ()

    draft = kept(desk, *appointments(3))

    with drafts_of(desk.job().settings.ledger_url) as drafts:
        assert drafts.rows.count(draft) == 3
        assert [one.id for one in drafts.all()] == [draft.id]


def test_others_write_while_a_draft_is_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft is kept, and shown anew, in many short transactions, so that others can write in between."""
    opened(desk)
    monkeypatch.setattr("importer.ledger.drafts.draft_store.AT_ONCE", 2)
    monkeypatch.setattr("importer.ledger.drafts.draft_store.DELETED_AT_ONCE", 2)
    transactions: list[str] = []
    writing = Store.writing

    def counted(store: Store) -> AbstractContextManager[Connection]:
        if not store.is_rehearsing:
            transactions.append(str(store.engine.url))
        return writing(store)

    monkeypatch.setattr(Store, "writing", counted)
    draft = kept(desk, *appointments(7))
    steps = len(transactions)
    look_apart(desk.job(), draft.id)

    # Four of rows, one of the sheet's bytes, one before and one behind them; a new plan deletes the old one, too.
    assert steps >= 7
    assert len(transactions) - steps >= 7 + 4


def test_edit_in_the_middle_of_a_new_plan_is_not_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit that comes while the plan is made anew stops that one, and the next look shows the edit."""
    opened(desk)
    draft = kept(desk, *appointments(3))
    shown = Drafts.show

    def edited_before(drafts: Drafts, *given: Any, **how: Any) -> Draft:
        edit(desk.job(), draft.id, Wanted(leave_out=("3",)), by="Dana")
        return shown(drafts, *given, **how)

    monkeypatch.setattr(Drafts, "show", edited_before)
    with pytest.raises(Held):
        look_apart(desk.job(), draft.id)
    monkeypatch.setattr(Drafts, "show", shown)

    assert look_apart(desk.job(), draft.id)[0].sums == {"create": 2, "not_sent": 1}


def test_refused_file_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    """A file that cannot be read leaves no draft and no copy of the ledger."""
    opened(desk)
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")

    with pytest.raises(FileRefused):
        keep_apart(desk.job(), "20270302-000000-aa", [NamedFile(str(path), "empty.csv")])

    with ledger_of_drafts(desk.job().settings.ledger_url) as beside:
        assert beside.drafts.all() == []


def test_failed_rows_become_a_draft_beside_the_ledger(desk: Desk) -> None:
    """What a run left is kept as a draft of its own while another run is at work; nothing left is said so."""
    desk.sandbox.set_faults(Rule("status_before", status=400))
    first = desk.run(*appointments(2))
    desk.sandbox.set_faults()

    with open_ledger(desk.job().settings.ledger_url):
        found, draft = keep_retry_apart(desk.job(), "20270302-000000-ab", first.run.id, by="Dana")

    assert (draft.parent, draft.by, dict(found.sums)) == (first.run.id, "Dana", {"create": 2})


def test_nothing_left_makes_no_draft(desk: Desk) -> None:
    """Of a run whose rows are all done no draft is made."""
    first = desk.run(*appointments(2))

    with pytest.raises(NothingToDo):
        keep_retry_apart(desk.job(), "20270302-000000-ab", first.run.id)


def test_plan_keeps_what_a_page_tells(desk: Desk) -> None:
    """A kept plan tells zones, kinds of problem with an example, when reminders are due, and each hold with its code."""
    opened(desk)
    draft = kept(
        desk,
        ROW | {"remindTimeOffset": "PT24H"},
        ROW | {"externalEventId": "1002", "phone": "12"},
    )

    assert draft.plan.zones == ["America/New_York"]
    (kind,) = draft.plan.problems["invalid"]
    assert (kind["count"], kind["rows"], kind["field"]) == (1, [3], "phone")
    assert "Column B" in kind["place"]
    assert draft.plan.reminding is not None
    assert draft.plan.reminding["count"] == 1
    assert draft.plan.held == []
