"""
What headings and cells say together: the one place that decides between fields, for matching and for advice.

The rest is left out, and said.

* A heading with an alias keeps its field, unless all its cells contradict it and another column's fit.
* ``Start``, ``Date`` and ``Time`` mean what stands below them: a day, a time of day, or both.
* A heading of a known form (``heading_forms``) is a field only where its cells fit, and no alias or other column has as
  good a claim.
* A column whose cells are all names of the profile's appointment types is the type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from importer.columns.cell_fit import (
    COMPACT_TIME,
    ENOUGH,
    NAME_ALONE,
    START_OF,
    STARTS,
    Fit,
    are_people,
    are_spans,
    are_swapped,
    are_types,
    fit,
    is_time,
    is_type_name,
    is_uuid,
    kind_of,
    name_alone,
    phone_columns,
    zone_named,
)
from importer.columns.heading_forms import (
    REMIND,
    START,
    VISIT,
    form_of,
    leads_away,
    table_prefix,
    unit_in,
    words_of_heading,
)
from importer.normalizing.names_and_texts import is_nothing
from schemas import calendar_words as calendar
from schemas.fields import alias_table, folded
from schemas.status_words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.columns.heading_forms import Form
    from importer.model.chunks import Chunk
    from importer.model.profile import Profile


_ALIASES: Final = alias_table()

# Aliases that mean much else too: taken only if their cells do not say otherwise.
_UNSURE_ALIASES: Final = frozenset({"client", "patient", "customer", "followup"})

# Fields whose cells look like nothing else.
_PLAIN: Final = ("phone", "emailAddress", "eventDateTime", "date", "time", "subscriberTimeZone")
_OF_VISIT: Final = VISIT | listed("termindatum terminzeit terminuhrzeit terminbeginn afspraakdatum afspraaktijd")
_FEWEST_WITH_A_PREFIX: Final = 3
MOST_OF_THEM: Final = 0.6


class Settled(NamedTuple):
    """The columns of a sheet as they were settled, as ``Matching`` has them."""

    headings: tuple[str, ...]
    fields: Mapping[str, int]
    results: Mapping[str, int]
    profile: Profile

    @property
    def start_field(self) -> str:
        """The field that holds the time of day of the starts, "" where none does."""
        return next((name for name in ("time", "eventDateTime", "date") if name in self.fields), "")


@dataclass(slots=True)
class Settling:
    """
    The headings of one sheet on their way to fields.

    ``taken``: position -> field by name or alias, as the headings alone say. ``given``: fields that the profile gives;
    ``free``: positions of headings that nothing is said of; ``given_starts``: those of starts that the profile gives.
    After ``settle``: ``taken`` without what cells contradict (``contradicted``), with start, day and time told apart;
    ``added``: position -> field by form and cells; ``odd_times``: whether a start may have a time that only its column
    explains.
    """

    headings: Sequence[str]
    profile: Profile
    samples: Samples
    taken: dict[int, str]
    given: frozenset[str]
    free: tuple[int, ...]
    given_starts: tuple[int, ...] = ()
    odd_times: bool = False
    added: dict[int, str] = field(default_factory=dict)
    contradicted: dict[int, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Settle all that heading and cells can settle together."""
        self._tell_starts_apart()
        proposed = self._proposed()
        self._drop_contradicted(proposed)
        self._add(proposed)
        self._add_unread_time()
        self._find_types()
        told = [*(at for at, name in (*self.taken.items(), *self.added.items()) if name in STARTS), *self.given_starts]
        self.odd_times = any(self.samples.have_odd_times(at) or zone_named(self.headings[at]) for at in told)

    def _fit(self, at: int, name: str) -> Fit:
        return fit(name, self.samples.of(at), self.profile)

    def _tell_starts_apart(self) -> None:
        """Let ``Start``, ``Date`` and ``Time`` be what their cells are: times of day below Start are its time."""
        family = {at: name for at, name in self.taken.items() if name in STARTS}
        kinds = {at: kind_of(self.samples.of(at)) for at in family}
        for at, name in family.items():
            others = [(family[other], kinds[other]) for other in family if other != at]
            kind = kinds[at]
            if kind is None or START_OF[kind] == name or START_OF[kind] in self.given:
                continue
            if kind == "moment":
                # A time beside its day, and a day beside its time, may hold both; the row says whether they agree.
                beside = {"day", "moment"} if name == "time" else {"time", "moment"}
                if any(other in beside for _, other in others):
                    continue
                self.taken[at] = START_OF[kind]
            elif kind == "time" and any(other in {"day", "moment"} for _, other in others):
                self.taken[at] = "time"
            elif kind == "day" and any(other == "time" for _, other in others) and "date" not in dict(others):
                self.taken[at] = "date"

    def _proposed(self) -> dict[int, tuple[str, int]]:
        """Return position -> (field, rank) of the free headings whose form and cells agree on one field."""
        if not self.free:
            return {}
        prefix = prefix_of_table(self.headings)
        found: dict[int, tuple[str, int]] = {}
        for at in self.free:
            form = self._form(without_prefix(self.headings[at], prefix))
            if form and (name := self._by_cells(at, form)):
                found[at] = (name, form.rank)
        return found

    def _form(self, heading: str) -> Form | None:
        form = form_of(heading)
        if form is None or not form.beside:
            return form
        spoken = {" ".join(words_of_heading(each)) for each in self.headings}
        return form if spoken & set(form.beside) else name_alone(words_of_heading(heading))

    def _by_cells(self, at: int, form: Form) -> str | None:
        cells = self.samples.of(at)
        if form.rank == NAME_ALONE:
            phones = phone_columns(self.taken, {place: self.headings[place] for place in self.free})
            return "fullName" if phones and are_people(self.samples.pairs(at, phones[0]), self.profile) else None
        if form.fields == START:
            kind = kind_of(cells)
            return START_OF[kind] if kind else None
        if form.fields == ("eventType",):
            known = cells and all(is_uuid(text) or is_type_name(text, self.profile) for text in cells)
            return "eventType" if known or self._is_service(at) else None
        if form.fields == ("externalEventId",) and not self._is_number(at, surely=form.rank > 1):
            return None
        if form.fields == REMIND:
            # Of a report the rows that proved the column may be gone; a code tells that one cell was no length.
            codes = self._of_ours("result_code")
            were = codes is not None and any("duration_" in text for text in self.samples.texts(codes))
            are = were or are_spans(self.samples.filled(at), REMIND[0], unit_in(self.headings[at]))
            return REMIND[0] if are else None
        # Under a heading that means little else, wrong cells are problems of their rows, and no other column's.
        enough = MOST_OF_THEM if form.rank == 1 and len(form.fields) == 1 else ENOUGH
        fitting = [name for name in form.fields if fit(name, cells, self.profile, enough=enough) is Fit.FITS]
        return fitting[0] if len(fitting) == 1 else None

    def _is_number(self, at: int, *, surely: bool) -> bool:
        """Whether a column is the appointment's number; of a report whether it was so: repeated rows are gone there."""
        if (told := self._of_ours("result_external_event_id")) is None:
            return self.samples.are_numbers_of_one(at, surely=surely)
        pairs = [cell.strip() == number.strip() for cell, number in self.samples.pairs(at, told) if number.strip()]
        return any(pairs) and 2 * sum(pairs) >= len(pairs)

    def _of_ours(self, name: str) -> int | None:
        return next((at for at, heading in enumerate(self.headings) if heading.casefold() == name), None)

    def _is_service(self, at: int) -> bool:
        """Whether a heading is that of a service: what is booked, whatever the profile knows of it."""
        first = words_of_heading(self.headings[at])[:1]
        if self.profile.event_type:
            return False
        return first in {("service",), ("services",)} and self._fit(at, "eventType") is Fit.FITS

    def _drop_contradicted(self, proposed: Mapping[int, tuple[str, int]]) -> None:
        """Drop aliases that all cells contradict, where another column fits; of twins, those that do not fit."""
        for name in set(self.taken.values()):
            places = [at for at, taken in self.taken.items() if taken == name]
            wrong = [at for at in places if self._fit(at, name) is Fit.CONTRADICTS]
            fitting = [at for at in places if self._fit(at, name) is Fit.FITS]
            for at in wrong:
                unsure = folded(self.headings[at]) in _UNSURE_ALIASES
                if unsure or fitting or self._another_fits(name, proposed):
                    self.contradicted[at] = self.taken.pop(at)

    def _another_fits(self, name: str, proposed: Mapping[int, tuple[str, int]]) -> bool:
        if any(other == name for other, _ in proposed.values()):
            return True
        whole = {"moment"} if name == "time" else {"moment", "day"}  # a day alone still wants its time
        starts = [at for at, taken in self.taken.items() if taken in STARTS and name in STARTS]
        return any(kind_of(self.samples.of(at)) in whole for at in starts) or (
            name in _PLAIN
            and any(self._fit(at, name) is Fit.FITS and not leads_away(self.headings[at]) for at in self.free)
        )

    def _add(self, proposed: Mapping[int, tuple[str, int]]) -> None:
        lost = set(self.contradicted.values())
        closed = {*self.given, *self.taken.values(), *lost}
        if lost & STARTS or "eventDateTime" in self.given:
            closed |= STARTS
        if {"firstName", "lastName"} & closed:
            closed.add("fullName")
        self.added = self._starts_of_visit(proposed) if self.given.isdisjoint(STARTS) else {}
        if "eventDateTime" in closed or {"date", "time"} <= closed:
            closed |= STARTS
        for name in {name for name, _ in proposed.values()} - closed:
            ranks = {at: rank for at, (other, rank) in proposed.items() if other == name}
            best = [at for at, rank in ranks.items() if rank == min(ranks.values())]
            if len(best) == 1:
                self.added[best[0]] = name
        added = set(self.added.values())
        if added & {"firstName", "lastName"}:
            self.added = {at: name for at, name in self.added.items() if name != "fullName"}
        if "eventDateTime" in added and added & {"date", "time"}:
            # Both a start and its halves, none of them by an alias: which is the visit's?
            self.added = {at: name for at, name in self.added.items() if name not in STARTS}

    def _starts_of_visit(self, proposed: Mapping[int, tuple[str, int]]) -> dict[int, str]:
        """Return the headings of the visit's day or time beside the one taken; each row tells whether they agree."""
        starts = {(name, 1) for name in STARTS if not STARTS.isdisjoint(self.taken.values())}
        found = {at: said[0] for at, said in proposed.items() if said in starts}
        return {at: name for at, name in found.items() if not _OF_VISIT.isdisjoint(words_of_heading(self.headings[at]))}

    def _add_unread_time(self) -> None:
        """Let the one column that is called a time be it beside a day alone, whatever its cells: 9, 9.30, half nine."""
        told = {name: at for at, name in (*self.taken.items(), *self.added.items())}
        day = told.get("date", told.get("eventDateTime", -1))
        if "time" in {*told, *self.given} or kind_of(self.samples.of(day) if day >= 0 else ()) != "day":
            return
        free = [at for at in self.free if at not in self.added]
        called = [at for at in free if is_time(self.headings[at]) and self.samples.of(at)]
        # Start hour is one only beside Start minute.
        of_hours = [] if called else [at for at in free if is_of_hours(self.headings[at])]
        called += [at for at in of_hours if minutes_of_hours(self.headings, at, free, self.samples)[0] is not None]
        if len(called) == 1 and not any(map(COMPACT_TIME.fullmatch, self.samples.of(called[0]))):
            self.added[called[0]] = "time"

    def _find_types(self) -> None:
        """Take the one column whose cells are all names of the profile's appointment types."""
        closed = {*self.given, *self.taken.values(), *self.added.values(), *self.contradicted.values()}
        if "eventType" in closed or not self.profile.event_types:
            return
        found = [at for at in self.free if at not in self.added and are_types(self.samples.of(at), self.profile)]
        if len(found) == 1:
            self.added[found[0]] = "eventType"


def prefix_of_table(headings: Sequence[str]) -> str:
    """Return the prefix of several headings, day and time of the visit among them: pc_eventDate; "" for none."""
    groups: dict[str, list[str]] = {}
    for heading in headings:
        before, rest = table_prefix(heading)
        if before:
            groups.setdefault(before, []).append(rest)
    for before, rests in groups.items():
        if len(rests) >= _FEWEST_WITH_A_PREFIX and not leads_away(before):
            forms = [form for rest in rests if (form := form_of(rest))]
            if sum(form.fields == START for form in forms) > 1 or any(folded(rest) in _BOTH for rest in rests):
                return before
    return ""


def without_prefix(heading: str, prefix: str) -> str:
    """Return a heading without the prefix of its table."""
    before, rest = table_prefix(heading)
    return rest if prefix and before == prefix else heading


_BOTH: Final = frozenset(name for name, meant in _ALIASES.items() if meant == "eventDateTime")
_ODD_TIME: Final = re.compile(
    r"(?<![0-9:.])(?:0(?=\d:\d\d:))?[1-6]:[0-5][0-9]|\d:\d\d[-\u2010-\u2015\u2212]\d|^\d{1,2}\.\d\d$", re.MULTILINE
)

# A column that is blank for longer tells nothing, and nobody waits for it.
ROWS: Final = 2_000
MOST: Final = 20
LONGEST: Final = 200


class Samples:
    """The first different cells of each column of a sheet, found when they are asked for; blanks tell nothing."""

    def __init__(self, chunk: Chunk | None = None) -> None:
        self._frame = None if chunk is None else chunk.frame.iloc[:ROWS].copy()
        self._found: dict[int, tuple[str, ...]] = {}
        self._repeats: dict[int, bool] = {}

    def of(self, at: int) -> tuple[str, ...]:
        """Return up to ``MOST`` different cells of the column at a position, without blanks and words for nothing."""
        if at not in self._found:
            self._look(at)
        return self._found[at]

    def repeats(self, at: int) -> bool:
        """Whether a cell of the column stands there more than once."""
        if at not in self._repeats:
            self._look(at)
        return self._repeats[at]

    def are_numbers_of_one(self, at: int, *, surely: bool) -> bool:
        """Whether no cell stands there twice, as far as ``of`` looks; ``surely``: in all first rows, and none is 0."""
        if self.repeats(at) or not surely or self._frame is None:
            return not self.repeats(at)
        cells = [text for text in self.filled(at) if not is_nothing(text)]
        return len(set(cells)) == len(cells) and all(text.strip("0.,") for text in cells)

    def filled(self, at: int) -> list[str]:
        """Return all cells of the column in the first rows, without blanks."""
        if self._frame is None or at >= self._frame.shape[1]:
            return []
        return list(filter(None, map(str.strip, self._frame.iloc[:, at].tolist())))

    def texts(self, at: int) -> list[str]:
        """Return all different cells of the column in the first rows, without blanks."""
        return list(dict.fromkeys(self.filled(at)))

    def pairs(self, at: int, other: int) -> list[tuple[str, str]]:
        """Return the different pairs of cells that stand beside each other in two columns of the first rows."""
        if self._frame is None:
            return []
        cells = (map(str.strip, self._frame.iloc[:, each].tolist()) for each in (at, other))
        return list(dict.fromkeys(zip(*cells, strict=True)))

    def first_cell(self, at: int) -> str:
        """Return the first cell of the column in the first rows that is not blank."""
        return next(iter(self.texts(at)), "")

    def have_odd_times(self, at: int) -> bool:
        """Whether only its column explains a cell: 1:15 of twelve hours, a range, points, a date among texts."""
        texts = self.texts(at)
        return _ODD_TIME.search("\n".join(texts)) is not None or are_swapped(texts)

    def are_compact_times(self, at: int) -> bool:
        """
        Whether all cells are times in numbers of three and four digits, and some (0900, 1330) prove 24 hours.

        230 alone may be in the afternoon.
        """
        cells = self.texts(at)
        return (
            any(len(text) == 3 for text in cells)
            and all(COMPACT_TIME.fullmatch(text) for text in cells)
            and any(len(text) == 4 and not "1000" <= text < "1300" for text in cells)
        )

    def _look(self, at: int) -> None:
        found: dict[str, None] = {}
        repeats = False
        if self._frame is not None and at < self._frame.shape[1]:
            for typed in self._frame.iloc[:, at].tolist():
                if (text := typed.strip()) in found:
                    repeats = True
                    continue
                if not text or is_nothing(text):
                    continue
                found[text[:LONGEST]] = None
                if len(found) == MOST:
                    break
        self._found[at], self._repeats[at] = tuple(found), repeats


_HOURS_OF_A_CLOCK: Final = listed(calendar.HOUR_HEADINGS)
_MINUTES: Final = listed(calendar.MINUTE_HEADINGS)
_ONE_MINUTE: Final = listed(calendar.ONE_MINUTE_HEADINGS)
_AROUND_HOURS: Final = listed(calendar.AROUND_HOUR_HEADINGS) | VISIT
WHOLE_HOUR: Final = re.compile(r"(?P<hour>[01]?\d|2[0-4])(?P<half> ?[ap](?:\.? ?m)?\.?)?", re.IGNORECASE)
MINUTE: Final = re.compile(r":?(?P<minute>[0-5]?\d)(?:[.]0+)?")


def is_of_hours(heading: str) -> bool:
    """Whether a heading is that of the hour of a start: Hour, Start hour, Stunde."""
    words = set(words_of_heading(heading))
    return bool(words & _HOURS_OF_A_CLOCK) and words <= _HOURS_OF_A_CLOCK | _AROUND_HOURS


def minutes_of_hours(
    headings: Sequence[str], time_at: int, free: Sequence[int], samples: Samples
) -> tuple[int | None, bool]:
    """
    Return the column of minutes beside one of whole hours, None for none, and whether it surely is none of lengths.

    A length is never 0, and is written in a column called Minutes or Min, where some are of an hour and more.
    """
    hours, of_hours = samples.texts(time_at), is_of_hours(headings[time_at])
    whole = sum(WHOLE_HOUR.fullmatch(text) is not None for text in hours)
    if not whole or whole < (ENOUGH if of_hours else 1) * len(hours):
        return None, False
    named = {at: set(words_of_heading(headings[at])) for at in free}
    found = [at for at, words in named.items() if words & _MINUTES and words <= _MINUTES | _AROUND_HOURS]
    found = [at for at in nearest(found, time_at) if samples.texts(at)]
    cells = samples.texts(found[0]) if len(found) == 1 else []
    minutes = [text for text in cells if MINUTE.fullmatch(text)]
    if not minutes or len(minutes) < ENOUGH * len(cells) or any(text.isdigit() for text in {*cells} - {*minutes}):
        return None, False
    is_sure = bool(named[found[0]] & _ONE_MINUTE) or any(not text.strip("0:.") for text in minutes)
    return found[0], is_sure


def nearest(columns: Sequence[int], at: int) -> list[int]:
    """Return the column next to a position, where there is one: another half of the day may be that of the end."""
    return [each for each in columns if each == at + 1] or [each for each in columns if each == at - 1] or [*columns]
