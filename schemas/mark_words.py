"""
The words of lines and marks that call visits off beside those of ``status_words``, and of what only looks so, in seven languages, as data.

A line stands alone in its row; a mark stands beside a person's name, or before or behind the title of an event.
"""

from __future__ import annotations

import re
from typing import Final

from schemas import heading_words as heads
from schemas.calendar_words import MONTH_WORDS, WEEKDAY_WORDS
from schemas.status_words import (
    CALLED_OFF,
    CALLING_OFF,
    COMING,
    DECEASED,
    GIVEN_UP,
    NO,
    NO_SHOW,
    NOTHING,
    OF_A_STATUS,
    RESCHEDULED,
    SAYINGS,
    TOOK_PLACE,
    WAITING,
    folded_word,
    listed,
    words_of,
)
from schemas.status_words import EARLIER as EARLIER_VISITS

OF_VISITS: Final = listed(
    "appointments appointment appts visits bookings sessions schedule schedules list reservations clients patients report filter export citas termine "
    "rendez vous rdv afspraken consultas agendamentos upcoming total totals subtotal"
)
AROUND_SENTENCE: Final = listed(
    "since last this the that who which were was are is have has had been to be being will by on in from of for week month report export today yesterday "
    "tomorrow day date per as and"
)
# A legend or a rule, not a list; and what is left out is not below.
BESIDE_MOVED: Final = OF_VISITS | listed("to be being need needs needing must all these are were")
NO_LIST: Final = listed(
    "but billed deposit deposits incur replaces replace replacing if except excluding excluded excludes exclude exclusive without not omitted hidden filtered include includes including incl with shown marked highlighted red grey "
    "gray color colour strikethrough fee fees policy charge charged charges please call must should may can could wenn falls ohne außer ausgenommen nicht rot "
    "farbe gebühr bitte sans sauf excepté si frais rouge sin excepto salvo cargo rojo senza tranne eccetto se costi rosso sem exceto caso taxa vermelho "
    "zonder behalve als indien kosten rood"
)
# Words above the headings that say whose they are: of others, or of other visits; and of the person and the visit.
OF_OTHER_HEADINGS: Final = listed(
    "doctor provider physician dentist therapist hygienist stylist practitioner clinician staff emergency guarantor guardian parent referring referral "
    "responsible preferred requested last previous prior first arzt ärztin behandler notfallkontakt médico médica médecin praticien medico profesional"
)
OF_OWN_HEADINGS: Final = listed(
    "patient client customer guest visit appointment appt booking contact party next confirmed termin kunde kundin patientin paciente cliente cita rendez vous rdv "
    "paziente appuntamento"
)
# What a legend says of the sheet's colours beside the words of a status.
COLOURS: Final = listed(
    "red green yellow blue orange pink purple grey gray brown white black highlight highlighted highlighting shaded coloured colored colour color colours colors "
    "strikethrough rot grün gelb blau grau rosa lila markiert hinterlegt farbig rouge vert jaune bleu gris rose violet surligné rojo verde amarillo azul naranja "
    "morado resaltado rosso giallo arancione grigio vermelho amarelo laranja cinza rood groen geel blauw oranje grijs"
)
OF_LEGENDS: Final = OF_VISITS | listed(
    "light dark row rows line lines cell cells entry entries name names text font background fill legend key code coded coding in is are means mean meaning marked "
    "shown the all zeile zeilen einträge sind ist bedeutet mit und ligne lignes en sont est signifie et fila filas son significa con y o le righe sono linhas são em "
    "e rijen zijn betekent met of and or with"
)
AROUND_COLOURS: Final = OF_LEGENDS | listed("a have has been were was not do don t dont no")
WISHING: Final = listed(
    "want wants wish wishes wished like agree agreed agrees consent consents consented allow allowed allows permission desean desea quieren quiere aceptan "
    "aceptaron autorizan souhaitent souhaite veulent veut acceptent wollen will möchten möchte wünschen wünscht einverstanden vogliono vuole desiderano "
    "desidera accettano querem quer desejam deseja aceitam willen wil wensen wenst"
)
LEAVING_OUT: Final = listed(
    "but except excluding excluded excludes exclude hidden omitted include includes including incl with außer ausgenommen mit sauf excepté avec excepto salvo con "
    "tranne eccetto exceto com behalve met"
)
AFTER: Final = listed("after nach après después tras dopo depois após na following")
BELOW: Final = listed("below following under this line here everyone everybody all rows")
AND: Final = listed("and und et y e en plus")
# A cancellation list is one of people who wait for a slot.
PEOPLE: Final = listed(
    "patients clients customers people guests patienten kunden clientes pacientes pazienti clienti klanten"
)
# Lines about people whose numbers take no texts, or who have not consented to them.
REFUSING_LINES: Final = frozenset({
    "landline", "landlines", "festnetz", "lignes fixes", "telefonos fijos", "telefoni fissi", "unsubscribed", "unsubscribes", "no consent", "no consent on file",
    "no sms consent", "no text consent", "consent missing", "missing consent", "without consent", "not consented", "no opt in", "not opted in", "wrong number",
    "wrong numbers", "bad number", "bad numbers", "bad phone numbers", "wrong phone numbers", "invalid numbers", "invalid phone numbers", "disconnected numbers",
    "undeliverable", "blocked numbers", "no cell", "no cell phone", "no cell phones", "no mobile", "no mobile number", "no reminders", "no reminder",
    "no reminders for these", "do not remind", "call instead", "email reminders only", "e mail reminders only", "not textable", "keine einwilligung",
    "ohne einwilligung", "sin consentimiento", "sans consentement", "senza consenso", "sem consentimento", "geen toestemming", "zonder toestemming",
    "falsche nummern", "numeros equivocados", "mauvais numeros", "faux numeros", "numeri sbagliati", "numeros errados", "verkeerde nummers",
})  # fmt: skip
LISTS: Final = listed("list lists liste lista lijst elenco listado")
REPORTS: Final = listed(
    "report reports export log overview summary rapport bericht relatório informe reporte resumen only nur solo seulement"
)
# Words of the tables that are surnames, too: without an edge they are read as such.
SURNAMES: Final = listed(
    "lapin morto morta morte defunt difunto difunta cancel cancela cancelo storno disdici storn faltou planton falto faltoso finado finada obito"
)
PERHAPS_A_SURNAME: Final = listed(
    "stop hold void moved dead off held block broke rip quit baja lost miss perdido perdida ill"
)
# The same of words that stand in capitals, as Prénom NOM; with an edge, or beside two names, they are marks.
SURNAMES_IN_CAPITALS: Final = listed(
    "absent absente absenti ausente ausfall falta death muerto muerta storno tot perdu perdus manque loupe refus "
    "retire retirado retirada rinuncia saltato assente annulli broken cross crossed krank dood ziek malade malato lapine frei sick gone abort bump "
    "anular libre libero libera difunti defunti finati decesso verzet vergessen abges delayed pushed rinvio verlegen excuse desiste error"
)
PARTICLES: Final = listed(
    "da das de del della dem den der des di do dos du el in la le les lo los of san santa st ten ter van vom von y zu"
)
# Of these, what stands in capitals behind two names is rather a mark.
RATHER_A_MARK: Final = listed(
    "stop hold void moved dead off cancel cancela storno ausfall absent absente ausente falta death muerto muerta"
)
# Of these, what is rather an order at an end of a title: CANCEL Jon, STORNO Meier.
ORDERS: Final = listed("cancel storno ausfall")
PERSONS_TITLES: Final = listed("dr dra doctor doctora mr mrs ms miss herr frau prof sr sra mme m med")
ABBREVIATED: Final = listed("cxl cxld cxled cxd cnx cnxd cncl cncld canx canxd xcld lcx lcxl dnka ncns dnc dnt")
# Nobody is called so: at an end of a name these need no edge. In titles of events some are things, as a DNA test is.
NOBODYS_NAMES: Final = listed("dna fta dnk xx xxx inactive waitlist waitlisted verhindert")
NUMBERS_BEHIND_NAMES: Final = listed("landline festnetz unsub dnd")
LATE_OR_SICK: Final = frozenset(
    {("late", "cancel"), ("late", "cancellation"), ("late", "cx"), ("out", "sick"), ("in", "hospital")}
)
# Before a name, of somebody who has died: Estate of Ana Lee.
OF_THE_DEAD: Final = frozenset(
    {
        ("estate", "of"),
        ("the", "late"),
        ("nachlass", "von"),
        ("sucesion", "de"),
        ("herencia", "de"),
        ("succession", "de"),
        ("erven", "van"),
    }
)
DEAD_AT_AN_EDGE: Final = listed(
    "rip dead dcd passed expired death qepd verst verstorb ovl muerto muerta murió finado finada mort morte tot dood sterf"
)
# May be initials as well, unless written with a stroke: N/S.
INITIALS: Final = listed("ns cx rs dns")
WRONG: Final = listed(
    "wrong bad invalid incorrect dead disconnected equivocado incorrecto erróneo errado mauvais faux erroné incorrect falsche falsch sbagliato errato "
    "incorreto verkeerd verkeerde"
)
NUMBER: Final = listed(
    "number phone cell mobile tel telephone no nr numero número numéro nummer telefon telefono téléphone teléfono telefone telefoon"
)
NEARER: Final = listed("up forward")
HERE: Final = listed("in here")
BUMPED: Final = listed("bump bumped")
LAST: Final = listed("last letztes letzte letzter letzten vorige laatste última ultima dernière scorsa")
TIME: Final = listed(
    "time year month visit appt appointment mal jahr termin besuch keer afspraak jaar vez año ano cita consulta volta visita fois année rdv séance"
)
WAITING_LISTS: Final = listed("list lists liste lista lijst elenco listado queue")
INSTEAD: Final = listed(
    "replaces replacing replacement filling fills anstelle anstatt remplace reemplaza sustituye sostituisce substitui vervangt"
)
NO_COUNT: Final = listed(
    "h hr hrs hour hours std stunden heures horas ore uur day days tage jours dias giorni dagen min mins minutes week weeks x"
)
RELATIVES: Final = listed(
    "husband wife spouse partner mother father mom mum dad parent parents son daughter brother sister sibling uncle aunt cousin grandmother "
    "grandfather grandparent grandma grandpa fiance boyfriend girlfriend friend twin hubby mil fil niece nephew family ehemann mann ehefrau frau gatte gattin mutter vater "
    "eltern sohn tochter bruder schwester oma opa tante onkel mari femme époux épouse conjoint conjointe mère père fils fille frère soeur sœur marido "
    "esposo esposa mujer madre padre hijo hija hermano hermana abuelo abuela cónyuge pareja tío tía marito moglie coniuge figlio figlia fratello sorella nonno "
    "nonna zio zia mãe pai filho filha irmão irmã avô avó cônjuge mulher echtgenoot echtgenote man vrouw moeder vader zoon dochter broer zus dog cat hund chien perro"
)
TELLING: Final = listed(
    "per by says said told tells called calls informed informs reported reports states stated advised via laut sagt selon dit según dice secondo segundo diz volgens zegt"
)
OF: Final = listed("of von vom der des de del du da do della di van her his ihr ihres sein seines son sa su sua suo")
# Said of a thing that an event is about: Crown (broken), Prescription (expired).
OF_THINGS: Final = listed(
    "broken broke brk missed miss absent absente ausente dead expired removed dropped scratched struck crossed released freed mort morte muerto muerta tot passed"
)
CALLED_WITH_X: Final = listed(
    "ray rays rayos trainer training treme country factor fit press fire games linked chromosome"
)
# CXL is also the cross-linking of a cornea.
OF_EYES: Final = listed(
    "eye eyes os od ou cornea corneal corneas keratoconus crosslinking linking epi riboflavin bilateral procedure laser auge augen oeil yeux ojo ojos "
    "occhio occhi olho olhos oog ogen"
)
HOLDING: Final = listed("hold void stop off")
# What a sentence about visits that do not take place is about, and how it begins.
ABOUT: Final = OF_VISITS | listed(
    "following these those all clientes pacientes turnos reservas siguientes estas estos ces suivants suivantes patientes clientes folgende diese patienten "
    "patientinnen kunden kundinnen termine guests customers people persons booking patient client visit appuntamenti visite pazienti clienti seguenti questi "
    "seguintes estes patienten klanten volgende deze cliënten prenotazioni"
)
DID_NOT_TAKE_PLACE: Final = (
    ("take", "place"),
    ("took", "place"),
    ("taking", "place"),
    ("eu", "lieu"),
    ("fanden", "statt"),
    ("tuvieron", "lugar"),
)
OFF_AT_AN_EDGE: Final = listed(
    "x xx xxx ns nsx dns cx lc nc removed dropped scratched struck xed crossed released freed eliminado eliminada supprimé supprimée "
    "waitlist waitlisted warteliste wachtlijst gelöscht gecancelt gecancelled ausfall verfallen verwijderd vervallen removido removida excluído excluída rimosso rimossa eliminata"
) - {"nc", "lc"}
# A slot without a person, where a full name should be.
SLOTS: Final = frozenset({
    "lunch", "lunch break", "staff meeting", "team meeting", "meeting", "block", "blocked", "block time", "blocked time", "time block", "blocked off",
    "closed", "vacation", "out of office", "ooo", "pto", "mittagspause", "mittag", "urlaub", "pause dejeuner", "dejeuner", "almuerzo",
    "vacaciones", "hold slot", "slot", "do not book", "do not schedule", "pranzo", "pausa pranzo", "almoco", "ferias", "vakantie", "lunchpauze", "pauze", "stop",
})  # fmt: skip
# "Annulé dernière minute" is this visit.
EARLIER: Final = words_of(EARLIER_VISITS) - listed("if falls indien letzter letzte dernier dernière vorige") | listed(
    "prev hx hist history pmh habitual chronic frequent repeat repeated repeatedly serial multiple several twice thrice often zweimal dreimal "
    "mehrmals mehrfach öfter plusieurs souvent varias varios veces vezes várias volte diverse keer meermaals tweemaal times mal fois"
)
IN_PLACE: Final = (
    ("place", "of"),
    ("au", "lieu"),
    ("en", "lugar"),
    ("em", "lugar"),
    ("al", "posto"),
    ("in", "plaats"),
)

NO_ADDRESS: Final = frozenset(
    {
        "0", "x", "xx", "no", "non", "nein", "não", "nao", "nee", "without", "w/o", "keine", "kein", "ohne", "aucun", "aucune", "pas d'", "pas d", "pas de",
        "pas", "sans", "sin", "ningún", "ningun", "ninguno", "no tiene", "no hay", "sem", "não tem", "nao tem", "nenhum", "senza", "nessun", "nessuna",
        "non ha", "geen", "zonder", "none", "n/a", "ingen", "brak", "declined", "refused", "refuses", "does not have", "doesn't have", "does not have an",
        "doesn't have an", "has no", "no valid", "none given", "none provided", "none on file", "not on file", "no known", "withheld", "patient declined",
        "client declined", "pt declined", "declined to give", "declined to provide", "hat keine", "n'a pas d'", "n'a pas de", "non fourni", "nicht vorhanden",
        "nicht angegeben", "no proporcionado",
    }
)  # fmt: skip
"""What says, where an e-mail address may stand, that there is none; a word for the address may stand behind it."""

# What says in a cell that it is as the one above it: words that are said of nothing else, and those that may be.
DITTO: Final = frozenset(map(folded_word, (
    "ditto", "dito", "dto", "dtto", "ditto above", "as above", "same as above", "same above", "the same as above", "like above", "see above", "above",
    "as previous", "same as previous", "same as previous row", "same as last row", "same as row above", "wie oben", "siehe oben", "s oben", "wie vor",
    "wie vorstehend", "desgleichen", "desgl", "ídem que arriba", "como arriba", "igual que arriba", "lo mismo que arriba", "ver arriba", "véase arriba",
    "idem ci dessus", "comme ci dessus", "voir ci dessus", "ci dessus", "comme au dessus", "come sopra", "vedi sopra", "idem come sopra", "como acima",
    "ver acima", "acima", "igual acima", "idem acima", "o mesmo acima", "idem dito", "zie boven", "als boven", "zoals boven", "als hierboven",
    "zie hierboven", "jak wyżej", "som ovan", "se ovan", "samma som ovan", "som ovenfor", "se ovenfor", "kuten yllä", "viz výše", "yukarıdaki gibi",
    "см выше", "как выше", "то же",
)))  # fmt: skip
PERHAPS_DITTO: Final = frozenset(map(folded_word, (
    "same", "the same", "idem", "ebenso", "dasselbe", "das gleiche", "lo mismo", "el mismo", "la misma", "mismo", "misma", "igual", "même", "le même",
    "la même", "la même chose", "pareil", "stesso", "lo stesso", "uguale", "o mesmo", "a mesma", "mesmo", "mesma", "zelfde", "hetzelfde", "dezelfde",
    "to samo", "samma", "samme", "sama", "samoin", "totéž", "aynı",
)))  # fmt: skip
DITTO_IN_SHORT: Final = frozenset({"do.", "id.", "s.o.", "w.o.", "c.s.", "j.w.", "jw.", "d:o"})
"""Without blanks; most of them are other words without their points."""
DITTO_SIGNS: Final = frozenset('〃"“”„″»«^↑⇑⇧⬆↓⇓⇩⬇\ufe0f')
DITTO_MARKS: Final = frozenset({"''", "’’", "‘‘", "´´", "``", "′′", "‚‚", ",,"})
"""Of one of these alone nobody knows that it is meant so: a spreadsheet program puts one before a text."""

# Beside the word of a colour, or alone, above cells that say what the sheet's colours mean.
OF_A_LEGEND: Final = listed("legend legende légende leyenda leggenda legenda key schlüssel clave")
OF_CODED_COLOURS: Final = listed("code codes coding coded codierung farbcode")
COLOURS_AND_SURNAMES: Final = listed(
    "green gray grey brown white black blue rose rosa violet braun weiss weiß schwarz grün grau blanco negro rojo rosso bianco nero"
)
# What says that rows are no visits of anybody: they are not the newest any more, or made up. Words alone, and words beside each other.
OUT_OF_DATE: Final = listed(
    "superseded obsolete outdated archive archives archived veraltet überholt archiv archiviert périmé périmée obsolète archivé archivée archivés archivées obsoleto "
    "obsoleta archivado archivada archivados archivadas archiviato archiviata archiviati archivio arquivado arquivada desatualizado desatualizada verouderd "
    "gearchiveerd archief"
)
OLDER: Final = listed(
    "old older previous prior earlier alte ancienne vieille antigua vieja vecchia precedente oude vorige velha anterior"
)
VERSIONS: Final = listed("version versions copy copies fassung kopie versión copia copie versione versie versão cópia")
MADE_UP: Final = listed(
    "dummy fake fictitious fictional fictif fictifs fictive fictives ficticio ficticios fittizi fittizio fictício fictícios fiktiv fiktive fictieve testdaten "
    "beispieldaten musterdaten demodaten testdatensätze testgegevens voorbeeldgegevens"
)
# These alone are also a word for a test or for a sample that is taken of somebody.
SAMPLES: Final = listed(
    "sample example test demo testing exemple exemples ejemplo ejemplos prueba pruebas esempio esempi prova exemplo exemplos teste testes beispiel muster voorbeeld"
)
# Alone in a line these say it, too.
EXAMPLES: Final = listed("sample example exemple ejemplo esempio exemplo beispiel voorbeeld")
DATA: Final = listed(
    "data record records row rows entry entries values daten datensätze zeilen données lignes datos registros filas dati righe dados linhas gegevens rijen"
)
AROUND_DATA: Final = listed(
    "the a an this these is are of all de des di do da von der for only nur solo seulement alleen apenas file sheet tab page"
)
BESIDE_DATA: Final = OF_VISITS | AROUND_DATA
DO_NOT_USE: Final = frozenset({
    ("do", "not", "use"), ("do", "not", "import"), ("do", "not", "upload"), ("do", "not", "process"), ("not", "for", "use"), ("nicht", "verwenden"),
    ("nicht", "benutzen"), ("ne", "pas", "utiliser"), ("no", "usar"), ("non", "usare"), ("nao", "usar"), ("niet", "gebruiken"),
})  # fmt: skip
# What stands beside the half of the day in a line above the visits of that half: Evening clinic, PM appointments.
BESIDE_HALVES: Final = OF_VISITS | listed(
    "clinic clinics session sessions shift shifts surgery block slots hours the in only sprechstunde consulta"
)

# What a cell says of a reminder that has gone out, and what stands beside it; not what failed, or is still to come.
REMINDERS: Final = listed(
    "reminder reminders sms text texts txt mms erinnerung erinnerungen terminerinnerung rappel rappels recordatorio recordatorios lembrete lembretes herinnering "
    "herinneringen promemoria påminnelse påmindelse przypomnienie připomínka напоминание смс"
)
SENT: Final = listed(
    "sent delivered gesendet verschickt versendet versandt envoyé envoyés envoyée enviado enviados enviada verzonden verstuurd inviato inviati inviata skickad "
    "skickat sendt wysłano wysłane odesláno отправлено"
)
REMINDED: Final = listed("reminded texted smsed erinnert herinnerd gesmst smst")
AROUND_SENT: Final = listed(
    "already been has have was is date time datetime at on when timestamp message messages appt appointment appointments visit patient pt client the "
    "was wurde bereits schon datum uhrzeit am fecha hora date heure le data ora il op tijd"
)
SAYS_SENT: Final = (
    SENT
    | REMINDED
    | listed(
        "done completed complete gone ok okay success successful successfully erledigt fait hecho fatto feito gedaan"
    )
)
BESIDE_SENT: Final = REMINDERS | listed(
    "by via per at on the was is auto automatic automatically manually manual am pm uhr already today yesterday message and"
)
NOT_SENT: Final = listed(
    "pending queued queue scheduled failed fail fails error undelivered undeliverable bounced unsent tbd tbc to will later waiting due ready planned needed need needs "
    "skip skipped cancelled canceled ausstehend geplant fehlgeschlagen offen attente échec pendiente fallido programado attesa fallito pendente falhou mislukt gepland"
)

# A line of one of these above visits -> the hours before noon that do not go with it, where a time does not say AM itself.
_HOURS: Final = tuple(f"{hour:02}" for hour in range(24))
LATE_HALVES: Final = {
    **dict.fromkeys(
        ("pm", "evening", "evenings", "abend", "abends", "soir", "noche", "noite", "sera", "avond"), _HOURS[1:12]
    ),
    **dict.fromkeys(
        ("afternoon", "afternoons", "nachmittag", "nachmittags", "pomeriggio", "middag", "apresmidi"), _HOURS[1:8]
    ),
}

# The new time of a visit, told in a note: now 4pm, 4:30 PM instead.
NOW: Final = listed("now new instead changed jetzt neu stattdessen")
HALVES_OF_DAY: Final = listed("am pm uhr")

# Signs of cells, beside letters: a cross says no, a tick or a green light yes; an open box says nothing.
CROSSES: Final = "✗✘❌☒✕✖🚫⛔❎⨯⊘🗙☓"
TIMES_SIGN: Final = "×"
"""Drawn as a cross."""
RED_LIGHTS: Final = "👎🔴🟥🛑"
"""Below a status or a consent they say no; before a name they may be the colour of a calendar."""
TICKS: Final = "✓✔☑✅√●■"
GREEN_LIGHTS: Final = "👍🟢🟩💚👌🆗"
OPEN_BOXES: Final = "☐□○-–—_./\\…·•*"

# Below a kind of telephone: it takes no texts.
FAXES: Final = frozenset(
    tuple(words.split())
    for words in (
        "fax", "telefax", "fax number", "fax machine", "fijo", "telefono fijo", "linea fija", "fixe", "telephone fixe", "ligne fixe", "fisso", "telefono fisso",
        "linea fissa", "fixo", "telefone fixo", "linha fixa", "vast", "vaste lijn", "vaste telefoon", "festnetznummer", "festnetzanschluss", "fixed line", "land line",
    )
)  # fmt: skip

# What stands below "Canceled" or "No show" of a visit that takes place.
STANDING: Final = listed(
    "booked scheduled confirmed unconfirmed accepted approved active open pending upcoming planned arrived checked completed complete "
    "fulfilled attended attending kept show shows showed shown came turned seen done expected coming going alive living ok okay valid normal standing present "
    "reservada confirmada confirmado pendiente activa activo vigente asistió confirmé prévu actif présent honoré bestätigt gebucht geplant aktiv "
    "offen erschienen bevestigd gepland actief aanwezig agendado ativo ativa compareceu in"
)
OUT_OF: Final = listed("of out von aus de sur di su van")
OF_A_SERIES: Final = OUT_OF | listed(
    "st nd rd th no nr num number session sessions visit sesión sesiones séance séances sitzung sitzungen seduta sedute sessão sessões zitting"
)
# Words that make a note worth reading, beside those that call a visit off; and words that do so beside a word of not.
TELLING_ANYWHERE: Final = listed(
    "passed off away entered closed geschlossen ferme cerrada chiuso gesloten elsewhere another switched discharged mistake mind town irrtumlich besoin suite duplicate walked fell fallen turned stood pulled backed dropped faellt fallt gaat abeyance dado dada opt opted "
    "opting optout optedout stop stopped unsubscribe unsubscribed dnc dnt dnd refuses declines stopall arret baja quit revoked wrong fax telefax"
)
TELLING_BESIDE_NOT: Final = words_of(COMING, TOOK_PLACE, heads.WRITE_TO) | listed(
    "longer make come be needed required wanted proceeding going happening eligible interested seen left door plus findet able gonna there patient puedo podre voy viens viendrai komme kom posso vou poderei vengo verro need necessary benotigt benoetigt notig noetig nodig bedarf necesita requiere precisa paciente"
)

# Marks at the name of somebody who has died, and ends of words that call a visit off: no surname has them.
GRAVES: Final = "†✝✞☠⚰🪦"
SPELLED_OF_THE_DEAD: Final = ("dec'd", "dec\u2019d", "r.i.p", "r. i. p", "q.e.p.d", "q. e. p. d")
NICKNAMES: Final = frozenset({"Rip", "Mort", "Tot"})
OFF_ENDINGS: Final = ("d", "do", "da", "dos", "das", "to", "ta", "ti", "te", "tion", "ion")
# At a name: of its telephone, that it takes no texts; with an edge, or at the end.
OF_NUMBERS: Final = frozenset({"wrong", "landline", "landline only", "festnetz", "call instead", "calls instead"})
NO_TEXTS: Final = frozenset(
    f"{no} {sent}"
    for no in ("no", "keine", "sin", "senza", "niente", "geen", "sem", "sans")
    for sent in ("sms", "text", "texts", "txt", "txts", "texting", "mms")
)
NO_MOBILES: Final = "\U0001f4f5"
TELLING_BESIDE_NAMES: Final = (
    ABBREVIATED
    | NOBODYS_NAMES
    | NUMBERS_BEHIND_NAMES
    | frozenset({"late", "sick", "hospital", "estate", "nachlass", "sucesion", "herencia", "succession", "erven"})
    | OFF_AT_AN_EDGE
    | DEAD_AT_AN_EDGE
    | INITIALS
    | WRONG
    | frozenset({"landline", "festnetz", "instead"})
    | frozenset(word for slot in SLOTS for word in slot.split()) - {"do", "not", "of", "out", "off", "office", "time"}
)
PARTS_OF_THE_CALENDAR: Final = listed(
    "jan feb mar apr jun jul aug sep sept oct nov dec week weekly daily monthly today semaine semana woche kw settimana"
)
# Behind what ends a visit in a note these speak of another thing: went elsewhere for x-ray, closed at 5.
OF_OTHERS: Final = frozenset(
    {("for",), ("at",), ("from",), ("between",), ("until",), ("on",), ("stitches",), ("chart",)}
)
# What programs write for no day.
NO_DAY: Final = frozenset(
    tuple(day.split())
    for day in ("1900 1 1", "1970 1 1", "1 1 1900", "1 1 1970", "1899 12 30", "12 30 1899", "30 12 1899")
)
CONTRACTED: Final = listed("didn doesn wasn isn don won couldn can dont wouldnt couldnt shouldnt hasnt")
# In French "dont" means of which: 12 rendez-vous dont 2 annulés.
BEHIND_DONT: Final = listed(
    "text txt sms mms message msg contact call phone ring send remind reminder write email mail notify reach disturb leave ever please pls want wants wanted like need "
    "receive get use accept allow agree consent be been come make show attend book schedule see import upload process"
)
OPTED_OUT: Final = frozenset({"optouts", "outs"})
TOTALS: Final = frozenset({"total", "totals", "subtotal", "count"})
MAY_BE_SURNAMES: Final = SURNAMES | PERHAPS_A_SURNAME | SURNAMES_IN_CAPITALS | frozenset({"mort", "morte", "rip"})
# Before a colon or in a cell of its own above the headings: what the word behind it says of all rows. Status: Cancelled.
ASKING: Final = listed(
    "status statut estado stato situação situacao zustand filter filters filtered view state show showing selection filtro filtros filtre filtres consent"
)
# Ahead of a colon or a dash these are no name of a clinic or a provider: a rule, a legend, a count, or what is left out.
NO_NAME_OF_A_LINE: Final = (
    NO_LIST
    | LEAVING_OUT
    | COLOURS
    | OF_A_LEGEND
    | TOTALS
    | INSTEAD
    | listed(
        "reason reasons number policies deposit deposits rule rules notice reply press click cancel cancellation to how note notes legend means code codes"
    )
) - {"filtered"}
FALL_OUT: Final = (("fallen", "aus"), ("gaan", "niet"), ("vallen", "uit"))
# In Spanish "se han cancelado" holds no "if"; cancelled visits that were removed are not below.
TAKEN_OUT: Final = listed("removed deleted")
HAVE_BEEN: Final = listed("han ha cancelaron anularon")

# Short words of headings, in no language's table: where a visit was moved to and from, what is new, what is sent, and what stands beside rows.
TOWARD: Final = listed("to into auf au aux naar nach zum para al hacia ao su until till bis for am le el il")
AWAY_FROM: Final = listed("from von vom de del du da dal van desde depuis vanaf ab in out")
BY_WHOM: Final = listed("by who whom par por door durch wer qui quien quem")
NEWER: Final = listed("new neue neuer neues neu nuevo nueva nouveau nouvel nouvelle nieuwe nieuw novo nova nuovo nuova")
ALTERED: Final = listed("changed updated")
STILL_TAKES: Final = listed("will up still going ahead taking place noch nog or teil deel")
WHY: Final = listed("reason reasons motivo motif grund reden")
SO_FAR: Final = listed("history list next nächster próxima prochain prochaine volgende prossimo prossima")
MARKETING: Final = listed("marketing promo promotional promotions newsletter commercial werbung reclame publicidad")
NOTICED: Final = listed("hipaa aviso avis avisar notificar notifier prévenir erinnern benachrichtigen avvisare")
NOTICES: Final = listed("reminder reminders notification notifications alerts messages message")
UNREACHED: Final = listed("undeliverable undelivered bounced failed unzustellbar")
ABOUT_NUMBERS: Final = listed("sms text texts mms message messages mobile cell phone number numbers telephone")
BARE_REPLY: Final = listed("reply replies response responses answer answers last latest")
RESULTS: Final = listed("result results disp resultat ergebnis uitkomst risultato")
WHEN: Final = listed("date dates time times day days hour hours hrs minute minutes mins")
OF_ROWS: Final = listed("this row record line from the in do please")

# What cells say of texting: of texts and calls, of a number, and of what is wished.
SMS: Final = listed(
    "text texts texting sms txt txts mms message messages messaging reminder reminders contact mensajes texto textos mensagens nachrichten berichten erinnerungen rappels recordatorios "
    "lembretes herinneringen messaggi messaggio promemoria notifications outreach communication communications"
)
CALLS: Final = listed("call calls calling")
REFUSING: Final = listed(
    "refuses refused declines declined declining stop stopped revoked withdrew withdrawn blocked refuse refusé rechaza recusa weigert verweigert unsubscribed unsubscribe désabonné"
)
OUT_IN_SHORT: Final = listed("optout optedout dnt dnc dnd unsubscribe unsubscribed")
# CTIA's words for opting out, as a patient's answer stands in a cell.
STOP_WORDS: Final = listed("stop stopall arret baja quit")
WHEN_TEXTED: Final = listed("before after until at on between vor avant antes voor")
SOMEBODY_ELSES: Final = listed("else otra otro outra outro altro altra autre anderen")
LANDLINES: Final = listed("landline festnetz")
CELLPHONES: Final = listed(
    "cell cellphone mobile mobiles handy celular móvil portable cellulare telemóvel mobiel gsm smartphone"
)
MANY_CELLPHONES: Final = listed("phones mobiles")
HAVING: Final = listed("has have own patient pt client")
ADVERTISING: Final = listed(
    "marketing promo promos promotion promotions promotional newsletter newsletters advertising ads werbung publicidad publicité reclame pubblicità"
)
ENDING_TEXTS: Final = listed("stop stopall unsubscribe cancel end quit optout arret baja parar sair abmelden")
SO_THAT: Final = listed("to for para pour um per om if se")
CONSENTED: Final = listed(
    "consented consent consents authorized eingewilligt zugestimmt consenti consentido autorizado consentito autorizzato toegestemd"
)
BARE_TELEPHONE: Final = listed("phone telephone teléfono téléphone telefon telefono telefone telefoon telefonisch")
PREFERRING: Final = listed("prefers prefer preferred prefiere prefere preferisce bevorzugt")
LEFT_OUT: Final = listed("remove removed take taken delete deleted")
POLITE: Final = listed(
    "bitte please pls por favor merci de svp s il vous plait plaît si prega di patient pt client wishes requests asked wants"
)
# "Non contacté" is no order, "non contattare" is one.
ORDERS_TO_TEXT: Final = listed("contattare chiamare inviare disturbare mandare scrivere")
FILLING: Final = listed(
    "to the send any more receive want get her him them by via through de des du le la los las per durch mehr of longer further enviar envoyer senden sturen please pls thanks thank you or "
    "and calls call text texts phone leave use plus más mais più meer grazie danke merci gracias obrigado obrigada bedankt auto automated automatic"
)
CONTACTS: Final = listed("contact contacto contato contatto kontakt")

# What stands beside a word that calls a visit off, or denies it.
# Next week is no other visit.
SOON: Final = listed("next proxima prochain prochaine nachster naechster volgende prossimo prossima")
SAYS_ALONE: Final = listed("closed office person")
# "Hold pending auth" holds the visit.
FIRST_OF_ALL: Final = listed("hold onhold")
COUNTED: Final = listed("cancels cancellations shows noshows annulations cancelaciones cancelamentos")
# "Declined by phone" is about the visit, "phone invalid" is not.
WAYS_OF_CALLING_OFF: Final = listed("phone text sms email web online portal message code slot system charge fee")
BY_WAY: Final = listed("by via per over from with without late cancel")
CHARGED: Final = listed("charged")
ARRANGED: Final = listed("booked scheduled reserved gebucht geboekt reservado reservada prenotato prenotata")
UNANSWERED: Final = listed("telefono telefone telephone tel appel llamada ligacao")
# Of these, "from" says whence the visit came; in other languages the same word is also said of who moved it.
WHENCE: Final = listed("von vom van del desde de du dal da do")
PLEASE: Final = listed("please pls bitte favor prega merci gelieve kindly must")
AHEAD: Final = listed(
    "before advance ahead notice prior vorher vor avance avant antes antelacion anticipo tevoren vooraf"
)
HABIT: Final = listed("used tends often always sometimes frequently likes")
DENYING_IT: Final = listed("not never isnt wasnt")  # not a no show
# German, Dutch and French deny a verb behind it: kommt nicht, komt niet.
COMES: Final = listed("kommt erscheint komt verschijnt vient viendra presente kommer kom møtte mødte dok")
DENIED_BEHIND: Final = listed("nicht niet pas inte ikke")
LATE: Final = listed("zu spat spaet te laat tard late punktlich puenktlich tijd tid")
BEFORE_THIS: Final = listed("last previous prior letzten letzter vorige ultima derniere")
ONE_VISIT: Final = listed("visit appt appointment apt termin besuch afspraak cita visita consulta seance")

# What stands beside a visit that is moved, or not needed any more; and what is looked for in many cells at once.
DEGREES: Final = listed("md dds dmd np rn rdh lcsw phd dpm psyd")
ORDINALS: Final = (["st"], ["nd"], ["rd"], ["th"])
TO_A_TIME: Final = listed("to auf a al alla au aux naar para until till til bis for für fur por")
NO_WISH: Final = listed("if before fee fees policy must reply click link us when call")
NEEDED: Final = listed("needed required necessary benötigt nötig nodig")
SPELLED: Final = ("c/x", "n/s", "r/s", "c a n c", "n o s h")
# A death, and no telephone.
SIGNS_OF_DEATH: Final = "\u2020\u271d\u26b0\U0001f480\U0001faa6\U0001f4f5\U0001f6ab"

# Of these headings a bare no is what somebody answered; beside the others it tells that nobody did, or of what the answer is.
ANSWERS: Final = listed(
    "reply replies response responses answer answers respuesta respuestas réponse réponses antwort antworten risposta risposte resposta respostas antwoord antwoorden"
)
NO_ANSWERS: Final = listed(
    "replied responded answered inbound incoming received date time at status type code count rate by"
)
# Beside a no that is an answer.
THANKING: Final = listed(
    "thanks thank you thx ty sorry please pls sir maam danke leider bitte merci désolé désolée gracias lo siento obrigado obrigada desculpe infelizmente grazie "
    "purtroppo scusi bedankt dank u je sorry helaas tak tack dzięki děkuji kiitos teşekkürler спасибо"
)

# What front desks say of texts, of numbers and of consent; and what headings of other things are about.
FALSE_NUMBERS: Final = listed(heads.SPOKEN["false"])
NUMBERS: Final = listed(heads.SPOKEN["number"])
RIGHT: Final = listed(heads.SPOKEN["right"])
AGAINST: Final = listed(heads.SPOKEN["against"])
WANTED: Final = listed(heads.SPOKEN["wanted"])
# What somebody answered: "replied STOP". "Reply STOP to opt out" tells people what to do.
REPLIED: Final = listed(heads.SPOKEN["replied"])
TELLS: Final = listed(heads.SPOKEN["tells"])
TEXTS: Final = listed(heads.SPOKEN["texts"])
TEXTED: Final = listed(heads.SPOKEN["texted"])
# After a word of not, or before it: möchte keine SMS, does not want texts, non vuole SMS.
WISHING_TEXTS: Final = listed(heads.SPOKEN["wishes"])
AROUND_WISHES: Final = listed(heads.SPOKEN["around_wishes"])
CONSENT: Final = listed(heads.SPOKEN["consent"])
TAKEN_BACK: Final = listed(heads.SPOKEN["taken_back"])
# Insurers, too, give or deny these; only people take them back.
AUTHORIZING: Final = listed(heads.SPOKEN["authorizing"])
REVOKED: Final = listed(heads.SPOKEN["revoked"])
BY_WHICH_WAY: Final = listed(heads.SPOKEN["by"])
# Headings about how other things go than texts: below them one way only is no refusal.
HAVING_A_STATUS: Final = listed(heads.ASKED["things"])
SENT_THINGS: Final = listed(heads.ASKED["sent_things"])
HOW_IT_GOES: Final = listed(heads.ASKED["ways"] + " " + heads.ASKED["how"])
HELD_THINGS: Final = listed(heads.ASKED["held"])
WAYS_HELD: Final = listed(heads.ASKED["how_held"])
GROUPED: Final = listed(heads.ASKED["groups"]) | (HOW_IT_GOES - {"by", "per", "par", "por", "via"})
WISHED: Final = listed(heads.ASKED["wished"])
LABELS: Final = listed(heads.ASKED["labels"])
OF_ANOTHER: Final = listed(heads.ASKED["another"])
AT_HOME: Final = listed(heads.ASKED["at_home"])
PHONES: Final = listed(heads.ASKED["phones"])

# What names rooms, people and moves.
ROOMS: Final = listed(heads.SPOKEN["rooms"])
ABOUT_ROOMS: Final = listed(heads.SPOKEN["about_rooms"])
TITLES_OF_PEOPLE: Final = listed(heads.SPOKEN["titles"])
BETWEEN_MOVES: Final = listed(heads.SPOKEN["between_moves"])
WISHING_TO_MOVE: Final = listed(heads.SPOKEN["wishing_to_move"])
TO_MOVE: Final = listed(heads.SPOKEN["to_move"])
BESIDE_NEEDED: Final = listed(heads.SPOKEN["beside_needed"])
NOT_SET: Final = listed(heads.SPOKEN["not_set"])

# Months, and other parts of the calendar in a line.
CALENDAR: Final = frozenset({*MONTH_WORDS, *MONTH_WORDS.values()}) - {"out", "set"} | PARTS_OF_THE_CALENDAR

# Sayings that call a visit off: all of them, and those that do so surely.
ALL_SAYINGS: Final = tuple(
    tuple(saying.split()) for said, told in SAYINGS.items() if said not in {"stranger", "alone"} for saying in told
)
SAYINGS_OFF: Final = frozenset(SAYINGS["off"])
SAYINGS_DEAD: Final = frozenset(SAYINGS["dead"])
FIRST_OF_SAYINGS: Final = frozenset(saying[0] for saying in ALL_SAYINGS)
WORDS_OF_SAYINGS: Final = frozenset(word for saying in ALL_SAYINGS for word in saying)

# What a cell of consent or of an answer says beside its yes or no.
DECLINED: Final = listed("declined decline refused rejected abgelehnt refuse rechazada recusado geweigerd")
AS_IT_WAS: Final = listed(heads.SPOKEN["as_it_was"])
NOT_KNOWN: Final = listed(heads.SPOKEN["not_known"])
FORMS: Final = listed("form forms consent paperwork formular formulaire formulario modulo formulier")
MEANS: Final = listed("by via per over through on from par por per tramite durch am")
TELEPHONE: Final = listed("phone telephone teléfono téléphone telefon telefono telefone telefoon")
WHOLE: Final = listed(heads.SPOKEN["whole"])
CELLS: Final = listed("mobile cell cellphone whatsapp handy móvil celular portable cellulare telemóvel mobiel")
SENT_BESIDES: Final = listed("marketing promo promos promotions newsletter newsletters voicemail voicemails vm fax")
NO_INITIALS: Final = listed("nr dk exp rev dec ref tba unk np ns pen dis out off non rvk")

# How words are written in short, or in signs.
HUMP: Final = re.compile(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z])")
INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# "didn't" is two words of the tables, with and without its apostrophe.
NEGATION: Final = re.compile(r"\b(do|did|does|was|is|has|ca|could|wo|would|should)n['\u2019`\u00b4]t\b")
NEGATION_IN_SHORT: Final = re.compile(
    rf"\b(do|could|would|should|has)nt(?=\s{{1,3}}(?:{'|'.join(sorted(BEHIND_DONT))})\b)"
)
# Behind a letter a dagger is another letter, garbled.
DEAD_WRITTEN_SO: Final = re.compile("(?<![^\\W_])[\u2020\u271d\u26b0\U0001f480\U0001faa6]")
WITHOUT_WRITTEN_SO: Final = re.compile(r"\bw\s?/\s?o\b")
CALLED_OFF_WRITTEN_SO: Final = re.compile(r"\bc/x(?:l|ld|d)?\b")
RESCHEDULED_WRITTEN_SO: Final = re.compile(r"\br/s\b")
NO_SHOW_WRITTEN_SO: Final = re.compile(r"\bn/s\b")
FOR_WRITTEN_SO: Final = re.compile(r"\bp/(?= ?[a-z]{3})")
DROP_OFF: Final = re.compile(r"\bdrop[ -]off\b")
NOTHING_WRITTEN_SO: Final = re.compile(r"\bn\s?[/.]\s?a\b")

# The place is closed on a day, or at all.
MONTHS: Final = {
    word: number
    for number, name in enumerate(dict.fromkeys(MONTH_WORDS.values()), start=1)
    for word in (name, name[:3], *(each for each, month in MONTH_WORDS.items() if month == name))
} | {"sept": 9}
DATED: Final = re.compile(r"(?<![\d:])\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})?(?![\d:])")
PLACES: Final = listed(
    "clinic office practice salon spa studio shop center centre we praxis ordination institut cabinet clinique centre clínica clinica consultorio centro consultório studio "
    "ambulatorio praktijk kliniek"
)
CLOSED: Final = listed(
    "closed geschlossen fermé fermée cerrado cerrada chiuso chiusa fechado fechada gesloten lukket stängt suljettu zavřeno kapalı закрыто"
)
BESIDE_CLOSED: Final = PLACES | listed(
    "the our is are will be on day all of due to because bad weather inclement snow ice storm flood power outage staff training holiday holidays vacation emergency "
    "until further notice today tomorrow this week from through and st nd rd th please note die das der unsere sind ist bleibt wird wegen am im vom bis und urlaub feiertag "
    "krankheit le la les l el est sera du de del al au et y e en pour cause congés vacances por estará está festivo vacaciones feriado férias per ferie dal è sarà resta "
    "het is op vakantie feestdag van tot jour día dia giorno dag tag"
)
# Visits that did not take place, as a line names a list of them: alone, or beside a word for visits.
ABSENCES: Final = listed(
    "absences absentees faltas ausencias inasistencias incomparecencias plantones ausências inasistência incomparecimentos absents lapins ausfälle terminausfälle fehltermine "
    "nichterschienene assenze afwezigen wegblijvers nieobecności frånvaro fravær poissaolot absence nepřítomnosti неявки"
)
MISSED: Final = listed(
    "missed manqués manquées perdidas perdidos perdidas fallidas fallidos faltadas mancati mancate saltati saltate persi perse gemiste verpasste verpassten versäumte "
    "versäumten ausgelassene"
)
BESIDE_ABSENCES: Final = (
    OF_VISITS
    | ABOUT
    | listed(
        "a of the list for from de du des do da dos das del della di dei von vom der die el la los las le les lista liste lijst elenco listado"
    )
)
# Weekdays and parts of the day in a line; "do" and "mi" are other words, too.
PARTS_OF_THE_WEEK: Final = frozenset(
    word for word in (*WEEKDAY_WORDS, *WEEKDAY_WORDS.values()) if len(word) > 3
) | listed(
    "mon tue tues wed thu thur thurs fri sat sun morning afternoon evening am pm vormittag nachmittag abend matin soir mañana tarde noche mattina pomeriggio sera manhã noite ochtend middag avond"
)
TIMES_IN_LINES: Final = CALENDAR | PARTS_OF_THE_WEEK
BESIDE_PARTS: Final = listed("clinic session sessions shift list schedule appointments visits block the in")
# Who asks for no texts.
REQUESTING: Final = listed(
    "asked asks ask asking requested requests request requesting prefer prefers preferred chose choose chosen instructed told gebeten bitten baten verlangt demandé demandent "
    "demandée prié souhaité pedido pidieron piden solicitado solicitaron pediram pedem solicitaram chiesto chiedono richiesto gevraagd vragen verzocht"
)

# What stands between the words of a file's name, and the parts of a person's.
MARKS_IN_NAMES: Final = re.compile(r"[_+%.-]|(?<=[a-z])(?=[A-Z])")
FIRST_OR_LAST: Final = re.compile(r"[^\s,]+")
IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
BEFORE_A_COMMA: Final = re.compile(r"\A[^,]*,(?=[^,]*\w)")

# The time that a visit has now, in a note.
CLOCK: Final = r"(?:1\d|2[0-3]|0?[1-9])(?:[:.]\d\d)? ?(?:[ap]m|uhr)\b"
NOW_AT: Final = re.compile(
    rf"\b(?:now|changed|jetzt|neu)(?: (?:at|is|to|um|auf))?:? {CLOCK}|\bnew (?:appt |appointment )?time(?: is| now)?:? {CLOCK}|\b{CLOCK} (?:instead(?! of)|stattdessen)\b"
)

# First word of what ends a visit in a note -> the sayings that begin with it.
ENDINGS: Final[dict[str, list[tuple[str, ...]]]] = {}
for _saying in heads.SPOKEN["ends_visit"].split("; "):
    ENDINGS.setdefault(_saying.split()[0], []).append(tuple(_saying.split()))

# What tells of a time, in words.
TEMPORAL: Final = listed(heads.SPOKEN["temporal"]).union(
    MONTH_WORDS, MONTH_WORDS.values(), WEEKDAY_WORDS, WEEKDAY_WORDS.values()
)

# What a cell of consent or of a new time is: given, still asked for, initials, a clock.
NOT_ASKED: Final = NOT_KNOWN | listed(heads.SPOKEN["not_asked"])
GIVEN: Final = listed("in optin subscribed resubscribed allowed granted active permitted consented ok okay fine")
# Without a day and without seconds, which tell when a row was last changed.
A_CLOCK: Final = re.compile(r"\d{1,2}(?:[:.h]\d\d)?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)
TWO_INITIALS: Final = re.compile(r"(?:[A-Z]\.?){1,3}")

# Words of the tables of which one makes a cell worth reading.
TELLING_OF_VISITS: Final = words_of(
    CALLED_OFF, CALLING_OFF, NO_SHOW, DECEASED, GIVEN_UP, OF_A_STATUS, RESCHEDULED, WAITING
)

# Another way in place of texts, and what is not fine.
INSTEAD_OF: Final = listed(
    "instead rather stattdessen statt anstatt anstelle plutôt lieu lugar vez invece posto plaats"
)
FINE: Final = listed("ok okay fine good alright bien bene goed bom gut erlaubt recht")
BEING: Final = listed("is are msg msgs was ist sind est va sta está é")
# A new number of the person, in plain text, and numbers of other things.
_TELEPHONES: Final = "phone|cell|cellphone|mobile|telephone|handy|telefon|telefono|portable|celular|movil|cellulare|telefone|telemovel|telefoon|mobiel|gsm"
_NUMBERS: Final = "number|nummer|telefonnummer|handynummer|mobilnummer|telefoonnummer|numero|num"
NEW_NUMBER: Final = re.compile(
    rf"\b(?:new|neue|neues|neuer|nouveau|nouvelle|nuevo|nueva|nuovo|nuova|nieuw|nieuwe|novo|nova|another|different) (?:(?:{_TELEPHONES}|contact|tel|de|di) ){{0,2}}"
    rf"(?:{_NUMBERS}|{_TELEPHONES})\b(?! (?:app|bill|case|system|consult\w*|call|visit|appt|appointment|screen\w*|intake|session))|"
    rf"\b(?:{_NUMBERS}|{_TELEPHONES})(?: (?:has|have|is|was|hat sich|hat|wurde|a|ha|e|is|foi|est|ha sido))? "
    r"(?:changed|changing|geandert|geaendert|gewechselt|change|cambiado|cambio|cambiato|gewijzigd|veranderd|mudou|mudado|alterado)\b|"
    r"\b(?:changed|changes|switched) (?:his |her |their |the |phone |cell )?(?:numbers?|phones?)\b"
)
OF_OTHER_NUMBERS: Final = listed(
    "policy insurance member membership account acct card order room confirmation group id claim tracking booking ticket reference ref invoice chart record mrn ssn license "
    "licence medicare medicaid authorization auth referral po case policen versicherung versicherungsnummer konto kontonummer karte rechnung póliza seguro cuenta tarjeta "
    "carte compte assurance conto carta tessera polis rekening kaart conta cartão processo"
)

# A person who has died, in a note: Lopez (passed), pt has passed; not a test that somebody passed.
HAS_PASSED: Final = re.compile(
    r"\A\s*(?:(?:[^\W\d_]{1,40}[ ,]{1,2}){1,3}[(\[]passed[)\]]|(?:(?:pt|patient|client|he|she|mr|mrs|ms)\.? (?:has |sadly |recently )?)?passed(?: on)?(?: \d[\d/.-]{0,10})?)[\s.!]*\Z",
    re.IGNORECASE,
)
TESTS: Final = listed(
    "test tests exam screening hearing vision drug credit check inspection audit quiz review eligibility verification insurance class course physical"
)

# Words of a new number, and of a waiting list in two words, that are looked for in many cells.
NEW_OR_CHANGED: Final = listed(
    "new neue neues neuer nouveau nouvelle nuevo nueva nuovo nuova nieuw nieuwe novo nova another different changed changes changed change switched changing geändert "
    "gewechselt cambiado cambió cambiato gewijzigd veranderd mudou mudado alterado"
)
LISTED_IN_NOTES: Final = listed("list lista liste listina listesi лист by")
WAITING_IN_NOTES: Final = listed(
    "wait waiting espera attente attesa oczekujących rezerwowa čekací bekleme ожидания stand cancellation asap"
)

# A word of not that forbids by itself; and words that make a cell worth reading: alone, beside a number or a way, beside a word of not.
FORBIDDING: Final = frozenset({"dont", "never", "ne", "pas", "nicht", "niet", "nao"})
TELLING_OF_TEXTS: Final = LANDLINES | TAKEN_BACK | AGAINST | listed("blacklisted litigious remove disconnected wrong")
TELLING_BESIDE_NUMBERS: Final = (
    INSTEAD_OF | FALSE_NUMBERS | PREFERRING | SOMEBODY_ELSES | listed("so service over than")
)
TEXTED_OR_CONSENTED: Final = RIGHT | WANTED | CONSENT | CONSENTED | CELLPHONES | TEXTS | TEXTED | listed("service")

# Beside a word that the slot was given up, which a note says alone: pt sick, afspraak vervalt.
BESIDE_GIVEN_UP: Final = OF_VISITS - {"visits"} | listed(
    "on pt patient client she he is was has been the by today appt appointment termin besuch afspraak deze het de rdv cita consulta visita"
)

# Who is on a waiting list; "waitlist" alone is also a tag of who may come earlier.
PUT_ON: Final = listed("on waitlisted auf en sur op in em na put placed added")

# Behind a colon: there are none. Cancelled: none.
NONE_OF_THEM: Final = words_of(NO, NOTHING)


def days_of(flat: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    """Return the days (month, day) that the first numbers of a text may mean: two of 3/4, one of 4 March and 2027-03-04."""
    numbers = [int(word) for word in flat if word.isdigit() and len(word) < 5]
    small = [number for number in numbers if number < 32]
    if month := next((MONTHS[word] for word in flat if word in MONTHS), 0):
        return frozenset({(month, day) for day in small[:1]})
    pair = (*small, 0, 0)[:2]
    pairs = {pair} if numbers[:1] > [31] else {pair, pair[::-1]}
    return frozenset((month, day) for month, day in pairs if 0 < month < 13 and day)


def closed_days(typed: str, flat: tuple[str, ...]) -> frozenset[tuple[int, int]] | None:
    """Return the days on which a line says that the place is closed, none of them where it says no day; None of another line."""
    said = [word for word in flat if not (word.isdigit() or word in CALENDAR or word in BESIDE_CLOSED)]
    if CLOSED.isdisjoint(flat) or not CLOSED.issuperset(said):
        return None
    numbers, months = [int(word) for word in flat if word.isdigit()], {*map(MONTHS.get, flat)} - {None}
    if PLACES.isdisjoint(flat) and not numbers:
        return None
    days = [number for number in numbers if 0 < number < 32]
    if len(months) == 1 and len(days) > 1:
        return frozenset((month, day) for month, *_ in days_of(flat) for day in range(min(days), max(days) + 1))
    # An hour is no day: closed at 5.
    dated = months or DATED.findall(typed)
    return None if numbers and not dated else days_of(flat) if len(dated) < 2 else frozenset()


def beside_a_name(flat: tuple[str, ...], plain: str) -> str:
    """Return what words say that are nobody's name and stand at an end of one, as the name of what is heeded; "" for nothing."""
    ends, named = {flat[0], flat[-1]}, len(flat) > 1
    if named and flat[-1] in NUMBERS_BEHIND_NAMES:
        return "REFUSED"
    if len(flat) > 2 and flat[:2] in OF_THE_DEAD:
        return "DEAD"
    crossed = len(flat) > 2 and flat[0] == flat[-1] and not flat[0].strip("x")
    if ABBREVIATED & ends or flat[-2:] in LATE_OR_SICK or crossed or NO_SHOW_WRITTEN_SO.search(plain):
        return "OFF"
    if named and NOBODYS_NAMES & ends:
        return "OFF"
    # "CX Lee" has these initials, most likely.
    return "PERHAPS_OFF" if named and flat[-1] == "cx" else ""
