"""What is read from an answer: its JSON object, its headers, and an excerpt for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import Request
from scripted_server import Server, always, answer, in_turn

from importer.api import Api
from importer.api.replies import MAX_EXCERPT, answer_of, count, excerpt, http_date, private_values, retry_after_s
from importer.model.statuses import Action

Serve = Callable[..., Server]
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param(None, None, id="none"),
        pytest.param("7", 7.0, id="seconds"),
        pytest.param(" 7 ", 7.0, id="blanks"),
        pytest.param("1.5", 1.5, id="fraction"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("999999999999", 999999999999.0, id="huge"),
        pytest.param("9" * 5000, 1e12, id="beyond-all-numbers"),
        pytest.param("9" * 5000 + ".5", 1e12, id="beyond-all-numbers-and-a-half"),
        pytest.param("0" * 500 + "7", 7.0, id="zeros-before"),
        pytest.param("0." + "3" * 5000, 1 / 3, id="endless-fraction"),
        pytest.param("Sat, 31 Dec 9999 23:59:59 GMT", 253402300799 - NOW, id="end-of-the-calendar"),
        pytest.param("Mon, " + "1" * 5000, None, id="date-of-5000-digits"),
        pytest.param("7, 9", None, id="two-of-them"),
        pytest.param(formatdate(NOW + 30, usegmt=True), 30.0, id="date"),
        pytest.param(formatdate(NOW - 30, usegmt=True), 0.0, id="past"),
        pytest.param("-5", None, id="negative"),
        pytest.param("soon", None, id="garbage"),
        pytest.param("", None, id="empty"),
        pytest.param("1e9", None, id="exponent"),
        pytest.param("inf", None, id="infinite"),
        pytest.param("nan", None, id="not-a-number"),
        pytest.param("٣", None, id="other-digits"),
        pytest.param("Fri, 99 Foo 2026 99:99:99 GMT", None, id="impossible-date"),
    ],
)
def test_reads_retry_after(header: str | None, seconds: float | None) -> None:
    """Both forms are read; what is neither is as if it were not there."""
    assert retry_after_s(header, now=NOW) == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("clock_s", [0, -7200, 86_400])
@pytest.mark.parametrize("dated", ["the-answer", "an-earlier-one"])
def test_measures_a_date_against_the_servers_clock(serve: Serve, clock_s: float, dated: str) -> None:
    """A clock that is hours off here does not turn half a minute into hours, also where only an earlier answer is dated."""
    header, date = formatdate(NOW + 30, usegmt=True), formatdate(NOW, usegmt=True)
    before = {"Date": date} if dated == "an-earlier-one" else {}
    itself = {"Date": date} if dated == "the-answer" else {}
    server = serve(
        in_turn(
            always(answer(200, {"uuid": "u1"}, headers=before)),
            always(answer(429, {}, headers={"Retry-After": header, **itself})),
        )
    )

    with Api(server.url, "t", clock=lambda: NOW + clock_s) as api:
        replies = [api.send(*Request(Action.CANCEL, "u1", None)) for _ in range(2)]

    assert replies[1].retry_after_s == 30.0


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading(text: str) -> None:
    """Whatever stands in Retry-After, the answer is a number from 0 on, or none."""
    seconds = retry_after_s(text, now=http_date(text) or NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("150", 150),
        (" 0", 0),
        ("150;w=1", 150),
        ("12.7", 12),
        ("-1", None),
        ("many", None),
        (None, None),
        ("9" * 30, None),
    ],
)
def test_reads_counts(header: str | None, number: int | None) -> None:
    """The documented whole number, with or without parameters behind it."""
    assert count(header) == number


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"uuid"',
        b"12",
        b"{",
        b"<html></html>",
        b'{"uuid": "a"',
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
    ],
)
def test_only_an_object_is_an_answer(content: bytes) -> None:
    """Everything else that may stand in a body gives none, and breaks nothing."""
    assert answer_of(content) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b'{"message": "phone is wrong"}', "phone is wrong", id="message"),
        pytest.param(b'{"error": {"code": 3, "detail": "no"}}', "no", id="nested"),
        pytest.param(b'{"errors": [{"message": "a"}, {"message": "b"}]}', "a; b", id="list"),
        pytest.param(b'{"oops": 1}', '{"oops":1}', id="no-usual-word"),
        pytest.param(b"plain\n text\t here", "plain text here", id="plain"),
        pytest.param(b"  ", "", id="blank"),
        pytest.param(b"caf\xe9 \x1b[31mred\x00", "caf\ufffd [31mred", id="control-characters"),
        pytest.param(b"a <b>bold</b> &lt;script&gt;x", "a bold x", id="markup"),
    ],
)
def test_quotes_what_the_api_says(content: bytes, text: str) -> None:
    """One line for a person: the usual words for errors, no markup, nothing that a terminal obeys."""
    assert excerpt(content) == text


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>",
        b"\xef\xbb\xbf\n <html><script>alert(1)</script>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC><html>",
    ],
)
def test_does_not_quote_web_pages(page: bytes) -> None:
    """A proxy's page is named as what it is."""
    assert excerpt(page) == "a web page instead of an answer of the API"


def test_masks_personal_data_and_the_token() -> None:
    """What the API echoes of a row, and what it quotes of the token, does not reach a report by this way."""
    body = b'{"firstName":"Ana","lastName":"O\'Brien","phone":"4155552671","emailAddress":"ana@x.org","metadata":{"k":"Suite 9"}}'
    said = b"Ana O'Brien (415) 555-2671 +14155552671 ana@x.org Suite 9 Banana Bearer abc123 tok-9: 400 is 12 wrong"

    text = excerpt(said, private=("tok-9", *private_values(body)))

    for secret in ("Ana ", "O'Brien", "555", "2671", "ana@", "Suite 9", "abc123", "tok-9"):
        assert secret not in text
    assert "Banana" in text
    assert "400 is 12 wrong" in text


@pytest.mark.parametrize(
    "content",
    [b"x" * 1_000_000, b"a@" * 500_000, b"1-" * 500_000, b"<" * 1_000_000, b'{"message": "' + b"a." * 499_000 + b'"}'],
)
def test_an_excerpt_of_a_huge_body_is_quick_and_short(content: bytes) -> None:
    """No body makes the masks run for long."""
    began = time.perf_counter()
    text = excerpt(content)

    assert len(text) <= MAX_EXCERPT
    assert time.perf_counter() - began < 0.5


@given(st.binary(max_size=3_000))
def test_an_excerpt_is_one_short_printable_line(content: bytes) -> None:
    """Whatever comes, a report cell can hold it."""
    text = excerpt(content)

    assert len(text) <= MAX_EXCERPT
    assert text.isprintable()
    assert "<" not in text or ">" not in text.partition("<")[2]
