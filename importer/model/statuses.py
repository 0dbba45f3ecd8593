"""What is spelled in one way: actions, statuses, states, holds, ids and addresses; and the columns that every report of rows ends with."""

from __future__ import annotations

import base64
import re
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlsplit


class Action(StrEnum):
    """What a row asks for. ``NONE``: the appointment took place (FHIR ``arrived``, ``fulfilled``), no call is needed."""

    CREATE = "create"
    UPDATE = "update"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    UPSERT = "upsert"
    NONE = "none"


class Status(StrEnum):
    """What became of a row; each row of a run ends in exactly one."""

    CREATED = "created"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    NO_SHOW_SENT = "no_show_sent"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    HELD = "held"

    @property
    def done(self) -> bool:
        """Whether nothing is left to do for the row."""
        return self in DONE


DONE = frozenset(
    {
        Status.CREATED,
        Status.UPDATED,
        Status.CANCELLED,
        Status.NO_SHOW_SENT,
        Status.UNCHANGED,
        Status.DUPLICATE,
    }
)

SENT_AS = {
    Action.CREATE: Status.CREATED,
    Action.UPDATE: Status.UPDATED,
    Action.CANCEL: Status.CANCELLED,
    Action.NO_SHOW: Status.NO_SHOW_SENT,
}


# Requests that may text a person at once; an update tells nobody before the reminder is due.
TEXTING: Final = (Action.CREATE.value, Action.CANCEL.value, Action.NO_SHOW.value)

SAYS_OFF: Final = frozenset({"status_not_used", "repeats_above", "merged_cells", "cell_error", "formula_without_value"})
"""Problems of rows as a whole that say that the visit is off; of a status that could not be read nobody knows."""

PASSING_LINES: Final = {
    "status_not_used": (Action.CANCEL.value, Action.NO_SHOW.value, Action.NONE.value),
    "consent_refused": (Action.CANCEL.value, Action.NONE.value),
    "colours_tell": (Action.NONE.value,),
    "headings_grouped": (),
    "headings_change": (),
}
"""Problem of the rows below a line of the sheet -> the actions that it does not stop."""

OFF_ACTIONS: Final = frozenset({Action.CANCEL.value, Action.NO_SHOW.value, ""})
"""What an invalid row asks for that is not to be booked; of an action that could not be read nobody knows."""


class RowState(StrEnum):
    """
    Where a staged row stands in the ledger.

    ``STAGED`` read and checked · ``READY`` planned, its call may be sent · ``SENDING`` durably marked, a request
    may be on its way · ``WAITING`` the last attempt surely or repeatably failed, another may follow · ``SETTLED``
    has its final status.
    """

    STAGED = "staged"
    READY = "ready"
    SENDING = "sending"
    WAITING = "waiting"
    SETTLED = "settled"


class ReminderState(StrEnum):
    """
    What the API holds, as far as its answers told.

    ``UNCERTAIN``: a create was sent and its outcome is unknown; no uuid is known.
    """

    ACTIVE = "active"
    CANCELLED = "cancelled"
    NO_SHOW_SENT = "no_show_sent"
    UNCERTAIN = "uncertain"


ENDED: Final = frozenset({ReminderState.CANCELLED, ReminderState.NO_SHOW_SENT})
"""No request changes such a reminder any more."""

STATE_AFTER: Final = {
    Action.CREATE: ReminderState.ACTIVE,
    Action.UPDATE: ReminderState.ACTIVE,
    Action.CANCEL: ReminderState.CANCELLED,
    Action.NO_SHOW: ReminderState.NO_SHOW_SENT,
}
"""What a reminder that has not ended is once a request of the action is accepted."""


class RunState(StrEnum):
    """
    A run is ``OPEN`` until its report is due, then ``FINISHED``; an ``OPEN`` run found at start was interrupted.

    ``DRAFT``: a kept plan. It is no run yet: another one, with an id of its own, sends it.
    """

    DRAFT = "draft"
    OPEN = "open"
    FINISHED = "finished"


RESULT_COLUMNS: Final = (
    "result_run",
    "result_file",
    "result_sheet",
    "result_row",
    "result_action",
    "result_status",
    "result_uuid",
    "result_external_event_id",
    "result_http_status",
    "result_code",
    "result_problem",
    "result_fix",
    "result_warnings",
    "result_attempts",
    "result_time",
)


class Hold(NamedTuple):
    """
    One reason for which calls of a run are held.

    ``code``: of the kind of problem, which ``--release`` takes. ``message``: what was found, a sentence. ``fix``: how it
    is released, or what to do instead. Neither holds personal data.
    """

    code: str
    message: str
    fix: str


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
    digest = sha256(identity.encode("utf-8", "surrogatepass")).digest()
    return DERIVED + base64.b32encode(digest).decode("ascii").lower()[:20]


_PORTS: Final = {"https": 443, "http": 80}


def origin_of(base_url: str) -> str:
    """
    Return ``https://host`` or ``https://host:port`` of an address, "" for what is none.

    The host is in small letters and without a dot at its end; the port stands only where it is not the scheme's own.
    """
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its very name; names are not looked up."""
    if host.casefold() == "localhost":
        return True
    import ipaddress  # noqa: PLC0415 - nearly all are names of other machines

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
