"""Marks beside a name: what receptionists write into it when a visit is off, and names that only look so."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pytest
from processor_time import processor_s

from importer.columns import UnusedStatus, match
from importer.columns.cell_meaning import Heeded
from importer.columns.lines_and_marks import heeded_of_person, mark_of_comment
from importer.columns.visit_words import people_worth_reading
from importer.model.chunks import Chunk
from importer.model.profile import Profile

OFF: Final = (
    "Ana Lee (deceased)", "Ana Lee - CANCELLED", "Lee, Ana *CXL*", "Lee, Ana (no show)", "Ana Lee [CANCELED]", "CANCELLED - Ana Lee",
    "*Cat* CXL", "Eve (RIP)", "RIP Ana Lee", "R.I.P. Ana Lee", "Flo †", "† Flo Lee", "Flo Lee (†)", "Ana Lee ❌", "🚫 Ana Lee", "Ana Lee (x)",
    "Ana Lee: moved", "Ana Lee (moved to 3/15)", "Ana Lee - rescheduled", "Lee, Ana (verstorben)", "Lee, Ana (abgesagt)", "Ana Lee – storniert",
    "Lee, Ana - annulé", "Ana Lee (reporté)", "Lee, Ana - falleció", "Lee, Ana [no asistió]", "Ana Lee (reagendada)", "Ana Lee (afgezegd)",
    "Ana Lee (verzet)", "Ana Lee (falecida)", "Ana Lee - deceduta", "Ana Lee - spostato", "Ana Lee - DNA", "Ana Lee (FTA)", "Ana Lee - N/S",
    "Ana Lee NO SHOW", "ana lee cxl", "Ana Lee (on hold)", "HOLD - Ana Lee", "VOID Ana Lee", "Ana Lee (expired)", "ANA LEE (CANCELLED)",
    "ANA LEE CXL", "Ana Lee (missed)", "Ana Lee ** cancelled **", "Ana Lee / CANCELLED", "Ana Lee, deceased", "Lee, Ana, moved",
)  # fmt: skip
NOT_TEXTED: Final = (
    "DO NOT TEXT Ana Lee", "Lee, Ana - opted out", "Gus DNC", "Lee, Ana, DNC", "**Ana Lee** DNT", "Dan Lee - wrong number", "Ana Lee (wrong #)",
    "Ana Lee (falsche Nummer)", "Ana Lee (número equivocado)", "Ana Lee (mauvais numéro)", "Ana Lee (numero sbagliato)", "Ana Lee - bad phone",
    "Lee, Ana (keine SMS)", "Ana Lee - no SMS", "Ana Lee (stop)", "STOP: Ana Lee", "Ana Lee STOP",
)  # fmt: skip
IN_PLACE_OF_A_NAME: Final = ("Cancelled", "Annulé", "Décédé", "No-show", "BLOCK", "Lunch", "Do Not Book", "HOLD, SLOT")
NAMES: Final = (
    "Ana Stop", "Stop, Ana", "STOP, ANA", "ANA STOP", "Ana Moved", "Moved, Ana", "Ana Cross", "Dead, John", "John Dead", "Rip Torn", "Torn, Rip",
    "RIP TORN", 'Elmore "Rip" Torn', "Ana Block", "Block, Ana", "Ana Void", "Void, Ana", 'Nunez "No"', "Ana X Lee", "Ana X. Lee", "X Lee",
    "Malcolm X", "X Æ A-12", "Ana (Annie) Lee", "Lee, Ana (2)", "Ana Lee - new", "Dr. Lee - cleaning", "Dr. Held - cleaning", "Kim-Cancel",
    "Ana Cancel", "Cancel, Ana", "Ana Lapin", "Fabian Cancellara", "Cancellieri, Anna", "Ana Held", "Held, Anna", "Anna HELD", "Anna Maria HELD",
    "Ana Morta", "Can Yilmaz", "Ana Baja", "Mai Nguyen", "No Kim", "Sin Chan", "Un Kim", "Do Thi Mai", "Ne Win", "Ana Quit", "Ana Falta",
    "Ana Lee (mother)", "Ana Lee (F)", "Ana Lee (DC)", "Lee, Ana (NC)", "Ana Lee (new patient)", "Ana Lee - confirmed", "Ana Lee (née Smith)",
    "Ana (née Block)", "Lee/Block", "Ana Lee / Bob Lee", "Miss Ana Lee", "Ana Lee (Miss)", "Ana Lee*", "*VIP* Ana Lee", "Ana Lee #12", "CX Lee",
    "NS Rao", "Ana Show", "Tod Lee", "Mort Sahl", "Ana Wrong", "Ana Holder", "Stopford, Ana", "Lee - Smith, Ana",
)  # fmt: skip

SURNAMES_IN_CAPITALS: Final = (
    "Jean LAPIN", "LAPIN Jean", "LAPIN, Jean", "LAPIN, JEAN", "Marie LAPIN-ROUX", "Jean Paul LAPIN", "LAPIN, Jean Paul", "Luca MORTO", "MORTO Luca",
    "Sophie MORTE", "DE MORTE Sophie", "Paul DÉFUNT", "DEFUNT, Paul", "Jan FALTOU", "Marco DISDICI", "Hans STORN", "Ana CANCELO", "CANCELO, Ana",
    "CANCELA, Ana", "STORNO, Hans", "AUSFALL, Hans", "ABSENT, Ana", "AUSENTE, Ana", "FALTA, Ana", "MORT, Ana", "DEATH, Ana", "RIP, Ana", "Ana RIP",
    "TOT, Ana", "Eva TOT", "DEAD, Ana", "VOID, Ana", "STOP, Ana", "MOVED, Ana", "Hans KRANK", "Ana PLANTÓN", "Luc MANQUÉ", "Juan FINADO",
    "Rosa PERDIDA", "Tom BROKEN", "Luc REFUS",
)  # fmt: skip
PERHAPS_SURNAMES: Final = (
    "Marie ABSENT", "Pedro FALTA", "Hans STORNO", "Hans AUSFALL", "Ana CANCELA", "CANCELA Ana", "DA CANCELA Ana", "Ana VOID", "Luis AUSENTE",
)  # fmt: skip
IN_CAPITALS_AND_NOBODYS: Final = (
    "Ana CANCELLED", "CANCELLED, Ana", "Ana DECEASED", "DECEASED, Ana", "Ana CXL", "NO SHOW, Ana", "Ana NO SHOW", "Marie ANNULÉE", "Hans ABGESAGT",
    "RIP Ana", "Ana Lee CANCEL", "STORNO Eva Lee", "Ana Lee ABSENT", "Eva DECLINED",
)  # fmt: skip
INITIALS: Final = (
    "Lee, Ana (X)", "Ana Lee (X)", "Ana Lee [X.]", "Lee,Ana,X", "lee,ana,x", "Lee, Ana, X.", "Lee, Ana(X) (2)",
)  # fmt: skip
PERHAPS_INITIALS: Final = (
    "Lee, Ana (RS)", "Ana Lee - RS", "Ana Lee (NS)", "Ana Lee (ns)", "NS - Ana Lee", "Ana Lee (CX)", "Ana Lee (DNS)", "Lee, Mortimer (Mort)", "Ana Lee (Tot)",
)  # fmt: skip
MARKS_BESIDE_INITIALS: Final = (
    "Ana Lee (RS) CXL", "CXL Ana Lee (NS)", "Lee, Ana (RS) - cancelled", "(x) Ana Lee", "[X] Ana Lee", "X - Ana Lee", "Ana Lee (XX)", "Ana Lee (mort)",
    "Ana Lee (TOT)", "Ana Lee (Rip) deceased", "Lee, Ana, X (cancelled)", "Ana Lee - N/S", "Ana Lee (R/S)", "Lee, Ana (X) (no show)",
)  # fmt: skip

OF_ANOTHER_VISIT: Final = (
    "(prev no show)", "(hx no show)", "(no show x2)", "- 2 no shows", "- 3 cancellations", "(cancelled x2)", "(cancelled 2x)", "(cancelled twice)",
    "(cxl list)", "(on hold list)", "(replaces Bo, cancelled)", "(annulé la dernière fois)", "(letztes Mal abgesagt)", "(zweimal nicht erschienen)",
    "(cancelado 2 veces)", "(disdetto 2 volte)", "(cancelado da última vez)", "(afgezegd vorige keer)", "(rescheduled x3)", "(remplace Bo, annulé)",
)  # fmt: skip
OF_A_RELATIVE: Final = (
    "(husband deceased)", "(spouse deceased)", "- mother passed away", "(mari décédé)", "(Ehemann verstorben)", "(marido fallecido)", "(madre fallecida)",
    "(moglie deceduta)", "(mãe falecida)", "(man overleden)",
)  # fmt: skip
OF_THIS_VISIT: Final = (
    "(annulé dernière minute)", "(cancelled last minute)", "(24 h cancel)", "- cancelled by wife", "(deceased per wife)",
    "(deceased) wife called", "(3 Mar cancelled)", "(moved up to 3/15)", "(2 no shows) - CXL", "(no show 3/4)",
    "(cancelled, mother called)", "(husband deceased) cancelled", "(rs to 3/15)", "- child deceased",
)  # fmt: skip
MOVED_HERE: Final = (
    "(moved up)",
    "(bumped up)",
    "(rs from 3/1)",
    "(R/S from 3/1)",
    "(moved from 3/1)",
    "(rescheduled from Tue)",
)

TITLES: Final = (
    "Declined: Kim",
    "HOLD - Flo",
    "Eve (moved to 3/15)",
    "❌ Ian",
    "X Dan",
    "X Dan Moe",
    "CXL Jon",
    "Cat Roe NO SHOW",
    "Canceled: Ana Lee cut",
    "Bob Ray - CANCELLED",
    "Annulé : Gus",
    "Abgesagt: Hal",
    "Kim ❌",
    "❌️ Ian",
    "Rescheduled: Ana",
    "Ana - rescheduled",
    "Abgelehnt: Kim",
    "Refusé : Kim",
    "Rechazada: Kim",
    "Recusado: Kim",
    "Rifiutato: Kim",
    "Geweigerd: Kim",
    "Verschoben: Ana",
    "Reporté : Ana",
    "Ana (spostato)",
    "DECEASED - Ana",
    "Ana (RIP)",
    "[HOLD] Ana",
    "*CXL* Ana",
    "Ana CXL",
    "NO SHOW Ana Lee",
    "CANCELLED Jon Lee",
    "xx Dan xx",
    "On hold: Ana",
    "🚫 Ana",
    "Withdrawn: Ana",
    "Ana [declined]",
    "Cancelled - Ana (2)",
    "DO NOT TEXT: Ana",
    "Ana (no texts)",
    "N/S - Ana",
    "Ana (DNA)",
    "CXL Ana (2 no shows)",
    "CANCEL Jon",
    "STORNO Meier",
    "Meier AUSFALL",
)
OTHER_TITLES: Final = (
    "Cleaning",
    "Ana (not cancelled)",
    "No show fee: Ana",
    "Cancellation policy: 24 h",
    "X-ray",
    "X ray Ana",
    "X-Ray: Ana",
    "Crown (broken)",
    "Repair: broken tooth",
    "Stitches (removed)",
    "Prescription - expired",
    "Follow-up: denied claim",
    "Cleaning - new",
    "Ana (rescheduled from 3/1)",
    "Consult - phone",
    "Ana / Bob",
    "Tentative: Kim",
    "Accepted: Kim",
    "Updated: Kim",
    "Ana Stop",
    "Dr. Held - cleaning",
    "Cut & color - Ana",
    "Color (full)",
    "Ana Lee (2)",
    "Busy",
    "Tooth 14 - dead",
    "Moving day: Ana",
    "Root canal: #14",
    "Ana X Lee",
    "Botox (lost)",
    "Repair - broken",
    "Ana - confirmed",
    "Confirmed: Ana",
    "Ana Cross",
    "HOLD: metformin",
    "VOID: trial",
    "Ana Lee - hold metformin",
    "Filling: X",
    "IV: NS",
    "Exam - NS",
    "RS - Ana Lee",
    "Follow-up (RS)",
    "X Trainer",
    "X Country physical",
    "X-mas clinic",
    "MOVED IN physical",
    "Flu shot (refused last time)",
    "Injektion (letztes Mal abgelehnt)",
)
# CXL, and no shows that were: a warning.
PERHAPS_TITLES: Final = (
    "CXL left eye",
    "CXL OD",
    "Right eye CXL",
    "CXL: cornea",
    "Flu shot (cancelled last time)",
    "Cleaning (no show x2)",
)


def codes(heading: str, *cells: str, profile: Profile | None = None) -> list[str]:
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    frame.index = pd.Index(range(2, len(cells) + 2))
    matching = match(("phone", "externalEventId", heading), profile or Profile())
    said = UnusedStatus(matching).findings(Chunk(frame), np.full(len(cells), "upsert", dtype=object))
    return [code for finding in said for code in [finding.code] * len(finding.positions)]


@pytest.mark.parametrize("heading", ["Patient Name", "Client", "First Name", "Last Name"])
@pytest.mark.parametrize("cell", OFF)
def test_a_visit_that_is_off_by_a_mark_at_its_name_stops_its_row(heading: str, cell: str) -> None:
    """A word with an edge, a cross or a dagger beside a name says of its visit what it says below Status."""
    assert codes(heading, cell) == ["status_not_used"]


@pytest.mark.parametrize("heading", ["Patient Name", "First Name"])
@pytest.mark.parametrize("cell", NOT_TEXTED)
def test_a_person_who_may_not_be_texted_by_a_mark_at_the_name_is_not(heading: str, cell: str) -> None:
    """What asks for no texts, or says that the number is another's, stops its row."""
    assert codes(heading, cell) == ["consent_refused"]


@pytest.mark.parametrize("cell", IN_PLACE_OF_A_NAME)
def test_a_slot_without_a_person_is_no_name(cell: str) -> None:
    """Below "Patient", a word for a cancelled visit or a blocked slot is nobody's full name."""
    assert codes("Patient", cell) == ["status_not_used"]


@pytest.mark.parametrize("heading", ["Patient Name", "Client", "First Name", "Last Name"])
def test_names_raise_nothing(heading: str) -> None:
    """Surnames that are also words for a visit that is off, second names, nicknames, titles and remarks pass."""
    assert [cell for cell in NAMES if codes(heading, cell)] == []


@pytest.mark.parametrize("cell", SURNAMES_IN_CAPITALS)
def test_surname_in_capitals_raises_nothing(cell: str) -> None:
    """Many write Prénom NOM: a word of the tables that is a surname is one beside one other name, and before a comma."""
    assert codes("Patient Name", cell) == []


@pytest.mark.parametrize("cell", PERHAPS_SURNAMES)
def test_surname_in_capitals_that_is_rather_a_mark_is_a_warning(cell: str) -> None:
    """Marie ABSENT may be a person's name, or a visit to which she did not come."""
    assert codes("Patient Name", cell) == ["status_in_notes"]


@pytest.mark.parametrize("cell", [*IN_CAPITALS_AND_NOBODYS, *MARKS_BESIDE_INITIALS])
def test_mark_that_is_nobodys_name_stops_its_row_also_beside_what_may_be_one(cell: str) -> None:
    """What may be a surname, initials or a nickname excuses no word that nobody is called, and two names no third in capitals."""
    assert codes("Patient Name", cell) == ["status_not_used"]


@pytest.mark.parametrize("cell", INITIALS)
def test_single_x_behind_a_name_raises_nothing(cell: str) -> None:
    """In brackets it is the gender or a second name, behind the second comma a second name."""
    assert codes("Patient Name", cell) == []


@pytest.mark.parametrize("cell", PERHAPS_INITIALS)
def test_initials_and_nicknames_beside_a_name_are_a_warning(cell: str) -> None:
    """NS, CX and RS are marks and initials, Mort is dead or Mortimer."""
    assert codes("Patient Name", cell) == ["status_in_notes"]


@pytest.mark.parametrize(
    ("text", "said"), [("X", None), ("RS", Heeded.PERHAPS_OFF), ("CX", Heeded.PERHAPS_OFF), ("CANCELLED", Heeded.OFF)]
)
def test_initials_alone_in_a_comment_stop_nobody(text: str, said: Heeded | None) -> None:
    """People sign their comments."""
    assert mark_of_comment(text) is said


def test_what_stands_beside_a_name_counts_in_a_column_that_the_profile_names() -> None:
    """That a column holds the names explains no mark in it; a name that first and last name make needless is looked at, too."""
    profile = Profile(columns={"Who": "fullName"})
    assert codes("Who", "Ana Lee (deceased)", "Ana Stop", profile=profile) == ["status_not_used"]

    frame = pd.DataFrame([["2125550101", "1", "Ana", "Lee", "Ana Lee - CXL"]], dtype=object, index=pd.Index([2]))
    matching = match(("phone", "externalEventId", "First name", "Last name", "Client"), Profile())
    (said,) = UnusedStatus(matching).findings(Chunk(frame), np.array(["upsert"], dtype=object))
    assert (said.code, said.positions.tolist()) == ("status_not_used", [0])


@pytest.mark.parametrize("cell", [*OFF, *NOT_TEXTED, *IN_PLACE_OF_A_NAME])
def test_quick_choice_of_names_misses_nothing(cell: str) -> None:
    """Every mark is among the few cells of a column of names that are read word by word."""
    assert people_worth_reading(["Bo Lee", cell, "Ana Stone"]) == [1]


@pytest.mark.parametrize("cell", TITLES)
def test_mark_at_an_end_of_a_title_stops_its_row(cell: str) -> None:
    """Calendars and people set it before or behind what the event is called: a word, a cross, or capitals."""
    (code,) = codes("Subject", cell)
    assert code in {"status_not_used", "consent_refused"}
    assert people_worth_reading(["Cleaning", cell]) == [1]


def test_other_titles_raise_nothing() -> None:
    """What a title says of a tooth, a fee, a film or the visit that this one replaces is no mark."""
    assert [cell for cell in OTHER_TITLES if codes("Subject", cell)] == []


@pytest.mark.parametrize("cell", PERHAPS_TITLES)
def test_title_that_may_be_of_an_eye_or_of_an_earlier_visit_is_a_warning(cell: str) -> None:
    """CXL is also the cross-linking of a cornea."""
    assert codes("Subject", cell) == ["status_in_notes"]


@pytest.mark.parametrize("mark", [*OF_ANOTHER_VISIT, *OF_A_RELATIVE])
def test_mark_of_another_visit_or_person_is_a_warning(mark: str) -> None:
    """What happened earlier, how often, on which list somebody waits and who of the family has died calls no visit off."""
    assert codes("Patient Name", f"Lee, Ana {mark}") == ["status_in_notes"]


@pytest.mark.parametrize("mark", OF_THIS_VISIT)
def test_mark_of_this_visit_stops_its_row_whoever_told_it_and_however_late(mark: str) -> None:
    """Last minute is no last time, 24 h no count, and who told of it is not who has died."""
    assert codes("Patient Name", f"Lee, Ana {mark}") == ["status_not_used"]


@pytest.mark.parametrize("mark", MOVED_HERE)
def test_visit_that_was_moved_to_the_time_of_its_row_raises_nothing(mark: str) -> None:
    """Moved up, or from another day: the row has the new time."""
    assert codes("Patient Name", f"Lee, Ana {mark}") == []


@pytest.mark.parametrize("text", ["cancelled last time", "husband deceased", "no show x2"])
def test_comment_on_another_visit_or_person_is_a_warning(text: str) -> None:
    """A comment in few words tells as a mark does."""
    assert mark_of_comment(text) is Heeded.PERHAPS_OFF


def test_columns_of_distinct_names_are_cheap() -> None:
    """30,000 different names, each with a bracket of its own, cost a fraction of a second: none is read word by word."""
    names = [f"Lee{row}, Ana (file {row})" for row in range(30_000)]
    people_worth_reading(names)
    before = processor_s()
    assert people_worth_reading(names) == []
    assert processor_s() - before < 0.5


@pytest.mark.parametrize("text", ["-" * 200_000, "(" * 200_000, "X " * 100_000, "- " * 100_000, "DO NOT " * 30_000])
def test_a_long_name_is_cheap(text: str) -> None:
    """A cell of marks without an end costs no more than the few hundred letters that are read of it."""
    before = processor_s()
    heeded_of_person("fullName", text)
    assert processor_s() - before < 0.5
