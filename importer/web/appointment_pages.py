"""One appointment: found by the patient's name, a phone or a number; cancelled, moved, its no-show sent, or a change taken back."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.commands.drafts.one_appointment import TITLES, why_not
from importer.ledger.page.import_values import Import
from importer.ledger.page.user_records import Role
from importer.model.statuses import ReminderState
from importer.reporting.wording import LABELS, in_words, phone_words, zone_words
from importer.web.import_visits import LONGEST_NUMBER, moment, zone_of
from importer.web.imports import url_of
from importer.web.pages import go, show
from importer.web.review_pages import in_words_of
from importer.web.site import Refused, Route, Tab, nothing_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from importer.ledger.page.appointments_seen import Seen
    from importer.model.records import Reminder
    from importer.web.site import Visit


MOST_FOUND: Final = 50
LONGEST_SEARCH: Final = 200
STATES: Final[Mapping[ReminderState, tuple[str, str, str]]] = {
    ReminderState.ACTIVE: ("=", "On", "unchanged"),
    ReminderState.CANCELLED: ("-", "Cancelled", "cancelled"),
    ReminderState.NO_SHOW_SENT: ("x", "No-show sent", "no_show_sent"),
    ReminderState.UNCERTAIN: ("?", "Not known", "unknown"),
}
"""Sign, word and colour of how an appointment stands."""


class Found(NamedTuple):
    """An appointment in a list: its page, patient, phone, number, start, and how it stands as a badge."""

    url: str
    name: str
    phone: str
    number: str
    start: str
    badge: tuple[str, str, str]


def search(visit: Visit) -> Response:
    """Show where appointments are looked for."""
    return show(visit, "appointments.html.j2", searched="", found=None)


def found(visit: Visit) -> Response:
    """Show the appointments that a text means. It stands in no address, so in no history."""
    text = " ".join(visit.text("q").split())[:LONGEST_SEARCH]
    if not text:
        return search(visit)
    some = visit.site.store.appointments.search(text, limit=MOST_FOUND + 1)
    lines = [line_of(each) for each in some[:MOST_FOUND]]
    return show(visit, "appointments.html.j2", searched=text, found=lines, is_more=len(some) > MOST_FOUND)


def line_of(seen: Seen) -> Found:
    """Return an appointment as a list shows it."""
    one = seen.reminder
    return Found(
        url=f"/appointments/{seen.key}",
        name=name_of(one.values) or "No name",
        phone=phone_of(one),
        number=one.open_key.external_event_id if one.open_key else "",
        start=start_of(one.values),
        badge=badge_of(one),
    )


def name_of(values: Mapping[str, Any]) -> str:
    """Return the patient's name, "" where none is known."""
    return f"{values.get('firstName', '')} {values.get('lastName', '')}".strip()


def phone_of(one: Reminder) -> str:
    """Return the phone as people write it, "" where none is known."""
    return phone_words(one.open_key.phone if one.open_key else str(one.values.get("phone", "")))


def start_of(values: Mapping[str, Any]) -> str:
    """Return when the visit begins, in its own zone, "" where it is not known."""
    start, name = str(values.get("eventDateTime", "")), str(values.get("subscriberTimeZone", ""))
    return f"{in_words(start)} ({zone_words(name)})" if start and name else in_words(start) if start else ""


def badge_of(one: Reminder) -> tuple[str, str, str]:
    """Return how an appointment stands."""
    return STATES[ReminderState.UNCERTAIN if one.in_doubt else one.state]


def appointment_of(visit: Visit) -> tuple[int, Reminder]:
    """Return the appointment that the address names. ``Refused``: there is none."""
    text = visit.part("key")
    if not (text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER):
        raise nothing_here()
    one = visit.site.store.appointments.find(int(text))
    if one is None:
        raise nothing_here()
    return int(text), one


def appointment(visit: Visit) -> Response:
    """Show an appointment, and what can be done with it."""
    key, one = appointment_of(visit)
    return shown(visit, key, one)


def shown(visit: Visit, key: int, one: Reminder, *, status: int = 200, wrong: str = "") -> Response:
    """Return the page. ``wrong``: what is wrong with the new start."""
    job = visit.site.work.jobs.job()
    types = {kind.uuid: name for name, kind in job.profile.event_types.items()}
    now = visit.site.now()
    return show(
        visit,
        "appointment.html.j2",
        status=status,
        key=key,
        name=name_of(one.values) or "Appointment without a name",
        start=start_of(one.values),
        badge=badge_of(one),
        values=in_words_of(one.values, types),
        zone_words=zone_words(str(one.values.get("subscriberTimeZone", ""))),
        why={what: why_not(one, what, now=now) for what in TITLES},
        run=one.run,
        changed=moment(visit, one.updated_at, str(one.values.get("subscriberTimeZone") or zone_of(visit))),
        is_in_doubt=one.in_doubt is not None,
        label=LABELS,
        wrong=wrong,
        typed=visit.text("when"),
    )


def change(visit: Visit) -> Response:
    """Make an import of one row that changes the appointment; it is reviewed and sent like any other."""
    key, one = appointment_of(visit)
    what = visit.part("what")
    if what not in TITLES:
        raise nothing_here()
    now = visit.site.now()
    if why := why_not(one, what, now=now):
        raise Refused(409, why, "Go back to the appointment to see how it stands now.")
    when = visit.text("when").strip()
    if what == "move" and not _is_start(when):
        return shown(visit, key, one, status=422, wrong="Enter the day and the time of the new start.")
    made = Import(
        id=secrets.token_hex(8),
        owner=visit.who.id,
        by=visit.who.name,
        created_at=now,
        changed_at=now,
        name=TITLES[what],
        facts={"made": {"what": what, "uuid": one.uuid, "when": when.replace("T", " "), "key": key}},
    )
    visit.site.store.imports.add(made)
    visit.site.store.audit.add(what, at=now, user=visit.who, import_id=made.id, appointment=key)
    visit.site.work.checks.submit(made.id)
    return go(visit, url_of(made))


def _is_start(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text


ROUTES: Final = (
    Route("GET", "/appointments", search, lowest=Role.COORDINATOR),
    Route("POST", "/appointments", found, lowest=Role.COORDINATOR),
    Route("GET", "/appointments/{key}", appointment, lowest=Role.COORDINATOR),
    Route("POST", "/appointments/{key}/{what}", change, lowest=Role.COORDINATOR),
)
TABS: Final = (Tab("Appointments", "/appointments", ("/appointments/",), lowest=Role.COORDINATOR),)
