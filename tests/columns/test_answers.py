"""What people answered to a text: a no says that nobody comes, below whatever heading of answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.model.chunks import Chunk
from importer.model.profile import Profile


def codes(heading: str, *cells: str, action: str = "upsert") -> list[str]:
    """Return what is found in one column of cells, one code a row."""
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    frame.index = pd.Index(range(2, len(cells) + 2))
    said = UnusedStatus(match(("phone", "externalEventId", heading), Profile()))
    found = said.findings(Chunk(frame), np.full(len(cells), action, dtype=object))
    return [each.code for each in found for _ in each.positions]


HEADINGS = (
    *("Reply", "Response", "Answer", "Replies", "SMS reply", "Text response", "Reply to text", "Last reply", "Réponse", "Antwort", "Respuesta SMS"),
    *("Risposta", "Resposta", "Antwoord", "Patient response"),
)  # fmt: skip
REFUSING = (
    "No",
    "N",
    "NO.",
    "nope",
    "nein",
    "Non",
    "não",
    "nee",
    "нет",
    "nej",
    "No thanks",
    "Nein, danke",
    "no sorry",
    "Non merci",
    "👎",
)
PASSING = (
    "Yes",
    "Y",
    "ja",
    "oui",
    "C",
    "1",
    "",
    "-",
    "None",
    "No reply",
    "No response yet",
    "FALSE",
    "0",
    "no problem",
    "Thanks",
    "👍",
)


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_bare_no_below_answers_stops_its_row(heading: str) -> None:
    """Who answers no does not come, in any language, with thanks, and where each row says so."""
    assert [codes(heading, no) for no in REFUSING] == [["status_not_used"]] * len(REFUSING)
    assert codes(heading, *["No"] * 3) == ["status_not_used"] * 3


@pytest.mark.parametrize("heading", HEADINGS)
def test_another_answer_passes(heading: str) -> None:
    """A yes, a blank, a mark of nothing, and a word that there was no answer stop nobody."""
    assert [answer for answer in PASSING if codes(heading, answer)] == []


@pytest.mark.parametrize(
    "heading", ["Replied", "Replied?", "Response received", "Reply status", "Reply 2", "Reminder status", "Last SMS"]
)
def test_a_no_that_tells_whether_somebody_answered_passes(heading: str) -> None:
    """There it says that nobody answered, or that nothing was sent."""
    assert codes(heading, "No") == []


@pytest.mark.parametrize("action", ["cancel", "no_show", "none"])
def test_a_no_stops_no_row_that_is_off_anyway(action: str) -> None:
    """A cancelled visit is cancelled, whatever its person answered."""
    assert codes("Reply", "No", action=action) == []
