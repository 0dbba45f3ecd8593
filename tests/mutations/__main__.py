"""
Check and run mutated files for long.

``python tests/mutations`` checks 10,000 mutated CSV files and 1,000 mutated workbooks, and runs 500 of them against a
sandbox. What is found is printed, and its file is kept in ``--keep``. Exit code 0: nothing was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from mutations_played import play  # noqa: E402 - found by the path above


def main() -> int:
    """Play what was asked for, and print the figures."""
    parser = argparse.ArgumentParser(
        prog="python tests/mutations", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--csv", type=int, default=10_000, help="how many CSV files")
    parser.add_argument("--workbooks", type=int, default=1_000, help="how many workbooks")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file of each kind")
    parser.add_argument("--sends-each", type=int, default=22, help="one file of so many is run, too; 0: none")
    parser.add_argument("--keep", type=Path, help="a folder for the files with which something was found")
    asked = parser.parse_args()
    found = 0
    for kind, count in (("csv", asked.csv), ("workbooks", asked.workbooks)):
        began = time.monotonic()
        with TemporaryDirectory() as folder:
            numbers = range(asked.first, asked.first + count)
            tried = play(kind, numbers, Path(folder), sends_each=asked.sends_each, keep=asked.keep)
        found += len(tried.found)
        print(
            f"{kind}: {dict(tried.files)}, rows {dict(tried.rows)}, refused {dict(tried.refused)}, "
            f"slowest {tried.slowest_s:.1f} s, {time.monotonic() - began:.0f} s in all: {len(tried.found)} found",
            flush=True,
        )
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
