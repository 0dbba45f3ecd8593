"""
A plan that a person has seen, kept in a file: what it was made of, and the fingerprint of its calls.

``importer run --plan`` sends exactly that, or nothing.
"""

from __future__ import annotations

import errno
import json  # which keeps names of files that are no UTF-8
import os
import stat
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.commands.job import Event, Stage, forgotten_if_abandoned
from importer.commands.ledgers import ledger_to_send_by
from importer.commands.run import Confirm, agree, close_cut_off, send_and_close, start
from importer.commands.stage_files import MAKE_AGAIN, decide, stage_files
from importer.errors import Held, UsageError
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.commands.job import Job
    from importer.commands.run import RunResult
    from importer.ledger import Ledger, Run


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
        *("snapshot", "snapshot_locations", "approve", "release"),
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
