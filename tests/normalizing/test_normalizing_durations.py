"""Durations: whole positive seconds as ``PT..H..M..S``, or a reason."""

from __future__ import annotations

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.times import as_duration
from importer.normalizing.durations import LONGEST_S, Side, parse_duration
from importer.normalizing.value_reading import Reading, reading_of


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT3H", "PT3H"),
        ("pt3h", "PT3H"),
        (" PT3H ", "PT3H"),
        ("PT90M", "PT1H30M"),
        ("PT1H30M", "PT1H30M"),
        ("PT2H3M4S", "PT2H3M4S"),
        ("P1D", "PT24H"),
        ("P1DT2H", "PT26H"),
        ("P1DT2H3M4S", "PT26H3M4S"),
        ("P2W", "PT336H"),
        ("PT24H", "PT24H"),
        ("PT36H", "PT36H"),
        ("PT003H", "PT3H"),
        ("PT0H30M", "PT30M"),
        ("PT0.5H", "PT30M"),
        ("PT1,5H", "PT1H30M"),
        ("P0.5D", "PT12H"),
        ("P1DT0.5M", "PT24H30S"),
        ("90 min", "PT1H30M"),
        ("90min", "PT1H30M"),
        ("2 hours", "PT2H"),
        ("2 Hours", "PT2H"),
        ("1 hr.", "PT1H"),
        ("2h32m", "PT2H32M"),
        ("2h 32m", "PT2H32M"),
        ("1h30", "PT1H30M"),
        ("1 h 30 min", "PT1H30M"),
        ("1 hour and 30 minutes", "PT1H30M"),
        ("5 hrs, 34 mins, 56 secs", "PT5H34M56S"),
        ("1w3d2h32m", "PT242H32M"),
        ("1 day", "PT24H"),
        ("1.24 days", "PT29H45M36S"),
        ("1.2 m", "PT1M12S"),
        ("1.5 hours", "PT1H30M"),
        ("23 s", "PT23S"),
        ("an hour", "PT1H"),
        ("one hour", "PT1H"),
        ("half an hour", "PT30M"),
        ("03:00:00", "PT3H"),
        ("1:30:00", "PT1H30M"),
        ("00:45:30", "PT45M30S"),
        ("1,5 h", "PT1H30M"),
        ("half hour", "PT30M"),
        ("½ hour", "PT30M"),
        ("1½ hours", "PT1H30M"),
        ("1 hora", "PT1H"),
        ("2 días", "PT48H"),
        ("1 hora y 30 minutos", "PT1H30M"),
        ("media hora", "PT30M"),
        ("24 heures", "PT24H"),
        ("2 jours", "PT48H"),
        ("une demi-heure", "PT30M"),
        ("1 Std", "PT1H"),
        ("24 Std.", "PT24H"),
        ("1,5 Stunden", "PT1H30M"),
        ("2 Tage", "PT48H"),
        ("eine halbe Stunde", "PT30M"),
        ("30 minuti", "PT30M"),
        ("2 giorni", "PT48H"),
        ("mezz'ora", "PT30M"),
        ("un’ora", "PT1H"),
        ("2 dias", "PT48H"),
        ("meia hora", "PT30M"),
        ("3 uur", "PT3H"),
        ("2 dagen", "PT48H"),
        ("half uur", "PT30M"),
        ("1 week", "PT168H"),
    ],
)
def test_reads_durations(text: str, expected: str) -> None:
    """ISO 8601, everyday words and a spreadsheet's time cell have one normal form."""
    assert parse_duration(text) == Reading(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("P", "duration_unreadable"),
        ("PT", "duration_unreadable"),
        ("P1DT", "duration_unreadable"),
        ("P3H", "duration_unreadable"),
        ("PT1D", "duration_unreadable"),
        ("PT1H1H", "duration_unreadable"),
        ("PT1M2H", "duration_unreadable"),
        ("PT3.5H11S", "duration_unreadable"),
        ("PT.1H", "duration_unreadable"),
        ("PT2.H0.5S", "duration_unreadable"),
        ("PT1e3S", "duration_unreadable"),
        ("P1W2D", "duration_unreadable"),
        ("P 8W", "duration_unreadable"),
        ("PT\u0663H", "duration_unreadable"),
        ("PT1H;", "duration_unreadable"),
        ("PT3H or PT2H", "duration_unreadable"),
        ("+P1D", "duration_unreadable"),
        ("2015-01-01", "duration_unreadable"),
        ("3H", "duration_unreadable"),
        ("3M", "duration_unreadable"),
        ("m", "duration_unreadable"),
        ("hour", "duration_unreadable"),
        ("1,500 h", "duration_unreadable"),
        ("24 hours before", "duration_unreadable"),
        ("2 hours ago", "duration_unreadable"),
        ("3 mois", "duration_calendar"),
        ("2 Monate", "duration_calendar"),
        ("1 año", "duration_calendar"),
        ("1.000 min", "duration_unreadable"),
        ("30 min 1 hour", "duration_unreadable"),
        ("1 h 1 h", "duration_unreadable"),
        ("1h 5", "duration_unreadable"),
        ("2 hours,", "duration_unreadable"),
        ("3 fortnights", "duration_unreadable"),
        ("soon", "duration_unreadable"),
        ("PT3H\x00", "duration_unreadable"),
        ("1 " + "h" * 200, "duration_unreadable"),
        ("P1M", "duration_calendar"),
        ("P1Y", "duration_calendar"),
        ("P0.5Y", "duration_calendar"),
        ("P1MT2H", "duration_calendar"),
        ("P1Y2M6DT6H", "duration_calendar"),
        ("2 months", "duration_calendar"),
        ("1 year", "duration_calendar"),
        ("-PT3H", "duration_negative"),
        ("PT-3H", "duration_negative"),
        ("-P1D", "duration_negative"),
        ("-32m", "duration_negative"),
        ("- 32 m 1 s", "duration_negative"),
        ("-90", "duration_negative"),
        ("\u22122 hours", "duration_negative"),
        ("PT0S", "duration_zero"),
        ("P0D", "duration_zero"),
        ("0 min", "duration_zero"),
        ("0", "duration_zero"),
        ("00:00:00", "duration_zero"),
        ("90", "duration_unit"),
        ("1.5", "duration_unit"),
        ("0.0625", "duration_unit"),
        ("1.000", "duration_unreadable"),
        ("1:30", "duration_unit"),
        ("PT0.5S", "duration_fraction"),
        ("PT1.1234567S", "duration_fraction"),
        ("1.75 seconds", "duration_fraction"),
        ("PT2501999792983H60M", "duration_unreadable"),
        ("PT99999999999S", "duration_too_long"),
        ("4000 days", "duration_too_long"),
    ],
)
def test_refuses_with_its_own_reason(text: str, code: str) -> None:
    """What is not surely a length of time stays as typed, with the code that says why."""
    reading = reading_of(parse_duration, text)

    assert (reading.value, codes(reading)) == (text, [code])


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("90", "minutes", "PT1H30M"),
        ("3", "hours", "PT3H"),
        ("1.5", "hours", "PT1H30M"),
        ("2", "days", "PT48H"),
        ("1:30", "h:mm", "PT1H30M"),
        ("1:30", "mm:ss", "PT1M30S"),
        ("PT3H", "minutes", "PT3H"),
        ("2 hours", "minutes", "PT2H"),
    ],
)
def test_takes_the_declared_unit(text: str, unit: str, expected: str) -> None:
    """A bare number or ``1:30`` means what the profile or the heading says; a unit in the cell goes before it."""
    assert parse_duration(text, unit) == Reading(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "unit"), [("90", "h:mm"), ("1:30", "minutes"), ("1:30", "hours"), ("90", None)])
def test_refuses_a_number_that_the_unit_does_not_fit(text: str, unit: str | None) -> None:
    """A declared unit is for its own form of number only."""
    reading = reading_of(lambda typed: parse_duration(typed, unit), text)  # type: ignore[arg-type]

    assert codes(reading) == ["duration_unit"]


@pytest.mark.parametrize("text", ["31 days", "P36W", "PT721H"])
def test_warns_about_long_durations(text: str) -> None:
    """More than 30 days goes, but is worth a look."""
    assert codes(parse_duration(text)) == ["duration_long"]


@pytest.mark.parametrize("text", ["", " ", "\u00a0"])
def test_blank_is_blank(text: str) -> None:
    """A blank cell is no problem: an update leaves the value as it is, a create takes the default."""
    assert parse_duration(text) == Reading("")


@given(st.integers(1, LONGEST_S))
def test_the_normal_form_is_its_own_reading(seconds: int) -> None:
    """Every whole second up to the limit has one normal form, which is read as itself."""
    text = as_duration(seconds)

    assert parse_duration(text).value == text


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_words_and_iso_mean_the_same(hours: int, minutes: int, seconds: int) -> None:
    """However its parts are spelled, a duration is the sum of its parts."""
    words = reading_of(parse_duration, f"{hours} hours {minutes} min {seconds} s")
    iso = reading_of(parse_duration, f"PT{hours}H{minutes}M{seconds}S")
    cell = reading_of(parse_duration, f"{hours:02}:{minutes:02}:{seconds:02}")

    assert codes(words) == codes(iso) == codes(cell)
    if not codes(iso):
        assert words.value == iso.value == cell.value == as_duration(hours * 3600 + minutes * 60 + seconds)


@given(st.text("PTWDHMSY0123456789.,:-+ ah", max_size=12))
def test_never_yields_anything_but_the_normal_form(text: str) -> None:
    """Whatever resembles a duration is positive, without months, in normal form, or refused."""
    reading = reading_of(parse_duration, text)

    if reading.value and codes(reading) in ([], ["duration_long"]):
        assert re.fullmatch(r"PT(?=.)(?:[1-9][0-9]*H)?(?:[1-5]?[0-9]M)?(?:[1-5]?[0-9]S)?", reading.value)
        assert "-" not in text


@pytest.mark.parametrize(
    ("text", "side", "expected"),
    [
        ("24 hours before", "before", "PT24H"),
        ("1 day in advance", "before", "PT24H"),
        ("2 hours prior to appointment", "before", "PT2H"),
        ("2 días antes", "before", "PT48H"),
        ("24 heures avant", "before", "PT24H"),
        ("1 Tag vorher", "before", "PT24H"),
        ("2 ore prima", "before", "PT2H"),
        ("2 uur van tevoren", "before", "PT2H"),
        ("2 hours after", "after", "PT2H"),
        ("2 Stunden danach", "after", "PT2H"),
    ],
)
def test_reads_the_side_that_its_column_is_on(text: str, side: Side, expected: str) -> None:
    """A duration may say that it lies before the start, in a column of what comes before it; else it is refused."""
    assert parse_duration(text, side=side) == Reading(expected)
    others: tuple[Side | None, ...] = (None, "after" if side == "before" else "before")
    for other in others:
        assert codes(reading_of(partial(parse_duration, side=other), text)) == ["duration_unreadable"]


@pytest.mark.parametrize("text", ["6 m", "6m", "3m", "12 m", "1 m.", "18m", "24 m", "9  m", "06m"])
def test_few_m_may_be_months(text: str) -> None:
    """Six minutes before or after a visit nobody is texted; a recall in six months is common."""
    assert [issue.code for issue in reading_of(parse_duration, text).remarks] == ["duration_unit"]
    assert parse_duration(text, "minutes").value.startswith("PT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5 m", "PT5M"), ("10m", "PT10M"), ("15m", "PT15M"), ("30 m", "PT30M"), ("90m", "PT1H30M"), ("1h 6m", "PT1H6M"), ("6 min", "PT6M"), ("PT6M", "PT6M")],
)  # fmt: skip
def test_common_m_are_minutes(text: str, expected: str) -> None:
    """Spans that reminders have, behind hours, in full and in ISO 8601 are minutes."""
    assert parse_duration(text) == Reading(expected)
