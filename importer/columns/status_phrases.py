"""
What a cell says of a visit: cancelled, taking place, or nothing that the tables know.

``Said``  what a phrase says, the surest first:

=============  ======================================================================================
``OFF``        cancelled, or nobody came, in words that are said of hardly anything else
``DEAD``       the person has died
``GIVEN_UP``   a word that says so of a visit, and other things of others: broken, declined, on hold
``MOVED``      rescheduled: the visit has another time, or lost its own
``ORDINARY``   it stands, took place or was paid, or the cell is as good as blank
``UNKNOWN``    none of these
=============  ======================================================================================
"""

from __future__ import annotations

import itertools
import re
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.columns.heading_forms import is_called_off, taken_apart
from importer.model.chunks import remembering_cells
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.calendar_words import MONTH_WORDS
from schemas.status_words import folded_word, listed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Said(Enum):
    """What a phrase says of a visit."""

    OFF = "off"
    DEAD = "dead"
    GIVEN_UP = "given up"
    MOVED = "moved"
    ORDINARY = "ordinary"
    UNKNOWN = "unknown"


class Phrase(NamedTuple):
    """
    A cell as it was understood.

    ``whole``: every word of it is about that, so that it says it also where any text may stand. ``certain``: by a word
    that no person's or thing's name is. ``length``: how many words it has. ``of_a_status``: it says so only in a column
    that tells how visits stand.
    """

    said: Said
    whole: bool
    certain: bool
    length: int
    of_a_status: bool = False


_OFF: Final = words_of(words.CALLED_OFF, words.NO_SHOW)
_CALLING: Final = words_of(words.CALLING_OFF)
_DEAD: Final = words_of(words.DECEASED)
_OF_A_STATUS: Final = words_of(words.OF_A_STATUS)
_GIVEN_UP: Final = words_of(words.GIVEN_UP) | _OF_A_STATUS
_MOVED: Final = words_of(words.RESCHEDULED)
_SHORT: Final = words_of(words.SHORT_MARKS)
_ORDINARY: Final = words_of(words.ORDINARY)
_BESIDE: Final = words_of(words.BESIDE)
_NOT: Final = words_of(words.NOT)
_COMING: Final = words_of(words.COMING)
_TOOK_PLACE: Final = words_of(words.TOOK_PLACE)
_YET: Final = words_of(words.YET)
_EARLIER: Final = words_of(words.EARLIER)
_STANDS: Final = _ORDINARY - _BESIDE - {"will", "to"}
_RULES: Final = words_of(words.RULES)
_MAY: Final = words_of(words.MAY)
_NOTHING: Final = words_of(words.NOTHING)
_ELSEWHERE: Final = words_of(heads.ELSEWHERE) - _NOT - words_of(words.BESIDE, words.EARLIER) - marks.SOON

_SAYS_NOTHING: Final = _ORDINARY | _BESIDE | _NOTHING | _NOT | _YET | _COMING | _TOOK_PLACE | _OFF | _CALLING
# Words that say something only beside others: Provider out, Late.
_SAYS_LITTLE: Final = (_BESIDE - _ORDINARY) | frozenset(
    {"out", "called", "left", "provider", "office", "clinic", "closed", "person", "error"}
)
# First two words -> the sayings that begin with them.
_SAYINGS: Final = {
    pair: [one for one in marks.ALL_SAYINGS if one[:2] == pair] for pair in {each[:2] for each in marks.ALL_SAYINGS}
}
_FILLED_IN: Final = 3
# CX, CXL and CNX are also marks of other things.
_CERTAIN: Final = 4


def phrase(text: str | Text) -> Phrase:
    """Return what a cell says of a visit, whatever stands above it."""
    _, found, flat = read(text) if isinstance(text, str) else text
    if not flat:
        return Phrase(Said.ORDINARY, whole=True, certain=False, length=0)
    said, certain = _said(found, flat)
    if said in {Said.ORDINARY, Said.UNKNOWN}:
        return Phrase(said, whole=False, certain=False, length=len(flat))
    whole = all(map(_is_about_status, flat)) and (
        marks.WAYS_OF_CALLING_OFF.isdisjoint(flat) or not marks.BY_WAY.isdisjoint(flat)
    )
    whole = whole and not (said is Said.MOVED and _is_moved_here(flat))
    # "Entered in error" says it anywhere, "error" only of a status.
    narrow = not ((_GIVEN_UP - _OF_A_STATUS).intersection(flat) or _OF_A_STATUS.isdisjoint(flat) or any(_sayings(flat)))
    narrow = narrow or _says_alone(flat) or is_waiting(flat)
    return Phrase(said, whole, certain, len(flat), narrow or all(len(word) < 3 for word in flat))


def is_off_word(word: str) -> bool:
    """Whether a single word says that a visit is off, and of hardly anything else."""
    return word in _OFF or word in _CALLING or word in _DEAD or is_called_off(word)


def is_given_up_word(word: str) -> bool:
    """Whether a single word may say that the slot was given up."""
    return word in _GIVEN_UP


def is_moved_word(word: str) -> bool:
    """Whether a single word may say that the visit has another time."""
    return word in _MOVED


def _said(found: Sequence[Words], flat: Words) -> tuple[Said, bool]:  # noqa: PLR0911 - the first that applies
    if _is_earlier(flat):
        return Said.UNKNOWN, False
    if not _DEAD.isdisjoint(flat) and not _negated(flat, _DEAD):
        return Said.DEAD, True
    if (off := _off(found, flat)) is not None:
        return Said.OFF, off
    sayings = set(_sayings(flat))
    if sayings & marks.SAYINGS_DEAD:
        return Said.DEAD, True
    if sayings & marks.SAYINGS_OFF:
        return Said.OFF, True
    if sayings or any(_given_up(part) for part in found):
        return Said.GIVEN_UP, False
    if not _MOVED.isdisjoint(flat) and not _negated(flat, _MOVED):
        return Said.MOVED, False
    letters = [word for word in flat if word.isalpha()]
    # LVM x2 is no crossed out visit.
    if not _SHORT.isdisjoint(flat if len(flat) == 1 else set(letters) - {"x", "xx"}) and len(letters) <= 2:
        return Said.GIVEN_UP, False
    return _left_over(flat), False


def _left_over(flat: Words) -> Said:
    """Return what words say of which none says that the visit is off."""
    if _says_alone(flat) or is_waiting(flat):
        return Said.GIVEN_UP
    denying = not _NOT.isdisjoint(flat) and _YET.isdisjoint(flat)
    if denying and _did_not_take_place(flat):
        return Said.GIVEN_UP
    # Not booked, no show fee charged: nobody knows whether the visit stands.
    denied = denying and any(_preceded(flat, at, _NOT) for at, word in enumerate(flat) if word in marks.ARRANGED)
    charged = denying and "charged" in flat and not _COMING.isdisjoint(flat) and not _negated(flat, marks.CHARGED)
    if denied or charged or not all(word in _SAYS_NOTHING or word.isdigit() for word in flat) or not _is_plain(flat):
        return Said.UNKNOWN
    return Said.UNKNOWN if all(map(str.isdigit, flat)) else Said.ORDINARY


def is_of_no_visits(text: Text) -> bool:
    """Whether a line says that its rows are not the newest, made up, or not to be used: Superseded, Old version, Sample data, Do not use."""
    if not marks.DO_NOT_USE.isdisjoint(text.parts):
        return True
    return _NOT.isdisjoint(text.words) and any(map(_names_no_visits, text.parts))


def _names_no_visits(part: Words) -> bool:
    told = {word for word in part if not (word in marks.BESIDE_DATA or word in marks.CALENDAR or word.isdigit())}
    rest = told - marks.DATA
    older = rest <= marks.OLDER | marks.VERSIONS and bool(rest & marks.OLDER) and bool(rest & marks.VERSIONS)
    sample = rest <= marks.SAMPLES and (rest != told or (marks.EXAMPLES | marks.AROUND_DATA).issuperset(part))
    return bool(rest) and (older or sample or rest <= marks.OUT_OF_DATE | marks.MADE_UP)


def is_of_another_visit(flat: Words) -> bool:
    """Whether words tell of earlier visits, how often it happened, of a list of people who wait, or whom the person replaces."""
    if not (marks.EARLIER | marks.WAITING_LISTS | marks.INSTEAD).isdisjoint(flat):
        return True
    for one, other in itertools.pairwise(flat):
        counted = (one == "x" and other.isdigit()) or (one.isdigit() and other == "x")
        if counted or (one in marks.LAST and other in marks.TIME) or (one, other) in marks.IN_PLACE:
            return True
    counted = (
        len(flat) > 1 and flat[0].isdigit() and len(flat[0]) < 3 and flat[1].isalpha() and flat[1] not in marks.NO_COUNT
    )
    return counted and flat[1] not in MONTH_WORDS


def is_of_a_relative(flat: Words) -> bool:
    """Whether words say that somebody of the family has died: husband deceased, death of wife; not "deceased per wife"."""
    if marks.RELATIVES.isdisjoint(flat) or not marks.TELLING.isdisjoint(flat):
        return False
    at = next(place for place, word in enumerate(flat) if word in marks.RELATIVES)
    return any(is_off_word(word) or word in marks.DEAD_AT_AN_EDGE or word == "passed" for word in flat[at + 1 :]) or (
        not marks.OF.isdisjoint(flat[:at])
    )


_SAID_ALONE: Final = frozenset(words.SAYINGS["alone"])
_WAITING: Final = words_of(words.WAITING)
_LISTED: Final = words_of(words.WAITING_AND_LISTED)
_BESIDE_WAITING: Final = words_of(words.BESIDE_WAITING)
_LISTS: Final = listed("list lists listed lista liste listina listesi лист")


def _says_alone(flat: Words) -> bool:
    """Whether words say so only where nothing else is said: out today, no visit, not approved."""
    bare = " ".join(word for word in flat if word not in {"pt", "patient"})
    return bare in _SAID_ALONE or bare.removesuffix(" today") in _SAID_ALONE


def is_waiting(flat: Words) -> bool:
    """Whether words say that somebody is on a waiting list, or that a visit is a draft, and nothing else: so there is none."""
    told = [word for word in flat if word not in _BESIDE_WAITING and not word.isdigit()]
    return bool(told) and (
        _WAITING.issuperset(told) or (not _LISTS.isdisjoint(told[:-1] + told[1:]) and _LISTED.issuperset(told))
    )


def _did_not_take_place(flat: Words) -> bool:
    """Whether the words say no more than that a visit did not take place: não atendida, nicht durchgeführt, pas là."""
    if flat[-2:] == ("pas", "la"):
        return True
    told = {at for at, word in enumerate(flat) if word in _TOOK_PLACE and _preceded(flat, at, _NOT)}
    return bool(told) and marks.UNANSWERED.isdisjoint(flat) and all(word in _SAYS_NOTHING for word in flat)


def _is_moved_here(flat: Words) -> bool:
    """Whether a visit was moved from another time to its own: rescheduled from 3/4."""
    at = next(place for place, word in enumerate(flat) if word in _MOVED)
    after = flat[at + 1 : at + 3]
    if "to" in flat or not after:
        return False
    return after[0] == "from" or (after[0] in marks.WHENCE and len(after) > 1 and after[1].isdigit())


def is_moved_here(flat: Words) -> bool:
    """Whether the time in the row is the one to which the visit was moved: moved from 3/1, moved up; not moved up to 3/15."""
    if "to" in flat:
        return False
    if any(
        (is_moved_word(one) or one in marks.BUMPED) and other in marks.NEARER for one, other in itertools.pairwise(flat)
    ):
        return True
    moved = any(map(is_moved_word, flat))
    return (flat[0] == "rs" or moved) and (flat[1:2] == ("from",) or (len(flat) == 2 and flat[1] in marks.HERE))


def _is_plain(flat: Words) -> bool:
    if "hospital" in flat:
        return False  # by the hospital, or in hospital?
    return not set(flat) <= _SAYS_LITTLE or (len(flat) == 1 and flat[0] in marks.SAYS_ALONE) or "late" in flat


def _off(found: Sequence[Words], flat: Words) -> bool | None:
    """Return whether the words that say so are certain; None where none does."""
    certain: bool | None = None
    for part in found:
        for at, word in enumerate(part):
            if word in _OFF or (word not in _CALLING and is_called_off(word)):
                if not _preceded(part, at, _NOT):
                    if len(word) >= _CERTAIN:
                        return True
                    certain = False
            elif word in _CALLING and _calls(part, at):
                certain = False
    # Where in all words a part ends.
    ends = set(itertools.accumulate(map(len, found), initial=-1))
    if certain is None and _nobody_came(flat, ends):
        return True
    return certain


def _calls(part: Words, at: int) -> bool:
    after = part[at + 1 : at + 2]
    ruled = bool(after) and after[0] in _RULES
    before = part[max(0, at - 3) : at]
    # "Please cancel a day before" tells people what to do, "used to cancel" what somebody is like.
    told = not marks.PLEASE.isdisjoint(before) and not marks.AHEAD.isdisjoint(part[at + 1 :])
    return not (
        ruled or told or _preceded(part, at, _NOT) or any(word in _MAY or word in marks.HABIT for word in before)
    )


def _nobody_came(flat: Words, ends: set[int]) -> bool:
    """Whether a word of coming stands soon after a word of not: no show, did not attend, nicht erschienen."""
    if _NOT.isdisjoint(flat) or _COMING.isdisjoint(flat) or not _YET.isdisjoint(flat):
        return False
    for at, word in enumerate(flat):
        if word not in _NOT or (word == "no" and _preceded(flat, at, marks.DENYING_IT)):
            continue
        for step in range(at + 1, min(at + 1 + _FILLED_IN, len(flat))):
            if flat[step] in _COMING:
                # A no show fee is none; a no show, with its fee told behind a dash, is one.
                return step in ends or flat[step + 1] not in _RULES
            if flat[step] in _STANDS or flat[step] == "no":
                break
    return any(word in marks.COMES and _is_denied_behind(flat, at) for at, word in enumerate(flat))


def _is_denied_behind(flat: Words, at: int) -> bool:
    after = flat[at + 1 : at + 6]
    place = next((step for step, word in enumerate(after) if word in marks.DENIED_BEHIND), None)
    # Who does not come too late comes.
    return place is not None and place < 3 and marks.LATE.isdisjoint(after[place + 1 :])


def _given_up(part: Words) -> bool:
    """Whether a part has such a word, said of the visit: not of the payment, and not denied."""
    about_visit = _ELSEWHERE.isdisjoint(part) or part[0] in marks.FIRST_OF_ALL
    return not _GIVEN_UP.isdisjoint(part) and about_visit and not _negated(part, _GIVEN_UP)


def _negated(part: Words, among: frozenset[str]) -> bool:
    return all(_preceded(part, at, _NOT) for at, word in enumerate(part) if word in among)


def _preceded(part: Words, at: int, by: frozenset[str]) -> bool:
    return any(word in by for word in part[max(0, at - 2) : at])


def _is_earlier(flat: Words) -> bool:
    """Whether the words are about another visit, or about how many: previous no show, 2 cancellations."""
    if any(flat[at] in marks.BEFORE_THIS and flat[at + 1] in marks.ONE_VISIT for at in range(len(flat) - 1)):
        return True
    if not _EARLIER.isdisjoint(flat):
        first = next((at for at, word in enumerate(flat) if is_off_word(word) or word in _COMING), len(flat))
        return not _EARLIER.isdisjoint(flat[:first])
    return len(flat) > 1 and flat[0].isdigit() and flat[-1] in marks.COUNTED


def _sayings(flat: Words) -> Iterable[str]:
    if marks.FIRST_OF_SAYINGS.isdisjoint(flat) or not _YET.isdisjoint(flat):
        return
    for at, pair in enumerate(itertools.pairwise(flat)):
        for saying in _SAYINGS.get(pair, ()):
            if flat[at : at + len(saying)] == saying:
                yield " ".join(saying)


def _is_about_status(word: str) -> bool:
    return (
        word in _BESIDE
        or word in marks.WORDS_OF_SAYINGS
        or is_off_word(word)
        or word in _GIVEN_UP
        or word in _MOVED
        or word in _SHORT
        or word in _NOT
        or word in _COMING
        or word.isdigit()
    )


Words = tuple[str, ...]


class Text(NamedTuple):
    """A cell or a heading: as typed, the words of each of its parts, and all its words."""

    typed: str
    parts: list[Words]
    words: Words


LONGEST: Final = 200

_WORD = re.compile(r"[^\W\d_]+|\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_FILLING = re.compile(r"([\W_]{3})[\W_]++")
_PARTS = re.compile(r"[,;:/|()\[\]{}.!?\u2013\u2014\n\r\t]+|(?<![^\W_])-+|-+(?![^\W_])")


def read(text: str) -> Text:
    """Return a text with its words."""
    found = parts(text)
    return Text(text, found, tuple(word for part in found for word in part))


def parts(text: str) -> list[Words]:
    """
    Return the words of each part of a text: parts end at punctuation, and at a dash that joins no words.

    Words are folded. Letters and digits are apart, and so are the words of ``canceledByClient``, ``NOSHOW`` and
    ``smsoptout``. Only what ``looked_at`` leaves is read.
    """
    plain = looked_at(text)
    if not plain.isascii():
        plain = marks.DEAD_WRITTEN_SO.sub(" deceased ", marks.INVISIBLE.sub("", plain))
    plain = plain_text(marks.HUMP.sub(" ", plain.replace("WhatsApp", "whatsapp")))
    if "t" in plain:
        plain = marks.NEGATION.sub(r"\1 not", plain)
        plain = marks.NEGATION_IN_SHORT.sub(r"\1 not", plain) if "nt" in plain else plain
    if "/" in plain or "." in plain:
        plain = marks.WITHOUT_WRITTEN_SO.sub("without", plain)
        plain = marks.CALLED_OFF_WRITTEN_SO.sub("cxl", plain)
        plain = marks.NOTHING_WRITTEN_SO.sub("na", plain)
        plain = marks.FOR_WRITTEN_SO.sub("para ", plain)
        plain = marks.NO_SHOW_WRITTEN_SO.sub("ns", marks.RESCHEDULED_WRITTEN_SO.sub("resch", plain))
    if "drop" in plain:
        plain = marks.DROP_OFF.sub("dropoff", plain)
    found = (tuple(_apart(_WORD.findall(part))) for part in _PARTS.split(plain))
    return [words for words in found if words]


def looked_at(text: str) -> str:
    """Return the first 200 characters of a text, of blanks and marks in a row only three: no padding hides a word."""
    return text if len(text) <= LONGEST else _FILLING.sub(r"\1 ", text)[:LONGEST]


def plain_text(text: str) -> str:
    """Return a text without case and accents."""
    return text.casefold() if text.isascii() else folded_word(marks.INVISIBLE.sub("", text))


def words_in(plain: str) -> list[str]:
    """Return the words of a plain text, none taken apart, without its numbers."""
    return _LETTERS.findall(plain)


# All but the letters of a plain text of ASCII, which has no capitals: blanks.
_NO_LETTERS_BLANK: Final = bytes(code if chr(code).isalpha() and code < 128 else 32 for code in range(256))


def all_words(lines: str) -> set[str]:
    """Return the words of many lines of plain text, as ``words_in`` finds them; many times as fast for ASCII."""
    if lines.isascii():
        return set(lines.encode("ascii").translate(_NO_LETTERS_BLANK).decode("ascii").split())
    apart: tuple[list[str], list[str]] = ([], [])
    for line in lines.split("\n"):
        apart[line.isascii()].append(line)
    return all_words("\n".join(apart[True])).union(words_in("\n".join(apart[False])))


column_words: Final = remembering_cells(8)(all_words)
"""``all_words`` of the cells of a column that are asked for more than one meaning, while the chunk is judged."""


def _apart(words: list[str]) -> Iterable[str]:
    if len(words) > 3 and all(len(word) == 1 and word.isalpha() for word in words):
        words = ["".join(words)]  # C A N C E L L E D
    for word in words:
        yield from taken_apart(word)
