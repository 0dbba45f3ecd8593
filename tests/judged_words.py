"""
Words and headings, and how they are judged: the tables of ``test_status_words`` and ``test_headings_heeded``.

Sources: status lists and export headings of the programs that ``schemas.status_words`` names, and what front desks type.
Each word stands as in its source; "-" apart, none is taken from ``schemas``.
"""

from __future__ import annotations

# Below "Status": the visit is off.
OFF_WORDS = {
    "en": (
        "Cancelled", "CANCELED", "Cancelled - late <24h", "Patient canceled by phone", "Canceled by provider", "Cancelled by office",
        "cancelled_by_guest", "CancelledByClient", "Cancelled (no charge)", "Cancelled, rebook", "Cancelled w/ fee", "Late Cancellation",
        "Late cancel", "LATE-CANCEL", "Same day cancel", "Short notice cancellation", "Canc", "CX", "CXL", "C/X", "CANX", "Cncld",
        "Client cancelled", "Provider Cancelled", "Canceld", "Cancelledd", "cancled by pt", "xCancelled", "X-Canceled", "X", "Appt cancelled 3/2",
        "Called to cancel", "Called off", "Bumped", "Bumped by clinic", "Broken", "Broken appointment", "BROKEN - NO NOTICE", "Hold", "On hold",
        "ON-HOLD", "No show", "No-Show", "NOSHOW", "NoShow - fee", "no_showed", "No Call/No Show", "NCNS", "NS", "N/S", "Did not attend",
        "DID NOT SHOW", "Didn't show", "didnt show up", "DNA", "DNKA", "FTA", "Failed to attend", "Failed", "Did not arrive", "Did not come",
        "Never showed", "Not attended", "Not arrived", "LWBS", "Left without being seen", "Left w/o being seen", "Walked out", "Missed",
        "Missed appointment", "Denied", "Declined", "Declined by provider", "Rejected", "Dismissed", "Withdrawn", "Vacated", "Void", "Voided",
        "Deleted", "Removed", "Entered in error", "entered-in-error", "Rescheduled", "RESCH", "Needs to be rescheduled", "Postponed", "R/S", "Deceased",
        "Patient deceased", "Passed away", "Inactive", "Expired", "Can't make it", "Could not make it", "Fell through", "No longer needed",
        "Refused", "Abandoned", "Unscheduled", "Absent", "Excused absence", "C A N C E L L E D", "Terminated", "Forfeited",
    ),
    "es": (
        "Cancelada", "Cancelado por el paciente", "CANCELADA TARDE", "Anulada", "Anulado por la clínica", "No asistió", "No se presentó", "No acudió",
        "No vino", "Ausente", "Faltó", "Fallecido", "Reprogramada", "Aplazada", "Rechazada", "Suspendida",
    ),
    "fr": (
        "Annulé", "Annulée par le patient", "ANNULE", "RDV annulé", "Annulation tardive", "Non honoré", "Ne s'est pas présenté", "Pas venu",
        "Absent", "Absence non excusée", "Décommandé", "Décédé", "Reporté", "Refusé", "Supprimé", "Non venue",
    ),
    "de": (
        "Storniert", "Vom Patienten storniert", "Abgesagt", "Absage Patient", "kurzfristig abgesagt", "Nicht erschienen", "NICHT GEKOMMEN", "Fällt aus",
        "Faellt aus", "Entfällt", "Ausgefallen", "Verschoben", "Verstorben", "Abgelehnt", "Gelöscht", "Versäumt", "verpasst",
    ),
    "nl": (
        "Geannuleerd", "Afgezegd", "Afgezegd door patiënt", "Te laat afgezegd", "Niet verschenen", "Niet gekomen", "Niet komen opdagen", "Afgelast",
        "Overleden", "Verzet", "Verplaatst", "Geweigerd", "Vervallen", "Afgemeld",
    ),
    "pt": (
        "Cancelado pelo paciente", "Cancelada", "Desmarcado", "Desmarcou", "Faltou", "Não compareceu", "NAO COMPARECEU", "Não veio", "Falta",
        "Falecido", "Remarcado", "Adiado", "Recusado", "Desistiu", "Paciente ausente",
    ),
}  # fmt: skip

# Below "Status": nothing is said, or that the visit stands.
ORDINARY_WORDS = (
    "Booked", "Confirmed", "confirmed by phone", "Scheduled", "Checked in", "Checked-In", "Paid", "Unpaid", "Arrived", "Completed", "New patient",
    "Pending", "Unconfirmed", "Not confirmed", "Active", "Open", "Accepted", "ACCEPTED", "Approved", "Requested", "Tentative", "Proposed", "In progress", "Left message",
    "LM", "No answer", "Roomed", "In room", "Seen", "Done", "Finished", "Fulfilled", "Attended", "Attending", "Showed", "Kept",
    "Reserved", "Upcoming", "Today", "Ready", "Walk-in", "Consult", "Follow up", "Virtual", "Telehealth", "Recall", "Reminder sent", "Not yet arrived",
    "Awaiting payment", "Confirmada", "Programada", "Pendiente", "Atendida", "Confirmé", "Prévu", "Honoré", "Bestätigt", "Gebucht", "Geplant",
    "Bevestigd", "Gepland", "Agendado", "Confirmado", "Compareceu", "- None", "None", "-", "N/A", "", "Yes", "Not cancelled", "Never cancelled", "nicht storniert",
    "On time", "Running late", "Auto confirmed", "Preconfirmed", "Existing patient", "VIP", "Deposit paid", "Balance due", "Insurance pending",
)  # fmt: skip

# Any cell below any heading that is not about something else: the visit is off.
OFF_ANYWHERE = (
    ("Info", "CANCELLED"), ("Column1", "Cancelled by patient"), ("", "NO SHOW"), ("Label", "No-show"), ("Tags", "cancelled"), ("Flag", "Broken"),
    ("Stand", "storniert"), ("Stage", "Lost - cancelled"), ("Disposition", "LWBS"), ("Outcome", "Did not attend"), ("Attendance", "FTA"), ("Attendance", "No"),
    ("Attendance", "absent"), ("Confirmation", "Declined"), ("Confirmed", "Declined"), ("Confirmed", "cancelled"), ("Appt", "Hold"), ("Visit", "Void"), ("Room", "CANCELLED"), ("Provider", "CANCELLED - Dr Lee"),
    ("Resource", "Cancelled"), ("Arrival", "did not arrive"), ("Estado", "Cancelada"), ("Estado de la cita", "Rechazada"), ("État du RDV", "annulé"),
    ("Situação", "faltou"), ("Guest", "deceased"), ("Patient status", "Inactive"), ("Vital status", "Deceased"), ("Last Name", "Smith - CANCELLED"), ("First name", "(cancelled) Ana"),
    ("First name", "Ana DECEASED"), ("Custom 3", "pt passed away"), ("Reminder status", "Declined"), ("Kommentarfeld x", "abgesagt"), ("Color", "cancelled"),
    ("Alert", "on hold"), ("Progress", "Left without being seen"), ("Extra", "Rescheduled"), ("Extra", "no show - call back"), ("AptStatus", "5"), ("pc_apptstatus", "x"), ("pc_apptstatus", "?"), ("pc_apptstatus", "%"),
)  # fmt: skip

# Headings of flags, days, names and reasons; a cell that is set, and one that is not.
FLAGS = (
    ("Canceled", "true", "false"), ("Cancelled?", "Yes", "No"), ("Cancelled", "1", "0"), ("CANCELLED", "x", ""), ("Is cancelled", "Y", "N"), ("isCanceled", "TRUE", "FALSE"),
    ("iscancelled", "1", "0"), ("is_cancelled", "t", "f"), ("Cancelled (Y/N)", "Y", "N"), ("Cancelled flag", "✓", ""), ("Cancel", "X", "-"), ("Cancellation", "Yes", "none"),
    ("Cancellation date", "2027-03-01", ""), ("Cancelled at", "2027-03-01 10:00", "N/A"), ("Cancelled on", "3/1/2027", "0000-00-00"), ("Date cancelled", "01.03.2027", "-"),
    ("Cancelled by", "Ana Lee", ""), ("Canceled By", "patient", "nobody"), ("Cancel reason", "sick", "None"), ("Cancellation Reason", "Other", ""),
    ("Reason for cancellation", "work", "n/a"), ("Cancelled time", "10:00", "1900-01-01"), ("canceled_at", "2027-03-01T10:00:00Z", "null"), ("sched.Canceled", "1", "0"), ("Late cancel", "Yes", "No"), ("Appt cancelled?", "yes", "never"),
    ("No Show", "Yes", "No"), ("No-Show", "1", "0"), ("NoShow", "TRUE", "FALSE"), ("NoShowFlag", "Y", "N"), ("Marked as No-Show", "Yes", "No"), ("Did not attend", "x", ""),
    ("DNA", "Yes", ""), ("LWBS", "Y", "N"), ("Left without being seen", "1", "0"), ("Broken", "Y", "N"), ("Missed", "Yes", "No"), ("Void", "1", "0"), ("Voided", "true", "false"),
    ("Deleted", "TRUE", "FALSE"), ("Is deleted", "1", "0"), ("deleted_at", "2027-01-01", ""), ("Deleted on", "1/1/2027", "NULL"), ("On hold", "Yes", "No"), ("Hold", "x", ""), ("Declined", "yes", "no"), ("Withdrawn", "Y", ""),
    ("Deceased", "Y", "N"), ("Date of death", "2026-12-01", ""), ("Is deceased", "true", "0"), ("Rescheduled", "Yes", "No"), ("Storniert", "ja", "nein"), ("Storniert am", "01.03.2027", ""),
    ("Abgesagt", "x", ""), ("Abgesagt von", "Patient", "-"), ("Nicht erschienen", "ja", "nein"), ("Annulé", "Oui", "Non"), ("Annulé le", "01/03/2027", ""), ("Motif d'annulation", "malade", ""),
    ("Absent", "oui", "non"), ("Cancelada", "Sí", "No"), ("Fecha de cancelación", "01/03/2027", ""), ("Motivo de cancelación", "enfermo", "ninguno"), ("No asistió", "si", "no"), ("Geannuleerd", "ja", "nee"),
    ("Afgezegd", "x", ""), ("Reden annulering", "ziek", "geen"), ("Niet verschenen", "ja", "nee"), ("Cancelado", "Sim", "Não"), ("Desmarcado", "sim", "não"), ("Data de cancelamento", "01/03/2027", ""), ("Faltou", "sim", "não"),
    # The other way round.
    ("Active", "No", "Yes"), ("Is active", "0", "1"), ("Active?", "FALSE", "TRUE"), ("Active", "inactive", "active"), ("Valid", "N", "Y"), ("Attending", "No", "Yes"), ("Show", "N", "Y"), ("Showed", "No", ""),
    ("Kept", "No", "Yes"), ("Attended", "0", "1"), ("Aktiv", "nein", "ja"), ("Actif", "Non", "Oui"), ("Activo", "No", "Sí"), ("Ativo", "Não", "Sim"), ("Actief", "nee", "ja"), ("RSVP", "No", "Yes"), ("Will attend", "no", "yes"), ("Attendance", "0", "1"),
)  # fmt: skip

# Headings of consent to texts: a cell that refuses, and one that does not.
CONSENT = (
    ("SMS permitted", "0", "-1"), ("Remind", "0", "1"), ("May text", "2", "-1"), ("SMS reminders", "3", "1"),
    ("Permission to text", "No", "Yes"), ("PermissionToSendSMS", "0", "1"), ("OK to text", "N", "Y"), ("Ok to text?", "no", "yes"), ("OkToText", "FALSE", "TRUE"), ("Okay to text", "declined", "ok"),
    ("SMS opt-out", "Yes", "No"), ("SMS Opt Out", "1", "0"), ("SMSOptOut", "TRUE", "FALSE"), ("sms_opt_out_date", "2026-05-01", ""), ("Text opt out", "x", ""), ("Opted out of texts", "Y", "N"), ("Opted out of SMS", "opted out", ""),
    ("SMS opt-in", "No", "Yes"), ("SMS opt-in", "opted out", "opted in"), ("Opt in to text messages", "N", "Y"), ("Text consent", "No", "Yes"), ("SMS consent", "refused", "given"), ("SMS consent", "withdrawn", "signed 2026"),
    ("Consent to text", "0", "1"), ("Consent to receive text messages", "No", "Yes"), ("TCPA text consent", "No", "Yes"), ("Do not text", "Yes", "No"), ("Do not contact", "Y", "N"), ("DO_NOT_CONTACT", "1", "0"), ("donotcontact", "true", "false"),
    ("DNC", "x", ""), ("Do not call", "Yes", "No"), ("Do not SMS", "1", "0"), ("No texts", "Yes", ""), ("No SMS", "x", ""), ("Stop texts", "Yes", "No"), ("Stop SMS", "1", "0"), ("Unsubscribed from SMS", "Yes", "No"), ("Unsubscribed from texts", "TRUE", "FALSE"),
    ("Contact preference", "none", "text"), ("Contact preference", "phone only", "phone"), ("Preferred contact method", "do not contact", "SMS"), ("Communication preference", "None", "Email"), ("Preferred communication", "email only", "Mobile"),
    ("Contact allowed", "No", "Yes"), ("Contact consent", "denied", "granted"), ("May we contact you", "no", "yes"), ("Can we text you?", "No", "Yes"), ("Receive texts", "N", "Y"), ("Receives SMS", "0", "1"), ("Wants text reminders", "No", "Yes"),
    ("Text reminders", "No", "Yes"), ("SMS reminders", "off", "on"), ("Reminders", "No", "Yes"), ("Send reminder", "N", "Y"), ("Send reminders?", "FALSE", "TRUE"), ("Appointment reminders", "opted out", "opted in"), ("Text/Email reminders", "No", "Yes"),
    ("SMS enabled", "false", "true"), ("Allow texts", "0", "1"), ("Allows SMS", "No", "Yes"), ("Texting allowed", "no", "yes"), ("Mobile opt-in", "N", "Y"), ("Mobile consent", "No", "Yes"), ("Cell OK", "N", "Y"), ("Text", "No", "Yes"), ("SMS", "N", "Y"), ("TxtMsgOk", "2", "1"), ("DND", "Yes", "No"),
    ("SMS erlaubt", "nein", "ja"), ("Einwilligung SMS", "Nein", "Ja"), ("SMS-Einwilligung", "widerrufen", "erteilt"), ("Keine SMS", "x", ""), ("Kontaktsperre", "ja", "nein"), ("Consentement SMS", "Non", "Oui"), ("Accepte les SMS", "non", "oui"),
    ("Ne pas contacter", "Oui", "Non"), ("Refus SMS", "oui", "non"), ("Acepta SMS", "No", "Sí"), ("Consentimiento SMS", "no", "sí"), ("No contactar", "Sí", "No"), ("Toestemming SMS", "nee", "ja"), ("Geen sms", "ja", "nee"), ("Niet contacteren", "x", ""),
    ("Aceita SMS", "Não", "Sim"), ("Não contactar", "Sim", "Não"), ("Consentimento SMS", "não", "sim"),
)  # fmt: skip

# Cells that refuse below headings that ask nothing of the kind.
REFUSED_ANYWHERE = (
    ("Info", "opted out"), ("Flag", "STOP"), ("Alert", "do not text"), ("Alerts", "Do not contact"), ("Tags", "DNC"), ("Custom 1", "no texts"), ("Extra", "Patient opted out of SMS"),
    ("Status", "opted out"), ("Column9", "don't text"), ("Alert", "keine SMS"), ("Alert", "ne pas contacter"), ("Alert", "no enviar SMS"), ("Alert", "geen sms"), ("Alert", "não contactar"), ("Last name", "Lee (do not text)"),
)  # fmt: skip

# At most a warning: free text, and consent that does not say to what.
WARNED = (
    ("Remind", "90"), ("Send reminder", "24"),
    ("Notes", "no texts please"), ("Contact permission", "None"), ("Text reminders", "none"),
    ("Notes", "Patient cancelled, will call back"), ("Comments", "no show last time, be strict"), ("Reason", "cancelled"), ("Notes", "do not text"), ("Remarks", "abgesagt"),
    ("Memo", "Client called on Tuesday and cancelled because the sitter was sick, wants to come in another week"), ("Unsubscribed", "Yes"), ("Opted out", "1"), ("Opt-in", "No"), ("Consent", "No"), ("Subscribed", "FALSE"), ("Status", "Purple"), ("Status", "7"), ("SMS consent", "unknown"),
)  # fmt: skip

# Nothing at all.
ORDINARY = (
    ("Payment status", "void"), ("Payment", "declined"), ("Payment status", "Cancelled"), ("Order status", "cancelled"), ("Insurance status", "denied"), ("Insurance", "inactive"), ("Claim status", "rejected"), ("Email status", "bounced"),
    ("Email opt out", "Yes"), ("Email consent", "No"), ("Marketing consent", "No"), ("Marketing SMS opt-in", "No"), ("Marketing opt-out", "Yes"), ("Newsletter", "No"), ("Unsubscribed from newsletter", "Yes"), ("Invitee accepted marketing emails", "No"), ("Promotional texts", "No"),
    ("Email reminders", "No"), ("Consent to treat", "No"), ("Treatment consent", "No"), ("Photo consent", "No"), ("HIPAA consent", "No"), ("Payment consent", "No"), ("Credit card declined", "Yes"), ("Invoice void", "Yes"), ("Deposit refunded", "Yes"),
    ("Cancellation policy", "24 h"), ("Cancellation policy accepted", "Yes"), ("Cancellation fee", "50"), ("Cancel fee", "$50.00"), ("No show fee", "25"), ("Cancellation deadline", "2027-03-01"), ("Cancel by", "2027-03-01"), ("Cancel link", "https://x.example/c/1"), ("Cancel URL", "https://x.example"), ("Cancellable", "Yes"),
    ("Can cancel", "Yes"), ("No show count", "2"), ("No-shows", "3"), ("Number of cancellations", "1"), ("Previous no shows", "2"), ("Last visit", "Cancelled"), ("Previous appointment", "no show"), ("No-show risk", "High"), ("No show probability", "0.7"), ("Cancellation list", "Yes"),
    ("Waitlist", "Yes"), ("Free cancellation until", "2027-03-01"), ("Confirmed", "No"), ("Confirmed?", "N"), ("Is confirmed", "0"), ("Checked in", "No"), ("Arrived", "No"), ("Completed", "FALSE"), ("Paid", "No"), ("Paid?", "no"), ("New patient", "No"), ("First visit", "No"),
    ("All Day Event", "FALSE"), ("Private", "FALSE"), ("Recurring", "No"), ("Reconfirmed", "No"), ("Invitee Reconfirmed", "No"), ("Guest Email(s)", "No"), ("Insured", "No"), ("Interpreter needed", "No"), ("Walk-in", "0"), ("Virtual", "No"), ("Show time as", "2"), ("Show on calendar", "No"),
    ("Reminder sent", "No"), ("SMS sent", "0"), ("Text sent", "No"), ("Reminder Date", "3/24/2027"), ("Text reminder number", "2125550101"), ("Last text", "2027-01-01"), ("SMS status", "delivered"), ("Reminder status", "Not sent"), ("Message status", "failed"), ("SMS count", "0"), ("Confirmed by text", "No"),
    ("Preferred contact method", "Phone"), ("Preferred contact method", "Email"), ("Contact preference", "No preference"), ("Contact preference", ""), ("Best time to contact", "mornings"), ("Emergency contact", "None"), ("Emergency contact", "No"), ("Contact", "Bo Kim"), ("Contact name", "Stop, Ana"), ("Contact person", "Void"),
    ("Permission to text", ""), ("OK to text", "-"), ("SMS consent date", "2026-01-01"), ("Leave voicemail", "No"), ("OK to leave detailed message", "No"), ("Push notifications", "No"), ("Portal access", "No"), ("Language", "No"), ("Preferred language", "Non"), ("Country", "NO"),
    ("Province", "NS"), ("State", "NC"), ("State", "NS"), ("City", "Hold"), ("Region", "CX"), ("Provider", "Dr. Hold"), ("Provider", "Void, Ana"), ("Provider name", "Cancel, Maria"), ("Doctor", "Missed"), ("Last name", "Broken"), ("Last name", "Cancel"), ("Surname", "Cancela"), ("First name", "Hold"), ("Last Name", "Void"), ("Patient name", "Bump, Ed"),
    ("Service", "Broken tooth"), ("Service", "Missed period consult"), ("Appt reason", "Broken crown"), ("Reason for visit", "Broken arm"), ("Procedure", "Declined colonoscopy talk"), ("Type", "Cancer screening"), ("Notes", "Cancer screening follow-up"), ("Notes", "hold the door"), ("Notes", "Broken glasses"), ("Notes", "missed the bus last week"), ("Diagnosis", "Missed abortion"), ("Test", "DNA"), ("Lab", "DNA"),
    ("Notes", "Please call first"), ("Notes", "no allergies"), ("Notes", "No known drug allergies"), ("Notes", "Patient is not a smoker"), ("Comments", "new patient, paid deposit"), ("Instructions", "Reply C to cancel"), ("Notes", "Bring x-ray"), ("Notes", "has not been seen since May"), ("Notes", "text ok"), ("Notes", "Contact lens fitting"), ("Notes", "no contact lenses today"),
    ("Medication", "STOP"), ("Smoking status", "refused"), ("Marital status", "Divorced"), ("Marital status", "void"), ("Employment status", "Terminated"), ("Student status", "Inactive"), ("Vaccination status", "Declined"), ("Referral status", "Expired"), ("Authorization", "Denied"), ("Auth status", "Expired"), ("Eligibility", "Inactive"), ("Membership status", "Cancelled"), ("Member", "Cancelled"),
    ("Form status", "Not completed"), ("Account", "On hold"), ("Account status", "Inactive"), ("Balance", "0"), ("Address", "12 Hold St"), ("Location", "Main Street 12"), ("Street", "No Show Rd"), ("Room", "X"), ("Op", "x"), ("Chair", "NS"), ("Color", "Void"), ("Response 1", "x"), ("Question 1", "Phone"), ("Category", "Hold"), ("Label", ""), ("Label", "VIP"), ("Tags", "new, vip"), ("Alert", "allergy: latex"),
    ("Booked via", "Web"), ("Booked on", "1 Nov 2026"), ("Scheduled By", "Ana"), ("Created by", "Void"), ("Event Created Date & Time", "2026-11-01 10:00 am"), ("End Time", "10:30"), ("Duration", "60"), ("Price", "150 PLN"), ("Household", "Lee"), ("Stakeholder", "Yes"), ("Department", "Oncology (cancer)"), ("Text", "See attached form"), ("Message", "See you soon"), ("Rescheduled from", "2027-03-01 10:00"), ("Reschedule count", "2"), ("Rescheduled by", "Ana"),
    ("Active ingredient", "No"), ("Active medication", "No"), ("Valid insurance", "No"), ("Valid email", "No"), ("Show name", "No"), ("Active member", "No"), ("Deposit", "Void"), ("Refund status", "Declined"), ("Prescription status", "Cancelled"), ("Recurring", "cancelable"), ("Info", "not cancelled"), ("Info", "Cancellation policy"), ("Info", "uncancelled"), ("Info", "previous visit cancelled"), ("Info", "2 no shows"),
    ("Estado", "Nueva York"), ("Estado civil", "Soltero"), ("Pago", "Anulado"), ("Facture", "Annulée"), ("Rechnung", "Storniert"), ("Zahlungsstatus", "storniert"), ("Werbung", "nein"), ("Factuur", "Geannuleerd"), ("Pagamento", "Cancelado"), ("Politique d'annulation", "24h"), ("Política de cancelación", "24h"), ("Stornogebühr", "25"), ("Correo", "no"), ("Publicidad SMS", "no"),
    ("Canceled", "Confirmed"), ("Cancelled", "Active"), ("No Show", "Arrived"), ("Canceled", "not cancelled"), ("SMS opt-out", "opted in"), ("SMS opt-out", "not opted out"), ("Do not text", "ok to text"), ("Deceased", "alive"), ("Active", ""), ("Active", "Active"), ("Attending", "pending"), ("Kept", "-"),
)  # fmt: skip
