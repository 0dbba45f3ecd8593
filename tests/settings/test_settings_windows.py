"""A snapshot's window: the days that a file is everything of."""

from __future__ import annotations

from datetime import date

import pytest

from importer.model.profile import parse_window
from importer.settings.values import window

TODAY = date(2027, 3, 10)


@pytest.mark.parametrize(
    ("text", "normal", "first", "last"),
    [
        ("2027-03-01..2027-03-31", "2027-03-01..2027-03-31", date(2027, 3, 1), date(2027, 3, 31)),
        (" Today .. +30D ", "today..+30d", TODAY, date(2027, 4, 9)),
        ("-1d..today", "-1d..today", date(2027, 3, 9), TODAY),
        ("+0d..+7d", "today..+7d", TODAY, date(2027, 3, 17)),
        ("today..2027-03-31", "today..2027-03-31", TODAY, date(2027, 3, 31)),
    ],
)
def test_window_is_read(text: str, normal: str, first: date, last: date) -> None:
    """Days are dates or counted from today; both ends belong to the window."""
    found = parse_window(window(text))

    assert str(found) == normal
    assert found.has(first, today=TODAY)
    assert found.has(last, today=TODAY)
    assert not found.has(date.fromordinal(first.toordinal() - 1), today=TODAY)
    assert not found.has(date.fromordinal(last.toordinal() + 1), today=TODAY)


@pytest.mark.parametrize(
    "text",
    ["", "today", "..", "2027-03-31..2027-03-01", "+7d..today", "3/1..3/31", "2027-02-30..2027-03-31", "today..60"],
)
def test_window_that_names_no_days_is_refused(text: str) -> None:
    """A window that is not one, or ends before it begins, is refused with what was expected."""
    with pytest.raises(ValueError, match=r"FROM\.\.TO|a text"):
        window(text)
