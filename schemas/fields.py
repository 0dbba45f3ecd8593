"""
The fields of the Appointment Reminders API as one table.

Source: the reference document, "Create a new appointment reminder" and "Update an appointment reminder",
parameter tables; ``date``, ``time``, ``location`` and ``action`` are the importer's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

ActionName = Literal["create", "update", "cancel", "no_show"]
Need = Literal["required", "optional"]

METADATA_PREFIX: Final = "metadata."

_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Field:
    """
    One column that a sheet may have.

    ``aliases`` are headings seen in clinics' exports, compared by ``folded``: case, blanks, ``_``, ``-`` and
    a BOM make no difference. ``needs`` says which actions take the field, and whether they want it.
    ``in_body`` is False for what never stands in a JSON body (the path's uuid, the importer's own columns). ``is_text``: one
    line of at most 255 characters, sent as it stands; nothing else in the program is needed for it. Any other form is read
    by a function of its own (``importer.normalizing``) and judged by a check (``schemas.appointment``). ``is_name``: a
    person's name, beside which a cell may say that the visit is off or that the person has died. ``is_personal``: what
    the API says of such a value is quoted nowhere.
    """

    name: str
    title: str
    meaning: str
    example: str
    aliases: tuple[str, ...]
    needs: dict[ActionName, Need]
    in_body: bool = True
    updatable: bool = True
    is_text: bool = False
    is_name: bool = False
    is_personal: bool = False


def folded(heading: str) -> str:
    """Return a heading without case, BOM, blanks and punctuation: ``" E-Mail_Address"`` is ``"emailaddress"``."""
    return _NEITHER_LETTER_NOR_DIGIT.sub("", heading.replace("\ufeff", "").casefold())


def _everywhere(need: Need) -> dict[ActionName, Need]:
    return {"create": need, "update": need, "cancel": need, "no_show": need}


FIELDS: Final[tuple[Field, ...]] = (
    Field(
        name="action",
        title="Action",
        meaning="What to do with the row: create, update, cancel, no_show or upsert (create or update, as needed)",
        example="create",
        aliases=(
            "operation",
            "what to do",
            "appointment status",
            "appt status",
            "booking status",
        ),
        needs=_everywhere("optional"),
        in_body=False,
    ),
    Field(
        name="uuid",
        title="Reminder uuid",
        meaning="The identifier that the API gave when the reminder was created; not needed for what the ledger remembers",
        example="db04f6ff-42e4-4bba-a9d3-000000000000",
        aliases=(
            "reminder uuid",
            "reminder id",
            "attentive uuid",
            "attentive id",
        ),
        needs={"update": "optional", "cancel": "optional", "no_show": "optional"},
        in_body=False,
    ),
    Field(
        name="externalEventId",
        title="Appointment number",
        meaning="The appointment's number in the clinic's own system; with the phone it is the appointment's identity",
        example="112233",
        aliases=(
            "external id",
            "event id",
            "appointment id",
            "appointment number",
            "appointment no",
            "appointment ref",
            "appointment reference",
            "appt id",
            "appt no",
            "appt number",
            "apt num",
            "booking id",
            "booking number",
            "booking ref",
            "booking reference",
            "visit id",
            "visit number",
        ),
        needs=_everywhere("optional"),
        updatable=False,
    ),
    Field(
        name="phone",
        title="Mobile phone",
        meaning="The subscriber's phone number",
        example="(415) 555-2671",
        aliases=(
            "phone number",
            "phone no",
            "mobile",
            "mobile phone",
            "mobile phone number",
            "mobile number",
            "mobile no",
            "cell",
            "cell phone",
            "cell phone number",
            "cell number",
            "telephone",
            "telephone number",
            "tel",
            "wireless phone",
            "patient phone",
            "patient phone number",
            "patient mobile",
            "patient mobile phone",
            "patient mobile number",
            "patient cell phone",
            "client phone",
            "client phone number",
            "client mobile",
            "client mobile phone",
            "client mobile number",
            "client cell phone",
            "customer phone",
            "customer phone number",
            "customer mobile",
            "customer mobile phone",
            "customer mobile number",
            "customer cell phone",
            "contact number",
            "sms number",
            "text reminder number",
        ),
        needs={"create": "required", "update": "optional", "cancel": "optional", "no_show": "optional"},
        updatable=False,
        is_personal=True,
    ),
    Field(
        name="countryCode",
        title="Calling code",
        meaning="The calling code of the phone's country, where the sheet keeps it apart from the number",
        example="+44",
        aliases=(
            "calling code",
            "country calling code",
            "phone country code",
            "mobile country code",
            "cell country code",
            "telephone country code",
            "country code phone",
            "dial code",
            "dialing code",
            "dialling code",
            "country dial code",
            "country dialing code",
            "country dialling code",
            "phone code",
            "phone prefix",
            "phone country prefix",
            "mobile prefix",
            "country prefix",
            "international code",
            "international prefix",
            "international dialing code",
            "intl code",
            "isd code",
            "patient country code",
            "client country code",
            "customer country code",
        ),
        needs=_everywhere("optional"),
        in_body=False,
    ),
    Field(
        name="firstName",
        title="First name",
        meaning="The subscriber's first name",
        example="Ana",
        aliases=(
            "given name",
            "forename",
            "fname",
            "patient first name",
            "client first name",
            "customer first name",
            "invitee first name",
        ),
        needs={"create": "optional", "update": "optional"},
        is_text=True,
        is_name=True,
        is_personal=True,
    ),
    Field(
        name="lastName",
        title="Last name",
        meaning="The subscriber's last name",
        example="O'Brien",
        aliases=(
            "surname",
            "family name",
            "lname",
            "patient last name",
            "client last name",
            "customer last name",
            "invitee last name",
            "patient surname",
        ),
        needs={"create": "optional", "update": "optional"},
        is_text=True,
        is_name=True,
        is_personal=True,
    ),
    Field(
        name="fullName",
        title="Full name",
        meaning="First and last name in one cell: Last, First; or as the profile's name_order says",
        example="O'Brien, Ana",
        aliases=(
            "patient",
            "patient name",
            "patient full name",
            "name of patient",
            "client",
            "client name",
            "client full name",
            "customer",
            "customer name",
            "customer full name",
            "guest name",
            "invitee name",
            "attendee name",
            "contact name",
            "member name",
            "subscriber name",
        ),
        needs={"create": "optional", "update": "optional"},
        in_body=False,
        is_name=True,
        is_personal=True,
    ),
    Field(
        name="emailAddress",
        title="E-mail",
        meaning="The subscriber's e-mail address; the reminder itself goes by text message",
        example="ana@example.com",
        aliases=(
            "email",
            "patient email",
            "client email",
            "customer email",
            "invitee email",
            "patient email address",
            "client email address",
            "customer email address",
        ),
        needs={"create": "optional", "update": "optional"},
        is_personal=True,
    ),
    Field(
        name="eventType",
        title="Appointment type",
        meaning="The appointment type: its uuid, or a name that the profile translates",
        example="Check-up",
        aliases=(
            "event type uuid",
            "event type name",
            "appointment type",
            "appointment type uuid",
            "appointment type name",
            "appt type",
            "type of appointment",
            "visit type",
            "booking type",
            "service",
            "service name",
            "treatment",
        ),
        needs={"create": "required", "update": "optional"},
        updatable=False,
    ),
    Field(
        name="remindTimeOffset",
        title="Remind before",
        meaning="How long before the start the reminder text goes out; the default is sent when a new row leaves it blank",
        example="PT3H",
        aliases=(
            "reminder offset",
            "reminder time offset",
            "remind before",
            "reminder before",
            "reminder lead time",
        ),
        needs={"create": "optional", "update": "optional"},
    ),
    Field(
        name="followUpTimeOffset",
        title="Follow up after",
        meaning="How long after the start the follow-up text goes out, unless a no-show was sent",
        example="PT2H",
        aliases=(
            "follow up offset",
            "follow up after",
            "follow up",
        ),
        needs={"create": "optional", "update": "optional"},
    ),
    Field(
        name="eventDateTime",
        title="Appointment start",
        meaning="The appointment's local start in its time zone",
        example="2027-03-04T14:30:00",
        aliases=(
            "appointment date time",
            "appointment start",
            "appointment start date time",
            "appointment date and time",
            "appt date time",
            "appt start",
            "apt date time",
            "appointment starts at",
            "date and time",
            "start",
            "start time and date",
            "start date time",
            "start date and time",
            "start at",
            "starts at",
            "scheduled for",
        ),
        needs={"create": "required", "update": "optional"},
    ),
    Field(
        name="subscriberTimeZone",
        title="Time zone",
        meaning="The zone in which the start is meant: an IANA time zone name",
        example="America/New_York",
        aliases=(
            "time zone",
            "tz",
            "iana time zone",
            "time zone name",
            "appointment time zone",
            "patient time zone",
            "client time zone",
            "customer time zone",
            "invitee time zone",
        ),
        needs={"create": "required", "update": "optional"},
    ),
    Field(
        name="sendEligibleSubscribersOnly",
        title="Eligible subscribers only",
        meaning="true: make the reminder only if the subscriber is eligible now; it cannot be changed later",
        example="true",
        aliases=(
            "eligible only",
            "eligible subscribers only",
            "only eligible",
            "send eligible only",
        ),
        needs={"create": "optional"},
        updatable=False,
    ),
    Field(
        name="metadata",
        title="Metadata",
        meaning="Values for the message macros: one column of JSON, or a column metadata.NAME for each value",
        example='{"eventLocation": "New York"}',
        aliases=(
            "macros",
            "message values",
        ),
        needs={"create": "optional", "update": "optional"},
    ),
    Field(
        name="date",
        title="Date",
        meaning="The day of the appointment, where the sheet keeps day and time apart",
        example="2027-03-04",
        aliases=(
            "appointment date",
            "appt date",
            "event date",
            "visit date",
            "start date",
            "appointment start date",
        ),
        needs={"create": "optional", "update": "optional"},
        in_body=False,
    ),
    Field(
        name="time",
        title="Time",
        meaning="The time of the appointment, where the sheet keeps day and time apart",
        example="14:30",
        aliases=(
            "appointment time",
            "appt time",
            "event time",
            "visit time",
            "start time",
            "appointment start time",
            "appt start time",
        ),
        needs={"create": "optional", "update": "optional"},
        in_body=False,
    ),
    Field(
        name="location",
        title="Location",
        meaning="A place that the profile knows: it gives the row its time zone and metadata",
        example="Downtown",
        aliases=(
            "site",
            "clinic",
            "branch",
            "office",
            "store",
            "salon",
            "practice",
            "location name",
        ),
        needs={"create": "optional", "update": "optional"},
        in_body=False,
    ),
)

FIELD: Final[dict[str, Field]] = {field.name: field for field in FIELDS}

BODY_FIELDS: Final[tuple[str, ...]] = tuple(field.name for field in FIELDS if field.in_body)

TEXTS: Final[tuple[str, ...]] = tuple(field.name for field in FIELDS if field.is_text)

NAMES: Final[frozenset[str]] = frozenset(field.name for field in FIELDS if field.is_name)

PERSONAL: Final[tuple[str, ...]] = tuple(field.name for field in FIELDS if field.is_personal and field.in_body)


def alias_table() -> dict[str, str]:
    """Return every accepted heading, folded, with the field that it names; a heading names one field only."""
    return {folded(text): field.name for field in FIELDS for text in (field.name, *field.aliases)}
