"""
Reads one file in a small process of its own, and tells what that took.

Linux counts to the peak of a process what its parent held when it was started. A worker that has run other tests is
large, so there the peak of a reading child would be the worker's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import json, resource, sys
from pathlib import Path

from importer.errors import FileRefused
from importer.reading.sheet_choice import open_sheet


def used(field):
    return sum(getattr(resource.getrusage(who), field) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))


before, code, rows = used("ru_utime") + used("ru_stime"), "", 0
try:
    with open_sheet(Path(sys.argv[1])) as sheet:
        rows = sum(len(chunk.frame) for chunk in sheet.chunks())
except FileRefused as refused:
    code = refused.code
seconds = used("ru_utime") + used("ru_stime") - before
print(json.dumps([code, rows, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


class Apart(NamedTuple):
    """How a file was read: the refusal's code or nothing, rows, seconds of processor time, peak of its child in kB."""

    code: str
    rows: int
    seconds: float
    child_kb: int


def read_apart(path: Path) -> Apart:
    """Read a whole file in a fresh process. What is no refusal fails the test with its traceback."""
    line = [sys.executable, "-c", PROGRAM, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Apart(*json.loads(done.stdout))
