"""
Where checks are begun: one process has loaded all that a check needs, and forks another one for each check.

Loading takes a second of processor time, a fork some milliseconds; what a check has read is gone with it all the same. Its owner, the
page or a pass over many tenants' drops, tells the loaded process on a socket what to begin and what to end, and is answered with the
process id; the order itself and what a check tells go through pipes between the owner and that check. The workers of a pass share one
loaded process, each with a socket of its own. Where a system cannot fork, each check loads for itself.

The loaded process learns no token, and none of what the checks read.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, Protocol, TypeVar, cast

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_Got = TypeVar("_Got")
_COMMAND: Final = [sys.executable, "-P", "-X", "utf8", "-m"]
FORKS: Final = "forks"
"""The argument that makes a check process the loaded one."""

ANSWER_S: Final = 120.0
"""So long the loaded process may take to answer, loading included; after that it is ended and another one started."""

_LENGTH_BYTES: Final = 4
_PIPES: Final = 2


class CheckBegun(Protocol):
    """A process that waits for its order on ``stdin`` and tells on ``stdout`` what comes of it."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where the order goes; once it is closed, the check ends by itself."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it tells, in lines."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> int:
        """Wait until it is gone."""


class LoadedProcess:
    """
    The loaded process of one owner; started when it is first needed, and again after it died. Several threads may use it.

    ``module``: what it runs, whose argument is then ``FORKS``. ``environment``: what it and its checks see of this process's.
    ``shared``: a socket to the loaded process of somebody else; once that is gone, this owner starts its own.
    """

    def __init__(
        self, module: str, environment: Callable[[], dict[str, str]], shared: socket.socket | None = None
    ) -> None:
        self._module, self._environment = module, environment
        self._gate = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = shared
        if shared is not None:
            shared.settimeout(ANSWER_S)

    def load(self) -> None:
        """Start it, so that it has loaded everything when the first check comes."""
        if hasattr(os, "fork"):
            with self._gate, suppress(OSError):
                self._line()

    def share(self) -> socket.socket | None:
        """
        Return a socket for one more owner, which may be another process; None where the system cannot fork.

        Raises:
            OSError: no process can be started.
        """
        if not hasattr(os, "fork"):
            return None
        ours, theirs = socket.socketpair()
        try:
            self._on_line(partial(_tell, message={"share": True}, pipes=[theirs.fileno()]))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def begin(self) -> CheckBegun:
        """
        Begin a check in the environment of this process, without the token.

        Raises:
            OSError: no process can be started.
        """
        if not hasattr(os, "fork"):
            return self._started([], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        order, order_end = os.pipe()
        told_end, told = os.pipe()
        stdin, stdout = os.fdopen(order_end, "wb"), os.fdopen(told_end, "rb")
        try:
            message = {"begin": self._environment(), "folder": str(Path.cwd())}
            pid = self._on_line(partial(_exchange, message=message, pipes=[order, told]))
        except BaseException:
            stdin.close()
            stdout.close()
            raise
        finally:
            os.close(order)
            os.close(told)
        return _Forked(self, pid, stdin, stdout)

    def end_check(self, pid: int) -> None:
        """Kill a check, and wait until it is gone. One whose loaded process is gone ends by itself, when its order is closed."""
        with suppress(OSError), self._gate:
            if self._socket is not None:
                _exchange(self._socket, {"end": pid})

    def end(self) -> None:
        """End it, and with it the checks that are going on."""
        with self._gate:
            self._end()

    def _on_line(self, do: Callable[[socket.socket], _Got]) -> _Got:
        with self._gate:
            try:
                return do(self._line())
            except OSError:  # it was killed since it was last needed
                self._end()
                return do(self._line())

    def _line(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            ours.settimeout(ANSWER_S)
            try:
                self._process = self._started([FORKS], stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
            except OSError:
                ours.close()
                raise
            finally:
                theirs.close()
            self._socket = ours
        return self._socket

    def _started(self, arguments: list[str], *, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [*_COMMAND, self._module, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            env=self._environment(),
            start_new_session=True,  # Ctrl-C is for the owner, which ends this process itself
        )

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class _Forked:
    """A check that the loaded process has forked."""

    def __init__(self, loaded: LoadedProcess, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._loaded, self._pid = loaded, pid
        self.stdin, self.stdout = stdin, stdout

    def kill(self) -> None:
        """End it at once; where the loaded process is gone, which alone may kill it, by closing its order."""
        self._loaded.end_check(self._pid)
        with suppress(OSError):
            self.stdin.close()

    def wait(self) -> int:
        """Return at once: what was killed is gone."""
        return 0


def _exchange(line: socket.socket, message: Mapping[str, object], pipes: Sequence[int] = ()) -> int:
    """Send a message with its pipes; return the number that comes back. ``OSError``: the loaded process is gone."""
    _tell(line, message, pipes)
    return int.from_bytes(_read(line, _LENGTH_BYTES), "big")


def _tell(line: socket.socket, message: Mapping[str, object], pipes: Sequence[int]) -> None:
    content = orjson.dumps(message)
    content = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    # At once, so that an owner that stands still has sent all of it or nothing: others wait for the same loaded process.
    sent = socket.send_fds(line, [content], pipes)
    line.sendall(content[sent:])


def _read(line: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        piece = line.recv(size - len(content))
        if not piece:
            raise ConnectionResetError
        content += piece
    return content


def serve_forks(carry_out: Callable[[], int]) -> int:
    """
    Fork a process for each message to begin one, until all its owners are gone; standard input is the first one's socket.

    ``carry_out``: what a forked process does, with its order on standard input; it returns its exit code.
    """
    gc.collect()
    gc.freeze()  # what is loaded is searched for garbage in no check, and its memory stays shared
    owners = selectors.DefaultSelector()
    owners.register(socket.socket(fileno=os.dup(sys.stdin.fileno())), selectors.EVENT_READ, set())
    while owners.get_map():
        for key, _ in owners.select():
            owner, checks = cast("socket.socket", key.fileobj), key.data
            try:
                _serve(owner, checks, owners, carry_out)
            except ConnectionError:
                owners.unregister(owner)
                owner.close()
                for pid in checks:
                    _end_process(pid)
    return 0


def _serve(
    owner: socket.socket, checks: set[int], owners: selectors.BaseSelector, carry_out: Callable[[], int]
) -> None:
    """Do what a message of an owner asks for. ``checks``: the owner's. ``ConnectionError``: it is gone."""
    message, pipes = _message(owner)
    if "share" in message:  # not answered, so that nobody waits until all is loaded
        owners.register(socket.socket(fileno=pipes[0]), selectors.EVENT_READ, set())
        return
    if "begin" in message:
        pid = os.fork()
        if not pid:
            for key in owners.get_map().values():
                cast("socket.socket", key.fileobj).close()
            _become(carry_out, message, *pipes)
        checks.add(pid)
        for pipe in pipes:
            os.close(pipe)
    elif (pid := message["end"]) in checks:  # else it belonged to a loaded process before this one
        checks.remove(pid)
        _end_process(pid)
    owner.sendall(pid.to_bytes(_LENGTH_BYTES, "big"))


def _end_process(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _message(owner: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return the next message with its pipes. ``ConnectionError``: the owner is gone."""
    size, pipes, _, _ = socket.recv_fds(owner, _LENGTH_BYTES, _PIPES)
    if not size:
        raise ConnectionResetError
    size += _read(owner, _LENGTH_BYTES - len(size))
    return orjson.loads(_read(owner, int.from_bytes(size, "big"))), pipes


def _become(carry_out: Callable[[], int], message: dict[str, Any], order: int, told: int) -> NoReturn:
    """Be the check: in the owner's folder, with the environment that it gave, its order and its answers as the standard streams."""
    code = 1
    try:
        os.setsid()
        os.chdir(message["folder"])
        os.environ.clear()
        os.environ.update(message["begin"])
        if hasattr(time, "tzset"):
            time.tzset()
        for pipe, stream in ((order, 0), (told, 1)):
            os.dup2(pipe, stream)
            os.close(pipe)
        code = carry_out()
        sys.stdout.flush()
    finally:
        os._exit(code)


def end(check: CheckBegun) -> None:
    """End a check and forget its pipes."""
    check.kill()
    for pipe in (check.stdin, check.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    check.wait()
