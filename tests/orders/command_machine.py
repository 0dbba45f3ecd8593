"""The rules by which commands are drawn: sheets of all kinds, every command, faults, kills and the clock."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from order_draws import (
    BOOKINGS,
    CHANGES,
    DRAFTS,
    DRAWN,
    EDITS,
    EXPORTS,
    HALF_WRONG,
    KILLS,
    KNOWN,
    MISSED,
    OMITTED,
    OVERTAKEN,
    PLACES,
    PROFILES,
    RETRIED,
    WAITING,
    WAYS,
    WHICH,
    WORDS,
    Whom,
    appointment_of,
)
from order_sheets import PROFILES as SETTINGS
from order_sheets import Line, with_room
from order_world import DAY, World
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from importer.ledger import open_ledger, store
from importer.ledger.drafts.draft_tables import EVERYTHING, drafts
from importer.ledger.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.engine import URL

OTHER = {"default": "north", "north": "default"}

EMPTY: list[Path] = []
ENGINES: dict[Any, Engine] = {}
_engine = store._engine


def kept_engine(url: URL, *, busy_s: float, read_only: bool = False) -> Engine:
    """
    Return one engine for all openings of a place: making its statements anew takes most of the time.

    On a server its connections are kept as well, for each costs a process there; the ledger's lock is given back before.
    """
    if not EMPTY:
        return _engine(url, busy_s=busy_s, read_only=read_only)
    name = str(url), read_only
    if name not in ENGINES:
        ENGINES[name] = engine = _engine(url, busy_s=busy_s, read_only=read_only)
        if engine.dialect.name != "sqlite":
            made = engine.pool
            engine.pool = QueuePool(made._creator, pool_size=2, _dispatch=made.dispatch, dialect=engine.dialect)
        engine.dispose = lambda: None
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


WELL_OR_BADLY: Final = {"faults": WAYS, "kill": KILLS}
FINISHING: Final = {"which": WHICH, "place": PLACES, "faults": st.one_of(st.just([]), WAYS), "kill": KILLS}
HOUR: Final = 3_600
# What can be drawn, how often, and with what.
COMMANDS: Final[dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]]] = {
    "run": (4, {
        "drawn": st.one_of(DRAWN, st.just([])), "profile": PROFILES, "omitted": OMITTED,
        "faults": st.one_of(st.just([]), WAYS), "kill": KILLS,
        "all_or_nothing": st.sampled_from([False] * 3 + [True]), "export": EXPORTS,
    }),
    "change": (4, {"drawn": CHANGES, **WELL_OR_BADLY}),
    "book": (3, {"drawn": BOOKINGS, **WELL_OR_BADLY}),
    "move": (3, {
        "whom": KNOWN, "word": WORDS, "names": st.sampled_from(["number", "uuid", "both"]),
        "faults": st.sampled_from([[], [], ["lost", "lost"]]),
    }),
    "retry": (3, {**FINISHING, "which": RETRIED, "confirm": st.sampled_from([True] * 5 + [False])}),
    "resume": (2, {**FINISHING, "confirm": st.sampled_from([True] * 3 + [False])}),
    "resolve": (3, {"place": PLACES, "is_overtaken": st.booleans(), "kill": KILLS}),
    "release": (8, {"place": st.sampled_from([0] * 5 + [1]), "faults": st.one_of(st.just([]), WAYS), "kill": KILLS}),
    "run_again": (1, {"place": PLACES, "how": st.sampled_from(["older", "older", "released", "newest twice"])}),
    "plan": (2, {"drawn": DRAWN, "profile": PROFILES, **WELL_OR_BADLY, "late": st.booleans()}),
    "draft": (4, {
        "what": DRAFTS, "place": PLACES, "drawn": st.one_of(DRAWN, CHANGES), "profile": PROFILES, "which": WHICH,
        "row": PLACES, "cell": EDITS, "faults": st.one_of(st.just([]), WAYS), "kill": KILLS, "is_certain": st.booleans(),
    }),
    "one": (2, {
        "what": st.sampled_from(["move", "cancel", "no_show"]), "whom": KNOWN, "confirm": st.sampled_from([True] * 5 + [False]),
        **WELL_OR_BADLY,
    }),
    "fold": (3, {"times": st.integers(0, 2), "kill": KILLS}),
    "wait": (3, {
        "until": st.sampled_from(["tomorrow", "next", "unsent", "unsent", "unsent", "all", "yesterday"]),
        "is_lost": st.sampled_from([False] * 14 + [True]),
    }),
}  # fmt: skip


UNSENT: Final = {"faults": st.sampled_from([["401"], ["401"], []])}
LOST: Final = {"faults": st.sampled_from([["lost", "lost"], ["lost", "lost"], ["die"], []])}


class Focus(NamedTuple):
    """
    What an order is mostly about, so that what belongs together follows soon enough. Some are about everything.

    ``times``: how much more often a command is drawn. ``given``: with what it is drawn, where it is not as ever.
    ``of_begun``: about visits that have begun: where there is none, time goes by, and what is left of them is met by a
    later word before it is gone on with. ``goes_on``: what a later row has overtaken is gone on with soon.
    """

    times: Mapping[str, int] = {}
    given: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {}
    of_begun: bool = False
    goes_on: bool = False


# No-shows are left unsent once visits have begun, are marked again by a later row, and the first are gone on with.
_MISSED_AGAIN: Final = Focus(
    {"change": 6, "move": 6, "retry": 4, "resume": 4, "wait": 2, "book": 3},
    {
        "change": UNSENT | {"drawn": MISSED},
        "move": {"whom": WAITING, "word": st.just("again"), "names": st.sampled_from(["number", "both"])},
        "wait": {"until": st.sampled_from(["next", "all"])},
        "retry": {"which": OVERTAKEN, "faults": st.just([])},
        "resume": {"which": OVERTAKEN, "faults": st.just([])},
    },
    of_begun=True,
    goes_on=True,
)
# A row is left unsent, a later one about the same appointment is done, and the first is gone on with.
_OVERTAKEN: Final = Focus(
    {"change": 5, "move": 3, "retry": 3, "resume": 3},
    {
        "change": UNSENT,
        "move": {"whom": WAITING, "names": st.sampled_from(["number", "both"])},
        "retry": {"which": OVERTAKEN},
        "resume": {"which": OVERTAKEN},
    },
    goes_on=True,
)
# The answer of a change is lost, a later one is done or cut off, and a person settles the first.
_IN_DOUBT: Final = Focus({"change": 3, "move": 2, "resolve": 2}, {"change": LOST})
# Calls are left in doubt or unsent, and whoever is asked to go on with them says no.
_SAID_NO: Final = Focus(
    {"book": 3, "change": 2, "resume": 4},
    {"book": LOST, "change": LOST, "resume": {"faults": st.just([]), "confirm": st.sampled_from([False, False, True])}},
)
# An export has a column more or less than those before, is held, and a person lets it go.
_HELD: Final = Focus(
    {"run": 8, "release": 8},
    {
        "run": {
            "profile": st.just("usual"),
            "faults": st.just([]),
            "kill": st.none(),
            "export": st.sampled_from(["as before", "as before", "another column"]),
        },
        "release": {"faults": st.just([]), "kill": st.none()},
    },
)
# Right rows are kept back for the sake of wrong ones, and the run is retried.
_KEPT_BACK: Final = Focus(
    {"run": 6, "retry": 12},
    {
        "run": {
            "drawn": HALF_WRONG,
            "profile": st.just("usual"),
            "faults": st.just([]),
            "kill": st.none(),
            "all_or_nothing": st.sampled_from([True, True, False]),
        },
    },
)
# Exports leave out what they named before, the answers of its cancel are lost, and the next one comes.
_VANISHED: Final = Focus(
    {"run": 10, "book": 2},
    {
        "run": {
            "drawn": st.just([]),
            "profile": st.just("north"),
            "omitted": st.sampled_from([(), (0,), (0,), (1,)]),
            "faults": st.sampled_from([["lost", "lost"], ["500", "500"], []]),
            "kill": st.none(),
            "all_or_nothing": st.just(False),
            "export": st.just("as before"),
        },
    },
)
# Calls are left unsent until their appointments have begun.
_LATE: Final = Focus({"book": 4, "change": 2, "wait": 2, "resume": 2}, {"book": UNSENT, "change": UNSENT})
FOCUSES: Final = (
    Focus(), _OVERTAKEN, _MISSED_AGAIN, _IN_DOUBT, _HELD, _KEPT_BACK, _VANISHED, _SAID_NO, _OVERTAKEN, _LATE,
)  # fmt: skip
"""What orders are about, in turn. What takes the most steps to come together has two parts."""


class Commands(RuleBasedStateMachine):
    """Commands in any order upon one ledger. After each, nobody was harmed."""

    steps = 0
    postgres = ""
    # Of a fault that was put back only this is looked for, as words of what is found; "": anything.
    wanted = ""
    # Of ``FOCUSES``; ``play`` takes one after the other, because drawn ones would be the first ones most of the time.
    about: Sequence[int] = range(len(FOCUSES))

    def __init__(self) -> None:
        super().__init__()
        self.folder = empty_ledger().parent / "now"
        self.folder.mkdir(exist_ok=True)
        self.world = World(self.postgres or str(self.folder / "ledger.db"), self.folder, reconnect=let_go)
        self.version = 0
        self.latest = 0.0
        self.usual = "default"
        self.has_room = False
        self.missing: set[int] = set()
        self.focus = Focus()

    @initialize(
        known=st.integers(1, 3),
        strangers=st.integers(0, 2),
        usual=st.sampled_from(["default", "north"]),
        focus=st.runner().flatmap(lambda self: st.sampled_from(self.about)),
    )
    def begin(self, known: int, strangers: int, usual: str, focus: int = 0) -> None:
        """Begin with some appointments that the ledger knows, and some that somebody else made."""
        self.usual, self.focus = usual, FOCUSES[focus]
        self.empty()
        for appointment in range(known, known + strangers):
            self.world.book_elsewhere(appointment)
        booked = [(appointment, "upsert", "number", "both", True, False) for appointment in range(known)]
        self.world.run(self.sheet(booked), usual)
        self.check()

    def of(self, profile: str) -> str:
        """Return the name of the usual profile, or of the other; one that is named is meant."""
        return {"usual": self.usual, "other": OTHER[self.usual]}.get(profile, profile)

    def empty(self) -> None:
        if self.postgres:
            with open_ledger(self.postgres) as ledger, ledger._store.writing() as connection:
                for table in (
                    *EVERYTHING,
                    drafts,
                    *map(metadata.tables.__getitem__, ("unchanged", "rows", "files", "reminders", "runs")),
                ):
                    connection.execute(table.delete())
        else:
            let_go()
            for path in self.folder.glob("ledger.db*"):
                path.unlink()
            shutil.copy(empty_ledger(), self.folder / "ledger.db")

    def teardown(self) -> None:
        if not self.postgres:
            let_go()
        shutil.rmtree(self.folder, ignore_errors=True)

    def values(self) -> dict[str, str]:
        """
        Return values newer than all before, whatever the clock says.

        An hour lies between two starts, so that the clock passes some of them and not others.
        """
        self.latest = max(self.latest, self.world.now)
        self.version += 1
        start = datetime.fromtimestamp(self.latest + 30 * DAY + self.version * HOUR, UTC)
        return {"firstName": f"v{self.version}", "eventDateTime": f"{start:%Y-%m-%dT%H:%M:00}"}

    def sheet(self, drawn: Sequence[tuple[Any, ...]], *, profile: str = "", omitted: Sequence[int] = ()) -> list[Line]:
        """
        Return a sheet with new values.

        Of a ``profile`` with a snapshot, or where nothing is drawn, it names all that is on, but for the ``omitted``,
        newest first, and those that were missing before.
        """
        lines = []
        for whom, action, names, given, default_zone, bad in drawn:
            values = self.values()
            kept = {"both": list(values), "name": ["firstName"], "start": ["eventDateTime"], "none": []}[given]
            lines.append(
                Line(
                    appointment_of(self.world, whom) if isinstance(whom, Whom) else whom,
                    action,
                    names,
                    tuple((name, values[name]) for name in kept) if action not in {"cancel", "no_show"} else (),
                    default_zone,
                    bad,
                )
            )
        if not drawn or (profile and SETTINGS[profile].snapshot):
            named = {line.appointment for line in lines}
            on = [number for number in self.world.on() if number not in named]
            self.missing |= {number for place, number in enumerate(on) if place in omitted}
            lines += [Line(number, "upsert") for number in on if number not in self.missing]
        return with_room(lines, has_room=self.has_room)

    def check(self) -> None:
        type(self).steps += 1
        found = [sin for sin in self.world.sins if self.wanted in sin]
        assert not found, found

    @rule(command=st.runner().flatmap(lambda self: self.possible()))
    def give(self, command: tuple[str, dict[str, Any]]) -> None:
        """Give a command, let time go by, or lose the ledger."""
        name, how = command
        getattr(self, name)(**how)
        self.check()

    def possible(self) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
        """Return what can be drawn now, each as often as its weight says; rules of their own would be left out at random."""
        world = self.world
        live = world.live()
        of_begun = self.focus.of_begun
        # Gone on with sooner, a row would be sent before anything could overtake it.
        overtaken = self.focus.goes_on and bool(world.seen.sorted_runs()["overtaken"])
        fits = {
            "retry": world.left,
            "resume": world.left or world.is_open,
            "resolve": world.unknown,
            "release": world.let_go.held,
        }
        if self.focus.goes_on:
            fits |= {"retry": overtaken, "resume": overtaken or world.is_open}
        # What a run left unsent is worth more: to be gone on with, sooner once it is late; and to become late, or overtaken.
        more = {
            "wait": 10 * bool(live["ahead"]) + 30 * bool(of_begun and not world.begun()),
            "move": 2 * bool(live["ahead"]) + 5 * bool(world.unknown) + 5 * bool(of_begun and live["late"]),
            "resume": 3 * bool(live["ahead"]) + 24 * bool(live["late"] and not of_begun) + 6 * overtaken,
            "retry": 2 * bool(live["ahead"]) + 2 * bool(live["late"]) + 6 * overtaken,
            "resolve": 4 * bool(world.unknown and world.is_open) + 6 * bool(world.seen.doubtful_and_overtaken),
            "draft": 4 * bool(world.drafts.known),
        }
        names = [
            name
            for name, (weight, _) in COMMANDS.items()
            if fits.get(name, True)
            for _ in range((weight + more.get(name, 0)) * self.focus.times.get(name, 1))
        ]
        return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), self.drawn(name)))

    def drawn(self, name: str) -> st.SearchStrategy[dict[str, Any]]:
        """Return what a command is given."""
        return st.fixed_dictionaries({**COMMANDS[name][1], **self.focus.given.get(name, {})})

    def run(
        self,
        drawn: Any,
        profile: str,
        omitted: Sequence[int],
        faults: list[str],
        kill: Any,
        *,
        all_or_nothing: bool,
        export: str,
    ) -> None:
        """Run a sheet, which now and then has a column more or less than those before, or all that was missing."""
        if export == "another column":
            self.has_room = not self.has_room
        elif export == "complete":
            self.missing.clear()
        named = self.of(profile)
        sheet = self.sheet(drawn, profile=named, omitted=omitted)
        self.world.run(sheet, named, faults=faults, kill=kill, all_or_nothing=all_or_nothing)

    def change(self, drawn: Any, faults: list[str], kill: Any) -> None:
        """Run a sheet about appointments that are on, or of which a row is left."""
        self.world.run(self.sheet(drawn, profile=self.usual), self.usual, faults=faults, kill=kill)

    def book(self, drawn: Any, faults: list[str], kill: Any) -> None:
        """Run a sheet with appointments that nobody has made yet."""
        self.world.run(self.sheet(drawn, profile=self.usual), self.usual, faults=faults, kill=kill)

    def move(self, whom: Whom, word: str, names: str, faults: list[str]) -> None:
        """Run a sheet with one later word about an appointment; nothing hinders it, or its answers are lost."""
        appointment = appointment_of(self.world, whom)
        action = (self.world.seen.asked(appointment) or "update") if word == "again" else word
        row = appointment, action, names, "both", True, False
        self.world.run(self.sheet([row], profile=self.usual), self.usual, faults=faults)

    def retry(self, which: str, place: int, faults: list[str], kill: Any, *, confirm: bool) -> None:
        self.world.finish("retry", which, place, confirm=confirm, faults=faults, kill=kill)

    def resume(self, which: str, place: int, faults: list[str], kill: Any, *, confirm: bool) -> None:
        self.world.finish("resume", which, place, confirm=confirm, faults=faults, kill=kill)

    def resolve(self, place: int, kill: Any, *, is_overtaken: bool) -> None:
        self.world.resolve(place, is_overtaken=is_overtaken, kill=kill)

    def release(self, place: int, faults: list[str], kill: Any) -> None:
        """Let a sheet go that is held."""
        self.world.release(place, faults=faults, kill=kill)

    def run_again(self, place: int, how: str) -> None:
        """Run a sheet of before; where it is held, perhaps let it go by a retry. Or the newest one, twice."""
        if how == "newest twice":
            self.world.again()
        else:
            self.world.run_older(place, release=how == "released")

    def plan(self, drawn: Any, profile: str, faults: list[str], kill: Any, *, late: bool) -> None:
        """
        Carry the saved plan out, if there is one, else make one of a sheet that is not run yet; or both at once.

        After another run the plan is refused and nothing is sent.
        """
        if self.world.saved is None:
            named = self.of(profile)
            self.world.save_plan(self.sheet(drawn, profile=named), named)
            if late:
                return
        self.world.carry_out(faults=faults, kill=kill)

    def draft(
        self,
        *,
        what: str,
        place: int,
        drawn: Any,
        profile: str,
        which: str,
        row: int,
        cell: tuple[str, str],
        faults: list[str],
        kill: Any,
        is_certain: bool,
    ) -> None:
        """
        Keep a sheet or a retry as a draft, or do something with one that is kept.

        ``is_certain``: she looks at what she edited, and says yes to what she sends.
        """
        world, drafts = self.world, self.world.drafts
        if what == "keep_retry" and (runs := world.runs(which)):
            drafts.keep_retry(runs[place % len(runs)], kill=kill)
        elif what in {"keep", "keep_retry"} or not drafts.known:
            named = self.of(profile)
            drafts.keep(self.sheet(drawn, profile=named), named, kill=kill)
        elif what == "edit":
            edits, field = cell
            drafts.edit(place, row, edits, (field, self.values()[field]), kill=kill)
            if is_certain and drafts.known:
                drafts.look(place)
        elif what == "send":
            drafts.send(place, confirm=is_certain or bool(row), faults=faults, kill=kill)
        elif what == "look":
            drafts.look(place, kill=kill)
        else:
            drafts.drop(place, kill=kill)

    def one(self, what: str, whom: Whom, faults: list[str], kill: Any, *, confirm: bool) -> None:
        """Change one appointment without a sheet."""
        appointment, when = appointment_of(self.world, whom), self.values()["eventDateTime"]
        self.world.drafts.change(what, appointment, when, confirm=confirm, faults=faults, kill=kill)

    def fold(self, times: int, kill: Any) -> None:
        """Fold what unchanged rows of older runs said, often once the newest sheet was run again and again."""
        for _ in range(times):
            self.world.again()
        self.world.fold(kill=kill)

    def wait(self, until: str, *, is_lost: bool) -> None:
        """
        Let time go by, or let the ledger be lost, and made again of its export.

        ``next``: past the next start among all · ``unsent``: past that of a call which resume would still send · ``all``: past the last.
        """
        if is_lost:
            self.world.rebuild(self.empty)
            return
        now, starts = self.world.now, self.world.starts()
        ahead = [start for start in starts if start > now] or [now + DAY]
        unsent = [start for start in self.world.unsent() if start > now] or ahead
        self.world.now = {
            "tomorrow": now + DAY, "yesterday": now - DAY, "next": min(ahead) + 1.0, "unsent": min(unsent) + 1.0,
            "all": max(ahead) + 1.0,
        }[until]  # fmt: skip
