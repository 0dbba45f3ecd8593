"""Files that would do harm: nobody is texted by them, and nothing gets past a guard but what a person lets go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from desk import ROW, Desk, appointments, read_csv, statuses

from importer.commands.plan import plan, run_plan
from importer.commands.run import RunResult, resume, retry, run, start
from importer.commands.stage_files import stage_files
from importer.errors import Exit, Held, NothingToDo
from importer.ledger import open_ledger
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.settings import RowRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COUNT = 24
NIGHT = 86_400


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.profile = Profile(name="clinic", declared=True)
    return desk


def codes(result: RunResult) -> list[str]:
    return [hold.code for hold in result.run.holds]


def week(count: int = COUNT, **changes: str) -> list[dict[str, str]]:
    return appointments(count, **changes)


def shifted(count: int = COUNT) -> list[dict[str, str]]:
    """Return the week of ``week`` as a fault of time zones exports it."""
    return week(count, eventDateTime="2027-03-08 10:00")


def two_nights(desk: Desk) -> int:
    """Run two usual nights; return how many things the API did by then."""
    desk.run(*week())
    desk.now += NIGHT
    desk.run(*week(firstName="Bo"))
    desk.now += NIGHT
    return len(desk.deeds())


# One amount


def test_nobody_is_texted_by_a_shifted_file(desk: Desk) -> None:
    """A file that moves every known appointment by an hour sends nothing, exits 6, and says why on each row."""
    desk.run(*week())
    before = len(desk.deeds())

    result = desk.run(*shifted(), *week(COUNT + 3)[COUNT:])

    assert result.exit_code is Exit.HELD
    assert statuses(result) == ["held"] * (COUNT + 3)
    assert len(desk.deeds()) == before
    said = "24 of 24 known appointments of the file are moved, all by +1 hour. A wrong time zone looks like this."
    assert [hold.message for hold in result.run.holds] == [said]
    assert {row["result_code"] for row in read_csv(result.paths["results.csv"])} == {"moved_together"}
    assert all(said in row["result_problem"] for row in read_csv(result.paths["results.csv"]))


def test_a_profile_is_not_needed_for_it(desk: Desk) -> None:
    """Appointments that all move are held for whoever has no profile, too."""
    desk.profile = Profile()
    desk.run(*week())

    assert codes(desk.run(*shifted())) == ["moved_together"]


def test_a_release_lets_the_file_go(desk: Desk) -> None:
    """With --release the file is sent, the run remembers that, and the same file again sends nothing."""
    desk.run(*week())

    result = desk.run(*shifted(), release=("moved_together",))

    assert (result.exit_code, result.totals[Status.UPDATED]) == (Exit.DONE, COUNT)
    assert (codes(result), result.run.unreleased) == (["moved_together"], ())
    before = len(desk.deeds())
    assert desk.run(*shifted()).totals[Status.UNCHANGED] == COUNT
    assert len(desk.deeds()) == before


def test_only_that_hold_is_released(desk: Desk) -> None:
    """--release takes back what it names; another reason still holds."""
    two_nights(desk)

    result = desk.run(*shifted(10), release=("moved_together",))

    assert (codes(result), statuses(result)) == (["moved_together", "rows_far_off"], ["held"] * 10)
    assert [hold.code for hold in result.run.unreleased] == ["rows_far_off"]


@pytest.mark.parametrize(
    ("row", "held"),
    [
        pytest.param({"action": "upsert"}, True, id="rows-that-describe"),
        pytest.param({"action": "update"}, False, id="a-sheet-of-changes"),
    ],
)
def test_explicit_updates_do_not_count(desk: Desk, row: Mapping[str, str], held: bool) -> None:
    """A sheet of changes holds only changes, so that they are all of one kind says nothing."""
    desk.run(*week())

    result = desk.run(*(each | row for each in shifted()), release=("headings_changed",))

    assert [hold.code for hold in result.run.unreleased] == ["moved_together"] * held


def test_appointments_that_stay_speak_for_the_file(desk: Desk) -> None:
    """Among many that stay, a few that move are a usual night."""
    desk.run(*week())

    result = desk.run(*shifted(6), *week()[6:])

    assert (result.totals[Status.UPDATED], result.totals[Status.UNCHANGED]) == (6, 18)


def test_a_week_moved_across_the_change_of_clocks_is_one_amount(desk: Desk) -> None:
    """A week by the clock is a week, though in UTC some of the appointments move an hour less."""
    spread = [each | {"eventDateTime": f"2027-03-{5 + place % 6:02d} 09:00"} for place, each in enumerate(week())]
    moved = [each | {"eventDateTime": f"2027-03-{12 + place % 6:02d} 09:00"} for place, each in enumerate(week())]
    desk.run(*spread)

    (hold,) = desk.run(*moved).run.holds

    assert "all by +7 days." in hold.message


def test_another_zone_is_named(desk: Desk) -> None:
    """A zone that changed for all is told by both names."""
    desk.run(*week())

    (hold,) = desk.run(*week(subscriberTimeZone="America/Denver")).run.holds

    assert "zone America/Denver instead of America/New_York" in hold.message


# Unlike earlier files


def test_a_half_empty_file_is_held(desk: Desk) -> None:
    """Far fewer rows than usual hold the file."""
    before = two_nights(desk)

    result = desk.run(*week(10, firstName="Cy"))

    assert (codes(result), statuses(result)) == (["rows_far_off"], ["held"] * 10)
    assert len(desk.deeds()) == before


def test_a_held_file_does_not_become_the_usual(desk: Desk) -> None:
    """However often a bad file comes, it is held; the good one after it is not."""
    two_nights(desk)

    assert [codes(desk.run(*week(10, firstName=f"Cy{night}"))) for night in range(3)] == [["rows_far_off"]] * 3
    assert codes(desk.run(*week(firstName="Di"))) == []


@pytest.mark.parametrize("by_retry", [True, False], ids=["by-a-retry", "by-a-run"])
def test_a_released_file_may_become_the_usual(desk: Desk, by_retry: bool) -> None:
    """Once a person has said that fewer rows are right, they count as usual."""
    two_nights(desk)
    for night in range(3):
        if by_retry:
            held = desk.run(*week(10, firstName=f"Cy{night}"))
            if held.run.unreleased:
                retry(desk.job(release=("rows_far_off",)), held.run.id)
        else:
            desk.run(*week(10, firstName=f"Cy{night}"), release=("rows_far_off",))

    assert codes(desk.run(*week(10, firstName="Di"))) == []


def test_blank_cells_are_held(desk: Desk) -> None:
    """A column that came empty holds the file."""
    two_nights(desk)

    result = desk.run(*week(lastName="Moss"), *[], release=("headings_changed",))
    assert codes(result) == ["headings_changed"]
    (hold,) = desk.run(
        *week(firstName="", eventDateTime="2027-03-09 09:00"), release=("moved_together",)
    ).run.unreleased[:1]
    assert (
        hold.message == "firstName is blank in 100% of the rows; in earlier files of this profile it was in about 0%."
    )


def test_other_headings_are_held(desk: Desk) -> None:
    """A heading that is new and one that is gone are named."""
    two_nights(desk)

    result = desk.run(*(dict(each, Room="4", firstName="Cy") for each in week()))

    assert [hold.message for hold in result.run.holds] == [
        "The headings are not those of the profile's last file: new: “Room”."
    ]


def test_the_file_of_the_day_before_is_held(desk: Desk) -> None:
    """The first night's file after the second night's would put old values back."""
    before = two_nights(desk)

    result = desk.run(*week())

    assert (codes(result), statuses(result)) == (["file_of_before"], ["held"] * COUNT)
    assert len(desk.deeds()) == before


def test_a_released_file_needs_no_second_release(desk: Desk) -> None:
    """Three walk-ins beside the nightly sixty are held by nobody's name, and the same bytes are released once and for all."""
    two_nights(desk)
    few = week(10, firstName="Cy")

    first, again = desk.run(*few), desk.run(*few)
    released = desk.run(*few, release=("rows_far_off",))
    desk.run(*week(firstName="Di"), release=("rows_far_off",))
    walk_ins = [
        each | {"externalEventId": f"W{place}"} for place, each in enumerate(week(3, eventDateTime="2027-03-09 12:00"))
    ]

    assert [codes(each) for each in (first, again, released)] == [["rows_far_off"]] * 3
    assert [hold.code for hold in desk.run(*few).run.unreleased] == ["file_of_before"]
    assert codes(run(desk.job(), [desk.sheet(*walk_ins, name="walk-ins.csv")])) == []


def test_the_latest_file_again_is_not_held(desk: Desk) -> None:
    """The same file twice costs nothing and needs no release."""
    two_nights(desk)

    assert desk.run(*week(firstName="Bo")).exit_code is Exit.DONE


def test_undecided_dates_hold_the_run(desk: Desk) -> None:
    """Where nothing tells day from month no row is sent, and the run exits 6 also when none could be."""
    rows = week(4, eventDateTime="3/4/2027 09:00")
    clear = ROW | {"externalEventId": "9", "phone": "2125550999"}

    mixed, none = desk.run(*rows, clear), desk.run(*rows)

    assert [codes(mixed), codes(none)] == [["dates_undecided"]] * 2
    assert (mixed.exit_code, none.exit_code) == (Exit.HELD, Exit.HELD)
    assert (statuses(mixed), desk.deeds()) == (["invalid"] * 4 + ["held"], [])
    assert none.totals[Status.INVALID] == 4
    desk.profile = replace(desk.profile, date_order="mdy")
    assert desk.run(*rows, clear).exit_code is Exit.DONE


def test_without_a_profile_files_are_not_compared(desk: Desk) -> None:
    """Whoever has no profile sends what they like, one file after the other."""
    desk.profile = Profile()
    two_nights(desk)

    assert codes(desk.run(*week(5, firstName="Cy"))) == []


def test_a_part_of_a_file_is_not_compared(desk: Desk) -> None:
    """Some rows of a file are fewer by intention, and do not become the usual."""
    two_nights(desk)

    result = desk.run(*week(firstName="Cy"), rows=(RowRange(2, 6),))

    assert (codes(result), result.totals[Status.UPDATED]) == ([], 5)
    assert codes(desk.run(*week(firstName="Di"))) == []


# A report that is fed back, retry, resume, plan


def test_a_report_that_is_fed_back_is_not_held(desk: Desk) -> None:
    """A correction of a few rows is no strange export."""
    two_nights(desk)
    result = desk.run(*week(COUNT - 1, firstName="Cy"), ROW | {"externalEventId": "77", "phone": "12"})
    assert result.totals[Status.INVALID] == 1
    rows = read_csv(result.paths["results.csv"])
    fixed = [row | {"phone": "2125550777"} if row["result_status"] == "invalid" else row for row in rows]

    again = desk.run(*fixed[-1:])

    assert (codes(again), statuses(again)) == ([], ["created"])


@pytest.mark.parametrize("bad", ["shifted", "short"])
def test_the_report_of_a_held_run_does_not_get_past_the_guard(desk: Desk, bad: str) -> None:
    """The rows of a held run, fed back as they are, are held again, until they are released."""
    before = two_nights(desk)
    held = desk.run(*(shifted() if bad == "shifted" else week(10, firstName="Cy")))
    rows = read_csv(held.paths["results.csv"])

    again = desk.run(*rows)

    assert codes(again) == codes(held)
    assert (again.exit_code, len(desk.deeds())) == (Exit.HELD, before)
    assert desk.run(*rows, release=tuple(codes(held))).totals[Status.UPDATED] == len(rows)


def test_a_retry_does_not_get_past_the_guard(desk: Desk) -> None:
    """A retry, and a retry of that, hold the same rows for the same reason; with --release they go."""
    before = two_nights(desk)
    first = desk.run(*shifted())

    second = retry(desk.job(), first.run.id)
    third = retry(desk.job(), second.run.id)

    assert [codes(each) for each in (first, second, third)] == [["moved_together"]] * 3
    assert (third.exit_code, len(desk.deeds())) == (Exit.HELD, before)
    released = retry(desk.job(release=("moved_together",)), third.run.id)
    assert (released.exit_code, released.totals[Status.UPDATED]) == (Exit.DONE, COUNT)
    assert desk.run(*shifted()).totals[Status.UNCHANGED] == COUNT


def test_a_retry_of_a_usual_run_is_not_held(desk: Desk, sandbox: Any) -> None:
    """Rows that failed and all move by an hour are a few of many, which the run they come from has judged."""
    desk.run(*week())
    held = desk.run(*shifted(), release=("moved_together",), only=("cancel",))
    assert held.totals[Status.NOT_SENT] == COUNT

    assert retry(desk.job(), held.run.id).totals[Status.UPDATED] == COUNT


def test_a_resume_does_not_get_past_the_guard(desk: Desk) -> None:
    """To resume a held run sends nothing, and its exit code says that it is held."""
    before = two_nights(desk)
    held = desk.run(*shifted())

    with pytest.raises(NothingToDo) as again:
        resume(desk.job(release=("moved_together",)), held.run.id)

    assert (again.value.exit_code, held.exit_code) == (Exit.HELD, Exit.HELD)
    assert len(desk.deeds()) == before


def test_holds_stand_before_the_plan_is_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is cut off right after its plan is whole cannot be resumed past its guard."""
    before = two_nights(desk)
    monkeypatch.setattr(
        "importer.commands.run.send_and_close", lambda *_given: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        desk.run(*shifted())
    monkeypatch.undo()

    result = resume(desk.job())

    assert (result.exit_code, codes(result)) == (Exit.HELD, ["moved_together"])
    assert len(desk.deeds()) == before


def test_a_plan_shows_the_hold_and_carries_the_release(desk: Desk) -> None:
    """The plan is held as the run would be; one made with --release is carried out without typing it again."""
    two_nights(desk)
    sheet, saved = desk.sheet(*shifted()), desk.folder / "a.plan"

    held = plan(desk.job(), [sheet])
    released = plan(desk.job(release=("moved_together",)), [sheet], out=saved)

    assert (held.exit_code, [hold.code for hold in held.holds]) == (Exit.HELD, ["moved_together"])
    assert (released.exit_code, sum(released.calls.values())) == (Exit.DONE, COUNT)
    notes: list[str] = []
    job = replace(desk.job(), on_event=lambda event: notes.append(event.text))
    result = run_plan(job, saved)
    assert (result.totals[Status.UPDATED], codes(result)) == (COUNT, ["moved_together"])
    assert "The plan was made with --release moved_together." in notes


def test_a_plan_made_without_a_release_is_not_carried_out_with_one(desk: Desk) -> None:
    """What was reviewed as held stays so."""
    two_nights(desk)
    saved = desk.folder / "a.plan"
    plan(desk.job(), [desk.sheet(*shifted())], out=saved)

    assert run_plan(desk.job(), saved).exit_code is Exit.HELD
    plan(desk.job(), [desk.sheet(*shifted())], out=saved)
    with pytest.raises(Held, match="release"):
        run_plan(desk.job(release=("moved_together",)), saved)


# One person twice at one time

OTHER = {"externalEventId": "B-1"}


def places(result: RunResult) -> list[str]:
    return [problem["message"] for row in result.report.rows() for problem in row.problems]


def test_the_same_person_at_the_same_time_is_held(desk: Desk) -> None:
    """An export with new appointment numbers books nobody a second time; other rows of it go."""
    first = desk.run(*week(2))

    result = desk.run(week(2)[0] | OTHER, ROW | {"externalEventId": "C-1", "phone": "2125550777"})

    assert (statuses(result), result.exit_code) == (["held", "created"], Exit.HELD)
    assert places(result) == [
        f'Column B "phone": The phone has another appointment at this time: row 2 of week.csv, appointment 1001, run {first.run.id}.'
    ]
    assert codes(result) == ["same_time"]
    assert "2125550101" not in result.run.holds[0].message


@pytest.mark.parametrize("let_go", ["release", "setting", "retry"])
def test_families_may_share_a_phone(desk: Desk, let_go: str) -> None:
    """A release, a setting of the profile, or a retry with the release lets the second one go."""
    desk.run(ROW)
    if let_go == "setting":
        desk.profile = replace(desk.profile, families_share_phones=True)
    result = desk.run(ROW | OTHER, release=("same_time",) if let_go == "release" else ())
    if let_go == "retry":
        assert statuses(retry(desk.job(), result.run.id)) == ["held"]
        result = retry(desk.job(release=("same_time",)))

    assert statuses(result) == ["created"]
    assert desk.run(ROW, ROW | OTHER).totals[Status.UNCHANGED] == 2


@pytest.mark.parametrize(
    ("known", "rows"),
    [
        pytest.param([ROW], [ROW, ROW | OTHER], id="both-in-one-file"),
        pytest.param(
            [ROW], [ROW | {"action": "cancel"}, ROW | OTHER | {"action": "create"}], id="cancelled-by-this-run"
        ),
        pytest.param([ROW], [ROW | {"eventDateTime": "2027-03-08 11:00"}, ROW | OTHER], id="moved-by-this-run"),
        pytest.param([ROW], [ROW | OTHER | {"eventDateTime": "2027-03-08 09:30"}], id="another-time"),
        pytest.param([ROW], [ROW | OTHER | {"phone": "2125550777"}], id="another-phone"),
        pytest.param([], [ROW, ROW | OTHER], id="first-file"),
    ],
)
def test_what_is_no_second_appointment_goes(
    desk: Desk, known: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, str]]
) -> None:
    """Rows of one file mean what they say, and who is moved or cancelled by the run is not there any more."""
    if known:
        desk.run(*known)

    assert Status.HELD not in {Status(each) for each in statuses(desk.run(*rows, release=("headings_changed",)))}


def test_a_cancelled_appointment_is_not_there_any_more(desk: Desk) -> None:
    """After a cancel the time is free."""
    desk.run(ROW)
    desk.run(ROW | {"action": "cancel"}, release=("headings_changed",))

    assert statuses(desk.run(ROW | OTHER, release=("headings_changed",))) == ["created"]


def test_the_same_moment_in_another_zone_is_the_same_time(desk: Desk) -> None:
    """Nine in New York is eight in Chicago."""
    desk.run(ROW)
    there = {"eventDateTime": "2027-03-08 08:00", "subscriberTimeZone": "America/Chicago"}

    assert statuses(desk.run(ROW | OTHER | there)) == ["held"]


def test_two_files_of_one_run_are_compared(desk: Desk) -> None:
    """Two files that book one person at one time are both held, each row naming the other's place."""
    north, south = desk.sheet(ROW, name="north.csv"), desk.sheet(*week(2)[1:], ROW | OTHER, name="south.csv")

    result = run(desk.job(), [north, south])

    assert statuses(result) == ["held", "created", "held"]
    start = 'Column B "phone": The phone has another appointment at this time: row'
    assert places(result) == [
        f"{start} 3 of south.csv, appointment B-1, run {result.run.id}.",
        f"{start} 2 of north.csv, appointment 1001, run {result.run.id}.",
    ]


def test_a_family_in_one_file_may_be_tried_again(desk: Desk) -> None:
    """When one of two failed, its retry and the file again meet the other one, which the same file names."""
    rows = [ROW, ROW | OTHER]
    first = desk.run(*rows, only=("update",))
    assert first.totals[Status.NOT_SENT] == 2
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        assert len(ledger.run(first.run.id).files.all()) == 1
    Path(desk.folder / "week.csv").unlink()

    assert statuses(retry(desk.job())) == ["created", "created"]
    assert desk.run(*rows, ROW | {"externalEventId": "B-2"}).totals[Status.CREATED] == 1


# How it is told


def test_the_report_says_why_and_how_to_release(desk: Desk) -> None:
    """Page and summary have the sentence, the page the command."""
    desk.run(*week())
    result = desk.run(*shifted())

    page = result.paths["report.html"].read_text(encoding="utf-8")
    summary = orjson.loads(result.paths["summary.json"].read_bytes())
    (hold,) = result.run.holds
    assert hold.message in page
    assert f"importer retry {result.run.id} --release moved_together" in page
    assert summary["holds"] == [{"code": "moved_together", "message": hold.message, "fix": hold.fix, "released": False}]


def test_retry_of_a_run_cut_off_before_the_guard_sends_nothing(desk: Desk) -> None:
    """What no guard has looked at is not tried again: the whole file must be run, and is held then."""
    desk.run(*week())
    before = len(desk.deeds())
    job = desk.job()
    with open_ledger(job.settings.ledger_url) as ledger:
        begun = start(job, ledger, "run")
        stage_files(job, begun, [desk.sheet(*shifted())])

    with pytest.raises(NothingToDo, match="no row that could be sent again"):
        retry(job, begun.id)

    assert len(desk.deeds()) == before
    assert codes(desk.run(*shifted())) == ["moved_together"]
