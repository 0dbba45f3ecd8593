"""An HTTPS server on loopback whose answers are told beforehand, as the place in which a sheet is published."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Published:
    """
    What lies behind which path: status, headers, and body, or what writes it.

    ``bundle``: the authority's certificate. ``asked``: path and headers of each request.
    """

    port: int
    bundle: Path
    answers: dict[str, tuple[int, dict[str, str], bytes | Callable[[Any], None]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def link(self, path: str = "/week.csv", host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def publish(
        self, body: bytes | Callable[[Any], None], path: str = "/week.csv", status: int = 200, **headers: str
    ) -> str:
        told = {name.replace("_", "-"): text for name, text in headers.items()} or {"Content-Type": "text/csv"}
        self.answers[path] = (status, told, body)
        return self.link(path)


@contextmanager
def link_server(folder: Path) -> Iterator[Published]:
    """Give a server that is gone with the block."""
    authority = trustme.CA()
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", "other.localhost").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:  # the library's name
            published.asked.append((self.path, dict(self.headers)))
            status, headers, body = published.answers.get(self.path, (404, {"Content-Type": "text/plain"}, b"none"))
            self.close_connection = True
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if isinstance(body, bytes) and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                if isinstance(body, bytes):
                    self.wfile.write(body)
                else:
                    body(self.wfile.write)
            except OSError:
                pass  # whoever asked has left

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing of connections that broke off."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    published = Published(server.server_address[1], bundle)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield published
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
