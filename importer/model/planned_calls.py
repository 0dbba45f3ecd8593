"""
The calls to the API as values: planned, sent, answered, and what the ledger then remembers.

::

    run.plan.lanes -> Lane of Candidates -> planning.plan_lane -> [Verdict] -> run.plan.record
    run.calls.ready -> PlannedCall -> sending: Intent, Api.send, Reply -> Settlement (with its ReminderChange) -> run.calls.record

A *lane* is one appointment: its calls go in row order and never overlap. ``lane`` is its 16-byte name, made of phone
and external event id (``lane_of_key``), or of the uuid where no key is known (``lane_of_uuid``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import orjson

from importer.model.records import Attempt, Change, Key
from importer.model.sending_window import Visit, visit_of
from importer.model.statuses import OFF_ACTIONS, SAYS_OFF, SENT_AS, Action, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from importer.model.issues import Issue
    from importer.model.records import Reminder


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


class Candidate(NamedTuple):
    """
    A staged row that may need a call: planning's input.

    ``payload``: JSON bytes, the body that a create would carry. ``defaulted``: the payload's fields that the profile
    filled (``metadata.NAME`` for keys of the metadata); they never count as a change. ``invalid``: no ledger can
    save the row. ``conditional``: its problems count only if it turns out to be a create. ``file``: for sentences.
    ``off``: an invalid row that says that the visit does not take place, or may say so.
    """

    row_id: int
    number: int
    file: str
    action: Action | None
    phone: str | None
    external_event_id: str | None
    uuid: str | None
    payload: bytes
    defaulted: frozenset[str]
    starts_at: int | None
    invalid: bool
    conditional: bool
    fingerprint: bytes
    off: bool = False

    @property
    def key(self) -> Key | None:
        """The appointment's identity, when the row has both halves of it."""
        if self.phone and self.external_event_id:
            return Key(self.phone, self.external_event_id)
        return None


class Known(NamedTuple):
    """As much of a reminder as must be known for a verdict that needs no thought."""

    fingerprint: bytes | None
    state: str
    in_doubt: str | None


class Easy(Protocol):
    """Gives a row the verdict that needs no thought: UNCHANGED, CREATED for a plain first booking, else None."""

    def __call__(
        self, action: str, known: Known | None, *, fingerprint: bytes, conditional: bool, uuid: str | None
    ) -> Status | None:
        """``known``: the reminder that the row means, None where there is none; ``fingerprint``: what the row says."""


class Planning(NamedTuple):
    """
    The verdicts that need no thought, on rows that are alone: of one row, and which of many rows repeat what they say.

    ``moved``: the update of a row that only changes what its reminder was last told, None where it wants thought.
    """

    easy: Easy
    repeated: Callable[[np.ndarray, np.ndarray], np.ndarray]
    moved: Callable[[Reminder, Candidate], Verdict | None]


class Lane(NamedTuple):
    """The rows of one appointment in the order of files and rows, and what is remembered of it."""

    known: Reminder | None
    rows: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """
    A call as planning fixes it.

    ``uuid`` is None for a create, and for a call that waits for the uuid of a create earlier in its lane.
    ``body``: UTF-8 JSON or None. ``starts_at``: the start that the reminder will have, None where the call leaves it.
    ``repeated``: the same call may have been processed before (its outcome is not known), so 400 and 409 on a create
    are unknown, and 404 on a cancel counts as done. ``after``: the row whose call must be settled first. ``due``: UTC
    seconds of the appointment, 0 when unknown.
    """

    action: Action
    uuid: str | None
    body: bytes | None
    starts_at: int | None = None
    due: int = 0
    repeated: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What becomes of one row: a ``call``, or at once its final ``status`` (exactly one of the two is not None).

    ``action``: the action as it was understood (an upsert is a create or an update by now). ``changes``: the fields of
    an update, old and new. ``notes``: problems and warnings to add to the row's own. ``drops_problems``: the row's
    conditional problems do not matter (it is no create), so they are taken away. ``repeats``: the reminder as it is
    remembered holds all that the row says, so that the next such row needs no thought.
    """

    row_id: int
    action: Action | None
    status: Status | None = None
    call: Call | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[Issue, ...] = ()
    drops_problems: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """
    A call that may be sent now; everything that sending needs to know of it.

    ``body``: UTF-8 JSON or None, the same bytes at every attempt. ``uuid`` is None only for a create. ``attempts``: tries
    so far, also of earlier processes, whose ``history`` may lack those that a crash cut off. ``fingerprint`` b"": the
    call alone does not make the reminder equal to the row. ``repeated``: an earlier attempt may have been processed.
    ``due``: UTC seconds of the start, 0 when unknown (soonest first). ``followed``: another call of the lane waits for
    this one: ask ``run.calls.successor`` once it is settled. ``held``: what the API is known to hold of the
    appointment, the JSON object of its values, None for nothing. The other members are for the settlement; see ``Call``.
    """

    row_id: int
    number: int
    lane: bytes
    key: Key | None
    action: Action
    uuid: str | None
    body: bytes | None
    starts_at: int | None
    fingerprint: bytes
    due: int = 0
    attempts: int = 0
    history: tuple[Attempt, ...] = ()
    repeated: bool = False
    followed: bool = False
    held: bytes | None = None

    @property
    def visit(self) -> Visit:
        """When the visit is that the call is about, as far as it is known."""
        if self.action is Action.CREATE:
            return visit_of(self.body, starts_at=self.starts_at)
        return visit_of(self.held, starts_at=self.due or None)


class Intent(NamedTuple):
    """Marks a call as ``sending``; durable before its request may leave. It touches the row only."""

    row_id: int


class Outcome(StrEnum):
    """
    How a call ended, as far as its reminder is concerned.

    ``ACCEPTED`` the API did it · ``DOUBTED`` nobody knows · ``OLDER`` a create was answered with an older record: its
    uuid is known, its values are in doubt · ``DENIED`` a person found out that the API did not do what was in doubt.
    """

    ACCEPTED = "accepted"
    DOUBTED = "doubted"
    OLDER = "older"
    DENIED = "denied"


class ReminderChange(NamedTuple):
    """
    What a settlement tells the reminder of its lane; made by ``accepted``, ``doubted``, ``denied`` and ``found_older``.

    The members are those of the call; ``uuid`` is the one that a create's answer gave.
    """

    outcome: Outcome
    action: Action
    lane: bytes
    key: Key | None
    uuid: str | None
    body: bytes | None
    starts_at: int | None
    fingerprint: bytes


class NextCall(NamedTuple):
    """
    The call that a row needs after its first: the API answered a create with an older record, which wants an update.

    ``body`` holds every field of the create that an update may carry.
    """

    action: Action
    uuid: str
    body: bytes


class Settlement(NamedTuple):
    """
    How an attempt ended, as the ledger keeps it; row and reminder change in one transaction.

    ``status`` None: the call is not over. It becomes WAITING, with ``next_call`` instead of its old call if there
    is one; ``repeated`` says whether an attempt may have been processed. ``attempts``: the whole history.
    ``at``: UTC seconds. A create that ends neither CREATED nor UPDATED settles the later calls of its lane as
    NOT_SENT, in the same transaction.
    """

    row_id: int
    status: Status | None
    at: float
    attempts: tuple[Attempt, ...]
    uuid: str | None = None
    http_status: int | None = None
    code: str = ""
    notes: tuple[Issue, ...] = ()
    reminder: ReminderChange | None = None
    next_call: NextCall | None = None
    repeated: bool = False


def value_mark(value: Any) -> str:
    """Return a short text that is equal for equal values of a field and does not show them."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def says_off(action: str, problems: bytes) -> bool:
    """Whether an invalid row says, or may say, that its visit does not take place; ``problems``: as the ledger keeps them."""
    told = orjson.loads(problems)
    return action in OFF_ACTIONS or any(one["code"] in SAYS_OFF and not one["field"] for one in told)


NAMES_END: Final = "\x1f"
"""Between the names of the fields that the profile filled in one row."""


def lane_of_key(key: Key) -> bytes:
    """Return the 16-byte name of the appointment with this key."""
    return blake2b(f"{key.phone}\x1f{key.external_event_id}".encode(), digest_size=16).digest()


def lanes_of_keys(phones: Sequence[str | None], external_event_ids: Sequence[str | None]) -> list[bytes]:
    """Return the names of many appointments, as ``lane_of_key`` does."""
    keys = zip(phones, external_event_ids, strict=True)
    return [blake2b(f"{phone}\x1f{number}".encode(), digest_size=16).digest() for phone, number in keys]


def lane_of_uuid(uuid: str) -> bytes:
    """Return the 16-byte name of a reminder of which only the uuid is known."""
    return blake2b(f"\x1f\x1f{uuid}".encode(), digest_size=16).digest()


def fingerprint(payload: bytes, defaulted: Sequence[str]) -> bytes:
    """
    Return 16 bytes that are equal for rows that say the same. ``defaulted``: the fields that the profile filled.

    Rows with different fingerprints may still say the same (their metadata in another order); planning then compares
    the values themselves. What the profile filled in is marked, because it does not count as said.
    """
    said = NAMES_END.join(defaulted).encode() + payload if defaulted else payload
    return blake2b(said, digest_size=16).digest()


def fingerprints(payloads: Sequence[bytes], defaulted: Sequence[tuple[str, ...]]) -> list[bytes]:
    """Return the fingerprint of each row of a chunk."""
    begins = {names: NAMES_END.join(names).encode() for names in set(defaulted)}
    each = zip(payloads, defaulted, strict=True)
    return [blake2b(begins[names] + payload, digest_size=16).digest() for payload, names in each]


def accepted(call: PlannedCall, uuid: str | None = None) -> ReminderChange:
    """Return what to remember once the API accepted the call; ``uuid`` is the one that a create's answer gave."""
    return _change(call, Outcome.ACCEPTED, uuid)


def doubted(call: PlannedCall) -> ReminderChange:
    """Return what to remember when nobody knows whether the API processed the call."""
    return _change(call, Outcome.DOUBTED, None)


def denied(call: PlannedCall) -> ReminderChange:
    """Return what to remember once a person found out that the API did not process the call."""
    return _change(call, Outcome.DENIED, None)


def found_older(call: PlannedCall, uuid: str) -> ReminderChange:
    """Return what to remember when a create was answered with an older record."""
    return _change(call, Outcome.OLDER, uuid)


def _change(call: PlannedCall, outcome: Outcome, uuid: str | None) -> ReminderChange:
    return ReminderChange(
        outcome=outcome,
        action=call.action,
        lane=call.lane,
        key=call.key,
        uuid=uuid or call.uuid,
        body=call.body,
        starts_at=call.starts_at,
        fingerprint=call.fingerprint,
    )


def settled(call: PlannedCall, *, at: float, attempts: tuple[Attempt, ...], uuid: str | None = None) -> Settlement:
    """Return the settlement of an accepted call."""
    last = attempts[-1].http_status if attempts else None
    return Settlement(
        row_id=call.row_id,
        status=SENT_AS[call.action],
        at=at,
        attempts=attempts,
        uuid=uuid or call.uuid,
        http_status=last,
        reminder=accepted(call, uuid),
    )
