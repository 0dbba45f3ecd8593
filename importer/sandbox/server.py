"""
The sandbox as a server: one listening socket, a thread a connection; also in the foreground.

``Sandbox`` is for embedding in a test or the demo; ``importer.sandbox.server`` runs one in the foreground.
"""

from __future__ import annotations

import errno
import json
import signal
import socket
import threading
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from importer.sandbox import admin
from importer.sandbox.admin import description
from importer.sandbox.effects_log import Effect, EffectsLog, Traffic, Visit
from importer.sandbox.faults import Behaviour, Bucket, Delivery, Faults, Rule
from importer.sandbox.http_connection import Answer, Line, Malformed, Request
from importer.sandbox.service import Service
from importer.sandbox.stored_reminders import Reminders, answer_json, refused

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType


_MEGABYTE: Final = b" " * 1_048_576


class Sandbox:
    """
    A stand-in for the API on loopback, for the length of a with-block.

    ``port`` 0 takes a free one. ``others``: tokens that are let in besides ``token``. ``effects_path``: where the effects log is kept; a log that is there already gives
    the sandbox its state back. ``faults``: rules in force from the start; ``seed`` makes their dice repeatable.
    ``tls``: a server's context, for https. Raises ``OSError`` when the port is taken or the log cannot be opened.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, each with its default
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = "sandbox",  # noqa: S107 - it guards nothing but made-up appointments
        others: Iterable[str] = (),
        behaviour: Behaviour | None = None,
        faults: Iterable[Rule] = (),
        effects_path: str | os.PathLike[str] | None = None,
        seed: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        how = behaviour or Behaviour()
        self._stopping = threading.Event()
        self._tls = tls
        self._log = EffectsLog(effects_path)
        self.token = token
        self.service = Service(
            reminders=Reminders(self._log, how),
            faults=Faults(faults, clock=time.monotonic, seed=seed),
            bucket=Bucket(clock=time.monotonic),
            traffic=Traffic(),
            behaviour=how,
            tokens=frozenset({token, *others}),
            pause=self._stopping.wait,
        )
        self._listener = _listening(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        self._lines: set[Line] = set()
        self._threads: set[threading.Thread] = set()
        self._doors = threading.Lock()
        self._acceptor = threading.Thread(target=self._accept, name="sandbox", daemon=True)

    @property
    def base_url(self) -> str:
        """The address without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def start(self) -> Self:
        """Begin to accept connections."""
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Cut all connections, end all threads, close the log."""
        self._stopping.set()
        _wake(self._listener)
        self._listener.close()
        self._acceptor.join(timeout=5)
        with self._doors:
            lines, threads = list(self._lines), list(self._threads)
        for line in lines:
            line.cut()
        for thread in threads:
            thread.join(timeout=5)
        self._log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def effects(self, action: str | None = None) -> list[Effect]:
        """Return what was really done, in order; ``action`` picks one kind."""
        return [effect for effect in list(self._log.effects) if action is None or effect.action == action]

    def requests(self) -> list[Visit]:
        """Return the API requests that came, in the order of their answers."""
        return self.service.traffic.visits()

    def reminders(self) -> list[dict[str, Any]]:
        """Return every reminder: uuid, values, cancelled, no_shows."""
        return self.service.reminders.snapshot()

    def stats(self) -> dict[str, Any]:
        """Return counts by action, status and fault, and the most calls under way at once."""
        return self.service.traffic.stats()

    def set_faults(self, *rules: Rule) -> None:
        """Put these fault rules in force, in place of all others; none switches faults off."""
        self.service.faults.set(rules)

    def switch(self, **changes: Any) -> None:
        """Change switches of the ``Behaviour``, such as ``latency_s`` or ``duplicates``."""
        self.service.switch(**changes)

    def adopt(self, uuid: str, values: Mapping[str, Any], *, phone: str, cancelled: bool) -> None:
        """Hold a reminder that another server made, for as long as this sandbox lives; it stands in no log."""
        self.service.reminders.adopt(uuid, values, phone=phone, cancelled=cancelled)

    def admit(self, *tokens: str) -> None:
        """Let in these tokens and no others."""
        self.service.tokens = frozenset(tokens)

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, as served at /openapi.json."""
        return description(self.base_url)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._attend, args=(sock,), daemon=True)
            with self._doors:
                self._threads.add(thread)
            thread.start()

    def _attend(self, sock: socket.socket) -> None:
        try:
            line = self._opened(sock)
        except OSError:
            sock.close()
        else:
            self._converse(line)
        with self._doors:
            self._threads.discard(threading.current_thread())

    def _opened(self, sock: socket.socket) -> Line:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(self._tls.wrap_socket(sock, server_side=True) if self._tls else sock)
        with self._doors:
            self._lines.add(line)
        return line

    def _converse(self, line: Line) -> None:
        try:
            while not self._stopping.is_set() and self._exchange(line):
                pass
        except OSError:
            pass  # the client has gone; what it asked is done or not, and the log tells
        finally:
            with self._doors:
                self._lines.discard(line)
            line.close()

    def _exchange(self, line: Line) -> bool:
        """Take one request and answer it; False when the connection is at its end."""
        try:
            request = line.read_request()
        except Malformed as error:
            answer = refused(error.status, str(error))
            line.send(answer.head(keep=False) + answer.body)
            return False
        if request is None:
            return False
        keep = request.headers.get("connection", "").lower() != "close"
        delivery = self._respond(request)
        if self._stopping.is_set():
            return False
        return self._deliver(line, delivery, keep=keep, bodiless=request.method == "HEAD")

    def _respond(self, request: Request) -> Delivery:
        if request.path.startswith(admin.PREFIX):
            return Delivery(admin.respond(self.service, request))
        if request.path == "/openapi.json" and request.method == "GET":
            return Delivery(answer_json(200, self.openapi))
        return self.service.respond(request)

    def _deliver(self, line: Line, delivery: Delivery, *, keep: bool, bodiless: bool) -> bool:
        answer, seconds = delivery.answer, delivery.seconds
        if delivery.manner == "whole":
            line.send(answer.head(keep=keep) + (b"" if bodiless else answer.body))
            return keep
        if delivery.manner == "reset":
            line.reset()
        elif delivery.manner == "silent":
            self._stopping.wait(seconds)
        elif delivery.manner == "truncated":
            line.send(answer.head() + answer.body[: len(answer.body) // 2])
        elif delivery.manner == "drip_header":
            self._drip(line, answer.head() + answer.body, seconds)
        elif delivery.manner == "drip_body":
            line.send(answer.head())
            self._drip(line, answer.body, seconds)
        elif delivery.manner == "huge":
            self._flood(line, answer, delivery.megabytes)
        else:
            line.send(answer.head() + answer.body)
        return False

    def _drip(self, line: Line, data: bytes, seconds: float) -> None:
        for place in range(len(data)):
            if self._stopping.wait(seconds):
                return
            line.send(data[place : place + 1])

    def _flood(self, line: Line, answer: Answer, megabytes: int) -> None:
        line.send(answer.head(length=len(answer.body) + megabytes * len(_MEGABYTE)) + answer.body)
        for _ in range(megabytes):
            line.send(_MEGABYTE)


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _wake(listener: socket.socket) -> None:
    with suppress(OSError):  # not every system wakes an accepting thread so; there closing does
        listener.shutdown(socket.SHUT_RDWR)


def serve(  # noqa: PLR0913 - keyword-only, one an option of the command
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    token: str = "sandbox",  # noqa: S107 - it guards nothing but made-up appointments
    others: Sequence[str] = (),
    effects: str | os.PathLike[str] | None = None,
    faults: str | os.PathLike[str] | None = None,
    behaviour: Behaviour | None = None,
    seed: int = 0,
    say: Callable[[str], None] = print,
    hints: Callable[[str], Sequence[str]] = lambda _base_url: (),
    until: threading.Event | None = None,
) -> None:
    """
    Run a sandbox until Ctrl-C, SIGTERM or ``until``.

    ``others``: tokens that are let in besides ``token``. ``effects``: the log's path, from which an earlier sandbox's state is taken up. ``faults``: a JSON file with a list
    of rules (``importer.sandbox.Rule``). ``say`` gets the line that tells the address, once it accepts calls, and then
    those that ``hints`` makes of the address.
    Raises ``OSError`` (port taken, file not readable) and ``ValueError`` (the rules cannot be read).
    """
    rules = [] if faults is None else read_rules(Path(faults))
    ended = until or threading.Event()
    sandbox = Sandbox(
        host=host,
        port=port,
        token=token,
        others=others,
        behaviour=behaviour,
        faults=rules,
        effects_path=effects,
        seed=seed,
    )
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    try:
        with sandbox:
            say(f"Sandbox at {sandbox.base_url} (description: {sandbox.base_url}/openapi.json)")
            for hint in hints(sandbox.base_url):
                say(hint)
            while not ended.wait(0.2):
                pass
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def read_rules(path: Path) -> list[Rule]:
    """Return the fault rules of a JSON file. Raises ``OSError`` and ``ValueError``."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, f"{path} is not a regular file")
    given = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(given, list):
        raise ValueError("a file of faults holds a JSON list of rules")  # noqa: TRY004 - the file is wrong, not the caller
    return [Rule.parse(one) for one in given]
