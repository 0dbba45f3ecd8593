"""
``importer plan``: what a run would do, row by row, decided as a run decides it, and forgotten again; or kept in a file.

The file says what a plan was made of and the fingerprint of its calls; ``importer run --plan`` sends exactly that, or nothing.
"""

from __future__ import annotations

import errno
import json  # which keeps names of files that are no UTF-8
import os
import shlex
import stat
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.commands.delivery import waits, window_of
from importer.commands.job import Event, Stage, forgotten_if_abandoned
from importer.commands.ledgers import ledger_to_plan_by, ledger_to_send_by
from importer.commands.run import Confirm, agree, close_cut_off, send_and_close, start
from importer.commands.stage_files import MAKE_AGAIN, decide, stage_files
from importer.errors import Held, UsageError
from importer.model.sending_window import reminding_of
from importer.problems.guard_kinds import RELEASABLE
from importer.reporting.plan_result import PlanResult, PlanTally
from importer.reporting.wording import as_typed
from importer.writing import write_plan
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger import Ledger, Run
    from importer.model.records import LifeRow


def plan(  # noqa: PLR0913 - what is asked for, all by name
    job: Job,
    paths: Sequence[str],
    *,
    out: Path | None = None,
    page: Path | None = None,
    options: Sequence[str] = (),
    each_row: Callable[[LifeRow], None] | None = None,
) -> PlanResult:
    """
    Decide what a run over these files would do now; nothing is sent and nothing of it stays in the ledger.

    ``out``: where to save the plan for ``run_plan``. ``page``: where to show it as a page. ``options``: what was typed
    beside the files, repeated in the command that carries the plan out. ``each_row`` gets every row in order, with old
    and new values of what an update would change.

    Raises:
        UsageError: ``out`` or ``page`` cannot be written.
        FileRefused: a file cannot be read.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    refuse_places(paths, out, page)
    with ledger_to_plan_by(job) as ledger:
        close_cut_off(job, ledger)
        newest = _newest_run(ledger)
        with staged_plan(job, ledger, paths) as begun:
            found = plan_result(job, begun, begun.report.decided(), each_row)
        if out is not None:
            save(out, _plan_file(job, paths, found, newest))
        found = replace(found, saved=out, command=_command(paths, out, options) if found.call_count else "")
        found = replace(found, release=_release(job, found, paths, options))
        return replace(found, page=shown_on(page, found)) if page is not None else found


@contextmanager
def staged_plan(job: Job, ledger: Ledger, paths: Sequence[str]) -> Iterator[Run]:
    """Stage and decide a run that is never written down: what it reads of the ledger is all that it leaves of it."""
    with ledger.rehearsing():
        begun = start(job, ledger, "plan")
        stage_files(job, begun, paths)
        decide(job, begun)
        yield begun


def plan_result(
    job: Job, run: Run, decided: Iterable[LifeRow], each_row: Callable[[LifeRow], None] | None
) -> PlanResult:
    """Return what a plan comes to; ``decided``: its rows, each of which ``each_row`` gets."""
    tally, now = PlanTally(), job.now()
    for row in decided:
        tally.see(row)
        if each_row is not None:
            each_row(row)
    return PlanResult(
        run=run.record(),
        files=tuple(run.files.all()),
        calls=run.calls.pending(),
        totals=Counter(run.report.totals()),
        people=run.report.people(),
        waits=waits(job, run),
        reminding=reminding_of(run.report.visits(), now),
        kinds=tally.kinds(run.record().holds),
        fingerprint=run.plan.fingerprint(),
        sums=tally.sums(),
        missing=tally.missing,
        warnings=dict(tally.warned.most_common()),
        shared=tally.shared,
        by_ledger=tally.by_ledger,
        groups=tally.groups(run.ledger.values_of(tally.uuids()), now=now, window=window_of(job)),
    )


def refuse_places(paths: Sequence[str], out: Path | None, page: Path | None) -> None:
    """Refuse, before anything is read, to write a plan where it cannot stand or would overwrite a sheet."""
    if out is not None and page is not None and out.resolve() == page.resolve():
        raise UsageError("The plan and its page cannot have the same name.", fix="Give --out and --html two names.")
    for place in (out, page):
        if place is None:
            continue
        if place.is_dir():
            raise UsageError(f"{place} is a folder.", fix=f"Name a file in it, such as {place / 'plan.html'}.")
        if not place.parent.is_dir():
            raise UsageError(f"There is no folder {place.parent}.", fix="Make it first, or name another.")
        if any(path != "-" and place.resolve() == Path(path).resolve() for path in paths):
            raise UsageError(f"{place} is the sheet itself; it would be overwritten.", fix="Give it another name.")


def shown_on(page: Path, found: PlanResult) -> Path:
    """Write the plan as a page. ``UsageError``: it cannot be."""
    try:
        return write_plan(found, page)
    except OSError as error:
        raise UsageError(f"The page cannot be written to {page}: {error.strerror}.") from None


def _command(paths: Sequence[str], out: Path | None, options: Sequence[str]) -> str:
    """Return the command that carries the plan out; the options decide what is sent, so they are part of it."""
    what = ["--plan", str(out)] if out is not None else [as_typed(path) for path in paths]
    return shlex.join(["importer", "run", *what, *options])


def _release(job: Job, found: PlanResult, paths: Sequence[str], options: Sequence[str]) -> str:
    """Return the command that lets a held plan go, with what was let go already; "" where a release is not enough."""
    codes = [hold.code for hold in found.holds]
    if not codes or not RELEASABLE.issuperset(codes):
        return ""
    every = ",".join(dict.fromkeys([*job.settings.release, *codes]))
    # Of an option that is typed twice the last counts.
    return shlex.join(["importer", "run", *map(as_typed, paths), *options, "--release", every])


def _newest_run(ledger: Ledger) -> str:
    newest = ledger.runs(1)
    return newest[0].id if newest else ""


def _plan_file(job: Job, paths: Sequence[str], result: PlanResult, newest: str) -> PlanFile:
    return PlanFile(
        made_at=job.now(),
        paths=tuple(paths),
        sha256=tuple(file.sha256 for file in result.files),
        choices=choices(job),
        calls={action.value: count for action, count in result.calls.items()},
        fingerprint=result.fingerprint,
        newest_run=newest,
    )


SCHEMA: Final = 1
LONGEST_BYTES: Final = 16 * 1024 * 1024
LONGEST_TEXT: Final = 32_767
AGAIN: Final = "Make one with: importer plan FILE --out PLAN"


@dataclass(frozen=True, slots=True)
class PlanFile:
    """
    A saved plan. It holds no rows, so no personal data: the files are read again and must give the same calls.

    ``paths`` and ``sha256``: the files, in order. ``choices``: the settings that decide what is sent. ``calls``: how
    many of each action. ``fingerprint``: of the calls. ``newest_run``: the ledger's newest run when it was made.
    """

    made_at: float
    paths: tuple[str, ...]
    sha256: tuple[str, ...]
    choices: dict[str, Any]
    calls: dict[str, int]
    fingerprint: str
    newest_run: str


def save(path: Path, plan: PlanFile) -> None:
    """
    Write a plan, whole or not at all, for its owner only.

    Raises:
        UsageError: the disk refuses it.
    """
    try:
        with draft(path) as made:
            made.stream.write(json.dumps({"schema": SCHEMA, **asdict(plan)}, indent=2).encode())
    except OSError as error:
        raise UsageError(f"The plan cannot be written to {path}: {error.strerror}.") from None


def load(path: Path) -> PlanFile:
    """
    Read a saved plan.

    Raises:
        UsageError: there is none, or it is not one of ours; the sentence names the member that is wrong.
    """
    try:
        told = json.loads(_bytes_of(path))
    except OSError as error:
        raise UsageError(
            f"The plan {path} cannot be read: {error.strerror}.", fix="Check the name and the folder."
        ) from None
    except (ValueError, RecursionError):
        told = None
    names = {field.name for field in fields(PlanFile)}
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not names <= told.keys():
        raise UsageError(f"{path} is not a plan.", fix=AGAIN)
    for name, (is_right, wanted) in _RULES.items():
        if not is_right(told[name]):
            raise UsageError(f"{path} is not a plan that was saved: {name} is not {wanted}.", fix=AGAIN)
    values: dict[str, Any] = {name: tuple(told[name]) if isinstance(told[name], list) else told[name] for name in names}
    return PlanFile(**values)


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of a regular file; a FIFO would hang. ``OSError``: it is none, or cannot be read."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read(LONGEST_BYTES)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\x00" not in value


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_choices(value: Any) -> bool:
    """Whether settings are what ``choices`` gives: plain values, or lists of texts."""
    if not isinstance(value, dict):
        return False
    release, approve = value.get("release", []), value.get("approve")
    plain = str | int | float | None
    return (
        isinstance(release, list)
        and all(isinstance(code, str) and code in RELEASABLE for code in release)
        and (approve is None or (isinstance(approve, int) and not isinstance(approve, bool)))
        and all(isinstance(one, plain) or (isinstance(one, list) and all(map(_is_text, one))) for one in value.values())
    )


def _are_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(count, int) and count >= 0 for count in value.values())


_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "made_at": (_is_number, "a time in seconds"),
    "paths": (_are_texts, "a list of file names"),
    "sha256": (_are_texts, "a list of hashes"),
    "choices": (_are_choices, "a table of settings"),
    "calls": (_are_counts, "a table of counts"),
    "fingerprint": (_is_text, "a text"),
    "newest_run": (_is_text, "a text"),
}


def choices(job: Job) -> dict[str, Any]:
    """Return the settings that decide what is sent; a plan is carried out with the same."""
    names = (
        *("profile", "sheet", "limit", "rows", "only", "action", "all_or_nothing", "base_url"),
        *("snapshot", "snapshot_locations", "approve", "release", "query_file", "key_column"),
    )
    return {name: job.settings.plain(name) for name in names}


def run_plan(job: Job, path: str | Path, *, confirm: Confirm = agree) -> RunResult:
    """
    Send the calls of a saved plan.

    Raises:
        Held: a file, the ledger or a setting is another than when the plan was made; nothing was sent.
        UsageError: it is no plan.
    """
    plan = load(Path(path))
    job = _let_go(job, plan)
    _same_choices(job, plan)
    with ledger_to_send_by(job) as ledger:
        close_cut_off(job, ledger)
        _same_ledger(ledger, plan)
        begun = start(job, ledger, "run", paths=plan.paths)
        job.log.write("started", run=begun.id, command="run")
        with forgotten_if_abandoned(begun), job.stop.breaking():
            stage_files(job, begun, plan.paths)
            _same_files(begun, plan)
            decide(job, begun, reviewed=plan.fingerprint)
        return send_and_close(job, begun, confirm)


def _let_go(job: Job, plan: PlanFile) -> Job:
    """Return the job with what the plan was reviewed with let go, so that it need not be typed again."""
    codes, number = plan.choices.get("release") or [], plan.choices.get("approve")
    settings = job.settings
    if codes and not settings.release:
        job.on_event(Event(Stage.NOTE, text=f"The plan was made with --release {','.join(codes)}."))
        settings = replace(settings, release=tuple(codes))
    if number is not None and settings.approve is None:
        job.on_event(Event(Stage.NOTE, text=f"The plan was made with --approve {number}."))
        settings = replace(settings, approve=number)
    return replace(job, settings=settings)


def _same_choices(job: Job, plan: PlanFile) -> None:
    now = choices(job)
    changed = [name for name, value in plan.choices.items() if now.get(name) != value]
    if changed:
        raise Held(f"The plan was made with another {' and another '.join(changed)}; nothing was sent.", fix=MAKE_AGAIN)


def _same_ledger(ledger: Ledger, plan: PlanFile) -> None:
    newest = ledger.runs(1)
    if (newest[0].id if newest else "") != plan.newest_run:
        raise Held("Another run was made since this plan, so the ledger has moved; nothing was sent.", fix=MAKE_AGAIN)


def _same_files(run: Run, plan: PlanFile) -> None:
    if tuple(file.sha256 for file in run.files.all()) != plan.sha256:
        raise Held("A file has changed since this plan was made; nothing was sent.", fix=MAKE_AGAIN)
