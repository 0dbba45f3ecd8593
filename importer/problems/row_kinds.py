"""Kinds of problem: what checking finds wrong with a row as a whole: missing values, rules of time."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

KINDS: tuple[Kind, ...] = (
    Kind(
        code="row_empty",
        title="Row without an appointment",
        message="The row has no appointment: all columns that are used are blank.",
        fix="Delete the row, or fill it in.",
    ),
    Kind(
        code="value_missing",
        title="Value missing",
        message="Blank, but a new appointment needs a value.",
        fix="{in_column}fill in the value.",
    ),
    Kind(
        code="identity_missing",
        title="Appointment not identified",
        message="Blank, and the row has no uuid, so nothing says which appointment is meant.",
        fix="{in_column}fill in the value of the row that booked the appointment; or add the reminder's uuid.",
    ),
    Kind(
        code="external_id_missing",
        title="Appointment number missing",
        message="Blank. Without a number the same appointment could be booked twice.",
        fix="{in_column}fill in the appointment's number, or set derive_external_ids = true in the profile.",
    ),
    Kind(
        code="start_never",
        title="Nonexistent time (clock change)",
        message="“{value}” does not exist in {detail}.",
        fix="{in_column}enter the real time, before or after the change.",
    ),
    Kind(
        code="start_twice",
        title="Ambiguous time (clock change)",
        message="“{value}” happens twice in {detail}: clocks are put back that night, and the API cannot be told which is meant.",
        fix="Make sure that the reminder may be an hour off, or move the appointment out of the repeated hour.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="start_twice_refused",
        title="Ambiguous time (clock change), refused",
        message="“{value}” happens twice in {detail}: clocks are put back that night, and the API cannot be told which is meant.",
        fix="Move the appointment out of the repeated hour, or set refuse_ambiguous_times = false in the profile.",
    ),
    Kind(
        code="blocked",
        title="On the do-not-text list",
        message="This person is on the do-not-text list, and is never texted.",
        fix="Take the row out of the sheet, or, if the person agreed to texts again, take the entry out of the list.",
    ),
    Kind(
        code="clock_unsaid",
        title="Own clock or the customer's?",
        message="“{value}” is another time zone than the profile's ({detail}), and the export does not say on whose clock the start is.",
        fix='Write start_clock = "account" into the profile if all times are on your own clock, "customer" if each is on the clock of '
        "its customer.",
    ),
    Kind(
        code="start_in_past",
        title="Start in the past",
        message="“{value}” is already over, so nobody can be reminded of it.",
        fix="{in_column}correct the date, or delete the row.",
    ),
    Kind(
        code="start_in_past_update",
        title="Update of a past appointment",
        message="“{value}” is already over; the update can no longer change a reminder.",
        fix="Make sure that the date is right.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="start_too_far",
        title="Start too far away",
        message="“{value}” is more than {detail} days away: probably a mistake in the year.",
        fix="{in_column}correct the year, or raise horizon_days in the profile.",
    ),
    Kind(
        code="reminder_in_past",
        title="Reminder moment already past",
        message="The reminder would be due before now; the API may send it at once, or never.",
        fix="Use a shorter time, or phone the patient.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="reminder_at_night",
        title="Reminder at night",
        message="The reminder would go out at night, between {detail}:00 and {detail}:59 local time.",
        fix="Change the time so that nobody is woken.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="follow_up_in_past",
        title="Follow-up moment already past",
        message="The follow-up would be due before now; the API may send it at once, or never.",
        fix="{in_column}leave the cell blank, or enter a longer time.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="no_show_too_early",
        title="No-show before the start",
        message="“{value}” is still to come: nobody can have missed it yet.",
        fix="Send the no-show after the appointment, or cancel it.",
    ),
    Kind(
        code="no_show_late",
        title="No-show long after the start",
        message="“{value}” is more than two days ago; a text about it now may confuse the patient.",
        fix="Make sure that the text is still wanted.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="no_show_after_follow_up",
        title="No-show after the follow-up",
        message="The follow-up has already gone out, as if the patient had come; a no-show can no longer stop it.",
        fix="Send no-shows before the follow-up is due.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="metadata_missing",
        title="Message value missing",
        message="Blank, but the messages of this appointment type need a value ({detail}).",
        fix="{in_column}fill in the value, or give one in the profile.",
    ),
    Kind(
        code="metadata_unknown",
        title="Message value that no message uses",
        message="No message of the appointment type {detail} uses this value.",
        fix="Check the heading's spelling, capitals included, or delete the column.",
        severity=Severity.WARNING,
    ),
)
