"""
`importer ledger purge`: personal data of old runs and past appointments leaves the ledger, old reports and copies.

Of a report everything goes but ``summary.json``, which holds counts. Reports are known by their run's id and by the ledger
that their summary names; reports beside files that were put away by the claims of these files. Files in ``done`` and
``refused`` belong to the site, and are only counted. Logs hold no personal data.

First the ledger, then the files: so a purge that is killed in between finds in the ledger which reports are left.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.commands.ledgers import LONGEST_BYTES, SUMMARY, opened_ledger
from importer.errors import Interrupted
from importer.ingest.places.place import report_folder
from importer.ingest.private_copies import copies_of
from importer.ledger.opening import ledger_exists
from importer.ledger.retention.purging import Purgeable
from importer.ledger.run_records import new_id
from importer.model.records import is_rehearsal
from importer.settings import drops_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from importer.commands.job import Job
    from importer.ledger import Ledger

DAY_S: Final = 86_400
REHEARSALS: Final = "rehearsals"
_REPORT: Final = re.compile(
    r"\.?(?:results|to_fix|report|reason)(?:[_-][0-9]{1,3})?\.(?:csv|xlsx|html|txt)(?:\.[0-9a-f]{8}\.part)?"
)
_LEFT_IN_TEMPORARY: Final = (
    "importer-rehearsal-",
    "importer-ledger-",
    "importer-draft-",
    "importer-restore-",
    "importer-reader-",
)


@dataclass(frozen=True, slots=True)
class Purged:
    """
    What a purge removes, or has removed.

    ``counts``: of the ledger. ``reports``: folders of reports that hold data. ``put_away``: files of drops that were put
    away and that the site keeps. ``stuck``: report files that could not be removed. ``key``: where the key of the keyed
    hashes was made, None where there was one. ``is_whole``: whether freed pages of the database are overwritten, too.
    """

    before: float
    counts: Purgeable
    reports: int = 0
    put_away: int = 0
    stuck: tuple[Path, ...] = ()
    key: Path | None = None
    is_whole: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove."""
        counts = self.counts
        what = (counts.runs, counts.appointments, counts.reasons, counts.drafts, counts.is_left, self.reports)
        return not any(what)


def purge(job: Job, days: int, *, confirm: Callable[[Purged], bool], only_look: bool = False) -> Purged:
    """
    Remove personal data of runs that ended, and of appointments that were last changed and started, so many days ago.

    ``confirm`` hears what would be removed. ``only_look``: nothing is.

    Raises:
        UsageError: a run is open.
        Interrupted: ``confirm`` said no; nothing was removed.
        LedgerError, LedgerLocked: the ledger cannot be used. What was removed until then stays so; a later purge goes on.
    """
    before = job.now() - days * DAY_S
    if not ledger_exists(job.settings.ledger_url):
        return Purged(before, Purgeable())
    with opened_ledger(job) as ledger:
        retention = ledger.retention
        found = retention.survey(before)
        places = _Places(job, ledger, before)
        old = {*retention.purged_runs(), *(run for _, run in found.runs)}
        there = Purged(before, found.counts, reports=len(list(places.reports(old))), put_away=places.put_away)
        if only_look or there.is_empty:
            return there
        if not confirm(there):
            raise Interrupted("Nothing was removed.", exit_code=job.stop.exit_code)
        source = job.settings.purge_key_source
        made = None if retention.has_key or source.read() is not None else source.path
        retention.purge(found, before, key=source.make(), at=job.now())
        stuck = tuple(_remove(places.reports(old)))
        copies_of(job, ledger).sweep(ledger.claims.copies())
        _remove_temporary(before)
        is_whole = retention.scrub()
    return Purged(before, found.counts, there.reports, there.put_away, stuck, made, is_whole)


class _Places:
    """Where reports of a ledger's runs lie."""

    def __init__(self, job: Job, ledger: Ledger, before: float) -> None:
        self._root = job.settings.reports_dir
        self._ledger = ledger.owner().ledger
        self._oldest = new_id(before, "")
        drops = drops_named(job.settings)
        self._beside: dict[str, list[Path]] = {}
        self._refused: list[Path] = []
        self.put_away = 0
        for claim in ledger.claims.put_away():
            if claim.drop not in drops:
                continue
            drop = drops[claim.drop].path
            self.put_away += claim.taken_at < before and (drop / claim.moved_to).exists()
            if claim.run:
                self._beside.setdefault(claim.run, []).append(drop / report_folder(claim.moved_to))
            elif claim.taken_at < before:
                self._refused.append(drop / report_folder(claim.moved_to))

    def reports(self, runs: Collection[str]) -> Iterator[list[Path]]:
        """Yield the files with personal data of each report of these runs, and of old rehearsals."""
        rehearsals = [path.name for path in _folders(self._root / REHEARSALS) if self._is_old(path)]
        folders = [self._root / run for run in runs]
        folders += [folder for run in runs for folder in self._beside.get(run, ())]
        folders += [*self._refused, *(self._root / REHEARSALS / run for run in rehearsals)]
        for folder in folders:
            if self._is_ours(folder) and (files := list(_with_data(folder))):
                yield files

    def _is_old(self, folder: Path) -> bool:
        return is_rehearsal(folder.name) and folder.name < self._oldest

    def _is_ours(self, folder: Path) -> bool:
        """Whether a folder holds a report of this ledger from before its run was purged; one without a summary does."""
        told = _summary(folder / SUMMARY)
        ledger = told.get("ledger")
        named = ledger.get("id") if isinstance(ledger, dict) else None
        return not told.get("purged") and named in {None, self._ledger}


def _folders(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(each for each in place.iterdir() if each.is_dir() and not each.is_symlink())


def _summary(path: Path) -> dict[str, Any]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(LONGEST_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_data(folder: Path) -> Iterator[Path]:
    """Yield the files of a report that name people; a link to another folder is not followed."""
    with suppress(OSError):
        if not folder.is_symlink():
            yield from sorted(each for each in folder.iterdir() if _REPORT.fullmatch(each.name))


def _remove(reports: Iterator[list[Path]]) -> Iterator[Path]:
    """Remove these files; yield those that cannot be."""
    for path in [path for files in reports for path in files]:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            yield path


def _remove_temporary(before: float) -> None:
    """Remove copies of ledgers and sheets that killed commands left in the folder for temporary files; only our own, old ones."""
    for folder in _folders(Path(tempfile.gettempdir())):
        if folder.name.startswith(_LEFT_IN_TEMPORARY):
            with suppress(OSError):
                about = folder.lstat()
                is_own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
                if is_own and about.st_mtime < before:
                    shutil.rmtree(folder, ignore_errors=True)
