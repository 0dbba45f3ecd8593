"""Files that other projects have met: none makes a traceback, takes long or takes much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from long_form import longer

HERE = Path(__file__).resolve()
CORPORA = Path(os.environ.get("IMPORTER_CORPORA", HERE.parents[3] / "shared" / "corpora"))
EVERY_FILE = sorted(
    path for part in ("csv", "xlsx", "disguised") for path in (CORPORA / part).rglob("*") if path.is_file()
)
# Each file is opened by a process of its own; a twelfth of them is read in the suite, and all in the long form.
FILES = EVERY_FILE[:: longer(12, 1)]
SECONDS, KILOBYTES = 10, 600_000


# In a small process, for the reason that read_apart tells.
PROGRAM = """
import json, resource, sys, time
from collections import Counter
from pathlib import Path

from importer.errors import FileRefused
from importer.problems import KINDS
from importer.reading.sheet_choice import open_sheet


def outcome(path):
    try:
        with open_sheet(path) as sheet:
            for chunk in sheet.chunks():
                assert chunk.frame.shape[1] == len(sheet.headings), path
                assert {flaw.code for flaw in chunk.flaws} <= KINDS.keys(), path
    except FileRefused as refused:
        return refused.code if refused.fix else f"{path.name} without a fix"
    return "read"


outcomes, slowest = Counter(), 0.0
for name in json.load(sys.stdin):
    started = time.monotonic()
    outcomes[outcome(Path(name))] += 1
    slowest = max(slowest, time.monotonic() - started)
print(json.dumps([outcomes, slowest, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


@pytest.mark.skipif(not FILES, reason="the corpora are not here; name them with IMPORTER_CORPORA")
@pytest.mark.timeout(1200)
def test_every_file_is_read_or_refused() -> None:
    """Each file is read or refused with a code and a fix, within 10 seconds and 600 MB; each flaw is a known kind."""
    names = json.dumps([os.fspath(path) for path in FILES])
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outcomes, slowest, child_kb = json.loads(done.stdout)

    print(f"{len(FILES)} files, slowest {slowest:.1f} s: {outcomes}")
    assert outcomes["read"] > len(FILES) / 3
    assert not any("without" in outcome for outcome in outcomes)
    assert slowest < SECONDS
    assert child_kb < KILOBYTES
