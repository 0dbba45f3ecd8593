"""
How much a test does in the suite, which must end within minutes, and how much in its long form.

``IMPORTER_LONG_TESTS=1 python -m pytest -m "long or not long" --timeout=0`` is the long form of the properties, kills and corpora.
``IMPORTER_TWIN_BATCHES=100000 python -m pytest tests/twins tests/reading --timeout=0`` is the one of all property tests
that hold a fast path of reading against its careful twin.
"""

from __future__ import annotations

import os


def long_form(usual: int) -> int:
    """Return the number of examples: ``usual``, or what the environment variable IMPORTER_TWIN_BATCHES says."""
    return int(os.environ.get("IMPORTER_TWIN_BATCHES") or usual)


def longer(usual: int, full: int) -> int:
    """Return ``usual``, or ``full`` where the environment variable IMPORTER_LONG_TESTS is set."""
    return full if os.environ.get("IMPORTER_LONG_TESTS") else usual
