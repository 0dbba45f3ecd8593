"""Columns that are not used and say that an appointment is off."""

from __future__ import annotations

import numpy as np
import pytest

from importer.columns import match
from importer.model.profile import Profile
from importer.normalizing import contradictions

KNOWN = ("phone", "externalEventId")


@pytest.mark.parametrize(
    "text", ["Cancelled", "canceled", " CANCEL ", "No-show", "noshow", "deleted", "Did not attend"]
)
def test_word_that_says_off_is_found(text: str) -> None:
    """Each spelling of a cancellation or a no-show is found, with its heading and as typed."""
    cells = np.array(["Booked", text, ""], dtype=object)

    (finding,) = contradictions({"Status": cells})

    assert (finding.code, finding.positions.tolist(), finding.details) == ("status_not_used", [1], "Status")
    assert finding.values is not None
    assert finding.values.tolist() == [text]


@pytest.mark.parametrize("text", ["", "Booked", "Paid", "Active", "Confirmed", "Arrived", "moved", "cancelled twice?"])
def test_any_other_word_says_nothing(text: str) -> None:
    """A column that is not used and says anything else stays unused."""
    assert list(contradictions({"Status": np.array([text], dtype=object)})) == []


@pytest.mark.parametrize(
    ("heading", "is_looked_at"),
    [
        ("Status", True),
        ("status_of_visit", True),
        ("VisitStatus", True),
        ("Attendance", True),
        ("Outcome", True),
        ("Statusseminar", False),
        ("State", False),
        ("Notes", False),
        ("Appointment status", False),
    ],
)
def test_headings_that_speak_of_a_status(heading: str, *, is_looked_at: bool) -> None:
    """A heading is looked at when one of its words is a status, and it is not the action itself."""
    assert match((*KNOWN, heading), Profile()).silent_statuses == ((2,) if is_looked_at else ())


@pytest.mark.parametrize(
    ("headings", "profile"),
    [
        pytest.param(("Action", "Status"), Profile(), id="an action column decides"),
        pytest.param(("Status",), Profile(columns={"Status": "action"}), id="the profile calls it the action"),
        pytest.param(("Status",), Profile(columns={"Status": ""}), id="the profile leaves it out"),
        pytest.param(
            ("Status",), Profile(columns={"Status": "metadata.status"}), id="the profile sends it as metadata"
        ),
        pytest.param(("Status",), Profile(action="cancel"), id="the rows cancel anyway"),
    ],
)
def test_a_person_has_said_what_the_column_means(headings: tuple[str, ...], profile: Profile) -> None:
    """Where sheet or profile say what the rows ask for, or what the column is, nothing is looked at."""
    assert match((*KNOWN, *headings), profile).silent_statuses == ()
