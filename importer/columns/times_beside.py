"""
What stands beside a start and says its time of day, and what only the whole column of times or days tells.

* Minutes beside whole hours, and AM and PM beside a time without them: joined to it. Where that is not sure, the row is a problem.
* The end of the visit with AM or PM, where the start has none and may be in the same half of the day.
* An end that lies before the start.
* Hours of twelve without their half (9:00 and 1:15), ranges (09:00-09:30, which alone may be an offset), points instead
  of colons (14.30), and day and month that a spreadsheet program swapped.
* Columns of times that are not used, where the sheet has none.

Columns are found by their headings and first cells, as ``settling`` does; each row is judged by its own cells. One that
is blank so far and whose heading tells it (AM/PM, Period, End) is found too: further down a PM or an end makes its row
a problem. Under other headings such a column is not found. The first times also tell whether a 1:15 further down may be
of twelve hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.cell_fit import (
    PERHAPS_A_ZONE,
    STARTS,
    are_swapped,
    is_perhaps_swapped,
    kind_of,
    zone_named,
)
from importer.columns.halves_of_day import (
    DAWN,
    EARLIEST,
    EARLY,
    POINTED,
    Said,
    are_of_twelve,
    are_times,
    ask,
    clock_in,
    half_columns,
    half_of,
    is_end,
    is_sure_before,
    may_be_later,
    may_be_of_twelve,
    may_tell_halves,
    why_open,
    with_half,
    with_minutes,
)
from importer.columns.settling import minutes_of_hours
from importer.columns.suggestions import quoted, table_name
from importer.model.chunks import Distinct, distinct, distinct_of
from importer.model.issues import Issues
from importer.normalizing.names_and_texts import trimmed
from importer.normalizing.value_reading import combinations, object_array
from importer.problems.cell_places import column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from importer.columns.settling import Samples, Settled
    from importer.model.chunks import Chunk, Normalized

_START: Final = "eventDateTime"
_RANGE: Final = re.compile(r"(\d{1,2}:\d\d)[-\u2010-\u2015\u2212](\d{1,2}:\d\d)")
_RANGE_WIDE: Final = re.compile(r"(\d{1,2}):(\d\d) ?[-\u2010-\u2015\u2212] ?(\d{1,2}):(\d\d)")


class Fault(NamedTuple):
    """
    Why the start of one row cannot be read: ``code`` and ``detail`` of the problem, ``value`` as typed.

    ``field``: that it is about, "" for that of the time of day.
    """

    code: str
    value: str
    detail: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class TimesBeside:
    """
    The columns of a sheet that say the time of day of its starts, by position, and how its times are written.

    ``minutes``: that of the minutes, where the times are whole hours, and ``are_minutes``, whether it surely holds them and
    no lengths. ``halves``: columns of AM and PM; ``doubtful``: those that may be about something else. ``ends``: the visit's end,
    with AM and PM or blank so far; ``closings``: those and ends without. ``unread``: columns of times that are not
    used, where the sheet has none. ``codes``: what a report of ours said of each row. ``twelve_hours``, ``ranges``,
    ``points``: what the column of times tells; ``perhaps_twelve``: that an early time further down may be of twelve
    hours; ``of_24``: that the times are of a clock of 24 hours, so that AM and PM beside them can only agree or not;
    ``swapped``: that a spreadsheet program swapped day and month in the cells that it took for dates.
    """

    sheet: Settled
    halves: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    closings: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    twelve_hours: bool = False
    ranges: bool = False
    points: bool = False
    perhaps_twelve: bool = False
    of_24: bool = False
    swapped: bool = False
    minutes: int | None = None
    are_minutes: bool = False

    @property
    def field(self) -> str:
        """The field that holds the time of day."""
        return self.sheet.start_field

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the columns."""
        return (*self._of_minutes, *self.halves, *self.doubtful, *self.closings)

    @property
    def _of_minutes(self) -> tuple[int, ...]:
        return () if self.minutes is None else (self.minutes,)

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, to compare."""
        columns = (self.halves, self.doubtful, self.ends, self.closings, self.unread, self.codes)
        return (self.field, *columns, *self._written, self.of_24, self.minutes, self.are_minutes)

    @property
    def _written(self) -> tuple[bool, ...]:
        return self.twelve_hours, self.ranges, self.points, self.perhaps_twelve, self.swapped

    @property
    def is_read(self) -> bool:
        """Whether times are read by what is beside them, or by how the whole column is written."""
        return bool(self.halves) or self.are_minutes or self.points or self.ranges

    @property
    def is_empty(self) -> bool:
        """Whether nothing is beside the times, and nothing is odd about them."""
        return not any((self.columns, self.unread, self.codes, *self._written))

    def joined(self, typed: pd.DataFrame, chunk: Chunk) -> tuple[pd.DataFrame, dict[int, Fault]]:
        """Return the typed columns with times of day as they are to be read, and row (position) -> why it cannot be."""
        swapped = self._swapped(typed, chunk)
        read, found = self._joined_times(typed, chunk)
        return read, {**swapped, **found}

    def _swapped(self, typed: pd.DataFrame, chunk: Chunk) -> dict[int, Fault]:
        """Return row -> that day and month may be swapped; of a report, the rows of which it was said, if unchanged."""
        name = "date" if "date" in typed.columns else _START
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
        return {row: Fault("date_swapped", text, field=name) for row, text in cells.items()}

    def _joined_times(self, typed: pd.DataFrame, chunk: Chunk) -> tuple[pd.DataFrame, dict[int, Fault]]:
        columns = (*self._of_minutes, *self.halves, *self.doubtful, *self.ends, *self.codes)
        about_times = columns or self.twelve_hours or self.ranges or self.points
        if not (about_times or self.perhaps_twelve) or self.field not in typed.columns:
            return typed, {}
        texts = distinct_of(typed[self.field])
        # Most columns with AM and PM written may be of twelve hours, and hold no time without them.
        if not about_times and not EARLY.search("\n".join(texts.texts.tolist())):
            return typed, {}
        others = [chunk.column(at) for at in columns]
        places, rows = combinations(texts, *others)
        cells = zip(*(column.at(rows).tolist() for column in (texts, *others)), strict=True)
        read = [self._read(text, said) for text, *said in cells]
        faults = [place for place, (_, fault) in enumerate(read) if fault]
        column = Distinct(object_array(text for text, _ in read), places)
        found = {
            row: fault for row in np.flatnonzero(np.isin(places, faults)).tolist() if (fault := read[places[row]][1])
        }
        return typed.assign(**{self.field: column.as_array()}), found

    def _read(self, text: str, said: Sequence[str]) -> tuple[str, Fault | None]:
        if not trimmed(text):
            return text, None
        plain = trimmed(text)
        if self.ranges:
            plain = _RANGE.sub(r"\1 - \2", plain)
        if self.points and POINTED.fullmatch(plain):
            plain = plain.replace(".", ":")
        if self.minutes is None:
            return self._read_clock(text, plain, iter(said))
        cell, *said = said
        column = column_name(self.minutes, self.sheet.headings[self.minutes])
        plain, wrong = with_minutes(plain, cell, column, is_sure=self.are_minutes)
        if wrong:
            return text, Fault(wrong[0], f"{text} {trimmed(cell)}".rstrip(), wrong[1])
        return self._read_clock(text, plain, iter(said))

    def _read_clock(self, text: str, plain: str, left: Iterator[str]) -> tuple[str, Fault | None]:
        halves, doubtful, ends = ([next(left) for _ in each] for each in (self.halves, self.doubtful, self.ends))
        if self.halves:
            said_of_it, alone = self._said(self.halves, halves), self.field == "time"
            joined, why = with_half(plain, said_of_it, alone=alone, of_24=self.of_24)
            return (text, Fault(why[0], text, why[1])) if why else (joined, None)
        clock = clock_in(plain)
        if clock is None or clock.half or not 1 <= clock.hour <= 12:
            return plain, None
        for end in ends:
            if may_be_later(clock, end):
                return text, Fault("time_range", f"{text} - {trimmed(end)}")
        was_open = any("time_unreadable" in code for code in left)
        before = EARLIEST if self.twelve_hours or was_open else DAWN if self.perhaps_twelve else 0
        if open_for := why_open(clock, self._said(self.doubtful, doubtful), before):
            return text, Fault("time_unreadable", text, ask(clock, open_for))
        return plain, None

    def _said(self, columns: Sequence[int], cells: Sequence[str]) -> list[Said]:
        headings = self.sheet.headings
        return [
            Said(half_of(cell, headings[at]), column_name(at, headings[at]), trimmed(cell))
            for at, cell in zip(columns, cells, strict=True)
        ]

    def issues(self, faults: Mapping[int, Fault]) -> Iterator[Issues]:
        """Yield the rows whose start cannot be read, as ``joined`` found them."""
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
                self.sheet.fields.get(field),
            )

    def against_ends(self, normalized: Normalized, chunk: Chunk) -> Iterator[Issues]:
        """Yield the rows whose visit ends before its start by day; a start with an offset was put elsewhere."""
        if not self.closings or _START not in normalized.values:
            return
        starts = normalized.values.distinct(_START)
        clocks = starts.spread(object_array(_clock_of(text) for text in starts.texts.tolist()))
        put = [one.positions for one in normalized.reasons if one.code == "offset_converted"]
        for at in self.closings:
            ends = chunk.column(at)
            places, rows = combinations(ends, clocks)
            told = list(zip(ends.at(rows).tolist(), clocks[rows].tolist(), strict=True))
            before = np.array([is_sure_before(end, clock) for end, clock in told], dtype=bool)[places]
            for positions in put:
                before[positions] = False
            if (wrong := np.flatnonzero(before)).size:
                of_rows = [told[place] for place in places[wrong].tolist()]
                details = object_array(f"the visit is read to start at {clock}, after this end" for _, clock in of_rows)
                values = object_array(trimmed(end) for end, _ in of_rows)
                yield Issues("start_contradicts", _START, wrong, details, values, at)

    def without(self, faults: Mapping[int, Fault], normalized: Normalized) -> Normalized:
        """Return the chunk in normal forms with unsure starts as typed; where times are missing, columns are named."""
        if faults and _START in normalized.values:
            starts = normalized.values.column(_START).copy()
            for row in faults:
                parts = [
                    normalized.typed[name].iloc[row] for name in (_START, "date", "time") if name in normalized.typed
                ]
                starts[row] = " ".join(filter(None, parts))
            normalized = replace(normalized, values=normalized.values.with_column(_START, distinct(starts)))
        known = (
            replace(one, details=self._of_unread()) if one.code == "time_missing" else one for one in normalized.reasons
        )
        return replace(normalized, reasons=tuple(known))

    def _of_unread(self) -> str:
        """Return which columns hold times that are not used, and how to use one."""
        table, told = table_name(self.sheet.profile.name), []
        headings = {at: trimmed(self.sheet.headings[at]) for at in self.unread}
        # Beside Time ET, Time PT is no time of a patient.
        are_zoned = any(map(zone_named, headings.values()))
        for at, heading in headings.items():
            name, perhaps = column_name(at, self.sheet.headings[at]), PERHAPS_A_ZONE.search(heading)
            if zone := zone_named(heading) or (perhaps[0] if are_zoned and perhaps else ""):
                told.append(f"{name} is not used: it names the time zone {zone}. Enter local times in a column Time.")
            else:
                told.append(
                    f"{name} is not used. If it holds the start, write in importer.toml under [{table}.columns]: "
                    f'{quoted(heading)} = "time".'
                )
        return " ".join(told)


def times_beside(sheet: Settled, free: Sequence[int], samples: Samples) -> TimesBeside:
    """Return what says the time of day of the starts. ``free``: positions of headings that nobody said anything of."""
    headings, fields, field = sheet.headings, sheet.fields, sheet.start_field
    if not field:
        return TimesBeside(sheet)
    at = fields[field]
    minutes, are_minutes = minutes_of_hours(headings, at, free, samples) if field == "time" else (None, False)
    times = _times(samples, at, minutes if are_minutes else None)
    hours = [clock for text in times if (clock := clock_in(text))]
    of_24 = any(not clock.half and (clock.hour == 0 or clock.hour > 12) for clock in hours)
    halves, doubtful = half_columns(headings, fields[field], free, samples, of_24=of_24)
    ends = tuple(at for at in free if is_end(headings[at]) and are_times(samples.of(at)))
    return TimesBeside(
        sheet,
        halves=halves,
        doubtful=doubtful,
        ends=tuple(at for at in ends if may_tell_halves(samples.of(at))),
        closings=ends,
        unread=_unread(sheet, free, samples),
        codes=tuple(at for name, at in sheet.results.items() if name in {"result_code", "result_problem"}),
        twelve_hours=not halves and are_of_twelve(times),
        ranges=prove_ranges(times),
        points=field == "time" and prove_points(times),
        perhaps_twelve=not halves and may_be_of_twelve(times),
        of_24=bool(halves) and of_24,
        swapped=not sheet.results and any(are_swapped(samples.texts(fields[at])) for at in STARTS & set(fields)),
        minutes=minutes,
        are_minutes=are_minutes,
    )


def _times(samples: Samples, at: int, minutes: int | None) -> list[str]:
    """Return the first times of the column at a position, each with its minutes where a column has them."""
    if minutes is None:
        return samples.texts(at)
    return [with_minutes(hour, cell, "")[0] for hour, cell in samples.pairs(at, minutes) if hour]


def _clock_of(start: str) -> str:
    """Return the time of day of a start in normal form, "" of any other text."""
    return start[11:16] if len(start) == len("2027-03-04T14:30:00") and start[10] == "T" else ""


def _unread(sheet: Settled, free: Sequence[int], samples: Samples) -> tuple[int, ...]:
    """Return the columns of times that are not used, of a sheet that has days and no times."""
    if sheet.start_field == "time" or kind_of(samples.of(sheet.fields[sheet.start_field])) != "day":
        return ()
    return tuple(at for at in free if kind_of(samples.of(at)) == "time")[:2]


def prove_ranges(texts: Sequence[str]) -> bool:
    """Whether cells such as 13:00-13:30, which is no offset, prove that 09:00-09:30 is a range as well."""
    found = [_RANGE_WIDE.search(text) for text in texts]
    ranges = [tuple(map(int, each.groups())) for each in found if each]
    rising = all((end, ending) > (start, starting) for start, starting, end, ending in ranges)
    sure = [each for each in ranges if each[2] > 12 or each[3] not in {0, 30, 45}]
    return bool(sure) and rising and len({each[2:] for each in ranges}) > 1


def prove_points(texts: Sequence[str]) -> bool:
    """
    Whether points stand for colons.

    All cells have two decimals below 60, in steps of 5, and some would be odd minutes as parts of an hour.
    """
    found = [POINTED.fullmatch(text) for text in texts]
    if not texts or not all(found):
        return False
    hours = [(int(each["hour"]), int(each["minute"])) for each in found if each]
    odd = [minute for _, minute in hours if minute * 60 % 500]
    return (
        all(hour < 24 and minute % 5 == 0 for hour, minute in hours)
        and bool(odd)
        and any(hour > 12 for hour, _ in hours)
    )
