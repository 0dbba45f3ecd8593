"""
Commands of the importer as processes that are forked off one that has loaded all they need.

To load pandas, pandera and the page takes a second of processor time, longer than most of what tests let a command do. A forked
command has what a started one has: its folder, environment, streams, signals and exit code are its own. That the
installed command starts by itself, and what it loads, is for tests/cli.

The tests talk with the process they are forked off by a socket: a command line goes there with three streams and a pipe; the
process id comes back by the pipe, and later how it ended.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What commands load when they first need it.
LOADED = (
    "importer.cli.run_command",
    "importer.cli.sandbox_command",
    "importer.cli.serve_command",
    "importer.commands.run",
    "importer.web.app",
    "importer.web.serving",
    "importer.web.work",
)
MOST_BYTES = 1_000_000


class Forked:
    """A forked command, with what tests ask of a ``subprocess.Popen``; its output and its errors are ``stdout``."""

    def __init__(self, words: Sequence[str], *, folder: Path, environ: Mapping[str, str]) -> None:
        reading, writing = os.pipe()
        told, tells = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        order = {"words": list(words), "folder": str(folder), "environ": dict(environ)}
        try:
            _parent().send(order, (nothing, writing, writing, tells))
        finally:
            for number in (nothing, writing, tells):
                os.close(number)
        self.stdout = os.fdopen(reading, encoding="utf-8")
        self._told = os.fdopen(told)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        with self._told:
            self.returncode = int(self._told.readline() or -signal.SIGKILL)
        self._ended.set()

    def poll(self) -> int | None:
        """Return the exit code, a signal's as its negative number; None while it runs."""
        return self.returncode if self._ended.is_set() else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code. ``subprocess.TimeoutExpired``: it goes on."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("importer", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing once it has ended."""
        if not self._ended.is_set():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class _Parent:
    """The process that commands are forked off, as the tests see it."""

    def __init__(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._socket = ours
        with its:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(its.fileno())],
                pass_fds=[its.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def send(self, order: dict[str, Any], streams: tuple[int, ...]) -> None:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], list(streams))

    def end(self) -> None:
        self._socket.close()
        self._process.wait()


_made: list[_Parent] = []


def _parent() -> _Parent:
    if not _made:
        _made.append(_Parent())
        atexit.register(_made[0].end)
    return _made[0]


def serve(orders: socket.socket) -> None:
    """Fork a command for each order, and tell how each ended, until nobody orders any more."""
    for name in LOADED:
        import_module(name)
    gc.collect()
    gc.freeze()
    ends: dict[int, IO[str]] = {}
    wake, woken = socket.socketpair()
    for end in (wake, woken):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    with selectors.DefaultSelector() as waiting, wake, woken:
        waiting.register(orders, selectors.EVENT_READ)
        waiting.register(wake, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is wake:
                    with contextlib.suppress(BlockingIOError):
                        wake.recv(4096)
                    _tell_ends(ends)
                    continue
                message, numbers, _, _ = socket.recv_fds(orders, MOST_BYTES, 4)
                if not message:
                    return
                tells = os.fdopen(numbers[3], "w")
                pid = os.fork()
                if not pid:
                    _become(json.loads(message), numbers, orders)
                for number in numbers[:3]:
                    os.close(number)
                tells.write(f"{pid}\n")
                tells.flush()
                ends[pid] = tells


def _tell_ends(ends: dict[int, IO[str]]) -> None:
    while ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(BrokenPipeError), ends.pop(pid) as tells:
            tells.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _become(order: dict[str, Any], numbers: list[int], orders: socket.socket) -> None:
    """Be the command, in this forked process, and end with it."""
    code = 70
    try:
        orders.close()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for own, given in enumerate(numbers[:3]):
            os.dup2(given, own)
        os.closerange(3, max(numbers) + 1)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environ"])
        tempfile.tempdir = None
        sys.argv = ["importer", *order["words"]]
        sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False))  # noqa: SIM115 - open to the end
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")  # noqa: SIM115
        sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8", line_buffering=True)  # noqa: SIM115
        try:
            import_module("importer.cli").main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter does at its end
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
