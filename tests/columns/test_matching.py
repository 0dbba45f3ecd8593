"""Headings become fields by exact names, aliases and the profile; anything else is left out."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.columns import heading_score, match
from importer.errors import FileRefused, SettingsError
from importer.model.chunks import Chunk
from importer.model.profile import EventType, Location, Profile
from importer.model.statuses import RESULT_COLUMNS
from importer.problems.cell_places import column_letters
from schemas.fields import FIELD, alias_table

WHOLE = ("phone", "externalEventId", "eventType", "eventDateTime", "subscriberTimeZone")


def refused(headings: tuple[str, ...], profile: Profile | None = None, actions: tuple[str, ...] = ()) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        match(headings, profile or Profile()).require(actions)
    return caught.value


@pytest.mark.parametrize(
    ("heading", "field", "why"),
    [
        pytest.param("phone", "phone", "name", id="name"),
        pytest.param("\ufeffEvent_Date-Time ", "eventDateTime", "name", id="name-with-mark-and-punctuation"),
        pytest.param("Mobile No.", "phone", "alias", id="alias"),
        pytest.param("eventType.uuid", "eventType", "alias", id="path-of-the-document"),
        pytest.param("Metadata.eventLocation", "metadata.eventLocation", "metadata", id="metadata-keeps-its-case"),
        pytest.param("metadata", "metadata", "name", id="metadata-as-json"),
        pytest.param("Remind before (hours)", "remindTimeOffset", "unit", id="unit"),
    ],
)
def test_matches(heading: str, field: str, why: str) -> None:
    """A heading is known by its field's name, an alias, or the form of a metadata column."""
    matching = match([heading], Profile())

    assert dict(matching.fields) == {field: 0}
    assert matching.by[0] == why


@pytest.mark.parametrize(
    "heading", ["Fone", "phone 2", "name", "", "  ", "metadata.{x}", "metadata.a\nb", "Duration (hours)"]
)
def test_leaves_out(heading: str) -> None:
    """What is not known exactly is ignored, however near it comes."""
    matching = match([heading, "phone"], Profile())

    assert dict(matching.fields) == {"phone": 1}
    assert matching.ignored == (0,)


@pytest.mark.parametrize(
    ("heading", "field", "unit"),
    [
        ("Remind before (hours)", "remindTimeOffset", "hours"),
        ("remindTimeOffset [min]", "remindTimeOffset", "minutes"),
        ("Follow up in days", "followUpTimeOffset", "days"),
        ("Reminder lead time, hrs.", "remindTimeOffset", "hours"),
    ],
)
def test_unit_of_heading_reaches_the_profile(heading: str, field: str, unit: str) -> None:
    """A unit in a duration's heading is what its bare numbers mean, in this sheet."""
    matching = match([heading], Profile(duration_units={"other": "days"}))

    assert matching.units == {field: unit}
    assert matching.profile_for_sheet().duration_units == {"other": "days", field: unit}


def test_profile_speaks_first() -> None:
    """A field that the profile gives to one heading is taken from no other, and "" leaves a column out."""
    profile = Profile(columns={"Fone": "phone", "Start": ""})
    matching = match(["phone", "fone", "START", "Mobile"], profile)

    assert dict(matching.fields) == {"phone": 1}
    assert matching.by == {1: "profile"}
    assert matching.outvoted == (0, 3)
    assert matching.left_out == (2,)
    assert matching.ignored == (0, 2, 3)


def test_profile_tells_twins_apart_by_exact_text() -> None:
    """Two headings that differ only by case are told apart by the profile's exact spelling."""
    matching = match(["Phone", "PHONE"], Profile(columns={"Phone": "", "PHONE": "phone"}))

    assert dict(matching.fields) == {"phone": 1}


def test_profile_with_an_unknown_field_is_refused() -> None:
    """A profile that sends a heading to no field is a mistake in the settings."""
    with pytest.raises(SettingsError, match="fone"):
        match(["a"], Profile(columns={"a": "fone"}))


def test_profile_may_name_metadata() -> None:
    """A profile may send a heading to a message value."""
    assert dict(match(["Room"], Profile(columns={"room": "metadata.eventRoom"})).fields) == {"metadata.eventRoom": 0}


@pytest.mark.parametrize(
    "pair", [("phone", "Phone "), ("Phone", "Mobile"), ("metadata.room", "metadata.Room"), ("Start", "start at")]
)
def test_doubled_columns_are_refused_by_name(pair: tuple[str, str]) -> None:
    """Two columns for one field, also by case or alias, are refused, and both are named."""
    error = refused((*pair, "uuid", "action"))

    assert error.code == "columns_doubled"
    assert all(f'"{heading.strip()}"' in str(error) for heading in pair)
    assert "column A" in str(error)


def test_columns_doubled_but_not_ours_are_no_matter() -> None:
    """Two columns of notes are left out, not refused."""
    match((*WHOLE, "Notes", "notes"), Profile()).require()


@pytest.mark.parametrize("lost", WHOLE)
def test_missing_column_is_named(lost: str) -> None:
    """A sheet for new appointments without a needed column is refused, naming it by field and title."""
    profile = Profile(derive_external_ids=False)
    error = refused(tuple(name for name in WHOLE if name != lost), profile)

    assert error.code == "columns_missing"
    assert f"{lost} ({FIELD[lost].title})" in str(error)
    assert "importer columns" in error.fix


@pytest.mark.parametrize(
    ("headings", "profile"),
    [
        pytest.param(WHOLE, Profile(), id="whole"),
        pytest.param(tuple(set(WHOLE) - {"externalEventId"}), Profile(), id="id-derived"),
        pytest.param(tuple(set(WHOLE) - {"subscriberTimeZone"}), Profile(zone="Europe/London"), id="zone-of-profile"),
        pytest.param(
            (*(set(WHOLE) - {"subscriberTimeZone"}), "Clinic"),
            Profile(locations={"Main": Location(zone="Europe/London")}),
            id="zone-of-location",
        ),
        pytest.param(tuple(set(WHOLE) - {"eventType"}), Profile(event_type="u"), id="type-of-profile"),
        pytest.param((*(set(WHOLE) - {"eventDateTime"}), "Date", "Time"), Profile(), id="day-and-time"),
        pytest.param((*WHOLE, "Date", "Time"), Profile(), id="start-told-twice"),
        pytest.param(("action", "uuid"), Profile(), id="uuids-alone"),
        pytest.param(("action", "phone", "Booking ID"), Profile(), id="keys-alone"),
        pytest.param(("uuid", "eventDateTime", "tz"), Profile(action="update"), id="updates-by-profile"),
        pytest.param(("action", *set(WHOLE) - {"externalEventId"}), Profile(), id="action-and-derived-id"),
    ],
)
def test_enough_columns(headings: tuple[str, ...], profile: Profile) -> None:
    """What the profile supplies, or the action does not need, need not have a column."""
    match(headings, profile).require()


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        (("action", "phone"), "externalEventId"),
        (("action", "externalEventId"), "phone"),
        ((*(set(WHOLE) - {"eventDateTime"}), "Time"), "date"),
    ],
)
def test_not_enough_columns(headings: tuple[str, ...], missing: str) -> None:
    """Without a uuid both halves of the key are needed, and a time needs its day."""
    assert f"for {missing} (" in str(refused(headings))


def test_lacking_half_a_start_is_not_lacking_an_id() -> None:
    """Where ids are derived, a sheet for new appointments is told of the start that it lacks, not of an id as well."""
    assert "externalEventId" not in str(refused(("phone", "eventType", "tz", "Start Time")))


def test_rows_that_create_need_the_columns_of_a_create() -> None:
    """Once the rows are known to create, a sheet with an action column needs what a create needs."""
    headings = ("action", "phone", "externalEventId", "eventType", "subscriberTimeZone")
    match(headings, Profile()).require()
    match(headings, Profile()).require(("cancel", "update"))

    assert "eventDateTime" in str(refused(headings, actions=("cancel", "create")))


@pytest.mark.parametrize("headings", [(), ("",), ("Ana", "4155552671"), ("x" * 300,)])
def test_no_known_heading(headings: tuple[str, ...]) -> None:
    """A sheet without any known heading is refused as such."""
    assert refused(headings).code == "columns_unknown"


def test_near_heading_is_only_a_hint() -> None:
    """The refusal says which heading may be the missing one, if its cells fit; never by its letters alone."""
    headings = ("Telefonnr.", *WHOLE[1:])
    phones = Chunk(pd.DataFrame([["(415) 555-2671", "7", "x", "2027-03-04 14:30", "Europe/Berlin"]], dtype=object))
    with pytest.raises(FileRefused) as caught:
        match(headings, Profile(), phones).require(first=phones)

    assert '"Telefonnr." looks like phone' in str(caught.value)
    assert "looks like" not in str(refused(headings))


def test_results_of_our_reports_are_not_data() -> None:
    """The result columns of a report that is fed back are recognized and left out."""
    matching = match((*WHOLE, *RESULT_COLUMNS), Profile())

    assert set(matching.results) == set(RESULT_COLUMNS)
    assert set(matching.fields) == set(WHOLE)
    assert matching.ignored == ()


def test_projects_rows_by_field() -> None:
    """A chunk keeps its row numbers and cells; its mapped columns are named by field, in the table's order."""
    frame = pd.DataFrame([["x", "415", "7"], ["y", "416", "8"]], index=[4, 9], dtype=object)
    typed = match(["Notes", "Mobile", "Booking ID"], Profile()).project(Chunk(frame))

    assert list(typed) == ["externalEventId", "phone"]
    assert typed.index.tolist() == [4, 9]
    assert typed["phone"].tolist() == ["415", "416"]


def test_scores_heading_rows() -> None:
    """A row scores one for each different field that it would name, by the profile too."""
    profile = Profile(columns={"Wann": "eventDateTime"}, event_types={"a": EventType("b")})

    assert heading_score(["Phone", "Mobile", "Wann", "x", ""], profile) == 2
    assert heading_score(["Bright Smiles Ltd", "", "March"]) == 0


@pytest.mark.parametrize(("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_letters(position: int, letters: str) -> None:
    """Columns are named as a spreadsheet names them."""
    assert column_letters(position) == letters


HEADINGS = st.lists(
    st.one_of(st.sampled_from(sorted(alias_table())), st.sampled_from(RESULT_COLUMNS), st.text(max_size=20)),
    max_size=12,
)


@given(HEADINGS)
def test_every_heading_has_one_fate(headings: list[str]) -> None:
    """Each column is taken, doubled, a result or ignored; never two of these, never none."""
    matching = match(headings, Profile())
    fates = [
        *matching.fields.values(),
        *(at for positions in matching.doubled.values() for at in positions),
        *matching.results.values(),
        *matching.ignored,
    ]

    assert sorted(fates) == sorted(set(fates))
    assert set(range(len(headings))) - set(fates) <= {
        at for at, heading in enumerate(headings) if heading.strip().casefold() in RESULT_COLUMNS
    }


@given(HEADINGS, st.randoms())
def test_order_of_columns_does_not_matter(headings: list[str], random: object) -> None:
    """The same headings in another order name the same fields."""
    shuffled = list(headings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def said(order: list[str]) -> set[tuple[str, str]]:
        matching = match(order, Profile())
        return {(name.casefold(), order[at]) for name, at in matching.fields.items()}

    assert said(headings) == said(shuffled)


def test_what_is_missing_beside_an_action_is_named_truly() -> None:
    """With a time and no day it is the day; without both, number and start: nobody is sent to look for a number alone."""
    clinic = Profile(zone="America/New_York", event_type="6c52d314-a3ca-4781-ba70-1d2c3b4a5f60")
    of_time = refused(("MRN", "Phone", "Appointment Status", "Start Time"), clinic)
    of_neither = refused(("MRN", "Phone", "Appointment Status"), clinic)

    assert str(of_time).startswith("The sheet has no column for date (Date).")
    assert "externalEventId (Appointment number), eventDateTime (Appointment start)" in str(of_neither)


@pytest.mark.parametrize(
    ("headings", "named"),
    [
        ((), ""),
        (("Odd notes",), 'Column F "Odd notes" is not sent. It stops'),
        (("Odd notes", "", "Chair"), 'Column F "Odd notes" and column H "Chair" are not sent. They stop'),
        (("Status", "No texts", "Cancelled on"), ""),
        (("Chair", "Room", "Color"), 'Column F "Chair", column G "Room" and column H "Color" are not sent. They stop'),
        (
            tuple(f"Extra {number}" for number in range(20)),
            (
                'Column F "Extra 0", column G "Extra 1", column H "Extra 2", column I "Extra 3", column J "Extra 4", '
                'column K "Extra 5", column L "Extra 6" and 13 more columns are not sent. They stop'
            ),
        ),
        (
            (*(f"Room {number}" for number in range(9)), "Balance", "Odd", "Patient said", "Front desk notes"),
            (
                'Column F "Room 0", column G "Room 1", column H "Room 2", column I "Room 3", column P "Odd", '
                'column Q "Patient said", column R "Front desk notes" and 6 more columns are not sent. They stop'
            ),
        ),
    ],
)
def test_columns_that_stand_for_no_field_are_named(headings: tuple[str, ...], named: str) -> None:
    """What is read neither as a field nor as a status is named by letter and heading, so that nobody takes it for read."""
    notes = match((*WHOLE, *headings), Profile()).notes()

    assert [note.partition(" a row only ")[0] for note in notes] == ([named] if named else [])


def test_of_the_columns_that_a_known_system_always_has_only_notes_are_named() -> None:
    """Nobody need read of cost and address in each export of Setmore; what stands in its comments nobody understands in full."""
    headings = ("Appointment date", "Appointment time", "Service/class/event", "Team member", "Customer name", "Country code",
                "Phone", "Booking ID", "Booked via", "Booked on", "Zipcode / Postal code", "Cost", "Label", "Comments")  # fmt: skip

    notes = match(headings, Profile()).notes()

    assert [note.partition(" It stops ")[0] for note in notes if "not sent" in note] == [
        'Column N "Comments" is not sent.'
    ]


def test_a_column_that_the_profile_ignores_is_not_named() -> None:
    """Whoever says in the profile that a column is ignored need not read of it with each sheet."""
    profile = Profile(columns={"Odd notes": ""})

    assert match((*WHOLE, "Odd notes"), profile).notes() == ()
