"""The sandbox holds requests to the reference document, strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Client

    from importer.sandbox import Sandbox


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("phone", None, id="phone-missing"),
        pytest.param("phone", "555-0123", id="phone-short"),
        pytest.param("phone", "(415) 555-0123", id="phone-brackets"),
        pytest.param("phone", 4155550123, id="phone-number"),
        pytest.param("eventType", None, id="type-missing"),
        pytest.param("eventType", "ONLINE_CONCERT", id="type-by-name"),
        pytest.param("eventType", {"uuid": ""}, id="type-blank"),
        pytest.param("remindTimeOffset", None, id="remind-missing"),
        pytest.param("remindTimeOffset", "3 hours", id="remind-not-iso"),
        pytest.param("remindTimeOffset", "-PT3H", id="remind-negative"),
        pytest.param("remindTimeOffset", "PT0S", id="remind-zero"),
        pytest.param("remindTimeOffset", "P1M", id="remind-month"),
        pytest.param("remindTimeOffset", "P", id="remind-empty"),
        pytest.param("remindTimeOffset", "P1DT", id="remind-torn"),
        pytest.param("followUpTimeOffset", "", id="follow-up-blank"),
        pytest.param("eventDateTime", None, id="start-missing"),
        pytest.param("eventDateTime", "2027-03-04 14:30:00", id="start-blank-between"),
        pytest.param("eventDateTime", "2027-03-04T14:30", id="start-no-seconds"),
        pytest.param("eventDateTime", "2027-03-04T14:30:00Z", id="start-with-offset"),
        pytest.param("eventDateTime", "2027-02-29T14:30:00", id="start-no-such-day"),
        pytest.param("eventDateTime", "2027-03-04T24:00:00", id="start-no-such-hour"),
        pytest.param("subscriberTimeZone", None, id="zone-missing"),
        pytest.param("subscriberTimeZone", "Eastern Standard Time", id="zone-of-windows"),
        pytest.param("sendEligibleSubscribersOnly", "true", id="flag-as-text"),
        pytest.param("metadata", '{"a": "b"}', id="metadata-as-text"),
        pytest.param("metadata", {"a": 1}, id="metadata-number"),
        pytest.param("firstName", "", id="name-blank"),
        pytest.param("emailAddress", "ana", id="mail-not-one"),
        pytest.param("uuid", "abc", id="uuid-is-theirs"),
        pytest.param("diagnosis", "secret", id="unknown-field"),
    ],
)
def test_refuses_a_create(client: Client, sandbox: Sandbox, field: str, value: Any) -> None:
    """A create that the document does not allow is a 400 that names the field, and nothing is made."""
    got = client.create(**{field: value})

    assert got.status == 400
    assert [entry["field"].partition(".")[0] for entry in got.json["errors"]] == [field]
    assert sandbox.effects() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("phone", "415-555-0123", id="phone-dashes"),
        pytest.param("phone", "14155550123", id="phone-country-code"),
        pytest.param("phone", "+442079460123", id="phone-e164"),
        pytest.param("remindTimeOffset", "P1DT2H30M5S", id="all-parts"),
        pytest.param("remindTimeOffset", "PT90M", id="minutes-only"),
        pytest.param("eventDateTime", "2028-02-29T00:00:00", id="leap-day"),
        pytest.param("externalEventId", None, id="no-external-id"),
        pytest.param("sendEligibleSubscribersOnly", True, id="flag"),
        pytest.param("metadata", {}, id="metadata-empty"),
        pytest.param("lastName", "O'Brien-Żółć", id="name-not-ascii"),
    ],
)
def test_accepts_a_create(client: Client, field: str, value: Any) -> None:
    """What the document allows is made, and the answer repeats it with a uuid."""
    got = client.create(**{field: value})

    assert got.status == 200
    assert got.json["uuid"]
    assert got.json.get(field) == value


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({}, "", id="empty"),
        pytest.param({"sendEligibleSubscribersOnly": True}, "sendEligibleSubscribersOnly", id="flag"),
        pytest.param({"followUpTimeOffset": None}, "followUpTimeOffset", id="null"),
        pytest.param({"metadata": []}, "metadata", id="metadata-list"),
    ],
)
def test_refuses_an_update(client: Client, changes: dict[str, Any], field: str) -> None:
    """An update that changes nothing, or what an update cannot change, is a 400."""
    uuid = client.create().json["uuid"]

    got = client.update(uuid, **changes)

    assert got.status == 400
    assert [entry["field"] for entry in got.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="no-body"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b"[]", 400, id="array"),
        pytest.param(b'{"phone": "4155550123", "phone": "4155550124"}', 400, id="doubled-name"),
        pytest.param(b'{"phone": NaN}', 400, id="nan"),
        pytest.param(b'{"phone": "\\ud800"}', 400, id="half-a-surrogate"),
        pytest.param(b'{"firstName": "Zo\xeb"}', 400, id="cp1252"),
        pytest.param(b"[" * 100_000, 400, id="deep"),
        pytest.param(b" " * 1_048_577, 413, id="too-long"),
    ],
)
def test_refuses_what_is_not_a_json_object(client: Client, body: bytes, status: int) -> None:
    """A create's body is one JSON object in UTF-8, of 1 MB at most."""
    got = client.send("POST", "/events/reminders", body)

    assert got.status == status


@pytest.mark.parametrize("call", ["cancel", "no-show"])
def test_refuses_a_body_where_none_belongs(client: Client, sandbox: Sandbox, call: str) -> None:
    """Cancel and no-show have no body, not even an empty object."""
    uuid = client.create().json["uuid"]

    got = client.send("POST", f"/events/reminders/{uuid}/{call}", {})

    assert got.status == 400
    assert len(sandbox.effects()) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/events/reminders/", 404, id="slash-too-many"),
        pytest.param("POST", "/reminders", 404, id="no-such-path"),
        pytest.param(
            "POST", "https://tactical-client-api.attentivemobile.com/events/reminders", 404, id="doubled-host"
        ),
        pytest.param("GET", "/events/reminders", 405, id="no-list"),
        pytest.param("GET", "/events/reminders/abc", 405, id="no-read"),
        pytest.param("DELETE", "/events/reminders/abc", 405, id="no-delete"),
        pytest.param("PUT", "/events/reminders/abc", 404, id="update-unknown"),
        pytest.param("POST", "/events/reminders/abc/cancel", 404, id="cancel-unknown"),
        pytest.param("POST", "/events/reminders/abc/no-show", 404, id="no-show-unknown"),
    ],
)
def test_knows_only_the_documents_calls(client: Client, method: str, path: str, status: int) -> None:
    """Other paths are 404, other methods 405 with the allowed ones, unknown ids 404."""
    got = client.send(method, path, {"firstName": "Ana"} if method == "PUT" else b"")

    assert got.status == status
    assert ("allow" in got.headers) == (status == 405)


@pytest.mark.parametrize("token", [None, "", "wrong", "sandbox2"])
def test_refuses_a_wrong_token(sandbox: Sandbox, speak_to: type[Client], token: str | None) -> None:
    """Without the right token every call is a 401 and does nothing, the admin calls too."""
    stranger = speak_to(sandbox.base_url, token)

    assert stranger.create().status == 401
    assert stranger.cancel("abc").status == 401
    assert stranger.admin("GET", "effects").status == 401
    assert sandbox.effects() == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_refuses_another_content_type(client: Client, appointment: dict[str, Any], media_type: str) -> None:
    """The Content-Type is required on every call, also on those without a body."""
    uuid = client.create().json["uuid"]
    cancel = f"/events/reminders/{uuid}/cancel"

    assert client.send("POST", "/events/reminders", appointment, Content_Type=media_type).status == 415
    assert client.send("POST", cancel, b"", Content_Type=media_type).status == 415


def test_accepts_a_charset(client: Client, appointment: dict[str, Any]) -> None:
    """Parameters of the Content-Type make no difference."""
    got = client.send("POST", "/events/reminders", appointment, Content_Type="Application/JSON; charset=utf-8")

    assert got.status == 200


def test_refuses_chunks(client: Client) -> None:
    """A body without Content-Length is refused, for some proxies would drop it."""
    got = client.send("POST", "/events/reminders", b"{}", Transfer_Encoding="chunked")

    assert got.status == 411
