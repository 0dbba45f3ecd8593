"""Ways in which other things go than texts: "Email only" of a receipt, a result, a booking, a visit or a group."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.model.chunks import Chunk
from importer.model.profile import Profile

WAYS: Final = ("Email only", "Mail only", "Calls only", "Call only", "no cell", "landline only", "prefers email")
SPOKEN: Final = ("solo llamadas", "appels uniquement", "nur Festnetz", "solo chiamate", "só ligação", "alleen bellen")

# How papers go out, how people pay, and how visits are booked and held.
ASIDE: Final = (
    "Receipt", "Receipts", "Receipt by", "Statement", "Statements", "Results by", "Results", "Results preference", "Report", "Copies", "Superbill", "Estimate",
    "Booking channel", "Booked via", "Booked by", "Booking source type", "Visit mode", "Visit format", "Session mode", "Consultation mode", "Appointment method",
    "Telehealth modality", "Scheduling channel", "Recibo", "Resultados", "Canal de reserva", "Modalidad de la cita", "Comprobante", "Reçu", "Relevé",
    "Résultats", "Mode de consultation", "Canal de réservation", "Mode de règlement", "Quittung", "Beleg", "Buchungskanal", "Buchungsweg", "Terminart",
    "Zahlungsart", "Ergebnisse", "Ricevuta", "Risultati", "Referti", "Modalità visita", "Canale di prenotazione", "Uitslagen", "Bon", "Boekingskanaal",
    "Afspraaksoort", "Betaalwijze", "Laudo", "Canal de agendamento", "Modo de atendimento",
)  # fmt: skip
# To which group a person belongs, or a way of something that the heading does not name.
GROUPS: Final = (
    "Category", "Group", "Segment", "Tier", "Mode", "Channel", "Source", "Location", "Modalidad", "Grupo", "Categoría", "Groupe", "Catégorie", "Gruppe",
    "Kategorie", "Gruppo", "Groep", "Categoria",
)  # fmt: skip
# Of people, of their telephones, and of nobody knows what.
STOPPED: Final = (
    "Alert", "Tags", "Tag", "Flag", "Contact preference", "Reminder", "Reminder method", "Contact format", "Contact method", "Call results", "Alert group",
    "Contact", "Patient contact", "Contact info", "Primary contact", "Best time to contact", "Office contact", "Phone type", "Front desk", "Extra", "VIP", "Custom 1", "Patient flag", "Chart alert", "How to reach", "Best way", "Warnung", "Alerte", "Alerta", "Avviso",
)  # fmt: skip


def codes(heading: str, cell: str) -> list[str]:
    frame = pd.DataFrame([["2125550101", "1", cell]], dtype=object, index=pd.Index([2]))
    matching = match(("phone", "externalEventId", heading), Profile())
    return [each.code for each in UnusedStatus(matching).findings(Chunk(frame), np.array(["upsert"], dtype=object))]


@pytest.mark.parametrize("heading", ASIDE)
def test_way_of_another_thing_is_no_refusal(heading: str) -> None:
    """Below a heading of receipts, results, payments, bookings or visits, a way that is the only one says nothing of texts."""
    assert [(cell, found) for cell in (*WAYS, *SPOKEN) if (found := codes(heading, cell))] == []


@pytest.mark.parametrize("heading", ASIDE)
def test_refusal_of_texts_is_heeded_beside_other_things(heading: str) -> None:
    """Below such a heading, too, a refusal that is one of texts stops its row, alone and beside a way."""
    assert codes(heading, "replied STOP") == codes(heading, "Email only - do not text") == ["consent_refused"]
    assert codes(heading, "wrong number") == ["consent_refused"]
    assert codes(heading, "Cancelled") == ["status_not_used"]


@pytest.mark.parametrize("heading", GROUPS)
def test_group_called_after_a_way_is_a_warning(heading: str) -> None:
    """A group, a source or a place may be called after a way; with a refusal of texts in it the row is stopped."""
    assert [(cell, found) for cell in (*WAYS, *SPOKEN) if (found := codes(heading, cell)) != ["consent_unclear"]] == []
    assert codes(heading, "replied STOP") == codes(heading, "Email only - do not text") == ["consent_refused"]
    assert codes(heading, "Ana Lee (email only)") == ["consent_refused"]


@pytest.mark.parametrize("heading", STOPPED)
def test_only_way_to_reach_somebody_stops_its_row(heading: str) -> None:
    """Below headings of people, of their telephones and of nobody knows what, one way only or no mobile is a refusal."""
    said = ("Email only", "Calls only", "no cell", "landline only", "replied STOP", *SPOKEN)
    assert [(cell, found) for cell in said if (found := codes(heading, cell)) != ["consent_refused"]] == []


@pytest.mark.parametrize("heading", ["Precautions", "Alert", "Tags", "Room rules"])
def test_rule_about_telephones_is_no_number(heading: str) -> None:
    """No cell phones is a rule of the house; that somebody has none is not."""
    assert codes(heading, "no cell phones") == codes(heading, "No mobile phones") == []
    assert codes("Alert", "has no cell phones") == codes("Alert", "no cell phone") == ["consent_refused"]


@pytest.mark.parametrize("cell", ["Not authorized", "no autorizado", "non autorizzato"])
def test_what_an_insurer_denies_is_no_consent(cell: str) -> None:
    """Of what is not authorized nobody knows that it is a text; where texts are named, or somebody takes it back, it is heeded."""
    assert [codes(heading, cell) for heading in ("Notes", "Alert", "Tags")] == [[]] * 3
    assert "consent_unclear" not in codes("Status", cell)
    assert codes("SMS status", cell) == ["consent_unclear"]
    assert codes("Alert", "autorización revocada") == codes("Notes", "not authorized to text") == ["consent_unclear"]
    assert codes("Alert", "texts not authorized") == ["consent_refused"]


@pytest.mark.parametrize(
    "heading",
    [
        "Secondary phone type", "Alt phone note", "Alternate contact", "Alternate phone", "Other phone notes", "Emergency contact", "Phone 2 type", "Otro teléfono",
        "Autre téléphone", "Zweite Telefonnummer", "Altro telefono", "Telefone alternativo", "Tweede telefoon",
    ],
)  # fmt: skip
def test_another_number_may_be_wrong(heading: str) -> None:
    """That another number is a landline, or wrong, says nothing of the one that is texted; a refusal beside it counts."""
    assert [
        codes(heading, cell) for cell in ("Landline", "wrong number", "disconnected", "no cell", "landline only")
    ] == [[]] * 5
    assert codes(heading, "replied STOP") == ["consent_refused"]


@pytest.mark.parametrize(
    "heading",
    ["Home Phone Type", "Work phone type", "Home phone", "Teléfono casa", "Téléphone domicile", "Telefono lavoro"],
)
def test_phone_at_home_is_a_landline(heading: str) -> None:
    """Below a heading of a telephone at home or at work a landline is no news; a wrong number may be the one that is texted."""
    assert codes(heading, "Landline") == codes(heading, "landline only") == []
    assert codes(heading, "wrong number") == codes("Phone type", "landline only") == ["consent_refused"]
    assert codes(heading, "Email only") == codes(heading, "no cell") == ["consent_refused"]
    assert codes("Phone type", "Landline") == ["consent_unclear"]
