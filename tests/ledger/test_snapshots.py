"""What the ledger knows for snapshots: appointments that are surely on, whose they are, and who names them."""

from __future__ import annotations

from typing import Any

import pytest

from importer.model.issues import Issue
from importer.model.planned_calls import Intent, Settlement, doubted
from importer.model.records import OldResult
from importer.model.staged_files import FileRecord
from importer.model.statuses import Action, Status

NOW = 1_800_000_000.0
DAY = 86_400


def ids(clerk: Any, profile: str = "", **asked: Any) -> list[str | None]:
    return [
        one.external_event_id for one in clerk.ledger.ahead(profile, **{"after": NOW, "before": NOW + 9 * DAY} | asked)
    ]


def another(clerk: Any, *rows: Any) -> Any:
    """Stage rows in a new run and return it."""
    run = clerk.ledger.begin("run", at=NOW)
    file = run.files.add(FileRecord("next.csv", "01", None, ("A",), 1))
    run.rows.stage(file, rows)
    return run


def test_knows_what_is_ahead_between_two_moments(clerk: Any, row: Any) -> None:
    """Appointments count that start after the one moment and before the other."""
    clerk.run(*(row(day + 2, str(day), starts_at=int(NOW) + day * DAY) for day in range(1, 6)))

    assert ids(clerk, after=NOW + DAY, before=NOW + 4 * DAY) == ["2", "3"]


def test_what_is_called_off_or_in_doubt_is_not_surely_on(clerk: Any, row: Any) -> None:
    """A cancelled appointment is off; of one whose start is in doubt nothing is said, for it may lie elsewhere by now."""
    clerk.run(row(2, "1"), row(3, "2"), row(4, "3"))
    clerk.run(row(2, "1", "cancel", only=True))
    run = clerk.plan(row(2, "2", eventDateTime="2027-01-17T09:00:00"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])
    unknown = Settlement(call.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(call))
    run.calls.record(settlements=[unknown])

    assert ids(clerk) == ["3"]


def test_an_appointment_is_named_by_key_and_by_uuid(clerk: Any, row: Any) -> None:
    """A row names an appointment by phone and number or by uuid, also where the row cannot be used."""
    clerk.run(*(row(number, str(number)) for number in range(2, 7)))
    uuids = {one.external_event_id: one.uuid for one in clerk.ledger.ahead("", after=NOW, before=NOW + 9 * DAY)}

    run = another(
        clerk,
        row(2, "2"),
        row(3, None, "cancel", phone=None, uuid=uuids["3"], only=True),
        row(4, "4", status=Status.INVALID),
        row(5, None, phone=None, uuid=uuids["5"], status=Status.INVALID, only=True),
    )

    assert ids(clerk, unnamed_in=run) == ["6"]


def test_a_run_that_names_nobody_leaves_all_unnamed(clerk: Any, row: Any) -> None:
    """Rows without identity, and no rows at all, name nobody."""
    clerk.run(row(2, "1"))
    run = another(clerk, row(2, None, phone=None, status=Status.INVALID))

    assert ids(clerk, unnamed_in=run) == ["1"]


def test_only_runs_of_the_profile_count(clerk: Any, row: Any) -> None:
    """What another profile made, or a report of a lost ledger told, is not this profile's to miss."""
    clerk.run(row(2, "1"))
    told = OldResult(
        Status.CREATED,
        Action.CREATE,
        "+14155550100",
        "9",
        "u-9",
        row(2, "9").payload,
        int(NOW) + DAY,
        "20260101-000000-aaaa",
    )
    clerk.ledger.import_results([told])

    assert ids(clerk) == ["1"]
    assert ids(clerk, "clinic") == []


def test_the_last_row_that_sent_tells_the_place(clerk: Any, row: Any) -> None:
    """The place comes from the row that changed the appointment last; one that only repeats it may name another."""
    clerk.run(row(2, "1")._replace(location="Main St"))
    seen = []
    for place, name in (("North", "Bo"), (None, "Bo"), ("South", "Bo")):
        clerk.run(row(2, "1", firstName=name)._replace(location=place))
        seen += [one.location for one in clerk.ledger.ahead("", after=NOW, before=NOW + 9 * DAY)]

    assert seen == ["North", "North", "South"]


def test_rows_without_a_number_do_not_count_in_the_file(clerk: Any, row: Any) -> None:
    """The file keeps the count of its own rows; the totals have them all."""
    clerk.run(row(2, "1"), row(3, "2"))
    run = another(clerk, row(2, "1"))
    (file,) = run.files.all()
    run.rows.stage_missing(file.id, [row(0, "2", "cancel")])
    clerk.decide(run)

    (missing,) = run.rows.missing()
    run.calls.spare([missing.row_id], Issue("missing_reported"), at=NOW)

    assert missing.is_open
    assert [file.rows for file in run.files.all()] == [1]
    assert run.report.totals() == {Status.UNCHANGED: 2}
    assert run.calls.pending() == {}


@pytest.mark.parametrize(
    ("named", "codes", "nameless"),
    [
        pytest.param({}, ["start_in_past"], False, id="wrong-in-another-way"),
        pytest.param({"phone": None}, ["phone_invalid"], True, id="no-phone"),
        pytest.param({"external_event_id": None}, ["identity_missing"], True, id="no-number"),
        pytest.param({"phone": None, "uuid": "u-2001"}, ["phone_invalid"], False, id="a-uuid"),
        pytest.param({"uuid": "u-2001"}, ["uuid_contradicts"], True, id="two-names"),
    ],
)
def test_an_invalid_row_that_names_its_appointment_is_no_other(
    clerk: Any, row: Any, named: dict[str, Any], codes: list[str], nameless: bool
) -> None:
    """Only a row whose identity could not be read, or that names two appointments, may mean any of them."""
    problems = [{"field": "", "code": code, "value": "", "message": "m", "fix": "f"} for code in codes]
    run = another(clerk, row(2, "1", status=Status.INVALID, problems=problems)._replace(**named))

    assert run.rows.has_nameless(unsure={"uuid_contradicts"}) is nameless


def test_later_runs_are_finished_ones_of_the_profile(clerk: Any) -> None:
    """What a stopped run looks at are the finished runs of its profile after it, newest first, and no others."""
    begun = [clerk.ledger.begin("run", at=NOW + place, profile=name) for place, name in enumerate("abaaa")]
    for run in begun[:-1]:
        run.finish(0, "", NOW)

    assert [run.id for run in begun[0].later()] == [begun[3].id, begun[2].id]
    assert begun[3].later() == []
