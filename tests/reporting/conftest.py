"""Lets the tests of reports share their made-up runs."""

from __future__ import annotations

import sys
from pathlib import Path

# Tests are modules, not a package; ``made_runs`` stands beside them.
sys.path.insert(0, str(Path(__file__).parent))
