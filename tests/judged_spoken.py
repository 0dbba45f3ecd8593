"""What front desks say in their own words of texts, numbers and visits, and how it is judged: the tables of ``test_words_heeded``."""

from __future__ import annotations

from typing import Final

# Below any heading: nobody may be texted. In free notes the same is a warning.
REFUSING: Final = (
    "replied STOP", "texted STOP", "pt sent STOP", "Answered STOP", "got STOP reply", "does not want texts", "doesn't want text messages",
    "no longer wants texts", "does not want to be texted", "not to be contacted by text", "Pt asked not to receive texts", "requests no texts",
    "can't receive texts", "cannot receive SMS", "unable to text", "cannot text", "doesn't text", "no consent to text", "text consent declined",
    "revoked consent to texts", "remove from text list", "calls only", "email only", "landline only", "phone calls only please",
    "no quiere mensajes", "no desea SMS", "no quiere que le escriban", "respondió STOP", "solo llamadas", "solo teléfono fijo", "sin permiso para SMS",
    "ne veut pas recevoir de SMS", "ne souhaite plus de SMS", "n'accepte pas les SMS", "a répondu STOP", "appels uniquement", "fixe uniquement",
    "möchte keine SMS", "will keine Nachrichten", "wünscht keine Erinnerungen", "kann keine SMS empfangen", "hat mit STOP geantwortet", "nur Festnetz",
    "niente SMS", "non vuole SMS", "non desidera promemoria", "ha risposto STOP", "solo chiamate", "não quer mensagens", "não deseja lembretes",
    "texts not wanted", "texting not allowed", "no auto reminders", "reminders turned off", "turn off reminders", "SMS reminders: no", "STOP - by text 3/4",
    "Pt says stop", "hates texts", "we may not text", "SMS unerwünscht", "SMS nicht erlaubt", "keine SMS gewünscht", "lehnt SMS ab", "SMS no permitido",
    "prefiere no recibir SMS", "dado de baja de SMS", "SMS non autorisé", "ne plus envoyer de SMS", "rifiuta SMS", "SMS non autorizzati", "SMS niet toegestaan",
    "weigert SMS", "SMS não autorizado", "parar mensagens", "respondeu STOP", "só ligação", "wil geen sms", "kan geen sms ontvangen", "alleen bellen", "antwoordde STOP", "\U0001f4f5",
)  # fmt: skip

# Below any heading but a status: the number reaches nobody who reads texts.
BAD_NUMBERS: Final = (
    "wrong number", "WRONG #", "wrong no.", "bad number", "Invalid cell", "number disconnected", "disconnected", "not in service", "no cell",
    "doesn't have a cell phone", "not a mobile", "número equivocado", "teléfono equivocado", "número no existe", "sin celular", "mauvais numéro",
    "numéro invalide", "pas de portable", "falsche Nummer", "Nummer ungültig", "kein Handy", "numero sbagliato", "numero non valido", "non ha cellulare",
    "phone # no good", "number out of service", "not a working number", "número de otra persona", "numero di un altro", "nummer niet in gebruik",
    "nummer klopt niet", "número errado", "não tem celular", "verkeerd nummer", "geen mobiel",
)  # fmt: skip

# Wherever they stand, notes among them: a warning.
PERHAPS_REFUSING: Final = (
    "unsubscribed", "DND", "landline", "prefers email", "prefers a call", "no consent", "consent withdrawn", "consent revoked 3/4", "blacklisted", "blocked us",
    "Einwilligung widerrufen", "ohne Einwilligung", "sans consentement", "sin consentimiento", "senza consenso", "consentimento revogado", "geen toestemming",
    "The patient's daughter called on Monday and says that her mother does not want text messages any more",
)  # fmt: skip

# Of other things than texts, or of texts that are wanted: nothing.
HARMLESS: Final = (
    "Reply STOP to opt out", "Text STOP to unsubscribe", "Répondez STOP pour vous désinscrire", "Did not receive text", "didn't get a text", "Bad back",
    "wrong tooth", "invalid insurance number", "Only mornings", "Cash only", "Female provider only", "Video only", "Text only", "prefers texts",
    "prefers mornings", "Cell is best", "New phone number", "no mobility aids", "consent on file", "no consent form on file", "Photo consent denied",
    "No consent needed", "Take off stitches", "remove from waitlist", "Removed from waitlist", "Not in network", "not in service area", "ok to text and call",
    "wants text reminders", "replied YES", "can receive texts", "unable to leave message", "unable to contact", "No reply to text", "no new messages",
    "does not need interpreter", "does not speak English", "cannot eat before", "möchte nur Dr. Meier", "nur vormittags", "alleen ochtend",
    "solo por la mañana", "seulement le matin", "faux ongles", "Kein Latex", "sin gluten", "ne peut pas marcher", "no quiere anestesia",
    "Reminder: no food", "text: no answer", "not allowed to drive", "texts allowed", "SMS erlaubt", "dislikes needles", "rifiuta radiografia", "weigert foto",
    "reminder off work", "phone of other parent", "not a good phone day", "does not use phone", "phone not good after 5", "Dr said stop medication",
    "no permission slip", "reminder not needed", "reminders not sent", "SMS not delivered", "possibly only text", "call other number", "number verified",
    "wil geen verdoving", "refuses x-rays", "Stop by front desk", "bus stop", "quit smoking", "blocked artery", "opted out of marketing texts",
    "Please cancel 24 hours before", "Used to cancel", "cancelled last visit", "Rescheduled from 3/4", "Moved from Dr. A", "kommt mit Mutter",
    "komt te laat", "kommt nicht zu spät", "vient avec sa mère", "panelled room", "channelled", "angesagt",
)  # fmt: skip

# Headings of flags about the number, and of answers: the cell that refuses, and one that does not.
NUMBER_FLAGS: Final = (
    ("Wrong number", "Yes", "No"), ("Wrong #", "x", ""), ("Bad phone", "Y", "N"), ("Phone invalid", "TRUE", "FALSE"), ("Invalid mobile", "1", "0"),
    ("Number disconnected", "Yes", ""), ("Undeliverable", "2026-01-05", ""), ("SMS bounced", "x", "-"), ("SMS failed", "Yes", "No"),
    ("Landline", "Yes", "No"), ("Landline", "Y", "(212) 555-0199"), ("Is landline", "TRUE", "FALSE"), ("Not textable", "Yes", "No"),
    ("Textable", "No", "Yes"), ("Cannot text", "x", ""), ("Replied STOP", "Yes", "No"), ("STOP received", "2026-01-05", ""), ("Niente SMS", "sì", "no"),
    ("Nenhum SMS", "sim", "não"), ("Aucun SMS", "oui", "non"), ("Falsche Nummer", "ja", "nein"), ("Número equivocado", "sí", "no"),
    ("Mauvais numéro", "oui", "non"), ("Numero sbagliato", "sì", "no"), ("Número errado", "sim", "não"), ("Verkeerd nummer", "ja", "nee"),
    ("SMS agreement", "No", "Yes"), ("Wireless consent", "Declined", "Given"), ("Phone Type", "Wrong number", "Mobile"),
    ("Text Response", "STOP", "YES"), ("Text reply", "UNSUBSCRIBE", "C"), ("Message reply", "stop", "Yes"), ("Response to text", "QUIT", "See you"),
    ("Inbound text", "STOP", "ok"), ("Last SMS", "STOP", "See you soon"), ("SMS-Antwort", "Stop", "Ja"), ("Réponse SMS", "ARRET", "Oui"),
    ("Reminder type", "Email", "SMS"), ("Reminder method", "Voice", "Text and email"), ("Preferred reminder method", "Phone call", "Text"),
    ("Notification preference", "Landline", "Mobile"), ("Reminder channel", "None", "SMS"), ("Reminder via", "Letter", "SMS"),
    ("Erinnerungsart", "Brief", "SMS"), ("Rappel par", "courrier", "SMS"), ("Erinnerung per", "E-Mail", "SMS"), ("Herinneringswijze", "brief", "sms"),
    ("Comm Pref", "None", "Email"), ("Kontaktart", "keine", "Telefon"), ("Canale preferito", "nessuno", "email"), ("How to contact", "Do not contact", "Phone"),
    ("Tipo de recordatorio", "Correo", "SMS"), ("Type de rappel", "Courrier", "SMS"), ("Send reminder by", "Email", "Text"), ("Reminder option", "Phone", "SMS"),
    ("Best way to contact", "None", "Phone"), ("Forma de contacto", "ninguno", "correo"), ("Réponse au SMS", "STOP", "Oui"), ("Respuesta", "BAJA", "Sí"),
)  # fmt: skip
NUMBER_FLAGS_WARNED: Final = (
    ("Désabonné", "Oui"), ("Disiscritto", "sì"), ("STOP date", "2026-01-05"), ("Preferred contact method", "Landline"), ("Contact preference", "Letter"),
    ("Phone Type", "Landline"),
)  # fmt: skip

# Below a status: a problem.
OFF_SPOKEN: Final = (
    "wont make it", "won't happen", "did not proceed", "kommt nicht", "kommt nicht mehr", "Komt niet", "erscheint nicht", "Pas là", "Non effectué",
    "Non réalisé", "Nicht durchgeführt", "nicht stattgefunden", "Não atendido", "No atendida", "Non eseguito", "niet doorgegaan", "\u2020", "\u2020 12.3.2026",
    "FTKA", "UTA", "Pulled from schedule", "caneled", "Camcelled", "canelled", "cancd", "Kanceled", "stornirt", "annulato", "not fulfilled", "never made it", "non vu", "non fatto", "Removido", "Bloqueado",
    "Gestorven", "Résilié", "Expiré", "Anular", "nicht mehr benötigt", "Entschuldigt", "Niet meer nodig", "Plus besoin", "Non serve più", "UnschedList",
)  # fmt: skip
# Below a status: a warning at least.
DOUBTFUL: Final = (
    "Not booked", "Not scheduled", "NO SHOW FEE CHARGED", "Pt passed", "Refunded", "Timed out", "No", "False", "0", "cancelled last visit", "Lapsed", "Tot",
)  # fmt: skip
STANDING: Final = (
    "Not confirmed", "Not paid", "No answer", "Not yet arrived", "noch nicht erschienen", "Nicht bestätigt", "niet bevestigd", "Não confirmado", "non pagato",
    "Confirmed - not paid",
)  # fmt: skip

# Estado, Stato and State are of a visit, or of a country.
STATES: Final = (
    ("Estado", "Anulo"), ("Estado", "Inasistente"), ("Estado", "Abandonó"), ("Estado", "Murió"), ("Estado", "Suspendida"), ("Estado", "No atendido"),
    ("Estado", "Bloqueada"), ("Stato", "Annull."), ("Stato", "Sospeso"), ("Stato", "Defunto"), ("Stato", "Revocato"), ("State", "Expired"),
    ("State", "Terminated"), ("State", "Sick"), ("Estado del turno", "Vencida"), ("Visit result", "Inactive"),
)  # fmt: skip
STATES_OF_COUNTRIES: Final = (
    ("State", "NC"), ("State", "DC"), ("State", "New York"), ("State", "NS"), ("Estado", "Baja California"), ("Estado", "NL"), ("Estado", "Confirmada"),
    ("Estado", "México"), ("Stato", "Confermato"), ("Stato", "Italia"), ("State", "Florida"), ("Estado", "São Paulo"),
)  # fmt: skip

# The answers that a heading offers are no words of it.
ON_FLAGS: Final = (
    "Attended Y/N", "Kept? Y/N", "Active Y/N", "Came Y/N", "Coming Y or N", "Show Y/N", "Attending - yes/no", "Attended (Y/N)", "Y/N Attending",
    "Kommt ja/nein", "Présent oui/non", "Asiste sí/no", "Presente sim/não", "Viene sì/no", "Komt ja/nee", "Aktiv J/N", "Attended no/yes", "Kept 1=yes 0=no", "Veio S/N", "Still on?", "Viene",
)  # fmt: skip

# What has a status, too, and is no visit.
STATUS_OF_THINGS: Final = (
    ("MyChart Status", "Inactive"), ("Note status", "Deleted"), ("Room status", "Blocked"), ("Provider status", "Inactive"), ("Package status", "Expired"),
    ("Telehealth status", "Inactive"), ("Check-in status", "Expired"), ("Device status", "Deleted"), ("Raumstatus", "gesperrt"), ("Statut salle", "Bloqué"),
    ("Coming", "x"), ("Attending", "x"), ("Active", "x"),
)  # fmt: skip
DAYS_OF_DEATH: Final = (
    "Sterbedatum",
    "Todesdatum",
    "Todestag",
    "Overlijdensdatum",
    "Fecha de fallecimiento",
    "Data da morte",
    "Data del decesso",
)

# Below headings of a cancellation: a word of no that gives a reason, a person or another time, and one that only denies it.
NO_AND_OFF: Final = (
    "No longer needed", "Not feeling well", "N. Smith", "F. Roe", "No childcare", "No transport", "No insurance", "No money", "No ride", "Not well",
    "No reason given", "No notice", "No charge", "No fee", "No cancellation fee", "Never mind", "without notice", "sans frais", "sin cargo", "ohne Grund",
    "geen reden", "no - moved to 3/4", "N/C", "N - sick", "no; see notes", "kein Auto", "pas de voiture", "sem dinheiro", "senza motivo", "Not cancelled, moved to 3/4",
    "nicht gebraucht", "No show", "No call", "none given", "Not sure", "Never came", "can't afford",
)  # fmt: skip
NO_AND_STANDS: Final = (
    "No", "N", "no.", "(no)", "NO!", "0", "0 - No", "No (0)", "None", "N/A", "n.a.", "Never", "Not cancelled", "not cancelled by patient", "was not cancelled", "never cancelled",
    "no cancellation", "not a no show", "Not no-show", "nicht storniert", "nicht abgesagt", "keine Absage", "pas annulé", "non annulée", "no cancelada", "não cancelado", "non annullato",
    "niet geannuleerd", "No, confirmed", "no - still coming", "Nein, kommt", "not yet", "Not confirmed", "No data", "no value", "not set", "not applicable", "nobody", "No one", "no change",
    "not rescheduled", "no / not cancelled", "Nee", "non", "não",
)  # fmt: skip

# Below headings of consent to texts: not given, neither so far or unknown, and given.
NOT_GIVEN: Final = (
    "Withheld", "Disagreed", "Disagree", "Rescinded", "Rejected", "☐", "□", "👎", "Denegado", "Lapsed", "Unconsented", "Unsub", "Unsigned",
    "Not signed", "Suspended", "Paused", "Ended", "Blocklisted", "Complained", "Spam", "Dropped", "Terminated", "Voided", "Deleted", "On hold",
    "Ineligible", "Barred", "Refusal", "Against", "Call", "Letter", "Email", "Call only", "email or phone", "Fax", "retirado", "caducado", "vencido",
    "Retrait", "Negato", "scaduto", "abgelaufen", "verlopen", "consent lapsed", "expired 2025", "signed but revoked", "not yet", "No - email",
    "keine Angabe", "non renseigné", "sin respuesta", "nicht erteilt", "périmé", "entzogen", "ritirato", "sospeso il 3/4", "ingetrokken", "negado",
)  # fmt: skip
PERHAPS_NOT_GIVEN: Final = (
    "Yes - not for reminders", "Yes/No", "Y/N", "?", "Yes?", "maybe", "Yes - pending", "Unverified", "Parent only", "Billing only", "Marketing only",
    "Portal only", "phone", "left message", "Needs form", "Form sent", "to be signed", "will sign later", "awaiting signature", "Purple", "NR",
    "Email ok", "Voicemail", "ausstehend", "en attente", "in attesa", "pendiente de firma", "in afwachting", "aguardando",
    "Patient declined when asked by the front desk last week Tuesday", "angefragt", "asked 3/4",
)  # fmt: skip
GIVEN: Final = (
    "Yes", "Y", "yes - verbal", "Verbal", "Verbal consent", "Written", "Signed", "signed 3/4/2026", "On file", "on file 2026", "Consent on file",
    "Form signed", "Form on file", "Paper form", "Intake form", "Online", "Portal", "Web form", "Kiosk", "Given", "Granted", "OK", "Okay",
    "un jour avant", "same day", "two days before", "24 timer", "primary cell", "Vortag",
    "ok per mom", "Opted in", "opted in 3/4", "In", "Active", "Enabled", "3/4/2026", "2026-05-01T10:00:00Z", "1 Nov 2026", "Nov 1, 2026 10:30 AM",
    "AB", "J.S.", "JMS", "Text", "Text only", "SMS", "SMS & Email", "Text/Call", "Both", "All", "Mobile", "Cell", "(212) 555-0101", "+12125550101",
    "True", "1", "x", "✓", "☑", "ja", "Ja, per SMS", "ja - schriftlich", "erteilt", "erteilt am 1.3.2026", "unterschrieben", "liegt vor",
    "Einwilligung liegt vor", "vorhanden", "mündlich", "oui", "Oui par écrit", "accepté", "signé", "donné", "accord oral", "sí", "si, firmado",
    "aceptado", "autorizado", "concedido", "firmado", "sim", "assinado", "autorizado", "aceito", "sì", "firmato", "dato", "concesso", "accettato",
    "ja, getekend", "akkoord", "getekend", "gegeven", "Subscribed", "subscribed", "Accepted", "Agreed", "agrees", "Authorized", "Confirmed", "Sent",
    "Delivered", "sent 3/4", "24 hours before", "1 day before", "2 Tage", "2 days, 2 hours", "24h", "1 Tag vorher", "media hora", "1,5 h",
    "24 heures avant", "Yes - no calls", "Yes, no voicemail", "yes (email too)", "yes, text ok", "Text preferred", "Prefers text", "text & call",
    "Opt-in", "opt in", "Express consent", "express written", "Double opt-in", "Implied", "Verified", "valid", "patient agreed",
    "Pt consented verbally", "mom gave consent", "by phone 3/4 ok", "consented by phone", "ok by email", "Yes by phone", "signed via email", "Auto",
    "Standard", "always", "sure", "yes please", "YES!", "Text message", "SMS reminder", "Text reminders",
    "Patient verbally agreed to receive text messages at the front desk today", "obtained at registration", "Obtained 1/2/26", "Docusign",
    "electronic signature", "e-signed", "yes, per spouse", "HIPAA form signed", "C", "checked", "set", "on", "checked in", "Self", "Mom",
    "yes - Ana Lee", "Signed by J. Roe", "N/A", "-",
)  # fmt: skip

# Below headings that refuse texts: refused, unclear, and a texted person.
REFUSED_STILL: Final = (
    "Yes - email ok", "yes, calls ok", "x - ok", "X", "Yes - ok", "email ok", "calls ok", "ok to call", "requested by patient, email ok",
    "SMS - email ok", "07/01/2026 email ok", "07/01/2026 ok", "texts; email active", "email, not text", "no calls; no texts", "ja, E-Mail ok",
    "Patient", "by mom",
)  # fmt: skip
REFUSED_PERHAPS: Final = (
    "per mom ok", "ok", "active", "N. Smith", "not sure", "pending",
)  # fmt: skip
NOT_REFUSED: Final = (
    "texts ok", "ok to text", "okay to text", "ok to text and call", "opted in", "opted in 3/4", "opted back in", "07/01/2026 opted in",
    "resubscribed", "not opted out", "never opted out", "has not opted out", "nicht abgemeldet", "No - email ok", "No, texts fine", "n - texts ok",
    "No", "0", "n/a",
)  # fmt: skip

# Below a status, in eight more languages: the visit is off, and it stands.
OFF_IN_MORE_LANGUAGES: Final = (
    "Odwołana", "Odwołane", "ODWOŁANO", "Odwolana", "Anulowana", "Odwołana przez pacjenta", "Nie przyszedł", "Nie przyszła", "Pacjent nie stawił się", "Nieobecny",
    "Przełożona", "Zmarł", "nie żyje", "Avbokad", "Avbokat", "avbokad av patient", "Inställd", "Uteblev", "Uteblivit", "Kom inte", "kommer inte", "Ombokad", "Avliden",
    "Återbud", "Sjuk", "Aflyst", "Aflyst af patienten", "Udeblevet", "Udeblev", "Afbud", "Annulleret", "Ikke mødt", "Flyttet", "Afdød", "Avlyst", "Avbestilt", "Ikke møtt",
    "møtte ikke", "Kansellert", "Utsatt", "Peruttu", "Peruutettu", "Asiakas perui", "Ei saapunut", "ei tullut", "Siirretty", "Kuollut", "Zrušeno", "Zrušena", "zrušil pacient",
    "Nedostavil se", "Nepřišel", "Přesunuto", "Zemřel", "Omluven", "İptal", "IPTAL", "İPTAL EDİLDİ", "İptal edildi", "Gelmedi", "Ertelendi", "Vefat", "Отменено", "Отменён",
    "ОТМЕНЕН", "отменил пациент", "Не пришёл", "не явился", "Неявка", "Перенесено", "Умер", "Отказ",
)  # fmt: skip
STANDING_IN_MORE_LANGUAGES: Final = (
    "Potwierdzona", "Umówiona", "Nowa", "Zakończona", "Opłacona", "Oczekuje", "Niepotwierdzona", "nie odwołana", "jeszcze nie przyszedł", "Bekräftad", "Bokad", "Klar",
    "Betald", "Väntar", "inte avbokad", "Bekræftet", "Booket", "Gennemført", "ikke aflyst", "Bekreftet", "Bestilt", "Fullført", "Oppmøtt", "Vahvistettu", "Varattu",
    "Valmis", "Saapunut", "Potvrzeno", "Objednána", "Dokončeno", "Čeká", "Onaylandı", "ONAYLANDI", "Tamamlandı", "Geldi", "Подтверждено", "Запланировано", "Завершено",
    "Пришёл", "не отменено", "ещё не пришёл",
)  # fmt: skip
FLAGS_IN_MORE_LANGUAGES: Final = (
    ("Odwołana", "Tak", "Nie"), ("Powód odwołania", "choroba", ""), ("Avbokad", "Ja", "Nej"), ("Avbokningsdatum", "2027-03-01", ""), ("Uteblivit", "ja", "nej"), ("Aflyst", "ja", "nej"),
    ("Udeblevet", "x", ""), ("Avlyst", "ja", "nei"), ("Peruttu", "Kyllä", "Ei"), ("Zrušeno", "Ano", "Ne"), ("İptal", "Evet", "Hayır"), ("Отменено", "Да", "Нет"), ("Неявка", "да", "нет"),
)  # fmt: skip
CONSENT_IN_MORE_LANGUAGES: Final = (
    ("SMS", "Nej", "Ja"), ("SMS", "Nie", "Tak"), ("SMS", "Ei", "Kyllä"), ("SMS", "Ne", "Ano"), ("SMS", "Hayır", "Evet"), ("SMS", "Нет", "Да"), ("SMS-påminnelse", "Nej", "Ja"),
    ("SMS-påmindelse", "nej", "ja"), ("Zgoda na SMS", "Nie", "Tak"), ("Zgoda na SMS", "odmowa", "udzielona"), ("Zgoda na SMS", "brak", "podpisana"), ("SMS-muistutus", "Ei", "Kyllä"),
    ("Påminnelse", "Nei", "Ja"), ("Samtykke SMS", "nej", "ja"), ("Samtycke SMS", "nej", "ja"), ("Souhlas SMS", "Ne", "Ano"), ("SMS izni", "Hayır", "Evet"), ("СМС", "нет", "да"),
    ("Согласие на СМС", "отказ", "да"), ("Inga SMS", "ja", "nej"), ("Ikke SMS", "ja", "nei"),
)  # fmt: skip

# Headings of the last news of this visit, of what happened so far or comes next, and of other visits and things.
LAST_NEWS: Final = (
    "Last status", "Last action", "Last event", "Last update", "Last change", "Last Status Update", "Last outcome", "Last known status", "Last activity", "Letzter Status",
    "Letzte Aktion", "Dernier statut", "Dernière action", "Último estado", "Última acción", "Ultimo stato", "Laatste status", "History", "Status history", "Next step",
    "Next action", "Change history",
)  # fmt: skip
NEWS_OF_OTHERS: Final = (
    "Last visit status", "Last appointment", "Last appt status", "Previous status", "Prior status", "Original status", "Last visit", "Last visit outcome", "Next visit status",
    "Last no show", "Last cancelled", "Last payment status", "Last lab result", "Last order status", "Payment history", "Waiting list", "Cancellation list", "Letzter Termin",
)  # fmt: skip

# Below a status: there is no visit (yet), and there is one.
NO_VISIT: Final = (
    "Waitlist", "Waitlisted", "WAITLIST", "Waiting list", "wait list", "Wait-listed", "on waitlist", "On the waiting list", "Warteliste", "auf Warteliste", "lista de espera",
    "liste d'attente", "sur liste d'attente", "wachtlijst", "lista d'attesa", "Draft", "draft appointment", "Entwurf", "Brouillon", "Borrador", "Bozza", "Rascunho", "Out today",
    "Pt out today", "Not in", "Not in today", "No visit", "No visit today", "No appointment", "no appt", "Not approved", "Not accepted", "Not authorized", "kein Termin",
    "pas de rendez-vous", "sin cita", "geen afspraak", "nessun appuntamento", "sem consulta", "nicht genehmigt",
)  # fmt: skip
A_VISIT: Final = (
    "Booked from waitlist", "from waitlist", "Waiting", "Waiting room", "in waiting room", "In attesa", "en espera", "en attente", "Checked out today", "In today", "Today",
    "Approved", "not yet approved", "Virtual visit", "wartet", "Visit today",
)  # fmt: skip

# In notes: the visit gets another time, was a mistake, or is not needed; and what is said of other things, or of a visit that was moved here.
NOTED_AS_MOVED_OR_OVER: Final = (
    "reschedule to 4/1", "r/s to Monday", "entered in error", "per mom not needed anymore", "no longer a patient", "Termin verlegt auf 1.4.",
    "pt called, moved to 4/1", "office closed that day", "transferred care to Dr X", "went elsewhere", "ill - called in sick",
    "rescheduled to next week", "needs to reschedule", "wants to r/s", "please reschedule", "moved appt to Tuesday 3pm", "verschoben auf Montag",
    "reporté au 4 avril", "reprogramada para el lunes", "spostato a martedì", "remarcado para segunda", "verzet naar maandag", "wrong patient",
    "duplicate appointment", "seeing another provider", "changed mind", "moved away", "clinic closed", "Praxis geschlossen", "cabinet fermé",
    "appt no longer needed", "does not need appt anymore", "no longer needs appointment", "not our patient", "provider out sick", "plus besoin",
    "ya no necesita cita", "nicht mehr benötigt", "called out sick", "pushed to May", "postponed until June", "booked in error",
    "out of town that week", "patient moved away", "discharged from practice", "no longer with us", "switched to another dentist",
    "pt will not be in",
)  # fmt: skip
NOTED_OF_OTHERS: Final = (
    "Rescheduled from 3/4", "Moved from Dr. A", "remove from waitlist", "No consent needed", "reminder not needed", "interpreter not needed",
    "no longer takes aspirin", "No longer smokes", "hold the door", "Broken glasses", "missed the bus last week", "has not been seen since May",
    "Take off stitches", "moved to room 3", "moved to Dr. Lee", "Moved to Texas in 2020", "New patient", "new insurance", "moved up from 4/1",
    "on hold with insurance", "was sick last week", "sick visit", "feels ill", "Please call to reschedule if late", "Call 24 h before to reschedule",
    "To reschedule, call us", "no longer pregnant", "wrong tooth", "duplicate chart", "office closed at 5", "closes at 5", "transfer from Dr. X",
    "transferred from Dr. Lee", "moved here from Ohio", "new date of birth", "discharged from hospital", "out of network", "transfer records",
    "went elsewhere for x-ray", "moved from 4/1", "verlegt von 1.4.", "dropped off by mom", "prefers afternoons", "moved to 2nd floor", "push fluids",
    "reschedule fee paid", "reschedule policy", "Rescheduled once already", "no show fee", "may need to reschedule", "do not reschedule",
    "antes de reprogramar", "patient of Dr. Lee, moved to adult care", "Moved to new office", "no longer needs antibiotics",
)  # fmt: skip
