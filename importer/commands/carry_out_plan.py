"""``importer run --plan``: send exactly what was reviewed, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.commands.job import Event, Stage, forgotten_if_abandoned
from importer.commands.ledgers import ledger_to_send_by
from importer.commands.plan import choices
from importer.commands.plan_file import PlanFile, load
from importer.commands.run import Confirm, agree, close_cut_off, send_and_close, start
from importer.commands.stage_files import AGAIN, decide, stage_files
from importer.errors import Held

if TYPE_CHECKING:
    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger import Ledger, Run


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
        begun = start(job, ledger, "run")
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
        raise Held(f"The plan was made with another {' and another '.join(changed)}; nothing was sent.", fix=AGAIN)


def _same_ledger(ledger: Ledger, plan: PlanFile) -> None:
    newest = ledger.runs(1)
    if (newest[0].id if newest else "") != plan.newest_run:
        raise Held("Another run was made since this plan, so the ledger has moved; nothing was sent.", fix=AGAIN)


def _same_files(run: Run, plan: PlanFile) -> None:
    if tuple(file.sha256 for file in run.files.all()) != plan.sha256:
        raise Held("A file has changed since this plan was made; nothing was sent.", fix=AGAIN)
