"""Starts: local time to the second, or a reason; never a silent midnight, never a swapped day."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.chunks import distinct
from importer.model.issues import Issue
from importer.model.profile import Profile
from importer.normalizing import DateEvidence, normalize, starts
from importer.normalizing.dates_and_times import DateRules, parse_clock, parse_time_cell
from importer.normalizing.starts import StartRules, StartText, StartTexts, parse_start, read_start, read_starts
from importer.normalizing.value_reading import Reading, Unreadable, object_array, reading_of

HALF_PAST_TWO = "2026-01-15T14:30:00"


def read(text: str, order: str | None = None, *, zone: str = "", two_digit_years: bool = False) -> Reading:
    rules = StartRules(DateRules(order, two_digit_years))  # type: ignore[arg-type]
    return read_start(StartText(event=text, zone=zone), rules)


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15T14:30:00",
        "2026-01-15T14:30",
        "2026-01-15t14:30",
        "2026-01-15 14:30",
        "2026-01-15  14:30 ",
        "2026-01-15\u00a014:30",
        "2026-1-15 14:30",
        "2026/01/15 14:30",
        "2026-01-15T14:30:00.000",
        "20260115T143000",
        "20260115T1430",
        "2026-01-15 2:30 PM",
        "2026-01-15 2:30\u202fPM",
        "2026-01-15 2:30pm",
        "2026-01-15 2:30 p.m.",
        "1/15/2026 2:30 PM",
        "01/15/2026 14:30",
        "15/01/2026 14:30",
        "15-1-2026 14:30",
        "15.01.2026 14:30",
        "15.01.2026, 14:30",
        "January 15, 2026 2:30 PM",
        "Jan 15 2026 14:30",
        "Jan. 15th, 2026 at 2:30 PM",
        "15 January 2026 14:30",
        "15-Jan-2026 14:30",
        "Thursday, January 15, 2026 2:30 PM",
        "Thu 15 Jan 2026 14:30",
        "jeudi 15 janvier 2026 à 14h30",
        "jeu. 15/01/2026 14 h 30",
        "Do, 15. Jänner 2026 um 14.30 Uhr",
        "Donnerstag, 15.01.2026 14:30 Uhr",
        "jueves 15 de enero de 2026 a las 14:30 h",
        "do 15 januari 2026 14.30 uur",
        "quinta-feira, 15 de janeiro de 2026 às 14h30",
        "giovedì 15 gennaio 2026 alle 14:30",
        "46037.604166666666667",
        "46037.60417",
    ],
)
def test_reads_one_start_however_it_is_written(text: str) -> None:
    """Every promised spelling is the same start, without a remark."""
    assert read(text) == Reading(HALF_PAST_TWO)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-01-15", "time_missing"),
        ("20260115", "time_missing"),
        ("January 15, 2026", "time_missing"),
        ("14:30", "date_missing"),
        ("2:30 PM", "date_missing"),
        ("0.604166666666667", "date_missing"),
        ("3/4/2026 10:00", "date_ambiguous"),
        ("3.4.2026 10:00", "date_ambiguous"),
        ("2026.01.15 14:30", "date_ambiguous"),
        ("01/15/26 14:30", "date_two_digit_year"),
        ("15-Jan-26 14:30", "date_two_digit_year"),
        ("2026-02-30T10:00:00", "date_unreadable"),
        ("2026-02-29T10:00:00", "date_unreadable"),
        ("2026-13-01T10:00:00", "date_unreadable"),
        ("0000-01-01T00:00:00", "date_unreadable"),
        ("31/4/2026 10:00", "date_unreadable"),
        ("13/13/2026 10:00", "date_unreadable"),
        ("0/1/2026 10:00", "date_unreadable"),
        ("15 janver 2026 14:30", "date_unreadable"),
        ("lundi 15 janvier 2026 14:30", "date_weekday"),
        ("15/01/2026 2h", "start_unreadable"),
        ("Friday, January 15, 2026 2:30 PM", "date_weekday"),
        ("2026-01-15T24:00:00", "time_24"),
        ("2026-01-15T14:30:60", "time_unreadable"),
        ("2026-01-15T25:00", "time_unreadable"),
        ("2026-01-15T14", "time_unreadable"),
        ("2026-01-15 14:30 PM", "time_unreadable"),
        ("2026-01-15 0:30 AM", "time_unreadable"),
        ("2026-01-15T14:30:00,5", "time_fraction"),
        ("2026-01-15T14:30:00.5", "time_fraction"),
        ("2026-01-15 09:00-10:00", "start_unreadable"),
        ("2026-W03-4T14:30:00", "start_unreadable"),
        ("2026-015T14:30:00", "start_unreadable"),
        ("1768487400", "start_unreadable"),
        ("1768487400000", "start_unreadable"),
        ("2026-01-15T14:30:00\x00", "start_unreadable"),
        ("2026-01-15T14:30:00[America/New_York]", "start_unreadable"),
        ("2026-01-15 14:30 EST", "start_unreadable"),
        ("\uff12\uff10\uff12\uff16-01-15T14:30", "start_unreadable"),
        ("2026\u201301\u201315 14:30", "start_unreadable"),
        ("TBD", "start_unreadable"),
        ("tomorrow 3pm", "start_unreadable"),
        ("#VALUE!", "start_unreadable"),
        ("-1", "start_unreadable"),
        ("46037,6", "start_unreadable"),
        ("4.6E+04", "start_unreadable"),
        ("2026", "serial_out_of_range"),
        ("0", "serial_out_of_range"),
        ("60", "serial_out_of_range"),
        ("2958466", "serial_out_of_range"),
        ("46037.604", "serial_rounded"),
        ("x" * 1000, "start_unreadable"),
    ],
)
def test_refuses_with_its_own_reason(text: str, code: str) -> None:
    """What is not surely one start stays as typed, with the code that says why."""
    reading = read(text)

    assert reading.value == text
    assert codes(reading) == [code]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("3/4/2027 10:00", "dmy", "2027-04-03T10:00:00"),
        ("3/4/2027 10:00", "mdy", "2027-03-04T10:00:00"),
        ("3.4.2027 10:00", "dmy", "2027-04-03T10:00:00"),
        ("4/4/2027 10:00", None, "2027-04-04T10:00:00"),
        ("2027.03.04 10:00", "ymd", "2027-03-04T10:00:00"),
        ("13/4/2027 10:00", "ymd", "2027-04-13T10:00:00"),
    ],
)
def test_takes_the_declared_order_of_day_and_month(text: str, order: str | None, expected: str) -> None:
    """A numeric date means what the profile or the whole column says, and nothing else."""
    assert read(text, order) == Reading(expected)


@pytest.mark.parametrize(("text", "order"), [("4/13/2027 10:00", "dmy"), ("13/4/2027 10:00", "mdy")])
def test_refuses_a_date_against_the_declared_order(text: str, order: str) -> None:
    """A date that fits only the other order is not turned round."""
    assert codes(read(text, order)) == ["date_order"]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("3/4/27 10:00", "dmy", "2027-04-03T10:00:00"),
        ("3/4/27 10:00", "mdy", "2027-03-04T10:00:00"),
        ("27-03-04 10:00", "ymd", "2027-03-04T10:00:00"),
        ("4-Mar-27 10:00", None, "2027-03-04T10:00:00"),
    ],
)
def test_reads_years_of_two_digits_only_when_declared(text: str, order: str | None, expected: str) -> None:
    """27 is 2027 where the profile says so, and a problem elsewhere."""
    assert read(text, order, two_digit_years=True) == Reading(expected)
    assert codes(read(text, order)) in (["date_two_digit_year"], ["date_ambiguous"])


def test_a_year_of_two_digits_does_not_settle_the_order() -> None:
    """13/04/27 may be in 2013 or 2027: without a declared order it is a problem even where two digits are allowed."""
    assert codes(read("13/04/27 10:00", two_digit_years=True)) == ["date_ambiguous"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-15T14:30:00Z", "2026-07-15T10:30:00"),
        ("2026-01-15T14:30:00+0530", "2026-01-15T04:00:00"),
        ("2026-01-15T14:30:00+05:30", "2026-01-15T04:00:00"),
        ("20260115T143000Z", "2026-01-15T09:30:00"),
        ("2026-01-15 14:30:00-05", "2026-01-15T14:30:00"),
        ("Thu, 15 Jan 2026 14:30:00 GMT", "2026-01-15T09:30:00"),
        ("2027-03-04T02:30:00+14:00", "2027-03-03T07:30:00"),
    ],
)
def test_converts_an_offset_into_the_row_s_zone(text: str, expected: str) -> None:
    """A start with an offset becomes the local time of the row's zone, and says so."""
    reading = read(text, zone="America/New_York")

    assert (reading.value, codes(reading)) == (expected, ["offset_converted"])


@pytest.mark.parametrize(
    "text", ["2026-01-15T14:30:00+25:00", "2026-01-15T14:30:00+05:07", "2026-01-15T14:30:00-13:00"]
)
def test_refuses_offsets_that_no_place_has(text: str) -> None:
    """An impossible distance from UTC is no offset."""
    assert codes(read(text, zone="America/New_York")) == ["start_unreadable"]


def test_an_offset_beyond_the_calendar_is_refused() -> None:
    """The first hour of the calendar with an offset has no moment in UTC, and is no traceback."""
    assert codes(read("0001-01-01T00:00:00+14:00", zone="America/New_York")) == ["date_unreadable"]


@pytest.mark.parametrize(
    ("serial", "epoch_1904", "expected"),
    [
        ("61", False, "1900-03-01T00:00:00"),
        ("59", False, "1900-02-28T00:00:00"),
        ("1", False, "1900-01-01T00:00:00"),
        ("25569", False, "1970-01-01T00:00:00"),
        ("24107", True, "1970-01-01T00:00:00"),
        ("60", True, "1904-03-01T00:00:00"),
        ("2958465", False, "9999-12-31T00:00:00"),
        ("2957003", True, "9999-12-31T00:00:00"),
        ("46037.999988425925926", False, "2026-01-15T23:59:59"),
        ("46037.62499999999", False, "2026-01-15T15:00:00"),
        ("46037.4131944444444", False, "2026-01-15T09:55:00"),
        ("46036.99999999", False, "2026-01-15T00:00:00"),
        ("46037.5", False, "2026-01-15T12:00:00"),
    ],
)
def test_reads_serials_of_both_epochs(serial: str, epoch_1904: bool, expected: str) -> None:
    """A spreadsheet's number of days is exact to the second in either system."""
    reading = read_start(StartText(event=serial), StartRules(epoch_1904=epoch_1904))

    assert reading.value == expected
    assert codes(reading) == ([] if "." in serial else ["time_midnight"])


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)), st.booleans())  # noqa: DTZ001 - wall clocks
def test_every_second_survives_its_serial(moment: datetime, epoch_1904: bool) -> None:
    """Whatever a spreadsheet's fifteen digits make of a second, it is read as that second."""
    moment = moment.replace(microsecond=0, fold=0)
    epoch = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - likewise
    serial = f"{(moment - epoch) / timedelta(days=1):.15g}"

    if "." in serial:
        assert read_start(StartText(event=serial), StartRules(epoch_1904=epoch_1904)).value == moment.isoformat()


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - wall clocks
def test_normal_forms_are_their_own_readings(moment: datetime) -> None:
    """A start in normal form comes out as it went in, alone and in a column."""
    text = moment.replace(microsecond=0, fold=0).isoformat()
    column = normalize(pd.DataFrame({"eventDateTime": [text]}, dtype=object), Profile())

    assert read(text) == Reading(text)
    assert column.values.column("eventDateTime").tolist() == [text]
    assert column.reasons == ()


@given(
    st.from_regex(
        r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4} [0-2]?[0-9]:[0-6][0-9](:[0-9]{2})?( ?[AaPp][Mm])?", fullmatch=True
    ),
    st.sampled_from([None, "dmy", "mdy", "ymd"]),
    st.booleans(),
)
def test_halves_that_are_looked_up_are_read_as_the_whole(text: str, order: str | None, two_digits: bool) -> None:
    """Reading day and time of day by themselves gives what reading the whole text gives."""
    rules = DateRules(order, two_digits)  # type: ignore[arg-type]

    def whole(typed: str) -> Reading:
        start = parse_start(typed, rules)
        return Reading(start.local, start.remarks)

    assert read(text, order, two_digit_years=two_digits) == reading_of(whole, text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["13/4/2027 10:00", "3/4/2027 10:00", ""], "dmy"),
        (["3/4/2027", "4/13/2027"], "mdy"),
        (["3/4/2027", "4/5/2027"], None),
        (["13/4/2027", "4/13/2027"], None),
        (["2027-03-04T10:00:00", "2027-13-04"], None),
        (["13/04/27 10:00"], None),
        (["Thu 13/4/2027 10:00"], "dmy"),
        (["13/13/2027", "1.13.4.2027"], None),
        ([], None),
    ],
)
def test_a_column_proves_its_order(texts: list[str], expected: str | None) -> None:
    """One value that fits one order only proves it for the column, unless another contradicts."""
    evidence = DateEvidence()
    for half in (texts[:1], texts[1:]):
        evidence.see(pd.Series(half, dtype=object))

    assert evidence.order() == expected


def test_evidence_counts_what_stays_open() -> None:
    """The column's doubtful values are counted, so that a person can be told how many there are."""
    evidence = DateEvidence()
    evidence.see(np.array(["3/4/2027", "4/3/2027", "3/4/2027", "5/5/2027", "13/4/2027"], dtype=object))

    assert (evidence.day_first, evidence.month_first, evidence.open) == (1, 0, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", "14:30:00"),
        ("9:05", "09:05:00"),
        ("14:30:15", "14:30:15"),
        ("12:00 AM", "00:00:00"),
        ("12:30 pm", "12:30:00"),
        ("2 PM", "14:00:00"),
        ("2p", "14:00:00"),
        ("0930", "09:30:00"),
        ("0.604166666666667", "14:30:00"),
        ("0.50000", "12:00:00"),
        ("10:00 AM - 10:05 AM", "10:00:00"),
        ("2:15 pm – 3 pm", "14:15:00"),
        ("14:30-15:00", "14:30:00"),
        ("9:00 to 9:40", "09:00:00"),
        ("11 AM until 1 PM", "11:00:00"),
        ("10:00 AM-10:05", "10:00:00"),
        ("9h30", "09:30:00"),
        ("14 h", "14:00:00"),
        ("14 Uhr", "14:00:00"),
        ("9.30 uur", "09:30:00"),
        ("14:15 hs", "14:15:00"),
        ("0930 hrs", "09:30:00"),
        ("9h30 - 10h15", "09:30:00"),
        ("noon", "12:00:00"),
        ("12 noon", "12:00:00"),
        ("12:00 Noon", "12:00:00"),
        ("2.30pm", "14:30:00"),
        ("9.15 a.m.", "09:15:00"),
        ("9:00 AM - noon", "09:00:00"),
    ],
)
def test_reads_times_of_day(text: str, expected: str) -> None:
    """A column of times may hold clock times, military ones and fractions of a day."""
    assert parse_time_cell(text).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "14",
        "25:00",
        "14:60",
        "13:00 PM",
        "midnight",
        "afternoon",
        "14.30 PM",
        "14.30",
        "930",
        "2460",
        "1",
        "0",
        "0.9999999",
        "1.0",
        "0.0",
        ".5",
        "0.75",
        "1,5",
        "9.3",
        "14:30Z",
        "2h",
        "25h00",
        "9h75",
        "midi",
    ],
)
def test_refuses_other_times_of_day(text: str) -> None:
    """A time that is not surely one is refused, also in a column of its own."""
    with pytest.raises(Unreadable):
        parse_time_cell(text)


@pytest.mark.parametrize(
    "text",
    [
        "2-3 PM",
        "2:00 - 3:00 PM",
        "11:30 to 1:00 PM",
        "3:00 PM - 2:00 PM",
        "9-10",
        "10:00 - 9:00",
        "09:00-05:00",
        "14:30-14:30",
        "9:00 - 25:00",
    ],
)
def test_refuses_a_range_whose_start_is_not_sure(text: str) -> None:
    """AM or PM at the end alone, an end before the start, an end that may be an offset: none is guessed."""
    with pytest.raises(Unreadable, match="time_range"):
        parse_time_cell(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("8", "8:00"), ("17", "17:00"), ("815", "8:15"), ("8.45", "8:45"), ("25", ""), ("1.0", ""), ("8:5", "")],
)
def test_says_how_a_bare_number_may_be_meant(text: str, hint: str) -> None:
    """The reason of a bare number holds the time that it may be, written as it would be read."""
    with pytest.raises(Unreadable) as refused:
        parse_time_cell(text)

    assert refused.value.issue == Issue("time_unreadable", detail=f"If {hint} is meant, write it so." if hint else "")


@pytest.mark.parametrize(
    ("start", "expected", "codes"),
    [
        (StartText(day="2027-06-04", clock="7"), "2027-06-04 7", ["time_unreadable"]),
        (StartText(day="2027-06-04", clock="1"), "2027-06-04 1", ["time_unreadable"]),
        (StartText(day="2027-06-04", clock="1.75"), "2027-06-04 1.75", ["time_unreadable"]),
        (StartText(day="2027-06-04", clock="46542"), "2027-06-04 46542", ["time_unreadable"]),
        (StartText(day="2027-06-04", clock="46542.604166666667"), "2027-06-04T14:30:00", []),
        (StartText(day="2027-06-04", clock="46543.604166666667"), "2027-06-04 46543.604166666667", ["time_unreadable"]),
        (StartText(day="June 4, 2027", clock="1:10 PM - 1:50 PM"), "2027-06-04T13:10:00", []),
        (StartText(event="4 Jun 2027 1:10 PM - 1:50 PM"), "2027-06-04T13:10:00", []),
        (StartText(event="2027-06-04 13:10 – 13:50"), "2027-06-04T13:10:00", []),
        (StartText(event="2027-06-04 1:10 - 1:50 PM"), "2027-06-04 1:10 - 1:50 PM", ["time_range"]),
        (StartText(day="2027-06-04", clock="2027-06-04T18:00:00Z", zone="America/Chicago"), "2027-06-04T13:00:00", ["offset_converted"]),
        (StartText(day="2027-06-04", clock="2027-06-04T20:00:00+02:00", zone="America/Chicago"), "2027-06-04T13:00:00", ["offset_converted"]),
        (StartText(day="2027-06-04", clock="2027-06-05T01:00:00Z", zone="America/Chicago"), "2027-06-04T20:00:00", ["offset_converted"]),
        (StartText(day="2027-06-04", clock="2027-06-04T01:00:00Z", zone="America/Chicago"), "2027-06-04 2027-06-04T01:00:00Z", ["start_contradicts"]),
        (StartText(day="2027-06-04", clock="2027-06-04T18:00:00Z"), "2027-06-04 2027-06-04T18:00:00Z", ["offset_without_zone"]),
        (StartText(day="2027-06-04", clock="1899-12-30T18:00:00.000Z", zone="America/Chicago"), "2027-06-04 1899-12-30T18:00:00.000Z", ["offset_apart"]),
        (StartText(day="2027-06-04", clock="13:00-06:00", zone="America/Chicago"), "2027-06-04 13:00-06:00", ["time_range"]),
        (StartText(day="2027-06-04", clock="13:00Z", zone="America/Chicago"), "2027-06-04 13:00Z", ["offset_apart"]),
        (StartText(day="2027-06-04T00:00:00.000Z", clock="13:00", zone="America/Chicago"), "2027-06-04T00:00:00.000Z 13:00", ["offset_apart"]),
        (StartText(event="2027-06-04T00:00:00Z", clock="1 PM", zone="America/Chicago"), "2027-06-04T00:00:00Z", ["offset_apart"]),
        (StartText(day="2027-06-04T05:00:00Z", clock="1 PM", zone="America/Chicago"), "2027-06-04T05:00:00Z 1 PM", ["offset_apart"]),
        (StartText(event="2027-06-04T18:00:00Z", clock="18:00", zone="America/Chicago"), "2027-06-04T13:00:00", ["offset_converted"]),
        (StartText(day="2027-06-04T18:00:00Z", zone="America/Chicago"), "2027-06-04T13:00:00", ["offset_converted"]),
    ],
)  # fmt: skip
def test_time_cells_beside_a_day(start: StartText, expected: str, codes: list[str]) -> None:
    """Numbers are no times, ranges begin with their start, and an offset is heeded whichever cell states it."""
    reading = read_start(start)

    assert (reading.value, [remark.code for remark in reading.remarks]) == (expected, codes)


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("5/6/27", DateRules(None, True), "date_ambiguous"),
        ("15/6/27", DateRules(None, True), "date_ambiguous"),
        ("5/6/27", DateRules("dmy", False), "date_two_digit_year"),
        ("5/6/27", DateRules("dmy", True), "2027-06-05"),
    ],
)
def test_a_short_year_is_refused_for_what_is_lacking(text: str, rules: DateRules, expected: str) -> None:
    """Where the profile allows short years, what is lacking is the order, and the problem says so."""
    reading = read_start(StartText(event=f"{text} 10:00"), StartRules(rules))

    assert expected in {reading.value[:10], *(remark.code for remark in reading.remarks)}


def test_a_bare_hour_is_no_time() -> None:
    """``14`` may be anything."""
    with pytest.raises(Unreadable, match="time_unreadable"):
        parse_clock("14")


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        (StartText(day="2027-03-04", clock="2:30 PM"), "2027-03-04T14:30:00", None),
        (StartText(day="46085", clock="0.604166666666667"), "2026-03-04T14:30:00", None),
        (StartText(day="2027-03-04T00:00:00", clock="14:30"), "2027-03-04T14:30:00", None),
        (StartText(day="2027-03-04", clock="1899-12-31T14:30:00"), "2027-03-04T14:30:00", None),
        (StartText(day="2027-03-04", clock="2027-03-04 14:30"), "2027-03-04T14:30:00", None),
        (StartText(day="2027-03-04 14:30"), "2027-03-04T14:30:00", None),
        (StartText(day="2027-03-04 14:30", clock="14:30"), "2027-03-04T14:30:00", None),
        (StartText(event="2027-03-04", clock="14:30"), "2027-03-04T14:30:00", None),
        (StartText(event="2027-03-04T14:30:00", day="2027-03-04", clock="14:30"), "2027-03-04T14:30:00", None),
        (StartText(event="2027-03-04T14:30:00", day="2027-03-04"), "2027-03-04T14:30:00", None),
        (StartText(), "", None),
        (StartText(day=" ", clock="\u00a0"), "", None),
        (StartText(day="2027-03-04"), "2027-03-04", "time_missing"),
        (StartText(day="2027-03-04T00:00:00"), "2027-03-04T00:00:00", "time_missing"),
        (StartText(day="46085"), "46085", "time_missing"),
        (StartText(clock="14:30"), "14:30", "date_missing"),
        (StartText(day="2027-03-04", clock="soon"), "2027-03-04 soon", "time_unreadable"),
        (StartText(day="soon", clock="14:30"), "soon 14:30", "start_unreadable"),
        (StartText(day="2027-03-04 09:00", clock="14:30"), "2027-03-04 09:00 14:30", "start_contradicts"),
        (StartText(day="2027-03-04", clock="2027-03-05 14:30"), "2027-03-04 2027-03-05 14:30", "start_contradicts"),
        (StartText(event="2027-03-05T14:30:00", day="2027-03-04"), "2027-03-05T14:30:00", "start_contradicts"),
        (StartText(event="2027-03-04T14:30:00", clock="15:30"), "2027-03-04T14:30:00", "start_contradicts"),
    ],
)
def test_puts_day_and_time_columns_together(text: StartText, value: str, code: str | None) -> None:
    """Two columns make one start; a missing half or a contradiction is a problem, never a midnight."""
    reading = read_start(text)

    assert reading.value == value
    assert codes(reading) == ([code] if code else [])


def test_says_what_stands_in_the_row_where_a_cell_is_blank() -> None:
    """The problem of a blank time cell quotes the date beside it."""
    typed = pd.DataFrame({"date": ["2027-03-04"], "time": [""]}, dtype=object)

    (finding,) = normalize(typed, Profile()).reasons

    assert (finding.field, finding.code) == ("time", "time_missing")
    typed_values = finding.values
    assert typed_values is not None
    assert typed_values.tolist() == ["2027-03-04"]


def test_reads_each_row_of_a_mixed_column() -> None:
    """Normal forms, other spellings, offsets and nonsense in one column each get their own reading in its own row."""
    texts = [
        "2027-03-31T10:00:00",
        "soon",
        "2027-03-04T15:00:00Z",
        "2027-03-04T15:00:00Z",
        "3/14/2027 1 PM",
        "a\nb",
        "",
    ]
    typed = pd.DataFrame(
        {"eventDateTime": texts, "subscriberTimeZone": ["ET", "ET", "ET", "Europe/Paris", "ET", "ET", ""]}, dtype=object
    )

    result = normalize(typed, Profile())

    assert result.values.column("eventDateTime").tolist() == [
        "2027-03-31T10:00:00",
        "soon",
        "2027-03-04T10:00:00",
        "2027-03-04T16:00:00",
        "2027-03-14T13:00:00",
        "a\nb",
        "",
    ]
    assert {(f.code, *f.positions.tolist()) for f in result.reasons} == {
        ("start_unreadable", 1, 5),
        ("offset_converted", 2, 3),
    }


DAYS = (
    "2027-03-04", "3/4/2027", "13/4/2027", "4 Mar 2027", "2027-03-04T00:00:00", "2027-03-04 14:30", "2027-03-04T00:00:00Z", "46204", "46204.5",
    "2/30/2027", "Thursday 4 March 2027", "", " ", "14:30", "3/4/27", "1899-12-30", "\u200b", "x",
)  # fmt: skip
CLOCKS = (
    "14:30", "2:30 PM", "2:30:15 PM", "00:00", "24:00", "12:00 AM", "0.604166666667", "9", "930", "10:00 - 10:30", "1899-12-30T19:30:00", "noon",
    "2027-03-04T19:30:00Z", "2027-03-04 14:30", "", " ", "25:00", "2:30 PM EST", "x",
)  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("order", [None, "mdy", "dmy"])
@pytest.mark.parametrize("apart", [True, False])
def test_halves_that_are_joined_say_what_care_says(day: str, order: str | None, *, apart: bool) -> None:
    """Days and times of day, in two cells or in one, are joined as columns as each row is read with care; so are the fields."""
    rules = StartRules(DateRules(order, False))  # type: ignore[arg-type]
    said = [
        StartText("", day, clock, zone) if apart else StartText(f"{day} {clock}".strip(), zone=zone)
        for clock, zone in product(CLOCKS, ("", "America/New_York"))
    ]
    found, findings = read_starts(
        StartTexts(*(distinct(object_array(column)) for column in zip(*said, strict=True))), rules
    )
    told: list[set[tuple[str, str, str]]] = [set() for _ in said]
    for one in findings:
        for place, detail in zip(one.positions.tolist(), np.broadcast_to(one.details, len(one.positions)), strict=True):
            told[place].add((one.field, one.code, str(detail)))
    careful = [starts._read(text, starts._Parsers(rules)) for text in said]
    assert list(zip(found.column, told, strict=True)) == [
        (reading.value, {(field, remark.code, remark.detail) for remark in reading.remarks})
        for field, reading in careful
    ]


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("03/04/2027 0900", "2027-03-04T09:00:00"),
        ("3/4/2027 1330", "2027-03-04T13:30:00"),
        ("2027-03-04 1430", "2027-03-04T14:30:00"),
        ("3/4/2027 2.30pm", "2027-03-04T14:30:00"),
        ("March 4, 2027 noon", "2027-03-04T12:00:00"),
    ],
)
def test_reads_four_digits_behind_a_day(text: str, local: str) -> None:
    """Behind a day with its year, 0900 can be nothing but a time of day, and so can 2.30pm."""
    assert parse_start(text, DateRules("mdy")).local == local


@pytest.mark.parametrize("text", ["03/04/2027 930", "03/04/2027 2460", "03/04/2027 9000"])
def test_other_digits_behind_a_day_are_no_time(text: str) -> None:
    """Three digits, or an hour that no clock shows, are refused."""
    with pytest.raises(Unreadable):
        parse_start(text, DateRules("mdy"))
