"""Exports of known systems: recognized, read into the right fields, and nothing called off is booked."""

from __future__ import annotations

import csv
import json
import random
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pytest

from importer.columns import match
from importer.columns.cell_meaning import Heeded, heeded
from importer.columns.explain import explain
from importer.columns.heading_meaning import Asks
from importer.columns.known_systems import recognize
from importer.commands.check import check
from importer.commands.job import Job
from importer.errors import FileRefused, SettingsError
from importer.model.chunks import Chunk
from importer.model.profile import EventType, Profile
from importer.model.times import zone_names
from importer.settings import Settings
from schemas import exports
from schemas.exports.shape import Export, export
from schemas.fields import folded

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = 1_804_000_000.0  # 2027-03-02 in UTC
UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
ANSWERED: Final = Profile(
    name="clinic", zone="America/New_York", event_types={"Check-up": EventType(UUID)}, event_type="Check-up"
)
SAMPLES: Final = resources.files("sample_data") / "exports"

# System -> a line a row: action, phone, start, number, name, problems. "*": a number derived from the row. The zone is
# New York's unless it stands behind the start.
RIGHT: Final[dict[str, tuple[str, ...]]] = {
    "acuity": (
        "upsert 2125550141 2027-03-08T13:30:00 5001 Mia.Stone",
        "upsert 2125550142 2027-03-08T14:30:00 5002 Noah.Field clock_unsaid",
        "cancel 2125550143 2027-03-09T13:30:00 5003 Ola.Birch",
        "upsert 2125550144 2027-03-09T14:30:00/America/Detroit 5004 Pia.Reed",
    ),
    "apm": (
        "upsert 2125550141 2027-03-08T13:30:00 9041 Mia.Stone",
        "upsert 2125550142 2027-03-19T09:30:00 9042 Noah.Field",
        "upsert 2125550143 2027-03-19T10:00:00 9043 Ola.Birch",
    ),
    "booksy": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 * Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 * Ola.Birch status_not_used",
    ),
    "calcom": (
        "upsert 2125550141 2027-03-08T13:30:00 41 -",
        "cancel 2125550142 2027-03-08T14:30:00 42 -",
        "upsert 2125550143 2027-03-15T13:30:00 43 -",
    ),
    "calendly": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 * Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 * Ola.Birch status_not_used",
        "upsert 2125550144 2027-03-09T14:30:00 - Pia.Reed clock_unsaid",
    ),
    "centaur": ("export_lacks",),
    "dentrix": (
        "upsert 2125550141 2027-03-08T13:30:00 D41 -",
        "cancel 2125550142 2027-03-08T14:30:00 D42 -",
        "upsert 2125550143 2027-03-19T13:30:00 D43 - status_not_used",
        "cancel 2125550144 2027-03-19T14:30:00 D44 -",
    ),
    "everyscheduler": ("export_lacks",),
    "fhir": (
        "upsert 2125550141 2027-03-08T13:30:00 41 Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 42 Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 43 Ola.Birch status_not_used",
        " 2125550144 2027-03-09T14:30:00 44 Pia.Reed action_unknown",
        "none 2125550145 2027-03-10T14:30:00 45 Quin.Lake",
    ),
    "fresha": (
        "upsert 2125550141 2027-03-08T13:30:00 #F41 Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 #F42 Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 #F43 Ola.Birch status_not_used",
        "upsert 2125550144 2027-03-09T14:30:00 #F44 Pia.Reed",
    ),
    "google": ("export_lacks",),
    "hike": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 * Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 * Ola.Birch status_not_used",
    ),
    "icalendar": ("columns_missing",),
    "msbookings": (
        "upsert 2125550141 2027-03-08T13:30:00 B41 Mia.Stone",
        "upsert 2125550142 2027-03-09T14:30:00 B42 Noah.Field consent_refused",
        "upsert 2125550143 2027-03-19T13:30:00 B43 Ola.Birch",
        "upsert 2125550144 2027-03-19T13:30:00 B43 Pia.Reed",
    ),
    "notify1800": (
        "upsert 2125550141 2027-03-08T13:30:00 4a1f Mia.Stone",
        "upsert 2125550142 2027-03-09T14:30:00 4a20 Noah.Field",
    ),
    "opendental": (
        "upsert 2125550141 2027-03-08T13:30:00 41 Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 42 Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 43 Ola.Birch consent_refused",
        "upsert 2125550144 2027-03-09T14:30:00 44 Pia.Reed",
        "none 2125550145 2027-03-09T15:30:00 45 Quin.Lake",
        "upsert - 2027-03-09T16:30:00 46 Ruth.Hill value_missing",
    ),
    "openemr": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 * Noah.Field",
        "upsert 2125550143 2027-03-09T13:30:00 * Ola.Birch status_not_used",
        "none - 2027-03-09T12:00:00 - -",
    ),
    "outlook": ("export_lacks",),
    "setmore": (
        "upsert 2125550141 2027-03-08T13:30:00 S41 Mia.Stone",
        "cancel +442079460142 2027-03-08T14:30:00 S42 Noah.Field",
        "upsert +442079460143 2027-03-09T13:30:00 S43 Ola.Birch",
        "upsert 2125550144 2027-03-09T14:30:00 S44 Pia.Reed status_not_used",
    ),
    "smsuite": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "upsert 2125550142 2027-03-08T14:30:00 * Noah.Field consent_refused",
    ),
    "vagaro": (
        "upsert 2125550141 2027-03-08T13:30:00 * Mia.Stone",
        "cancel 2125550142 2027-03-08T14:30:00 * Noah.Field",
        "upsert 2125550143 2027-03-19T13:30:00 * Ola.Birch status_not_used",
        "upsert 2125550144 2027-03-19T14:30:00 * Pia.Reed",
    ),
    "vetdata": ("export_lacks",),
    "vetischedule": ("export_lacks",),
    "webchart": ("export_lacks",),
}


def headings_of(name: str) -> list[str]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


def rows_of(name: str) -> tuple[list[str], Chunk]:
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        headings, *rows = csv.reader(stream)
    frame = pd.DataFrame(rows, dtype=object, index=range(2, len(rows) + 2))
    return headings, Chunk(frame)


def checked(path: str, profile: Profile) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    check(Job(Settings(), profile, now=lambda: NOW), [path], each_row=found.append)
    return found


def line(row: dict[str, Any]) -> str:
    payload = row["payload"]
    number = payload.get("externalEventId", "-")
    name = ".".join(payload[part] for part in ("firstName", "lastName") if part in payload) or "-"
    place = payload.get("subscriberTimeZone", "America/New_York")
    start = payload["eventDateTime"] + ("" if place == "America/New_York" else f"/{place}")
    told = [row["action"], payload.get("phone", "-"), start, "*" if number.startswith("imp-") else number, name]
    return " ".join([*told, *(each["code"] for each in row["problems"])])


def lines(path: str, profile: Profile) -> tuple[str, ...]:
    try:
        return tuple(map(line, checked(path, profile)))
    except FileRefused as refused:
        return (refused.code,)


def test_every_system_has_its_sample() -> None:
    """Each file of a system has a sample with its right values, and there is no other."""
    samples = {one.name.removesuffix(".csv") for one in SAMPLES.iterdir() if one.name.endswith(".csv")}

    assert samples == set(exports.names()) == set(RIGHT)


@pytest.mark.parametrize("name", exports.names())
def test_export_is_read_right(name: str) -> None:
    """With zone and type answered, each row has its right values, or the file one sentence on what it lacks."""
    assert lines(str(SAMPLES / f"{name}.csv"), ANSWERED) == RIGHT[name]


@pytest.mark.parametrize("name", exports.names())
def test_file_of_a_system_has_its_shape(name: str) -> None:
    """Each file of a system is whole, and its zones exist."""
    assert set(export(name).zones.values()) <= zone_names()
    assert export(name).title == exports.title(name)


@pytest.mark.parametrize("name", exports.names())
def test_words_of_a_system_never_weaken(name: str) -> None:
    """No word by which a system's visit stands is one that stops a row of any other sheet, unless it is a mark or number."""
    words = [word for column in export(name).status for word in column.stands if any(map(str.isalpha, word))]
    flags = {"n", "no", "false"}

    assert [
        word for word in words if word not in flags and heeded(Asks.STATUS, word) not in {None, Heeded.UNKNOWN}
    ] == []


@pytest.mark.parametrize("name", exports.names())
def test_signature_bears_other_orders_and_added_columns(name: str) -> None:
    """A system is recognized with its columns in another order, and with columns of the clinic's own."""
    headings = [*headings_of(name), "Our own", "Remarks 2"]
    random.Random(name).shuffle(headings)

    assert exports.recognized(headings) == (name,)


@pytest.mark.parametrize("name", [name for name in exports.names() if name != "booksy"])
def test_signature_bears_a_missing_column(name: str) -> None:
    """A system is recognized without any one of its headings but those without which it would be another sheet."""
    must = {folded(spelled) for entry in export(name).signature.must for spelled in exports.spellings(entry)}
    headings = headings_of(name)
    lost = {
        heading
        for heading in headings
        if folded(heading) not in must and exports.recognized([each for each in headings if each != heading]) != (name,)
    }

    assert lost == set()


@pytest.mark.parametrize(
    "headings",
    [
        ["Phone", "Start", "Service", "Status"],
        ["Name", "Phone", "Date", "Time", "Service", "Price", "Status"],
        ["First Name", "Last Name", "Phone", "Email", "Start Time", "End Time", "Type"],
        ["Appointment date", "Appointment time", "Phone", "Status"],
        ["Subject", "Start Date", "Start Time", "Phone"],
        ["Appt Date", "Appt Time", "Provider", "Status", "Cell Phone"],
        [],
        ["", " ", "\ufeff"],
    ],
)
def test_other_sheets_are_of_no_known_system(headings: list[str]) -> None:
    """A clinic's own headings are not taken for an export, though single ones are the same."""
    assert recognize(headings) is None


def test_two_signatures_are_asked_about() -> None:
    """Headings of two systems are refused until somebody says which it is; then that one is read."""
    both = [*headings_of("acuity"), *headings_of("fresha")]
    with pytest.raises(FileRefused) as caught:
        match(both, ANSWERED)

    assert caught.value.code == "system_unclear"
    assert "an Acuity Scheduling export and of a Fresha export" in str(caught.value)
    assert "--system acuity, --system fresha, --system none" in caught.value.fix
    said = match(both, replace(ANSWERED, system="fresha")).system
    assert said is not None
    assert said.name == "fresha"
    assert match(both, replace(ANSWERED, system="none")).system is None


def test_none_reads_the_sheet_as_any_other() -> None:
    """`none` leaves the headings to what is known of headings in general."""
    headings, chunk = rows_of("opendental")
    found = match(headings, replace(ANSWERED, system="none"), chunk)

    assert found.system is None
    assert "system" not in found.by.values()
    assert found.fields["phone"] == headings.index("WirelessPhone")


def test_system_that_is_not_known_is_a_mistake() -> None:
    """A name of no system is a mistake in the settings, and the sentence names those that are."""
    with pytest.raises(SettingsError) as caught:
        recognize(["Phone"], "acutiy")

    assert "acuity" in caught.value.fix


def test_system_that_the_sheet_is_not_is_refused() -> None:
    """A sheet without any column of the system that the settings name is refused."""
    with pytest.raises(FileRefused) as caught:
        recognize(["Handy", "Termin"], "acuity")

    assert caught.value.code == "system_other"


def test_phone_in_a_description_is_nobodys_until_the_profile_says_so() -> None:
    """A calendar's lines of text are taken for no field, however well they fit; the profile's word is."""
    headings, chunk = rows_of("icalendar")

    assert "phone" not in match(headings, ANSWERED, chunk).fields
    said = match(headings, replace(ANSWERED, columns={"DESCRIPTION: Phone": "phone"}), chunk)
    assert said.fields["phone"] == headings.index("DESCRIPTION: Phone")
    assert said.by[said.fields["phone"]] == "profile"


def test_profile_goes_before_the_system() -> None:
    """What the profile says of a heading holds also in a known system's export."""
    headings, chunk = rows_of("fresha")
    profile = replace(ANSWERED, columns={"Services": "", "Team member": "fullName"})
    found = match(headings, profile, chunk)

    assert found.fields["fullName"] == headings.index("Team member")
    assert "eventType" not in found.fields
    assert found.by[found.fields["phone"]] == "system"


def test_one_type_for_all_leaves_the_names_of_types_alone() -> None:
    """Where the profile names one type for all rows, the export's names of types are not needed."""
    headings, chunk = rows_of("fresha")
    found = match(headings, replace(ANSWERED, event_types={}, event_type=UUID), chunk)

    assert "eventType" not in found.fields
    assert found.system is not None
    assert headings.index("Services") in found.system.passed_over


@pytest.mark.parametrize(
    ("name", "profile", "told"),
    [
        ("fresha", Profile(name="clinic"), ('zone = "America/New_York"', 'event_type = "UUID"', '"Check-up" = "UUID"')),
        ("fresha", replace(ANSWERED, zone=None), ('zone = "America/New_York"',)),
        ("fresha", replace(ANSWERED, event_types={}, event_type=None), ('event_types = { "Check-up" = "UUID" }',)),
        ("calendly", replace(ANSWERED, zone=None), ('start_clock = "account"',)),
        ("acuity", replace(ANSWERED, zone=None, start_clock="account"), ('zone = "America/New_York"',)),
        ("smsuite", replace(ANSWERED, event_type=None), ('event_type = "UUID"',)),
    ],
)
def test_what_an_export_never_holds_is_asked_once(name: str, profile: Profile, told: tuple[str, ...]) -> None:
    """A file is refused once with the lines for what its system never holds, not row by row."""
    headings, chunk = rows_of(name)
    with pytest.raises(FileRefused) as caught:
        match(headings, profile, chunk).require(first=chunk)

    assert caught.value.code == "export_asks"
    assert str(caught.value).startswith("This looks like a")
    assert "[profile.clinic]" in caught.value.fix
    assert all(part in caught.value.fix for part in told)


def test_uuids_in_the_export_are_not_asked_for() -> None:
    """An export whose types are uuids already needs none in the profile."""
    headings, chunk = rows_of("fresha")
    chunk.frame[headings.index("Services")] = UUID

    match(headings, replace(ANSWERED, event_types={}, event_type=None), chunk).require(first=chunk)


def test_added_phone_column_makes_the_export_whole(tmp_path: Path) -> None:
    """An export that lacks phones is read as soon as somebody adds a column of them."""
    path = tmp_path / "week.csv"
    path.write_text(
        "Subject,Start Date,Start Time,End Date,End Time,All Day Event,Description,Location,Private,Phone\n"
        "Mia,03/08/2027,1:30 PM,03/08/2027,2:00 PM,FALSE,Check-up,,FALSE,2125550141\n"
        "Closed,03/09/2027,,03/09/2027,,TRUE,,,FALSE,\n",
        encoding="utf-8",
    )

    assert lines(str(path), ANSWERED)[:1] == ("upsert 2125550141 2027-03-08T13:30:00 * -",)
    assert checked(str(path), ANSWERED)[1]["action"] == "none"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("centaur", ("upsert 2125550141 2027-03-08T13:30:00 41 -", "cancel 2125550142 2027-03-08T14:30:00 42 -")),
        (
            "everyscheduler",
            ("upsert 2125550141 2027-03-08T13:30:00 E41 -", "cancel 2125550142 2027-03-08T14:30:00 E42 -"),
        ),
        ("vetdata", ("upsert 2125550141 2027-03-08T13:30:00 4101 -",)),
        ("vetischedule", ("upsert 2125550141 2027-03-08T13:30:00 4101 -",)),
        ("webchart", ("upsert 2125550141 2027-03-08T13:30:00 * -", "cancel 2125550142 2027-03-08T14:30:00 * -")),
    ],
)
def test_export_with_phones_added_is_read_right(tmp_path: Path, name: str, right: tuple[str, ...]) -> None:
    """What an export lacks is all it lacks: with a column Mobile each row has its right values, and what is off cancels."""
    head, *rows = (SAMPLES / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "week.csv"
    told = [f"{head},Mobile", *(f"{row},212555014{place}" for place, row in enumerate(rows, start=1))]
    path.write_text("\n".join(told), encoding="utf-8")

    assert lines(str(path), ANSWERED) == right


def test_mobile_that_was_added_goes_before_the_landline() -> None:
    """A telephone at home is taken, with a note, only where the sheet names no other."""
    headings, chunk = rows_of("apm")
    alone = match(headings, ANSWERED, chunk)
    added = match([*headings, "Mobile"], ANSWERED, Chunk(chunk.frame.assign(mobile="2125550149")))

    assert alone.fields["phone"] == headings.index("Home")
    assert alone.system is not None
    assert 'Column F "Home"' in alone.system.notes(headings, alone.fields)[1]
    assert added.fields["phone"] == len(headings)


@pytest.mark.parametrize(
    ("clock", "right"),
    [("account", "2027-03-08T14:30:00"), ("customer", "2027-03-08T14:30:00/America/Chicago")],
)
def test_whose_clock_once_said(clock: str, right: str) -> None:
    """Once somebody said whose clock it is, the start is on it for each row."""
    profile = Profile(
        name="clinic",
        zone="America/New_York",
        event_type=UUID,
        start_clock="account" if clock == "account" else "customer",
    )

    assert lines(str(SAMPLES / "acuity.csv"), profile)[1] == f"upsert 2125550142 {right} 5002 Noah.Field"


@pytest.mark.parametrize(("missed", "action"), [("none", "none"), ("cancel", "cancel")])
def test_missed_once_said(missed: str, action: str) -> None:
    """Once the profile says what a missed visit asks for, its rows ask for it."""
    profile = replace(ANSWERED, missed="none" if missed == "none" else "cancel")

    assert lines(str(SAMPLES / "fresha.csv"), profile)[2] == f"{action} 2125550143 2027-03-09T13:30:00 #F43 Ola.Birch"


@pytest.mark.parametrize("code", ["5.0", "05", " 5 ", "5"])
def test_a_code_is_its_number_however_it_is_written(code: str) -> None:
    """A broken visit is off also where a program between has written its code as a number with a point."""
    headings, chunk = rows_of("opendental")
    found = match(headings, ANSWERED, chunk).system
    assert found is not None
    chunk.frame.iloc[:, headings.index("AptStatus")] = code

    asked = found.actions(chunk, ANSWERED)

    assert asked is not None
    assert set(asked.tolist()) == {"cancel"}


def test_open_words_are_those_that_nobody_explained() -> None:
    """The words to ask about are those of the status column that neither system nor profile knows."""
    headings, chunk = rows_of("dentrix")
    found = match(headings, ANSWERED, chunk).system
    assert found is not None
    translated = replace(ANSWERED, values={"action": {"hold": "upsert"}})

    assert found.open_words(chunk, ANSWERED) == {headings.index("Status"): ("Hold",)}
    assert found.open_words(chunk, translated) == {}
    assert lines(str(SAMPLES / "dentrix.csv"), translated)[2] == "upsert 2125550143 2027-03-19T13:30:00 D43 -"


def test_yes_of_the_profile_is_no_word_of_a_flag() -> None:
    """A profile's translation of yes and no never turns a flag of a known system round."""
    profile = replace(ANSWERED, values={"action": {"true": "upsert", "Yes": "no_show"}})

    assert [row["action"] for row in checked(str(SAMPLES / "calendly.csv"), profile)] == [
        "upsert", "cancel", "upsert", "upsert",
    ]  # fmt: skip


def test_order_of_dates_gives_way_to_proof(tmp_path: Path) -> None:
    """A system's order of dates is used only where the dates themselves prove no other."""
    head = ",".join(headings_of("smsuite"))
    path = tmp_path / "feed.csv"
    path.write_text(
        f"{head}\n12125550141,1,Mia,Stone,,,,03/08/2027,13:30,,\n12125550142,1,Bo,Kim,,,,03/19/2027,13:30,,\n"
    )

    assert [text.split()[2] for text in lines(str(path), ANSWERED)] == ["2027-03-08T13:30:00", "2027-03-19T13:30:00"]


def test_renamed_columns_are_told_apart_by_their_cells() -> None:
    """Where the telephone of a known export has another heading, its cells are looked at as in any sheet."""
    headings, chunk = rows_of("vagaro")
    renamed = ["Handy" if heading == "Phone" else heading for heading in headings]
    found = match(renamed, ANSWERED, chunk)

    assert found.system is not None
    assert found.fields["phone"] == renamed.index("Handy")


VERSIONS: Final = sorted(
    {
        (name, old, new.strip())
        for name in exports.names()
        for told in (
            *(one for found in export(name).columns.values() for one in found),
            *export(name).signature.telling,
        )
        for old in headings_of(name)
        for new in told.split("|")
        if "|" in told and old.strip() in [each.strip() for each in told.split("|")] and old.strip() != new.strip()
    }
)


@pytest.mark.parametrize(("name", "old", "new"), VERSIONS)
def test_another_version_of_an_export_is_the_same_system(name: str, old: str, new: str) -> None:
    """Where a system's other version calls a column otherwise, the export is recognized and the column stands for the same."""
    headings, chunk = rows_of(name)
    before = match(headings, ANSWERED, chunk)
    after = match([new if heading == old else heading for heading in headings], ANSWERED, chunk)

    assert after.system is not None
    assert after.system.name == name
    assert dict(after.fields) == dict(before.fields)


def test_cells_that_contradict_a_known_column_go_before_it() -> None:
    """A known column whose cells all contradict it is not taken where another column fits."""
    headings, chunk = rows_of("setmore")
    chunk.frame[headings.index("Phone")] = "home"
    found = match([*headings, "Cell"], ANSWERED, Chunk(chunk.frame.assign(cell="2125550149")))

    assert found.fields["phone"] == len(headings)


@pytest.mark.parametrize(
    ("times", "right"),
    [
        ("930 1330", ["09:30:00", "13:30:00"]),
        ("930 0900", ["09:30:00", "09:00:00"]),
        ("930 1000", [None, "10:00:00"]),
        ("930 230", [None, None]),
        ("930 1:30PM", [None, "13:30:00"]),
        ("975 1330", [None, "13:30:00"]),
    ],
)
def test_times_of_three_digits(tmp_path: Path, times: str, right: list[str | None]) -> None:
    """930 is half past nine only where the whole column is written so, and some time of it proves 24 hours."""
    path = tmp_path / "list.csv"
    rows = "".join(f"B{at},212555014{at},2027-03-08,{text}\n" for at, text in enumerate(times.split()))
    path.write_text(f"Booking ID,Phone,Appt Date,Appt Time\n{rows}", encoding="utf-8")
    found = [row["payload"].get("eventDateTime", "T").partition("T")[2] or None for row in checked(str(path), ANSWERED)]

    assert found == right


def test_start_of_digits_with_a_blank(tmp_path: Path) -> None:
    """A start written as 20270308 133000 is read, so that an export with an added phone column is whole."""
    path = tmp_path / "report.csv"
    head = ",".join([*headings_of("webchart"), "patient.Cell Phone"])
    path.write_text(
        f"{head}\nMR,41,12,20270308 133000,20270308 140000,1800,OFFICE,Check-up,0,1,2125550141\n", encoding="utf-8"
    )

    assert lines(str(path), ANSWERED) == ("upsert 2125550141 2027-03-08T13:30:00 * -",)


def test_heading_of_the_profile_that_is_gone_is_named() -> None:
    """A heading that the profile names and the sheet lost is named: in the refusal where it is needed, else in a note."""
    profile = replace(ANSWERED, columns={"Handy": "phone", "Vorname": "firstName"})
    chunk = Chunk(pd.DataFrame([["B1", "2027-03-08 13:30"]], dtype=object, index=[2]))
    with pytest.raises(FileRefused, match='The profile names "Handy" for phone, and the sheet has no such heading'):
        match(["Booking ID", "Start"], profile, chunk).require(first=chunk)

    whole = match(["Booking ID", "Start", "Handy"], profile)
    assert whole.notes() == (
        'The profile names the heading "Vorname" for firstName, and the sheet has no such heading.',
    )


def test_lines_of_an_explanation_answer_what_is_asked() -> None:
    """The lines that `importer columns` prints name the export's own types, and once filled in, the file is read."""
    headings, chunk = rows_of("calendly")
    told = explain(headings, Profile(name="clinic"), chunk).profile_lines
    table = tomllib.loads(told)["profile"]["clinic"]

    assert table.pop("columns") == {}
    assert table == {"zone": "America/New_York", "start_clock": "account", "event_types": {"Check-up": "UUID"}}
    answered = replace(ANSWERED, start_clock="account", event_types={"Check-up": EventType(UUID)}, event_type=None)
    match(headings, answered, chunk).require(first=chunk)


def test_explanation_names_the_system() -> None:
    """`importer columns` tells the system, and which columns are its own."""
    headings, chunk = rows_of("acuity")
    told = explain(headings, ANSWERED, chunk)

    assert told.said == "This looks like an Acuity Scheduling export."
    assert told.system == "acuity"
    assert told.headings[headings.index("Date Scheduled")].fate == "passed over"
    assert told.headings[0].fate == "system"
    assert told.settled


def test_own_report_of_an_export_is_the_same_export() -> None:
    """Our report of an export is recognized as its sheet was."""
    from importer.model.statuses import RESULT_COLUMNS

    headings, chunk = rows_of("fresha")
    results = dict.fromkeys(RESULT_COLUMNS, "")
    found = match([*headings, *results], ANSWERED, Chunk(chunk.frame.assign(**results)))

    assert found.system is not None
    assert found.fields["time"] == headings.index("Scheduled time")


def test_report_of_an_export_and_another_sheet_is_refused() -> None:
    """A report of a known system's export beside another sheet is not read as if all rows were the system's."""
    from importer.model.statuses import RESULT_COLUMNS

    headings = [*headings_of("fresha"), "Cell phone", *RESULT_COLUMNS]
    with pytest.raises(FileRefused) as caught:
        match(headings, ANSWERED)

    assert caught.value.code == "system_unclear"


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"signature": {"telling": ["A", "B", "C"], "least": 4}},
        {"columns": {"telephone": ["Phone"]}},
        {"clock": "customer"},
        {"passed_over": ["Mobile"]},
        {"status": [{"heading": "Status", "stands": ["on"], "cancelled": ["On"]}]},
        {"lacks": {"phone": "no"}},
    ],
    ids=json.dumps,
)
def test_slip_in_the_file_of_a_system_is_found(change: dict[str, Any]) -> None:
    """An unknown key, an unreachable signature, a heading with two meanings: the file is not valid."""
    whole = tomllib.loads(exports.text("fresha"))
    Export.model_validate(whole)
    with pytest.raises(ValueError, match="validation error"):
        Export.model_validate(whole | change)


def test_heads_are_read_without_the_rest() -> None:
    """Every file's head stands above its columns, so that recognizing reads no more."""
    for name in exports.names():
        head = tomllib.loads(exports.text(name).partition("\n[columns]\n")[0])
        assert {"title", "signature"} <= set(head)
