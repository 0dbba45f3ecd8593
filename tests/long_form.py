"""
How many examples a property test draws that holds a fast path of reading against its careful twin.

``IMPORTER_TWIN_BATCHES=100000 python -m pytest tests/twins tests/reading --timeout=0`` is the long form for all of them.
"""

from __future__ import annotations

import os


def long_form(usual: int) -> int:
    """Return the number of examples: ``usual``, or what the environment variable IMPORTER_TWIN_BATCHES says."""
    return int(os.environ.get("IMPORTER_TWIN_BATCHES") or usual)
