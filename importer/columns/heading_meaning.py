"""What a heading asks of its cells, as far as visits and texts are concerned."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from importer.columns.consent_phrases import (
    is_bad_number,
    is_of_a_group,
    is_of_a_label,
    is_of_a_thing,
    is_of_home,
    is_of_other_number,
    is_of_other_sending,
    is_refusal,
)
from importer.columns.heading_forms import is_deadline, without_answers
from importer.columns.status_phrases import Said, is_given_up_word, is_moved_word, is_off_word, phrase, read
from schemas import heading_words as heads
from schemas import mark_words as marks
from schemas import status_words as words
from schemas.status_words import listed, words_of

if TYPE_CHECKING:
    from importer.columns.status_phrases import Words


class Asks(Enum):
    """What a heading asks, each in words."""

    STATUS = "how the visit stands, in words: Status, Outcome, Attendance"
    OFF = "a flag, day, name or reason that is set where the visit is off: Canceled?, Date of death"
    MOVED = "the same of another time: Rescheduled, Moved to"
    MOVED_TO = "where it was moved to: another time, or another room or person at the same"
    NEW_TIME = "the other time itself: New date"
    NEW_CLOCK = "the same, or when the row was changed: Updated time"
    NEW_VISIT = "the other visit, or the number of a visit in a series: New session"
    SKIP = "a mark of rows to leave out, if it is set: Ignore"
    ON = "a flag that is set where the visit takes place: Active, Attending"
    PERMISSION = "whether the person may be texted, or the number is right: OK to text, Valid number"
    LEAD = "the same, or how long before: Reminder (hours)"
    REFUSAL = "whether the person may not be texted"
    CHOICE = "how the person wants to be reached"
    WAY = "how the person is reminded: by a text, or not"
    LANDLINE = "whether the number is that of a landline, or the number itself"
    ANY_REFUSAL = "a refusal that does not say of what: Opted out"
    ANY_PERMISSION = "a permission that does not say for what: Opt-in"
    NOTES = "free text"
    TITLES = "what an event is called, in free text: Subject, Summary"
    NAMES = "names of people, places and things"
    SUBSCRIPTION = "to what the person subscribed, which may be texts or anything else"
    ELSEWHERE = "money, goods, letters, papers, other visits: nothing that it says is about the visit or texts"
    TEXTS = "what became of a text, or what was answered: Reminder status, SMS reply"
    REPLY = "what this person answered: Patient reply"
    REMINDED = "whether the person was reminded: Reminder sent, Texted"
    STATE = "how the visit stands, or a part of a country: State, Estado"
    OTHER_NUMBER = "another number than the one that is texted, and of what kind it is"
    KIND_OF_NUMBER = "of what kind the number is, judged as a label: Phone type"
    HOME_NUMBER = "a number at home or at work, which may be the one that is texted"
    LABELS = "people, telephones and tags, judged as names, whose words are those of a front desk"
    ASIDE = "how other things go: receipts, results, bookings, visits"
    GROUPS = "to which group somebody belongs, or by which way something goes that is not named"
    KINDS = "of what kind the row is: Type, List"
    PAST = "what happened so far, or comes next: History, Next step"
    CONFIRMED = "whether the visit is confirmed, or what was said of that"
    OPEN = "anything else"


CONSENT: Final = frozenset(
    {Asks.PERMISSION, Asks.LEAD, Asks.REFUSAL, Asks.CHOICE, Asks.WAY, Asks.ANY_REFUSAL, Asks.ANY_PERMISSION}
)
OF_MOVING: Final = (Asks.MOVED, Asks.MOVED_TO, Asks.NEW_TIME, Asks.NEW_CLOCK, Asks.NEW_VISIT)
QUESTIONS: Final = CONSENT | {Asks.STATUS, Asks.OFF, Asks.MOVED, Asks.MOVED_TO, Asks.ON, Asks.REMINDED}

_STATUS: Final = words_of(heads.STATUS)
_TITLES: Final = words_of(heads.TITLES)
_NOTES: Final = words_of(heads.NOTES) - _TITLES
_ELSEWHERE: Final = words_of(heads.ELSEWHERE)
_NAMES: Final = words_of(heads.NAMES)
_AROUND: Final = words_of(heads.AROUND) | _STATUS
_AROUND_ON: Final = _AROUND - listed(heads.ASKED["not_around_on"])
_TAKES_PLACE: Final = words_of(heads.TAKES_PLACE) | listed("showing nimmt neemt")
_TEXTING: Final = words_of(heads.TEXTING)
_PERMISSION: Final = words_of(heads.PERMISSION)
_REFUSAL: Final = words_of(heads.REFUSAL)
_ABOUT_TEXTS: Final = words_of(heads.ABOUT_TEXTS)
_OTHER_WAYS: Final = words_of(heads.OTHER_WAYS)
_WRITE_TO: Final = words_of(heads.WRITE_TO)
_NOT: Final = words_of(words.NOT)
_RULES: Final = words_of(words.RULES)
_MAY: Final = words_of(words.MAY)

_SMS: Final = listed("sms smses text texts texting txt txts mms texto textos")
_ALONE: Final = _SMS | listed(heads.ASKED["alone"])
_PREFERENCE: Final = listed("pref preference preferences preferred preferencia preferência preference voorkeur prefers")
_OPTING: Final = listed(heads.ASKED["opting"])
_RELATIVES: Final = listed(heads.ASKED["relatives"])
_COUNTED: Final = listed("times num appointments visits bookings shows noshows cancels cancellations appts")
_KEYS: Final = listed("id ids uuid guid key")
LONGEST_HEADING: Final = 8
_STATE: Final = listed("state estado etat stato stand situación situation situazione")
_VISIT: Final = listed(heads.ASKED["visit"])
# Of a visit they say how it stands; of other things what came of them.
_TOLD: Final = re.compile(r"\([^()]{0,60}\)")


@lru_cache(maxsize=2048)
def asks(heading: str) -> Asks:  # noqa: PLR0911 - the first that applies
    """Return what a heading asks; brackets behind it explain, and do not change it."""
    bare = without_answers(heading)
    if not (text := read(bare)).words:
        bare, text = heading, read(heading)
    if not text.words:
        return Asks.OPEN
    consent = _switch(text.words) or _consent(text.parts, text.words)
    consent = consent or _of_replies(heading, text.words) or _of_reminding(text.words)
    if consent := consent or _of_the_number(text.words, asking=bare != heading or heading.rstrip().endswith("?")):
        return consent
    if "#" in heading or "%" in heading:
        return Asks.REFUSAL if is_bad_number(read(heading)) else Asks.ELSEWHERE
    told_apart = read(_TOLD.sub(" ", bare))
    _, found, flat = told_apart if told_apart.words else text
    if _is_off(found, flat):
        return Asks.OFF
    if moved := _moved(flat):
        return moved
    if news := _news(flat):
        return news
    if _is_elsewhere(flat) or not _COUNTED.isdisjoint(flat) or is_deadline(flat):
        return Asks.ELSEWHERE
    if (
        not _TAKES_PLACE.isdisjoint(flat)
        and _NOT.isdisjoint(flat)
        and all(word in _TAKES_PLACE or word in _AROUND_ON or word in marks.STILL_TAKES for word in flat)
    ):
        return Asks.ON
    return _by_words(flat)


_SENDS: Final = listed(heads.ASKED["sends"])
_SKIPS: Final = listed(heads.ASKED["skips"])
_KINDS: Final = listed(heads.ASKED["kinds"])
_TOLD_ALONE: Final = listed(heads.ASKED["told_alone"])


def _switch(words: Words) -> Asks | None:
    """Return what a heading asks that does something with its rows (Send, Skip, Ignore), or in one word says of each what it is (Type) or if it is told."""
    rest = {*words} - marks.OF_ROWS
    if len(rest) == 1 and rest <= _TOLD_ALONE | _KINDS:
        return Asks.PERMISSION if rest <= _TOLD_ALONE else Asks.KINDS
    if not rest or not rest <= _SENDS | _SKIPS | {"not", "dont", "ignore"} or rest <= {"not", "dont"}:
        return None
    # "Ignore" may be about the column itself.
    return Asks.ON if rest <= _SENDS else Asks.SKIP if "ignore" in rest else Asks.OFF


def _by_words(flat: Words) -> Asks:  # noqa: PLR0911 - the first that applies
    """Return what a heading asks that is no flag."""
    if len(flat) > LONGEST_HEADING or not _KEYS.isdisjoint(flat):
        return Asks.NAMES
    if is_of_other_number(flat):
        return Asks.OTHER_NUMBER
    of_visit = not _VISIT.isdisjoint(flat)
    if not _STATUS.isdisjoint(flat) or (of_visit and not (_STATE | marks.RESULTS).isdisjoint(flat)):
        if not of_visit and is_of_a_thing(flat):
            return Asks.NAMES
        return Asks.STATUS if _TEXTING.isdisjoint(flat) else Asks.TEXTS
    if not _STATE.isdisjoint(flat) and all(word in _STATE or word in _AROUND for word in flat):
        return Asks.STATE
    if not _NOTES.isdisjoint(flat):
        return Asks.NOTES
    if not _TITLES.isdisjoint(flat):
        return Asks.TITLES
    if (at_home := is_of_home(flat)) or is_of_other_sending(flat):
        return Asks.HOME_NUMBER if at_home else Asks.ASIDE
    if not _NAMES.isdisjoint(flat):
        return Asks.LABELS if is_of_a_label(flat) else Asks.NAMES
    confirmed = not _CONFIRMED.isdisjoint(flat) and (_CONFIRMED | _AROUND).issuperset(flat)
    return Asks.GROUPS if is_of_a_group(flat) else Asks.CONFIRMED if confirmed else Asks.OPEN


_CONFIRMED: Final = listed(heads.ASKED["confirmed"])
_RIGHT: Final = listed(heads.ASKED["right"])
_TIMES: Final = _VISIT | listed(heads.ASKED["times"])
_JOINING: Final = listed("and of the und et y en e de du des da del della des for")
_REPLACED: Final = listed(heads.ASKED["replaced"])
_CHANGED: Final = listed(heads.ASKED["changed"])


def _moved(flat: Words) -> Asks | None:
    """Return what a heading asks about the time that a visit has now: Rescheduled to, Replaced by, New date; not Rescheduled from."""
    if (
        flat[0] in _RIGHT | marks.ALTERED
        and not _TIMES.isdisjoint(flat)
        and _TIMES.union(_JOINING).issuperset(flat[1:])
    ):
        # "Updated date" is that of the record, "Final visit" the last of a series, "Fecha final" the end.
        clock = {"time", "hour", "slot", "start"} if flat[0] in marks.ALTERED else _TIMES - _VISIT
        return None if clock.isdisjoint(flat) else Asks.NEW_CLOCK if flat[0] in marks.ALTERED else Asks.NEW_TIME
    if not marks.NEWER.isdisjoint(flat) and not _TIMES.isdisjoint(flat):
        asked = Asks.NEW_VISIT if _VISIT.issuperset(_TIMES.intersection(flat) - {"vous"}) else Asks.NEW_TIME
        return asked if all(word in marks.NEWER or word in _TIMES or word in _JOINING for word in flat) else None
    if not _COUNTED.isdisjoint(flat) or (
        _REPLACED.isdisjoint(flat) and (flat[-1] in marks.AWAY_FROM or not marks.BY_WHOM.isdisjoint(flat))
    ):
        return None
    changed = not _CHANGED.isdisjoint(flat) and not marks.TOWARD.isdisjoint(flat)
    if not (any(map(is_moved_word, flat)) or not _REPLACED.isdisjoint(flat) or changed):
        return None
    around = _AROUND | marks.TOWARD | _TIMES | _REPLACED | (_CHANGED if changed else frozenset())
    asked = Asks.MOVED if (marks.TOWARD | {"a"}).isdisjoint(flat) else Asks.MOVED_TO
    return asked if all(is_moved_word(word) or word in around for word in flat) else None


def _is_off(found: list[Words], flat: Words) -> bool:  # noqa: PLR0911 - the first that applies
    """Whether what is set below the heading says that the visit is off."""
    if is_deadline(flat) or (len(flat) == 1 and len(flat[0]) < 2):
        return False
    if not _COUNTED.isdisjoint(flat) or _is_elsewhere(flat):
        # Canceled/Refunded: the first part says it alone.
        if (
            len(found) < 2
            or not phrase(" ".join(found[0])).certain
            or not _ELSEWHERE.isdisjoint(found[0])
            or not _COUNTED.isdisjoint(found[0])
        ):
            return False
        flat = found[0]
    said = phrase(" ".join(flat)).said
    if said is Said.DEAD and not _RELATIVES.isdisjoint(flat):
        return False
    if said in {Said.OFF, Said.DEAD}:
        return _MAY.isdisjoint(flat)
    if any(map(is_off_word, flat)) and _RULES.isdisjoint(flat) and _NOT.isdisjoint(flat):
        return _MAY.isdisjoint(flat)
    if said is Said.GIVEN_UP and (_NAMES - marks.WHY).isdisjoint(flat):
        return all(is_given_up_word(word) or word in _AROUND or word in _SHORT_FLAGS for word in flat)
    return (not _DEATH.isdisjoint(flat) or any(map(_OF_DEATH.fullmatch, flat))) and _NAMES.isdisjoint(flat)


_DEATH: Final = listed(heads.ASKED["death"])
_OF_DEATH: Final = re.compile(r"(?:sterbe|todes|overlijdens|sterf)(?:datum|tag|dag|zeitpunkt|jahr|ort|fall|geval)")
# Removed from the schedule, left without being seen.
_SHORT_FLAGS: Final = listed(heads.ASKED["short_flags"])
_NEWS: Final = listed(heads.ASKED["news"])
_LAST: Final = listed(heads.ASKED["last"])


def _news(flat: Words) -> Asks | None:
    """Return what a heading asks that is about the last news of this visit: Last status, Last action, History; not Last visit status."""
    about, rest = _ELSEWHERE.intersection(flat), [word for word in flat if word not in _ELSEWHERE]
    if (
        not about
        or not about <= _LAST | marks.SO_FAR
        or not all(word in _NEWS or word in _STATUS or word in _STATE for word in rest)
    ):
        return None
    if not marks.SO_FAR.isdisjoint(flat):
        return Asks.PAST if rest or flat == ("history",) else None
    return (Asks.STATUS if (_STATUS | {"known", "of", "the"}).issuperset(rest) else Asks.OPEN) if rest else None


def _is_elsewhere(flat: Words) -> bool:
    return bool(about := _ELSEWHERE.intersection(flat)) and not (about == {"member"} and "team" in flat)


def _consent(found: list[Words], flat: Words) -> Asks | None:  # noqa: C901, PLR0911 - the first that applies
    """Return what a heading of consent asks, None if it is none."""
    if (number := _of_number(found, flat)) is not None:
        return number
    whole = read(" ".join(flat))
    if not _WRITE_TO.isdisjoint(flat) and is_refusal(whole) and phrase(whole).said is not Said.OFF:
        return Asks.REFUSAL
    topics = [part for part in found if not _TEXTING.isdisjoint(part)]
    if not topics:
        return _general(flat)
    about = tuple(word for part in topics for word in part)
    texting = set(about) & _TEXTING
    if texting == {"message"} | (texting & {"messages"}) and "detailed" in about:
        return None
    sms = not _SMS.isdisjoint(about)
    if not marks.MARKETING.isdisjoint(flat):
        return Asks.ELSEWHERE
    preferring = not _PREFERENCE.isdisjoint(about) or _asks_how(about)
    if (
        not sms
        and not preferring
        and {"cell", "mobile", "cellphone"}.isdisjoint(about)
        and not ({"do", "not", "dont", "no"} & set(about))
        and not _OTHER_WAYS.isdisjoint(about)
    ):
        # Email notifications, phone reminders: another way than texts; of both ways, texts count.
        return Asks.ELSEWHERE if marks.NOTICES & texting else None
    if any(map(str.isdigit, about)):
        return None
    spare = [word for word in about if word in _ABOUT_TEXTS and word not in _PERMISSION]
    turned = not _REFUSAL.isdisjoint(about)
    if preferring and not turned:
        if {"time", "day", "language", "number", "name", "hour", "hours", "date"} & set(about):
            return None
        return Asks.CHOICE if _REMINDING.isdisjoint(about) else Asks.WAY
    permitted = [word for word in about if word in _PERMISSION]
    if spare and not (
        set(spare) <= {"date", "time", "at", "status", "type", "on", "list"}
        and (turned or not _OPTING.isdisjoint(about))
    ):
        return None
    if turned:
        return None if {"blocks", "reply"} & set(about) else Asks.REFUSAL
    if permitted:
        return Asks.PERMISSION
    around = _AROUND | _TEXTING | {"per", "via", "by"} | (_OTHER_WAYS | marks.NOTICED if sms else frozenset())
    alone = all(word in around for word in about) and not _ALONE.isdisjoint(about)
    asked = Asks.LEAD if any(map(marks.WHEN.issuperset, found)) else Asks.PERMISSION
    return asked if alone and about != ("message",) else None


_REMINDING: Final = listed(heads.ASKED["reminding"])
_WAYS_OF_REMINDERS: Final = listed(heads.ASKED["ways_of_reminders"])
_SENDING: Final = listed(heads.ASKED["sending"])
_REACHING: Final = _REMINDING | listed(heads.ASKED["reaching_words"])
_WAYS: Final = listed(heads.ASKED["ways"])
_PREFERRED: Final = _PREFERENCE | listed(heads.ASKED["preferred"])


def _is_choice(flat: Words) -> bool:
    """Whether a heading asks by which way somebody is reached, and nothing else: Reminder channel, Kontaktart, Canale preferito."""
    ways = _WAYS if _REMINDING.isdisjoint(flat) else _WAYS | _WAYS_OF_REMINDERS
    told = [word for word in flat if word in ways or word in _PREFERRED]
    about = not _REACHING.isdisjoint(flat)
    liked = not _PREFERRED.isdisjoint(flat) and not (_WAYS - {"by", "per", "via"}).isdisjoint(flat)
    if not told or not (about or liked) or not marks.WHEN.isdisjoint(flat):
        return False
    # "Confirmation by" is a person, "Notification by" a way.
    if flat[-1] in {"by", "of"} and _REMINDING.isdisjoint(flat) and flat[0] != "contact":
        return False
    return all(word in told or word in _REACHING or word in _AROUND or word in _SENDING for word in flat)


def _of_number(found: list[Words], flat: Words) -> Asks | None:
    """Return what a heading asks of the number, or of the way to the person."""
    if {*flat} - _AROUND == {"landline"}:
        return Asks.LANDLINE
    if _is_untextable(found, flat):
        return Asks.REFUSAL
    if _is_choice(flat) or (not _COMMUNICATION.isdisjoint(flat) and (_COMMUNICATION | _AROUND).issuperset(flat)):
        return Asks.CHOICE if _REMINDING.isdisjoint(flat) else Asks.WAY
    subscribed = not _SUBSCRIPTION.isdisjoint(flat) and (_SUBSCRIPTION | _AROUND).issuperset(flat)
    return Asks.SUBSCRIPTION if subscribed else None


_COMMUNICATION: Final = listed(heads.ASKED["communication"])
_SUBSCRIPTION: Final = listed(heads.ASKED["subscription"])
_TELEPHONES: Final = listed(heads.ASKED["telephones"])
_MOBILES: Final = listed(heads.ASKED["mobiles"])
_BARE_NUMBERS: Final = listed(heads.ASKED["bare_numbers"])
_GOOD: Final = listed(heads.ASKED["good_numbers"])
_STILL: Final = listed(heads.ASKED["still_the_number"])
_KINDS_OF_NUMBERS: Final = listed(heads.ASKED["kinds_of_numbers"])
_OF_A_KIND: Final = listed(heads.ASKED["of_a_kind"])


def _of_the_number(flat: Words, *, asking: bool) -> Asks | None:
    """Return what a heading asks that is of the number alone: whether it is right or of a mobile (Phone OK, Mobile?), or its kind."""
    numbers = _TELEPHONES | _MOBILES | _BARE_NUMBERS
    if not _KINDS_OF_NUMBERS.isdisjoint(flat) or not (_OF_A_KIND.isdisjoint(flat) or numbers.isdisjoint(flat)):
        around = numbers | _OF_A_KIND | _KINDS_OF_NUMBERS | _JOINING
        return Asks.KIND_OF_NUMBER if around.issuperset(flat) else None
    if not numbers.isdisjoint(flat) and not _STATUS.isdisjoint(flat) and (numbers | _STATUS).issuperset(flat):
        return Asks.STATUS
    flat = (*flat[:-2], "works") if flat[-2:] == ("in", "service") else flat
    # "Phone valid" is set by programs.
    good = not _GOOD.isdisjoint(flat) and (asking or flat != ("phone", "valid"))
    surely = not (_TELEPHONES | _MOBILES).isdisjoint(flat)
    # "Valid visit number" is no telephone's.
    around = numbers | _GOOD | _JOINING | _STILL | (_AROUND - _VISIT if surely else frozenset({"is"}))
    asked = good or (asking and not (_MOBILES | _STILL).isdisjoint(flat))
    return Asks.PERMISSION if asked and not numbers.isdisjoint(flat) and around.issuperset(flat) else None


_OF_NUMBERS: Final = frozenset(heads.ASKED["of_numbers"].split("|"))


def _is_untextable(found: list[Words], flat: Words) -> bool:
    """Whether what is set below a heading says that the number takes no texts: Wrong number, SMS bounced, Replied STOP."""
    bare = tuple(word for word in flat if word not in _AROUND or word in {"no", "not"})
    if " ".join(bare) in _OF_NUMBERS:
        return True
    if "textable" in bare:
        return not _NOT.isdisjoint(bare)
    if is_bad_number(read(" ".join(bare))):
        return len(bare) < 5
    about = not marks.UNREACHED.isdisjoint(bare) and not marks.ABOUT_NUMBERS.isdisjoint(bare)
    return about and all(word in marks.UNREACHED or word in marks.ABOUT_NUMBERS for word in bare) and len(found) == 1


_REPLIES: Final = listed(heads.ASKED["replies"])
_REPLIED: Final = listed(heads.ASKED["replied"])
_MESSAGES: Final = listed(heads.ASKED["messages"])


def _of_replies(heading: str, flat: Words) -> Asks | None:
    """Return TEXTS for a heading of what somebody answered, or of the last text: Text reply, Response to text, Last SMS."""
    around = {"last", "latest", "confirmation", "stop", "au", "aux", "zur", "alla", "all"}
    if not all(word in _REPLIES or word in _MESSAGES or word in _AROUND or word in around for word in flat):
        return None
    if "stop" in flat:
        # "STOP date" is that of an answer, "Stop date" that of the end.
        return Asks.ANY_REFUSAL if "STOP" in heading.split() and not heading.isupper() else None
    replying, numbered = not _REPLIES.isdisjoint(flat), any(map(str.isdigit, flat))
    whose = not (marks.BARE_REPLY | _MESSAGES).issuperset(flat) and _REPLIED.isdisjoint(flat)
    if replying and whose and not numbered and not heading.rstrip().endswith("?"):
        return Asks.REPLY
    if not _MESSAGES.isdisjoint(flat) and (replying or not {"last", "latest", "confirmation"}.isdisjoint(flat)):
        return Asks.TEXTS
    return Asks.TEXTS if replying and not numbered and "received" not in flat else None


def _of_reminding(flat: Words) -> Asks | None:
    """Return REMINDED for a heading that asks whether a text has gone out as a reminder: Reminder sent, Texted; not Email reminder sent."""
    bare = [word for word in flat if word not in marks.AROUND_SENT]
    sent = not (marks.SENT.isdisjoint(bare) or marks.REMINDERS.isdisjoint(bare))
    known = (marks.REMINDED | marks.SENT | marks.REMINDERS).issuperset(bare)
    return Asks.REMINDED if known and (sent or not marks.REMINDED.isdisjoint(bare)) else None


def _asks_how(about: Words) -> bool:
    """Whether a heading asks by which way somebody is reminded: Reminder type, Contact method."""
    ways = {"type", "method", "methode"} if {"reminder", "reminders"} & set(about) else {"method", "methode"}
    if {"notify", "remind", "contact", "notified"} & set(about):
        ways |= {"by", "via"}
    return not ways.isdisjoint(about) and _SMS.isdisjoint(about) and {"permission", "consent", "sent"}.isdisjoint(about)


def _general(flat: Words) -> Asks | None:
    """Return what a heading of consent asks that does not say to what."""
    if not _ELSEWHERE.isdisjoint(flat) or not _OTHER_WAYS.isdisjoint(flat):
        return None
    rest = set(flat)
    if ("data" in rest and rest & {"consent", "consents"}) or ("stop" in rest and rest & {"date", "time", "datetime"}):
        return None
    if not (rest & (_OPTING - {"do"})) or not rest <= _OPTING | _AROUND | _REFUSAL | _PERMISSION:
        return None
    turned = rest & (_REFUSAL - {"opt"})
    return Asks.ANY_REFUSAL if turned else Asks.ANY_PERMISSION
