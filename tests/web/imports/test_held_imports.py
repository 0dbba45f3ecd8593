"""An import on hold says why and by which rows, wants the number typed, and then sends what was approved and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page_imports import DAY, hidden, week, words

from importer.ledger.page.import_values import ImportState

if TYPE_CHECKING:
    from page_imports import Office


def test_held_import_wants_its_number(at_work: Office) -> None:
    """A sheet that moves every visit by an hour is held; another number sends nothing, the right one leads to Send."""
    at_work.sent(at_work.reviewed(*week(12)))
    moved = [row | {"eventDateTime": f"{DAY} 10:00"} for row in week(12)]
    import_id = at_work.reviewed(*moved, name="moved.csv")
    assert "12 rows on hold until approved" in words(at_work.get(import_id, "review"))

    shown = at_work.get(import_id, "confirm")
    told = words(shown)
    assert "Nothing is sent until you approve it" in told
    assert "On hold until approved: 12 rows" in told
    assert "9:00 AM → 10:00 AM" in told
    for number, wants in (("", "Type the number of rows on hold."), ("11", "Type 12 to approve."), ("x", "Type 12 to")):
        answer = at_work.post(import_id, "confirm", **hidden(shown), number=number)
        assert (answer.status_code, wants in words(answer)) == (422, True)
    assert len(at_work.sandbox.effects()) == 12

    answer = at_work.post(import_id, "confirm", **hidden(shown), number="12")

    assert answer.headers["location"] == f"/imports/{import_id}/checking"
    at_work.wait(import_id, ImportState.REVIEW)
    assert at_work.get(import_id).headers["location"] == f"/imports/{import_id}/confirm"
    told = words(at_work.get(import_id, "confirm"))
    assert "12 changes: 12 updates." in told
    assert "You approved" in told
    assert at_work.sent(import_id).state is ImportState.FINISHED
    assert [str(done.action) for done in at_work.sandbox.effects()].count("update") == 12
    assert {deed.event for deed in at_work.page.site.store.audit.newest(9)} >= {"approved", "sent", "uploaded"}


def test_approval_is_of_the_plan_that_was_shown(at_work: Office) -> None:
    """Once the plan is made again, the number is wanted again: the rows on hold may be others."""
    at_work.sent(at_work.reviewed(*week(12)))
    moved = [row | {"eventDateTime": f"{DAY} 10:00"} for row in week(12)]
    import_id = at_work.reviewed(*moved, name="moved.csv")
    at_work.post(import_id, "confirm", **hidden(at_work.get(import_id, "confirm")), number="12")
    at_work.wait(import_id, ImportState.REVIEW)
    assert "You approved" in words(at_work.get(import_id, "confirm"))

    at_work.post(import_id, "check-again")
    at_work.wait(import_id, ImportState.REVIEW)

    shown = at_work.get(import_id, "confirm")
    assert "Nothing is sent until you approve it" in words(shown)
    assert at_work.post(import_id, "confirm", **hidden(shown)).status_code == 422
    assert len(at_work.sandbox.effects()) == 12
