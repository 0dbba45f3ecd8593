"""
What holds for every test: the commands that it starts load what users have, compiled as on a user's machine.

Loading is most of what a short command costs. An installed package is compiled once, whatever the environment says of
bytecode; and of the tools for tests, pandera would load hypothesis with every command.

A terminal that closes is heard of as in a shell, also where the tests were started with ``nohup``: the importer leaves
ignored what whoever started it had ignored.
"""

from __future__ import annotations

import compileall
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Compile the importer once; let what this process starts find no test tools, this process itself all of them."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        for package in ("importer", "schemas"):
            compileall.compile_dir(HERE.parent / package, quiet=2)
    if is_worker or config.getoption("dist", "no") == "no":
        paths = [str(HERE / "no_test_tools"), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
