"""One appointment on the page: found, cancelled, moved, taken back; and what is in doubt, settled by a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from page_imports import DAY, hidden, office, week, words

from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from page_imports import Office
    from page_visitors import Browser

    from importer.sandbox import Sandbox

NAMED = [row | {"lastName": "Émile Bell" if place else 'Cole "Coco"'} for place, row in enumerate(week(2))]


def key_of(browser: Browser, text: str) -> str:
    """Return the key of the one appointment that a search finds."""
    found = re.findall(r'href="/appointments/(\d+)"', browser.send_form("/appointments", q=text).text)
    assert len(found) == 1, found
    return str(found[0])


@pytest.fixture
def sent(at_work: Office) -> Office:
    at_work.sent(at_work.reviewed(*NAMED))
    return at_work


def made(office: Office, key: str, what: str, **fields: str) -> str:
    """Ask for a change of an appointment; return its import, in review."""
    answer = office.browser.send_form(f"/appointments/{key}/{what}", **fields)
    assert answer.status_code == 303, words(answer)
    import_id = str(answer.headers["location"].split("/")[2])
    office.wait(import_id, ImportState.REVIEW, ImportState.UNREADABLE)
    return import_id


@pytest.mark.long
def test_an_appointment_from_its_search_to_its_end(sent: Office) -> None:
    """It is found by name, phone and number; moved, taken back and cancelled, each a draft of one row that is reviewed and sent."""
    browser = sent.browser
    key = key_of(browser, "émile BELL")
    assert [key_of(browser, text) for text in ("(212) 555-0102", "1002")] == [key, key]
    assert key_of(browser, 'cole "coco"') != key
    assert "No appointment is known" in words(browser.send_form("/appointments", q="nobody"))
    page = browser.get(f"/appointments/{key}")
    told = words(page)
    assert "Ana Émile Bell" in told
    assert "Possible once the visit has begun." in told
    assert page.text.count("disabled") == 1
    assert browser.send_form(f"/appointments/{key}/no_show").status_code == 409
    assert browser.send_form(f"/appointments/{key}/move", when="soon").status_code == 422

    moved = made(sent, key, "move", when=f"{DAY}T10:30")
    review = words(sent.get(moved, "review"))
    assert "1 change to send" in review
    assert "Other cells" not in review
    sent.sent(moved)
    back = made(sent, key, "undo")
    sent.sent(back)
    cancelled = made(sent, key, "cancel")
    sent.sent(cancelled)

    effects = [(str(done.action), (done.body or {}).get("eventDateTime")) for done in sent.sandbox.effects()]
    assert effects[2:] == [("update", f"{DAY}T10:30:00"), ("update", f"{DAY}T09:00:00"), ("cancel", None)]
    after = browser.get(f"/appointments/{key}")
    assert "- Cancelled" in words(after)
    assert after.text.count("<button disabled") == 4
    stale = browser.send_form(f"/appointments/{key}/cancel")
    assert stale.status_code == 409
    assert "It is cancelled." in words(stale)
    assert browser.get("/appointments/9999").status_code == browser.get("/appointments/a").status_code == 404
    viewer = sent.page.add("vic", Role.VIEWER)
    assert viewer.send_form("/appointments", q="1002").status_code == 403
    assert "Appointments" not in words(viewer.get("/"))


@pytest.fixture
def once(tmp_path: Path, sandbox: Sandbox) -> Iterator[Office]:
    """Give a page whose requests are sent once only, so that nobody waits for the next try."""
    with office(tmp_path, sandbox, settings="max_attempts = 1\n") as found:
        yield found


def test_what_is_in_doubt_is_asked(once: Office) -> None:
    """A request without an answer is a question with two buttons; the answer is in the report, and others do not see it."""
    at_work = once
    at_work.sandbox.set_faults(Rule("status_after", actions=("create",), status=500))
    import_id = at_work.reviewed(*NAMED)
    at_work.sent(import_id)
    at_work.sandbox.set_faults()

    page = at_work.browser.get("/unknown")
    told = words(page)
    rows = re.findall(r'name="row" value="(\d+)"', page.text)
    run = at_work.one(import_id).run
    assert "2 requests without an answer" in told
    assert 'Is this appointment in Attentive? Ana Cole "Coco" , row 2 , (212) 555-0101' in told
    wrong = at_work.browser.send_form(f"/unknown/{run}", row=rows[0], answer="yes")
    assert wrong.status_code == 422
    other = at_work.page.add("olga")
    assert "Nothing is in doubt" in words(other.get("/unknown"))
    assert other.send_form(f"/unknown/{run}", row=rows[0], answer="no").status_code == 404

    at_work.browser.send_form(f"/unknown/{run}", row=rows[0], answer="no")
    uuid = "6c52d314-a3ca-4781-ba70-5f3b0c8d1eff"
    at_work.browser.send_form(f"/unknown/{run}", row=rows[1], answer="yes", uuid=uuid)

    assert "Nothing is in doubt" in words(at_work.browser.get("/unknown"))
    totals = at_work.one(import_id).result["totals"]
    assert (totals["created"], totals["not_sent"], totals.get("unknown", 0)) == (1, 1, 0)
    assert uuid in at_work.get(import_id, "report/results.csv").text
    assert hidden(at_work.get(import_id, "report"))["version"] == str(at_work.one(import_id).version)
