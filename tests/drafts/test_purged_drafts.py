"""What a purge leaves of drafts: nothing of old ones, sent or not; young ones stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import ROW, appointments
from purge_months import purged
from sqlalchemy import select

from importer.commands.drafts.draft_editing import Wanted, edit
from importer.commands.drafts.draft_keeping import keep, look
from importer.commands.drafts.draft_retrying import keep_retry
from importer.commands.drafts.draft_sending import run_draft
from importer.commands.drafts.undo import undo
from importer.errors import UsageError
from importer.ledger import ledger_of_drafts
from importer.ledger.drafts.draft_tables import EVERYTHING, drafts
from importer.ledger.opening import ledger_url
from importer.ledger.store import Store
from importer.sandbox import Rule
from importer.settings.token import PurgeKeySource

if TYPE_CHECKING:
    from desk import Desk

DAY_S = 86_400


def test_purge_covers_drafts_and_edits(either_desk: Desk) -> None:
    """The draft of a purged run goes with its edits, and so does one that nobody touched; one of today can be sent."""
    desk = either_desk
    desk.settings["purge_key_source"] = PurgeKeySource(file=desk.folder / "keys" / "purge.key")
    _, sent = keep(desk.job(), [desk.sheet(*appointments(1))])
    edit(desk.job(), sent.id, Wanted(["2:firstName=Quillfeather"]))
    look(desk.job(), sent.id)
    result = run_draft(desk.job(), sent.id)
    _, old = keep(desk.job(), [desk.sheet(ROW | {"externalEventId": "2", "phone": "2125550142"}, name="old.csv")])
    edit(desk.job(), old.id, Wanted(["2:firstName=Quillfeather"]))
    desk.now += 20 * DAY_S
    later = ROW | {"externalEventId": "3", "phone": "2125550143", "eventDateTime": "2027-05-08 09:00"}
    _, young = keep(desk.job(), [desk.sheet(later, name="young.csv")])

    found = purged(desk, days=10)

    assert (found.counts.runs, found.counts.drafts) == (1, 1)
    store = Store(ledger_url(desk.job().settings.ledger_url), busy_s=5, read_only=True)
    try:
        with store.reading() as connection:
            left = {
                table.name: set(connection.execute(select(table.c[name])).scalars())
                for table, name in ((drafts, "seq"), *((table, "draft") for table in EVERYTHING))
            }
    finally:
        store.close()
    assert left == {table.name: {young.seq} for table in (drafts, *EVERYTHING)} | {"draft_edits": set()}
    with ledger_of_drafts(desk.job().settings.ledger_url) as ledger:
        assert [draft.id for draft in ledger.drafts.all()] == [young.id]
    with pytest.raises(UsageError, match="its personal data was removed"):
        undo(desk.job(), result.run.id)
    run_draft(desk.job(), young.id)


def test_a_purge_overwrites_what_a_dropped_draft_left(either_desk: Desk) -> None:
    """A draft that is dropped marks its pages, and the next purge overwrites them, even if it finds nothing else."""
    desk = either_desk
    desk.settings["purge_key_source"] = PurgeKeySource(file=desk.folder / "keys" / "purge.key")
    _, draft = keep(desk.job(), [desk.sheet(*appointments(1))])
    with ledger_of_drafts(desk.job().settings.ledger_url) as ledger:
        ledger.drafts.drop(draft.id)

    first, second = purged(desk, days=10), purged(desk, days=10)

    assert (first.counts.is_left, first.is_whole) == (True, True)
    assert (second.counts.is_left, second.is_empty) == (False, True)


def test_a_purged_run_is_not_tried_again(either_desk: Desk) -> None:
    """What is left of a purged run is neither kept as a draft, nor sent or corrected from one that was kept before."""
    desk = either_desk
    desk.settings["purge_key_source"] = PurgeKeySource(file=desk.folder / "keys" / "purge.key")
    desk.sandbox.set_faults(Rule("status_before", status=400))
    failed = desk.run(*appointments(2, eventDateTime="2027-05-08 09:00"))
    desk.sandbox.set_faults()
    _, kept = keep_retry(desk.job(), failed.run.id)
    desk.now += 20 * DAY_S
    look(desk.job(), kept.id)
    purged(desk, days=10)

    for tried in (
        lambda: keep_retry(desk.job(), failed.run.id),
        lambda: look(desk.job(), kept.id),
        lambda: run_draft(desk.job(), kept.id),
        lambda: edit(desk.job(), kept.id, Wanted(["2:firstName=Bo"])),
    ):
        with pytest.raises(UsageError, match="cannot be sent again: their personal data was removed"):
            tried()
    assert desk.deeds() == []
