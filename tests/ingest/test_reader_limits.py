"""
What the process that reads the files of drops can reach: its copies and its programs.

The whole of it needs Linux and the extra ``confine``; with ``IMPORTER_REQUIRE_CONFINEMENT`` set, its absence is a
failure instead of a skip.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from desk import ROW, Desk

from importer.ingest import reader_limits
from importer.ingest.check_process import CheckProcess

if TYPE_CHECKING:
    from importer.sandbox import Sandbox


def lacking() -> str:
    """Return why this system cannot confine, "" where it can."""
    for name in ("landlock", "pyseccomp"):
        try:
            module = import_module(name)
        except (ImportError, OSError, RuntimeError) as error:
            return f"{name} cannot be loaded: {error}"
        if name == "landlock" and not module.landlock_abi_version():
            return "the kernel has no Landlock"
    return ""


LACKING = lacking()
if LACKING and os.environ.get("IMPORTER_REQUIRE_CONFINEMENT"):
    pytest.fail(f"IMPORTER_REQUIRE_CONFINEMENT is set, but {LACKING}", pytrace=False)
confined = pytest.mark.skipif(bool(LACKING), reason=f"not confined here: {LACKING}")

CONFINED = """
import os, pathlib, signal, socket, subprocess, sys
from importer.ingest.reader_limits import confine
confine(pathlib.Path({copies!r}), pathlib.Path({scratch!r}))
try:
    {attempt}
except OSError:
    print("refused")
else:
    print("escaped")
"""
ATTEMPTS = {
    "network": "socket.create_connection(('127.0.0.1', {port}))",
    "token": "open({token!r})",
    "ledger": "open({token!r}, 'ab')",
    "a new file": "open({token!r} + '.new', 'w')",
    "another copy overwritten": "open({copy!r}, 'ab')",
    "another copy removed": "os.unlink({copy!r})",
    "environment of the pass": "open('/proc/%d/environ' % os.getppid())",
    "memory of the pass": "open('/proc/%d/mem' % os.getppid(), 'rb')",
    "end of the pass": "os.kill(os.getppid(), 0)",
    "users of the machine": "open('/etc/passwd')",
    "token by another program": "subprocess.run(['/bin/cat', {token!r}], check=True, capture_output=True).stdout or 1/0",
}


@confined
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_reader_reaches_nothing_else(tmp_path: Path, attempt: str) -> None:
    """No network, token, ledger, foreign file or process; also not through another program, and also for root."""
    copies, scratch, token = tmp_path / "copies", tmp_path / "scratch", tmp_path / "token"
    for folder in (copies, scratch):
        folder.mkdir()
    token.write_text("sesame")
    (copies / "a.csv").write_text("a")
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = {"port": server.getsockname()[1], "token": str(token), "copy": str(copies / "a.csv")}
        program = CONFINED.format(copies=str(copies), scratch=str(scratch), attempt=attempt.format(**told))
        program = program.replace("except OSError", "except (OSError, subprocess.CalledProcessError)")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60, text=True)

    assert done.stdout == "refused\n", done.stderr
    assert token.read_text() == "sesame"
    assert [path.name for path in copies.iterdir()] == ["a.csv"]


@confined
def test_confined_reader_reads_text_and_workbook(tmp_path: Path, sandbox: Sandbox) -> None:
    """What it proves of itself is nothing; a CSV and, through the workbooks' own process, an XLSX are read all the same."""
    copies = tmp_path / "copies"
    (copies / "one").mkdir(parents=True)
    desk = Desk(copies / "one", sandbox)
    text = copies / "one" / "week.csv"
    desk.sheet(ROW)
    book = openpyxl.Workbook()
    for row in (list(ROW), list(ROW.values())):
        book.active.append(row)
    book.save(copies / "one" / "week.xlsx")
    outside = tmp_path / "token"
    outside.write_text("sesame")

    with CheckProcess() as process:
        assert process.escapes(outside) == ()
        found = [process.check(desk.job(), path, with_earliest=True) for path in (text, text.with_suffix(".xlsx"))]

    assert [(one.refused, one.died) for one in found] == [(None, False)] * 2
    assert found[0].earliest == found[1].earliest is not None


def test_reader_whose_folder_was_purged_begins_anew(tmp_path: Path, sandbox: Sandbox) -> None:
    """A purge that takes the folder of a long watch's reader for a left one costs no file its reading."""
    (tmp_path / "copies" / "one").mkdir(parents=True)
    desk = Desk(tmp_path / "copies" / "one", sandbox)
    desk.sheet(ROW)
    path = desk.folder / "week.csv"
    with CheckProcess() as process:
        first = process.check(desk.job(), path)
        for folder in Path(tempfile.gettempdir()).glob("importer-reader-*"):
            shutil.rmtree(folder)
        again = process.check(desk.job(), path)

    assert [(one.refused, one.died) for one in (first, again)] == [(None, False)] * 2


def test_libraries_are_programs_and_peoples_folders_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of libraries that PYTHONPATH names may be read; not the current one, the home, or what is above them."""
    here, home, libraries = (tmp_path / name for name in ("desk/here", "desk/home", "libraries"))
    for folder in (here, home, libraries):
        folder.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(sys, "path", [str(folder) for folder in (here, home, here.parent, tmp_path, libraries)])

    found = set(reader_limits.programs())

    assert libraries in found
    assert not found & {here, home, here.parent, tmp_path}
