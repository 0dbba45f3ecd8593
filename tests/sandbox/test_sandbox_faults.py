"""Each fault does to effect and answer what it says, and strikes when its rule says."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import FAULT_KINDS, Rule, Sandbox, mix
from importer.sandbox.faults import CallFacts, Faults

if TYPE_CHECKING:
    from conftest import Client

# What a client meets, and whether the effect stands.
MEETINGS = {
    "status_before": ("500", False),
    "status_after": ("500", True),
    "reset_before": ("ConnectionResetError", False),
    "reset_after": ("ConnectionResetError", True),
    "hang_before": ("RemoteDisconnected", False),
    "hang_after": ("RemoteDisconnected", True),
    "late": ("200", True),
    "truncated": ("IncompleteRead", True),
    "drip_header": ("200", True),
    "drip_body": ("200", True),
    "mixed_up": ("200", True),
    "older": ("200", False),
    "html": ("200", True),
    "empty": ("200", True),
    "broken_gzip": ("200", True),
    "broken_json": ("200", True),
    "no_uuid": ("200", True),
    "huge": ("200", True),
    "stale": ("200", True),
    "redirect": ("307", False),
}


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_fault_meets_client_and_effect(sandbox: Sandbox, client: Client, kind: str) -> None:
    """A fault shows the client what its name says, and the effects log tells whether it was done all the same."""
    seen, done = MEETINGS[kind]
    sandbox.set_faults(Rule.parse({"kind": kind, "seconds": 0.0001, "megabytes": 1}))

    try:
        met = str(client.create().status)
    except (OSError, http.client.HTTPException) as error:
        met = type(error).__name__

    assert met == seen
    assert bool(sandbox.effects("create")) is done
    assert [visit.fault for visit in sandbox.requests()] == [kind]


def test_mixed_up_answer_is_another_persons(sandbox: Sandbox, client: Client) -> None:
    """The answer shows a record with another uuid and another externalEventId."""
    client.create(externalEventId="other", phone="4155550188")
    sandbox.set_faults(Rule("mixed_up"))

    got = client.create()

    assert got.json["externalEventId"] == "other"
    assert len(sandbox.effects("create")) == 2


def test_older_record_comes_back_for_a_new_key(sandbox: Sandbox, client: Client) -> None:
    """The reminder was there before, with another start; the log calls it seeded."""
    sandbox.set_faults(Rule("older"))

    got = client.create()

    assert got.json["eventDateTime"] == "2027-02-25T14:30:00"
    assert [effect.action for effect in sandbox.effects()] == ["seed"]


def test_huge_answer_is_announced_and_sent(sandbox: Sandbox, client: Client) -> None:
    """A huge answer is JSON followed by as many megabytes of blanks as the rule says."""
    sandbox.set_faults(Rule("huge", megabytes=3))

    got = client.create()

    assert got.json["uuid"]
    assert int(got.headers["content-length"]) > 3 * 1_048_576


def test_redirect_leads_elsewhere(sandbox: Sandbox, client: Client) -> None:
    """A redirect carries a Location at another port."""
    sandbox.set_faults(Rule("redirect"))

    assert "127.0.0.1:9" in client.create().headers["location"]


def test_status_carries_headers_and_page(sandbox: Sandbox, client: Client) -> None:
    """A status fault may be any status, with a Retry-After and a proxy's page."""
    sandbox.set_faults(Rule("status_before", status=429, headers={"Retry-After": "7"}, html=True))

    got = client.create()

    assert got.status == 429
    assert got.headers["retry-after"] == "7"
    assert got.headers["content-type"].startswith("text/html")


def test_stale_line_is_closed_without_a_word(sandbox: Sandbox, appointment: dict[str, Any]) -> None:
    """After a stale fault the answer looks as if the line stayed open, but it does not."""
    sandbox.set_faults(Rule("stale"))
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    connection.request("POST", "/events/reminders", json.dumps(appointment), headers)
    answer = connection.getresponse()
    answer.read()

    assert answer.status == 200
    assert answer.getheader("Connection") is None
    assert connection.sock.recv(1) == b""
    connection.close()


def test_faults_after_the_effect_respect_the_rules(sandbox: Sandbox, client: Client) -> None:
    """A request that is not well formed has no effect under any fault."""
    for kind in FAULT_KINDS:
        sandbox.set_faults(Rule.parse({"kind": kind, "seconds": 0.0001, "megabytes": 0}))
        try:
            client.create(phone="12")
        except (OSError, http.client.HTTPException):
            continue

    assert sandbox.effects() == []


def test_stop_ends_what_hangs() -> None:
    """A sandbox that is stopped lets nobody wait for a hanging answer."""
    with Sandbox(faults=[Rule("hang_after", seconds=3600)]) as sandbox:
        line = socket.create_connection((sandbox.host, sandbox.port), timeout=10)
        line.sendall(
            b"POST /events/types HTTP/1.1\r\nAuthorization: Bearer sandbox\r\n"
            b'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"type":"A"}'
        )
        while not sandbox.effects():
            pass

    with line:
        assert line.recv(1) == b""


def struck(faults: Faults, calls: int, call: CallFacts | None = None) -> list[bool]:
    return [faults.choose(call or CallFacts("create")) is not None for _ in range(calls)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(Rule("html"), [True] * 5, id="always"),
        pytest.param(Rule("html", after=3), [False] * 3 + [True] * 2, id="after-three"),
        pytest.param(Rule("html", times=2), [True] * 2 + [False] * 3, id="twice"),
        pytest.param(Rule("html", after=1, times=1), [False, True, False, False, False], id="the-second"),
        pytest.param(Rule("html", rate=0.0), [False] * 5, id="never"),
        pytest.param(Rule("html", actions=("cancel",)), [False] * 5, id="another-action"),
        pytest.param(Rule("html", external_event_id="7"), [False] * 5, id="another-appointment"),
    ],
)
def test_rule_strikes_when_it_says(rule: Rule, expected: list[bool]) -> None:
    """Script, rate, action and appointment decide which calls are struck."""
    assert struck(Faults([rule], clock=lambda: 0.0), 5) == expected


def test_rate_is_a_share() -> None:
    """A rate of a tenth strikes about a tenth, and the same ones for the same seed."""
    first = struck(Faults([Rule("html", rate=0.1)], clock=lambda: 0.0, seed=1), 5000)

    assert 400 < sum(first) < 600
    assert first == struck(Faults([Rule("html", rate=0.1)], clock=lambda: 0.0, seed=1), 5000)


def test_window_is_an_outage() -> None:
    """A rule with a window strikes between its two moments, counted from when the rules were set."""
    moments = iter([0, 0, 9, 10, 69, 70, 100])
    faults = Faults([Rule("reset_before", from_s=10, until_s=70)], clock=lambda: next(moments))

    assert struck(faults, 6) == [False, False, True, True, False, False]


def test_first_rule_that_strikes_decides() -> None:
    """Rules are asked in order; one that does not strike leaves the call to the next."""
    faults = Faults([Rule("html", times=1), Rule("empty")], clock=lambda: 0.0)
    kinds = [rule.kind for rule in (faults.choose(CallFacts("create")) for _ in range(3)) if rule]

    assert kinds == ["html", "empty", "empty"]
    assert faults.struck == {"html": 1, "empty": 2}


def test_mix_is_one_rule_a_kind() -> None:
    """``mix`` makes rules from rates, with shared details."""
    assert mix({"reset_after": 0.02, "late": 0.1}, seconds=2) == (
        Rule("reset_after", rate=0.02, seconds=2),
        Rule("late", rate=0.1, seconds=2),
    )


@pytest.mark.parametrize("given", [{"kind": "storm"}, {}, {"kind": "html", "often": 1}])
def test_unknown_rule_is_refused(given: dict[str, Any]) -> None:
    """A rule of an unknown kind or with an unknown member is an error, not a rule that never strikes."""
    with pytest.raises(ValueError, match="fault"):
        Rule.parse(given)
