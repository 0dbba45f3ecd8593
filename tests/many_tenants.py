"""
Many tenants in full: ``python tests/many_tenants.py drops|fairness|kills|rates``, each with its own options (``--help``).

``drops``: unchanged files of many drops of many tenants; processor time for a file with --jobs 1, 2 and 4, and by the shell.
``fairness``: one tenant in an outage and one with a large file beside small ones: how long the small ones take, and how long alone.
``kills``: workers, passes, the scheduler and connections to the database are ended at random while files are sent.
``rates``: 1, 2 and 4 tenants at once: the share of its allowed rate that each reaches, and its fastest second.

The installed command does it, against a sandbox in this process that lets every tenant's token in and tells accounts apart.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from desk import EVENT_TYPE
from on_postgres import SERVER, in_schema, schema
from several_tenants import PROGRAM, Street

from importer.ledger import open_ledger
from importer.ledger.opening import account_of
from importer.model.statuses import origin_of
from importer.sandbox import Sandbox
from importer.sandbox.effects_log import account_of as account_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAST = "2026-01-05 09:00"


def spent(street: Street, *words: str, **environ: str) -> tuple[int, float, float]:
    """Run the command; return its exit code, its processor time with that of all its processes, and seconds by the clock."""
    began = time.monotonic()
    process = street.start(*words, **environ)
    threading.Thread(target=lambda: [stream.read() for stream in (process.stdout, process.stderr) if stream]).start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, time.monotonic() - began


def load() -> str:
    """Return how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f}"


# -- drops


def drops(asked: argparse.Namespace, folder: Path, sandbox: Sandbox) -> bool:
    """Measure passes over drops with unchanged files: first as files of other bytes, each of which has a run; then the same bytes again."""
    street = Street(folder, sandbox, count=asked.tenants, each=asked.each, of_drop="done = 'done'")
    sample = {place: street.put(f"t0-{place}", asked.rows) for place in range(asked.each)}
    assert spent(street, "ingest", "--rate", "0", *(f"t0/t0-{place}" for place in range(asked.each)))[0] == 0
    share_ledger(street)
    texts = {place: _done(street, place).read_text(encoding="utf-8") for place in sample}
    print(f"{asked.tenants} tenants, {asked.tenants * asked.each} drops, {asked.rows} rows each; {load()}", flush=True)
    held = True
    for jobs in asked.jobs:
        for kind in ("a run each", "same bytes"):
            if kind == "a run each":
                put_shuffled(street, texts, jobs)
            else:
                put_again(street)
            code, used, clock = spent(street, "ingest", "--quiet", "--jobs", str(jobs))
            count = asked.tenants * asked.each
            print(
                f"--jobs {jobs}, {kind}: exit {code}, {used / count:.3f} s of processor time a file, {clock:.0f} s; {load()}",
                flush=True,
            )
            held = (
                held
                and code == 0
                and not street.created().keys() - {f"t0-{p}-{r}" for p in sample for r in range(asked.rows)}
            )
    for name, made in by_shell(street, asked.shell):
        code, used, clock = made
        print(
            f"{name}: exit {code}, {used / asked.shell:.3f} s of processor time a file, {clock / asked.shell:.2f} s",
            flush=True,
        )
    return held


def _done(street: Street, place: int) -> Path:
    (file,) = (street.folder / f"t0-{place}" / "done").glob("*.csv")
    return file


def share_ledger(street: Street) -> None:
    """Give every tenant what the first one remembers, as its own account's: what is unchanged there is unchanged everywhere."""
    first = street.folder / "t0.db"
    for name in street.names[1:]:
        mine = street.folder / f"{name}.db"
        shutil.copy(first, mine)
        with open_ledger(f"sqlite:///{mine}") as ledger:
            account = account_of(ledger.owner().ledger, street.token(name))
            ledger.claim(origin_of(street.sandbox.base_url), account)


def put_shuffled(street: Street, texts: dict[int, str], seed: int) -> None:
    """Put a file into each drop whose rows are known, in another order than any file before."""
    dice = random.Random(seed)
    for name in street.names:
        for place, drop in enumerate(street.drops(name)):
            head, *rows = texts[place].splitlines()
            dice.shuffle(rows)
            _place(street.folder / drop / f"week{seed}.csv", "\n".join([head, *rows]) + "\n")


def put_again(street: Street) -> None:
    """Put the newest file that each drop has done into it once more."""
    for name in street.names:
        for drop in street.drops(name):
            newest = max((street.folder / drop / "done").glob("*.csv"), key=lambda path: path.stat().st_mtime)
            _place(street.folder / drop / "again.csv", newest.read_text(encoding="utf-8"))


def _place(target: Path, text: str) -> None:
    target.with_suffix(".part").write_text(text, encoding="utf-8")
    target.with_suffix(".part").rename(target)


def by_shell(street: Street, count: int) -> Iterator[tuple[str, tuple[int, float, float]]]:
    """Yield what ``importer run`` costs in a loop of the shell, and by GNU parallel where it is there, for so many files."""
    files = [str(street.put(f"t0-{place % street.each}", 108, f"shell{place}.csv")) for place in range(count)]
    line = f'{PROGRAM} run --tenant t0 --quiet "$1"'
    loop = f'for file; do set -- "$file"; {line}; done'
    ways = [("a loop of importer run", ["sh", "-c", loop, "sh", *files])]
    if shutil.which("parallel"):
        ways.append(
            ("GNU parallel -j 2", ["parallel", "-j", "2", f"{PROGRAM} run --tenant t0 --quiet {{}}", ":::", *files])
        )
    for name, command in ways:
        began, before = time.monotonic(), os.times()
        code = subprocess.run(command, cwd=street.folder, env=street.environment(), check=False).returncode
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        yield name, (code, used, time.monotonic() - began)


# -- fairness


def fairness(asked: argparse.Namespace, folder: Path, sandbox: Sandbox) -> bool:
    """Measure how long small tenants take beside one in an outage and one with a large file, and without them."""
    lines = {"t0": 'base_url = "http://127.0.0.1:9"'}
    top = "" if asked.rate is None else f"rate = {asked.rate}"
    street = Street(folder, sandbox, count=2 + asked.small, top=top, lines=lines)
    names = street.names[2:]
    log = folder / "passes.jsonl"

    def ends(words: Sequence[str], jobs: int, wave: str) -> float:
        for name in names:
            street.put(f"{name}-0", asked.rows, f"{wave}.csv", firstName=wave)
        log.unlink(missing_ok=True)
        began = time.time()
        process = street.start("ingest", "--jobs", str(jobs), "--log", str(log), *words)
        found: set[str] = set()
        while len(found) < len(names) and process.poll() is None:
            time.sleep(0.05)
            told = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
            passed = [json.loads(line) for line in told if '"drop_passed"' in line]
            found = {each["drop"] for each in passed if each["drop"].partition("/")[0] in names}
        took = time.time() - began
        process.send_signal(signal.SIGTERM)
        process.communicate()
        return took

    small = [f"{name}/{name}-0" for name in names]
    ends(small, 1, "first")
    alone = [ends(small, 1, f"alone{number}") for number in range(asked.times)]
    street.put("t0-0", 50)
    street.put("t1-0", asked.large)
    together = [ends((), 3, f"together{number}") for number in range(asked.times)]
    ratio = min(together) / min(alone)
    print(f"small tenants: {min(alone):.1f} s alone with one worker, {min(together):.1f} s beside an outage and {asked.large} rows "
          f"with three; {ratio:.2f} times; {load()}", flush=True)  # fmt: skip
    return ratio <= 1.1


# -- kills


@dataclass
class Kills:
    """What was ended, and what is expected of each appointment."""

    done: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    no_shows: set[str] = field(default_factory=set)
    codes: Counter[int] = field(default_factory=Counter)


def kills(asked: argparse.Namespace, folder: Path, sandbox: Sandbox) -> bool:
    """Send files of creates, updates and no-shows while something is killed again and again; judge by what the API did."""
    with ExitStack() as closing:
        ledgers = (
            [
                closing.enter_context(schema(keep=asked.keep is not None)).replace("postgresql:", "postgresql+psycopg:")
                for _ in range(3)
            ]
            if asked.on == "postgresql"
            else []
        )
        street = Street(folder, sandbox, count=3, ledgers=ledgers, top="concurrency = 4\nrate = 0\nlock_timeout = 5")
        cluster = closing.enter_context(Cluster(street)) if asked.cluster else None
        # Long enough for several kills to find calls of one file on their way, also on a quick machine.
        sandbox.switch(latency_s=0.1)
        found, dice, wave = Kills(), random.Random(asked.seed), 0
        process: subprocess.Popen[str] | None = None
        while sum(found.done.values()) < asked.kills or left(street):
            if process is None or process.poll() is not None:
                found.codes[0 if process is None else process.returncode] += process is not None
                process = watching(street, cluster)
            if not left(street):
                for name in street.names:
                    put_wave(street, name, wave, found, asked.rows)
                wave += 1
                print(f"wave {wave}: {sum(found.done.values())} kills {dict(found.done)}; {load()}", flush=True)
            wait_for_more(street, process, dice.randrange(1, asked.rows))
            if process.poll() is None and sum(found.done.values()) < asked.kills:
                found.done[end_something(street, process, dice, cluster)] += 1
        if process is not None:
            process.terminate()
            found.codes[process.wait()] += 1
        sandbox.switch(latency_s=0)
        return judged(street, found, asked)


def put_wave(street: Street, name: str, wave: int, found: Kills, rows: int) -> None:
    """Put a file into a tenant's drop: new appointments, updates and no-shows of those of the wave before."""
    head = "action,externalEventId,phone,firstName,eventType,eventDateTime,subscriberTimeZone"
    lines = []
    for row in range(rows):
        key = f"{name}-{wave}-{row}"
        found.names[key] = f"Ana{wave}"
        lines.append(("create", key, row, wave))
        if wave and row % 4 == 1:
            old = f"{name}-{wave - 1}-{row}"
            found.names[old] = f"Bea{wave}"
            lines.append(("update", old, row, wave - 1))
        if wave and row % 4 == 2:
            found.no_shows.add(f"{name}-{wave - 1}-{row}")
            lines.append(("no_show", f"{name}-{wave - 1}-{row}", row, wave - 1))
    text = [head]
    for action, key, row, of_wave in lines:
        phone = f"+1212{2_000_000 + of_wave * 1000 + row:07d}"
        text.append(f"{action},{key},{phone},{found.names[key]},{EVENT_TYPE},{PAST},America/New_York")
    _place(street.folder / f"{name}-0" / f"wave{wave}.csv", "\n".join(text) + "\n")


def left(street: Street) -> list[Path]:
    """Return the files that are not put away yet."""
    return [path for name in street.names for path in (street.folder / f"{name}-0").glob("wave*.csv")]


def watching(street: Street, cluster: Cluster | None) -> subprocess.Popen[str]:
    """Start passes that follow each other."""
    how = ("--cluster", cluster.address) if cluster else ("--jobs", "3")
    process = street.start("ingest", "--watch", "--every", "1", "--quiet", *how)
    threading.Thread(target=process.communicate, daemon=True).start()
    return process


def wait_for_more(street: Street, process: subprocess.Popen[str], more: int) -> None:
    """Wait until so many more effects are there, all files are put away, or the passes have ended: something is in progress then."""
    before, end = len(street.sandbox.effects()), time.monotonic() + 120
    while process.poll() is None and left(street) and time.monotonic() < end:
        if len(street.sandbox.effects()) >= before + more:
            return
        time.sleep(0.01)


def end_something(street: Street, process: subprocess.Popen[str], dice: random.Random, cluster: Cluster | None) -> str:
    """End a worker, the pass, the scheduler, what forks the readers, or a connection; or let a worker stand still for a moment."""
    ways = ["worker", "worker", "worker", "still", "pass"]
    ways += ["connection"] * 3 if street.ledgers else []
    ways += ["scheduler"] if cluster else ["readers"]
    way = dice.choice(ways)
    if way == "connection":
        in_schema(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY random() LIMIT 1"
        )
        return way
    if way == "scheduler" and cluster is not None:
        cluster.kill_scheduler()
        return way
    if way == "pass":
        process.kill()
        return way
    named = b"check_process" if way == "readers" else b"spawn_main"
    workers = cluster.workers() if cluster else children_of(process.pid, named)
    for pid in dice.sample(workers, min(1, len(workers))):
        with suppress(OSError):
            if way == "still":
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.5)
                os.kill(pid, signal.SIGCONT)
            else:
                os.kill(pid, signal.SIGKILL)
    return way


def children_of(pid: int, named: bytes) -> list[int]:
    """Return the children of a pass in whose command a word stands: multiprocessing's spawn_main is a worker."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal() and f"\nPPid:\t{pid}\n" in (folder / "status").read_text(encoding="ascii"):
                found += [int(folder.name)] * (named in (folder / "cmdline").read_bytes())
    return found


class Cluster:
    """A scheduler and three workers of Dask, each a process, started again when they are killed."""

    def __init__(self, street: Street) -> None:
        self._street = street
        self._port = 18786 + os.getpid() % 1000
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._closing = threading.Event()

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        return f"tcp://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._keep_up()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._keeper.join()
        for process in self._processes.values():
            process.kill()
            process.wait()

    def workers(self) -> list[int]:
        """Return the workers' processes."""
        return [each.pid for name, each in self._processes.items() if name != "scheduler" and each.poll() is None]

    def kill_scheduler(self) -> None:
        """Kill the scheduler."""
        self._processes["scheduler"].kill()

    def _keep(self) -> None:
        while not self._closing.wait(0.5):
            self._keep_up()

    def _keep_up(self) -> None:
        for name in ("scheduler", "worker1", "worker2", "worker3"):
            process = self._processes.get(name)
            if process is None or process.poll() is not None:
                self._processes[name] = self._started(name)

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        python = [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler" if name == "scheduler" else "distributed.cli.dask_worker",
        ]
        listening = ["--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard"]
        working = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60"]
        with suppress(OSError):
            (self._street.folder / name).mkdir(exist_ok=True)
        return subprocess.Popen(
            [*python, *(listening if name == "scheduler" else working)],
            cwd=self._street.folder / name,
            env=self._street.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def judged(street: Street, found: Kills, asked: argparse.Namespace) -> bool:
    """Print and judge what the API did."""
    made = street.created()
    final: dict[str, str] = {}
    no_shows: Counter[str] = Counter()
    keys: dict[str, str] = {}
    for effect in street.sandbox.effects():
        if effect.external_event_id:
            keys[effect.uuid] = effect.external_event_id
        key = effect.external_event_id or keys.get(effect.uuid, "")
        if effect.action in {"create", "update"} and effect.body and effect.body.get("firstName"):
            final[key] = effect.body["firstName"]
        no_shows[key] += effect.action == "no_show"
    twice = sum(count - 1 for count in made.values()) + sum(max(0, count - 1) for count in no_shows.values())
    lost = [key for key, name in found.names.items() if final.get(key) != name]
    unknown = [key for key in found.no_shows if not no_shows[key]]
    for key in lost:
        kept = [
            f"{each.time:.3f} {each.action} {each.uuid} {each.body}"
            for each in street.sandbox.effects()
            if each.external_event_id == key
        ]
        print(f"lost {key}: {found.names[key]} expected, the API has {kept}", flush=True)
    told = unknown_rows(street)
    files = Counter(
        path.name.partition(".")[0]
        for name in street.names
        for path in (street.folder / f"{name}-0").rglob("wave*.csv")
    )
    places = set(files.values())
    print(
        f"{asked.on}, {'cluster' if asked.cluster else 'jobs'}: {sum(found.done.values())} kills {dict(found.done)}; exit codes "
        f"{dict(found.codes)}; {len(found.names)} appointments, {twice} duplicates, {len(lost)} lost, {len(unknown)} no-shows not sent of "
        f"{len(found.no_shows)}, {told} rows reported unknown; mixed up {len(street.mixed_up())}; files in {places} places; {load()}", flush=True,
    )  # fmt: skip
    return not twice and not lost and len(unknown) <= told and places == {3} and not street.mixed_up()


def unknown_rows(street: Street) -> int:
    """Return how many rows the ledgers hold for unknown."""
    count = 0
    for place, name in enumerate(street.names):
        url = street.ledgers[place] if street.ledgers else f"sqlite:///{street.folder}/{name}.db"
        with open_ledger(url, read_only=True) as ledger:
            count += sum(one.unknown for one in ledger.unresolved())
    return count


# -- rates


def rates(asked: argparse.Namespace, folder: Path, sandbox: Sandbox) -> bool:
    """Measure the share of its allowed rate that each of several tenants reaches at once, and its fastest second."""
    held = True
    # Looking for garbage takes the server a tenth of a second, and what arrives meanwhile would count as one moment's.
    gc.collect()
    gc.disable()
    for count in (1, 2, 4):
        place = folder / str(count)
        place.mkdir()
        street = Street(place, sandbox, count=count, top=f"rate = {asked.rate}")
        before = len(sandbox.requests())
        for name in street.names:
            street.put(f"{name}-0", asked.seconds * asked.rate, f"rates{count}.csv", firstName=f"Of{count}")
        assert street.ingest("--jobs", str(count)).code == 0
        at: dict[str, list[float]] = defaultdict(list)
        for visit in sandbox.requests()[before:]:
            at[visit.account].append(visit.at)
        for name in street.names:
            times = sorted(at[account_named(street.token(name))])
            # The first calls go alone; what is allowed is reached after them.
            steady = times[asked.rate :]
            share = (len(steady) - 1) / (steady[-1] - steady[0]) / asked.rate
            fastest = max(sum(moment <= each < moment + 1 for each in times) for moment in times)
            print(
                f"{count} tenants, {name}: {share:.3f} of {asked.rate}/s, fastest second {fastest}; {load()}",
                flush=True,
            )
            held = held and share >= 0.95 and fastest <= asked.rate * 1.05 + 1
    return held


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ways = parser.add_subparsers(dest="way", required=True)
    of_drops = ways.add_parser("drops")
    of_fairness = ways.add_parser("fairness")
    of_kills = ways.add_parser("kills")
    of_rates = ways.add_parser("rates")
    for one, name, usual in (
        (of_drops, "tenants", 200), (of_drops, "each", 10), (of_drops, "rows", 108), (of_drops, "shell", 20), (of_fairness, "small", 8),
        (of_fairness, "rows", 200), (of_fairness, "large", 100_000), (of_fairness, "times", 3), (of_kills, "kills", 200),
        (of_kills, "rows", 40), (of_kills, "seed", 1), (of_rates, "rate", 100), (of_rates, "seconds", 20),
    ):  # fmt: skip
        one.add_argument(f"--{name}", type=int, default=usual)
    of_drops.add_argument("--jobs", type=int, nargs="*", default=[1, 2, 4])
    of_fairness.add_argument("--rate", type=int, help="of each tenant; the program's own if not said, 0 for none")
    of_kills.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    of_kills.add_argument("--cluster", action="store_true")
    of_kills.add_argument(
        "--keep", type=Path, help="an empty folder that stays, and so do the schemas, to see what happened"
    )
    return parser.parse_args()


def main() -> int:
    """Play one way; exit code 0 if all held."""
    asked = arguments()
    ways: dict[str, Any] = {"drops": drops, "fairness": fairness, "kills": kills, "rates": rates}
    if asked.way == "kills" and asked.on == "postgresql" and not SERVER:
        print("IMPORTER_TEST_POSTGRES names no server")
        return 2
    with tempfile.TemporaryDirectory() as passing, Sandbox() as sandbox:
        held = ways[asked.way](asked, getattr(asked, "keep", None) or Path(passing), sandbox)
    print("held" if held else "BROKEN", asked.way, flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
