"""How one clinic writes its sheets, and of which days one is everything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from importer.model.statuses import canonical_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.sending_window import SendingWindow

DateOrder = Literal["dmy", "mdy", "ymd"]
DurationUnit = Literal["minutes", "hours", "days", "h:mm", "mm:ss"]
PhoneForm = Literal["national", "e164"]
NameOrder = Literal["first last", "last first"]
OnPhoneChange = Literal["replace", "add"]
WithoutNumber = Literal["moved", "new"]
StartClock = Literal["account", "customer"]
HiddenRows = Literal["read", "leave_out"]
Missed = Literal["no_show", "cancel", "none"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place by name: the zone of its appointments and what it adds to their metadata."""

    zone: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventType:
    """An appointment type by name: its uuid in standard spelling, and the metadata keys that its messages need (its macros)."""

    uuid: str
    metadata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "uuid", canonical_uuid(self.uuid))


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A clinic's saved settings for one kind of file.

    ``columns``: heading as typed -> field ("" = leave the column out). ``values``: field -> typed value -> value
    to read instead. ``two_digit_years``: 3/4/27 is in 2027, not a problem. Durations are ISO 8601 texts. Days and
    hours carry their unit in the name. ``duration_units``: field -> the unit that its own heading names (``Remind
    before (hours)``); it comes before ``duration_unit``. ``system``: the known system whose exports these are, or ``none``;
    None: recognized by the headings. ``start_clock``: whose clock the starts of such an export are on, where it does not say.
    ``missed``: what its rows ask for that say that nobody came. ``declared``: importer.toml has a table of it, so its files
    are of one kind and may be compared with each other. ``window``: the hours in which requests leave, None for all.
    ``link``: where its sheet is published; whoever has it can read the sheet.
    """

    name: str = "default"
    system: str | None = None
    start_clock: StartClock | None = None
    missed: Missed | None = None
    hidden_rows: HiddenRows = "read"
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    action: str | None = None
    region: str = "US"
    phone_form: PhoneForm = "national"
    allow_unassigned_phones: bool = False
    zone: str | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    locations: Mapping[str, Location] = field(default_factory=dict)
    event_type: str | None = None
    event_types: Mapping[str, EventType] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder | None = None
    two_digit_years: bool = False
    name_order: NameOrder | None = None
    duration_unit: DurationUnit | None = None
    duration_units: Mapping[str, DurationUnit] = field(default_factory=dict)
    remind_time_offset: str = "PT3H"
    follow_up_time_offset: str | None = None
    send_eligible_subscribers_only: bool | None = None
    derive_external_ids: bool = True
    refuse_ambiguous_times: bool = False
    allow_past: bool = False
    horizon_days: int = 730
    night_from_hour: int = 21
    night_to_hour: int = 8
    snapshot: str | None = None
    snapshot_locations: tuple[str, ...] = ()
    cancel_missing: bool = False
    guard_count: int = 10
    guard_share_percent: int = 10
    rows_tolerance_percent: int = 40
    blanks_tolerance_percent: int = 20
    families_share_phones: bool = False
    window: SendingWindow | None = None
    on_phone_change: OnPhoneChange | None = None
    without_number: WithoutNumber | None = None
    link: str | None = field(default=None, repr=False)
    link_hosts: tuple[str, ...] = ()
    declared: bool = False

    def numbered_by(self, heading: str) -> Profile:
        """Return the profile with the appointment number in the column of this heading, and in no other."""
        others = {name: target for name, target in self.columns.items() if target != "externalEventId"}
        return replace(self, columns={**others, heading: "externalEventId"})


EXPECTED: Final = "FROM..TO, such as 2027-03-01..2027-03-31 or today..+60d"

_DAYS = re.compile(r"([+-])(\d{1,4})d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar (``fixed``), or so many days from today (``offset_days``)."""

    fixed: date | None = None
    offset_days: int = 0

    def on(self, today: date) -> date:
        """Return the day, seen from today."""
        return self.fixed or today + timedelta(days=self.offset_days)

    def __str__(self) -> str:
        if self.fixed:
            return self.fixed.isoformat()
        return f"{self.offset_days:+d}d" if self.offset_days else "today"


@dataclass(frozen=True, slots=True)
class Window:
    """All days from ``first`` to ``last``, both included, as the appointment's own place counts days."""

    first: Day
    last: Day

    def has(self, day: date, *, today: date) -> bool:
        """Whether a day lies within, seen from today."""
        return self.first.on(today) <= day <= self.last.on(today)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def parse_window(text: str) -> Window:
    """Return the window that a text names. ``ValueError``: it names none, or ends before it begins."""
    first, dots, last = text.partition("..")
    window = Window(_day(first.strip()), _day(last.strip())) if dots else None
    if window is None or _ends_early(window):
        raise ValueError(EXPECTED)
    return window


def _day(text: str) -> Day:
    if text.casefold() == "today":
        return Day()
    if found := _DAYS.fullmatch(text):
        return Day(offset_days=int(found[1] + found[2]))
    try:
        return Day(fixed=date.fromisoformat(text))
    except ValueError:
        raise ValueError(EXPECTED) from None


def _ends_early(window: Window) -> bool:
    first, last = window.first, window.last
    if (first.fixed is None) != (last.fixed is None):
        return False
    today = date(2000, 1, 1)
    return last.on(today) < first.on(today)
