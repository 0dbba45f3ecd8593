"""Kinds of problem: what planning finds of a row, why a run or a row is on hold until approved, and what was withheld."""

from __future__ import annotations

from typing import Final

from importer.problems.kinds import Kind, Severity

WARNING = Severity.WARNING

PLANNED: tuple[Kind, ...] = (
    Kind(
        code="appointment_unknown",
        title="Appointment not known",
        message="No reminder is known for this phone and appointment number. {detail}",
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
        message="This appointment number has an upcoming reminder under another phone, {detail}; no second one is booked.",
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
        message="The row says that the appointment takes place; {detail} says, or may say, that it is cancelled, moved, missed or on hold.",
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

HELD: tuple[Kind, ...] = (
    Kind(
        code="moved_together",
        title="All appointments moved by the same amount",
        message="{detail} known appointments of the file are moved, all by {value}. A wrong time zone looks like this.",
        fix="Correct the export. If they did move, run it again with --release moved_together.",
        example={"value": "+1 hour", "detail": "118 of 120"},
        holds="file",
        settled_by="--release",
    ),
    Kind(
        code="rows_far_off",
        title="Unusual number of rows",
        message="The file has {value} rows; earlier files of this profile had about {detail}.",
        fix="Export the file again. If it is complete, run it again with --release rows_far_off.",
        example={"value": "61", "detail": "120"},
        holds="file",
        settled_by="--release",
    ),
    Kind(
        code="blanks_far_off",
        title="Unusually many blanks",
        message="{field} is blank in {value} of the rows; in earlier files of this profile it was in about {detail}.",
        fix="Export the file again. If the blanks are right, run it again with --release blanks_far_off.",
        example={"field": "phone (“Mobile”)", "value": "45%", "detail": "2%"},
        holds="file",
        settled_by="--release",
    ),
    Kind(
        code="headings_changed",
        title="Headings changed",
        message="The headings are not those of the profile's last file: {detail}.",
        fix="Look at the file with importer columns FILE. If it is right, run it again with --release headings_changed.",
        example={"detail": "new: “Cell”; gone: “Mobile”"},
        holds="file",
        settled_by="--release",
    ),
    Kind(
        code="file_of_before",
        title="An older file again",
        message="This file is older than what was sent since, and would undo it: {detail}.",
        fix="Send the newest file. If the older values are right, run it again with --release file_of_before.",
        example={"detail": "run 20270303-020000-a1b2 changed the appointment"},
        holds="rows",
        settled_by="--release",
    ),
    Kind(
        code="dates_undecided",
        title="Order of day and month not known",
        message="In {value}, a date such as 3/4 may be in March or in April.",
        fix='Write date_order = "mdy" or "dmy" into the profile, then run the file again.',
        example={"value": "35 rows"},
        holds="file",
    ),
    Kind(
        code="too_many_missing",
        title="Too many missing appointments",
        message="{value} of {detail} known appointments of the window are missing from the file; that is more than may be cancelled without approval.",
        fix="Export the file again. If all are cancelled, run it again with --approve {value}.",
        example={"value": "24", "detail": "120"},
        settled_by="--approve",
    ),
    Kind(
        code="approval_differs",
        title="Another number was approved",
        message="{detail} cancellations were approved, but {value} known appointments are missing from the file.",
        fix="Look at them with importer plan FILE. If all are cancelled, run it again with --approve {value}.",
        example={"value": "25", "detail": "24"},
        settled_by="--approve",
    ),
    Kind(
        code="same_time",
        title="Same person, same time, another appointment number",
        message="The phone has another appointment at this time: {detail}.",
        fix="Remove the row that is wrong. For two people of one family run it again with --release same_time, or add families_share_phones = true to the profile.",
        example={"detail": "row 12 of tuesday.csv, appointment A-17, run 20270302-020000-c3d4"},
        holds="rows",
        settled_by="--release",
    ),
    Kind(
        code="moved_without_number",
        title="Moved, or a second visit?",
        message="The person's earlier visit of this kind is gone from the file, and the row or that visit has no appointment number: {detail}.",
        fix='If visits were moved, write without_number = "moved" into the profile, then run the file again. For second visits run it again with --release moved_without_number, or write without_number = "new".',
        example={"detail": "the visit of 2027-03-08 09:00"},
        holds="rows",
        settled_by="--release",
    ),
    Kind(
        code="missing_reported",
        title="Missing from the snapshot",
        message="The appointment is known and is missing from the file, which should hold all appointments of its dates. Nothing was sent.",
        fix="If it is cancelled, add a row that cancels it, or add cancel_missing = true to the profile.",
        severity=WARNING,
    ),
    Kind(
        code="missing_unreadable",
        title="Missing, or unreadable",
        message="The appointment is missing from the file, but the file has rows that do not say which appointment they mean; it may be one of them. Nothing was sent.",
        fix="Correct the phone and the appointment number of the rows that have problems, then run the whole file again.",
        severity=WARNING,
    ),
    Kind(
        code="missing_cancelled",
        title="Cancelled because it is missing",
        message="The appointment is missing from the file, which holds all appointments of its dates, so it is cancelled.",
        fix="Nothing needs to be done; to have it back, book it with a new appointment number.",
        severity=WARNING,
    ),
    Kind(
        code="missing_started",
        title="Missing, and started by now",
        message="The appointment was missing from the file and has started by now, so it is not cancelled any more.",
        fix="If it did not take place, send a no-show with a row of its own.",
        severity=WARNING,
    ),
)


_WITHHELD: tuple[Kind, ...] = (
    Kind(
        code="left_out",
        title="Left out",
        message="{detail}, so the row was not sent.",
        fix="Run the file again with the row when it should go too.",
    ),
    Kind(
        code="cell_edited",
        title="Edited before it was sent",
        message="“{value}” stood in the file; changed by {detail}.",
        fix="Nothing needs to be done; the file itself stays as it was.",
        severity=WARNING,
    ),
    Kind(
        code="all_or_nothing",
        title="Not sent: another row is invalid",
        message="With --all-or-nothing no row is sent while any row is invalid.",
        fix="Correct the invalid rows, then run the file again.",
    ),
    Kind(
        code="not_confirmed",
        title="Not sent: the run was not confirmed",
        message="The question whether to send was not answered with yes.",
        fix="Run the file again and confirm, or add --yes.",
    ),
    Kind(
        code="newer_file_first",
        title="Not sent yet: a newer file goes first",
        message="The run was stopped, and a newer file of its drop came meanwhile, which is sent first.",
        fix="Nothing needs to be done: what the newer file does not replace is sent after it.",
    ),
    Kind(
        code="done_elsewhere",
        title="Done by a report that the ledger does not know",
        message="The sheet is a report, and says that run {detail} did this row; this ledger remembers nothing of it.",
        fix="If the row was changed since, type importer ledger import with the old report, then run this sheet again.",
        severity=Severity.WARNING,
    ),
)

KINDS: tuple[Kind, ...] = (*PLANNED, *HELD, *_WITHHELD)

RELEASABLE: Final = frozenset(kind.code for kind in HELD if kind.settled_by == "--release")
"""What ``--release`` takes. Not among them: ``dates_undecided``, which only a word about the order can settle."""

COUNTED: Final = frozenset(kind.code for kind in HELD if kind.settled_by == "--approve")
"""What ``--approve`` settles, by the number of missing appointments."""

OF_ROWS: Final = frozenset(kind.code for kind in HELD if kind.holds == "rows")
"""Holds that speak against single rows; the others of their run go."""

WHOLE: Final = frozenset(kind.code for kind in HELD if kind.holds == "file")
"""Holds that speak against a file as a whole, and so hold every call of its run."""
