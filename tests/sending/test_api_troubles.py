"""What an exception of requests, urllib3 or the system means, by how far the call got."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
import requests
from urllib3 import exceptions as urllib3_exceptions
from urllib3.connection import HTTPConnection

from importer.api.replies import TROUBLES, trouble_of
from importer.api.total_deadline import Stage, TooLargeError
from importer.model.planned_calls import Trouble

HOST = HTTPConnection("api.example")


def by_urllib3(cause: Exception) -> Exception:
    """Wrap as urllib3 does what broke on a connection."""
    return urllib3_exceptions.ProtocolError("Connection aborted.", cause)


def by_requests(cause: Exception) -> Exception:
    """Wrap as requests does what urllib3 raised."""
    return requests.ConnectionError(by_urllib3(cause))


def by_retries(cause: Exception) -> Exception:
    """Wrap as both do what a connection could not be made for."""
    return requests.ConnectionError(urllib3_exceptions.MaxRetryError(None, "/", cause))


def raised_from(outer: Exception, cause: Exception) -> Exception:
    """Wrap as ``raise outer from cause`` does."""
    outer.__cause__ = cause
    return outer


BEFORE = [
    ("no-name", by_retries(urllib3_exceptions.NameResolutionError("h", HOST, socket.gaierror())), Trouble.DNS),
    ("no-name-bare", socket.gaierror(), Trouble.DNS),
    ("certificate", requests.exceptions.SSLError(urllib3_exceptions.SSLError(ssl.SSLCertVerificationError())), Trouble.TLS),
    ("plain-http", requests.exceptions.SSLError(urllib3_exceptions.SSLError(ssl.SSLError(1, "WRONG_VERSION"))), Trouble.TLS),
    ("hung-up-in-tls", requests.exceptions.SSLError(urllib3_exceptions.SSLError(ssl.SSLEOFError())), Trouble.REFUSED),
    ("slow", by_retries(raised_from(urllib3_exceptions.ConnectTimeoutError(), TimeoutError())), Trouble.CONNECT_TIMEOUT),
    ("nobody", by_retries(raised_from(urllib3_exceptions.NewConnectionError(HOST, "no"), ConnectionRefusedError())), Trouble.REFUSED),
    ("proxy", requests.exceptions.ProxyError(OSError("Tunnel connection failed: 502")), Trouble.REFUSED),
    ("invalid", requests.exceptions.InvalidURL("?"), Trouble.REFUSED),
]  # fmt: skip

AFTER = [
    ("slow", requests.ReadTimeout(raised_from(urllib3_exceptions.ReadTimeoutError(None, "/", "slow"), TimeoutError())), Trouble.READ_TIMEOUT),
    ("slow-to-write", by_requests(TimeoutError()), Trouble.READ_TIMEOUT),
    ("endless", by_requests(TooLargeError()), Trouble.TOO_LARGE),
    ("hung-up", by_requests(http.client.RemoteDisconnected()), Trouble.RESET),
    ("reset", by_requests(ConnectionResetError()), Trouble.RESET),
    ("broken-pipe", by_requests(BrokenPipeError()), Trouble.RESET),
    ("tls-broke", requests.exceptions.SSLError(urllib3_exceptions.SSLError(ssl.SSLError())), Trouble.RESET),
    ("no-http", by_requests(http.client.BadStatusLine("SSH-2.0")), Trouble.UNREADABLE),
    ("long-line", by_requests(http.client.LineTooLong("header line")), Trouble.UNREADABLE),
    ("a-librarys-bug", IndexError(), Trouble.UNREADABLE),
]  # fmt: skip

READING = [
    ("slow", urllib3_exceptions.ReadTimeoutError(None, "/", "slow"), Trouble.READ_TIMEOUT),
    ("endless", by_urllib3(TooLargeError()), Trouble.TOO_LARGE),
    ("cut", by_urllib3(http.client.IncompleteRead(b"")), Trouble.UNREADABLE),
    ("reset", by_urllib3(ConnectionResetError()), Trouble.UNREADABLE),
    ("badly-packed", urllib3_exceptions.DecodeError("gzip"), Trouble.UNREADABLE),
    ("two-lengths", requests.exceptions.InvalidHeader(urllib3_exceptions.InvalidHeader()), Trouble.UNREADABLE),
    ("a-librarys-bug", ValueError(), Trouble.UNREADABLE),
]  # fmt: skip

CASES = [
    *((Stage.CONNECTING, *case) for case in BEFORE),
    *((Stage.WRITTEN, *case) for case in AFTER),
    *((Stage.ANSWERED, *case) for case in READING),
]


@pytest.mark.parametrize(
    ("stage", "error", "trouble"),
    [pytest.param(stage, error, trouble, id=f"{stage.name.lower()}-{name}") for stage, name, error, trouble in CASES],
)
def test_a_fault_has_one_meaning(stage: Stage, error: Exception, trouble: Trouble) -> None:
    """The table finds what broke under all that the libraries wrapped around it."""
    assert trouble_of(error, stage) is trouble


@pytest.mark.parametrize("error", [pytest.param(case[1], id=case[0]) for case in (*BEFORE, *AFTER, *READING)])
def test_how_far_the_call_got_decides_whether_it_was_sent(error: Exception) -> None:
    """Whatever broke: before the first byte nothing was sent, from the first byte on it may have been."""
    before = {trouble_of(error, stage).surely_not_processed for stage in (Stage.CONNECTING, Stage.CONNECTED)}
    after = {trouble_of(error, stage).surely_not_processed for stage in (Stage.WRITTEN, Stage.ANSWERED)}

    assert (before, after) == ({True}, {False})


def test_every_stage_has_an_answer_to_every_fault() -> None:
    """The last row of each stage takes what no row before it knew."""
    last = {stage: fault for stage, fault, _ in TROUBLES}

    assert last == dict.fromkeys(Stage, Exception)
