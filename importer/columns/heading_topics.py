"""
Headings about how other things than texts go: receipts, results, bookings, visits, groups of people.

"Email only" below them is no wish to have no texts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from schemas import heading_words as heads
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from importer.columns.status_phrases import Words

_THINGS: Final = listed(heads.ASKED["things"])
_SENT: Final = listed(heads.ASKED["sent_things"])
_HOW: Final = listed(heads.ASKED["ways"] + " " + heads.ASKED["how"])
_HELD: Final = listed(heads.ASKED["held"])
_HOW_HELD: Final = listed(heads.ASKED["how_held"])
_GROUPS: Final = listed(heads.ASKED["groups"])
_WISHED: Final = listed(heads.ASKED["wished"])
# Beside these the heading may ask how somebody is reached after all: Call results, Alert group.
_REACHING: Final = words_of(heads.TEXTING) | listed(heads.ASKED["reaching"]) | _WISHED
_BARE: Final = listed("by per par por via")
_LABELS: Final = listed("tag phone mobile cell")


def is_of_a_thing(flat: Words) -> bool:
    """Whether a heading is about a room, a note or a package, which have a status that is not the visit's."""
    return not _THINGS.isdisjoint(flat) or ("check", "in") in itertools.pairwise(flat)


def is_of_other_sending(flat: Words) -> bool:
    """Whether a heading asks how papers go out, or how visits are booked or held: Receipt, Results by, Booking channel."""
    if not _SENT.isdisjoint(flat):
        return (_REACHING - _WISHED).isdisjoint(flat)
    if not _REACHING.isdisjoint(flat):
        return False
    return not _HOW_HELD.isdisjoint(flat) or not (_HELD.isdisjoint(flat) or _HOW.isdisjoint(flat))


def is_of_a_group(flat: Words) -> bool:
    """Whether a heading asks to which group somebody belongs, or by which way something goes that it does not name: Segment, Mode."""
    return not (_GROUPS | (_HOW - _BARE)).isdisjoint(flat) and _REACHING.isdisjoint(flat)


def is_of_a_label(flat: Words) -> bool:
    """Whether a heading is one of telephones or tags, or of a way to reach people: Phone type, Tag, Contact format."""
    return not _LABELS.isdisjoint(flat) or not (_REACHING.isdisjoint(flat) or _HOW.isdisjoint(flat))
