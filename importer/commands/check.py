"""``importer check``: judge every row; no network, and the ledger is not touched."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

from importer.checking import check_rows
from importer.checking.staged_rows import content_hashes, refusing, saying_off, text_hashes
from importer.commands.job import named, writing_apart
from importer.commands.pipeline import judged
from importer.errors import Exit, UsageError
from importer.model.chunks import distinct
from importer.planning.duplicates import Twin, Twins
from importer.problems import KINDS, problem, shown
from importer.problems.cell_places import name_of
from importer.reading.workbook_process import marked_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from importer.columns.matching import Matching
    from importer.commands.job import Job
    from importer.model.chunks import Checked, Sheet
    from importer.writing.to_fix import CheckMarks


READY, INVALID, DUPLICATE = "ready", "invalid", "duplicate"


@dataclass(frozen=True, slots=True)
class KindCount:
    """
    How often one kind of problem or warning was found in one place, and where first.

    ``place``: the column as a person sees it, ``phone (no column)``, "" for whole rows. ``field``: its canonical name.
    """

    code: str
    field: str
    place: str
    count: int
    file: str
    row: int


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file as it was judged."""

    name: str
    sheet: str | None
    sha256: str
    rows: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    What a check found.

    ``statuses``: ready, invalid and duplicate, each named. ``problems`` and ``warnings``: most frequent first.
    ``shared``: rows whose appointment a row of another file has too, by code.
    """

    files: tuple[CheckedFile, ...]
    statuses: Mapping[str, int]
    problems: tuple[KindCount, ...]
    warnings: tuple[KindCount, ...]
    shared: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows read."""
        return sum(self.statuses.values())

    @property
    def exit_code(self) -> Exit:
        """0 where every row is ready or a duplicate, else 4."""
        return Exit.SOME_ROWS_FAILED if self.statuses[INVALID] else Exit.DONE


@dataclass(slots=True)
class _Tally:
    """Counts while the chunks go by; memory does not grow with the rows."""

    twins: Twins
    files: list[CheckedFile] = field(default_factory=list)
    sheet: Sheet | None = None
    rows: int = 0
    invalid: int = 0
    kinds: dict[tuple[str, str, str], KindCount] = field(default_factory=dict)

    def see(self, checked: Checked, sheet: Sheet, matching: Matching) -> None:
        self._see_twins(checked)
        self.rows += len(checked.chunk)
        self.invalid += int(checked.invalid.sum())
        for finding in checked.findings:
            for column, count, first in finding.by_column():
                place = name_of(column, matching.headings, finding.field, matching.fields)
                row = int(checked.chunk.frame.index[first])
                self.count(KindCount(finding.code, finding.field, place, count, sheet.source.name, row))

    def _see_twins(self, checked: Checked) -> None:
        named = checked.usable("phone") & checked.usable("externalEventId")
        with writing_apart():
            self.twins.see(
                first=self.rows,
                numbers=checked.chunk.frame.index.to_numpy(),
                actions=distinct(checked.actions),
                phones=text_hashes(checked, "phone"),
                ids=text_hashes(checked, "externalEventId"),
                contents=content_hashes(checked),
                counts=~checked.invalid & named,
                off=saying_off(checked) & named if checked.invalid.any() else None,
                refused=refusing(checked) if checked.invalid.any() else None,
            )

    def count(self, found: KindCount) -> None:
        key = (found.code, found.field, found.place)
        seen = self.kinds.get(key)
        self.kinds[key] = replace(seen, count=seen.count + found.count) if seen else found


def check(
    job: Job,
    paths: Sequence[str],
    *,
    each_row: Callable[[Mapping[str, Any]], None] | None = None,
    workbook: Path | None = None,
) -> CheckResult:
    """
    Judge the rows of these files against each other, the schemas and the clock.

    ``each_row`` gets the documented line of every row, in order, once all files are read: only then is it known
    which rows say the same and which contradict each other. ``workbook``: where a copy of the one XLSX goes, with its
    problems marked in it.

    Raises:
        FileRefused: a file cannot be read; no row was handed on.
        UsageError: ``workbook`` cannot be made of these files, or cannot be written.
    """
    if workbook is not None and len(paths) != 1:
        raise UsageError("--workbook marks one workbook.", fix="Name one XLSX file.")
    cells = None if workbook is None else _no_marks()
    with _kept_apart() as lines, _kept_apart() as kept:
        spool = Spool(lines, wanted=each_row is not None or workbook is not None)
        tally = _Tally(Twins(kept))
        for path, name in named(paths, job.copies):
            _check_file(job, path, name, tally, spool)
        with writing_apart():
            late = {twin.ordinal: twin for twin in tally.twins.judged()}
        result = _result(tally, late.values())
        for line in spool.lines(late) if spool.wanted else ():
            if cells is not None:
                cells.see(line)
            if each_row is not None:
                each_row({**line, **{name: list(map(shown, line[name])) for name in ("problems", "warnings")}})
    if workbook is not None and cells is not None and tally.sheet is not None:
        _mark(paths[0], tally.sheet, cells, workbook)
    return result


def _no_marks() -> CheckMarks:
    """Return marks to fill. Loaded when asked for: what writes workbooks takes a tenth of a small check's time to load."""
    from importer.writing.to_fix import CheckMarks  # noqa: PLC0415  # see above

    return CheckMarks()


def _mark(path: str, sheet: Sheet, cells: CheckMarks, target: Path) -> None:
    """Write a copy of the workbook with what was found in it; the person's own is never written to."""
    from importer.writing.atomic_files import draft  # noqa: PLC0415  # see _no_marks
    from importer.writing.to_fix import MOST_OWN_ROWS  # noqa: PLC0415  # likewise

    if target.exists() and Path(path).exists() and target.samefile(path):
        raise UsageError("--workbook names the workbook itself.", fix="Name another file; yours stays as it is.")
    marks, copy = cells.marks(sheet), io.BytesIO()
    why = marked_copy(path, sheet.source.sha256, marks, copy) if marks else None
    if why != "":
        reason = why or f"it is no XLSX workbook of up to {MOST_OWN_ROWS:,} rows with room beside its table"
        raise UsageError(f"No marked copy of this file can be made: {reason}.", fix="Run check without --workbook.")
    try:
        with draft(target) as made:
            made.stream.write(copy.getvalue())
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.", fix="Name another file.") from None


def _check_file(job: Job, path: str, name: str | None, tally: _Tally, spool: Spool) -> None:
    before = tally.rows
    with judged(job, path, name) as found:
        sheet = found.sheet
        tally.twins.open_file(sheet.source.name)
        tally.sheet = sheet
        for checked in found.chunks:
            tally.see(checked, sheet, found.matching)
            if spool.wanted:
                told = check_rows(
                    checked,
                    file=sheet.source.name,
                    sheet=sheet.name,
                    headings=found.matching.headings,
                    fields=found.matching.fields,
                    with_columns=True,
                )
                spool.write(told)
    notes = (*sheet.notes, *sheet.notes_at_end())
    tally.files.append(CheckedFile(sheet.source.name, sheet.name, sheet.source.sha256, tally.rows - before, notes))


def _result(tally: _Tally, late: Collection[Twin]) -> CheckResult:
    statuses = Counter({READY: tally.rows - tally.invalid, INVALID: tally.invalid, DUPLICATE: 0})
    for twin in late:
        statuses[READY] -= 1
        statuses[DUPLICATE if twin.is_duplicate else INVALID] += 1
        tally.count(KindCount(twin.code, "", "", 1, twin.file, twin.row))
    names = {file.name for file in tally.files}
    shared = Counter(twin.code for twin in late if twin.detail.partition(" of ")[2] in names)
    ranked = sorted(tally.kinds.values(), key=lambda kind: (-kind.count, kind.code, kind.field, kind.place))
    return CheckResult(
        files=tuple(tally.files),
        statuses=dict(statuses),
        problems=tuple(kind for kind in ranked if not KINDS[kind.code].is_warning),
        warnings=tuple(kind for kind in ranked if KINDS[kind.code].is_warning),
        shared=shared,
    )


IN_MEMORY: Final = 8 * 1024 * 1024


@contextmanager
def _kept_apart() -> Iterator[IO[bytes]]:
    """Give a temporary file without a name, gone with the block; that its last bytes found no room is nothing by then."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed below, whatever that brings
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


class Spool:
    """
    JSON lines in a temporary file that nobody else can open.

    ``wanted`` False makes it hold nothing.
    """

    def __init__(self, file: IO[bytes], *, wanted: bool) -> None:
        self._file = file
        self.wanted = wanted

    def write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take the rows of one chunk."""
        with writing_apart():
            self._file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)

    def lines(self, late: Mapping[int, Twin]) -> Iterator[Mapping[str, Any]]:
        """Yield every row in order, with what was found out about some of them late (by ordinal from 0)."""
        with writing_apart():
            self._file.seek(0)
        for ordinal, line in enumerate(self._file):
            row = orjson.loads(line)
            yield judged_late(row, late[ordinal]) if ordinal in late else row


def judged_late(row: dict[str, Any], twin: Twin) -> dict[str, Any]:
    """Return the row's line as it reads now that its twin is known."""
    said = problem(twin.code, detail=twin.detail).as_dict()
    if twin.is_duplicate:
        return row | {"status": "duplicate", "warnings": [*row["warnings"], said]}
    return row | {"status": "invalid", "problems": [*row["problems"], said]}
