"""The report as a value: sums, groups, kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import START, file_record, report_of, row, run_record, said, week

from importer.model.statuses import Status
from importer.reporting.report_columns import Group, group, is_repeatable, rank, wants_decision
from importer.reporting.run_report import SumsError, build_report, summary
from importer.reporting.tally import ROWS_SHOWN, general_fix, title_of

FILE = file_record(1)


@given(st.lists(st.sampled_from(list(Status)), max_size=40))
def test_every_row_is_counted_once(statuses: list[Status]) -> None:
    """The totals hold every status in the documented order and add up to the rows."""
    file = file_record(len(statuses))
    report = report_of([row(file, place, status) for place, status in enumerate(statuses, 2)], files=[file])

    assert list(report.totals) == list(Status)
    assert sum(report.totals.values()) == report.row_count == len(statuses)
    assert report.done_count + report.attention_count == report.row_count
    assert sum(each.count for each in report.wanting.values()) == report.attention_count


def test_rows_that_do_not_add_up_are_a_bug() -> None:
    """A report that counts other rows than were read is never written."""
    file = file_record(3)

    with pytest.raises(SumsError, match="1 rows have a status, but 3 were read"):
        report_of([row(file, 2)], files=[file])


def test_totals_that_differ_from_the_ledger_are_a_bug() -> None:
    """The ledger's own count must agree with the rows, status by status."""
    file = file_record(1)

    with pytest.raises(SumsError, match="other statuses"):
        build_report(run_record(), [file], lambda: iter([row(file, 2)]), {Status.FAILED: 1}, START)


def test_summary_has_exactly_the_documented_shape() -> None:
    """The members of summary.json are a contract; a year from now a script still reads them."""
    report = week("bad")

    assert summary(report) == {
        "schema": 1,
        "run": "20270304-070000-k3fd",
        "files": [{"name": "clinic_week.csv", "sha256": "5f" * 32, "rows": 240}],
        "totals": {status.value: report.totals[status] for status in Status},
        "rows": 240,
        "calls": report.calls,
        "attempts": report.attempts,
        "started_at": "2027-03-04T09:00:00Z",
        "finished_at": "2027-03-04T09:05:12Z",
        "duration_s": 312.4,
        "exit_code": 8,
        "tzdata": "2026b",
        "version": "1.0.0",
    }


def test_exit_code_follows_from_the_rows_where_the_run_has_none() -> None:
    """A run whose exit code is not noted yet gets the one that its rows mean."""
    report = report_of([row(FILE, 2, Status.FAILED)], run_record(exit_code=None, finished_at=None))

    assert report.exit_code == 4
    assert report.duration_s == 320.0


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"status": Status.FAILED, "action": "cancel"}, Group.CANCELS),
        ({"status": Status.INVALID, "action": "cancel"}, Group.CANCELS),
        ({"status": Status.NOT_SENT, "action": "cancel"}, Group.CANCELS),
        ({"status": Status.UNKNOWN, "action": "no_show", "problems": said("no_clear_answer")}, Group.DECISIONS),
        ({"status": Status.UNKNOWN, "problems": said("repeat_refused")}, Group.DECISIONS),
        ({"status": Status.UNKNOWN, "problems": said("no_clear_answer")}, Group.OTHERS),
        ({"status": Status.FAILED}, Group.OTHERS),
        ({"status": Status.INVALID}, Group.OTHERS),
    ],
)
def test_groups_of_rows_that_want_a_person(changed: dict[str, object], expected: Group) -> None:
    """Cancels come first whatever became of them, then what only a person can settle, then the rest."""
    assert group(row(FILE, 2, **changed)) is expected


def test_ranks_put_unknown_and_failed_before_invalid_and_unsent() -> None:
    """Within the rest, rows that were sent come before rows that were not."""
    order = (Status.UNKNOWN, Status.FAILED, Status.INVALID, Status.HELD, Status.NOT_SENT)
    ranks = [rank(row(FILE, 2, status, problems=said("no_clear_answer"))) for status in order]

    assert ranks == sorted(ranks)


def test_a_known_outcome_wants_no_decision() -> None:
    """Only unknown rows are decided or repeated."""
    failed = row(FILE, 2, Status.FAILED, problems=said("no_clear_answer"))

    assert not wants_decision(failed)
    assert not is_repeatable(failed)


def test_kinds_are_counted_by_code_and_field_most_frequent_first() -> None:
    """Two fields with the same kind of problem are two lines, and the longest line comes first."""
    file = file_record(5)
    missing = [said("value_missing", field=name) for name in ("phone", "eventDateTime", "eventDateTime")]
    rows = [row(file, place, Status.INVALID, problems=note) for place, note in enumerate(missing, 2)]
    warned = [row(file, place, warnings=said("reminder_at_night", field="remindTimeOffset")) for place in (5, 6)]
    report = report_of(rows + warned)

    assert [(kind.field, kind.count, kind.rows) for kind in report.problems] == [
        ("eventDateTime", 2, (3, 4)),
        ("phone", 1, (2,)),
    ]
    assert [(kind.code, kind.count) for kind in report.warnings] == [("reminder_at_night", 2)]


def test_lists_are_capped_and_counts_are_not() -> None:
    """A thousand bad rows are counted in full, and a hundred of them are shown."""
    file = file_record(1000)
    notes = said("value_missing", field="phone")
    report = report_of([row(file, place, Status.INVALID, problems=notes) for place in range(2, 1002)])

    assert report.wanting[Group.OTHERS].count == 1000
    assert len(report.wanting[Group.OTHERS].rows) == ROWS_SHOWN
    assert report.problems[0].count == 1000


def test_a_kind_that_this_version_does_not_know_is_still_told() -> None:
    """An old ledger may hold codes that the catalogue has no more."""
    assert title_of("left_over_code") == "Left over code"
    assert general_fix("left_over_code", "phone") == ""


def test_a_general_fix_names_no_value() -> None:
    """What may stand on a terminal has no open ends and no detail of a row."""
    assert general_fix("phone_too_short") == "Enter the full number with its area code."
    assert general_fix("phone_too_short", 'Column C "Cell"') == "In column C, enter the full number with its area code."
    assert general_fix("value_missing", "phone (no column)", "phone") == "In a column for phone, fill in the value."
