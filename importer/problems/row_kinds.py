"""Kinds of problem: what reading finds wrong with a cell or a row, checking with a row as a whole, and sending."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

READ: tuple[Kind, ...] = (
    Kind(
        code="cell_error",
        title="Formula error in a cell",
        message="The cell shows the error {value} instead of a value.",
        fix="{in_column}correct the formula, or enter the value itself.",
    ),
    Kind(
        code="struck_through",
        title="Row struck through",
        message="The row is struck through. If that means that the visit is cancelled, nobody may be texted about it.",
        fix="If it is cancelled, write “cancelled” as the row's status, or delete the row; if it takes place, remove the strikethrough (in a report also clear result_problem).",
    ),
    Kind(
        code="formula_without_value",
        title="Formula without a value",
        message="The cell holds a formula whose result was not saved with the workbook.",
        fix="Open the workbook in a spreadsheet program, let it calculate, and save it; or enter the value itself.",
    ),
    Kind(
        code="number_damaged",
        title="Number too long for a spreadsheet",
        message="The number {value} has more than 15 digits; the spreadsheet program has replaced its end with zeros.",
        fix="{in_column}format the cells as text, and enter the number again from where it came.",
    ),
    Kind(
        code="date_impossible",
        title="Date outside the calendar",
        message="The cell is formatted as a date or time, but its value {value} is none.",
        fix="{in_column}enter the date again, or the time with a colon, such as 9:30.",
    ),
    Kind(
        code="cell_too_long",
        title="Cell too long",
        message="The cell holds more text than a spreadsheet cell can ({value}).",
        fix="{in_column}shorten the text, or check whether several cells were run together.",
    ),
    Kind(
        code="columns_contradict",
        title="Two columns say different things",
        message="Two columns of the report hold this, with different values: {value}.",
        fix="Keep the value in one of them and clear the other.",
    ),
    Kind(
        code="event_repeats",
        title="Repeating event",
        message="The event is a series, or one of a series ({value}); which of its dates are appointments is not certain.",
        fix="Enter each appointment as an event of its own.",
    ),
    Kind(
        code="zone_redefined",
        title="Time zone with other clocks",
        message="The calendar sets the clocks of {value} in another way than they go there.",
        fix="Enter the event again with the right time zone, or export the calendar from another program.",
    ),
    Kind(
        code="name_repeated",
        title="Name given twice",
        message="The record gives this name twice, with different values: {value}.",
        fix="Keep one of the two, or export the record again.",
    ),
    Kind(
        code="number_inexact",
        title="Number too long to be exact",
        message="The number {value} is written in a way that does not keep all its digits.",
        fix="{in_column}write it as text, with all its digits.",
    ),
    Kind(
        code="patient_missing",
        title="Patient not in the file",
        message="The appointment names a patient who is not in the file: {value}.",
        fix="Export the patients together with their appointments (in a FHIR search: _include=Appointment:patient).",
    ),
    Kind(
        code="patients_several",
        title="Several patients",
        message="The appointment names several patients: {value}.",
        fix="Book one appointment for each patient, or leave this one out.",
    ),
    Kind(
        code="record_unreadable",
        title="Unreadable record",
        message="This cannot be read as a whole record: {value}",
        fix="Export the record again, or delete it.",
    ),
    Kind(
        code="control_character",
        title="Invisible control character",
        message="The cell holds a character that cannot be seen or typed: {value}.",
        fix="{in_column}enter the value again.",
    ),
    Kind(
        code="text_broken",
        title="Broken characters",
        message="Some letters of “{value}” were lost or garbled before the file came here.",
        fix="{in_column}enter the value again, or export the file again as “CSV UTF-8” or XLSX.",
    ),
    Kind(
        code="quote_misplaced",
        title="Misplaced quotation mark",
        message="A quotation mark in this row does not enclose a whole cell, so the cells cannot be told apart: {value}",
        fix="Remove the quotation mark, or double it and enclose the whole cell in quotation marks.",
    ),
    Kind(
        code="told_before",
        title="Problem of an earlier report",
        message="A report said of this row: “{value}” Its cells do not show whether that is mended.",
        fix="If it is, clear result_problem in this row; else mend it in the sheet from which the row came, or delete the row.",
    ),
    Kind(
        code="action_of_report",
        title="Request of an earlier report",
        message="A report says that this row was to {value}, and nothing here says so.",
        fix="Choose the action {value} for this file, as before, or write {value} into a column action.",
    ),
    Kind(
        code="row_too_short",
        title="Row with too few cells",
        message="The row has fewer cells than there are headings ({value}), so it is not certain which cell is missing.",
        fix="Put the cells under their headings; leave a cell blank rather than out.",
    ),
    Kind(
        code="row_too_long",
        title="Row with too many cells",
        message="The row has more cells than there are headings; after the last heading it has: {value}",
        fix="Put the cells under their headings; a cell with the separator in it must be enclosed in quotation marks.",
    ),
    Kind(
        code="totals_row",
        title="Row of totals",
        message="“{value}”: this row adds up others and is no appointment.",
        fix="Delete the row.",
    ),
    Kind(
        code="line_alone",
        title="Line of one cell",
        message="“{value}” stands alone in its row: a line of the report, or an appointment that lacks everything else.",
        fix="Delete the row if it is no appointment; else fill in its other cells.",
    ),
    Kind(
        code="merged_cells",
        title="Merged cells",
        message="The cell is part of the merged cells {value}; whether their value is meant for this row is not certain.",
        fix="Unmerge the cells, and enter the value in each row that it is meant for.",
    ),
)

CHECKED: tuple[Kind, ...] = (
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
        title="May not be texted",
        message="This person may not be texted: {detail}.",
        fix="Take the row out of the sheet, or, if the person agreed to texts again, correct the other row, or take the entry out of the list.",
        example={"detail": "the phone or number is on the do-not-text list"},
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

# What sending learns from the API, or from not reaching it.
_RUN_AGAIN = "Run the file again; what was sent is not sent twice."
_SETTLE = "Check in Attentive, then record the outcome with `importer resolve`."

SENT: tuple[Kind, ...] = (
    Kind(
        code="api_rejected",
        title="Refused by the API",
        message="The API refused the row (HTTP {value}). {detail}",
        fix="Correct the value that the API names, then run the row again.",
    ),
    Kind(
        code="api_conflict",
        title="The API says that it exists already",
        message="The API refused to create the reminder because it conflicts with one that it holds (HTTP {value}). {detail}",
        fix="If the appointment was booked by other means, look up its uuid and make the row an update; else give it a new appointment number.",
    ),
    Kind(
        code="reminder_not_found",
        title="The API does not know the reminder",
        message="The API knows no reminder with this uuid (HTTP 404). {detail}",
        fix="Check the uuid, and that the token belongs to the account in which the reminder was created.",
    ),
    Kind(
        code="no_clear_answer",
        title="No clear answer from the API",
        message="The request was sent, and {detail}, at every try. The API may or may not have done it.",
        fix="Run `importer retry`, which repeats it safely, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="create_without_key_in_doubt",
        title="Not known whether the appointment was created",
        message="The request was sent, and {detail}. It is not repeated, because without an appointment number it could be booked twice.",
        fix=_SETTLE,
    ),
    Kind(
        code="repeat_refused",
        title="Unknown: done or refused",
        message="A first try had no clear answer, and the API refused the second (HTTP {value}): the first was probably done. {detail}",
        fix=_SETTLE,
    ),
    Kind(
        code="answer_of_another",
        title="The answer was about another appointment",
        message="The API answered with the record of another appointment, so the outcome of this one is not known.",
        fix="Run `importer retry`, which repeats it safely, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="probably_not_eligible",
        title="Not created: the subscriber is probably not eligible",
        message="The API took the row but returned no uuid. The row asks for eligible subscribers only, and this one is probably not.",
        fix="Check the subscriber in Attentive. Set sendEligibleSubscribersOnly to false to create the reminder all the same.",
    ),
    Kind(
        code="api_unreachable",
        title="Not sent: the API could not be reached",
        message="The API could not be reached: {detail}. Nothing was sent.",
        fix=_RUN_AGAIN,
    ),
    Kind(
        code="api_overloaded",
        title="Not sent: rate limited (429)",
        message="Rate limited (429): the API did not take the request at any try.",
        fix="Run the file again later; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_token_refused",
        title="Not sent: the token was refused",
        message="The API refused the token, so the run was stopped before this row was done.",
        fix="Set the right token, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_wrong_address",
        title="Not sent: the address of the API is wrong",
        message="The address answers, but not as the API does, so the run was stopped before this row was done.",
        fix="Correct base_url, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_insecure",
        title="Not sent: the connection is not secure",
        message="The API's certificate could not be checked, so the run was stopped before this row was sent.",
        fix="Ask your network administrator, then run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_outage",
        title="Not sent: the API was down or overloaded",
        message="The API was down or overloaded for too long, so the run was stopped before this row was sent.",
        fix="Run the file again later; what was sent is not sent twice.",
    ),
    Kind(
        code="not_sent_all_refused",
        title="Not sent: the API refused every row before",
        message="The API refused one row after the other, so the run was stopped before this row was sent.",
        fix="Look at the refused rows: a column, the token or base_url is probably wrong. Correct it, then run the file again.",
    ),
    Kind(
        code="cancelled_already",
        title="Cancelled by an earlier try",
        message="The cancellation was repeated after an unclear answer, and the reminder no longer existed: the first try cancelled it.",
        fix="Nothing needs to be done.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="older_reminder_found",
        title="The API held an older reminder",
        message="The API already held a reminder for this phone and appointment number, with other values ({detail}). It was brought up to date.",
        fix="Check whether the appointment number was used before for another appointment.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="older_type_kept",
        title="The reminder keeps its old appointment type",
        message="The API already held a reminder for this phone and appointment number, with another appointment type. The API cannot change that.",
        fix="If the type matters, cancel the appointment and create it with a new appointment number.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="answer_names_another",
        title="The API's answer names another appointment",
        message="The API took the request, but its answer names another phone or appointment number than the row: the uuid may be another appointment's.",
        fix="Check uuid and appointment number in Attentive, and what was sent: importer explain UUID.",
        severity=Severity.WARNING,
    ),
    Kind(
        code="answer_differs",
        title="The API's answer shows other values",
        message="The API took the update, but its answer shows other values than were sent ({detail}).",
        fix="Check the appointment in Attentive.",
        severity=Severity.WARNING,
    ),
)
