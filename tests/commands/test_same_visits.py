"""A visit that comes under another phone, or moved and without a number, is not booked beside the one that is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from desk import ROW, Desk, appointments, read_csv, statuses

from importer.commands.plan import plan
from importer.commands.run import retry, run
from importer.errors import Exit, FileRefused
from importer.ledger import same_visits
from importer.model.profile import Profile
from importer.model.statuses import Action, Status
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.commands.run import RunResult

NEW = "(646) 555-0177"
REPLACES = Profile(on_phone_change="replace")
Row = dict[str, str]


def renamed(count: int, *places: int) -> list[Row]:
    """Return appointments, those at ``places`` under a phone of their own that is new."""
    rows = appointments(count)
    return [each | ({"phone": f"64655501{70 + place}"} if place in places else {}) for place, each in enumerate(rows)]


def codes(result: RunResult) -> list[str]:
    return [row["result_code"] for row in read_csv(result.paths["results.csv"])]


def done(desk: Desk) -> list[tuple[str, str]]:
    """Return action and phone of what the API did."""
    return [(str(effect.action), effect.phone) for effect in desk.sandbox.effects()]


# Another phone


def test_another_phone_is_a_problem_that_says_what_to_do(desk: Desk) -> None:
    """The row is not sent, and names the old phone and both answers that the profile may give; the others go."""
    desk.run(*appointments(2))

    result = desk.run(*renamed(3, 1))

    assert statuses(result) == ["unchanged", "invalid", "created"]
    assert codes(result)[1] == "phone_changed"
    told = list(result.report.rows())[1].problems[0]
    assert "2125550102" in told["message"]
    assert 'on_phone_change = "replace"' in told["fix"]
    assert result.exit_code is Exit.SOME_ROWS_FAILED
    assert [deed for deed in done(desk) if deed[0] != "create"] == []


@pytest.mark.parametrize("action", ["update", "cancel", "upsert", "create"])
def test_whatever_the_row_asks_for(desk: Desk, action: str) -> None:
    """An update or a cancel under another phone is no word about an appointment that nobody knows."""
    desk.run(ROW)

    result = desk.run(ROW | {"phone": NEW, "action": action})

    assert codes(result) == ["phone_changed"]
    assert len(desk.deeds()) == 1


@pytest.mark.parametrize(
    ("before", "now", "later_s"),
    [
        pytest.param([ROW], [ROW, ROW | {"phone": NEW}], 0, id="both-in-the-file"),
        pytest.param([ROW, ROW | {"phone": "2125550188"}], [ROW | {"phone": NEW}], 0, id="a-number-of-two-people"),
        pytest.param([ROW], [ROW | {"phone": NEW, "externalEventId": "77"}], 0, id="another-number"),
        pytest.param([ROW], [ROW | {"phone": NEW, "eventDateTime": "2027-03-20 09:00"}], 7 * 86_400, id="it-is-over"),
        pytest.param(
            [ROW], [ROW | {"action": "cancel"}, ROW | {"phone": NEW, "action": "create"}], 0, id="cancelled-in-the-file"
        ),
    ],
)
def test_no_false_alarm(desk: Desk, before: list[Row], now: list[Row], later_s: int) -> None:
    """A number that the file names under both phones, that several people have, or that is over, books the new row."""
    desk.run(*before)
    desk.now += later_s

    assert statuses(desk.run(*now))[-1] == "created"


def test_a_number_of_another_profile_is_another_number(desk: Desk) -> None:
    """Two sites count their visits from 1001 on."""
    desk.profile = Profile(name="north", declared=True)
    desk.run(*appointments(2))
    desk.profile = Profile(name="south", declared=True)

    assert statuses(desk.run(*renamed(2, 0, 1))) == ["created", "created"]


def test_add_lets_both_be(desk: Desk) -> None:
    """The profile may say that one number has several people."""
    desk.profile = Profile(on_phone_change="add")
    desk.run(ROW)

    assert statuses(desk.run(ROW | {"phone": NEW})) == ["created"]
    assert [deed[0] for deed in desk.deeds()] == ["create", "create"]


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(REPLACES, id="replace"),
        pytest.param(Profile(snapshot="today..+60d", cancel_missing=True), id="cancel-missing"),
    ],
)
def test_replace_cancels_then_creates(desk: Desk, profile: Profile) -> None:
    """One cancel under the old phone, then one create under the new; the same sheet again sends nothing."""
    desk.profile = profile
    desk.run(*appointments(3))

    result = desk.run(*renamed(3, 1))

    assert statuses(result) == ["unchanged", "created", "unchanged", "cancelled"]
    assert done(desk)[3:] == [("cancel", "12125550102"), ("create", "16465550171")]
    assert result.exit_code is Exit.DONE
    assert (result.report.missing, result.report.unsheeted) == ({}, {Status.CANCELLED: 1})
    again = desk.run(*renamed(3, 1))
    assert (statuses(again), len(done(desk))) == (["unchanged"] * 3, 5)


def test_the_plan_shows_both_calls(desk: Desk) -> None:
    """A plan has the cancel and the create, and leaves nothing."""
    desk.profile = REPLACES
    desk.run(*appointments(2))

    found = plan(desk.job(), [desk.sheet(*renamed(2, 0))])

    assert found.calls == {Action.CANCEL: 1, Action.CREATE: 1}
    assert found.missing == 0
    assert len(desk.deeds()) == 2


def test_without_the_cancel_there_is_no_create(desk: Desk) -> None:
    """Where the old reminder cannot be cancelled the new one waits; a retry and the next night finish both, once."""
    desk.profile = REPLACES
    desk.run(ROW)
    desk.sandbox.set_faults(Rule("status_before", actions=("cancel",)))

    result = desk.run(ROW | {"phone": NEW}, max_attempts=2)

    assert sorted(statuses(result)) == ["not_sent", "unknown"]
    assert [deed[0] for deed in desk.deeds()] == ["create"]
    desk.sandbox.set_faults()
    assert sorted(statuses(retry(desk.job(), result.run.id))) == ["cancelled", "created"]
    assert [deed[0] for deed in desk.deeds()] == ["create", "cancel", "create"]


@pytest.mark.parametrize(
    ("wrong", "options"),
    [
        pytest.param({"eventType": ""}, {}, id="invalid"),
        pytest.param({"eventDateTime": "2027-02-01 09:00"}, {}, id="over"),
        pytest.param({}, {"only": (Action.CANCEL,)}, id="only-cancels"),
        pytest.param({}, {"only": (Action.CREATE,)}, id="only-creates"),
        pytest.param({"uuid": "12"}, {}, id="by-uuid"),
    ],
)
def test_one_never_goes_without_the_other(desk: Desk, wrong: Row, options: Mapping[str, Any]) -> None:
    """A create that is wrong or left out leaves the old reminder on, and no cancel stands in the report."""
    desk.profile = REPLACES
    desk.run(ROW)

    desk.run(ROW | {"phone": NEW} | wrong, **options)

    assert [deed[0] for deed in desk.deeds()] == ["create"]
    assert statuses(desk.run(ROW)) == ["unchanged"]


def test_two_new_phones_of_one_number_are_asked_about(desk: Desk) -> None:
    """Nobody knows which of them took the old one's place."""
    desk.profile = REPLACES
    desk.run(ROW)

    result = desk.run(ROW | {"phone": NEW}, ROW | {"phone": "6465550178"})

    assert codes(result) == ["phone_changed"] * 2


def test_phones_with_and_without_country_code_are_one(desk: Desk) -> None:
    """The same phone written otherwise is no other phone."""
    desk.run(ROW)

    assert statuses(desk.run(ROW | {"phone": "+1 212-555-0101"})) == ["unchanged"]


# Moved, without a number


def walk_in(start: str = "2027-03-08 09:00", phone: str = "2125550101", **more: str) -> Row:
    return ROW | {"externalEventId": "", "phone": phone, "eventDateTime": start} | more


OTHERS = [walk_in(f"2027-03-1{place} 10:00", f"212555011{place}") for place in range(3)]


def test_a_moved_visit_without_a_number_is_held(desk: Desk) -> None:
    """The row is held and says which visit is gone; the others go, and a release books it."""
    desk.run(walk_in(), *OTHERS)

    result = desk.run(walk_in("2027-03-09 11:00"), *OTHERS, walk_in("2027-03-15 10:00", "2125550150"))

    assert statuses(result) == ["held", "unchanged", "unchanged", "unchanged", "created"]
    assert [hold.code for hold in result.run.unreleased] == ["moved_without_number"]
    told = next(iter(result.report.rows())).problems[0]
    assert "2027-03-08 09:00" in told["message"]
    assert 'without_number = "moved"' in told["fix"]
    released = retry(desk.job(release=("moved_without_number",)), result.run.id)
    assert statuses(released) == ["created"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([walk_in(), walk_in("2027-03-09 11:00")], id="the-old-one-is-there"),
        pytest.param([walk_in("2027-03-09 11:00", "2125550171")], id="another-person"),
        pytest.param(
            [walk_in("2027-03-09 11:00", eventType="6c52d314-a3ca-4781-ba70-5f3b0c8d1e02")], id="another-type"
        ),
        pytest.param([walk_in("2027-03-09 11:00", externalEventId="A-7")], id="a-number"),
    ],
)
def test_a_second_visit_is_booked(desk: Desk, now: list[Row]) -> None:
    """Whoever's first visit stands there, too, or whose second is of another kind or has a number, is booked."""
    desk.run(walk_in())

    assert statuses(desk.run(*now))[-1] == "created"


def test_a_visit_that_is_over_is_not_moved(desk: Desk) -> None:
    """The next visit of a person whose last one has started is a new one."""
    desk.run(walk_in())
    desk.now += 7 * 86_400

    assert statuses(desk.run(walk_in("2027-03-19 09:00"))) == ["created"]


def test_moved_is_an_update_that_keeps_its_number(desk: Desk) -> None:
    """With without_number = "moved" one update goes; the nights after it know the visit under its first number."""
    desk.profile = Profile(without_number="moved")
    desk.run(walk_in(), *OTHERS)
    before = len(desk.deeds())

    moved = [walk_in("2027-03-09 11:00"), *OTHERS]
    results = [statuses(desk.run(*moved)) for _ in range(2)]
    third = desk.run(walk_in("2027-03-10 08:00"), *OTHERS)

    assert results == [["updated"] + ["unchanged"] * 3, ["unchanged"] * 4]
    assert statuses(third) == ["updated"] + ["unchanged"] * 3
    assert [deed[0] for deed in desk.deeds()[before:]] == ["update", "update"]


def test_moved_asks_where_it_is_not_sure(desk: Desk) -> None:
    """Two visits that are gone and one that is new: nobody knows which was moved, so the row is held."""
    desk.profile = Profile(without_number="moved")
    desk.run(walk_in(), walk_in("2027-03-12 09:00"))

    assert statuses(desk.run(walk_in("2027-03-09 11:00"))) == ["held"]


def test_new_books_a_second_visit(desk: Desk) -> None:
    """With without_number = "new" such rows are bookings like any other."""
    desk.profile = Profile(without_number="new")
    desk.run(walk_in())

    assert statuses(desk.run(walk_in("2027-03-09 11:00"))) == ["created"]


def test_a_snapshot_that_cancels_needs_no_question(desk: Desk) -> None:
    """What is gone from it is cancelled, so the moved visit is booked anew and no reminder stays behind."""
    desk.profile = Profile(snapshot="today..+60d", cancel_missing=True, guard_share_percent=50)
    desk.run(walk_in(), *OTHERS)

    result = desk.run(walk_in("2027-03-09 11:00"), *OTHERS)

    assert sorted(statuses(result)) == ["cancelled", "created", "unchanged", "unchanged", "unchanged"]


def days(of: Row, month: int, count: int) -> list[Row]:
    """Return a visit on so many days of a month of 2027."""
    return [of | {"eventDateTime": f"2027-{month:02}-{day + 1:02} 09:00"} for day in range(count)]


@pytest.mark.parametrize("shared", ["phone", "externalEventId"])
def test_what_is_past_is_no_crowd(desk: Desk, monkeypatch: pytest.MonkeyPatch, shared: str) -> None:
    """However many visits of one phone, or of one number, are over: a new one cannot be one of them, so the file goes."""
    monkeypatch.setattr(same_visits, "FEW_PAIRS", 100)
    monkeypatch.setattr(same_visits, "MOST_PAIRS", 280)
    rows = [each | {shared: ROW[shared]} for each in appointments(34)]
    before = [row | {"eventDateTime": day["eventDateTime"]} for row, day in zip(rows, days(ROW, 3, 17), strict=False)]
    after = [
        row | {"eventDateTime": day["eventDateTime"]} for row, day in zip(rows[17:], days(ROW, 6, 17), strict=True)
    ]
    desk.now = datetime(2027, 2, 1, tzinfo=UTC).timestamp()
    assert statuses(desk.run(*before)) == ["created"] * 17
    desk.now = datetime(2027, 5, 1, tzinfo=UTC).timestamp()

    assert statuses(desk.run(*after)) == ["created"] * 17


def test_one_moment_of_one_phone_is_a_crowd_though_it_is_past(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows at the very moment of a visit may be that visit, however long ago it was, and are counted with it."""
    monkeypatch.setattr(same_visits, "FEW_PAIRS", 100)
    monkeypatch.setattr(same_visits, "MOST_PAIRS", 280)
    rows = [each | {"phone": ROW["phone"]} for each in appointments(34)]
    desk.profile = Profile(allow_past=True, families_share_phones=True)
    desk.run(*rows[:17])
    desk.now = datetime(2027, 5, 1, tzinfo=UTC).timestamp()

    with pytest.raises(FileRefused) as refused:
        desk.run(*rows[17:])

    assert refused.value.code == "too_many_alike"


@pytest.mark.parametrize("known", [1, 2, 3])
def test_a_number_under_several_phones_is_no_changed_phone(desk: Desk, known: int) -> None:
    """Only where a number has exactly one upcoming visit under another phone, a row may be that one; past ones do not count."""
    rows = [each | {"externalEventId": "7"} for each in appointments(known + 3)]
    desk.now = datetime(2027, 2, 1, tzinfo=UTC).timestamp()
    desk.run(*(each | {"eventDateTime": "2027-03-01 09:00"} for each in rows[:2]))
    desk.now = datetime(2027, 5, 1, tzinfo=UTC).timestamp()
    later = [each | {"eventDateTime": "2027-06-01 09:00"} for each in rows[2:]]
    desk.run(*later[:known])

    result = desk.run(*later[-1:])

    assert codes(result) == (["phone_changed"] if known == 1 else [""])


@pytest.mark.parametrize("shared", ["phone", "externalEventId"])
def test_one_phone_or_number_in_rows_without_end_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    """Where thousands of rows have one phone of thousands of appointments, or one number, the file is refused and nothing sent."""
    monkeypatch.setattr(same_visits, "FEW_PAIRS", 100)
    monkeypatch.setattr(same_visits, "MOST_PAIRS", 280)
    other = {"phone": "externalEventId", "externalEventId": "phone"}[shared]
    rows = [each | {shared: ROW[shared]} for each in appointments(34)]
    desk.run(*rows[:17])

    assert desk.run(*rows[:17]).exit_code is Exit.DONE
    with pytest.raises(
        FileRefused, match=r"17 rows that would be booked have one (phone|appointment number), of which 17 "
    ) as refused:
        desk.run(*rows[17:])

    assert refused.value.code == "too_many_alike"
    assert rows[20][other] not in str(refused.value)
    assert len(desk.sandbox.effects()) == 17
    assert desk.run(*rows[17:27]).exit_code is not Exit.FILE_REFUSED


@pytest.mark.parametrize("heading", ["Booking UUID", "CSN", "Confirmation #"])
def test_a_moved_visit_with_another_number_of_its_own_is_changed(desk: Desk, heading: str) -> None:
    """What identifies a booking in other programs is its number here too: a visit that is moved is an update, and no second reminder."""
    rows = [
        {name: text for name, text in row.items() if name != "externalEventId"} | {heading: f"88100{place}"}
        for place, row in enumerate(appointments(3))
    ]
    first = desk.run(*rows)
    rows[1]["eventDateTime"] = "2027-03-12 10:00"

    second = run(desk.job(), [desk.sheet(*rows, name="moved.csv")])

    assert statuses(first) == ["created"] * 3
    assert statuses(second) == ["unchanged", "updated", "unchanged"]


# A cancellation by another number


@pytest.mark.parametrize(
    ("known", "told"),
    [("0112", "112"), ("A112", "a112"), ("A-112", "A112"), ("112", "112.5")],
)
def test_a_cancellation_by_another_number_is_no_silence(desk: Desk, known: str, told: str) -> None:
    """A number that lost its zeros or its case names no visit, and the person would be reminded of a cancelled one."""
    desk.run(ROW | {"externalEventId": known})

    result = desk.run(ROW | {"externalEventId": told, "action": "cancel"})

    assert codes(result) == ["appointment_unknown"]
    assert f"at this time, {known}." in next(iter(result.report.rows())).problems[0]["message"]
    assert result.exit_code is Exit.SOME_ROWS_FAILED


@pytest.mark.parametrize(
    ("other", "now"),
    [
        pytest.param({}, [ROW | {"action": "upsert"}], id="booked-anew-in-the-file"),
        pytest.param({"eventDateTime": "2027-03-22 09:00"}, [], id="another-time"),
        pytest.param({"phone": NEW}, [], id="another-person"),
        pytest.param({"firstName": "Zoe"}, [], id="another-one-of-the-family"),
        pytest.param({"eventDateTime": ""}, [], id="no-time"),
    ],
)
def test_what_was_never_booked_needs_no_cancellation(desk: Desk, other: Row, now: list[Row]) -> None:
    """Many sheets name each cancelled visit every night, beside the one that was booked in its place."""
    desk.run(ROW)

    result = desk.run(ROW | {"externalEventId": "X9", "action": "cancel"} | other, *now)

    assert statuses(result)[0] == "unchanged"
    assert result.exit_code is Exit.DONE
