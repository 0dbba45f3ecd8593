"""Made-up plans for the tests of what people see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from made_runs import START, file_record, row, run_record, said

from importer.model.records import Change, LifeRow, RunRecord
from importer.model.statuses import Action, Hold, Status
from importer.reporting.plan_result import PlanResult, PlanTally

if TYPE_CHECKING:
    from importer.model.staged_files import FileRecord

FINGERPRINT = "400a07d47ad3504477d1fc5494dd856a"
MOVED = Hold(
    "moved_together",
    "52 known appointments of the file are moved, all by +1 h. A wrong time zone looks like this.",
    "Correct the export. If they did move, run it again with --release moved_together.",
)
BODY = {
    "phone": "4155552001",
    "firstName": "Ana",
    "lastName": "O'Brien",
    "eventDateTime": "2027-03-08T09:00:00",
    "subscriberTimeZone": "America/New_York",
}


def life_row(number: int, action: str = "create", status: Status | None = None, **changed: Any) -> LifeRow:
    """One decided row; what is not said is that of an appointment to be created."""
    facts: dict[str, Any] = {"payload": BODY, "changes": (), **changed}
    payload, changes = facts.pop("payload"), facts.pop("changes")
    file = facts.pop("file", None) or file_record(40)
    made = row(file, number, status, action=action, attempts=(), http_status=None, settled_at=None, **facts)
    return LifeRow(run_record(), made, payload, changes)


def plan_of(
    rows: list[LifeRow],
    *,
    run: RunRecord | None = None,
    known: dict[str, dict[str, Any]] | None = None,
    files: tuple[FileRecord, ...] = (),
    **changed: Any,
) -> PlanResult:
    """Return the plan of these rows."""
    tally = PlanTally()
    for each in rows:
        tally.see(each)
    calls = {action: tally.counts[action] for action in Action if tally.counts[action]}
    return PlanResult(
        run=run or planned_run(),
        files=files or (file_record(len(rows)),),
        calls=calls,
        totals={status: tally.counts[status] for status in Status if tally.counts[status]},
        fingerprint=FINGERPRINT,
        sums=tally.sums(),
        missing=tally.missing,
        warnings=dict(tally.warned.most_common()),
        groups=tally.groups(known or {}, now=START),
        kinds=tally.kinds((run or planned_run()).holds),
        **{"people": sum(calls.values()), "command": "importer run week.csv" if calls else "", **changed},
    )


def planned_run(*holds: Hold, release: tuple[str, ...] = ()) -> RunRecord:
    """Return the run that a plan was made in."""
    chosen = {"base_url": "https://api.example", "release": list(release)}
    return run_record(command="plan", started_at=START, finished_at=None, profile="north", settings=chosen, holds=holds)


def plan_with_everything() -> PlanResult:
    """Return a plan that has rows of each verdict."""
    moved = (Change("eventDateTime", "2027-03-08T09:00:00", "2027-03-08T11:30:00"),)
    other = (*moved, Change("metadata.eventLocation", "Riverside Clinic", "Hillcrest Clinic"), Change("e", None, "x"))
    rows = [
        life_row(2),
        life_row(3, "update", changes=moved, warnings=said("reminder_already_due")),
        life_row(4, "update", changes=other, payload={"phone": "4155552001"}),
        life_row(5, "cancel", payload={}),
        life_row(0, "cancel", payload={"phone": "4155552001"}, warnings=said("missing_cancelled")),
        life_row(6, "no_show", uuid="u-6", external_event_id=None),
        life_row(7, "update", Status.HELD, changes=moved),
        life_row(8, "create", Status.HELD, problems=said("same_time", detail="appointment 40101")),
        life_row(9, "create", Status.INVALID, problems=said("phone_too_short", field="phone", value="555-12")),
        life_row(
            10,
            "create",
            Status.NOT_SENT,
            problems=said("left_out", detail="This run was asked for other actions only (--only)"),
        ),
        life_row(11, "no_show", Status.UNKNOWN, problems=said("no_show_in_doubt")),
        life_row(0, "cancel", Status.UNCHANGED, warnings=said("missing_reported")),
        life_row(12, "upsert", Status.UNCHANGED),
        life_row(13, "upsert", Status.DUPLICATE, warnings=said("duplicate_of_row", detail="row 2")),
    ]
    return plan_of(rows, run=planned_run(MOVED), people=4)
