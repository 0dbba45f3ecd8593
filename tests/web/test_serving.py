"""``importer serve``: where it listens, what it refuses, and what it leaves behind."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
import trustme
from page_in_browser import Office, office
from page_visitors import PASSWORD, listened, visited

from importer.cli.entry import run
from importer.cli.terminal import Terminal
from importer.errors import UsageError
from importer.ledger.page.user_records import Role
from importer.web import static_files
from importer.web.app import TABLE
from importer.web.serving import place, proxy_address
from importer.web.site import Route
from importer.writing.atomic_files import opened_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import PlainTextResponse

    from importer.web.site import Visit

OURS = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


def asked(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("set-cookie", "").partition(";")[0] or answer.read().decode()
    connection.close()
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as made:
        yield made


def test_stopping_is_no_failure_and_a_login_outlives_the_server(desk: Office) -> None:
    """
    The first line names a link on this machine alone that lets its reader in, once; SIGTERM and Ctrl-C are no failure.

    The browser that was logged in still is when the page is started again, after a power cut too.
    """
    link = desk.open()
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/start/[A-Za-z0-9_-]{20,}", link)
    assert listening_of(desk) == [f"0100007F:{urlsplit(desk.url).port:04X}"]
    status, cookie = asked(desk.url, urlsplit(link).path)
    assert status == 303
    assert asked(desk.url, "/", Cookie=cookie)[0] == 200
    assert asked(desk.url, urlsplit(link).path)[0] == 403
    assert_small(desk)
    desk.page.process.send_signal(signal.SIGINT)
    assert desk.page.process.wait(timeout=60) == 0

    desk.reopen()
    assert asked(desk.url, "/", Cookie=cookie)[0] == 200
    desk.page.kill()

    desk.reopen()
    assert asked(desk.url, "/", Cookie=cookie)[0] == 200
    assert desk.page.stop() == 0


def listening_of(desk: Office) -> list[str]:
    """Return where the page listens, as the system writes it: address and port in hexadecimal."""
    descriptors = Path(f"/proc/{desk.page.process.pid}/fd")
    inodes = {str(path.readlink()) for path in descriptors.iterdir() if path.is_symlink()}
    return [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in inodes
    ]


def assert_small(desk: Office) -> None:
    """Assert that it started within seconds of processor time, and takes less than 300 MB."""
    about = Path(f"/proc/{desk.page.process.pid}")
    ticks = (about / "stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s+([0-9]+) kB", (about / "status").read_text())
    assert (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK") < 10
    assert peak is not None
    assert int(peak[1]) < 300_000


def test_tls_of_its_own(desk: Office) -> None:
    """With a certificate it speaks https alone, and tells browsers to come by no other way."""
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(desk.folder / "page.pem")
    desk.options = ("--ssl-certfile", str(desk.folder / "page.pem"))
    link = desk.open()
    assert link.startswith("https://127.0.0.1:")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    connection = HTTPSConnection(urlsplit(desk.url).netloc, context=context, timeout=30)
    connection.request("GET", urlsplit(link).path)
    answer = connection.getresponse()

    assert answer.status == 303
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert re.fullmatch(r"__Host-importer=\S+; HttpOnly; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"])
    connection.close()


@pytest.mark.parametrize(
    ("host", "how", "told"),
    [
        ("0.0.0.0", {"has_users": False}, "no users yet"),
        ("192.0.2.1", {"has_users": False, "public_url": "https://a.example"}, "no users yet"),
        ("127.0.0.1", {"has_users": False, "public_url": "https://a.example"}, "no users yet"),
        ("0.0.0.0", {}, "its address for them is not known"),
        ("::", {}, "its address for them is not known"),
        ("0.0.0.0", {"public_url": "http://a.example"}, "not https"),
        ("0.0.0.0", {"public_url": "https://a.example/page"}, "more than https://"),
        ("0.0.0.0", {"public_url": "https://u:p@a.example"}, "more than https://"),
        ("0.0.0.0", {"public_url": "https://a.example:99999"}, "cannot be read"),
        ("0.0.0.0", {"public_url": "https://ä.example"}, "more than https://"),
        ("0.0.0.0", {"public_url": "https://"}, "more than https://"),
    ],
)
def test_others_reach_no_page_that_is_not_ready_for_them(host: str, how: dict[str, Any], told: str) -> None:
    """Where others could reach it, it wants users and a public URL by TLS, and says so."""
    with pytest.raises(UsageError, match=told) as caught:
        place(host, 8080, **{"public_url": None, "has_tls": False, "has_users": True} | how)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("host", "public_url", "origin", "hosts"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:8080", ("127.0.0.1", "localhost", "[::1]")),
        ("::1", None, "http://[::1]:8080", ("127.0.0.1", "localhost", "[::1]")),
        ("0.0.0.0", "https://A.Example/", "https://a.example", ("a.example",)),
        ("127.0.0.1", "https://a.example:8443", "https://a.example:8443", ("a.example",)),
        ("0.0.0.0", "https://a.example:443", "https://a.example", ("a.example",)),
    ],
)
def test_where_browsers_find_it(host: str, public_url: str | None, origin: str, hosts: tuple[str, ...]) -> None:
    """The origin is spelled as browsers spell it, and the page answers by its own names alone."""
    found = place(host, 8080, public_url=public_url, has_tls=False, has_users=True)

    assert (found.origin, found.hosts, found.is_local) == (origin, hosts, public_url is None)


def test_behind_a_proxy_posts_come_from_the_public_address(tmp_path: Path) -> None:
    """Behind TLS the origin is compared with the public URL, whatever name and scheme the proxy uses within."""
    with visited(tmp_path, public_url="https://imports.example.org") as page:
        page.add("dana")
        browser = page.browser()
        form = {"name": "dana", "password": PASSWORD}

        def tried(origin: str, host: str = "imports.example.org") -> int:
            headers = {"origin": origin, "host": host}
            return browser.post("/login", data=form, headers=headers).status_code

        assert tried("https://imports.example.org") == 303
        assert tried("http://imports.example.org") == 403
        assert tried("https://imports.example.org:8443") == 403
        assert tried("http://127.0.0.1:8080") == 403
        assert tried("https://imports.example.org", "127.0.0.1") == 400


def test_a_proxy_is_named_by_its_address() -> None:
    """A proxy that is trusted is named by its address, not by a name that somebody else may lead elsewhere."""
    assert proxy_address("10.0.0.5") == "10.0.0.5"
    assert proxy_address("2001:DB8:0::1") == "2001:db8::1"
    with pytest.raises(UsageError, match="no address"):
        proxy_address("proxy.example.org")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--host", "0.0.0.0"), "it has no users yet"),
        (("--host", "192.0.2.1", "--public-url", "https://a.example"), "it has no users yet"),
        (("--ssl-keyfile", "key.pem"), "a key but no certificate"),
        (("--ssl-certfile", "none.pem"), "The certificate or its key cannot be used"),
        (("--user-header", "X-User"), "believed from nobody"),
        (("--trusted-proxy", "proxy"), "no address of a proxy"),
        (("--host", "no such name"), "no users yet"),
    ],
)
def test_refuses_in_a_sentence(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    """What it cannot do is told in a sentence before it listens."""
    assert told in refusal(tmp_path, "--port", "0", *options)


def refusal(folder: Path, *options: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    line = ["serve", "--ledger", str(folder / "ledger.db"), *options]

    assert run(line, Terminal(out=out, err=err, environ={})) == 2
    assert out.getvalue() == ""
    return err.getvalue()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """A port that is taken is told, with what to try."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = refusal(tmp_path, "--port", str(taken.getsockname()[1]))

    assert "Try another --port" in told


MISSING = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"starlette", "uvicorn", "argon2", "python_multipart", "httpx2"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
from importer.cli import main
main()
"""


@pytest.mark.parametrize("words", [("serve",), ("users", "add", "dana")])
def test_a_missing_extra_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Without the extra one sentence says what to install."""
    done = subprocess.run(
        [sys.executable, "-c", MISSING, *words, "--ledger", str(tmp_path / "ledger.db")],
        env=os.environ | {"HOME": str(tmp_path)},
        cwd=tmp_path,
        input="four words of hers\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "The page is not installed.",
        "Install it with: pip install 'appointment-importer[web]'",
    ]


def test_static_files_are_asked_for_once(tmp_path: Path) -> None:
    """A style sheet or script that the browser has is not sent again; one that is not there is not there."""
    with visited(tmp_path) as page:
        browser = page.browser()
        for name in static_files.KINDS:
            first = browser.get(f"/static/{name}")
            again = browser.get(f"/static/{name}", headers={"if-none-match": first.headers["etag"]})
            assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
            assert len(first.content) > 100
        assert browser.get("/static/base.html.j2").status_code == 404
        assert browser.get("/static/..%2fapp.py").status_code == 404


def test_htmx_is_the_one_that_was_looked_at() -> None:
    """The vendored script is htmx 2.0.11, byte by byte: a later one renames its events."""
    import hashlib

    content = static_files.static_files()["htmx.min.js"].content

    assert hashlib.sha256(content).hexdigest() == "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
    assert b'version:"2.0.11"' in content


CANARY = "canary-of-a-patient"


def of_a_bug(visit: Visit) -> PlainTextResponse:
    raise ValueError(visit.text("name") or CANARY)


@contextmanager
def logged(folder: Path) -> Iterator[Any]:
    routes = (Route("GET", "/bug/{id}", of_a_bug, lowest=None), Route("POST", "/bug", of_a_bug, lowest=Role.VIEWER))
    with opened_log(folder / "page.log", lambda: 1.0) as log, visited(folder, table=TABLE + routes, log=log) as page:
        yield page


def test_logs_hold_no_name_of_a_patient(tmp_path: Path) -> None:
    """Neither the log nor what is printed nor an answer holds what stood in an address, a form, a header or a bug."""
    with logged(tmp_path) as page:
        browser = page.add("dana")
        answers = [
            browser.get(f"/bug/{CANARY}?q={CANARY}"),
            browser.send_form("/bug", name=CANARY),
            browser.get(f"/no/such/{CANARY}", params={"phone": CANARY}),
            browser.get("/", headers={"user-agent": CANARY, "referer": f"http://127.0.0.1:8080/{CANARY}"}),
            browser.get("/", headers={"host": CANARY}),
            browser.send_form("/login", name="nobody", password=CANARY),
        ]
        said = "\n".join(page.said)

    log = (tmp_path / "page.log").read_text()
    assert CANARY not in log + said
    assert [answer.status_code for answer in answers] == [500, 500, 404, 200, 400, 403]
    assert not any(CANARY in answer.text for answer in answers)
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"method", "route", "status", "ms"} <= lines[0].keys()
    assert {"event": "bug", "kind": "ValueError"}.items() <= next(
        line for line in lines if line["event"] == "bug"
    ).items()
    assert "in of_a_bug" in said
    assert "ValueError" in said


def test_a_bug_is_answered_in_plain_words(tmp_path: Path) -> None:
    """Whoever meets a bug reads what to do, with the headers of every answer."""
    with logged(tmp_path) as page:
        answer = page.add("dana").get("/bug/1")

    assert answer.status_code == 500
    assert "nothing is sent twice" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_browser_that_leaves_is_no_bug(tmp_path: Path) -> None:
    """A connection that ends in the middle of a form is no bug, and others are served on."""
    with visited(tmp_path) as page, listened(page) as where:
        connection = HTTPConnection(*where, timeout=10)
        connection.putrequest("POST", "/login")
        for name, value in OURS.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "500")
        connection.endheaders()
        connection.send(b"name=dana&")
        connection.close()
        form = urlencode({"name": "dana", "password": "wrong password"})
        other = HTTPConnection(*where, timeout=10)
        other.request("POST", "/login", body=form, headers=OURS)
        assert other.getresponse().status == 403
        other.close()

        assert page.said == []
