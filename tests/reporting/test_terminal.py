"""The end of a run on a terminal, and what it tells to do next."""

from __future__ import annotations

import re
import shlex
import unicodedata
from dataclasses import replace

import pytest
from made_runs import FIRST, LAST, file_record, report_of, row, run_record, said, week

from importer.errors import Exit
from importer.model.statuses import Status
from importer.reporting.headline import headline, next_steps
from importer.reporting.run_end import summary_lines

FILE = file_record(1)
RUN = "20270304-070000-k3fd"
PATHS = {name: f"reports/{RUN}/{name}" for name in ("summary.json", "results.xlsx", "to_fix.xlsx", "report.html")}
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def one(status: Status, code: int | None = None, **changed: object):  # noqa: ANN201 - the report of one row
    return report_of([row(FILE, 2, status, **changed)], run_record(exit_code=code))


def commands(report) -> list[str]:  # noqa: ANN001 - any report
    return [step.command for step in next_steps(report, ["to_fix.xlsx"])]


def test_a_bad_week_in_full() -> None:
    """The whole text, as a person sees it on a terminal of eighty characters."""
    assert (
        "\n".join(summary_lines(week("bad"), paths=PATHS))
        == f"""\
180 of 240 rows done. 60 need attention.
8 cancellations failed: patients may still be reminded of a cancelled visit.
Run {RUN}, 5 min 12 s, 177 requests in 216 attempts

  + Created    138  ████████████████████████
  ~ Updated     11  ██
  - Cancelled   10  ██
  = Unchanged   16  ███
  = Duplicate    5  █
  ! Invalid     37  ██████
  ! Failed      12  ██
  ? Unknown      6  █
  ! Not sent     4  █
  ! Held         1  █

Most frequent problems
  30  Column B "Mobile": Phone number too short
      In column B, enter the full number with its area code.
  12  Refused by the API
      Correct the value that the API names, then run the row again.
   7  Column H "Start": Value missing
      In column H, fill in the value.
  … and 3 other kinds; see report.html.

The report
  reports/{RUN}/report.html
  reports/{RUN}/results.xlsx
  reports/{RUN}/to_fix.xlsx

Next
  Send the 5 rows that are left; nobody is texted twice by it.
    importer retry {RUN}
  1 row on hold: read why, settle it, then run the file again.
  Check 5 rows in Attentive, then record each outcome: --sent, or --not-sent.
  Row 82.
    importer resolve {RUN} 82 --sent
  4 more rows in the same way; results.xlsx names them.
  Correct 49 rows in to_fix.xlsx and run that file; rows that are done are
  skipped.
    importer run reports/{RUN}/to_fix.xlsx"""
    )


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 300])
@pytest.mark.parametrize("kind", ["good", "bad"])
def test_lines_fit(width: int, kind: str) -> None:
    """No line is longer than the terminal is wide, but for commands and paths, which are there to be copied."""
    lines = summary_lines(week(kind), paths=PATHS, width=width)
    long = [line for line in lines if len(line) > max(width, 40) and RUN not in line]

    assert long == []


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape codes a coloured text is the plain one."""
    plain = summary_lines(week("bad"), paths=PATHS)
    coloured = summary_lines(week("bad"), paths=PATHS, colour=True)

    assert plain != coloured
    assert plain == [ESCAPE.sub("", line) for line in coloured]


def test_no_value_of_a_row_and_no_control_character() -> None:
    """A terminal's lines end up in logs: nothing of a row stands in them."""
    text = "\n".join(summary_lines(week("bad"), paths=PATHS, notes=["results.xlsx was open elsewhere."]))

    assert not any(name in text for name in (*FIRST, *LAST, "555-", "@example.com", "Eastern-ish", "112233"))
    assert not [mark for mark in text if unicodedata.category(mark) == "Cc" and mark != "\n"]


def test_notes_about_files_are_told() -> None:
    """What became of a file that could not be replaced is said where the report is named."""
    lines = summary_lines(week("good"), paths=PATHS, notes=["results.xlsx could not be replaced."])

    assert "  results.xlsx could not be replaced." in lines


def test_all_done_needs_nothing() -> None:
    """A run with nothing left to do names no next command."""
    assert commands(week("good")) == []
    assert headline(week("good")).text == "All 240 rows done."


@pytest.mark.parametrize(
    ("status", "code", "changed", "expected"),
    [
        (Status.INVALID, 4, {}, ["importer run to_fix.xlsx"]),
        (Status.FAILED, 4, {}, ["importer run to_fix.xlsx"]),
        (Status.NOT_SENT, 4, {}, [f"importer retry {RUN}"]),
        (Status.NOT_SENT, 5, {}, [f"importer resume {RUN}"]),
        (Status.NOT_SENT, 7, {}, [f"importer resume {RUN}"]),
        (Status.NOT_SENT, 130, {}, [f"importer resume {RUN}"]),
        (Status.UNKNOWN, 8, {"problems": said("no_clear_answer")}, [f"importer retry {RUN}"]),
        (Status.UNKNOWN, 8, {"action": "no_show"}, [f"importer resolve {RUN} 2 --sent"]),
        (Status.HELD, 6, {}, [""]),
        (Status.CREATED, 0, {}, []),
        (Status.CREATED, 130, {}, []),
    ],
)
def test_next_command(status: Status, code: int, changed: dict[str, object], expected: list[str]) -> None:
    """Each ending names the command that goes on from there."""
    assert commands(one(status, code, **changed)) == expected


@pytest.mark.parametrize(
    ("status", "code", "tone", "text"),
    [
        (Status.CREATED, Exit.DONE, "good", "1 row done."),
        (Status.INVALID, Exit.SOME_ROWS_FAILED, "attention", "0 of 1 row done. 1 needs attention."),
        (Status.NOT_SENT, Exit.STOPPED, "stopped", "Stopped for now. 0 of 1 row done."),
        (Status.NOT_SENT, Exit.AUTHENTICATION, "stopped", "Stopped: the API refused the token. 0 of 1 row done."),
        (Status.HELD, Exit.HELD, "stopped", "On hold until approved. 0 of 1 row done."),
    ],
)
def test_headline(status: Status, code: Exit, tone: str, text: str) -> None:
    """The first sentence says how it went."""
    found = headline(one(status, code))

    assert (found.tone, found.text) == (tone, text)


def test_a_cancel_that_did_not_go_through_is_the_most_pressing() -> None:
    """A patient who would come for nothing goes before everything else."""
    assert headline(one(Status.FAILED, 4, action="cancel")).more == (
        "1 cancellation failed: a patient may still be reminded of a cancelled visit."
    )


def test_unknown_rows_are_pressing() -> None:
    """Without such a cancel, unknown outcomes are named."""
    assert headline(one(Status.UNKNOWN, 8)).more == "The outcome of 1 row is not known."


def test_no_rows() -> None:
    """An empty sheet is no failure."""
    report = report_of([], files=[file_record(0)])

    assert summary_lines(report, paths={})[0] == "There were no rows to send."


def test_a_command_can_be_typed_as_it_stands() -> None:
    """Names are quoted as a shell needs them, and the options of the run are repeated."""
    report = replace(one(Status.FAILED, 4), typed=("--ledger", "my ledger.db", "--profile", "a$b"))
    (step,) = next_steps(report, ["my reports/to_fix.xlsx", "it's.xlsx"])

    assert shlex.split(step.command) == [
        *("importer", "run", "my reports/to_fix.xlsx", "it's.xlsx"),
        *("--ledger", "my ledger.db", "--profile", "a$b"),
    ]


def test_no_escape_code_of_a_heading_or_a_path_reaches_the_terminal() -> None:
    """A metadata column is named by its heading, which a stranger may have written."""
    notes = said("value_missing", field="metadata.\x1b[2J")
    report = report_of([row(FILE, 2, Status.INVALID, problems=notes)], run_record(stop_reason="\x1b]0;x\x07"))
    paths = {"to_fix.xlsx": "\x1b[2J/to_fix.xlsx"}
    text = "\n".join(summary_lines(report, paths=paths, notes=["\x9b1m"], colour=True))

    assert not re.search("[\x07\x1b\x9b]", ESCAPE.sub("", text))
