"""
What belongs to a start or a phone and stands in a column of its own beside it, which nothing maps.

* AM and PM beside a time without them: joined to it. Where that is not sure, the row is a problem.
* The end of the visit with AM or PM, where the start has none and may be in the same half of the day.
* A time zone, or an offset, other than the one in which the start is read.
* A weekday other than that of the start.
* The extension of the phone.
* Another number that the sheet says is the right one now, or the one to text: New phone, Text to, Mobile beside Telephone.
* What only the whole column of times or days tells: day and month that a spreadsheet program swapped, hours of twelve without their half (9:00 and 1:15), ranges (09:00-09:30, which
  alone may be an offset), and points instead of colons (14.30).

Columns are found by their headings and first cells, as ``settling`` does; each row is judged by its own cells. One that is
blank so far and whose heading tells it (AM/PM, Period, End) is found too: further down a PM, an end or a zone makes its row a problem. Under other
headings such a column is not found. The first times also tell whether a 1:15 further down may be of twelve hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.cell_fit import STARTS, are_swapped, is_perhaps_swapped, kind_of, zone_named, zone_of_line
from importer.columns.halves_of_day import (
    DAWN,
    EARLIEST,
    EARLY,
    POINTED,
    RANGE,
    Said,
    against_weekdays,
    are_of_twelve,
    ask,
    clock_in,
    half_columns,
    half_of,
    is_end,
    is_of_weekdays,
    may_be_later,
    may_be_of_twelve,
    may_tell_halves,
    prove_points,
    prove_ranges,
    states_offset,
    why_open,
    with_half,
)
from importer.columns.heading_forms import PERSON, form_of, is_landline, words_of_heading
from importer.columns.settling import PHONE_WORDS, is_number_to_text, is_zone_column
from importer.columns.suggestions import quoted, table_name
from importer.model.chunks import Distinct, distinct, distinct_of, same
from importer.model.issues import NOWHERE, Issues
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.phones import is_another_number
from importer.normalizing.time_zones import shows_other_time, zones_meant
from importer.normalizing.value_reading import combinations, object_array
from importer.problems.cell_places import column_name
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from importer.columns.settling import Samples
    from importer.model.chunks import Chunk, Normalized
    from importer.model.profile import Profile

ZONE: Final = "subscriberTimeZone"
START: Final = "eventDateTime"


_EXTENSIONS: Final = listed(
    "ext extn exten xt extension extensions durchwahl nebenstelle anexo ramal toestel interno poste"
)
_EXTENSION: Final = re.compile(r"\D{0,12}\d{1,8}\D{0,2}")


class Settled(NamedTuple):
    """The columns of a sheet as they were settled, as ``Matching`` has them."""

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    results: Mapping[str, int]
    profile: Profile


class _Fault(NamedTuple):
    code: str
    value: str
    detail: str = ""
    # The field that it is about, "" for that of the time of day.
    field: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """
    The columns of a sheet that belong to its start or its phone; positions count from 0.

    ``field``: the field that holds the time of day. ``halves``: columns of AM and PM; ``doubtful``: those that may be about something else. ``ends``: the visit's end. ``zones``: zones
    and offsets; ``zoned``: starts whose heading names a zone. ``days``: weekdays. ``unread``: columns of times that are not used, where the sheet has none. ``extensions``: of the phone; ``phones``: other numbers to text. ``codes``: what a report of ours said of each row. ``twelve_hours``, ``ranges``,
    ``points``: what the column of times tells; ``perhaps_twelve``: that an early time further down may be of twelve hours;
    ``of_24``: that the times are of a clock of 24 hours, so that AM and PM beside them can only agree or not;
    ``swapped``: that a spreadsheet program swapped day and month in the cells that it took for dates.
    """

    headings: tuple[str, ...]
    profile: Profile
    fields: Mapping[str, int]
    field: str
    halves: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    zones: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    zoned: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    extensions: tuple[int, ...] = ()
    phones: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    twelve_hours: bool = False
    ranges: bool = False
    points: bool = False
    perhaps_twelve: bool = False
    of_24: bool = False
    swapped: bool = False

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        found = (self.twelve_hours, self.ranges, self.points, self.perhaps_twelve, self.of_24, self.swapped)
        return (self.field, *self._columns, self.zoned, self.unread, *found)

    @property
    def _columns(self) -> tuple[tuple[int, ...], ...]:
        return self.halves, self.doubtful, self.ends, self.zones, self.days, self.extensions, self.phones, self.codes

    @property
    def columns(self) -> frozenset[int]:
        """Positions of the columns."""
        return frozenset(at for each in self._columns for at in each) - {*self.codes}

    @property
    def is_read(self) -> bool:
        """Whether times are read by what is beside them, or by how the whole column is written."""
        return bool(self.halves) or self.points or self.ranges

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands beside anything."""
        found = (self.twelve_hours, self.ranges, self.points, self.perhaps_twelve, self.swapped)
        return not any((*self._columns, self.zoned, self.unread, *found))

    def joined(self, typed: pd.DataFrame, chunk: Chunk) -> tuple[pd.DataFrame, dict[int, _Fault]]:
        """Return the typed columns with the times of day as they are to be read, and row (position) -> why it cannot be."""
        swapped = self._swapped(typed, chunk)
        read, found = self._joined_times(typed, chunk)
        return read, {**swapped, **found}

    def _swapped(self, typed: pd.DataFrame, chunk: Chunk) -> dict[int, _Fault]:
        """Return row -> that its day and month may be swapped; of a report, the rows of which it was said and that are as they were."""
        name = "date" if "date" in typed.columns else START
        if not (self.swapped or self.codes) or name not in typed.columns:
            return {}
        texts = distinct_of(typed[name])
        perhaps = texts.spread(np.array(list(map(is_perhaps_swapped, texts.texts.tolist())), dtype=bool))
        cells = {row: texts.at(np.array([row]))[0] for row in np.flatnonzero(perhaps).tolist()}
        if not self.swapped:
            told = [
                " ".join(cells) for cells in zip(*(chunk.frame.iloc[:, at].tolist() for at in self.codes), strict=True)
            ]
            cells = {
                row: text
                for row, text in cells.items()
                if "date_swapped" in told[row] and f"“{trimmed(text)}”" in told[row]
            }
        return {row: _Fault("date_swapped", text, field=name) for row, text in cells.items()}

    def _joined_times(self, typed: pd.DataFrame, chunk: Chunk) -> tuple[pd.DataFrame, dict[int, _Fault]]:
        columns = (*self.halves, *self.doubtful, *self.ends, *self.codes)
        about_times = columns or self.twelve_hours or self.ranges or self.points
        if not (about_times or self.perhaps_twelve) or self.field not in typed.columns:
            return typed, {}
        texts = distinct_of(typed[self.field])
        # Most columns with AM and PM written may be of twelve hours, and hold no time without them.
        if not about_times and not EARLY.search("\n".join(texts.texts.tolist())):
            return typed, {}
        others = [distinct_of(chunk.frame.iloc[:, at]) for at in columns]
        places, rows = combinations(texts, *others)
        cells = zip(*(column.at(rows).tolist() for column in (texts, *others)), strict=True)
        read = [self._read(text, said) for text, *said in cells]
        faults = [place for place, (_, fault) in enumerate(read) if fault]
        column = Distinct(object_array(text for text, _ in read), places)
        found = {
            row: fault for row in np.flatnonzero(np.isin(places, faults)).tolist() if (fault := read[places[row]][1])
        }
        return typed.assign(**{self.field: column.as_array()}), found

    def _read(self, text: str, said: Sequence[str]) -> tuple[str, _Fault | None]:
        if not trimmed(text):
            return text, None
        plain = trimmed(text)
        if self.ranges:
            plain = RANGE.sub(r"\1 - \2", plain)
        if self.points and POINTED.fullmatch(plain):
            plain = plain.replace(".", ":")
        left = iter(said)
        halves, doubtful, ends = ([next(left) for _ in each] for each in (self.halves, self.doubtful, self.ends))
        if self.halves:
            said_of_it, alone = self._said(self.halves, halves), self.field == "time"
            joined, why = with_half(plain, said_of_it, alone=alone, of_24=self.of_24)
            return (text, _Fault(why[0], text, why[1])) if why else (joined, None)
        clock = clock_in(plain)
        if clock is None or clock.half or not 1 <= clock.hour <= 12:
            return plain, None
        for end in ends:
            if may_be_later(clock, end):
                return text, _Fault("time_range", f"{text} - {trimmed(end)}", "")
        was_open = any("time_unreadable" in code for code in left)
        before = EARLIEST if self.twelve_hours or was_open else DAWN if self.perhaps_twelve else 0
        if open_for := why_open(clock, self._said(self.doubtful, doubtful), before):
            return text, _Fault("time_unreadable", text, ask(clock, open_for))
        return plain, None

    def _said(self, columns: Sequence[int], cells: Sequence[str]) -> list[Said]:
        return [
            Said(half_of(cell, self.headings[at]), column_name(at, self.headings[at]), trimmed(cell))
            for at, cell in zip(columns, cells, strict=True)
        ]

    def judged(self, normalized: Normalized, faults: Mapping[int, _Fault], chunk: Chunk) -> Normalized:
        """Return the chunk in normal forms with what was found: starts that are not sure are as typed."""
        reasons = [*self._starts(faults), *self._zones(normalized, chunk), *self._extensions(normalized.typed, chunk)]
        reasons += self._phones(normalized, chunk)
        reasons += against_weekdays(self.days, normalized, chunk)
        if faults and START in normalized.values:
            starts = normalized.values.column(START).copy()
            for row in faults:
                parts = [
                    normalized.typed[name].iloc[row] for name in (START, "date", "time") if name in normalized.typed
                ]
                starts[row] = " ".join(filter(None, parts))
            normalized = replace(normalized, values=normalized.values.with_column(START, distinct(starts)))
        known = (
            replace(one, details=self._of_unread()) if one.code == "time_missing" else one for one in normalized.reasons
        )
        return replace(normalized, reasons=(*reasons, *known))

    def _of_unread(self) -> str:
        """Return which columns hold times that are not used, and how to use one."""
        table, told = table_name(self.profile.name), []
        for at in self.unread:
            name, heading = column_name(at, self.headings[at]), trimmed(self.headings[at])
            if zone := zone_named(heading):
                told.append(f"{name} is not used: it names the time zone {zone}. Enter local times in a column Time.")
            else:
                told.append(
                    f'{name} is not used. If it holds the start, write in importer.toml under [{table}.columns]: {quoted(heading)} = "time".'
                )
        return " ".join(told)

    def _starts(self, faults: Mapping[int, _Fault]) -> Iterator[Issues]:
        for code, field in sorted({(fault.code, fault.field or self.field) for fault in faults.values()}):
            told = {
                row: fault for row, fault in faults.items() if (fault.code, fault.field or self.field) == (code, field)
            }
            yield Issues(
                code,
                field,
                np.array(list(told), dtype=np.int64),
                object_array(fault.detail for fault in told.values()),
                object_array(fault.value for fault in told.values()),
                self.fields.get(field),
            )

    def _zones(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose start is read in another zone than a column says; one that the row states itself goes before."""
        if not (self.zones or self.zoned) or START not in normalized.values:
            return
        is_open = _without_zone(normalized)
        for at in (*self.zones, *self.zoned):
            cells, asked = distinct_of(chunk.frame.iloc[:, at]), is_open
            if at in self.zoned:
                # A start with its own offset was put into the row's zone.
                asked = cells.spread(np.array([not states_offset(text) for text in cells.texts], dtype=bool))
                cells = same(zone_named(self.headings[at]), len(chunk))
            if wrong := _in_another_zone(cells, asked, normalized, self.profile):
                rows = np.array(list(wrong), dtype=np.int64)
                details = object_array(f"it is read in the time zone {name}" for name in wrong.values())
                values = object_array(trimmed(text) for text in cells.at(rows).tolist())
                yield Issues("start_contradicts", ZONE, rows, details, values, at)

    def _extensions(self, typed: pd.DataFrame, chunk: Chunk) -> Iterator[Issues]:
        if not self.extensions or "phone" not in typed.columns:
            return
        phones = typed["phone"].to_numpy(dtype=object)
        for at in self.extensions:
            found = distinct_of(chunk.frame.iloc[:, at])
            held = found.spread(np.array([_is_extension(cell) for cell in found.texts], dtype=bool))
            rows = [row for row in np.flatnonzero(held).tolist() if trimmed(phones[row])]
            cells = found.column
            if rows:
                name, heading = column_name(at, self.headings[at]), trimmed(self.headings[at])
                detail = f'If it is one, clear {name}. To ignore the column, write in importer.toml under [{table_name(self.profile.name)}.columns]: {quoted(heading)} = ""'
                values = object_array(f"{trimmed(phones[row])} {heading} {trimmed(cells[row])}" for row in rows)
                yield Issues("phone_extension", "phone", np.array(rows, dtype=np.int64), detail, values)

    def _phones(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows in which another number is to be texted than that of the phone."""
        if not self.phones or "phone" not in normalized.values:
            return
        numbers, phone = normalized.values.column("phone").tolist(), self.fields["phone"]
        for at in self.phones:
            typed, region = chunk.frame.iloc[:, at].tolist(), self.profile.region.upper()
            rows = [row for row, number in enumerate(numbers) if is_another_number(typed[row], number, region)]
            if rows:
                name, heading = column_name(at, self.headings[at]), trimmed(self.headings[at])
                detail = f'Enter it in {column_name(phone, self.headings[phone])} or clear {name}. To ignore the column, write in importer.toml under [{table_name(self.profile.name)}.columns]: {quoted(heading)} = ""'
                values = object_array(f"{numbers[row]} {heading} {trimmed(typed[row])}" for row in rows)
                yield Issues("phone_two_numbers", "phone", np.array(rows, dtype=np.int64), detail, values)


def _without_zone(normalized: Normalized) -> np.ndarray:
    if ZONE not in normalized.typed.columns:
        return np.ones(len(normalized.typed), dtype=bool)
    return np.array([not trimmed(text) for text in normalized.typed[ZONE].tolist()], dtype=bool)


def _in_another_zone(cells: Distinct, asked: np.ndarray, normalized: Normalized, profile: Profile) -> dict[int, str]:
    """Return row -> the zone in which its start is read, of the rows that were ``asked`` and whose cell shows another time."""
    known, starts = normalized.values.distinct(ZONE), normalized.values.distinct(START)
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


_SAID_BEFORE: Final = re.compile(r"“(?P<line>[^”]{1,100})” stands above the headings, in row (?P<row>\d{1,7}), but")


def against_lines(
    lines: Sequence[tuple[int, str]], problems: Sequence[str], normalized: Normalized, profile: Profile
) -> Iterator[Issues]:
    """
    Yield the rows whose start is read in another zone than a line above the headings says. ``lines``: row and text.

    ``problems``: of a report of ours, what it said of each row, since the lines are not in it.
    """
    if START not in normalized.values:
        return
    is_open, whole = _without_zone(normalized), np.ones(len(normalized.typed), dtype=bool)
    for name in {START, "time"}.intersection(normalized.typed.columns):
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


def beside(sheet: Settled, free: Sequence[int], samples: Samples) -> Beside | None:
    """
    Return what belongs to the start or the phone of a sheet, None where nothing does.

    ``free``: positions of headings that nobody said anything of.
    """
    headings, fields, profile = sheet.headings, sheet.fields, sheet.profile
    field = next((name for name in ("time", START, "date") if name in fields), "")
    times = samples.texts(fields[field]) if field else []
    hours = [clock for text in times if (clock := clock_in(text))]
    of_24 = any(not clock.half and (clock.hour == 0 or clock.hour > 12) for clock in hours)
    halves, doubtful = half_columns(headings, fields[field], free, samples, of_24=of_24) if field else ((), ())
    found = Beside(
        headings=headings,
        profile=profile,
        fields=fields,
        field=field,
        halves=halves,
        doubtful=doubtful,
        ends=tuple(at for at in free if field and is_end(headings[at]) and may_tell_halves(samples.of(at))),
        zoned=tuple(fields[name] for name in ("time", START) if name in fields and zone_named(headings[fields[name]])),
        unread=_unread(field, fields, free, samples),
        zones=tuple(at for at in free if field and is_zone_column(headings[at], samples, at, profile)),
        days=tuple(at for at in free if field and is_of_weekdays(headings[at])),
        extensions=tuple(at for at in free if "phone" in fields and _belongs_to_phone(headings, at, fields["phone"])),
        phones=tuple(
            at for at in free if "phone" in fields and is_number_to_text(headings[at], headings[fields["phone"]])
        ),
        codes=tuple(at for name, at in sheet.results.items() if field and name in {"result_code", "result_problem"}),
        twelve_hours=not halves and are_of_twelve(times),
        ranges=prove_ranges(times),
        points=field == "time" and prove_points(times),
        perhaps_twelve=not halves and may_be_of_twelve(times),
        of_24=bool(halves) and of_24,
        swapped=not sheet.results and any(are_swapped(samples.texts(fields[at])) for at in STARTS & set(fields)),
    )
    return None if found.is_empty else found


def _unread(field: str, fields: Mapping[str, int], free: Sequence[int], samples: Samples) -> tuple[int, ...]:
    """Return the columns of times that are not used, of a sheet that has days and no times."""
    if field in {"", "time"} or kind_of(samples.of(fields[field])) != "day":
        return ()
    return tuple(at for at in free if kind_of(samples.of(at)) == "time")[:2]


def _says_another(text: str, name: str, region: str) -> bool:
    """Whether a cell may say another zone than this one; each pair is asked once."""
    return bool(text) and not is_nothing(text) and bool(name) and name not in zones_meant(text, region)


def _belongs_to_phone(headings: Sequence[str], at: int, phone: int) -> bool:
    """Whether a column holds the extension of the phone that is used, and not of another one before it."""
    words = set(words_of_heading(headings[at]))
    if not words & _EXTENSIONS or not words <= _EXTENSIONS | PHONE_WORDS | PERSON:
        return False
    for place in range(at - 1, -1, -1):
        if place == phone:
            return True
        form, words = form_of(headings[place]), set(words_of_heading(headings[place]))
        if (
            is_landline(headings[place])
            or "fax" in words
            or (form and "phone" in form.fields)
            or words & {"phone", "tel"}
        ):
            return False
    return True


def _is_extension(cell: str) -> bool:
    value = trimmed(cell)
    return bool(_EXTENSION.fullmatch(value)) and any(mark in "123456789" for mark in value)
