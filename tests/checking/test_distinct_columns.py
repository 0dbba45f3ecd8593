"""A chunk is judged alike whether its columns come whole, as categories, or are taken apart on the way."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.checking import check, check_rows, stage
from importer.checking.staged_rows import content_hashes
from importer.model import chunks
from importer.model.chunks import Chunk
from importer.model.profile import EventType, Location, Profile
from importer.normalizing import normalize

NOW = 1_795_000_000.0
CELLS = {
    "action": ["", "create", "Update", "cancel", "no show", "arrived", "?"],
    "uuid": ["", "abc-1", "{abc-2}", "a/b"],
    "externalEventId": ["", "A1", " A2", "12.0", "1E+15"],
    "phone": ["", "(212) 555-0101", "2125550102", "x(212) 555-0103", "555-0104", "+442079460958", "212\n555", "é"],
    "firstName": ["", "Ana", "Zoë ", "B\x07"],
    "emailAddress": ["", "ana@example.com", "ana@", " b@example.org"],
    "eventType": ["", "Check-up", "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01", "?"],
    "remindTimeOffset": ["", "PT3H", "3 hours", "P1M"],
    "eventDateTime": [
        "",
        "2027-03-04T14:30:00",
        "3/4/2027 2:30 PM",
        "2027-03-14T02:30:00",
        "2027-03-04T14:30:00Z",
        "?",
    ],
    "date": ["", "2027-03-04", "13/4/2027"],
    "time": ["", "14:30", "2 pm", "25:00"],
    "subscriberTimeZone": ["", "America/New_York", "ET", "Eastern", "MST", "Nowhere"],
    "location": ["", "Downtown", "downtown", "Elsewhere"],
    "metadata": ["", '{"room": "1"}', '{"room": 2, "door": "B"}', "{"],
    "metadata.room": ["", "1", " 1", "{}"],
}
PROFILES = [
    Profile(),
    Profile(
        zone="America/Chicago",
        remind_time_offset="PT24H",
        date_order="mdy",
        locations={"Downtown": Location("America/Denver", {"door": "A"})},
        event_types={"Check-up": EventType("6c52d314-a3ca-4781-ba70-5f3b0c8d1e01", ("room",))},
        values={"phone": {"none": ""}, "firstName": {"ana": "Anna"}},
        metadata={"door": "main"},
    ),
]


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[str]]:
    """Draw a table of some fields; its rows are many or few beside what is written in them."""
    names = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=8, unique=True))
    rows = draw(st.integers(1, 12))
    return {name: draw(st.lists(st.sampled_from(CELLS[name]), min_size=rows, max_size=rows)) for name in names}


def judged(typed: pd.DataFrame, profile: Profile) -> Any:
    """Return all that a chunk comes to, for ``check`` and for the ledger."""
    checked = check(
        Chunk(typed), normalize(typed, profile), profile, now=NOW, columns=dict.fromkeys(map(str, typed), 0)
    )
    lines = list(check_rows(checked, file="week.csv", sheet=None, headings=()))
    values = {name: found.column.tolist() for name, found in checked.values.columns.items()}
    return stage(checked), lines, content_hashes(checked).tolist(), values


def in_categories(typed: pd.DataFrame) -> pd.DataFrame:
    """Return the columns as a reader keeps them that knows more texts than these rows hold."""
    columns = {
        name: pd.Categorical(column, categories=np.array(CELLS[str(name)], dtype=object))
        for name, column in typed.items()
    }
    return pd.DataFrame(columns, index=typed.index)


@settings(max_examples=longer(25, 2_000), deadline=None)
@given(tables(), st.sampled_from(PROFILES))
def test_columns_are_judged_alike_however_they_come(cells: dict[str, list[str]], profile: Profile) -> None:
    """Taken apart, kept whole, or in categories, a chunk's rows get the same bodies, sentences and hashes."""
    rows = len(next(iter(cells.values())))
    typed = pd.DataFrame(cells, index=np.arange(2, rows + 2), dtype=object)
    expected = judged(typed, profile)

    with patch.object(chunks, "SAMPLE", 0), patch.object(chunks, "SURELY_UNLIKE", -1):
        assert judged(typed, profile) == expected
    assert judged(in_categories(typed), profile) == expected


def test_putting_a_text_leaves_the_other_rows() -> None:
    """A text put into some rows of a column stands there and nowhere else, whether the column repeats or not."""
    whole = chunks.Distinct(np.array(["a", "b", "a"], dtype=object), None)
    apart = chunks.Distinct(np.array(["a", "b"], dtype=object), np.array([0, 1, 0]))

    for column in (whole, apart):
        assert column.put("c", np.array([True, False, False])).column.tolist() == ["c", "b", "a"]
        assert column.column.tolist() == ["a", "b", "a"]


def test_a_cancel_is_not_held_to_its_day() -> None:
    """A cancel that an id names needs no start: whatever stands for day, time and zone, the row is ready."""
    cells = {
        "action": "cancel",
        "phone": "2125550101",
        "externalEventId": "A1",
        "date": "13/4/2027",
        "time": "25:00",
        "subscriberTimeZone": "America/New_York",
    }

    (_, (line,), _, _) = judged(pd.DataFrame([cells], index=[2], dtype=object), Profile())

    assert line["status"] == "ready"
