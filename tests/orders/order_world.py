"""
A small world for orders of commands: real commands and a real ledger, an API in the same process, and a plain memory.

``World`` gives commands to the importer, kills them at chosen writes, and looks after each step whether anybody was
harmed. What is cut away is what takes long and decides nothing here: reading files, writing reports, sockets, threads.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest import mock

from order_api import START, Api, Kept, KilledError, deliver
from order_drafts import KeptDrafts
from order_holds import LetGo, held_as_a_whole
from order_look import LEFT, RECENT, Seen, differences, look, wrong_runs
from order_sheets import FACTS, PROFILES, ZONE, Line, headings_of, key_of, staged, start_of
from staged_together import columns_of

from importer.commands.job import Job
from importer.commands.ledgers import opened_ledger
from importer.commands.plan import plan, run_plan
from importer.commands.report import resolve
from importer.commands.run import RunResult, resume, retry, run
from importer.commands.stage_files import stage_files
from importer.errors import Held, ImporterError, Interrupted, LedgerError, LedgerLost, NothingToDo, UsageError
from importer.ledger import Ledger, Run, open_ledger
from importer.ledger.store import Store
from importer.model.staged_files import FileRecord
from importer.model.statuses import Action, ReminderState, Status
from importer.planning.transitions import without_thought
from importer.settings import Settings, TokenSource
from importer.writing.report_files import NAMES, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


DAY: Final = 86_400
YEAR: Final = 366 * DAY
SHEET: Final = "sheet.csv"


class Saved(NamedTuple):
    """A plan in a file: of which sheet and profile, and which run was the newest when it was made."""

    path: Path
    profile: str
    sheet: Sequence[Line]
    newest: Sequence[str]


@dataclass
class World:
    """Commands upon one ledger, in any order. ``place``: a folder or a database; ``sins``: who was harmed, and how."""

    ledger_url: str
    folder: Path
    api: Api = field(default_factory=Api)
    now: float = START
    sheet: Sequence[Line] = ()
    sins: list[str] = field(default_factory=list)
    writes_left: int | None = None
    strangers: int = 0
    reconnect: Callable[[], None] = lambda: None
    known_runs: Sequence[str] = ()
    left: Sequence[str] = ()
    resumable: Sequence[str] = ()
    waiting: Sequence[int] = ()
    unknown: Sequence[tuple[str, int]] = ()
    is_open: bool = False
    seen: Seen = field(default_factory=lambda: Seen((), {}, (), ()))
    sheets: list[Sequence[Line]] = field(default_factory=list)
    saved: Saved | None = None
    let_go: LetGo = field(default_factory=LetGo)
    was_killed: bool = False
    _after: bool = False
    _is_truth: bool = False

    def __post_init__(self) -> None:
        self.drafts = KeptDrafts(self)

    def job(self, profile: str = "default", **settings: Any) -> Job:
        """Return a job of the importer."""
        made = Settings(
            base_url="http://127.0.0.1:9",
            ledger_url=self.ledger_url,
            reports_dir=self.folder / "reports",
            token_source=TokenSource.of("made-up"),
            profile=profile,
            **settings,
        )
        return Job(made, PROFILES[profile], now=lambda: self.now)

    def uuid_of(self, appointment: int) -> str | None:
        """Return the uuid that a person finds in Attentive."""
        return self.api.by_key.get(key_of(appointment))

    def on(self) -> list[int]:
        """Return the numbers of the appointments that are neither cancelled nor missed, newest first."""
        records = reversed(self.api.records.values())
        return [int(one.key[1][1:]) for one in records if not one.cancelled and not one.no_shows]

    def begun(self) -> list[int]:
        """Return the numbers of the appointments that are on and whose visits have begun, newest first."""
        starts = {number: start_of(self.api.records[self.uuid_of(number) or ""].values) for number in self.on()}
        return [number for number, start in starts.items() if start is not None and start <= self.now]

    def starts(self) -> list[float]:
        """Return the starts of the appointments that are on, and of those of which a row was left, in UTC seconds."""
        values = [one.values for one in self.api.records.values() if not one.cancelled and not one.no_shows]
        left = [row.starts_at for run_id in self.left for row in self.seen.rows[run_id] if row.status in LEFT]
        return [float(start) for start in (*map(start_of, values), *left) if start is not None]

    def numbers(self) -> list[int]:
        """Return the numbers of all appointments that the API holds, newest first."""
        return [int(one.key[1][1:]) for one in reversed(self.api.records.values())]

    def written(self, line: Line) -> Line:
        """Return a line with the uuid that a person writes into it."""
        if line.names == "number":
            return line
        if line.names == "nobodys":
            return replace(line, uuid=f"nobodys-{line.appointment}")
        return replace(line, uuid=self.uuid_of(line.appointment + 1 if line.names == "wrong" else line.appointment))

    def as_written(self, sheet: Sequence[Line]) -> tuple[Line, ...]:
        """Return a sheet as a person writes it, whose values are the newest word from now on."""
        for line in sheet:
            self.api.ages.written(line.values)
        return tuple(map(self.written, sheet))

    def stage_files(self, job: Job, run: Run, paths: Sequence[str], *, by_chunk: bool = False) -> None:
        """Stand in for reading and judging, but for a sheet that was written down."""
        if list(paths) != [SHEET]:
            stage_files(job, run, paths, by_chunk=by_chunk)
            return
        file = FileRecord(SHEET, str(hash(self.sheet)), None, headings_of(self.sheet), 1)
        rows = [staged(line, number, now=self.now) for number, line in enumerate(self.sheet, start=2)]
        file_id = run.files.add(file)
        if by_chunk:
            run.rows.stage_columns(file_id, columns_of(rows), without_thought(job.now()))
        else:
            run.rows.stage(file_id, rows, without_thought(job.now()))
        run.files.describe(file_id, FACTS)

    @contextmanager
    def cut_down(self) -> Iterator[None]:
        """Replace what is slow, and count the writes of the ledger."""
        world, writing = self, Store.writing

        @contextmanager
        def counted(store: Store) -> Iterator[Any]:
            world.count_a_write(after=False)
            with writing(store) as connection:
                yield connection
            world.count_a_write(after=True)

        named = {
            "importer.commands.run.stage_files": self.stage_files,
            "importer.commands.plan.stage_files": self.stage_files,
            "importer.commands.run.deliver": deliver(self.api),
        }
        with ExitStack() as stack:
            for name, stand_in in named.items():
                stack.enter_context(mock.patch(name, stand_in))
            stack.enter_context(mock.patch("importer.commands.run.write_reports", written))
            stack.enter_context(mock.patch("importer.commands.run.profile_named", lambda _, name: PROFILES[name]))
            stack.enter_context(mock.patch.object(Store, "writing", counted))
            yield

    def count_a_write(self, *, after: bool) -> None:
        """Kill before or after the write that was chosen."""
        if self.writes_left is None:
            return
        if after == self._after:
            self.writes_left -= 1
        if self.writes_left < 0:
            self.writes_left = None
            raise KilledError

    def command(
        self,
        act: Callable[[], Any],
        *,
        faults: Sequence[str] = (),
        kill: tuple[int, bool] | None = None,
        closes: bool = True,
    ) -> Any:
        """
        Give a command; return its result, None where there was nothing to do or it was killed.

        ``closes``: it ends runs that were cut off.
        """
        self.api.script, self.api.now = deque(faults), self.now
        self.writes_left, self._after = kill or (None, False)
        result, ended, self.was_killed = None, False, False
        try:
            with self.cut_down():
                result = act()
        except KilledError:
            self.was_killed = True
        except (Held, NothingToDo, Interrupted):
            ended = True
        except LedgerLost:
            # Somebody else ended the connection: as good as a kill, if it stays the only one.
            self.reconnect()
            self.was_killed = True
        except LedgerError as error:
            self.sins.append(f"the ledger cannot be used: {error}")
        except UsageError as error:
            self.sins += [f"the truth was refused: {error}"] * self._is_truth
        except (ImporterError, AssertionError, Exception) as error:  # noqa: BLE001 - exit 1 is always a sin
            self.sins.append(f"a bug: {type(error).__name__}: {error}")
        else:
            ended = True
        finally:
            self.writes_left = None
            self.api.script.clear()
        self._look(ended=ended and closes)
        return result

    def read(self) -> AbstractContextManager[Ledger]:
        """Open the ledger to look into it."""
        return open_ledger(self.ledger_url, read_only=True)

    def _look(self, *, ended: bool) -> None:
        self.sins += self.api.sins
        self.api.sins.clear()
        with self.read() as ledger:
            self.seen = seen = look(ledger, self.api.records)
            self.sins += self.drafts.compared({one.id for one in ledger.drafts.all()})
            recent = [run_id for run_id in seen.left if any(row.is_open for row in seen.rows[run_id])][:RECENT]
            self.resumable = [run_id for run_id in recent if ledger.run(run_id).recovery.is_left()]
        self.sins += seen.faults
        self.known_runs, self.left = [run.id for run in seen.runs], seen.left
        self.waiting, self.unknown = seen.waiting, seen.unknown
        self.is_open = bool(seen.open)
        if self.is_open:
            self.sins += [f"{one} is still open" for one in seen.open if ended]
            return
        self.sins += [*wrong_runs(seen), *differences(seen, self.api.records)]

    # Commands

    def run(self, sheet: Sequence[Line], profile: str = "default", **how: Any) -> RunResult | None:
        """Run a sheet; then look whether its settings were kept."""
        self.sheet = self.as_written(sheet)
        settings = {name: how.pop(name) for name in ("all_or_nothing",) if name in how}
        before = self.api.calls
        clean = not how.get("faults") and not how.get("kill")
        result = self.command(lambda: run(self.job(profile, **settings), [SHEET]), **how)
        if (
            result is not None
            and settings.get("all_or_nothing")
            and result.totals[Status.INVALID]
            and self.api.calls > before
        ):
            self.sins.append("sent beside an invalid row with all-or-nothing")
        if result is None:
            self.let_go.is_unsure(profile)
            return None
        self.sheets.append(self.sheet)
        if PROFILES[profile].declared:
            self.sins += self.let_go.ran(result.run, self.sheet)
        if clean and profile == "north":
            self._missing(result)
        return result

    def release(self, place: int, **how: Any) -> None:
        """Let a sheet go that is held as a whole, by a retry."""
        held = list(self.let_go.held)[::-1]
        chosen = held[place % len(held)]
        with self.read() as ledger:
            codes = held_as_a_whole(ledger.run(chosen).record())
        result = self.command(lambda: retry(self.job(release=codes), chosen), **how)
        if result is not None:
            self.let_go.released(chosen, self.known_runs)
        elif not self.was_killed:
            self.let_go.held.pop(chosen)

    def run_older(self, place: int, *, release: bool) -> None:
        """Run a sheet again that may be older than others: nothing goes back, but what a person lets go by a retry."""
        if not self.sheets:
            return
        self.sheet = self.sheets[-1 - place % len(self.sheets)]
        result = self.command(lambda: run(self.job(), [SHEET]))
        if result is None or not release or not result.run.unreleased:
            return
        codes = tuple(hold.code for hold in result.run.unreleased)
        self.api.allows_older = True
        self.command(lambda: retry(self.job(release=codes), result.run.id))
        self.api.allows_older = False

    def fold(self, **how: Any) -> None:
        """Fold what unchanged rows said, of all runs but the newest; nothing is sent, and no appointment is another."""
        before, calls = [] if self.is_open else self.content(), self.api.calls
        self.command(lambda: folded(self.job()), closes=False, **how)
        if ([] if self.is_open else self.content(), self.api.calls) != (before, calls):
            self.sins.append("a folding changed what is known")

    def save_plan(self, sheet: Sequence[Line], profile: str) -> None:
        """Make a plan, to be carried out later: nothing may be sent, and nothing may change."""
        self.saved = None
        if self.is_open:
            return
        self.sheet = self.as_written(sheet)
        path, before, calls = self.folder / "seen.plan", self.content(), self.api.calls
        made = self.command(lambda: plan(self.job(profile), [SHEET], out=path))
        if (self.content(), self.api.calls) != (before, calls):
            self.sins.append("a plan changed the ledger")
        self.saved = None if made is None else Saved(path, profile, self.sheet, tuple(self.known_runs[:1]))

    def carry_out(self, **how: Any) -> None:
        """Carry a saved plan out, unless another run was made since."""
        saved = self.saved
        if saved is None:
            return
        newest, before = self.sheet, self.api.calls
        is_old = tuple(self.known_runs[:1]) != saved.newest
        self.sheet = saved.sheet
        self.command(lambda: run_plan(self.job(saved.profile), saved.path), **how)
        self.let_go.is_unsure(saved.profile)
        if is_old:
            self.sheet, self.saved = newest, None
            self.sins += ["a plan was carried out after another run"] * (self.api.calls != before)

    def _missing(self, result: RunResult) -> None:
        """Look whether a snapshot's undisturbed run left an appointment on that its sheet does not name."""
        # The last is a sheet that says what an earlier one said: what it would cancel is held, and told.
        unsure = {
            "uuid_contradicts", "identity_cannot_change", "rows_name_several", "all_or_nothing", "file_of_before",
        }  # fmt: skip
        if held_as_a_whole(result.run):
            return
        if any(row.code in unsure or unsure & {one["code"] for one in row.problems} for row in result.report.rows()):
            return
        named = {key_of(line.appointment) for line in self.sheet}
        uuids = {line.uuid for line in self.sheet}
        with self.read() as ledger:
            profiles = {one.id: one.profile for one in ledger.runs(None)}
            for record in self.api.records.values():
                known = ledger.reminder_by_uuid(record.uuid)
                if known is None or known.key is None or known.state is not ReminderState.ACTIVE:
                    continue
                if record.key in named or record.uuid in uuids:
                    continue
                is_sure = known.in_doubt in {None, Action.CANCEL}
                if is_sure and profiles.get(known.run) == "north" and (known.starts_at or 0) > self.now:
                    self.sins.append(
                        f"{record.key} is missing from the snapshot and was not cancelled in {result.run.id}"
                    )

    def again(self, **how: Any) -> None:
        """Run the newest sheet twice, undisturbed: the second time nothing is sent."""
        self.command(lambda: run(self.job(**how), [SHEET]))
        before = self.api.calls
        result = self.command(lambda: run(self.job(**how), [SHEET]))
        # What the API refuses it refuses each night anew, and a create that it answers with a cancelled reminder stays open.
        left = 0 if result is None else result.totals[Status.FAILED] + 2 * result.totals[Status.UNKNOWN]
        if self.api.calls > before + left:
            self.sins.append("a second run of the newest sheet sent something")

    def unsent(self) -> list[int]:
        """Return the starts of the rows that ``resume`` would still send, in UTC seconds."""
        rows = (row for run_id in self.resumable for row in self.seen.rows[run_id])
        return [row.starts_at for row in rows if row.is_open and row.starts_at]

    def live(self) -> dict[str, list[str]]:
        """
        Return the last runs of which ``resume`` says that it would send a call, newest first.

        ``late``: with a row whose appointment has started by now · ``ahead``: the others.
        """
        found: dict[str, list[str]] = {"late": [], "ahead": []}
        for run_id in self.resumable:
            starts = [row.starts_at for row in self.seen.rows[run_id] if row.is_open and row.starts_at]
            found["late" if starts and min(starts) <= self.now else "ahead"].append(run_id)
        return found

    def runs(self, which: str) -> Sequence[str]:
        """Return runs as ``live`` and ``Seen.sorted_runs`` have them, or others where there are none."""
        if which in {"late", "ahead"}:
            live = self.live()
            found = live[which] or live["late"] or live["ahead"]
        else:
            found = self.seen.sorted_runs()[which]
        return found or self.left

    def finish(self, how: str, which: str, place: int, *, confirm: bool = True, **given: Any) -> None:
        """Retry or resume one of the runs."""
        runs = self.runs(which)
        if not runs:
            return
        act = {"retry": retry, "resume": resume}[how]
        chosen = runs[place % len(runs)]
        settings = {name: given.pop(name) for name in ("all_or_nothing",) if name in given}
        kept_back, is_ahead = self._kept_back(chosen), chosen in self.live()["ahead"]
        before = self.api.calls
        self.command(lambda: act(self.job(**settings), chosen, confirm=lambda _: confirm), **given)
        if self.api.calls > before and (kept_back or not confirm):
            self.sins.append(f"{how} sent what was kept back")
        # What is in doubt of a visit that has begun since is not repeated: a person has to find out.
        is_well = confirm and is_ahead and not given.get("faults") and not self.was_killed
        if how == "resume" and is_well and chosen in self.resumable:
            self.sins.append(f"resume left what it could send of {chosen}")

    def _kept_back(self, run_id: str) -> bool:
        """Tell whether a run, or one that it retries, was to send all or nothing and has an invalid row."""
        with self.read() as ledger:
            line = []
            behind: str | None = run_id
            while behind is not None:
                line.append(ledger.run(behind))
                behind = line[-1].record().parent
            invalid = any(one.report.totals().get(Status.INVALID) for one in line)
            return invalid and bool(line[0].record().settings.get("all_or_nothing"))

    def resolve(self, place: int, *, is_overtaken: bool = False, **how: Any) -> None:
        """Let a person find out the truth about an unknown row, and say it; ``is_overtaken``: one with a later word done, if any."""
        unknown = (is_overtaken and self.seen.doubtful_and_overtaken) or self.unknown
        if not unknown:
            return
        run_id, number = unknown[place % len(unknown)]
        with self.read() as ledger:
            told = next(one for one in ledger.run(run_id).report.decided() if one.row.number == number)
            row = told.row
            known = ledger.find(row.uuid or row.external_event_id or "-")
        key = known[0].key if known else None
        uuid = row.uuid or (self.api.by_key.get((key.phone[2:], key.external_event_id)) if key else None)
        record = self.api.records.get(uuid or "")
        sent = record is not None and {
            "create": not record.is_stranger, "cancel": record.cancelled, "no_show": record.no_shows > 0,
            "update": record.took(told.payload),
        }.get(row.action, False)  # fmt: skip
        said = record.uuid if sent and row.action == "create" and record else None
        self._is_truth = True
        self.command(lambda: resolve(self.job(), run_id, [row.number], sent=sent, uuid=said), **how)
        self._is_truth = False

    def content(self) -> list[bytes]:
        """Return what an export tells of all appointments."""
        with self.read() as ledger:
            return list(ledger.export())

    def rebuild(self, empty: Callable[[], None]) -> None:
        """Lose the ledger, and import the export that was made of it into a new one: runs and their rows are gone."""
        if self.is_open:
            return
        lines = self.content()
        empty()
        self.sheets.clear()
        self.saved = None
        self.let_go.forget()
        self.drafts.forget()
        with open_ledger(self.ledger_url) as ledger:
            ledger.import_export(lines)
        if self.content() != lines:
            self.sins.append("an import of an export is another ledger")
        self._look(ended=True)

    def book_elsewhere(self, appointment: int) -> None:
        """Let somebody else make a reminder, of which the ledger knows nothing."""
        key = key_of(appointment)
        if key in self.api.by_key:
            return
        self.strangers += 1
        values = {"phone": key[0], "externalEventId": key[1], "firstName": "v0", "eventDateTime": "2027-05-01T10:00:00"}
        record = Kept(f"s{self.strangers}", key, values | {"subscriberTimeZone": ZONE}, is_stranger=True)
        self.api.records[record.uuid], self.api.by_key[key] = record, record.uuid


def folded(job: Job) -> None:
    """Fold as if long had gone by since every run."""
    with opened_ledger(job) as ledger:
        ledger.retention.fold(ledger.retention.foldable(job.now() + YEAR), at=job.now())


def written(_report: Any, directory: Path, **_how: Any) -> Written:
    """Stand in for writing reports."""
    return Written(directory, dict.fromkeys(NAMES, directory), ())
