"""One appointment's rows against what is remembered of it: a verdict a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest
from processor_time import processor_s

from importer.model.planned_calls import Candidate, value_mark
from importer.model.records import Key, Reminder
from importer.model.statuses import Action, ReminderState
from importer.model.times import duration_s, instant
from importer.planning.expected import WHEN
from importer.planning.lanes import plan_lane

if TYPE_CHECKING:
    from collections.abc import Callable

MANY: Final = 6_000
NOW = 1_800_000_000.0
START = int(NOW) + 86_400
KEY = Key("+14155550100", "112233")
TYPE = {"uuid": "type-1"}
HELD: dict[str, Any] = {
    "externalEventId": "112233",
    "phone": "4155550100",
    "firstName": "Ana",
    "eventType": TYPE,
    "remindTimeOffset": "PT3H",
    "eventDateTime": "2027-01-16T08:00:00",
    "subscriberTimeZone": "America/New_York",
    "metadata": {"place": "Downtown", "doctor": "Lee"},
}


def known(**members: Any) -> Reminder:
    facts: dict[str, Any] = {
        "key": KEY,
        "uuid": "held-uuid",
        "state": ReminderState.ACTIVE,
        "values": HELD,
        "starts_at": START,
    }
    return Reminder(**(facts | members))


def row(
    action: str = "upsert",
    values: dict[str, Any] | None = None,
    *,
    number: int = 2,
    key: Key | None = KEY,
    uuid: str | None = None,
    defaulted: tuple[str, ...] = (),
    starts_at: int | None = START,
    invalid: bool = False,
    conditional: bool = False,
    off: bool = False,
    file: str = "week.csv",
    phone: str | None = None,
) -> Candidate:
    return Candidate(
        row_id=number,
        number=number,
        file=file,
        action=Action(action),
        phone=phone or (key.phone if key else None),
        external_event_id=key.external_event_id if key else None,
        uuid=uuid,
        payload=orjson.dumps(HELD if values is None else values),
        defaulted=frozenset(defaulted),
        starts_at=starts_at,
        invalid=invalid,
        conditional=conditional,
        fingerprint=b"",
        off=off,
    )


def plan(reminder: Reminder | None, *rows: Candidate, **rules: Any) -> list[Any]:
    """Return for each row its call (action, body) or its status with the codes of its notes."""
    told: list[Any] = []
    for verdict in plan_lane(reminder, rows, now=NOW, **rules):
        if verdict.call:
            told.append((verdict.call.action.value, orjson.loads(verdict.call.body) if verdict.call.body else None))
        else:
            told.append((verdict.status.value, *(note.code for note in verdict.notes)))  # type: ignore[union-attr]
    return told


NOTHING = None
ACTIVE = known()
CANCELLED = known(state=ReminderState.CANCELLED)
MISSED = known(state=ReminderState.NO_SHOW_SENT, starts_at=int(NOW) - 60)
UNCERTAIN = known(state=ReminderState.UNCERTAIN, uuid=None, in_doubt=Action.CREATE)
CANCEL_DOUBT = known(in_doubt=Action.CANCEL)
NO_SHOW_DOUBT = known(in_doubt=Action.NO_SHOW, starts_at=int(NOW) - 60)
NAME: dict[str, Any] = {"firstName": "Bo"}
CHANGED = HELD | NAME
NAMED = ("update", NAME)
CREATE = ("create", HELD)
HELD_UPDATABLE = {name: value for name, value in HELD.items() if name not in {"externalEventId", "phone", "eventType"}}


@pytest.mark.parametrize(
    ("reminder", "action", "values", "verdict"),
    [
        pytest.param(NOTHING, "create", HELD, CREATE, id="nothing-create"),
        pytest.param(NOTHING, "upsert", HELD, CREATE, id="nothing-upsert"),
        pytest.param(NOTHING, "update", NAME, ("invalid", "appointment_unknown"), id="nothing-update"),
        pytest.param(NOTHING, "cancel", {}, ("unchanged", "nothing_to_cancel"), id="nothing-cancel"),
        pytest.param(NOTHING, "no_show", {}, ("invalid", "appointment_unknown"), id="nothing-no-show"),
        pytest.param(NOTHING, "none", {}, ("unchanged",), id="nothing-none"),
        pytest.param(ACTIVE, "create", HELD, ("unchanged",), id="active-create-same"),
        pytest.param(ACTIVE, "create", CHANGED, NAMED, id="active-create-changed"),
        pytest.param(ACTIVE, "upsert", HELD, ("unchanged",), id="active-upsert-same"),
        pytest.param(ACTIVE, "upsert", CHANGED, NAMED, id="active-upsert-changed"),
        pytest.param(ACTIVE, "update", NAME, NAMED, id="active-update"),
        pytest.param(ACTIVE, "update", {"firstName": "Ana"}, ("unchanged",), id="active-update-same"),
        pytest.param(ACTIVE, "update", {}, ("invalid", "nothing_to_update"), id="active-update-of-nothing"),
        pytest.param(ACTIVE, "cancel", {}, ("cancel", None), id="active-cancel"),
        pytest.param(ACTIVE, "no_show", {}, ("invalid", "no_show_too_early"), id="active-no-show-before-start"),
        pytest.param(known(starts_at=int(NOW) - 1), "no_show", {}, ("no_show", None), id="active-no-show"),
        pytest.param(CANCELLED, "create", HELD, ("invalid", "already_cancelled"), id="cancelled-create"),
        pytest.param(CANCELLED, "upsert", CHANGED, ("invalid", "already_cancelled"), id="cancelled-upsert"),
        pytest.param(CANCELLED, "update", NAME, ("invalid", "already_cancelled"), id="cancelled-update"),
        pytest.param(CANCELLED, "update", {"firstName": "Ana"}, ("unchanged",), id="cancelled-update-same"),
        pytest.param(CANCELLED, "cancel", {}, ("unchanged",), id="cancelled-cancel"),
        pytest.param(CANCELLED, "no_show", {}, ("invalid", "already_cancelled"), id="cancelled-no-show"),
        pytest.param(MISSED, "upsert", HELD, ("unchanged",), id="missed-upsert-same"),
        pytest.param(MISSED, "upsert", CHANGED, ("invalid", "already_no_show"), id="missed-upsert-changed"),
        pytest.param(MISSED, "cancel", {}, ("invalid", "already_no_show"), id="missed-cancel"),
        pytest.param(MISSED, "no_show", {}, ("unchanged",), id="missed-no-show"),
        pytest.param(UNCERTAIN, "upsert", HELD, CREATE, id="create-in-doubt-upsert"),
        pytest.param(UNCERTAIN, "update", NAME, ("not_sent", "create_in_doubt"), id="create-in-doubt-update"),
        pytest.param(UNCERTAIN, "cancel", {}, ("not_sent", "create_in_doubt"), id="create-in-doubt-cancel"),
        pytest.param(CANCEL_DOUBT, "cancel", {}, ("cancel", None), id="cancel-in-doubt-cancel"),
        pytest.param(CANCEL_DOUBT, "upsert", HELD, ("not_sent", "cancel_in_doubt"), id="cancel-in-doubt-upsert"),
        pytest.param(NO_SHOW_DOUBT, "no_show", {}, ("unknown", "no_show_in_doubt"), id="no-show-in-doubt-no-show"),
        pytest.param(NO_SHOW_DOUBT, "upsert", HELD, ("unchanged",), id="no-show-in-doubt-upsert-same"),
        pytest.param(NO_SHOW_DOUBT, "upsert", CHANGED, ("not_sent", "no_show_in_doubt"), id="no-show-in-doubt-upsert"),
        pytest.param(NO_SHOW_DOUBT, "cancel", {}, ("not_sent", "no_show_in_doubt"), id="no-show-in-doubt-cancel"),
    ],
)
def test_transition(reminder: Reminder | None, action: str, values: dict[str, Any], verdict: Any) -> None:
    """Each state and action has the verdict of the table in ``transitions``."""
    assert plan(reminder, row(action, values)) == [verdict]


HERE, LATER = HELD["subscriberTimeZone"], "2027-01-16T11:00:00"
MOVED = {"eventDateTime": frozenset({value_mark(LATER)}), "subscriberTimeZone": frozenset({value_mark(HERE)})}
ELSEWHERE = MOVED | {"subscriberTimeZone": frozenset({value_mark("America/Denver")})}


@pytest.mark.parametrize(
    ("marks", "values", "verdict"),
    [
        pytest.param(MOVED, {"subscriberTimeZone": HERE}, ("unchanged",), id="zone-that-never-changed"),
        pytest.param(MOVED, {"subscriberTimeZone": "America/Chicago"}, ("not_sent", "start_in_doubt"), id="zone-alone"),
        pytest.param(
            MOVED,
            {"eventDateTime": LATER},
            ("update", {"eventDateTime": LATER, "subscriberTimeZone": HERE}),
            id="time-in-the-zone-that-never-changed",
        ),
        pytest.param(ELSEWHERE, {"eventDateTime": LATER}, ("not_sent", "start_in_doubt"), id="time-alone"),
        pytest.param({}, {"subscriberTimeZone": HERE}, ("not_sent", "start_in_doubt"), id="old-doubt"),
        pytest.param(
            ELSEWHERE,
            {"eventDateTime": LATER, "subscriberTimeZone": HERE},
            ("update", {"eventDateTime": LATER, "subscriberTimeZone": HERE}),
            id="both",
        ),
        pytest.param(ELSEWHERE, NAME, NAMED, id="neither"),
    ],
)
def test_half_a_start_is_not_sent_beside_a_half_in_doubt(
    marks: dict[str, frozenset[str]], values: dict[str, Any], verdict: Any
) -> None:
    """After an update in doubt no row takes a visit back to its old time or zone by leaving that half blank."""
    reminder = known(in_doubt=Action.UPDATE, doubtful=frozenset(WHEN), doubted=marks)

    assert plan(reminder, row("update", values, starts_at=None)) == [verdict]


@pytest.mark.parametrize(
    ("values", "defaulted", "body"),
    [
        pytest.param({"lastName": "Roe"}, (), {"lastName": "Roe"}, id="new-field"),
        pytest.param(
            {"eventDateTime": "2027-01-16T09:00:00"},
            (),
            {"eventDateTime": "2027-01-16T09:00:00", "subscriberTimeZone": "America/New_York"},
            id="time-brings-the-zone-held",
        ),
        pytest.param(
            {"subscriberTimeZone": "America/Chicago"},
            (),
            {"eventDateTime": "2027-01-16T08:00:00", "subscriberTimeZone": "America/Chicago"},
            id="zone-brings-the-time-held",
        ),
        pytest.param(
            {"eventDateTime": "2027-01-16T09:00:00", "subscriberTimeZone": "America/Chicago"},
            ("subscriberTimeZone",),
            {"eventDateTime": "2027-01-16T09:00:00", "subscriberTimeZone": "America/New_York"},
            id="a-blank-zone-leaves-the-zone-held",
        ),
        pytest.param(
            {"metadata": {"place": "Uptown"}},
            (),
            {"metadata": {"place": "Uptown", "doctor": "Lee"}},
            id="metadata-whole",
        ),
        pytest.param(
            {"metadata": {"place": "Uptown", "site": "1"}},
            ("metadata.site",),
            {"metadata": {"site": "1", "place": "Uptown", "doctor": "Lee"}},
            id="metadata-with-a-default",
        ),
        pytest.param({"remindTimeOffset": "PT1H"}, (), {"remindTimeOffset": "PT1H"}, id="offset"),
    ],
)
def test_update_holds_only_what_changed(
    values: dict[str, Any], defaulted: tuple[str, ...], body: dict[str, Any]
) -> None:
    """An update carries the changed fields, with the two exceptions of the API: time with zone, metadata whole."""
    (told,) = plan(ACTIVE, row("update", values, defaulted=defaulted, starts_at=None))

    assert told == ("update", body)


@pytest.mark.parametrize(
    ("values", "defaulted"),
    [
        pytest.param(HELD | {"remindTimeOffset": "PT1H"}, ("remindTimeOffset",), id="offset"),
        pytest.param(HELD | {"subscriberTimeZone": "America/Chicago"}, ("subscriberTimeZone",), id="zone"),
        pytest.param(HELD | {"metadata": HELD["metadata"] | {"site": "1"}}, ("metadata.site",), id="metadata"),
        pytest.param(HELD | {"eventType": {"uuid": "type-2"}}, ("eventType",), id="event-type"),
    ],
)
def test_defaults_never_count_as_a_change(values: dict[str, Any], defaulted: tuple[str, ...]) -> None:
    """What the profile filled in is not what the row says, so a changed profile sends nothing."""
    assert plan(ACTIVE, row("upsert", values, defaulted=defaulted)) == [("unchanged",)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param(HELD | {"eventType": {"uuid": "type-2"}}, "eventType", id="event-type"),
        pytest.param(HELD | {"sendEligibleSubscribersOnly": True}, "sendEligibleSubscribersOnly", id="flag"),
    ],
)
def test_what_the_api_cannot_change_is_a_problem(values: dict[str, Any], field: str) -> None:
    """A changed flag or appointment type is never sent; the problem names the field."""
    (verdict,) = plan_lane(ACTIVE, [row("upsert", values)], now=NOW)

    assert [(note.code, note.field) for note in verdict.notes] == [("field_cannot_change", field)]


@pytest.mark.parametrize(
    ("held", "said", "is_one"),
    [
        ("US/Eastern", "America/New_York", True),
        ("Europe/Kiev", "Europe/Kyiv", True),
        ("America/New_York", "US/Eastern", True),
        ("America/New_York", "America/Toronto", False),
        ("Nowhere/Known", "America/New_York", False),
    ],
)
def test_another_name_of_the_same_zone_is_no_change(held: str, said: str, *, is_one: bool) -> None:
    """Tzdata renames zones; a visit whose clock stays tells nobody of it, and its fingerprint is learnt anew."""
    reminder = known(values=HELD | {"subscriberTimeZone": held})

    (verdict,) = plan_lane(reminder, [row("upsert", HELD | {"subscriberTimeZone": said})], now=NOW)

    assert (verdict.call is None, verdict.repeats) == (is_one, is_one)


def test_a_move_tells_the_name_of_the_zone_that_the_row_has() -> None:
    """Where the time changes, the zone goes with it, and is no change of its own."""
    reminder = known(values=HELD | {"subscriberTimeZone": "US/Eastern"})
    moved = {"eventDateTime": "2027-01-16T09:00:00", "subscriberTimeZone": "America/New_York"}

    (verdict,) = plan_lane(reminder, [row("upsert", HELD | moved)], now=NOW)

    assert verdict.call is not None
    assert orjson.loads(verdict.call.body or b"") == moved
    assert [change.field for change in verdict.changes] == ["eventDateTime"]


def test_an_absent_flag_means_false() -> None:
    """The flag given as false where it was never given changes nothing."""
    assert plan(ACTIVE, row("upsert", HELD | {"sendEligibleSubscribersOnly": False})) == [("unchanged",)]


def test_changes_tell_old_and_new() -> None:
    """The verdict of an update names each changed field with both values; metadata by its key."""
    values = HELD | {"firstName": "Bo", "metadata": {"place": "Uptown"}}

    (verdict,) = plan_lane(ACTIVE, [row("upsert", values)], now=NOW)

    assert [tuple(vars_of) for vars_of in [(c.field, c.before, c.after) for c in verdict.changes]] == [
        ("firstName", "Ana", "Bo"),
        ("metadata.place", "Downtown", "Uptown"),
    ]


def test_an_older_reminder_moment_is_a_warning() -> None:
    """An update after the old reminder moment says that the person may have been reminded already."""
    reminder = known(starts_at=int(NOW) + 3_600)

    (verdict,) = plan_lane(reminder, [row("update", NAME)], now=NOW)

    assert [note.code for note in verdict.notes] == ["reminder_already_due"]


def test_a_time_that_the_ledgers_zone_skips_is_a_problem() -> None:
    """A row that gives only a time is judged in the zone held: 02:30 does not exist when clocks go forward."""
    values = {"eventDateTime": "2027-03-14T02:30:00"}

    assert plan(ACTIVE, row("update", values, starts_at=None)) == [("invalid", "start_never")]


@pytest.mark.parametrize(
    ("reminder", "candidate", "verdict"),
    [
        pytest.param(ACTIVE, row("cancel", {}, key=None, uuid="held-uuid"), ("cancel", None), id="by-uuid"),
        pytest.param(ACTIVE, row("cancel", {}, uuid="other"), ("invalid", "uuid_contradicts"), id="other-uuid"),
        pytest.param(
            ACTIVE,
            row("cancel", {}, key=Key("+14155550199", "112233"), uuid="held-uuid"),
            ("invalid", "identity_cannot_change"),
            id="other-phone",
        ),
        pytest.param(
            ACTIVE,
            row("cancel", {}, key=None, phone="+14155550199", uuid="held-uuid"),
            ("invalid", "identity_cannot_change"),
            id="other-phone-alone",
        ),
        pytest.param(NOTHING, row("cancel", {}, key=None), ("invalid", "identity_missing"), id="nobody"),
        pytest.param(NOTHING, row("cancel", {}, key=None, uuid="theirs"), ("cancel", None), id="unknown-uuid-cancel"),
        pytest.param(
            NOTHING, row("no_show", {}, key=None, uuid="theirs"), ("no_show", None), id="unknown-uuid-no-show"
        ),
        pytest.param(NOTHING, row("update", NAME, key=None, uuid="theirs"), NAMED, id="unknown-uuid-update"),
        pytest.param(UNCERTAIN, row("cancel", {}, uuid="theirs"), ("cancel", None), id="uuid-ends-a-create-in-doubt"),
    ],
)
def test_identity(reminder: Reminder | None, candidate: Candidate, verdict: Any) -> None:
    """A row is matched by uuid or key; one that means two appointments is a problem, one we do not know goes as it is."""
    assert plan(reminder, candidate) == [verdict]


@pytest.mark.parametrize(
    ("reminder", "action", "repeated"),
    [
        (NOTHING, "create", False),
        (UNCERTAIN, "create", True),
        (ACTIVE, "cancel", False),
        (CANCEL_DOUBT, "cancel", True),
    ],
)
def test_tells_repeated_calls_from_first_ones(reminder: Reminder | None, action: str, *, repeated: bool) -> None:
    """A call that may have been processed before is marked, because its refusal means something else."""
    (verdict,) = plan_lane(reminder, [row(action)], now=NOW)

    assert verdict.call is not None
    assert verdict.call.repeated is repeated


def test_sends_values_in_doubt_again() -> None:
    """Fields of an update in doubt are sent wherever the row gives them, the same or not; others are compared."""
    reminder = known(in_doubt=Action.UPDATE, doubtful=frozenset({"firstName", "lastName"}))

    assert plan(reminder, row("upsert", HELD)) == [("update", {"firstName": "Ana"})]
    assert plan(reminder, row("update", {"remindTimeOffset": "PT3H"})) == [("unchanged",)]


@pytest.mark.parametrize(
    ("rows", "verdicts"),
    [
        pytest.param([row("create"), row("create")], [CREATE, ("duplicate", "duplicate_of_row")], id="equal-creates"),
        pytest.param(
            [row("create"), row("upsert")], [CREATE, ("duplicate", "duplicate_of_row")], id="create-and-upsert"
        ),
        pytest.param(
            [row("create"), row("create", CHANGED)],
            [("invalid", "rows_contradict"), ("invalid", "rows_contradict")],
            id="contradiction",
        ),
        pytest.param(
            [row("create"), row("update", NAME), row("cancel", {})], [CREATE, NAMED, ("cancel", None)], id="whole-life"
        ),
        pytest.param(
            [row("create"), row("update", NAME), row("update", NAME)],
            [CREATE, NAMED, ("duplicate", "duplicate_of_row")],
            id="equal-updates",
        ),
        pytest.param(
            [row("create"), row("update", NAME), row("update", {"firstName": "Cy"}), row("update", NAME)],
            [CREATE, NAMED, ("update", {"firstName": "Cy"}), NAMED],
            id="back-and-forth",
        ),
        pytest.param(
            [row("create"), row("cancel", {}), row("update", NAME)],
            [CREATE, ("cancel", None), ("invalid", "already_cancelled")],
            id="nothing-after-a-cancel",
        ),
        pytest.param(
            [row("create"), row("no_show", {})], [CREATE, ("invalid", "no_show_too_early")], id="no-show-before-start"
        ),
        pytest.param(
            [row("create", invalid=True), row("update", NAME), row("cancel", {})],
            [("invalid",), ("not_sent", "blocked_by_earlier_row"), ("not_sent", "blocked_by_earlier_row")],
            id="behind-a-bad-create",
        ),
        pytest.param(
            [row("create"), row("create", CHANGED), row("cancel", {})],
            [("invalid", "rows_contradict"), ("invalid", "rows_contradict"), ("not_sent", "blocked_by_earlier_row")],
            id="behind-a-contradiction",
        ),
        pytest.param([row("update", NAME), row("create")], [("invalid", "before_its_booking"), CREATE], id="too-soon"),
        pytest.param(
            [row("cancel", {}), row("create")], [("invalid", "before_its_booking"), CREATE], id="ordered-again"
        ),
        pytest.param(
            [row("cancel", {}), row("upsert")],
            [("invalid", "before_its_booking"), ("invalid", "ended_by_earlier_row")],
            id="newest-first",
        ),
        pytest.param(
            [row("no_show", {}), row("update", NAME), row("upsert"), row("upsert"), row("update", NAME)],
            [
                *[("invalid", "before_its_booking")] * 2,
                *[("invalid", "ended_by_earlier_row")] * 3,
            ],
            id="history-newest-first",
        ),
        pytest.param(
            [row("cancel", {}, invalid=True, off=True), row("upsert")],
            [("invalid",), ("invalid", "ended_by_earlier_row")],
            id="an-invalid-cancel-says-so-too",
        ),
        pytest.param(
            [row("upsert"), row("upsert", invalid=True, off=True)],
            [("invalid", "ended_by_earlier_row"), ("invalid",)],
            id="off-below",
        ),
        pytest.param(
            [row("upsert", invalid=True, off=True), row("create"), row("update", NAME)],
            [("invalid",), *[("invalid", "ended_by_earlier_row")] * 2],
            id="off-above",
        ),
        pytest.param(
            [row("create"), row("cancel", {}), row("create")],
            [
                ("invalid", "ended_by_earlier_row"),
                ("invalid", "before_its_booking"),
                ("invalid", "ended_by_earlier_row"),
            ],
            id="booked-again",
        ),
        pytest.param(
            [row("create"), row("cancel", {}), row("create", CHANGED), row("update", NAME)],
            [
                ("invalid", "ended_by_earlier_row"),
                ("invalid", "before_its_booking"),
                *[("invalid", "ended_by_earlier_row")] * 2,
            ],
            id="booked-again-with-other-values",
        ),
        pytest.param(
            [row("update", NAME, uuid="theirs"), row("create"), row("cancel", {}, uuid="theirs")],
            [("invalid", "before_its_booking"), ("invalid", "rows_name_several"), ("cancel", None)],
            id="booked-beside-a-uuid",
        ),
        pytest.param(
            [row("create"), row("update", NAME, uuid="theirs")],
            [("invalid", "rows_name_several")] * 2,
            id="booked-above-a-uuid",
        ),
        pytest.param(
            [row("upsert"), row("upsert", uuid="theirs")],
            [("invalid", "rows_name_several")] * 2,
            id="the-same-with-a-uuid",
        ),
        pytest.param(
            [row("upsert", uuid="theirs"), row("upsert")],
            [("update", HELD_UPDATABLE), ("duplicate", "duplicate_of_row")],
            id="the-same-below-a-uuid",
        ),
        pytest.param(
            [row("create"), row("update", NAME, uuid="theirs", invalid=True)],
            [("invalid", "rows_name_several"), ("invalid",)],
            id="beside-an-invalid-row-with-a-uuid",
        ),
    ],
)
def test_rows_of_one_file_without_a_reminder(rows: list[Candidate], verdicts: list[Any]) -> None:
    """The rows of one appointment are planned in their order, each upon the one before."""
    numbered = [one._replace(row_id=place, number=place) for place, one in enumerate(rows, start=2)]

    assert plan(NOTHING, *numbered) == verdicts


def test_a_booking_below_its_end_is_none_whatever_the_ledger_knows() -> None:
    """Of an appointment that is on, nobody can tell either whether its cancel or its booking is the newer row."""
    rows = [row("cancel", {}, number=2), row("upsert", CHANGED, number=3), row("upsert", number=4)]

    assert plan(ACTIVE, *rows) == [("invalid", "before_its_booking"), *[("invalid", "ended_by_earlier_row")] * 2]


def test_what_is_on_stays_as_it_is_where_another_row_says_that_it_is_off() -> None:
    """Beside a row with an unused word such as cancelled, an appointment that is on is ended, but neither moved nor booked."""
    off = row("upsert", number=2, invalid=True, off=True)

    assert plan(ACTIVE, row("upsert", CHANGED, number=1), off) == [("invalid", "ended_by_earlier_row"), ("invalid",)]
    assert plan(ACTIVE, off, row("cancel", {}, number=3)) == [("invalid",), ("cancel", None)]


def test_a_cancel_that_means_another_appointment_may_mean_this_one() -> None:
    """Of a cancel by number whose uuid is another appointment's, nobody knows which of the two is off."""
    rows = [row("upsert", CHANGED, number=2), row("cancel", {}, number=3, uuid="other")]

    assert plan(ACTIVE, *rows) == [("invalid", "ended_by_earlier_row"), ("invalid", "uuid_contradicts")]


def test_a_visit_that_is_booked_again_is_not_cancelled_in_between() -> None:
    """Of an appointment that is on, a cancel between two bookings is sent no more than they are; one below them is."""
    rows = [row("upsert", number=2), row("cancel", {}, number=3), row("upsert", CHANGED, number=4)]
    refused = [
        ("invalid", "ended_by_earlier_row"),
        ("invalid", "before_its_booking"),
        ("invalid", "ended_by_earlier_row"),
    ]

    assert plan(ACTIVE, *rows) == refused
    assert plan(ACTIVE, *rows, row("cancel", {}, number=5)) == [*refused, ("cancel", None)]


def test_a_number_whose_uuid_is_known_may_be_booked_beside_it() -> None:
    """A row with the uuid that the ledger knows disagrees with nobody."""
    rows = [row("upsert", number=2), row("update", NAME, number=3, uuid="held-uuid")]

    assert plan(ACTIVE, *rows) == [("unchanged",), NAMED]


def test_nothing_is_cancelled_above_a_booking_below_its_end() -> None:
    """Nor whether its cancel or one of two contradicting bookings is the newer row."""
    rows = [row("cancel", {}, number=2), row("upsert", CHANGED, number=3)]

    assert plan(ACTIVE, *rows) == [("invalid", "before_its_booking"), ("invalid", "ended_by_earlier_row")]


def test_a_change_below_a_booking_below_its_end_is_none() -> None:
    """Of an appointment that is on, nobody is told of a change of which nobody can tell whether a cancel came after it."""
    rows = [row("cancel", {}, number=2), row("upsert", number=3), row("update", CHANGED, number=4)]

    assert plan(ACTIVE, *rows) == [("invalid", "before_its_booking"), *[("invalid", "ended_by_earlier_row")] * 2]


def test_contradictions_name_each_other() -> None:
    """Both rows are problems, and each says where the other stands, with its file where that differs."""
    one, other = row("create", number=2), row("create", CHANGED, number=7, file="more.csv")

    verdicts = plan_lane(NOTHING, [one, other], now=NOW)

    assert [verdict.notes[0].detail for verdict in verdicts] == ["row 7 of more.csv", "row 2 of week.csv"]


def test_calls_of_a_lane_are_chained() -> None:
    """Each call waits for the one before; rows without a call are no link."""
    rows = [
        row("create", number=2),
        row("create", number=3),
        row("update", NAME, number=4),
        row("cancel", {}, number=5),
    ]

    verdicts = plan_lane(NOTHING, rows, now=NOW)

    assert [verdict.call.after if verdict.call else "-" for verdict in verdicts] == [None, "-", 2, 4]


@pytest.mark.parametrize(
    ("reminder", "verdicts"),
    [
        pytest.param(known(state=ReminderState.CANCELLED, values=CHANGED), ["unchanged"] * 3, id="all-done"),
        pytest.param(known(values=CHANGED), ["unchanged", "unchanged", "cancel"], id="cancel-left"),
        pytest.param(ACTIVE, ["unchanged", "update", "cancel"], id="only-created"),
        pytest.param(NOTHING, ["create", "update", "cancel"], id="nothing-done"),
    ],
)
def test_what_was_done_before_costs_no_call(reminder: Reminder | None, verdicts: list[str]) -> None:
    """A file that creates, changes and cancels one appointment goes on where it stopped."""
    rows = [row("create", number=2), row("update", NAME, number=3), row("cancel", {}, number=4)]

    assert [told[0] for told in plan(reminder, *rows)] == verdicts


@pytest.mark.parametrize(
    ("candidate", "verdict", "dropped"),
    [
        pytest.param(row("upsert", conditional=True), ("invalid",), False, id="create"),
        pytest.param(row("update", NAME, conditional=True, uuid="theirs"), NAMED, True, id="update"),
    ],
)
def test_conditional_problems_count_only_for_a_create(candidate: Candidate, verdict: Any, *, dropped: bool) -> None:
    """What matters only to a create is forgotten for an update, and makes a create invalid."""
    assert plan(NOTHING, candidate) == [verdict]
    assert plan_lane(NOTHING, [candidate], now=NOW)[0].drops_problems is dropped


def test_past_appointments_stay_unchanged() -> None:
    """A row whose start has passed since it was created is unchanged, not a problem."""
    reminder = known(starts_at=int(NOW) - 86_400)

    assert plan(reminder, row("upsert", conditional=True, starts_at=int(NOW) - 86_400)) == [("unchanged",)]


@pytest.mark.parametrize(("allow_past", "verdict"), [(False, ("invalid", "start_in_past")), (True, CREATE)])
def test_a_create_is_judged_again_when_it_is_retried(*, allow_past: bool, verdict: Any) -> None:
    """A create whose start has passed since it was checked is a problem, unless the profile allows it."""
    assert plan(NOTHING, row("create", starts_at=int(NOW) - 1), allow_past=allow_past) == [verdict]


@pytest.mark.parametrize(
    ("duration", "length"),
    [("PT3H", 10_800), ("PT1H30M", 5_400), ("PT45S", 45), ("PT", None), ("P1D", 86_400), ("PT3", None), ("", None)],
)
def test_reads_durations(duration: str, length: int | None) -> None:
    """Days to seconds are added up; everything else is no duration."""
    assert duration_s(duration) == length


@pytest.mark.parametrize(
    ("local", "zone", "at"),
    [
        ("2027-01-16T08:00:00", "America/New_York", 1_800_104_400),
        ("2027-03-14T02:30:00", "America/New_York", None),
        ("2026-11-01T01:30:00", "America/New_York", 1_793_511_000),
    ],
)
def test_reads_local_starts_as_instants(local: str, zone: str, at: int | None) -> None:
    """A local start is an instant, none where clocks jump over it, the first where it comes twice."""
    assert instant(local, zone) == at


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(lambda place: row("upsert", {"firstName": f"Ana {place // 2}"}), id="contradicting"),
        pytest.param(lambda place: row("cancel", {}, uuid="u-1" if place < MANY else "u-2"), id="of-two-uuids"),
        pytest.param(lambda place: row(("cancel", "update", "create")[place % 3], NAME), id="every-action"),
        pytest.param(lambda place: row("update", {"firstName": f"Ana {place}"}), id="updates"),
    ],
)
def test_rows_without_end_of_one_appointment(each: Callable[[int], Candidate]) -> None:
    """A sheet in which a column is wrong names one appointment in each row: planning takes no longer for a row of it."""
    rows = [each(place)._replace(row_id=place, number=place) for place in range(2, MANY + 2)]
    began = processor_s()

    assert len(plan_lane(NOTHING, rows, now=NOW)) == MANY
    assert processor_s() - began < 3
