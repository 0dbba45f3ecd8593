"""A week's sheets against the sandbox: what is sent, once, and what every row ends as."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from desk import NOW, ROW, Desk, appointments, read_csv, statuses

import sample_data
from importer.commands.plan import plan, run_plan
from importer.commands.report import explain, report, runs
from importer.commands.run import resume, retry, run, start
from importer.commands.stage_files import stage_files
from importer.errors import Exit, FileRefused, Interrupted, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.sandbox import Rule

WEEK, CHANGES = sample_data.expected()["plays"]


def play(desk: Desk, name: str) -> list[tuple[int, str]]:
    """Run a sample at its moment and return row numbers with statuses."""
    desk.now = sample_data.moment(name)
    result = run(desk.job(), [str(sample_data.copy(name, desk.folder))])
    return [(row.number, str(row.status)) for row in result.report.rows()]


def stated(name: str) -> list[tuple[int, str]]:
    return [(row["row"], row["run"]) for row in sample_data.expected()["files"][name]["rows"]]


def test_clinic_week_ends_as_stated(desk: Desk) -> None:
    """Both sheets of the clinic's week, played one after the other, yield exactly the statuses of expected.json."""
    ended = {name: play(desk, name) for name in (WEEK, CHANGES)}

    assert ended == {name: stated(name) for name in (WEEK, CHANGES)}


def test_same_sheet_again_sends_nothing(desk: Desk) -> None:
    """A sheet that was done is run again, renamed and with its rows in another order, without one request."""
    rows = appointments(5)
    desk.run(*rows)
    before = len(desk.sandbox.requests())

    again = run(desk.job(), [desk.sheet(*reversed(rows), name="renamed.csv")])

    assert statuses(again) == ["unchanged"] * 5
    assert len(desk.sandbox.requests()) == before


def test_sends_three_changed_times_as_three_small_updates(desk: Desk) -> None:
    """Three moved appointments cost three updates that hold the time and its zone, and nothing else."""
    rows = appointments(6)
    desk.run(*rows)
    moved = [row | {"eventDateTime": "2027-03-09 10:30"} if place < 3 else row for place, row in enumerate(rows)]

    desk.run(*moved)

    updates = [body for action, _, body in desk.deeds() if action == "update"]
    assert updates == [{"eventDateTime": "2027-03-09T10:30:00", "subscriberTimeZone": "America/New_York"}] * 3


def test_creates_updates_and_cancels_one_appointment_in_row_order(desk: Desk) -> None:
    """One sheet may book, move and cancel one appointment; the API sees it in the order of the rows."""
    moved = ROW | {"eventDateTime": "2027-03-09 11:00"}
    acted = [row | {"action": action} for action, row in (("create", ROW), ("update", moved), ("cancel", ROW))]

    result = desk.run(*acted, concurrency=8)

    assert statuses(result) == ["created", "updated", "cancelled"]
    assert [action for action, _, _ in desk.deeds()] == ["create", "update", "cancel"]


def test_cancel_above_its_create_never_goes(desk: Desk) -> None:
    """A cancel that stands above the row that books the appointment is a problem in the first run and in the second."""
    rows = [ROW | {"action": "cancel"}, ROW | {"action": "create"}]

    ended = [statuses(desk.run(*rows)) for _ in range(2)]

    assert ended == [["invalid", "created"], ["invalid", "unchanged"]]
    assert [action for action, _, _ in desk.deeds()] == ["create"]


def test_unknown_uuid_is_sent_as_it_is(desk: Desk) -> None:
    """A cancel whose uuid the ledger does not know goes out with that uuid; the row needs nothing else."""
    result = desk.run({"action": "cancel", "uuid": "db04f6ff-42e4-4bba-a9d3-000000000000"})

    assert statuses(result) == ["failed"]
    assert [(visit.method, visit.status) for visit in desk.sandbox.requests()] == [("POST", 404)]


def test_bad_row_does_not_stop_the_others(desk: Desk) -> None:
    """Invalid rows are never sent, the others are, and the exit code says that some rows want a person."""
    result = desk.run(ROW, ROW | {"externalEventId": "1002", "phone": "555-12"})

    assert statuses(result) == ["created", "invalid"]
    assert result.exit_code is Exit.SOME_ROWS_FAILED


@pytest.mark.parametrize("settings", [{"all_or_nothing": True}, {"only": (Action.CANCEL,)}])
def test_resume_sends_nothing_that_was_left_out_on_purpose(desk: Desk, settings: dict[str, object]) -> None:
    """A finished run has nothing left to resume, also where the settings kept its rows back."""
    desk.run(ROW, ROW | {"externalEventId": "1002", "phone": "555-12"}, **settings)

    with pytest.raises(NothingToDo) as again:
        resume(desk.job())

    assert again.value.exit_code is Exit.SOME_ROWS_FAILED
    assert desk.deeds() == []


def test_all_or_nothing_sends_nothing_beside_an_invalid_row(desk: Desk) -> None:
    """With ``all_or_nothing`` one invalid row keeps every other row from being sent."""
    result = desk.run(ROW, ROW | {"externalEventId": "1002", "phone": "555-12"}, all_or_nothing=True)

    assert statuses(result) == ["not_sent", "invalid"]
    assert desk.deeds() == []


def test_only_sends_the_actions_asked_for(desk: Desk) -> None:
    """``only`` sends cancels alone; a create of the same sheet is left out and says so."""
    desk.run(ROW)
    rows = [ROW | {"action": "cancel"}, ROW | {"externalEventId": "1002", "action": "create"}]

    result = desk.run(*rows, only=(Action.CANCEL,))

    assert statuses(result) == ["cancelled", "not_sent"]


def test_refused_file_leaves_no_run_and_sends_nothing(desk: Desk) -> None:
    """A second file that cannot be read keeps the first from being sent, and no half run stays behind."""
    good = desk.sheet(ROW)
    bad = desk.folder / "bad.csv"
    bad.write_bytes(b"%PDF-1.7\n")

    with pytest.raises(FileRefused):
        run(desk.job(), [good, str(bad)])

    assert desk.deeds() == []
    assert runs(desk.job()) == []


def test_declined_question_sends_nothing(desk: Desk) -> None:
    """A run that is not confirmed sends nothing and is not kept; the question told how many calls there are."""
    with pytest.raises(Interrupted):
        run(desk.job(), [desk.sheet(ROW)], confirm=lambda question: question.calls[Action.CREATE] != 1)

    assert desk.deeds() == []


def test_report_fed_back_is_done(desk: Desk) -> None:
    """results.csv and results.xlsx, fed back as they are, send nothing: their rows are done."""
    first = desk.run(*appointments(3))
    before = len(desk.sandbox.requests())

    again = [run(desk.job(), [str(first.paths[name])]) for name in ("results.csv", "results.xlsx")]

    assert [statuses(result) for result in again] == [["unchanged"] * 3] * 2
    assert len(desk.sandbox.requests()) == before


def test_report_fed_back_to_an_empty_ledger_sends_nothing(desk: Desk) -> None:
    """A ledger that was lost does not make done rows go out again: the report says that they are done."""
    rows = [ROW | {"action": "create"}, ROW | {"action": "cancel"}, *appointments(3, action="create")[1:]]
    first = desk.run(*rows)
    before = len(desk.sandbox.requests())

    again = run(desk.job(ledger_url=str(desk.folder / "new.db")), [str(first.paths["results.csv"])])

    assert statuses(again) == ["unchanged"] * 4
    assert [row.uuid for row in again.report.rows()] == [row.uuid for row in first.report.rows()]
    assert len(desk.sandbox.requests()) == before


def test_corrected_rows_are_sent_once(desk: Desk) -> None:
    """A phone corrected in results.csv sends exactly that row; the done ones are left alone."""
    first = desk.run(*appointments(2), ROW | {"externalEventId": "2001", "phone": "555-12"})
    text = first.paths["results.csv"].read_text(encoding="utf-8-sig").replace("555-12", "2125550144", 1)
    fixed = desk.folder / "fixed.csv"
    fixed.write_text(text, encoding="utf-8")

    again = run(desk.job(), [str(fixed)])

    assert statuses(again) == ["unchanged", "unchanged", "created"]
    assert [event for action, event, _ in desk.deeds()] == ["1001", "1002", "2001"]


def test_each_row_stands_in_the_report_once(desk: Desk) -> None:
    """Every row of two files stands in results.csv exactly once, and the totals add up to them."""
    sheets = [desk.sheet(*appointments(4), name="a.csv"), desk.sheet(*appointments(6), name="b.csv")]

    result = run(desk.job(), sheets)

    rows = [(row["result_file"], row["result_row"]) for row in read_csv(result.paths["results.csv"])]
    assert Counter(rows) == {
        **{("a.csv", str(n)): 1 for n in range(2, 6)},
        **{("b.csv", str(n)): 1 for n in range(2, 8)},
    }
    assert sum(result.totals.values()) == 10
    assert result.totals[Status.DUPLICATE] == 4


def test_plan_sends_nothing_and_leaves_no_run(desk: Desk) -> None:
    """A plan counts the calls and shows old and new values; the API and the ledger's runs stay as they were."""
    desk.run(ROW)
    seen = []

    planned = plan(desk.job(), [desk.sheet(ROW | {"firstName": "Anna"})], each_row=seen.append)

    assert dict(planned.calls) == {Action.UPDATE: 1}
    assert [(change.field, change.before, change.after) for change in seen[0].changes] == [("firstName", "Ana", "Anna")]
    assert len(desk.sandbox.requests()) == 1
    assert len(runs(desk.job())) == 1


def test_reviewed_plan_is_sent(desk: Desk) -> None:
    """``run --plan`` sends what the plan showed."""
    saved = desk.folder / "week.plan"
    plan(desk.job(), [desk.sheet(*appointments(2))], out=saved)

    result = run_plan(desk.job(), saved)

    assert statuses(result) == ["created", "created"]


@pytest.mark.parametrize("moved", ["file", "ledger", "setting"])
def test_plan_is_refused_once_something_moved(desk: Desk, moved: str) -> None:
    """A plan whose file, ledger or settings are another by now is not sent at all."""
    saved = desk.folder / "week.plan"
    plan(desk.job(), [desk.sheet(*appointments(2))], out=saved)
    settings = {}
    if moved == "file":
        desk.sheet(*appointments(3))
    elif moved == "ledger":
        run(desk.job(), [desk.sheet(ROW, name="other.csv")])
    else:
        settings = {"all_or_nothing": True}
    before = len(desk.sandbox.requests())

    with pytest.raises(Exception, match="nothing was sent"):
        run_plan(desk.job(**settings), saved)

    assert len(desk.sandbox.requests()) == before


def test_plan_fingerprint_ignores_the_order_of_rows(desk: Desk) -> None:
    """The same appointments in another order are the same plan."""
    rows = appointments(5)

    prints = [plan(desk.job(), [desk.sheet(*order)]).fingerprint for order in (rows, rows[::-1], rows[2:] + rows[:2])]

    assert len(set(prints)) == 1


def test_retry_sends_again_what_failed(desk: Desk) -> None:
    """Rows that a mended API would take are sent by ``retry``, in a run of their own; done rows are not in it."""
    desk.sandbox.admit("another-token")
    stopped = desk.run(*appointments(3))
    desk.sandbox.admit(desk.sandbox.token)

    again = retry(desk.job(), stopped.run.id)

    assert stopped.exit_code is Exit.AUTHENTICATION
    assert statuses(stopped) == ["not_sent"] * 3
    assert statuses(again) == ["created"] * 3
    assert again.run.parent == stopped.run.id


def test_retry_takes_no_appointment_back(desk: Desk) -> None:
    """A move that failed before a later one succeeded is not tried again; one that nothing overtook is."""
    desk.run(ROW)
    desk.sandbox.set_faults(Rule("status_before", status=400, actions=("update",), times=2))
    identity = {name: ROW[name] for name in ("externalEventId", "phone")}
    moves = [
        identity | {"action": "update", "eventDateTime": "2027-03-08 10:00"},
        identity | {"action": "update", "firstName": "Bo"},
        identity | {"action": "update", "eventDateTime": "2027-03-08 11:00"},
    ]
    moved = desk.run(*moves)

    again = retry(desk.job(), moved.run.id)

    assert statuses(moved) == ["failed", "failed", "updated"]
    assert [(row.number, row.status) for row in again.report.rows()] == [(3, "updated")]
    assert [body for action, _, body in desk.deeds() if action == "update"] == [
        {"eventDateTime": "2027-03-08T11:00:00", "subscriberTimeZone": "America/New_York"},
        {"firstName": "Bo"},
    ]


def test_resume_finishes_a_stopped_run_without_its_file(desk: Desk) -> None:
    """A run that the token stopped is finished from the ledger alone, under its own id."""
    desk.sandbox.admit("another-token")
    stopped = desk.run(*appointments(3))
    desk.sandbox.admit(desk.sandbox.token)
    (desk.folder / "week.csv").unlink()

    resumed = resume(desk.job(), stopped.run.id)

    assert resumed.run.id == stopped.run.id
    assert statuses(resumed) == ["created"] * 3
    assert resumed.exit_code is Exit.DONE


def test_resume_of_a_finished_run_sends_nothing(desk: Desk) -> None:
    """Resuming twice is the same as resuming once."""
    done = desk.run(*appointments(2))
    before = len(desk.sandbox.requests())

    with pytest.raises(NothingToDo):
        resume(desk.job(), done.run.id)

    assert len(desk.sandbox.requests()) == before


def test_report_is_written_again_from_the_ledger(desk: Desk) -> None:
    """A report whose files were lost is made again from the ledger alone, with the same rows."""
    done = desk.run(*appointments(2))
    first = read_csv(done.paths["results.csv"])
    for path in done.paths.values():
        Path(path).unlink()

    again = report(desk.job(), done.run.id)

    assert read_csv(again.paths["results.csv"]) == first


def test_explain_tells_an_appointment_s_life(desk: Desk) -> None:
    """By its external id, an appointment is told with every row that named it and what each changed."""
    desk.run(ROW)
    desk.run(ROW | {"eventDateTime": "2027-03-09 10:30"})

    life = explain(desk.job(), "1001")

    assert [str(row.row.status) for row in life.rows] == ["created", "updated"]
    assert [change.field for change in life.rows[1].changes] == ["eventDateTime"]
    assert life.reminders[0].uuid == life.rows[0].row.uuid


def test_clock_set_back_repeats_nothing(desk: Desk) -> None:
    """A clock that is two hours back, or a day ahead, neither repeats nor skips a row."""
    rows = appointments(3)
    desk.run(*rows)
    before = len(desk.sandbox.requests())

    ended = []
    for moment in (NOW - 7_200, NOW + 86_400):
        desk.now = moment
        ended.append(statuses(desk.run(*rows)))

    assert ended == [["unchanged"] * 3] * 2
    assert len(desk.sandbox.requests()) == before


def test_profile_may_allow_the_past(desk: Desk) -> None:
    """A clinic that says so may create appointments that have started, for tests and late bookings."""
    desk.profile = Profile(allow_past=True)

    result = desk.run(ROW | {"eventDateTime": "2027-03-01 09:00"})

    assert statuses(result) == ["created"]


@pytest.mark.parametrize("staged", [False, True], ids=["before-the-rows", "before-the-plan"])
def test_run_cut_off_while_reading_is_not_resumed(desk: Desk, staged: bool) -> None:
    """A run that never read its sheet to the end has nothing to finish: resume says so, and run does the job."""
    job = desk.job()
    with open_ledger(job.settings.ledger_url) as ledger:
        begun = start(job, ledger, "run")
        if staged:
            stage_files(job, begun, [desk.sheet(*appointments(2))])

    with pytest.raises(UsageError, match="it sent nothing"):
        resume(job)

    assert desk.deeds() == []
    assert statuses(desk.run(*appointments(2))) == ["created", "created"]
