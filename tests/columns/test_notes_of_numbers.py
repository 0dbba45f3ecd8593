"""Notes of another way than texts, of a new number, of a waiting list, of a lapsed visit and of a death; and marks of the last at names."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.columns.cell_meaning import Heeded
from importer.columns.lines_and_marks import heeded_of_person, mark_of_title
from importer.columns.visit_words import people_worth_reading
from importer.model.chunks import Chunk
from importer.model.profile import Profile

INSTEAD: Final = (
    "call instead of text", "Please call instead of texting", "email rather than text", "instead of text call", "Anruf statt SMS", "bitte anrufen statt SMS",
    "llamar en lugar de SMS", "appeler au lieu de SMS", "chiamare invece di SMS", "ligar em vez de SMS", "bellen in plaats van sms", "texting is not ok",
    "text not ok", "texts not okay", "not ok to text", "texts: not ok", "SMS nicht ok", "SMS pas ok", "sms niet ok",
)  # fmt: skip
UNCLEAR: Final = ("call instead", "prefers calls over texts", "Email instead please")
NEW_NUMBERS: Final = (
    "number changed", "new number", "has a new cell", "changed number 212-555-0199", "Phone has changed", "new cell phone number: 2125550199", "neue Nummer",
    "Nummer geändert", "nuevo número", "nouveau numéro", "numéro a changé", "nieuw nummer", "novo número", "nuovo numero", "cambió número? numero cambiado",
)  # fmt: skip
OVER: Final = (
    "on waitlist", "waitlisted", "on the waiting list", "auf Warteliste", "en lista de espera", "sur liste d'attente", "op wachtlijst", "vervalt",
    "afspraak vervalt", "Termin verfallen", "pt sick", "missed", "on hold", "Lopez (passed)", "Lopez, Ana (passed)", "pt has passed", "passed 3/1", "passed",
    "r/s", "pt r/s", "needs r/s",
)  # fmt: skip
SILENT: Final = (
    "text instead of call", "SMS statt Anruf", "texts ok", "text ok, calls not ok", "not sure", "bring ID instead of card", "calls not ok", "new policy number",
    "member number changed", "new patient", "New phone consult", "room number changed", "new mobile app", "number 3 in line", "waitlist for an earlier time",
    "Waitlist", "hearing test (passed)", "Screening (passed)", "passed the exam", "passed through security", "sick visit", "broken tooth", "hold the door",
    "recept vervalt 3/3", "waiting on insurance", "insurance card expired",
)  # fmt: skip


def codes(heading: str, cell: str) -> list[str]:
    frame = pd.DataFrame([["2125550101", "1", cell]], dtype=object)
    said = UnusedStatus(match(("phone", "externalEventId", heading), Profile()))
    return [each.code for each in said.findings(Chunk(frame), np.full(1, "upsert", dtype=object))]


@pytest.mark.parametrize("cell", INSTEAD)
def test_another_way_in_place_of_texts_refuses_them(cell: str) -> None:
    """In a note it is a warning, as do not text is; in another column it stops the row."""
    assert (codes("Notes", cell), codes("Foo", cell)) == (["consent_unclear"], ["consent_refused"])


@pytest.mark.parametrize("cell", [*UNCLEAR, *NEW_NUMBERS])
def test_what_may_mean_that_the_number_is_wrong_is_a_warning(cell: str) -> None:
    """A way that is liked better, and a number that is not the person's any more."""
    assert codes("Notes", cell) == ["consent_unclear"]


@pytest.mark.parametrize("cell", OVER)
def test_note_that_there_is_no_visit_is_a_warning(cell: str) -> None:
    """Who waits for a slot has none, and a word that only says that the slot was given up is about the visit."""
    assert codes("Notes", cell) == ["status_in_notes"]


@pytest.mark.parametrize("cell", SILENT)
def test_note_of_other_things_raises_nothing(cell: str) -> None:
    """Texts that are wanted, numbers of other things, tests that somebody passed and things that are broken."""
    assert codes("Notes", cell) == []


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("Lopez (passed)", Heeded.DEAD),
        ("Lopez - passed 3/1", Heeded.DEAD),
        ("Lopez PASSED", Heeded.DEAD),
        ("Lopez r/s", Heeded.MOVED),
        ("Lopez R/S to 4/1", Heeded.MOVED),
        ("Lopez r/s from 3/1", None),
        ("Passed", None),
        ("Resch", None),
        ("Anna Resch", None),
    ],
)
def test_mark_at_a_name_says_that_the_person_has_died_or_the_visit_is_moved(name: str, heard: Heeded | None) -> None:
    """With an edge, or written with a stroke; names are no marks."""
    assert (heeded_of_person("lastName", name) if people_worth_reading([name]) else None) is heard


def test_a_passed_exam_is_no_death() -> None:
    """In the title of an event "passed" is said of a thing."""
    assert mark_of_title("Driving exam (passed)") is None
