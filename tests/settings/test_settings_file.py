"""The messages of importer.toml: file, line, what was found, what was meant."""

from __future__ import annotations

import dataclasses
from datetime import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.model.profile import EventType, Location, Profile
from importer.model.sending_window import SendingWindow
from importer.settings import load
from importer.settings.file import line_of
from importer.settings.profiles import MEANINGS_OF_KEYS, ProfileShape, duration

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
rate = 50

[profile.downtown]
action = "upsert"
region = "us"
phone_form = "e164"
allow_unassigned_phones = true
zone = "America/New_York"
event_type = "Check-up"
date_order = "mdy"
two_digit_years = true
duration_unit = "minutes"
duration_units = { followUpTimeOffset = "hours" }
remind_time_offset = "P1D"
follow_up_time_offset = "PT90M"
send_eligible_subscribers_only = false
derive_external_ids = false
refuse_ambiguous_times = true
allow_past = true
horizon_days = 400
night_from_hour = 22
night_to_hour = 7
snapshot = "Today..+60d"
snapshot_locations = ["Main St."]
cancel_missing = true
guard_count = 20
guard_share_percent = 5
rows_tolerance_percent = 30
blanks_tolerance_percent = 15
families_share_phones = true
window = { from = "8:00", to = "21:30" }
metadata = { brand = "Smile" }

[profile.downtown.columns]
"Pt Mobile" = "phone"
"Where" = "metadata.eventLocation"
"Notes" = ""

[profile.downtown.values.action]
"Booked by phone" = "create"

[profile.downtown.zones]
"Eastern (clinic)" = "America/New_York"

[profile.downtown.locations."Main St."]
zone = "America/Chicago"
metadata = { eventLocation = "12 Main St." }

[profile.downtown.event_types]
"Check-up" = "6c52d314"
Cleaning = { uuid = "7d52", metadata = ["eventLocation"] }
"""


def profile(folder: Path, toml: str, name: str = "downtown", **options: str) -> Profile:
    (folder / "importer.toml").write_text(toml, encoding="utf-8")
    return load({"profile": name, **options}, config=folder / "importer.toml", environ={}, folder=folder)[1]


def refusal(folder: Path, toml: str, name: str = "downtown") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        profile(folder, toml, name)
    return caught.value


def test_profile_is_read_whole(tmp_path: Path) -> None:
    """Every key of a profile's table arrives in the Profile."""
    expected = Profile(
        name="downtown",
        columns={"Pt Mobile": "phone", "Where": "metadata.eventLocation", "Notes": ""},
        values={"action": {"Booked by phone": "create"}},
        action="upsert",
        region="US",
        phone_form="e164",
        allow_unassigned_phones=True,
        zone="America/New_York",
        zones={"Eastern (clinic)": "America/New_York"},
        locations={"Main St.": Location(zone="America/Chicago", metadata={"eventLocation": "12 Main St."})},
        event_type="Check-up",
        event_types={"Check-up": EventType("6c52d314"), "Cleaning": EventType("7d52", ("eventLocation",))},
        metadata={"brand": "Smile"},
        date_order="mdy",
        two_digit_years=True,
        duration_unit="minutes",
        duration_units={"followUpTimeOffset": "hours"},
        remind_time_offset="PT24H",
        follow_up_time_offset="PT1H30M",
        send_eligible_subscribers_only=False,
        derive_external_ids=False,
        refuse_ambiguous_times=True,
        allow_past=True,
        horizon_days=400,
        night_from_hour=22,
        night_to_hour=7,
        snapshot="today..+60d",
        snapshot_locations=("Main St.",),
        cancel_missing=True,
        guard_count=20,
        guard_share_percent=5,
        rows_tolerance_percent=30,
        blanks_tolerance_percent=15,
        families_share_phones=True,
        window=SendingWindow(time(8), time(21, 30), home="America/New_York"),
        declared=True,
    )

    assert profile(tmp_path, FULL) == expected


def test_profile_table_has_every_key_of_the_profile() -> None:
    """What a profile can hold, importer.toml can say."""
    assert set(MEANINGS_OF_KEYS) == set(ProfileShape.model_fields)
    assert set(ProfileShape.model_fields) == {field.name for field in dataclasses.fields(Profile)} - {
        "name",
        "declared",
    }


def test_empty_profile_has_the_defaults(tmp_path: Path) -> None:
    """A table that says nothing changes nothing, but that the profile is a declared one."""
    assert profile(tmp_path, "[profile.downtown]\n") == Profile(name="downtown", declared=True)


def test_profile_default_needs_no_file(tmp_path: Path) -> None:
    """Without importer.toml the default profile is made of defaults."""
    assert load({}, environ={}, folder=tmp_path, user_file=tmp_path / "absent")[1] == Profile()


def test_action_of_option_goes_before_profile_before_top_of_file(tmp_path: Path) -> None:
    """--action is said for this one run; a profile knows its sheets better than the top of the file."""
    toml = 'action = "create"\n[profile.downtown]\naction = "cancel"\n[profile.plain]\n'

    assert profile(tmp_path, toml).action == "cancel"
    assert profile(tmp_path, toml, action="update").action == "update"
    assert profile(tmp_path, toml, name="plain").action == "create"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        pytest.param("raet = 5", 'line 1: "raet" is not a setting. Did you mean "rate"?', id="unknown-setting"),
        pytest.param("\nbase-url = 'x'", 'line 2: "base-url" is not a setting. Did you mean "base_url"?', id="hyphen"),
        pytest.param(
            "[profiles.downtown]", 'line 1: "profiles" is not a setting. Did you mean "profile"?', id="profiles"
        ),
        pytest.param("profile = 5", "line 1: profile wants a table", id="profile-not-table"),
        pytest.param("[profile]\ndowntown = 1", "line 1: profile wants a table", id="profile-of-number"),
        pytest.param("rate = ", "is not a TOML file", id="not-toml"),
        pytest.param("[profile.downtwon]", 'no profile "downtown". Did you mean "downtwon"?', id="unknown-profile"),
        pytest.param(
            "[profile.downtown]\nzoen = 'x'",
            'line 2: zoen: there is no "zoen" here. Did you mean "zone"?',
            id="unknown-key",
        ),
        pytest.param("[profile.downtown]\nzone = 'America/NewYork'", 'Did you mean "America/New_York"?', id="zone"),
        pytest.param("[profile.downtown]\nzone = 'America'", "an IANA time zone name", id="zone-that-is-a-folder"),
        pytest.param("[profile.downtown]\nzone = '../etc/passwd'", "an IANA time zone name", id="zone-that-climbs"),
        pytest.param(
            "[profile.downtown]\nhorizon_days = '5'",
            'line 2: horizon_days: "5" is not right, expected a whole number',
            id="type",
        ),
        pytest.param("[profile.downtown]\nhorizon_days = 0", "expected 1 or more", id="range"),
        pytest.param("[profile.downtown]\ndate_order = 'dym'", "expected 'dmy', 'mdy' or 'ymd'", id="choice"),
        pytest.param("[profile.downtown]\nremind_time_offset = 'P1M'", "an ISO 8601 duration", id="months"),
        pytest.param("[profile.downtown]\nremind_time_offset = 'PT0S'", "longer than nothing", id="zero-duration"),
        pytest.param("[profile.downtown]\nregion = 'USA'", "a country code of two letters", id="region"),
        pytest.param(
            "[profile.downtown.columns]\n'Pt' = 'fone'", 'line 2: columns.Pt: "fone" is not right', id="column"
        ),
        pytest.param("[profile.downtown.columns]\n'Pt' = 'metadata.'", "or metadata.NAME", id="metadata-without-name"),
        pytest.param("[profile.downtown.values.action]\n'Seen' = 'cancell'", "none", id="word-for-no-action"),
        pytest.param("[profile.downtown.values.phon]\n'a' = 'b'", "values.phon", id="values-of-no-field"),
        pytest.param("[profile.downtown.event_types]\nX = ' '", "line 2: event_types.X.uuid", id="event-type-blank"),
        pytest.param(
            "[profile.downtown]\nzone = 'UTC'\nevent_type = 'UUID'", "line 3: event_type", id="type-placeholder"
        ),
        pytest.param(
            "[profile.downtown]\nevent_type = 'Cleanin'\n[profile.downtown.event_types]\nCleaning = '7d52'",
            'line 2: event_type: "Cleanin" is not right',
            id="type-without-table",
        ),
        pytest.param(
            "[profile.downtown]\nevent_type = '6c52d314-a3ca-4781-ba70-XXXXXXXXXXXX'",
            "line 2: event_type",
            id="type-of-the-document",
        ),
        pytest.param(
            "[profile.downtown]\nevent_type = '00000000-0000-0000-0000-000000000000'",
            "line 2: event_type",
            id="type-of-zeros",
        ),
        *(
            pytest.param(f"[profile.downtown]\nevent_type = '{uuid}'", "line 2: event_type", id=f"made-up-{uuid[:9]}")
            for uuid in (
                "11111111-1111-1111-1111-111111111111",
                "{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}",
                "12345678-1234-1234-1234-123456789012",
            )
        ),
        pytest.param("[profile.downtown.event_types]\nX = 'uuid'", "line 2: event_types.X.uuid", id="uuid-placeholder"),
        pytest.param(
            "[profile.downtown.event_types]\nX = '00000000-0000-0000-0000-000000000000'",
            "line 2: event_types.X.uuid",
            id="uuid-zeros",
        ),
        pytest.param(
            "[profile.downtown.event_types]\nX = '<type-1>'", "line 2: event_types.X.uuid", id="uuid-brackets"
        ),
        pytest.param(
            "[profile.downtown.event_types]\nX = { metadata = [] }", "event_types.X.uuid", id="event-type-no-uuid"
        ),
        pytest.param("[profile.downtown.locations.Main]\nzones = 'x'", 'Did you mean "zone"?', id="location-key"),
    ],
)
def test_mistake_is_named_with_its_place(tmp_path: Path, toml: str, says: str) -> None:
    """Each mistake in the file is one sentence with the line and, on a near miss, the right word."""
    error = refusal(tmp_path, toml)

    assert says in str(error)
    assert "importer.toml" in str(error)
    assert error.fix
    assert error.exit_code == 2


@pytest.mark.parametrize(
    "toml",
    [
        "# a line\nrate = 0x" + "f" * 5_000,
        "# a line\nrate = " + "9" * 5_000,
        f"# a line\nrate = {2**63}",
        f"# a line\nconcurrency = -{2**63 + 1}",
        "[profile.x]\nhorizon_days = 0b1" + "0" * 20_000,
        "[profile.x.values]\nStatus = { a = 0x" + "f" * 5_000 + " }",
        "[drop.x]\nmax_mb = [[0x" + "f" * 5_000 + "]]",
        "[profile.x]\nmetadata = [[{ a = 99999999999999999999 }]]",
    ],
    ids=["hex", "decimal", "just-too-long", "negative", "profile", "table", "list", "list-of-tables"],
)
def test_a_number_of_more_than_64_bits_is_refused_with_its_line(tmp_path: Path, toml: str) -> None:
    """It can be of any length and stand anywhere: nothing prints, compares or hashes it before it is refused."""
    error = refusal(tmp_path, toml)

    assert "importer.toml, line 2: a number is too long" in str(error)
    assert len(str(error)) < 300
    assert error.exit_code == 2


@pytest.mark.parametrize("kind", ["profile", "drop", "tenant"])
@pytest.mark.parametrize("name", ["a\\n  all is well", "a\\r", "\\u0000", " ", "a\\u001b[2J"])
def test_a_table_whose_name_is_no_line_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    """Its name is printed in lists and sentences, where a line end would begin a line that is not ours."""
    error = refusal(tmp_path, f'[{kind}."{name}"]\n')

    assert f"cannot be the name of a {kind}" in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("line", ['columns = { "a\\nb" = 5 }', '"a\\nb" = 5', 'region = "a\\nb"'])
def test_what_has_a_line_end_is_quoted_on_one_line(tmp_path: Path, line: str) -> None:
    """A heading may well have one; what is wrong about it is told in one line all the same."""
    assert "\n" not in str(refusal(tmp_path, f"[profile.x]\n{line}\n"))


def test_all_mistakes_of_a_profile_come_at_once(tmp_path: Path) -> None:
    """A person corrects a table once, not once for each mistake; the sentences stand in the order of the lines."""
    sentences = str(refusal(tmp_path, "[profile.downtown]\nzoen = 'x'\nregion = 'USA'\naction = 'go'\n")).splitlines()

    assert [sentence.split(": ")[1] for sentence in sentences] == ["zoen", "region", "action"]


@pytest.mark.parametrize("name", ["token", "api_key", "TOKEN"])
def test_token_in_the_file_is_refused_unseen(tmp_path: Path, name: str) -> None:
    """A token that stands in importer.toml is refused, and the message does not repeat it."""
    error = refusal(tmp_path, f'{name} = "s3cr3t"\n')

    assert "must not stand in the settings file" in str(error)
    assert "s3cr3t" not in str(error) + error.fix


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A file in another encoding gets a sentence, not a traceback."""
    (tmp_path / "importer.toml").write_bytes(b"zone = '\xff'")
    with pytest.raises(SettingsError, match="is not UTF-8"):
        load({}, environ={}, folder=tmp_path)


def test_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    """Windows editors may put a byte order mark first."""
    (tmp_path / "importer.toml").write_bytes(b"\xef\xbb\xbfrate = 7\n")

    assert load({}, config="importer.toml", environ={}, folder=tmp_path)[0].rate == 7.0


def test_line_is_found_by_table_and_key() -> None:
    """Lines are told for keys in tables, dotted keys and quoted keys; the nearest one where the key itself is not seen."""
    lines = FULL.splitlines()
    assert lines[line_of(FULL, ("profile", "downtown", "columns", "Pt Mobile")) - 1].startswith('"Pt Mobile"')
    assert lines[line_of(FULL, ("profile", "downtown", "locations", "Main St.", "zone")) - 1].startswith("zone = ")
    assert lines[line_of(FULL, ("profile", "downtown", "event_types", "Cleaning", "metadata")) - 1].startswith(
        "Cleaning"
    )
    assert line_of("a.b = 1", ("a", "b")) == 1
    assert line_of("a = 1", ("z",)) is None


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=4))
def test_line_search_never_fails(text: str, keys: list[str]) -> None:
    """Looking for a line never stands in the way of the message."""
    found = line_of(text, keys)

    assert found is None or 1 <= found <= len(text.splitlines())


@given(st.integers(0, 30), st.integers(0, 99), st.integers(0, 999), st.integers(0, 9999))
def test_durations_keep_their_length(days: int, hours: int, minutes: int, seconds: int) -> None:
    """The normal form of a duration is as long as what was written, and its own normal form."""
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if total:
        normal = duration(f"P{days}DT{hours}H{minutes}M{seconds}S")
        assert duration(normal) == normal
        assert duration(f"PT{total}S") == normal
