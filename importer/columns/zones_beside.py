"""
Time zones beside the start: in a column that nothing maps, in the start's own heading, in a line above, in a note.

And other clocks: a second time of the same row in a column of its own, such as Local time or Time (PT).

A start is read in the zone of its row, else in the profile's. A row of which a column, the start's heading or such a
line says another one is a problem, unless the clocks of both show the same. A zone that the row states itself goes
before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.cell_fit import PERHAPS_A_ZONE, zone_and_rest, zone_named
from importer.columns.days_beside import MOST_OF_A_NOTE, OF_NOTES, clause_of, is_of_the_visit, lines_with
from importer.columns.halves_of_day import are_times, minutes_meant, states_offset
from importer.columns.heading_forms import AWAY, MADE, PERSON, VISIT, words_of_heading
from importer.columns.heading_meaning import asks
from importer.model.chunks import remembering_cells, same
from importer.model.issues import NOWHERE, Issues
from importer.model.times import zone as zone_of
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.time_zones import offsets_meant, shows_other_time, zones_meant
from importer.normalizing.value_reading import combinations, object_array
from importer.problems import KINDS
from schemas import calendar_words as calendar
from schemas.fields import folded
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Samples, Settled
    from importer.model.chunks import Chunk, Distinct, Normalized
    from importer.model.profile import Profile

_ZONE: Final = "subscriberTimeZone"
_START: Final = "eventDateTime"

_ABOUT_ZONES: Final = (
    "timezone", "timezne", "zonahoraria", "fusohorario", "fusoorario", "fuseauhoraire", "husohorario", "zeitzone",
    "tijdzone",
)  # fmt: skip
_ZONE_WORDS: Final = frozenset({"tz", "tzid", "timezone", "tzname"})
_OFFSET_HEADINGS: Final = frozenset({"utc", "gmt", "utcoffset", "gmtoffset"})
# The zone of a program, of what was written down when, or of who did it, and places that are called like zones.
_ZONES_OF_OTHERS: Final = listed(
    "server system database db export exported report reporting created create creation creator booked updated update "
    "modified edited entered logged import imported sync submitted billing invoice owner user home admin browser "
    "device app servidor serveur sistema système systeem creado creada créé erstellt criado criada creato aangemaakt "
    "benutzer usuario usuário utilisateur utente gebruiker"
)
_ZONE_ALONE: Final = listed("zone zones")
_WHOSE_ZONE: Final = listed("clinic office practice site location store branch provider appt appointment visit local")
_SURELY_A_ZONE: Final = re.compile(
    r"[ECMP][SD]?T|AK[SD]?T|H[SD]?T|(?:UTC|GMT).*|[A-Za-z_]+/[A-Za-z_/+-]+|.{3,40} Time|[+\u2212-]\d.*", re.IGNORECASE
)
_PLACES_CALLED_SO: Final = listed("region territory market district area division team")
_SIGNED_HOURS: Final = re.compile(r"[+\u2212-](?:0[0-9]|1[0-4]):(?:00|30|45)")
_PLAINLY_A_ZONE: Final = re.compile(
    r"[A-Za-z_]+/[A-Za-z_/+-]+|.{3,40} Time(?: \(.{2,20}\))?|\((?:UTC|GMT).*", re.IGNORECASE
)


# Not of the person: who is called at that time.
_WHOSE_CLOCK: Final = listed(calendar.LOCAL_HEADINGS) | (PERSON - {"contact", "contacts"})
_CLOCKS: Final = listed(calendar.CLOCK_HEADINGS)
_AROUND_CLOCKS: Final = _CLOCKS | _WHOSE_CLOCK | listed(calendar.AROUND_CLOCK_HEADINGS) | (VISIT - MADE)


@dataclass(frozen=True, slots=True)
class ZonesBeside:
    """
    What says the zone of a sheet's starts and is not read: columns of ``zones`` and offsets, by position.

    ``starts``: columns that are read as the start and whose heading names a zone. ``clocks``: those of a second time.
    ``notes``: those of free text.
    """

    sheet: Settled
    zones: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()
    clocks: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self.zones, *self.clocks)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        return self.zones, self.starts, self.clocks, self.notes

    def issues(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose start is read in another zone than a column says."""
        if not (self.zones or self.starts) or _START not in normalized.values:
            return
        is_open = without_zone(normalized)
        for at in (*self.zones, *self.starts):
            cells, asked = chunk.column(at), is_open
            if at in self.starts:
                # A start with its own offset was put into the row's zone.
                asked = cells.spread(np.array([not states_offset(text) for text in cells.texts], dtype=bool))
                cells = same(zone_named(self.sheet.headings[at]), len(chunk))
            if wrong := _in_another_zone(cells, asked, normalized, self.sheet.profile):
                rows = np.array(list(wrong), dtype=np.int64)
                details = object_array(f"it is read in the time zone {name}" for name in wrong.values())
                values = object_array(trimmed(text) for text in cells.at(rows).tolist())
                yield Issues("start_contradicts", _ZONE, rows, details, values, at)

    def against_clocks(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """
        Yield the rows in which a second clock shows another moment than the start that is read.

        Where its heading names a zone, the start must be that time there. Else it may be the same time, or what the
        clocks of the profile's zone show then.
        """
        if not self.clocks or _START not in normalized.values:
            return
        starts, known = normalized.values.distinct(_START), normalized.values.distinct(_ZONE)
        for at in self.clocks:
            cells, (zones, is_sure) = chunk.column(at), self._zones_of_clock(at)
            places, rows = combinations(cells, starts, known)
            told = list(zip(cells.at(rows).tolist(), starts.at(rows).tolist(), known.at(rows).tolist(), strict=True))
            other = np.array([_shows_another(*each, zones, is_sure) for each in told], dtype=bool)
            if (wrong := np.flatnonzero(other[places])).size:
                of_rows = [told[place] for place in places[wrong].tolist()]
                details = object_array(
                    f"the start is read as {start[11:16]}" + (f" in the time zone {name}" if name else "")
                    for _, start, name in of_rows
                )
                values = object_array(trimmed(cell) for cell, _, _ in of_rows)
                yield Issues("start_contradicts", _START, wrong, details, values, at)

    def against_notes(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows of which a note says another time zone than that of the start, or that the time is the person's."""
        if not self.notes or _START not in normalized.values or _ZONE not in normalized.values:
            return
        starts, known = normalized.values.distinct(_START), normalized.values.distinct(_ZONE)
        asked = np.ones(len(chunk), dtype=bool)
        for one in normalized.reasons:
            asked[one.positions] &= one.code != "offset_converted"
        is_open = without_zone(normalized)
        for at in self.notes:
            cells = chunk.column(at)
            says = np.zeros(len(cells.texts), dtype=bool)
            for place in lines_with(_PERHAPS_SAYS_ZONE, _IN_NOTES, cells.texts.tolist()):
                says[place] = bool(_zones_said(cells.texts[place]))
            rows = np.flatnonzero(cells.spread(says) & asked)
            told = zip(*(column.at(rows).tolist() for column in (cells, starts, known)), strict=True)
            wrong = {
                row: (cell, name)
                for row, (cell, start, name) in zip(rows.tolist(), told, strict=True)
                if _note_contradicts(cell, start, name, bool(is_open[row]))
            }
            if wrong:
                details = object_array(f"it is read in the time zone {name}" for _, name in wrong.values())
                values = object_array(trimmed(cell) for cell, _ in wrong.values())
                yield Issues("start_contradicts", _ZONE, np.array(list(wrong), dtype=np.int64), details, values, at)

    def _zones_of_clock(self, at: int) -> tuple[frozenset[str], bool]:
        """Return the zones in which a second clock may be, and whether it surely is in one of them."""
        heading, region = self.sheet.headings[at], self.sheet.profile.region.upper()
        if named := zones_meant(zone_named(heading), "US") - {"?"}:
            return named, True
        perhaps = zones_meant(self.sheet.profile.zone or "", region)
        if mark := PERHAPS_A_ZONE.search(heading):
            perhaps |= zones_meant(mark[0], "US")
        return perhaps - {"?"}, False


@remembering_cells(65_536)
def _shows_another(cell: str, start: str, name: str, zones: frozenset[str], is_sure: bool) -> bool:  # noqa: FBT001
    """Whether a cell is a time that neither the start shows (unless ``is_sure``) nor the clocks of these zones."""
    meant = minutes_meant(cell)
    if not meant or len(start) != _LENGTH_OF_A_START:
        return False
    try:
        local = datetime.fromisoformat(start)
        if not is_sure and local.hour * 60 + local.minute in meant:
            return False
        moments = [local.replace(tzinfo=zone_of(name)).astimezone(zone_of(other)) for other in zones]
    except (ValueError, KeyError, OverflowError):
        return False
    return not any(moment.hour * 60 + moment.minute in meant for moment in moments)


class _ZoneSaid(NamedTuple):
    """What a note says: the ``zones`` that may be meant, none for the person's own; minutes of the day beside it."""

    zones: frozenset[str]
    minutes: frozenset[int]


_WHOSE: Final = ("local", "own", "her", "his", "their", "patient", "pt", "client", "t's", "t’s", "ts", "different")
_IN_NOTES: Final = frozenset(calendar.ZONES_IN_NOTES.split())
_PERHAPS_SAYS_ZONE: Final = re.compile(
    r"(?=[aceghimpu ])(?:\b(?:eastern|central|mountain|pacific|alaska|hawaii|atlantic|arizona|[ecmp][sd]t\b|ak[sd]t|hst|utc|gmt|et\b"
    r"|(?:(?<=is )|(?<=are )|(?<=in )|(?<=zone )|(?<=times )|(?<=: ))[ecmp]t\b)"
    rf"| time(?:{'|'.join(f'(?<={word} time)' for word in _WHOSE)}|zone| zone))"
)
_PLACE: Final = r"(?i:eastern|central|mountain|pacific|alaska|hawaii|atlantic|arizona)(?i: (?:standard|daylight))?"
# "Est." is estimated, an est patient no new one.
_SHORT: Final = r"(?:EST|(?i:[cmp][sd]t|edt|ak[sd]t|hst|utc|gmt))"
_ENDS: Final = r"(?=\s*(?:\Z|[.,;:!?)\n-]|(?:time|zone|for|at|on|per|due|not|so|as|because|and|unless|appt|appointment|visit|with)\b))"
_SAYS_ZONE: Final = re.compile(
    r"(?:(?P<clock>(?<![\d:/.])(?:[01]?\d|2[0-3])(?::[0-5]\d(?!\d)(?: ?[AaPp]\.?[Mm]\b\.?)?| ?[AaPp]\.?[Mm]\b\.?)) ?\(?(?i:in )?)?"
    rf"(?:\b(?i:times?)(?i: ?zone)?(?i: (?:is|are|in|shown|listed|given|all|on|the|zone))*[:= (]{{1,3}}(?:(?i:in) )?(?P<of>{_PLACE}|{_SHORT}){_ENDS}"
    rf"|\b(?:(?i:times?|time ?zone)(?i: (?:is|are|in|zone))+|(?i:all times)):? (?P<two>[ECMP]T)\b(?=\s*(?:\Z|[.,;:!?)\n]))"
    rf"|\b(?P<named>{_PLACE}|{_SHORT})(?i: time)\b"
    rf"|(?<=[\dmM. (])(?P<bare>{_SHORT}|{_PLACE}|ET){_ENDS}"
    r"|\b(?P<own>(?i:her|his|their|patient['’]?s?|pt['’]?s?|client['’]?s?|different)(?i: own)? ?(?P<local>(?i:local time|time ?zone|time)))\b)"
)


@remembering_cells(512)
def _zones_said(cell: str) -> tuple[_ZoneSaid, ...]:
    """Return what a note says of the time zone of its visit: time is PST, 2pm Pacific, patient's local time."""
    said = []
    for found in _SAYS_ZONE.finditer(cell, 0, MOST_OF_A_NOTE):
        minutes = minutes_meant(found["clock"].replace(".", "")) if found["clock"] else frozenset[int]()
        name = found["of"] or found["two"] or found["named"] or (found["bare"] if minutes else None)
        whole = found["own"] and (minutes or found["local"].casefold() != "time")
        zones = zones_meant(name, "US") - {"?"} if name else frozenset[str]()
        clause = clause_of(cell, found.start(), found.end()).replace(found[0], " ")
        if (zones or whole) and is_of_the_visit(clause):
            said.append(_ZoneSaid(zones, minutes))
    return tuple(said)


def _note_contradicts(cell: str, start: str, name: str, is_open: bool) -> bool:  # noqa: FBT001
    """
    Whether a note says that the time of a start is of another zone than ``name``, in which it is read.

    A time beside it must be that of the start: any other is of something else, or the same moment there. ``is_open``:
    the row itself names no zone, so that the person's own may be another.
    """
    try:
        local = datetime.fromisoformat(start)
        used = local.replace(tzinfo=zone_of(name)).utcoffset()
        at = local.hour * 60 + local.minute
        for zones, minutes in _zones_said(cell):
            offsets = {local.replace(tzinfo=zone_of(zone)).utcoffset() for zone in zones}
            if (not minutes or at in minutes) and (used not in offsets if zones else is_open):
                return True
    except (ValueError, KeyError):
        return False
    return False


_LENGTH_OF_A_START: Final = len("2027-03-04T14:30:00")


def zones_beside(sheet: Settled, free: Sequence[int], samples: Samples) -> ZonesBeside:
    """Return what says the zone of the starts. ``free``: positions of headings that nobody said anything of."""
    fields, headings = sheet.fields, sheet.headings
    if not sheet.start_field:
        return ZonesBeside(sheet)
    zones = tuple(
        at
        for at in free
        if is_zone_column(headings[at], samples, at, sheet.profile) or _was_zone_column(sheet, at, samples)
    )
    return ZonesBeside(
        sheet,
        zones=zones,
        starts=tuple(at for at in map(fields.get, ("time", _START)) if at is not None and zone_named(headings[at])),
        notes=tuple(at for at in free if asks(headings[at]) in OF_NOTES),
        clocks=tuple(
            at for at in free if at not in zones and is_of_another_clock(headings[at]) and are_times(samples.of(at))
        ),
    )


def is_of_another_clock(heading: str) -> bool:
    """Whether a heading is that of the start on another clock: Local time, Patient time, Time (PT); not Arrival."""
    zone, rest = zone_and_rest(heading)
    bare = PERHAPS_A_ZONE.sub(" ", rest)
    words = set(words_of_heading(bare))
    is_marked = bool(zone) or bare != rest or not words.isdisjoint(_WHOSE_CLOCK)
    return is_marked and words <= _AROUND_CLOCKS and (bool(zone) or not words.isdisjoint(_CLOCKS))


def is_zone_column(heading: str, samples: Samples, at: int, profile: Profile) -> bool:
    """Whether a column holds zones or offsets: by its heading and some cells or none, or by its cells alone."""
    words, name = set(words_of_heading(heading)), folded(folded_word(heading))
    if words & _ZONES_OF_OTHERS:
        return False
    told = bool(words & _ZONE_WORDS) or any(word in name for word in _ABOUT_ZONES)
    offsets = bool(words & {"utc", "gmt"}) or any(word in name for word in _OFFSET_HEADINGS)
    if not told and not offsets and "offset" in words and words.isdisjoint(AWAY):
        return bool(samples.of(at)) and all(map(_SIGNED_HOURS.fullmatch, samples.of(at)))
    if not told and words & _ZONE_ALONE and words <= _ZONE_ALONE | _WHOSE_ZONE | PERSON:
        return _are_zones_mostly(samples.of(at), profile)
    if not told and not offsets:
        first = samples.first_cell(at)
        is_plain = _PLAINLY_A_ZONE.fullmatch(first) or first[:3].upper() in {"UTC", "GMT"}
        return bool(is_plain) and words.isdisjoint(_PLACES_CALLED_SO) and _are_plainly_zones(samples.of(at), profile)
    if not samples.of(at):
        # "Created UTC" may hold moments further down.
        return told or "offset" in name or words <= {"utc", "gmt"}
    return any(_names_zone(text, profile) for text in samples.of(at))


def _was_zone_column(sheet: Settled, at: int, samples: Samples) -> bool:
    """Whether a report of ours says of a row that a column names another zone; the rows that proved it may be gone."""
    told = sheet.results.get("result_problem")
    if told is None or "zone" not in folded(folded_word(sheet.headings[at])):
        return False
    said = f'"{trimmed(sheet.headings[at])}": {KINDS["start_contradicts"].message.partition(":")[0]}'
    return any(cell and said in problem for cell, problem in samples.pairs(at, told))


def _are_plainly_zones(cells: Sequence[str], profile: Profile) -> bool:
    return bool(cells) and all(
        _names_zone(text, profile) and (_PLAINLY_A_ZONE.fullmatch(text) or offsets_meant(text, plainly=True))
        for text in cells
    )


def _are_zones_mostly(cells: Sequence[str], profile: Profile) -> bool:
    """Whether two cells surely are zones, or one and half of all: PT may be a therapy, and Central a part of a town."""
    named = [text for text in cells if _names_zone(text, profile)]
    sure = sum(_SURELY_A_ZONE.fullmatch(text) is not None for text in named)
    return sure > 1 or (sure > 0 and 2 * len(named) >= len(cells))


def _names_zone(text: str, profile: Profile) -> bool:
    return bool(zones_meant(text, profile.region.upper())) or bool(offsets_meant(text))


def without_zone(normalized: Normalized) -> np.ndarray:
    """Return which rows name no time zone themselves."""
    if _ZONE not in normalized.typed.columns:
        return np.ones(len(normalized.typed), dtype=bool)
    return np.array([not trimmed(text) for text in normalized.typed[_ZONE].tolist()], dtype=bool)


def _in_another_zone(cells: Distinct, asked: np.ndarray, normalized: Normalized, profile: Profile) -> dict[int, str]:
    """Return row -> the zone in which its start is read, of the rows ``asked`` whose cell shows another time."""
    known, starts = normalized.values.distinct(_ZONE), normalized.values.distinct(_START)
    places, rows = combinations(cells, known)
    meant = {name.strip().casefold(): target for name, target in profile.zones.items()}
    texts = [meant.get(trimmed(text).casefold(), trimmed(text)) for text in cells.at(rows).tolist()]
    names, region = known.at(rows).tolist(), profile.region.upper()
    perhaps = np.array([_says_another(text, name, region) for text, name in zip(texts, names, strict=True)], dtype=bool)
    return {
        row: names[places[row]]
        for row in np.flatnonzero(perhaps[places] & asked).tolist()
        if shows_other_time(texts[places[row]], names[places[row]], starts.at(np.array([row]))[0], region)
    }


def _says_another(text: str, name: str, region: str) -> bool:
    """Whether a cell may say another zone than this one; each pair is asked once."""
    return bool(text) and not is_nothing(text) and bool(name) and name not in zones_meant(text, region)


_ZONE_LINE: Final = re.compile(
    r"(?:time ?zone|\btz|zeitzone|fuseau horaire|zona horaria|huso horario|fuso or[aá]rio|fuso hor[aá]rio|tijdzone"
    r"|tidszon|strefa czasowa)\b"
    r"|\b(?:times|zeiten|uhrzeiten|heures|horas|orari|tijden)\b",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_CLOCK_SAID: Final = re.compile(r"\d:\d\d(?!\))")
_BEFORE_ZONE: Final = listed(
    "in is are as shown listed given displayed expressed local the all used a en el la le sind ist sont son zijn sono "
    "here below clinic clinics our"
)
# A line about a moment, or about a program's own times.
_OTHER_TIMES: Final = listed(
    "printed generated created exported export report reports run updated modified server system database booked "
    "entered logged gedruckt erstellt exportiert imprimé généré impreso generado stampato"
)


# A part of a line that is a zone and nothing else: Los Angeles clinic (Pacific time), Los Angeles - PST.
_PARTS: Final = re.compile(r"[()\[\],;|]|: | [-\u2013\u2014] ")
_A_ZONE: Final = re.compile(
    r"(?:us )?(?:eastern|central|mountain|pacific|alaska|hawaii|atlantic)(?: standard| daylight)? time"
    r"|(?-i:[ECMP][SD]T|AK[SD]T|HST|UTC|GMT|[A-Z][a-z]{2,9}/[A-Z][A-Za-z_]{2,20})",
    re.IGNORECASE,
)


def zone_of_line(line: str) -> str:
    """
    Return the time zone that a line above the headings says of all times: All times in Pacific Time; "" for none.

    A line with a time of day or with the moment of an export says nothing of the rows.
    """
    if len(line) > 100 or not _OTHER_TIMES.isdisjoint(map(folded_word, _LETTERS.findall(line.casefold()))):
        return ""
    found = _ZONE_LINE.search(line)
    if found is None:
        parts = [part.strip() for part in _PARTS.split(line)] if _CLOCK_SAID.search(line) is None else []
        return next((part for part in parts if _A_ZONE.fullmatch(part) and zones_meant(part, "US")), "")
    rest = line[found.end() :].strip(" \t:=-\u2013.;,")
    while (first := rest.partition(" "))[1] and folded_word(first[0].strip(":")) in _BEFORE_ZONE:
        rest = first[2].strip(" :")
    for text in (rest, rest.strip("()[]"), rest.partition(" (")[0]):
        if zones_meant(text, "US") or offsets_meant(text):
            return text
    return zone_named(rest) if _CLOCK_SAID.search(rest) is None else ""


_SAID_BEFORE: Final = re.compile(r"“(?P<line>[^”]{1,100})” stands above the headings, in row (?P<row>\d{1,7}), but")


def against_lines(
    lines: Sequence[tuple[int, str]], problems: Sequence[str], normalized: Normalized, profile: Profile
) -> Iterator[Issues]:
    """
    Yield the rows whose start is read in another zone than a line above the headings says. ``lines``: row and text.

    ``problems``: of a report of ours, what it said of each row, since the lines are not in it.
    """
    if _START not in normalized.values:
        return
    is_open, whole = without_zone(normalized), np.ones(len(normalized.typed), dtype=bool)
    for name in {_START, "time"}.intersection(normalized.typed.columns):
        is_open &= np.array([not states_offset(text) for text in normalized.typed[name].tolist()], dtype=bool)
    said = dict.fromkeys(lines, whole)
    for row, problem in enumerate(problems):
        if found := _SAID_BEFORE.search(problem):
            said.setdefault((int(found["row"]), found["line"]), np.zeros_like(whole))[row] = True
    for (number, text), asked in said.items():
        zone = same(zone_of_line(text), len(whole))
        if wrong := _in_another_zone(zone, is_open & asked, normalized, profile):
            details = object_array(
                f"row {number}, but the start is read in the time zone {name}" for name in wrong.values()
            )
            values = object_array(text.strip() for _ in wrong)
            yield Issues("zone_above_contradicts", "", np.array(list(wrong), dtype=np.int64), details, values, NOWHERE)
