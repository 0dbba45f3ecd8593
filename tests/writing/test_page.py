"""report.html: one page for people, with nothing of a stranger's in its markup."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import file_record, report_of, row, run_record, said, week
from markup_seen import HOSTILE, Page, taken_as_text

from importer.model.records import Attempt
from importer.model.statuses import Status
from importer.writing.report_page import GAP, ROWS_SHOWN, WIDTH, timeline_columns, totals_bar, write_page

if TYPE_CHECKING:
    from importer.reporting.run_report import Report


def page(report: Report, **said_of_files: object) -> Page:
    stream = io.BytesIO()
    write_page(report, stream, **said_of_files)
    return Page(stream.getvalue().decode())


def hostile(text: str) -> Report:
    """Every text of a run that comes from outside says the same thing."""
    file = file_record(2, name=text, headings=("phone", text))
    note = {"field": text, "code": text, "value": text, "message": text, "fix": text}
    rows = [
        row(
            file,
            number,
            status,
            cells=(text, text),
            external_event_id=text,
            uuid=text,
            code=text,
            problems=(note,),
            warnings=(note,),
        )
        for number, status in ((2, Status.INVALID), (3, Status.UNKNOWN))
    ]
    return report_of(rows, run_record(stop_reason=text, version=text, tzdata=text))


def test_every_value_is_escaped() -> None:
    """No text from a sheet, a file's name or the API becomes markup, and none is evaluated."""
    found = page(hostile(HOSTILE), notes=(HOSTILE,), to_fix=[HOSTILE])

    assert taken_as_text(found)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@settings(max_examples=40, deadline=None)
def test_markup_does_not_depend_on_values(text: str) -> None:
    """Whatever a value is, the page has the tags that it has for a plain one."""
    plain, found = page(hostile("x")), page(hostile(text or "x"))

    # A backtick sets what follows as code; a name that is blank is not shown.
    ordinary = [tag for tag in found.tags if tag[0] != "code"]
    assert len(ordinary) <= len(plain.tags)
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"code"}
    assert found.attributes <= plain.attributes


def test_the_page_forbids_itself_to_load_anything() -> None:
    """Its policy allows one style sheet, its own, by its hash; nothing on it names another machine."""
    found = page(week("bad"))
    policy = next(tag[1]["content"] for tag in found.tags if tag[1].get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", found.html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"https?:|//[a-z]|url\(|@import", found.html)


def test_what_happened_and_what_to_do_stand_first() -> None:
    """The sections come in the order in which a person needs them: what needs attention before what went well."""
    found = page(week("bad"), to_fix=["reports/x/to_fix.xlsx"])
    sections = [tag[1]["id"] for tag in found.tags if tag[0] == "h2"]

    assert sections == ["next", "cancels", "decisions", "problems", "others", "totals", "warnings", "sending", "run"]
    assert "180 of 240 rows done. 60 need attention." in found.text
    assert "importer run reports/x/to_fix.xlsx" in found.text


def test_a_good_week_is_short() -> None:
    """Where nothing is wrong, nothing is said about wrongs."""
    found = page(week("good"))
    sections = [tag[1]["id"] for tag in found.tags if tag[0] == "h2"]

    assert sections == ["totals", "sending", "run"]


def test_decisions_name_their_commands() -> None:
    """A row that only a person can settle shows both commands; a new appointment wants its uuid."""
    file = file_record(2)
    text = page(
        report_of(
            [
                row(file, 2, Status.UNKNOWN, action="no_show", problems=said("no_show_in_doubt")),
                row(file, 3, Status.UNKNOWN, problems=said("repeat_refused", value="409")),
            ]
        )
    ).text

    assert "importer resolve 20270304-070000-k3fd 2 --sent importer resolve 20270304-070000-k3fd 2 --not-sent" in text
    assert "importer resolve 20270304-070000-k3fd 3 --sent UUID" in text


def test_lists_are_capped_with_a_word_on_the_rest() -> None:
    """A page of a thousand bad rows stays a page, and says where the others are."""
    file = file_record(1000)
    problems = said("value_missing", field="phone")
    found = page(report_of([row(file, number, Status.INVALID, problems=problems) for number in range(2, 1002)]))

    assert len([tag for tag in found.tags if tag == ("h3", {})]) < ROWS_SHOWN + 5
    assert "… and 950 more rows . All of them are in to_fix.xlsx" in found.text.replace("rows.", "rows .")
    assert len(found.html) < 100_000


def test_commands_in_sentences_are_set_as_code() -> None:
    """The catalogue's backticks do not reach the eye."""
    assert "`" not in page(week("bad")).text


def test_several_files_are_told_apart() -> None:
    """With more than one file a row says which it stands in, and each file has its own counts."""
    first, second = file_record(1, name="a.csv"), file_record(1, name="b.csv")
    text = page(report_of([row(first, 2), row(second, 2, Status.FAILED, problems=said("api_rejected"))])).text

    assert "a.csv: 1 row: 1 created" in text
    assert "b.csv: 1 row: 1 failed" in text


def test_notes_on_files_are_told() -> None:
    """A file that had to be written elsewhere is named on the page."""
    assert (
        "results.xlsx could not be replaced" in page(week("good"), notes=("results.xlsx could not be replaced",)).text
    )


@pytest.mark.parametrize(
    "totals",
    [{Status.CREATED: 1}, {Status.CREATED: 1_000_000, Status.FAILED: 1}, dict.fromkeys(Status, 3)],
    ids=["one", "one-in-a-million", "all"],
)
def test_the_bar_is_full_and_shows_every_status(totals: dict[Status, int]) -> None:
    """The segments fill the bar, each is wide enough to be seen, and a larger one is longer."""
    bar = totals_bar(totals)
    last = bar[-1]

    assert [segment.status for segment in bar] == list(totals)
    assert last.x + last.width == pytest.approx(WIDTH, abs=0.1)
    assert all(segment.width >= 8 for segment in bar)
    assert all(one.x + one.width + GAP == pytest.approx(next_.x, abs=0.1) for one, next_ in pairwise(bar))


def test_columns_stay_in_the_picture() -> None:
    """No column of the timeline is higher than the picture, and the layers stand on each other."""
    file = file_record(3)
    tries = tuple(Attempt(1_804_150_800.0 + count, 0.1, status, "") for count, status in enumerate((429, 503, 200)))
    report = report_of([row(file, number, attempts=tries) for number in (2, 3, 4)])
    columns = timeline_columns(report.timeline)

    assert all(0 <= y <= 100 and 0 < height <= 100 for column in columns for _, y, height in column.layers)
    assert columns[-1].x + columns[-1].width <= WIDTH


def test_an_empty_run_has_a_page_too() -> None:
    """No rows, no pictures, no division by nothing."""
    assert "There were no rows to send." in page(report_of([], files=[file_record(0)])).text
