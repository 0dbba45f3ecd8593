"""Times of day without their half, AM or PM, and what says which is meant: cells beside them, the end, the column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from importer.columns.cell_fit import kind_of
from importer.columns.heading_forms import AWAY, PERSON, VISIT, words_of_heading
from importer.columns.settling import MINUTE, WHOLE_HOUR, nearest
from importer.columns.visit_words import late_hours
from importer.model.issues import Issues
from importer.normalizing.dates_and_times import parse_time_cell
from importer.normalizing.names_and_texts import is_nothing, trimmed
from importer.normalizing.value_reading import Unreadable
from schemas.fields import folded
from schemas.status_words import folded_word, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns.settling import Samples
    from importer.model.chunks import Normalized

_CLOCK: Final = re.compile(
    r"(?<![\d:.,/+\u2212-])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?P<second>:[0-5]\d(?:[.,]\d+)?)?(?![:\d])"
    r"(?P<half> ?[ap](?:\.? ?m\b\.?|\b))?",
    re.IGNORECASE,
)
EARLY: Final = re.compile(
    r"(?<![\d:])(?:0(?=\d:\d\d:))?[1-5]:[0-5]\d(?::[0-5]\d(?:[.,]\d++)?+)?+(?! ?[ap](?:\.? ?m\b|\b))", re.IGNORECASE
)
"""A time of 1:00 to 5:59 without its half, in whatever text."""
_HOURS: Final = re.compile(r"(?<![\d:])(\d{1,2})[:h][0-5]\d", re.IGNORECASE)
OWN_HALF: Final = re.compile(r"\d ?(?P<half>[ap])\.? ?(?:m\.?)?\s*\Z", re.IGNORECASE)
_OFFSET_BEHIND: Final = re.compile(r"\A ?(?:Z|UTC|GMT|[+\u2212-] ?[01]\d:?[0-5]\d)\s*\Z", re.IGNORECASE)
_COMPACT: Final = re.compile(r"(?P<hour>\d{1,2})(?P<minute>[0-5]\d)")
POINTED: Final = re.compile(r"(?P<hour>\d{1,2})[.](?P<minute>[0-5]\d)")
_HIDDEN: Final = re.compile(r"\d+[.]\d+|.*\d[ T](?P<hour>\d\d)\d\d(?:\d\d)?")
_BARE: Final = re.compile(r"\d{1,2}")

_MORNING: Final = listed(
    "morning mornings forenoon mañana matin matinee vormittag vormittags morgens mattina manhã ochtend"
)
_AFTERNOON: Final = listed("afternoon afternoons tarde nachmittag nachmittags pomeriggio middag apresmidi nachm aft")
_EVENING: Final = listed("evening evenings noche soir abend abends sera noite avond eve")
_NOON: Final = listed("noon midday mittag mittags midi mediodía meiodia mezzogiorno")
_HALVES: Final = {"am": "AM", "a": "AM", "pm": "PM", "p": "PM"}
# From here on visits are by day; few begin before the earliest. Some do at dawn, such as classes before work.
EARLIEST, DAWN, _DUSK = 7, 6, 20
_HALF_A_DAY: Final = 12 * 60
_YES: Final = frozenset({"yes", "y", "x", "true", "1", "t", "✓", "✔", "☑"})
_NO: Final = frozenset({"no", "n", "false", "0", "f"})


class Clock(NamedTuple):
    """
    The first time of day in a text: ``half`` is "AM", "PM" or "" as typed there; ``end``: where it ends.

    ``padded``: an hour as 01, which people write of a clock of 24 hours, and programs of a day with its time; but alone
    with its seconds, 01:00:00, any time may stand. ``stored``: one with its seconds.
    """

    hour: int
    minute: int
    half: str
    padded: bool
    end: int
    stored: bool = False

    @property
    def is_of_24(self) -> bool:
        """Whether no clock of twelve hours shows it so: 0:30, and 09:00 alone. At 00:00:00 a day may have no time."""
        early = self.hour == 0 and not (self.stored and self.minute == 0)
        return not self.half and (early or (self.padded and not self.stored and self.hour >= EARLIEST))


def states_offset(text: str) -> bool:
    """Whether the first time of day of a text has its offset behind it."""
    return (found := _CLOCK.search(text)) is not None and _has_offset(found)


def _has_offset(found: re.Match[str]) -> bool:
    return _OFFSET_BEHIND.match(found.string[found.end() :]) is not None


def clock_in(text: str) -> Clock | None:
    """Return the first time of day of a text, None where there is none or it states its offset."""
    found = _CLOCK.search(text)
    if found is None or _has_offset(found):
        return None
    half = (found["half"] or "").strip()[:1].casefold()
    hour = found["hour"]
    stored, alone = len(hour) > 1 and found["second"] is not None, found[0] == text
    padded = hour.startswith("0") and not (stored and alone)
    return Clock(int(hour), int(found["minute"]), _HALVES.get(half, ""), padded, found.end(), stored)


def ask(clock: Clock, why: str) -> str:
    """Return a reason with the two times that a time without its half may be."""
    hour, minute = clock.hour % 12, f"{clock.minute:02}"
    shown = f"{hour or 12}:{minute}"
    # A workbook holds 1:00 and 1:00 AM alike, and goes on to show them as before.
    asked = f"Enter {shown} PM or {hour + 12}:{minute}, or {shown} AM or {hour:02}:{minute}"
    return f"{why} {asked} (in a workbook, format the cell as text first)."


class Said(NamedTuple):
    """What a column beside a time says: ``half`` of ``half_of``, the ``column`` as a person sees it, its ``cell``."""

    half: str
    column: str
    cell: str


def with_half(
    text: str, said: Sequence[Said], *, alone: bool, of_24: bool = False
) -> tuple[str, tuple[str, str] | None]:
    """
    Return the text with the half of the day that stands beside it; else the text and (code, detail), why it has none.

    ``alone``: the cell holds a time of day and no day. ``of_24``: other cells of the column are of a clock of 24 hours,
    so that the half can only agree with a time or not.
    """
    clock = clock_in(text) or (clock_alone(text) if alone else None)
    told = {one.half: one for one in said if one.half}
    column = said[0].column
    if clock is None:
        hidden = told and _hidden_clock(text)
        return text, ("time_unreadable", f"{column} does not go with it.") if hidden else None
    is_open = not of_24 and not clock.half and 1 <= clock.hour <= 12
    if len(told) != 1 or "?" in told:
        why = ask(clock, f"{column} does not say whether it is AM or PM.")
        return text, ("time_unreadable", why) if is_open else None
    (found,) = told.values()
    if not is_open:
        agrees = _fits(clock, found.half)
        return text, None if agrees else ("start_contradicts", f"{found.column} says {found.cell}")
    return _joined(text, clock, found)


def _joined(text: str, clock: Clock, found: Said) -> tuple[str, tuple[str, str] | None]:
    half = _half_at(clock.hour, found.half)
    if half is None:
        return text, ("time_unreadable", ask(clock, f"{found.column} leaves it open whether it is AM or PM."))
    if clock.end < 0:
        return f"{clock.hour}:{clock.minute:02} {half}", None
    rest = text[clock.end :]
    if (later := _HOURS.search(rest)) and int(later[1]) % 12 < clock.hour % 12:
        return text, ("time_range", "")
    return f"{text[: clock.end]} {half}{rest}", None


def _fits(clock: Clock, said: str) -> bool:
    """Whether a time that is sure by itself is in the part of the day that was said."""
    stated = clock.half or ("PM" if clock.hour >= 12 else "AM")
    return said == stated or (said not in {"AM", "PM"} and (said == "morning") == (stated == "AM"))


def _hidden_clock(text: str) -> bool:
    """Whether a text without a colon holds a time that may be in either half: 46450.104166, 3/4/2027 0230."""
    found = _HIDDEN.fullmatch(text)
    return found is not None and not (found["hour"] and (int(found["hour"]) > 12 or int(found["hour"]) == 0))


def goes_with(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether cells of both halves beside times (time, cell) put all of them into the day: they are about these."""
    hours, halves = [], set()
    for text, cell in pairs:
        clock, said = clock_in(text), half_of(cell)
        if clock is None or clock.half or said in {"", "?"}:
            continue
        half = _half_at(clock.hour, said) if 1 <= clock.hour <= 12 else None
        if half is None:
            return False
        halves.add(half)
        hours.append(clock.hour % 12 + (12 if half == "PM" else 0))
    return halves == {"AM", "PM"} and all(DAWN <= hour < _DUSK for hour in hours)


def clock_alone(text: str) -> Clock | None:
    """Return the time of day of a cell that holds no more, and not in the usual form: 2, 230, 2.30, 2pm, 0.1041666."""
    if own := OWN_HALF.search(text):
        try:
            found = parse_time_cell(text)
        except Unreadable:
            return None
        return Clock(found.hour, found.minute, _HALVES[own["half"].casefold()], padded=False, end=-1)
    for form in (_COMPACT, POINTED):
        if (number := form.fullmatch(text)) and int(number["hour"]) < 24:
            return Clock(int(number["hour"]), int(number["minute"]), "", number["hour"].startswith("0"), -1)
    if _BARE.fullmatch(text) and int(text) < 24:
        return Clock(int(text), 0, "", padded=False, end=-1)
    try:
        found = parse_time_cell(text)
    except Unreadable:
        return None
    return Clock(found.hour, found.minute, "", padded=False, end=-1)


def minutes_meant(cell: str) -> frozenset[int]:
    """Return the minutes of the day that a cell may mean: two of a time without its half, none where it holds none."""
    clock = clock_in(cell) or (clock_alone(trimmed(cell)) if trimmed(cell) else None)
    if clock is None or clock.hour > 23:
        return frozenset()
    hour = clock.hour % 12 + (12 if clock.half == "PM" else 0) if clock.half and clock.end >= 0 else clock.hour
    at = hour * 60 + clock.minute
    is_open = not clock.half and not clock.padded and 1 <= clock.hour <= 12
    return frozenset({at, (at + _HALF_A_DAY) % (2 * _HALF_A_DAY)} if is_open else {at})


def half_of(cell: str, heading: str = "") -> str:
    """Return AM, PM, morning, noon, afternoon or evening; "" for a blank, "?" for anything else."""
    value = trimmed(cell)
    if not value or is_nothing(value):
        return ""
    plain = folded_word(value).replace(".", "").replace(" ", "").replace("-", "").replace("'", "").replace("’", "")
    if plain in _HALVES:
        return _HALVES[plain]
    for name, words in (("morning", _MORNING), ("afternoon", _AFTERNOON), ("evening", _EVENING), ("noon", _NOON)):
        if plain in words:
            return name
    flag = [word for word in words_of_heading(heading) if word in {"am", "pm"}]
    if len(flag) == 1 and value.casefold() in _YES | _NO:
        return flag[0].upper() if value.casefold() in _YES else {"am": "PM", "pm": "AM"}[flag[0]]
    return "?"


def _half_at(hour: int, said: str) -> str | None:
    """Return AM or PM for an hour of twelve in the part of the day that was said, None where it leaves it open."""
    if said in {"AM", "PM"}:
        return said
    if said == "morning":
        return "AM" if hour != 12 else None
    if said == "noon":
        return "PM" if hour in {12, 1} else None
    if said == "afternoon":
        return "PM" if hour == 12 or hour < 7 else None
    return "PM" if 4 <= hour < 12 else None


def may_be_later(start: Clock, end: str) -> bool:
    """Whether a start without its half of the day may be in the other half, as the end beside it says."""
    told = clock_in(end) or clock_alone(trimmed(end))
    if told is None or not told.half:
        return False
    hour = told.hour % 12 + (12 if told.half == "PM" else 0) if told.end >= 0 else told.hour
    ends, starts = hour * 60 + told.minute, start.hour * 60 + start.minute
    return ends <= starts or (start.hour < 12 and starts + 720 < ends)


_ALONE: Final = re.compile(r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?: ?[ap](?:\.? ?m\.?)?)?", re.IGNORECASE)


def is_sure_before(end: str, start: str) -> bool:
    """Whether an end, a sure time alone, lies before a start (14:30, "" for none), both by day: a night ends later."""
    ends = minutes_meant(end) if start and _ALONE.fullmatch(trimmed(end)) else frozenset()
    begins = int(start[:2]) * 60 + int(start[3:]) if start else 0
    return len(ends) == 1 and DAWN * 60 <= min(ends) < begins < _DUSK * 60


def why_open(clock: Clock, doubtful: Sequence[Said], before: int) -> str:
    """Return why a time without its half may be in either, "" for no reason. ``before``: so early a time is asked."""
    for said in doubtful:
        if said.half not in {"", "?", "noon"} and (said.half in {"AM", "morning"}) == (clock.hour == 12):
            return f"{said.column} says {said.cell}."
    if clock.hour < before and not clock.padded:
        return "Morning or afternoon? The column does not show which."
    return ""


def are_of_twelve(texts: Sequence[str]) -> bool:
    """
    Whether times are of twelve hours, and some do not say which half of the day they are in.

    Such a column has a start of 1:00 to 5:59, and none of a clock of 24 hours: no 0:30, no 09:00, and no 13:00; but a
    few of these may be what a person has put right.
    """
    early, late = 0, 0
    for text in texts:
        clock = clock_in(text)
        if clock is None:
            late += any(int(hour) > 12 for hour in _HOURS.findall(text))
            continue
        if clock.is_of_24:
            return False
        late += not clock.half and any(int(hour) > 12 for hour in _HOURS.findall(text))
        early += not clock.half and not clock.padded and 1 <= clock.hour <= 5
    return early > 0 and (late == 0 or late < early)


def may_be_of_twelve(texts: Sequence[str]) -> bool:
    """
    Whether a start of 1:00 to 5:59 that stands further down may be of twelve hours, in the afternoon.

    All of these have their half, or one is of 7:00 to 12:59 and not PM; none without its half is of 1:00 to 5:59, or of
    a clock of 24 hours: 0:30, 09:00, 13:00.
    """
    by_day, stated, bare = False, False, False
    for text in texts:
        clock = clock_in(text)
        if (clock is None or not clock.half) and any(int(hour) > 12 for hour in _HOURS.findall(text)):
            return False
        if clock is None:
            continue
        if not clock.half and (clock.padded or clock.hour < DAWN):
            return False
        by_day |= 7 <= clock.hour <= 12 and clock.half != "PM"
        stated |= bool(clock.half)
        bare |= not clock.half
    return by_day or (stated and not bare)


_HALF_WORDS: Final = frozenset({"am", "pm", "ampm", "meridiem", "meridian", "meridiano"})
# Alone they are about the half of the day where the cells say so; with other cells they are something else.
_HALF_HEADINGS: Final = frozenset(
    {"period", "half", "timeofday", "dayhalf", "halfday", "halfofday", "daypart", "partofday", "periodofday",
     "timeperiod", "ap", "aorp", "morningafternoon", "morningorafternoon", "morningevening"}
)  # fmt: skip
# A time that the person wishes, or that is another's, is not the visit's.
_WISHED: Final = listed("preferred preference prefers best wished contact call callback availability available reach")
_ENDS: Final = listed(
    "end ends ending endtime enddatetime endtijd endzeit finish finishes until till to thru through ende fin fine fim "
    "einde bis hasta jusqu out"
)
_AROUND_END: Final = listed(
    "time date at datetime am pm scheduled slot hora heure ora uhrzeit zeit tijd datum fecha data de of the local"
)


def with_minutes(hour: str, cell: str, column: str, *, is_sure: bool = True) -> tuple[str, tuple[str, str] | None]:
    """
    Return a whole hour with the minutes that stand beside it; else the hour and (code, detail), why it has none.

    ``column``: that of the minutes, as a person sees it. ``is_sure``: that it holds no lengths.
    """
    found, minutes = WHOLE_HOUR.fullmatch(hour), MINUTE.fullmatch(trimmed(cell))
    if found is None:
        own = clock_in(hour) if is_sure else None
        agrees = own is None or not minutes or int(minutes["minute"]) == own.minute
        return hour, None if agrees else ("start_contradicts", f"{column} says {trimmed(cell)}")
    if not is_sure:
        return hour, ("time_unreadable", f"{column} may hold its minutes, or how long the visit takes.")
    if minutes is None:
        return hour, ("time_unreadable", f"{column} does not hold its minutes.")
    return f"{found['hour']}:{int(minutes['minute']):02}{found['half'] or ''}", None


def half_columns(
    headings: Sequence[str], time_at: int, free: Sequence[int], samples: Samples, *, of_24: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the columns of AM and PM that belong to the time, and those that may, by their cells or blank so far."""
    told, other, flags = [], [], []
    blank: list[int] = []
    blank_told: list[int] = []
    for at in free:
        words = set(words_of_heading(headings[at]))
        if words & AWAY or words & _WISHED or words & _ENDS:
            continue
        is_plain, is_told = bool(words & _HALF_WORDS), folded(headings[at]) in _HALF_HEADINGS
        if not is_plain and not is_told and half_of(samples.first_cell(at)) in {"", "?"}:
            continue
        cells = samples.of(at)
        found, is_flag = {half_of(text, headings[at]) for text in cells}, any(half_of(text) == "?" for text in cells)
        if not cells and is_plain:
            blank.append(at)
        elif not cells and is_told and not of_24:
            blank_told.append(at)
        plainly = {"am", "pm"} <= words or bool((words - {"am", "pm"}) & _HALF_WORDS)
        if found and (is_plain or is_told) and ("?" not in found or plainly):
            if not of_24 or (found <= {"AM", "PM"} and not is_flag):
                told.append(at)
                flags += [at] * is_flag
        elif found and "?" not in found and not any(len(text) == 1 for text in cells) and not of_24:
            other.append(at)
    sure = [at for at in other if goes_with(samples.pairs(time_at, at))]
    columns = told or sure
    if flags != told:
        columns = nearest(columns, time_at)
    return tuple(columns), () if columns else (*other, *nearest(blank, time_at), *nearest(blank_told, time_at))


def is_end(heading: str) -> bool:
    """Whether a heading is that of the end of the visit."""
    words = set(words_of_heading(heading))
    return bool(words & _ENDS) and words <= _ENDS | VISIT | PERSON | _AROUND_END


def are_times(cells: Sequence[str]) -> bool:
    """Whether cells are times, with or without their day; true of none, since some may come further down."""
    return not cells or kind_of(cells) in {"time", "moment"}


def may_tell_halves(cells: Sequence[str]) -> bool:
    """Whether cells are times of which some have their half; true of none."""
    return are_times(cells) and (not cells or any(map(OWN_HALF.search, cells)))


def before_noon(above: Sequence[tuple[int, str, str | None] | None], normalized: Normalized) -> Iterator[Issues]:
    """Yield the rows whose time is read as one before noon and does not say AM itself, below a late line; of each row the line above it."""
    name, told = "time" if "time" in normalized.typed else "eventDateTime", {}
    starts = normalized.values.column("eventDateTime").tolist()
    for at, line in enumerate(above):
        if line and starts[at][11:13] in late_hours(line[1]) and not _OWN_HALF.search(normalized.typed[name].iloc[at]):
            told[at] = f"{line[1]} (row {line[0]})"
    if told:
        yield Issues(HALF_ABOVE, name, np.array([*told]), np.array([*told.values()], dtype=object))


HALF_ABOVE: Final = "half_above_contradicts"
_OWN_HALF: Final = re.compile(r"\d ?[ap](?:\.? ?m)?\b", re.IGNORECASE)
