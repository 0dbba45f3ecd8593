"""What a number format makes of a number."""

from __future__ import annotations

import pytest

from importer.reading.child.cell_display import Kind, kind_of, masked


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
    ],
)
def test_number_in_a_mask(code: str, number: int, shown: str | None) -> None:
    """Leading zeros and digits in groups are shown as the format shows them; ordinary formats add nothing."""
    assert masked(code, number) == shown
