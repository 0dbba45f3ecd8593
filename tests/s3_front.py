"""A server before the one with the buckets: it passes requests on, and does to some what a bad night does."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>canary of the server</Message></Error>'
LISTING = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>'
    "<Contents>{contents}</Contents></ListBucketResult>"
)


@dataclass
class Front:
    """
    The server. ``fault``: method and path -> what comes instead of the answer, None for the answer itself.

    A fault is a status with an error code, ``listing`` with what a listing tells of its one object, or ``cut`` (half of the body, then nothing), ``longer`` (more than was listed), or
    ``elsewhere`` with the address of another server. ``seen``: what was asked, method and path.
    """

    endpoint: str
    behind: str
    fault: Callable[[str, str], tuple[str, str] | None] = lambda _method, _path: None
    seen: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    front: ClassVar[Front]

    def _answer(self) -> None:
        front, path = self.front, self.path.partition("?")[0]
        front.seen.append((self.command, path))
        front.headers.append(dict(self.headers))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, what = front.fault(self.command, path) or ("", "")
        if kind == "listing":
            self._send(200, {"Content-Type": "application/xml"}, LISTING.format(contents=what).encode())
        elif kind.isdigit():
            self._send(int(kind), {}, ERROR.format(code=what).encode())
        elif kind == "elsewhere":
            self._send(307, {"Location": what + self.path}, b"")
        else:
            self._pass_on(body, kind)

    def _pass_on(self, body: bytes, fault: str) -> None:
        behind = urlsplit(self.front.behind)
        asked = http.client.HTTPConnection(str(behind.hostname), behind.port, timeout=30)
        asked.request(self.command, self.path, body, dict(self.headers))
        got = asked.getresponse()
        content = got.read() + (b"x" * 5_000 if fault == "longer" else b"")
        asked.close()
        headers = {
            name: value for name, value in got.getheaders() if name.lower() not in {"content-length", "connection"}
        }
        length = got.getheader("Content-Length") if self.command == "HEAD" else None
        self._send(got.status, headers, content, length=length, sent=len(content) // 2 if fault == "cut" else None)

    def _send(
        self,
        status: int,
        headers: dict[str, str],
        content: bytes,
        *,
        length: str | None = None,
        sent: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[:sent])
        self.close_connection = sent is not None

    do_GET = do_HEAD = do_PUT = do_DELETE = _answer  # noqa: N815 - names of http.server

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def s3_front(behind: str) -> Iterator[Front]:
    """Run one before the server at this address."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.front = front = Front(f"http://127.0.0.1:{server.server_address[1]}", behind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
