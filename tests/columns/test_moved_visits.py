"""Visits whose new time stands beside the old one, and columns of days that only look so."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.model.chunks import Chunk
from importer.model.profile import Profile

MOVED: Final = (
    ("Moved To", "2027-03-08 15:00"),
    ("Rescheduled To", "3/8 3pm"),
    ("New Date", "2027-03-08"),
    ("New Time", "15:00"),
    ("Rescheduled date", "2027-03-08"),
    ("Reschedule reason", "sick child"),
    ("Reporté au", "08/03/2027"),
    ("Verschoben auf", "08.03.2027"),
    ("Replaced by", "1007"),
    ("Moved to date", "3/8"),
    ("New appointment date", "3/8"),
    ("New appt time", "3pm"),
    ("Reagendado para", "08/03"),
    ("Reprogramada para el", "8 de marzo"),
    ("Spostato al", "08/03"),
    ("Rinviato al", "8 marzo"),
    ("Verplaatst naar", "8-3"),
    ("Verzet naar", "8-3-2027"),
    ("Nueva fecha", "08/03/2027"),
    ("Nueva hora", "15:00"),
    ("Nouvelle date", "08/03/2027"),
    ("Nouvel horaire", "15h"),
    ("Neuer Termin", "08.03.2027"),
    ("Neues Datum", "08.03."),
    ("Nieuwe datum", "8-3"),
    ("Nova data", "08/03"),
    ("Novo horário", "15h"),
    ("Nuova data", "8/3"),
    ("Nuovo orario", "15:00"),
    ("Rescheduled", "2027-03-08"),
    ("Rescheduled", "yes"),
    ("Rescheduled on", "3/8"),
    ("Postponed until", "3/8"),
    ("Moved", "x"),
    ("Remarcado para", "08/03"),
    ("Déplacé au", "08/03"),
    ("Umgebucht auf", "8.3."),
    ("New date and time", "3/8 3pm"),
    ("Rescheduled to date/time", "3/8 3pm"),
    ("Changed to", "3/8"),
    ("Rescheduled Time", "15:00"),
    ("new_start", "2027-03-08T15:00"),
    ("Rescheduled start", "3/8"),
    ("Rescheduled To (date)", "3/8"),
    ("Date rescheduled to", "3/8"),
    ("Nueva cita", "08/03"),
    ("Rescheduled?", "Y"),
    ("Nieuwe afspraak", "8 maart"),
)

STANDS: Final = (
    ("Rescheduled from", "3/1"),
    ("Rescheduled by", "Ana"),
    ("Reporté par", "Ana"),
    ("Moved from", "3/1"),
    ("Previous date", "3/1"),
    ("Original date", "3/1"),
    ("Old date", "3/1"),
    ("New patient", "Yes"),
    ("New date of birth", "3/1/1990"),
    ("Date moved in", "3/1"),
    ("Moved in", "3/1"),
    ("New patient?", "1"),
    ("New client date", "3/1"),
    ("New time zone", "America/New_York"),
    ("New phone", "2125550101"),
    ("New address", "12 Main"),
    ("Rescheduled", "No"),
    ("Rescheduled", ""),
    ("Rescheduled", "false"),
    ("Rescheduled", "0"),
    ("Moved to", ""),
    ("Moved to", "-"),
    ("Moved To", "N/A"),
    ("New appointment", "Yes"),
    ("New appointment", "No"),
    ("New", "Yes"),
    ("Times rescheduled", "2"),
    ("Reschedule count", "1"),
    ("Reschedule link", "https://x.y/1"),
    ("Reschedule URL", "https://x.y/1"),
    ("New Date", ""),
    ("Date changed", "3/1"),
    ("Changed on", "3/1"),
    ("Changed at", "3/1"),
    ("Last changed", "3/1"),
    ("Renewal date", "3/1"),
    ("Newsletter date", "3/1"),
    ("Verschoben von", "1.3."),
    ("Reporté du", "01/03"),
    ("Fecha anterior", "01/03"),
    ("Fecha original", "01/03"),
    ("Date d'origine", "01/03"),
    ("Ursprüngliches Datum", "1.3."),
    ("Data originale", "01/03"),
    ("New insurance date", "3/1"),
    ("New email", "a@b.c"),
    ("Rescheduled", "none"),
    ("Next appointment", "3/9"),
    ("Can reschedule", "yes"),
    ("Data di nascita", "1/3/1990"),
    ("Neue Telefonnummer", "212"),
    ("Neupatient", "ja"),
    ("Nouveau patient", "oui"),
    ("Nuevo paciente", "sí"),
    ("New visit", "Y"),
    ("Move in date", "3/1"),
    ("New since", "3/1"),
    ("Rescheduled to", "same"),
    ("Moved", "No"),
    ("Start date", "3/1"),
    ("Replaces", "100"),
    ("Date of move", "3/1"),
    ("Date et heure", "3/1"),
    ("Day of week", "Mon"),
    ("New patient date", "3/1"),
    ("Nova consulta", "Sim"),
    ("Novo paciente", "1"),
    ("New appointment", "1"),
    ("New hire date", "3/1"),
    ("First day", "3/1"),
)


def codes(heading: str, cell: str, action: str = "upsert") -> list[str]:
    frame = pd.DataFrame([["2125550101", "1", cell]], dtype=object, index=pd.Index([2]))
    matching = match(("phone", "externalEventId", heading), Profile())
    return [each.code for each in UnusedStatus(matching).findings(Chunk(frame), np.array([action], dtype=object))]


@pytest.mark.parametrize(("heading", "cell"), MOVED)
def test_new_time_beside_the_old_stops_its_row(heading: str, cell: str) -> None:
    """A day, a time or a word below a heading that asks where a visit was moved to is no reminder at the old time."""
    assert [codes(heading, cell, action) for action in ("upsert", "create")] == [["status_not_used"]] * 2
    assert [codes(heading, cell, action) for action in ("update", "cancel", "no_show", "none")] == [[]] * 4


@pytest.mark.parametrize(("heading", "cell"), STANDS)
def test_column_of_another_day_raises_nothing(heading: str, cell: str) -> None:
    """Where a visit was moved from, what else is new or was changed, and blank or negative cells stop nobody."""
    assert codes(heading, cell) == []
