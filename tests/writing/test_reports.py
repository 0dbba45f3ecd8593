"""The five files together: what is written, what is said, and what a full disk costs."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import openpyxl
import pytest
from made_runs import week

from importer.writing import write_reports

NAMES = {"results.csv", "results.xlsx", "to_fix.xlsx", "report.html", "summary.json"}
posix = pytest.mark.skipif(os.name != "posix", reason="needs the limits and modes of POSIX")


def test_five_files_in_a_directory_of_their_own(reports: Path) -> None:
    """A report is these five files, all named in what is returned, and nothing else."""
    written = write_reports(week("bad"), reports)

    assert written.complete
    assert written.notes == ()
    assert {path.name for path in reports.iterdir()} == NAMES == set(written.paths)
    assert all(path == reports / name for name, path in written.paths.items())
    assert json.loads((reports / "summary.json").read_bytes())["rows"] == 240


@posix
def test_only_the_owner_may_read_them(reports: Path) -> None:
    """Rows are personal data: directory 0700, files 0600."""
    write_reports(week("good"), reports)

    assert stat.S_IMODE(reports.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in reports.iterdir()} == {0o600}


def test_writing_again_replaces_them(reports: Path) -> None:
    """A report can be written again at any time, from the ledger."""
    write_reports(week("bad"), reports)
    write_reports(week("good"), reports)

    assert {path.name for path in reports.iterdir()} == NAMES
    assert "All 240 rows done" in (reports / "report.html").read_text(encoding="utf-8")


def test_the_same_report_is_the_same_bytes(reports: Path, tmp_path: Path) -> None:
    """Nothing in the texts depends on when they are written."""
    for directory in (reports, tmp_path / "again"):
        write_reports(week("bad"), directory)

    for name in ("results.csv", "summary.json"):
        assert (reports / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_name_that_cannot_be_taken_is_said(reports: Path) -> None:
    """A file that cannot be replaced is written beside it, and the page, the terminal and the caller hear of it."""
    (reports / "results.xlsx").mkdir(parents=True)
    (reports / "to_fix.xlsx").mkdir()
    written = write_reports(week("bad"), reports)
    page = (reports / "report.html").read_text(encoding="utf-8")

    assert written.complete
    assert written.paths["results.xlsx"] == reports / "results-2.xlsx"
    assert [note.partition(" could not be replaced")[0] for note in written.notes] == ["to_fix.xlsx", "results.xlsx"]
    assert "results-2.xlsx" in page
    assert f"importer run {reports / 'to_fix-2.xlsx'}" in page
    assert openpyxl.load_workbook(reports / "results-2.xlsx").sheetnames[0] == "Rows"


def test_a_directory_that_cannot_be_made_costs_no_row(tmp_path: Path) -> None:
    """Where a file has the directory's name, nothing is written, nothing is raised, and the way out is named."""
    (tmp_path / "reports").write_text("a file")
    written = write_reports(week("good"), tmp_path / "reports" / "run")

    assert written.paths == {}
    assert "importer report 20270304-070000-k3fd" in written.notes[0]


FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path

    sys.path.insert(0, {helpers!r})
    from made_runs import week
    from importer.writing import write_reports

    # The kernel refuses every file beyond this size as it refuses one on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
    written = write_reports(week("bad"), Path({reports!r}))
    print(*sorted(written.paths), sep=",")
    print(*written.notes, sep="\\n")
"""


@posix
@pytest.mark.parametrize("size", [0, 500, 5_000, 20_000, 40_000])
@pytest.mark.parametrize("before", [False, True], ids=["first", "again"])
def test_a_full_disk_leaves_no_half_file(reports: Path, size: int, before: bool) -> None:
    """Each file is there as a whole, as it was before, or not at all; the ones that fail are named with a way out."""
    old = {}
    if before:
        write_reports(week("good"), reports)
        old = {path.name: path.read_bytes() for path in reports.iterdir()}
    program = FULL_DISK.format(helpers=str(Path(__file__).parents[1] / "reporting"), size=size, reports=str(reports))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True, timeout=120
    )
    names, *notes = done.stdout.splitlines()
    written = set(names.split(",")) - {""}

    assert done.stderr == ""
    assert {path.name for path in reports.iterdir()} == written | set(old)
    assert [(reports / name).read_bytes() for name in sorted(set(old) - written)] == [
        old[name] for name in sorted(set(old) - written)
    ]
    assert {note.partition(" was not written")[0] for note in notes} == NAMES - written
    assert all(note.endswith("importer report 20270304-070000-k3fd") for note in notes)
    assert_whole(reports, written)


def assert_whole(reports: Path, names: set[str]) -> None:
    if "report.html" in names:
        assert (reports / "report.html").read_text(encoding="utf-8").endswith("</html>")
    if "results.csv" in names:
        assert (reports / "results.csv").read_text(encoding="utf-8").count("\n") == 241
    for name in names & {"results.xlsx", "to_fix.xlsx"}:
        openpyxl.load_workbook(reports / name)


FLAT = """
    import resource, sys
    from dataclasses import replace
    from pathlib import Path

    sys.path.insert(0, {helpers!r})
    from made_runs import bad_row, file_record, run_record, START
    from importer.reporting.run_report import build_report
    from importer.writing import write_reports

    count = {count}
    file = file_record(count)
    few = [bad_row(file, number, number / 100) for number in range(2, 102)]
    rows = lambda: (replace(few[number % 100], number=number) for number in range(2, count + 2))
    report = build_report(run_record(), [file], rows, None, START)
    assert write_reports(report, Path({reports!r})).complete
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
@posix
def test_memory_is_flat(tmp_path: Path) -> None:
    """Eight times the rows, a quarter of them wrong, take hardly more memory: rows pass through, they do not pile up."""
    peaks = []
    for count in (1_500, 12_000):
        helpers = str(Path(__file__).parents[1] / "reporting")
        program = textwrap.dedent(FLAT.format(helpers=helpers, count=count, reports=str(tmp_path / str(count))))
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=200)
        peaks.append(int(done.stdout))
    kilobytes_for_macs = 1024 if sys.platform == "darwin" else 1

    assert (peaks[1] - peaks[0]) / kilobytes_for_macs < 24_000
