"""
The five files of a report, each written on its own: one that fails does not cost the others.

UTF-8 with a BOM, without which spreadsheet programs garble letters; commas, every cell quoted, so that no separator inside a cell begins a new one; a line feed ends a row.
Every cell and every heading goes through the formula guard.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import orjson

from importer.model.formula_escape import guard, guard_all
from importer.model.records import UnchangedRows
from importer.reporting.headline import to_fix_paths
from importer.reporting.report_columns import result_cells
from importer.reporting.run_report import Report, summary
from importer.writing.atomic_files import draft, make_directory
from importer.writing.report_page import write_page
from importer.writing.to_fix import own_marks, parts_to_fix, write_results_xlsx, write_to_fix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.model.chunks import Distinct
    from importer.model.records import ReportRow


def write_results_csv(report: Report, stream: BinaryIO) -> None:
    """
    Write every row of the report.

    Raises:
        OSError: the stream cannot take it.
    """
    stream.write(codecs.BOM_UTF8 + line(report.layout.headings))
    together = partial(_lines_together, report) if report.layout.own else None
    for piece in report.pieces():
        if not isinstance(piece, UnchangedRows):
            stream.write(_line_of(report, piece))
        elif together is not None:
            stream.writelines(together(piece))
        else:
            stream.writelines(_line_of(report, row) for row in piece.rows())


def _lines_together(report: Report, those: UnchangedRows) -> Iterator[bytes]:
    """Yield the lines of rows that repeat what is known, made column by column, and those of the rows among them."""
    run, one = report.run.id, those.at(0)
    result = [_in_quotes(guard(cell)) for cell in result_cells(run, one)]
    head, middle = ('","'.join(result[part]) for part in (_BEFORE_ROW, _BEHIND_ROW))
    tails = _Tails(run, one)
    own = zip(*(_written(column) for column in report.layout.columns(those)), strict=True)
    uuids, numbers = (
        _quoted([text or "" for text in texts]) for texts in (those.told.uuids, those.told.external_event_ids)
    )
    ends = [tails[()]] * len(those)
    for place, warnings in those.warnings.items():
        ends[place] = tails[warnings]
    columns = (map('","'.join, own), those.numbers.tolist(), uuids, numbers, ends)
    lines = (
        f'"{cells}","{head}","{row}","{middle}","{uuid}","{number}","{tail}"\n'
        for cells, row, uuid, number, tail in zip(*columns, strict=True)
    )
    done, ids = 0, those.row_ids.tolist() if those.among else []
    for row in those.among:
        place = bisect_left(ids, row.row_id)
        yield from _encoded(islice(lines, place - done))
        yield _line_of(report, row)
        done = place
    yield from _encoded(lines)


_AT_ONCE: Final = 1_000


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    """Yield lines as bytes, some at once: all of a chunk would be held three times."""
    while some := "".join(islice(lines, _AT_ONCE)):
        yield some.encode(errors="backslashreplace")


# The result columns before the number of the row, between it and the uuid, and behind the number of the appointment.
_BEFORE_ROW, _BEHIND_ROW, _BEHIND_NUMBER = slice(0, 3), slice(4, 6), slice(8, None)


class _Tails:
    """The last result columns of such rows by their warnings, which many of them share."""

    def __init__(self, run: str, one: ReportRow) -> None:
        self._run, self._one = run, one
        self._made: dict[int, tuple[Any, str]] = {}

    def __getitem__(self, warnings: tuple[Mapping[str, Any], ...]) -> str:
        if id(warnings) not in self._made:
            cells = result_cells(self._run, replace(self._one, warnings=warnings))[_BEHIND_NUMBER]
            # The value is kept, too, so that no other one takes its place in memory.
            self._made[id(warnings)] = warnings, '","'.join(_in_quotes(guard(cell)) for cell in cells)
        return self._made[id(warnings)][1]


def _written(column: Distinct) -> list[str]:
    """Return the cells of a column as they stand in the file, between their quotes."""
    texts = _quoted(column.texts.tolist())
    return texts if column.places is None else [texts[place] for place in column.places.tolist()]


def _quoted(texts: list[str]) -> list[str]:
    guarded = guard_all(texts)
    return list(map(_in_quotes, guarded)) if '"' in "".join(guarded) else guarded


def _in_quotes(text: str) -> str:
    return text.replace('"', '""')


def _line_of(report: Report, row: ReportRow) -> bytes:
    return line(report.layout.cells(row) + result_cells(report.run.id, row))


def line(cells: Sequence[str]) -> bytes:
    """Return one row of the file; ``csv.writer`` would write the same in twice the time."""
    text = '","'.join(map(guard, cells))
    if text.count('"') != 2 * (len(cells) - 1):
        text = '","'.join([guard(cell).replace('"', '""') for cell in cells])
    # Text that no encoding can hold (half a surrogate pair) is shown as an escape instead of ending the report.
    return f'"{text}"\n'.encode(errors="backslashreplace")


RESULTS_CSV: Final = "results.csv"
RESULTS_XLSX: Final = "results.xlsx"
TO_FIX: Final = "to_fix.xlsx"
PAGE: Final = "report.html"
SUMMARY: Final = "summary.json"

# The page comes last: it tells what became of the others.
NAMES: Final = (SUMMARY, RESULTS_CSV, TO_FIX, RESULTS_XLSX, PAGE)


@dataclass(frozen=True, slots=True)
class Written:
    """
    What became of a report's files.

    ``paths``: name -> where the file stands; a name is absent when its file could not be written. ``notes``: a
    sentence for each file that stands elsewhere or nowhere.
    """

    directory: Path
    paths: Mapping[str, Path]
    notes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all five files were written."""
        return self.paths.keys() >= set(NAMES)


Copy = Callable[[dict[str, Any], BinaryIO], str | None]
"""
Writes the person's own workbook with these marks (``to_fix.own_marks``) in it; returns "" where it did, why it cannot be kept
as it is, or None where it is not there any more.
"""


def write_reports(report: Report, directory: Path, *, copy: Copy | None = None) -> Written:
    """
    Write the five files of a report into its own directory, which is made if need be.

    ``copy`` makes the workbook to fix from the person's own. Where there is none, or it cannot, it is made anew.
    Never raises for what the disk refuses: the ledger has every row, and ``importer report`` writes the files later.
    """
    paths: dict[str, Path] = {}
    notes: list[str] = []
    try:
        make_directory(directory)
    except OSError as error:
        return Written(directory, paths, (_not_written(directory.name, error, report),))
    for name, write in _files(report, directory, paths, notes, copy):
        try:
            with draft(directory / name) as made:
                write(made.stream)
        except OSError as error:
            notes.append(_not_written(name, error, report))
            continue
        paths[name] = made.path
        if made.path.name != name:
            notes.append(f"{name} could not be replaced: is it open in another program? This one is {made.path.name}.")
    return Written(directory, paths, tuple(notes))


def _files(
    report: Report, directory: Path, paths: Mapping[str, Path], notes: list[str], copy: Copy | None
) -> Iterator[tuple[str, Callable[[BinaryIO], None]]]:
    """Yield each file's name and what writes it; the rows to fix may need several workbooks."""
    for name in NAMES:
        if name == TO_FIX and (marks := own_marks(report) if copy and report.attention_count else None) and copy:
            yield TO_FIX, partial(_own_or_anew, report, marks=marks, copy=copy, notes=notes)
        elif name == TO_FIX:
            parts = parts_to_fix(report)
            names = [TO_FIX, *(f"to_fix_{number}.xlsx" for number in range(2, len(parts) + 1))]
            for each, part in zip(names, parts, strict=True):
                yield each, partial(write_to_fix, report, part=part)
            if len(parts) > 1:
                notes.append(f"The rows to fix are in {len(parts)} workbooks: {', '.join(names)}.")
        elif name == PAGE:
            to_fix = to_fix_paths(paths) if TO_FIX in paths else [str(directory / TO_FIX)]
            yield name, partial(write_page, report, to_fix=to_fix, notes=tuple(notes))
        else:
            yield name, partial(WRITERS[name], report)


def _own_or_anew(report: Report, stream: BinaryIO, *, marks: dict[str, Any], copy: Copy, notes: list[str]) -> None:
    why = copy(marks, stream)
    if why != "":
        stream.seek(0)
        stream.truncate()
        write_to_fix(report, stream)
    if why:
        notes.append(f"to_fix.xlsx was made anew, not from your workbook: {why}.")


def write_summary(report: Report, stream: BinaryIO) -> None:
    """
    Write ``summary.json``.

    Raises:
        OSError: the stream cannot take it.
    """
    stream.write(orjson.dumps(summary(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


WRITERS: Final[dict[str, Callable[[Report, BinaryIO], None]]] = {
    SUMMARY: write_summary,
    RESULTS_CSV: write_results_csv,
    RESULTS_XLSX: write_results_xlsx,
}


def _not_written(name: str, error: OSError, report: Report) -> str:
    reason = error.strerror or "the disk refused it"
    return f"{name} was not written: {reason}. Nothing is lost; later type: importer report {report.run.id}"
