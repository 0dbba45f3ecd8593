"""The last look before anything leaves: how many people, when the first text goes, what is on hold; and Send."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from importer.commands.delivery import window_of
from importer.commands.drafts.kept_settings import as_the_draft
from importer.ledger import open_ledger
from importer.ledger.drafts.draft_values import RowFilter
from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import Status
from importer.model.times import zone
from importer.problems.cell_places import title_of
from importer.problems.guard_kinds import COUNTED, RELEASABLE
from importer.reporting.headline import in_numbers
from importer.reporting.wording import clock_time, counted, day_and_time, zone_words
from importer.web.checking_pages import again
from importer.web.import_visits import CHANGED, draft_of, elsewhere, import_of, owner_of, shared, zone_of
from importer.web.imports import move
from importer.web.pages import go, show
from importer.web.review_data import row_view
from importer.web.review_pages import REVIEWED, calls_of, forgotten
from importer.web.site import Refused, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from importer.ledger.drafts.draft_values import Draft, Shown
    from importer.ledger.page.import_values import Import
    from importer.web.site import Visit


HELD_SHOWN: Final = 20


def confirm(visit: Visit) -> Response:
    """Show what Send would do."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, REVIEWED)) is not None:
        return way
    draft = draft_of(visit, one)
    if draft is None:
        return forgotten(visit, one)
    if is_stale(one, draft):
        # What would be sent is not known; Continue on the review has the plan made again.
        return go(visit, f"/imports/{one.id}/review")
    return shown(visit, one, draft)


def is_stale(one: Import, draft: Draft) -> bool:
    """Whether the plan has to be made again before it can be agreed to."""
    return draft.version != draft.shown or bool(one.facts.get("stale"))


def shown(  # noqa: PLR0913 - what differs, all by name
    visit: Visit, one: Import, draft: Draft, *, status: int = 200, wrong: str = "", changed: bool = False
) -> Response:
    """Return the page. ``wrong``: what is wrong with the number that was typed; ``changed``: the plan is another one by now."""
    plan, where = draft.plan, zone_of(visit, one, draft)
    calls, held = sum(plan.calls.values()), plan.sums.get(Status.HELD, 0)
    return show(
        visit,
        "confirm.html.j2",
        status=status,
        **shared(visit, one, step="Confirm", name=where),
        draft=draft,
        plan=plan,
        calls=calls,
        in_numbers=in_numbers(calls_of(plan)),
        rest=_rest(plan),
        times=_times(visit, draft, where) if calls else {},
        held_rows=_held_rows(visit, draft) if held else [],
        held_count=held,
        holds=[{**hold, "title": title_of(hold["code"])} for hold in plan.held],
        asks=asked_number(plan),
        can_release=_can_release(plan),
        approved=[title_of(code) for code in str(one.options.get("release") or "").split(",") if code],
        wrong=wrong,
        changed=changed,
        sender=_who_sends(visit, one),
    )


def _rest(plan: Shown) -> str:
    sums = plan.sums
    same = sums.get(Status.UNCHANGED, 0) + sums.get(Status.DUPLICATE, 0)
    told = [
        f"{counted(same, 'row')} {'is' if same == 1 else 'are'} up to date" if same else "",
        f"{sums.get(Status.INVALID, 0):,} to fix will not be sent" if sums.get(Status.INVALID) else "",
        f"{sums.get(Status.NOT_SENT, 0):,} left out" if sums.get(Status.NOT_SENT) else "",
    ]
    return ", ".join(part for part in told if part)


def _times(visit: Visit, draft: Draft, where: str) -> dict[str, str]:
    """Return when the first text leaves, and what waits for the sending window, in words."""
    plan, now, there = draft.plan, visit.site.now(), zone(where)
    window = window_of(as_the_draft(visit.site.work.jobs.job({"profile": draft.profile}), draft))
    waits = plan.waits
    at_once = sum(plan.calls.values()) - (waits["count"] if waits else 0)
    told: dict[str, str] = {}
    if not plan.people:
        told["first"] = "no text right away"
    elif at_once:
        told["first"] = (
            f"today, {clock_time(datetime.fromtimestamp(now, there).replace(second=0))} ({zone_words(where)}), seconds after Send"
        )
    elif waits and waits["first_at"] is not None:
        name = waits["zone"] or where
        opens = max(waits["first_at"], now)
        told["first"] = (
            f"{day_and_time(datetime.fromtimestamp(opens, zone(name)).replace(second=0))} ({zone_words(name)}), when the sending window opens"
        )
    else:
        told["first"] = "when the sending window opens"
    if waits:
        told["waits"] = (
            f"{counted(waits['count'], 'change')} {'waits' if waits['count'] == 1 else 'wait'} for it; sending goes on by itself"
        )
    if window is not None:
        told["window"] = (
            f"{clock_time(datetime.combine(datetime.fromtimestamp(now, there).date(), window.opens))} to {clock_time(datetime.combine(datetime.fromtimestamp(now, there).date(), window.closes))}"
        )
    if plan.reminding:
        due = plan.reminding
        told["reminders"] = (
            f"{counted(due['count'], 'reminder')}, the first due {day_and_time(datetime.fromtimestamp(due['first_at'], zone(due['first_zone'])))} ({zone_words(due['first_zone'])})"
        )
    return told


def _held_rows(visit: Visit, draft: Draft) -> list[Any]:
    settings = visit.site.settings
    with open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True) as ledger:
        found = ledger.drafts.rows.page(draft, RowFilter(verdict=str(Status.HELD)), limit=HELD_SHOWN).rows
        known = ledger.values_of([row.uuid for row in found if row.uuid])
        return [row_view(draft, row, known, now=visit.site.now()) for row in found]


def asked_number(plan: Shown) -> int:
    """Return the number that has to be typed to approve what is on hold: how many rows are."""
    return plan.sums.get(Status.HELD, 0)


def _can_release(plan: Shown) -> bool:
    codes = {hold["code"] for hold in plan.held}
    return bool(codes) and codes <= (RELEASABLE | COUNTED)


def _who_sends(visit: Visit, one: Import) -> str:
    """Return the name of an import that is sent just now, so that this one would wait in line; "" for none."""
    busy = [
        each
        for each in visit.site.store.imports.standing([ImportState.RUNNING, ImportState.QUEUED])
        if each.id != one.id
    ]
    if not busy:
        return ""
    sees = visit.who.role is not Role.COORDINATOR or busy[0].owner == visit.who.id
    return busy[0].name if sees else "another import"


def send(visit: Visit) -> Response:
    """Put the import into the queue, if what is shown is still what would be sent."""
    one = import_of(visit)
    draft = draft_of(visit, one)
    if one.state in {ImportState.QUEUED, ImportState.RUNNING} and _is_agreed(visit, one):
        return go(visit, f"/imports/{one.id}/progress")  # the same click a second time
    if one.state is not ImportState.REVIEW or draft is None:
        raise CHANGED
    if is_stale(one, draft) or not _is_seen(visit, draft):
        return _changed(visit, one, draft)
    approved: Mapping[str, str] = {}
    if draft.plan.held:
        approved = _approval(visit, draft)
        if not approved:
            wrong = (
                f"Type {asked_number(draft.plan):,} to approve."
                if visit.text("number")
                else "Type the number of rows on hold."
            )
            return shown(visit, one, draft, status=422, wrong=wrong)
    if approved:
        options = {
            **one.options,
            **{name: _joined(one.options.get(name), value, name) for name, value in approved.items()},
        }
        again(visit, one, options=options, leads_to="confirm", facts={**one.facts, "anew": True})
        visit.site.store.audit.add("approved", at=visit.site.now(), user=visit.who, import_id=one.id, rows=asked_number(draft.plan))  # fmt: skip
        return go(visit, f"/imports/{one.id}/checking")
    if not sum(draft.plan.calls.values()):
        raise Refused(409, "There is nothing to send.", "Go back to the review.")
    agreed = {"version": draft.version, "fingerprint": draft.fingerprint, "by": visit.who.name, "at": visit.site.now()}
    queued = {"agreed": agreed, "problem": "", "fix": "", "stopping": False}
    if not move(visit.site.store.imports, one, ImportState.QUEUED, at=visit.site.now(), **queued):
        raise CHANGED
    changes = sum(draft.plan.calls.values())
    visit.site.store.audit.add("sent", at=visit.site.now(), user=visit.who, import_id=one.id, changes=changes)
    visit.site.work.sending.wake()
    return go(visit, f"/imports/{one.id}/progress")


def _joined(before: Any, value: str, name: str) -> str:
    """Return a setting with what was approved before; a number stands for itself."""
    return (
        value
        if name != "release"
        else ",".join(dict.fromkeys([*filter(None, str(before or "").split(",")), *value.split(",")]))
    )


def _is_seen(visit: Visit, draft: Draft) -> bool:
    return visit.text("draft") == str(draft.version) and visit.text("fingerprint") == draft.fingerprint


def _is_agreed(visit: Visit, one: Import) -> bool:
    return visit.text("fingerprint") == one.agreed.get("fingerprint")


def _changed(visit: Visit, one: Import, draft: Draft) -> Response:
    """Say that the plan is another one than the form was made for, and show that one; it is made again where it has to be."""
    if is_stale(one, draft):
        again(visit, one, leads_to="confirm", facts={**one.facts, "anew": True, "stale": False})
        raise Refused(
            409,
            "What would be sent has changed, so nothing was sent.",
            "The plan is being made again. Look at it, then press Send.",
        )
    return shown(visit, one, draft, status=409, changed=True)


def _approval(visit: Visit, draft: Draft) -> Mapping[str, str]:
    """Return what the typed number approves, as settings of the import; {} where it is another number."""
    typed = visit.text("number").strip().replace(",", "")
    if not _can_release(draft.plan) or typed != str(asked_number(draft.plan)):
        return {}
    codes = [hold["code"] for hold in draft.plan.held]
    approved: dict[str, str] = {}
    if release := [code for code in codes if code in RELEASABLE]:
        approved["release"] = ",".join(release)
    if any(code in COUNTED for code in codes):
        approved["approve"] = typed
    return approved


def plan_again(visit: Visit) -> Response:
    """Go on from the review: have the plan made again where something was changed, then lead to the confirmation."""
    one = import_of(visit)
    draft = draft_of(visit, one)
    if one.state is not ImportState.REVIEW or draft is None:
        return go(visit, f"/imports/{one.id}")
    if is_stale(one, draft):
        again(visit, one, leads_to="confirm", facts={**one.facts, "anew": True, "stale": False})
        return go(visit, f"/imports/{one.id}/checking")
    return go(visit, f"/imports/{one.id}/confirm")


ROUTES: Final = (
    Route("POST", "/imports/{id}/continue", plan_again, lowest=Role.COORDINATOR, owner=owner_of),
    Route("GET", "/imports/{id}/confirm", confirm, lowest=Role.VIEWER, owner=owner_of),
    Route("POST", "/imports/{id}/confirm", send, lowest=Role.COORDINATOR, owner=owner_of),
)
