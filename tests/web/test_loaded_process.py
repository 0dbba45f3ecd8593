"""The process that has loaded everything, and the checks that it forks; judged by its processes as the system shows them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from importer.ingest.loaded_process import LoadedProcess, end
from importer.settings.table import TOKEN_VARIABLE
from importer.web.background_checks import MODULE_AND_ENVIRONMENT, loaded_for_checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ingest.loaded_process import CheckBegun

NO_LEDGER = {
    "options": {"ledger": "nowhere/ledger.db"},
    "config": "",
    "chosen": {},
    "answers": None,
    "draft": "x",
    "name": "a.csv",
}


@pytest.fixture(scope="module")
def loaded() -> Iterator[LoadedProcess]:
    """Give one to all tests of this file."""
    made = loaded_for_checks()
    yield made
    made.end()


def asked(check: CheckBegun) -> list[dict[str, object]]:
    """Give a check an order that cannot be carried out; return what it told."""
    assert check.stdin is not None
    assert check.stdout is not None
    check.stdin.write(orjson.dumps({**NO_LEDGER, "path": "a.csv", "anew": False}) + b"\n")
    check.stdin.flush()
    return [orjson.loads(line) for line in check.stdout]


def pid_of(check: CheckBegun) -> int:
    return int(check._pid)  # type: ignore[attr-defined]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


def test_each_check_is_a_process_of_its_own(loaded: LoadedProcess) -> None:
    """Two checks at once have two processes, and each answers on its own pipes."""
    one, other = loaded.begin(), loaded.begin()
    assert pid_of(one) != pid_of(other)
    assert [list(told) for told in asked(other)] == [["failed"]]
    assert [list(told) for told in asked(one)] == [["failed"]]
    end(one)
    end(other)


def test_a_check_that_is_ended_is_gone(loaded: LoadedProcess) -> None:
    """Once it has been ended there is no process of it, not even one that nobody has waited for."""
    check = loaded.begin()
    end(check)
    assert not Path(f"/proc/{pid_of(check)}").exists()


def test_another_process_takes_the_place_of_one_that_died(loaded: LoadedProcess) -> None:
    """The loaded process is killed: the next check is begun by a new one, and the number of an old check ends nothing there."""
    old = loaded.begin()
    os.kill(parent_of(pid_of(old)), signal.SIGKILL)
    new = loaded.begin()
    assert parent_of(pid_of(new)) != parent_of(pid_of(old))
    end(old)
    assert [list(told) for told in asked(new)] == [["failed"]]
    end(new)


def test_a_check_ends_when_its_page_is_gone(loaded: LoadedProcess) -> None:
    """Its order is closed, as by a page that was killed: it ends by itself, although nobody ended it."""
    check = loaded.begin()
    assert check.stdin is not None
    check.stdin.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid_of(check)}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    end(check)


def test_no_check_learns_the_token(loaded: LoadedProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of the page's environment stands neither in that of the loaded process nor in that of a check."""
    loaded.end()
    monkeypatch.setenv(TOKEN_VARIABLE, "canary-of-the-token")
    check = loaded.begin()
    for pid in (pid_of(check), parent_of(pid_of(check))):
        assert b"canary-of-the-token" not in Path(f"/proc/{pid}/environ").read_bytes()
    end(check)


def shared_with(loaded: LoadedProcess) -> LoadedProcess:
    """Return one more owner of a loaded process."""
    return LoadedProcess(*MODULE_AND_ENVIRONMENT, loaded.share())


def test_owners_share_a_loaded_process(loaded: LoadedProcess) -> None:
    """The checks of both are forked by one process; the number of one owner's check ends nothing for the other."""
    other = shared_with(loaded)
    one, two = loaded.begin(), other.begin()
    assert parent_of(pid_of(one)) == parent_of(pid_of(two))
    loaded.end_check(pid_of(two))
    assert [list(told) for told in asked(two)] == [["failed"]]
    end(one)
    end(two)
    other.end()


def test_the_checks_of_an_owner_end_with_it(loaded: LoadedProcess) -> None:
    """One of two owners is gone: its check ends though it was told nothing, the other's goes on."""
    other = shared_with(loaded)
    one, two = loaded.begin(), other.begin()
    other.end()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid_of(two)}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert [list(told) for told in asked(one)] == [["failed"]]
    end(one)
    end(two)


def test_an_owner_whose_shared_process_died_starts_its_own(loaded: LoadedProcess) -> None:
    """The shared one is killed: each owner begins its next check all the same, by a process of its own."""
    other = shared_with(loaded)
    old = other.begin()
    os.kill(parent_of(pid_of(old)), signal.SIGKILL)
    one, two = loaded.begin(), other.begin()
    assert parent_of(pid_of(one)) != parent_of(pid_of(two))
    assert [list(told) for told in asked(two)] == [["failed"]]
    for check in (old, one, two):
        end(check)
    other.end()
