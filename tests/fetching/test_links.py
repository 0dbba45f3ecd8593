"""A published sheet behind a link goes the way of a file; whatever else stands there is told in a useful sentence."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from desk import EVENT_TYPE, ROW, Desk, appointments, read_csv, statuses
from link_server import Published, link_server
from table_writers import write_xlsx

from importer.commands.plan import plan
from importer.commands.run import run
from importer.errors import FileRefused, ImporterError, SettingsError, SourceUnreachable, UsageError
from importer.fetching.fetched_source import fetched
from importer.fetching.named_sources import MOST_BYTES, Link
from importer.fetching.network_guard import is_public
from importer.model.profile import Profile
from importer.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.commands.job import Job

PAGE = b"<!DOCTYPE html><html><head><title>Sheet</title></head><body>A page.</body></html>"
LOGIN = b"<html><body><form action='/login'><input type='password'></form></body></html>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with link_server(tmp_path_factory.mktemp("links")) as found:
        yield found


def job_of(desk: Desk, server: Published, link: str, hosts: tuple[str, ...] = (), **settings: Any) -> Job:
    desk.profile = Profile(event_type=EVENT_TYPE, link=link, link_hosts=hosts)
    return desk.job(**{"private_links": True, "ca_bundle": server.bundle, **settings})


def sheet(desk: Desk, count: int = 2) -> bytes:
    with open(desk.sheet(*appointments(count)), "rb") as file:  # noqa: PTH123 - it is a text
        return file.read()


def refused(desk: Desk, server: Published, link: str, **settings: Any) -> ImporterError:
    hosts = settings.pop("hosts", ())
    with pytest.raises(ImporterError) as caught, fetched(job_of(desk, server, link, hosts, **settings), []):
        pass
    told = f"{caught.value} {caught.value.fix}"
    assert "secret-of-the-link" not in told
    return caught.value


def test_a_published_sheet_is_sent_like_a_file(desk: Desk, server: Published) -> None:
    """CSV and XLSX; rows have the sheet's own numbers; nothing but the host of the link is written anywhere."""
    link = server.publish(sheet(desk), "/secret-of-the-link/week.csv?output=csv")
    with fetched(job_of(desk, server, link), []) as (job, paths):
        first = run(job, paths)
    book = desk.folder / "week.xlsx"
    write_xlsx(book, [list(ROW), *(list(row.values()) for row in appointments(2))])
    server.publish(
        book.read_bytes(), "/secret-of-the-link/week.csv?output=csv", Content_Type="application/octet-stream"
    )
    with fetched(job_of(desk, server, link), []) as (job, paths):
        again = plan(job, paths)

    assert statuses(first) == ["created", "created"]
    assert [(row["result_file"], row["result_row"]) for row in read_csv(first.paths["results.csv"])] == [
        ("localhost week.csv", "2"), ("localhost week.csv", "3"),
    ]  # fmt: skip
    assert again.sums == {"unchanged": 2}
    desk.folder.joinpath("week.csv").unlink()
    everything = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert b"secret-of-the-link" not in everything
    _, headers = server.asked[-1]
    assert {"Cookie", "Authorization"}.isdisjoint(headers)


@pytest.mark.parametrize(
    ("answered", "code"),
    [
        ((200, {"Content-Type": "text/html; charset=utf-8"}, PAGE), "link_no_sheet"),
        ((200, {"Content-Type": "text/csv"}, b"\xef\xbb\xbf  " + PAGE), "link_no_sheet"),
        ((200, {"Content-Type": "text/html"}, LOGIN), "link_login"),
        ((200, {"Content-Type": "application/pdf"}, b"%PDF-1.7"), "link_no_sheet"),
        ((200, {"Content-Type": "application/json"}, b'{"error": 1}'), "link_no_sheet"),
        ((200, {"Content-Type": "text/csv", "Content-Encoding": "gzip"}, b"\x1f\x8b"), "link_no_sheet"),
        ((200, {"Content-Type": "text/csv", "Content-Length": str(60_000_000)}, b"a,b"), "file_too_large"),
        ((200, {"Content-Type": "text/csv", "Content-Length": "9" * 5000}, b"a,b"), "file_too_large"),
        ((401, {"WWW-Authenticate": "Basic"}, b""), "link_login"),
        ((403, {}, b""), "link_login"),
        ((404, {}, PAGE), "link_gone"),
        ((204, {}, b""), "link_no_sheet"),
        ((302, {"Location": "https://accounts.google.example/ServiceLogin?x=secret-of-the-link"}, b""), "link_login"),
        ((302, {"Location": "https://elsewhere.example/week.csv"}, b""), "link_redirects"),
        ((302, {"Location": "http://localhost/week.csv"}, b""), "link_redirects"),
        ((302, {"Location": "https://me:secret-of-the-link@localhost/week.csv"}, b""), "link_redirects"),
        ((302, {"Location": "https://[secret-of-the-link/"}, b""), "link_redirects"),
        ((302, {}, b""), "link_redirects"),
        ((301, {"Location": "/odd"}, b""), "link_redirects"),
    ],
)
def test_what_is_no_sheet_is_told(
    desk: Desk, server: Published, answered: tuple[int, dict[str, str], bytes], code: str
) -> None:
    """A page, a login, another type, a redirect out of the host, 60 MB: refused, with what to do."""
    status, headers, body = answered
    link = server.publish(body, "/odd", status, **{name.replace("-", "_"): text for name, text in headers.items()})

    error = refused(desk, server, link)

    assert isinstance(error, FileRefused)
    assert (error.code, bool(error.fix)) == (code, True)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_for_another_time(desk: Desk, server: Published, status: int) -> None:
    """Exit 5, as an API that cannot be reached."""
    error = refused(desk, server, server.publish(b"", "/trouble", status, Content_Type="text/csv"))

    assert isinstance(error, SourceUnreachable)


def test_bytes_without_end_are_not_kept(desk: Desk, server: Published) -> None:
    """60 MB that no length announces: cut at the limit, which costs no more than that."""

    def endless(write: Callable[[bytes], Any]) -> None:
        for _ in range(60):
            write(b"x" * 999_999 + b"\n")

    began = time.monotonic()
    error = refused(desk, server, server.publish(endless, "/endless", Content_Type="text/csv"))

    assert isinstance(error, FileRefused)
    assert error.code == "file_too_large"
    assert f"{MOST_BYTES // 1_000_000} MB" in str(error)
    assert time.monotonic() - began < 10


def test_slow_bytes_and_torn_ones_are_told(desk: Desk, server: Published) -> None:
    """The whole of it has a deadline; what breaks off is not taken for a whole sheet."""

    def slow(write: Callable[[bytes], Any]) -> None:
        for _ in range(100):
            write(b"a,b\n")
            time.sleep(0.05)

    began = time.monotonic()
    desk.settings["check_s"] = 0.4
    late = refused(desk, server, server.publish(slow, "/slow", Content_Type="text/csv"))
    desk.settings.clear()
    torn = refused(desk, server, server.publish(b"a,b\n", "/torn", Content_Type="text/csv", Content_Length="400"))

    assert isinstance(late, FileRefused)
    assert late.code == "link_too_slow"
    assert isinstance(torn, SourceUnreachable)
    assert time.monotonic() - began < 8


def test_a_redirect_is_followed_where_the_profile_says_so(desk: Desk, server: Published) -> None:
    """Within its host, and to hosts that are named; the rest of the way is as strict."""
    server.publish(sheet(desk), "/there")
    link = server.publish(b"", "/here", 307, Location=server.link("/there", "127.0.0.1"))

    for hosts, told in (((), "link_redirects"), (("elsewhere.example",), "link_redirects")):
        error = refused(desk, server, link, hosts=hosts)
        assert getattr(error, "code", "") == told
    assert 'link_hosts = ["127.0.0.1"]' in error.fix
    with fetched(job_of(desk, server, link, ("127.0.0.1",)), []) as (job, paths):
        assert plan(job, paths).sums == {"create": 2}


@pytest.mark.parametrize(
    ("host", "follows"),
    [
        ("docs.example", True),
        ("doc-0k-sheets.files.example", True),
        ("files.example", False),
        ("evilfiles.example", False),
        ("files.example.evil.example", False),
    ],
)
def test_a_star_stands_for_all_hosts_below_one(host: str, follows: bool) -> None:
    """And for no other, however alike it looks."""
    assert Link("https://docs.example/a", ("*.files.example",)).may_lead_to(host) is follows


def test_the_own_network_is_out_of_reach(desk: Desk, server: Published) -> None:
    """By name and by address, at the first step and after a redirect; the server is never asked."""
    link = server.publish(sheet(desk))
    asked = len(server.asked)

    for place in (link, server.link(host="127.0.0.1")):
        error = refused(desk, server, place, private_links=False)
        assert isinstance(error, FileRefused)
        assert error.code == "link_private"
    assert len(server.asked) == asked
    assert not any(map(is_public, ["10.0.0.1", "169.254.169.254", "::1", "fd00::1", "100.64.0.1", "localhost"]))


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:a00:1::",
        "2002:808:808::",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "fec0::1",
    ],
)
def test_an_address_that_stands_for_one_of_the_own_network_is_none_of_the_whole_net(address: str) -> None:
    """A gateway would carry it there, or, of 6to4, nobody knows where; of the whole net's addresses the other forms are let through."""
    assert not is_public(address)
    assert is_public("64:ff9b::808:808")
    assert is_public("::ffff:8.8.8.8")


def test_a_certificate_is_checked(desk: Desk, server: Published) -> None:
    """An authority that nobody trusts is none."""
    error = refused(desk, server, server.publish(sheet(desk)), ca_bundle=None)

    assert isinstance(error, SourceUnreachable)


def test_a_link_stands_in_a_profile(desk: Desk, server: Published) -> None:
    """One that is only typed is not read; the profile's own may be typed, and stands alone."""
    link = server.publish(sheet(desk))
    job = job_of(desk, server, link)

    for words in ([link + "?other"], [link, "a.csv"]):
        with pytest.raises(UsageError), fetched(job, words):
            pass
    with fetched(job, [link]) as (_, paths):
        assert paths == [Link(link).shown]
    with pytest.raises(UsageError, match="profile names it"), fetched(replace(job, profile=Profile()), [link]):
        pass


@pytest.mark.parametrize(
    "line",
    [
        'link = "http://files.example/secret-of-the-link"',
        'link = "https://me:secret-of-the-link@files.example/a"',
        'link = "file:///etc/secret-of-the-link"',
        'link_hosts = ["https://files.example"]',
        'link_hosts = ["*"]',
    ],
)
def test_an_odd_link_is_told_without_being_shown(tmp_path: Path, line: str) -> None:
    """The settings file is named with its line; the link itself is a key, and is not quoted."""
    config = tmp_path / "own.toml"
    config.write_text(f"[profile.default]\n{line}\n")

    with pytest.raises(SettingsError, match="line 2") as caught:
        load({}, config=config, folder=tmp_path, user_file=tmp_path / "none.toml", environ={})

    assert "secret-of-the-link" not in str(caught.value)


def test_a_link_of_the_current_folder_is_not_taken(tmp_path: Path) -> None:
    """Its settings may come from somebody else, who does not say which server is asked."""
    (tmp_path / "importer.toml").write_text('[profile.default]\nlink = "https://files.example/a"\n')

    with pytest.raises(SettingsError, match="which server is asked"):
        load({}, folder=tmp_path, user_file=tmp_path / "none.toml", environ={})
