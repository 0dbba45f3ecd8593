"""Servers of buckets that send a byte now and then, never enough, or without end: each call of a pass ends all the same."""

from __future__ import annotations

import os
import signal
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from drop_servers import CREDENTIALS

from importer.errors import DropUnreachable, Interrupted
from importer.ingest.listing import Entry
from importer.ingest.places import bucket as bucket_module
from importer.ingest.places import remote
from importer.ingest.places.bucket import BucketPlace
from importer.ingest.places.remote import MOST_ANSWER_BYTES, Network, StoppedError
from importer.interrupts import StopSignal
from importer.model.drops import Bucket, Drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = Path(sys.executable).with_name("importer")
SHORT_S = 1.0
SURELY_S = 20.0
"""What must end within ``SHORT_S`` has ended by then, on a busy machine, too."""

ENDLESS = 200 << 20
ENTRY = Entry("a.csv", "a.csv", "abc", 100_000, 0.0)
ITEM = (
    '<Contents><Key>in/a.csv</Key><ETag>"abc"</ETag><Size>100000</Size>'
    "<LastModified>2026-11-30T00:00:00.000Z</LastModified></Contents>"
)
LISTING = f'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>{ITEM}</ListBucketResult>'.encode()
HEAD = b'HTTP/1.1 200 OK\r\nETag: "abc"\r\n'


def drip(send: Callable[[bytes], Any], text: bytes) -> None:
    """Send a byte now and then, blanks in the end."""
    for place in range(1_000):
        send(text[place : place + 1] or b" ")
        time.sleep(0.1)


def head_drips(send: Callable[[bytes], Any], _asked: bytes) -> None:
    drip(send, b"HTTP/1.1 200 OK\r\nX-Long: ")


def interim_answers(send: Callable[[bytes], Any], _asked: bytes) -> None:
    drip(lambda _byte: send(b"HTTP/1.1 100 Continue\r\n\r\n"), b"")


def body_drips(send: Callable[[bytes], Any], _asked: bytes) -> None:
    send(HEAD + b"Content-Length: 100000\r\n\r\n")
    drip(send, LISTING)


def chunks_drip(send: Callable[[bytes], Any], _asked: bytes) -> None:
    send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    drip(lambda byte: send(b"1\r\n" + byte + b"\r\n"), LISTING)


def pages_without_end(send: Callable[[bytes], Any], _asked: bytes) -> None:
    token = f"<NextContinuationToken>{time.monotonic_ns()}</NextContinuationToken>"
    page = LISTING.replace(b"false", b"true").replace(ITEM.encode(), token.encode())
    send(HEAD + b"Content-Length: %d\r\n\r\n" % len(page) + page)


def refusal_breaks_off(send: Callable[[bytes], Any], _asked: bytes) -> None:
    send(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Err")
    raise ConnectionError


def file_drips(send: Callable[[bytes], Any], asked: bytes) -> None:
    if b"list-type" in asked:
        send(HEAD + b"Content-Length: %d\r\n\r\n" % len(LISTING) + LISTING)
    else:
        body_drips(send, asked)


def floods(send: Callable[[bytes], Any], _asked: bytes) -> None:
    send(HEAD + b"Content-Length: %d\r\n\r\n" % ENDLESS)
    for _ in range(ENDLESS >> 20):
        send(b" " * (1 << 20))


def error_floods(send: Callable[[bytes], Any], _asked: bytes) -> None:
    send(b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n" % ENDLESS)
    for _ in range(ENDLESS >> 20):
        send(b" " * (1 << 20))


def says_nothing(_send: Callable[[bytes], Any], _asked: bytes) -> None:
    time.sleep(30)


class Server:
    """A server of one kind. ``asked``: how many requests came; ``sent``: bytes that it got rid of."""

    def __init__(self, kind: Callable[..., None], port: int, scheme: str) -> None:
        self.kind = kind
        self.endpoint = f"{scheme}://localhost:{port}"
        self.asked = 0
        self.sent = 0
        self.is_asked = threading.Event()


@contextmanager
def serving(kind: Callable[..., None], *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run one, of TLS where a context is given."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                if tls is None:
                    self.answer(self.request)
                    return
                with tls.wrap_socket(self.request, server_side=True) as sock:
                    self.answer(sock)

        def answer(self, sock: Any) -> None:
            while asked := self.head(sock):
                made.asked += 1
                made.is_asked.set()
                made.kind(lambda data: self.send(sock, data), asked)

        def head(self, sock: Any) -> bytes:
            found = b""
            while b"\r\n\r\n" not in found and (more := sock.recv(1)):
                found += more
            return found

        def send(self, sock: Any, data: bytes) -> None:
            sock.sendall(data)
            made.sent += len(data)

    class Threads(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Threads(("127.0.0.1", 0), Handler)
    server.block_on_close = False
    made = Server(kind, server.server_address[1], "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise ends after a second; nobody waits before another attempt."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for name in ("ANSWER_S", "COPY_S"):
        monkeypatch.setattr(bucket_module, name, SHORT_S)


def place_of(server: Server, stop: StopSignal | None = None, **how: Any) -> BucketPlace:
    place = Bucket("bucket", "in/", endpoint=server.endpoint)
    return BucketPlace(place, Drop("north", place), Network(2.0, **how), stop)


def read_all(place: BucketPlace) -> None:
    with place.reading(ENTRY) as source:
        assert source is not None
        while source.read(1 << 20):
            pass


CALLS: dict[str, Callable[[BucketPlace], object]] = {
    "listing": BucketPlace.listing,
    "look": lambda place: place.look("a.csv"),
    "reading": read_all,
    "names_in": lambda place: place.names_in("done"),
    "content": lambda place: place.content("a.csv", 1_000_000),
    "put": lambda place: place.put("done/b.txt", b"x" * 30_000_000),
    "remove": lambda place: place.remove("a.csv"),
}


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (head_drips, "listing"),
        (interim_answers, "put"),
        (body_drips, "content"),
        (file_drips, "reading"),
        *(pytest.param(head_drips, call, marks=pytest.mark.long) for call in CALLS if call != "listing"),
        *(
            pytest.param(kind, call, marks=pytest.mark.long)
            for kind, call in (
                (interim_answers, "listing"),
                (body_drips, "listing"),
                (body_drips, "names_in"),
                (chunks_drip, "listing"),
                (pages_without_end, "listing"),
                (says_nothing, "listing"),
                (says_nothing, "put"),
            )
        ),
    ],
)
def test_each_call_ends_when_it_was_promised_to(kind: Callable[..., None], call: str) -> None:
    """However slowly the bytes come, or go, and whatever they are, the call ends as a fault and is not tried again."""
    with serving(kind) as server:
        place = place_of(server)
        began = time.monotonic()
        with pytest.raises((DropUnreachable, OSError), match="its bytes come too slowly"):
            CALLS[call](place)
        took = time.monotonic() - began
        place.close()

    assert took < SURELY_S
    assert server.asked == 1 or kind is pages_without_end


@pytest.mark.parametrize("kind", [head_drips, pytest.param(body_drips, marks=pytest.mark.long)])
def test_it_ends_over_tls_too(kind: Callable[..., None], tmp_path: Path) -> None:
    """Over TLS the waits are those of the records, and the call ends as well; a good answer is read as ever."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with serving(kind, tls=context) as server:
        place = place_of(server, ca_bundle=tmp_path / "ca.pem")
        began = time.monotonic()
        with pytest.raises(DropUnreachable, match="its bytes come too slowly"):
            place.listing()
        assert time.monotonic() - began < SURELY_S
        server.kind = file_drips
        assert list(place.listing().entries) == ["a.csv"]
        place.close()


@pytest.mark.parametrize(
    ("kind", "call"), [(floods, "listing"), (error_floods, "content"), (error_floods, "reading"), (floods, "put")]
)
def test_an_answer_without_end_is_not_read(
    kind: Callable[..., None], call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no file is read as far as a listing of 1,000 names can be long, and not taken into memory whole."""
    for name in ("ANSWER_S", "COPY_S"):
        monkeypatch.setattr(bucket_module, name, 60.0)
    with serving(kind) as server:
        place = place_of(server)
        with pytest.raises((DropUnreachable, OSError), match="far too large"):
            CALLS[call](place)
        place.close()

    assert server.sent < MOST_ANSWER_BYTES + (16 << 20)
    assert server.asked == 1


def test_a_refusal_that_breaks_off_is_a_fault_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the connection ends in the middle of the text of a refusal, that is told as any broken connection."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with serving(refusal_breaks_off) as server:
        place = place_of(server)
        with pytest.raises(ConnectionError, match="cannot be reached"):
            read_all(place)
        place.close()


def test_a_listing_of_the_longest_names_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 names of 1,024 bytes, each written as XML may write it, are no flood."""
    for name in ("ANSWER_S", "COPY_S"):
        monkeypatch.setattr(bucket_module, name, 60.0)
    items = "".join(ITEM.replace("a.csv", "&quot;" * 1_000 + f"{at:04}.csv") for at in range(1_000))
    whole = LISTING.replace(ITEM.encode(), items.encode())

    def sends(send: Callable[[bytes], Any], _asked: bytes) -> None:
        send(HEAD + b"Content-Length: %d\r\n\r\n" % len(whole) + whole)

    with serving(sends) as server:
        place = place_of(server)
        assert len(place.listing().left) == 1_000
        place.close()


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (body_drips, "listing"),
        (file_drips, "reading"),
        pytest.param(head_drips, "reading", marks=pytest.mark.long),
        pytest.param(says_nothing, "listing", marks=pytest.mark.long),
    ],
)
def test_a_wish_to_stop_ends_it(kind: Callable[..., None], call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wish to stop ends a look and a copy in a moment, long before their time is over; what was copied is not kept."""
    for name in ("ANSWER_S", "COPY_S"):
        monkeypatch.setattr(bucket_module, name, 600.0)
    monkeypatch.setattr(remote, "STOP_S", 0.5)
    stop = StopSignal()
    with serving(kind) as server:
        place = place_of(server, stop)
        threading.Timer(0.5, stop.set, (signal.SIGTERM,)).start()
        began = time.monotonic()
        with pytest.raises(Interrupted) as left:
            CALLS[call](place)
        took = time.monotonic() - began
        with pytest.raises(StoppedError):
            place.look("a.csv")
        assert time.monotonic() - began < took + 1.0
        place.close()

    assert took < SURELY_S
    assert left.value.exit_code == 143


@pytest.mark.parametrize("kind", [pytest.param(body_drips, marks=pytest.mark.long), file_drips])
def test_one_sigterm_ends_the_command(kind: Callable[..., None], tmp_path: Path) -> None:
    """An ingest that waits for such a server ends some seconds after one SIGTERM, with 143."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("IMPORTER_")}
    with serving(kind) as server:
        environ |= {
            "IMPORTER_TOKEN": "token",
            "IMPORTER_BASE_URL": "http://127.0.0.1:9",
            "IMPORTER_LEDGER": str(tmp_path / "ledger.db"),
            "IMPORTER_REPORTS": str(tmp_path / "reports"),
            "XDG_CONFIG_HOME": str(tmp_path / "home"),
        }
        settings = tmp_path / "settings.toml"
        settings.write_text(
            f'[drop.north]\npath = "s3://bucket/in/"\nendpoint = "{server.endpoint}"\nsettle_s = 0\n', encoding="utf-8"
        )
        command = [str(PROGRAM), "ingest", "north", "--config", str(settings)]
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            assert server.is_asked.wait(60)
            time.sleep(2)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            code = process.wait(60)

    assert time.monotonic() - began < remote.STOP_S + SURELY_S
    assert code == 143
