"""
What lines and marks say: that visits are off, or that people may not be texted.

A line stands alone in its row, above the headings, or is the name of a sheet or a file, and speaks of the rows below it. A mark
stands beside a person's name, or before or behind the title of an event: "Ana Lee (deceased)", "Declined: Kim".
"""

from __future__ import annotations

import itertools
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from importer.columns.cell_meaning import SAID, Heeded, heeded
from importer.columns.consent_phrases import is_refusal, is_wrong_number, says_no_texts, says_texts
from importer.columns.heading_meaning import Asks
from importer.columns.status_phrases import (
    Said,
    Text,
    is_given_up_word,
    is_moved_here,
    is_moved_word,
    is_of_a_relative,
    is_of_another_visit,
    is_of_no_visits,
    is_off_word,
    is_waiting,
    looked_at,
    phrase,
    plain_text,
    read,
    words_in,
)
from importer.columns.visit_words import closed_days
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.status_words import folded_word, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.status_phrases import Words


_NOT: Final = words_of(words.NOT)
_ORDINARY: Final = words_of(words.ORDINARY)
_AROUND: Final = words_of(heads.AROUND)
LONGEST_LINE: Final = 8
LONGEST_SENTENCE: Final = 16
_OFF: Final = frozenset({Said.OFF, Said.DEAD})


def code_of_line(line: str) -> str | None:
    """Return the problem of the rows below a line that is about such visits and nothing else; None for another line."""
    text = without_days(read(line))
    if len(text.words) > LONGEST_LINE or _is_left_out(text.words):
        return None
    listing = " ".join(word for word in text.words if word not in marks.LISTS | marks.PEOPLE)
    refused = listing in marks.REFUSING_LINES or not marks.OPTED_OUT.isdisjoint(text.words)
    if refused or is_refusal(text) or says_texts(read(listing)):
        return "consent_refused"
    if (
        is_waiting(text.words)
        or is_of_no_visits(text)
        or _is_of_absences(text.words)
        or closed_days(line) == frozenset()
    ):
        return "status_not_used"
    spare = marks.REPORTS if "cancellation" in text.words else marks.REPORTS | marks.LISTS
    text = read(" ".join(word for word in text.words if word not in spare)) if spare.intersection(text.words) else text
    told = phrase(text)
    if told.said is Said.GIVEN_UP:
        # "Dr Hold" is a doctor.
        certain = all(is_given_up_word(word) or word in marks.OF_VISITS or word == "on" for word in text.words)
        return "status_not_used" if certain else None
    # "Lapin Studio" and "Dr Morte" are a place and a person.
    named = marks.SURNAMES - marks.ORDERS | marks.PLACES | marks.PERSONS_TITLES
    off = told.said in _OFF and (told.whole or _is_about_visits(text.words))
    off = off and (len(text.words) == 1 or not named.issuperset(text.words))
    return "status_not_used" if off else None


def _is_of_absences(flat: Words) -> bool:
    """Whether a line names a list of visits that did not take place: Faltas de marzo, Absences, Citas perdidas; not a count of them."""
    dated = not marks.CALENDAR.isdisjoint(flat)
    told = {word for word in flat if not (word in marks.CALENDAR or (word.isdigit() and (dated or len(word) == 4)))}
    missed = told - marks.BESIDE_ABSENCES
    visits = not (marks.OF_VISITS | marks.ABOUT).isdisjoint(told)
    return bool(missed) and (marks.ABSENCES | (marks.MISSED if visits else frozenset())).issuperset(missed)


def code_above(line: str) -> str | None:
    """Return the same of any line, whole or by what stands at its end (Status: Cancelled); None of one that denies it (Cancelled: none)."""
    if _is_key(line):
        return None
    ends = [part.strip() for part in _ENDS.split(line) if read(part).words]
    ahead, last = read(" ".join(ends[:-1])), read(ends[-1] if ends else "")
    if len(ends) > 1 and marks.NONE_OF_THEM.issuperset(last.words):
        return "consent_refused" if _NOT.isdisjoint(ahead.words) and is_refusal(read(": ".join(ends))) else None
    if any(is_off_word(one) and other in marks.TAKEN_OUT for one, other in itertools.pairwise(read(line).words)):
        return None
    if code := code_of_line(line) or code_of_sentence(line):
        # "To cancel, call" tells people what to do, "X = cancelled" what a mark means.
        told = code == "status_not_used" and "call" in (*ahead.words, *last.words) and not phrase(line).certain
        return None if told or ("=" in line and max(map(len, ahead.words), default=9) < 4) else code
    if not any(len(word) > 3 or word in marks.PERSONS_TITLES for word in ahead.words) or len(ends) < 2:
        return None
    # "Provider: Hold" is a person.
    sure = "=" not in line and (len(last.words) > 1 or is_waiting(last.words) or any(map(is_off_word, last.words)))
    ruled = any(map(str.isdigit, without_days(last).words))
    ruled = ruled or not (marks.NO_NAME_OF_A_LINE | _NOT).isdisjoint(ahead.words)
    return code_of_line(ends[-1]) if (sure or not marks.ASKING.isdisjoint(ahead.words)) and not ruled else None


def _is_key(line: str) -> bool:
    """Whether a line says what marks mean: CX - cancelled; NS: no show, C = confirmed."""
    told = line.replace(";", ",").replace("|", ",").split(",")
    pairs = [[read(end).words for end in _ENDS.split(part)] for part in told if part.strip()]
    if not pairs or not all(len(pair) == 2 and all(pair) and min(map(len, pair)) == 1 for pair in pairs):
        return False
    short = [min(pair, key=lambda words: (len(words), len(words[0])))[0] for pair in pairs]
    named = any(len(mark) > 3 or mark in marks.TIMES_IN_LINES | marks.PERSONS_TITLES for mark in short)
    return False if named else len(short) > 1 or phrase(short[0]).said not in {Said.UNKNOWN, Said.ORDINARY}


_ENDS: Final = re.compile(r"[:=]|(?<=\s)[-\u2013\u2014]+(?=\s)")


def without_days(text: Text) -> Text:
    """Return a line without the day and the rows of which it speaks: Cancelled 5 March 2027, Afternoon cancelled; cancelled below this line."""
    flat = text.words
    parted = not marks.PARTS_OF_THE_WEEK.isdisjoint(flat)
    dated = parted or any(word in marks.CALENDAR for word in flat) or sum(map(str.isdigit, flat)) > 1
    times = marks.TIMES_IN_LINES | (marks.BESIDE_PARTS if parted else frozenset())
    kept = [word for word in flat if not (dated and (word in times or word[:1].isdigit())) and word not in marks.BELOW]
    rest = read(" ".join(kept)) if len(kept) < len(flat) else text
    said = phrase(rest).said  # "April Hold" and "June Held" are people.
    told = (
        said in _OFF
        or (said is Said.GIVEN_UP and len(kept) > 1)
        or (said is Said.MOVED and "may" not in flat and not parted)
    )
    return rest if told or any(map(is_off_word, kept)) or is_waiting(rest.words) else text


def code_of_sentence(line: str) -> str | None:
    """Return the same of a line alone that says it in a sentence, or of moved visits: The following patients have cancelled; Rescheduled."""
    text = read(line)
    flat = text.words
    if _is_of_moved(without_days(text)):
        return "status_not_used"
    if not 1 < len(flat) <= LONGEST_SENTENCE:
        return None
    if says_no_texts(text):
        return "consent_refused"
    about = not marks.ABOUT.isdisjoint(flat)
    if about and _is_list(flat) and any(pair in marks.FALL_OUT for pair in itertools.pairwise(flat)):
        return "status_not_used"
    not_held = not _NOT.isdisjoint(flat) and any(pair in marks.DID_NOT_TAKE_PLACE for pair in itertools.pairwise(flat))
    told = phrase(text)
    if about and (not_held or (told.said in _OFF and told.certain and _is_list(flat))):
        return "status_not_used"
    removed = about and any(map(is_given_up_word, flat))
    around = marks.ABOUT | marks.AROUND_SENTENCE
    return "status_not_used" if removed and all(is_given_up_word(word) or word in around for word in flat) else None


def _is_of_moved(text: Text) -> bool:
    """Whether a line is of visits that have another time, or need one: Rescheduled, Appointments to be rescheduled."""
    flat = text.words
    if not flat or not marks.PERSONS_TITLES.isdisjoint(flat) or _is_left_out(flat) or is_moved_here(flat):
        return False
    told = phrase(text)
    moved = told.said is Said.MOVED or (told.said is Said.GIVEN_UP and any(map(is_moved_word, flat)))
    return moved and (told.whole or all(is_moved_word(word) or word in marks.BESIDE_MOVED for word in flat))


def _is_list(flat: Words) -> bool:
    """Whether no word makes a rule or a legend of a sentence; "did not come" is said with a word of not."""
    off = any(map(is_off_word, flat))
    told = flat if marks.HAVE_BEEN.isdisjoint(flat) else [word for word in flat if word != "se"]
    return (marks.NO_LIST if off else marks.NO_LIST - _NOT).isdisjoint(told)


def code_of_name(file: str) -> str | None:
    """Return the problem of the rows of a file that is named for such visits: cancellations_2027.csv, No Show Report.csv."""
    stem = marks.MARKS_IN_NAMES.sub(" ", PurePath(file.replace("\\", "/")).stem)
    found = [
        word
        for word in marks.MARKS_IN_NAMES.sub(" ", stem).split()
        if word.strip("()0123456789") and folded_word(word) not in marks.CALENDAR
    ]
    named = " ".join(found)
    told = phrase(named)
    # "failed.csv" are rows that another program did not take, "deceased family" is none of the patients, and "test_data.csv" is any file.
    others = told.said is Said.DEAD and not marks.RELATIVES.isdisjoint(read(named).words)
    others = others or is_of_no_visits(read(named)) or told.of_a_status or "rejected" in named.casefold()
    return None if not found or others else code_of_line(named)


def _is_left_out(flat: Words) -> bool:
    """Whether a line tells what is not below it, or not alone: Appointments without cancelled, Appointments and cancellations."""
    if not marks.LEAVING_OUT.isdisjoint(flat) or ("not", "shown") in itertools.pairwise(flat):
        return True
    after = next((at for at, word in enumerate(flat) if word in marks.AFTER), len(flat))
    if phrase(" ".join(flat[after + 1 :])).said in _OFF:
        return True
    return any(
        word in marks.AND and (before in marks.OF_VISITS) != (after in marks.OF_VISITS)
        for before, word, after in zip(flat, flat[1:], flat[2:], strict=False)
    )


def _is_about_visits(flat: Words) -> bool:
    return all(word in marks.OF_VISITS or word in _AROUND or phrase(word).whole for word in flat)


def stands(flat: Words) -> bool:
    """Whether a line is about visits that take place."""
    return (
        bool(flat)
        and marks.TOTALS.isdisjoint(flat)
        and all(word in marks.OF_VISITS or word in _ORDINARY or word in _AROUND for word in flat)
    )


def counts(line: str) -> bool:
    """Whether a line counts no visits, or such that take place beside those that do not: Cancelled: 0; 42 booked, 3 cancelled."""
    counted = [part for part in line.replace(";", ",").split(",") if any(map(str.isdigit, part))]
    stand = any(
        not (code_above(part) or (_ORDINARY | marks.OF_VISITS).isdisjoint(read(part).words)) for part in counted
    )
    return "0" in read(line).words or (stand and any(map(code_above, counted)))


# What sets a mark apart from a name. A dash, a stroke or a line below does so only beside a blank: Kim-Cancel is a name.
_EDGE: Final = re.compile(r"[;:|()\[\]{}<>*#~!\n\r\t]+|(?<![^\W_])[-\u2010-\u2015_/]+|[-\u2010-\u2015_/]+(?![^\W_])")
_LISTED: Final = words_of(words.CALLED_OFF, words.CALLING_OFF, words.NO_SHOW, words.DECEASED)
# A second name or the gender, and no cross: Lee, Ana (X); Lee, Ana, X.
_LETTER_IN_BRACKETS: Final = re.compile(r"(?<=\w)[^\S\n]?[(\[{]X\.?[)\]}]")


def heeded_of_person(field: str, typed: str) -> Heeded | None:
    """
    Return what is heeded of the name of a person. ``field``: ``fullName``, ``firstName`` or ``lastName``.

    Names may be any word: Ana Stop, Rip Moved. So a word counts that nobody is called, or one with an edge: in brackets, behind a
    dash with blanks or a colon, between asterisks, or in capitals beside a name that is not.
    """
    typed = looked_at(typed)
    text = read(typed)
    if (sign := Heeded.REFUSED if marks.NO_MOBILES in typed else _sign(typed)) or not text.words:
        return sign
    plain = _LETTER_IN_BRACKETS.sub(" ", typed)
    edged = [part for part in _EDGE.split(plain) if part.strip()]
    outside = marks.IN_BRACKETS.sub(" ", typed)
    if outside.count(",") > 1:
        edged += [part for part in outside.split(",")[2:] if part.strip(" .").casefold() != "x"]
    perhaps = None
    if len(edged) > 1 or _EDGE.search(typed.strip()):
        for found in map(_mark, edged):
            if found not in {None, Heeded.PERHAPS_OFF}:
                return found
            perhaps = perhaps or found
    beside = [read(part) for part in edged if not _mark(part)] if perhaps else [text]
    for part in beside:
        if part.words and (found := _without_edge(part)):
            return found
    instead = _instead_of_a_name(text) if field == "fullName" else None
    noted = [heeded(Asks.NOTES, part) for part in edged[1:] if len(read(part).words) > 1]
    return perhaps or instead or _in_capitals(field, plain) or next(filter(None, noted), None)


def _sign(typed: str) -> Heeded | None:
    """Return what a cross or a dagger says; a dagger behind a letter is another letter, garbled."""
    bare = typed.strip()
    if any(mark in typed for mark in marks.CROSSES) or bare.startswith("×") or bare.endswith("×"):
        return Heeded.OFF
    before = {typed[at - 1 : at] if at else "" for at, mark in enumerate(typed) if mark in marks.GRAVES}
    if any(not mark.isalpha() for mark in before):
        return Heeded.DEAD
    plain = typed.casefold()
    return Heeded.DEAD if any(spelled in plain for spelled in marks.SPELLED_OF_THE_DEAD) else None


def _mark(part: str) -> Heeded | None:
    """Return what a part of a name says that stands apart from it; of another visit or another person no more than a warning."""
    text = read(part)
    found = _said_by(part, text) if text.words and marks.PERSONS_TITLES.isdisjoint(text.words) else None
    if found in {Heeded.OFF, Heeded.MOVED} and is_moved_here(text.words):
        return None
    if found in {Heeded.OFF, Heeded.MOVED} and is_of_another_visit(text.words):
        return Heeded.PERHAPS_OFF
    counted = found is None and text.words[:1] != () and text.words[0].isdigit() and is_of_another_visit(text.words)
    if counted and _said_by(part, Text(part, [text.words[1:]], text.words[1:])) in {Heeded.OFF, Heeded.MOVED}:
        return Heeded.PERHAPS_OFF
    return Heeded.PERHAPS_OFF if found is Heeded.DEAD and is_of_a_relative(text.words) else found


def _said_by(part: str, text: Text) -> Heeded | None:  # noqa: PLR0911 - the first that applies
    flat = text.words
    if is_refusal(text) or is_wrong_number(text) or " ".join(flat) in marks.OF_NUMBERS:
        return Heeded.REFUSED
    if flat[0] in marks.DEAD_AT_AN_EDGE and all(word.isdigit() for word in flat[1:]):
        # "Rip" in brackets is what friends say, RIP and rip are not.
        return Heeded.PERHAPS_OFF if part.strip() in marks.NICKNAMES else Heeded.DEAD
    if len(flat) == 1 and flat[0] in marks.INITIALS and "/" not in part:
        return Heeded.PERHAPS_OFF
    if flat[0] in marks.OFF_AT_AN_EDGE and all(word.isdigit() for word in flat[1:]):
        return Heeded.OFF
    if flat[:2] == ("rs", "to"):
        return Heeded.MOVED
    told = phrase(text)
    if told.said in {Said.MOVED, Said.GIVEN_UP} and not _is_said_whole(text):
        return None
    if told.said not in SAID or not (told.whole or (told.certain and not _are_surnames(text))):
        return None
    if told.said is Said.GIVEN_UP and told.of_a_status and flat != ("refuse",):
        return Heeded.PERHAPS_OFF if min(map(len, flat)) > 2 else None
    return SAID[told.said]


def _is_said_whole(text: Text) -> bool:
    """Whether each word as it is typed says so or stands beside such words: "met-for-min" is only read as three of these."""
    return all(word in text.words for word in words_in(plain_text(text.typed))) or len(text.words) < 3


_CROSSED: Final = re.compile(r"x{1,3}(?![-\u2010-\u2015]?\w)", re.IGNORECASE)


def mark_of_title(typed: str) -> Heeded | None:
    """Return what a mark before or behind an event's title says: "Declined: Kim", "HOLD - Flo", "❌ Ian", "Cat Roe NO SHOW"."""
    typed = looked_at(typed).replace("\ufe0f", "").strip()
    flat = read(typed).words
    if not typed or typed[0] in marks.CROSSES or typed[-1] in marks.CROSSES:
        return Heeded.OFF if typed else None
    if len(flat) > 1 and _CROSSED.match(typed) and flat[1] not in marks.CALLED_WITH_X:
        return Heeded.OFF
    perhaps = None
    passed = frozenset({"cxl"}) if not marks.OF_EYES.isdisjoint(flat) else frozenset()
    parts = [part for part in _EDGE.split(_LETTER_IN_BRACKETS.sub(" ", typed)) if part.strip()]
    if len(parts) > 1 or (parts and _EDGE.search(typed)):
        for part in _ends(parts, typed):
            found = _mark(part) if (marks.OF_THINGS | passed).isdisjoint(read(part).words) else None
            if found not in {None, Heeded.PERHAPS_OFF}:
                return found
            perhaps = found if found and phrase(part).said in {Said.OFF, Said.DEAD} else perhaps
    ends = {*flat[:1], *(() if perhaps else flat[-1:])}
    if len(flat) > 1 and (marks.ABBREVIATED - passed) & ends:
        return Heeded.REFUSED if {"dnc", "dnt"} & ends else Heeded.OFF
    named = flat and (marks.OF_THINGS | passed).isdisjoint(flat)
    found = _in_capitals(_TITLE, typed) if named else None
    return perhaps if found in {None, Heeded.PERHAPS_OFF} else found


def _ends(parts: Sequence[str], typed: str) -> Iterator[str]:
    """Yield the parts at the ends of a title that may be marks: not HOLD: metformin, and not Filling: X."""
    first, last = parts[0].strip(), parts[-1].strip()
    named = len(parts) < 2 or not (first.isupper() and parts[1].strip()[:1].islower())
    if named or not marks.HOLDING.issuperset(read(first).words):
        yield first
    if last.casefold() != "x" or not typed[: typed.rindex(last)].rstrip().endswith(":"):
        yield last


_TITLE: Final = "title"


def mark_of_comment(text: str) -> Heeded | None:
    """Return what a comment at a cell says, in few words a problem, in a sentence a warning."""
    said = read(text)
    few = len(said.words) < 4 or phrase(said).whole
    if said.words == ("x",):
        return None
    return (_mark(looked_at(text)) if few or is_refusal(said) else None) or heeded(Asks.NOTES, text)


def _are_surnames(text: Text) -> bool:
    """Whether all words by which a name calls a visit off may be surnames: Lapin, Cancellara."""
    found = [word for word in text.words if is_off_word(word)]
    return bool(found) and all(
        word in marks.SURNAMES or (word not in _LISTED and not word.endswith(marks.OFF_ENDINGS)) for word in found
    )


def _without_edge(text: Text) -> Heeded | None:
    """Return what a name says in words that are nobody's name: Ana Lee deceased, do not text Ana."""
    flat = text.words
    if (len(flat) > 1 and is_refusal(text)) or is_wrong_number(text) or " ".join(flat[-2:]) in marks.NO_TEXTS:
        return Heeded.REFUSED
    if {"dnc", "dnt"} & {flat[0], flat[-1]}:
        return Heeded.REFUSED
    if marks.RESCHEDULED_WRITTEN_SO.search(text.typed.casefold()) and not is_moved_here(flat[flat.index("resch") :]):
        return Heeded.MOVED
    if said := marks.beside_a_name(flat, text.typed.casefold()):
        return Heeded[said]
    told = phrase(text)
    if told.said not in {Said.OFF, Said.DEAD} or _are_surnames(text):
        return None
    return SAID[told.said] if told.certain or (told.whole and told.length > 1) else None


def _instead_of_a_name(text: Text) -> Heeded | None:
    """Return what stands in place of a full name: Do not book, Lunch, Moved."""
    flat = text.words
    if not marks.PERSONS_TITLES.isdisjoint(flat):
        return None
    if " ".join(flat) in marks.SLOTS:
        return Heeded.REFUSED if flat == ("stop",) else Heeded.OFF
    told = phrase(text)
    if told.said not in SAID or not told.whole or told.of_a_status:
        return None
    return SAID[told.said] if told.length > 1 or flat[0] not in marks.PERHAPS_A_SURNAME else None


def _in_capitals(field: str, typed: str) -> Heeded | None:
    """Return what words in capitals say at an end of a name that is not written so: Ana Lee NO SHOW, VOID Ana Lee."""
    found = marks.FIRST_OR_LAST.findall(typed)
    in_capitals = [word.isupper() and len(word) > 1 for word in found]
    if all(in_capitals):
        # One word in place of a first or a last name.
        return Heeded.REFUSED if field != "fullName" and found == ["STOP"] else None
    ahead, behind = in_capitals.index(False), in_capitals[::-1].index(False)
    surname = marks.BEFORE_A_COMMA.match(typed)
    before = len(marks.FIRST_OR_LAST.findall(surname.group())) if surname else 0
    return (
        _of_capitals(field, found[:ahead], len(found), first=True, surname=ahead > 0 and ahead == before)
    ) or _of_capitals(field, found[len(found) - behind :] if behind else [], len(found), first=False)


def _of_capitals(field: str, some: Sequence[str], among: int, *, first: bool, surname: bool = False) -> Heeded | None:
    """
    Return what words in capitals say at an end of a name of so many words. Many write surnames in capitals: Anna HELD.

    ``surname``: a comma stands behind them.
    """
    mark = _mark(" ".join(some)) if max(map(len, some), default=0) > 3 or list(some) in (["RIP"], ["TOT"]) else None
    flat = [word for word in ("".join(read(each).words) for each in some) if word not in marks.PARTICLES]
    if mark is None or len(flat) != 1 or flat[0] not in marks.MAY_BE_SURNAMES:
        return mark
    if field == _TITLE and flat[0] in marks.ORDERS:
        return mark
    if flat == ["rip"]:
        return None if surname or not (first or field == "firstName" or among - len(some) > 1) else mark
    if surname or flat[0] not in marks.RATHER_A_MARK:
        return None
    return mark if among - len(some) > 1 else Heeded.PERHAPS_OFF
