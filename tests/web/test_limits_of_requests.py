"""Requests that bring too much, too many parts, or too little at a time; by real HTTP."""

from __future__ import annotations

import re
import socket
import tempfile
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page_visitors import listened, visited
from starlette.responses import PlainTextResponse

from importer.ledger.page.user_records import Role
from importer.web import serving, slow_requests
from importer.web.app import TABLE
from importer.web.site import FILE_BYTES, UPLOAD, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from page_visitors import Visitors
    from starlette.datastructures import UploadFile

    from importer.web.site import Visit


def took(visit: Visit) -> PlainTextResponse:
    file: UploadFile = visit.form["file"]
    return PlainTextResponse(str(file.size))


UPLOADS = (Route("POST", "/take", took, lowest=None, form=UPLOAD),)
HEAD = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
TAIL = b"\r\n--cut--\r\n"
LOGIN = (
    b'--cut\r\nContent-Disposition: form-data; name="name"\r\n\r\ndana\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="password"\r\n\r\nno password of hers'
)
FORM = "multipart/form-data; boundary=cut"
OURS = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
MEGABYTE = b"x" * 1_000_000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    with visited(tmp_path_factory.mktemp("limits"), table=TABLE + UPLOADS) as found:
        found.site.store.users.add("dana", "", Role.ADMIN, at=0)
        yield found


@pytest.fixture
def place(page: Visitors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with listened(page) as found:
        yield found
    assert list(tmp_path.iterdir()) == []
    assert [name for name in open_files() if str(tmp_path) in name] == []


def open_files() -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return found


def sent(place: tuple[str, int], blocks: object, *, length: int | None = None) -> tuple[int, str]:
    """Send a form in blocks, chunked where no length is given; return status and text of the answer."""
    connection = HTTPConnection(*place, timeout=30)
    headers = OURS | {"Content-Type": FORM} | ({} if length is None else {"Content-Length": str(length)})
    with suppress(BrokenPipeError, ConnectionResetError):  # it was refused before all of it was sent
        connection.request("POST", "/take", body=blocks, headers=headers, encode_chunked=length is None)
    try:
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def of_bytes(count: int) -> Iterator[bytes]:
    yield HEAD
    whole, rest = divmod(count, len(MEGABYTE))
    for _ in range(whole):
        yield MEGABYTE
    yield MEGABYTE[:rest]
    yield TAIL


def memory_from_now() -> int:
    """Return what this process holds, in kB; its peak is counted from now on."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(("count", "status"), [(FILE_BYTES, 200), (FILE_BYTES + 1, 413), (2 * FILE_BYTES, 413)])
def test_fifty_megabytes_and_no_byte_more(place: tuple[str, int], chunked: bool, count: int, status: int) -> None:
    """A file of 50 MB is taken; one byte more is refused in plain words; it costs little memory, and nothing is left on the disk."""
    length = None if chunked else count + len(HEAD) + len(TAIL)
    before = memory_from_now()
    if not chunked and count > FILE_BYTES + 100_000:
        # It is refused by its length alone; what is sent after that may meet a closed connection.
        found = sent(place, iter([HEAD]), length=length)
    else:
        found = sent(place, of_bytes(count), length=length)

    assert memory("VmHWM") - before < 100_000
    assert found[0] == status
    assert str(count) in found[1] if status == 200 else "up to 50 MB" in found[1]


@pytest.mark.parametrize("what", ["fields", "files"])
def test_ten_thousand_parts_are_refused(place: tuple[str, int], what: str) -> None:
    """A form of ten thousand parts is refused before they are taken apart."""
    name = b'; filename="a.csv"' if what == "files" else b""
    part = b'--cut\r\nContent-Disposition: form-data; name="a"' + name + b"\r\n\r\nb\r\n"
    began = time.monotonic()

    status, text = sent(place, iter([part * 10_000 + b"--cut--\r\n"]))

    assert status == 413
    assert "too large" in text
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(FORM, b"no boundary in here", id="no-boundary-in-the-body"),
        pytest.param("multipart/form-data", HEAD + TAIL, id="no-boundary-named"),
        pytest.param(FORM, b"--cut\r\nContent-Disposition: form-data\r\n\r\nb\r\n--cut--\r\n", id="no-name"),
        pytest.param(FORM, b"--cut\r\n" + b"X: y\r\n" * 3000 + b"\r\nb\r\n--cut--\r\n", id="many-headers-of-a-part"),
        pytest.param(f"{FORM}; charset=punycode", LOGIN + TAIL, id="slow-codec"),
        pytest.param(f"{FORM}; charset=undefined", LOGIN + TAIL, id="codec-that-fails"),
        pytest.param(f"{FORM}; charset=utf-8; charset=idna", LOGIN + TAIL, id="two-codecs"),
        pytest.param(FORM, b"--cut\r\nX: " + b"y" * 40_000 + b"\r\n\r\nb\r\n--cut--\r\n", id="long-header-of-a-part"),
    ],
)
def test_forms_that_no_browser_sends(place: tuple[str, int], kind: str, body: bytes) -> None:
    """A form that cannot be read is refused, and is no bug of the page."""
    connection = HTTPConnection(*place, timeout=30)
    connection.request("POST", "/login", body=body, headers=OURS | {"Content-Type": kind})

    assert connection.getresponse().status in {400, 413}
    connection.close()


def test_a_body_that_comes_too_slowly_ends(place: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of a byte now and then ends with 408, and the connection is closed."""
    monkeypatch.setattr(slow_requests, "GRACE_S", 0.6)
    began = time.monotonic()

    def slowly() -> Iterator[bytes]:
        for letter in HEAD:
            yield bytes([letter])
            time.sleep(0.1)

    status, text = sent(place, slowly(), length=5000)

    assert status == 408
    assert "too slow" in text
    assert time.monotonic() - began < 5


def test_a_slow_body_is_cut_off_within_half_a_minute() -> None:
    """The times that are really given add up to less than thirty seconds."""
    assert slow_requests.GRACE_S < 25
    assert serving.HEADER_S < 25


@pytest.mark.parametrize("first", [b"", b"GET / HT", b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /lo"])
def test_a_head_that_never_ends_is_closed(page: Visitors, first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which no whole head arrives is closed, also after an answer."""
    monkeypatch.setattr(serving, "HEADER_S", 0.5)
    with listened(page) as place, socket.create_connection(place, timeout=10) as connection:
        connection.sendall(first)
        began, received = time.monotonic(), b""
        while block := connection.recv(65536):
            received += block

    assert time.monotonic() - began < 8
    assert received.startswith(b"HTTP/1.1 200") if b"\r\n\r\n" in first else received == b""


@pytest.mark.parametrize("ending", [b"", b"no request at all\r\n\r\n"])
def test_whoever_takes_no_answer_is_left(page: Visitors, ending: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of which nobody reads what was asked for are given up, also those that wait for their end alone."""
    monkeypatch.setattr(serving, "READING_S", 0.5)
    with listened(page) as place:
        deaf = [
            unread(place, b"GET /static/htmx.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200 + ending)
            for _ in range(5)
        ]
        began = time.monotonic()
        while any(is_open(each) for each in deaf) and time.monotonic() < began + 20:
            time.sleep(0.2)

        assert not any(is_open(each) for each in deaf)
        for each in deaf:
            each.close()


def unread(place: tuple[str, int], asked: bytes) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(place)
    connection.sendall(asked)
    return connection


def is_open(connection: socket.socket) -> bool:
    """Whether the other end has not given a connection up; nothing is read of it. TCP's states: 1 is established."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1


def test_a_slow_reader_gets_all_of_it(page: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes an answer slowly, for longer than anybody is waited for who takes nothing, gets all of it."""
    monkeypatch.setattr(serving, "READING_S", 1.5)
    asked = 150
    with listened(page) as place, socket.create_connection(place, timeout=4) as connection:
        connection.sendall(b"GET /static/htmx.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * asked)
        received, began = bytearray(), time.monotonic()
        while block := connection.recv(100_000):
            received += block
            time.sleep(0.05)

    assert time.monotonic() - began > 3
    assert received.count(b"HTTP/1.1 200 OK") == asked


def test_others_are_answered_meanwhile(place: tuple[str, int]) -> None:
    """While twenty bodies and heads trickle in, another browser gets its page at once."""
    slow = [socket.create_connection(place, timeout=10) for _ in range(20)]
    for number, connection in enumerate(slow):
        head = b"POST /take HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\n"
        connection.sendall(head + (b"Content-Type: text/plain\r\nContent-Length: 999\r\n\r\nx" if number % 2 else b""))
    began = time.monotonic()
    connection = HTTPConnection(*place, timeout=10)
    connection.request("GET", "/login")

    assert connection.getresponse().status == 200
    assert time.monotonic() - began < 5
    connection.close()
    for each in slow:
        each.close()


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("\\" * 60_000, id="backslashes"),
        pytest.param("a\\1" * 20_000, id="numbers-behind-backslashes"),
        pytest.param('\\"' * 30_000, id="quotes-behind-backslashes"),
        pytest.param("=;" * 30_000, id="many"),
    ],
)
def test_a_cookie_that_no_browser_was_given_costs_no_time(place: tuple[str, int], cookie: str) -> None:
    """Ten heads full of backslashes, which anybody may send, are answered at once; undoing such quotes takes seconds each."""
    name = f"importer-{place[1]}"
    began = time.monotonic()
    for named in [name, "importer-8080", "importer-said"] * 3:
        connection = HTTPConnection(*place, timeout=60)
        connection.request("GET", "/login", headers={"Cookie": f'{named}="{cookie}"'})
        assert connection.getresponse().status == 200
        connection.close()

    assert time.monotonic() - began < 4
