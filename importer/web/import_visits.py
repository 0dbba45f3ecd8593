"""The import that an address names: found, whose it is, and what every page about it shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from importer.errors import UsageError
from importer.ledger import drafts_of
from importer.model.times import zone
from importer.reporting.wording import clock_time, day_and_time, zone_words
from importer.settings.places import zone_of_this_machine
from importer.setup.questions import OPEN, Question
from importer.web.imports import url_of
from importer.web.pages import go
from importer.web.site import Refused, nothing_here

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.responses import Response

    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.page.import_values import Import, ImportState
    from importer.web.site import Visit


CHANGED: Final = Refused(409, "This import has moved on.", "Reload the page to see where it stands now.")


def owner_of(visit: Visit) -> int | None:
    """Return the id of the user who uploaded the import that the address names, None where there is none."""
    found = visit.site.store.imports.find(visit.part("id"))
    return None if found is None else found.owner


def import_of(visit: Visit) -> Import:
    """Return the import that the address names. ``Refused``: there is none any more."""
    found = visit.site.store.imports.find(visit.part("id"))
    if found is None:
        raise nothing_here()
    return found


def elsewhere(visit: Visit, one: Import, states: Collection[ImportState]) -> Response | None:
    """Return the way to where an import stands, where that is none of these states; None where it is one."""
    return None if one.state in states else go(visit, url_of(one))


def draft_of(visit: Visit, one: Import) -> Draft | None:
    """Return the import's draft with its edits, None where it was forgotten."""
    settings = visit.site.settings
    with drafts_of(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s) as drafts:
        try:
            return drafts.named(one.draft or "")
        except UsageError:
            return None


def questions_of(one: Import) -> list[Question]:
    """Return what the check found open in an import's sheet."""
    return [Question.of(plain) for plain in one.facts.get("asked", {}).get("questions", ())]


def version_in(visit: Visit) -> int:
    """Return the version that the form was made for; 0 where it is none."""
    text = visit.text("version")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else 0


LONGEST_NUMBER: Final = 10


def refuse_stale(visit: Visit, one: Import) -> None:
    """Raise ``Refused`` where a form was made for another version of the import than there is now."""
    if version_in(visit) != one.version:
        raise CHANGED


def zone_of(visit: Visit, one: Import | None = None, draft: Draft | None = None) -> str:
    """Return the zone in which an import's times are told: its rows', else the profile's, else this machine's, else UTC."""
    own = draft.plan.zones[0] if draft is not None and draft.plan.zones else ""
    kept = str(one.result.get("zone") or one.facts.get("zone") or "") if one is not None else ""
    return own or kept or visit.site.profile.zone or zone_of_this_machine() or "UTC"


def moment(visit: Visit, seconds: float, name: str) -> str:
    """Return UTC seconds for people in a zone: ``today, 4:02 PM``, ``yesterday, ...``, ``Mon, Mar 29, 9:14 AM``."""
    there = zone(name)
    at = datetime.fromtimestamp(seconds, there).replace(second=0, microsecond=0)
    today = datetime.fromtimestamp(visit.site.now(), there).date()
    if at.date() == today:
        return f"today, {clock_time(at)}"
    if at.date() == today - timedelta(days=1):
        return f"yesterday, {clock_time(at)}"
    return day_and_time(at, year=today.year)


def shared(visit: Visit, one: Import, *, step: str, name: str = "") -> dict[str, Any]:
    """Return what every page of an import shows: the import, its steps with the present one, when it was uploaded."""
    where = name or zone_of(visit, one)
    return {
        "one": one,
        "step": step,
        "zone_words": zone_words(where),
        "uploaded": moment(visit, one.created_at, where),
        "may_change": visit.who.role.may(_lowest()),
        "OPEN": OPEN,
    }


def _lowest() -> Any:
    from importer.ledger.page.user_records import Role  # noqa: PLC0415 - for its order alone

    return Role.COORDINATOR
