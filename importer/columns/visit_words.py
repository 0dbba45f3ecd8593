"""
What the words of one cell say of a visit.

Below a heading that asks for it: that it is as above, that a flag is set, that there is another time, or that only a room, a person or a place in
a series is named. In a note: that the visit is moved, or not needed. Of many cells only few are worth such reading. In lines and beside a table:
what colours mean, or that the visits are late in the day.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

from importer.columns import consent_phrases
from importer.columns.consent_phrases import negated, tells_colours
from importer.columns.heading_forms import CALLED_OFF, MISSPELT
from importer.columns.status_phrases import LONGEST as MOST_READ
from importer.columns.status_phrases import (
    Said,
    Text,
    all_words,
    column_words,
    is_given_up_word,
    is_moved_word,
    is_off_word,
    is_waiting,
    looked_at,
    phrase,
    plain_text,
    read,
    words_in,
)
from importer.model.chunks import remembering_cells
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.calendar_words import MONTH_WORDS, WEEKDAY_WORDS
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.columns.status_phrases import Words
    from importer.model.chunks import Chunk


# What a cell is that names no day and no time, though it stands where one may.
def is_a_place(text: Text) -> bool:
    """Whether a cell names a room or an office and nothing else: Room 2, salle B, main office; no time stands beside it."""
    flat = text.words
    numbers = [word for word in flat if word.isdigit()]
    plain = all(word in marks.ROOMS or word in marks.ABOUT_ROOMS or word.isdigit() or len(word) == 1 for word in flat)
    return not marks.ROOMS.isdisjoint(flat) and plain and len(numbers) < 2 and "x" not in flat


def is_a_person(text: Text) -> bool:
    """Whether a cell names a person by a title and nothing else: Dr. Roe, Roe MD; no word of a time stands beside it."""
    flat = text.words
    titled = len(flat) > 1 and (flat[0] in marks.TITLES_OF_PEOPLE or flat[-1] in marks.DEGREES)
    if not titled or len(flat) > LONGEST_NAME or any(map(str.isdigit, flat)) or not TEMPORAL.isdisjoint(flat):
        return False
    return phrase(text).said is Said.UNKNOWN


def is_a_place_in_a_series(flat: Words) -> bool:
    """Whether a cell says which of a series a visit is, and no day or time: 3, 3rd, 2 of 6."""
    numbers = [at for at, word in enumerate(flat) if word.isdigit()]
    if not numbers or len(numbers) > 2 or any(len(flat[at]) > 2 for at in numbers):
        return False
    if any(not word.isdigit() and word not in marks.OF_A_SERIES for word in flat):
        return False
    return len(numbers) == 1 or not marks.OUT_OF.isdisjoint(flat[numbers[0] : numbers[1]])


LONGEST_NAME: Final = 4
TEMPORAL: Final = marks.TEMPORAL


# What free text says of a visit that gets another time, or that there is none.
def moves_or_ends(text: Text) -> bool:
    """Whether a note says that the visit gets another time, was a mistake, or is no longer needed: reschedule to 4/1, went elsewhere."""
    flat = text.words
    if any(map(_moves, text.parts)) or any(map(_is_not_needed, text.parts)):
        return True
    if _names_another_time(text) or _says_so_alone(text):
        return True
    for at, word in enumerate(flat):
        for saying in marks.ENDINGS.get(word, ()) if at + 1 < len(flat) else ():
            behind = flat[at + len(saying) : at + len(saying) + 1]
            if flat[at : at + len(saying)] == saying and behind not in marks.OF_OTHERS and not negated(flat, at):
                return True
    return False


def _says_so_alone(text: Text) -> bool:
    """Whether a note says no more than that the slot was given up, that somebody waits for one, or has died: vervalt, on waitlist, Lopez (passed)."""
    told = [word for word in text.words if word not in marks.BESIDE_GIVEN_UP]
    given_up = all(map(is_given_up_word, told)) and max(map(len, told), default=0) > 2
    if (given_up and phrase(text).said is Said.GIVEN_UP) or (
        is_waiting(text.words) and not marks.PUT_ON.isdisjoint(text.words)
    ):
        return True
    return (
        "passed" in text.words and marks.HAS_PASSED.match(text.typed) is not None and marks.TESTS.isdisjoint(text.words)
    )


def _names_another_time(text: Text) -> bool:
    """Whether a note names the time that the visit has now: now 4pm, new time: 4:30 PM, changed to 4pm, 4pm instead."""
    return not marks.NOW.isdisjoint(text.words) and marks.NOW_AT.search(plain_text(looked_at(text.typed))) is not None


def _moves(part: Words) -> bool:
    """Whether a part says that the visit is moved to a day or a time, or that somebody wants that; not from one, to a room or to a person."""
    at = next((place for place, word in enumerate(part) if is_moved_word(word)), None)
    if at is None or not marks.NO_WISH.isdisjoint(part) or not _MAY.isdisjoint(part[:at]) or negated(part, at):
        return False
    rest = [word for word in part[at + 1 : at + 9] if word not in marks.BETWEEN_MOVES]
    if rest[:1] and rest[0] in marks.TO_A_TIME:
        day = rest[1:3]
        dated = bool(day) and (day[0] in TEMPORAL or (day[0].isdigit() and day[1:] not in marks.ORDINALS))
        return dated and marks.ROOMS.isdisjoint(part)
    wanted = not marks.WISHING_TO_MOVE.isdisjoint(part[max(0, at - 3) : at]) and not rest
    return part[at] in marks.TO_MOVE and (wanted or (not rest and marks.BESIDE_GIVEN_UP.issuperset(part[:at])))


def _is_not_needed(part: Words) -> bool:
    """Whether a part says no more than that something is not needed, as a note says of its visit: per mom not needed anymore."""
    at = next((place for place, word in enumerate(part) if word in marks.NEEDED), None)
    return (
        at is not None
        and negated(part, at)
        and all(word in marks.NEEDED or word in _NOT or word in marks.BESIDE_NEEDED for word in part)
    )


def code_of_title(text: Text) -> str | None:
    """Return the problem of the rows below a line above the headings: colours tell which visits are off, or it says whose the headings are."""
    if is_colour_legend(text):
        return "colours_tell"
    return "headings_grouped" if _groups_headings(text.words) else None


def _groups_headings(flat: Words) -> bool:
    """Whether a line above the headings says whose they are: Doctor, Patient; Last visit, Patient, Next visit."""
    others = marks.OF_OTHER_HEADINGS.intersection(flat)
    own = marks.OF_OWN_HEADINGS.intersection(flat)
    return bool(others and own) and len(flat) < LONGEST_LEGEND and len(others) + len(own) == len(set(flat))


def repeats_above(text: Text, *, plainly: bool) -> bool:
    """Whether a cell says no more than: as above. ``plainly``: by a mark, or by words that are said of nothing else."""
    said = " ".join(text.words)
    if said in marks.DITTO or (not plainly and said in marks.PERHAPS_DITTO):
        return True
    plain = "".join(text.typed.casefold().split())
    if said:
        return plain in marks.DITTO_IN_SHORT
    drawn = plain.strip("-–—_")
    return drawn in marks.DITTO_MARKS or (bool(drawn) and all(mark in marks.DITTO_SIGNS for mark in drawn))


def is_colour_legend(text: Text) -> bool:
    """Whether a line says that a colour tells which visits are off or who refuses texts: Red = cancelled, green = confirmed."""
    flat = text.words
    if marks.COLOURS.isdisjoint(flat) or len(flat) > LONGEST_LEGEND:
        return False
    said = [word for word in flat if word not in marks.COLOURS and word not in marks.AROUND_COLOURS]
    off = [word for word in said if is_off_word(word) or is_moved_word(word) or is_given_up_word(word)]
    left = " ".join(word for word in flat if word not in marks.COLOURS and word not in marks.OF_LEGENDS)
    off += said if (told := phrase(left)).said in _NOT_HELD and told.whole else []
    return tells_colours(text.typed) or bool(off and all(one in off or one in _ORDINARY for one in said))


def is_of_a_legend(heading: str) -> bool:
    """Whether a heading is blank, or one of what colours mean and of nothing else: Legend, Key, Colour code."""
    flat = read(heading).words
    coded = not marks.OF_CODED_COLOURS.isdisjoint(flat) and not marks.COLOURS.isdisjoint(flat)
    known = marks.OF_A_LEGEND | marks.OF_CODED_COLOURS | marks.COLOURS
    return known.issuperset(flat) and (not flat or coded or not marks.OF_A_LEGEND.isdisjoint(flat))


def legend_in(cells: Sequence[str], *, of_a_legend: bool = False, of_names: bool = False) -> str | None:
    """
    Return what the cells of one row say together where they are a legend of colours.

    ``of_a_legend``: they stand below a heading of one, so that no colour need be named. ``of_names``: among people's names, of which some
    are colours, too.
    """
    told = " ".join(cell.strip() for cell in cells if cell.strip())
    text = read(f"colour {told}" if of_a_legend else told)
    if not is_colour_legend(text):
        return None
    colours = marks.COLOURS.intersection(text.words)
    return None if of_names and "=" not in told and marks.COLOURS_AND_SURNAMES.issuperset(colours) else told


def lone_cells(chunk: Chunk, needed: Sequence[int], own: Sequence[int]) -> Iterator[tuple[int, dict[int, str]]]:
    """Yield row number and position -> text of the few filled cells of rows in which at most one of the ``needed`` columns is, or a word and a day."""
    few = chunk.nearly_blank(needed) if len(needed) > 1 and len(own) > 2 else []
    alone = {*few}
    if len(needed) > 2 and not (filled := chunk.filled(needed[0])).all():
        few = sorted({*few, *np.flatnonzero(~filled & (np.sum([*map(chunk.filled, own)], axis=0) == 2)).tolist()})
    for at in few:
        texts = chunk.frame.iloc[at, [*own]].tolist()
        cells = {place: text for place, text in zip(own, texts, strict=True) if text.strip()}
        if len(cells) <= 6 and (at in alone or any(map(is_day, cells.values()))):
            yield int(chunk.frame.index[at]), cells


def is_line(cells: Sequence[str]) -> bool:
    """Whether in a row one cell is filled, or a text and a number or a day beside it."""
    return len(cells) == 1 or (len(cells) == 2 and (cells[1].strip().isdigit() or any(map(is_day, cells))))


def beside_days(text: Text) -> Words:
    """Return the words of a line; where a day is told and what is told of it, without the day: Confirmed 3/27/2027, not Visits 3/27."""
    rest = tuple(word for word in text.words if not (word.isdigit() or word in marks.TIMES_IN_LINES))
    return text.words if not marks.days_of(text.words) or marks.OF_VISITS.issuperset(rest) else rest


def is_day(cell: str) -> bool:
    """Whether a cell holds a day and nothing else: 3/26/2027, Friday 26 March."""
    flat = read(cell).words
    return bool(marks.days_of(flat)) and all(word in marks.TIMES_IN_LINES or word.isdigit() for word in flat)


def legends_in(
    chunk: Chunk, beside: Mapping[int, bool], lone: Iterable[tuple[int, Mapping[int, str]]], people: Collection[int]
) -> Iterator[tuple[int, str]]:
    """
    Yield (row number, text) of legends of colours in rows of their own, in columns beside the table, or beyond its last heading.

    ``beside``: such a column -> whether its heading is one of a legend. ``lone``: the filled cells of rows that may be no appointments.
    """
    few = [at for at in beside if 0 < np.count_nonzero(chunk.filled(at)) <= MOST_OF_A_LEGEND]
    found = [(row, legend_in([*cells.values()], of_names=any(at in people for at in cells))) for row, cells in lone]
    for row in np.flatnonzero(np.any([chunk.filled(at) for at in few], axis=0)).tolist() if few else ():
        cells = {at: text for at in few if (text := str(chunk.frame.iloc[row, at]).strip())}
        told = legend_in([*cells.values()], of_a_legend=any(beside[at] for at in cells))
        found.append((int(chunk.frame.index[row]), told))
    beyond = [flaw for flaw in chunk.flaws if flaw.code == "row_too_long"]
    found += [(flaw.row, legend_in(flaw.shown.split(" | "))) for flaw in beyond if len(beyond) <= MOST_OF_A_LEGEND]
    yield from ((row, told) for row, told in found if told)


MOST_OF_A_LEGEND: Final = 40
"""Cells of a column in one chunk, or beyond the headings; with more they are the rows' own."""


def closed_days(line: str) -> frozenset[tuple[int, int]] | None:
    """Return the days (month, day) on which a line says that the place is closed, as ``marks.closed_days``."""
    return marks.closed_days(line, read(line).words)


def late_hours(line: str) -> tuple[str, ...]:
    """Return the hours before noon, as 07, that do not go with a line above visits: all with EVENING or PM, none with Morning."""
    return marks.LATE_HALVES.get(
        "".join(word for word in words_in(plain_text(line)) if word not in marks.BESIDE_HALVES), ()
    )


LONGEST_LEGEND: Final = 24
_NOT_HELD: Final = frozenset({Said.OFF, Said.DEAD})
_ORDINARY: Final = words_of(words.ORDINARY)
_MAY: Final = listed("may might")


# What a flag, a day, a name or a reason says: that it is set, or that it is not.
_NO: Final = words_of(words.NO, words.NOTHING)
_NOT: Final = words_of(words.NOT)


def is_set(text: Text) -> bool:  # noqa: PLR0911 - the first that applies
    """Whether a flag, day, name or reason is set: whatever is no word for no, for nothing, or for a visit that stands."""
    if all(mark in marks.OPEN_BOXES or mark.isspace() for mark in text.typed):
        return False
    flat = text.words
    if not flat:
        return True
    if all(word.isdigit() for word in flat):
        return (
            any(word.strip("0") for word in flat) and tuple(word.lstrip("0") for word in flat[:3]) not in marks.NO_DAY
        )
    if all(word in _NO or word in marks.NOT_SET or not word.strip("0") for word in flat) and not _DENYING.isdisjoint(
        flat
    ):
        return False
    if flat[0] in _NO and len(text.parts[0]) == 1:
        # "N. Smith" is a person who cancelled.
        told = phrase(text if flat[1] == "show" else Text(text.typed, text.parts[1:], flat[1:])).said
        stands = all(map(_says_that_it_stands, flat[1:])) or all(map(_denies_it, text.parts[1:]))
        return told not in {Said.ORDINARY, Said.UNKNOWN} or not stands
    if not _NOT.isdisjoint(flat):
        return not all(map(_denies_it, text.parts))
    return phrase(text).said in {Said.OFF, Said.DEAD} or not all(
        word in marks.STANDING or not word.strip("0") for word in flat
    )


def holds_a_sign(typed: str) -> bool:
    """Whether a cell without a word holds a picture of which nobody knows what it says; a tick, a box or a dash says nothing."""
    signs = marks.TICKS + marks.GREEN_LIGHTS + marks.OPEN_BOXES
    return any(unicodedata.category(mark) == "So" and mark not in signs for mark in looked_at(typed))


_DENYING: Final = _NO | _NOT | listed("niemand nadie personne niets")
_COMES: Final = words_of(words.COMING, words.BOOKED, heads.TAKES_PLACE)
BESIDE_DENIED: Final = listed(heads.SPOKEN["beside_denied"])
_YET: Final = words_of(words.YET)
_DENIED: Final = _YET | listed("confirmed change changes changed")


def _says_that_it_stands(word: str) -> bool:
    return word in marks.STANDING or word in _COMES or word in BESIDE_DENIED or word in _NO or word.isdigit()


def _denies_it(part: Words) -> bool:
    """Whether words only deny that a visit is off or moved: not cancelled, kein Ausfall, not a no show; not "no longer needed"."""
    rest = {at: word for at, word in enumerate(part) if word not in _NOT | BESIDE_DENIED and not word.isdigit()}
    if len(rest) == 1 and part[-1] in _COMES - _DENIED:
        return sum(word in _NOT for word in part) > 1
    return bool(rest) and all(
        negated(part, at) and (word in _DENIED or is_off_word(word) or is_given_up_word(word) or is_moved_word(word))
        for at, word in rest.items()
    )


def is_sent(text: Text) -> bool:
    """Whether a cell below Reminder sent says so: a yes, a tick, a day, a time; not a count, a length of time, nor what failed or is still to come."""
    flat = text.words
    if not flat:
        return any(mark in marks.TICKS + marks.GREEN_LIGHTS for mark in text.typed)
    if not (_NO | _NOT | _YET | marks.NOT_SENT).isdisjoint(flat):
        return False
    numbers = tuple(word for word in flat if word.isdigit()) if flat != ("1",) else ()
    told = [word for word in flat if not (word in numbers or word in marks.BESIDE_SENT or word in _DAYS)]
    dated = len(numbers) > 1 or not _DAYS.isdisjoint(flat) or any(len(word) == 8 for word in numbers)
    if numbers and dated and is_set(Text(text.typed, text.parts, numbers)):
        # Initials may stand beside a day.
        return marks.NO_COUNT.isdisjoint({*told} - {"x"}) and all(word in _SAYS_SENT or len(word) < 4 for word in told)
    return bool(told) and _SAYS_SENT.issuperset(told)


_SAYS_SENT: Final = words_of(words.YES) | marks.SAYS_SENT
_DAYS: Final = frozenset({*MONTH_WORDS, *MONTH_WORDS.values(), *WEEKDAY_WORDS, *WEEKDAY_WORDS.values()})


# One of these, or a word of not and one of the others.
_TELLING: Final = consent_phrases.TELLING | marks.TELLING_OF_VISITS | marks.TELLING_ANYWHERE
_UNWILLING: Final = consent_phrases.UNWILLING | marks.CONTRACTED
_BESIDE_NOT: Final = consent_phrases.BESIDE_NOT | marks.TELLING_BESIDE_NOT
# Written as one word, or in single letters: canceledByClient, NOSHOW, c/x, N/S, C A N C E L.
_WITHIN: Final = re.compile(r"cancel|noshow|optout|donot|dont|nosms|notext|attend|storn|annul|onhold|calledoff")


# With more words than clinics have for it, a search for all of them at once takes longer than looking at each line.
MOST_SEARCHED: Final = 300


def worth_reading(texts: Sequence[str], also: frozenset[str] = frozenset()) -> list[int]:
    """
    Return the positions of the texts that are worth reading, rising. ``also``: words that tell something in this column only.

    All words of all texts are looked up once, and the texts are searched only for those that tell something. That is
    many times as fast as reading each text. What is not read of a long text is not searched either.
    """
    if max(map(len, texts), default=0) > MOST_READ:
        texts = [looked_at(text) for text in texts]
    lines = plain_text("\n".join(texts))
    if lines.count("\n") != len(texts) - 1:
        lines = "\n".join(plain_text(text).replace("\n", " ") for text in texts)
    found = all_words(lines) if also else column_words(lines)
    surely = {word for word in found if _tells(word)} | _spelled_in(lines, found) | (found & also)
    perhaps: set[str] = set()
    if not found.isdisjoint(_UNWILLING):
        perhaps |= found & _BESIDE_NOT
    if not found.isdisjoint(consent_phrases.NAMED):
        perhaps |= found & consent_phrases.BESIDE_NAMED
    timed = not (found.isdisjoint(marks.HALVES_OF_DAY) or found.isdisjoint(marks.NOW))
    others = _lines_with(lines, marks.NOW_AT) if timed else []
    if not (found.isdisjoint(marks.NEW_OR_CHANGED) or found.isdisjoint(consent_phrases.NAMED)):
        others += _lines_with(lines, marks.NEW_NUMBER)
    if not (found.isdisjoint(marks.LISTED_IN_NOTES) or found.isdisjoint(marks.WAITING_IN_NOTES)):
        surely |= found & marks.WAITING_IN_NOTES
    if not (telling := surely | perhaps):
        return sorted({*others})
    if len(telling) > MOST_SEARCHED:
        found_at = {place for place, line in enumerate(lines.split("\n")) if _holds_one(line, surely)}
        return sorted(found_at.union(others))
    places = _lines_with(lines, re.compile(any_of(telling)))
    apart = lines.split("\n") if perhaps else []
    found_at = {place for place in places if not perhaps or _holds_one(apart[place], surely)}
    return sorted(found_at.union(others))


def people_worth_reading(texts: Sequence[str]) -> list[int]:
    """Return the positions of the names that may hold more than a name, rising; as ``worth_reading`` finds them, by all at once."""
    found = set(worth_reading(texts, marks.TELLING_BESIDE_NAMES))
    whole = "\n".join(texts).casefold()
    crosses = "" if whole.isascii() else marks.CROSSES + marks.GRAVES + marks.TIMES_SIGN
    if there := [sign for sign in (*crosses, *marks.SPELLED_OF_THE_DEAD) if sign in whole]:
        found.update(place for place, text in enumerate(texts) if any(sign in text.casefold() for sign in there))
    return sorted(found)


def any_of(telling: Iterable[str]) -> str:
    """Return a pattern of these words, put together by their first two letters, so that few are tried at each place."""
    alike = itertools.groupby(sorted(telling), key=lambda word: word[:2])
    return "|".join(f"{re.escape(two)}(?:{'|'.join(re.escape(word[2:]) for word in some)})" for two, some in alike)


def _spelled_in(lines: str, found: set[str]) -> set[str]:
    """Return the words in single letters that stand in the lines, given all words of them: to look costs a search each."""
    perhaps = [one for one in marks.SPELLED if ("/" in lines if "/" in one else found.issuperset(one[2:5:2]))]
    if not lines.isascii():
        perhaps += marks.SIGNS_OF_DEATH
    return {spelled for spelled in perhaps if spelled in lines}


@remembering_cells(65_536)
def _tells(word: str) -> bool:
    if word in _TELLING or word in MISSPELT or CALLED_OFF.fullmatch(word):
        return True
    return len(word) > 5 and _WITHIN.search(word) is not None


def _holds_one(line: str, surely: set[str]) -> bool:
    """Whether a line holds a word that tells something alone, or two that do so together."""
    found = all_words(line)
    if not surely.isdisjoint(found) or any(spelled in line for spelled in marks.SPELLED):
        return True
    denied = not found.isdisjoint(_UNWILLING) and not found.isdisjoint(_BESIDE_NOT)
    named = not found.isdisjoint(consent_phrases.NAMED) and not found.isdisjoint(consent_phrases.BESIDE_NAMED)
    return denied or named or (not line.isascii() and any(sign in line for sign in marks.SIGNS_OF_DEATH))


def _lines_with(lines: str, pattern: re.Pattern[str]) -> list[int]:
    places: list[int] = []
    line, seen = 0, 0
    for match in pattern.finditer(lines):
        line += lines.count("\n", seen, match.start())
        seen = match.start()
        if not places or places[-1] != line:
            places.append(line)
    return places
