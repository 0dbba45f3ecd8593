"""
What the process that opens workbooks can reach: nothing but its two streams.

The whole of it needs Linux and the extra ``confine``; with ``IMPORTER_REQUIRE_CONFINEMENT`` set, its absence is a
failure instead of a skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from importer.reading.limits import ORDER, Limits
from importer.reading.workbook_process import environment, escapes_of_child

if TYPE_CHECKING:
    from pathlib import Path


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

# Each attempt begins with a free descriptor, as code that took over the process would have it.
ATTEMPTS = {
    "socket": "import socket as s; s.socket(s.AF_INET, s.SOCK_STREAM).connect(('127.0.0.1', {port}))",
    "local socket": "import socket as s; s.socketpair()",
    "read a file": "os.open({secret!r}, os.O_RDONLY)",
    "write a file": "os.open({secret!r} + '.new', os.O_WRONLY | os.O_CREAT)",
    "remove a file": "os.unlink({secret!r})",
    "overwrite the workbook": "os.ftruncate(0, 0)",
    "fork": "os.fork() or os._exit(0)",
    "other program": "os.execv(sys.executable, [sys.executable, '-c', ''])",
    "signal": "os.kill(os.getppid(), 0)",
    "token of the parent": "os.open('/proc/%d/environ' % os.getppid(), os.O_RDONLY)",
    "memory of the parent": "os.open('/proc/%d/mem' % os.getppid(), os.O_RDONLY)",
    "wider limits": "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE, (64, 64))",
}
CONFINED = """
import os, socket, resource, sys
from importer.reading.child.confinement import confine
{before}
confine()
os.close(2)
try:
    {attempt}
except (OSError, ValueError):
    os.write(1, b"refused")
else:
    os.write(1, b"escaped")
os._exit(0)
"""


def tried(attempt: str, workbook: Path, *, before: str = "") -> bytes:
    with workbook.open("r+b") as file:
        done = subprocess.run(
            [sys.executable, "-c", CONFINED.format(before=before, attempt=attempt)],
            stdin=file,
            capture_output=True,
            check=False,
            timeout=30,
        )
    return done.stdout


@confined
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_child_reaches_nothing(tmp_path: Path, attempt: str) -> None:
    """No socket, no file, no process, no token or ledger, nothing of the parent's, also for root."""
    secret = tmp_path / "token"
    secret.write_text("sesame")
    workbook = tmp_path / "book.xlsx"
    workbook.write_bytes(b"PK")

    assert tried(attempt.format(port=9, secret=str(secret)), workbook) == b"refused"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book.xlsx", "token"]
    assert workbook.read_bytes() == b"PK"


@confined
def test_real_child_proves_it() -> None:
    """What ``config check`` shows was tried in a child that is started as for a workbook."""
    assert escapes_of_child(Limits()) == ()


def test_without_the_extra_it_goes_on(tmp_path: Path) -> None:
    """Where neither library is installed the process goes on, and what is missing is found by trying."""
    workbook = tmp_path / "book.xlsx"
    workbook.write_bytes(b"PK")
    absent = "sys.modules.update(landlock=None, pyseccomp=None)"
    told = "from importer.reading.child.confinement import escapes; os.write(1, ','.join(escapes()).encode())"

    assert b"network,files" in tried(told, workbook, before=absent)


@confined
@pytest.mark.parametrize(("kept", "lost"), [("landlock", "pyseccomp"), ("pyseccomp", "landlock")])
def test_either_library_closes_the_files(tmp_path: Path, kept: str, lost: str) -> None:
    """Each of the two holds without the other."""
    workbook = tmp_path / "book.xlsx"
    workbook.write_bytes(b"PK")

    absent = f"sys.modules.update({lost}=None)"
    assert tried("os.open(sys.executable, os.O_RDONLY)", workbook, before=absent) == b"refused", kept


def test_child_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's environment holds no setting, no token, nothing but what loading its modules needs."""
    monkeypatch.setenv("IMPORTER_TOKEN", "sesame")
    monkeypatch.setenv("PGPASSWORD", "sesame")

    handed = environment({})

    assert set(handed) <= {"SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", ORDER}
    assert "sesame" not in "".join(handed.values())
    assert not [name for name in handed if name.startswith("IMPORTER_")]


def test_child_loads_only_what_reads_workbooks() -> None:
    """The process that opens a workbook loads no library of the steps after it, which would take most of its time."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, importer.reading.child.worker, importer.reading.child.calamine_grid\nprint(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(told.stdout.split())
    assert "python_calamine" in loaded
    assert loaded & {"numpy", "pandas", "pandera", "phonenumbers", "pydantic", "requests", "sqlalchemy"} == set()
