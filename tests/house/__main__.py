"""``python tests/house``: files entered, moves and forms of one row, and the modules of the house."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

if __package__ in (None, ""):  # run as a folder: its parent holds the package
    sys.path[0] = str(Path(__file__).parent.parent)

from house.way_of_a_row import follow

with TemporaryDirectory() as folder:
    way = follow(Path(folder))
print(f"one row: {len(way.files)} files entered, {way.moves} moves, {len(way.forms)} forms")
for name in sorted(way.forms):
    print(f"  {name}")
