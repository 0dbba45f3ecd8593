"""
The words with which sheets say what became of a visit, in seven languages, and their core words in eight more, as data.

Words are single; ``importer.columns`` puts them together. Upper case and accents make no difference (``folded_word``),
and German umlauts may be written as two letters. Each table is a mapping from language (``en``, ``es``, ``fr``, ``de``,
``nl``, ``pt``, ``it``; of ``pl``, ``sv``, ``da``, ``no``, ``fi``, ``cs``, ``tr`` and ``ru`` the core words) to words with blanks between them.

Sources: the appointment statuses of HL7 FHIR R5 (``Appointment.status``, ``Encounter.status``) and HL7 v2 table 0278;
the status lists that these programs publish: Open Dental (AptStatus, confirmations), Dentrix, Eaglesoft, OpenEMR
(apptstat), OpenMRS, athenahealth, Epic (Appt Status), Cerner, eClinicalWorks, NextGen, Practice Fusion, SimplePractice,
TherapyNotes, Jane, Cliniko, Nookal, WebPT (FTA), DrChrono, Kareo, NHS Data Dictionary (ATTENDED OR DID NOT ATTEND), Acuity,
Calendly, Cal.com, Setmore, Square, Fresha, Vagaro, Booksy, Mindbody, Zenoti, Phorest, Treatwell; Doctolib (FR, DE), Samedi (DE),
Medesk, Doctoralia (ES, PT), Clinicorp and iClinic (PT), Intramed and Salonized (NL).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

Words = Mapping[str, str]

_MARKS = re.compile(r"[\u0300-\u036f]")
_UMLAUTS: Final = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))


def folded_word(word: str) -> str:
    """Return a word without case, accents and compatibility forms: ``Annulé`` is ``annule``."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", word.casefold()))


def table(**words: str) -> Words:
    """Return a table: language -> its words, with blanks between them."""
    return MappingProxyType(words)


def words_of(*tables: Words) -> frozenset[str]:
    """Return the words of all languages of these tables, folded; umlauts also as two letters."""
    found: set[str] = set()
    for table in tables:
        for text in table.values():
            if text.isascii():  # most are, and every command waits for them
                found.update(text.casefold().split())
                continue
            for word in text.casefold().split():
                if word.isascii():
                    found.add(word)
                else:
                    found |= _spellings(word)
    return frozenset(found)


@cache
def _spellings(word: str) -> frozenset[str]:
    """Return a word of a table folded, umlauts also as two letters; most stand in several tables."""
    spelled = word
    for umlaut, letters in _UMLAUTS:
        spelled = spelled.replace(umlaut, letters)
    return frozenset({folded_word(word), folded_word(spelled)})


def listed(text: str) -> frozenset[str]:
    """Return the words of a text, folded as those of a table."""
    return words_of({"": text})


# The visit was called off: hardly ever said of anything but the visit itself.
CALLED_OFF: Final = table(
    en="cancelled canceled cancld canceld cancled cncl cncld canc cxl cxld cxled cxd cx cnx cnxd canx canxd annulled xcld lcx lcxl cancd",
    es="cancelado cancelada cancelados canceladas canceló anulado anulada anulados anuladas desconvocada anuló",
    fr="annulé annulée annulés annulées décommandé décommandée décommander désisté désistée",
    de="storniert stornierte stornierter storn abgesagt abgesagte abgesagter annulliert abbestellt absagt fällt entfällt entfallen ausgefallen ausgefallene ausgefallener ausgefallenen stornierten abgesagten",
    nl="geannuleerd geannuleerde afgezegd afgezegde afgelast afgebeld",
    pt="cancelado cancelada cancelou desmarcado desmarcada desmarcados desmarcadas desmarcou anulada desmarcação anulou",
    it="annullato annullata annullati annullate annullò disdetto disdetti disdisse disdice stornato stornata",
    pl="odwołany odwołana odwołane odwołano odwołał odwołała odwolany odwolana odwolane odwolano odwolal odwolala anulowany anulowana anulowane anulowano",
    sv="avbokad avbokat avbokade avbeställd avbeställt inställd inställt inställda återbud",
    da="aflyst aflyste annulleret afbestilt afbud",
    no="avlyst avlyste avbestilt kansellert avbud",
    fi="peruttu peruutettu perui perunut peruuttanut peruuntunut peruuntui",
    cs="zrušen zrušena zrušeno zrušené zrušil zrušila stornováno stornována stornován odvoláno odvolána",
    tr="iptal",
    ru="отменен отменён отменена отменено отменены отменил отменила отменили аннулирован аннулирована аннулировано",
)

# The same as an order or a noun, which also stands in other company: a fee, a policy, a deadline.
CALLING_OFF: Final = table(
    en="cancel cancels cancellation cancellations cancelation cancelling canceling noshow noshows",
    es="cancelar cancela cancelación anulación cancelaciones anular",
    fr="annuler annulation annulations désistement",
    de="storno stornierungs annullierungs stornierung stornieren absage absagen annullierung stornos stornierungen annullierungen",
    nl="annuleren annulerings annulering afzegging afzeggingen afmelding afmeldingen annuleringen",
    pt="cancelamento cancelamentos desistência",
    it="annullare annulla annullamento annullamenti disdire disdetta disdette cancellazione cancellazioni disdici",
    pl="odwołać odwołanie odwołania odwolanie odwolania anulacja anulowanie anulować rezygnacja",
    sv="avboka avbokning avbokningar avbokningsdatum",
    da="aflys aflysning afbestilling annullering",
    no="avlysning avbestilling avbestille kansellering",
    fi="peruutus peruuta peruutukset",
    cs="zrušit zrušení odvolání",
    tr="iptali iptaller",
    ru="отмена отмены отменить отмену аннулировать",
)

# One word for a visit to which nobody came.
NO_SHOW: Final = table(
    en="noshow noshowed nowshow nonattendance nonattended nonattender dnka ncns dnattend nsfu",
    es="inasistencia faltó plantón",
    fr="lapin",
    de="nichterschienen nichterscheinen nichtantritt",
    nl="nietverschenen wegblijver",
    pt="faltou faltoso faltosa",
    it="nonpresentato nonpresentata",
    pl="niestawienie niestawiennictwo",
    sv="uteblev uteblivit utebliven uteblivet",
    da="udeblev udeblevet udebliver",
    no="uteble uteblitt",
    cs="nedostavil nedostavila nedorazil nedorazila nepřišel nepřišla",
    tr="gelmedi gelmemiş katılmadı katilmadi",
    ru="неявка",
)

# The person is dead.
DECEASED: Final = table(
    en="deceased decd died",
    es="fallecido fallecida fallecidos fallecidas falleció difunto difunta murió finado finada",
    fr="décédé décédée décédés décédées defunt décès",
    de="verstorben verstorbene verstorbener verstorbenen gestorben",
    nl="overleden gestorven",
    pt="falecido falecida falecidos falecidas faleceu óbito morreu",
    it="deceduto deceduta morto morta decesso defunto defunta",
    pl="zmarł zmarła zmarły zmarl zmarla",
    sv="avliden avled",
    da="afdød død",
    no="avdød død",
    fi="kuollut kuoli menehtynyt",
    cs="zemřel zemřela zesnulý",
    tr="vefat",
    ru="умер умерла скончался скончалась",
)

# The slot was given up, or may have been: other things have these words said of them too.
GIVEN_UP: Final = table(
    en="broken broke brk hold held onhold denied declined decline declines dismissed dismiss bumped bump void voided voids "
    "vacated vacate withdrawn withdrew withdraw missed rejected reject deleted delete deferred defer fta dna lwbs lwobs "
    "lwot elope eloped abandoned forfeited refused dead aborted abort nullified unscheduled absent bailed ghosted "
    "disregard disregarded unbooked nope unattended unkept forgot forgotten overslept flaked",
    es="rechazado rechazada rehusado rehusada borrado borrada ausente retirado retirada desestimada denegada declinada olvidó rechaza abandonó desistió desiste desistida desistido renunció inasistente",
    fr="refusé refusée absent absente manqué manquée rejeté rejetée retiré retirée excusé excusée décliné déclinée "
    "abandonné abandonnée loupé refus oublié oubliée annul",
    de="abgelehnt verpasst versäumt zurückgezogen abgebrochen gestrichen hinfällig abwesend abgemeldet verhindert gefehlt "
    "widerrufen krankgemeldet vergessen verschlafen fehlte abges",
    nl="geweigerd afgewezen geschrapt ingetrokken gemist verzuimd afwezig afgemeld verhinderd opgezegd",
    pt="recusado recusada apagado apagada ausente falta desistiu rejeitado rejeitada negada ausência esqueceu recusa",
    it="rifiutato rifiutata assente assenti rinunciato rinuncia mancato mancata respinto respinta ritirato ritirata declinato declinata saltato saltata abbandonato dimenticato dimenticata rifiuta annull abbandono abbandonata revocato revocata",
    pl="nieobecny nieobecna nieobecność odrzucony odrzucona odrzucono odmówił odmówiła zrezygnował zrezygnowała usunięta usunięto",
    sv="frånvarande avböjd avböjt nekad",
    da="fraværende afvist slettet",
    no="fraværende avvist avslått slettet",
    fi="poissa hylätty poistettu kieltäytyi",
    cs="nepřítomen nepřítomna odmítl odmítla odmítnuto smazáno omluven omluvena omluvil omluvila",
    tr="reddedildi silindi gelmeyecek gelemedi gelemeyecek",
    ru="отклонен отклонён отклонено отказ отказался отказалась удалено отсутствует отсутствовал отсутствовала",
)

# The same, of so many other things that only a status column can mean the visit.
OF_A_STATUS: Final = table(
    en="failed fail removed inactive expired invalid invalidated suspended terminated transferred archived "
    "blocked skipped dropped scratched struck absence refuse revoked miss disqualified ineligible noncompliant nsh "
    "uncontactable duplicate error discontinued stopped lost off death rip xed crossed closure released freed standby deactivated wnb sick ill illness hospitalized hospitalised dupe dup uta ftka",
    es="enfermo enferma inactivo inactiva suspendido suspendida vencida caducada eliminado eliminada baja perdida perdido muerto muerta bloqueado bloqueada liberado liberada hospitalizado hospitalizada vencido caducado abandonado abandonada anul",
    fr="malade empêché empêchée dcd inactif inactive suspendu suspendue supprimé supprimée manque abandon expiré expirée libéré libérée bloqué bloquée résilié résiliée hospitalisé hospitalisée mort morte effacé effacée",
    de="krank erkrankt gecancelt gecancelled inaktiv ungültig gesperrt gelöscht fehlt ausfall verfallen hospitalisiert pausiert fehlbuchung doppelbuchung entschuldigt unentschuldigt abmeldung",
    nl="ziek inactief ongeldig geblokkeerd verwijderd vervallen dood vervalt verlopen ziekgemeld",
    pt="doente inativo inativa suspenso suspensa expirada perdido perdida removida excluído excluída removido bloqueado bloqueada expirado morto morta",
    it="sospeso sospesa malato malata ammalato ammalata inattivo inattiva scaduto scaduta eliminato eliminata rimosso rimossa perso persa assenza ricoverato ricoverata bloccato bloccata liberato liberata",
    pl="chory chora wygasła nieaktywna nieaktywny",
    sv="sjuk sjukanmäld",
    da="syg sygemeldt",
    no="syk sykmeldt",
    fi="sairas sairastunut",
    cs="nemocen nemocný nemocná",
    ru="заболел заболела болен больна",
)

# Somebody waits for a visit, or it was not booked so far. In two words: a word of waiting and one of a list.
WAITING: Final = table(
    en="waitlist waitlists waitlisted standby draft drafts",
    fr="brouillon",
    es="borrador",
    de="warteliste nachrückerliste entwurf",
    nl="wachtlijst reservelijst",
    pt="rascunho",
    it="bozza",
    sv="väntelista utkast",
    da="venteliste kladde",
    no="venteliste",
    fi="jonotuslista jonossa",
    tr="taslak",
    ru="черновик",
)
BESIDE_WAITING: Final = table(
    en="on the a in of to put placed added only patient patients pt pts client clients people customers appt appts appointment appointments",
    de="auf der",
    nl="op de",
    fr="en sur la",
    pl="na",
)
WAITING_AND_LISTED: Final = table(
    en="wait waiting list lists listed standby stand by cancellation cancelation asap",
    es="lista de espera",
    fr="liste d attente",
    pt="lista de espera",
    it="lista d attesa",
    pl="lista oczekujących rezerwowa",
    cs="čekací listina",
    tr="bekleme listesi",
    ru="лист ожидания",
)

# The visit may have been given another time, or lost its time.
RESCHEDULED: Final = table(
    en="rescheduled reschedule reschedules rescheduling resched resch reschd rschd rsch moved postponed postpone "
    "rebooked rebook rearranged pushed delayed",
    es="reprogramado reprogramada reagendado reagendada aplazado aplazada pospuesto pospuesta reprogramar movida pospuso aplazó reprogramó reagendó reagendar aplazar posponer reprograma reagenda aplaza transferida",
    fr="reporté reportée reprogrammé reprogrammée déplacé déplacée décalé décalée reporter décaler déplacer reprogrammer replanifier replanifié replanifiée",
    de="verschoben verlegt umgebucht vertagt umgeplant verschieben verlegen umbuchen",
    nl="verzet verplaatst uitgesteld omgeboekt verschoven",
    pt="remarcado remarcada reagendado reagendada adiado adiada remarcar reagendar remarcou reagendou adiou transferido transferida",
    it="rinviato rinviata rimandato rimandata spostato spostata posticipato posticipata riprogrammato riprogrammata riprogrammare spostare rinviare rimandare rinvio trasferito trasferita",
    pl="przełożony przełożona przełożone przełożono przelozona przelozono przesunięta przesunięto przeniesiona przeniesiono",
    sv="ombokad ombokat flyttad flyttat framflyttad uppskjuten uppskjutet",
    da="flyttet ombooket udskudt",
    no="flyttet ombooket utsatt",
    fi="siirretty siirtynyt siirtyi",
    cs="přesunut přesunuta přesunuto přeložen přeložena přeloženo odložen odloženo",
    tr="ertelendi taşındı tasindi",
    ru="перенесен перенесён перенесена перенесено перенос отложен отложено",
)

# Marks of two letters that say so only in a status column.
SHORT_MARKS: Final = table(en="x xx ns rs nsx can cc dc nc lc dns")

# The visit stands for certain: as an action, it is booked or kept. Not what is still being arranged.
BOOKED: Final = table(
    en="booked scheduled confirmed",
    es="confirmada confirmado reservada reservado programada programado agendada agendado",
    fr="confirmé confirmée réservé réservée prévu prévue planifié planifiée",
    de="bestätigt gebucht geplant vereinbart",
    nl="bevestigd geboekt gepland ingepland",
    pt="confirmado confirmada agendado agendada marcado marcada",
    it="confermato confermata prenotato prenotata programmato programmata fissato fissata",
    pl="potwierdzony potwierdzona potwierdzone potwierdzono zarezerwowany zarezerwowana umówiony umówiona umówione umówiono zaplanowany zaplanowana",
    sv="bekräftad bekräftat bokad bokat inbokad planerad",
    da="bekræftet booket bestilt planlagt",
    no="bekreftet booket bestilt planlagt",
    fi="vahvistettu varattu",
    cs="potvrzen potvrzena potvrzeno objednán objednána objednáno rezervováno naplánováno",
    tr="onaylandı onaylandi planlandı planlandi",
    ru="подтвержден подтверждён подтверждена подтверждено забронировано запланировано записан записана",
)

# The visit stands, took place, is being arranged, or was paid.
ORDINARY: Final = table(
    en="booked book scheduled schedule confirmed confirm confirms unconfirmed accepted accept approved active open pending proposed "
    "tentative requested request new existing established returning arrived arrive checked checkin checkout "
    "in out roomed seated seen completed complete uncompleted done finished fulfilled attended attending present kept showed shown show "
    "paid unpaid due billed invoiced ready waiting waitlist waitlisted asap upcoming today tomorrow reserved assigned started "
    "progress ongoing underway billable closed signed locked reminded notified sent delivered read called "
    "contacted emailed texted left message voicemail lm lvm vm answer verified valid ok okay yes y fine normal regular "
    "routine urgent walkin walk planned firm set good current live enabled online virtual telehealth phone person office "
    "consult followup follow initial recall reactivated rebooking patient client first visit created updated update changed "
    "auto automatic manual self web app portal draft hygiene preconfirmed prebooked reconfirmed partially partial full early late "
    "on time running process processing review reviewed intake forms form received outstanding incomplete exam room "
    "ended coming going attends expected true t inprogress noted available busy free "
    "tbc tbd alive living awaiting reminder payment confirmation response mailbox full provisional double departed video home eligible needed changes issues stat recurring series discharged unknown none blank null na default other general standard vip posted session charge charged "
    "deposit required balance insurance pre auth authorised authorized registered preregistered preadmit admitted "
    "dispensed delivered shipped will attendee member premium basic gold silver conf confd spoke spoken np recare prn postop preop copay card file fasting recall scheduling intake consented cnf responded replied chair rooming labs lab claim tipped waived consultation curbside zoom link house call group annual physical well child cleaning prophy eligibility precert deductible met dropoff pickup gift loyal touchup makeup",
    es="reservada reservado confirmada confirmado pendiente programada programado agendada agendado activa activo llegó "
    "completada completado atendida atendido realizada realizado asistió pagada pagado nueva nuevo finalizada finalizado "
    "abierta abierto aceptada aceptado presente sí si espera curso solicitada vigente cita primera paciente proceso llegada citado "
    "citada aprobada confirmó confirmar confirma sala primera vez por revisión control consultorio tel efectivo tarde",
    fr="confirmé confirmée réservé réservée prévu prévue planifié planifiée attente honoré honorée venu venue arrivé arrivée "
    "terminé terminée payé payée nouveau nouvelle actif active accepté acceptée présent présente oui cours effectué "
    "effectuée vu vue réalisé réalisée rendez vous rdv patient validé validée programmé programmée enregistré à confirmer salle suivi contrôle ligne pris cb tel téléphone",
    de="bestätigt gebucht geplant vereinbart offen ausstehend erschienen angekommen eingetroffen abgeschlossen erledigt "
    "bezahlt neu neuer neue aktiv anwesend ja wartet wartend behandelt fertig angefragt vorgemerkt unbestätigt termin "
    "angenommen fest beendet wartezimmer behandlung aufgerufen reserviert durchgeführt gekommen zugesagt bestandskunde neukunde neupatient neupatientin erstgespräch kontrolle ersttermin bestandspatient per eingecheckt rechnung gestellt tel telefonisch",
    nl="bevestigd geboekt gepland ingepland open afwachting verschenen gekomen aangekomen afgerond voltooid betaald nieuw "
    "nieuwe actief aanwezig ja wachtkamer gereserveerd behandeld definitief voorlopig onbevestigd afspraak klaar gezien "
    "geaccepteerd akkoord",
    pt="confirmado confirmada agendado agendada marcado marcada pendente compareceu chegou atendido atendida concluído "
    "concluída realizado realizada pago paga novo nova ativo ativa presente sim aberto aberta finalizado finalizada "
    "aguardando andamento reservado reservada aceito aceita aprovado consulta paciente espera confirmar confirmou atendimento retorno primeira completo sala dinheiro atrasado mãe",
    it="confermato confermata confermare prenotato prenotata programmato programmata fissato fissata attesa arrivato arrivata completato completata eseguito eseguita effettuato effettuata pagato pagata nuovo nuova attivo attiva accettato accettata presente presentato presentata svolto svolta concluso conclusa aperto aperta visita controllo prima paziente appuntamento fatto pianificato pianificata richiesto sì corso sala studio contattato telefonicamente contanti ritardo",
    pl="potwierdzony potwierdzona potwierdzone potwierdzono zarezerwowany zarezerwowana umówiony umówiona umówione umówiono zaplanowany zaplanowana tak niepotwierdzona zakończona zakończono zrealizowana odbyta odbyła opłacona nowy nowa oczekuje oczekująca obecny obecna przyszedł przyszła przybył trakcie wizyta",
    sv="bekräftad bekräftat obekräftad bokad bokat inbokad planerad klar klart genomförd genomfört avslutad betald ny nytt väntar anlänt ankommen incheckad pågår öppen ja besök kom kommit",
    da="bekræftet booket bestilt planlagt gennemført afsluttet betalt ny venter ankommet fremmødt mødt ja åben aftalt",
    no="bekreftet booket bestilt planlagt gjennomført fullført betalt ny venter ankommet oppmøtt møtt ja åpen avtalt",
    fi="vahvistettu vahvistamaton varattu valmis toteutunut maksettu uusi odottaa saapunut saapui avoin kyllä käynti",
    cs="potvrzen potvrzena potvrzeno nepotvrzeno objednán objednána objednáno rezervováno naplánováno dokončeno proběhlo zaplaceno nový nová čeká přítomen přítomna dostavil dostavila přišel přišla ano",
    tr="onaylandı onaylandi planlandı planlandi tamamlandı tamamlandi geldi ödendi bekliyor beklemede yeni evet randevu",
    ru="подтвержден подтверждён подтверждена подтверждено забронировано запланировано записан записана завершен завершён завершено оплачено новый новая ожидает ожидание пришел пришёл пришла явился явилась да состоялся состоялась принят принята",
)

# Words that stand beside a status without changing it: by whom, how late, why.
BESIDE: Final = table(
    en="by the a an of for to from at on in and or with w per via due own than less more lt gt within under over after hr hrs hour "
    "hours h day days d same min mins minutes week weeks month patient patients pt pts client clients customer guest user caller "
    "provider providers prov doctor dr md physician dentist therapist practitioner stylist clinician office clinic practice staff "
    "admin host owner business center centre hospital system family parent mom mother spouse guardian member invitee organizer "
    "late early last short notice reason reasons fee fees charge charged charges no not without nc appt appts appointment appointments apt visit visits "
    "booking status sick ill illness weather emergency phone text sms email web online portal call called message vm "
    "advance advanced error excused unexcused rebook refund refunded credit is was been be has have had got it this that as afternoon afternoons "
    "left seen being without unseen prior arrival show up slot time date list pm am x code walked out did does do am make made it could",
    es="por el la los las de del con sin en y menos más horas h día días dia paciente pacientes cliente clínica doctor doctora "
    "médico profesional centro tarde mismo aviso motivo enfermedad cita fuera plazo teléfono se ha sido",
    fr="par le la les l de du des avec sans en et moins plus heures h jour jours patient patiente client cliente cabinet docteur "
    "médecin praticien tard tardif tardive tardivement même délai motif maladie rdv rendez vous hors est a été",
    de="vom von der die das durch am im mit ohne und unter weniger als stunden std h tag tage patient patientin kunde kundin "
    "praxis arzt ärztin therapeut salon spät zu kurzfristig rechtzeitig verspätet wegen krankheit krank termin ist wurde hat aus",
    nl="door de het een van met zonder en minder dan uur uren dag dagen patiënt cliënt klant praktijk arts behandelaar salon laat te op "
    "tijd kort tevoren wegens ziekte ziek afspraak is werd",
    pt="pelo pela por o a os as do da dos das com sem em e menos mais horas h dia dias paciente cliente clínica doutor "
    "médico profissional tarde mesmo aviso motivo doença consulta fora prazo foi",
    it="da dal dalla dallo il lo la i gli le di del della con senza in per e più meno ore ora giorno giorni paziente pazienti cliente clienti studio medico dottore dottoressa stesso tardi tardiva tardivo preavviso motivo malattia appuntamento visita è stato stata ha si telefono fuori orario",
    pl="przez pacjent pacjenta pacjentka pacjentkę klient klienta wizyta wizytę w z na się sie za późno telefonicznie termin lekarza gabinet",
    sv="av patient patienten kund kunden sent tid tiden telefon besök besöket till",
    da="af patient patienten kunde kunden sent tid tiden aftale",
    no="av pasient pasienten kunde kunden sent time timen avtale",
    fi="potilas potilaan asiakas asiakkaan aika",
    cs="se pacient pacientka pacientem klient klientem pozdě termín návštěva lékařem",
    tr="edildi etti olundu hasta tarafından tarafindan randevu müşteri geç",
    ru="пациент пациентом пациента пациентка пациенткой клиент клиентом клиента визит прием приём запись поздно был была было",
)

NOT: Final = table(
    en="no not never without didn didnt doesnt wasnt isnt wont cant cannot non nt unable un",
    es="no nunca sin jamás",
    fr="ne non pas jamais n sans",
    de="nicht kein keine nie ohne",
    nl="niet geen nooit zonder",
    pt="não nunca sem",
    it="non mai senza",
    pl="nie bez",
    sv="inte ej icke aldrig inga ingen utan",
    da="ikke aldrig ingen uden",
    no="ikke aldri ingen uten",
    fi="ei eivät",
    cs="ne bez",
    tr="değil degil",
    ru="не нет без",
)

# Coming: after a word of ``NOT`` nobody came.
COMING: Final = table(
    en="brought show shows showed shown showing attend attends attended attending come came coming arrive arrived appear appeared kept keep present "
    "presented turn turned honored honoured going",
    es="llegó realizado realizada asistió asiste asistir asistirá asistido acudió acude acudir presentó presentado presenta vino viene compareció comparece venir asistencia comparecimiento vendrá",
    fr="présenté présentée présente présent venu venue honoré honorée viendra vient",
    de="erschienen gekommen angetreten teilgenommen wahrgenommen anwesend aufgetaucht erscheint kommt eingehalten",
    nl="verschenen gekomen komen opdagen opgedaagd opgekomen aanwezig komt nagekomen verschijnt",
    pt="chegou realizado realizada compareceu comparece comparecer veio apareceu vem vir comparecimento virá",
    it="presentato presentata presenta venuto venuta viene verrà arrivato arrivata presente comparso effettuata eseguita svolta pervenuto pervenuta venire presentazione effettuato eseguito svolto",
    pl="przyszedł przyszła przyszedl przyszla przyjdzie stawił stawiła stawil stawila pojawił pojawiła zgłosił zgłosiła przybył przybyła odbyła obecny obecna",
    sv="kom kommit kommer infann närvarande",
    da="mødt mødte mødte kom kommet kommer fremmødt",
    no="møtt møtte kom kommet kommer oppmøtt",
    fi="saapunut saapui tullut tule tulee",
    cs="dostavil dostavila přišel přišla přijde dorazil",
    ru="пришел пришёл пришла придет придёт явился явилась состоялся состоялась",
)

# The visit took place, or is held: after a word of ``NOT`` it did not, where nothing but the visit is spoken of.
TOOK_PLACE: Final = table(
    en="performed proceeded proceeding happened occurred honored fulfilled held made",
    es="atendido atendida efectuado efectuada celebrado celebrada",
    fr="effectué effectuée réalisé réalisée tenu tenue vu vue",
    de="durchgeführt stattgefunden behandelt",
    nl="doorgegaan uitgevoerd behandeld gezien",
    pt="atendido atendida efetuado efetuada",
    it="visitato visitata tenuto tenuta fatto fatta visto vista",
)

# Not come so far is not the same as not come.
YET: Final = table(
    en="yet still",
    es="aún todavía",
    fr="encore",
    de="noch bisher",
    nl="nog",
    pt="ainda",
    it="ancora",
    pl="jeszcze",
    sv="ännu än",
    da="endnu",
    no="ennå",
    fi="vielä",
    cs="ještě",
    tr="henüz",
    ru="ещё пока",
)

# An earlier visit is spoken of, or how often it happened.
EARLIER: Final = table(
    en="previous previously prior past earlier former formerly history historical lifetime originally ever if "
    "reinstated uncancelled undone",
    es="anterior anteriores previa previas",
    fr="précédent précédente précédents dernier dernière",
    de="früher frühere vorige letzter letzte falls vorheriger",
    nl="vorige eerdere indien",
    pt="anterior anteriores",
    it="precedente precedenti passato scorso scorsa",
)

# After a word of ``CALLING_OFF`` these speak of rules and money.
RULES: Final = table(
    en="policy policies fee fees list link url notice deadline window terms term insurance protection rate risk score count "
    "probability prediction charges allowed allowable period agreement form waiver alert alerts option options button page "
    "email phone number hours rule rules history total",
    es="política políticas tarifa plazo seguro condiciones lista tasa",
    fr="politique frais délai assurance conditions lien taux liste",
    de="gebühr gebühren frist bedingungen regeln versicherung pauschale richtlinie quote link",
    nl="kosten beleid termijn voorwaarden verzekering",
    pt="política taxa prazo seguro condições lista",
    it="politica penale penali costo costi termine termini condizioni tariffa assicurazione entro regole",
)

# Before a word of ``CALLING_OFF``: it can be done, and nobody did.
MAY: Final = table(
    en="may might can could must should reply press click",
    es="puede",
    fr="peut",
    de="kann",
    nl="kan",
    pt="pode",
    it="può",
)

# Marks of yes and no, of nothing, and of a tick.
YES: Final = table(
    en="yes y true t 1 x on ok set checked",
    es="sí s verdadero cierto",
    fr="oui o vrai",
    de="ja j wahr",
    nl="ja j waar",
    pt="sim s verdadeiro",
    it="sì s vero",
    pl="tak",
    sv="ja",
    da="ja",
    no="ja",
    fi="kyllä",
    cs="ano",
    tr="evet",
    ru="да",
)
NO: Final = table(
    en="no n false f off nope",
    es="no falso",
    fr="non n faux",
    de="nein n falsch aus",
    nl="nee n onwaar uit",
    pt="não n falso",
    it="no n falso",
    pl="nie",
    sv="nej",
    da="nej",
    no="nei",
    fi="ei",
    cs="ne",
    tr="hayır hayir yok",
    ru="нет",
)
NOTHING: Final = table(
    en="none null nil na never blank empty unset nan undefined nothing",
    es="ninguno ninguna nunca nada",
    fr="aucun aucune jamais rien néant",
    de="keine keiner kein keins nie nichts",
    nl="geen nooit niets",
    pt="nenhum nenhuma nunca nada",
    it="nessuno nessuna mai niente nulla",
)

# Phrases of which no single word says it, of plain words. What they say of the visit -> the phrases.
SAYINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "off": (
        "called off", "call off", "left without", "walked out", "fell through", "fallen through", "turned away", "could not come", "ca not make",
        "can not make", "cannot make", "cant make", "could not make", "will not come", "wo not come", "wont come", "pulled out", "backed out",
        "wurde abgesagt", "fallt aus", "faellt aus", "findet nicht", "gaat niet", "a annule", "did not make", "not make it", "kam nicht",
        "erschien nicht", "non viene", "non verra", "non puo venire", "kann nicht kommen", "no puede venir", "nao pode vir", "wont make",
        "wo not make", "will not make", "would not make", "will not happen", "wo not happen", "not going ahead",
        "not be there", "cannot be there", "cant be there", "wont be there", "unable to make", "unable to come", "not able to make",
        "not able to come", "not gonna make", "not going to make", "no puedo ir", "no podre ir", "no voy a ir", "no voy a poder",
        "viens pas", "viendrai pas", "komme nicht", "kom niet", "nao posso ir", "nao vou poder", "nao poderei ir", "non vengo", "non verro",
    ),
    "dead": (
        "passed away", "nie zyje",
    ),
    "given up": (
        "entered in error", "left ama", "left before", "pt left", "patient left", "stood us", "no longer", "stood up", "will not be", "dropped out",
        "niet door", "n est plus", "dado de", "dada de", "taken off", "on hold", "in abeyance", "not needed", "not required", "not wanted",
        "not proceeding", "not going", "not happening", "changed mind", "changed her mind", "changed his mind", "changed their mind",
        "went elsewhere", "going elsewhere", "gone elsewhere", "seeing another", "push to", "new date", "cambio de fecha", "cambio fecha",
        "called in sick", "transferred care", "transferring care", "slot given", "slot filled", "slot taken", "given away", "gave away", "gave slot", "wrong patient", "wrong person", "wrong date", "wrong day", "not our patient", "not a patient", "not here", "left prior", "fired patient", "discharged from", "out of town", "in er", "admitted to",
        "provider out", "doctor out", "dr out", "therapist out", "stylist out", "out sick", "clinic closed", "office closed", "practice closed",
        "salon closed", "praxis geschlossen", "cabinet ferme", "studio chiuso", "clinica cerrada", "do not see", "do not book", "do not schedule",
        "nicht da", "ne peut pas", "not eligible", "not interested", "not seen", "called out", "pulled from", "did not proceed", "not go ahead",
        "moved away", "unsched list", "se cayo", "se retiro", "ya no necesita", "ya no requiere", "no interesado", "no interesada",
        "plus besoin", "sans suite", "kein bedarf", "keinen bedarf", "nicht mehr benotigt", "nicht mehr benoetigt", "nicht benotigt",
        "nicht benoetigt", "keinen termin mehr", "non serve", "non necessario", "dato buca", "nao precisa mais", "nao quer mais", "nao vira",
        "niet nodig", "niet meer nodig", "geen afspraak meer",
    ),
    # Only where nothing else is said.
    "alone": (
        "out today", "not in", "no visit", "no visits", "no appointment", "no appt", "no appts", "not approved", "not accepted", "not authorized", "not authorised",
        "disapproved", "unapproved", "kein termin", "keine behandlung", "nicht genehmigt", "pas de rdv", "pas de rendez vous", "pas de visite", "non approuve", "non accepte", "sin cita",
        "no aprobada", "no aprobado", "geen afspraak", "niet goedgekeurd", "nessun appuntamento", "nessuna visita", "non approvato", "non approvata", "sem consulta",
        "nao aprovado", "nao aprovada",
    ),
    # What somebody answers whose number it is now; of texts, not of the visit.
    "stranger": (
        "not me", "not my number", "not my phone", "not my appointment", "longer my number", "longer my phone", "longer has this number",
        "longer has this phone", "longer uses this number", "not her number", "not his number", "not their number", "wrong guy", "wrong girl",
        "wrong lady", "wrong man", "wrong woman", "wrong person", "who is this", "who s this", "whos this", "do not know this person",
        "do not know him", "do not know her", "do not know you", "dont know this person", "never heard of", "no soy yo", "no es mi numero",
        "pas moi", "pas mon numero", "bin ich nicht", "nicht meine nummer", "ben ik niet", "niet mijn nummer", "nao sou eu",
        "nao e meu numero", "non sono io", "non e il mio numero",
    ),
})  # fmt: skip

# What the numbers and signs of one program's own column mean. Heading, folded -> cell -> the word that it stands for.
# Sources: Open Dental's database documentation (appointment.AptStatus, patient.TxtMsgOk), OpenEMR's list ``apptstat``.
CODES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "aptstatus": {
            "1": "scheduled",
            "2": "completed",
            "3": "unscheduled",
            "5": "broken",
            "6": "planned",
            "7": "void",
            "8": "void",
            "ptnote": "void",
            "ptnotecompleted": "void",
        },
        "pcapptstatus": {
            "-": "none",
            "*": "reminded",
            "+": "checked in",
            "x": "cancelled",
            "?": "no show",
            "@": "arrived",
            "~": "arrived late",
            "!": "left without visit, no show",
            "#": "insurance",
            "<": "in exam room",
            ">": "checked out",
            "$": "completed",
            "%": "cancelled less than 24 h",
            "&": "rescheduled",
            "^": "pending",
        },
        "txtmsgok": {"0": "unknown", "1": "yes", "2": "no"},
    }
)
