"""Files that other projects have met: none makes a traceback, takes long or takes much memory."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from pathlib import Path

import pytest

from importer.errors import FileRefused
from importer.problems import KINDS
from importer.reading import open_sheet

HERE = Path(__file__).resolve()
CORPORA = Path(os.environ.get("IMPORTER_CORPORA", HERE.parents[3] / "shared" / "corpora"))
FILES = sorted(path for part in ("csv", "xlsx", "disguised") for path in (CORPORA / part).rglob("*") if path.is_file())
SECONDS, KILOBYTES = 10, 600_000


@pytest.mark.skipif(not FILES, reason="the corpora are not here; name them with IMPORTER_CORPORA")
@pytest.mark.timeout(1200)
def test_every_file_is_read_or_refused() -> None:
    """Each file is read or refused with a code and a fix, within 10 seconds and 600 MB; each flaw is a known kind."""
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for path in FILES:
        started = time.monotonic()
        outcomes[_outcome(path)] += 1
        slowest = max(slowest, time.monotonic() - started)

    print(f"{len(FILES)} files, slowest {slowest:.1f} s: {dict(outcomes)}")
    assert outcomes["read"] > 300
    assert not any("without" in outcome for outcome in outcomes)
    assert slowest < SECONDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < KILOBYTES


def _outcome(path: Path) -> str:
    try:
        with open_sheet(path) as sheet:
            for chunk in sheet.chunks():
                assert chunk.frame.shape[1] == len(sheet.headings), path
                assert {flaw.code for flaw in chunk.flaws} <= KINDS.keys(), path
    except FileRefused as refused:
        return refused.code if refused.fix else f"{path.name} without a fix"
    return "read"
