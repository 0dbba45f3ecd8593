"""Kinds of problem: what planning finds when it compares a row with the ledger and with the other rows of the run."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

WARNING = Severity.WARNING

KINDS: tuple[Kind, ...] = (
    Kind(
        code="appointment_unknown",
        title="Appointment not known",
        message="No reminder is known for this phone and appointment number.",
        fix="Check the phone and the number, add the uuid from the report of the run that created it, or make the row a create.",
    ),
    Kind(
        code="nothing_to_cancel",
        title="Nothing to cancel",
        message="Nothing to cancel: this appointment was never booked here.",
        fix="Nothing needs to be done. If there is a reminder, correct the phone or the appointment number, or add its uuid.",
        severity=WARNING,
    ),
    Kind(
        code="phone_changed",
        title="Appointment number with another phone",
        message="This appointment number has an upcoming reminder under another phone, {detail}, and would be booked twice.",
        fix='If the phone is new, write on_phone_change = "replace" into the profile: the old reminder is cancelled, then the new one created. If both are right, write "add". Else put the old phone back.',
    ),
    Kind(
        code="phone_replaced",
        title="Cancelled because the phone is new",
        message="The same appointment number has another phone now: this reminder is cancelled before the new one is created.",
        fix="Nothing needs to be done.",
        severity=WARNING,
    ),
    Kind(
        code="old_phone_kept",
        title="Waits for the cancel of the old phone",
        message="The reminder under the old phone was not cancelled, so the new one was not created.",
        fix="Run the file again once the cancellation is done.",
    ),
    Kind(
        code="uuid_contradicts",
        title="The uuid belongs to another reminder",
        message="The ledger knows this phone and appointment number under another uuid than {value}.",
        fix="Clear the uuid, or correct the phone and the appointment number.",
    ),
    Kind(
        code="rows_name_several",
        title="Rows disagree about a uuid",
        message="This row and {detail} give one uuid to two appointments, two uuids to one, or book what has a uuid already.",
        fix="Correct the uuid, the phone or the appointment number in the row that is wrong.",
    ),
    Kind(
        code="identity_cannot_change",
        title="Phone or appointment number cannot change",
        message="The reminder with this uuid was created with another value. The API cannot change it.",
        fix="Cancel the old appointment and create a new one with a new appointment number.",
    ),
    Kind(
        code="field_cannot_change",
        title="The API cannot change this",
        message="“{value}” differs from “{detail}”, with which the reminder was created. The API cannot change it.",
        fix="Put the old value back, or cancel the appointment and create a new one with a new appointment number.",
    ),
    Kind(
        code="already_cancelled",
        title="Already cancelled",
        message="The appointment was cancelled earlier. The API cannot bring it back.",
        fix="Create it again with a new appointment number.",
    ),
    Kind(
        code="already_no_show",
        title="A no-show was sent",
        message="A no-show was sent for this appointment earlier, so nothing about it can change.",
        fix="Remove the row, or create a new appointment with a new appointment number.",
    ),
    Kind(
        code="nothing_to_update",
        title="Nothing to update",
        message="The row is an update but gives no value to change.",
        fix="Fill in what is to change, or remove the row.",
    ),
    Kind(
        code="rows_contradict",
        title="Rows contradict each other",
        message="Another row books the same appointment with other values: {detail}.",
        fix="Keep the row that is right and remove the other.",
    ),
    Kind(
        code="before_its_booking",
        title="Before the row that books it",
        message="The row changes or ends an appointment that {detail} books, further down.",
        fix="Put the rows in the order in which they should be done, or remove the one that is out of date.",
    ),
    Kind(
        code="ended_by_earlier_row",
        title="Another row says that it is off",
        message="The row says that the appointment takes place; {detail} says, or may say, that it is cancelled, missed or on hold.",
        fix="Correct or remove the row that is wrong or out of date. For another visit use a new appointment number.",
    ),
    Kind(
        code="duplicate_of_row",
        title="Same as an earlier row",
        message="The row says the same as {detail}, which is the one that counts.",
        fix="Nothing needs to be done; the row can be removed.",
        severity=WARNING,
    ),
    Kind(
        code="blocked_by_earlier_row",
        title="Waits for a row that failed",
        message="Row {detail} was to create this appointment and did not, so there is no uuid for this row.",
        fix="Correct that row, then run both again.",
    ),
    Kind(
        code="create_in_doubt",
        title="Not known whether the appointment exists",
        message="An earlier create of this appointment had no clear outcome, so its uuid is not known.",
        fix="Run the row that creates it again (nothing is booked twice), or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="cancel_in_doubt",
        title="Not known whether the appointment is cancelled",
        message="An earlier cancel of this appointment had no clear outcome.",
        fix="Send the cancellation again, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="start_in_doubt",
        title="Not known when the appointment starts",
        message="An earlier change of the start had no clear outcome, and this row gives only a part of it.",
        fix="Write date, time and time zone into the row, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="no_show_in_doubt",
        title="Not known whether the no-show was sent",
        message="A no-show of this appointment had no clear outcome. It is never repeated, because the patient may already have the text.",
        fix="Check in Attentive whether the text went out, then record it with `importer resolve`.",
    ),
    Kind(
        code="outcome_unknown",
        title="Outcome not known",
        message="The request was sent, and the importer stopped before the answer was saved.",
        fix="Run the row again, or check in Attentive and record the outcome with `importer resolve`.",
    ),
    Kind(
        code="uuid_of_another",
        title="The answer was about another appointment",
        message="The API answered with the uuid of another appointment, so the outcome of this one is not known.",
        fix="Check in Attentive which reminder belongs to it, then record it with `importer resolve`.",
    ),
    Kind(
        code="interrupted",
        title="Not sent: the run was interrupted",
        message="The run ended before this row was sent.",
        fix="Run the file again; what was sent is not sent twice.",
    ),
    Kind(
        code="window_closed",
        title="Not sent: outside the sending window",
        message="The sending window of the profile was closed, so this row waits.",
        fix="It is sent by `importer resume`, or by the next pass over a drop, once the window is open; `--now` sends it at any hour.",
    ),
    Kind(
        code="plan_interrupted",
        title="Not sent: the run ended before its plan was complete",
        message="The run was interrupted while the file was still being read, so nothing was sent.",
        fix="Run the file again.",
    ),
    Kind(
        code="superseded",
        title="A later run has this appointment",
        message="A later run holds newer data for this appointment, so this row is not sent any more.",
        fix="Nothing needs to be done, or run the newest file again.",
    ),
    Kind(
        code="reminder_already_due",
        title="The reminder may have gone out already",
        message="The old reminder time has passed, so the patient may have been reminded of the old values.",
        fix="Phone the patient if the change matters.",
        severity=WARNING,
    ),
)
