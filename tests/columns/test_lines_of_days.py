"""Lines of a sheet about visits that did not take place, about people who want no texts, and about days on which the place is closed."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import openpyxl
import pandas as pd
import pytest

import importer
from importer.columns import Sections, match
from importer.columns.lines_and_marks import code_above
from importer.columns.visit_words import closed_days
from importer.errors import FileRefused
from importer.model.chunks import Chunk
from importer.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADINGS: Final = ["externalEventId", "phone", "firstName", "eventType", "eventDateTime", "subscriberTimeZone", "remindTimeOffset"]  # fmt: skip
BLANK: Final = [""] * len(HEADINGS)

OFF: Final = (
    "Faltas", "Faltas de marzo", "Lista de faltas", "Absences mars 2027", "Fehltermine", "Ausfälle", "Assenze", "Ausencias de pacientes",
    "Citas perdidas", "Rendez-vous manqués", "Verpasste Termine", "Gemiste afspraken", "Consultas perdidas", "CLINIC CLOSED DUE TO SNOW",
    "Praxis geschlossen", "Cabinet fermé", "Consultorio cerrado", "Studio chiuso", "Praktijk gesloten", "Afternoon cancelled",
    "Morning session cancelled", "Friday - CANCELLED", "Cancelled Friday", "Freitag abgesagt", "Nachmittag abgesagt", "Vendredi annulé",
    "Lunes cancelado", "PM - cancelled", "Mon - cancelled", "Storno", "Lapins", "Dr. Lee - cancellations",
)  # fmt: skip
REFUSED: Final = (
    "The following clients have asked not to be texted", "These patients requested not to receive any messages", "Customers who told us not to text them again",
    "Die folgenden Patienten haben gebeten, keine SMS zu erhalten", "Les patients suivants ont demandé à ne pas recevoir de SMS",
    "Los siguientes pacientes pidieron no recibir mensajes", "I seguenti pazienti hanno chiesto di non ricevere SMS",
    "Os seguintes clientes pediram para não receber SMS", "De volgende patiënten hebben gevraagd geen sms te ontvangen",
    "Please do not send any text messages to the following patients",
)  # fmt: skip
SILENT: Final = (
    "Massage - Lapin Studio", "Lapin Studio", "Dr Lapin", "CX - cancelled", "NS - no show", "CX - cancelled, NS - no show, C - confirmed",
    "RS: rescheduled; X: cancelled", "Cancelled = CX", "Faltas: 0", "Faltas 3", "Faltas por paciente", "Staff absences", "Lost items", "Missed calls",
    "Clinic closed on weekends", "Clinic closed Fridays", "Office closed for lunch 12-1", "Our office is closed at 5", "Chart closed", "Friday", "Afternoon",
    "Clients who asked for a reminder", "Patients asked to text if they cannot come", "Clients asked to confirm by text, no calls", "Moved to Friday",
    "Text reminders for all patients of the clinic who have not opted out",
)  # fmt: skip


def visit(number: int) -> list[str]:
    start = f"2027-03-{10 + number}T14:30:00"
    return [f"L-{number}", f"212555010{number}", "Ana", "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01", start, "America/New_York", "PT3H"]  # fmt: skip


def codes(rows: Iterable[list[str]], merged: str = "", *, warnings: bool = False) -> list[list[str]]:
    """Return the problems (or warnings) of the visits of a sheet; ``merged``: cells that are merged, in a workbook."""
    if merged:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.active.merge_cells(merged)
        book.save("week.xlsx")
    else:
        with Path("week.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
    checked = importer.check("week.xlsx" if merged else "week.csv").rows()
    return [
        [each["code"] for each in row["warnings" if warnings else "problems"]]
        for row in checked
        if row["payload"].get("externalEventId", "").startswith("L-")
    ]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        *((line, "status_not_used") for line in OFF),
        *((line, "consent_refused") for line in REFUSED),
        *((line, None) for line in SILENT),
    ],
)
def test_line_is_heard_where_it_calls_its_rows_off(line: str, code: str | None) -> None:
    """What a line says of missed visits, closed doors, parts of a day and refused texts is heard; names, keys, counts and hours are not."""
    assert code_above(line) == code


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Clinic closed March 12", {(3, 12)}),
        ("Office closed 3/12", {(3, 12), (12, 3)}),
        ("We are closed 2027-03-12", {(3, 12)}),
        ("CLOSED 25.03.2027", {(3, 25)}),
        ("Clinic closed March 25 - 27", {(3, 25), (3, 26), (3, 27)}),
        ("Praxis geschlossen am 12. März", {(3, 12)}),
        ("Cabinet fermé le 12 mars", {(3, 12)}),
        ("Clínica cerrada el 12 de marzo", {(3, 12)}),
        ("Clinic closed 3/12 to 3/13", set()),
        ("Clinic closed", set()),
        ("Clinic closed from 12 to 1", None),
        ("Clinic closed on Friday", None),
        ("Closed", None),
        ("Closed claims 3/12", None),
    ],
)
def test_days_on_which_the_place_is_closed(line: str, days: set[tuple[int, int]] | None) -> None:
    """A day may be written in any way; of two days with a line between nobody knows more than that it is closed."""
    assert closed_days(line) == (None if days is None else frozenset(days))


@pytest.mark.parametrize("line", ["Clinic closed March 12", "Office closed 3/12", "Praxis geschlossen am 12. März"])
def test_visits_on_a_day_on_which_the_place_is_closed_are_stopped(line: str) -> None:
    """Above the headings, between rows and below them; the visits of other days pass, and another line does not end it."""
    stopped = [[], ["status_not_used"], []]
    visits = [visit(1), visit(2), visit(3)]
    assert codes([[line], HEADINGS, *visits]) == stopped
    assert codes([HEADINGS, *visits, [line, *BLANK[1:]]]) == stopped
    assert codes([HEADINGS, [line, *BLANK[1:]], ["Dr Lee", *BLANK[1:]], *visits]) == stopped


@pytest.mark.parametrize(
    "line",
    [
        ["Cancelled", "", "", "", "3/26/2027", "", ""],
        ["", "", "Annulé", "", "26.03.2027", "", ""],
        ["Friday - CANCELLED", *BLANK[1:]],
        ["Afternoon cancelled", *BLANK[1:]],
    ],
)
def test_line_of_a_word_and_a_day_begins_a_section(line: list[str]) -> None:
    """The rows below it are off, until a line says that visits stand, with its day or without."""
    for end in (["Confirmed", *BLANK[1:]], ["Confirmed", "", "", "", "3/27/2027", "", ""]):
        found = codes([HEADINGS, visit(1), line, visit(2), end, visit(3)])
        assert found == [[], ["status_not_used"], []]


def test_a_slot_without_a_person_begins_no_section() -> None:
    """A word below Status, with a day beside it, is about its own row."""
    slot = ["", "", "", "", "3/12/2027", "", "", "Cancelled"]
    rows = [[*HEADINGS, "Status"], [*visit(1), "Booked"], slot, [*visit(2), "Booked"], [*visit(3), "Booked"]]
    assert codes(rows) == [[], [], []]


@pytest.mark.parametrize(
    ("heading", "text", "told", "warned"),
    [
        ("Remark 2", "do not text", [], "consent_unclear"),
        ("Foo", "do not text", ["consent_refused"], ""),
        ("Foo", "storniert", ["status_not_used"], ""),
        ("Foo", "bring papers", [], ""),
        ("Provider", "Dr Lee", [], ""),
    ],
)
def test_text_of_merged_cells_counts_for_all_of_their_rows(
    heading: str, text: str, told: list[str], warned: str
) -> None:
    """Only the first row holds it in the file; a person sees it beside each."""
    rows = [[*HEADINGS, heading], *([*visit(at), text if at == 2 else ""] for at in range(1, 6))]
    found = codes(rows, "H3:H5")
    assert found == [[], told, told, told, []]
    warnings = codes(rows, "H3:H5", warnings=True)
    assert [warned in each for each in warnings] == [False, *[bool(warned)] * 3, False]


def chunk(first: int, *rows: list[str]) -> Chunk:
    frame = pd.DataFrame([*rows], dtype=object)
    frame.index = pd.Index(range(first, first + len(rows)))
    return Chunk(frame)


@pytest.mark.parametrize(
    ("headings", "before", "line", "refused"),
    [
        (HEADINGS, "upsert", "Red = cancelled", True),
        (HEADINGS, "upsert", "Grau markiert: abgesagt", True),
        (HEADINGS, "upsert", "Yellow = confirmed", False),
        (HEADINGS, "none", "Red = cancelled", False),
        ([*HEADINGS[:-1], "Status"], "upsert", "Red = cancelled", False),
    ],
)
def test_a_legend_below_rows_that_went_by_refuses_the_file(
    headings: list[str], before: str, line: str, *, refused: bool
) -> None:
    """In a sheet of many rows those above it were judged without it; no file is refused whose rows say it themselves, or need no call."""
    sections = Sections(match(tuple(headings), Profile()), None, 1)
    above, below = chunk(2, visit(1), visit(2)), chunk(4, visit(3), [line, *BLANK[1:]])
    sections.see(above)
    assert list(sections.findings(above, np.full(2, before, dtype=object), np.zeros(2, dtype=bool))) == []
    with pytest.raises(FileRefused, match=line) if refused else nullcontext():
        sections.see(below)
