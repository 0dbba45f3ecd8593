"""``plan``: what a run would do, decided as a run decides it, shown on a page, and carried out exactly or not at all."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk, appointments, statuses
from markup_seen import Page

from importer.commands.plan import plan, run_plan
from importer.commands.report import runs
from importer.commands.run import run
from importer.errors import Exit, Held, UsageError
from importer.model.profile import Profile
from importer.model.statuses import Action, Status

if TYPE_CHECKING:
    from importer.reporting.plan_result import PlanResult

PHONE = ROW["phone"]


def planned(desk: Desk, *rows: dict[str, str], **asked: Any) -> PlanResult:
    return plan(desk.job(), [desk.sheet(*rows)], **asked)


def test_a_name_that_could_not_be_split_is_shown_as_typed(desk: Desk) -> None:
    """Who reads a plan sees what stands beside a name, though no name of it is sent."""
    rows = [{key: text for key, text in ROW.items() if key != "firstName"} | {"Patient Name": "Ana Lee (mother)"}]

    (group,) = planned(desk, *rows).groups

    assert [(row.name, row.who) for row in group.rows] == [("Ana Lee (mother)", "Ana Lee (mother), (212) 555-0101")]


def page_of(path: Path | None) -> Page:
    assert path is not None
    return Page(path.read_text(encoding="utf-8"))


def test_people_are_counted_once(desk: Desk) -> None:
    """A person with two new appointments, and one whose cancel only a uuid names, are one person each; an update texts nobody."""
    first = desk.run(*appointments(3))
    uuids = [row.uuid for row in first.report.rows()]
    rows = [
        {"uuid": str(uuids[0]), "action": "cancel"},
        ROW | {"externalEventId": "2001", "action": "create", "eventDateTime": "2027-03-09 09:00"},
        ROW | {"externalEventId": "2002", "action": "create", "eventDateTime": "2027-03-10 09:00"},
        appointments(2)[1] | {"action": "update", "firstName": "Bea"},
    ]

    found = planned(desk, *rows)

    assert dict(found.calls) == {Action.CANCEL: 1, Action.CREATE: 2, Action.UPDATE: 1}
    assert found.people == 1


def test_page_shows_what_the_ledger_knows(desk: Desk) -> None:
    """A cancel of a bare number shows the person and the start that the ledger remembers."""
    desk.run(ROW)

    found = planned(desk, {"externalEventId": "1001", "phone": PHONE, "action": "cancel"}, page=desk.folder / "p.html")

    text = page_of(found.page).text
    assert "1 change to send: 1 cancellation. 1 person may get a text right away." in text
    assert "Ana, (212) 555-0101" in text
    assert "Mon, Mar 8, 9:00 AM" in text
    assert "All times are New York time." in text


def test_page_is_for_its_owner_alone(desk: Desk) -> None:
    """The page replaces an older one whole, with mode 0600."""
    target = desk.folder / "plan.html"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o644)

    planned(desk, ROW, page=target)

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("option", ["page", "out"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("reports-here", "is a folder", id="folder"),
        pytest.param("week.csv", "the sheet itself", id="sheet"),
        pytest.param("absent/plan.html", "There is no folder", id="no-folder"),
    ],
)
def test_places_that_a_plan_cannot_have(desk: Desk, option: str, name: str, says: str) -> None:
    """A folder, the sheet itself, and a folder that is not there are refused before anything is read."""
    (desk.folder / "reports-here").mkdir()
    sheet = desk.sheet(ROW)
    before = Path(sheet).read_bytes()

    with pytest.raises(UsageError, match=says):
        plan(desk.job(), [sheet], **{option: desk.folder / name})

    assert Path(sheet).read_bytes() == before
    assert not (desk.folder / "ledger.db").exists()


def test_plan_and_page_have_two_names(desk: Desk) -> None:
    """One would overwrite the other."""
    with pytest.raises(UsageError, match="same name"):
        planned(desk, ROW, out=desk.folder / "plan", page=desk.folder / "plan")


def test_command_carries_out_what_was_planned(desk: Desk) -> None:
    """The command repeats the options that were typed; a saved plan is named instead of the files."""
    sheet = desk.sheet(ROW)
    out = desk.folder / "my week.plan"

    loose = plan(desk.job(), [sheet], options=("--only", "cancel,update"))
    saved = plan(desk.job(), [sheet], out=out)

    assert loose.command == f"importer run {sheet} --only cancel,update"
    assert saved.command == f"importer run --plan '{out}'"


def test_nothing_to_send_has_no_command(desk: Desk) -> None:
    """Where all is unchanged there is nothing to type."""
    desk.run(ROW)

    assert planned(desk, ROW).command == ""


def test_missing_appointments_are_told(desk: Desk) -> None:
    """What a snapshot would cancel stands among the cancels, in no row; the run does exactly that."""
    desk.profile = Profile(snapshot="today..+60d", cancel_missing=True, guard_count=10, guard_share_percent=100)
    desk.run(*appointments(3))

    found = planned(desk, *appointments(2), page=desk.folder / "plan.html")

    assert dict(found.sums) == {"cancel": 1, "unchanged": 2}
    assert (found.missing, found.row_count, found.people) == (1, 2, 1)
    assert "In no row - Cancel Ana, (212) 555-0103 appointment 1003" in page_of(found.page).text
    assert statuses(desk.run(*appointments(2)))[-1] == "cancelled"


def test_missing_appointments_that_stay_are_told_apart(desk: Desk) -> None:
    """Where they are only reported they are no unchanged rows of the sheet, and nothing is sent."""
    desk.profile = Profile(snapshot="today..+60d")
    desk.run(*appointments(3))

    found = planned(desk, *appointments(2))

    assert dict(found.sums) == {"missing": 1, "unchanged": 2}
    assert (dict(found.calls), found.exit_code) == ({}, Exit.DONE)


def test_held_plan_says_why(desk: Desk) -> None:
    """A plan that a guard holds has its exit code and its sentence, and nothing to type but the release."""
    desk.profile = Profile(snapshot="today..+60d", cancel_missing=True, guard_count=1)
    desk.run(*appointments(4))

    found = planned(desk, *appointments(1), page=desk.folder / "plan.html")

    assert (found.exit_code, dict(found.totals)) == (Exit.HELD, {Status.UNCHANGED: 1, Status.HELD: 3})
    text = page_of(found.page).text
    assert "3 of 4 known appointments of the window are missing from the file" in text
    assert "--approve 3" in text
    assert "Cancel, once approved" in text


@pytest.mark.parametrize(
    "changed",
    [
        {"only": (Action.CREATE,)},
        {"snapshot": "today..+3d"},
        {"approve": 3},
        {"release": ("same_time",)},
        {"limit": 1},
        {"action": "create"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_plan_is_carried_out_with_its_own_settings(desk: Desk, changed: dict[str, Any]) -> None:
    """Another setting that decides what is sent refuses the plan with exit 6, whatever it would lead to."""
    out = desk.folder / "week.plan"
    planned(desk, *appointments(2), out=out)

    with pytest.raises(Held, match="nothing was sent") as refused:
        run_plan(desk.job(**changed), out)

    assert refused.value.exit_code is Exit.HELD
    assert desk.sandbox.requests() == []


def test_plan_of_a_profile_that_has_changed_is_refused(desk: Desk) -> None:
    """A profile that makes other calls of the same file refuses the plan, and leaves no run behind."""
    rows = [ROW | {"remindTimeOffset": ""}]
    desk.profile = Profile(remind_time_offset="PT24H")
    out = desk.folder / "week.plan"
    planned(desk, *rows, out=out)
    desk.profile = Profile(remind_time_offset="PT4H")

    with pytest.raises(Held, match="other calls than the plan shows"):
        run_plan(desk.job(), out)

    assert desk.sandbox.requests() == []
    assert runs(desk.job()) == []


def test_plan_is_good_for_one_run(desk: Desk) -> None:
    """Carried out, a plan is spent: the ledger has moved on."""
    out = desk.folder / "week.plan"
    planned(desk, *appointments(2), out=out)
    run_plan(desk.job(), out)

    with pytest.raises(Held, match="the ledger has moved"):
        run_plan(desk.job(), out)

    assert len(desk.deeds()) == 2


def test_time_that_passed_refuses_a_plan(desk: Desk) -> None:
    """A plan made before an appointment began does not create it afterwards."""
    out = desk.folder / "week.plan"
    planned(desk, ROW, out=out)
    desk.now += 7 * 86_400

    with pytest.raises(Held, match="other calls"):
        run_plan(desk.job(), out)

    assert desk.sandbox.requests() == []


def test_several_files_are_one_plan(desk: Desk) -> None:
    """The plan of two files counts the rows of both, and the run of both does what it said."""
    paths = [
        desk.sheet(*rows, name=name) for rows, name in ((appointments(3)[:2], "a.csv"), (appointments(3)[2:], "b.csv"))
    ]

    found = plan(desk.job(), paths, page=desk.folder / "plan.html")

    assert dict(found.calls) == {Action.CREATE: 3}
    assert "3 rows in the files" in page_of(found.page).text
    assert sum(run(desk.job(), paths).totals.values()) == 3


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        pytest.param(
            ROW | {"sendEligibleSubscribersOnly": "yes"}, "field_cannot_change", "The API cannot change it", id="flag"
        ),
        pytest.param(
            ROW | {"eventType": "6c52d314-a3ca-4781-ba70-5f3b0c8d1e02"},
            "field_cannot_change",
            "The API cannot change it",
            id="type",
        ),
        pytest.param({"phone": "(212) 555-0199"}, "identity_cannot_change", "The API cannot change it", id="phone"),
        pytest.param({"externalEventId": "7"}, "identity_cannot_change", "The API cannot change it", id="number"),
        pytest.param(
            {"action": "update", "externalEventId": "1001", "phone": PHONE, "firstName": ""},
            "nothing_to_update",
            "gives no value to change",
            id="cleared",
        ),
    ],
)
def test_what_the_api_cannot_do_is_a_problem_that_says_so(
    desk: Desk, row: dict[str, str], code: str, says: str
) -> None:
    """Neither flag, type, phone nor number can change, and a cleared cell changes nothing; nothing of it is sent."""
    (uuid,) = [each.uuid for each in desk.run(ROW).report.rows()]
    asked = (
        row
        if "eventType" in row or "action" in row
        else {"action": "update", "uuid": str(uuid), "firstName": "B"} | row
    )
    seen: list[Any] = []

    found = planned(desk, asked, each_row=seen.append)

    assert (dict(found.calls), found.exit_code) == ({}, Exit.SOME_ROWS_FAILED)
    assert [problem["code"] for problem in seen[0].row.problems] == [code]
    assert says in seen[0].row.problems[0]["message"]


def test_blank_cells_leave_as_it_is(desk: Desk) -> None:
    """A blank cell neither clears what is there nor counts as a change; what the row does give is all that is sent."""
    desk.run(ROW | {"lastName": "Beltran", "metadata.at": "Main St", "metadata.by": "Dr. Wu"})
    seen: list[Any] = []

    planned(
        desk,
        ROW | {"lastName": "", "firstName": "Anna", "metadata.at": "Hill Rd", "metadata.by": ""},
        each_row=seen.append,
    )
    desk.run(ROW | {"lastName": "", "firstName": "Anna", "metadata.at": "Hill Rd", "metadata.by": ""})

    assert [change.field for change in seen[0].changes] == ["firstName", "metadata.at"]
    _, (action, _, body) = desk.deeds()
    assert (action, body) == ("update", {"firstName": "Anna", "metadata": {"at": "Hill Rd", "by": "Dr. Wu"}})


def test_saved_plan_follows_no_planted_link(desk: Desk) -> None:
    """A plan is written under a name that nobody can foresee, for its owner alone, and replaces an older one whole."""
    out, other = desk.folder / "week.plan", desk.folder / "precious.txt"
    other.write_text("precious", encoding="utf-8")
    (desk.folder / ".week.plan.part").symlink_to(other)
    out.write_text("old", encoding="utf-8")

    planned(desk, ROW, out=out)

    assert other.read_text(encoding="utf-8") == "precious"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert statuses(run_plan(desk.job(), out)) == ["created"]
