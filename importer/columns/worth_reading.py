"""Which of many cells have a word that can say anything of a visit or of texting; most have none."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.columns.phrases import is_called_off, plain_text, words_in
from schemas import heading_words as heads
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# One of these, or a word of not and one of the others.
_TELLING: Final = words_of(
    words.CALLED_OFF,
    words.CALLING_OFF,
    words.NO_SHOW,
    words.DECEASED,
    words.GIVEN_UP,
    words.OF_A_STATUS,
    words.RESCHEDULED,
) | listed(
    "off away entered walked fell fallen turned stood pulled backed dropped faellt fallt gaat abeyance dado dada opt opted "
    "opting optout optedout stop stopped unsubscribe unsubscribed dnc dnt dnd refuses declines stopall arret baja quit revoked"
)
_NOT: Final = words_of(words.NOT) | frozenset({"didn", "doesn", "wasn", "isn", "don", "won", "couldn", "can"})
_BESIDE_NOT: Final = words_of(words.COMING, heads.WRITE_TO) | listed(
    "longer make come be needed required wanted proceeding going happening eligible interested seen left door plus findet"
)
# Written as one word, or in single letters: canceledByClient, NOSHOW, c/x, N/S, C A N C E L.
_WITHIN: Final = re.compile(r"cancel|noshow|optout|donot|dont|nosms|notext|attend|storn|annul|onhold|calledoff")
_SPELLED: Final = ("c/x", "n/s", "r/s", "c a n c", "n o s h")


def worth_reading(texts: Sequence[str]) -> list[int]:
    """
    Return the positions of the texts that are worth reading, rising.

    All words of all texts are looked up once, and the texts are searched only for those that tell something. That is
    many times as fast as reading each text.
    """
    lines = plain_text("\n".join(texts))
    if lines.count("\n") != len(texts) - 1:
        lines = "\n".join(plain_text(text).replace("\n", " ") for text in texts)
    found = set(words_in(lines))
    telling = {word for word in found if _tells(word)}
    if not found.isdisjoint(_NOT):
        telling |= found & _BESIDE_NOT
    telling |= {spelled for spelled in _SPELLED if spelled in lines}
    if not telling:
        return []
    longest_first = sorted(telling, key=len, reverse=True)
    return _lines_with(lines, re.compile("|".join(map(re.escape, longest_first))))


@lru_cache(maxsize=65_536)
def _tells(word: str) -> bool:
    return word in _TELLING or is_called_off(word) or (len(word) > 5 and _WITHIN.search(word) is not None)


def _lines_with(lines: str, pattern: re.Pattern[str]) -> list[int]:
    places: list[int] = []
    line, seen = 0, 0
    for match in pattern.finditer(lines):
        line += lines.count("\n", seen, match.start())
        seen = match.start()
        if not places or places[-1] != line:
            places.append(line)
    return places
