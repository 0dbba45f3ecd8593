"""Cells that only say "as above" below a heading that asks of the visit or of texts: each row is read by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import importer
from importer.columns.cell_meaning import Heeded, heeded
from importer.columns.heading_meaning import asks

MARKS = ("〃", '"', "''", '-"-', "- 〃 -", "”", "„", "″", ",,", "^", "^^", "↑", "⬆️", "»")
WORDS = (
    *("same", "Same", "(same)", "ditto", "as above", "see above", "same as above", "do.", "idem", "id.", "dito", "ebenso", "wie oben"),
    *("s. o.", "ídem", "lo mismo", "igual", "come sopra", "idem ci-dessus", "même", "acima", "zelfde", "jak wyżej", "см. выше"),
)  # fmt: skip
OTHERS = ("", "-", "--", "'", "yes", "do", "same day", "above 18", "ok as above 18")
ASKING = ("OK to text", "Status", "Estado", "Cancelled?", "Do not text", "Consent", "Opt out", "Attended")
HEADINGS = "externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone,remindTimeOffset"
ROW = "2125550101,Ana,6c52d314-a3ca-4781-ba70-5f3b0c8d1e01,2027-03-11T14:30:00,America/New_York,PT3H"


@pytest.mark.parametrize("heading", ASKING)
def test_a_cell_that_says_as_above_stops_its_row(heading: str) -> None:
    """In a mark or in words, whatever the heading asks of the visit or of texts."""
    assert {typed for typed in (*MARKS, *WORDS) if heeded(asks(heading), typed) is not Heeded.ABOVE} == set()


@pytest.mark.parametrize("heading", ASKING)
def test_other_cells_are_no_repetition(heading: str) -> None:
    """Blanks, a lone apostrophe, and words among others."""
    assert {typed for typed in OTHERS if heeded(asks(heading), typed) is Heeded.ABOVE} == set()


@pytest.mark.parametrize("heading", ["Notes", "Doctor", "Room", "Payment status"])
def test_elsewhere_a_repetition_stops_nobody(heading: str) -> None:
    """Below notes and names it repeats nothing that is heeded."""
    assert {typed for typed in (*MARKS, *WORDS) if heeded(asks(heading), typed)} == set()


@pytest.mark.parametrize(
    ("heading", "typed", "stops"),
    [
        ("Moved to", "same", False),
        ("Moved to", "〃", True),
        ("Landline", "same", False),
        ("Landline", "ditto", True),
        ("SMS reply", "same", False),
        ("SMS reply", "↑", True),
    ],
)
def test_the_same_may_be_no_repetition(heading: str, typed: str, *, stops: bool) -> None:
    """It is said of the time that a visit had, of another number, and by people; ditto and marks are not."""
    assert (heeded(asks(heading), typed) is Heeded.ABOVE) is stops


@pytest.mark.parametrize(
    ("heading", "cells", "codes"),
    [
        ("Status", "create,〃", ["repeats_above"]),
        ("OK to text", "create,same", ["repeats_above"]),
        ("OK to text", "cancel,same", []),
        ("Notes", "create,same", []),
        ("pc_apptstatus", "create,^", []),
    ],
)
def test_rows_below_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heading: str, cells: str, codes: list[str]
) -> None:
    """The row itself says nothing, so it is not sent; one that cancels still goes."""
    monkeypatch.chdir(tmp_path)
    text = f"{HEADINGS},action,{heading}\nL-1,{ROW},cancel,No\nL-2,{ROW.replace('0101', '0102')},{cells}\n"
    Path("above.csv").write_text(text, encoding="utf-8")
    *_, found = importer.check("above.csv").rows()
    assert [problem["code"] for problem in found["problems"]] == codes


def test_a_repeated_action_is_an_unknown_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a column that the profile reads as the action."""
    monkeypatch.chdir(tmp_path)
    Path("importer.toml").write_text('[profile.default.columns]\n"Status" = "action"\n', encoding="utf-8")
    Path("above.csv").write_text(f"{HEADINGS},Status\nL-1,{ROW},cancel\nL-2,{ROW},ditto\n", encoding="utf-8")
    *_, found = importer.check("above.csv").rows()
    assert [problem["code"] for problem in found["problems"]] == ["action_unknown"]
