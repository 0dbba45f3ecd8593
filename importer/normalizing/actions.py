"""What a row asks for, in the words that sheets and clinic systems use."""

from __future__ import annotations

from typing import Final

from importer.model.words import Action
from importer.normalizing.readings import Reading, Unreadable
from importer.normalizing.texts import trimmed
from schemas.fields import folded

_SPELLINGS: Final[dict[Action, tuple[str, ...]]] = {
    Action.CREATE: ("create", "new", "add", "insert", "book", "schedule"),
    Action.UPDATE: (
        "update",
        "updated",
        "change",
        "changed",
        "modify",
        "modified",
        "edit",
        "edited",
        "move",
        "moved",
        "reschedule",
        "rescheduled",
    ),
    Action.CANCEL: ("cancel", "canceled", "cancelled", "cancellation", "delete", "deleted", "remove", "removed"),
    Action.NO_SHOW: ("no_show", "no showed", "did not attend", "dna", "missed"),
    Action.UPSERT: ("upsert", "create or update", "booked", "scheduled", "confirmed"),
    Action.NONE: ("none", "arrived", "fulfilled", "checked in", "attended", "completed", "kept"),
}

ACTIONS: Final[dict[str, Action]] = {folded(word): action for action, words in _SPELLINGS.items() for word in words}


def parse_action(text: str) -> Reading:
    """
    Read an action; case, blanks, ``_`` and ``-`` make no difference.

    Accepted: the importer's words (``create``, ``update``, ``cancel``, ``no_show``, ``upsert``, ``none``); obvious
    ones (``new``, ``add``, ``change``, ``rescheduled``, ``canceled``, ``deleted``, ``did not attend``, ...); and
    FHIR's appointment words: ``booked`` is an upsert, because a nightly export says it of each appointment that
    still stands; ``cancelled`` and ``noshow`` are what they say; ``arrived``, ``fulfilled`` and ``checked-in``
    need no call. FHIR's ``proposed``, ``pending``, ``waitlist`` and ``entered-in-error`` are not actions.

    Raises:
        Unreadable: ``action_blank``, ``action_unknown``; never a default.

    """
    word = folded(trimmed(text))
    if action := ACTIONS.get(word):
        return Reading(action.value)
    raise Unreadable("action_unknown" if trimmed(text) else "action_blank")
