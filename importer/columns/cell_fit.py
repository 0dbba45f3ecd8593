"""
Whether cells can be what a field takes. A checker for each field; what none can tell is ``OPEN``.

The parsers of ``normalizing`` decide wherever a field has one, so that advice and reading cannot differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import time
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from importer.columns.heading_forms import PERSON, START, VISIT, Form, form_of, words_of_heading
from importer.normalizing.actions import action_parser, parse_flag
from importer.normalizing.calling_codes import parse_calling_code
from importer.normalizing.dates_and_times import DateRules, parse_time_cell
from importer.normalizing.durations import SIDES, parse_duration, parse_found_duration
from importer.normalizing.names_and_texts import is_nothing
from importer.normalizing.phones import parse_phone
from importer.normalizing.starts import parse_start
from importer.normalizing.time_zones import parse_zone, zones_meant
from importer.normalizing.value_reading import Unreadable
from schemas.calendar_words import CLOCK_HEADINGS, ZONES_OF_CITIES
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.status_phrases import Words
    from importer.model.profile import DurationUnit, Profile

Kind = Literal["moment", "day", "time"]

START_OF: Final[dict[Kind, str]] = {"moment": "eventDateTime", "day": "date", "time": "time"}
STARTS: Final = frozenset(START_OF.values())

# One odd cell in five does not change what a column holds.
ENOUGH: Final = 0.8

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>.]+(?:\.[^\s@,;<>.]+)+")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
_CODE = re.compile(r"[#A-Za-z0-9][A-Za-z0-9_./#-]{0,39}")
_NAME = re.compile(r"[^\W\d_][^\d_@:;/\\|<>{}!?*#%=+\"]{0,59}")
COMPACT_TIME: Final = re.compile(r"(?:[01]?[0-9]|2[0-3])[0-5][0-9]")
_COMPACT_MOMENT = re.compile(r"[12][0-9]{3}[01][0-9][0-3][0-9][ T]?[0-2][0-9][0-5][0-9](?:[0-5][0-9])?")
_NUMBER = re.compile(r"[+-]?[0-9]*(?:[.,][0-9]*)?%?")
_PART_OF_A_START = re.compile(r"[0-9][:/.-][0-9]|[0-9] ?[ap]m|[0-9]{4}|[0-9] [A-Za-z]{3,9} [0-9]", re.IGNORECASE)
_EPOCH_YEARS: Final = (1899, 1900, 1904)
_PHONE_LIKE: Final = frozenset(
    {"phone_not_in_use", "phone_extension", "phone_two_numbers", "phone_country", "phone_unassigned"}
)
_FEWEST_DIGITS: Final = 7
_DATE_OF_SOME_ORDER: Final = (DateRules("dmy", two_digit_years=True), DateRules("mdy", two_digit_years=True))


class Fit(Enum):
    """What the cells of a column say of a field."""

    FITS = auto()
    OPEN = auto()
    CONTRADICTS = auto()
    EMPTY = auto()


def fit(field: str, cells: Sequence[str], profile: Profile, *, enough: float = ENOUGH) -> Fit:
    """
    Return whether these cells (different ones, none blank) can be values of a field.

    ``FITS``: as large a part as is ``enough`` can, four in five. ``CONTRADICTS``: none can. ``OPEN``: something between.
    """
    if not cells:
        return Fit.EMPTY
    if field not in _CHECKERS:
        return Fit.OPEN
    can = _CHECKERS[field](profile)
    good = sum(map(can, cells))
    if good >= enough * len(cells):
        return Fit.FITS
    return Fit.OPEN if good or _is_nearly(field, cells) else Fit.CONTRADICTS


def kind_of(cells: Sequence[str]) -> Kind | None:
    """Return what nearly all cells are: days with a time of day, days, or times of day; None for anything else."""
    kinds = [start_kind(text) for text in cells]
    return next((kind for kind in START_OF if kinds and kinds.count(kind) >= ENOUGH * len(kinds)), None)


def start_kind(text: str) -> Kind | None:
    """
    Return what one cell is of a start; a day at midnight is how programs write a day alone.

    Numbers of three and four digits count as times of day: only what a heading calls a time is asked.
    """
    if COMPACT_TIME.fullmatch(text):
        return "time"
    if _COMPACT_MOMENT.fullmatch(text):
        return "moment"
    try:
        parse_time_cell(text)
    except Unreadable as reason:
        if reason.issue.code in {"time_range", "time_24", "time_fraction"} and len(text) <= 24:
            return "time" if _day(text) is None else "moment"
        return _day(text)
    return "time"


def _day(text: str) -> Kind | None:
    if _NUMBER.fullmatch(text) and len(text) != 8:
        return None
    for rules in _DATE_OF_SOME_ORDER:
        try:
            start = parse_start(text, rules)
        except Unreadable:
            continue
        if start.day.year in _EPOCH_YEARS:
            return "time"
        return "day" if start.clock in {None, time()} and start.offset is None else "moment"
    return None


def is_phone(text: str, region: str) -> bool:
    """Whether a cell holds a phone number, in use or not."""
    if sum(map(str.isdigit, text)) < _FEWEST_DIGITS or start_kind(text) is not None:
        return False
    try:
        parse_phone(text, region)
    except Unreadable as reason:
        return reason.issue.code in _PHONE_LIKE
    return True


def is_email(text: str) -> bool:
    """Whether a cell holds one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_zone_of_place(text: str) -> bool:
    """Whether a cell holds a zone's full name, such as America/New_York, that means nothing else."""
    return "/" in text and _reads(parse_zone, text)


def is_name(text: str) -> bool:
    """Whether a cell can be a person's name."""
    return (
        _NAME.fullmatch(text) is not None
        and len(text.split()) <= 5
        and text.casefold() not in _NO_NAMES
        and start_kind(text) is None
        and not is_zone_of_place(text)
    )


_NO_NAMES: Final = listed("yes no true false y n unknown none cell mobile home work x")


def is_words(text: str) -> bool:
    """Whether a cell is words, and no number, day, time, flag, phone, or address."""
    return (
        any(map(str.isalpha, text))
        and text.casefold() not in _NO_NAMES
        and not is_email(text)
        and start_kind(text) is None
        and not is_phone(text, "US")
        and not is_zone_of_place(text)
    )


def is_type_name(text: str, profile: Profile) -> bool:
    """Whether a cell is an appointment type that the profile names."""
    return text.casefold() in {name.casefold() for name in profile.event_types}


def are_types(cells: Sequence[str], profile: Profile) -> bool:
    """Whether there are cells, and all are appointment types that the profile names."""
    return bool(cells) and all(is_type_name(text, profile) for text in cells)


def are_people(beside_phones: Sequence[tuple[str, str]], profile: Profile) -> bool:
    """
    Whether cells, each with the phone of its row, are full names of people and not names of services, doctors or clinics.

    Nearly all are two words or more in capitals (a column may have none at all), or a last name before a comma, and hardly
    one has the phones of several people.
    """
    phones: dict[str, set[str]] = {}
    for name, phone in beside_phones:
        if name and not is_nothing(name):
            phones.setdefault(name, set()).add(phone)
    bare = [_MARK_BEHIND.split(name, maxsplit=1)[0].strip() for name in phones]
    small = not any(map(str.isupper, "".join(bare)))
    named = [
        name for name in bare if is_name(name) and _is_full_name(name, small=small) and not is_type_name(name, profile)
    ]
    of_one = [name for name, found in phones.items() if len(found) == 1]
    return bool(phones) and min(len(named), len(of_one)) >= ENOUGH * len(phones)


# What stands behind a name: (deceased), - CANCELLED, *CXL*.
_MARK_BEHIND: Final = re.compile(r"\s[-\u2013\u2014]\s|[(\[*\u2020]")
NAME_ALONE: Final = 3
"""The rank of a heading that may be of a person, a service or a clinic: Name, and nothing else."""
_NAMES_ALONE: Final = frozenset({("name",), ("names",), ("nom",), ("naam",), ("nome",), ("nombre",)})
_SMALL: Final = listed("de del la las los da das do dos du le van von der den di bin al el y e zu ter ten")
_OF_NO_PERSON: Final = listed(
    "exam check checkup up cleaning massage consult consultation visit follow therapy treatment session facial haircut cut color colour whitening canal "
    "filling crown surgery xray ray vaccine vaccination shot physical review test scan clinic dental center centre hospital practice office room new "
    "patient appointment booking blocked block lunch break meeting class group team service deep tissue root teeth tooth annual initial behandlung "
    "kontrolle beratung reinigung praxis consulta limpieza revisión clínica contrôle soin détartrage controle limpeza visita pulizia"
)


def name_alone(heading: Words) -> Form | None:
    """Return the form of a heading that says Name and no more: a full name, if its cells are people's."""
    return Form(("fullName",), rank=NAME_ALONE) if tuple(heading) in _NAMES_ALONE else None


def first_name_beside(
    headings: Mapping[int, str], told: Mapping[int, str], pairs: Callable[[int, int], Sequence[tuple[str, str]]]
) -> int | None:
    """
    Return the one column called Name that holds first names, beside one of last names; None where there is none.

    ``headings``: those that may be it; ``told``: position -> field; ``pairs``: the different cells of two columns. Half of the names are one
    word at least, and none holds the last name beside it, as a full name would.
    """
    last = [at for at, name in told.items() if name == "lastName"]
    called = [at for at, heading in headings.items() if (*_without_people(heading),) in _NAMES_ALONE]
    if len(last) != 1 or len(called) != 1 or "firstName" in told.values():
        return None
    cells = [(name.casefold().split(), after.casefold().split(), name) for name, after in pairs(called[0], last[0])]
    cells = [(words, after, name) for words, after, name in cells if words and not is_nothing(name)]
    if any(after and set(after) <= set(words) for words, after, _ in cells):
        return None
    named = sum(is_name(name) and "," not in name for *_, name in cells)
    return (
        called[0]
        if cells and named >= ENOUGH * len(cells) and 2 * sum(len(words) == 1 for words, *_ in cells) >= len(cells)
        else None
    )


def _without_people(heading: str) -> Iterator[str]:
    return (word for word in words_of_heading(heading) if word == "contact" or word not in PERSON | {"s"})


def phone_columns(taken: Mapping[int, str], free: Mapping[int, str]) -> list[int]:
    """Return the columns of the phone: those with an alias, else the free headings that are a form of one."""
    forms = {at: form_of(heading) for at, heading in free.items()}
    known = [at for at, name in taken.items() if name == "phone"]
    return known or [at for at, form in forms.items() if form and form.fields == ("phone",)]


def _is_full_name(text: str, *, small: bool) -> bool:
    """Whether a cell is Lee, Ana or Ana Lee: words with capitals, or ``small``, none of which is of a service or a place."""
    last, comma, first = text.partition(",")
    words = [word for word in text.replace(",", " ").split() if word.casefold() not in _SMALL]
    return (
        1 < len(words) < 6
        and all(small or word[0].isupper() for word in words)
        and _OF_NO_PERSON.isdisjoint(word.casefold().strip(".-") for word in words)
        and (not comma or bool(last.strip() and first.strip()))
    )


def is_uuid(text: str) -> bool:
    """Whether a cell has the form of a uuid."""
    return _UUID.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether a cell can be a number or code of an appointment."""
    if _CODE.fullmatch(text) is None or is_email(text) or text.casefold() in _NO_NAMES:
        return False
    return any(map(str.isdigit, text)) and (text.isdigit() or start_kind(text) is None)


Checker = Callable[[str], bool]


def _phone(profile: Profile) -> Checker:
    return partial(is_phone, region=profile.region.upper())


def _start(*kinds: Kind) -> Callable[[Profile], Checker]:
    return lambda _profile: lambda text: start_kind(text) in kinds


def _zone(profile: Profile) -> Checker:
    parse = partial(parse_zone, aliases=profile.zones, region=profile.region.upper())
    return lambda text: not text.isdigit() and _reads(parse, text, "zone_ambiguous")


def _type(profile: Profile) -> Checker:
    return lambda text: is_uuid(text) or is_type_name(text, profile) or is_words(text)


def _duration(name: str) -> Callable[[Profile], Checker]:
    def checker(profile: Profile) -> Checker:
        unit = profile.duration_units.get(name, profile.duration_unit)
        parse = partial(parse_duration, unit=unit, side=SIDES[name])
        return lambda text: text.isdigit() or _reads(parse, text)

    return checker


def are_spans(cells: Sequence[str], name: str, unit: DurationUnit | None) -> bool:
    """
    Whether cells are lengths of time that name their unit, or numbers of the heading's ``unit``; those for nothing are passed over.

    All are, or two and more that are at least half: what the others say is a problem of their rows then. With more of a yes, a no, a zero, a day
    or a time of day the cells are about something else, such as whether anybody is reminded.
    """
    parse = partial(parse_found_duration, unit=unit, side=SIDES[name])
    counts, spans, others = Counter(cells), 0, 0
    for text, count in counts.items():
        try:
            spans += count if parse(text).value else 0
        except Unreadable:
            others += count
    return spans > others == 0 or spans >= max(2, others)


def _location(profile: Profile) -> Checker:
    names = {name.casefold() for name in profile.locations}
    return lambda text: text.casefold() in names


_CHECKERS: Final[Mapping[str, Callable[[Profile], Checker]]] = {
    "phone": _phone,
    "emailAddress": lambda _profile: is_email,
    "eventDateTime": _start("day", "moment"),
    "date": _start("day", "moment"),
    "time": _start("time", "moment"),
    "subscriberTimeZone": _zone,
    "eventType": _type,
    "externalEventId": lambda _profile: is_code,
    "uuid": lambda _profile: is_uuid,
    **dict.fromkeys(("firstName", "lastName", "fullName"), lambda _profile: is_name),
    "remindTimeOffset": _duration("remindTimeOffset"),
    "followUpTimeOffset": _duration("followUpTimeOffset"),
    "sendEligibleSubscribersOnly": lambda _profile: partial(_reads, parse_flag),
    "countryCode": lambda _profile: partial(_reads, parse_calling_code),
    "action": lambda profile: partial(_reads, action_parser(profile.values.get("action", {}))),
    "location": _location,
}


def _reads(parse: Callable[[str], object], text: str, *also: str) -> bool:
    try:
        parse(text)
    except Unreadable as reason:
        return reason.issue.code in also
    return True


def _is_nearly(field: str, cells: Sequence[str]) -> bool:
    """Whether cells that cannot be read are still meant as the field: a phone cut short, an address without its dot."""
    if field == "phone":
        return any(sum(map(str.isdigit, text)) >= _FEWEST_DIGITS and start_kind(text) is None for text in cells)
    if field == "emailAddress":
        return any("@" in text for text in cells)
    if field in STARTS:
        return any(_PART_OF_A_START.search(text) for text in cells)
    return field in {"externalEventId", "eventType", "location", "subscriberTimeZone", "action"}


_TIMES: Final = listed(
    "time hora heure ora uhrzeit zeit tijd godzina tid klokkeslett klockslag tidspunkt starttijd startzeit begintijd hour"
)


def is_time(heading: str) -> bool:
    """Whether a heading is that of the visit's time of day, and of no day: Time, Ora, Godzina, Hora de la cita."""
    words, form = set(words_of_heading(heading)), form_of(heading)
    is_form = (form is not None and form.fields == START) or words <= _TIMES | VISIT
    return (
        is_form and bool(words & _TIMES) and words.isdisjoint({"date", "day", "datum", "fecha", "data", "jour", "tag"})
    )


_ZONE_NAMED: Final = re.compile(
    r"(?<![A-Za-z])(?i:utc|gmt)(?![A-Za-z])|(?<=[a-z])(?:UTC|Utc|GMT)(?![A-Za-z])|(?<![A-Za-z])(?:(?:[ECMP][SD]T|AK[SD]T|HST|CES?T|EES?T|BST|A[EW][SD]T|NZ[SD]T|SAST|JST|SGT|HKT|MSK)(?![A-Za-z])"
    r"|(?<=\()[ECMP]T(?=\))|(?<=[a-z_ -])ET\Z|(?i:eastern|central|mountain|pacific|atlantic|alaska|hawaii)(?i: standard| daylight)?(?i: time)(?![A-Za-z])"
    r"|[A-Z][a-z]{2,9}/[A-Z][A-Za-z_]{2,20}(?![A-Za-z]))"
)


PERHAPS_A_ZONE: Final = re.compile(r"(?<![A-Za-z])[ECMP]T(?![A-Za-z])")
"""ET, CT, MT or PT in a heading: a zone, but PT is a patient as well."""
_IN_BRACKETS: Final = re.compile(r"\(([^\W\d_][^()]{2,20})\)")
_OF_A_CLOCK: Final = listed(CLOCK_HEADINGS)


def zone_named(heading: str) -> str:
    """Return the time zone that a heading names: UTC of "start_date_utc", EST of "Start Time (EST)"; "" where none."""
    return zone_and_rest(heading)[0]


def zone_and_rest(heading: str) -> tuple[str, str]:
    """Return the time zone that a heading names, of a city its own, "" for none; and the heading without it."""
    if (found := _ZONE_NAMED.search(heading)) and zones_meant(found[0], "US"):
        return found[0], f"{heading[: found.start()]} {heading[found.end() :]}"
    found = _IN_BRACKETS.search(heading)
    if found and (zone := ZONES_OF_CITIES.get(found[1].strip().casefold())):
        rest = f"{heading[: found.start()]} {heading[found.end() :]}"
        if not _OF_A_CLOCK.isdisjoint(words_of_heading(rest)):
            return zone, rest
    return "", heading


_STORED: Final = re.compile(r"\s*[0-9]{4}-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9])")
_TYPED: Final = re.compile(r"\s*(?P<a>[0-9]{1,2})(?P<mark>[-./])(?P<b>[0-9]{1,2})(?P=mark)[0-9]{2}")


def is_perhaps_swapped(text: str) -> bool:
    """Whether a date cell may have day and month swapped: it names another day then."""
    found = _STORED.match(text)
    return found is not None and int(found["day"]) <= 12 and found["day"] != found["month"]


def are_swapped(texts: Sequence[str]) -> bool:
    """
    Whether a spreadsheet program swapped day and month where it could, and left the other dates of the column as texts.

    Each day over 12 is in a text such as 19/03/2027 then, and none in a date cell (2027-04-03). It is not so where three and more
    days and no strange month are in the date cells. A few texts with a day below may be what a person has put right.
    """
    stored = [found for text in texts if (found := _STORED.match(text))]
    if not stored or len(stored) == len(texts):
        return False
    typed = [sorted((int(found["a"]), int(found["b"]))) for text in texts if (found := _TYPED.match(text))]
    months = {low for low, high in typed if high > 12}
    cells = [(int(found["month"]), int(found["day"])) for found in stored if found["month"] != found["day"]]
    if (
        not months
        or any(day > 12 for _, day in cells)
        or 2 * sum(low < high <= 12 for low, high in typed) >= len(cells)
    ):
        return False
    return not {month for month, _ in cells} <= months or len({day for _, day in cells} - months) < 3
