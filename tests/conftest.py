"""
What holds for every test: the commands that it starts load what users have, compiled as on a user's machine.

Loading is most of what a short command costs. An installed package is compiled once, whatever the environment says of
bytecode; and of the tools for tests, pandera would load hypothesis with every command.

Temporary folders lie in memory where there is room for them: every ledger and report is synced to disk, for which half of
the suite's time would be waited. Their files are as real as others; only a power cut would tell them apart. Each worker has
one of its own for temporary files: a purge by a clock of the future takes all that lie there for left ones.

A terminal that closes and Ctrl-C are heard of as in a shell, also where the tests were started with ``nohup`` or in the
background of a script: the importer leaves ignored what whoever started it had ignored.
"""

from __future__ import annotations

import compileall
import gc
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer
    from xdist.scheduler import WorkStealingScheduling

HERE = Path(__file__).parent
IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4_000_000_000


def pytest_configure(config: pytest.Config) -> None:
    """Compile the importer once; let what this process starts find no test tools, this process itself all of them."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    in_memory = str(IN_MEMORY) if has_room_in_memory() else None
    if in_memory:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", in_memory)
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.getoption("dist", "no") == "no":
        own = tempfile.mkdtemp(prefix="importer-tests-", dir=in_memory)
        config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
        os.environ["TMPDIR"] = tempfile.tempdir = own
    if not is_worker:
        for package in ("importer", "schemas"):
            compileall.compile_dir(HERE.parent / package, quiet=2)
    if is_worker or config.getoption("dist", "no") == "no":
        paths = [str(HERE / "no_test_tools"), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def pytest_xdist_auto_num_workers() -> int:
    """Start two workers for each core: tests that wait, for processes, browsers and clocks, leave a third of the cores idle."""
    return max(1, 2 * (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WorkStealingScheduling:
    """Let a worker that has nothing left take tests from another one; else two of them are idle for the last minutes."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Let each worker begin with a part of the tests of the page, a file whole.

    They wait for browsers and processes. At the end, where they stood, nothing is left that uses the cores meanwhile.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    of_the_page = dict.fromkeys(item.path for item in items if "web" in item.path.parts)
    files = {path: place for place, path in enumerate(of_the_page)}

    def turn(placed: tuple[int, pytest.Item]) -> tuple[int, bool]:
        place, item = placed
        file = files.get(item.path)
        return (place * workers // len(items), True) if file is None else (file % workers, False)

    items[:] = [item for _, item in sorted(enumerate(items), key=turn)]


def pytest_collection_finish() -> None:
    """
    Search what is loaded by now no more for garbage: it stays until the end.

    Ten thousand collected tests, pandas and pandera would be gone through again and again, for a tenth of the suite's time.
    """
    gc.collect()
    gc.freeze()


def has_room_in_memory() -> bool:
    """Whether a folder in memory can take what the tests write, and be written by whoever runs them."""
    if not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return False
    room = os.statvfs(IN_MEMORY)
    return room.f_bavail * room.f_frsize >= ENOUGH_BYTES
