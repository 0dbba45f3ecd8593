"""The calls to the API as values: what planning hands to sending, what comes back, and the id of a visit that has none."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.statuses import Action


DERIVED: Final = "imp-"
"""How every derived id begins."""

_UUID: Final = re.compile("-?".join(f"([0-9A-Fa-f]{{{length}}})" for length in (8, 4, 4, 4, 12)))


def canonical_uuid(text: str) -> str:
    """
    Return a UUID in the spelling of its standard: small letters, dashes after 8, 12, 16 and 20 digits.

    Text of any other form is returned as it is. For the uuids of appointment types, which people copy; the handle of
    a reminder is opaque.
    """
    found = _UUID.fullmatch(text)
    return "-".join(found.groups()).lower() if found else text


def spellings(text: str) -> tuple[str, ...]:
    """Return the usual spellings of a UUID, in small letters and in capitals; none for a text of any other form."""
    found = canonical_uuid(text)
    return (found, found.upper()) if _UUID.fullmatch(text) else ()


def derived_external_id(phone: str, local_start: str, zone: str, event_type: str) -> str:
    """
    Return a stable external id for a row that has none, such as ``imp-3q2mdn5xk7w4u6z2abcd``.

    Made from the phone in E.164, the local start, its zone and the type's uuid: the same appointment in
    tomorrow's sheet gets the same id, and a moved one another. 100 bits of SHA-256.
    """
    identity = f"{phone}\x1f{local_start}\x1f{zone}\x1f{event_type}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).digest()
    return DERIVED + base64.b32encode(digest).decode("ascii").lower()[:20]


class Key(NamedTuple):
    """An appointment's identity: the phone in E.164 and the external event id, exact text."""

    phone: str
    external_event_id: str


class Request(NamedTuple):
    """
    One API call, fixed before its first attempt: a repeat sends the identical bytes.

    ``uuid`` is None for a create. ``body`` is UTF-8 JSON, or None for the calls without a body.
    """

    action: Action
    uuid: str | None
    body: bytes | None


class Trouble(StrEnum):
    """Why there is no usable answer, and whether the API may have acted."""

    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    RESET = "reset"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"

    @property
    def surely_not_processed(self) -> bool:
        """Whether the request cannot have reached the API's logic."""
        return self in {Trouble.REFUSED, Trouble.DNS, Trouble.TLS, Trouble.CONNECT_TIMEOUT}


class Reply(NamedTuple):
    """
    How one attempt ended at the HTTP level: an answer, or trouble instead of one.

    ``status`` is None when no status line came. ``answer`` is the JSON object of the body, None when the body is
    not one. ``excerpt``: at most 300 characters of the body, personal data masked, for people only.
    ``retry_after_s`` and ``limit_remaining``: from the headers, None when absent or unreadable.
    """

    status: int | None = None
    answer: Mapping[str, Any] | None = None
    trouble: Trouble | None = None
    excerpt: str = ""
    retry_after_s: float | None = None
    limit_remaining: int | None = None
    limit: int | None = None
    elapsed_s: float = 0.0


class Attempt(NamedTuple):
    """One HTTP try, as kept for the report: when it began (UTC seconds), how long it took, and how it ended."""

    at: float
    elapsed_s: float
    http_status: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an update, before and after; ``before`` is None where nothing was known."""

    field: str
    before: Any
    after: Any
