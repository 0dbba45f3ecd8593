"""
The table: what the outcome of one attempt means for its call, and whether it is retried ("again"). Pure.

=====================  ==============================  =========================  ============================
outcome                create                          update, cancel             no-show
=====================  ==============================  =========================  ============================
2xx, our uuid          done                            done                       done
2xx, older record      update comes next               -                          -
2xx otherwise, 408,    again; UNKNOWN after the last   again; UNKNOWN after the   UNKNOWN, never again
5xx, no clear answer   (once, if only the eligible     last
                       were asked for)
400 and other 4xx      FAILED                          FAILED                     FAILED
.. of a repeat         UNKNOWN                         cancel UNKNOWN, else       -
                                                       FAILED
404                    stops the run                   FAILED                     FAILED
.. of a repeat         stops the run                   cancel done, with a        -
                                                       warning; else FAILED
429, not connected     again, for all four             again                      again
401, 403, TLS refused  stops the run; the row is NOT_SENT, or UNKNOWN if an earlier attempt may have been
                       processed
3xx, 407               the same before the API was *proven*, else as a 5xx
=====================  ==============================  =========================  ============================

A *repeat* is an attempt after one that may have been processed, in this run or an earlier one. The API is *proven*
once a call of this run was answered as the API answers: then base_url is right, and a stray redirect is a mishap on
the way, of which nobody knows on which side of the API it happened.

Only a 2xx is good news (``weather_of``). Whatever else an answer holds, it never says that the API is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import Exit
from importer.model.issues import Issue
from importer.model.planned_calls import NextCall, Reply, Trouble
from importer.model.statuses import Action, Status
from importer.sending.comparing import differing, is_of_another, is_same
from schemas.fields import FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.planned_calls import PlannedCall
    from importer.model.records import Key

HARMLESS_FACTOR: Final = 4
"""A call that was surely not processed may be tried this many times as often as one that may have been."""

LONGEST_DETAIL: Final = 200
LONGEST_UUID: Final = 200


class Weather(StrEnum):
    """
    What an outcome says about the API, for all calls.

    ``FINE`` it did what was asked · ``REFUSES`` it answered, and refused this row · ``BUSY`` it wants us to wait ·
    ``DOWN`` no answer, or none that makes sense · ``FATAL`` nothing more may be sent.
    """

    FINE = "fine"
    REFUSES = "refuses"
    BUSY = "busy"
    DOWN = "down"
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class Done:
    """
    The API did it. ``uuid``: the one that a create's answer gave.

    ``is_others``: the answer names another phone or number than the row, so the uuid is not that appointment's.
    """

    uuid: str | None = None
    notes: tuple[Issue, ...] = ()
    is_others: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Try again. ``doubt``: this attempt may have been processed."""

    doubt: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over: FAILED, UNKNOWN or NOT_SENT, and the note that says why."""

    status: Status
    note: Issue


@dataclass(frozen=True, slots=True)
class Older:
    """The API held an older record of the appointment, which ``call`` brings up to date."""

    call: NextCall
    notes: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more may be sent. ``code``: the problem of the rows that are left; ``reason``: a sentence."""

    exit_code: Exit
    code: str
    reason: str


Decision = Done | Again | Ended | Older | Stop


@dataclass(frozen=True, slots=True)
class Tries:
    """
    How often a call was tried before: ``doubtful`` attempts may have been processed, ``harmless`` ones surely not.

    ``most``: so many attempts may be doubtful; of all together there may be ``HARMLESS_FACTOR`` times as many.
    """

    doubtful: int = 0
    harmless: int = 0
    most: int = 5

    def and_one(self, *, doubt: bool) -> Tries:
        """Return the count with one more."""
        return Tries(self.doubtful + doubt, self.harmless + (not doubt), self.most)

    def allow_another(self, *, doubt: bool) -> bool:
        """Whether, after one more attempt of this kind, another may follow."""
        after = self.and_one(doubt=doubt)
        return after.doubtful < self.most and after.doubtful + after.harmless < self.most * HARMLESS_FACTOR


_WRONG_ADDRESS: Final = "base_url is probably wrong; nothing more was sent."
_CHANGED: Final = "before, it answered as the API does. Nothing more was sent."
_INSECURE: Final = (
    "The API's certificate could not be checked: it is expired, self-signed or for another host, or something stands "
    "in between. Nothing more was sent."
)


def decide(call: PlannedCall, reply: Reply, tries: Tries, *, proven: bool = False) -> Decision:
    """
    Return what the outcome means.

    ``tries`` counts the attempts before this one. ``proven``: a call of this run was answered with a good 2xx.
    """
    status = reply.status
    if status is None:
        return _unanswered(call, reply, tries)
    if 200 <= status < 300:
        return _accepted(call, reply, tries)
    if status in {425, 429}:
        return _not_processed(call, tries, Issue("api_overloaded"))
    if status == 408 or status >= 500 or status < 200 or (proven and is_from_elsewhere(status)):
        return _in_doubt(call, tries, _said(reply))
    return _stop(call, status, proven=proven) or _refused(call, reply, status)


def is_from_elsewhere(status: int | None) -> bool:
    """Whether an answer says that somebody before the API gave it: a redirect, or a proxy that wants a password."""
    return status is not None and (300 <= status < 400 or status == 407)


def wrong_address(status: int, *, proven: bool) -> Stop:
    """Return why to stop where an address answers otherwise than the API does."""
    if 300 <= status < 400:
        said = "redirected the call"
    elif status == 407:
        said = "is behind a proxy that wants a password"
    else:
        said = "does not know the call"
    reason = f"The address {said} (HTTP {status}): {_CHANGED if proven else _WRONG_ADDRESS}"
    return Stop(Exit.STOPPED, "not_sent_wrong_address", reason)


def _stop(call: PlannedCall, status: int, *, proven: bool) -> Stop | None:
    if status in {401, 403}:
        said = "the token" if status == 401 else "permission"
        return Stop(Exit.AUTHENTICATION, "not_sent_token_refused", f"The API refused {said} (HTTP {status}).")
    if is_from_elsewhere(status) or (status == 404 and call.action is Action.CREATE):
        return wrong_address(status, proven=proven)
    return None


def weather_of(call: PlannedCall, reply: Reply, decision: Decision) -> Weather:
    """Return what the outcome says about the API."""
    if isinstance(decision, Stop):
        return Weather.FATAL
    if reply.status in {425, 429}:
        return Weather.BUSY
    status = reply.status or 0
    if 200 <= status < 300:
        if isinstance(decision, (Done, Older)) or _may_be_ineligible(call, reply):
            return Weather.FINE
        return Weather.REFUSES if reply.answer is not None else Weather.DOWN
    is_clear = 400 <= status < 500 and status not in {407, 408}
    return Weather.REFUSES if is_clear else Weather.DOWN


def usable_uuid(answer: Mapping[str, Any]) -> str | None:
    """
    Return the uuid of an answer: any text that can stand in a path; None for everything else.

    Blanks around it are left off, as they are in a sheet: with them a report that is fed back would name another one.
    """
    found = answer.get("uuid")
    uuid = found.strip() if isinstance(found, str) else ""
    if not uuid or len(uuid) > LONGEST_UUID or not uuid.isprintable():
        return None
    return None if uuid in {".", ".."} else uuid


def attempt_code(reply: Reply) -> str:
    """Return the word for an attempt in the ledger: ``http_200``, ``read_timeout`` ..."""
    if reply.trouble is not None:
        return reply.trouble.value
    return f"http_{reply.status}"


def _accepted(call: PlannedCall, reply: Reply, tries: Tries) -> Decision:
    answer = reply.answer
    uuid = usable_uuid(answer) if answer is not None else None
    if answer is None or uuid is None:
        return _without_uuid(call, reply, tries)
    if call.action is Action.CREATE:
        return _created(call, answer, uuid, tries)
    # In capitals it is the same one: a sheet may spell it otherwise than the API, and an old ledger hold it with blanks.
    if uuid.casefold() != (call.uuid or "").strip().casefold():
        return _in_doubt(call, tries, "the answer was about another appointment", code="answer_of_another")
    if call.key is not None and is_of_another(_identity(call.key), answer):
        return Done(notes=(Issue("answer_names_another"),), is_others=True)
    fields = differing(_body(call), answer) if call.body else ()
    return Done(notes=(Issue("answer_differs", detail=", ".join(fields)),) if fields else ())


def _identity(key: Key) -> Mapping[str, Any]:
    return {"phone": key.phone, "externalEventId": key.external_event_id}


def _created(call: PlannedCall, answer: Mapping[str, Any], uuid: str, tries: Tries) -> Decision:
    sent = _body(call)
    if is_same(sent, answer):
        return Done(uuid)
    if is_of_another(sent, answer):
        return _in_doubt(call, tries, "the answer was about another appointment", code="answer_of_another")
    fields = differing(sent, answer)
    notes = (Issue("older_type_kept"),) if "eventType" in fields else ()
    changing = [field for field in fields if FIELD[field].updatable]
    if not changing:
        return Done(uuid, notes)
    body = {field: value for field, value in sent.items() if field in FIELD and FIELD[field].updatable}
    found = Issue("older_reminder_found", detail=", ".join(changing))
    return Older(NextCall(Action.UPDATE, uuid, orjson.dumps(body)), (found, *notes))


def _without_uuid(call: PlannedCall, reply: Reply, tries: Tries) -> Decision:
    if tries.doubtful and _may_be_ineligible(call, reply):
        return Ended(Status.UNKNOWN, Issue("probably_not_eligible"))
    return _in_doubt(call, tries, _said(reply))


def _may_be_ineligible(call: PlannedCall, reply: Reply) -> bool:
    """Whether an answer without a uuid may mean that no reminder was made, as was asked."""
    asks = call.action is Action.CREATE and b'"sendEligibleSubscribersOnly"' in (call.body or b"")
    return asks and reply.answer is not None and _body(call).get("sendEligibleSubscribersOnly") is True


def _unanswered(call: PlannedCall, reply: Reply, tries: Tries) -> Decision:
    if reply.trouble is Trouble.TLS:
        return Stop(Exit.STOPPED, "not_sent_insecure", _INSECURE)
    if reply.trouble is not None and reply.trouble.surely_not_processed:
        return _not_processed(call, tries, Issue("api_unreachable", detail=_TROUBLES[reply.trouble]))
    return _in_doubt(call, tries, _said(reply))


def _not_processed(call: PlannedCall, tries: Tries, note: Issue) -> Decision:
    if tries.allow_another(doubt=False):
        return Again(doubt=False)
    if call.repeated:
        return Ended(Status.UNKNOWN, Issue("no_clear_answer", detail="no later try reached the API"))
    return Ended(Status.NOT_SENT, note)


def _in_doubt(call: PlannedCall, tries: Tries, said: str, *, code: str = "no_clear_answer") -> Decision:
    if call.action is Action.NO_SHOW:
        return Ended(Status.UNKNOWN, Issue("no_show_in_doubt", detail=said))
    if call.action is Action.CREATE and call.key is None:
        return Ended(Status.UNKNOWN, Issue("create_without_key_in_doubt", detail=said))
    if tries.allow_another(doubt=True):
        return Again(doubt=True)
    return Ended(Status.UNKNOWN, Issue(code, detail=said))


def _refused(call: PlannedCall, reply: Reply, status: int) -> Decision:
    detail = f"It says: “{reply.excerpt[:LONGEST_DETAIL]}”" if reply.excerpt else ""
    if call.repeated and call.action is Action.CANCEL and status == 404:
        return Done(notes=(Issue("cancelled_already"),))
    if call.repeated and call.action in {Action.CREATE, Action.CANCEL}:
        return Ended(Status.UNKNOWN, Issue("repeat_refused", value=str(status), detail=detail))
    if status == 404:
        return Ended(Status.FAILED, Issue("reminder_not_found", detail=detail))
    code = "api_conflict" if status == 409 and call.action is Action.CREATE else "api_rejected"
    return Ended(Status.FAILED, Issue(code, value=str(status), detail=detail))


_TROUBLES: Final = {
    Trouble.REFUSED: "it refused the connection",
    Trouble.DNS: "its name could not be resolved",
    Trouble.TLS: "its certificate could not be checked",
    Trouble.CONNECT_TIMEOUT: "it did not take the connection in time",
    Trouble.READ_TIMEOUT: "no answer came in time",
    Trouble.RESET: "the connection broke off",
    Trouble.UNREADABLE: "the answer could not be read",
    Trouble.TOO_LARGE: "the answer was far too large",
}


def _said(reply: Reply) -> str:
    if reply.trouble is not None:
        return _TROUBLES[reply.trouble]
    if reply.status is not None and 200 <= reply.status < 300:
        return "the answer had no uuid"
    if reply.status is not None and 300 <= reply.status < 400:
        return f"the request was redirected (HTTP {reply.status})"
    return f"the API answered HTTP {reply.status}"


def _body(call: PlannedCall) -> Mapping[str, Any]:
    value: Mapping[str, Any] = orjson.loads(call.body) if call.body else {}
    return value
