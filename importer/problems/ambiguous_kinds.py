"""Kinds of problem: values that could mean more than one thing, and what only looks like a value."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

_TIMES = (
    Kind(
        "time_range",
        "Time range without a clear start",
        "“{value}” is a range of times, and its start is not certain.",
        "Write the start alone, such as 9:00 or 2:00 PM.",
    ),
    Kind(
        "offset_apart",
        "UTC offset in one of two cells",
        "“{value}” has a UTC offset in one cell and the other half of the start in another, so the moment is not certain.",
        "Write the local date and the local time without an offset, such as 2027-03-04 and 14:30.",
    ),
)

_PHONES = (
    Kind(
        "country_code_unreadable",
        "Not a calling code",
        "“{value}” is not the calling code of a country.",
        "Write the code with its plus, such as +1 or +44, or leave the cell blank.",
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
        "“{value}” can be read as two phone numbers with the country beside it: {detail}.",
        "Write the number with + and its calling code, such as +44 7400 123456.",
    ),
    Kind(
        "country_code_not_used",
        "Calling code in a column that is ignored",
        "“{value}” looks like the calling code of the phone, and its column is ignored. The column: {detail}.",
        'Add the column to the profile under columns: as "countryCode" if it belongs to the phone, as "" to leave it out.',
    ),
)

_NAMES = (
    Kind(
        "read_as_blank",
        "Word instead of a value",
        "“{value}” stands for “no value”; the cell was read as blank.",
        "Leave the cell blank, or enter the value.",
        Severity.WARNING,
    ),
    Kind(
        "id_zero",
        "Appointment number of zeros",
        "“{value}” is most likely a placeholder: different appointments would count as one.",
        "Enter the appointment's own number, or leave the cell blank.",
    ),
    Kind(
        "name_placeholder",
        "Word instead of a name",
        "“{value}” looks like a word for “no name”, and a message may greet the person with it.",
        "Leave the cell blank if there is no name.",
        Severity.WARNING,
    ),
    Kind(
        "name_not_split",
        "First and last name not certain",
        "“{value}” does not show which part is the first name, so the name is not sent.",
        'Write it as "Last, First", or set name_order in the profile: "first last" or "last first".',
        Severity.WARNING,
    ),
)

KINDS: tuple[Kind, ...] = (*_TIMES, *_PHONES, *_NAMES)
