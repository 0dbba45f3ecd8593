"""Spans of time before and after a start: ISO 8601, everyday words, and what a profile declares."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from importer.model.issues import Issue
from importer.model.times import as_duration, duration_s
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.value_reading import BLANK, Reading, Unreadable
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.profile import DurationUnit

LONGEST_S: Final = 3650 * 86_400
LONG_S: Final = 30 * 86_400
_LONGEST_TEXT: Final = 100

_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}

_FRACTION = r"[0-9]{1,12}(?:[.,][0-9]{1,9})?"
_ISO = re.compile(
    rf"P(?:(?P<w>{_FRACTION})W|(?:(?P<d>{_FRACTION})D)?(?:T(?:(?P<h>{_FRACTION})H)?(?:(?P<m>{_FRACTION})M)?(?:(?P<s>{_FRACTION})S)?)?)",
    re.IGNORECASE,
)
_CALENDAR = re.compile(r"[+-]?P(?:[0-9.,]+[A-Z])*?[0-9.,]+[YM]", re.IGNORECASE)

_UNITS: Final = {
    word: unit
    for unit, words in {
        "w": "w wk wks week weeks semana semanas semaine semaines woche wochen settimana settimane week weken",
        "d": "d day days dia dias jour jours tag tage tagen giorno giorni dag dagen",
        "h": "h hr hrs hs hour hours hora horas heure heures stunde stunden std stdn ora ore uur uren",
        "m": "m mn min mins minute minutes minuto minutos minuten minuti minuut",
        "s": "s sec secs second seconds segundo segundos seg seconde secondes sekunde sekunden sek secondo secondi seconden",
    }.items()
    for word in words.split()
}
_CALENDAR_WORDS: Final = listed(
    "mo mon month months y yr yrs year years mes meses mois monat monate monaten mese mesi maand maanden ano anos an ans annee annees "
    "jahr jahre jahren anno anni jaar jaren"
)
# Not with three decimals: much of the world writes a thousand as 1.000.
_PART = r"[0-9]{1,9}(?:\.(?![0-9]{3}(?![0-9]))[0-9]{1,9})?"
_AMOUNT = r"[0-9]{1,9}(?:[.,](?![0-9]{3}(?![0-9]))[0-9]{1,9})?"
_JOINT = r"(?:,? +(?:and|y|e|et|und|en) +|,? *)"
_WORDS = re.compile(rf"(?:{_AMOUNT} *[^\W\d_]+\.?{_JOINT})+(?<![,])")
_WORD = re.compile(rf"({_AMOUNT}) *([^\W\d_]+)\.?{_JOINT}")
_HOURS_MINUTES = re.compile(r"([0-9]{1,4}) *(?:h|hr|hrs) *([0-5][0-9])")
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])(?:\.0+)?")
_COLON = re.compile(r"([0-9]{1,4}):([0-5][0-9])")
# In so many minutes nobody is reminded or followed up, but in as many months; 5 and 10 minutes are common.
_PERHAPS_MONTHS = re.compile(r"0?(?:[1-46-9]|1[128]|24) *m\.?")
_NUMBER = re.compile(_PART)
_NEGATIVE = re.compile(r"[-\u2212\u2013]\s*(?:P\s*)?[0-9T].*|P.*-[0-9].*", re.IGNORECASE | re.DOTALL)
_ONE: Final = "a an one un una uno une ein eine einen einer um uma een un'"
_HALF: Final = "half halb halbe halben media medio demi demie meia meio mezza mezzo mezz'"
_SPELLED: Final = {
    **dict.fromkeys(_ONE.split(), "1"),
    **dict.fromkeys(_HALF.split(), "0.5"),
    **dict.fromkeys(("half an", "half a", *(f"{one} {half}" for one in _ONE.split() for half in _HALF.split())), "0.5"),
    "two": "2",
    "three": "3",
}
# Only where a word begins: the alternatives need not be tried at each mark of a cell.
_SPELLED_OUT = re.compile(
    rf"(?<![^\W\d_])(?=[^\W\d_])({'|'.join(sorted(_SPELLED, key=len, reverse=True))})(?: +|-|(?<='))(?=[^\W\d_]+\.?\Z)",
    re.IGNORECASE,
)
_HALVES = re.compile(r"(?:(?<![0-9])([0-9]{1,4}) ?)?\u00bd")
Side = Literal["before", "after"]
SIDES: Final[Mapping[str, Side]] = {"remindTimeOffset": "before", "followUpTimeOffset": "after"}
"""The fields that hold durations, and on which side of the start each lies."""
_OF_SIDES: Final[Mapping[Side, str]] = {
    "before": "before|beforehand|prior|in advance|ahead|earlier|antes|avant|\u00e0 l['\u2019]avance|vorher|davor|zuvor|im voraus|prima|"
    "ervoor|vooraf|van tevoren|tevoren",
    "after": "after|afterwards|later|despu\u00e9s|despues|apr\u00e8s|nachher|danach|sp\u00e4ter|dopo|depois|erna|daarna",
}
_BESIDE: Final = {
    side: re.compile(
        rf"(?<! ) +(?:{words})(?: +(?:to )?(?:the )?(?:appointment|appt|visit|start|event))?\.?\Z", re.IGNORECASE
    )
    for side, words in _OF_SIDES.items()
}
# What programs and people write for nothing. "None" and "not set" are none of them: they may say that no reminder is wanted.
_NOT_FILLED_IN: Final = re.compile(
    r"n[/.]?a|null|nan|nat|dbnull|undefined|unspecified|blank|empty|leer|leeg|vide|vuoto|k\.a|tba|t\.b\.a",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(r"(?<![0-9]),| (?:and|y|e|et|und|en) ", re.IGNORECASE)
_UNIT_OF: Final = {"minutes": "m", "hours": "h", "days": "d"}


def parse_duration(text: str, unit: DurationUnit | None = None, side: Side | None = None) -> Reading:
    """
    Read a span of time as ``PT..H..M..S``, whole seconds, a day being 24 hours: ``P1DT2H`` is ``PT26H``.

    Accepted:

    * ISO 8601 with days to seconds, or weeks alone, in any case: ``PT3H``, ``P2W``, ``PT1.5H`` (a fraction in the
      last part only);
    * everyday forms: ``90 min``, ``2 hours``, ``5 hrs, 34 mins``, ``2h32m``, ``1.5 days``, ``1,5 h``, ``1h30``, ``an hour``,
      ``half hour``, also in Spanish, French, German, Italian, Portuguese and Dutch: ``24 Std.``, ``2 d\u00edas``; a unit of one
      letter is lower case, since ``3M`` may be months; so may ``6 m``, unless ``unit`` is minutes;
    * with ``side`` also behind the words for it: ``24 hours before``, for what is counted back from a start;
    * ``03:00:00``, hours, minutes and seconds: a time cell of a spreadsheet;
    * with ``unit`` minutes, hours or days a bare number, with ``h:mm`` or ``mm:ss`` also ``1:30``.

    Warning ``duration_long`` past 30 days.

    Raises:
        Unreadable: ``duration_calendar`` for months and years (``P1M``), ``duration_negative``, ``duration_zero``,
            ``duration_unit`` for ``90`` and ``1:30`` without a unit, and for ``6 m``, ``duration_fraction`` below a second,
            ``duration_too_long`` past ten years, ``duration_unreadable`` for the rest.

    """
    value = trimmed(text)
    if not value:
        return BLANK
    if len(value) > _LONGEST_TEXT:
        raise Unreadable("duration_unreadable")
    if side is not None:
        value = _BESIDE[side].sub("", value)
    seconds = _seconds(value, unit)
    if seconds != seconds.to_integral_value():
        raise Unreadable("duration_fraction")
    if seconds == 0:
        raise Unreadable("duration_zero")
    if seconds > LONGEST_S:
        raise Unreadable("duration_too_long")
    remarks = (Issue("duration_long"),) if seconds > LONG_S else ()
    return Reading(as_duration(int(seconds)), remarks)


def parse_found_duration(text: str, unit: DurationUnit | None = None, side: Side | None = None) -> Reading:
    """
    Read a span as ``parse_duration``, in a column that is one by its cells alone and by no heading that means nothing else.

    ``N/A``, ``NULL``, ``-`` and the like are blank.

    Raises:
        Unreadable: as ``parse_duration``; also ``duration_unreadable`` for what has no letter and no ``unit``, as a time of day, and for a
            day or more joined to another span, as in ``2 days, 2 hours``: below Reminder these are two reminders.

    """
    value = trimmed(text)
    has_letters = any(map(str.isalpha, value))
    if is_nothing(value) and (not has_letters or _NOT_FILLED_IN.fullmatch(value.strip("()[]{}<>#'\". "))):
        return BLANK
    if not has_letters and (unit is None or not _NUMBER.fullmatch(value)):
        raise Unreadable("duration_unreadable")
    found = parse_duration(value, unit, side)
    if _JOINED.search(value) and (duration_s(found.value) or 0) >= _SECONDS["d"]:
        raise Unreadable("duration_unreadable")
    return found


def _seconds(value: str, unit: DurationUnit | None) -> Decimal:
    if value[0] in "Pp+-":
        return _iso(value)
    if clock := _CLOCK.fullmatch(value):
        hours, minutes, seconds = map(int, clock.groups())
        return Decimal(hours * 3600 + minutes * 60 + seconds)
    if colon := _COLON.fullmatch(value):
        return _colon(int(colon[1]), int(colon[2]), unit)
    if _NUMBER.fullmatch(value):
        return _bare(Decimal(value), unit)
    if _PERHAPS_MONTHS.fullmatch(value) and unit != "minutes":
        raise Unreadable("duration_unit")
    if both := _HOURS_MINUTES.fullmatch(value.lower()):
        return Decimal(int(both[1]) * 3600 + int(both[2]) * 60)
    return _words(value)


def _iso(value: str) -> Decimal:
    found = _ISO.fullmatch(value)
    parts = {unit: part for unit, part in found.groupdict().items() if part} if found else {}
    if not parts or value[-1] in "Tt":
        raise Unreadable(_why_not_iso(value))
    *whole, _last = parts.values()
    if any(not part.isdigit() for part in whole):
        raise Unreadable("duration_unreadable")
    return sum((Decimal(part.replace(",", ".")) * _SECONDS[unit] for unit, part in parts.items()), Decimal(0))


def _why_not_iso(value: str) -> str:
    if _NEGATIVE.fullmatch(value):
        return "duration_negative"
    if _CALENDAR.match(value):
        return "duration_calendar"
    return "duration_unreadable"


def _colon(left: int, right: int, unit: DurationUnit | None) -> Decimal:
    if unit == "h:mm":
        return Decimal(left * 3600 + right * 60)
    if unit == "mm:ss":
        return Decimal(left * 60 + right)
    raise Unreadable("duration_unit")


def _bare(number: Decimal, unit: DurationUnit | None) -> Decimal:
    letter = _UNIT_OF.get(unit or "")
    if letter is None:
        raise Unreadable("duration_zero" if number == 0 else "duration_unit")
    return number * _SECONDS[letter]


def _words(value: str) -> Decimal:
    if _NEGATIVE.fullmatch(value):
        raise Unreadable("duration_negative")
    text = _HALVES.sub(lambda found: f"{found[1] or 0}.5", value).replace("\u2019", "'")
    text = _SPELLED_OUT.sub(lambda word: _SPELLED[word[1].lower()] + " ", text)
    if not _WORDS.fullmatch(text):
        raise Unreadable("duration_unreadable")
    total, previous = Decimal(0), LONGEST_S
    for number, word in _WORD.findall(text):
        seconds = _unit(word)
        if seconds >= previous:
            raise Unreadable("duration_unreadable")
        total, previous = total + Decimal(number.replace(",", ".")) * seconds, seconds
    return total


def _unit(word: str) -> int:
    plain = word if len(word) == 1 else folded_word(word)
    if word.lower() in _CALENDAR_WORDS or plain in _CALENDAR_WORDS:
        raise Unreadable("duration_calendar")
    unit = _UNITS.get(plain)
    if unit is None:
        raise Unreadable("duration_unreadable")
    return _SECONDS[unit]
