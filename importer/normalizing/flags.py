"""Truth values: ``sendEligibleSubscribersOnly``."""

from __future__ import annotations

from typing import Final

from importer.normalizing.readings import BLANK, Reading, Unreadable
from importer.normalizing.texts import trimmed

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
