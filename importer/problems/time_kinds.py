"""Kinds of problem: what normalizing cannot read of zones, starts and durations, or could read as more than one."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

_ZONES = (
    Kind(
        "zone_unknown",
        "Unknown time zone",
        "“{value}” is not the name of a time zone.",
        "{in_column}enter an IANA name such as America/New_York, or add this name to the profile under zones. {detail}",
    ),
    Kind(
        "zone_offset",
        "Offset instead of a time zone",
        "“{value}” is a UTC offset, not a time zone; it does not say when clocks change.",
        "{in_column}enter the name of the zone, such as America/New_York.",
    ),
    Kind(
        "zone_ambiguous",
        "Ambiguous time zone",
        "“{value}” can mean more than one time zone.",
        "{in_column}enter {detail}, or add the name to the profile under zones.",
    ),
    Kind(
        "zone_contradicts",
        "Contradictory time zone",
        "“{value}” names {detail} and a UTC offset that this zone does not have.",
        "{in_column}enter {detail}, or the zone that is meant.",
    ),
    Kind(
        "zone_abbreviation",
        "Abbreviated time zone",
        "“{value}” was read as {detail}, whose clocks follow daylight saving time where the place does.",
        "{in_column}enter {detail} if that is meant, else another name.",
        Severity.WARNING,
    ),
    Kind(
        "zone_of_state",
        "State in another time zone",
        "The clocks in “{value}” show another time than those of {detail}, in which the start is read.",
        'Check the time if the patient is there at the visit, by video or phone. To ignore the column, name it in the profile under columns, as "".',
        Severity.WARNING,
    ),
    Kind(
        "zone_fixed",
        "Fixed-offset time zone",
        "“{value}” ({detail}) has the same UTC offset all year and never changes to daylight saving time.",
        "{in_column}enter the zone of the place, such as America/New_York, unless the fixed offset is meant.",
        Severity.WARNING,
    ),
)

_DURATIONS = (
    Kind(
        "duration_unreadable",
        "Duration not readable",
        "“{value}” is not a length of time that can be read with certainty.",
        "{in_column}enter it as PT3H (3 hours), PT90M (90 minutes) or P1D (24 hours), or in words: 90 min, 2 hours.",
    ),
    Kind(
        "duration_unit",
        "Duration without a unit",
        "“{value}” does not say whether it means minutes, hours or days.",
        "{in_column}enter the unit (90 min, 2 hours, PT3H), or name it in the profile as duration_unit.",
    ),
    Kind(
        "duration_calendar",
        "Duration in months or years",
        "“{value}” counts months or years, which have no fixed length; in P1M the M is a month, in PT1M a minute.",
        "{in_column}enter days, hours or minutes: P30D, PT3H, PT90M.",
    ),
    Kind(
        "duration_negative",
        "Negative duration",
        "“{value}” is negative.",
        "{in_column}leave out the minus: the column itself says before or after the start.",
    ),
    Kind(
        "duration_zero",
        "Duration of zero",
        "“{value}” is no time at all.",
        "{in_column}enter a length of time, such as PT3H, or leave the cell blank.",
    ),
    Kind(
        "duration_fraction",
        "Duration below the second",
        "“{value}” is not a whole number of seconds.",
        "{in_column}round it to seconds, or better to minutes.",
    ),
    Kind(
        "duration_too_long",
        "Duration too long",
        "“{value}” is longer than ten years.",
        "{in_column}check the number and its unit.",
    ),
    Kind(
        "duration_long",
        "Long duration",
        "“{value}” is longer than 30 days.",
        "{in_column}check the number and its unit.",
        Severity.WARNING,
    ),
)

_STARTS = (
    Kind(
        "start_unreadable",
        "Start not readable",
        "“{value}” is not a date and time that can be read with certainty.",
        "{in_column}enter it as 2027-03-04T14:30:00 or 2027-03-04 14:30.",
    ),
    Kind(
        "start_contradicts",
        "Contradictory start",
        "The row says more than one thing about its start: “{value}”, but {detail}.",
        'Make the columns agree, or leave one of them blank. To ignore a column, name it in the profile under columns, as "".',
    ),
    Kind(
        "zone_above_contradicts",
        "Another time zone above the headings",
        "“{value}” stands above the headings, in {detail}.",
        "Correct that line or the time zone in the profile, or name each row's time zone in a column.",
    ),
    Kind(
        "half_above_contradicts",
        "Another half of the day above the row",
        "“{value}” stands below a line that says {detail}, and does not say whether it is AM or PM.",
        "{in_column}enter the time with AM or PM, such as 7:30 PM, or as 19:30 (in a workbook, format the cell as text first).",
    ),
    Kind(
        "date_unreadable",
        "No such date",
        "“{value}” names a day that is not in the calendar, or a month that is not known.",
        "{in_column}check day, month and year; enter them as 2027-03-04.",
    ),
    Kind(
        "date_ambiguous",
        "Day or month first?",
        "“{value}” can be read with the day first or with the month first.",
        "{in_column}enter the date as 2027-03-04, or declare date_order (dmy, mdy or ymd) in the profile.",
    ),
    Kind(
        "date_order",
        "Date against the declared order",
        "“{value}” is not a date in the order {detail} that holds for this column.",
        "{in_column}enter the date in that order or as 2027-03-04; check that all dates of the sheet are meant in one order.",
    ),
    Kind(
        "date_swapped",
        "Day and month swapped?",
        "“{value}” may have its day and month swapped by a spreadsheet program: the other dates of the column are texts, each with a day over 12.",
        "{in_column}check the date, and enter it with the month in words, such as 4 March 2027 (in a workbook, format the cell as text first). "
        "If the date cells of the column are right, enter its other dates as 2027-03-19 too.",
    ),
    Kind(
        "date_two_digit_year",
        "Year of two digits",
        "“{value}” has a year of two digits.",
        "{in_column}enter the year with four digits, or set two_digit_years in the profile if 27 always means 2027.",
    ),
    Kind(
        "date_weekday",
        "Weekday does not fit",
        "“{value}” names a weekday, but that date is a {detail}.",
        '{in_column}correct the date or the weekday. To ignore a column of weekdays, name it in the profile under columns, as "".',
    ),
    Kind(
        "second_visit",
        "Second visit in a row",
        "“{value}” is another visit in the same row. Only the first visit of a row is sent: nobody is reminded of this one.",
        'Put each visit into a row of its own. To ignore {detail}, name it in the profile under columns, as "".',
        Severity.WARNING,
    ),
    Kind(
        "date_missing",
        "Date missing",
        "“{value}” is a time of day without a date.",
        "{in_column}enter the date too: 2027-03-04T14:30:00.",
    ),
    Kind(
        "time_missing",
        "Time of day missing",
        "“{value}” is a date without a time of day.",
        "{in_column}enter the time, such as 14:30; in a column of date and time as 2027-03-04T14:30:00. {detail}",
    ),
    Kind(
        "time_unreadable",
        "Time of day not readable",
        "The time of day in “{value}” cannot be read with certainty.",
        "{in_column}enter the time with a colon, such as 9:00, 14:00 or 2:30 PM. {detail}",
    ),
    Kind(
        "time_24",
        "24:00",
        "“{value}” says 24:00, which may mean the start or the end of the day.",
        "{in_column}enter 00:00 with the date of the day that then begins.",
    ),
    Kind(
        "time_fraction",
        "Time below the second",
        "“{value}” has parts of a second.",
        "{in_column}round the time to seconds.",
    ),
    Kind(
        "time_midnight",
        "Date cell without a time of day",
        "“{value}” is a spreadsheet's number for a day, read as midnight, 00:00.",
        "{in_column}enter the time of day too, unless midnight is meant.",
        Severity.WARNING,
    ),
    Kind(
        "serial_out_of_range",
        "Number is no date",
        "“{value}” is a bare number, and as a spreadsheet's date it makes no sense.",
        "{in_column}format the cell as a date and time, or enter it as 2027-03-04T14:30:00.",
    ),
    Kind(
        "serial_rounded",
        "Date number rounded off",
        "“{value}” is a spreadsheet's date with too few digits to tell the time.",
        "{in_column}format the cell as a date and time, or enter it as 2027-03-04T14:30:00.",
    ),
    Kind(
        "offset_converted",
        "Start converted to the row's zone",
        "“{value}” has a UTC offset; it was converted to {detail}.",
        "{in_column}check the time; to be sure, enter local time without an offset.",
        Severity.WARNING,
    ),
    Kind(
        "offset_without_zone",
        "Start with an offset, but no time zone",
        "“{value}” has a UTC offset, but the row's time zone is not known.",
        "Fill in the time zone with a name such as America/New_York.",
    ),
)

_RANGES = (
    Kind(
        "time_range",
        "Time range without a clear start",
        "“{value}” is a range of times, and its start is not certain.",
        "{in_column}enter the start alone, such as 9:00 or 2:00 PM.",
    ),
    Kind(
        "offset_apart",
        "UTC offset in one of two cells",
        "“{value}” has a UTC offset in one cell and the other half of the start in another, so the moment is not certain.",
        "Enter the local date and the local time without an offset, such as 2027-03-04 and 14:30.",
    ),
)

KINDS: tuple[Kind, ...] = (*_ZONES, *_DURATIONS, *_STARTS, *_RANGES)
