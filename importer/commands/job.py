"""What every command needs: settings, clock, the wish to stop, who hears of progress, and what files are called."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from importer.errors import FileRefused, Held, Interrupted, NothingToDo, UsageError
from importer.interrupts import StopSignal
from importer.model.formula_escape import storable
from importer.reading.workbook_process import out_of_time
from importer.reporting.wording import as_typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.commands.drafts.corrections import Corrections
    from importer.commands.drafts.sheet_facts import SheetsRead
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.draft_values import Rest
    from importer.model.profile import Profile
    from importer.settings import Settings


class Stage(StrEnum):
    """Which part of the work an event is about."""

    READING = "reading"
    CHECKING = "checking"
    PLANNING = "planning"
    SENDING = "sending"
    REPORTING = "reporting"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """
    A moment of a run.

    ``done`` and ``total`` count rows (for READING bytes of a text file, rows of a workbook); ``total`` is None
    while it is not known. ``failures`` counts rows that ended badly so far. ``text`` says what is being waited
    for, or, for NOTE, what a person should know; it never holds personal data.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    failures: int = 0
    text: str = ""


def ignore(event: Event) -> None:
    """Take no notice of an event."""


class Log(Protocol):
    """Takes the events of one command."""

    @property
    def is_kept(self) -> bool:
        """Whether anybody reads them; if not, nothing need be gathered."""

    def write(self, event: str, *, run: str | None = None, row: int | None = None, **members: Any) -> None:
        """Take one event."""


class NoLog:
    """Keeps nothing."""

    is_kept = False

    def write(self, event: str, *, run: str | None = None, row: int | None = None, **members: Any) -> None:
        """Take no notice."""


NO_LOG: Final = NoLog()


def nobody(_question: str) -> bool:
    """Answer no, for nobody is there to be asked."""
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """
    The settings of one execution and its links to the world.

    ``now`` gives UTC seconds; ``on_event`` hears of progress; ``stop`` is raised by the first signal. ``ask`` puts a
    question to a person and returns whether the answer is yes; where nobody can be asked it is no. ``rehearsal``: the
    settings lead to a sandbox and to a copy of the ledger. ``log`` takes
    lines for ``--log``. ``typed``: options that a person gave and that a next command needs too.
    ``began``: when the command began, on the monotonic clock, in seconds. ``ledger``: held already, by a pass over
    several files; else each execution opens it. ``claim``: the file of a drop that the run is about. ``copies``: of a
    draft, and of what was fetched, path -> the copy that is read in its place. ``as_of``: the newest run, by its place in the order of runs, that its
    files are compared with; None for all. ``corrections``: what a person corrected in the files of a draft.
    ``is_part``: its files are none to compare others with. ``texts_apart``: the bytes of text files, too, are looked into by a
    confined process only. ``facts``: takes down what a draft keeps of its sheets. ``rest``:
    what the other rows of a draft say together, where only some of them are decided. ``answers``: what a person said about the
    sheet, each with its ``lines`` of the profile; None: what the draft keeps of that.
    """

    settings: Settings
    profile: Profile
    now: Callable[[], float] = time.time
    on_event: Callable[[Event], None] = ignore
    stop: StopSignal = field(default_factory=StopSignal)
    log: Log = NO_LOG
    ask: Callable[[str], bool] = nobody
    rehearsal: bool = False
    typed: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)
    ledger: Ledger | None = None
    claim: int | None = None
    copies: Mapping[str, Path] = field(default_factory=dict)
    as_of: int | None = None
    corrections: Corrections | None = None
    is_part: bool = False
    texts_apart: bool = False
    facts: SheetsRead | None = None
    rest: Rest | None = None
    answers: Sequence[Mapping[str, Any]] | None = None

    @property
    def check_until(self) -> float:
        """When reading and checking must be done, in seconds of the monotonic clock."""
        return self.began + self.settings.check_s

    def command(self, *words: str) -> str:
        """Return a command line that can be typed as it stands, with the options that were given now."""
        return shlex.join(["importer", *words, *self.typed])


_FETCHED: Final = re.compile(r"(?i)(?:db\+[a-z][a-z0-9+]{0,30}|https?)://")


def is_fetched(path: str) -> bool:
    """Whether a path is no file: the address of a database that is queried, or a link."""
    return _FETCHED.match(path) is not None


def named(paths: Sequence[str], copies: Mapping[str, Path] | None = None) -> list[tuple[str, str | None]]:
    """
    Return each path with its name for people; None for standard input, which has a name already.

    A file that is named twice has two names, so that each has counts of its own. Bytes that are no text become escapes. What was
    fetched is called as its copy among ``copies`` is.
    """
    if copies and all(map(is_fetched, paths)):
        return [(path, storable(copies[path].name)) for path in paths]
    short = Counter(Path(path).name for path in dict.fromkeys(paths))
    seen: Counter[str] = Counter()
    names: list[tuple[str, str | None]] = []
    for path in paths:
        seen[path] += 1
        name = storable(Path(path).name if short[Path(path).name] == 1 else path)
        again = f" ({seen[path]})" if seen[path] > 1 else ""
        names.append((path, None if path == "-" else name + again))
    return names


SHEETS: Final = (
    *(".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    *(".json", ".ndjson", ".jsonl", ".parquet", ".ics"),
)
NAMES_SHOWN: Final = 3


@contextmanager
def about(path: str) -> Iterator[None]:
    """Name the file in a refusal that only says what is wrong with it: several may be read in one go."""
    try:
        yield
    except FileRefused as refused:
        name = "Standard input" if path == "-" else path
        told = on_the_way(path, refused)
        if told is refused and name in str(refused):
            raise
        raise FileRefused(f"{name}: {told}", code=refused.code, fix=told.fix) from None


def on_the_way(path: str, refused: FileRefused) -> FileRefused:
    """Return the refusal of a folder, a pattern or a misspelt name as one that names the files that are there."""
    if refused.code == "file_not_regular" and Path(path).is_dir():
        found = sheets_in(Path(path))
        fix = f"Name the sheets in it: {as_command(found)}" if found else "There is no sheet in it."
        return FileRefused("This is a folder, not a file.", code=refused.code, fix=fix)
    if refused.code != "file_not_found":
        return refused
    if has_magic(path):
        if not Path(path).parent.is_dir():
            return FileRefused("No file matches this pattern.", code=refused.code, fix=refused.fix)
        found = sheets_in(Path(path).parent)
        there = (
            f"These sheets are in that folder: {', '.join(found)}." if found else "There is no sheet in that folder."
        )
        return FileRefused("No file matches this pattern.", code=refused.code, fix=there)
    near = get_close_matches(path, sheets_in(Path(path).parent, most=None), n=1, cutoff=0.7)
    return FileRefused(str(refused), code=refused.code, fix=f"Did you mean {near[0]}?") if near else refused


def sheets_in(folder: Path, most: int | None = NAMES_SHOWN) -> list[str]:
    """Return the paths of a folder's sheets by their endings, in order; none where it cannot be looked into."""
    try:
        found = sorted(str(each) for each in folder.iterdir() if each.suffix.casefold() in SHEETS)
    except (OSError, ValueError):
        return []
    return found[:most]


def as_command(paths: Sequence[str]) -> str:
    """Return the line that checks these files, as a shell takes it."""
    return shlex.join(["importer", "check", *map(as_typed, paths)])


def heed(job: Job) -> None:
    """Raise ``Interrupted`` once a signal came, ``FileRefused`` once the time for reading and checking is over."""
    if job.stop.raised:
        raise Interrupted("Interrupted; nothing was sent.", exit_code=job.stop.exit_code)
    if time.monotonic() > job.check_until:
        raise out_of_time()


@contextmanager
def writing_apart() -> Iterator[None]:
    """Raise ``UsageError`` where the block cannot write into a temporary file."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"No temporary file can be written: {error.strerror or 'output error'}.",
            fix=f"Make room in {tempfile.gettempdir()}, or name another folder in TMPDIR.",
        ) from None


@contextmanager
def forgotten_if_abandoned(run: Run) -> Iterator[None]:
    """Forget a run that is refused, held or interrupted within the block, for none of its rows may be sent."""
    try:
        yield
    except (FileRefused, Held, Interrupted, NothingToDo, UsageError):
        run.forget()
        raise
