"""An appointment's life under commands in any order: whatever names it and whoever sends it, it is one appointment."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from desk import NOW, ROW, Desk, appointments, statuses

from importer.commands.report import resolve, runs
from importer.commands.run import resume, retry, run
from importer.errors import Exit, Interrupted, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.ledger.older_files import OpenCall
from importer.model.planned_calls import Intent, lane_of_key
from importer.model.profile import Profile
from importer.model.records import Change, Key
from importer.model.statuses import Status
from importer.sandbox import Rule
from importer.settings.effective import Origin, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger import Run

DAY = 86_400
STRANGER = "5f0c2a10-0000-4000-8000-00000000000"


def killed(desk: Desk, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command be killed while its first calls are on their way, of which the API has heard nothing."""

    def cut(_job: Job, run: Run) -> None:
        run.calls.record([Intent(call.row_id) for call in run.calls.ready(10)])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("importer.commands.run.deliver", cut)
        with pytest.raises(KeyboardInterrupt):
            act()


def stopped(desk: Desk, act: Callable[[], RunResult]) -> RunResult:
    """Let a command be stopped by a token that the API refuses."""
    desk.sandbox.admit("another-token")
    result = act()
    desk.sandbox.admit(desk.sandbox.token)
    return result


def whole(desk: Desk) -> bool:
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        return ledger.verify().faults == ()


def uuid_of(desk: Desk, number: str) -> str:
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        return str(ledger.find(number)[0].uuid)


def by_uuid(uuid: str, action: str, **changes: str) -> dict[str, str]:
    return {"action": action, "uuid": uuid, **changes}


@pytest.fixture
def stranger(desk: Desk) -> str:
    """Return the uuid of a reminder that somebody else made, so that the ledger does not know it."""
    values = {
        "externalEventId": "elsewhere", "phone": "2125550177", "eventType": {"uuid": ROW["eventType"]},
        "remindTimeOffset": "PT3H", "eventDateTime": "2027-03-20T09:00:00", "subscriberTimeZone": "America/New_York",
    }  # fmt: skip
    reminders = desk.sandbox.service.reminders
    seeded = reminders.seed(values, desk.sandbox.service.behaviour)
    assert seeded is not None
    return seeded.uuid


@pytest.mark.parametrize("again", [retry, resume])
@pytest.mark.parametrize("action", ["cancel", "no_show"])
def test_a_row_by_uuid_is_tried_again_at_its_own_appointment(desk: Desk, again: Any, action: str) -> None:
    """A row that names only a uuid finds the appointment that the ledger knows by number, also at the second try."""
    desk.run(*appointments(1))
    desk.now += 30 * DAY
    sheet = [by_uuid(uuid_of(desk, "1001"), action)]
    assert stopped(desk, lambda: desk.run(*sheet)).exit_code is Exit.AUTHENTICATION

    assert again(desk.job()).exit_code is Exit.DONE

    assert statuses(desk.run(*sheet)) == ["unchanged"]
    assert [deed for deed, _, _ in desk.deeds()] == ["create", action]
    assert whole(desk)


@pytest.mark.parametrize("again", [retry, resume])
@pytest.mark.parametrize("names", ["both", "number"])
def test_nothing_stale_is_sent_by_uuid(desk: Desk, stranger: str, again: Any, names: str) -> None:
    """Once a later run has moved the appointment, under whatever name, an earlier update of its uuid is not sent."""
    person = {"phone": "2125550177", "externalEventId": "elsewhere"}
    if names == "number":
        desk.run(by_uuid(stranger, "update", firstName="Ann", **person))
    move = {"eventDateTime": "2027-03-21 09:00", "subscriberTimeZone": "America/New_York"}
    first = stopped(desk, lambda: desk.run(by_uuid(stranger, "update", **move)))
    later = person | move | {"action": "update", "eventDateTime": "2027-03-22 09:00"}
    desk.run(later | ({"uuid": stranger} if names == "both" else {}))
    before = len(desk.sandbox.requests())

    with pytest.raises(NothingToDo):
        again(desk.job(), first.run.id)

    assert len(desk.sandbox.requests()) == before
    assert [one["values"]["eventDateTime"] for one in desk.sandbox.reminders()] == ["2027-03-22T09:00:00"]


@pytest.mark.parametrize("ends", ["cancel", "no_show"])
def test_a_number_beside_a_uuid_is_kept_although_another_row_names_the_uuid_alone(
    desk: Desk, stranger: str, ends: str
) -> None:
    """A reminder that was ended by a row with uuid and number is booked anew by nobody who knows the number alone."""
    desk.now += 60 * DAY
    person = {"phone": "2125550177", "externalEventId": "elsewhere"}
    unfinished = {**person, "action": "upsert", "firstName": "Ann"}
    both = desk.run(by_uuid(stranger, "update", firstName="Ann"), unfinished, by_uuid(stranger, ends, **person))
    assert statuses(both)[:2] == ["invalid", "invalid"]
    assert [deed for deed, _, _ in desk.deeds()] == ["seed", ends]
    before = len(desk.sandbox.requests())

    booked = desk.run({**appointments(1)[0], **person, "eventDateTime": "2027-09-01 09:00"})

    assert statuses(booked) == ["invalid"]
    assert len(desk.sandbox.requests()) == before
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        assert [one.uuid for one in ledger.find("elsewhere")] == [stranger]
    assert whole(desk)


def test_a_later_row_of_the_sheet_that_told_the_number_is_not_taken_back(desk: Desk, stranger: str) -> None:
    """A refused update by uuid alone is not retried once the row below it has moved the appointment by uuid and number."""
    moved = {"eventDateTime": "2027-03-21 09:00", "subscriberTimeZone": "America/New_York"}
    later = moved | {"eventDateTime": "2027-03-22 09:00", "phone": "2125550177", "externalEventId": "elsewhere"}
    desk.run(by_uuid(stranger, "update", firstName="Ann"))
    desk.sandbox.set_faults(Rule("status_before", status=400, actions=("update",), times=1))
    first = desk.run(by_uuid(stranger, "update", **moved), by_uuid(stranger, "update", **later))
    assert statuses(first) == ["failed", "updated"]

    with pytest.raises(NothingToDo):
        retry(desk.job(), first.run.id)

    assert [one["values"]["eventDateTime"] for one in desk.sandbox.reminders()] == ["2027-03-22T09:00:00"]


def test_a_booking_that_was_there_already_is_not_retried_over_a_row_below_it(desk: Desk, stranger: str) -> None:
    """A create by number was answered with the uuid that a later row had changed: its older values are sent by no retry."""
    person = {"phone": "2125550177", "externalEventId": "elsewhere"}
    booked = appointments(1)[0] | person | {"action": "create", "firstName": "Older"}
    first = desk.run(booked, by_uuid(stranger, "update", firstName="Newer"))
    assert statuses(first) == ["not_sent", "updated"]

    with pytest.raises(NothingToDo):
        retry(desk.job(), first.run.id)

    assert [one["values"]["firstName"] for one in desk.sandbox.reminders()] == ["Newer"]
    assert whole(desk)


def test_a_sheet_of_before_that_named_a_uuid_alone_takes_nothing_back(desk: Desk, stranger: str) -> None:
    """Also once its appointment has taken a phone and number from a newer sheet."""
    person = {"phone": "2125550177", "externalEventId": "elsewhere"}
    moved = {"eventDateTime": "2027-03-21 09:00", "subscriberTimeZone": "America/New_York"}
    old = by_uuid(stranger, "update", **moved)
    desk.run(old)
    desk.run(by_uuid(stranger, "update", **moved | person | {"eventDateTime": "2027-03-22 09:00"}))
    before = len(desk.sandbox.requests())

    result = desk.run(old)

    assert statuses(result) == ["held"]
    assert len(desk.sandbox.requests()) == before
    lane = lane_of_key(Key("+12125550177", "elsewhere"))
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        call = OpenCall(9, 2, 3, lane, (Change("eventDateTime", None, "2027-03-21T09:00:00"),), 2, result.run.id)
        sent = ledger.run(result.run.id).older_files.sent_changes([call])[lane]
    starts = [one.after for update in sent for one in update if one.field == "eventDateTime"]
    assert sorted(starts) == ["2027-03-21T09:00:00", "2027-03-22T09:00:00"]
    assert whole(desk)


def test_a_uuid_takes_its_number_from_a_row_that_needs_no_call(desk: Desk, stranger: str) -> None:
    """A row with uuid and number that is unchanged is enough: the number alone finds the reminder from then on."""
    named = {"firstName": "Ann", "eventDateTime": "2027-03-21 09:00", "subscriberTimeZone": "America/New_York"}
    person = {"phone": "2125550177", "externalEventId": "elsewhere"}
    desk.run(by_uuid(stranger, "update", **named))

    assert statuses(desk.run(by_uuid(stranger, "update", **named, **person))) == ["unchanged"]
    assert statuses(desk.run({"action": "cancel", **person})) == ["cancelled"]
    assert [deed for deed, _, _ in desk.deeds() if deed != "seed"] == ["update", "cancel"]


@pytest.mark.parametrize("start", ["2027-03-20 09:00", "2027-03-23 11:00"], ids=["as-it-is", "moved"])
def test_a_create_answered_with_a_uuid_known_alone_tells_its_number(desk: Desk, stranger: str, start: str) -> None:
    """A sheet that names by number what the ledger knows by uuid alone is done once the API says that they are one."""
    desk.run(by_uuid(stranger, "update", firstName="Ann"))
    row = ROW | {"phone": "2125550177", "externalEventId": "elsewhere", "firstName": "Ann", "eventDateTime": start}

    first = desk.run(row)
    before = len(desk.sandbox.requests())
    again = desk.run(row)

    assert (first.exit_code, again.exit_code) == (Exit.DONE, Exit.DONE)
    assert statuses(again) == ["unchanged"]
    assert len(desk.sandbox.requests()) == before
    assert uuid_of(desk, "elsewhere") == stranger
    assert whole(desk)


def test_a_create_answered_with_a_cancelled_uuid_is_not_believed(desk: Desk, stranger: str) -> None:
    """The uuid of a reminder that was cancelled, given again, books nothing: the row is left to a person."""
    desk.run(by_uuid(stranger, "cancel"))
    row = ROW | {"phone": "2125550177", "externalEventId": "elsewhere"}

    assert statuses(desk.run(row)) == ["unknown"]


@pytest.mark.parametrize("second", [{"externalEventId": "other"}, {"phone": "2125550178"}], ids=["number", "phone"])
def test_rows_that_disagree_whose_uuid_it_is_are_problems(desk: Desk, second: Mapping[str, str]) -> None:
    """One uuid beside two appointments: nobody can tell which row is right, so neither is sent."""
    person = {"phone": "2125550177", "externalEventId": "elsewhere", "firstName": "Ann"}
    uuid = STRANGER + "1"

    result = desk.run(by_uuid(uuid, "update", **person), by_uuid(uuid, "update", **(person | second)))

    assert statuses(result) == ["invalid", "invalid"]
    assert {row.problems[0]["code"] for row in result.report.rows()} == {"rows_name_several"}
    assert desk.deeds() == []


def test_two_uuids_of_one_number_are_problems(desk: Desk) -> None:
    """One appointment under two uuids: neither row is sent."""
    person = {"phone": "2125550177", "externalEventId": "elsewhere", "firstName": "Ann"}

    result = desk.run(by_uuid(STRANGER + "1", "update", **person), by_uuid(STRANGER + "2", "update", **person))

    assert statuses(result) == ["invalid", "invalid"]
    assert desk.sandbox.requests() == []


def test_a_killed_retry_bricks_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill in a retry of a row by uuid the next command of any kind goes on, and the cancel is done once."""
    desk.run(*appointments(1))
    sheet = [by_uuid(uuid_of(desk, "1001"), "cancel")]
    stopped(desk, lambda: desk.run(*sheet))
    killed(desk, lambda: retry(desk.job()), monkeypatch)

    assert resume(desk.job()).exit_code is Exit.DONE

    assert statuses(desk.run(*sheet)) == ["unchanged"]
    assert [deed for deed, _, _ in desk.deeds()] == ["create", "cancel"]
    assert whole(desk)


def no_shows(count: int) -> list[dict[str, str]]:
    return [row | {"action": "no_show", "eventDateTime": ""} for row in appointments(count)]


@pytest.mark.parametrize("again", [retry, resume])
@pytest.mark.parametrize("first", ["alone", "both"])
def test_a_uuid_that_is_not_known_yet_tells_a_later_word(desk: Desk, stranger: str, again: Any, first: str) -> None:
    """Of two unsent rows with one uuid, the one with its number and the other without, the older one is not sent any more."""
    change = {"action": "update", "uuid": stranger, "firstName": "Ana"}
    both = change | {"phone": "2125550177", "externalEventId": "elsewhere"}
    rows = {"alone": change, "both": both}
    older = stopped(desk, lambda: desk.run(rows.pop(first)))
    (newer,) = rows.values()
    stopped(desk, lambda: run(desk.job(), [desk.sheet(newer | {"firstName": "Bo"}, name="newer.csv")]))

    with pytest.raises(NothingToDo):
        again(desk.job(), older.run.id)

    assert [deed for deed, _, _ in desk.deeds()] == ["seed"]
    assert whole(desk)


@pytest.mark.parametrize("then", [retry, resume])
@pytest.mark.parametrize("between", [False, True], ids=["at-once", "after-a-run"])
def test_a_retry_that_is_killed_while_it_is_planned_strands_nothing(
    desk: Desk, then: Any, monkeypatch: pytest.MonkeyPatch, *, between: bool
) -> None:
    """It sent nothing and has no rows but its run's: that can be gone on with as before."""

    def killed_while_planning(_job: Job, _run: Run) -> None:
        raise KeyboardInterrupt

    first = stopped(desk, lambda: desk.run(*appointments(3)))
    with monkeypatch.context() as patched:
        patched.setattr("importer.commands.run.decide", killed_while_planning)
        # A kill leaves no time to forget the run.
        patched.setattr("importer.commands.run.forgotten_if_abandoned", lambda _run: nullcontext())
        with pytest.raises(KeyboardInterrupt):
            retry(desk.job(), first.run.id)
    if between:
        run(desk.job(), [desk.sheet(appointments(9)[-1], name="other.csv")])

    again = then(desk.job(), first.run.id)

    assert (again.exit_code, again.totals[Status.CREATED]) == (Exit.DONE, 3)
    assert whole(desk)


def test_resolve_closes_a_killed_run_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on its way at the kill is unknown, keeps its doubt, and is never sent again; one word settles one row."""
    desk.run(*appointments(3))
    desk.now += 30 * DAY
    killed(desk, lambda: desk.run(*no_shows(3)), monkeypatch)
    cut_off = runs(desk.job())[0].id

    result = resolve(desk.job(), cut_off, [2], sent=False)

    assert statuses(result) == ["not_sent", "unknown", "unknown"]
    assert result.exit_code is Exit.UNKNOWN_OUTCOMES
    assert statuses(desk.run(*no_shows(3))) == ["no_show_sent", "unknown", "unknown"]
    assert len(desk.sandbox.effects("no_show")) == 1
    assert whole(desk)


@pytest.mark.parametrize("cut", ["stopped", "killed"])
def test_a_no_at_resume_strands_nothing(desk: Desk, cut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row has a status afterwards, those in doubt are unknown, and a later yes sends the rest."""
    if cut == "killed":
        killed(desk, lambda: desk.run(*appointments(3)), monkeypatch)
    else:
        stopped(desk, lambda: desk.run(*appointments(3)))

    with pytest.raises(Interrupted):
        resume(desk.job(), confirm=lambda _question: False)

    (only,) = runs(desk.job())
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        assert set(ledger.run(only.id).report.totals()) == {Status.UNKNOWN if cut == "killed" else Status.NOT_SENT}
    assert desk.deeds() == []
    assert whole(desk)
    assert statuses(resume(desk.job())) == ["created"] * 3


def test_a_retry_takes_the_profile_of_its_run(desk: Desk) -> None:
    """Whatever the default is; another one that is named is refused, and so is one that is gone."""
    (desk.folder / "importer.toml").write_text('[profile.north]\nregion = "US"\n')
    desk.settings = {"config_paths": (desk.folder / "importer.toml",)}
    desk.profile = Profile(name="north")
    first = stopped(desk, lambda: desk.run(*appointments(2), profile="north"))
    desk.profile = Profile()
    said = {"origins": {"profile": Origin(Source.OPTION, "--profile")}, "profile": "south"}

    with pytest.raises(UsageError, match="profile north"):
        retry(replace(desk.job(**said), profile=Profile(name="south")), first.run.id)
    result = retry(desk.job(), first.run.id)

    assert (result.run.profile, result.exit_code) == ("north", Exit.DONE)


def test_a_release_by_retry_counts_for_the_profile_of_its_run(desk: Desk) -> None:
    """Headings that were let go by a retry, whatever the default profile is, hold neither that sheet nor the next one."""
    (desk.folder / "importer.toml").write_text('[profile.north]\nregion = "US"\n')
    desk.settings = {"config_paths": (desk.folder / "importer.toml",)}
    desk.profile = Profile(name="north", declared=True)
    desk.run(*appointments(2), profile="north")
    held = desk.run(*appointments(3, Room="4"), profile="north")
    assert held.exit_code is Exit.HELD
    desk.profile = Profile()

    assert retry(desk.job(release=("headings_changed",)), held.run.id).exit_code is Exit.DONE

    desk.profile = Profile(name="north", declared=True)
    same, later = (desk.run(*appointments(count, Room="4"), profile="north") for count in (3, 4))
    assert (statuses(same), statuses(later)) == (["unchanged"] * 3, ["unchanged"] * 3 + ["created"])


def test_a_retry_keeps_back_what_all_or_nothing_kept_back(desk: Desk) -> None:
    """Also a retry of the retry, and without the option: the invalid row of the first run is still invalid."""
    desk.run(*appointments(3), ROW | {"phone": "12", "externalEventId": "9"}, all_or_nothing=True)

    for _ in range(2):
        assert statuses(retry(desk.job())) == ["not_sent"] * 3
    assert desk.deeds() == []


def test_resume_creates_nothing_that_has_started_since(desk: Desk) -> None:
    """A create whose start has passed is a problem at resume as at run; the others go."""
    rows = [*appointments(1), *appointments(2, eventDateTime="2027-03-20 09:00")[1:]]
    first = stopped(desk, lambda: desk.run(*rows))
    desk.now += 10 * DAY

    result = resume(desk.job(), first.run.id)

    assert statuses(result) == ["invalid", "created"]
    assert [number for _, number, _ in desk.deeds()] == ["1002"]


@pytest.mark.parametrize("how", ["killed", "down"])
def test_a_snapshot_repeats_its_cancel_in_doubt(desk: Desk, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing appointment is cancelled by the next run of the same file, once, and then nothing is left."""
    desk.run(*appointments(3))
    desk.profile = Profile(snapshot="2027-03-01..2027-03-31", cancel_missing=True, guard_share_percent=100)
    if how == "killed":
        killed(desk, lambda: desk.run(*appointments(2)), monkeypatch)
    else:
        desk.sandbox.set_faults(Rule("status_before", status=500, actions=("cancel",)))
        assert desk.run(*appointments(2), max_attempts=1).exit_code is Exit.UNKNOWN_OUTCOMES
        desk.sandbox.set_faults()

    result = desk.run(*appointments(2))

    assert (statuses(result)[-1], result.exit_code) == ("cancelled", Exit.DONE)
    assert desk.run(*appointments(2)).exit_code is Exit.DONE
    assert len(desk.sandbox.effects("cancel")) == 1


def test_a_killed_run_is_told_until_it_is_resolved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets its report; each later run names it with its count and ends with 8, until a person has settled it."""
    desk.run(*appointments(2))
    desk.now += 30 * DAY
    killed(desk, lambda: desk.run(*no_shows(2)), monkeypatch)
    cut_off = runs(desk.job())[0].id
    other = ROW | {"externalEventId": "5", "phone": "2125550188", "eventDateTime": "2027-06-01 09:00"}

    nights = [desk.run(other), desk.run(other)]

    assert [night.exit_code for night in nights] == [Exit.UNKNOWN_OUTCOMES] * 2
    assert [(one.run, one.unknown, one.was_cut_off) for one in nights[1].unresolved] == [(cut_off, 2, True)]
    assert (desk.folder / "reports" / cut_off / "results.csv").exists()
    resolve(desk.job(), cut_off, [2, 3], sent=True)
    assert desk.run(other).exit_code is Exit.DONE


def test_an_older_word_changes_no_newer_value(desk: Desk) -> None:
    """Resolved as sent, an update that a later one has overtaken leaves the later values as they are."""
    desk.run(ROW)
    desk.sandbox.set_faults(Rule("status_before", status=500, actions=("update",)))
    first = desk.run(ROW | {"eventDateTime": "2027-03-09 09:00"}, max_attempts=1)
    desk.sandbox.set_faults()
    newer = ROW | {"eventDateTime": "2027-03-10 09:00"}
    desk.run(newer)

    resolve(desk.job(), first.run.id, [2], sent=True)

    before = len(desk.sandbox.requests())
    assert statuses(desk.run(newer)) == ["unchanged"]
    assert len(desk.sandbox.requests()) == before


def test_an_older_create_changes_no_newer_value(desk: Desk) -> None:
    """Resolved as sent, a create whose uuid a later run has found leaves the values of that run as they are."""
    desk.sandbox.set_faults(Rule("status_after", status=500, actions=("create",)))
    first = desk.run(ROW, max_attempts=1)
    desk.sandbox.set_faults()
    newer = ROW | {"eventDateTime": "2027-03-10 09:00"}
    assert statuses(desk.run(newer)) == ["updated"]

    resolve(desk.job(), first.run.id, [2], sent=True, uuid=uuid_of(desk, "1001"))

    before = len(desk.sandbox.requests())
    assert statuses(desk.run(newer)) == ["unchanged"]
    assert len(desk.sandbox.requests()) == before


def test_resolve_refuses_another_uuid(desk: Desk, stranger: str) -> None:
    """A cancel was sent to one uuid; that it was another's is no answer, and nothing is stored of it."""
    desk.run(ROW)
    desk.sandbox.set_faults(Rule("status_before", status=500, actions=("cancel",)))
    first = desk.run(ROW | {"action": "cancel"}, max_attempts=1)
    desk.sandbox.set_faults()

    with pytest.raises(UsageError, match="another uuid"):
        resolve(desk.job(), first.run.id, [2], sent=True, uuid=stranger)

    assert uuid_of(desk, "1001") != stranger


def test_a_clock_that_goes_back_repeats_nothing(desk: Desk) -> None:
    """The order of runs is theirs, not the clock's: what was cancelled yesterday by tomorrow's clock stays so."""
    desk.run(*appointments(2))
    desk.run(appointments(1)[0] | {"action": "cancel"})
    before = len(desk.sandbox.requests())
    desk.now = NOW - 2 * DAY

    result = run(desk.job(), [desk.sheet(*appointments(2))])

    assert statuses(result) == ["invalid", "unchanged"]
    assert len(desk.sandbox.requests()) == before


@pytest.mark.parametrize("spelt", [str.upper, "{{{}}}".format])
def test_a_uuid_is_the_same_in_capitals(desk: Desk, spelt: Callable[[str], str]) -> None:
    """However a sheet spells the uuid of a known reminder: its no-show is sent once, and beside its number it is right."""
    desk.run(ROW)
    uuid = uuid_of(desk, "1001")
    desk.now += 30 * DAY
    desk.run(by_uuid(uuid, "no_show"))

    again = [desk.run(by_uuid(spelt(uuid), "no_show", **who)) for who in ({}, {"externalEventId": "1001"})]

    assert [statuses(one) for one in again] == [["unchanged"]] * 2
    assert len(desk.sandbox.requests()) == 2


@pytest.mark.parametrize("action", ["update", "cancel"])
@pytest.mark.parametrize("before", [True, False], ids=["known-before", "known-after"])
def test_a_person_may_name_a_uuid_that_is_known_alone(desk: Desk, stranger: str, action: str, *, before: bool) -> None:
    """A create in doubt is settled with the uuid that the ledger knows without a number: it is that appointment's."""
    row = ROW | {"phone": "2125550177", "externalEventId": "elsewhere"}
    by_itself = by_uuid(stranger, action, **({"firstName": "Ann"} if action == "update" else {}))
    if before:
        desk.run(by_itself)
    desk.sandbox.set_faults(Rule("status_after", status=500, actions=("create",)))
    first = desk.run(row, max_attempts=1)
    desk.sandbox.set_faults()
    if not before:
        desk.run(by_itself)

    assert resolve(desk.job(), first.run.id, [2], sent=True, uuid=stranger).exit_code is Exit.DONE

    assert uuid_of(desk, "elsewhere") == stranger
    assert statuses(desk.run(row | {"action": "cancel"})) == ["cancelled" if action == "update" else "unchanged"]
    assert whole(desk)


def test_a_run_is_found_by_its_very_id(desk: Desk) -> None:
    """Ids of one second may begin with each other; each still names its own run."""
    with open_ledger(str(desk.folder / "ledger.db")) as ledger:
        begun = [ledger.begin("run", at=NOW, suffix=lambda: "9516").id for _ in range(4)]

        assert [ledger.run(one).id for one in begun] == begun


def test_a_wrong_uuid_in_doubt_takes_no_number(desk: Desk) -> None:
    """A uuid of the sheet to which the API has not said yes is not the appointment's: its number books it all the same."""
    desk.sandbox.set_faults(Rule("status_before", status=500))
    person = {"phone": ROW["phone"], "externalEventId": "1001"}
    first = desk.run(by_uuid(STRANGER + "1", "update", firstName="Ann", **person), max_attempts=1)
    desk.sandbox.set_faults()
    assert statuses(first) == ["unknown"]

    nights = [desk.run(ROW), desk.run(ROW)]

    assert [statuses(night) for night in nights] == [["created"], ["unchanged"]]
    assert whole(desk)


@pytest.mark.parametrize("action", ["update", "cancel"])
def test_an_answer_that_names_another_number_tells_whose_the_uuid_is_not(
    desk: Desk, stranger: str, action: str
) -> None:
    """A stranger's uuid beside the number of a visit of ours: it is warned of, and the number stays free for its own."""
    person = {"phone": ROW["phone"], "externalEventId": "1001"}
    values = {"firstName": "Ann"} if action == "update" else {}

    (row,) = desk.run(by_uuid(stranger, action, **values, **person)).report.rows()

    assert [warning["code"] for warning in row.warnings] == ["answer_names_another"]
    assert statuses(desk.run(by_uuid(stranger, action, **values, **person))) == ["unchanged"]
    assert statuses(desk.run(ROW)) == ["created"]
    assert whole(desk)


@pytest.mark.parametrize("refused", [{"action": "no_show"}, {"action": "update", "eventType": STRANGER + "1"}])
def test_a_refused_row_in_between_repeats_nothing(desk: Desk, refused: Mapping[str, str]) -> None:
    """A row that is a problem each night (too early, or it changes what cannot change) takes back no later row of its sheet."""
    person = {"phone": ROW["phone"], "externalEventId": "1001"}
    move = {"action": "update", "eventDateTime": "2027-03-09 09:00", "subscriberTimeZone": "America/New_York"}
    sheet = [ROW | {"action": "create"}, person | refused, person | move]

    nights = [desk.run(*sheet), desk.run(*sheet)]

    assert [statuses(night) for night in nights] == [
        ["created", "invalid", "updated"], ["unchanged", "invalid", "unchanged"],
    ]  # fmt: skip
    assert len(desk.sandbox.requests()) == 2
