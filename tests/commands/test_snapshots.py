"""Snapshots: what vanished from a file that is everything of its window is reported, cancelled or held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from desk import NOW, ROW, Desk, appointments, statuses

from importer.commands.ledgers import old_results
from importer.commands.plan import plan
from importer.commands.report import resolve, runs
from importer.commands.run import resume, retry, run, start
from importer.commands.snapshots import stage_missing
from importer.commands.stage_files import stage_files
from importer.errors import Exit, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.reporting.headline import next_steps
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.run import RunResult

MARCH = "2027-03-01..2027-03-31"
CANCELS = Profile(snapshot=MARCH, cancel_missing=True, guard_count=10, guard_share_percent=100)


def told(result: RunResult) -> list[tuple[int, str, str]]:
    """Return number, action and status of every row."""
    return [(row.number, row.action, str(row.status)) for row in result.report.rows()]


def warnings_of(result: RunResult) -> list[str]:
    """Return the codes of the warnings of the rows without a number."""
    return [warning["code"] for row in result.report.rows() if not row.number for warning in row.warnings]


def cancelled(desk: Desk) -> list[str | None]:
    return [event for action, event, _ in desk.deeds() if action == "cancel"]


def notes(desk: Desk, *rows: Mapping[str, str], **settings: Any) -> tuple[RunResult, list[str]]:
    """Run rows and return what was told on the way."""
    heard: list[str] = []
    job = replace(desk.job(**settings), on_event=lambda event: heard.append(event.text))
    return run(job, [desk.sheet(*rows)]), [text for text in heard if text]


def test_missing_appointment_is_only_reported(desk: Desk) -> None:
    """By default nothing is sent for what is missing: the row says so, and the exit code stays 0."""
    desk.run(*appointments(3))
    desk.profile = Profile(snapshot=MARCH)

    result = desk.run(*appointments(2))

    assert told(result) == [(2, "upsert", "unchanged"), (3, "upsert", "unchanged"), (0, "cancel", "unchanged")]
    assert result.exit_code is Exit.DONE
    assert warnings_of(result) == ["missing_reported"]
    assert cancelled(desk) == []


def test_missing_appointment_is_cancelled_once(desk: Desk) -> None:
    """With ``cancel_missing`` it is cancelled with its uuid; the same file again sends nothing."""
    desk.run(*appointments(3))
    desk.profile = CANCELS

    result = desk.run(*appointments(2))
    before = len(desk.sandbox.requests())
    again = desk.run(*appointments(2))

    assert told(result)[-1] == (0, "cancel", "cancelled")
    assert cancelled(desk) == ["1003"]
    assert statuses(again) == ["unchanged"] * 2
    assert len(desk.sandbox.requests()) == before


def test_more_than_the_guard_allows_is_held(desk: Desk) -> None:
    """More missing appointments than the guard allows are all held with exit 6; the rest of the run goes."""
    desk.run(*appointments(5))
    desk.profile = replace(CANCELS, guard_count=2)

    result = desk.run(*appointments(2), ROW | {"externalEventId": "2001"})

    assert statuses(result) == ["unchanged", "unchanged", "created", "held", "held", "held"]
    assert result.exit_code is Exit.HELD
    assert [hold.code for hold in result.run.holds] == ["too_many_missing"]
    assert result.run.holds[0].message.startswith("3 of 5 known appointments")
    assert "--approve 3" in result.run.holds[0].fix
    assert cancelled(desk) == []


def test_approval_lets_the_number_go_that_was_shown(desk: Desk) -> None:
    """``--approve`` with another number holds them again and names both; with the number they are cancelled."""
    desk.run(*appointments(5))
    desk.profile = replace(CANCELS, guard_count=2)

    wrong = desk.run(*appointments(2), approve=4)
    right = desk.run(*appointments(2), approve=3)

    assert statuses(wrong)[2:] == ["held"] * 3
    assert wrong.run.holds[0].message.startswith("4 cancellations were approved, but 3 known appointments are missing")
    assert statuses(right)[2:] == ["cancelled"] * 3
    assert right.run.holds == ()
    assert sorted(map(str, cancelled(desk))) == ["1003", "1004", "1005"]


def test_nameless_row_keeps_all_from_being_cancelled(desk: Desk) -> None:
    """A row whose phone cannot be read may be the missing one: nothing is cancelled, and the row without a number says so."""
    desk.run(*appointments(3))
    desk.profile = CANCELS

    result = desk.run(*appointments(2), ROW | {"externalEventId": "1003", "phone": "555-12"})

    assert statuses(result) == ["unchanged", "unchanged", "invalid", "unchanged"]
    assert warnings_of(result) == ["missing_unreadable"]
    assert result.exit_code is Exit.SOME_ROWS_FAILED
    assert cancelled(desk) == []


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"eventDateTime": "2027-02-01 09:00"}, id="over-already"),
        pytest.param({"eventType": ""}, id="no-type"),
        pytest.param({"action": "cancel"}, id="cancel-of-one-never-booked"),
        pytest.param({"action": "no_show"}, id="no-show-of-one-never-booked"),
        pytest.param({"uuid": "e9b0", "phone": "12", "action": "update"}, id="named-by-its-uuid"),
    ],
)
def test_a_wrong_row_that_names_its_appointment_keeps_nothing_back(desk: Desk, extra: dict[str, str]) -> None:
    """However wrong a row is, night after night: if it says which appointment it means, missing ones are cancelled."""
    night = [each | {"action": "upsert"} for each in appointments(3)]
    desk.run(*night)
    desk.profile = CANCELS

    result = desk.run(*night[:2], ROW | {"action": "upsert", "externalEventId": "2001", "phone": "2125550170"} | extra)

    assert cancelled(desk) == ["1003"]
    assert warnings_of(result) == ["missing_cancelled"]


def test_returned_appointment_is_a_problem_and_keeps_nothing_back(desk: Desk) -> None:
    """What a snapshot cancelled and is back says how to book it anew; it is known, so others may still go missing."""
    desk.run(*appointments(3))
    desk.profile = CANCELS
    desk.run(*appointments(2))

    back = desk.run(appointments(1)[0], appointments(3)[2])

    assert told(back) == [(2, "upsert", "unchanged"), (3, "upsert", "invalid"), (0, "cancel", "cancelled")]
    problems = [problem["code"] for row in back.report.rows() for problem in row.problems]
    assert problems == ["already_cancelled"]
    assert cancelled(desk) == ["1003", "1002"]


def test_rebuilt_ledger_knows_what_a_snapshot_cancelled(desk: Desk) -> None:
    """From old reports alone a lost ledger is rebuilt with these cancels, too; what was only reported is still on."""
    first = desk.run(*appointments(3))
    desk.profile = CANCELS
    second = desk.run(*appointments(2))
    desk.profile = replace(CANCELS, cancel_missing=False)
    third = desk.run(*appointments(1))
    reports = [str(result.paths["results.csv"]) for result in (third, first, second)]
    rebuilt = {"ledger_url": str(desk.folder / "rebuilt.db")}

    with open_ledger(rebuilt["ledger_url"]) as ledger:
        ledger.import_results(old_results(desk.job(), reports))
    again = desk.run(*appointments(3), **rebuilt)

    assert statuses(again) == ["unchanged", "unchanged", "invalid"]
    assert [problem["code"] for row in again.report.rows() for problem in row.problems] == ["already_cancelled"]


def test_reported_appointment_returns_unchanged(desk: Desk) -> None:
    """What was only reported as missing is unchanged when it is back."""
    desk.run(*appointments(2))
    desk.profile = Profile(snapshot=MARCH)
    desk.run(*appointments(1))

    assert statuses(desk.run(*appointments(2))) == ["unchanged"] * 2


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"rows": ((2, 2),)}, "Only some rows"),
        ({"limit": 1}, "Only some rows"),
        ({"only": (Action.CREATE,)}, "Cancellations were not asked for"),
    ],
)
def test_part_of_a_file_is_no_snapshot(desk: Desk, settings: dict[str, Any], reason: str) -> None:
    """Where only part of a sheet counts nothing is missing, and one sentence says so."""
    desk.run(*appointments(3))
    desk.profile = CANCELS

    result, heard = notes(desk, *appointments(2), **settings)

    assert result.report.missing_count == 0
    assert [text for text in heard if "snapshot" in text] == [next(text for text in heard if text.startswith(reason))]
    assert cancelled(desk) == []


def test_only_cancels_cancels_what_is_missing(desk: Desk) -> None:
    """``--only cancel`` reads the whole file, so it is a snapshot."""
    desk.run(*appointments(3))
    desk.profile = CANCELS

    result = desk.run(*appointments(2), only=(Action.CANCEL,))

    assert statuses(result)[-1] == "cancelled"


@pytest.mark.parametrize("name", ["results.csv", "results.xlsx"])
def test_report_fed_back_is_no_snapshot(desk: Desk, name: str) -> None:
    """A report holds no new truth about a window; its rows without a number are passed over as if they were blank."""
    desk.run(*appointments(4))
    desk.profile = CANCELS
    first = desk.run(*appointments(2))
    before = len(desk.sandbox.requests())

    again = run(desk.job(), [str(first.paths[name])])

    assert told(again) == [(2, "upsert", "unchanged"), (3, "upsert", "unchanged")]
    assert len(desk.sandbox.requests()) == before


def test_all_files_of_a_run_are_one_snapshot(desk: Desk) -> None:
    """What another file of the same run names is not missing; the rest stands behind the last file's rows."""
    rows = appointments(4)
    desk.run(*rows)
    desk.profile = CANCELS

    result = run(desk.job(), [desk.sheet(*rows[:2], name="a.csv"), desk.sheet(rows[2], name="b.csv")])

    assert told(result) == [
        (2, "upsert", "unchanged"),
        (3, "upsert", "unchanged"),
        (2, "upsert", "unchanged"),
        (0, "cancel", "cancelled"),
    ]
    assert [file.rows for file in result.report.files] == [2, 1]


def test_csv_and_workbook_give_the_same(desk: Desk) -> None:
    """The same table as CSV and as a workbook leads to the same plan."""
    from openpyxl import Workbook

    rows = appointments(4)
    desk.run(*rows)
    desk.profile = CANCELS
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows[:2]:
        book.active.append(list(row.values()))
    book.save(desk.folder / "week.xlsx")

    prints = {plan(desk.job(), [path]).fingerprint for path in (desk.sheet(*rows[:2]), str(desk.folder / "week.xlsx"))}

    assert len(prints) == 1


def test_other_profiles_and_strangers_are_left_alone(desk: Desk) -> None:
    """Only what this profile's own runs made can be missing."""
    desk.profile = Profile(name="other")
    desk.run(*appointments(3))
    desk.profile = CANCELS

    result = desk.run(*appointments(1))

    assert result.report.missing_count == 0


def test_snapshot_of_some_places_leaves_the_others_alone(desk: Desk) -> None:
    """With a scope of places only appointments of these are missing, in whatever case their names are typed."""
    rows = [
        row | {"location": place}
        for row, place in zip(appointments(4), ["Main St", "North", "", "main st"], strict=True)
    ]
    desk.run(*rows)
    desk.profile = replace(CANCELS, snapshot_locations=("MAIN ST",))

    result = desk.run(rows[0])

    assert cancelled(desk) == ["1004"]
    assert statuses(result) == ["unchanged", "cancelled"]


def test_place_is_the_one_that_was_named_last(desk: Desk) -> None:
    """An appointment that another place's file names by now is not missing from the file of the place that it left."""
    rows = [row | {"location": "Main St"} for row in appointments(2)]
    desk.run(*rows)
    moved = desk.run(rows[1] | {"location": "North"})
    desk.profile = replace(CANCELS, snapshot_locations=("Main St",))

    left = desk.run(rows[0])
    desk.profile = replace(CANCELS, snapshot_locations=("North",))
    gone = desk.run(rows[0])

    assert statuses(moved) == ["unchanged"]
    assert told(left) == [(2, "upsert", "unchanged")]
    assert told(gone) == [(2, "upsert", "unchanged"), (0, "cancel", "cancelled")]


def test_run_cut_off_before_the_guard_cannot_be_resumed(desk: Desk) -> None:
    """A run that staged its missing appointments and died before the guard looked is forgotten, never sent."""
    desk.run(*appointments(4))
    desk.profile = CANCELS
    job = desk.job()
    with open_ledger(job.settings.ledger_url) as ledger:
        begun = start(job, ledger, "run")
        stage_files(job, begun, [desk.sheet(*appointments(2))])
        stage_missing(job, begun)

    with pytest.raises(UsageError, match="it sent nothing"):
        resume(job)

    assert cancelled(desk) == []
    assert begun.id not in {known.id for known in runs(job)}


def test_retry_of_a_run_cut_off_before_the_guard_cancels_nothing(desk: Desk) -> None:
    """Once the next run has closed such a run, a retry of it leaves the rows that no guard has seen."""
    desk.run(*appointments(4))
    desk.profile = CANCELS
    job = desk.job()
    with open_ledger(job.settings.ledger_url) as ledger:
        begun = start(job, ledger, "run")
        stage_files(job, begun, [desk.sheet(*appointments(2))])
        stage_missing(job, begun)

    with pytest.raises(NothingToDo, match="no row that could be sent again"):
        retry(job, begun.id)

    assert cancelled(desk) == []


def test_held_cancels_are_not_let_go_by_retry(desk: Desk) -> None:
    """What the guard held waits for ``--approve`` with the file; ``retry`` leaves it."""
    desk.run(*appointments(5))
    desk.profile = replace(CANCELS, guard_count=2)
    held = desk.run(*appointments(2))

    with pytest.raises(NothingToDo, match="no row that could be sent again"):
        retry(desk.job(), held.run.id)

    assert cancelled(desk) == []


def test_retry_repeats_a_cancel_that_failed(desk: Desk) -> None:
    """A cancel that the guard let go and the API did not take is sent again; a retry looks for no other."""
    desk.run(*appointments(4))
    desk.profile = CANCELS
    desk.sandbox.admit("another-token")
    stopped = desk.run(*appointments(2))
    desk.sandbox.admit(desk.sandbox.token)

    again = retry(desk.job(), stopped.run.id)

    assert told(stopped)[2:] == [(0, "cancel", "not_sent")] * 2
    assert told(again) == [(0, "cancel", "cancelled")] * 2
    assert [file.rows for file in again.report.files] == [0]


@pytest.mark.parametrize("finish", [resume, retry])
def test_what_has_started_meanwhile_is_not_cancelled(desk: Desk, finish: Any) -> None:
    """The past is never cancelled, also when a stopped run is finished days later."""
    desk.run(*appointments(3))
    desk.profile = CANCELS
    desk.sandbox.admit("another-token")
    stopped = desk.run(*appointments(2))
    desk.sandbox.admit(desk.sandbox.token)
    desk.now = NOW + 30 * 86_400

    result = finish(desk.job(), stopped.run.id)

    assert told(result)[-1] == (0, "cancel", "unchanged")
    assert warnings_of(result)[-1] == "missing_started"
    assert cancelled(desk) == []


def test_half_a_file_tells_the_command_that_lets_it_go(desk: Desk) -> None:
    """Where a file is short and its missing appointments are held, the step that is shown does let both go."""
    desk.profile = Profile(name="clinic", declared=True, snapshot=MARCH, cancel_missing=True)
    for name in ("Ana", "Bo"):
        desk.run(*appointments(24, firstName=name))

    held = desk.run(*appointments(12, firstName="Bo"))
    commands = [step.command for step in next_steps(held.report, ["to_fix.xlsx"]) if step.command]
    released = desk.run(*appointments(12, firstName="Bo"), approve=12, release=("rows_far_off",))

    assert commands == ["importer run FILE --approve 12 --release rows_far_off"]
    assert (released.exit_code, len(cancelled(desk))) == (Exit.DONE, 12)


def test_unknown_cancels_of_missing_appointments_are_settled_one_by_one(desk: Desk) -> None:
    """Rows that stand in no sheet have no number; the appointment's own number or uuid names them."""
    desk.run(*appointments(3))
    desk.profile = replace(CANCELS, guard_share_percent=100)
    desk.sandbox.set_faults(Rule("status_before", actions=("cancel",)))
    result = desk.run(*appointments(1), max_attempts=1)
    missing = {row.external_event_id: row.uuid or "" for row in result.report.rows() if not row.number}

    first = resolve(desk.job(), result.run.id, ["1002"], sent=True)
    assert (first.totals[Status.CANCELLED], first.totals[Status.UNKNOWN]) == (1, 1)
    second = resolve(desk.job(), result.run.id, [missing["1003"]], sent=False)

    ended = {row.external_event_id: str(row.status) for row in second.report.rows()}
    assert ended == {"1001": "unchanged", "1002": "cancelled", "1003": "not_sent"}
