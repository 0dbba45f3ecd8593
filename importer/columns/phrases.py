"""A cell or a heading taken apart into the words that the tables of ``schemas`` know."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas import heading_words, status_words
from schemas.status_words import folded_word, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Words = tuple[str, ...]


class Text(NamedTuple):
    """A cell or a heading: as typed, the words of each of its parts, and all its words."""

    typed: str
    parts: list[Words]
    words: Words


LONGEST: Final = 200
LONGEST_WORD: Final = 40

_HUMP = re.compile(r"(?<=[a-z\u00df-\u00ff])(?=[A-Z])")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[,;:/|()\[\]{}.!?\u2013\u2014\n\r\t]+|(?<![^\W_])-+|-+(?![^\W_])")
# "didn't" is two words of the tables, with and without its apostrophe.
_NOT = re.compile(r"\b(do|did|does|was|is|has|ca|could|wo|would|should)n['\u2019`\u00b4]t\b")
_WITHOUT = re.compile(r"\bw\s?/\s?o\b")
_CALLED_OFF_WRITTEN_SO = re.compile(r"\bc/x(?:l|ld|d)?\b")
_RESCHEDULED_WRITTEN_SO = re.compile(r"\br/s\b")
_SHORT = re.compile(r"\bn/s\b")
_FOR_WRITTEN_SO = re.compile(r"\bp/(?= ?[a-z]{3})")
_DROP_OFF = re.compile(r"\bdrop[ -]off\b")
_NOTHING_WRITTEN_SO = re.compile(r"\bn\s?[/.]\s?a\b")
# Misspelt, but certain: cancelled, cancld, canceledd, canseled.
_CALLED_OFF = re.compile(r"(?:canc[ae]?ll?|cansel|cancle|cnacel|canecl|canclel)[a-z]*")
_NOT_CALLED_OFF: Final = frozenset(
    {"cancelable", "cancellable", "cancellous", "uncancelled", "canceller", "cancelo", "cancela"}
)

_TABLES: Final = tuple(
    table
    for module in (status_words, heading_words)
    for name, table in vars(module).items()
    if name.isupper() and name != "CODES" and not name.startswith("_")
)


def read(text: str) -> Text:
    """Return a text with its words."""
    found = parts(text)
    return Text(text, found, tuple(word for part in found for word in part))


def parts(text: str) -> list[Words]:
    """
    Return the words of each part of a text: parts end at punctuation, and at a dash that joins no words.

    Words are folded. Letters and digits are apart, and so are the words of ``canceledByClient``, ``NOSHOW`` and
    ``smsoptout``. Only the first 200 characters are looked at.
    """
    plain = text[:LONGEST]
    if not plain.isascii():
        plain = _INVISIBLE.sub("", plain)
    plain = plain_text(_HUMP.sub(" ", plain.replace("WhatsApp", "whatsapp")))
    if "t" in plain:
        plain = _NOT.sub(r"\1 not", plain)
    if "/" in plain or "." in plain:
        plain = _WITHOUT.sub("without", plain)
        plain = _CALLED_OFF_WRITTEN_SO.sub("cxl", plain)
        plain = _NOTHING_WRITTEN_SO.sub("na", plain)
        plain = _FOR_WRITTEN_SO.sub("para ", plain)
        plain = _SHORT.sub("ns", _RESCHEDULED_WRITTEN_SO.sub("resch", plain))
    if "drop" in plain:
        plain = _DROP_OFF.sub("dropoff", plain)
    found = (tuple(_apart(_WORD.findall(part))) for part in _PARTS.split(plain))
    return [words for words in found if words]


def plain_text(text: str) -> str:
    """Return a text without case and accents."""
    return text.casefold() if text.isascii() else folded_word(_INVISIBLE.sub("", text))


def words_in(plain: str) -> list[str]:
    """Return the words of a plain text, none taken apart, without its numbers."""
    return _LETTERS.findall(plain)


def _apart(words: list[str]) -> Iterable[str]:
    if len(words) > 3 and all(len(word) == 1 and word.isalpha() for word in words):
        words = ["".join(words)]  # C A N C E L L E D
    for word in words:
        yield from taken_apart(word)


@lru_cache(maxsize=4096)
def taken_apart(word: str) -> Words:
    """Return the known words of which a word is written, itself if it is known or made of others."""
    if word in _known() or not 4 < len(word) <= LONGEST_WORD or not word.isascii():
        return (word,)
    # best[i]: the fewest known words that make up the first i letters.
    best: list[Words | None] = [(), *([None] * len(word))]
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 16), end - 1):
            before, piece = best[start], word[start:end]
            if before is not None and piece in _joinable():
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = (*before, piece)
    return best[-1] or (word,)


@cache
def _known() -> frozenset[str]:
    return words_of(*_TABLES)


@cache
def _joinable() -> frozenset[str]:
    """Return the words that people write together with others: not so short that they stand in any word."""
    short = {"by", "no", "is", "ok", "to", "on", "at", "in", "do", "of", "dt", "ts"}
    # These stand within ordinary words: notice, island, sundries.
    never = {
        "tot",
        "rip",
        "held",
        "die",
        "des",
        "ist",
        "son",
        "art",
        "mal",
        "par",
        "per",
        "pas",
        "ort",
        "non",
        "fin",
        "est",
        "age",
    }
    english = words_of(*({"en": table.get("en", "")} for table in _TABLES))
    long = {word for word in english if len(word) > 2} | {word for word in _known() if len(word) > 4}
    return frozenset((long | short) - never)


def is_called_off(word: str) -> bool:
    """Whether a word is a spelling of cancelled, right or wrong, that the tables do not list."""
    return word not in _NOT_CALLED_OFF and _CALLED_OFF.fullmatch(word) is not None
