"""Sending, as it goes: how far it has come, and Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import SENT_AS, Action, Status
from importer.reporting.wording import LABELS, counted
from importer.web.checking_pages import led_on
from importer.web.import_visits import draft_of, elsewhere, import_of, moment, owner_of, shared, zone_of
from importer.web.imports import SENDING
from importer.web.pages import go, show, show_part
from importer.web.sending import HALTED
from importer.web.site import Route

if TYPE_CHECKING:
    from starlette.responses import Response

    from importer.ledger.page.import_values import Import
    from importer.web.site import Visit


# Left to be sent, or never to be: not an end of the request itself.
_OPEN: Final = (None, Status.NOT_SENT, Status.HELD, Status.INVALID)


class Part(NamedTuple):
    """One kind of change: how many of all are done, in words and by the colour of their status."""

    done: int
    all: int
    words: str
    colour: str


def progress(visit: Visit) -> Response:
    """Show how far sending has come."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, SENDING)) is not None:
        return way
    return show(visit, "progress.html.j2", **_names(visit, one))


def progress_part(visit: Visit) -> Response:
    """Return how far sending has come, for the page that asks now and then; at its end the page is led on."""
    one = import_of(visit)
    if one.state not in SENDING:
        return led_on(visit, one)
    return show_part(visit, "progress_part.html.j2", **_names(visit, one))


def _names(visit: Visit, one: Import) -> dict[str, Any]:
    draft = draft_of(visit, one)
    run = (draft.run if draft is not None else None) or one.run
    found = visit.site.store.progress.of(run) if run else []
    planned = dict(draft.plan.calls) if draft is not None else {}
    ended = {
        action: sum(each.rows for each in found if each.action is action and each.status not in _OPEN)
        for action in SENT_AS
    }
    good = {
        action: sum(each.rows for each in found if each.action is action and each.status == SENT_AS[action])
        for action in SENT_AS
    }
    all_of = {action: max(planned.get(action.value, 0), ended[action]) for action in SENT_AS}
    done, total = sum(ended.values()), sum(all_of.values())
    failed = sum(each.rows for each in found if each.status is Status.FAILED)
    unknown = sum(each.rows for each in found if each.status is Status.UNKNOWN)
    share = min(100 * done // total, 100) if total else 0
    where = zone_of(visit, one, draft)
    texted = sum(good[action] for action in (Action.CREATE, Action.CANCEL, Action.NO_SHOW))
    return {
        **shared(visit, one, step="Progress", name=where),
        "done": done,
        "total": total,
        "left": max(total - done, 0),
        "share": share,
        "tenth": share // 10 * 10,
        "parts": [
            Part(good[action], all_of[action], LABELS[SENT_AS[action]].lower(), SENT_AS[action].value)
            for action in SENT_AS
            if all_of[action]
        ],
        "failed": failed,
        "unknown": unknown,
        "texted": counted(texted, "person", "people"),
        "texted_count": texted,
        "ahead": _ahead(visit, one),
        "halted": HALTED if visit.site.work.sending.is_halted else "",
        "goes_on": moment(visit, one.goes_on_at, where) if one.goes_on_at is not None else "",
        "is_queued": one.state is ImportState.QUEUED,
        "is_waiting": one.state is ImportState.INTERRUPTED,
        "begun": moment(visit, one.agreed["at"], where) if one.agreed else "",
    }


def _ahead(visit: Visit, one: Import) -> int:
    """Return how many imports are sent before this one."""
    if one.state is not ImportState.QUEUED:
        return 0
    before = visit.site.store.imports.standing([ImportState.RUNNING])
    queue = visit.site.store.imports.standing([ImportState.QUEUED])
    return len(before) + [each.id for each in queue].index(one.id) if one.id in {each.id for each in queue} else 0


def stop(visit: Visit) -> Response:
    """Send no more of the import."""
    one = import_of(visit)
    if one.state in SENDING:
        visit.site.work.sending.stop(one)
        visit.site.store.audit.add("stopped", at=visit.site.now(), user=visit.who, import_id=one.id)
    return go(visit, f"/imports/{one.id}")


ROUTES: Final = (
    Route("GET", "/imports/{id}/progress", progress, lowest=Role.VIEWER, owner=owner_of),
    Route("GET", "/imports/{id}/progress/part", progress_part, lowest=Role.VIEWER, owner=owner_of, polls=True),
    Route("POST", "/imports/{id}/stop", stop, lowest=Role.COORDINATOR, owner=owner_of),
)
