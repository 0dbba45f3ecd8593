"""What a number format makes of a number."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from importer.reading.cell_texts import is_masked
from importer.reading.child.cell_display import Cell, Details, Kind, judge, kind_of, masked
from importer.reading.child.cell_values import cell_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", Kind.NUMBER),
        ("0", Kind.NUMBER),
        ("#,##0.00", Kind.NUMBER),
        ("0%", Kind.NUMBER),
        ("0.00E+00", Kind.NUMBER),
        ("@", Kind.NUMBER),
        ("[Red]0.00", Kind.NUMBER),
        ('0 "days"', Kind.NUMBER),
        (r"0\d", Kind.NUMBER),
        ("m/d/yyyy", Kind.DATE),
        ("d-mmm", Kind.DATE),
        ("mmm", Kind.DATE),
        ("[$-F800]dddd, mmmm dd, yyyy", Kind.DATE),
        ("dd/mm/yyyy;@", Kind.DATE),
        ("h:mm", Kind.TIME),
        ("mm:ss", Kind.TIME),
        ("mmss.0", Kind.TIME),
        ("[$-F400]h:mm:ss AM/PM", Kind.TIME),
        ("m/d/yyyy h:mm", Kind.MOMENT),
        ("yyyy-mm-dd hh:mm:ss.000", Kind.MOMENT),
        (r"dd\.mm\.yyyy\ hh:mm", Kind.MOMENT),
        ("[h]:mm", Kind.ELAPSED),
        ("[mm]:ss", Kind.ELAPSED),
    ],
)
def test_kind_of_format(code: str, kind: Kind) -> None:
    """A format shows a number, a day, a time, both, or an elapsed time; literals and colours do not matter."""
    assert kind_of(code) is kind


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("00000", 1234, "01234"),
        ("00000", 0, "00000"),
        ("00000", 123456, "123456"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ("(000) 000-0000", 4155552671, "(415) 555-2671"),
        ("[<=9999999]###-####;(###) ###-####", 5552671, "555-2671"),
        ("[<=9999999]###-####;(###) ###-####", 4155552671, "(415) 555-2671"),
        (r"[<=9999999]###\-####;\(###\)\ ###\-####", 4155552671, "(415) 555-2671"),
        ('"APPT-"0000', 12, "APPT-0012"),
        ("00000;-00000", 7, "00007"),
        ("General", 1234, None),
        ("0", 1234, None),
        ("#,##0", 1234, None),
        ("0.00", 1234, None),
        ("0%", 1234, None),
        ("0;-0;;@", 1234, None),
        ("00000", -5, None),
        ('0;"N"0', 42, None),
        ("General;[Red]00000", 42, None),
        ('#,##0;"minus "0', 42, None),
        ('[<100]0;"X"000', 42, None),
        ('[<100]0;"X"000', 500, "X500"),
        ('[<100]"X"000;0', 500, None),
        ('[>100]"A-"0;"B-"0;"C-"0', 42, "C-42"),
        ('[<10]"A-"0;[<100]"B-"0;"C-"0', 420, "C-420"),
        ("+44 0", 7862345678, "+44 7862345678"),
        (r"\+44\ 0000\ 000000", 7862345678, "+44 7862 345678"),
        (r"\+1\ \(000\)\ 000\-0000", 4155552671, "+1 (415) 555-2671"),
        ("27-0000", 42, "27-0042"),
        ("00:00", 930, "09:30"),
        ("# ?/16", 42, None),
        ("0.00E+00", 42, None),
        ("[>=1000000]0.0,,;0", 42, None),
    ],
)
def test_number_in_a_mask(code: str, number: int, shown: str | None) -> None:
    """Leading zeros and digits in groups are shown as the format shows them; ordinary formats add nothing."""
    assert masked(code, number) == shown


@pytest.mark.parametrize(
    ("digits", "shown", "told"),
    [
        ("42", "00042", True),
        ("0", "00000", True),
        ("12345", "123-45", True),
        ("12345678", "012-34-5678", True),
        ("4155552671", "(415) 555-2671", True),
        ("7", "A-7", True),
        ("7862345678", "+44 7862345678", True),
        ("2079460958", "+44 20.7946.0958", True),
        ("4155552671", "4155552671 x12", True),
        ("4155552671", "ext. 4155552671", True),
        ("141", "141/27", True),
        ("5550412", "(212) 5550412", True),
        ("42", "42", False),
        ("42", "(42)", False),
        ("1234567", "1,234,567", False),
        ("1234567", "12,34,567", False),
        ("1234567", "1 234 567", False),
        ("1234567", "1'234'567.00", False),
        ("1234", "$1,234.00", False),
        ("1234", "1.234,00 €", False),
        ("5", "5.00", False),
        ("5", "500%", False),
        ("5", "5.00E+00", False),
        ("5", "0.005", False),
        ("2126000", "2,126", False),
        ("42", "", False),
        ("42", "cancelled", False),
    ],
)
def test_digits_that_a_format_adds_in_an_opendocument_sheet(digits: str, shown: str, *, told: bool) -> None:
    """A calling code or an extension that the format shows is part of the value; thousands, decimals and powers of ten are not."""
    assert is_masked(digits, shown) is told


@pytest.mark.parametrize(
    ("number", "span", "text"),
    [
        (0.604166666666667, "PT14H30M00S", "14:30:00"),
        (1.604166666666667, "PT38H30M00S", "14:30:00"),
        (2.604166666666667, "PT62H30M00S", "14:30:00"),
        (46450.604166666667, "PT1114814H30M00S", "14:30:00"),
        (930, "PT22320H00M00S", None),
        (9.3, "PT223H12M00S", None),
        (1430, "PT34320H00M00S", None),
        (143000, "PT3432000H00M00S", None),
    ],
)
def test_day_of_a_cell_that_shows_a_time(number: float, span: str, text: str | None) -> None:
    """930 typed where 9:30 was meant is shown as 0:00, and is no time; the first day of a calendar and a real day do not matter."""
    details = Details()
    judge(Cell(2, 0, 0, number=number), ["h:mm"], details)
    shown = f"{int(number % 1 * 24 + 1e-6)}:{int(number * 24 % 1 * 60 + 0.5) % 60:02}"
    cell = cell_of(fromstring(f'<c value-type="time" time-value="{span}"><p>{shown}</p></c>'))

    assert ([flaw[1:] for flaw in details.flaws.get(2, [])] == []) is (text is not None)
    assert details.texts.get(2, {0: text})[0] == text
    assert (cell.text, cell.code) == ((text, "") if text else (f"{number:.15g}", "date_impossible"))


@pytest.mark.parametrize(
    ("code", "shown", "text"),
    [
        ('h:mm "PST"', "14:30 PST", "14:30:00 PST"),
        (r"h:mm AM/PM \P\T", "2:30 PM PT", "14:30:00 PT"),
        ('h:mm" Eastern Time";@', "14:30 Eastern Time", "14:30:00 Eastern Time"),
        ('hh:mm"Z"', "14:30Z", "14:30:00Z"),
        ('[$-409]h:mm AM/PM "(UTC)"', "2:30 PM (UTC)", "14:30:00 UTC"),
        ('h:mm" Uhr"', "14:30 Uhr", "14:30:00"),
        ('h:mm;@"PST"', "14:30", "14:30:00"),
        ('"STEP "h:mm', "STEP 14:30", "14:30:00"),
        ("h:mm AM/PM", "2:30 PM", "14:30:00"),
    ],
)
def test_zone_behind_a_time(code: str, shown: str, text: str) -> None:
    """The time zone that a number format writes beside a time is part of what the cell says; other words are not."""
    details = Details()
    judge(Cell(2, 0, 0, number=0.604166666666667), [code], details)
    cell = cell_of(fromstring(f'<c value-type="time" time-value="PT14H30M00S"><p>{shown}</p></c>'))

    assert details.texts.get(2, {0: "14:30:00"})[0] == text
    assert cell.text == text
