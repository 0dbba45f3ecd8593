"""A running sandbox, and a client that speaks to it in plain HTTP."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

APPOINTMENT = {
    "externalEventId": "112233",
    "phone": "4155550123",
    "firstName": "Ana",
    "eventType": {"uuid": "6c52d314-a3ca-4781-ba70-000000000000"},
    "remindTimeOffset": "PT3H",
    "eventDateTime": "2027-03-04T14:30:00",
    "subscriberTimeZone": "America/New_York",
    "metadata": {"eventLocation": "New York"},
}


class Got(NamedTuple):
    """An answer: status, the JSON of its body (None when it is not JSON), headers by lower-case name."""

    status: int
    json: Any
    headers: dict[str, str]


class Client:
    """Sends one request a connection, with the sandbox's token unless told otherwise."""

    def __init__(self, base_url: str, token: str | None = "sandbox") -> None:
        self.address = urlsplit(base_url).netloc
        self.token = token

    def send(self, method: str, path: str, body: Any = None, *, timeout: float = 10, **headers: str) -> Got:
        """Send a request; ``body`` goes as JSON, bytes as they are, None as no body."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            return Got(answer.status, _json(answer.read()), {k.lower(): v for k, v in answer.getheaders()})
        finally:
            connection.close()

    def create(self, **changes: Any) -> Got:
        """Create the appointment, with these fields changed; a field that is None is left out."""
        body = {name: value for name, value in {**APPOINTMENT, **changes}.items() if value is not None}
        return self.send("POST", "/events/reminders", body)

    def update(self, uuid: str, **changes: Any) -> Got:
        """Update a reminder."""
        return self.send("PUT", f"/events/reminders/{quote(uuid, safe='')}", changes)

    def cancel(self, uuid: str) -> Got:
        """Cancel a reminder."""
        return self.send("POST", f"/events/reminders/{quote(uuid, safe='')}/cancel", b"")

    def no_show(self, uuid: str) -> Got:
        """Send a no-show."""
        return self.send("POST", f"/events/reminders/{quote(uuid, safe='')}/no-show", b"")

    def admin(self, method: str, what: str, body: Any = None) -> Got:
        """Ask an admin call."""
        return self.send(method, f"/_sandbox/{what}", body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox.base_url)


@pytest.fixture
def speak_to() -> type[Client]:
    return Client


@pytest.fixture
def appointment() -> dict[str, Any]:
    return dict(APPOINTMENT)


@pytest.fixture(scope="module")
def described() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running
