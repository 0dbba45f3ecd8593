"""Kinds of problem: what normalizing cannot read, and what it read with a remark."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

_PHONES = (
    Kind(
        "phone_invalid",
        "Not a phone number",
        "“{value}” is not a phone number.",
        "Write one phone number, such as (415) 555-2671, or +44 7400 123456 for another country. {detail}",
    ),
    Kind(
        "phone_too_short",
        "Phone number too short",
        "“{value}” has too few digits for a phone number.",
        "Write the whole number with its area code. {detail}",
    ),
    Kind(
        "phone_too_long",
        "Phone number too long",
        "“{value}” has too many digits for a phone number.",
        "Check the digits; the cell must hold one number and nothing else. {detail}",
    ),
    Kind(
        "phone_not_in_use",
        "Phone number not in use",
        "“{value}” has the form of a phone number, but no such numbers are given out.",
        "Check the digits, above all the area code; ask the customer. {detail}",
    ),
    Kind(
        "phone_extension",
        "Phone number with an extension",
        "“{value}” has an extension, and a text message cannot reach one.",
        "Write a mobile number without an extension.",
    ),
    Kind(
        "phone_two_numbers",
        "Two phone numbers in one cell",
        "“{value}” holds more than one phone number.",
        "Leave the one number in the cell that should get the text message.",
    ),
    Kind(
        "phone_letters",
        "Phone number with letters",
        "“{value}” has letters in it.",
        "Write the number in digits and leave out any words.",
    ),
    Kind(
        "phone_damaged",
        "Phone number damaged by a spreadsheet",
        "“{value}” is a phone number that a spreadsheet turned into a calculation; digits were lost.",
        "Format the column as text and type the number again, or export the sheet once more from its source.",
    ),
    Kind(
        "phone_unassigned",
        "Phone number not in use, let pass",
        "“{value}” is not a number that is given out; the profile lets it pass.",
        "Check the number if the customer gets no text.",
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
        "“{value}” is a toll-free number; these seldom get text messages.",
        "Ask the customer for a mobile number.",
        Severity.WARNING,
    ),
    Kind(
        "phone_premium",
        "Premium-rate number",
        "“{value}” is a premium-rate or shared-cost number; these seldom get text messages.",
        "Ask the customer for a mobile number.",
        Severity.WARNING,
    ),
    Kind(
        "phone_landline",
        "Landline number",
        "“{value}” is not a mobile number; landlines seldom get text messages.",
        "Ask the customer for a mobile number.",
        Severity.WARNING,
    ),
)

_ZONES = (
    Kind(
        "zone_unknown",
        "Unknown time zone",
        "“{value}” is not the name of a time zone.",
        "Write an IANA name such as America/New_York, or teach the profile this name under zones. {detail}",
    ),
    Kind(
        "zone_offset",
        "Offset instead of a time zone",
        "“{value}” is a distance from UTC, not a time zone; it cannot tell when clocks change.",
        "Write the name of the place's zone, such as America/New_York.",
    ),
    Kind(
        "zone_ambiguous",
        "Time zone with two meanings",
        "“{value}” can mean more than one time zone.",
        "Write {detail}, or settle it in the profile under zones.",
    ),
    Kind(
        "zone_contradicts",
        "Contradictory time zone",
        "“{value}” names {detail} and a distance from UTC that this zone does not have.",
        "Write {detail}, or the zone that is meant.",
    ),
    Kind(
        "zone_abbreviation",
        "Abbreviated time zone",
        "“{value}” was read as {detail}, whose clocks follow daylight saving time where the place does.",
        "Write {detail} if that is meant, and another name if it is not.",
        Severity.WARNING,
    ),
    Kind(
        "zone_fixed",
        "Time zone without a place",
        "“{value}” ({detail}) is the same distance from UTC all year and follows no place's clocks.",
        "Write the zone of the place, such as America/New_York, unless the fixed distance is meant.",
        Severity.WARNING,
    ),
)

_DURATIONS = (
    Kind(
        "duration_unreadable",
        "Duration not readable",
        "“{value}” is not a length of time that can be read with certainty.",
        "Write it as PT3H (3 hours), PT90M (90 minutes) or P1D (24 hours), or in words: 90 min, 2 hours.",
    ),
    Kind(
        "duration_unit",
        "Duration without a unit",
        "“{value}” does not say whether it means minutes, hours or days.",
        "Write the unit (90 min, 2 hours, PT3H), or name it in the profile as duration_unit.",
    ),
    Kind(
        "duration_calendar",
        "Duration in months or years",
        "“{value}” counts months or years, which have no fixed length; in P1M the M is a month, in PT1M a minute.",
        "Write days, hours or minutes: P30D, PT3H, PT90M.",
    ),
    Kind(
        "duration_negative",
        "Negative duration",
        "“{value}” is negative.",
        "Leave out the minus: before or after the start follows from the column.",
    ),
    Kind(
        "duration_zero",
        "Duration of zero",
        "“{value}” is no time at all.",
        "Write a length of time, such as PT3H, or leave the cell blank.",
    ),
    Kind(
        "duration_fraction",
        "Duration below the second",
        "“{value}” is not a whole number of seconds.",
        "Round it to seconds, or better to minutes.",
    ),
    Kind(
        "duration_too_long",
        "Duration too long",
        "“{value}” is longer than ten years.",
        "Check the number and its unit.",
    ),
    Kind(
        "duration_long",
        "Long duration",
        "“{value}” is longer than 30 days.",
        "Check the number and its unit.",
        Severity.WARNING,
    ),
)

_STARTS = (
    Kind(
        "start_unreadable",
        "Start not readable",
        "“{value}” is not a date and time that can be read with certainty.",
        "Write it as 2027-03-04T14:30:00 or 2027-03-04 14:30.",
    ),
    Kind(
        "start_contradicts",
        "Contradictory start",
        "The row says more than one thing about its start: “{value}”, but {detail}.",
        "Make the date and time columns agree, or leave one of them blank.",
    ),
    Kind(
        "date_unreadable",
        "No such date",
        "“{value}” names a day that is not in the calendar, or a month that is not known.",
        "Check the day, month and year; write them as 2027-03-04.",
    ),
    Kind(
        "date_ambiguous",
        "Day or month first?",
        "“{value}” can be read with the day first or with the month first.",
        "Write the date as 2027-03-04, or declare date_order (dmy, mdy or ymd) in the profile.",
    ),
    Kind(
        "date_order",
        "Date against the declared order",
        "“{value}” is not a date in the order {detail} that holds for this column.",
        "Write the date in that order or as 2027-03-04; check that all dates of the sheet are meant in one order.",
    ),
    Kind(
        "date_two_digit_year",
        "Year of two digits",
        "“{value}” has a year of two digits.",
        "Write the year with four digits, or set two_digit_years in the profile if 27 always means 2027.",
    ),
    Kind(
        "date_weekday",
        "Weekday does not fit",
        "“{value}” names a weekday, but that date is a {detail}.",
        "Correct the date or the weekday.",
    ),
    Kind(
        "date_missing",
        "Date missing",
        "“{value}” is a time of day without a date.",
        "Write the date too: 2027-03-04T14:30:00.",
    ),
    Kind(
        "time_missing",
        "Time of day missing",
        "“{value}” is a date without a time of day.",
        "Write the time too: 2027-03-04T14:30:00, or fill in the time column.",
    ),
    Kind(
        "time_unreadable",
        "Time of day not readable",
        "The time of day in “{value}” cannot be read with certainty.",
        "Write the time with a colon, such as 9:00, 14:00 or 2:30 PM. {detail}",
    ),
    Kind(
        "time_24",
        "24:00",
        "“{value}” says 24:00, which may mean the start or the end of the day.",
        "Write 00:00 with the date of the day that then begins.",
    ),
    Kind(
        "time_fraction",
        "Time below the second",
        "“{value}” has parts of a second.",
        "Round the time to seconds.",
    ),
    Kind(
        "time_midnight",
        "Date cell without a time of day",
        "“{value}” is a spreadsheet's number for a day, read as midnight, 00:00.",
        "Write the time of day too, unless midnight is meant.",
        Severity.WARNING,
    ),
    Kind(
        "serial_out_of_range",
        "Number is no date",
        "“{value}” is a bare number, and as a spreadsheet's date it makes no sense.",
        "Format the cell as a date and time, or write it as 2027-03-04T14:30:00.",
    ),
    Kind(
        "serial_rounded",
        "Date number rounded off",
        "“{value}” is a spreadsheet's date with too few digits to tell the time.",
        "Format the cell as a date and time, or write it as 2027-03-04T14:30:00.",
    ),
    Kind(
        "offset_converted",
        "Start converted to the row's zone",
        "“{value}” states its distance from UTC; it was converted to {detail}.",
        "Check the time; write local time without a distance from UTC to be sure.",
        Severity.WARNING,
    ),
    Kind(
        "offset_without_zone",
        "Start with an offset, but no time zone",
        "“{value}” states its distance from UTC, but the row's time zone is not known.",
        "Fill in the time zone with a name such as America/New_York.",
    ),
)

_METADATA = (
    Kind(
        "metadata_not_json",
        "Metadata is no JSON object",
        "“{value}” is not a JSON object of names and values: {detail}.",
        'Write it as {{"eventLocation": "New York"}}, or use a column metadata.eventLocation.',
    ),
    Kind(
        "metadata_nested",
        "Nested metadata",
        "The value of “{detail}” in the metadata is a list or an object.",
        "Write plain values only: texts, numbers, true or false.",
    ),
    Kind(
        "metadata_twice",
        "Metadata name stands twice",
        "The metadata gives “{detail}” twice.",
        "Leave one of the two.",
    ),
    Kind(
        "metadata_contradicts",
        "Contradictory metadata",
        "The JSON and the column metadata.{detail} give two different values.",
        "Leave one of the two, or make them agree.",
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
        "“{value}” has a brace in it; a message with one may be dropped without a word.",
        "Leave out {{ and }}.",
    ),
    Kind(
        "metadata_odd_character",
        "Control character in metadata",
        "“{value}” holds a line break or another character that a text message cannot show ({detail}).",
        "Type the text again on one line.",
    ),
    Kind(
        "metadata_too_long",
        "Metadata too long",
        "A metadata value has {detail} characters; no text message carries so many.",
        "Shorten the text to what should stand in the message.",
    ),
    Kind(
        "metadata_long",
        "Long metadata",
        "A metadata value has {detail} characters; the message may go out in several parts.",
        "Shorten the text if you can.",
        Severity.WARNING,
    ),
)

_IDENTITIES = (
    Kind(
        "action_blank",
        "Action missing",
        "The row does not say what to do.",
        "Write create, update, cancel, no_show or upsert.",
    ),
    Kind(
        "action_unknown",
        "Unknown action",
        "“{value}” is not an action.",
        "Write create, update, cancel, no_show or upsert, or say in importer.toml under [profile.NAME.values.action] what the "
        'word means, such as "{value}" = "cancel" (or "none" for no request).',
    ),
    Kind(
        "status_not_used",
        "The sheet says that the appointment is off",
        "{column}: “{value}” says that the appointment is cancelled, was missed or is on hold. No setting says what to do.",
        "If the appointment takes place, say so in the sheet or the profile; if not, delete the row. {detail}",
    ),
    Kind(
        "consent_refused",
        "The sheet says that the person may not be texted",
        "{column}: “{value}” says that this person may not be texted.",
        "Delete the row, or correct the cell if the person may be texted. {detail}",
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
        "{column}: “{value}” may say that the appointment is off.",
        "Read the note; if the appointment is off, delete the row. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "status_word_unknown",
        "Unknown word in a status column",
        "{column}: “{value}” is not known. Its rows are sent as if the appointment takes place.",
        "If the word means that an appointment is off, say so in the profile. {detail}",
        Severity.WARNING,
    ),
    Kind(
        "id_damaged",
        "Appointment number damaged by a spreadsheet",
        "“{value}” is an appointment number that a spreadsheet turned into a calculation; digits were lost.",
        "Format the column as text and type the number again, or export the sheet once more from its source.",
    ),
    Kind(
        "id_odd_character",
        "Invisible character in the appointment number",
        "“{value}” holds a character that cannot be seen ({detail}).",
        "Type the number again.",
    ),
    Kind(
        "id_too_long",
        "Appointment number too long",
        "The appointment number has {detail} characters.",
        "Use at most 255 characters; check that the right column was taken.",
    ),
    Kind(
        "id_decimal_dropped",
        "Appointment number with a decimal point",
        "“{value}” was read as {detail}: a program had made a decimal of the number.",
        "Format the column as text.",
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
        "Correct the name, or give its uuid in the profile under event_types. {detail}",
    ),
    Kind(
        "location_unknown",
        "Unknown location",
        "“{value}” is not a location of the profile.",
        "Correct the name, or add the location to the profile. {detail}",
    ),
)

_TEXTS = (
    Kind(
        "flag_unreadable",
        "Neither yes nor no",
        "“{value}” is neither true nor false.",
        "Write true or false.",
    ),
    Kind(
        "email_unreadable",
        "Not an e-mail address",
        "“{value}” is not an e-mail address.",
        "Write one address such as ana@example.com, or leave the cell blank.",
    ),
    Kind(
        "text_too_long",
        "Text too long",
        "The cell has {detail} characters.",
        "Shorten it to 255 characters at most; check that the right column was taken.",
    ),
    Kind(
        "text_odd_character",
        "Control character in a text",
        "“{value}” holds a line break or another character that is not text ({detail}).",
        "Type the text again on one line.",
    ),
)

KINDS: tuple[Kind, ...] = (*_PHONES, *_ZONES, *_DURATIONS, *_STARTS, *_METADATA, *_IDENTITIES, *_TEXTS)
