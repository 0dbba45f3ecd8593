"""From a decision to what the ledger keeps, and to the call that follows. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.model.plans import PlannedCall, Settlement, doubted, found_older, settled
from importer.model.words import Action, Status
from importer.sending.decisions import Again, Decision, Done, Ended, Older

if TYPE_CHECKING:
    from importer.model.calls import Attempt


def settlement_of(call: PlannedCall, decision: Decision, attempts: tuple[Attempt, ...], *, at: float) -> Settlement:
    """Return how the ledger keeps the outcome of an attempt; ``attempts`` is the whole history with it."""
    last = attempts[-1]
    if isinstance(decision, Done):
        done = settled(call, at=at, attempts=attempts, uuid=decision.uuid)
        return done._replace(notes=decision.notes) if decision.notes else done
    if isinstance(decision, Ended):
        unknown = decision.status is Status.UNKNOWN
        return Settlement(
            row_id=call.row_id,
            status=decision.status,
            at=at,
            attempts=attempts,
            uuid=call.uuid,
            http_status=last.http_status,
            code=decision.note.code,
            notes=(decision.note,),
            reminder=doubted(call) if unknown else None,
            repeated=unknown,
        )
    if isinstance(decision, Older):
        return Settlement(
            row_id=call.row_id,
            status=None,
            at=at,
            attempts=attempts,
            uuid=decision.call.uuid,
            http_status=last.http_status,
            notes=decision.notes,
            reminder=found_older(call, decision.call.uuid),
            next_call=decision.call,
        )
    doubt = isinstance(decision, Again) and decision.doubt
    return Settlement(
        row_id=call.row_id,
        status=None,
        at=at,
        attempts=attempts,
        uuid=call.uuid,
        http_status=last.http_status,
        code=last.code,
        reminder=doubted(call) if doubt else None,
        repeated=call.repeated or doubt,
    )


def following(call: PlannedCall, settlement: Settlement) -> PlannedCall:
    """Return the call as it waits after an attempt that did not end it: itself, or the update of an older record."""
    tried = replace(
        call,
        attempts=call.attempts + 1,
        history=settlement.attempts,
        repeated=settlement.repeated,
    )
    following = settlement.next_call
    if following is None:
        return tried
    return replace(tried, action=Action.UPDATE, uuid=following.uuid, body=following.body)
