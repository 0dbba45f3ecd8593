"""Pictures in place of words: below a status a red light or a thumb down says no, and one of which nobody knows is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.model.chunks import Chunk
from importer.model.profile import Profile


def codes(heading: str, *cells: str) -> list[str]:
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    matching = match(("phone", "externalEventId", heading), Profile())
    actions = np.full(len(cells), "upsert", dtype=object)
    return [found.code for found in UnusedStatus(matching).findings(Chunk(frame), actions)]


@pytest.mark.parametrize("sign", ["👎", "👎🏽", "🔴", "🟥", "🛑", "❌", "✖", "✖️", "⛔"])
@pytest.mark.parametrize("heading", ["Status", "Attending", "Attendance"])
def test_red_light_says_that_the_visit_is_off(heading: str, sign: str) -> None:
    """A thumb down and a red light beside green ones are a no, as a cross is."""
    assert codes(heading, sign) == ["status_not_used"]
    assert codes("OK to text", sign) == ["consent_refused"]


@pytest.mark.parametrize("sign", ["👍", "👍🏽", "🟢", "🟩", "✅", "✔", "✔️", "💚", "☐", "○", "-", "…"])
@pytest.mark.parametrize("heading", ["Status", "Attending", "OK to text"])
def test_green_light_and_open_box_stop_nobody(heading: str, sign: str) -> None:
    """What says that all is well, or nothing so far, is no problem of the visit."""
    assert "status_not_used" not in codes(heading, sign)
    assert codes("Status", sign) == []


@pytest.mark.parametrize("sign", ["🟡", "⏳", "📞", "⚠️", "❓"])
def test_other_picture_below_a_status_is_told(sign: str) -> None:
    """Nobody knows what it says, so its first row is told."""
    assert codes("Status", sign) == ["status_word_unknown"]
    assert codes("Flag", sign) == []


@pytest.mark.parametrize("sign", ["🔴 Ana", "Ana 🟥", "👎 Ana"])
def test_red_light_beside_a_name_says_nothing(sign: str) -> None:
    """Calendars mark visits with colours for many reasons."""
    assert codes("firstName", sign) == codes("Subject", sign) == []


def test_telephone_that_is_crossed_out_refuses_texts() -> None:
    """It is known wherever it stands."""
    assert codes("Status", "📵") == ["consent_refused"]


@pytest.mark.parametrize("heading", ["Phone type", "Phone Type 1", "Contact type"])
def test_fax_takes_no_texts(heading: str) -> None:
    """A number whose kind is a fax is a warning, as a landline is."""
    assert codes(heading, "Fax") == codes(heading, "Telefax") == ["consent_unclear"]
    assert codes(heading, "Mobile") == []


@pytest.mark.parametrize("heading", ["Referred by", "Source", "Booking channel", "Notes", "Fax"])
def test_fax_below_other_headings_says_nothing(heading: str) -> None:
    """A paper may come by fax."""
    assert codes(heading, "Fax") == codes(heading, "Fax received") == []


@pytest.mark.parametrize(
    "note",
    ["now 4pm", "Now at 4:30 PM", "appt is now 10 am", "new time 4pm", "New time: 4:30 pm", "new appt time is 9am", "time changed to 4pm", "coming 4pm instead",
     "jetzt 16 Uhr", "jetzt um 16:30 Uhr", "moved to Friday", "rescheduled to 3/5"],
)  # fmt: skip
def test_note_that_names_another_time_is_a_warning(note: str) -> None:
    """A note with the time that the visit has now says that the cell of the time is old."""
    assert codes("Notes", note) == ["status_in_notes"]
    assert codes("Notes", "first visit", note) == ["status_in_notes"]


@pytest.mark.parametrize(
    "note",
    ["now 4 weeks pregnant", "pain now 4/10", "call now", "new patient, mornings until 10 am", "picked up by dad at 4pm", "works until 5pm now", "4pm instead of 5 works too",
     "changed insurance", "new time zone", "now 24 mg", "took meds at 8 am", "nap at 1pm, new baby", "now on 10 mg am and pm"],
)  # fmt: skip
def test_note_with_other_times_says_nothing(note: str) -> None:
    """Times of other things, and other things that are new, are none of the visit's."""
    assert codes("Notes", note) == []
