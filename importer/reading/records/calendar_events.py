"""
iCalendar: the events of a calendar, one a row, in the order in which they stand.

Each property is a column by its name. ``ATTENDEE tel`` and ``ATTENDEE email`` hold the addresses of attendees, ``ATTENDEE PARTSTAT`` that one
of them declined; a line such as ``Phone:
(212) 555-0101`` in a description is the column ``DESCRIPTION: Phone``. Which of them is the phone, the profile says: a number that merely
stands in a text may be anybody's. An event that repeats, and one whose time zone is not certain, are told and not guessed.

Source: RFC 5545; its grammar of lines by the library icalendar.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from importer.errors import FileRefused
from importer.reading.child.cell_display import Details
from importer.reading.limits import LONGEST_SHOWN
from importer.reading.records.calendar_lines import Component, Components, Line
from importer.reading.records.calendar_zones import Definition, contradicts, load_zones, moment_of, zone_of
from importer.reading.records.record_grid import LONGEST_KEPT, Record, RecordGrid, check_width, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.limits import Limits


MOST_LABELS: Final = 60
MOST_VALUES: Final = 100
"""So many values of one property of an event are told."""
_LONGEST_LABEL: Final = 40
_MOST_WORDS: Final = 5

_SEVERAL: Final = frozenset({"CATEGORIES", "COMMENT", "CONTACT", "RELATED-TO", "RESOURCES", "REQUEST-STATUS"})
_LEFT_OUT: Final = frozenset({"ATTACH", "IMAGE", "EXDATE", "ATTENDEE", "BEGIN", "END"})
_REPEATING: Final = ("RRULE", "RDATE", "RECURRENCE-ID", "EXRULE")
_ANSWERS: Final = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"})
_ANSWER: Final = "ATTENDEE PARTSTAT"
_NOT_PEOPLE: Final = frozenset({"ROOM", "RESOURCE"})
_FIRST: Final = ("UID", "DTSTART", "TZID", "STATUS", "METHOD", "SUMMARY")
_OTHERS: Final = {
    "VTODO": "task",
    "VJOURNAL": "journal entry",
    "VFREEBUSY": "list of busy times",
}
_BREAK: Final = re.compile(r"(?i)<br\b[^<>]{0,50}>|</(?:p|div|li|tr|h[1-6])>")
_TAG: Final = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")


@dataclass(slots=True)
class Calendar:
    """A VCALENDAR: what it says of all its events."""

    method: str = ""
    zone: str = ""
    definitions: dict[str, Definition] = field(default_factory=dict)


def load_icalendar() -> None:
    """
    Load the library and the zones, before the process is confined.

    Raises:
        FileRefused: ``library_missing``.
    """
    try:
        import icalendar.parser  # noqa: F401, PLC0415  # of the extra
    except ImportError:
        raise FileRefused(
            "Reading calendars needs the library icalendar, which is not installed here.",
            code="library_missing",
            fix="Install it with pip install 'appointment-importer[calendar]', or export the appointments as CSV or XLSX.",
        ) from None
    load_zones()


def calendar_grid(file: IO[bytes], limits: Limits, encoding: str) -> RecordGrid:
    """
    Return the events of a calendar file; ``load_icalendar`` was called.

    Raises:
        FileRefused: ``calendar_damaged``, ``calendar_old``, ``calendar_answer``, ``calendar_without_events``, ``line_too_long``,
            ``too_many_rows``, ``too_many_columns``.
    """
    survey = _Survey.of(file, encoding, limits)
    if not survey.events:
        raise FileRefused(
            "The calendar holds no events.",
            code="calendar_without_events",
            fix="Export the calendar in which the appointments stand.",
        )
    headings = survey.headings()
    check_width(dict.fromkeys(headings), limits)
    columns = frozenset(headings)

    def records() -> Iterator[Record]:
        reader = Components(file, encoding)
        number = 0
        for component in reader:
            if component.name == "VEVENT":
                number += 1
                yield _Event(component, survey.calendars[reader.calendar], survey.labels, columns).record(number)

    return RecordGrid(headings, records, height=survey.events, details=Details(notes=survey.notes()))


class _Survey:
    """What the first reading learns: the calendars with their zones, the columns, and how many events there are."""

    def __init__(self) -> None:
        self.calendars: list[Calendar] = []
        self.events = 0
        self.others: Counter[str] = Counter()
        self.names: dict[str, None] = {}
        self.labels: dict[str, str] = {}

    @classmethod
    def of(cls, file: IO[bytes], encoding: str, limits: Limits) -> _Survey:
        survey = cls()
        labels: Counter[str] = Counter()
        spelled: dict[str, str] = {}
        parts: list[Component] = []
        reader = Components(file, encoding)
        for component in reader:
            while len(survey.calendars) <= reader.calendar:
                survey.calendars.append(Calendar())
            calendar = survey.calendars[reader.calendar]
            if component.name in {"STANDARD", "DAYLIGHT"}:
                parts.append(component)
            elif component.name == "VTIMEZONE":
                calendar.definitions[component.first("TZID")] = _definition(component, parts)
                parts = []
            elif component.name == "VEVENT":
                survey._see(component, labels, spelled, limits)
            elif component.name == "VCALENDAR":
                survey._close(calendar, component)
            elif component.name in _OTHERS:
                survey.others[component.name] += 1
        survey.labels = {label: spelled[label] for label, _ in labels.most_common(MOST_LABELS)}
        return survey

    def _see(self, event: Component, labels: Counter[str], spelled: dict[str, str], limits: Limits) -> None:
        self.events += 1
        if self.events > limits.rows:
            raise FileRefused(
                f"The calendar has more than {limits.rows:,} events.",
                code="too_many_rows",
                fix="Export it in parts, month by month.",
            )
        for line in event.lines:
            if line.name not in _LEFT_OUT:
                self.names[line.name] = None
            elif line.name == "ATTENDEE":
                kind = _attendee(line)[0]
                self.names |= dict.fromkeys([f"ATTENDEE {kind}"] if kind else [])
                self.names |= dict.fromkeys([_ANSWER] if _has_declined(line) else [])
            if line.name == "DTSTART" and (line.params.get("TZID") or line.value.rstrip().endswith("Z")):
                self.names["TZID"] = None
            if line.name == "DESCRIPTION":
                for label in dict.fromkeys(label for label, _ in labelled(plain(_unescaped(line.value)))):
                    labels[label.casefold()] += 1
                    spelled.setdefault(label.casefold(), label)
        if len(self.names) > limits.columns:
            check_width(self.names, limits)

    def _close(self, calendar: Calendar, component: Component) -> None:
        if component.first("VERSION") == "1.0":
            raise FileRefused(
                "This is a vCalendar file of version 1.0, whose texts are written in another way.",
                code="calendar_old",
                fix="Export it as iCalendar, version 2.0.",
            )
        # Both stand in each event.
        calendar.method = component.first("METHOD").upper()[:LONGEST_SHOWN]
        calendar.zone = component.first("X-WR-TIMEZONE")[:LONGEST_SHOWN]
        if calendar.method in _ANSWERS:
            raise FileRefused(
                f"The calendar is an answer to an invitation (METHOD:{calendar.method}), and holds no appointments.",
                code="calendar_answer",
                fix="Export the calendar in which the appointments stand.",
            )
        if calendar.method:
            self.names["METHOD"] = None

    def headings(self) -> tuple[str, ...]:
        """Return the columns: the usual ones first, then the others as they were met, then lines of descriptions."""
        first = [name for name in _FIRST if name in self.names]
        rest = [name for name in self.names if name not in _FIRST]
        return (*first, *rest, *(_heading(label) for label in self.labels.values()))

    def notes(self) -> list[str]:
        """Return what was left out."""
        told = [f"{count:,} {_OTHERS[name]}{'' if count == 1 else 's'} ({name})" for name, count in self.others.items()]
        return [f"Left alone: {', '.join(told)}."] if told else []


def _heading(label: str) -> str:
    return f"DESCRIPTION: {label}"


def _definition(component: Component, parts: list[Component]) -> Definition:
    made = Definition(place=component.first("X-LIC-LOCATION"))
    for part in parts:
        properties: dict[str, list[str]] = {}
        for line in part.lines:
            properties.setdefault(line.name, []).append(line.value)
        made.add(properties)
    return made


def _attendee(line: Line) -> tuple[str, str]:
    """Return what kind of address an attendee has, and the address; "" for rooms and devices."""
    scheme, _, rest = line.value.strip().partition(":")
    kind = {"tel": "tel", "sms": "tel", "mailto": "email"}.get(scheme.lower(), "")
    if line.params.get("CUTYPE", "").upper() in _NOT_PEOPLE:
        return "", ""
    return kind, rest.partition("?")[0].strip()


def _has_declined(line: Line) -> bool:
    """Whether an attendee, however addressed, will not come. Of the others nobody knows which of them is the patient."""
    return (
        line.params.get("CUTYPE", "").upper() not in _NOT_PEOPLE
        and line.params.get("PARTSTAT", "").upper() == "DECLINED"
    )


def _without_scheme(text: str) -> str:
    """Return the number of a telephone that is written as an address, ``tel:+12125550101``; any other text as it is."""
    return text[4:] if text[:4].lower() == "tel:" else text


_ESCAPES: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"n": "\n", "N": "\n"}


def _unescaped(value: str) -> str:
    return _ESCAPES.sub(lambda match: _MEANT.get(match[1], match[1]), value) if "\\" in value else value


def plain(text: str) -> str:
    """Return a description without the tags of a web page, which some calendars write into it."""
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def labelled(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a text that are a label, a colon and a value: ``Phone: (212) 555-0101``."""
    for line in text.split("\n"):
        label, colon, value = line.partition(":")
        label, value = " ".join(label[: _LONGEST_LABEL * 2].split()), value.strip()
        if not colon or not label or not value or value.startswith("//") or not label[0].isalpha():
            continue
        if len(label) <= _LONGEST_LABEL and len(label.split()) <= _MOST_WORDS:
            yield label, value


class _Event:
    """One event on its way to a record."""

    def __init__(self, event: Component, calendar: Calendar, labels: dict[str, str], columns: frozenset[str]) -> None:
        self._event = event
        self._calendar = calendar
        self._labels = labels
        self._columns = columns
        self._texts: dict[str, dict[str, None]] = {}
        self._flaws: list[tuple[str | None, str, str]] = []

    def record(self, number: int) -> Record:
        for line in self._event.lines:
            if line.name == "ATTENDEE":
                self._put_attendee(line)
            elif line.name == "DTSTART":
                self._start(line)
            elif line.name not in _LEFT_OUT:
                self._put(line.name, _without_scheme(_unescaped(line.value)))
        if self._calendar.method:
            self._texts["METHOD"] = {self._calendar.method: None}
        for text in tuple(self._texts.get("DESCRIPTION", ())):
            for label, value in labelled(plain(text)):
                if spelled := self._labels.get(label.casefold()):
                    self._put(_heading(spelled), value)
        cells = dict(self._cells())
        self._look_at_whole()
        return Record(number, cells, self._flaws)

    def _put(self, heading: str, text: str) -> None:
        texts = self._texts.setdefault(heading, {})
        if len(texts) < MOST_VALUES:
            texts[text] = None

    def _put_attendee(self, line: Line) -> None:
        kind, address = _attendee(line)
        if kind:
            self._put(f"ATTENDEE {kind}", address)
        if _has_declined(line):
            self._put(_ANSWER, line.params["PARTSTAT"].upper())

    def _cells(self) -> Iterator[tuple[str, str]]:
        """Yield the columns with their texts; several for what should have one value are a flaw."""
        for heading, texts in self._texts.items():
            if heading in self._columns:
                together = " | ".join(texts)[:LONGEST_KEPT]
                if len(texts) > 1 and heading not in _SEVERAL:
                    self._flaws.append((heading, "name_repeated", shown(together)))
                yield heading, together

    def _start(self, line: Line) -> None:
        text = line.value.strip()
        moment = moment_of(text)
        if moment is None:
            self._put("DTSTART", text)
            return
        if "T" not in text:
            self._put("DTSTART", moment.date().isoformat())
            return
        is_utc = text.endswith("Z")
        self._put("DTSTART", moment.isoformat() + ("Z" if is_utc else ""))
        name = line.params.get("TZID", "")
        zone = self._calendar.zone if is_utc else zone_of(name, self._calendar.definitions)
        self._put("TZID", zone)
        definition = None if is_utc else self._calendar.definitions.get(name)
        if definition is not None and contradicts(definition, zone, moment, _windows()):
            self._flaws.append(("DTSTART", "zone_redefined", shown(zone)))

    def _look_at_whole(self) -> None:
        repeating = [f"{name}:{text}" for name in _REPEATING for text in self._event.values(name)]
        if repeating:
            self._flaws.append((None, "event_repeats", shown(" ".join(repeating))))
        elif self._event.torn:
            self._flaws.append((None, "record_unreadable", self._event.torn))


def _windows() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415  # of the extra; loaded before

    return WINDOWS_TO_OLSON
