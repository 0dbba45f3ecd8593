"""Calendars: events as rows, zones by their definitions, and nothing that a calendar says can hold the program."""

from __future__ import annotations

import random
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import icalendar
import pytest
from long_form import longer
from processor_time import processor_s

from importer.errors import FileRefused
from importer.reading.limits import Limits
from importer.reading.records.calendar_events import calendar_grid, labelled, plain
from importer.reading.records.calendar_zones import Definition, contradicts, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.reading.records.record_grid import Record

SHAPES: Final = Path(__file__).parents[1] / "commands" / "public_shapes" / "calendars"
NEW_YORK: Final = {
    "DAYLIGHT": {"DTSTART": ["20070311T020000"], "RRULE": ["FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"], "TZOFFSETFROM": ["-0500"], "TZOFFSETTO": ["-0400"]},
    "STANDARD": {"DTSTART": ["20071104T020000"], "RRULE": ["FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"], "TZOFFSETFROM": ["-0400"], "TZOFFSETTO": ["-0500"]},
}  # fmt: skip


def event(*lines: str, before: str = "") -> bytes:
    """Return a calendar of one event."""
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", *filter(None, before.split("\n")), "BEGIN:VEVENT", *lines]
    return "\r\n".join([*whole, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def records(content: bytes, limits: Limits = Limits()) -> list[Record]:  # noqa: B008  # frozen
    return list(calendar_grid(BytesIO(content), limits, "utf-8").records())


def one(*lines: str, before: str = "") -> Record:
    (found,) = records(event("UID:a", *lines, before=before))
    return found


def definition(parts: dict[str, dict[str, list[str]]], **changes: dict[str, list[str]]) -> Definition:
    made = Definition()
    for name, properties in parts.items():
        made.add(properties | changes.get(name, {}))
    return made


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (("DTSTART:20270308T183000Z",), {"DTSTART": "2027-03-08T18:30:00Z", "TZID": ""}),
        (("DTSTART:20270308T133000",), {"DTSTART": "2027-03-08T13:30:00"}),
        (("DTSTART;TZID=America/New_York:20270308T133000",), {"DTSTART": "2027-03-08T13:30:00", "TZID": "America/New_York"}),
        (("DTSTART;VALUE=DATE:20270308",), {"DTSTART": "2027-03-08"}),
        (("DTSTART:20271308T133000",), {"DTSTART": "20271308T133000"}),
        (("DTSTART:tomorrow",), {"DTSTART": "tomorrow"}),
        (("dtstart:20270308T133000",), {"DTSTART": "2027-03-08T13:30:00"}),
        (("SUMMARY:a\\, b\\; c\\\\d\\ne",), {"SUMMARY": "a, b; c\\d\ne"}),
        (("SUMMARY;LANGUAGE=en:Visit: 4",), {"SUMMARY": "Visit: 4"}),
        (("SUMMARY:Vi", " sit"), {"SUMMARY": "Visit"}),
        (('ATTENDEE;CN="Stone: Mia":tel:+12125550141',), {"ATTENDEE tel": "+12125550141"}),
        (("ATTENDEE;CN=Mia:MAILTO:mia@example.com?subject=x",), {"ATTENDEE email": "mia@example.com"}),
        (("ATTENDEE;CUTYPE=ROOM:tel:+12125550199",), {}),
        (("X-PHONE:tel:+12125550141",), {"X-PHONE": "+12125550141"}),
        (("CATEGORIES:Check-up,New", "CATEGORIES:Blue"), {"CATEGORIES": "Check-up,New | Blue"}),
        (("DESCRIPTION:Phone: 1\\nhttps://x\\nSee you at 10:30",), {"DESCRIPTION: Phone": "1", "DESCRIPTION: See you at 10": "30"}),
        (("DESCRIPTION:<p>Phone:&nbsp;212<br/>Name: A &amp; B</p>",), {"DESCRIPTION: Phone": "212", "DESCRIPTION: Name": "A & B"}),
    ],
)  # fmt: skip
def test_properties_become_cells(lines: tuple[str, ...], cells: dict[str, str]) -> None:
    """Each property is its own column: starts in ISO form, texts without escapes and folds, attendees by their addresses."""
    found = one(*lines)

    assert found.flaws == []
    assert {name: text for name, text in found.cells.items() if name not in {"UID", "DESCRIPTION"}} == cells


@pytest.mark.parametrize(
    ("lines", "flaw"),
    [
        (("UID:b",), ("UID", "name_repeated", "a | b")),
        (("X-A:1", "X-A:2", "X-A:3"), ("X-A", "name_repeated", "1 | 2 | 3")),
        (("ATTENDEE:tel:1", "ATTENDEE:tel:2"), ("ATTENDEE tel", "name_repeated", "1 | 2")),
        (("DESCRIPTION:Phone: 1\\nphone: 2",), ("DESCRIPTION: Phone", "name_repeated", "1 | 2")),
        (("RRULE:FREQ=DAILY",), (None, "event_repeats", "RRULE:FREQ=DAILY")),
        (("RECURRENCE-ID:20270308T183000Z",), (None, "event_repeats", "RECURRENCE-ID:20270308T183000Z")),
        (("DESCRIPTION:line one", "line two without a fold"), (None, "record_unreadable", "line two without a fold")),
    ],
)
def test_what_is_not_certain_is_told(lines: tuple[str, ...], flaw: tuple[Any, ...]) -> None:
    """A value with two readings, a series, and a line that is none are flaws; none of them is guessed."""
    assert one("DTSTART:20270308T183000Z", *lines).flaws == [flaw]


@pytest.mark.parametrize(
    ("name", "place", "zone"),
    [
        ("America/New_York", "", "America/New_York"),
        ("/mozilla.org/20050126_1/America/New_York", "", "America/New_York"),
        ("/softwarestudio.org/Olson_20011030_5/America/Argentina/Buenos_Aires", "", "America/Argentina/Buenos_Aires"),
        ("Zone 1", "America/New_York", "America/New_York"),
        ("Zone 1", "Nowhere/Land", "Zone 1"),
        ("Eastern Standard Time", "", "Eastern Standard Time"),
        ("Company/EST", "", "Company/EST"),
        ("Customized Time Zone", "", "Customized Time Zone"),
    ],
)
def test_zone_by_its_name(name: str, place: str, zone: str) -> None:
    """A name is the zone that it is, that its definition names, or that it ends in; any other stays as it is."""
    assert zone_of(name, {name: Definition(place=place)}) == zone


@pytest.mark.parametrize(
    ("local", "seconds"),
    [
        ("2027-03-14T01:59:59", -18000),
        ("2027-03-14T03:00:00", -14400),
        ("2027-07-01T12:00:00", -14400),
        ("2027-11-07T00:59:59", -14400),
        ("2027-11-07T02:00:00", -18000),
        ("2028-01-01T00:00:00", -18000),
        ("2001-07-01T00:00:00", -18000),
    ],
)
def test_clocks_by_a_definition(local: str, seconds: int) -> None:
    """A definition tells the distance from UTC on both sides of each change, in each year, and before its first."""
    assert definition(NEW_YORK).offset_at(datetime.fromisoformat(local)) == seconds


@pytest.mark.parametrize(
    ("rule", "zone", "local", "said"),
    [
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "America/New_York", "2027-03-22T09:00:00", False),
        ("FREQ=YEARLY;BYDAY=2SU;BYMONTH=3;INTERVAL=1", "America/New_York", "2027-03-22T09:00:00", False),
        (
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU",
            "America/New_York",
            "2027-03-22T09:00:00",
            False,
        ),
        ("FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "America/New_York", "2027-03-22T09:00:00", True),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU;UNTIL=20200101T000000Z", "America/New_York", "2027-03-22T09:00:00", True),
        ("FREQ=DAILY", "America/New_York", "2027-03-22T09:00:00", True),
        ("FREQ=SECONDLY;COUNT=1000000000", "America/New_York", "2027-03-22T09:00:00", True),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "Eastern Standard Time", "2027-03-22T09:00:00", False),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "America/Chicago", "2027-03-22T09:00:00", True),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "Customized Time Zone", "2027-03-22T09:00:00", False),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "America/New_York", "2027-03-14T02:30:00", False),
    ],
)
def test_definition_against_the_zone(rule: str, zone: str, local: str, said: bool) -> None:  # the answer
    """A definition whose clocks are others than the zone's, or cannot be followed, contradicts it; an unknown zone has none."""
    made = definition(NEW_YORK, DAYLIGHT={"RRULE": [rule]})

    found = contradicts(made, zone, datetime.fromisoformat(local), {"Eastern Standard Time": "America/New_York"})

    assert found is said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Phone: (212) 555-0141", [("Phone", "(212) 555-0141")]),
        ("  Cell   phone : 1 ", [("Cell phone", "1")]),
        ("https://x.example", []),
        ("10:30 to 11:00", []),
        ("Phone:", []),
        (": 212", []),
        ("a sentence of too many words to be one: 1", []),
    ],
)
def test_labels_of_a_description(text: str, found: list[tuple[str, str]]) -> None:
    """A label begins with a letter, is short, and has a value; addresses and times are none."""
    assert list(labelled(plain(text))) == found


def _deep() -> bytes:
    return b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 500_000


def _long_line() -> bytes:
    return event("UID:a", "SUMMARY:" + "x" * 33_000_000)


def _folds() -> bytes:
    return event("UID:a", "DTSTART:20270308T183000Z", "SUMMARY:x\r\n " + "\r\n ".join(["y" * 10] * 1_000_000))


def _attendees() -> bytes:
    return event("UID:a", "DTSTART:20270308T183000Z", *(f"ATTENDEE:tel:{place}" for place in range(100_000)))


def _labels() -> bytes:
    return event("UID:a", "DESCRIPTION:" + "\\n".join(f"L{place}: 1" for place in range(10_000)))


def _names() -> bytes:
    return event("UID:a", *(f"X-{place}:1" for place in range(100_000)))


def _zones() -> bytes:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Z{0}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    return event(
        "UID:a", "DTSTART;TZID=Z5:20270308T183000", before="\n".join(zone.format(place) for place in range(10_000))
    )


def _dates() -> bytes:
    dates = ",".join(["19700101T000000"] * 300_000)
    zone = f"BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nRDATE:{dates}\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    return event("UID:a", "DTSTART;TZID=America/New_York:20270308T183000", before=zone)


def _quotes() -> bytes:
    return event("UID:a", "DTSTART:20270308T183000Z", 'SUMMARY;X="' + '"' * 1_000_000, ";" * 1_000_000, '":' * 500_000)


def _tags() -> bytes:
    return event("UID:a", "DTSTART:20270308T183000Z", "DESCRIPTION:" + "<a" * 45_000, "COMMENT:" + "&lt;" * 20_000)


@pytest.mark.parametrize(
    "hostile", [_deep, _long_line, _folds, _attendees, _labels, _names, _zones, _dates, _quotes, _tags]
)
def test_hostile_calendar_ends_soon(hostile: Callable[[], bytes]) -> None:
    """Depth, length, numbers and rules without end are read or refused within ten seconds."""
    content = hostile()
    began = processor_s()

    try:
        records(content)
    except FileRefused as refused:
        assert refused.fix  # noqa: PT017  # it may be refused, or read
    assert processor_s() - began < 10


def test_event_without_end_is_refused() -> None:
    """An event or a zone of more than 20,000 lines is no appointment; one long line that is folded so often is."""
    folded = event("UID:a", "DTSTART:20270308T183000Z", "ATTACH:" + "\r\n ".join(["y" * 10] * 30_000))

    with pytest.raises(FileRefused, match="a VEVENT has more than 20,000 lines"):
        records(event("UID:a", *["SUMMARY:x"] * 20_000))
    assert len(records(folded)) == 1


def test_lines_without_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more lines than any calendar has is refused, although all of them are one line that is folded."""
    monkeypatch.setattr("importer.reading.records.calendar_lines.MOST_PHYSICAL", 1_000)

    with pytest.raises(FileRefused, match="more than 1,000 lines") as caught:
        records(event("UID:a", "DTSTART:20270308T183000Z", "DESCRIPTION:" + "\r\n x" * 1_000))

    assert caught.value.code == "file_too_large"


def test_hundred_megabytes_in_one_line(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A line of 100 MB is refused in the confined process, before it is read to its end."""
    path = tmp_path / "calendar.ics"
    with path.open("wb") as file:
        file.write(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    began = processor_s()

    assert refusal(path).code == "line_too_long"
    assert processor_s() - began < 10


def test_more_events_than_rows(tmp_path: Path, refusal: Callable[..., FileRefused]) -> None:
    """A calendar of more events than a sheet has rows is refused."""
    path = tmp_path / "calendar.ics"
    path.write_bytes(b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 30 + b"END:VCALENDAR\r\n")

    assert refusal(path, limits=Limits(rows=20)).code == "too_many_rows"


def test_calendars_of_the_library() -> None:
    """Every calendar of the library's own tests, broken ones among them, is read or refused, and none is a bug."""
    files = sorted((Path(icalendar.__file__).parent / "tests" / "calendars").glob("*.ics"))
    read = []
    for path in files:
        try:
            records(path.read_bytes())
        except FileRefused:
            continue
        read.append(path.name)

    assert len(files) > 100
    assert len(read) > 50


def test_mutated_calendars() -> None:
    """A calendar in which bytes were changed, lost or doubled is read or refused, and never anything else."""
    chance = random.Random(7)
    whole = [path.read_bytes() for path in sorted(SHAPES.glob("*.ics"))]
    for _ in range(longer(400, 20_000)):
        content = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(content))
            content[place : place + chance.choice((0, 1, 1, 40))] = chance.choice(
                (
                    b"",
                    b"\r\n",
                    b"\xff",
                    b":",
                    b'"',
                    b";",
                    b"BEGIN:VEVENT\r\n",
                    b"END:VEVENT\r\n",
                    bytes([chance.randrange(256)]),
                )
            )
        try:
            records(bytes(content))
        except FileRefused:
            continue


def test_declined_attendee_is_told() -> None:
    """An attendee who declined is a cell of its own, whatever address is the phone; rooms are nobody."""
    found = one(
        "ATTENDEE;PARTSTAT=DECLINED;CN=Ana:tel:+12125550101",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:front@clinic.example",
        "ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room@clinic.example",
    )
    bare = one("ATTENDEE;PARTSTAT=DECLINED;CN=Ana:urn:uuid:1", "ATTENDEE;PARTSTAT=ACCEPTED:tel:+12125550101")
    other = one(
        "ATTENDEE;PARTSTAT=ACCEPTED:tel:+12125550101", "ATTENDEE;CUTYPE=ROOM;PARTSTAT=DECLINED:mailto:r@clinic.example"
    )

    assert found.cells["ATTENDEE PARTSTAT"] == bare.cells["ATTENDEE PARTSTAT"] == "DECLINED"
    assert "ATTENDEE PARTSTAT" not in other.cells


def test_only_line_ends_end_lines_of_utf_16() -> None:
    """A separator that a patient may have typed into a text ends no line, and begins no event."""
    typed = "a\u2028END:VEVENT\u2028BEGIN:VEVENT\x85UID:b\x0bUID:c"
    content = event("UID:a", f"SUMMARY:{typed}").decode().encode("utf-16")

    found = list(calendar_grid(BytesIO(content), Limits(), "utf-16").records())

    assert [each.cells["SUMMARY"] for each in found] == [typed]
