"""Pages of an import before its review: being checked, not readable, forgotten; and the address that leads to where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.reporting.wording import counted
from importer.web.import_visits import CHANGED, elsewhere, import_of, moment, owner_of, refuse_stale, shared, zone_of
from importer.web.imports import WAITING, move, url_of
from importer.web.pages import go, show, show_part
from importer.web.site import Refused, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from importer.ledger.page.import_values import Import
    from importer.web.site import Visit


STAGES: Final[Mapping[str, str]] = {
    "reading": "Reading the sheet",
    "checking": "Checking every row",
    "planning": "Comparing with what was sent before",
}


def where(visit: Visit) -> Response:
    """Lead to the page on which the import stands now."""
    return go(visit, url_of(import_of(visit)))


def checking(visit: Visit) -> Response:
    """Show how far the check has come."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, WAITING)) is not None:
        return way
    return show(visit, "checking.html.j2", **shared(visit, one, step="Upload"), **_progress(visit, one))


def checking_part(visit: Visit) -> Response:
    """Return how far the check has come, for the page that asks now and then; once it is over the page is led on."""
    one = import_of(visit)
    if one.state not in WAITING:
        return led_on(visit, one)
    return show_part(visit, "checking_part.html.j2", **shared(visit, one, step="Upload"), **_progress(visit, one))


def led_on(visit: Visit, one: Import) -> Response:
    """Have htmx load the page on which the import stands now."""
    response = show_part(visit, "nothing.html.j2")
    response.headers["hx-redirect"] = url_of(one)
    return response


def _progress(visit: Visit, one: Import) -> dict[str, Any]:
    told = visit.site.work.checks.told(one.id)
    stage, done, total = told.get("stage", ""), int(told.get("done") or 0), told.get("total")
    share = round(100 * done / total) if total else None
    return {
        "stage": STAGES.get(stage, "Getting ready"),
        "ahead": int(told.get("ahead") or 0),
        "share": None if share is None else min(share, 100),
        "tenth": None if share is None else min(share // 10 * 10, 100),
        "counted_rows": counted(done, "row") if stage in {"checking", "planning"} and done else "",
        "facts": one.facts,
        "before": same_bytes(visit, one),
    }


def same_bytes(visit: Visit, one: Import) -> list[dict[str, str]]:
    """Return earlier imports of the very same bytes that were sent: when, how it ended, and where to look."""
    place = zone_of(visit)
    found = visit.site.store.imports.same_bytes(one.sha256, but=one.id) if one.sha256 else []
    sees_all = visit.who.role is not Role.COORDINATOR
    return [
        {"when": moment(visit, each.changed_at, place), "by": each.by, "headline": str(each.result.get("headline", "")),
         "url": url_of(each) if sees_all or each.owner == visit.who.id else ""}
        for each in found
        if each.created_at <= one.created_at and each.state in {ImportState.FINISHED, ImportState.STOPPED}
    ][:1]  # fmt: skip


def cancel(visit: Visit) -> Response:
    """End the check; nothing was sent."""
    one = import_of(visit)
    if one.state in WAITING:
        visit.site.work.checks.cancel(one.id)
    return go(visit, f"/imports/{one.id}")


def unreadable(visit: Visit) -> Response:
    """Show why the sheet cannot be read, and let another one of its workbook be chosen."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, {ImportState.UNREADABLE})) is not None:
        return way
    return show(visit, "unreadable.html.j2", **shared(visit, one, step="Upload"), facts=one.facts)


def choose_sheet(visit: Visit) -> Response:
    """Check another sheet of the workbook."""
    one = import_of(visit)
    refuse_stale(visit, one)
    chosen = visit.text("sheet")
    if chosen not in one.facts.get("sheets", ()):
        raise Refused(400, "There is no such sheet in this workbook.", "Go back and choose one of the list.")
    if one.state not in {ImportState.UNREADABLE, ImportState.REVIEW, ImportState.COLUMNS}:
        raise CHANGED
    # What was asked and answered is about the columns of the other sheet.
    facts = {name: value for name, value in one.facts.items() if name not in {"asked", "answers"}}
    again(visit, one, options={**unapproved(one.options), "sheet": chosen}, facts=facts, draft=None)
    return go(visit, f"/imports/{one.id}/checking")


def check_again(visit: Visit) -> Response:
    """Check a sheet once more that could not be used: what was wrong with the settings or the ledger may be right by now."""
    one = import_of(visit)
    refuse_stale(visit, one)
    if one.state is not ImportState.UNREADABLE:
        raise CHANGED
    again(visit, one, facts={**one.facts, "anew": True})
    return go(visit, f"/imports/{one.id}/checking")


def again(visit: Visit, one: Import, **values: Any) -> None:
    """
    Have an import checked again. ``Refused``: it has moved on meanwhile.

    What was approved counts no more unless the ``options`` say it: it was said of the rows of another plan.
    """
    kept = {"options": unapproved(one.options), **values}
    if not move(visit.site.store.imports, one, ImportState.UPLOADED, at=visit.site.now(), **kept):
        raise CHANGED
    visit.site.work.checks.submit(one.id)


def unapproved(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an import without what a person approved."""
    return {name: value for name, value in options.items() if name not in {"release", "approve"}}


def forgotten(visit: Visit) -> Response:
    """Show why an import came to nothing."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, {ImportState.FORGOTTEN})) is not None:
        return way
    return show(visit, "forgotten.html.j2", **shared(visit, one, step="Upload"))


ROUTES: Final = (
    Route("GET", "/imports/{id}", where, lowest=Role.VIEWER, owner=owner_of),
    Route("GET", "/imports/{id}/checking", checking, lowest=Role.VIEWER, owner=owner_of),
    Route("GET", "/imports/{id}/checking/part", checking_part, lowest=Role.VIEWER, owner=owner_of, polls=True),
    Route("POST", "/imports/{id}/cancel", cancel, lowest=Role.COORDINATOR, owner=owner_of),
    Route("GET", "/imports/{id}/unreadable", unreadable, lowest=Role.VIEWER, owner=owner_of),
    Route("POST", "/imports/{id}/check", check_again, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/sheet", choose_sheet, lowest=Role.COORDINATOR, owner=owner_of),
    Route("GET", "/imports/{id}/forgotten", forgotten, lowest=Role.VIEWER, owner=owner_of),
)
