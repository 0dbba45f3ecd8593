"""
The ledger of a job: opened, this job's own, and not lost; or rebuilt from old reports.

A ledger belongs to one API address and one account. Sent to another, each appointment would be booked once more, or
count as booked where nobody knows it.

What a report says of itself stands in its ``result_*`` columns; what was sent is worked out from the person's own
columns, so the same profile is wanted as when the report was made.
"""

from __future__ import annotations

import hmac
import math
import os
import re
import stat
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from importer.checking import stage
from importer.commands.do_not_text_file import do_not_text
from importer.commands.job import Event, Stage
from importer.commands.old_reports import seconds
from importer.commands.pipeline import judged
from importer.errors import FileRefused, Interrupted, LedgerError, SettingsError, UsageError
from importer.ledger import Ledger, open_ledger
from importer.ledger.opening import account_of, ledger_exists, place_of
from importer.ledger.retention.folding import Foldable
from importer.ledger.transfer import is_name
from importer.model.records import OldResult, is_rehearsal
from importer.model.statuses import Action, Status, origin_of
from importer.settings import Source
from importer.writing.atomic_files import MOST_BESIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.columns import Matching
    from importer.commands.job import Job
    from importer.model.chunks import Checked
    from importer.model.records import Owner
    from importer.model.staged_files import StagedRow


FIX = "Name another folder with --reports."


def refuse_unusable(job: Job) -> None:
    """
    Refuse a folder in which no report can be written, and warn of one in which others may write.

    Raises:
        UsageError: it is a file, may not be written to, is a link of somebody else, or can be no folder's name.
    """
    folder = job.settings.reports_dir
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if not nearest.is_dir():
        raise UsageError(f"Reports cannot be written to {folder}: {nearest} is not a folder.", fix=FIX)
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"Reports cannot be written to {folder}: {nearest} may not be written to.", fix=FIX)
    try:
        is_link = folder.is_symlink()
    except OSError as error:  # its name is too long
        raise UsageError(f"Reports cannot be written to {folder}: {error.strerror}.", fix=FIX) from None
    if is_link and hasattr(os, "getuid") and folder.lstat().st_uid not in {os.getuid(), 0}:
        raise UsageError(f"Reports cannot be written to {folder}: it is a link of another user.", fix=FIX)
    if nearest == folder and others_may_write(folder):
        text = f"Other users may write to the reports folder {folder}; its reports are private all the same."
        job.on_event(Event(Stage.NOTE, text=text))


def others_may_write(folder: Path) -> bool:
    """Whether users besides the owner may change what stands in a folder; the owner's own group does not count."""
    if not hasattr(os, "getgid"):
        return False
    found = folder.stat()
    shared = stat.S_IWOTH | (stat.S_IWGRP if found.st_gid != os.getgid() else 0)
    return bool(found.st_mode & shared)


SUMMARY: Final = "summary.json"
RESULTS: Final = "results.csv"
LONGEST_BYTES: Final = 4 * 1024 * 1024


def refuse_if_lost(ledger_url: str, reports: Path) -> None:
    """
    Raise ``LedgerError`` if a run's report in the folder names this place as its ledger.

    ``reports``: the folder with a folder for each run; what is no report of ours is passed over.
    """
    place = place_of(ledger_url)
    for folder in sorted(_folders(reports), reverse=True):
        if summary_of(folder / SUMMARY).place == place:
            raise LedgerError(
                f"There is no ledger at {place}, but the report of run {folder.name} says that it was there. "
                "Nothing was sent: without it every appointment would be booked again.",
                fix=f"Bring the ledger back, or rebuild it: importer ledger import {reports}/*/results.csv. "
                "To begin an empty one all the same, add --new-ledger.",
            )


def reports_after(memory: Ledger, ledger_url: str, reports: Path) -> list[Path]:
    """
    Return the results of which this place's ledger does not know all, oldest first: it was restored since.

    They are of runs that it does not know, or that ended later than it knows: at work, or stopped, when its copy was made.
    """
    place, known = place_of(ledger_url), {run.id: run.finished_at for run in memory.runs(None)}
    found = []
    for folder in sorted(_folders(reports)):
        told = summary_of(folder / SUMMARY)
        if told.place != place or not (folder / RESULTS).is_file():
            continue
        if folder.name not in known or _whole_seconds(known[folder.name]) < told.finished_at:
            found.append(folder / RESULTS)
    return found


def set_aside(results: Path) -> Path:
    """
    Give the results of a run a second name, which no later report of that run takes, and return it.

    Where the folder takes no second name they stay as they are.
    """
    for number in range(2, MOST_BESIDE + 1):
        # Not "-2", which a report takes whose first name cannot be replaced.
        kept = results.with_stem(f"{results.stem}_{number}")
        try:
            # A report that is written later takes the first name; the bytes of today keep the second one.
            os.link(results, kept)
        except FileExistsError:
            continue
        except OSError:
            break
        return kept
    return results


def _whole_seconds(moment: float | None) -> float:
    return math.floor(moment or 0.0)


class Summary(NamedTuple):
    """What a ``summary.json`` tells: its ledger's place, None where it names none; when its run ended, UTC seconds, 0 if it did not."""

    place: str | None = None
    finished_at: float = 0.0


def summary_of(summary: Path) -> Summary:
    """Return what a ``summary.json`` tells; nothing where it is none of ours."""
    try:
        descriptor = os.open(summary, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return Summary()
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Summary()
        text = file.read(LONGEST_BYTES)
    try:
        whole = orjson.loads(text)
        place, ended = whole["ledger"]["place"], whole.get("finished_at")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return Summary()
    return Summary(
        place=place if isinstance(place, str) else None, finished_at=seconds(ended) if isinstance(ended, str) else 0.0
    )


def _folders(reports: Path) -> list[Path]:
    try:
        return [path for path in reports.iterdir() if path.is_dir()]
    except OSError:
        return []


ASKED = "This token is not the one that the ledger was last used with. Is it for the same Attentive account? [y/N] "


@contextmanager
def opened_ledger(job: Job, *, rebuilds: bool = False) -> Iterator[Ledger]:
    """
    Open the settings' ledger for writing; nobody else can use it meanwhile. One that the job holds is used as it is.

    ``rebuilds``: a new one may be made although old reports tell of a ledger that was here.

    Raises:
        LedgerError: it cannot be used, or it is lost: reports tell of runs that it should know.
    """
    if job.ledger is not None:
        yield job.ledger
        return
    settings = job.settings

    def before_making() -> None:
        if not (rebuilds or settings.new_ledger):
            refuse_if_lost(settings.ledger_url, settings.reports_dir)

    with ExitStack() as closing:
        # The wait for another run's ledger may be long, and nothing is sent yet: a signal ends it.
        with job.stop.breaking():
            opening = open_ledger(
                settings.ledger_url,
                lock_timeout_s=settings.lock_timeout_s,
                before_making=before_making,
                purge_key=settings.purge_key,
            )
            ledger = closing.enter_context(opening)
        yield ledger


@contextmanager
def ledger_to_send_by(job: Job) -> Iterator[Ledger]:
    """
    Open the ledger of a job that sends, if it belongs to the job's API address and account.

    Raises:
        SettingsError: it belongs to another, the token is missing, or the do-not-text list cannot be used.
        UsageError: the reports of the job have no place.
    """
    if job.settings.rehearse and not job.rehearsal:
        raise SettingsError(
            "Only a whole run can be rehearsed; nothing was sent.",
            fix="Write importer run FILE... --rehearse, or leave --rehearse (IMPORTER_REHEARSE) out.",
        )
    token = job.settings.token()
    if job.settings.do_not_text:
        do_not_text(job)
    refuse_unusable(job)
    with opened_ledger(job) as ledger:
        owner = ledger.owner()
        _refuse_other_address(job, owner)
        _refuse_other_account(job, owner, token)
        yield ledger


@contextmanager
def ledger_to_plan_by(job: Job) -> Iterator[Ledger]:
    """Open the ledger of a job that only plans. An address that nobody named is told, one that was named is refused."""
    with opened_ledger(job) as ledger:
        owner = ledger.owner()
        if job.settings.origin("base_url").source is Source.DEFAULT and _is_others(job, owner):
            text = f"The ledger belongs to {owner.address}; to send, name it: --base-url {owner.address}"
            job.on_event(Event(Stage.NOTE, text=text))
        else:
            _refuse_other_address(job, owner)
        yield ledger


def claim(job: Job, ledger: Ledger) -> None:
    """Write down, before the first call leaves, whose the ledger is from now on."""
    owner = ledger.owner()
    address, account = origin_of(job.settings.base_url), account_of(owner.ledger, job.settings.token())
    if (owner.address, owner.account, owner.refused) != (address, account, False):
        ledger.claim(address, account)


def _is_others(job: Job, owner: Owner) -> bool:
    return owner.binds and bool(owner.address) and owner.address != origin_of(job.settings.base_url)


def _refuse_other_address(job: Job, owner: Owner) -> None:
    if not _is_others(job, owner):
        return
    here = origin_of(job.settings.base_url)
    several = owner.address.split(" ")
    if len(several) > 1:
        raise LedgerError(
            f"The ledger holds appointments that were sent to several addresses: {', '.join(several)}.",
            fix=f"Give another ledger with --ledger. If all are at {here}, type: importer ledger rebind {here}",
        )
    raise LedgerError(
        f"The ledger belongs to {owner.address}, and base_url is {here}. Nothing was sent.",
        fix="Correct base_url, or give another ledger with --ledger. "
        f"If the API's address has changed, type: importer ledger rebind {here}",
    )


def _refuse_other_account(job: Job, owner: Owner, token: str) -> None:
    if not owner.binds or owner.account is None or owner.refused or job.settings.same_account:
        return
    if hmac.compare_digest(owner.account, account_of(owner.ledger, token)) or job.ask(ASKED):
        return
    raise SettingsError(
        "The token is not the one that the ledger was last used with, and it may be another account's. Nothing was sent.",
        fix="If it is for the same account, add --same-account once. For another account give another --ledger.",
    )


DAY_S: Final = 86_400


def fold(
    job: Job, days: int, *, confirm: Callable[[Foldable], bool], only_look: bool = False
) -> tuple[float, Foldable, int]:
    """
    Fold unchanged rows of runs that ended so many days ago: what they said is removed, which appointments they named is kept.

    Return from before when (UTC seconds), what there was to fold, and how many rows were folded. ``confirm`` hears what would be;
    ``only_look``: nothing is.

    Raises:
        Interrupted: ``confirm`` said no; nothing was removed.
        LedgerError, LedgerLocked: the ledger cannot be used. What was folded until then stays so; a later folding goes on.
    """
    before = job.now() - days * DAY_S
    if not ledger_exists(job.settings.ledger_url):
        return before, Foldable(), 0
    with opened_ledger(job) as ledger:
        found = ledger.retention.foldable(before)
        if only_look or not found.counts.rows:
            return before, found.counts, 0
        if not confirm(found.counts):
            raise Interrupted("Nothing was removed.", exit_code=job.stop.exit_code)
        return before, found.counts, ledger.retention.fold(found, at=job.now())


NEEDED: Final = (
    "result_run",
    "result_action",
    "result_status",
    "result_uuid",
    "result_external_event_id",
    "result_time",
)
_RUN: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9A-Za-z]{1,40}")
_STATUSES: Final = {status.value: status for status in Status}
_ACTIONS: Final = {action.value: action for action in Action}


def old_results(job: Job, paths: Sequence[str]) -> Iterator[OldResult]:
    """
    Yield what these reports tell, the oldest report first; rows without a status of ours are passed over.

    Raises:
        FileRefused: a file cannot be read, or is no report.
    """
    for path in sorted(paths, key=lambda path: first_run(job, path)):
        with judged(job, path, with_missing=True) as found:
            refuse_others(found.matching, path)
            for checked in found.chunks:
                yield from of_chunk(checked, found.matching)


def first_run(job: Job, path: str) -> str:
    """Return the run that a report is of; run ids sort by time."""
    with judged(job, path, with_missing=True) as found:
        refuse_others(found.matching, path)
        for checked in found.chunks:
            return str(told(checked, found.matching, "result_run")[0])
    return ""


def refuse_others(matching: Matching, path: str) -> None:
    """Raise ``FileRefused`` for a sheet that is no report of ours."""
    if not set(NEEDED) <= matching.results.keys():
        raise FileRefused(
            f"{path} is no report of a run: it has no result columns.",
            code="not_a_report",
            fix="Name the results.csv or results.xlsx of earlier runs.",
        )


def of_chunk(checked: Checked, matching: Matching) -> Iterator[OldResult]:
    """Yield the results of one chunk."""
    columns = [runs_of(checked, matching), *(told(checked, matching, name) for name in NEEDED[1:])]
    refuse_odd(checked, columns)
    for row, (run, action, status, uuid, name, time) in zip(stage(checked), zip(*columns, strict=True), strict=True):
        # What is only reported of a missing appointment, in no row of a sheet, tells nothing new of it.
        is_new = row.phone or row.uuid or status != Status.UNCHANGED
        if status in _STATUSES and action in _ACTIONS and is_new:
            yield result(row, run, _ACTIONS[action], _STATUSES[status], uuid, name, seconds(time))


def refuse_odd(checked: Checked, columns: Sequence[Sequence[str]]) -> None:
    """
    Raise ``FileRefused`` for a row whose results no run of ours wrote; nothing of it is quoted.

    What is taken in is shown and compared for years, and by its uuids calls are sent.
    """
    for number, (run, _, status, uuid, name, _) in zip(
        checked.chunk.frame.index, zip(*columns, strict=True), strict=True
    ):
        if status not in _STATUSES:
            continue
        rules = (
            ("result_run", _RUN.fullmatch(run) is not None),
            ("result_uuid", not uuid or is_name(uuid)),
            ("result_external_event_id", not name or is_name(name)),
        )
        wrong = next((column for column, is_right in rules if not is_right), None)
        if wrong is not None:
            raise FileRefused(
                f"Row {number}: {wrong} holds something that no run wrote. Nothing was taken in.",
                code="report_changed",
                fix="Name the results.csv as the run wrote it.",
            )


def runs_of(checked: Checked, matching: Matching) -> list[str]:
    """Return the run of each row. ``FileRefused``: it was a rehearsal, whose uuids the API does not know."""
    found = told(checked, matching, "result_run")
    if any(map(is_rehearsal, found)):
        raise FileRefused(
            "The report is of a rehearsal: nothing of it was sent, and its uuids are made up.",
            code="report_of_a_rehearsal",
            fix="Name the results.csv of real runs.",
        )
    return found


def told(checked: Checked, matching: Matching, column: str) -> list[str]:
    """Return one result column as typed."""
    return list(checked.chunk.frame.iloc[:, matching.results[column]])


def result(row: StagedRow, run: str, action: Action, status: Status, uuid: str, name: str, at: float) -> OldResult:  # noqa: PLR0913, PLR0917 - a row's columns
    """Return one row's result; the id that was derived for a row without one stands in the report."""
    told = OldResult(
        status=status,
        action=action,
        phone=row.phone,
        external_event_id=name or row.external_event_id,
        uuid=uuid or None,
        payload=row.payload,
        starts_at=row.starts_at,
        run=run,
        at=at,
    )
    return told if told.is_create else replace(told, payload=own_values(row))


def own_values(row: StagedRow) -> bytes:
    """Return what the row itself gives; what the profile filled in was sent by a create only."""
    values = orjson.loads(row.payload)
    given = {name: value for name, value in values.items() if name not in row.defaulted}
    if "metadata" in given:
        given["metadata"] = {
            name: value for name, value in given["metadata"].items() if f"metadata.{name}" not in row.defaulted
        }
    return orjson.dumps(given)
