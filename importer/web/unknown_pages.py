"""What is in doubt: requests that were sent and never answered, each a question with two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from importer.commands.report import resolve
from importer.errors import UsageError
from importer.ledger.page.user_records import Role
from importer.model.statuses import Action
from importer.reporting.wording import phone_words
from importer.web.appointment_pages import name_of, start_of
from importer.web.import_visits import moment, zone_of
from importer.web.pages import go, show
from importer.web.run_digest import digest
from importer.web.site import Refused, Route, Tab, nothing_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from importer.ledger.page.appointments_seen import InDoubt
    from importer.ledger.page.import_values import Import
    from importer.web.site import Visit


ASKED: Final[Mapping[Action, tuple[str, str, str]]] = {
    Action.CREATE: ("Is this appointment in Attentive?", "Yes, it is there", "No, it is not there"),
    Action.UPDATE: ("Does Attentive have the new values?", "Yes, it has them", "No, the old ones"),
    Action.CANCEL: ("Is this appointment cancelled in Attentive?", "Yes, it is cancelled", "No, it is still on"),
    Action.NO_SHOW: ("Was the no-show of this appointment sent?", "Yes, it was sent", "No, it was not"),
}
"""What is asked about a request, and the two answers."""


class Doubt(NamedTuple):
    """A row in doubt as the page shows it. ``url``: of the import that it came with, "" where there is none."""

    row: int
    run: str
    number: int
    file: str
    url: str
    name: str
    phone: str
    start: str
    appointment: str
    when: str
    question: str
    yes: str
    no: str
    needs_uuid: bool


def unknown(visit: Visit) -> Response:
    """Show what is in doubt; coordinators see what they have sent themselves."""
    return shown(visit)


def shown(visit: Visit, *, status: int = 200, row: int = 0, wrong: str = "") -> Response:
    """Return the page. ``wrong``: why the answer about a ``row`` cannot be."""
    doubts = [_doubt(visit, one, of) for one, of in seen_by(visit)]
    may_change = visit.who.role.may(Role.COORDINATOR)
    names = {"doubts": doubts, "wrong": wrong, "wrong_row": row, "typed": visit.text("uuid"), "may_change": may_change}
    return show(visit, "unknown.html.j2", status=status, **names)


def seen_by(visit: Visit) -> list[tuple[InDoubt, Import | None]]:
    """Return the rows in doubt that a person may see, each with the import that it came with, if it came with one."""
    found = visit.site.store.appointments.in_doubt()
    imports = visit.site.store.imports.of_runs({one.run for one in found})
    sees_all = visit.who.role is not Role.COORDINATOR
    pairs = [(one, imports.get(one.run)) for one in found]
    return [(one, of) for one, of in pairs if sees_all or (of is not None and of.owner == visit.who.id)]


def _doubt(visit: Visit, one: InDoubt, of: Import | None) -> Doubt:
    question, yes, no = ASKED[one.action]
    return Doubt(
        row=one.row,
        run=one.run,
        number=one.number,
        file=of.name if of is not None else one.file,
        url=f"/imports/{of.id}" if of is not None else "",
        name=name_of(one.values) or one.external_event_id or one.uuid or f"Row {one.number}",
        phone=phone_words(one.phone or ""),
        start=start_of(one.values),
        appointment=one.external_event_id or "",
        when=moment(visit, one.settled_at, zone_of(visit, of)) if one.settled_at else "",
        question=question,
        yes=yes,
        no=no,
        needs_uuid=one.action is Action.CREATE and not one.uuid,
    )


def settle(visit: Visit) -> Response:
    """Settle a row as a person found out."""
    text, answer = visit.text("row"), visit.text("answer")
    pairs = [(one, of) for one, of in seen_by(visit) if str(one.row) == text and one.run == visit.part("run")]
    if not pairs:
        raise nothing_here()
    one, of = pairs[0]
    if answer not in {"yes", "no"}:
        raise Refused(400, "No answer was chosen.", "Go back and press one of the two buttons.")
    which = one.number or one.external_event_id or one.uuid or 0
    is_sent, uuid = answer == "yes", visit.text("uuid").strip() or None
    job = visit.site.work.jobs.job({"profile": one.profile} if one.profile else {})
    try:
        result = resolve(job, one.run, [which], sent=is_sent, uuid=uuid if is_sent else None)
    except UsageError as error:
        return shown(visit, status=422, row=one.row, wrong=str(error))
    visit.site.store.audit.add(
        "resolved", at=visit.site.now(), user=visit.who, import_id=of.id if of else None, run=one.run, row=one.number
    )
    if of is not None:
        visit.site.store.imports.note(of.id, of.state, of.version, at=of.changed_at, result=digest(result))
    return go(visit, "/unknown", say="settled")


ROUTES: Final = (
    Route("GET", "/unknown", unknown, lowest=Role.VIEWER),
    Route("POST", "/unknown/{run}", settle, lowest=Role.COORDINATOR),
)
TABS: Final = (Tab("Unknown", "/unknown", ("/unknown/",)),)
