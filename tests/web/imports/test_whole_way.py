"""A sheet's whole way through the page: uploaded, checked, reviewed, confirmed, sent, reported, tried again."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import openpyxl
from desk import ROW
from page_imports import DAY, SOON, hidden, week, words

from importer.ledger.page.import_values import ImportState
from importer.sandbox import Rule

if TYPE_CHECKING:
    from page_imports import Office


def test_sheet_goes_the_whole_way(at_work: Office) -> None:
    """Every step leads to the next, says what it says, and at the end each row is in the workbook with its uuid."""
    rows = [*week(5), ROW | SOON | {"externalEventId": "2001", "phone": "212-555-01", "firstName": "Olga"}]
    import_id = at_work.upload_rows(*rows, name="week of <b>May</b>.csv")
    assert at_work.get(import_id).headers["location"] in {
        f"/imports/{import_id}/checking",
        f"/imports/{import_id}/review",
    }
    at_work.wait(import_id, ImportState.REVIEW)

    review = at_work.get(import_id, "review")
    told = words(review)
    assert "1 of 6 rows to fix" in told
    assert "5 people may get a text right away" in told
    assert "“212-555-01” is too short for a phone number." in told
    assert "week of <b>May</b>.csv" in told
    assert "<b>May" not in review.text
    # Problem rows come first.
    assert told.index("Olga") < told.index("(212) 555-0101")

    onward = at_work.post(import_id, "continue")
    assert onward.headers["location"] == f"/imports/{import_id}/confirm"
    told = words(at_work.get(import_id, "confirm"))
    assert "5 people may get a text right away" in told
    assert "5 changes: 5 new. 1 to fix will not be sent." in told
    assert "seconds after Send" in told
    assert at_work.sandbox.effects() == []

    done = at_work.sent(import_id)
    assert done.state is ImportState.FINISHED
    assert len(at_work.sandbox.effects()) == 5
    report = at_work.get(import_id, "report")
    assert "5 of 6 rows done. 1 needs attention." in words(report)
    book = at_work.get(import_id, "report/results.xlsx")
    assert "attachment" in book.headers["content-disposition"]
    rows_of_book = list(openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0].values)
    uuids = {str(effect.uuid) for effect in at_work.sandbox.effects()}
    assert uuids <= {str(cell) for row in rows_of_book for cell in row}
    assert "week of <b>May</b>.csv" in words(at_work.browser.get("/"))


def test_double_click_sends_once(at_work: Office) -> None:
    """Send twice at once, and once more from a second tab, is one sending."""
    import_id = at_work.reviewed(*week(3))
    shown = hidden(at_work.get(import_id, "confirm"))

    answers = [at_work.post(import_id, "confirm", **shown) for _ in range(3)]

    assert {answer.headers["location"] for answer in answers} == {f"/imports/{import_id}/progress"}
    at_work.wait(import_id, ImportState.FINISHED)
    assert len(at_work.sandbox.effects()) == 3
    assert at_work.post(import_id, "confirm", **shown).status_code == 409


def test_another_fingerprint_sends_nothing(at_work: Office) -> None:
    """A form that was made for another plan is answered with 409 and the plan as it is, and nothing is sent."""
    import_id = at_work.reviewed(*week(2))
    shown = hidden(at_work.get(import_id, "confirm"))

    answer = at_work.post(import_id, "confirm", **{**shown, "fingerprint": "0" * 64})

    assert answer.status_code == 409
    assert "What would be sent has changed since you saw it, so nothing was sent." in words(answer)
    assert hidden(answer) == shown
    assert at_work.one(import_id).state is ImportState.REVIEW
    assert at_work.sandbox.effects() == []


def test_plan_that_another_run_overtook_is_shown_anew(at_work: Office) -> None:
    """What another import sent in between makes the sender stop before the first text; the new plan is shown."""
    first, second = at_work.reviewed(*week(2)), at_work.reviewed(*week(2), name="again.csv")
    at_work.sent(first)

    at_work.send(second)
    back = at_work.wait(second, ImportState.REVIEW)

    assert "2 rows of draft" in back.problem
    assert len(at_work.sandbox.effects()) == 2
    at_work.post(second, "continue")
    at_work.wait(second, ImportState.REVIEW)
    assert "There is nothing to send" in words(at_work.get(second, "confirm"))
    assert "The same file was sent" in words(at_work.get(second, "review"))


def test_failed_rows_become_an_import_of_their_own(at_work: Office) -> None:
    """What the API refused is one click from a new review, which is linked to its parent and sends the rest."""
    at_work.sandbox.set_faults(Rule("status_before", status=400))
    import_id = at_work.reviewed(*week(2))
    one = at_work.sent(import_id)
    assert "2 rows can be tried again" in words(at_work.get(import_id, "report"))
    at_work.sandbox.set_faults()

    answer = at_work.post(import_id, "again", version=str(one.version))

    child = str(answer.headers["location"].split("/")[2])
    at_work.wait(child, ImportState.REVIEW)
    assert at_work.one(child).parent == import_id
    at_work.sent(child)
    assert len(at_work.sandbox.effects()) == 2
    assert "All 2 rows done." in words(at_work.get(child, "report"))
    assert f"/imports/{child}" in at_work.get(import_id, "report").text


def test_what_a_person_gets_is_told_in_words(at_work: Office) -> None:
    """A row's request is shown value by value, for a change the old one beside the new one."""
    at_work.sent(at_work.reviewed(*week(1)))
    moved = at_work.reviewed(week(1)[0] | {"eventDateTime": f"{DAY} 11:30"}, week(2)[1], name="next.csv")
    links = sorted(set(_links(at_work.get(moved, "review").text)))
    assert len(links) == 2

    told = {words(at_work.browser.get(link)) for link in links}

    assert any("9:00 AM → 11:30 AM" in each for each in told), told
    assert any("(212) 555-0102" in each for each in told), told


def _links(text: str) -> list[str]:
    return re.findall(r'href="(/imports/[0-9a-f]+/rows/[0-9]+/gets)"', text)
