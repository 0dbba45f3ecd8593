"""Cells corrected in the review: saved one by one, answered at once, taken back, left out; and two people at one sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW
from page_imports import SOON, hidden, week, words

from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.sandbox import Rule

if TYPE_CHECKING:
    from httpx2 import Response
    from page_imports import Office
    from page_visitors import Browser

WRONG = ROW | SOON | {"externalEventId": "2001", "phone": "212-555-01", "firstName": "Olga"}
PHONE = 1


def row_ids(answer: Response) -> dict[int, str]:
    """Return the number in the sheet of each row that a page shows -> its id."""
    found = re.findall(r'<tr id="row-(\d+)".*?<th scope="row">.*?(\d+)</th>', answer.text, flags=re.DOTALL)
    return {int(number): row_id for row_id, number in found}


def save(  # noqa: PLR0917 - a form
    browser: Browser, import_id: str, row: str, value: str, was: str, column: int = PHONE, **more: str
) -> Response:
    """Save a cell as the page does."""
    fields = {"value": value, "was": was, "shown": f"{row} {row}-{column}"} | more
    return browser.send_form(f"/imports/{import_id}/rows/{row}/{column}", headers={"hx-request": "true"}, **fields)


@pytest.fixture
def review(at_work: Office) -> tuple[Office, str, str]:
    """Give an import in review, and the id of its one wrong row."""
    import_id = at_work.reviewed(*week(3), WRONG)
    return at_work, import_id, row_ids(at_work.get(import_id, "review"))[5]


def test_a_wrong_cell_stands_in_an_input(review: tuple[Office, str, str]) -> None:
    """It has a name, its reason and an example in words below it, and what is right stands there as text."""
    at_work, import_id, row = review
    page = at_work.get(import_id, "review").text

    field = re.search(rf'<input id="c{row}-{PHONE}"[^>]*>', page)
    assert field is not None
    assert 'aria-label="phone, row 5"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert f'aria-describedby="n{row}-{PHONE}"' in field[0]
    notes = page[page.index(f'id="n{row}-{PHONE}"') :]
    assert "“212-555-01” is too short for a phone number." in notes
    assert "For example (415) 555-2671" in notes
    assert page.count("<input id=") == 1


def test_a_saved_cell_is_answered_at_once(review: tuple[Office, str, str]) -> None:
    """The answer has the row as it will be sent, the counts that fell, and Undo; and it is what is sent."""
    at_work, import_id, row = review

    answer = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")

    told = words(answer)
    assert answer.status_code == 200
    assert "✓ Saved. New, may get a text right away." in told
    assert "✓ Row 5 saved. Nothing is left to fix." in told
    assert "4 changes to send" in told
    assert "4 people may get a text right away" in told
    assert answer.text.count("<hx-partial") == answer.text.count("</hx-partial>")
    assert "<input" not in answer.text
    assert "0 rows to fix" in words(at_work.get(import_id, "review"))
    at_work.post(import_id, "continue")
    at_work.wait(import_id, ImportState.REVIEW)
    at_work.sent(import_id)
    phones = [effect.body["phone"] for effect in at_work.sandbox.effects() if effect.body]
    assert "2125550177" in phones
    deeds = [(deed.event, deed.counts) for deed in at_work.page.site.store.audit.newest(20)]
    assert ("edited", {"row": 5}) in deeds


def test_a_cell_of_a_row_that_is_tried_again(at_work: Office) -> None:
    """What the API refused is corrected in the review of its retry, and the corrected row is sent."""
    at_work.sandbox.set_faults(Rule("status_before", status=400))
    failed = at_work.reviewed(*week(2))
    one = at_work.sent(failed)
    at_work.sandbox.set_faults()
    child = str(at_work.post(failed, "again", version=str(one.version)).headers["location"].split("/")[2])
    at_work.wait(child, ImportState.REVIEW)

    row = row_ids(at_work.get(child, "review"))[3]
    answer = save(at_work.browser, child, row, "(212) 555-0177", week(2)[1]["phone"])
    at_work.post(child, "continue")
    at_work.wait(child, ImportState.REVIEW)
    at_work.sent(child)

    assert "Checked with the whole sheet when you continue." in words(answer)
    phones = [effect.body["phone"] for effect in at_work.sandbox.effects() if effect.body]
    assert sorted(phones) == ["2125550101", "2125550177"]


def test_a_cell_that_is_wrong_again(review: tuple[Office, str, str]) -> None:
    """What is wrong with the new value stands below it; the counts are as they were."""
    at_work, import_id, row = review

    told = words(save(at_work.browser, import_id, row, "12", "212-555-01"))

    assert "“12” is too short for a phone number." in told
    assert "1 of 4 rows to fix" in told
    assert "Row 5 saved. 1 to fix." in told


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("=1+1", "It is a formula, which nobody would calculate."),
        ("x" * 32_768, "It has 32,768 characters; a cell holds at most 32,767."),
        ("#REF!", "It is an error of a spreadsheet."),
        ("a\x07b", "It holds a control character."),
    ],
)
def test_what_no_cell_can_hold(review: tuple[Office, str, str], value: str, said: str) -> None:
    """It is told under the cell, and nothing was saved."""
    at_work, import_id, row = review

    answer = save(at_work.browser, import_id, row, value, "212-555-01")

    assert answer.status_code == 200
    assert f"Not saved. {said}" in words(answer)
    assert 'value="212-555-01"' in at_work.get(import_id, "review").text


def test_markup_in_a_cell(review: tuple[Office, str, str]) -> None:
    """It is shown as it was typed, in the answer and on the page."""
    at_work, import_id, row = review
    evil = '"><script>alert(1)</script>'

    answer = save(at_work.browser, import_id, row, evil, "212-555-01")

    assert "<script>alert" not in answer.text + at_work.get(import_id, "review").text
    assert "&lt;script&gt;" in answer.text


def test_the_same_answer_twice(review: tuple[Office, str, str]) -> None:
    """A save that is repeated because its answer was lost is one edit."""
    at_work, import_id, row = review

    first = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")
    second = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")

    assert (first.status_code, second.status_code) == (200, 200)
    assert "✓ Saved." in words(second)
    assert len(edits(at_work, import_id)) == 1


def edits(at_work: Office, import_id: str) -> Any:
    from importer.ledger import open_ledger

    with open_ledger(at_work.page.site.settings.ledger_url, read_only=True) as ledger:
        return ledger.drafts.named(at_work.one(import_id).draft or "").edits


def test_undo_and_as_in_the_file(review: tuple[Office, str, str]) -> None:
    """Each takes back what was meant; with nothing left to take back that is said."""
    at_work, import_id, row = review
    save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")
    in_file = at_work.browser.send_form(
        f"/imports/{import_id}/rows/{row}/{PHONE}/file", headers={"hx-request": "true"}, shown=f"{row} {row}-{PHONE}"
    )
    save(at_work.browser, import_id, row, "21", "212-555-01")
    undone = at_work.browser.send_form(
        f"/imports/{import_id}/undo", headers={"hx-request": "true"}, shown=f"{row} {row}-{PHONE}"
    )
    for _ in range(4):
        last = at_work.browser.send_form(f"/imports/{import_id}/undo", headers={"hx-request": "true"})

    assert "Row 5 is as in the file. 1 to fix." in words(in_file)
    assert 'data-value="212-555-01"' in in_file.text
    assert "Row 5 is as it was before. 1 to fix." in words(undone)
    assert 'data-value="212-555-01"' in undone.text
    assert "There is nothing to undo." in words(last)


def test_left_out_and_put_back(review: tuple[Office, str, str]) -> None:
    """A row that is left out counts apart, says by whom, offers to come back, and comes back as it was."""
    at_work, import_id, row = review
    path = f"/imports/{import_id}/rows/{row}"

    out = at_work.browser.send_form(f"{path}/leave", headers={"hx-request": "true"}, shown=row)
    page = words(at_work.get(import_id, "review"))
    back = at_work.browser.send_form(f"{path}/back", headers={"hx-request": "true"}, shown=row)

    assert "Row 5 left out. Nothing is left to fix." in words(out)
    assert "Put back" in words(out)
    assert "1 row left out" in page
    assert "Left out by dana" in page
    assert "Row 5 is back. 1 to fix." in words(back)


def test_without_scripts_it_leads_back(review: tuple[Office, str, str]) -> None:
    """A form without htmx is carried out, and the review is shown again."""
    at_work, import_id, row = review

    answer = at_work.post(import_id, f"rows/{row}/leave")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/imports/{import_id}/review")


def test_two_people_at_one_cell(review: tuple[Office, str, str]) -> None:
    """Who saves over what somebody else has saved is told what stands there now; nothing is written over."""
    at_work, import_id, row = review
    other = at_work.page.add("maria", Role.ADMIN)
    save(other, import_id, row, "(212) 555-0188", "212-555-01")

    answer = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")

    assert answer.status_code == 409
    assert "Not saved. maria changed this cell meanwhile: it is “(212) 555-0188” now." in words(answer)
    assert [edit.value for edit in edits(at_work, import_id)] == ["(212) 555-0188"]
    again = save(at_work.browser, import_id, row, "(212) 555-0177", "(212) 555-0188")
    assert again.status_code == 200


def test_two_tabs_at_two_cells(review: tuple[Office, str, str]) -> None:
    """Edits of different cells do not stand in each other's way, whatever version each tab saw."""
    at_work, import_id, row = review

    one = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")
    two = save(at_work.browser, import_id, row, "Olga Maria", "Olga", column=2)

    assert (one.status_code, two.status_code) == (200, 200)
    assert [edit.value for edit in edits(at_work, import_id)] == ["(212) 555-0177", "Olga Maria"]


def test_a_row_that_makes_another_one_wrong(at_work: Office) -> None:
    """Both rows of one appointment are in the answer, where the page shows both."""
    import_id = at_work.reviewed(*week(3))
    ids = row_ids(at_work.get(import_id, "review"))

    both = f"{ids[2]} {ids[3]}"
    save(at_work.browser, import_id, ids[3], "1001", "1002", column=0)
    same = save(at_work.browser, import_id, ids[3], "2125550101", "2125550102", shown=both)
    other = save(at_work.browser, import_id, ids[3], "Bo", "Ana", column=2, shown=both)

    assert "Duplicate" in words(same)
    assert f'hx-target="#what-{ids[2]}"' not in same.text
    assert f'hx-target="#what-{ids[2]}"' in other.text
    assert f'hx-target="#what-{ids[3]}"' in other.text
    assert "2 of 3 rows to fix" in words(other)


def test_edits_after_send(review: tuple[Office, str, str]) -> None:
    """Once it is sent, or on its way, an edit is refused, and the sheet is sent as it was confirmed."""
    at_work, import_id, row = review
    at_work.sent(import_id)

    answer = save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")

    assert answer.status_code == 409
    assert len(edits(at_work, import_id)) == 0
    assert len(at_work.sandbox.effects()) == 3


def test_an_edit_between_confirm_and_send(review: tuple[Office, str, str]) -> None:
    """A confirmation that was opened before the edit sends nothing."""
    at_work, import_id, row = review
    shown = hidden(at_work.get(import_id, "confirm"))
    save(at_work.browser, import_id, row, "(212) 555-0177", "212-555-01")

    answer = at_work.post(import_id, "confirm", **shown)

    assert answer.status_code == 409
    assert at_work.sandbox.effects() == []


@pytest.mark.parametrize(
    "path", ["rows/999/1", "rows/x/1", "rows/1/99", "rows/1/-1", "rows/0/1", "rows/99999999999999/1"]
)
def test_cells_that_are_not_there(review: tuple[Office, str, str], path: str) -> None:
    """A row or column that is not there is not found, whatever is typed as its number."""
    at_work, import_id, _row = review

    assert at_work.post(import_id, path, value="x", was="").status_code == 404


def test_other_cells_of_a_row(review: tuple[Office, str, str]) -> None:
    """Any cell of a row that is read can be opened and corrected."""
    at_work, import_id, row = review

    part = at_work.browser.get(
        f"/imports/{import_id}/rows/{row}/cells?shown={row}+{row}-1", headers={"hx-request": "true"}
    )
    whole = at_work.get(import_id, f"rows/{row}/cells")

    assert part.text.count("<input") == 6
    assert f'id="c{row}-2"' in part.text
    assert whole.text.count('<input id="c') == 7


def test_a_change_that_is_about_all_rows(at_work: Office) -> None:
    """Where an edit may change other rows the page says so, and checks all of them when she asks for it."""
    rows = [row | {"eventDateTime": "4/5/2027 9:00"} for row in week(2)]
    import_id = at_work.reviewed(*rows)
    ids = row_ids(at_work.get(import_id, "review"))

    answer = save(at_work.browser, import_id, ids[2], "13/5/2027 9:00", "4/5/2027 9:00", column=4)
    assert "Your last changes may make other rows different." in words(answer)
    page = at_work.get(import_id, "review")
    assert "Check all rows now" in words(page)
    at_work.post(import_id, "check-again")
    at_work.wait(import_id, ImportState.REVIEW)

    after = words(at_work.get(import_id, "review"))
    assert "0 rows to fix" in after
    assert "Check all rows now" not in after
