"""The questions that a sheet leaves open, answered on the page: for this import, and for the next sheet where she wants that."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from desk import ROW
from page_imports import DAY, hidden, words

from importer.ledger.page.import_values import ImportState

if TYPE_CHECKING:
    from page_imports import Office

TYPE = ROW["eventType"]
# Nobody says the zone, the type has a name, and the order of the day and the month is open.
YEAR = DAY.year + 1
OPEN = f"Cell,Start,Visit,Patient\n2125550141,4/5/{YEAR} 13:30,Check-up,Ana Bell\n2125550142,6/7/{YEAR} 9:00,Check-up,Bo Cole\n"


def field(page: str, question: str, what: str = "a") -> str:
    """Return the name of a question's fields."""
    card = page[page.index(question) :]
    found = re.search(rf'name="({what}\d+)', card)
    assert found is not None
    return found[1]


def answers(page: str) -> dict[str, str]:
    return {
        field(page, "In which time zone"): "America/Chicago",
        field(page, "Which uuid has the appointment type?", "t"): TYPE,
    }


@pytest.fixture
def asked(at_work: Office) -> tuple[Office, str]:
    """Give an import whose columns are open."""
    import_id = at_work.upload(OPEN.encode())
    at_work.wait(import_id, ImportState.COLUMNS)
    return at_work, import_id


def test_what_is_open_is_asked(asked: tuple[Office, str]) -> None:
    """Each question stands there with her own values; the address of the import leads to them, and viewers only look."""
    at_work, import_id = asked

    page = at_work.get(import_id, "columns")
    told = words(page)

    assert at_work.get(import_id).headers["location"] == f"/imports/{import_id}/columns"
    assert "2 questions before this sheet can be checked" in told
    assert f"In which time zone are the appointments? In your sheet: 4/5/{YEAR} 13:30 6/7/{YEAR} 9:00" in told
    assert f"Day first 4/5/{YEAR} 13:30 is 4 May {YEAR}" in told
    assert "Leave it open Rows with such a date are to fix" in told
    unanswered = at_work.post(import_id, "columns", **hidden(page))
    assert unanswered.status_code == 422
    assert "It has to be answered before the sheet can be sent." in words(unanswered)
    assert at_work.one(import_id).state is ImportState.COLUMNS


def test_answers_count_for_the_import(asked: tuple[Office, str]) -> None:
    """It is checked by them, sent by them, and says who answered; one kind of problem is settled by one choice on the review."""
    at_work, import_id = asked
    page = at_work.get(import_id, "columns")

    at_work.post(import_id, "columns", **hidden(page), **answers(page.text))
    at_work.wait(import_id, ImportState.REVIEW)
    review = at_work.get(import_id, "review")
    assert "2 of 2 rows to fix" in words(review)
    assert "Are the dates written with the month or the day first?" in words(review)
    assert "Use for 2 rows" in words(review)
    at_work.post(import_id, "fix", version=hidden(review)["version"], key="date-order", answer="dmy")
    at_work.wait(import_id, ImportState.REVIEW)

    settled = words(at_work.get(import_id, "columns"))
    assert "All columns are settled" in settled
    assert f"Day first: 4/5/{YEAR} 13:30 is 4 May {YEAR}. dana" in settled
    at_work.sent(import_id)
    bodies = [effect.body for effect in at_work.sandbox.effects() if effect.body]
    assert sorted(body["eventDateTime"] for body in bodies) == [f"{YEAR}-05-04T13:30:00", f"{YEAR}-07-06T09:00:00"]
    assert {body["subscriberTimeZone"] for body in bodies} == {"America/Chicago"}
    assert not (at_work.desk.folder / "importer.toml").read_text(encoding="utf-8")


def test_an_answer_is_taken_back(asked: tuple[Office, str]) -> None:
    """What was answered can be asked again; then the sheet waits for it as before."""
    at_work, import_id = asked
    page = at_work.get(import_id, "columns")
    at_work.post(import_id, "columns", **hidden(page), **answers(page.text))
    at_work.wait(import_id, ImportState.REVIEW)

    version = str(at_work.one(import_id).version)
    stale = at_work.post(import_id, "columns/back", version="1", key="zone")
    at_work.post(import_id, "columns/back", version=version, key="zone")

    at_work.wait(import_id, ImportState.COLUMNS)
    assert stale.status_code == 409
    assert "1 question before this sheet can be checked" in words(at_work.get(import_id, "columns"))


def test_the_next_sheet_is_not_asked(asked: tuple[Office, str]) -> None:
    """Where she wants it the answers stand in the profile, with what it said; the next sheet goes straight to its review."""
    at_work, import_id = asked
    page = at_work.get(import_id, "columns")

    at_work.post(import_id, "columns", **hidden(page), **answers(page.text), remember="yes")
    at_work.wait(import_id, ImportState.REVIEW)

    kept = tomllib.loads((at_work.desk.folder / "importer.toml").read_text(encoding="utf-8"))
    assert kept["profile"]["default"]["zone"] == "America/Chicago"
    assert kept["profile"]["default"]["event_type"] == TYPE
    assert ("remembered", {"answers": 2}) in [
        (deed.event, deed.counts) for deed in at_work.page.site.store.audit.newest(9)
    ]
    following = at_work.upload(OPEN.replace("Ana", "Cy").encode())
    at_work.wait(following, ImportState.REVIEW)


def test_the_country_of_phones(at_work: Office) -> None:
    """Where most phones are of another country it is asked with the others, and any other may be typed."""
    rows = "".join(f"{phone},2027-03-08 13:30,Ana\n" for phone in ("07400 123456", "07400 123457", "07400 123458"))
    import_id = at_work.upload(f"Cell,Start,First name\n{rows}".encode())
    at_work.wait(import_id, ImportState.COLUMNS)

    page = at_work.get(import_id, "columns")
    given = answers(page.text) | {field(page.text, "In which country"): "other"}
    wrong = at_work.post(
        import_id, "columns", **hidden(page), **given, **{field(page.text, "In which country", "t"): "XX"}
    )
    at_work.post(import_id, "columns", **hidden(page), **given, **{field(page.text, "In which country", "t"): "gb"})
    at_work.wait(import_id, ImportState.REVIEW)

    assert "United Kingdom" in words(page)
    assert wrong.status_code == 422
    assert [answer["lines"] for answer in at_work.one(import_id).facts["answers"] if answer["key"] == "country"] == [
        {"region": "GB"}
    ]
