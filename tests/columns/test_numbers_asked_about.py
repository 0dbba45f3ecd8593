"""Columns that say whether the number beside them is right, of a mobile, of what kind, and to what the person subscribed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from importer.columns import UnusedStatus, match
from importer.model.chunks import Chunk
from importer.model.profile import Profile


def codes(heading: str, *cells: str) -> list[str]:
    """Return what is found of each cell in one column beside a phone, "" where nothing is."""
    frame = pd.DataFrame([["2125550101", str(row), cell] for row, cell in enumerate(cells)], dtype=object)
    matching = match(("phone", "externalEventId", heading), Profile())
    told = [""] * len(cells)
    for found in UnusedStatus(matching).findings(Chunk(frame), np.full(len(cells), "upsert", dtype=object)):
        for row in found.positions:
            told[row] = found.code
    return told


RIGHT = (
    ("Phone OK", "No", "Yes"), ("Phone OK?", "N", "Y"), ("Number OK", "No", "ok"), ("Phone # OK", "FALSE", "TRUE"), ("Valid number", "No", "Yes"),
    ("Valid phone", "0", "1"), ("Phone valid?", "No", "Yes"), ("Correct number", "no", "yes"), ("Patient phone working", "No", "Yes"), ("Good number", "❌", "✔"),
    ("Phone reachable", "No", "Yes"), ("Number textable", "No", "Yes"), ("Number valid (Y/N)", "N", "Y"), ("Phone active", "No", "Yes"),
    ("Telefon gültig", "Nein", "Ja"), ("Nummer korrekt", "nein", "ja"), ("Número válido", "No", "Sí"), ("Teléfono correcto", "no", "sí"),
    ("Numéro valide", "Non", "Oui"), ("Téléphone joignable", "non", "oui"), ("Telefone válido", "Não", "Sim"), ("Numero valido", "No", "Sì"),
    ("Telefono raggiungibile", "no", "sì"), ("Geldig nummer", "Nee", "Ja"), ("Telefoon bereikbaar", "nee", "ja"),
    ("Mobile?", "No", "Yes"), ("Cell?", "N", "Y"), ("Cell phone (Y/N)", "N", "Y"), ("Is mobile?", "No", "Yes"), ("Mobile number?", "Landline", "Yes"),
    ("Handy?", "Nein", "Ja"), ("¿Celular?", "No", "Sí"), ("Portable ?", "Non", "Oui"), ("Cellulare?", "No", "Sì"), ("Telemóvel?", "Não", "Sim"),
    ("Number in service", "No", "Yes"), ("SMS capable", "No", "Yes"), ("Phone blocked", "Yes", "No"), ("Same number?", "No", "Yes"), ("Current phone?", "N", "Y"),
    ("Still your number?", "no", "yes"), ("Number status", "Disconnected", "Active"), ("Mobile status", "Wrong number", "Valid"), ("Messaging", "Off", "On"),
    ("Outreach", "No", "Yes"), ("Correspondence", "None", "Email"), ("Korrespondenz", "nur Post", "E-Mail"), ("Correspondance", "Aucune", "SMS"),
    ("Communication", "None", "SMS"), ("Communication", "Mail only", "Email"), ("Communications", "No", "Text"), ("Patient communication", "do not contact", "Phone"),
    ("Kommunikation", "Keine", "SMS"), ("Comunicación", "Ninguna", "SMS"), ("Communicatie", "geen", "sms"), ("Comunicazione", "nessuna", "telefono"),
    ("Contact method", "Unsubscribed", "Email"), ("Contact method", "Nein", "Telefon"), ("Contact method", "Não", "E-mail"),
    ("Subscription", "Unsubscribed", "Subscribed"), ("Subscription", "Opted out", "Opted in"), ("Subscription", "STOP", "Active"),
    ("Subscription status", "unsubscribed 3/4/2026", "subscribed 3/4/2026"), ("Abo", "Abgemeldet", "Ja"), ("Abonnement", "Désabonnée", "Oui"),
    ("Suscripción", "Desuscrita", "Activa"), ("Abbonamento", "Disiscritta", "Attivo"),
)  # fmt: skip


@pytest.mark.parametrize(("heading", "refusing", "allowing"), RIGHT)
def test_a_number_that_is_said_to_be_wrong_is_not_texted(heading: str, refusing: str, allowing: str) -> None:
    """A no, in words of its column, stops the row; a yes and a blank do not."""
    assert codes(heading, refusing, allowing, "") == ["consent_refused", "", ""]


KINDS = (
    ("Number type", "Landline", "Mobile"), ("Type of phone", "Fax", "Cell"), ("Carrier type", "landline", "mobile"), ("Telefontyp", "Festnetz", "Mobil"),
    ("Telefonart", "Fax", "Handy"), ("Tipo de teléfono", "Fijo", "Celular"), ("Type de téléphone", "Fixe", "Portable"), ("Tipo telefono", "fisso", "cellulare"),
    ("Tipo de telefone", "Fixo", "Celular"), ("Soort telefoon", "Vaste lijn", "Mobiel"), ("Phone type", "Fixed line", "Same"),
)  # fmt: skip


@pytest.mark.parametrize(("heading", "kind", "mobile"), KINDS)
def test_a_landline_or_fax_is_told_in_any_language(heading: str, kind: str, mobile: str) -> None:
    """Below the kind of a number, one that takes no texts is a warning."""
    assert codes(heading, kind, mobile, "") == ["consent_unclear", "", ""]


ORDINARY = (
    ("Phone OK", "n/a"), ("Phone OK", "-"), ("Correct number", "(646) 555-0102"), ("Mobile?", "(646) 555-0102"), ("Cell phone?", "N/A"),
    ("Valid visit number", "No"), ("Valid insurance number", "No"), ("Number of active visits", "0"), ("Correct answers", "0"), ("Working hours", "No"),
    ("Patient number OK", "No"), ("Email OK", "No"), ("Insurance valid", "No"), ("Correct", "No"), ("Active plan", "No"), ("Right eye", "No"),
    ("Card valid", "No"), ("Invoice number correct", "No"), ("Valid ID number", "No"), ("Home phone", "No"), ("Alternate phone valid", "No"),
    ("Subscription", "Cancelled"), ("Subscription", "Monthly"), ("Subscription", "None"), ("Subscription", "No"), ("Subscription plan", "Unsubscribed"),
    ("Email subscription", "Unsubscribed"), ("Newsletter subscription", "Unsubscribed"), ("Abo", "gekündigt"), ("Subscription", "Expired"),
    ("Communication", "spoke to her mother"), ("Communication", "English"), ("Communication", "Any"), ("Communication aid", "None"), ("Communication skills", "None"),
    ("Current number", "No"), ("Same day?", "No"), ("Current patient?", "No"), ("In service", "No"), ("Phone service", "None"), ("Invoice number status", "Void"),
    ("Carrier", "Verizon"), ("Insurance carrier", "None"), ("Carrier", "Aetna"), ("Phone type", "Home"), ("Phone type", "Work"), ("Visit type", "Fixe"),
)  # fmt: skip


@pytest.mark.parametrize(("heading", "cell"), ORDINARY)
def test_columns_of_other_things_stop_nobody(heading: str, cell: str) -> None:
    """Other numbers, other things that are valid, a plan that ended and an answer left out say nothing of the phone."""
    assert codes(heading, cell) == [""]
