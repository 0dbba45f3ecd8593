"""
What the API holds: reminders by uuid and by key, and the five deeds that change them.

Each deed checks, writes its effect to the log and changes the state under one lock, and returns the answer and the
number of the effect (0 for none). The answer may go out only when that number is settled in the log.
"""

from __future__ import annotations

import itertools
import threading
import uuid as uuids
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from importer.sandbox.body_rules import Reason
from importer.sandbox.http_connection import Answer

if TYPE_CHECKING:
    from importer.sandbox.effects_log import Effect, EffectsLog
    from importer.sandbox.faults import Behaviour


Body = Mapping[str, Any]
Key = tuple[str, str]


class Outcome(NamedTuple):
    """An answer, and the number of the effect that has to be on disk before it goes out; 0 for none."""

    answer: Answer
    seq: int = 0


@dataclass(slots=True)
class Reminder:
    """One reminder: ``values`` as the requests left them, phone as last sent."""

    uuid: str
    values: dict[str, Any]
    cancelled: bool = False
    no_shows: int = 0

    @property
    def key(self) -> Key | None:
        """Phone digits and external event id; None without the latter, for then nothing is a duplicate."""
        external = self.values.get("externalEventId")
        return None if external is None else (phone_digits(self.values["phone"]), external)


@dataclass(slots=True)
class Reminders:
    """The state of one sandbox, rebuilt from ``log`` when that holds effects of an earlier life."""

    log: EffectsLog
    behaviour: InitVar[Behaviour]
    by_uuid: dict[str, Reminder] = field(default_factory=dict)
    by_key: dict[Key, Reminder] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self, behaviour: Behaviour) -> None:
        for effect in self.log.effects:
            self._replay(effect, behaviour)

    def create(self, body: Body, behaviour: Behaviour) -> Outcome:
        """Make a reminder, unless its key is taken or the subscriber is not eligible."""
        new = Reminder("", dict(body))
        with self._lock:
            taken = self._holder(new.key, behaviour)
            if taken is not None:
                return Outcome(_duplicate(taken, behaviour))
            if body.get("sendEligibleSubscribersOnly") and phone_digits(body["phone"]) in behaviour.ineligible:
                return Outcome(answer_json(200, dict(body)))
            new.uuid = self._new_uuid(behaviour)
            effect = self._log("create", new, body)
            self._keep(new)
            return Outcome(answer_json(200, shown(new, behaviour, with_flag=True)), effect.seq)

    def update(self, uuid: str, body: Body, behaviour: Behaviour) -> Outcome:
        """Change the fields that the body holds and no others."""
        with self._lock:
            reminder = self.by_uuid.get(uuid)
            if reminder is None:
                return Outcome(not_found())
            if reminder.cancelled and behaviour.after_cancel != 200:
                return Outcome(refused(behaviour.after_cancel, "the reminder is cancelled"))
            changed = Reminder(uuid, _merged(reminder.values, body, behaviour), reminder.cancelled)
            holder = self._holder(changed.key, behaviour)
            if holder is not None and holder is not reminder:
                return Outcome(bad_request([Reason("externalEventId", "names another reminder of this phone")]))
            effect = self._log("update", changed, body)
            self._revalue(reminder, changed.values)
            return Outcome(answer_json(200, shown(reminder, behaviour)), effect.seq)

    def cancel(self, uuid: str, behaviour: Behaviour) -> Outcome:
        """Cancel a reminder; what a second cancel answers is a switch."""
        with self._lock:
            reminder = self.by_uuid.get(uuid)
            if reminder is None:
                return Outcome(not_found())
            if reminder.cancelled and behaviour.cancel_again != 200:
                return Outcome(refused(behaviour.cancel_again, "the reminder is cancelled already"))
            effect = self._log("cancel", reminder, None)
            reminder.cancelled = True
            return Outcome(answer_json(200, shown(reminder, behaviour)), effect.seq)

    def no_show(self, uuid: str, behaviour: Behaviour) -> Outcome:
        """Send the no-show text. Asked twice it is sent twice, as nothing in the document says otherwise."""
        with self._lock:
            reminder = self.by_uuid.get(uuid)
            if reminder is None:
                return Outcome(not_found())
            if reminder.cancelled and behaviour.after_cancel != 200:
                return Outcome(refused(behaviour.after_cancel, "the reminder is cancelled"))
            effect = self._log("no_show", reminder, None)
            reminder.no_shows += 1
            return Outcome(answer_json(200, shown(reminder, behaviour)), effect.seq)

    def add_type(self, body: Body) -> Outcome:
        """Make an appointment type."""
        with self._lock:
            uuid = str(uuids.uuid4())
            effect = self.log.append("type", uuid=uuid, phone="", external_event_id=None, body=dict(body))
            self.types[uuid] = body["type"]
            return Outcome(answer_json(200, {"uuid": uuid, "type": body["type"]}), effect.seq)

    def show_type(self, uuid: str, behaviour: Behaviour) -> Outcome:
        """Answer with an appointment type."""
        known = self.types.get(uuid) or (behaviour.event_types or {}).get(uuid)
        if known is None and behaviour.event_types is None:
            known = "APPOINTMENT"
        return Outcome(answer_json(200, {"uuid": uuid, "type": known}) if known else not_found())

    def seed(self, body: Body, behaviour: Behaviour) -> Effect | None:
        """Put a reminder there that no request made; None when its key is taken."""
        new = Reminder("", dict(body))
        with self._lock:
            if self._holder(new.key, behaviour) is not None:
                return None
            new.uuid = self._new_uuid(behaviour)
            effect = self._log("seed", new, body)
            self._keep(new)
            return effect

    def adopt(self, uuid: str, values: Body, *, phone: str, cancelled: bool) -> None:
        """Hold a reminder that another server made; ``phone`` is its phone where the values name none."""
        adopted = Reminder(uuid, {"phone": phone, **values}, cancelled)
        with self._lock:
            self._keep(adopted)

    def knows_type(self, uuid: str, behaviour: Behaviour) -> bool:
        """Whether a create may name this appointment type."""
        return behaviour.event_types is None or uuid in behaviour.event_types or uuid in self.types

    def uuid_of(self, body: Body) -> str | None:
        """Return the uuid of the reminder that holds this create's key; None when there is none."""
        if "phone" not in body or "externalEventId" not in body:
            return None
        with self._lock:
            holder = self.by_key.get((phone_digits(str(body["phone"])), body["externalEventId"]))
        return None if holder is None else holder.uuid

    def another(self, uuid: str | None) -> Reminder | None:
        """Return some reminder that has another uuid."""
        with self._lock:
            return next((found for found in reversed(self.by_uuid.values()) if found.uuid != uuid), None)

    def clear(self) -> None:
        """Forget everything, the log included."""
        with self._lock:
            self.log.clear()
            self.by_uuid.clear()
            self.by_key.clear()
            self.types.clear()

    def snapshot(self) -> list[dict[str, Any]]:
        """Return every reminder with its values and state."""
        with self._lock:
            return [
                {"uuid": one.uuid, "values": dict(one.values), "cancelled": one.cancelled, "no_shows": one.no_shows}
                for one in self.by_uuid.values()
            ]

    def _holder(self, key: Key | None, behaviour: Behaviour) -> Reminder | None:
        holder = None if key is None else self.by_key.get(key)
        return None if holder and holder.cancelled and behaviour.freed_by_cancel else holder

    def _log(self, action: Any, reminder: Reminder, body: Body | None) -> Effect:
        return self.log.append(
            action,
            uuid=reminder.uuid,
            phone=phone_digits(reminder.values["phone"]),
            external_event_id=reminder.values.get("externalEventId"),
            body=None if body is None else dict(body),
        )

    def _keep(self, reminder: Reminder) -> None:
        self.by_uuid[reminder.uuid] = reminder
        if reminder.key is not None:
            self.by_key[reminder.key] = reminder

    def _revalue(self, reminder: Reminder, values: dict[str, Any]) -> None:
        if reminder.key is not None and self.by_key.get(reminder.key) is reminder:
            del self.by_key[reminder.key]
        reminder.values = values
        self._keep(reminder)

    def _new_uuid(self, behaviour: Behaviour) -> str:
        plain = str(uuids.uuid4())
        return plain if behaviour.uuids == "ordinary" else strange_uuid(next(self._made), plain)

    def _replay(self, effect: Effect, behaviour: Behaviour) -> None:
        if effect.action == "type":
            self.types[effect.uuid] = (effect.body or {})["type"]
        elif effect.action in ("create", "seed"):
            self._keep(Reminder(effect.uuid, dict(effect.body or {})))
        elif effect.action == "update":
            reminder = self.by_uuid[effect.uuid]
            self._revalue(reminder, _merged(reminder.values, effect.body or {}, behaviour))
        elif effect.action == "cancel":
            self.by_uuid[effect.uuid].cancelled = True
        else:
            self.by_uuid[effect.uuid].no_shows += 1


def phone_digits(text: str) -> str:
    """Return a phone's digits with country code: ``415-555-2671`` is ``14155552671``."""
    digits = "".join(mark for mark in text if mark in "0123456789")
    return "1" + digits if len(digits) == 10 and not text.startswith("+") else digits


def strange_uuid(number: int, plain: str) -> str:
    """Return an opaque uuid that means something else in a URL unless it is percent-encoded."""
    forms = (
        "{0}/..",
        "{0}?x=1#y",
        "{0} with blanks",
        "{0};v=1&w=2",
        "{0}%2F%2e",
        "ünï-{0}",
        "{0}+plus",
        "1a2b3c4d5e{0}",
    )
    return forms[number % len(forms)].format(plain)


def shown(reminder: Reminder, behaviour: Behaviour, *, with_flag: bool = False) -> dict[str, Any]:
    """Return a reminder as answers show it; only a create's answer tells sendEligibleSubscribersOnly."""
    values = {
        name: value for name, value in reminder.values.items() if with_flag or name != "sendEligibleSubscribersOnly"
    }
    if behaviour.phones == "e164":
        values["phone"] = "+" + phone_digits(values["phone"])
    return {"uuid": reminder.uuid, **values}


def answer_json(status: int, value: Any) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, orjson.dumps(value))


def refused(status: int, message: str) -> Answer:
    """Return an answer of this status that says why."""
    return answer_json(status, {"message": message})


def bad_request(reasons: list[Reason]) -> Answer:
    """Return a 400 with one entry a reason; values are not repeated in it."""
    entries = [{"field": reason.field, "reason": reason.reason} for reason in reasons]
    return answer_json(400, {"message": "the data is improperly formatted", "errors": entries})


def not_found() -> Answer:
    """Return the 404 for an id that is not known."""
    return refused(404, "the activity id was not found")


def _duplicate(taken: Reminder, behaviour: Behaviour) -> Answer:
    if behaviour.duplicates == 200:
        return answer_json(200, shown(taken, behaviour, with_flag=True))
    return refused(behaviour.duplicates, "a reminder with this externalEventId exists for this subscriber")


def _merged(values: Body, body: Body, behaviour: Behaviour) -> dict[str, Any]:
    merged = {**values, **body}
    if behaviour.metadata == "merge" and "metadata" in body:
        merged["metadata"] = {**values.get("metadata", {}), **body["metadata"]}
    return merged
