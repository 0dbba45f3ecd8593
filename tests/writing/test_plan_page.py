"""A plan's page: what would be sent, for somebody else to look at, with nothing of a stranger's in its markup."""

from __future__ import annotations

import io
import re
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_plans import FINGERPRINT, MOVED, life_row, plan_of, plan_with_everything, planned_run
from made_runs import file_record
from markup_seen import HOSTILE, Page, taken_as_text

from importer.model.records import Change
from importer.model.sending_window import Reminding
from importer.model.statuses import Hold, Status
from importer.reporting.plan_result import PLAN_LABELS, ROWS_KEPT, PlanResult
from importer.writing import write_plan
from importer.writing.report_page import HEADINGS, write_plan_page

if TYPE_CHECKING:
    from pathlib import Path


def page(plan: PlanResult) -> Page:
    stream = io.BytesIO()
    write_plan_page(plan, stream)
    return Page(stream.getvalue().decode())


def hostile(text: str) -> PlanResult:
    """Every text of a plan that comes from outside says the same thing."""
    note = {"field": text, "code": text, "value": text, "message": text, "fix": text}
    said = {"problems": (note,), "warnings": (note,), "external_event_id": text, "uuid": text}
    payload = dict.fromkeys(("phone", "firstName", "lastName", "eventDateTime", "subscriberTimeZone"), text)
    change = Change(text, text, text)
    rows = [
        life_row(number, "update", status, payload=payload, changes=(change,), file=file_record(2, name=text), **said)
        for number, status in ((2, None), (3, Status.HELD), (4, Status.INVALID))
    ]
    run = replace(planned_run(Hold(text, text, text)), profile=text, version=text, settings={"base_url": text})
    files = (file_record(2, name=text), file_record(2, name="b.csv"))
    return replace(plan_of(rows, run=run, files=files), command=text, fingerprint=text)


def test_every_value_is_escaped() -> None:
    """No text from a sheet, a setting or a file's name becomes markup, and none is evaluated."""
    found = page(hostile(HOSTILE))

    assert taken_as_text(found)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@settings(max_examples=30, deadline=None)
def test_markup_does_not_depend_on_values(text: str) -> None:
    """Whatever a value is, the page has no tags or attributes but those of a plain one."""
    plain, found = page(hostile("x")), page(hostile(text or "x"))

    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"code"}
    assert found.attributes <= plain.attributes


def test_the_page_forbids_itself_to_load_anything() -> None:
    """Its policy allows its own style sheet alone; nothing on it names another machine but the API's address."""
    found = page(plan_with_everything())
    (policy,) = [tag[1]["content"] for tag in found.tags if tag[1].get("http-equiv") == "Content-Security-Policy"]

    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"https?:[^<]*|url\(|@import", found.html) == ["https://api.example"]


def test_why_it_is_held_stands_first_then_totals_and_people() -> None:
    """Headline, holds, totals, the command, then the rows by verdict, at the end what the plan was made of."""
    found = page(plan_with_everything())
    sections = [tag[1]["id"] for tag in found.tags if tag[0] == "h2"]

    assert sections == [
        *("holds", "totals", "next"),
        *("rows-held", "rows-unknown", "rows-invalid", "rows-cancel", "rows-no_show", "rows-update", "rows-create"),
        *("rows-missing", "rows-not_sent", "plan"),
    ]
    assert (
        "6 changes to send: 1 new, 2 updates, 2 cancellations, 1 no-show. 4 people may get a text right away."
        in found.text
    )
    assert "This is only a plan: nothing was sent. The page holds personal data" in found.text


def test_a_hold_tells_its_sentence_and_its_release() -> None:
    """Why the run waits, and what to type when it should not."""
    text = page(plan_with_everything()).text

    assert MOVED.message in text
    assert MOVED.fix in text
    assert "Update, once approved" in text


def test_a_held_plan_shows_the_command_that_lets_it_go() -> None:
    """What is typed to release it stands below the reasons."""
    release = "importer run week.csv --release moved_together"

    assert release in page(plan_of([life_row(2, status=Status.HELD)], run=planned_run(MOVED), release=release)).text


def test_what_was_released_is_told() -> None:
    """Whoever looks at the plan learns what its maker let go."""
    found = page(plan_of([life_row(2)], run=planned_run(MOVED, release=("moved_together",))))

    assert [tag[1]["id"] for tag in found.tags if tag[0] == "h2"] == [
        "totals",
        "released",
        "next",
        "rows-create",
        "plan",
    ]
    assert MOVED.message in found.text


def test_changes_tell_old_and_new() -> None:
    """Old values are marked as gone and new ones as come, in words where they are times."""
    found = page(plan_with_everything())

    assert "Mon, Mar 8, 9:00 AM → 11:30 AM" in found.text
    assert "metadata.eventLocation Riverside Clinic → Hillcrest Clinic" in found.text
    assert {"del", "ins"} <= {tag for tag, _ in found.tags}


def test_each_row_tells_which_text_may_go_when() -> None:
    """Whose visit, when, and when a text may leave stand at the row; the zone and the reminders of all once above."""
    due = Reminding(2, 1_804_425_600, "America/New_York", 1_804_512_000, "America/New_York")
    text = page(replace(plan_with_everything(), reminding=due)).text

    assert "Ana O'Brien, (415) 555-2001" in text
    assert "Text may go: now (cancelled)" in text
    assert text.count("New York time") == 4
    assert "All times are New York time." in text
    assert "2 reminders: the first is due " in text


def test_wrong_rows_tell_problem_and_fix() -> None:
    """A row to fix says what is wrong and how to mend it."""
    text = page(plan_with_everything()).text

    assert "“555-12” is too short" in text
    assert "enter the full number with its area code." in text


def test_a_row_of_no_sheet_says_so() -> None:
    """The cancel of an appointment that vanished has no row number."""
    text = page(plan_with_everything()).text

    assert "In no row" in text
    assert "and 2 known appointments missing from it" in text
    assert "Row 0" not in text


def test_it_says_what_it_was_made_of() -> None:
    """File, hash, fingerprint, profile and the moment stand at the end."""
    text = page(plan_with_everything()).text

    assert all(part in text for part in ("2027-03-04", FINGERPRINT, "north", "clinic_week.csv", "sha256 5f5f5f5f5f5f"))


@pytest.mark.parametrize("saved", [False, True])
def test_how_it_is_sent(tmp_path: Path, saved: bool) -> None:
    """A saved plan is carried out exactly; one that was not is planned anew, and the page says so."""
    text = page(plan_of([life_row(2)], saved=tmp_path / "week.plan" if saved else None)).text

    assert ("This sends exactly this plan" in text) == saved
    assert ("This plans the files anew" in text) != saved


def test_nothing_to_send_names_no_command() -> None:
    """Where every row is unchanged there is nothing to type, and no group of rows."""
    found = page(plan_of([life_row(2, status=Status.UNCHANGED)]))

    assert [tag[1]["id"] for tag in found.tags if tag[0] == "h2"] == ["totals", "plan"]


def test_a_plan_of_many_rows_stays_a_page() -> None:
    """Of each verdict only the first rows are shown, with a word on the rest."""
    rows = [life_row(number, action) for action in ("create", "cancel") for number in range(2, 5002)]
    found = page(plan_of(rows))

    assert len([tag for tag, _ in found.tags if tag == "h3"]) == 2 * ROWS_KEPT
    assert "… and 4,900 more rows" in found.text
    assert len(found.html) < 150_000


def test_every_verdict_with_rows_has_a_heading() -> None:
    """Only what is merely counted has none."""
    assert set(HEADINGS) == set(PLAN_LABELS) - {Status.UNCHANGED, Status.DUPLICATE}


def test_it_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    """An older page is replaced in one step by a file of mode 0600, and nothing is left beside it."""
    target = tmp_path / "plan.html"
    target.write_text("an older one", encoding="utf-8")

    assert write_plan(plan_with_everything(), target) == target
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.html"]
