"""
The importer for programs: what the commands do, as functions with typed results.

``importer.check``, ``plan``, ``run``, ``resume``, ``retry``, ``report`` and ``explain`` are these functions; and ``keep``, ``edit`` and
``send`` of a plan that is kept, corrected, and sent exactly as it was shown. They print nothing, ask nothing, set no signal handlers, and raise ``importer.errors.ImporterError`` where a command would end with a
message: its text says what is wrong, ``fix`` what to do, ``exit_code`` how the command would end.

Settings are keywords by the names of the settings table (``profile="northside"``, ``ledger="clinic.db"``,
``only=["cancel"]``); what is not given comes from the environment, ``importer.toml`` and the defaults, as for the commands.
"""

from __future__ import annotations

import difflib
import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypedDict, TypeVar

from importer.commands.job import Job, ignore, is_fetched
from importer.errors import Exit, UsageError
from importer.reporting.run_report import of_planned_row, of_report_row
from importer.settings import SETTINGS, TokenSource, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from importer.commands.job import Event
    from importer.commands.run import RunResult
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.records import Life
    from importer.reporting.plan_result import PlanResult

# What only a terminal has. A rehearsal starts a sandbox of its own, which a program does as it likes.
_OF_TERMINALS: Final = frozenset({"yes", "quiet", "verbose", "no_progress", "log", "rehearse"})
NAMES: Final = frozenset(setting.name for setting in SETTINGS) - _OF_TERMINALS


@dataclass(frozen=True, slots=True)
class Result:
    """
    What a call found or did.

    ``command``: check, plan, run, resume, retry or report. ``exit_code``: how the command would end. ``totals``: rows by
    status, for a plan by verdict. ``run``: the id of the run. ``paths``: the report files by name. ``holds``: why a guard
    holds something, as sentences. ``draft``: the id of the plan that is kept, and ``version`` how often it was changed.
    """

    command: str
    exit_code: Exit
    totals: Mapping[str, int]
    run: str | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    draft: str | None = None
    version: int | None = None
    _read: Callable[[], Iterable[Mapping[str, Any]]] = field(default=tuple, repr=False)

    @property
    def done(self) -> bool:
        """Whether every row is done or ready: no person is wanted."""
        return self.exit_code is Exit.DONE

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield each row as JSON holds it (``reporting.run_report``), in the order of files and rows; of a run, read from the ledger now."""
        yield from self._read()

    def frame(self) -> pd.DataFrame:
        """Return the rows as a table, a column a member; lists (``problems``) stay lists. No rows: no columns."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))


class Calling(TypedDict, total=False):
    """Keywords that are no settings. ``config``: the settings file; ``token``: the API token; ``on_event`` hears of progress."""

    config: str | os.PathLike[str]
    token: str
    on_event: Callable[[Event], None]


_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def _forgetting(call: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Let a call leave nothing of the sheets behind in the program's memory but what it returned."""

    @wraps(call)
    def called(*args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
        try:
            return call(*args, **kwargs)
        finally:
            from importer.model.chunks import forget_cells

            forget_cells()

    return called


@_forgetting
def check(*files: str | os.PathLike[str], **settings: Any) -> Result:
    """
    Judge the rows of sheets; nothing is sent, and the ledger is left alone.

    Raises:
        ImporterError: a file cannot be read, or a setting is wrong.
    """
    from importer.commands.check import check as judge

    rows: list[Mapping[str, Any]] = []
    with _reading(settings, files, needs_tenant=False) as (job, paths):
        found = judge(job, paths, each_row=rows.append)
    return Result("check", found.exit_code, dict(found.statuses), _read=lambda: rows)


@_forgetting
def plan(*files: str | os.PathLike[str], out: str | os.PathLike[str] | None = None, **settings: Any) -> Result:
    """
    Decide what a run would send; nothing is sent. ``out``: a file in which the plan is kept, for ``importer run --plan``.

    Raises:
        ImporterError: a file cannot be read, a setting is wrong, the ledger is in use, or ``out`` cannot be written.
    """
    from pathlib import Path

    from importer.commands.plan import plan as decide

    rows: list[Mapping[str, Any]] = []
    with _reading(settings, files) as (job, paths):
        found = decide(
            job,
            paths,
            out=None if out is None else Path(out),
            each_row=lambda row: rows.append(of_planned_row(row)),
        )
    return _of_plan(found, rows)


@_forgetting
def keep(*files: str | os.PathLike[str], **settings: Any) -> Result:
    """
    Decide what a run would send, and keep that as a draft: the result's ``draft`` names it. Nothing is sent.

    Raises:
        ImporterError: a file cannot be read, a setting is wrong, or the ledger is in use.
    """
    from importer.commands.drafts.draft_keeping import keep as keep_plan

    rows: list[Mapping[str, Any]] = []
    with _reading(settings, files) as (job, paths):
        found, draft = keep_plan(job, paths, each_row=lambda row: rows.append(of_planned_row(row)))
    return _of_plan(found, rows, draft)


@_forgetting
def edit(  # noqa: PLR0913 - keyword-only, each a kind of change
    draft: str,
    *cells: str,
    leave_out: Sequence[int | str] = (),
    take_in: Sequence[int | str] = (),
    as_in_file: Sequence[int | str] = (),
    undo: bool = False,
    version: int | None = None,
    **settings: Any,
) -> Result:
    """
    Correct a draft, and return its plan as it would be sent now; without a change it is only looked at. Nothing is sent.

    ``cells``: ``ROW:HEADING=VALUE``. ``leave_out`` and ``take_in``: rows by their numbers. ``as_in_file``: rows, or ``ROW:HEADING``, whose
    edits are taken back. ``undo``: take the last change back. ``version``: of the draft that was seen; nothing is changed if it is another
    by now.

    Raises:
        ImporterError: there is no such draft, row or heading, somebody else changed it, or the ledger is in use.
    """
    from importer.commands.drafts.draft_editing import Wanted
    from importer.commands.drafts.draft_editing import edit as write_down
    from importer.commands.drafts.draft_keeping import look

    job = _job(settings)
    out, back, as_it_came = (tuple(map(str, some)) for some in (leave_out, take_in, as_in_file))
    wanted = Wanted(cells, out, back, as_it_came, undo)
    if wanted.is_something:
        write_down(job, draft, wanted, version=version)
    rows: list[Mapping[str, Any]] = []
    found, kept = look(job, draft, each_row=lambda row: rows.append(of_planned_row(row)))
    return _of_plan(found, rows, kept)


@_forgetting
def send(draft: str, **settings: Any) -> Result:
    """
    Send a draft exactly as it was shown, without asking.

    Raises:
        ImporterError: nothing was sent: it would be sent otherwise than it was shown, it was sent before, or the ledger is in use.
    """
    from importer.commands.drafts.draft_sending import run_draft

    return _of_run("run", run_draft(_job(settings), draft))


@_forgetting
def run(*files: str | os.PathLike[str], **settings: Any) -> Result:
    """
    Plan, send and report, without asking.

    Raises:
        ImporterError: nothing was sent: a file cannot be read, a setting is wrong, the ledger is in use.
    """
    from importer.commands.run import run as send

    with _reading(settings, files) as (job, paths):
        return _of_run("run", send(job, paths))


@_forgetting
def resume(run_id: str | None = None, **settings: Any) -> Result:
    """
    Finish a run that was cut off or stopped; the newest one where none is named.

    Raises:
        ImporterError: no such run, nothing is left of it, or the ledger is in use.
    """
    from importer.commands.run import resume as finish

    return _of_run("resume", finish(_job(settings), run_id))


@_forgetting
def retry(run_id: str | None = None, **settings: Any) -> Result:
    """
    Send again what failed or was not sent in a run; the newest one where none is named.

    Raises:
        ImporterError: no such run, nothing is left of it, or the ledger is in use.
    """
    from importer.commands.run import retry as again

    return _of_run("retry", again(_job(settings), run_id))


@_forgetting
def report(run_id: str | None = None, **settings: Any) -> Result:
    """
    Write a run's report again from the ledger; the newest run's where none is named.

    Raises:
        ImporterError: there is no such run, or no ledger.
    """
    from importer.commands.report import report as write

    return _of_run("report", write(_job(settings), run_id))


@_forgetting
def explain(appointment: str, **settings: Any) -> Life:
    """
    Return all that is remembered of an appointment, named by its number, its uuid or its phone.

    Raises:
        ImporterError: nothing is remembered of it, or there is no ledger.
    """
    from importer.commands.report import explain as tell

    return tell(_job(settings), appointment)


def _of_plan(found: PlanResult, rows: Sequence[Mapping[str, Any]], draft: Draft | None = None) -> Result:
    return Result(
        "plan",
        found.exit_code,
        {str(verdict): count for verdict, count in found.sums.items()},
        paths={} if found.saved is None else {found.saved.name: found.saved},
        holds=tuple(hold.message for hold in found.holds),
        draft=None if draft is None else draft.id,
        version=None if draft is None else draft.version,
        _read=lambda: rows,
    )


def _of_run(command: str, done: RunResult) -> Result:
    return Result(
        command,
        done.exit_code,
        {status.value: count for status, count in done.totals.items()},
        run=done.run.id,
        paths=dict(done.paths),
        holds=tuple(hold.message for hold in done.run.holds),
        _read=lambda: map(of_report_row, done.report.rows()),
    )


@contextmanager
def _reading(
    settings: Mapping[str, Any], files: tuple[str | os.PathLike[str], ...], *, needs_tenant: bool = True
) -> Iterator[tuple[Job, Sequence[str]]]:
    """Give the job that the keywords make, and the paths that it is about; a query is carried out first."""
    job, paths = _job(settings, needs_tenant=needs_tenant), [os.fspath(file) for file in files]
    if job.settings.query_file is None and not any(map(is_fetched, paths)) and (paths or job.profile.link is None):
        if not paths:
            raise UsageError("No file was named.", fix="Name at least one sheet.")
        yield job, paths
        return
    from importer.fetching.fetched_source import fetched

    with fetched(job, paths) as found:
        yield found


def _job(given: Mapping[str, Any], *, needs_tenant: bool = True) -> Job:
    """Return the job that the keywords make. ``UsageError``: one is no setting; says which it probably meant."""
    settings = {name: value for name, value in given.items() if name not in Calling.__annotations__}
    for name in settings:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            raise UsageError(
                f"There is no setting {name!r}.",
                fix=f"Did you mean {near[0]!r}?" if near else "importer config show lists the settings.",
            )
    options = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in settings.items()}
    config = given.get("config")
    effective, profile = load(options, config=None if config is None else os.fspath(config), needs_tenant=needs_tenant)
    if given.get("token") is not None:
        effective = replace(effective, token_source=TokenSource.of(given["token"]))
    return Job(effective, profile, on_event=given.get("on_event") or ignore)
