"""The mark of a clean end: with it the next opening does not read the whole ledger; whatever casts doubt on it, it does."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Interrupted, LedgerError
from importer.ledger import ledger_of_drafts, open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ended(place: Path, clerk_of: Any, row: Any) -> Path:
    """Give a ledger of some reminders that was closed as it should be."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(*(row(number, str(number)) for number in range(2, 302)))
    return place


def rot(place: Path) -> None:
    """Let a page be of no use any more, as a disk does: without a word, and without the file's time."""
    about = place.stat()
    with place.open("r+b") as file:
        # A page of rows: those of the ledger's shape stand before its middle.
        file.seek(place.stat().st_size * 3 // 4 & ~4_095)
        file.write(b"\x5a" * 4_096)
    os.utime(place, ns=(about.st_atime_ns, about.st_mtime_ns))


def is_looked_through(place: Path) -> bool:
    """Whether the next opening reads pages that nobody asks it for: a rotten one is noticed."""
    rot(place)
    try:
        with open_ledger(str(place)):
            return False
    except LedgerError:
        return True


def test_after_a_clean_end_nothing_is_looked_through(ended: Path) -> None:
    """What no command needs is not read, however old the ledger is."""
    assert not is_looked_through(ended)


def test_an_end_without_writing_leaves_the_mark(ended: Path) -> None:
    """Whoever only opens the ledger, for reading or for writing, changes nothing of it."""
    before = ended.read_bytes()
    with open_ledger(str(ended)):
        pass
    with open_ledger(str(ended), read_only=True) as ledger:
        ledger.runs()

    assert ended.read_bytes() == before
    assert not is_looked_through(ended)


def copied(place: Path) -> None:
    """Put a copy with the same times in the ledger's place, as a restored backup is."""
    copy = shutil.copy2(place, place.with_name("copy.db"))
    place.unlink()
    copy.rename(place)


def changed(place: Path) -> None:
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("UPDATE runs SET tzdata = 'another'")


def touched(place: Path) -> None:
    place.touch()


def interrupted_by_a_bug(place: Path) -> None:
    with suppress(ZeroDivisionError), open_ledger(str(place)) as ledger:
        ledger.begin("run", at=1.0)
        raise ZeroDivisionError


def ended_by_the_ledger(place: Path) -> None:
    with suppress(LedgerError), open_ledger(str(place)) as ledger:
        ledger.begin("run", at=1.0)
        raise LedgerError("The disk is full.")


KILLED = """
import os, signal, sys
from importer.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    ledger.begin("run", at=1.0)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(place: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("harm", [copied, changed, touched, interrupted_by_a_bug, ended_by_the_ledger, killed])
def test_whatever_casts_doubt_has_it_looked_through(ended: Path, harm: Callable[[Path], None]) -> None:
    """A kill, a fault, a copy, another program: the next opening reads all pages, and the end after it is clean again."""
    harm(ended)
    whole = ended.read_bytes()
    assert is_looked_through(ended)

    ended.write_bytes(whole)
    with open_ledger(str(ended)) as ledger:
        ledger.close_interrupted(at=1.0)
    assert not is_looked_through(ended)


def test_a_stop_that_was_asked_for_is_a_clean_end(ended: Path) -> None:
    """Ctrl-C at a question leaves the ledger as well as any other end."""
    with suppress(Interrupted), open_ledger(str(ended)) as ledger:
        ledger.begin("run", at=1.0)
        raise Interrupted("Not sent.")

    assert not is_looked_through(ended)


def test_a_reader_beside_it_does_not_spoil_the_end(place: Path, clerk_of: Any, row: Any) -> None:
    """A page that looks at the ledger while the run ends keeps SQLite's log, and the mark holds all the same."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(*(row(number, str(number)) for number in range(2, 302)))
        beside = open_ledger(str(place), read_only=True)
        beside.__enter__().runs()
    beside.__exit__(None, None, None)

    assert not is_looked_through(place)


def test_drafts_that_are_touched_in_between_leave_a_clean_end(ended: Path) -> None:
    """What the page writes without the run's lock leaves the next run nothing more to read."""
    before = ended.stat().st_mtime_ns
    with ledger_of_drafts(str(ended)) as beside, beside._store.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET tzdata = 'another'")

    assert ended.stat().st_mtime_ns > before
    assert not is_looked_through(ended)


def test_verify_reads_all_of_it_at_any_time(ended: Path) -> None:
    """What an opening passes over is found by ``importer ledger verify``."""
    rot(ended)

    with open_ledger(str(ended)) as ledger, suppress(LedgerError):
        assert ledger.verify().faults
