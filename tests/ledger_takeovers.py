"""
Who has the ledger once its holder is gone: ``python tests/ledger_takeovers.py [--cuts 50] [--kills 20] [--silences 3]``.

A pass sends updates, a second one waits for the ledger. Then the server ends the first one's connection (``--cuts``), the first is
killed (``--kills``, on SQLite, too), or it falls silent as a machine without power does: it stands still, and its socket drops
every packet (``--silences``). Told are the seconds until the second pass had the ledger, exit codes, requests of the first pass that
began after that, and updates that were made twice though nobody was in doubt of them. Needs ``IMPORTER_TEST_POSTGRES``.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import signal
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from desk import Desk, appointments
from drop_yard import Yard
from on_postgres import SERVER, in_schema, schema

from importer.api.client import Session
from importer.commands import ledgers
from importer.errors import ImporterError
from importer.ingest.check_process import CheckProcess
from importer.ingest.passes import ingest
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 40
CONCURRENCY = 4
LONGEST_S = 120.0
_SO_ATTACH_FILTER = 26


@dataclass
class Found:
    """What was seen. ``taken``: seconds until the second pass had the ledger; ``codes``: exit codes of the first."""

    taken: list[float] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    late: int = 0
    twice: int = 0
    in_doubt: int = 0

    def told(self, name: str, within_s: float, late_each: int) -> tuple[bool, str]:
        """Return whether all held, and a line of figures. ``late_each``: late requests that may be in one of them."""
        held = max(self.taken) <= within_s and self.late <= late_each * len(self.taken) and not self.twice
        return held, (
            f"{name}: {len(self.taken)} times; the second pass had the ledger after {statistics.median(self.taken):.3f} s, at most "
            f"{max(self.taken):.3f} s; exit codes of the first {dict(self.codes)}; its requests after that {self.late}; "
            f"updates made twice {self.twice}, repeated because in doubt {self.in_doubt}"
        )


class Watched:
    """The log of a pass in a process of its own: what it noted is written to a file at its end, or as it goes."""

    is_kept = True

    def __init__(self, place: Path, at: Callable[[int], None] = lambda _settled: None) -> None:
        self._file = place.open("a", encoding="ascii", buffering=1)
        self._at = at
        self._settled = 0

    def note(self, what: str, **more: Any) -> None:
        """Note what happened, and when."""
        self._file.write(json.dumps({"what": what, "at": time.monotonic(), **more}) + "\n")

    def write(self, event: str, **_members: Any) -> None:
        """Hear of an event of the pass."""
        if event == "settled":
            self._settled += 1
            self._at(self._settled)


def one_pass(yard: Yard, place: Path, at: Callable[[int], None] = lambda _settled: None) -> int:
    """Fork a pass; return its process. Each of its requests and its hold of the ledger stand in the file with their time."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        log = Watched(place, at)
        asked, opened = Session.answer, ledgers.open_ledger

        def answer(session: Session, method: str, path: str, body: bytes | None) -> Any:
            log.note("request", method=method, path=path)
            return asked(session, method, path, body)

        @contextmanager
        def open_ledger(*given: Any, **named: Any) -> Any:
            with opened(*given, **named) as ledger:
                log.note("ledger")
                yield ledger

        Session.answer, ledgers.open_ledger = answer, open_ledger  # type: ignore[method-assign]
        job = replace(yard.desk.job(concurrency=CONCURRENCY, lock_timeout_s=LONGEST_S), log=log)
        result = ingest(job, [yard.drop], checks=yard.checks)
        log.note("end", news=result.news)
        code = int(result.exit_code)
    except ImporterError as error:
        log.note("end", news=[str(error)])
        code = int(error.exit_code)
    finally:
        os._exit(code)


def read(place: Path, what: str) -> list[dict[str, Any]]:
    """Return what a pass noted of one kind."""
    found = map(json.loads, place.read_text(encoding="ascii").splitlines()) if place.exists() else ()
    return [each for each in found if each["what"] == what]


def waited(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def holder_of(url: str) -> str:
    """Return the statement that has the server end the connection that holds a schema's lock."""
    name = url.rpartition("%3D")[2]
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        f" AND objid = CAST(hashtext('{name}') AS bigint) & 4294967295"
    )


def fall_silent() -> None:
    """Let the sockets to the database drop every packet that comes, and ask for none; then stand still."""
    drop = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(drop))
    for each in Path("/proc/self/fd").iterdir():
        try:
            found = socket.socket(fileno=os.dup(int(each.name)))
            is_database = found.getpeername()[1] == (urlsplit(SERVER).port or 5432)
        except (OSError, ValueError, IndexError, TypeError):
            continue
        if is_database:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
            found.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    os.kill(os.getpid(), signal.SIGSTOP)


def play(yard: Yard, end: Callable[[int], None], number: int, found: Found, at: Callable[[int], None]) -> None:
    """Let one pass send updates, another one wait, and the first be ended; look at what both did."""
    first, second = yard.desk.folder / f"first{number}", yard.desk.folder / f"second{number}"
    yard.put(f"n{number}.csv", *appointments(ROWS, firstName=f"Name{number}"))
    before = len(yard.desk.sandbox.effects())
    one = one_pass(yard, first, at)
    waited(lambda: len(yard.desk.sandbox.effects()) > before)
    other = one_pass(yard, second)
    moment = random.Random(number).randrange(2, ROWS - CONCURRENCY)
    if end is not stand_still:
        waited(lambda: len(yard.desk.sandbox.effects()) - before >= moment)
    ended = time.monotonic()
    end(one)
    waited(lambda: bool(read(second, "ledger")))
    had = read(second, "ledger")[0]["at"]
    if end is stand_still:
        os.kill(one, signal.SIGCONT)
    found.codes[os.waitstatus_to_exitcode(os.waitpid(one, 0)[1])] += 1
    os.waitpid(other, 0)

    found.taken.append(had - ended)
    found.late += sum(each["at"] > had for each in read(first, "request"))
    made = Counter(effect.uuid for effect in yard.desk.sandbox.effects("update")[:] if _is_of(effect, number))
    repeats = sum(count - 1 for count in made.values())
    found.in_doubt += min(repeats, CONCURRENCY)
    found.twice += max(0, repeats - CONCURRENCY) + abs(len(made) - ROWS)


def _is_of(effect: Any, number: int) -> bool:
    return effect.body is not None and effect.body.get("firstName") == f"Name{number}"


def stand_still(process: int) -> None:
    """Wait until the pass stands still; it has done so by itself."""
    os.waitpid(process, os.WUNTRACED)


def kill(process: int) -> None:
    """Kill a pass."""
    os.kill(process, signal.SIGKILL)


def sizes() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, usual in (("cuts", 50), ("kills", 20), ("silences", 3)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    return parser.parse_args()


def series(name: str, count: int, within_s: float, end: Callable[[int], None] | None, *, on_server: bool) -> bool:
    """Play one kind of end so many times on a ledger of its own; print its figures, return whether all held."""
    found = Found()
    if not count:
        return True
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        sandbox = closing.enter_context(Sandbox())
        yard = Yard(Desk(folder, sandbox), closing.enter_context(CheckProcess()))
        (folder / "drop").mkdir()
        url = closing.enter_context(schema()) if on_server else str(folder / "ledger.db")
        yard.desk.settings["ledger_url"] = url
        yard.put("first.csv", *appointments(ROWS))
        assert yard.ingest().exit_code == 0
        for number in range(count):
            at = (
                (lambda settled: fall_silent() if settled == ROWS // 2 else None)
                if end is stand_still
                else (lambda _settled: None)
            )
            play(yard, end or (lambda _process: in_schema(holder_of(url))), number, found, at)
    # One that stood still and is woken sends what was in flight, as marked before: no more than that.
    held, line = found.told(name, within_s, CONCURRENCY if end is stand_still else 0)
    held = held and set(found.codes) <= ({-signal.SIGKILL} if end is kill else {5})
    print("held" if held else "BROKEN", line, flush=True)
    return held


def main() -> int:
    """Play all; exit code 0 if all held."""
    asked = sizes()
    every = [
        series("connection ended (PostgreSQL)", asked.cuts, LONGEST_S, None, on_server=True),
        series("killed (SQLite)", asked.kills, 1.0, kill, on_server=False),
        series("killed (PostgreSQL)", asked.kills, 1.0, kill, on_server=True),
        series("silent (PostgreSQL)", asked.silences, 30.0, stand_still, on_server=True),
    ]
    return 0 if all(every) else 1


if __name__ == "__main__":
    sys.exit(main())
