"""How the sandbox behaves where the reference document is silent, and how quick and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    The switches of a sandbox; each may be changed while it runs.

    ``duplicates``: the answer to a create whose phone and externalEventId are taken: 200 with the existing
    reminder, 400 or 409. ``freed_by_cancel``: whether a cancelled reminder gives its key free.
    ``cancel_again``: the answer to a second cancel; ``after_cancel``: to an update or no-show of a cancelled one.
    ``metadata``: whether an update's object replaces the old one or is merged into it.
    ``phones``: how the answer shows the phone. ``uuids``: ordinary ones, or ``strange`` (legal opaque text that has
    to be percent-encoded in a path). ``ineligible``: phones (digits with country code) for which a create with
    sendEligibleSubscribersOnly makes nothing and answers without uuid.
    ``event_types``: uuid -> type; None takes every type's uuid as known.
    ``latency_s`` plus at most ``jitter_s`` pass before each answer. ``rate``: requests/s that are allowed, with
    ``burst`` saved up; above it 429, with ``retry_after`` as it is unless that is None.
    """

    duplicates: Literal[200, 400, 409] = 200
    freed_by_cancel: bool = False
    cancel_again: Literal[200, 400, 404] = 200
    after_cancel: Literal[200, 400, 404] = 200
    metadata: Literal["replace", "merge"] = "replace"
    phones: Literal["as_sent", "e164"] = "as_sent"
    uuids: Literal["ordinary", "strange"] = "ordinary"
    ineligible: frozenset[str] = frozenset()
    event_types: Mapping[str, str] | None = field(default=None)
    latency_s: float = 0.0
    jitter_s: float = 0.0
    rate: float | None = None
    burst: int = 20
    retry_after: str | None = "1"
