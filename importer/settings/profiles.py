"""The shape of a ``[profile.NAME]`` table, and the ``Profile`` that it makes."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from importer.model.profile import (
    DateOrder,
    DurationUnit,
    EventType,
    HiddenRows,
    Location,
    Missed,
    NameOrder,
    OnPhoneChange,
    PhoneForm,
    Profile,
    StartClock,
    WithoutNumber,
)
from importer.model.sending_window import SendingWindow
from importer.model.times import as_duration, duration_s, zone_names
from importer.normalizing.actions import is_translation
from importer.settings.values import action, did_you_mean, host_name, sheet_link, system, window
from schemas.fields import FIELD, METADATA_PREFIX

UUID_EXPECTED = "the type's uuid, such as 6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
_UUID = re.compile(r"\{?(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\}?")
_DIGIT = re.compile("[0-9]")
_PLACEHOLDER = re.compile(r"(?i)x{3}|uuid|[<>\u2026]|\.\.|^\W?([0-9a-f])(?:\1|-){20,}\W?$|^\W?12345678-?1234")
_REGION = re.compile(r"[A-Z]{2}")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
SHORTEST_WINDOW_MINUTES = 60


def known_zone(name: str) -> str:
    """Return an IANA zone name as it stands. ``ValueError``: there is no such zone."""
    if name not in zone_names():
        near = did_you_mean(name, sorted(zone_names()))
        raise ValueError(f"an IANA time zone name such as America/New_York.{near}".rstrip("."))
    return name


def duration(text: str) -> str:
    """Return an ISO 8601 duration of days to seconds as hours, minutes and seconds: ``P1DT90M`` is ``PT25H30M``."""
    total = duration_s(text.strip().upper())
    if not total:
        raise ValueError("an ISO 8601 duration of days to seconds, longer than nothing, such as PT3H or PT90M")
    return as_duration(total)


def field_name(text: str) -> str:
    """Return a field that a column may be. ``ValueError``: no such field."""
    if text in FIELD or (text.startswith(METADATA_PREFIX) and text != METADATA_PREFIX):
        return text
    raise ValueError(f"a field: {', '.join(FIELD)} or {METADATA_PREFIX}NAME.{did_you_mean(text, FIELD)}".rstrip("."))


def column_target(text: str) -> str:
    """Return the field that a heading means, "" to leave the column out."""
    return text and field_name(text)


def translations(values: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return what words mean, by field. ``ValueError``: a word is to mean an action that does not exist."""
    for typed, meant in values.get("action", {}).items():
        if not is_translation(meant):
            raise ValueError(f'create, update, cancel, no_show, upsert or none for the word "{typed}"')
    return values


def region(text: str) -> str:
    """Return an ISO 3166 country code in capitals."""
    if not _REGION.fullmatch(text.strip().upper()):
        raise ValueError("a country code of two letters such as US")
    return text.strip().upper()


def clock_time(text: str) -> str:
    """Return a time of day of 24 hours."""
    if not _CLOCK.fullmatch(text.strip()):
        raise ValueError("a time of day of 24 hours, such as 06:00")
    return text.strip()


def clock(text: str) -> time:
    """Return what ``clock_time`` let pass as a time of day."""
    return time.fromisoformat(text.rjust(5, "0"))


def opaque_uuid(text: str) -> str:
    """Return an appointment type's uuid: opaque, but no placeholder such as ``UUID``, ``xxxx`` or one digit throughout."""
    if not _DIGIT.search(text) or set(text) <= {"0", "-"} or _PLACEHOLDER.search(text):
        raise ValueError(UUID_EXPECTED)
    return text


def named_or_uuid(text: str, info: ValidationInfo) -> str:
    """Return the default appointment type: a name of ``event_types`` in any case, or what has the form of a uuid."""
    names = [name.casefold() for name in info.data.get("event_types") or {}]
    is_uuid = _UUID.fullmatch(text.strip()) and not _PLACEHOLDER.search(text.strip())
    if text.strip().casefold() in names or is_uuid:
        return text
    near = did_you_mean(text, list(info.data.get("event_types") or {}))
    raise ValueError(f"a name of event_types, or {UUID_EXPECTED}.{near}".rstrip("."))


def with_blanks(value: Any) -> Any:
    """Return ``first_last`` and ``first-last`` as ``first last``."""
    return value.replace("_", " ").replace("-", " ") if isinstance(value, str) else value


def event_type(value: Any) -> Any:
    """Return an event type's table; a bare text is its uuid."""
    return {"uuid": value} if isinstance(value, str) else value


Translations = Annotated[dict[Annotated[str, AfterValidator(field_name)], dict[str, str]], AfterValidator(translations)]
Zone = Annotated[str, AfterValidator(known_zone)]
Duration = Annotated[str, AfterValidator(duration)]
ColumnTarget = Annotated[str, AfterValidator(column_target)]
FieldName = Annotated[str, AfterValidator(field_name)]
Uuid = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^\S+$"), AfterValidator(opaque_uuid)
]
ActionName = Annotated[str, AfterValidator(action)]
SystemName = Annotated[str, AfterValidator(system)]
Region = Annotated[str, AfterValidator(region)]
ClockTime = Annotated[str, AfterValidator(clock_time)]
Hour = Annotated[int, Field(ge=0, le=24)]
Percent = Annotated[int, Field(ge=0, le=100)]
WindowText = Annotated[str, AfterValidator(window)]


class Shape(BaseModel):
    """Strict about types, so that ``"5"`` is no number, and about names, so that a slip of the pen is found."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


class LocationShape(Shape):
    """``[profile.NAME.locations."Main St"]``."""

    zone: Zone | None = None
    metadata: dict[str, str] = {}


class EventTypeShape(Shape):
    """``"Check-up" = { uuid = "...", metadata = ["eventLocation"] }``; the metadata names are those it needs."""

    uuid: Uuid
    metadata: list[str] = []


class WindowShape(Shape):
    """``window = { from = "08:00", to = "21:00" }``: long enough for a request and its repeats."""

    opens: ClockTime = Field(alias="from")
    closes: ClockTime = Field(alias="to")

    @model_validator(mode="after")
    def is_long(self) -> WindowShape:
        """Refuse a window that is shut all day, or for which no request is quick enough."""
        opens, closes = clock(self.opens), clock(self.closes)
        minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
        if minutes % (24 * 60) < SHORTEST_WINDOW_MINUTES:
            raise ValueError("at least an hour from `from` to `to`; leave `window` out to send at any time")
        return self


NamedEventType = Annotated[EventTypeShape, BeforeValidator(event_type)]


class ProfileShape(Shape):
    """The keys of ``Profile``, but for its name; defaults are Profile's own."""

    system: SystemName | None = None
    start_clock: StartClock | None = None
    missed: Missed | None = None
    hidden_rows: HiddenRows | None = None
    columns: dict[str, ColumnTarget] | None = None
    values: Translations | None = None
    action: ActionName | None = None
    region: Region | None = None
    phone_form: PhoneForm | None = None
    allow_unassigned_phones: bool | None = None
    zone: Zone | None = None
    zones: dict[str, Zone] | None = None
    locations: dict[str, LocationShape] | None = None
    event_types: dict[str, NamedEventType] | None = None
    event_type: Annotated[str, AfterValidator(named_or_uuid)] | None = None
    metadata: dict[str, str] | None = None
    date_order: DateOrder | None = None
    two_digit_years: bool | None = None
    name_order: Annotated[NameOrder, BeforeValidator(with_blanks)] | None = None
    duration_unit: DurationUnit | None = None
    duration_units: dict[FieldName, DurationUnit] | None = None
    remind_time_offset: Duration | None = None
    follow_up_time_offset: Duration | None = None
    send_eligible_subscribers_only: bool | None = None
    derive_external_ids: bool | None = None
    refuse_ambiguous_times: bool | None = None
    allow_past: bool | None = None
    horizon_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    night_from_hour: Hour | None = None
    night_to_hour: Hour | None = None
    snapshot: WindowText | None = None
    snapshot_locations: Annotated[list[str], AfterValidator(tuple)] | None = None
    cancel_missing: bool | None = None
    guard_count: Annotated[int, Field(ge=0)] | None = None
    guard_share_percent: Percent | None = None
    rows_tolerance_percent: Percent | None = None
    blanks_tolerance_percent: Percent | None = None
    families_share_phones: bool | None = None
    window: WindowShape | None = None
    on_phone_change: OnPhoneChange | None = None
    without_number: WithoutNumber | None = None
    link: Annotated[str, AfterValidator(sheet_link)] | None = None
    link_hosts: Annotated[list[Annotated[str, AfterValidator(host_name)]], AfterValidator(tuple)] | None = None


MEANINGS_OF_KEYS = {
    "system": "The known system whose exports these are, or `none`; else recognized by the headings",
    "start_clock": "On whose clock the starts of a known system's export are, where it does not say: `account` (then `zone`) or `customer`",
    "missed": "What rows of a known system ask for that say that nobody came: `no_show`, `cancel` or `none`; else such a row is a problem",
    "hidden_rows": "Rows that are hidden or filtered out in a workbook: `read` or `leave_out`; a file without them is no whole export",
    "columns": 'Heading as typed -> field; "" leaves the column out',
    "values": "Field -> value as typed -> value to read instead; under `action` also `none`: no request",
    "action": "What rows ask for when the sheet has no action column",
    "region": "Country of phones that are written without a country code",
    "phone_form": "How +1 phones are sent: `national` (ten digits) or `e164`",
    "allow_unassigned_phones": "Let well-formed phones pass whose area code does not exist",
    "zone": "Time zone of rows that name none",
    "zones": "Zone name as typed -> IANA name",
    "locations": "Place -> its `zone`, and the `metadata` that it adds",
    "event_type": "Appointment type of rows that name none: a name of `event_types`, or a uuid",
    "event_types": "Name as typed -> uuid, or `uuid` and the `metadata` that its messages need",
    "metadata": "Metadata for every row",
    "date_order": "Order of day and month in dates such as 3/4/2027: `dmy`, `mdy` or `ymd`",
    "two_digit_years": "Read 3/4/27 as 2027 instead of refusing it",
    "name_order": "Order of a full name without a comma: `first last` or `last first`",
    "duration_unit": "Unit of bare numbers as durations: `minutes`, `hours`, `days`, `h:mm` or `mm:ss`",
    "duration_units": "The same by field",
    "remind_time_offset": "Reminder before the start, for new rows that name none",
    "follow_up_time_offset": "Follow-up after the start, for new rows that name none",
    "send_eligible_subscribers_only": "For new rows that do not say",
    "derive_external_ids": "Make an appointment number for rows without one, from phone, start, zone and type",
    "refuse_ambiguous_times": "Refuse local times that happen twice in autumn, instead of warning",
    "allow_past": "Let appointments in the past pass",
    "horizon_days": "Refuse starts further ahead than so many days",
    "night_from_hour": "Reminders from this hour on are warned of",
    "night_to_hour": "Reminders before this hour are warned of",
    "snapshot": "Each file is everything from a day to a day, such as `today..+60d` or `2027-03-01..2027-03-31`",
    "snapshot_locations": "A snapshot is everything of these places only",
    "cancel_missing": "Cancel known appointments of the window that are missing from the snapshot, not only report them",
    "guard_count": "Hold the cancellations of missing appointments when there are more than so many",
    "guard_share_percent": "Hold them when they are more than this share of the known appointments of the window",
    "rows_tolerance_percent": "Hold a file whose number of rows differs by more than this from the baseline",
    "blanks_tolerance_percent": "Hold a file in which a field is blank in so many percent more rows than usual",
    "families_share_phones": "Let one phone have two appointments at the same time",
    "window": "Hours, of the appointment's zone, in which requests that text somebody leave: `from` and `to`",
    "on_phone_change": "A known appointment number with another phone: `replace` cancels the old reminder, then creates the new one; `add` lets both be",
    "without_number": "A row without a number for a person whose earlier one is gone from the file: `moved` updates it, `new` books a second visit",
    "link": "A published CSV or XLSX that is read where no FILE is named, `https://`; whoever has it can read the sheet, so only its host is shown",
    "link_hosts": 'Other hosts to which the link may redirect: `["*.googleusercontent.com"]`',
}


def profile_from(name: str, shape: ProfileShape) -> Profile:
    """Return the profile; what the table does not say keeps the default of ``Profile``."""
    given: dict[str, Any] = {
        key: getattr(shape, key) for key in ProfileShape.model_fields if key in shape.model_fields_set
    }
    if "locations" in given:
        places = given["locations"].items()
        given["locations"] = {place: Location(zone=told.zone, metadata=told.metadata) for place, told in places}
    if "event_types" in given:
        kinds = given["event_types"].items()
        given["event_types"] = {kind: EventType(uuid=told.uuid, metadata=tuple(told.metadata)) for kind, told in kinds}
    if shape.window is not None:
        given["window"] = SendingWindow(clock(shape.window.opens), clock(shape.window.closes), home=shape.zone)
    return Profile(name=name, declared=True, **given)
