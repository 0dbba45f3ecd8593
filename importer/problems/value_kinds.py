"""Kinds of problem: what normalizing cannot read of phones, names, ids, metadata and texts, or read with a remark."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

_PHONES = (
    Kind(
        "phone_invalid",
        "Not a phone number",
        "“{value}” is not a phone number.",
        "{in_column}enter one phone number, such as (415) 555-2671, or +44 7400 123456 for another country. {detail}",
    ),
    Kind(
        "phone_too_short",
        "Phone number too short",
        "“{value}” is too short for a phone number.",
        "{in_column}enter the full number with its area code. {detail}",
    ),
    Kind(
        "phone_too_long",
        "Phone number too long",
        "“{value}” is too long for a phone number.",
        "{in_column}check the digits; the cell must hold one number and nothing else. {detail}",
    ),
    Kind(
        "phone_not_in_use",
        "Phone number not in use",
        "“{value}” has the form of a phone number, but no such number is in use.",
        "{in_column}check the digits, the area code first, or ask the patient. {detail}",
    ),
    Kind(
        "phone_extension",
        "Phone number with an extension",
        "“{value}” has an extension, and a text message cannot reach one.",
        "{in_column}enter a mobile number without an extension. {detail}",
    ),
    Kind(
        "phone_two_numbers",
        "Two phone numbers",
        "“{value}” holds more than one phone number.",
        "{in_column}keep only the number that should get the text message. {detail}",
    ),
    Kind(
        "phone_preferred",
        "Another phone preferred",
        "“{value}”: the person prefers another number than the one that gets the text message.",
        "{in_column}enter the number that should get the text message. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "phone_letters",
        "Phone number with letters",
        "“{value}” has letters in it.",
        "{in_column}enter the number in digits, without words.",
    ),
    Kind(
        "phone_damaged",
        "Phone number damaged by a spreadsheet",
        "“{value}” is a phone number that a spreadsheet turned into a calculation; digits were lost.",
        "{in_column}format the cells as text and enter the number again, or export the sheet again from its source.",
    ),
    Kind(
        "phone_unassigned",
        "Phone number not in use, allowed",
        "“{value}” is not a number in use; the profile allows it.",
        "Check the number if the patient gets no text.",
        Severity.WARNING,
    ),
    Kind(
        "phone_country",
        "Phone number from another country",
        "“{value}” is a number outside the United States, Canada and the United Kingdom ({detail}).",
        "Check that your account may text this country.",
        Severity.WARNING,
    ),
    Kind(
        "phone_toll_free",
        "Toll-free number",
        "“{value}” is a toll-free number; these rarely get text messages.",
        "Ask the patient for a mobile number.",
        Severity.WARNING,
    ),
    Kind(
        "phone_premium",
        "Premium-rate number",
        "“{value}” is a premium-rate or shared-cost number; these rarely get text messages.",
        "Ask the patient for a mobile number.",
        Severity.WARNING,
    ),
    Kind(
        "phone_landline",
        "Landline number",
        "“{value}” is not a mobile number; landlines rarely get text messages.",
        "Ask the patient for a mobile number.",
        Severity.WARNING,
    ),
)

_DOUBTFUL_PHONES = (
    Kind(
        "country_code_unreadable",
        "Not a calling code",
        "“{value}” is not the calling code of a country.",
        "{in_column}enter the code with its plus, such as +1 or +44, or leave the cell blank.",
    ),
    Kind(
        "country_code_contradicts",
        "Phone and calling code do not fit",
        "“{value}” is not a phone number of the calling code {detail} beside it.",
        "Correct the number or the code; a number that begins with + needs no code.",
    ),
    Kind(
        "country_code_ambiguous",
        "Phone that can be read as two numbers",
        "“{value}” can be read as two phone numbers: {detail}.",
        "{in_column}enter the number with + and its calling code, such as +44 7400 123456.",
    ),
    Kind(
        "country_code_not_used",
        "Calling code in a column that is ignored",
        "“{value}” looks like the country or calling code of the phone, and its column is ignored. The column: {detail}.",
        "Enter the phone with its + and calling code, or add the column to the profile under columns: "
        'as "countryCode" if it belongs to the phone, as "" to leave it out.',
    ),
)

_NAMES = (
    Kind(
        "read_as_blank",
        "Word instead of a value",
        "“{value}” stands for “no value”; the cell was read as blank.",
        "{in_column}leave the cell blank, or enter the value.",
        Severity.WARNING,
    ),
    Kind(
        "id_zero",
        "Appointment number of zeros",
        "“{value}” is most likely a placeholder: different appointments would count as one.",
        "{in_column}enter the appointment's own number, or leave the cell blank.",
    ),
    Kind(
        "name_placeholder",
        "Word instead of a name",
        "“{value}” is no name, and a message may greet the person with it.",
        "{in_column}leave the cell blank if there is no name.",
        Severity.WARNING,
    ),
    Kind(
        "name_not_split",
        "First and last name not certain",
        "“{value}” does not show which part is the first name, so the name is not sent.",
        '{in_column}enter it as "Last, First", or set name_order in the profile: "first last" or "last first".',
        Severity.WARNING,
    ),
)

_METADATA = (
    Kind(
        "metadata_not_json",
        "Metadata is no JSON object",
        "“{value}” is not a JSON object of names and values: {detail}.",
        '{in_column}enter it as {{"eventLocation": "New York"}}, or use a column metadata.eventLocation.',
    ),
    Kind(
        "metadata_nested",
        "Nested metadata",
        "The value of “{detail}” in the metadata is a list or an object.",
        "{in_column}enter plain values only: texts, numbers, true or false.",
    ),
    Kind(
        "metadata_twice",
        "Metadata name given twice",
        "The metadata gives “{detail}” twice.",
        "{in_column}keep one of the two.",
    ),
    Kind(
        "metadata_contradicts",
        "Contradictory metadata",
        "The JSON and the column metadata.{detail} give two different values.",
        "Keep one of the two, or make them agree.",
    ),
    Kind(
        "metadata_name",
        "Metadata name not usable",
        "“{detail}” cannot be the name of a metadata value.",
        "Use the macro's name exactly as in the message, without braces.",
    ),
    Kind(
        "metadata_braces",
        "Braces in metadata",
        "“{value}” has a brace in it; a message with one may be dropped without notice.",
        "{in_column}leave out {{ and }}.",
    ),
    Kind(
        "metadata_odd_character",
        "Control character in metadata",
        "“{value}” holds a line break or another character that a text message cannot show ({detail}).",
        "{in_column}enter the text again on one line.",
    ),
    Kind(
        "metadata_too_long",
        "Metadata too long",
        "A metadata value has {detail} characters; more than a text message can hold.",
        "{in_column}shorten the text to what the message should say.",
    ),
    Kind(
        "metadata_long",
        "Long metadata",
        "A metadata value has {detail} characters; the message may go out in several parts.",
        "{in_column}shorten the text if you can.",
        Severity.WARNING,
    ),
)

_IDENTITIES = (
    Kind(
        "action_blank",
        "Action missing",
        "The row does not say what to do.",
        "{in_column}enter create, update, cancel, no_show or upsert.",
    ),
    Kind(
        "action_unknown",
        "Unknown action",
        "“{value}” is not an action.",
        "{in_column}enter create, update, cancel, no_show or upsert, or say in importer.toml under [profile.NAME.values.action] what the "
        'word means, such as "{value}" = "cancel" (or "none" for no request).',
    ),
    Kind(
        "status_not_used",
        "The sheet says that the appointment is cancelled",
        "{column}: “{value}” says that the appointment is cancelled, moved, missed or on hold. No setting says what to do.",
        "If the appointment takes place, say so in the sheet or the profile; if not, delete the row. {detail}",
    ),
    Kind(
        "colours_tell",
        "Colours tell which visits are off",
        "{column}: “{value}” says that colours tell which appointments take place. Colours are not read.",
        "Write what the colours mean into a column Status, cancelled for instance; then delete that line.",
    ),
    Kind(
        "headings_grouped",
        "Headings in two rows",
        "{column}: “{value}” above the headings says whose they are. Two rows of headings are not read together.",
        "Write one row of headings, each with its own words, such as Doctor phone and Patient phone; then delete the row above it.",
    ),
    Kind(
        "headings_change",
        "Other headings within the sheet",
        "{column}: “{value}” are headings again, others than the table's or in another order. This row stands below them.",
        "Put each table into a sheet or a file of its own.",
    ),
    Kind(
        "repeats_above",
        "The cell only says: as above",
        "{column}: “{value}” repeats a cell above it. Each row is read by itself.",
        "Write the value itself into the cell. {detail}",
    ),
    Kind(
        "consent_refused",
        "The sheet says that the person may not be texted",
        "{column}: “{value}” says that this person may not be texted.",
        "Delete the row, or correct the cell if the person may be texted. {detail}",
    ),
    Kind(
        "reminded_already",
        "The sheet says that the person was reminded",
        "{column}: “{value}” says that this person was reminded. Nobody is texted twice.",
        "Delete the row, or clear the cell if the person is to be reminded again. {detail}",
    ),
    Kind(
        "consent_unclear",
        "Consent to texts unclear",
        "{column}: “{value}” may say that this person does not want texts.",
        "Check whether this person may be texted. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "status_in_notes",
        "A note speaks of a cancellation",
        "{column}: “{value}” may say that the appointment is cancelled.",
        "Read the note. If the appointment is cancelled, delete the row. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "status_word_unknown",
        "Unknown word in a status column",
        "{column}: “{value}” is not a known word. Its rows are sent as if the appointment takes place.",
        "If the word means that an appointment is cancelled, say so in the profile. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "id_damaged",
        "Appointment number damaged by a spreadsheet",
        "“{value}” is an appointment number that a spreadsheet turned into a calculation or a date; what was typed is lost.",
        "{in_column}format the cells as text and enter the number again, or export the sheet again from its source.",
    ),
    Kind(
        "id_odd_character",
        "Invisible character in the appointment number",
        "“{value}” holds a character that cannot be seen ({detail}).",
        "{in_column}enter the number again.",
    ),
    Kind(
        "id_too_long",
        "Appointment number too long",
        "The appointment number has {detail} characters.",
        "{in_column}use at most 255 characters, and check that it is the right column.",
    ),
    Kind(
        "id_decimal_dropped",
        "Appointment number with a decimal point",
        "“{value}” was read as {detail}: a program had made a decimal of the number.",
        "{in_column}format the cells as text.",
        Severity.WARNING,
    ),
    Kind(
        "uuid_unreadable",
        "Not a reminder uuid",
        "“{value}” is not a reminder's uuid, which has only letters, digits and dashes.",
        "Copy the uuid from the report of the run that created the reminder, or leave the cell blank.",
    ),
    Kind(
        "event_type_unknown",
        "Unknown appointment type",
        "“{value}” is neither an appointment type of the profile nor a uuid.",
        "{in_column}correct the name, or add its uuid to the profile under event_types. {detail}",
    ),
    Kind(
        "location_unknown",
        "Unknown location",
        "“{value}” is not a location of the profile.",
        "{in_column}correct the name, or add the location to the profile. {detail}",
    ),
)

_TEXTS = (
    Kind(
        "flag_unreadable",
        "Neither yes nor no",
        "“{value}” is neither true nor false.",
        "{in_column}enter true or false.",
    ),
    Kind(
        "email_unreadable",
        "Not an e-mail address",
        "“{value}” is not an e-mail address.",
        "{in_column}enter one address such as ana@example.com, or leave the cell blank.",
    ),
    Kind(
        "text_too_long",
        "Text too long",
        "The cell has {detail} characters.",
        "{in_column}shorten it to 255 characters at most, and check that it is the right column.",
    ),
    Kind(
        "text_odd_character",
        "Control character in a text",
        "“{value}” holds a line break or another character that is not text ({detail}).",
        "{in_column}enter the text again on one line.",
    ),
)

KINDS: tuple[Kind, ...] = (*_PHONES, *_DOUBTFUL_PHONES, *_NAMES, *_METADATA, *_IDENTITIES, *_TEXTS)
