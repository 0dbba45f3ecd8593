"""The sandbox can be watched and switched while it runs, over HTTP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from importer.sandbox import Behaviour, Sandbox
from importer.sandbox.faults import Bucket

if TYPE_CHECKING:
    from conftest import Client


def test_faults_are_set_and_cleared(client: Client) -> None:
    """Rules put by the admin call strike, and are gone when they are deleted."""
    put = client.admin("PUT", "faults", [{"kind": "status_before", "status": 503, "actions": ["create"]}])

    assert put.status == 200
    assert put.json[0]["status"] == 503
    assert client.create().status == 503
    assert client.admin("DELETE", "faults").json == []
    assert client.create().status == 200


@pytest.mark.parametrize(
    ("what", "body"),
    [
        pytest.param("faults", [{"kind": "storm"}], id="unknown-fault"),
        pytest.param("faults", 7, id="no-list"),
        pytest.param("behaviour", {"mood": "bad"}, id="unknown-switch"),
        pytest.param("behaviour", b"{", id="no-json"),
    ],
)
def test_wrong_admin_call_is_refused(client: Client, what: str, body: object) -> None:
    """What cannot be switched is a 400 with a sentence."""
    got = client.admin("PUT", what, body)

    assert got.status == 400
    assert got.json["message"]


def test_unknown_admin_call_is_404(client: Client) -> None:
    """There are no other admin calls."""
    assert client.admin("GET", "secrets").status == 404


def test_behaviour_is_switched(client: Client) -> None:
    """A switch put by the admin call holds from the next call on."""
    client.create()
    shown = client.admin("PUT", "behaviour", {"duplicates": 409, "ineligible": ["14155550123"]}).json

    assert (shown["duplicates"], shown["ineligible"]) == (409, ["14155550123"])
    assert client.create().status == 409


def test_effects_and_requests_are_shown(client: Client) -> None:
    """Effects can be read from a number on; requests tell action, status and fault."""
    uuid = client.create().json["uuid"]
    client.cancel(uuid)
    client.cancel("unknown")

    assert [effect["action"] for effect in client.admin("GET", "effects").json] == ["create", "cancel"]
    assert [effect["action"] for effect in client.admin("GET", "effects?after=1").json] == ["cancel"]
    assert client.admin("GET", "reminders").json[0]["cancelled"] is True
    seen = [(visit["action"], visit["status"]) for visit in client.admin("GET", "requests").json]
    assert seen == [("create", 200), ("cancel", 200), ("cancel", 404)]


def test_stats_count(client: Client) -> None:
    """Counts by action, status and fault."""
    client.admin("PUT", "faults", [{"kind": "empty", "times": 1}])
    client.create()
    client.create(phone="1")

    stats = client.admin("GET", "stats").json

    assert stats["actions"] == {"create": 2}
    assert stats["statuses"] == {"200": 1, "400": 1}
    assert stats["faults"] == {"empty": 1}
    assert (stats["requests"], stats["effects"], stats["most_at_once"]) == (2, 1, 1)


def test_reset_forgets(client: Client, sandbox: Sandbox) -> None:
    """After a reset there are no reminders, effects, faults and counts."""
    client.create()
    client.admin("PUT", "faults", [{"kind": "empty"}])

    assert client.admin("POST", "reset").json["requests"] == 0
    assert sandbox.reminders() == []
    assert client.create().json["uuid"]


def test_new_token_is_let_in(client: Client, sandbox: Sandbox, speak_to: type[Client]) -> None:
    """Tokens can be exchanged while it runs."""
    sandbox.admit("other")

    assert client.create().status == 401
    assert speak_to(sandbox.base_url, "other").create().status == 200


def test_rate_limit_answers_429(speak_to: type[Client]) -> None:
    """Above the rate a call is refused with Retry-After, and every answer tells what is left."""
    with Sandbox(behaviour=Behaviour(rate=0.001, burst=2, retry_after="3")) as sandbox:
        got = [speak_to(sandbox.base_url).create(externalEventId=str(number)) for number in range(3)]

        assert [one.status for one in got] == [200, 200, 429]
        assert [one.headers["x-ratelimit-remaining"] for one in got] == ["1", "0", "0"]
        assert got[2].headers["retry-after"] == "3"
        assert len(sandbox.effects()) == 2


def test_bucket_fills_again() -> None:
    """Tokens come back at the rate, up to the burst."""
    now = [0.0]
    bucket = Bucket(clock=lambda: now[0])
    taken = [bucket.take(10, 2)[0] for _ in range(3)]
    now[0] = 0.1
    later = [bucket.take(10, 2)[0] for _ in range(2)]
    now[0] = 100.0
    much_later = [bucket.take(10, 2)[0] for _ in range(3)]

    assert taken == [True, True, False]
    assert later == [True, False]
    assert much_later == [True, True, False]


def test_latency_passes_before_the_answer(speak_to: type[Client]) -> None:
    """Latency delays answers side by side, and counts as calls under way at once."""
    with Sandbox(behaviour=Behaviour(latency_s=0.05)) as sandbox:
        client = speak_to(sandbox.base_url)
        threads = [threading.Thread(target=client.create) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sandbox.stats()["requests"] == 4
        assert sandbox.stats()["most_at_once"] > 1
