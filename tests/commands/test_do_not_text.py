"""A do-not-text list: its people are never texted, by no command; and a list that cannot be read stops everything."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from desk import ROW, Desk, appointments, statuses
from openpyxl.styles import Font

from importer.commands.check import check
from importer.commands.do_not_text_file import do_not_text
from importer.commands.drafts.one_appointment import change_one
from importer.commands.job import Event, Job
from importer.commands.plan import plan
from importer.commands.run import resume, retry, run
from importer.errors import Exit, SettingsError, UsageError
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_list(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def job_with(path: Path, profile: Profile | None = None) -> Job:
    return Job(Settings(do_not_text=path), profile or Profile())


PHONES_WITH_MORE = (
    "212-555-0101 (Ana)",
    "Ana Fox 212-555-0101",
    "212-555-0101 Ana",
    "tel 212-555-0101",
    "+1 212-555-0101 - asked to stop",
    "Ana Fox: (212) 555-0101",
    "2.12555E+09",
    "2.12555E9",
    "212-555-0101 x2",
    "212-555-0101x2",
    "2125550101 / Ana",
    "<2125550101>",
    "212.555.0101;",
    "5550101 Ana",
)


@pytest.mark.parametrize(
    ("text", "phones", "numbers"),
    [
        pytest.param("(212) 555-0101\n+1 212 555 0102\n", {"+12125550101", "+12125550102"}, {"(212) 555-0101", "+1 212 555 0102"}, id="lines"),
        pytest.param("Do not text\n40101\nA-7\n", set(), {"40101", "a-7"}, id="numbers-below-a-title"),
        pytest.param("2125550101\n", {"+12125550101"}, {"2125550101"}, id="one-line-may-be-either"),
        pytest.param("Name,Mobile,Reason\nAna,212-555-0101,asked\n", {"+12125550101"}, set(), id="table-of-phones"),
        pytest.param("Phone,Appointment number\n2125550101,\n,A-7\n", {"+12125550101"}, {"a-7"}, id="both"),
        pytest.param("Phone,Mobile\n2125550101,2125550102\n", {"+12125550101", "+12125550102"}, set(), id="two-phones"),
        pytest.param("Mobile,Country calling code\n2079460142,+44\n", {"+442079460142"}, set(), id="calling-code"),
        pytest.param("Mobile,Home phone\n212-555-0101,(212) 555-0102\n,212-555-0103\n", {"+12125550101", "+12125550102", "+12125550103"}, set(), id="phone-at-home"),
        pytest.param("Name,Home phone\nAna,212-555-0101\n", {"+12125550101"}, set(), id="only-phone-at-home"),
        pytest.param("Name,Phone 1,Phone 2\nAna,212-555-0101,212-555-0102\n", {"+12125550101", "+12125550102"}, set(), id="numbered-phones"),
        pytest.param("Appointment number,Landline\n1001,212-555-0101\n", {"+12125550101"}, {"1001"}, id="number-and-landline"),
        pytest.param("Mobile,Other\n212-555-0101,212-555-0102\n", {"+12125550101", "+12125550102"}, set(), id="phones-below-any-heading"),
        pytest.param("Mobile,Home phone\n212-555-0101,none\n", {"+12125550101"}, set(), id="no-second-phone"),
        pytest.param("Phone,Phone type,Asked on,Notes\n212-555-0101,Mobile,2027-03-04,not 212-555-0102\n", {"+12125550101"}, set(), id="other-columns"),
        pytest.param("Appointment number\nREF 1001234\n", set(), {"ref 1001234"}, id="number-with-a-blank"),
        pytest.param("Do not text 2027\nA-1001\n10045\n#7\nREF 1001\n1001/2\n", set(), {"a-1001", "10045", "#7", "ref 1001", "1001/2"}, id="plain-numbers"),
        pytest.param("Numbers\ndb04f6ff-42e4-4bba-a9d3-000000000000\nINV20270304001\n", set(), {"db04f6ff-42e4-4bba-a9d3-000000000000", "inv20270304001"}, id="long-numbers"),
        pytest.param("Numbers\nAna/2125550101\ntel2125550102\n", {"+12125550101", "+12125550102"}, {"ana/2125550101", "tel2125550102"}, id="one-word-may-be-either"),
    ],
)  # fmt: skip
def test_list_is_read_as_a_sheet_is(tmp_path: Path, text: str, phones: set[str], numbers: set[str]) -> None:
    """Headings that a sheet may have, or one entry a line; phones in any spelling."""
    found = do_not_text(job_with(write_list(tmp_path, text)))

    assert found is not None
    assert (found.phones, found.numbers) == (phones, numbers)


def test_number_that_is_struck_through_stays_on_the_list(tmp_path: Path) -> None:
    """A line through an entry does not allow anybody to be texted."""
    book = openpyxl.Workbook()
    for row in (["Phone"], ["2125550101"], ["2125550102"]):
        book.active.append(row)
    book.active["A2"].font = Font(strike=True)
    book.save(tmp_path / "list.xlsx")
    found = do_not_text(job_with(tmp_path / "list.xlsx"))

    assert found is not None
    assert found.phones == {"+12125550101", "+12125550102"}


def test_region_of_the_profile_reads_the_list() -> None:
    """Without a list nothing is held against it; with one, its phones are read as those of the sheets are."""
    assert do_not_text(Job(Settings(), Profile())) is None


def test_numbers_of_another_country_are_read_by_the_profile(tmp_path: Path) -> None:
    """A British clinic writes its list as it writes its sheets."""
    found = do_not_text(job_with(write_list(tmp_path, "020 7946 0142\n"), Profile(region="GB")))

    assert found is not None
    assert found.phones == {"+442079460142"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "There is no such file", id="missing"),
        pytest.param("", "The file is empty", id="empty"),
        pytest.param("Phone\n", "no phone and no appointment number", id="headings-only"),
        pytest.param("Phone\n212-555-01\n", "Row 2 holds no phone that can be read", id="phone-too-short"),
        pytest.param("212-555-0101\n212-555-01\n", "Row 2 holds no phone that can be read", id="line-too-short"),
        pytest.param("Name,Phone\nAna,\n", "Row 2 holds neither", id="nobody"),
        pytest.param("Name,Why\nAna,asked\n", "several columns", id="no-heading"),
        pytest.param(
            "Mobile,Home phone\n212-555-0101,212-555-01\n", "Row 2 holds no phone", id="second-phone-too-short"
        ),
        pytest.param(
            "Mobile,Home phone\n212-555-0101,212-555-0102 (Ana)\n",
            "Row 2 holds no phone",
            id="second-phone-with-a-name",
        ),
        pytest.param("Appointment number\n212-555-0101 (Ana)\n", "Row 2 holds no phone", id="phone-below-number"),
        pytest.param("List\nAna Fox\n", "Row 2 holds neither a phone nor an appointment number", id="name"),
        pytest.param(
            "List\n1001 (Ana)\n", "Row 2 holds neither a phone nor an appointment number", id="number-with-a-name"
        ),
        pytest.param("212-555-0101 Ana\n", "Row 1 holds no phone", id="first-line"),
        *[
            pytest.param(f"{heading}\n{line}\n", "Row 2 holds no phone that can be read", id=f"{heading}-{line}")
            for heading in ("Number", "2125550109")
            for line in PHONES_WITH_MORE
        ],
    ],
)
def test_list_that_cannot_be_used_refuses_the_command(tmp_path: Path, text: str | None, words: str) -> None:
    """Never ignored: missing, empty, or with an entry that is neither; no entry is shown."""
    path = tmp_path / "list.csv" if text is None else write_list(tmp_path, text)
    with pytest.raises(SettingsError, match=words) as refused:
        do_not_text(job_with(path))

    assert refused.value.exit_code is Exit.USAGE
    assert "212-555-01." not in str(refused.value)


def test_check_names_the_cell(desk: Desk, tmp_path: Path) -> None:
    """The problem stands in the column of the phone, by its heading and letter; other rows are ready."""
    found: list[Any] = []
    check(
        replace(desk.job(do_not_text=write_list(tmp_path, "+1 (212) 555-0102\n"))),
        [desk.sheet(*appointments(3))],
        each_row=found.append,
    )

    assert [row["status"] for row in found] == ["ready", "invalid", "ready"]
    (problem,) = found[1]["problems"]
    assert problem["code"] == "blocked"
    assert problem["field"] == "phone"


@pytest.mark.parametrize("entry", ["2125550102", "1002"])
def test_nobody_of_the_list_is_booked(desk: Desk, tmp_path: Path, entry: str) -> None:
    """By phone or by appointment number; the others are."""
    result = desk.run(*appointments(3), do_not_text=write_list(tmp_path, f"{entry}\n"))

    assert statuses(result) == ["created", "invalid", "created"]
    assert [number for _, number, _ in desk.deeds()] == ["1001", "1003"]


def test_cancel_of_a_listed_person_goes(desk: Desk, tmp_path: Path) -> None:
    """A cancellation takes a reminder away, so it is sent; an update and, after the visit, a no-show are not."""
    desk.run(*appointments(3))
    listed = write_list(tmp_path, "2125550101\n2125550102\n2125550103\n")
    first, second, third = appointments(3)
    changed = desk.run(
        first | {"action": "cancel"}, second | {"action": "update", "firstName": "Bea"}, do_not_text=listed
    )
    desk.now += 6.7 * 86_400
    missed = desk.run(third | {"action": "no_show"}, do_not_text=listed)
    codes = [
        [problem.get("code") for problem in row.problems] for each in (changed, missed) for row in each.report.rows()
    ]

    assert statuses(changed) + statuses(missed) == ["cancelled", "invalid", "invalid"]
    assert codes == [[], ["blocked"], ["blocked"]]
    assert [action for action, _, _ in desk.deeds()] == ["create", "create", "create", "cancel"]


def test_change_by_uuid_alone_is_held_against_the_ledger(desk: Desk, tmp_path: Path) -> None:
    """A row that names no phone is of the person whom the ledger knows by its uuid."""
    made = desk.run(ROW)
    (row,) = made.report.rows()
    result = desk.run(
        {"action": "update", "uuid": str(row.uuid), "firstName": "Bea"},
        do_not_text=write_list(tmp_path, "2125550101\n"),
    )

    assert statuses(result) == ["invalid"]
    assert len(desk.deeds()) == 1


def test_active_reminders_are_offered_for_cancelling(desk: Desk, tmp_path: Path) -> None:
    """A sentence with a command for each, which holds neither phone nor name."""
    made = desk.run(*appointments(2))
    uuid = str(next(iter(made.report.rows())).uuid)
    said: list[Event] = []
    listed = write_list(tmp_path, "2125550101\n")
    plan(replace(desk.job(do_not_text=listed), on_event=said.append), [desk.sheet(*appointments(2))])
    told = [event.text for event in said if "do-not-text" in event.text]

    assert told == [f"Still active for people on the do-not-text list: 1 reminder. To cancel: importer cancel {uuid}"]


def test_list_that_grew_counts_when_a_run_is_resumed_and_retried(desk: Desk, tmp_path: Path) -> None:
    """What waited outside the sending window is held against the list of the moment in which it would leave."""
    listed = write_list(tmp_path, "2125550109\n")
    desk.settings["do_not_text"] = listed
    desk.settings["only"] = (Action.CANCEL,)
    waiting = desk.run(*appointments(3))
    desk.settings["only"] = ()
    assert statuses(waiting) == [Status.NOT_SENT.value] * 3
    write_list(tmp_path, "2125550109\n2125550101\n")
    retried = retry(desk.job(), waiting.run.id)

    assert statuses(retried) == ["invalid", "created", "created"]
    assert [number for _, number, _ in desk.deeds()] == ["1002", "1003"]


def test_resumed_run_leaves_listed_people_alone(desk: Desk, tmp_path: Path) -> None:
    """A run that was stopped is finished without those who came onto the list since."""
    listed = write_list(tmp_path, "2125550109\n")
    desk.settings["do_not_text"] = listed
    stopped = _stopped(desk.job(), [desk.sheet(*appointments(2))])
    write_list(tmp_path, "2125550109\n2125550101\n")
    finished = resume(desk.job(), stopped)

    assert statuses(finished) == ["invalid", "created"]


def _stopped(job: Job, paths: Sequence[str]) -> str:
    """Return the id of a run that a signal stopped before its first request."""

    def press(_question: object) -> bool:
        job.stop.set(signal.SIGINT)
        return True

    return run(job, paths, confirm=press).run.id


@pytest.mark.parametrize("command", [run, plan, check])
def test_no_command_goes_on_without_its_list(desk: Desk, tmp_path: Path, command: Any) -> None:
    """A list that is missing stops check, plan and run, and nothing is recorded of it."""
    with pytest.raises(SettingsError, match="do-not-text"):
        command(desk.job(do_not_text=tmp_path / "gone.csv"), [desk.sheet(ROW)])

    assert desk.deeds() == []


def test_single_appointment_of_a_listed_person_is_only_cancelled(desk: Desk, tmp_path: Path) -> None:
    """Moving it, or its no-show, would text the person, and is refused with the reason; the cancellation goes."""
    desk.run(ROW)
    desk.settings["do_not_text"] = write_list(tmp_path, "2125550101\n")

    with pytest.raises(UsageError, match="on the do-not-text list") as refused:
        change_one(desk.job(), "move", "1001", when="2027-03-12 10:30")
    assert "entry out of the list" in refused.value.fix
    desk.now += 6.7 * 86_400
    with pytest.raises(UsageError, match="on the do-not-text list"):
        change_one(desk.job(), "no_show", "1001")
    desk.now -= 6.7 * 86_400
    assert change_one(desk.job(), "cancel", "1001").totals[Status.CANCELLED] == 1
