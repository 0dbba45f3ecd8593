"""The same ledger on PostgreSQL, where a server is at hand (``on_postgres``)."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from long_form import longer
from on_postgres import SERVER, in_schema, needs_server, refuse_absence, schema
from sqlalchemy import text

from importer.errors import Exit, Interrupted, LedgerError, LedgerLocked, LedgerLost, UsageError
from importer.ledger import open_ledger
from importer.ledger.opening import ledger_url, make, migrate
from importer.ledger.store import Store
from importer.model.issues import Issue
from importer.model.planned_calls import Intent, settled
from importer.model.statuses import Action, Hold, ReminderState, Status
from importer.planning.lanes import plan_lane

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000.0

pytestmark = needs_server
refuse_absence()


@pytest.fixture
def url() -> Iterator[str]:
    with schema() as found:
        yield found


@pytest.fixture
def clerk(url: str, clerk_of: Any) -> Iterator[Any]:
    with open_ledger(url) as ledger:
        yield clerk_of(ledger)


def test_a_night_on_postgresql(clerk: Any, row: Any) -> None:
    """Creates, updates, cancels, duplicates and unchanged rows go the same way as on SQLite."""
    first = [
        row(2, "1"),
        row(3, "1", "update", only=True, firstName="Bo"),
        row(4, "2"),
        row(5, "2"),
        row(6, "3", "cancel"),
    ]

    assert clerk.run(*first) == {Status.CREATED: 2, Status.UPDATED: 1, Status.DUPLICATE: 1, Status.UNCHANGED: 1}
    clerk.sent.clear()
    assert clerk.run(*first[:4]) == {Status.UNCHANGED: 3, Status.DUPLICATE: 1}
    assert clerk.sent == []
    assert clerk.run(row(2, "1", "cancel", only=True)) == {Status.CANCELLED: 1}
    assert clerk.ledger.find("1")[0].state is ReminderState.CANCELLED
    assert clerk.ledger.verify().faults == ()
    assert len(list(clerk.ledger.export())) == 3


def test_recovery_on_postgresql(clerk: Any, row: Any) -> None:
    """A call found sending is repeated with the same bytes; a uuid of another appointment is not stored."""
    run = clerk.plan(row(2, "1"), row(3, "2"))
    calls = run.calls.ready(10)
    run.calls.record([Intent(call.row_id) for call in calls])

    assert run.recovery.reopen(at=NOW) == 2

    again = run.calls.ready(10)
    assert [(call.body, call.repeated) for call in again] == [(call.body, True) for call in calls]
    run.calls.record([Intent(call.row_id) for call in again])
    run.calls.record(settlements=[settled(call, at=NOW, attempts=(), uuid="same") for call in again])
    assert run.report.totals() == {Status.CREATED: 1, Status.UNKNOWN: 1}
    run.finish(8, "", NOW)
    assert run.unknown.resolve(3, sent=False, at=NOW) is Status.NOT_SENT
    retried = clerk.ledger.begin("retry", at=NOW, parent=run.id)
    assert retried.recovery.stage_again(run.id, [Status.NOT_SENT]) == 1
    clerk.decide(retried)
    assert retried.calls.pending() == {Action.CREATE: 1}


def test_never_marks_twice_on_postgresql(clerk: Any, row: Any) -> None:
    """The count of rows touched guards the marks here too."""
    run = clerk.plan(row(2, "1"), row(3, "2"))
    one, other = run.calls.ready(10)
    run.calls.record([Intent(one.row_id)])

    with pytest.raises(LedgerError):
        run.calls.record([Intent(other.row_id), Intent(one.row_id)])


def test_one_importer_at_a_time_on_postgresql(clerk: Any, url: str) -> None:
    """A second importer is refused while the first one's connection lives, and only looking is allowed."""
    with pytest.raises(LedgerLocked), open_ledger(url):
        pass

    with open_ledger(url, read_only=True) as ledger:
        assert ledger.runs() == clerk.ledger.runs()
        with pytest.raises(LedgerError):
            ledger.begin("run", at=NOW)


def test_refuses_a_foreign_database_on_postgresql(url: str) -> None:
    """A database with tables of somebody else's is left alone."""
    schema = url.rpartition("%3D")[2]
    in_schema(f"CREATE TABLE {schema}.patients (name text)")

    with pytest.raises(LedgerError, match="not one"), open_ledger(url):
        pass


def test_guards_ask_postgresql_the_same(clerk: Any, row: Any) -> None:
    """Moves, meetings, holds and earlier files are found and written there, too."""
    clerk.run(*(row(number, str(number), phone=f"+1415555{number:04d}") for number in range(2, 8)))
    later = {"starts_at": int(NOW) + 90_000, "eventDateTime": "2027-01-16T09:00:00"}
    run = clerk.stage(
        *(row(number, str(number), phone=f"+1415555{number:04d}", **later) for number in range(2, 8)),
        row(8, "9", phone="+14155550002"),
        row(9, "10", phone="+14155550002", **later),
    )
    for lane in run.plan.lanes():
        run.plan.record(plan_lane(lane.known, lane.rows, now=NOW), at=NOW)

    assert run.guards.known_and_moved() == (6, 6)
    assert {move.shift for move in run.guards.moves()} == {3_600}
    assert run.guards.same_time() == {}
    other = clerk.stage(row(2, "11", phone="+14155550003"))
    for lane in other.plan.lanes():
        other.plan.record(plan_lane(lane.known, lane.rows, now=NOW), at=NOW)
    ((row_id, place),) = other.guards.same_time().items()
    assert place.number == 3
    other.guards.hold_rows({row_id: Issue("same_time", detail="there")}, at=NOW)
    assert run.guards.hold_calls([Hold("moved_together", "All moved.", "Look.")], at=NOW) == 8
    assert (other.report.totals(), run.report.totals()) == ({Status.HELD: 1}, {Status.HELD: 8})
    assert other.guards.earlier_files("", limit=5) == []


def end_the_holder(url: str) -> None:
    """
    Let the server end the connection that holds this ledger's lock, as a firewall or an administrator would.

    Of this schema alone: other ledgers of the server are in use meanwhile, by tests that run at the same time.
    """
    schema = url.rpartition("%3D")[2]
    in_schema(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        f" AND objid = CAST(hashtext('{schema}') AS bigint) & 4294967295"
    )


def test_a_run_without_its_lock_writes_no_more(clerk: Any, row: Any, url: str) -> None:
    """The connection that writes holds the lock: with it gone the next write fails with exit 5, and so do all later ones."""
    run = clerk.plan(row(2, "1"), row(3, "2"))
    one, other = run.calls.ready(10)
    run.calls.record([Intent(one.row_id)])
    end_the_holder(url)

    with open_ledger(url) as second:
        for _ in range(2):
            with pytest.raises(LedgerLost, match="connection to the ledger was lost") as caught:
                run.calls.record([Intent(other.row_id)])
        assert caught.value.exit_code is Exit.STOPPED
        assert second.close_interrupted(at=NOW) == [run.id]
        assert second.run(run.id).report.totals() == {Status.UNKNOWN: 1, Status.NOT_SENT: 1}


def test_the_raw_cursor_notices_a_lost_connection_too(clerk: Any, row: Any, url: str) -> None:
    """Statements that go past SQLAlchemy, as marks do, tell the loss in the same words."""
    run = clerk.plan(row(2, "1"))
    (call,) = run.calls.ready(10)
    end_the_holder(url)

    with pytest.raises(LedgerLost):
        run.calls.record([Intent(call.row_id)])


def test_the_last_word_of_a_server_is_a_lost_connection(clerk: Any, row: Any) -> None:
    """Also where the server says that it ends the connection in answer to the statement in hand, and for one that only reads."""
    run, store = clerk.plan(row(2, "1")), clerk.ledger._store

    def ended_while(use: Any, statement: str) -> None:
        with use() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            in_schema(f"SELECT pg_terminate_backend({pid})")
            connection.exec_driver_sql(statement)

    for use in (store.reading, store.writing):
        with pytest.raises(LedgerLost):
            ended_while(use, "SELECT 1")
    with pytest.raises(LedgerLost):
        run.calls.record([Intent(1)])


class StopError(Interrupted):
    """What a signal handler raises."""

    def __init__(self) -> None:
        super().__init__("Interrupted.")


def test_signals_at_any_moment_leave_the_ledger_usable(clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a handler raises ends the transaction and is heard as it is; the next one is answered. Also of many rows."""

    def stop(_number: int, _frame: object) -> None:
        raise StopError

    def outside_of_finalizers(told: Any) -> None:
        if not isinstance(told.exc_value, StopError):
            tell(told)

    # Python takes back what a handler raises within a finalizer; the program's own handler notes the wish before it raises.
    tell = sys.unraisablehook
    monkeypatch.setattr(sys, "unraisablehook", outside_of_finalizers)
    clerk.plan(row(2, "1"))
    store, before = clerk.ledger._store, signal.signal(signal.SIGTERM, stop)
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE scratch (n integer)")
    many = text("INSERT INTO scratch VALUES (:n)")
    try:
        for moment in range(30):
            with suppress(StopError), store.writing() as connection:
                timer = threading.Timer(moment * 0.0005, os.kill, (os.getpid(), signal.SIGTERM))
                timer.start()
                for _ in range(20):
                    connection.execute(many, [{"n": number} for number in range(50)])
                    connection.exec_driver_sql("SELECT count(*) FROM scratch").scalar()
            with suppress(StopError):
                timer.join()
            assert len(clerk.rows()) == 1
    finally:
        signal.signal(signal.SIGTERM, before)

    assert clerk.run(row(3, "2")) == {Status.CREATED: 1}


def test_signal_as_many_rows_end_leaves_the_ledger_usable(
    clerk: Any, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a handler raises as the answers of many rows come in is heard after all of them, and the next one is answered."""
    from psycopg import Pipeline

    def stop(_number: int, _frame: object) -> None:
        raise StopError

    def end(self: Pipeline, *how: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        really_end(self, *how)

    clerk.plan(row(2, "1"))
    store, before = clerk.ledger._store, signal.signal(signal.SIGTERM, stop)
    with store.writing() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE scratch (n integer)")
    really_end = Pipeline.__exit__
    monkeypatch.setattr(Pipeline, "__exit__", end)
    try:
        with pytest.raises(StopError), store.writing() as connection:
            connection.execute(text("INSERT INTO scratch VALUES (:n)"), [{"n": number} for number in range(50)])
    finally:
        signal.signal(signal.SIGTERM, before)
    monkeypatch.undo()

    with store.writing() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scratch").scalar() == 0
    assert clerk.run(row(3, "2")) == {Status.CREATED: 1}


def test_a_name_with_nul_names_nothing(clerk: Any) -> None:
    """NUL comes from an address that somebody typed; the server can hold none, so it is asked for something else."""
    assert clerk.ledger.find("10\0") == []
    with pytest.raises(UsageError, match="no run"):
        clerk.ledger.run("10\0")


def test_two_schemas_of_one_database_do_not_exclude_each_other(clerk: Any) -> None:
    """The lock's name has the schema in it: tenants side by side work at the same time."""
    schema = f"importer_other_{os.getpid()}"
    in_schema(f"CREATE SCHEMA {schema}")
    joined = "&" if "?" in SERVER else "?"
    try:
        with open_ledger(f"{SERVER}{joined}options=-csearch_path%3D{schema}") as other:
            assert other.runs() == clerk.ledger.runs() == []
            assert other.owner().ledger != clerk.ledger.owner().ledger
    finally:
        in_schema(f"DROP SCHEMA {schema} CASCADE")


def test_the_server_is_asked_to_notice_a_client_without_power(clerk: Any) -> None:
    """Keepalives are set for the session, so that a machine without power gives its lock back within half a minute."""
    with clerk.ledger._store.writing() as connection:
        idle, interval, count = (
            int(connection.exec_driver_sql(f"SHOW tcp_keepalives_{name}").scalar())
            for name in ("idle", "interval", "count")
        )
    assert idle + interval * count <= 30


def shape(connection: Any, schema: str) -> list[tuple[Any, ...]]:
    """Return every column and index of a schema as the server describes them, without the schema's name."""
    columns = connection.execute(
        "SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2",
        [schema],
    ).fetchall()
    indexes = connection.execute(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1, 2", [schema]
    ).fetchall()
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = CAST(%s AS regnamespace) ORDER BY 1, 2",
        [schema],
    ).fetchall()
    return [tuple(str(cell).replace(f"{schema}.", "") for cell in row) for row in (*columns, *indexes, *keys)]


def test_a_new_ledger_is_what_the_migrations_leave_on_postgresql(url: str) -> None:
    """Made at once or migrated, a schema has the same columns, defaults, indexes and constraints."""
    import psycopg

    schema, shapes = url.rpartition("%3D")[2], []
    for build in (make, migrate):
        store = Store(ledger_url(url), busy_s=5)
        try:
            build(store)
        finally:
            store.close()
        with psycopg.connect(SERVER, autocommit=True) as connection:
            shapes.append(shape(connection, schema))
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            connection.execute(f"CREATE SCHEMA {schema}")

    assert shapes[0] == shapes[1]
    assert len(shapes[0]) > 100


def test_who_waits_takes_over_from_a_killed_holder(url: str) -> None:
    """After kill -9 of the process that holds the ledger, the one that waits for it has it at once."""
    heard, tells = os.pipe()
    holder = os.fork()
    if not holder:
        with open_ledger(url):
            os.write(tells, b"held")
            signal.pause()
        os._exit(1)
    taken: list[float] = []

    def wait() -> None:
        with open_ledger(url, lock_timeout_s=60):
            taken.append(time.monotonic())

    try:
        assert os.read(heard, 4) == b"held"
        waiting = threading.Thread(target=wait)
        waiting.start()
        with pytest.raises(LedgerLocked), open_ledger(url):
            pass
        assert not taken
    finally:
        killed = time.monotonic()
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        os.close(heard)
        os.close(tells)
    waiting.join(timeout=60)

    # A machine that tests many things at once is slow; alone it is within a second.
    assert taken[0] - killed < longer(10, 1)
