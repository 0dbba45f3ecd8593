"""The first page: a sheet is uploaded there, and what was imported is listed, newest first."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.datastructures import UploadFile

from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import Status
from importer.reporting.wording import counted
from importer.settings import profile_names
from importer.web.import_visits import LONGEST_NUMBER, moment, zone_of
from importer.web.imports import url_of
from importer.web.pages import go, show
from importer.web.site import UPLOAD, Refused, Route, Tab
from importer.web.uploads import kept_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from importer.web.site import Visit


PAGE_ROWS: Final = 50


class Line(NamedTuple):
    """An import in the list: when, its file, where it stands as a badge, what came of it, and where to go next."""

    when: str
    name: str
    rows: str
    badge: tuple[str, str, str]
    result: str
    go_to: str
    next: str
    by: str


def history(visit: Visit) -> Response:
    """Show what was imported; admins and viewers see the imports of all."""
    of_all = visit.who.role is not Role.COORDINATOR
    found = visit.site.store.imports.newest(
        None if of_all else visit.who.id,
        limit=PAGE_ROWS + 1,
        before=_before(visit.request.query_params.get("before", "")),
    )
    some = found[:PAGE_ROWS]
    where = zone_of_all(visit, some)
    return show(
        visit,
        "history.html.j2",
        lines=[line(visit, one, where) for one in some],
        of_all=of_all,
        further=f"{some[-1].created_at!r}-{some[-1].id}" if len(found) > PAGE_ROWS else "",
        is_first=not visit.request.query_params.get("before"),
        may_upload=visit.who.role.may(Role.COORDINATOR),
        profiles=profile_names(visit.site.settings),
        profile=visit.site.settings.profile,
    )


def _before(text: str) -> tuple[float, str] | None:
    at, _, name = text.partition("-")
    try:
        return (float(at), name) if name and len(at) < 2 * LONGEST_NUMBER else None
    except ValueError:
        return None


def zone_of_all(visit: Visit, some: Sequence[Import]) -> str:
    """Return the zone for a whole list, or the newest would not seem to be the last: that of the newest sheet that is known."""
    of_sheets = (one.result.get("zone") or one.facts.get("zone") for one in some)
    return visit.site.profile.zone or next((str(each) for each in of_sheets if each), "") or zone_of(visit)


def line(visit: Visit, one: Import, where: str) -> Line:
    """Return an import as the list shows it, its time in a zone."""
    rows = one.facts.get("rows")
    sign, word, css = _badge(one)
    result, following = _standing(one)
    return Line(
        when=moment(visit, one.created_at, where),
        name=one.name,
        rows=counted(rows, "row") if rows is not None else "",
        badge=(sign, word, css),
        result=result,
        go_to=url_of(one),
        next=following,
        by=one.by,
    )


def _badge(one: Import) -> tuple[str, str, str]:
    told = one.result.get("totals", {})
    unknown = told.get(Status.UNKNOWN.value, 0)
    wanting = sum(count for status, count in told.items() if not Status(status).done)
    fixed = {
        ImportState.UPLOADED: ("…", "Waiting for its check", ""),
        ImportState.CHECKING: ("…", "Checking", ""),
        ImportState.UNREADABLE: ("!", "Could not be read", "failed"),
        ImportState.COLUMNS: ("?", "Columns to settle", "invalid"),
        ImportState.REVIEW: ("-", "Not sent", ""),
        ImportState.QUEUED: ("…", "In line", ""),
        ImportState.RUNNING: ("…", "Sending", ""),
        ImportState.INTERRUPTED: ("…", "Goes on later", "invalid"),
        ImportState.STOPPED: ("!", "Stopped", "failed"),
        ImportState.FORGOTTEN: ("-", "Not sent", ""),
    }
    if one.state in fixed:
        return fixed[one.state]
    if unknown:
        return ("?", f"{unknown:,} unknown", "unknown")
    if wanting:
        return ("!", f"{wanting:,} {'needs' if wanting == 1 else 'need'} attention", "invalid")
    return ("✓", "Done", "created")


def _standing(one: Import) -> tuple[str, str]:
    """Return what came of an import in a few words, and the next step."""
    waiting = {
        ImportState.UPLOADED: ("", "See where it stands"),
        ImportState.CHECKING: ("", "See where it stands"),
        ImportState.UNREADABLE: ("Nothing was sent", "See why"),
        ImportState.COLUMNS: ("Nothing was sent", "Settle the columns"),
        ImportState.REVIEW: ("Draft, nothing was sent", "Review"),
        ImportState.QUEUED: ("", "See where it stands"),
        ImportState.RUNNING: ("", "See where it stands"),
        ImportState.INTERRUPTED: ("", "See where it stands"),
        ImportState.FORGOTTEN: ("Nothing was sent", "See why"),
    }
    if one.state in waiting:
        return waiting[one.state]
    return str(one.result.get("headline", "")), "Report"


def upload(visit: Visit) -> Response:
    """Keep a sheet and have it checked."""
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Refused(400, "No file was chosen.", "Go back, choose a sheet, and press Upload.")
    kept = visit.site.work.uploads.take(file.file)
    now = visit.site.now()
    made = Import(
        id=secrets.token_hex(8),
        owner=visit.who.id,
        by=visit.who.name,
        created_at=now,
        changed_at=now,
        copy=kept.copy,
        sha256=kept.sha256,
        size=kept.size,
        name=kept_name(file.filename),
        profile=_profile(visit),
    )
    visit.site.store.imports.add(made)
    visit.site.store.audit.add("uploaded", at=now, user=visit.who, import_id=made.id, bytes=kept.size)
    visit.site.work.checks.submit(made.id)
    return go(visit, url_of(made))


def _profile(visit: Visit) -> str:
    chosen = visit.text("profile")
    return chosen if chosen in profile_names(visit.site.settings) else visit.site.settings.profile


ROUTES: Final[tuple[Any, ...]] = (
    Route("GET", "/", history, lowest=Role.VIEWER),
    Route("POST", "/", upload, lowest=Role.COORDINATOR, form=UPLOAD),
)
TABS: Final = (Tab("Imports", "/", ("/imports/",)),)
