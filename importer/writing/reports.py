"""The five files of a report, each written on its own: one that fails does not cost the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import orjson

from importer.reporting import Report, summary
from importer.writing.drafts import draft, make_directory
from importer.writing.page import write_page
from importer.writing.results_csv import write_results_csv
from importer.writing.workbooks import write_results_xlsx, write_to_fix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

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
        return len(self.paths) == len(NAMES)


def write_reports(report: Report, directory: Path) -> Written:
    """
    Write the five files of a report into its own directory, which is made if need be.

    Never raises for what the disk refuses: the ledger has every row, and ``importer report`` writes the files later.
    """
    paths: dict[str, Path] = {}
    notes: list[str] = []
    try:
        make_directory(directory)
    except OSError as error:
        return Written(directory, paths, (_not_written(directory.name, error, report),))
    for name in NAMES:
        try:
            with draft(directory / name) as made:
                _writer(name, report, directory, paths, notes)(made.stream)
        except OSError as error:
            notes.append(_not_written(name, error, report))
            continue
        paths[name] = made.path
        if made.path.name != name:
            notes.append(f"{name} could not be replaced: is it open in another program? This one is {made.path.name}.")
    return Written(directory, paths, tuple(notes))


def _writer(
    name: str, report: Report, directory: Path, paths: Mapping[str, Path], notes: list[str]
) -> Callable[[BinaryIO], None]:
    if name == PAGE:
        to_fix = str(paths.get(TO_FIX, directory / TO_FIX))
        return lambda stream: write_page(report, stream, to_fix=to_fix, notes=tuple(notes))
    write = WRITERS[name]
    return lambda stream: write(report, stream)


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
    TO_FIX: write_to_fix,
    RESULTS_XLSX: write_results_xlsx,
}


def _not_written(name: str, error: OSError, report: Report) -> str:
    reason = error.strerror or "the disk refused it"
    return f"{name} was not written: {reason}. Nothing is lost; later type: importer report {report.run.id}"
