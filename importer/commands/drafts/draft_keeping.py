"""``importer plan --keep`` and ``importer plan --draft``: a plan that is kept, and made anew when it is looked at."""

from __future__ import annotations

import getpass
import marshal
import secrets
import shlex
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.commands.drafts.draft_copies import blocks_of, copies_of_files, folder_of_copies
from importer.commands.drafts.draft_staging import staged_draft
from importer.commands.drafts.kept_settings import as_the_draft, kept_settings
from importer.commands.drafts.sheet_facts import Changes, SheetsRead, plan_facts, with_moves
from importer.commands.job import writing_apart
from importer.commands.ledgers import ledger_to_plan_by, opened_ledger
from importer.commands.plan import plan_result, refuse_places, shown_on, staged_plan
from importer.commands.run import as_its_run, close_cut_off
from importer.guards import moved_by
from importer.ledger.drafts.draft_rows import searchable
from importer.ledger.drafts.draft_values import Draft, KeptRow, PlanFacts, Shown, Source
from importer.ledger.run_records import new_id
from importer.model.formula_escape import storable
from importer.problems.guard_kinds import RELEASABLE
from importer.reporting.plan_result import shown_verdict
from importer.reporting.report_columns import person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from importer.commands.job import Job
    from importer.guards import Moved
    from importer.ledger import Ledger, Run
    from importer.ledger.drafts.planned_rows import PlannedCell
    from importer.model.records import LifeRow
    from importer.reporting.plan_result import PlanResult
    from importer.reporting.tally import KindCount


@dataclass(slots=True)
class Keeping:
    """
    Takes down the rows of a plan as it is told, for they can be written only once the plan itself is gone again.

    They wait in a file without a name, so that memory stays flat.
    """

    each_row: Callable[[LifeRow], None] | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    sheets: SheetsRead = field(default_factory=SheetsRead)
    facts: PlanFacts | None = None
    known: int = 0
    moves: Counter[Moved] = field(default_factory=Counter)
    _file: IO[bytes] = field(default_factory=lambda: tempfile.TemporaryFile(prefix="importer-draft-"))  # noqa: SIM115

    def see(self, planned: Iterable[PlannedCell], changes: Changes) -> Iterator[LifeRow]:
        """Yield the rows on, each of them taken down."""
        some: list[tuple[Any, ...]] = []
        for place, cell in enumerate(planned, 1):
            row = kept_row(place, cell, changes)
            self.known += cell.is_known
            if cell.move is not None:
                self.moves[moved_by(cell.move)] += 1
            self.kinds.update({kind for kind, _ in row.kinds})
            self.fields.update({named for _, named in row.kinds if named})
            some.append(tuple(row))
            if len(some) >= _AT_ONCE:
                with writing_apart():
                    marshal.dump(some, self._file)
                some = []
            yield cell.row
        with writing_apart():
            marshal.dump(some, self._file)
            marshal.dump(None, self._file)
        if self.facts is not None:
            self.facts = with_moves(self.facts, self.known, self.moves)

    def rows(self) -> Iterator[KeptRow]:
        """Yield what was taken down."""
        with writing_apart():
            self._file.seek(0)
        while some := marshal.load(self._file):  # noqa: S302 - the very bytes that were written above, in a file without a name
            yield from map(KeptRow._make, some)

    def shown(self, found: PlanResult) -> Shown:
        """Return the plan in numbers."""
        return Shown(
            files=[
                {"name": file.name, "sheet": file.sheet, "headings": list(file.headings), "rows": file.rows}
                for file in found.files
            ],
            calls={action.value: count for action, count in found.calls.items()},
            totals={status.value: count for status, count in found.totals.items()},
            sums={str(verdict): count for verdict, count in found.sums.items()},
            kinds=dict(self.kinds.most_common()),
            fields=dict(self.fields.most_common()),
            people=found.people,
            holds=[hold.message for hold in found.holds],
            held=[hold._asdict() for hold in found.holds],
            waits=asdict(found.waits) if found.waits else None,
            reminding=asdict(found.reminding) if found.reminding else None,
            zones=found.zones,
            problems={what: [shown_kind(kind) for kind in kinds] for what, kinds in found.kinds.items()},
        )

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


_AT_ONCE: Final = 500


def shown_kind(kind: KindCount) -> dict[str, Any]:
    """Return a kind of problem as ``Shown`` has it."""
    first = kind.examples[0]
    return {
        "code": kind.code, "title": kind.title, "place": kind.place, "field": kind.field, "count": kind.count,
        "rows": list(kind.rows), "message": first.message, "fix": kind.fix or first.fix,
    }  # fmt: skip


def kept_row(place: int, cell: PlannedCell, changes: Changes) -> KeptRow:
    """Return a row of a plan as a draft keeps it. ``changes``: of the plan."""
    row = cell.row.row
    notes = (*row.problems, *row.warnings)
    first, last = (str(cell.row.payload.get(name, "")) for name in ("firstName", "lastName"))
    name = f"{first} {last}".strip() or next(iter(person(row)), "")
    return KeptRow(
        id=place,
        file=cell.file,
        number=row.number,
        verdict=shown_verdict(cell.row),
        lane=cell.lane,
        mark=cell.mark,
        name=searchable(name),
        search=searchable("\n".join((*row.cells, row.external_event_id or "", row.uuid or ""))),
        action=row.action,
        uuid=row.uuid,
        external_event_id=row.external_event_id,
        cells=cell.cells,
        payload=cell.payload,
        changes=cell.changes,
        problems=orjson.dumps([dict(problem) for problem in row.problems]),
        warnings=orjson.dumps([dict(warning) for warning in row.warnings]),
        kinds=tuple(dict.fromkeys((note.get("code", ""), note.get("field", "")) for note in notes)),
        ties=cell.ties,
        weight=changes.weight(cell),
    )


@contextmanager
def keeping(each_row: Callable[[LifeRow], None] | None) -> Iterator[Keeping]:
    """Give what takes rows down."""
    taken = Keeping(each_row)
    try:
        yield taken
    finally:
        taken.close()


def result_of(job: Job, run: Run, taken: Keeping) -> PlanResult:
    """Return what the plan comes to, its rows and facts taken down."""
    taken.facts = plan_facts(run, taken.sheets)
    return plan_result(job, run, taken.see(run.planned.all(), Changes.of(run)), taken.each_row)


def keep(
    job: Job,
    paths: Sequence[str],
    *,
    by: str | None = None,
    page: Path | None = None,
    each_row: Callable[[LifeRow], None] | None = None,
) -> tuple[PlanResult, Draft]:
    """
    Decide what a run over these files would do now, and keep that as a draft; nothing is sent.

    ``by``: who keeps it; else who is logged in to this machine. ``page`` and ``each_row``: as for ``plan``.

    Raises:
        UsageError: ``page`` cannot be written.
        FileRefused: a file cannot be read.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    refuse_places(paths, None, page)
    with folder_of_copies() as folder, keeping(each_row) as taken, ledger_to_plan_by(job) as ledger:
        close_cut_off(job, ledger)
        files, places = copies_of_files(paths, folder, job.copies)
        with staged_plan(replace(job, copies=places, facts=taken.sheets), ledger, paths) as begun:
            found = result_of(job, begun, taken)
        draft = keep_plan(
            job,
            ledger,
            found,
            taken,
            command="plan",
            by=by,
            source=Source(files=files),
            contents=[blocks_of(places[path]) for path in paths],
        )
        return next_told(job, found, draft, page), draft


def keep_plan(  # noqa: PLR0913 - what a draft is made of, all by name
    job: Job,
    ledger: Ledger,
    found: PlanResult,
    taken: Keeping,
    *,
    command: str,
    source: Source,
    parent: str | None = None,
    by: str | None = None,
    contents: Iterable[Iterable[bytes]] = (),
) -> Draft:
    """Write a draft with its rows and files, whole or not at all."""
    return ledger.drafts.keep(
        new_id(job.now(), secrets.token_hex(4)),
        command=command,
        parent=parent,
        by=whose(by),
        at=job.now(),
        profile=job.profile.name,
        source=source,
        settings=kept_settings(job),
        plan=taken.shown(found),
        fingerprint=found.fingerprint,
        rows=taken.rows(),
        facts=taken.facts,
        contents=contents,
    )


def whose(by: str | None) -> str:
    """Return who does something: as given, else the name by which somebody is logged in to this machine."""
    if by is None:
        try:
            by = getpass.getuser()
        except (ImportError, KeyError, OSError):  # nobody has a name here, as in some containers
            by = ""
    return storable(by) or "somebody"


def look(
    job: Job, draft_id: str, *, page: Path | None = None, each_row: Callable[[LifeRow], None] | None = None
) -> tuple[PlanResult, Draft]:
    """
    Make the plan of a draft anew, as it would be sent now, and keep that as what was shown.

    Raises:
        UsageError: there is no such draft, it was sent, its files were purged, or ``page`` cannot be written.
        Held: somebody else changed it meanwhile.
        LedgerLocked, LedgerError: the memory cannot be used.
    """
    with opened_ledger(job) as ledger:
        draft = ledger.drafts.open(draft_id)
        job = as_the_draft(replace(job, ledger=ledger), draft)
        if draft.source.retried is not None:
            job = as_its_run(job, ledger.run(draft.source.retried).record())
        refuse_places([file.path for file in draft.source.files], None, page)
        with keeping(each_row) as taken, ledger_to_plan_by(job):
            close_cut_off(job, ledger)
            found, draft = shown_anew(job, ledger, draft, taken)
        return next_told(job, found, draft, page), draft


def shown_anew(job: Job, ledger: Ledger, draft: Draft, taken: Keeping) -> tuple[PlanResult, Draft]:
    """Make a draft's plan again and write it down as what was shown."""
    with ledger.rehearsing(), staged_draft(replace(job, facts=taken.sheets), ledger, draft) as begun:
        found = result_of(job, begun, taken)
    shown = ledger.drafts.show(
        draft,
        at=job.now(),
        settings=kept_settings(job),
        plan=taken.shown(found),
        fingerprint=found.fingerprint,
        rows=taken.rows(),
        facts=taken.facts,
    )
    return found, shown


def next_told(job: Job, found: PlanResult, draft: Draft, page: Path | None) -> PlanResult:
    """Return the plan with what to do next, written as a page where one is wanted."""
    command = job.command("run", "--draft", draft.id) if found.call_count else ""
    found = replace(found, command=command, release=_release(job, found, draft))
    return replace(found, page=shown_on(page, found)) if page is not None else found


def _release(job: Job, found: PlanResult, draft: Draft) -> str:
    """Return the command that shows a held draft with its holds let go; "" where a release is not enough."""
    codes = [hold.code for hold in found.holds]
    if not codes or not RELEASABLE.issuperset(codes):
        return ""
    every = ",".join(dict.fromkeys([*job.settings.release, *codes]))
    return shlex.join(["importer", "plan", "--draft", draft.id, *job.typed, "--release", every])
