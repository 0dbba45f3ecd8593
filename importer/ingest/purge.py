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
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from importer.commands.ledgers import LONGEST_BYTES, SUMMARY, opened_ledger
from importer.errors import ImporterError, Interrupted
from importer.ingest.places.folder import Folder
from importer.ingest.places.place import report_folder
from importer.ingest.places.place_at import Places
from importer.ingest.private_copies import copies_of
from importer.ledger.opening import ledger_exists
from importer.ledger.page.import_values import UPLOADS
from importer.ledger.retention.purging import Purgeable
from importer.ledger.run_records import new_id
from importer.model.drops import Drop
from importer.model.records import is_rehearsal
from importer.settings import drops_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from importer.commands.job import Job
    from importer.ingest.places.place import Place
    from importer.ledger import Ledger
    from importer.model.drops import Claim

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
    away and that the site keeps. ``stuck``: reports, or files of them, that could not be removed. ``key``: where the key of the keyed
    hashes was made, None where there was one. ``is_whole``: whether freed pages of the database are overwritten, too.
    """

    before: float
    counts: Purgeable
    reports: int = 0
    put_away: int = 0
    stuck: tuple[str, ...] = ()
    key: Path | None = None
    is_whole: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove."""
        counts = self.counts
        what = (
            counts.runs,
            counts.appointments,
            counts.reasons,
            counts.drafts,
            counts.imports,
            counts.is_left,
            self.reports,
        )
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
    with opened_ledger(job) as ledger, Places(job.settings) as opened:
        retention = ledger.retention
        found = retention.survey(before)
        reports = _Reports(job, ledger, before, opened)
        old = {*retention.purged_runs(), *(run for _, run in found.runs)}
        there = Purged(before, found.counts, reports=len(reports.of(old)), put_away=reports.put_away)
        if only_look or there.is_empty:
            return there
        if not confirm(there):
            raise Interrupted("Nothing was removed.", exit_code=job.stop.exit_code)
        source = job.settings.purge_key_source
        made = None if retention.has_key or source.read() is not None else source.path
        retention.purge(found, before, key=source.make(), at=job.now())
        stuck = tuple(_remove(reports.of(old)))
        copies_of(job, ledger).sweep(ledger.claims.copies())
        _sweep_uploads(job, ledger, before)
        _remove_temporary(before)
        is_whole = retention.scrub()
    return Purged(before, found.counts, there.reports, there.put_away, stuck, made, is_whole)


class _Report(NamedTuple):
    """The folder of a report. ``files``: those in it that hold personal data; none where the place does not answer."""

    place: Place
    folder: str
    files: tuple[str, ...] = ()


class _Reports:
    """Where reports of a ledger's runs lie: on this machine, and beside the files of drops or where the drops put them."""

    def __init__(self, job: Job, ledger: Ledger, before: float, places: Places) -> None:
        self._root = job.settings.reports_dir
        self._ledger = ledger.owner().ledger
        self._oldest = new_id(before, "")
        self._places = places
        drops = drops_named(job.settings)
        self._beside: dict[str, list[_Report]] = {}
        self._refused: list[_Report] = []
        self.put_away = 0
        for claim in ledger.claims.put_away():
            if claim.drop in drops:
                with suppress(ImporterError):  # what it takes to go there is not installed any more
                    self._add(drops[claim.drop], claim, before)

    def _add(self, drop: Drop, claim: Claim, before: float) -> None:
        place, elsewhere = self._places.of(drop), self._places.reports_of(drop)
        if claim.taken_at < before and _is_there(place, claim.moved_to):
            self.put_away += 1
        folder = report_folder(claim.moved_to)
        report = _Report(place, folder) if elsewhere is None else _Report(elsewhere, folder.rpartition("/")[2])
        if claim.run:
            self._beside.setdefault(claim.run, []).append(report)
        elif claim.taken_at < before:
            self._refused.append(report)

    def of(self, runs: Collection[str]) -> list[_Report]:
        """Return each report of these runs, and of old rehearsals, that holds personal data, or may do so."""
        here = Folder(self._root, Drop("reports", self._root))
        rehearsals = [path.name for path in _folders(self._root / REHEARSALS) if self._is_old(path)]
        folders = [_Report(here, run) for run in runs]
        folders += [report for run in runs for report in self._beside.get(run, ())]
        folders += [*self._refused, *(_Report(here, f"{REHEARSALS}/{run}") for run in rehearsals)]
        return [found for report in folders if (found := self._with_data(report)) is not None]

    def _is_old(self, folder: Path) -> bool:
        return is_rehearsal(folder.name) and folder.name < self._oldest

    def _with_data(self, report: _Report) -> _Report | None:
        try:
            names = [name for name in report.place.names_in(report.folder) if _REPORT.fullmatch(name)]
            is_ours = bool(names) and self._is_ours(report)
        except (OSError, ImporterError):
            return report
        return report._replace(files=tuple(sorted(names))) if is_ours else None

    def _is_ours(self, report: _Report) -> bool:
        """Whether a folder holds a report of this ledger from before its run was purged; one without a summary does."""
        told = _summary(report.place.content(f"{report.folder}/{SUMMARY}", LONGEST_BYTES))
        ledger = told.get("ledger")
        named = ledger.get("id") if isinstance(ledger, dict) else None
        return not told.get("purged") and named in {None, self._ledger}


def _is_there(place: Place, moved_to: str) -> bool:
    try:
        return place.look(moved_to) is not None
    except (OSError, ImporterError):
        return False


def _folders(place: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(each for each in place.iterdir() if each.is_dir() and not each.is_symlink())


def _summary(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _remove(reports: Collection[_Report]) -> Iterator[str]:
    """Remove the files of these reports; yield those that cannot be, or the whole report where its place does not answer."""
    for place, folder, files in reports:
        if not files:
            yield place.full_name(folder)
        for name in files:
            try:
                place.remove(f"{folder}/{name}")
            except (OSError, ImporterError):
                yield place.full_name(f"{folder}/{name}")


def _sweep_uploads(job: Job, ledger: Ledger, before: float) -> None:
    """Remove copies of uploaded sheets that no import of the page has any more; a young one may be on its way into an import."""
    needed = ledger.copies_of_imports()
    with suppress(OSError):
        for copy in (job.settings.reports_dir.absolute() / UPLOADS / ledger.owner().ledger).iterdir():
            with suppress(OSError):
                if copy.name not in needed and copy.is_file() and copy.lstat().st_mtime < before:
                    copy.unlink()


def _remove_temporary(before: float) -> None:
    """Remove copies of ledgers and sheets that killed commands left in the folder for temporary files; only our own, old ones."""
    for folder in _folders(Path(tempfile.gettempdir())):
        if folder.name.startswith(_LEFT_IN_TEMPORARY):
            with suppress(OSError):
                about = folder.lstat()
                is_own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
                if is_own and about.st_mtime < before:
                    shutil.rmtree(folder, ignore_errors=True)
