"""One bit that flips on the disk: refused, or without effect; never a second booking, never a bug."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Exit, LedgerError
from importer.ledger import open_ledger
from importer.model.statuses import Action

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 60
FLIPS = 80
PAGE = 4_096
KINDS_OF_PAGES = (2, 5, 10, 13)
"""What the first byte of a page of a table or an index may be (sqlite.org/fileformat2.html, 1.6)."""


def known(row: Any) -> list[Any]:
    return [row(number, str(number), phone=f"+1415555{number:04d}") for number in range(2, ROWS + 2)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, clerk_of: Any, row: Any) -> bytes:
    """Return the bytes of a ledger with one finished run."""
    place = tmp_path_factory.mktemp("whole") / "ledger.db"
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(*known(row))
    return place.read_bytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_is_refused_or_without_effect(
    place: Path, whole: bytes, clerk_of: Any, row: Any, seed: int
) -> None:
    """Wherever it is: no known appointment is booked again, nothing but a sentence comes out, and what verify finds is refused."""
    chance = random.Random(seed)
    place.parent.mkdir(mode=0o700)
    for _ in range(FLIPS // 4):
        at = chance.randrange(100, len(whole))
        flip(place, whole, at, chance.randrange(8))
        with suppress(LedgerError), open_ledger(str(place)) as ledger:
            clerk = clerk_of(ledger)
            list(ledger.run().report.rows())
            run = clerk.plan(*known(row))
            assert Action.CREATE not in run.calls.pending(), at


@pytest.fixture(scope="module")
def rotting(tmp_path_factory: pytest.TempPathFactory, clerk_of: Any, row: Any) -> Path:
    """Give a ledger with one finished run that was closed as it should be, so that nothing has it looked through."""
    place = tmp_path_factory.mktemp("rotting") / "ledger.db"
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(*known(row))
    return place


def rot(place: Path, whole: bytes, at_ns: int, at: int, bit: int) -> None:
    """Put the whole ledger back into its file with one bit flipped, as a disk does: the file's time stays."""
    with place.open("r+b") as file:
        file.truncate(len(whole))
        file.write(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    for left in place.parent.glob("ledger.db-*"):
        left.unlink()
    os.utime(place, ns=(at_ns, at_ns))


def calls_of(place: Path, clerk_of: Any, rows: list[Any]) -> list[Any]:
    """Return all that a run of these rows would send."""
    with open_ledger(str(place)) as ledger:
        run = clerk_of(ledger).plan(*rows)
        return [(call.action, call.key, call.uuid, call.body) for call in run.calls.ready(1_000)]


def test_a_bit_that_rots_is_refused_or_without_effect(rotting: Path, clerk_of: Any, row: Any) -> None:
    """Nothing looks the ledger through, and yet a run sends what it would have sent, or says that the ledger is damaged."""
    whole, at_ns, chance = rotting.read_bytes(), rotting.stat().st_mtime_ns, random.Random(9)
    rows = [each._replace(payload=each.payload.replace(b"PT3H", b"PT4H")) for each in known(row)]
    rows[::2] = known(row)[::2]
    rows.append(row(90, "new", phone="+14155559999"))
    right = calls_of(rotting, clerk_of, rows)
    assert [action for action, *_ in right].count(Action.UPDATE) == ROWS // 2
    refused = 0
    # Most of the file are rows, which such a run does not read: half of the flips are in reminders, which alone are active.
    known_at = [
        at + beside for at in range(len(whole)) if whole.startswith(b"active", at) for beside in range(-60, 200)
    ]
    for at in [*chance.sample(range(100, len(whole)), FLIPS // 2), *chance.sample(known_at, FLIPS // 2)]:
        rot(rotting, whole, at_ns, at, chance.randrange(8))
        try:
            assert calls_of(rotting, clerk_of, rows) == right, at
        except LedgerError:
            refused += 1

    assert refused > FLIPS // 8


@pytest.mark.parametrize("name", ["sqlite_autoindex_reminders_1", "reminders_of_number", "rows"])
def test_a_page_that_leads_to_nothing_books_nobody_again(rotting: Path, clerk_of: Any, row: Any, name: str) -> None:
    """Where an index knows nothing any more, the appointments are found by the other, or no longer asked for."""
    whole, at_ns = rotting.read_bytes(), rotting.stat().st_mtime_ns
    with closing(sqlite3.connect(f"file:{rotting}?mode=ro", uri=True)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    rot(rotting, whole, at_ns, len(whole) - 1, 0)
    with rotting.open("r+b") as file:
        # A page without cells: each of them is there, and none is found.
        file.seek((page - 1) * PAGE + 3)
        file.write(bytes(2))
    os.utime(rotting, ns=(at_ns, at_ns))

    with suppress(LedgerError):
        assert Action.CREATE not in [action for action, *_ in calls_of(rotting, clerk_of, known(row))]


def flip(place: Path, whole: bytes, at: int, bit: int) -> None:
    """Put the ledger in place with one bit of it flipped, and nothing of an earlier one beside it."""
    place.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    for left in place.parent.glob("ledger.db-*"):
        left.unlink()


def test_a_page_of_no_known_kind_is_refused(place: Path, whole: bytes) -> None:
    """A flip in the byte that says what a page holds is seen before anything is read from it."""
    place.parent.mkdir(mode=0o700)
    pages = [at for at in range(PAGE, len(whole), PAGE) if whole[at] in KINDS_OF_PAGES]
    refused = 0
    for at in pages:
        flip(place, whole, at, 4)
        try:
            with open_ledger(str(place)):
                pass
        except LedgerError:
            refused += 1

    # A page that is free now may still hold what it held.
    assert refused > len(pages) // 2 > 5


def test_damage_in_the_text_of_a_table_is_refused(place: Path, whole: bytes) -> None:
    """SQLite quotes the text that it cannot read, and the driver cannot decode the quotation: a sentence all the same."""
    place.parent.mkdir(mode=0o700)
    at = whole.index(b"CREATE TABLE reminders (")
    place.write_bytes(whole[:at] + b"CR\xe4" + whole[at + 3 :])

    with pytest.raises(LedgerError), open_ledger(str(place)):
        pass


@pytest.fixture
def look(clerk_of: Any, row: Any) -> Any:
    """Give what looks at all that a ledger holds, and plans a change of each appointment."""

    def looking(place: Path) -> None:
        with open_ledger(str(place)) as ledger:
            ledger.runs()
            ledger.run().files.all()
            list(ledger.run().report.rows())
            ledger.history("+14155550003")
            changed = (each._replace(payload=each.payload.replace(b"PT3H", b"PT4H")) for each in known(row))
            clerk_of(ledger).plan(*changed)

    return looking


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE reminders SET state = 'cctive'", "cannot be read"),
        ("UPDATE reminders SET accepted = '{\"a\"'", "cannot be read"),
        ("UPDATE reminders SET in_doubt = 'zzz'", "cannot be read"),
        ("UPDATE reminders SET external_event_id = external_event_id || 'x'", "another one's key"),
        ("UPDATE reminders SET phone = CAST(X'2b31ff' AS TEXT)", "cannot be read"),
        ("UPDATE runs SET state = 'finjshed'", "cannot be read"),
        ("UPDATE runs SET settings = 'x'", "cannot be read"),
        ("UPDATE files SET headings = 'x'", "cannot be read"),
        ("UPDATE rows SET status = 'cseated'", "cannot be read"),
        ("UPDATE rows SET history = '[[1]]'", "cannot be read"),
    ],
)
def test_a_value_that_no_version_wrote_is_damage(
    place: Path, whole: bytes, look: Any, statement: str, says: str
) -> None:
    """What fits the tables, but is no word of ours, ends with exit 2 and without the value, not with a traceback."""
    place.parent.mkdir(mode=0o700)
    place.write_bytes(whole)
    with closing(sqlite3.connect(place)) as database, database:
        database.execute(statement)

    with pytest.raises(LedgerError, match=says) as caught:
        look(place)
    assert caught.value.exit_code is Exit.USAGE
    assert "+1" not in str(caught.value)
