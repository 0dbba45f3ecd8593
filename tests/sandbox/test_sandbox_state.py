"""The sandbox keeps reminders as the document says, and by its switches where the document is silent."""

from __future__ import annotations

import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from importer.sandbox import Behaviour, Sandbox

if TYPE_CHECKING:
    from conftest import Client


def test_update_changes_only_what_it_holds(client: Client, appointment: dict[str, Any]) -> None:
    """A PUT is partial: other fields stay, and its answer does not show the flag."""
    uuid = client.create(sendEligibleSubscribersOnly=True).json["uuid"]

    got = client.update(uuid, remindTimeOffset="PT2H", metadata={"room": "3"})

    assert got.json == {"uuid": uuid, **appointment, "remindTimeOffset": "PT2H", "metadata": {"room": "3"}}


def test_update_may_merge_metadata(sandbox: Sandbox, client: Client) -> None:
    """By switch the keys of an update's metadata are added to the old ones."""
    sandbox.switch(metadata="merge")
    uuid = client.create().json["uuid"]

    got = client.update(uuid, metadata={"room": "3"})

    assert got.json["metadata"] == {"eventLocation": "New York", "room": "3"}


@pytest.mark.parametrize("phone", ["4155550123", "415-555-0123", "+14155550123", "1-415-555-0123"])
def test_same_person_and_id_is_one_reminder(client: Client, sandbox: Sandbox, phone: str) -> None:
    """A create whose externalEventId and phone are taken, however written, gives the existing reminder."""
    first = client.create().json

    second = client.create(phone=phone, eventDateTime="2027-04-01T09:00:00")

    assert second.status == 200
    assert second.json == first
    assert len(sandbox.effects("create")) == 1


@pytest.mark.parametrize("status", [400, 409])
def test_duplicates_may_be_refused(sandbox: Sandbox, client: Client, status: int) -> None:
    """By switch a duplicate create is refused, without telling the uuid."""
    sandbox.switch(duplicates=status)
    client.create()

    got = client.create()

    assert got.status == status
    assert "uuid" not in got.json


def test_no_external_id_no_duplicate(client: Client) -> None:
    """Without an externalEventId each create makes a reminder."""
    uuids = {client.create(externalEventId=None).json["uuid"] for _ in range(3)}

    assert len(uuids) == 3


def test_creates_at_once_make_one_reminder(client: Client, sandbox: Sandbox) -> None:
    """The duplicate check is atomic."""
    with ThreadPoolExecutor(8) as pool:
        uuids = {got.json["uuid"] for got in pool.map(lambda _: client.create(), range(40))}

    assert len(uuids) == 1
    assert len(sandbox.effects("create")) == 1


def test_cancelled_reminder_keeps_its_key(client: Client) -> None:
    """Booking anew under a cancelled appointment's id gives the cancelled one."""
    uuid = client.create().json["uuid"]
    client.cancel(uuid)

    assert client.create().json["uuid"] == uuid


def test_cancel_may_free_the_key(sandbox: Sandbox, client: Client) -> None:
    """By switch booking anew under a cancelled appointment's id makes a new reminder."""
    sandbox.switch(freed_by_cancel=True)
    uuid = client.create().json["uuid"]
    client.cancel(uuid)

    assert client.create().json["uuid"] != uuid


@pytest.mark.parametrize(
    ("switch", "status"),
    [({}, 200), ({"cancel_again": 404}, 404), ({"cancel_again": 400}, 400)],
)
def test_second_cancel(sandbox: Sandbox, client: Client, switch: dict[str, Any], status: int) -> None:
    """What a second cancel answers is a switch; only a 200 is an effect."""
    sandbox.switch(**switch)
    uuid = client.create().json["uuid"]
    client.cancel(uuid)

    assert client.cancel(uuid).status == status
    assert len(sandbox.effects("cancel")) == (2 if status == 200 else 1)


def test_repeated_no_show_is_sent_twice(client: Client, sandbox: Sandbox) -> None:
    """Nothing guards a no-show: each call is a text."""
    uuid = client.create().json["uuid"]

    client.no_show(uuid)
    client.no_show(uuid)

    assert sandbox.reminders()[0]["no_shows"] == 2
    assert len(sandbox.effects("no_show")) == 2


def test_cancelled_may_be_closed(sandbox: Sandbox, client: Client) -> None:
    """By switch a cancelled reminder takes neither updates nor no-shows."""
    sandbox.switch(after_cancel=404)
    uuid = client.create().json["uuid"]
    client.cancel(uuid)

    assert client.update(uuid, firstName="Eva").status == 404
    assert client.no_show(uuid).status == 404


def test_update_may_not_take_another_key(client: Client) -> None:
    """An update that would make two reminders of one appointment is refused."""
    client.create()
    other = client.create(externalEventId="2").json["uuid"]

    assert client.update(other, externalEventId="112233").status == 400


def test_update_moves_the_key(client: Client) -> None:
    """After an update of the externalEventId the old one is free and the new one is taken."""
    uuid = client.create().json["uuid"]
    client.update(uuid, externalEventId="new")

    assert client.create(externalEventId="new").json["uuid"] == uuid
    assert client.create().json["uuid"] != uuid


def test_ineligible_subscriber_gets_no_uuid(speak_to: type[Client]) -> None:
    """With the flag set and the subscriber not eligible nothing is made, and the answer has no uuid."""
    with Sandbox(behaviour=Behaviour(ineligible=frozenset({"14155550123"}))) as sandbox:
        client = speak_to(sandbox.base_url)
        flagged = client.create(sendEligibleSubscribersOnly=True)

        assert flagged.status == 200
        assert "uuid" not in flagged.json
        assert sandbox.effects() == []
        assert client.create().json["uuid"]


def test_unknown_appointment_type_is_refused(speak_to: type[Client]) -> None:
    """With a list of types a create must name one of them, or one that was made by a call."""
    with Sandbox(behaviour=Behaviour(event_types={"t-1": "CHECKUP"})) as sandbox:
        client = speak_to(sandbox.base_url)
        made = client.send("POST", "/events/types", {"type": "CLEANING"}).json

        assert client.create().status == 400
        assert client.create(eventType={"uuid": "t-1"}).status == 200
        assert client.create(eventType={"uuid": made["uuid"]}, externalEventId="2").status == 200
        assert client.send("GET", "/events/types/t-1").json == {"uuid": "t-1", "type": "CHECKUP"}
        assert client.send("GET", f"/events/types/{made['uuid']}").json == made
        assert client.send("GET", "/events/types/t-2").status == 404


def test_strange_uuids_work_when_encoded(sandbox: Sandbox, client: Client) -> None:
    """Uuids with slashes, question marks and blanks are found by a percent-encoded path, each of them."""
    sandbox.switch(uuids="strange")
    uuids = [client.create(externalEventId=str(number)).json["uuid"] for number in range(8)]

    assert [client.cancel(uuid).status for uuid in uuids] == [200] * 8
    assert [client.update(uuid, firstName="Eva").status for uuid in uuids] == [200] * 8
    assert any("/" in uuid for uuid in uuids)


def test_phones_may_come_back_normalized(sandbox: Sandbox, client: Client) -> None:
    """By switch answers show the phone in E.164."""
    sandbox.switch(phones="e164")

    assert client.create(phone="415-555-0123").json["phone"] == "+14155550123"


def test_line_stays_open(sandbox: Sandbox, appointment: dict[str, Any]) -> None:
    """HTTP/1.1: one connection carries many requests, also after a refusal."""
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    connection.connect()
    port = connection.sock.getsockname()[1]
    statuses = []
    for body in (appointment, {}, appointment):
        connection.request("POST", "/events/reminders", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)

    assert statuses == [200, 400, 200]
    assert connection.sock.getsockname()[1] == port
    connection.close()


def test_speaks_tls(appointment: dict[str, Any]) -> None:
    """With a server's context the sandbox answers over https."""
    authority = trustme.CA()
    server, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(trusting)
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    with Sandbox(tls=server) as sandbox:
        connection = http.client.HTTPSConnection(sandbox.host, sandbox.port, context=trusting, timeout=10)
        connection.request("POST", "/events/reminders", json.dumps(appointment), headers)
        status = connection.getresponse().status
        connection.close()

    assert status == 200
    assert sandbox.base_url.startswith("https://")
