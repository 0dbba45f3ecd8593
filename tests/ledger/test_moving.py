"""Checking the memory, moving it, and rebuilding it from old reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer.errors import UsageError
from importer.ledger import open_ledger
from importer.model.planned_calls import Intent, Settlement, doubted
from importer.model.records import Imported, Key, OldResult
from importer.model.statuses import SENT_AS, Action, ReminderState, Status

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
PHONE = "+14155550100"


def filled(clerk: Any, row: Any) -> None:
    """Fill a ledger with reminders of every state and doubt."""
    clerk.run(*(row(number, str(number)) for number in range(2, 6)))
    clerk.run(
        row(2, "2", "cancel", only=True), row(3, None, "update", phone=None, uuid="bare", only=True, firstName="Bo")
    )
    run = clerk.plan(row(2, "3", firstName="Cy"), row(3, "9"))
    calls = run.calls.ready(10)
    run.calls.record([Intent(call.row_id) for call in calls])
    lost = [Settlement(call.row_id, Status.UNKNOWN, NOW, (), reminder=doubted(call)) for call in calls]
    run.calls.record(settlements=lost)
    run.finish(8, "", NOW)


def told(ledger: Any) -> list[Any]:
    return [orjson.loads(line) for line in ledger.export()]


def test_an_export_makes_the_same_memory_elsewhere(clerk: Any, row: Any, tmp_path: Path) -> None:
    """Export and import give a ledger with the same reminders, doubts included."""
    filled(clerk, row)
    lines = list(clerk.ledger.export())

    with open_ledger(str(tmp_path / "other.db")) as other:
        assert other.import_export(lines) == Imported(added=6, known=0)
        assert told(other) == told(clerk.ledger)
        assert other.verify().faults == ()
        assert other.find("2")[0].state is ReminderState.CANCELLED
        assert other.find("3")[0].doubtful == {"firstName"}


def test_no_export_is_made_of_half_a_run(clerk: Any, row: Any) -> None:
    """What a run has on its way stands in no reminder yet: taken in elsewhere, its no-show would be sent again."""
    run = clerk.plan(row(2, "3", firstName="Cy"))
    (call,) = run.calls.ready(10)
    run.calls.record([Intent(call.row_id)])

    with pytest.raises(UsageError, match="at work, or was cut off"):
        next(clerk.ledger.export())

    clerk.ledger.close_interrupted(at=NOW)
    assert [line["in_doubt"] for line in told(clerk.ledger)[1:]] == ["create"]


def test_an_import_never_replaces_what_is_known(clerk: Any, row: Any) -> None:
    """A second import, or one over a living ledger, adds nothing."""
    filled(clerk, row)

    assert clerk.ledger.import_export(list(clerk.ledger.export())) == Imported(added=0, known=6)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="empty"),
        pytest.param([b"phone,action\n"], id="not-json"),
        pytest.param([b'{"kind": "something else", "schema": 1}\n'], id="foreign"),
        pytest.param([b'{"kind": "appointment-importer reminders", "schema": 99}\n'], id="newer"),
        pytest.param([b'{"kind": "appointment-importer reminders", "schema": 1}\n', b"{}\n"], id="without-fields"),
        pytest.param([b'{"kind": "appointment-importer reminders", "schema": 1}\n', b'{"phone": '], id="cut-off"),
    ],
)
def test_refuses_what_is_no_export(clerk: Any, lines: list[bytes]) -> None:
    """A foreign, newer or damaged export gives a sentence and adds nothing."""
    with pytest.raises(UsageError):
        clerk.ledger.import_export(lines)

    assert clerk.ledger.verify().reminders == 0


def old(
    row: Any,
    status: Status,
    action: Action,
    *,
    uuid: str | None = None,
    run: str = "20260101-000000-aaaa",
    at: float = 0.0,
) -> OldResult:
    return OldResult(
        status=status,
        action=action,
        phone=row.phone,
        external_event_id=row.external_event_id,
        uuid=uuid,
        payload=row.payload,
        starts_at=row.starts_at,
        run=run,
        at=at,
    )


def test_rebuilds_the_memory_from_old_reports(clerk: Any, row: Any) -> None:
    """Rows of old reports give back uuid, state and values, the later ones laid over the earlier."""
    first = row(2, "1", firstName="Ana")
    results = [
        old(first, Status.CREATED, Action.CREATE, uuid="u1"),
        old(row(3, "2"), Status.CREATED, Action.CREATE, uuid="u2"),
        old(row(4, "3"), Status.FAILED, Action.CREATE),
        old(row(5, "4"), Status.UNCHANGED, Action.UPSERT, uuid="u4"),
        old(row(6, "5"), Status.UNKNOWN, Action.CREATE),
        old(row(2, "1", firstName="Bo"), Status.UPDATED, Action.UPDATE, uuid="u1", run="20260102-000000-bbbb"),
        old(row(3, "2", only=True), Status.CANCELLED, Action.CANCEL, uuid="u2", run="20260102-000000-bbbb"),
    ]

    assert clerk.ledger.import_results(results) == Imported(added=4, known=0)

    found = clerk.ledger.reminders([Key(PHONE, str(number)) for number in range(1, 6)])
    states = {key.external_event_id: (reminder.uuid, reminder.state) for key, reminder in found.items()}
    assert states == {
        "1": ("u1", ReminderState.ACTIVE),
        "2": ("u2", ReminderState.CANCELLED),
        "4": ("u4", ReminderState.ACTIVE),
        "5": (None, ReminderState.UNCERTAIN),
    }
    assert found[Key(PHONE, "1")].values["firstName"] == "Bo"
    assert clerk.ledger.verify().faults == ()
    assert clerk.run(row(2, "1", firstName="Bo"), row(3, "4")) == {Status.UNCHANGED: 2}


def test_rebuilding_cancels_what_only_a_uuid_names(clerk: Any, row: Any) -> None:
    """A row with nothing but a uuid, as that of a missing appointment, is about the appointment that has the uuid."""
    alone = row(0, "1")._replace(phone=None, external_event_id=None)
    results = [
        old(row(2, "1"), Status.CREATED, Action.CREATE, uuid="u1"),
        old(alone, Status.CANCELLED, Action.CANCEL, uuid="u1", run="20260102-000000-bbbb"),
    ]

    assert clerk.ledger.import_results(results) == Imported(added=1, known=0)

    (found,) = clerk.ledger.find("u1")
    assert (found.key, found.state) == (Key(PHONE, "1"), ReminderState.CANCELLED)


def test_rebuilding_by_a_uuid_leaves_what_is_known_alone(clerk: Any, row: Any) -> None:
    """What the ledger learned from the API is not cancelled by an old row that names its uuid."""
    clerk.run(row(2, "1"))
    alone = row(0, "1")._replace(phone=None, external_event_id=None)

    result = clerk.ledger.import_results([old(alone, Status.CANCELLED, Action.CANCEL, uuid="uuid-1")])

    assert result == Imported(added=0, known=1)
    assert clerk.ledger.find("uuid-1")[0].state is ReminderState.ACTIVE


def test_rebuilding_leaves_what_is_known_alone(clerk: Any, row: Any) -> None:
    """What the ledger learned from the API is not replaced by an old report."""
    clerk.run(row(2, "1", firstName="Ana"))

    result = clerk.ledger.import_results(
        [old(row(2, "1", firstName="Old"), Status.CREATED, Action.CREATE, uuid="uuid-1")]
    )

    assert result == Imported(added=0, known=1)
    assert clerk.ledger.find("1")[0].values["firstName"] == "Ana"


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0)])
def test_reports_taken_in_one_by_one_end_at_the_newest(clerk: Any, row: Any, order: tuple[int, ...]) -> None:
    """Imports of single reports, in any order, leave the value and state that the newest of them tells."""
    alone = row(0, "2")._replace(phone=None, external_event_id=None)
    reports = [
        [
            old(row(2, "1", firstName="Old"), Status.CREATED, Action.CREATE, uuid="uuid-1", at=100.0),
            old(row(3, "2"), Status.CREATED, Action.CREATE, uuid="uuid-2", at=101.0),
        ],
        [
            old(row(2, "1", firstName="New"), Status.UPDATED, Action.UPDATE, uuid="uuid-1", at=200.0),
            old(alone, Status.CANCELLED, Action.CANCEL, uuid="uuid-2", at=201.0),
        ],
    ]

    for place in order:
        clerk.ledger.import_results(reports[place])

    assert clerk.ledger.find("1")[0].values["firstName"] == "New"
    assert {found.state for found in clerk.ledger.find("uuid-2")} == {ReminderState.CANCELLED}
    assert clerk.ledger.verify().faults == ()


@pytest.mark.parametrize(
    ("uuid", "at", "name"),
    [("uuid-1", 1.0, "Told"), ("uuid-1", 9e9, "Later"), ("uuid-9", 9e9, "Told")],
    ids=["older", "newer", "of-another-uuid"],
)
def test_what_a_call_told_gives_way_to_later_reports_of_it_only(
    clerk: Any, row: Any, uuid: str, at: float, name: str
) -> None:
    """A report replaces what the API took only if it is later and of the same uuid, as after a restored copy."""
    clerk.run(row(2, "1", firstName="Told"))

    clerk.ledger.import_results([old(row(2, "1", firstName="Later"), Status.UPDATED, Action.UPDATE, uuid=uuid, at=at)])

    (found,) = clerk.ledger.find("1")
    assert (found.uuid, found.values["firstName"]) == ("uuid-1", name)
    assert clerk.ledger.verify().faults == ()


STATE = {Action.CANCEL: ReminderState.CANCELLED, Action.NO_SHOW: ReminderState.NO_SHOW_SENT}


@pytest.mark.parametrize("action", [Action.CANCEL, Action.NO_SHOW, Action.UPDATE, Action.UPSERT, Action.NONE])
@pytest.mark.parametrize("ended", STATE)
@pytest.mark.parametrize("is_rebuilt", [False, True])
def test_an_unchanged_row_begins_nothing_anew(
    clerk: Any, row: Any, tmp_path: Path, *, action: Action, ended: Action, is_rebuilt: bool
) -> None:
    """What has ended stays so whatever later rows repeat it, and what is known of it stays, so no no-show goes twice."""
    told = [
        old(row(2, "1"), Status.CREATED, Action.CREATE, uuid="uuid-1", at=1.0),
        old(row(2, "1"), SENT_AS[ended], ended, uuid="uuid-1", at=2.0),
    ]
    clerk.ledger.import_results(told)
    before = clerk.ledger.find("1")
    unchanged = old(row(2, "1"), Status.UNCHANGED, action, uuid="uuid-1", at=9e9)

    if is_rebuilt:
        with open_ledger(str(tmp_path / "other.db")) as other:
            other.import_results([*told, unchanged])
            (found,) = other.find("1")
    else:
        clerk.ledger.import_results([unchanged])
        (found,) = clerk.ledger.find("1")

    assert (found.state, found.uuid) == (STATE[ended], "uuid-1")
    assert found.values == before[0].values


@pytest.mark.parametrize("action", STATE)
def test_a_repeated_end_is_an_end(clerk: Any, row: Any, action: Action) -> None:
    """Where the report of the first cancellation or no-show is lost, the unchanged row of the second one tells of it."""
    clerk.ledger.import_results([old(row(2, "1"), Status.UNCHANGED, action, uuid="uuid-1", at=2.0)])

    assert [found.state for found in clerk.ledger.find("1")] == [STATE[action]]


def test_rebuilding_passes_over_a_uuid_that_stands_elsewhere(clerk: Any, row: Any) -> None:
    """A report that gives one uuid to two appointments brings the first of them only."""
    results = [old(row(n, str(n)), Status.CREATED, Action.CREATE, uuid="same") for n in (1, 2)]

    assert clerk.ledger.import_results(results) == Imported(added=1, known=1)
    assert clerk.ledger.verify().faults == ()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE rows SET status = NULL",
        "UPDATE rows SET state = 'ready'",
        "UPDATE rows SET uuid = NULL",
        "UPDATE reminders SET uuid = NULL",
        "UPDATE reminders SET phone = '+14155550199'",
        "UPDATE rows SET file = 99",
    ],
)
def test_verify_finds_what_does_not_fit_together(clerk: Any, row: Any, harm: str) -> None:
    """Each rule that the rooms rely on is checked, and a breach is said."""
    clerk.run(row(2, "1"))
    assert clerk.ledger.verify().faults == ()
    with clerk.ledger._store.writing() as connection:
        connection.exec_driver_sql(harm)

    assert clerk.ledger.verify().faults


def test_verify_counts(clerk: Any, row: Any) -> None:
    """A whole ledger has no faults, and the check says how much there is."""
    clerk.run(row(2, "1"), row(3, "2"))

    found = clerk.ledger.verify()

    assert (found.runs, found.rows, found.reminders, found.faults) == (1, 2, 2, ())
