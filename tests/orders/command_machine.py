"""The rules by which commands are drawn: sheets of all kinds, every command, faults, kills and the clock."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from order_world import DAY, Line, World
from sqlalchemy import Engine

from importer.ledger import open_ledger, store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import URL

# Few appointments, so that rows meet; one after the other wants eligible subscribers only.
APPOINTMENTS = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
NAMES = st.sampled_from([*["number"] * 5, *["uuid"] * 4, *["both"] * 4, "wrong", "nobodys"])
FAULTS = st.one_of(
    # What stops or ends a run of few rows most often: a refused token, no answer at all, a kill.
    st.sampled_from(
        [["401"], ["lost", "lost"], ["silent", "silent"], ["500", "500"], ["die"], ["dies"], ["fine", "401"]]
    ),
    st.lists(
        st.sampled_from(
            ["fine", "lost", "silent", "500", "503", "400", "409", "429", "302", "401", "other", "die", "dies"]
        ),
        max_size=4,
    ),
)
PLACES = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
KILLS = st.one_of(st.none(), st.none(), st.tuples(st.integers(0, 14), st.booleans()))
# Of the two profiles: that of most sheets of an order, or the other. Each snapshot cancels what its sheet does not name,
# so where both came as often, little would live for long.
PROFILES = st.sampled_from(["usual", "usual", "usual", "usual", "other"])
LINE = st.tuples(
    APPOINTMENTS,
    st.sampled_from(["upsert", "upsert", "create", "update", "update", "cancel", "no_show"]),
    NAMES,
    st.sampled_from(["both", "both", "name", "start", "none"]),
    st.booleans(),
    st.sampled_from([False, False, False, False, False, True]),
)
DRAWN = st.lists(LINE, min_size=1, max_size=4)
# Changes of appointments that are known, in other words than those by which they were booked.
CHANGES = st.lists(
    st.tuples(
        APPOINTMENTS,
        st.sampled_from(["update", "update", "update", "upsert", "cancel", "no_show"]),
        st.sampled_from(["uuid", "uuid", "both", "number"]),
        st.sampled_from(["both", "name", "start"]),
        st.booleans(),
        st.just(False),
    ),
    min_size=1,
    max_size=2,
)

OTHER = {"default": "north", "north": "default"}

EMPTY: list[Path] = []
ENGINES: dict[Any, Engine] = {}
_engine = store._engine


def kept_engine(url: URL, *, busy_s: float, read_only: bool = False) -> Engine:
    """Return one engine for all openings of a place: making its statements anew takes most of the time."""
    if not EMPTY:
        return _engine(url, busy_s=busy_s, read_only=read_only)
    name = str(url), read_only
    if name not in ENGINES:
        ENGINES[name] = _engine(url, busy_s=busy_s, read_only=read_only)
        ENGINES[name].dispose = lambda: None
    return ENGINES[name]


def let_go() -> None:
    """Close all connections, before the file behind them becomes another."""
    for engine in ENGINES.values():
        Engine.dispose(engine)


@contextmanager
def kept_engines() -> Iterator[None]:
    """Keep the engines of a place for as long as orders are drawn; other tests of the process have theirs as ever."""
    store._engine = kept_engine
    try:
        yield
    finally:
        store._engine = _engine
        let_go()
        ENGINES.clear()
        while EMPTY:
            shutil.rmtree(EMPTY.pop().parent, ignore_errors=True)


def memory() -> str | None:
    """Return a folder that lives in memory, where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def empty_ledger() -> Path:
    """Return a ledger without a run, to be copied."""
    if not EMPTY:
        path = Path(tempfile.mkdtemp(dir=memory(), prefix="orders-")) / "ledger.db"
        with open_ledger(str(path)):
            pass
        EMPTY.append(path)
    return EMPTY[0]


class Commands(RuleBasedStateMachine):
    """Commands in any order upon one ledger. After each, nobody was harmed."""

    steps = 0
    postgres = ""
    # Of a fault that was put back only this is looked for, as words of what is found; "": anything.
    wanted = ""

    def __init__(self) -> None:
        super().__init__()
        self.folder = empty_ledger().parent / "now"
        self.folder.mkdir(exist_ok=True)
        self.world = World(self.postgres or str(self.folder / "ledger.db"), self.folder, reconnect=let_go)
        self.version = 0
        self.base = 0
        self.latest = 0.0
        self.usual = "default"

    @initialize(known=st.sets(st.integers(0, 3), min_size=1), strangers=st.sets(st.integers(0, 3), max_size=2),
                usual=st.sampled_from(["default", "default", "north"]))  # fmt: skip
    def begin(self, known: set[int], strangers: set[int], usual: str) -> None:
        """Begin with some appointments that the ledger knows, and some that somebody else made."""
        self.usual = usual
        self.empty()
        for appointment in sorted(strangers - known):
            self.world.book_elsewhere(appointment)
        booked = [(appointment, "upsert", "number", "both", True, False) for appointment in sorted(known)]
        self.world.run(self.sheet(booked), usual)
        self.check()

    def of(self, profile: str) -> str:
        """Return the name of the usual profile, or of the other."""
        return self.usual if profile == "usual" else OTHER[self.usual]

    def empty(self) -> None:
        if self.postgres:
            with open_ledger(self.postgres) as ledger, ledger._store.writing() as connection:
                for table in ("rows", "files", "reminders", "runs"):
                    connection.exec_driver_sql(f"DELETE FROM {table}")
        else:
            let_go()
            for path in self.folder.glob("ledger.db*"):
                path.unlink()
            shutil.copy(empty_ledger(), self.folder / "ledger.db")

    def teardown(self) -> None:
        let_go()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sheet(self, drawn: Sequence[tuple[Any, ...]]) -> list[Line]:
        """Return a sheet with values newer than all before, whatever the clock says."""
        self.latest = max(self.latest, self.world.now)
        lines = []
        for appointment, action, names, given, default_zone, bad in drawn:
            self.version += 1
            start = datetime.fromtimestamp(self.latest + 30 * DAY + self.version * 60, UTC)
            values = {"firstName": f"v{self.version}", "eventDateTime": f"{start:%Y-%m-%dT%H:%M:00}"}
            kept = {"both": list(values), "name": ["firstName"], "start": ["eventDateTime"], "none": []}[given]
            lines.append(
                Line(
                    appointment + self.base,
                    action,
                    names,
                    tuple((name, values[name]) for name in kept) if action not in {"cancel", "no_show"} else (),
                    default_zone,
                    bad,
                )
            )
        return lines

    def check(self) -> None:
        type(self).steps += 1
        found = [sin for sin in self.world.sins if self.wanted in sin]
        assert not found, found

    @rule(drawn=DRAWN, profile=PROFILES, all_or_nothing=st.booleans())
    def run_well(self, drawn: Any, profile: str, *, all_or_nothing: bool) -> None:
        self.world.run(self.sheet(drawn), self.of(profile), all_or_nothing=all_or_nothing)
        self.check()

    @rule(drawn=DRAWN, profile=PROFILES, faults=FAULTS, kill=KILLS)
    def run_badly(self, drawn: Any, profile: str, faults: list[str], kill: Any) -> None:
        self.world.run(self.sheet(drawn), self.of(profile), faults=faults, kill=kill)
        self.check()

    @rule(drawn=CHANGES, profile=PROFILES)
    def run_unsent(self, drawn: Any, profile: str) -> None:
        """Run a sheet of which nothing is sent: the token is refused."""
        self.world.run(self.sheet(drawn), self.of(profile), faults=["401"])
        self.check()

    @rule(appointment=APPOINTMENTS, names=st.sampled_from(["number", "uuid", "both"]))
    def move_one(self, appointment: int, names: str) -> None:
        self.world.run(self.sheet([(appointment, "update", names, "both", True, False)]), self.usual)
        self.check()

    @rule(appointment=APPOINTMENTS, names=st.sampled_from(["uuid", "both"]), faults=FAULTS, kill=KILLS,
          action=st.sampled_from(["update", "cancel", "no_show"]))  # fmt: skip
    def run_one(self, appointment: int, names: str, faults: list[str], kill: Any, action: str) -> None:
        row = (appointment, action, names, "both", True, False)
        self.world.run(self.sheet([row]), self.usual, faults=faults, kill=kill)
        self.check()

    @precondition(lambda self: self.world.known_runs)
    @rule(place=PLACES, how=st.sampled_from(["retry", "resume"]), faults=FAULTS, kill=KILLS,
          confirm=st.sampled_from([True, True, True, False]))  # fmt: skip
    def finish(self, place: int, how: str, faults: list[str], kill: Any, *, confirm: bool) -> None:
        self.world.finish(how, place, confirm=confirm, faults=faults, kill=kill)
        self.check()

    @precondition(lambda self: self.world.known_runs)
    @rule(place=PLACES)
    def retry_well(self, place: int) -> None:
        self.world.finish("retry", place)
        self.check()

    @precondition(lambda self: self.world.known_runs)
    @rule(place=PLACES)
    def resume_well(self, place: int) -> None:
        self.world.finish("resume", place)
        self.check()

    @precondition(lambda self: self.world.unknown)
    @rule(place=st.integers(0, 3), kill=KILLS)
    def resolve(self, place: int, kill: Any) -> None:
        self.world.resolve(place, kill=kill)
        self.check()

    @precondition(lambda self: self.world.sheet)
    @rule(place=PLACES, release=st.sampled_from([False, False, True]))
    def run_older(self, place: int, *, release: bool) -> None:
        """Run a sheet of before; where it is held, perhaps let it go by a retry."""
        self.world.run_older(place, release=release)
        self.check()

    @rule(drawn=DRAWN, profile=PROFILES)
    def save_plan(self, drawn: Any, profile: str) -> None:
        """Make a plan, of a sheet that is not run yet."""
        self.world.save_plan(self.sheet(drawn), self.of(profile))
        self.check()

    @precondition(lambda self: self.world.saved is not None)
    @rule(faults=FAULTS, kill=KILLS)
    def carry_out(self, faults: list[str], kill: Any) -> None:
        """Carry a saved plan out, perhaps after other runs; then it is refused and nothing is sent."""
        self.world.carry_out(faults=faults, kill=kill)
        self.check()

    @precondition(lambda self: self.world.sheet)
    @rule()
    def run_again(self) -> None:
        self.world.again()
        self.check()

    @rule(days=st.sampled_from([1, 20, 40, 40, -1]), by=st.sampled_from([0, 0, 0, 1, 2]))
    def wait(self, days: int, by: int) -> None:
        """Let days go by; then the sheets may be about other appointments."""
        self.world.now += days * DAY
        self.base += by
        self.check()

    @rule(appointment=APPOINTMENTS)
    def book_elsewhere(self, appointment: int) -> None:
        self.world.book_elsewhere(appointment + self.base)
        self.check()

    @precondition(lambda self: self.world.known_runs and self.version % 5 == 0)
    @rule()
    def rebuild(self) -> None:
        self.world.rebuild(self.empty)
        self.check()
