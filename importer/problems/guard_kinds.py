"""Kinds of problem: why a run or a row is on hold until approved, and what was withheld with it."""

from __future__ import annotations

from importer.problems.kinds import Kind, Severity

WARNING = Severity.WARNING

HELD: tuple[Kind, ...] = (
    Kind(
        code="moved_together",
        title="All appointments moved by the same amount",
        message="{detail} known appointments of the file are moved, all by {value}. A wrong time zone looks like this.",
        fix="Correct the export. If they did move, run it again with --release moved_together.",
        example={"value": "+1 hour", "detail": "118 of 120"},
    ),
    Kind(
        code="rows_far_off",
        title="Unusual number of rows",
        message="The file has {value} rows; earlier files of this profile had about {detail}.",
        fix="Export the file again. If it is complete, run it again with --release rows_far_off.",
        example={"value": "61", "detail": "120"},
    ),
    Kind(
        code="blanks_far_off",
        title="Unusually many blanks",
        message="{field} is blank in {value} of the rows; in earlier files of this profile it was in about {detail}.",
        fix="Export the file again. If the blanks are right, run it again with --release blanks_far_off.",
        example={"field": "phone (“Mobile”)", "value": "45%", "detail": "2%"},
    ),
    Kind(
        code="headings_changed",
        title="Headings changed",
        message="The headings are not those of the profile's last file: {detail}.",
        fix="Look at the file with importer columns FILE. If it is right, run it again with --release headings_changed.",
        example={"detail": "new: “Cell”; gone: “Mobile”"},
    ),
    Kind(
        code="file_of_before",
        title="An older file again",
        message="This file is older than what was sent since, and would undo it: {detail}.",
        fix="Send the newest file. If the older values are right, run it again with --release file_of_before.",
        example={"detail": "run 20270303-020000-a1b2 changed the appointment"},
    ),
    Kind(
        code="dates_undecided",
        title="Order of day and month not known",
        message="In {value}, a date such as 3/4 may be in March or in April.",
        fix='Write date_order = "mdy" or "dmy" into the profile, then run the file again.',
        example={"value": "35 rows"},
    ),
    Kind(
        code="too_many_missing",
        title="Too many missing appointments",
        message="{value} of {detail} known appointments of the window are missing from the file; that is more than may be cancelled without approval.",
        fix="Export the file again. If all are cancelled, run it again with --approve {value}.",
        example={"value": "24", "detail": "120"},
    ),
    Kind(
        code="approval_differs",
        title="Another number was approved",
        message="{detail} cancellations were approved, but {value} known appointments are missing from the file.",
        fix="Look at them with importer plan FILE. If all are cancelled, run it again with --approve {value}.",
        example={"value": "25", "detail": "24"},
    ),
    Kind(
        code="same_time",
        title="Same person, same time, another appointment number",
        message="The phone has another appointment at this time: {detail}.",
        fix="Remove the row that is wrong. For two people of one family run it again with --release same_time, or add families_share_phones = true to the profile.",
        example={"detail": "row 12 of tuesday.csv, appointment A-17, run 20270302-020000-c3d4"},
    ),
    Kind(
        code="moved_without_number",
        title="Moved, or a second visit?",
        message="The person's earlier visit of this kind is gone from the file, and the row or that visit has no appointment number: {detail}.",
        fix='If visits were moved, write without_number = "moved" into the profile, then run the file again. For second visits run it again with --release moved_without_number, or write without_number = "new".',
        example={"detail": "the visit of 2027-03-08 09:00"},
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

KINDS: tuple[Kind, ...] = (*HELD, *_WITHHELD)
