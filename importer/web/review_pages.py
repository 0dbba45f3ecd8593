"""The review of an import: what would be sent, what is wrong, row by row; and one row's request in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from importer.commands.delivery import window_of
from importer.commands.drafts.kept_settings import as_the_draft
from importer.errors import UsageError
from importer.ledger import open_ledger
from importer.ledger.drafts.draft_values import RowFilter
from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import Action, Status
from importer.reporting.headline import in_numbers, texts_now
from importer.reporting.report_columns import field_title
from importer.reporting.wording import OFFSETS, counted, duration_words, in_words, phone_words, zone_words
from importer.setup.kept_answers import about
from importer.web.checking_pages import same_bytes
from importer.web.import_visits import elsewhere, import_of, owner_of, questions_of, shared, zone_of
from importer.web.imports import move
from importer.web.pages import go, show, show_part
from importer.web.review_data import SHOWN, Place, page, row_view, tiles
from importer.web.site import Route, nothing_here

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from starlette.responses import Response

    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft, DraftRow, Shown
    from importer.ledger.page.import_values import Import
    from importer.web.review_data import RowView
    from importer.web.site import Visit


REVIEWED: Final = frozenset({ImportState.REVIEW})


def review(visit: Visit) -> Response:
    """Show the sums of the plan, its kinds of problem, and 50 of its rows."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, REVIEWED)) is not None:
        return way
    asked = visit.request.query_params
    chosen, kind = asked.get("show", ""), asked.get("kind", "")
    chosen = chosen if chosen in SHOWN else ""
    code, _, name = kind.partition(".")
    settings = visit.site.settings
    with open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True) as ledger:
        draft = draft_in(ledger, one)
        if draft is None:
            return forgotten(visit, one)
        which = RowFilter(kind=code, field=name)
        found = page(
            ledger.drafts.rows, draft, "fix" if kind and not chosen else chosen, which, Place.of(asked.get("after", ""))
        )
        rows = views(visit, ledger, draft, found.rows)
    further = urlencode({"show": chosen, "kind": kind, "after": str(found.after)}) if found.after is not None else ""
    return show(
        visit,
        "review.html.j2",
        **shared(visit, one, step="Review", name=zone_of(visit, one, draft)),
        **of_plan(draft.plan, one),
        draft=draft,
        flash_edit=None,
        tiles=tiles(draft.plan),
        chosen=chosen,
        kind=kind,
        rows=rows,
        further=further,
        is_first="after" not in asked,
        before=same_bytes(visit, one),
        facts=one.facts,
    )


def of_plan(plan: Shown, one: Import) -> dict[str, Any]:
    """Return what a plan comes to, in words: its headline, what goes out, and what is left to fix."""
    wrong, rows = plan.sums.get(Status.INVALID, 0), sum(plan.sums.values())
    calls = sum(plan.calls.values())
    held = plan.sums.get(Status.HELD, 0)
    changes, questions = counted(calls, "change"), questions_of(one)
    kinds = [(kind, about(kind, questions)) for kind in plan.problems.get(Status.INVALID, ())]
    if wrong:
        title = f"{wrong:,} of {counted(rows, 'row')} to fix"
    elif held:
        title = f"{counted(held, 'row')} on hold until approved"
    elif calls:
        title = f"{changes} to send"
    else:
        title = "There is nothing to send"
    return {
        "title": title,
        "calls": calls,
        "wrong": wrong,
        "row_count": rows,
        "ready": f"{changes}: {in_numbers(calls_of(plan))}." if calls else "Nothing would be sent.",
        "texts": texts_now(plan.people) if calls else "",
        "kinds": kinds,
        "settled": {kind["code"] for kind, asked in kinds if asked},
        "asked_count": len(questions),
    }


def calls_of(plan: Shown) -> dict[Action, int]:
    """Return a plan's changes by action."""
    return {Action(name): count for name, count in plan.calls.items()}


def draft_in(ledger: Ledger, one: Import) -> Draft | None:
    """Return the import's draft, None where it was forgotten."""
    try:
        return ledger.drafts.named(one.draft or "")
    except UsageError:
        return None


def forgotten(visit: Visit, one: Import) -> Response:
    """Lead to where it is said that a draft was forgotten; a draft goes when nobody touched it for 30 days."""
    told = {"problem": "This import was forgotten, because nobody touched it for 30 days. Nothing was sent.", "fix": "Upload the sheet again."}  # fmt: skip
    if move(visit.site.store.imports, one, ImportState.FORGOTTEN, at=visit.site.now(), draft=None, **told):
        visit.site.work.uploads.remove(one.copy)
    return go(visit, f"/imports/{one.id}/forgotten")


def views(
    visit: Visit,
    ledger: Ledger,
    draft: Draft,
    rows: Sequence[DraftRow],
    *,
    also: Mapping[int, Collection[int]] | None = None,
) -> list[RowView]:
    """Return rows as their template shows them. ``also``: row id -> positions of cells that are shown in any case."""
    known = ledger.values_of([row.uuid for row in rows if row.uuid])
    job = as_the_draft(visit.site.work.jobs.job({"profile": draft.profile}), draft) if rows else None
    window = window_of(job) if job is not None else None
    types = tuple(job.profile.event_types) if job is not None else ()
    return [
        row_view(draft, row, known, now=visit.site.now(), window=window, also=(also or {}).get(row.id, ()), types=types)
        for row in rows
    ]


def what_she_gets(visit: Visit) -> Response:
    """Show one row's request in words, the old values beside the new ones."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, REVIEWED)) is not None:
        return way
    number = visit.part("row")
    settings = visit.site.settings
    with open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True) as ledger:
        draft = draft_in(ledger, one)
        if draft is None or not (number.isascii() and number.isdecimal() and len(number) < LONGEST):
            raise nothing_here()
        found = ledger.drafts.rows.page(draft, after=int(number) - 1, limit=1).rows
        if not found or found[0].id != int(number):
            raise nothing_here()
        row = views(visit, ledger, draft, found)[0]
        payload = found[0].payload
    names = {
        "row": row,
        "values": in_words_of(payload, names_of_types(visit, draft)),
        **shared(visit, one, step="Review", name=zone_of(visit, one, draft)),
    }
    if visit.is_htmx:
        return show_part(visit, "gets_part.html.j2", **names)
    return show(visit, "gets.html.j2", **names)


LONGEST: Final = 12


def names_of_types(visit: Visit, draft: Draft) -> dict[str, str]:
    """Return uuid -> name of the appointment types of the draft's profile."""
    profile = as_the_draft(visit.site.work.jobs.job({"profile": draft.profile}), draft).profile
    return {kind.uuid: name for name, kind in profile.event_types.items()}


def in_words_of(payload: Any, types: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the values of a request, each with its title in words. ``types``: uuid -> name."""
    told: list[tuple[str, str]] = []
    for name, value in payload.items():
        if name == "metadata" and isinstance(value, dict):
            told += [(str(key), str(each)) for key, each in value.items()]
        elif name == "eventType":
            uuid = str(value.get("uuid", "")) if isinstance(value, dict) else str(value)
            told.append((field_title(name), types.get(uuid, uuid)))
        elif name in OFFSETS:
            told.append((field_title(name), duration_words(value, "").strip()))
        elif name == "phone":
            told.append((field_title(name), phone_words(str(value))))
        elif name == "subscriberTimeZone":
            told.append((field_title(name), zone_words(str(value))))
        else:
            told.append((field_title(name), in_words(value)))
    return told


ROUTES: Final = (
    Route("GET", "/imports/{id}/review", review, lowest=Role.VIEWER, owner=owner_of),
    Route("GET", "/imports/{id}/rows/{row}/gets", what_she_gets, lowest=Role.VIEWER, owner=owner_of),
)
