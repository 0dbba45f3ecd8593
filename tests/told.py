"""Somebody who is told: a server on loopback that takes notices and heartbeats, and one that takes mails."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Told:
    """
    What came. ``notices``: title and text; ``beats``: how often the heartbeat was asked for.

    ``deaf``: paths that answer with an error; ``slow``: seconds before an answer.
    """

    port: int = 0
    notices: list[tuple[str, str, str]] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    hangs: threading.Event | None = None

    def url(self, name: str = "desk") -> str:
        """Return the address of a target, as apprise reads it."""
        return f"json://127.0.0.1:{self.port}/{name}"

    @property
    def heartbeat(self) -> str:
        """The address of the heartbeat."""
        return f"http://127.0.0.1:{self.port}/beat?canary=1"

    def titles(self, name: str = "desk") -> list[str]:
        """Return the titles that a target got, without what they all begin with."""
        return [title.removeprefix("Appointment importer: ") for to, title, _ in self.notices if to == f"/{name}"]


@contextmanager
def told() -> Iterator[Told]:
    """Run the server."""
    found = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if found.hangs is not None:
                found.hangs.wait(30)
            if self.path not in found.deaf:
                found.notices.append((self.path, body["title"], body["message"]))
            self._end()

        def do_GET(self) -> None:
            found.beats.append(self.path)
            self._end()

        def _end(self) -> None:
            self.send_response(500 if self.path in found.deaf or self.path.partition("?")[0] in found.deaf else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        if found.hangs is not None:
            found.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def mails() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Run a server that takes mails; give its port, and the subject and text of what came."""
    found: list[tuple[str, str]] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line.strip().upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = b"".join(iter(self.rfile.readline, b".\r\n"))
                    mail = message_from_bytes(body, policy=policy.default)
                    text = mail.get_body(("plain", "html"))
                    found.append((str(mail["subject"]), text.get_content() if text else ""))  # type: ignore[attr-defined]
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], found
        server.shutdown()
        thread.join(10)
