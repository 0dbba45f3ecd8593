"""What a row asks for, and truth values, in the words that sheets and clinic systems use."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from importer.model.statuses import Action
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import BLANK, Reading, Unreadable
from schemas.fields import folded
from schemas.status_words import BOOKED, CALLED_OFF, folded_word, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import Profile
    from importer.normalizing.value_reading import Parser


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
    ),
    Action.CANCEL: ("cancel", "cancellation", "delete", "deleted", "remove", "removed", *words_of(CALLED_OFF)),
    Action.NO_SHOW: ("no_show", "no showed", "did not attend", "dna", "missed"),
    Action.UPSERT: ("upsert", "create or update", *words_of(BOOKED)),
    Action.NONE: ("arrived", "fulfilled", "checked in", "attended", "completed", "kept"),
}

# Only a profile may say so: in a sheet "None" is as good as blank, and a blank is no order to leave the visit alone.
NO_CALL: Final = frozenset({"", "none", "nocall", "norequest", "skip"})

ACTIONS: Final[dict[str, Action]] = {folded(word): action for action, words in _SPELLINGS.items() for word in words}


def parse_action(text: str) -> Reading:
    """
    Read an action; case, blanks, ``_`` and ``-`` make no difference.

    Accepted: the importer's words (``create``, ``update``, ``cancel``, ``no_show``, ``upsert``); obvious
    ones (``new``, ``add``, ``change``, ``deleted``, ``did not attend``, ...); the words for cancelled and for booked of
    ``schemas.status_words``, in seven languages (``canceled``, ``storniert``, ``annulé``, ``bestätigt``, ...); and FHIR's appointment
    words: ``booked`` is an upsert, because a nightly export says it of each appointment that still stands;
    ``cancelled`` and ``noshow`` are what they say; ``arrived``, ``fulfilled`` and ``checked-in`` need no call.
    ``rescheduled`` is not an action: the slot may have been given up, or be the new one. Nor are FHIR's ``proposed``,
    ``pending``, ``waitlist`` and ``entered-in-error``.

    Raises:
        Unreadable: ``action_blank``, ``action_unknown``; never a default.

    """
    word = folded(folded_word(trimmed(text)))
    if action := ACTIONS.get(word):
        return Reading(action.value)
    raise Unreadable("action_unknown" if trimmed(text) else "action_blank")


def action_parser(translations: Mapping[str, str]) -> Parser:
    """
    Return a parser of actions that knows a profile's words: typed word -> action, or ``none`` (or nothing) for no request.

    Case and outer blanks make no difference. What the profile does not translate is read by ``parse_action``.
    """
    known = {trimmed(typed).casefold(): meant for typed, meant in translations.items()}

    def parse(text: str) -> Reading:
        meant = known.get(trimmed(text).casefold())
        if meant is None:
            return parse_action(text)
        return Reading(Action.NONE.value) if folded(meant) in NO_CALL else parse_action(meant)

    return parse


# What a column of the visit's status says of one that stands, or that took place; below a plain "Action" none of it is an order.
_STATES: Final[dict[Action, tuple[str, ...]]] = {
    Action.UPSERT: (
        "unconfirmed", "not confirmed", "not yet confirmed", "pending", "pending confirmation", "requested", "accepted", "approved", "active",
        "open", "upcoming", "reserved", "left message", "message left", "left voicemail", "left vm", "lm", "lvm", "reminded", "reminder sent",
        "telehealth", "virtual", "in person", "new", "changed", "updated", "modified", "neu", "offen", "ausstehend", "unbestätigt", "geändert",
        "nuevo", "nueva", "pendiente", "sin confirmar", "modificado", "modificada", "nouveau", "en attente", "non confirmé", "modifié", "nuovo",
        "in attesa", "non confermato", "modificato", "novo", "pendente", "não confirmado", "nieuw", "in afwachting", "niet bevestigd", "gewijzigd",
    ),
    Action.NONE: (
        "checked out", "check out", "show", "showed", "showed up", "seen", "in room", "roomed", "present", "in progress", "in session", "with doctor",
        "with provider", "complete", "finished", "done", "erschienen", "anwesend", "erledigt", "abgeschlossen", "asistió", "atendido", "atendida",
        "completado", "completada", "presente", "présent", "terminé", "honoré", "presentato", "completato", "compareceu", "concluído", "aanwezig",
        "afgerond", "voltooid",
    ),
}  # fmt: skip


@cache
def _states() -> dict[str, str]:
    return {
        phrase.replace(" ", joint): action.value
        for action, phrases in _STATES.items()
        for phrase in phrases
        for joint in (" ", "-", "_", "")
    }


def with_states(profile: Profile) -> Profile:
    """Return the profile for a sheet whose action is a column of statuses (Appt Status): its ordinary words are known, too."""
    return replace(profile, values={**profile.values, "action": {**_states(), **profile.values.get("action", {})}})


def is_translation(meant: str) -> bool:
    """Whether a profile may translate a word so: into an action, or into no request."""
    word = folded(meant)
    return word in NO_CALL or word in ACTIONS


TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})


def parse_flag(text: str) -> Reading:
    """
    Read a truth value as ``true`` or ``false``.

    Accepted, in any case: ``true``, ``t``, ``yes``, ``y``, ``1`` and ``false``, ``f``, ``no``, ``n``, ``0``; the
    numbers also as ``1.0`` and ``0.0``, as some programs export them. Nothing else: no ``on``, no ``x``.

    Raises:
        Unreadable: ``flag_unreadable``.

    """
    word = trimmed(text).casefold()
    if word in TRUE:
        return Reading("true")
    if word in FALSE:
        return Reading("false")
    if not word:
        return BLANK
    raise Unreadable("flag_unreadable")
