"""Users, logins and the audit in the ledger's database, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from on_postgres import SERVER, needs_server, refuse_absence, schema
from sqlalchemy import text

from importer.errors import LedgerError, UsageError
from importer.ledger import open_ledger
from importer.ledger.backups import back_up, restore
from importer.ledger.page.page_store import PageStore, is_current
from importer.ledger.page.user_records import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_server)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.db")
        return
    refuse_absence()
    with schema() as place:
        yield place


@pytest.fixture
def store(ledger: str) -> Iterator[PageStore]:
    with open_ledger(ledger):
        pass
    found = PageStore(ledger)
    yield found
    found.close()


def test_users_are_found_by_name(store: PageStore) -> None:
    """A user is found in whatever capitals, once; a second of the name is refused."""
    user = store.users.add(" Dana ", "hash", Role.ADMIN, at=1.0)

    found = store.users.named("DANA")
    assert found is not None
    assert (found.user, found.hash, found.made_at) == (user, "hash", 1.0)
    assert store.users.any()
    with pytest.raises(UsageError, match="already"):
        store.users.add("dana", "other", Role.VIEWER, at=2.0)


def test_a_login_by_the_link_ends_with_the_first_user(store: PageStore) -> None:
    """Whoever opened the one-time link is out once there are users, also when the last of them is removed."""
    secret = store.sessions.begin(User(0, "", Role.ADMIN), at=1.0)
    assert store.sessions.user_of(secret, at=2.0, local="here") == User(0, "here", Role.ADMIN)

    store.users.add("dana", "hash", Role.ADMIN, at=3.0)
    store.users.remove("dana", at=4.0)

    assert store.sessions.user_of(secret, at=5.0, local="here") is None


def test_a_login_by_the_link_in_the_moment_of_the_first_user_ends_with_her(store: PageStore) -> None:
    """One that began while the first user was added opens nothing after her removal."""
    store.users.add("dana", "hash", Role.ADMIN, at=1.0)
    secret = store.sessions.begin(User(0, "", Role.ADMIN), at=1.0)

    store.users.remove("dana", at=2.0)

    assert store.sessions.user_of(secret, at=3.0, local="here") is None


def test_an_import_named_by_a_nul_is_behind_none(store: PageStore) -> None:
    """The name stands in an address, where anybody can write what PostgreSQL keeps in no text."""
    assert store.imports.newest(None, limit=5, before=(1.0, "\x00")) == []


def test_ids_are_never_given_twice(store: PageStore) -> None:
    """A removed user keeps her id, so that her imports are nobody else's."""
    store.users.add("dana", "hash", Role.ADMIN, at=1.0)
    store.users.remove("dana", at=2.0)

    assert not store.users.any()
    assert store.users.add("bo", "hash", Role.ADMIN, at=3.0).id == 2
    assert store.users.add("dana", "hash", Role.ADMIN, at=3.0).id == 3


def test_logins_are_found_and_ended(store: PageStore) -> None:
    """A login is found by its secret until it is ended."""
    user = store.users.add("dana", "hash", Role.VIEWER, at=1.0)
    secret = store.sessions.begin(user, at=10.0)

    assert store.sessions.user_of(secret, at=11.0, local="") == user
    assert store.sessions.user_of(secret + "x", at=11.0, local="") is None
    store.sessions.end(secret, at=12.0)
    assert store.sessions.user_of(secret, at=13.0, local="") is None


def test_old_logins_are_forgotten(store: PageStore) -> None:
    """A login of a month ago leaves the database with the next one."""
    user = store.users.add("dana", "hash", Role.VIEWER, at=1.0)
    store.sessions.begin(user, at=10.0)
    store.sessions.begin(user, at=10.0 + 31 * 86_400)

    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 1


def test_a_clock_that_was_put_back_opens_nothing(store: PageStore) -> None:
    """A login of the future is none."""
    secret = store.sessions.begin(store.users.add("dana", "hash", Role.VIEWER, at=1.0), at=1000.0)

    assert store.sessions.user_of(secret, at=500.0, local="") is None


def test_deeds_are_read_as_they_were_written(store: PageStore) -> None:
    """The audit gives back who did what to which import, in which counts, the newest first."""
    user = store.users.add("dana", "hash", Role.VIEWER, at=1.0)
    store.audit.add("uploaded", at=2.0, user=user, import_id="i1", rows=60)
    store.audit.add("sent", at=3.0, user=user, import_id="i1", run="20270302-080000-abc", calls=31)

    newest, first = store.audit.newest(5)
    assert (first.by, first.event, first.import_id, first.run, first.counts) == (
        "dana",
        "uploaded",
        "i1",
        None,
        {"rows": 60},
    )
    assert (newest.event, newest.run, newest.counts) == ("sent", "20270302-080000-abc", {"calls": 31})


@pytest.mark.parametrize("statement", ["UPDATE audit SET by = 'x'", "DELETE FROM audit"])
def test_the_audit_is_only_added_to(store: PageStore, statement: str) -> None:
    """The database itself refuses to change or to take out a line of the audit."""
    store.audit.add("uploaded", at=2.0, by="dana", rows=60)
    quoted = statement.replace("by =", '"by" =')

    with pytest.raises(LedgerError), store.writing() as connection:
        connection.execute(text(quoted))

    assert [deed.by for deed in store.audit.newest(5)] == ["dana"]


def test_a_migrated_audit_is_only_added_to(tmp_path: Path) -> None:
    """A ledger that was brought up to date protects its audit as a new one does."""
    from importer.ledger.opening import ledger_url, migrate
    from importer.ledger.store import Store

    made = Store(ledger_url(str(tmp_path / "ledger.db")), busy_s=5)
    migrate(made)
    made.close()
    store = PageStore(str(tmp_path / "ledger.db"))
    store.audit.add("uploaded", at=2.0, by="dana")

    with pytest.raises(LedgerError), store.writing() as connection:
        connection.execute(text("DELETE FROM audit"))
    store.close()


def test_nobody_waits_for_a_run(store: PageStore, ledger: str) -> None:
    """While a run holds the ledger, users log in and edits are written down at once."""
    with open_ledger(ledger):
        user = store.users.add("dana", "hash", Role.ADMIN, at=1.0)
        secret = store.sessions.begin(user, at=2.0)
        assert store.sessions.user_of(secret, at=3.0, local="") == user
        store.audit.add("edited", at=4.0, user=user)


def test_many_threads_use_it(store: PageStore) -> None:
    """Ten threads at once each write and read their own."""
    user = store.users.add("dana", "hash", Role.ADMIN, at=1.0)
    wrong: list[BaseException] = []

    def visit() -> None:
        try:
            for _ in range(5):
                secret = store.sessions.begin(user, at=2.0)
                assert store.sessions.user_of(secret, at=3.0, local="") == user
                store.audit.add("logged_in", at=4.0, user=user)
        except BaseException as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=visit) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(store.audit.newest(100)) == 50


@needs_server
def test_a_lost_server_is_found_again() -> None:
    """After the database has closed the connection, one request fails at most, and the next is answered."""
    import psycopg

    with schema() as place:
        with open_ledger(place):
            pass
        store = PageStore(place)
        store.users.add("dana", "hash", Role.ADMIN, at=1.0)
        assert store.users.any()
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database() AND query LIKE '%users%'"
            )
        failures = 0
        for _ in range(3):
            try:
                assert store.users.any()
                store.users.add(f"bo{failures}", "hash", Role.ADMIN, at=1.0)
                break
            except LedgerError:
                failures += 1
        assert failures <= 2
        assert store.users.named(f"bo{failures}") is not None
        store.close()


def test_a_restored_ledger_is_the_one_that_is_asked(tmp_path: Path) -> None:
    """When the ledger's file is replaced, the page reads the new one; what stood in the old one is not there any more."""
    place = tmp_path / "ledger.db"
    with open_ledger(str(place)):
        pass
    store = PageStore(str(place))
    store.users.add("dana", "hash", Role.ADMIN, at=1.0)
    back_up(str(place), tmp_path / "copy.db", lock_timeout_s=1)
    store.users.add("bo", "hash", Role.ADMIN, at=1.0)
    for path in tmp_path.glob("ledger.db*"):
        path.unlink()
    restore(str(place), tmp_path / "copy.db", lock_timeout_s=1)

    assert [account.user.name for account in store.users.all()] == ["dana"]
    store.close()


def test_the_audit_goes_on_after_a_restore(ledger: str, tmp_path: Path) -> None:
    """A ledger that was brought back from a copy takes further lines of the audit."""
    with open_ledger(str(tmp_path / "first.db")):
        pass
    first = PageStore(str(tmp_path / "first.db"))
    for number in range(3):
        first.audit.add("uploaded", at=float(number), by="dana")
    first.close()
    back_up(str(tmp_path / "first.db"), tmp_path / "copy.db", lock_timeout_s=1)
    restore(ledger, tmp_path / "copy.db", lock_timeout_s=1)

    second = PageStore(ledger)
    second.audit.add("sent", at=9.0, by="bo")
    assert [deed.by for deed in second.audit.newest(9)] == ["bo", "dana", "dana", "dana"]
    second.close()


def test_readiness_is_told_without_making_anything(tmp_path: Path) -> None:
    """Whether a ledger is ready is told without making one."""
    assert not is_current(str(tmp_path / "none.db"), lock_timeout_s=0)
    assert list(tmp_path.iterdir()) == []
    with open_ledger(str(tmp_path / "ledger.db")):
        pass
    assert is_current(str(tmp_path / "ledger.db"), lock_timeout_s=0)
