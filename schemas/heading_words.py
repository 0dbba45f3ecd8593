"""
The words of headings: which columns speak of the visit, of texting, or of something else, in seven languages, as data; the core words in eight more.

Tables as in ``status_words``. Sources: the headings of the public exports and field lists of the programs named there, the
import templates of Twilio, Podium, Weave, Solutionreach, Klara, RevenueWell, Lighthouse 360, Demandforce, NexHealth and Attentive for
consent columns, and CTIA's and Twilio's words for opting out (STOP, UNSUBSCRIBE, CANCEL, END, QUIT, ARRET, BAJA).
"""

from __future__ import annotations

from typing import Final

from schemas.status_words import table

STATUS: Final = table(
    en="status statuses stat disposition outcome attendance stage fate",
    es="estatus asistencia resultado",
    fr="statut état présence",
    de="zustand terminstatus status anwesenheit",
    nl="status stand aanwezigheid",
    pt="situação presença status comparecimento",
    it="esito presenza",
    pl="stan",
    fi="tila",
    cs="stav",
    tr="durum durumu",
    ru="статус состояние",
)

# Columns of free text.
NOTES: Final = table(
    en="note notes comment comments remark remarks memo description descriptions details detail instruction instructions reason "
    "message observation observations text body summary subject title history request requests question questions "
    "answer complaint concern concerns narrative purpose",
    es="nota notas comentario comentarios observación observaciones motivo descripción detalle mensaje",
    fr="note notes commentaire commentaires remarque remarques observations motif description",
    de="notiz notizen bemerkung bemerkungen kommentar kommentare anmerkung anmerkungen beschreibung grund hinweis hinweise betreff",
    nl="notitie notities opmerking opmerkingen commentaar omschrijving reden toelichting",
    pt="observação observações anotação anotações comentário comentários nota descrição motivo obs",
    it="nota note commento commenti osservazione osservazioni motivo descrizione messaggio annotazioni annotazione",
    pl="uwagi uwaga notatka notatki komentarz",
    sv="anteckning anteckningar kommentarer anmärkning",
    da="bemærkning bemærkninger noter",
    no="merknad merknader notat notater",
    fi="huomautus huomautukset muistiinpanot",
    cs="poznámka poznámky komentář",
    tr="notlar açıklama",
    ru="примечание примечания комментарий комментарии заметки",
)

# Of these, what an event is called: calendars set a word before it, "Canceled: Cleaning".
TITLES: Final = table(
    en="summary subject title",
    es="asunto título",
    fr="objet titre",
    de="betreff titel",
    nl="onderwerp titel",
    pt="assunto título",
    it="oggetto titolo",
)

# What these columns say is not about the visit: money, goods, letters, papers, other visits.
ELSEWHERE: Final = table(
    en="payment payments paid pay invoice invoices billing bill billed order orders insurance insurer claim claims deposit deposits refund "
    "refunds refunded price cost amount balance coverage carrier payer payor copay card credit cheque transaction charge charges fee fees "
    "email emails mail mailing marketing promo promos promotion promotions promotional newsletter newsletters advertising campaign referral referrals "
    "authorization authorisation auth preauth eligibility prescription rx medication medications refill lab labs test tests vaccine "
    "vaccination vaccinations immunization immunizations allergy allergies diagnosis problem marital employment employer employee student smoking "
    "smoker tobacco military veteran immigration shipping shipment delivery parcel membership member subscription loyalty account policy policies "
    "plan case form forms document documents paperwork hipaa gdpr privacy photo photos treatment procedure surgery research portal password login "
    "previous prior past last next history lifetime count counts number total totals rate risk score probability prediction "
    "percent deadline until before url link window list waitlist allowed allowable cancelable cancellable can notice terms "
    "agreement signed waiver period template voicemail push app api sync import export upload file system tax currency coupon "
    "gift voucher discount survey feedback review rating stock inventory warranty contract lease loan ticket flight hotel license licence "
    "dnr resuscitation calendar product sku item items disability citizenship ethnicity race "
    "address street city town zip postal postcode old original pregnancy pregnant breastfeeding alcohol drug donor advance directive interpreter transport transportation cc prev release roi flu shot shots booster covid",
    es="pago pagos factura facturación pedido seguro aseguradora depósito reembolso precio importe saldo cobertura correo "
    "marketing publicidad boletín receta análisis prueba vacuna civil empleo envío suscripción cuenta póliza última anterior "
    "próxima privacidad tratamiento dirección calle ciudad tarifa política hasta tarjeta comercial comerciales",
    fr="paiement facture facturation commande assurance mutuelle acompte remboursement prix montant solde courriel mail "
    "publicité infolettre ordonnance analyse vaccin matrimonial emploi livraison abonnement compte dernier dernière "
    "prochain prochaine confidentialité traitement adresse rue ville frais politique carte commercial commerciale virement chèque cotisation",
    de="zahlung zahlungen bezahlung rechnung rechnungen bestellung versicherung krankenkasse anzahlung erstattung preis betrag saldo "
    "werbung werbeeinwilligung mailing rezept labor befund impfung impfstatus familienstand beschäftigung versand abo konto letzter letzte nächster "
    "datenschutz adresse straße stadt behandlung behandlungseinwilligung gebühr frist vertrag karte überweisung zahlungsstatus rechnungsstatus lastschrift zuzahlung",
    nl="betaling betalingen betaalstatus factuur bestelling verzekering aanbetaling terugbetaling prijs bedrag saldo reclame nieuwsbrief recept "
    "vaccinatie burgerlijke levering abonnement rekening vorige laatste volgende adres straat stad privacy behandeling kosten beleid verwijzing",
    pt="pagamento pagamentos fatura cobrança pedido convênio seguro depósito reembolso preço valor saldo publicidade boletim receita exame exames "
    "vacina civil emprego envio assinatura conta última anterior próxima privacidade endereço rua cidade tratamento taxa política cartão boleto pix",
    it="pagamento pagamenti fattura fatture fatturazione fatturato ordine assicurazione deposito acconto caparra rimborso prezzo importo saldo copertura posta marketing pubblicità promozioni ricetta esame esami analisi vaccino vaccinazione civile impiego spedizione abbonamento conto polizza ultimo ultima precedente prossimo prossima privacy trattamento indirizzo città tariffa politica carta tessera penale commerciale commerciali preventivo bonifico",
    pl="płatność płatności faktura poprzednia poprzedni ostatnia ubezpieczenie",
    sv="betalning faktura tidigare senaste försäkring",
    da="betaling faktura tidligere seneste",
    no="betaling faktura tidligere siste",
    fi="maksu lasku edellinen viimeinen",
    cs="platba faktura předchozí poslední pojištění",
    tr="ödeme fatura önceki",
    ru="оплата счет счёт предыдущий последний",
)

# Names of people, places and things, which may be any word.
NAMES: Final = table(
    en="name names firstname lastname surname nickname doctor dr provider providers physician therapist dentist stylist staff technician clinician practitioner resource room "
    "chair operatory location person contact province country county region site branch service services "
    "type category product procedure reason employer company business school insurance color colour gender sex language birthday dob breed species pet "
    "department team host owner organizer calendar booked created initials init hygienist assistant id key guid uuid phone mobile cell email url "
    "source channel campaign tag specialty species animal drug test room op device brand model",
    es="nombre apellido apellidos doctor doctora médico profesional sala ubicación provincia país servicio tipo",
    fr="nom prénom docteur médecin praticien salle lieu pays service prestation type couleur",
    de="name vorname nachname arzt ärztin behandler therapeut raum ort land leistung art typ farbe mitarbeiter",
    nl="naam voornaam achternaam arts behandelaar kamer locatie plaats land dienst soort type",
    pt="nome sobrenome doutor médico profissional sala local país serviço tipo",
    it="nome cognome dottore dottoressa medico professionista sala studio luogo provincia paese servizio tipo prestazione operatore operatrice colore comune",
)

# Words that may stand beside the word of a flag without changing what it asks.
AROUND: Final = table(
    en="is was were has have been be date dates time times datetime timestamp at on by of for the a an flag flags ind indicator yn y n yes no "
    "tf true false boolean bool 0 1 appt appts apt appointment visit booking reservation session event class slot patient pt client "
    "customer guest person invitee user record row marked mark status reason reasons note notes comment comments code type kind who why "
    "when whom did does not being seen without left utc local day late early same short to already still this it dt ts id in x sched "
    "meeting attendee consumer subscriber contact",
    es="es fue está ha sido fecha hora de del la el por en cita reserva visita paciente cliente motivo indicador no se marca usuario",
    fr="est a été date heure de du la le par en rdv rendez vous visite patient client motif indicateur non s pas ne à",
    de="ist wurde am um von vom der die das datum uhrzeit zeit termin besuch patient kunde grund kennzeichen nicht durch wann",
    nl="is werd op om van de het door datum tijd afspraak bezoek patiënt cliënt klant reden niet wanneer",
    pt="é foi em de da do pelo pela por data hora consulta agendamento paciente cliente motivo não o a",
    it="è stato stata data ora del della il la per in di da dal appuntamento visita prenotazione paziente cliente motivo non utente si",
    pl="data godzina powód wizyty wizyta przez czy",
    sv="datum tid orsak av besök patient",
    da="dato tid årsag af aftale",
    no="dato tid årsak av time",
    fi="aika päivä syy käynti",
    cs="datum čas důvod kdy termín návštěva",
    tr="tarih tarihi saat nedeni randevu",
    ru="дата время причина визит визита прием приём приема приёма кем",
)

# A flag of these says that the visit takes place: "no" below it says that it does not.
TAKES_PLACE: Final = table(
    en="active valid attending attended attend attends show shows showed shown kept keep present coming going live rsvp happening ahead "
    "participating taking attendance keeping enabled came come still alive",
    es="activa activo vigente asistió asiste asistirá asistencia acude acudió presente válida viene vendrá",
    fr="actif active présent présente venu venue présence maintenu maintenue honoré honorée valide vient viendra",
    de="aktiv anwesend erschienen gültig teilnahme kommt findet statt anwesenheit wahrgenommen",
    nl="actief aanwezig verschenen geldig aanwezigheid gaat door komt",
    pt="ativo ativa presente compareceu comparece presença válida comparecimento veio vem virá",
    it="attivo attiva presente presentato presentata presenza venuto venuta valido valida viene verrà",
)

# What a consent is about: texts to a telephone.
TEXTING: Final = table(
    en="text texts texting texted textmessage textmessages textmessaging txt txts sms smses mms mobile cell cellphone reminder reminders remind notification notifications notify notified "
    "alerts messaging messages message msg msgs contact contacting contacted communication communications comms whatsapp disturb dnd dnc reminding "
    "dnt tcpa contactable outreach textable wireless",
    es="sms mensaje mensajes móvil celular recordatorio recordatorios contacto contactar notificaciones comunicaciones avisos moleste molestar",
    fr="sms texto textos mobile portable rappel rappels prévenir contact contacter contacté notifications communications messages relance",
    de="sms mobil handy erinnerung erinnerungen kontakt kontaktieren kontaktaufnahme benachrichtigung benachrichtigungen "
    "terminerinnerung terminerinnerungen nachrichten kontaktsperre nachricht smserinnerung",
    nl="sms mobiel gsm herinnering herinneringen contact contacteren meldingen berichten communicatie smsherinnering bericht",
    pt="sms mensagem mensagens celular telemóvel lembrete lembretes contato contacto contactar contatar notificações avisos whatsapp perturbe",
    it="sms messaggio messaggi cellulare promemoria contatto contattare notifiche comunicazioni avvisi avviso disturbare",
    pl="sms smsy wiadomość wiadomości przypomnienie przypomnienia komórka",
    sv="sms påminnelse påminnelser smspåminnelse meddelanden mobil",
    da="sms påmindelse påmindelser smspåmindelse beskeder mobil",
    no="sms påminnelse påminnelser meldinger mobil",
    fi="tekstiviesti tekstiviestit muistutus muistutukset tekstiviestimuistutus",
    cs="sms připomínka připomínky připomenutí upozornění zprávy mobil",
    tr="sms hatırlatma hatirlatma mesaj bildirim",
    ru="смс напоминание напоминания сообщения",
)

# These make a consent column of it.
PERMISSION: Final = table(
    en="permission permissions permitted permit permits ok okay consent consents consented consenting allow allowed allows may agree agreed agrees accept accepted "
    "accepts opt opted optin opts subscribed subscribe subscription subscriber enabled enable receive receives receiving wants want wish wishes "
    "willing send authorized authorised authorize authorization approved granted eligible contactable textable wanted desired requested preference preferences preferred prefers can should yes "
    "auto automated automatic on tcpa agreement capable",
    es="permiso permite acepta aceptado autoriza autorizado autorización consentimiento consiente desea recibe recibir enviar "
    "suscrito puede preferencia",
    fr="permission accepte accepté autorise autorisé autorisation consentement consent souhaite reçoit recevoir envoyer envoi "
    "inscrit abonné peut préférence accord",
    de="erlaubt erlaubnis einwilligung einverständnis einverstanden zustimmung zugestimmt genehmigt darf erwünscht gewünscht senden "
    "angemeldet kontakterlaubnis freigabe smseinwilligung",
    nl="toestemming toegestaan akkoord mag wenst wil ontvangen ontvangt verzenden sturen aangemeld voorkeur",
    pt="permissão permite aceita aceitou autoriza autorizado autorização consentimento consente deseja recebe receber enviar "
    "inscrito pode preferência",
    it="permesso consenso accetta accettato autorizza autorizzato autorizzata autorizzazione acconsente desidera riceve ricevere inviare invio iscritto può preferenza vuole ricezione contattabile",
    pl="zgoda zgody zezwolenie",
    sv="samtycke tillåtelse godkänner",
    da="samtykke tilladelse",
    no="samtykke tillatelse",
    fi="suostumus lupa",
    cs="souhlas souhlasí",
    tr="izin izni onay onayı",
    ru="согласие разрешение согласен",
)

# These turn it round: "yes" below them says no.
REFUSAL: Final = table(
    en="optout out optedout dont stop stopped unsubscribe unsubscribed unsubscribes unsubscription block blocked blocks suppress suppressed suppression skip refused refuse refuses "
    "decline declined declines no not never exclude excluded exclusion dnc dnd dnt disabled disable revoked revoke ban banned blacklist blacklisted blocklist remove removed "
    "off disturb withdrawn denied deny without withhold mute muted disallow disallowed disallows forbid forbidden prohibited objects objected objection cannot cant litigator",
    es="no baja rechaza rechazado bloqueado excluir excluido nunca sin revocado ningún ninguna",
    fr="ne pas non stop refus refuse refusé désinscrit désabonné bloqué exclure exclu jamais sans aucun opposition retiré aucune désabonnée désinscrite",
    de="keine kein nicht abgemeldet gesperrt sperre sperren abgelehnt widerrufen widerruf widerspruch ausgeschlossen nie kontaktsperre "
    "abbestellt verweigert",
    nl="geen niet afgemeld geblokkeerd geweigerd uitgesloten nooit uitgeschreven ingetrokken",
    pt="não baixa recusa recusado bloqueado excluir excluído nunca sem descadastrado cancelado revogado nenhum nenhuma",
    it="non rifiuta rifiutato rifiuto bloccato escludere escluso esclusa mai senza revocato disiscritto revoca opposizione niente nessun nessuna",
    pl="nie bez odmowa sprzeciw",
    sv="inga inte ej spärrad",
    da="ingen ikke spærret",
    no="ingen ikke reservert",
    fi="ei kielto",
    cs="ne bez nesouhlas odmítnutí",
    tr="değil yok",
    ru="не нет без отказ",
)

# What happened to a text, or what it is like: no consent.
ABOUT_TEXTS: Final = table(
    en="sent delivered received at date time last first next count counts number numbers template type language lang offset hours minutes hour minute hrs mins days "
    "lead before after carrier provider price cost id sid body content sentat name person relationship relation address confirmed confirmation "
    "reply replied replies response status error queue scheduled due read failed attempts interval emergency alternate secondary left voicemail detailed leave "
    "push app portal voice landline home work fax title format frequency since created updated list color",
    es="enviado enviada enviados fecha hora último número plantilla tipo idioma antes nombre persona emergencia estado",
    fr="envoyé envoyée date heure dernier numéro modèle type langue avant nom personne urgence statut",
    de="gesendet verschickt versendet datum uhrzeit letzte nummer vorlage sprache vor name person notfall status zugestellt",
    nl="verzonden verstuurd datum tijd laatste nummer sjabloon taal naam persoon nood status",
    pt="enviado enviada enviados data hora último número modelo tipo idioma antes nome pessoa emergência",
    it="inviato inviata inviati ricevuto data ora ultimo numero modello tipo lingua prima nome persona emergenza stato consegnato",
)

# A way to reach somebody that is no text.
OTHER_WAYS: Final = table(
    en="email mail phone call calls voice landline letter post portal home work fax",
    es="correo teléfono llamada llamadas carta",
    fr="courriel mail téléphone appel appels courrier lettre",
    de="email mail telefon anruf anrufe brief post festnetz",
    nl="email mail telefoon bellen brief post",
    pt="email correio telefone ligação ligações carta",
    it="email telefono chiamata chiamate lettera posta",
)

# After a word of ``NOT`` these say that nobody may be written to.
WRITE_TO: Final = table(
    en="text texts texting txt sms message messages msg contact contacted call calls calling disturb remind reminder reminders notify "
    "notifications send sending communicate messaging msgs txts",
    es="contactar contacte sms mensajes enviar llamar molestar moleste recordatorios mandar",
    fr="contacter sms texto appeler déranger envoyer rappel rappels relancer",
    de="kontaktieren sms anrufen stören senden erinnern erinnerung erinnerungen nachrichten anschreiben",
    nl="contacteren sms bellen storen sturen herinneren herinnering herinneringen berichten benaderen smsen",
    pt="contactar contatar sms mensagens enviar ligar incomodar perturbe perturbar lembretes mandar",
    it="contattare sms messaggi inviare chiamare disturbare promemoria mandare scrivere",
    pl="sms smsy wiadomości kontaktować wysyłać przypomnień",
    sv="sms kontakta påminnelser skicka",
    da="sms kontakt kontakte påmindelser sende",
    no="sms kontakte påminnelser sende",
    fi="tekstiviestejä muistutuksia",
    cs="sms kontaktovat posílat",
    ru="смс звонить писать",
)

# With these words front desks say in cells that nobody may text, or that the number is no good. What they say -> words of all languages.
SPOKEN: Final = table(
    against="hates dislikes disable disabled unwanted unerwünscht unerlaubt ongewenst rifiuta rifiutati rifiutato rifiutate weigert geweigerd lehnt "
    "abgelehnt arrêter arrêtez parar parare stoppen baja refusés refusées rechaza rechazados recusados recusa indesejado",
    wanted="wanted allowed permitted authorized authorised welcome desired erlaubt gewünscht erwünscht gestattet autorizado autorizados permitido permitidos "
    "deseado deseados autorisé autorisés permis souhaité souhaités autorizzato autorizzati permesso permessi desiderato desiderati desejado desejados "
    "toegestaan gewenst",
    false="wrong bad invalid incorrect disconnected false fake falsche falscher falsch ungültig ungültige equivocado incorrecto erróneo inválido errado "
    "incorreto mauvais faux erroné invalide sbagliato errato verkeerd verkeerde fout foutief onjuist inesistente inexistente inexistant",
    number="number numbers num no nr phone cell cellphone mobile telephone tel nummer telefonnummer handynummer mobilnummer handy telefon número numéro "
    "numero teléfono téléphone telefono celular móvil portable cellulare telefone telemóvel telefoonnummer telefoon mobiel",
    right="valide valido válido valid gültig existe esiste bestaat existiert klopt stimmt correct correcto corretto juist working works hers theirs "
    "inesistente good assigned attribué gebruik use",
    replied="replied texted sent answered responded wrote received typed respondió contestó envió escribió répondu envoyé geantwortet antwortete geschickt "
    "schrieb geschrieben risposto inviato scritto respondeu enviou escreveu geantwoord antwoordde stuurde gestuurd",
    tells="reply text txt send respond answer sms press type répondez envoyez répondre envoyer responda responder envíe enviar antworten antworte senden "
    "sende rispondi rispondere invia inviare responde envie antwoord stuur mit",
    texts="text texts texting txt txts sms smsen smses msgs messages reminder reminders mensajes textos mensagens mensagem nachrichten erinnerungen "
    "erinnerung berichten rappels rappel recordatorios recordatorio lembretes lembrete herinneringen herinnering messaggi promemoria texto",
    texted="texted contacted messaged reminded contactado contactada kontaktiert angeschrieben contacté contactée contattato contattata contatado "
    "gecontacteerd benaderd escriban contacten molesten gesmst",
    wishes="want wants wanted wanting like likes wish wishes wished prefers agree agrees accept accepts consent consents allow allows quiere quieren quiero "
    "desea desean acepta puede autoriza veut veulent souhaite souhaitent désire accepte peut autorise möchte möchten mochte wünscht wünschen erlaubt "
    "kann darf vuole desidera gradisce accetta può autorizza quer deseja aceita pode wil wilt wenst mag kan longer asked asks requested requests "
    "interested allowed may gustan gusta prefiere préfère préfèrent preferisce prefere verkiest bevorzugt",
    around_wishes="to be get receive receives have has any more the our us from a an by via per de des du que le la lo los las se nos me di il essere être etre ser "
    "sea werden recibir recevoir erhalten bekommen ricevere receber ontvangen krijgen empfangen auto automated automatic appointment further mehr más "
    "plus più mais meer also either him her them this these those les das den dem ai i gli os as het ne n in",
    consent="consent consents permission authorization authorisation optin einwilligung zustimmung erlaubnis consentement autorisation accord consentimiento "
    "autorización permiso consentimento autorização permissão consenso autorizzazione permesso toestemming akkoord",
    taken_back="withdrawn withdrew withdraws revoked revokes revoke removed denied declined declines refused refuses rescinded widerrufen zurückgezogen "
    "verweigert entzogen retiré retirée révoqué révoquée refusé refusée revocado revocada retirado retirada denegado rechazado negado negada revogado "
    "revogada recusado revocato ritirato negato rifiutato ingetrokken geweigerd",
    ways="email emails mail call calls calling voice letter letters post phone telephone landline fax llamadas llamada correo teléfono fijo appels appel "
    "courriel téléphone fixe anruf anrufe telefon telefonisch festnetz brief chiamate chiamata telefono fisso posta ligação ligações telefone fixo "
    "bellen telefoon vast anrufen llamar appeler chiamare ligar courrier briefe briefen",
    authorizing="authorized authorised authorization authorisation autorisation autorisé autorisés autorización autorizado autorizada autorização autorizzazione "
    "autorizzato autorizzata",
    revoked="revoked revokes revoke withdrawn withdrew withdraws rescinded widerrufen zurückgezogen retiré retirée révoqué révoquée revocado revocada retirado "
    "retirada revogado revogada revocato ritirato ingetrokken",
    # Below a heading of a cancellation: nothing is filled in, and what stands beside a denied cancellation.
    not_set="not set applicable one body data value entry entries record niemand nadie personne niets",
    beside_denied="a an the is was were been be has have had did does by at on of for as patient patients pt client clients appt appointment visit it this to so far still "
    "der die das den termin ist wurde wird hat ein eine le la l les un une a été est rdv ha sido el cita foi o consulta è stato stata il appuntamento is werd "
    "de het een afspraak pat kunde she he they will and und et y e en",
    no_way="n none no nein non não nee nie never keine ninguno ninguna aucun aucune geen nenhum nenhuma nessuno nessuna niente kein off stop",
    whole="all everything every both any alle alles todo todos todas tous tout toutes tutti tutto tudo beide",
    unsubscribed="unsubscribe unsubscribed unsub unsubscribes desuscrito desuscrita disiscritto disiscritta désabonné désabonnés désinscrit désinscrite désabonnée abgemeldet uitgeschreven descadastrado blocklisted blocked blacklisted suppressed stop stopall end quit optout revoke arret baja parar undeliverable landline sair désabonner",
    texted_too="landline festnetz fixe fijo fisso fixo vast voice letter letters post brief lettre carta lettera home",
    as_it_was="same unchanged original as before booked idem gleich unverändert igual mismo même inchangé zelfde stesso invariato",
    # What ends a visit in a note: sayings with "; " between them, and words beside a visit that is moved or not needed.
    ends_visit="entered in error; booked in error; created in error; scheduled in error; made in error; booked by mistake; scheduled by mistake; wrong patient; wrong date; "
    "wrong day; duplicate appt; duplicate appointment; duplicate booking; no longer a patient; no longer a client; no longer patient; no longer our patient; "
    "no longer coming; no longer with us; no longer wants; no longer needs appt; no longer needs appointment; no longer needs the appointment; not our patient; not a patient; "
    "not need appt; not need appointment; not need the appt; went elsewhere; going elsewhere; gone elsewhere; seeing another; "
    "transferred care; transferring care; transfer of care; transfered care; changed mind; changed her mind; changed his mind; changed their mind; moved away; clinic closed; "
    "office closed; practice closed; salon closed; office is closed; clinic is closed; provider out; doctor out; dr out; therapist out; called in sick; called out sick; "
    "out sick; called out; out of town; discharged from practice; discharged from care; dismissed from practice; discharged from our practice; fired patient; pt will not be; patient will not be; "
    "switched to another; switched providers; switched dentists; switched practices; dropped out; fell through; irrtümlich gebucht; doppelt gebucht; praxis geschlossen; kein bedarf; keinen bedarf; "
    "nicht mehr patient; termin gestrichen; falscher patient; arztwechsel; plus besoin; sans suite; cabinet ferme; n est plus patient; plus patient; par erreur; ya no necesita; ya no requiere; "
    "ya no es paciente; por error; clinica cerrada; studio chiuso; non piu paziente; per errore; nao precisa mais; nao quer mais; nao e mais paciente; por engano; niet meer nodig; "
    "praktijk gesloten; geen patient meer; per ongeluk",
    between_moves="appt appointment apt visit it this her his their session pt patient out back termin besuch rdv rendez vous cita turno consulta appuntamento visita afspraak "
    "up next following the el la los le les il lo den dem der am um kommenden nächsten próximo próxima o os as op de new",
    wishing_to_move="needs need needed wants want wanted please pls will asked asks requested requests requesting muss möchte will bitte quiere necesita veut doit "
    "souhaite wil moet quer precisa vuole deve devono favor prega let",
    to_move="reschedule resch resched rebook postpone rescheduling verschieben verlegen umbuchen reprogramar reagendar aplazar posponer reporter décaler déplacer reprogrammer replanifier "
    "verzetten verplaatsen remarcar adiar spostare rinviare rimandare riprogrammare verschoben reprogramada aplazada remarcada rinviato",
    beside_needed="per mom mum dad mother father parent pt patient client anymore any more longer appt appointment visit session this the it is was now for at all time currently says said "
    "termin mehr ist wird afspraak meer is deze spouse wife husband daughter son caregiver by",
    # Below a heading of consent: given, not given, neither so far, and what stands beside it.
    granted="in optin opted allowed allow allows granted grant given gave consented consents subscribed subscribe accepted accepts accept agreed agree agrees active "
    "activated enabled okay approved permitted permit permits verbal verbally written signed sign esigned authorized authorised confirmed confirm confirms signature oral orally "
    "received obtained verified validated resubscribed sure fine good great erteilt erlaubt eingewilligt zugestimmt einverstanden unterschrieben unterzeichnet "
    "genehmigt bestätigt gegeben liegt vorhanden aktiv mündlich schriftlich angemeldet accordé accordée accepté acceptée donné donnée signé signée autorisé "
    "autorisée confirmé confirmée reçu écrit actif inscrit aceptado aceptada acepta concedido concedida otorgado otorgada dado dada firmado firmada autorizado "
    "autorizada autoriza confirmado confirmada recibido activo suscrito escrito aceito aceita concordou assinado assinada recebido ativo inscrito accettato "
    "accettata concesso concessa dato firmato firmata autorizzato autorizzata confermato confermata ricevuto attivo iscritto scritto toegestaan gegeven getekend "
    "ondertekend akkoord bevestigd actief ontvangen aangemeld mondeling schriftelijk wyraził wyraziła udzielona podpisana samtyckt godkänt givet samtykker suostunut annettu souhlasí udělen "
    "podepsáno verildi согласен согласна получено подписано",
    withheld="brak odmowa odmówił odmówiła wycofana wycofano cofnięta nekat återkallat avböjt afslået avslått tilbagetrukket trukket kieltänyt evätty odmítl odmítla "
    "odmítnuto nesouhlasí reddetti reddedildi iptal отказ отказался отказалась отозвано optout disabled deactivated desactivado désactivé deaktiviert desativado disattivato spento expired inactive invalid withdrew withdraws withdrawal missing undeliverable "
    "unreachable landline bounced withheld withhold disagreed disagree disagrees disapproved rescinded rescind rejected rejects reject denies unconsented nonconsent unsub unsubs lapsed "
    "suspended paused ended ends blocklisted complained complaint complains spam dropped terminated voided void deleted hold onhold ineligible barred bars refusal against unsigned "
    "unauthorized unauthorised disallow cancelled canceled discontinued deceased died wrong disconnected outdated stale dead failed fail fails quit "
    "retirado retirada caducado caducada vencido vencida denegado denegada negado negada cancelado cancelada rechazo rehusado expirado suspendido suspendida inactivo retrait retiré retirée "
    "refusée expiré expirée suspendu suspendue inactif périmé négatif annulé negato negata scaduto scaduta ritirato ritirata sospeso sospesa inattivo rifiuta negativo "
    "abgelaufen zurückgezogen verweigert entzogen nein inaktiv ungültig abgelehnt abgemeldet dagegen verlopen ingetrokken geweigerd inactief afgewezen tegen expirada suspenso suspensa "
    "inativo recusada revogada negada",
    not_known="unknown pending asked unset unclear tbd tbc undecided unbekannt inconnu desconocido desconhecido onbekend sconosciuto",
    not_asked="ask be will later requested request awaiting waiting await "
    "outstanding incomplete unverified unconfirmed needed needs need required maybe perhaps possibly expiring unsure attempted declining "
    "ausstehend offen angefragt unklar beantragt vielleicht fehlt attente demandé demandée attesa richiesto richiesta forse pendiente solicitado solicitada espera quizás pendente "
    "aguardando solicitado talvez afwachting aangevraagd misschien",
    beside_granted="same one two three primary personal home imessage vortag un une uno una due trois tre drei zwei dos deux timer a an the to for of and or with w per via by at on from since as is was be has have had would my our his her their your this that it pt pts patient patients client mom mum mother dad father parent "
    "parents guardian self spouse wife husband daughter son family caregiver staff desk front office clinic form forms file filed paper papers chart intake registration portal web website online app kiosk "
    "electronic electronically digital digitally docusign attached see scan scanned copy consent consents permission permissions authorization tcpa hipaa agreement policy terms "
    "sent delivered scheduled booked queued auto automatic automatically automated standard default normal regular express explicit implied full double single always preferred prefers prefer likes "
    "wants want please pls valid current complete completed done check once daily english spanish hour hours hr hrs h min mins minute minutes m day days d week weeks month months half "
    "before prior ahead advance z gmt utc est edt cst cdt mst pst pdt stunde stunden std tag tage minuten woche wochen vorher vor im am der die das und per mit von vom liegt heure heures jour "
    "jours avant le la les par en et de du demi veille horas dia dias día días minutos antes media semana el los por con y ore giorno giorni prima mezz il di da del e uur uren dag dagen voor "
    "het een op met van formulario formulaire formular einwilligung zustimmung einverständnis erlaubnis consentement accord consentimiento autorización consenso autorizzazione modulo "
    "toestemming formulier consentimento autorização formulário",
    rooms="room rm chair operatory op ops suite bay floor office clinic location site building telehealth virtual video zoom teams online sala consultorio "
    "sillón clínica consulta salle cabinet fauteuil clinique visio raum zimmer saal behandlungszimmer praxis stanza studio ambulatorio poltrona clinica "
    "consultório cadeira kamer stoel zaal praktijk behandelkamer",
    about_rooms="the a an in into to our other another different new main north south east west upstairs downstairs st nd rd th no nr la le el il en au de der "
    "die das den otra otro autre anderer anderes anderen altra altro outra outro andere principal",
    titles="dr dra drs doctor doctora doctor mr mrs ms miss prof professor herr frau sr sra dott dottor dottoressa mme mlle docteur nurse hygienist therapist "
    "sig signora arzt ärztin",
    temporal="today tomorrow next week weeks month later earlier morning afternoon evening noon midday midnight night am pm hour hours time day days date until "
    "heute morgen nachmittag vormittag abend nächste woche später uhr mañana tarde noche próxima semana después hora demain matin midi soir prochaine semaine "
    "heure plus tard domani mattina pomeriggio sera prossima settimana dopo ora amanhã manhã noite depois volgende vandaag middag avond uur tbd pending",
    by="e home phone by via per par por through please pls bitte favor contact contacted reach use to the a telephone line number teléfono téléphone "
    "voice kontakt kontaktieren contactar contacter contattare contacteren message messages",
)

# Words of headings that ask of answers, of ways to be reached, of deaths and of things that have a status, too.
ASKED: Final = table(
    things="mychart note notes room rooms chair provider doctor dr therapist practitioner staff employee resource device equipment package packages pass "
    "video zoom telehealth link checkin profile login chart task location branch raum zimmer salle sala stanza kamer arzt médecin médico medico nota "
    "notiz notitie paket paquete paquet pacote pacchetto pakket gerät appareil toestel aufgabe tâche tarea taak",
    reminding="terminerinnerung terminerinnerungen smserinnerung reminder reminders remind reminding notification notifications notify notified erinnerung erinnerungen benachrichtigung benachrichtigungen rappel "
    "rappels recordatorio recordatorios lembrete lembretes herinnering herinneringen promemoria notifiche",
    ways_of_reminders="type typ tipo soort option optie opción opção opzione setting choice medium delivery",
    sending="send sending sent senden enviar envoyer envoi inviare invio sturen",
    ways="way ways forma forme manera manière method methods methode méthode método metodo channel channels canal canale kanal kanaal art weg wijze mode modo modalità moyen medio mezzo meio "
    "via per par por by how",
    replies="reply replies replied response responses answer answers inbound incoming received respuesta respuestas réponse réponses antwort antworten "
    "risposta risposte resposta respostas antwoord antwoorden",
    messages="text texts sms mms message messages msg msgs whatsapp reminder reminders nachricht mensaje mensagem messaggio bericht rappel recordatorio "
    "lembrete",
    # What is sent to people and is no text.
    sent_things="receipt receipts statement statements results report reports copy copies superbill estimate estimates quote quotes letterhead "
    "recibo recibos resultados informe informes extracto extractos presupuesto copia copias justificante comprobante reçu reçus relevé relevés résultats "
    "compte rendu rapport rapports devis copie quittance justificatif règlement quittung quittungen beleg belege befunde ergebnisse kontoauszug bericht "
    "berichte arztbrief kopie kopien bescheinigung kostenvoranschlag zahlungsart zahlungsweise zahlart zahlweise bezahlart ricevuta ricevute risultati "
    "referto referti estratto relazione bon bonnetje kwitantie uitslag uitslagen rapport rapporten verslag afschrift betaalwijze betaalmethode "
    "laudo laudos extrato relatório relatórios orçamento",
    how="modality modalities modalidad modalidade modalität format formato platform plattform plateforme piattaforma plataforma type typ tipo soort medium setting "
    "vorm form forma",
    # What goes one of these ways where it is no text: bookings and visits.
    held="appt appts appointment appointments visit visits booking bookings booked reservation reserved session sessions scheduling scheduled consultation consult "
    "encounter meeting telehealth therapy care cita citas reserva reservas consulta consultas visita visitas sesión sesiones agendado agendada rdv rendez "
    "réservation réservations réservé séance séances consultation visite termin termine buchung buchungen gebucht besuch sitzung sitzungen sprechstunde "
    "appuntamento appuntamenti prenotazione prenotazioni prenotato seduta sedute afspraak afspraken boeking geboekt bezoek consult zitting agendamento "
    "agendamentos marcação sessão sessões atendimento atención intake checkin paid payment",
    how_held="buchungskanal buchungsweg buchungsart terminart terminform termintyp besuchsart besuchsform sitzungsart sitzungsform konsultationsart boekingskanaal "
    "boekingswijze afspraaktype afspraaksoort afspraakvorm consultvorm consulttype bezoekvorm teleconsulta",
    reaching="call calls caller phone telephone alert alerts warning flag flags tag tags reach reached warnung alerte alerta avviso etiqueta étiquette anruf appel "
    "appels llamada llamadas chiamata chiamate ligação bellen kontaktart kontaktweg",
    wished="preference preferences preferred prefers best bevorzugt bevorzugte bevorzugter bevorzugtes gewünscht gewünschte preferido preferida preferencia "
    "préféré préférée préférence preferito preferita preferenza preferência voorkeur voorkeurs",
    labels="tag phone mobile cell contact contacts contacto contatto contato kontakt name names firstname lastname surname nickname nombre apellido apellidos nom "
    "prénom vorname nachname naam voornaam achternaam nome sobrenome cognome client patient",
    another="alt alternate alternative secondary second 2 3 emergency other additional backup alternativo alternativa secundario secundaria otro segundo emergencia "
    "autre secondaire deuxième urgence andere anderer anderes alternativ alternative zweite zweites notfall weitere altro secondario secondo emergenza outro "
    "secundário emergência ander tweede nood alternatief",
    at_home="home work business house office festnetz privat dienstlich geschäftlich casa trabajo oficina domicile travail bureau fixe lavoro trabalho thuis werk",
    phones="phone phones telephone tel number teléfono téléphone telefon telefonnummer nummer telefono telefone telefoon numéro número numero",
    groups="group groups grouping category categories class classes segment segments tier cohort bucket team kind grupo grupos categoría categorías segmento "
    "segmentos clase groupe groupes catégorie catégories segment classe gruppe gruppen kategorie kategorien klasse gruppo gruppi categoria categorie "
    "groep groepen categorie categoria categorias",
    # Alone they ask how the person is reached, or to what the person subscribed.
    communication="communication communications comm comms kommunikation comunicación comunicaciones comunicação comunicações comunicazione comunicazioni communicatie "
    "correspondence korrespondenz correspondance correspondencia correspondência corrispondenza correspondentie",
    subscription="subscription subscriptions suscripción suscripciones abonnement abonnements abo assinatura subscrição inscrição abbonamento iscrizione",
    of_numbers="undeliverable|disconnected|replied stop|answered stop|stop received|stop reply|blocked number|number blocked|phone blocked|blocked phone|phone number blocked|"
    "mobile blocked",
    # Of a number: its telephone, that of a mobile, that it is right, and of what kind it is.
    telephones="phone phones telephone tel telefon telefono teléfono téléphone telefone telefoon rufnummer telefonnummer telefoonnummer phonenumber puhelin телефон",
    mobiles="mobile mobiles cell cellphone smartphone handy handynummer mobil mobilnummer mobiltelefon móvil celular cellulare telemóvel portable mobiel gsm komórka matkapuhelin мобильный",
    bare_numbers="number numbers no num nr nummer número numéro numero numer номер",
    good_numbers="ok okay valid correct right working works good usable reachable textable active gültig richtig korrekt erreichbar stimmt funktioniert valide válido válida "
    "correcto correcta correto correta corretto corretta correct joignable atteignable alcanzable contactable raggiungibile activo activa attivo attiva ativo ativa actif aktiv actief "
    "juist geldig klopt bereikbaar bereikt funciona fonctionne funziona werkt buono bueno bom bon poprawny prawidłowy giltigt gyldigt gyldig platné geçerli верный",
    # Which of several phones somebody prefers, and what those are called that stand somewhere.
    phone_preferred="preferred preference preferences prefers preferido preferida preferencia preferente préféré préférée préférence bevorzugt bevorzugte bevorzugter bevorzugtes "
    "wunschnummer voorkeur voorkeurs voorkeursnummer voorkeurstelefoon preferencial preferência preferito preferita preferenza",
    phone_at_home="home house residence h hm hp hmphone casa domicilio hogar domicile maison privat privatnummer zuhause festnetz thuis privé residencial residência abitazione",
    phone_at_work="work business office job w wk wp wkphone trabajo oficina travail bureau arbeit büro geschäftlich dienstlich werk kantoor trabalho escritório lavoro ufficio",
    # With a question mark: that it is the same as before.
    still_the_number="current same still your aktuell noch actual actuel atual attuale huidig",
    kinds_of_numbers="telefontyp telefonart nummerntyp nummernart rufnummerntyp telefoontype telefoonsoort carrier",
    of_a_kind="type kind typ art tipo soort",
    alone="messaging outreach reminder reminders erinnerung erinnerungen terminerinnerung rappel rappels recordatorio recordatorios lembrete lembretes herinnering herinneringen promemoria notification "
    "notifications remind notify påminnelse påminnelser påmindelse påmindelser muistutus przypomnienie przypomnienia připomínka připomenutí hatırlatma напоминание напоминания смс",
    opting="autorização muted mute litigator désabonné désabonnée désinscrite disiscritto descadastrado uitgeschreven optin optout opt opted unsubscribe unsubscribed unsubscribes subscribed consent "
    "consents consented dnc dnd dnt blacklist blacklisted blocklist suppressed consentement consentimiento consentimento einwilligung toestemming consenso désinscrit permission do stop",
    relatives="spouse father mother husband wife parent partner sibling family son daughter ehemann conjoint",
    visit="appt appts apt appointment visit booking reservation session event termin rdv rendez cita reserva consulta agendamento afspraak appuntamento visita prenotazione turno sesion séance sitzung seduta sessione sessao encounter",
    times="date time datetime day start slot hour datum uhrzeit zeit zeitpunkt tag beginn fecha hora horario día inicio heure horaire jour créneau début data ora "
    "orario giorno inizio dia início horário tijd tijdstip dag vous",
    replaced="replaced superseded ersetzt remplacé remplacée sustituido sustituida reemplazado reemplazada substituído substituída vervangen sostituito sostituita",
    # What a sheet does with its rows: send them, or leave them out.
    sends="send include import senden einschließen enviar incluir importar envoyer inclure inviare includere importare verzenden versturen",
    skips="skip skipped exclude excluded omit omitted paused suppress überspringen ausschließen pausiert omitir omitido excluir excluido pausado exclure exclu "
    "saltare escludere escluso pular excluído overslaan uitsluiten",
    # Alone they ask whether the person is reminded.
    told_alone="erinnern benachrichtigen benachrichtigung benachrichtigungen avisar notificar prévenir notifier avvisare notificare herinneren",
    kinds="type category class list kind group tipo categoría categoria clase lista grupo catégorie liste groupe kategorie klasse gruppe categorie groep",
    waiting="waitlist|waitlisted|wait list|waiting list|on waitlist|on waiting list|lista de espera|en lista de espera|na lista de espera|lista d attesa|"
    "in lista d attesa|liste d attente|en liste d attente|liste attente|warteliste|auf warteliste|auf der warteliste|wachtlijst|op wachtlijst",
    # A day or time that is the right one of two; before the words of a time.
    right="revised corrected correct amended actual final korrigierte korrigiertes korrigierter tatsächliche richtige corrigée corrigé rectifiée",
    # With these, a no tells that there was no answer, or of what it is.
    replied="replied inbound incoming received date time at status type code count rate",
    not_answered="false falso faux falsch f off aus uit onwaar",
    changed="changed switched geändert cambiado cambiada changé changée gewijzigd alterado alterada cambiato cambiata",
    short_flags="left without walked out error entered ns from schedule diary roster agenda dienstplan rooster",
    preferred="best bevorzugt bevorzugter bevorzugte bevorzugtes gewünschte preferido preferida preferito preferita préféré préférée voorkeurs praferenz praeferenz",
    reaching_words="confirmation confirmations recall recalls alert alerts contact contacting contacto contato contatto kontakt comm comms communication communications communicatie kommunikation comunicación comunicação comunicazione",
    # News of this visit, and words that say of them that they are the last.
    news="action actions event events update updates updated change changes changed activity activities result results step steps known of the at date time "
    "disposition aktion ereignis änderung aktivität schritt ergebnis acción cambio actividad actualización evento resultado paso mise à jour événement "
    "changement activité modification étape azione modifica attività aggiornamento passo actie wijziging gebeurtenis stap ação alteração mudança atualização passo",
    last="last letzter letzte dernier dernière último última ultimo ultima laatste ostatnia siste senaste seneste viimeinen poslední последний",
    not_around_on="id in note notes comment comments reason reasons by from of for code type who why when whom 0 1",
    confirmed="confirmation confirmations confirmed confirm bestätigung bestätigt terminbestätigung confirmación confirmada confirmado confirmé confirmée conferma confermato confermata "
    "bevestiging bevestigd confirmação",
    death="death dod tod muerte décès óbito defunción fallecimiento morte mort falecimento overlijden",
)
