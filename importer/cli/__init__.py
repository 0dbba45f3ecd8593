"""The terminal: options in, results out. The only place that catches what stops a run."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path
from typing import Final

# Containers made between two searches for circles, against Python's 700: loading the libraries makes hundreds of
# thousands that all stay, and searching them again and again was a sixth of a short command.
BETWEEN_SEARCHES: Final = 200_000


def main() -> None:
    """Run the command line: the console script ``importer``."""
    gc.set_threshold(BETWEEN_SEARCHES)
    fill_streams()
    leave_deleted_folder()
    from importer.cli.entry import run
    from importer.errors import forbid_core_dumps

    forbid_core_dumps()

    code = run(sys.argv[1:])
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    sys.exit(code)


def leave_deleted_folder() -> None:
    """
    Go to a new empty folder where the current one was deleted meanwhile: libraries cannot be loaded without one.

    Whole paths mean what they meant; a relative one finds nothing, as before. The summary tells where reports are.
    """
    try:
        Path.cwd()
    except OSError:
        import tempfile

        os.chdir(tempfile.mkdtemp(prefix="importer-"))


def fill_streams() -> None:
    """
    Give a process whose standard streams were closed at its start streams that lead nowhere.

    Else the next file that is opened, the ledger perhaps, would be the one that "standard error" writes into.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, which is this one.
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end
