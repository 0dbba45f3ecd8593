"""Guided set-up of front desks' own sheets in six languages: from the bare sheet, by few questions, to rows that are right or refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from importer.commands.check import check
from importer.commands.job import Job
from importer.settings import Settings
from importer.setup.guiding import answer_ready, begin, open_of

if TYPE_CHECKING:
    from pathlib import Path

NOW: Final = 1_804_000_000.0  # 2027-03-02 in UTC
UUID: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"


class Desk(NamedTuple):
    """A sheet, the answers of who keeps it, and a line a row: action, phone, start, number, problems with their columns."""

    sheet: str
    answers: dict[str, str]
    right: tuple[str, ...]


DESKS: Final = {
    "de": Desk(
        """Praxis Dr. Sommer;;;;;;;
Terminliste KW 10;;;;;;;
;;;;;;;
Termin-Nr.;Nachname;Vorname;Tel. mobil;Datum;Uhrzeit;Behandlung;Status
1001;Müller;Jürgen;0171 2345678;Mo, 08.03.2027;09:30 Uhr;Kontrolle;bestätigt
1002;Weiß;Änne;+49 151 23456789;09.03.2027;10:15;Kontrolle;verschoben
1003;Schmidt;Otto;0160/1234567;10.03.2027;11:00;Füllung;abgesagt
1004;Kaya;Elif;0152-33445566;11. März 2027;14 Uhr;Kontrolle;gebucht
1005;Berg;Ida;;12.03.2027;10:00;Kontrolle;bestätigt
Summe;;;;;;5 Termine;
""",
        {
            "country": "DE",
            "zone": "Europe/Berlin",
            "type": UUID,
            "date-order": "dmy",
            "column H": "use",
            "blank status": "none",
        },
        (
            "upsert +491712345678 2027-03-08T09:30:00 1001",
            "- +4915123456789 2027-03-09T10:15:00 1002 action_unknown:H",
            "cancel +491601234567 2027-03-10T11:00:00 1003",
            "upsert +4915233445566 2027-03-11T14:00:00 1004",
            "upsert - 2027-03-12T10:00:00 1005 value_missing:D",
            "none - - Summe",
        ),
    ),
    "fr": Desk(
        """N° RDV\tNom\tPrénom\tTél. mobile\tTél. fixe\tDate du RDV\tHeure du RDV\tMotif\tNE PAS APPELER\tAnnulé le
5001\tDurand\tPaul\t0612345678\t0145678901\tlun. 08/03/2027\t9h\tBilan\t\t
5002\tMoreau\tLise\t06.12.34.56.79\t\t23/03/2027\t9h30\tBilan\tx\t
5003\tBlanc\tRémi\t06 12 34 56 80\t\t24 mars 2027\t10h00\tBilan\t\t20/02/2027
5004\tGaron\tLéa\t\t0145678902\t24/03/2027\t11h00\tBilan\t\t
""",
        {"country": "FR", "zone": "Europe/Paris", "type": UUID},
        (
            "upsert +33612345678 2027-03-08T09:00:00 5001",
            "upsert +33612345679 2027-03-23T09:30:00 5002 consent_refused:I",
            "upsert +33612345680 2027-03-24T10:00:00 5003 status_not_used:J",
            "upsert - 2027-03-24T11:00:00 5004 value_missing:D",
        ),
    ),
    "es": Desk(
        """Nº de cita,Paciente,Teléfono móvil,Fecha y hora,Tipo de cita,Estado,Autoriza SMS
2001,"García López, Ana",612 345 678,08/03/2027 9:30,Revisión,Confirmada,Sí
2002,"Pérez, Luis",622 345 678,13/03/2027 16:00 h,Revisión,Cancelada,Sí
2003,"Ruiz, Eva",632 345 678,14 de marzo de 2027 a las 17:00,Limpieza,No se presentó,Sí
2004,"Soto, Iván",642 345 678,15/03/2027 18h30,Limpieza,Confirmada,No
""",
        {"country": "ES", "zone": "Europe/Madrid", "type": UUID, "column F": "use"},
        (
            "upsert +34612345678 2027-03-08T09:30:00 2001",
            "cancel +34622345678 2027-03-13T16:00:00 2002",
            "- +34632345678 2027-03-14T17:00:00 2003 action_unknown:F",
            "upsert +34642345678 2027-03-15T18:30:00 2004 consent_refused:G",
        ),
    ),
    "nl": Desk(
        """Afspraaknummer;Naam;Mobiel nummer;Dag;Begintijd;Eindtijd;Soort afspraak;Afgezegd;Mag ge-sms't worden
4001;Jan de Vries;06-12345678;8 maart 2027;9.00 uur;9.30 uur;Controle;nee;ja
4002;Piet van Dam;0612345679;9 maart 2027;09:30;10:00;Controle;ja;ja
4003;Els Bos;+31 6 12345680;wo 10-03-2027;13:15;14:00;Controle;;nee
4004;Bo Smit;06 1234;11-03-2027;13:15;14:00;Controle;nee;ja
""",
        {"country": "NL", "zone": "Europe/Amsterdam", "type": UUID, "date-order": "dmy"},
        (
            "upsert +31612345678 2027-03-08T09:00:00 4001",
            "upsert +31612345679 2027-03-09T09:30:00 4002 status_not_used:H",
            "upsert +31612345680 2027-03-10T13:15:00 4003 consent_refused:I",
            "upsert - 2027-03-11T13:15:00 4004 phone_not_in_use:C",
        ),
    ),
    "pt": Desk(
        """Código do agendamento;Nome do cliente;Celular;Data;Início;Fim;Serviço;Situação;Observações
3001;Ana Souza;(11) 98765-4321;segunda-feira, 8 de março de 2027;9h00;10h00;Corte;Agendado;
3002;João Lima;(11) 91234-5678;09/03/2027;10:30;11:00;Barba;Desmarcado;
3003;Bia Reis;11 99876 5432;22/03/2027;14h00;15h00;Corte;Não compareceu;
""",
        {"country": "BR", "zone": "America/Sao_Paulo", "type": UUID, "column H": "use", "word Não compareceu": "none"},
        (
            "upsert +5511987654321 2027-03-08T09:00:00 3001",
            "cancel +5511912345678 2027-03-09T10:30:00 3002",
            "none +5511998765432 2027-03-22T14:00:00 3003",
        ),
    ),
    "en": Desk(
        """Sunrise Family Dental,,,,,,
Appt,,Patient,,,Visit,
Date,Time,Last,First,Cell #,Reason,Conf?
03/08/27,9:00a,Smith,Al,212-555-0101,Prophy,Y
Dr. Patel,,,,,,
03/15/27,10:00a,Kim,Cy,(212)555-0103,Prophy,Cxl
03/16/27,noon,Lee,Di,2125550104,Prophy,DNC
""",
        {"zone": "Eastern", "type": UUID, "short-years": "yes", "date-order": "mdy"},
        (
            "upsert 2125550101 2027-03-08T09:00:00 *",
            "upsert - - - line_alone:?",
            "upsert 2125550103 2027-03-15T10:00:00 * status_not_used:G",
            "upsert 2125550104 2027-03-16T12:00:00 * consent_refused:G",
        ),
    ),
}


def line(row: dict[str, Any]) -> str:
    """Return a row in short; each problem with the letter of the column that its sentence begins with."""
    payload = row["payload"]
    number = payload.get("externalEventId", "-")
    told = [row["action"] or "-", payload.get("phone", "-"), payload.get("eventDateTime", "-")]
    told.append("*" if number.startswith("imp-") else number)
    for each in row["problems"]:
        place = re.match(r'Column ([A-Z]+) "[^"]+": ', each["message"])
        told.append(f"{each['code']}:{place[1] if place else '?'}")
    return " ".join(told)


@pytest.mark.parametrize("language", DESKS)
def test_own_sheet_in_any_language_is_read_right_or_refused(tmp_path: Path, language: str) -> None:
    """Each row has its right action, phone and start, or a problem that names her own heading and its letter; no other question is needed."""
    desk = DESKS[language]
    path = tmp_path / "week.csv"
    path.write_text(desk.sheet, encoding="utf-8")
    start = begin(str(path), Settings(), tmp_path / "importer.toml", said={})
    answered = answer_ready(start, desk.answers)
    found: list[dict[str, Any]] = []
    check(Job(Settings(), answered.profile(), now=lambda: NOW), [str(path)], each_row=found.append)

    assert tuple(map(line, found)) == desk.right, [each.key for each in open_of(start, answered)]
