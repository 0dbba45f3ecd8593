"""The end of an import: what came of every row, the workbook to take home, and what failed once more."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from importer.commands.report import report as write_report
from importer.ledger.page.import_values import Import, ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import Status
from importer.reporting.wording import LABELS, MEANINGS, SIGNS
from importer.web.import_visits import elsewhere, import_of, moment, owner_of, refuse_stale, shared, zone_of
from importer.web.imports import ENDED
from importer.web.pages import go, show
from importer.web.site import Refused, Route, nothing_here
from importer.writing.report_page import totals_bar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.web.site import Visit


FILES: Final = {
    "results.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "to_fix.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "results.csv": "text/csv; charset=utf-8",
}
BLOCK_BYTES: Final = 1 << 16
TITLES: Final = {
    "CANCELS": ("Failed cancellations", "Patients may still be reminded of a cancelled visit."),
    "DECISIONS": ("Rows to check in Attentive", "Sent, but no answer came back. Look the patient up in Attentive."),
    "OTHERS": ("Rows to fix", ""),
    "MISSING": ("Missing from the file, and not cancelled", "On hold until somebody approves that all are cancelled."),
}


def report(visit: Visit) -> Response:
    """Show what came of the import."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, ENDED)) is not None:
        return way
    told = one.result
    where = zone_of(visit, one)
    totals = {status: told.get("totals", {}).get(status.value, 0) for status in Status}
    return show(
        visit,
        "report.page.html.j2",
        **shared(visit, one, step="Report", name=where),
        told=told,
        totals=totals,
        bar=totals_bar(totals),
        LABELS=LABELS,
        MEANINGS=MEANINGS,
        SIGNS=SIGNS,
        titles=TITLES,
        link=f"{visit.site.origin}/imports/{one.id}",
        began=moment(visit, told["started_at"], where) if told else "",
        children=[
            each for each in visit.site.store.imports.of_parent(one.id) if each.state is not ImportState.FORGOTTEN
        ],
    )


def download(visit: Visit) -> Response:
    """Give a file of the run's report."""
    one, name = import_of(visit), visit.part("name")
    if one.state not in ENDED or one.run is None or name not in FILES:
        raise nothing_here()
    if one.purged_at is not None:
        raise _gone()
    path = visit.site.settings.reports_dir / one.run / name
    if not path.is_file():
        _write_again(visit, one)
    if not path.is_file():
        raise _gone()
    shown = f"{one.name.rpartition('.')[0] or one.name} {name}"
    headers = {
        "content-disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(shown.encode(errors='replace'), safe='')}",
        "content-length": str(path.stat().st_size),
    }
    return StreamingResponse(_blocks(path), media_type=FILES[name], headers=headers)


def _gone() -> Refused:
    return Refused(404, "The report is not there any more.", "Its personal data was removed, or its files were.")


def _write_again(visit: Visit, one: Import) -> None:
    write_report(visit.site.work.jobs.job(), one.run)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            yield block


def again(visit: Visit) -> Response:
    """Make a new import of what failed or was not sent, and have it checked."""
    one = import_of(visit)
    refuse_stale(visit, one)
    if one.state not in ENDED or one.run is None:
        raise Refused(409, "This import has not ended.", "Reload the page to see where it stands now.")
    if not one.result.get("again"):
        raise Refused(409, "Nothing of this import is left to try again.", "Go back to the report.")
    now = visit.site.now()
    made = Import(
        id=secrets.token_hex(8),
        owner=visit.who.id,
        by=visit.who.name,
        created_at=now,
        changed_at=now,
        name=one.name,
        profile=one.profile,
        options={name: value for name, value in one.options.items() if name != "sheet"},
        facts={"retried": one.run},
        parent=one.id,
    )
    visit.site.store.imports.add(made)
    visit.site.store.audit.add("again", at=now, user=visit.who, import_id=made.id, run=one.run)
    visit.site.work.checks.submit(made.id)
    return go(visit, f"/imports/{made.id}")


ROUTES: Final = (
    Route("GET", "/imports/{id}/report", report, lowest=Role.VIEWER, owner=owner_of),
    Route("GET", "/imports/{id}/report/{name}", download, lowest=Role.VIEWER, owner=owner_of),
    Route("POST", "/imports/{id}/again", again, lowest=Role.COORDINATOR, owner=owner_of),
)
