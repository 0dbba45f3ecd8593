"""Which ledgers are opened, and which are refused and left as they are."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Exit, LedgerError, LedgerLocked, SettingsError
from importer.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

posix_only = pytest.mark.skipif(os.name == "nt", reason="modes and signals of POSIX")


def made(place: Path, clerk_of: Any, row: Any, count: int = 300) -> Path:
    """Make a ledger with some reminders and close it."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(*(row(number, str(number)) for number in range(2, count + 2)))
    return place


def test_a_closed_ledger_takes_nothing_in(place: Path, row: Any, clerk_of: Any) -> None:
    """Its lock is another's by then: what is written after the end is refused, and nothing of it is kept."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(row(2, "1"))

    with pytest.raises(LedgerError, match="closed"):
        ledger.begin("run", at=1_800_000_000.0)

    with open_ledger(str(place)) as again:
        assert len(again.runs()) == 1


@posix_only
def test_only_the_owner_may_read_it(place: Path, row: Any, clerk_of: Any) -> None:
    """Ledger, write-ahead log, index and lock are 0600 and their folder 0700, under a lax umask too."""
    old = os.umask(0o022)
    try:
        with open_ledger(str(place)) as ledger:
            clerk_of(ledger).run(row(2, "1"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in place.parent.iterdir()}
    finally:
        os.umask(old)

    assert modes == dict.fromkeys(["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"], 0o600)
    assert place.parent.stat().st_mode & 0o777 == 0o700


@posix_only
def test_takes_rights_away_from_others(place: Path, row: Any, clerk_of: Any) -> None:
    """A ledger that became readable for others is closed to them when it is opened."""
    made(place, clerk_of, row, 1).chmod(0o644)

    with open_ledger(str(place)):
        assert place.stat().st_mode & 0o777 == 0o600


def test_writes_durably(clerk: Any) -> None:
    """The database keeps a write-ahead log and waits for the disk at every commit."""
    with clerk.ledger._store.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 - 1_000)
        file.write(b"\x5a" * 4_096)


def _head_overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\x00" * 4_096)


def _text(path: Path) -> None:
    path.write_text("phone,action\n" * 100)


def _foreign_database(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE patients (name TEXT)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(_truncated, "damaged", id="truncated"),
        pytest.param(_emptied, "damaged", id="emptied"),
        pytest.param(_overwritten, "damaged", id="4-kb-overwritten"),
        pytest.param(_head_overwritten, "not one", id="head-overwritten"),
        pytest.param(_text, "not one", id="a-text-file"),
        pytest.param(_foreign_database, "not one", id="a-foreign-database"),
        pytest.param(_newer, "newer version", id="from-a-newer-version"),
    ],
)
def test_refuses_and_leaves_it_as_it_is(place: Path, row: Any, clerk_of: Any, harm: Any, says: str) -> None:
    """A ledger that is not whole, not ours or not for this version gives a sentence, and stays byte for byte."""
    harm(made(place, clerk_of, row))
    before = place.read_bytes()

    with pytest.raises(LedgerError, match=says) as caught, open_ledger(str(place)):
        pass

    assert caught.value.exit_code is Exit.USAGE
    assert caught.value.fix
    assert place.read_bytes() == before


@pytest.mark.parametrize("offset", range(4_096, 4_096 * 30, 4_096 * 3 + 517))
def test_notices_an_overwritten_page_anywhere(place: Path, row: Any, clerk_of: Any, offset: int) -> None:
    """Wherever 4 KB are overwritten with noise, the ledger is refused."""
    made(place, clerk_of, row)
    with place.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(range(256)) * 16)

    with pytest.raises(LedgerError), open_ledger(str(place)):
        pass


def test_reading_alone_never_makes_a_ledger(place: Path) -> None:
    """Asked only to read, a ledger that is not there is an error, and none appears."""
    with pytest.raises(LedgerError, match="no ledger"), open_ledger(str(place), read_only=True):
        pass

    assert not place.exists()


def test_reading_alone_changes_nothing(place: Path, row: Any, clerk_of: Any) -> None:
    """A ledger opened for reading refuses to be written."""
    made(place, clerk_of, row, 1)

    with open_ledger(str(place), read_only=True) as ledger, pytest.raises(LedgerError):
        ledger.begin("run", at=0)


def test_can_be_read_while_a_run_holds_it(place: Path, row: Any, clerk_of: Any) -> None:
    """Looking at runs needs no lock and sees what is settled."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(row(2, "1"))

        with open_ledger(str(place), read_only=True) as other:
            assert len(other.find("1")) == 1


def test_a_killed_first_start_leaves_nothing_in_the_way(place: Path) -> None:
    """A half-made ledger under its temporary name is built anew."""
    place.parent.mkdir()
    place.with_name("ledger.db.new").write_bytes(b"half")

    with open_ledger(str(place)) as ledger:
        assert ledger.runs() == []


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/db", "nonsense://x", "sqlite:///:memory:"])
def test_refuses_urls_that_cannot_keep_a_memory(url: str) -> None:
    """A ledger is a file or a PostgreSQL database."""
    with pytest.raises(SettingsError), open_ledger(url):
        pass


def test_takes_a_url_as_well_as_a_path(place: Path, row: Any, clerk_of: Any) -> None:
    """``sqlite:///PATH`` is the ledger at that path."""
    made(place, clerk_of, row, 1)

    with open_ledger(f"sqlite:///{place}") as ledger:
        assert len(ledger.find("2")) == 1


def test_opens_paths_with_odd_names(tmp_path: Path) -> None:
    """Blanks, question marks, percent signs and hashes in the path mean nothing special."""
    place = tmp_path / "a b?c%41#d&e=f.db"

    with open_ledger(str(place)):
        assert place.exists()


HOLDER = """
import sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(place: Path, code: str = HOLDER) -> Iterator[subprocess.Popen[str]]:
    """Run another process that holds the ledger."""
    with subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_told_who_holds_it(place: Path) -> None:
    """While another process holds the ledger, opening it fails at once with its process id and exit code 11."""
    with holder(place) as process:
        with pytest.raises(LedgerLocked, match=str(process.pid)) as caught, open_ledger(str(place)):
            pass

        assert caught.value.exit_code is Exit.LEDGER_LOCKED


def test_a_killed_holder_leaves_no_lock(place: Path) -> None:
    """After kill -9 of the holder the ledger opens with no manual step."""
    with holder(place) as process:
        process.kill()
        process.wait()

        with open_ledger(str(place)) as ledger:
            assert ledger.runs() == []


FORKING_HOLDER = """
import os, sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    if not os.fork():
        # By now the child has let go of what it was born with; before, it holds the lock for a moment.
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


@posix_only
def test_a_child_of_a_killed_holder_keeps_no_lock(place: Path) -> None:
    """A process forked by the holder does not keep the lock once the holder was killed."""
    line = [sys.executable, "-c", FORKING_HOLDER, str(place)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
        try:
            with open_ledger(str(place)) as ledger:
                assert ledger.runs() == []
        finally:
            os.kill(child, signal.SIGKILL)


RELEASING_HOLDER = """
import sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_waits_for_the_holder_as_long_as_told(place: Path) -> None:
    """With a lock timeout, opening waits until the other run has ended."""
    command = [sys.executable, "-c", RELEASING_HOLDER, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.stdin.close()  # type: ignore[union-attr]

        with open_ledger(str(place), lock_timeout_s=30) as ledger:
            assert ledger.runs() == []


def test_a_foreign_program_that_writes_is_waited_for_then_named(
    place: Path, row: Any, clerk_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database browser that holds the file gives exit code 11 before anything is marked, not a traceback."""
    monkeypatch.setattr("importer.ledger.opening.BUSY_S", 0.2)
    made(place, clerk_of, row, 1)
    with closing(sqlite3.connect(place, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")

        began = time.monotonic()
        with open_ledger(str(place)) as ledger, pytest.raises(LedgerLocked, match="Another program"):
            ledger.begin("run", at=0)

        assert time.monotonic() - began < 5


@posix_only
def test_a_full_disk_writes_nothing_of_a_group(tmp_path: Path, row: Any) -> None:
    """When the file cannot grow any more, ``record`` fails as a whole, and after space is freed all goes on."""
    code = f"""
import json, resource, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]
from conftest import Clerk, make_row
from importer.errors import LedgerError
from importer.ledger import open_ledger
from importer.model.planned_calls import Intent
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_ledger(sys.argv[1]) as ledger:
    clerk = Clerk(ledger)
    run = clerk.plan(*(make_row(n, str(n)) for n in range(2, 400)))
    calls = run.calls.ready(400)
    size = max(p.stat().st_size for p in __import__("pathlib").Path(sys.argv[1]).parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        for call in calls:
            run.calls.record([Intent(call.row_id)])
            marked = call.row_id
            run.calls.record(settlements=[clerk.settle(call)])
        said = "never full"
    except LedgerError as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    before = len(ledger.find("+14155550100"))
    run.recovery.recover(at=1.0)
    clerk.send(run)
    print(json.dumps([said, before, ledger.verify().faults, {{k.value: v for k, v in run.report.totals().items()}}]))
"""
    place = tmp_path / "ledger.db"
    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    said, before, faults, totals = json.loads(done.stdout)
    assert "disk" in said
    assert before < 398
    assert faults == []
    assert totals == {"created": 398}


def test_opening_a_current_ledger_imports_no_alembic(place: Path, row: Any, clerk_of: Any) -> None:
    """A ledger that is up to date is opened without the migration tool, which costs more than all the rest."""
    made(place, clerk_of, row, 1)
    code = (
        "import sys\nfrom importer.ledger import open_ledger\n"
        "with open_ledger(sys.argv[1]) as ledger:\n    pass\nprint('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
    assert done.stderr == ""


def test_making_a_ledger_says_nothing(place: Path) -> None:
    """The migrations run without a word on stdout or stderr, and without touching the logging of others."""
    code = "import sys\nfrom importer.ledger import open_ledger\nwith open_ledger(sys.argv[1]):\n    pass"

    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_migrations_make_the_tables_that_the_code_uses(clerk: Any) -> None:
    """The migrated tables have exactly the columns of ``tables``, and alembic finds no difference."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from importer.ledger.tables import metadata

    with clerk.ledger._store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_errors_say_nothing_about_a_row(clerk: Any, row: Any) -> None:
    """A database error's text holds no value of a row, and neither does its cause."""
    run = clerk.stage(row(2, "1", firstName="Canary"))
    with pytest.raises(LedgerError) as caught:
        run.rows.stage(1, [row(3, "2", firstName="Canary")._replace(number=None)])

    told = f"{caught.value} {caught.value.__cause__}"
    assert "Canary" not in told
    assert caught.value.__cause__ is None
