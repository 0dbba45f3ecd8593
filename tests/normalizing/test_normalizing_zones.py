"""Zones: the canonical IANA name of whatever surely names one zone."""

from __future__ import annotations

import zoneinfo

import pandas as pd
import pytest
from tzlocal.windows_tz import win_tz

from importer.model.issues import Issue
from importer.model.profile import Profile
from importer.model.times import zone
from importer.normalizing import normalize, tzdata_version
from importer.normalizing.time_zones import (
    ABBREVIATIONS,
    AMBIGUOUS,
    MOST_SUGGESTIONS,
    NICKNAMES,
    canonical_names,
    folded_zone,
    is_fixed,
    parse_zone,
    read_zones,
    shows_other_time,
)
from importer.normalizing.value_reading import Reading, object_array, reading_of


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


OWN = {folded_zone(name) for name in (*NICKNAMES, *ABBREVIATIONS, *AMBIGUOUS)}


@pytest.mark.parametrize("change", [str, str.upper, str.lower, lambda name: name.replace("_", " ")])
def test_reads_every_name_of_the_database(change: type[str]) -> None:
    """All names and links of tzdata, in any case and with blanks for underscores, come out canonical."""
    names = {name: canonical for name, canonical in canonical_names().items() if folded_zone(name) not in OWN}

    read = {name: reading_of(parse_zone, change(name)).value for name in names}

    assert len(names) > 590
    assert read == names


def test_canonical_names_are_zones_with_the_same_clocks() -> None:
    """A link and its canonical name never differ today: the database says so, and the standard library agrees."""
    january, july = pd.Timestamp("2027-01-15T12:00"), pd.Timestamp("2027-07-15T12:00")
    wrong = [
        name
        for name, canonical in canonical_names().items()
        for moment in (january, july)
        if zone(name).utcoffset(moment) != zone(canonical).utcoffset(moment)
    ]

    assert wrong == []


def test_knows_as_many_names_as_the_database() -> None:
    """The names read from the database's source are those of its list."""
    available = {name for name in zoneinfo.available_timezones() if not name.startswith(("posix", "right", "local"))}

    assert available - set(canonical_names()) <= {"Factory", "SystemV"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US/Eastern", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Oslo", "Europe/Berlin"),
        ("America\\New_York", "America/New_York"),
        (" america/new york ", "America/New_York"),
        ("EST5EDT", "EST5EDT"),
        ("ET", "America/New_York"),
        ("eastern", "America/New_York"),
        ("Eastern Time", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(GMT-07:00) Arizona", "America/Phoenix"),
        ("CT", "America/Chicago"),
        ("Mountain", "America/Denver"),
        ("Pacific Time", "America/Los_Angeles"),
        ("Phoenix", "America/Phoenix"),
        ("Alaska", "America/Anchorage"),
        ("Hawaii", "Pacific/Honolulu"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("pacific standard time", "America/Los_Angeles"),
        ("US Mountain Standard Time", "America/Phoenix"),
        ("India Standard Time", "Asia/Kolkata"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT Standard Time", "Europe/London"),
    ],
)
def test_reads_names_of_zones(text: str, expected: str) -> None:
    """IANA names, links, Windows names and our nicknames come out as one canonical name, without a remark."""
    assert parse_zone(text) == Reading(expected)


@pytest.mark.parametrize("name", sorted(win_tz))
def test_reads_every_windows_name(name: str) -> None:
    """A Windows name means its default zone."""
    assert parse_zone(name).value == canonical_names()[win_tz[name]]


@pytest.mark.parametrize(
    ("text", "expected", "code"),
    [
        ("EST", "America/New_York", "zone_abbreviation"),
        ("edt", "America/New_York", "zone_abbreviation"),
        ("CST", "America/Chicago", "zone_abbreviation"),
        ("MDT", "America/Denver", "zone_abbreviation"),
        ("PDT", "America/Los_Angeles", "zone_abbreviation"),
        ("HST", "Pacific/Honolulu", "zone_abbreviation"),
        ("Pacific Daylight Time", "America/Los_Angeles", "zone_abbreviation"),
        ("Etc/GMT+5", "Etc/GMT+5", "zone_fixed"),
        ("UTC", "Etc/UTC", "zone_fixed"),
        ("Zulu", "Etc/UTC", "zone_fixed"),
        ("GMT", "Etc/GMT", "zone_fixed"),
        ("UTC-09", "Etc/GMT+9", "zone_fixed"),
    ],
)
def test_warns_about_abbreviations_and_mere_offsets(text: str, expected: str, code: str) -> None:
    """An abbreviation means the place's zone, never the fixed one of that name; a zone without a place is worth a look."""
    assert parse_zone(text) == Reading(expected, (Issue(code, detail=expected),))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MST", "zone_ambiguous"),
        ("mst", "zone_ambiguous"),
        ("UTC-5", "zone_offset"),
        ("UTC+25", "zone_offset"),
        ("GMT-5", "zone_offset"),
        ("+05:00", "zone_offset"),
        ("-0500", "zone_offset"),
        ("\u22125", "zone_offset"),
        ("(UTC-05:00) Pacific Time (US & Canada)", "zone_contradicts"),
        ("(UTC-05:00)", "zone_unknown"),
        ("America", "zone_unknown"),
        ("America/", "zone_unknown"),
        ("America/New_York\x00", "zone_unknown"),
        ("../../etc/passwd", "zone_unknown"),
        ("/usr/share/zoneinfo/UTC", "zone_unknown"),
        ("posix/America/New_York", "zone_unknown"),
        ("right/UTC", "zone_unknown"),
        ("iso3166.tab", "zone_unknown"),
        ("tzdata.zi", "zone_unknown"),
        ("zone1970.tab", "zone_unknown"),
        ("leapseconds", "zone_unknown"),
        ("__init__.py", "zone_unknown"),
        ("Factory", "zone_unknown"),
        ("localtime", "zone_unknown"),
        ("IST", "zone_unknown"),
        ("BST", "zone_unknown"),
        ("0", "zone_unknown"),
        ("TRUE", "zone_unknown"),
        ("x" * 5000, "zone_unknown"),
    ],
)
def test_refuses_with_its_own_reason(text: str, code: str) -> None:
    """What does not surely name one zone stays as typed; nothing of it is opened as a file."""
    reading = reading_of(parse_zone, text)

    assert (reading.value, codes(reading)) == (text, [code])


def test_nicknames_are_american() -> None:
    """Elsewhere ``EST`` and ``Eastern`` mean other zones, so they are not taken for the American ones."""
    assert codes(reading_of(lambda text: parse_zone(text, region="AU"), "Eastern")) == ["zone_ambiguous"]
    assert parse_zone("Australia/Sydney", region="AU") == Reading("Australia/Sydney")


def test_the_profile_s_names_go_first() -> None:
    """A clinic may settle what its own words mean, also those that we would read otherwise."""
    aliases = {"MST": "America/Phoenix", "Head office": "Eastern", "EST": "America/Panama"}

    assert parse_zone("mst", aliases) == Reading("America/Phoenix")
    assert parse_zone(" head OFFICE ", aliases) == Reading("America/New_York")
    assert parse_zone("EST", aliases) == Reading("America/Panama")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("America/New_Yrok", "America/New_York"),
        ("Amercia/Chicago", "America/Chicago"),
        ("Chicgo", "America/Chicago"),
        ("Europe/Londn", "Europe/London"),
    ],
)
def test_suggests_near_names(text: str, name: str) -> None:
    """A slip of the finger is answered with the name that was probably meant, and is still a problem."""
    typed = pd.DataFrame({"subscriberTimeZone": [text]}, dtype=object)

    (finding,) = normalize(typed, Profile()).reasons

    assert finding.code == "zone_unknown"
    assert name in finding.details[0]


def test_a_column_of_nonsense_costs_few_suggestions() -> None:
    """Only the first unknown names of a chunk are compared with all others."""
    column = read_zones(object_array(f"America/New_York{number}" for number in range(3 * MOST_SUGGESTIONS)))

    (finding,) = column.findings

    assert len(finding.positions) == 3 * MOST_SUGGESTIONS
    assert sum(detail != "" for detail in finding.details) == MOST_SUGGESTIONS


def test_own_names_mean_canonical_zones() -> None:
    """Every zone of our table is a canonical one that follows a place's clocks."""
    zones = set(NICKNAMES.values()) | set(ABBREVIATIONS.values())

    assert all(canonical_names()[name] == name and not is_fixed(name) for name in zones)


def test_tells_the_release_of_the_database() -> None:
    """The report can say with which rules of time it was made."""
    assert tzdata_version()[:4].isdigit()


@pytest.mark.parametrize("region", ["AU", "NZ", "GB", "DE", "BR", "ZA", "MX"])
@pytest.mark.parametrize(
    "name",
    ["EST", "est", "CST", "HST", "MST", "PDT", "Central Standard Time", "eastern  daylight time", "Pacific Time"],
)
def test_american_names_mean_no_zone_elsewhere(name: str, region: str) -> None:
    """Outside America neither tzdata's EST nor Windows' Central Standard Time is taken for the place's own."""
    assert codes(reading_of(lambda text: parse_zone(text, region=region), name)) == ["zone_ambiguous"]


@pytest.mark.parametrize(
    ("name", "region", "zone_name"),
    [
        ("(UTC-05:00) Eastern Time (US & Canada)", "AU", "America/New_York"),
        ("(UTC-06:00) Central Standard Time", "GB", "America/Chicago"),
        ("AUS Eastern Standard Time", "AU", "Australia/Sydney"),
        ("E. Australia Standard Time", "AU", "Australia/Brisbane"),
        ("New Zealand Standard Time", "NZ", "Pacific/Auckland"),
        ("US/Eastern", "AU", "America/New_York"),
        ("Eastern Standard Time", "CA", "America/New_York"),
        ("Atlantic Standard Time", "CA", "America/Halifax"),
    ],
)
def test_what_names_its_place_means_it_everywhere(name: str, region: str, zone_name: str) -> None:
    """An offset in front, or a place in the name, settles which zone is meant."""
    assert parse_zone(name, region=region).value == zone_name


@pytest.mark.parametrize(
    ("name", "region", "code"),
    [
        ("(UTC+10:00) Eastern Standard Time", "AU", "zone_contradicts"),
        ("Atlantic Standard Time", "PR", "zone_ambiguous"),
        ("Atlantic Standard Time", "VI", "zone_ambiguous"),
    ],
)
def test_what_contradicts_its_place_is_refused(name: str, region: str, code: str) -> None:
    """An offset that the American zone does not have, and Halifax's name on an island that keeps its clocks."""
    assert codes(reading_of(lambda text: parse_zone(text, region=region), name)) == [code]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AEDT", "Did you mean Australia/Sydney?"),
        ("AEST", "Did you mean Australia/Sydney or Australia/Brisbane?"),
        ("AWST", "Did you mean Australia/Perth?"),
        ("SAST", "Did you mean Africa/Johannesburg?"),
        ("CEST", "Did you mean Europe/Berlin or Europe/Paris?"),
        ("sast", "Did you mean Africa/Johannesburg?"),
        ("NDT", "Did you mean America/St_Johns?"),
        ("XQT", ""),
        ("EWST", ""),
        ("Amrica/Denver", "Did you mean America/Denver?"),
    ],
)
def test_abbreviations_are_looked_up(name: str, hint: str) -> None:
    """The hint for an abbreviation is a zone of that place or none; likeness of letters is for longer names."""
    (finding,) = read_zones(object_array([name])).findings
    details = [finding.details] if isinstance(finding.details, str) else finding.details.tolist()

    assert details[0].startswith(hint)
    assert bool(details[0]) == bool(hint)


@pytest.mark.parametrize(
    ("offset", "name", "start", "other"),
    [
        ("+01:00", "Europe/Dublin", "2027-01-10T09:00:00", True),
        ("+00:00", "Europe/Dublin", "2027-01-10T09:00:00", False),
        ("+01:00", "Europe/Dublin", "2027-07-10T09:00:00", False),
        ("+00:00", "Europe/Dublin", "2027-07-10T09:00:00", False),
        ("+00:00", "Europe/London", "2027-07-10T09:00:00", False),
        ("-04:00", "America/New_York", "2027-01-10T09:00:00", True),
        ("-05:00", "America/New_York", "2027-07-10T09:00:00", False),
        ("+10:00", "Australia/Sydney", "2027-01-10T09:00:00", False),
        ("+11:00", "Australia/Sydney", "2027-07-10T09:00:00", True),
    ],
)
def test_an_offset_shows_another_time(offset: str, name: str, start: str, *, other: bool) -> None:
    """An offset shows another time unless it is the zone's at that start, or that of its winter, which programs keep all year."""
    assert shows_other_time(offset, name, start, "US") is other
