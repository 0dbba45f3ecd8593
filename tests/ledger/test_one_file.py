"""One ledger, one run: whatever names lead to the file, and whatever is removed beside it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import Exit, LedgerError, LedgerLocked
from importer.ledger import ledger_files, locking, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and modes of POSIX")

HOLDER = """
import sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1]) as ledger:
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def held(place: Path, empty_ledger: Path) -> Iterator[Path]:
    """Give a ledger that another process holds."""
    place.parent.mkdir()
    place.write_bytes(empty_ledger.read_bytes())
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(place)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield place
        finally:
            process.kill()


def test_every_name_leads_to_the_same_lock(held: Path, tmp_path: Path) -> None:
    """By a link to the file, to its folder, or through both, a second run ends with 11, also without the lock file."""
    (tmp_path / "file.db").symlink_to(held)
    (tmp_path / "folder").symlink_to(held.parent)
    (tmp_path / "chain.db").symlink_to(tmp_path / "folder" / held.name)
    names = [held, tmp_path / "file.db", tmp_path / "folder" / held.name, tmp_path / "chain.db"]
    held.with_name("ledger.db.lock").unlink()

    for name in names:
        with pytest.raises(LedgerLocked) as caught, open_ledger(str(name)):
            pass
        assert caught.value.exit_code is Exit.LEDGER_LOCKED


def test_a_hard_link_excludes_a_live_run_and_is_refused_after_it(held: Path, tmp_path: Path) -> None:
    """A second name made while a run is at work ends with 11; a file with two names is refused for reading, too."""
    os.link(held, tmp_path / "other.db")

    with pytest.raises(LedgerLocked), open_ledger(str(tmp_path / "other.db")):
        pass
    with pytest.raises(LedgerError, match="second name"), open_ledger(str(held), read_only=True):
        pass


def test_a_ledger_with_a_second_name_is_refused(place: Path, tmp_path: Path) -> None:
    """By either name it exits 2, and goes on once the second name is gone."""
    with open_ledger(str(place)):
        pass
    other = tmp_path / "other.db"
    os.link(place, other)
    for name in (place, other):
        with pytest.raises(LedgerError, match="second name") as caught, open_ledger(str(name)):
            pass
        assert caught.value.exit_code is Exit.USAGE

    other.unlink()
    with open_ledger(str(place)) as ledger:
        assert ledger.runs() == []


@pytest.mark.parametrize(
    ("line", "alone"),
    [
        ("36 35 98:0 / /srv/a\\040b/ledger.db rw,noatime master:1 - ext4 /dev/root rw", True),
        ("36 35 98:0 / /srv/a\\040b rw,noatime master:1 - ext4 /dev/root rw", False),
        ("broken", False),
    ],
)
def test_a_file_mounted_alone_is_found(tmp_path: Path, line: str, *, alone: bool) -> None:
    """What the kernel says of mounts tells a file that was mounted without its folder."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(line + "\n", encoding="utf-8")

    assert ledger_files.is_mounted_alone(Path("/srv/a b/ledger.db"), mounts) is alone


def test_a_file_mounted_alone_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mounted as a single file, its newest entries would lie in another folder."""
    with open_ledger(str(place)):
        pass
    monkeypatch.setattr(ledger_files, "is_mounted_alone", lambda _path: True)

    with pytest.raises(LedgerError, match="mounted as a single file"), open_ledger(str(place)):
        pass


def test_a_link_to_nothing_is_left_alone(place: Path) -> None:
    """A ledger on a volume that is gone is never replaced by an empty one, with or without the word for a new one."""
    place.parent.mkdir()
    place.symlink_to(place.parent / "volume" / "ledger.db")

    for read_only in (False, True):
        with (
            pytest.raises(LedgerError, match="nothing is there") as caught,
            open_ledger(str(place), read_only=read_only),
        ):
            pass
        assert "--new-ledger" in caught.value.fix
        assert "ledger import" in caught.value.fix
    assert place.is_symlink()
    assert sorted(path.name for path in place.parent.iterdir()) == ["ledger.db"]


@pytest.mark.parametrize("kind", ["symbolic", "hard", "fifo"])
def test_a_planted_lock_file_is_refused(place: Path, tmp_path: Path, kind: str) -> None:
    """A lock file that is a link to somebody's file, or no file, is refused, and the other file keeps its text."""
    with open_ledger(str(place)):
        pass
    note, other = place.with_name("ledger.db.lock"), tmp_path / "diary.txt"
    note.unlink()
    other.write_text("dear diary", encoding="utf-8")
    {"symbolic": note.symlink_to, "hard": note.hardlink_to, "fifo": lambda _other: os.mkfifo(note)}[kind](other)

    with pytest.raises(LedgerError, match="lock file"), open_ledger(str(place)):
        pass
    assert other.read_text(encoding="utf-8") == "dear diary"


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_only_a_regular_file_is_a_ledger(place: Path, kind: str) -> None:
    """A FIFO does not hang the run, and a folder is no ledger."""
    place.parent.mkdir()
    os.mkfifo(place) if kind == "fifo" else place.mkdir()

    for read_only in (False, True):
        with pytest.raises(LedgerError) as caught, open_ledger(str(place), read_only=read_only):
            pass
        assert caught.value.exit_code is Exit.USAGE


def test_folders_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    """Under a umask of 000 each new level is 0700; what was there keeps its mode."""
    old = os.umask(0)
    try:
        with open_ledger(str(tmp_path / "one" / "two" / "ledger.db")):
            pass
    finally:
        os.umask(old)

    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "one", tmp_path / "one" / "two")] == [0o700, 0o700]


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_folder_that_others_may_write_is_refused(place: Path, mode: int) -> None:
    """Whoever may write there could put another ledger in its place."""
    place.parent.mkdir()
    place.parent.chmod(mode)

    with pytest.raises(LedgerError, match="written by others"), open_ledger(str(place)):
        pass
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "says", "fix"),
    [
        pytest.param(errno.ENOSPC, "the disk is full", "nothing is sent twice", id="full"),
        pytest.param(errno.EROFS, "Read-only file system", "Check the folder's rights and disk", id="read-only"),
    ],
)
def test_a_disk_that_takes_nothing_is_told_before_there_is_a_lock_file(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str, fix: str
) -> None:
    """The sentence is the one that such a disk has everywhere; exit 2, never a bug."""
    with open_ledger(str(place)):
        pass
    place.with_name("ledger.db.lock").unlink()
    opens = os.open

    def refused(path: Any, flags: int, mode: int = 0o777, **how: Any) -> int:
        if str(path).endswith(".lock"):
            raise OSError(number, os.strerror(number))
        return opens(path, flags, mode, **how)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(LedgerError, match=says) as caught, open_ledger(str(place)):
        pass
    assert caught.value.exit_code is Exit.USAGE
    assert fix in caught.value.fix


def test_looking_at_a_ledger_does_not_free_a_run_in_the_same_process(place: Path) -> None:
    """SQLite's own locks survive that another reader of this process opens and closes the ledger's file."""
    check = (
        "import fcntl, struct, sys\nfile = open(sys.argv[1], 'r+b')\n"
        "fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)\n"
    )
    with open_ledger(str(place)) as ledger:
        ledger.runs()
        with open_ledger(str(place), read_only=True) as other:
            other.runs()
        done = subprocess.run([sys.executable, "-c", check, str(place)], capture_output=True, check=False)
    assert b"BlockingIOError" in done.stderr


def test_two_first_runs_make_one_ledger(place: Path) -> None:
    """Whoever comes second to an empty folder finds the first one's ledger, locked."""
    place.parent.mkdir()
    with locking.making(place.parent, 0):
        code = "import sys\nfrom importer.ledger import open_ledger\nwith open_ledger(sys.argv[1]):\n    pass"
        done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, check=False)
    assert b"LedgerLocked" in done.stderr
    assert not place.exists()


def test_a_disk_too_small_for_a_first_ledger_is_told(place: Path) -> None:
    """A ledger that cannot even be begun is a sentence and exit 2, and the next attempt begins anew."""
    code = (
        "import resource, signal, sys\nfrom importer.errors import LedgerError\nfrom importer.ledger import open_ledger\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))\n"
        "try:\n    with open_ledger(sys.argv[1]):\n        pass\nexcept LedgerError:\n    sys.exit(2)\n"
    )
    for limit in ("100", "8192"):
        done = subprocess.run([sys.executable, "-c", code, str(place), limit], capture_output=True, check=False)
        assert done.returncode == 2, done.stderr
    assert not place.exists()
    with open_ledger(str(place)) as ledger:
        assert ledger.runs() == []


@pytest.mark.parametrize("log", [False, True], ids=["folded-in", "with-its-log"])
def test_a_ledger_is_read_where_nothing_can_be_written(
    place: Path, row: Any, clerk_of: Any, monkeypatch: pytest.MonkeyPatch, *, log: bool
) -> None:
    """On a read-only disk all is seen, also what a killed run left in the write-ahead log."""
    with open_ledger(str(place)) as ledger:
        clerk_of(ledger).run(row(2, "1"))
    if log:
        code = (
            "import os, sqlite3, sys\nmade = sqlite3.connect(sys.argv[1])\n"
            "made.execute(\"UPDATE runs SET stop_reason = 'newest'\")\nmade.commit()\nos._exit(0)\n"
        )
        subprocess.run([sys.executable, "-c", code, str(place)], check=True)
        place.with_name("ledger.db-shm").unlink()
    before = {path.name: path.read_bytes() for path in place.parent.iterdir()}
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))

    with open_ledger(str(place), read_only=True) as ledger:
        assert ledger.run().record().stop_reason == ("newest" if log else "")
        assert len(ledger.find("1")) == 1
        assert ledger.verify().faults == ()
    assert {path.name: path.read_bytes() for path in place.parent.iterdir()} == before
