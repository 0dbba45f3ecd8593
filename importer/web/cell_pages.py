"""
Cells of a review that are corrected where they stand: saved one by one, taken back, left out, each answered at once.

An answer is parts of the page alone: the rows that changed, the counts, and what was saved. An input itself is never
replaced, so what she types into the next one stays. ``app.js`` tells which rows and cells her page shows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.commands.drafts.draft_editing import CellEdit, Wanted, edit
from importer.errors import Held, NothingToDo, UsageError
from importer.ledger import open_ledger
from importer.ledger.page.import_values import ImportState
from importer.ledger.page.user_records import Role
from importer.model.statuses import Action, Status
from importer.web.checking_pages import again
from importer.web.import_visits import CHANGED, draft_of, elsewhere, import_of, owner_of, shared, zone_of
from importer.web.pages import go, show, show_part
from importer.web.review_data import LONGEST, SHOWN, tiles
from importer.web.review_pages import REVIEWED, draft_in, of_plan, views
from importer.web.site import Refused, Route, nothing_here

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from starlette.responses import Response

    from importer.commands.drafts.draft_editing import Answer
    from importer.ledger.drafts.draft_values import Draft, DraftRow
    from importer.ledger.page.import_values import Import
    from importer.web.site import Visit


TRIES: Final = 8
"""How often an edit is tried again where somebody else wrote another one of the same draft in between."""

BECOMES: Final[Mapping[str, str]] = {
    Action.CREATE: "New, may get a text right away.",
    Action.UPDATE: "Changes, no text now.",
    Action.CANCEL: "Cancelled, may get a text right away.",
    Action.NO_SHOW: "No-show, gets a text right away.",
    Status.UNCHANGED: "Already up to date.",
    Status.DUPLICATE: "The same as another row, nothing to send.",
    Status.HELD: "On hold until approved.",
    Status.NOT_SENT: "Left out.",
    Status.INVALID: "Something else is still to fix.",
    Status.UNKNOWN: "Sent before, outcome not known.",
}
"""What a row is now, said under a cell that was saved."""
LATER: Final = "Checked with the whole sheet when you continue."


class Place(NamedTuple):
    """A row that an address names, as the draft has it, and the position of a cell, None for the whole row."""

    draft: Draft
    row: DraftRow
    column: int | None


class OnPage(NamedTuple):
    """What a page shows: rows by their ids, and the cells that stand in inputs, by row id and position."""

    rows: frozenset[int]
    cells: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, visit: Visit) -> OnPage:
        """Return what the page said that it shows: ``12 12-4 13``."""
        rows, cells = set(), set()
        told_all = visit.text("shown") or visit.request.query_params.get("shown", "")
        for told in told_all[:MOST_SHOWN].split():
            row, _, column = told.partition("-")
            if _is_number(row) and (not column or _is_number(column)):
                cells.add((int(row), int(column))) if column else rows.add(int(row))
        return cls(frozenset(rows), frozenset(cells))

    def of_row(self, row_id: int) -> set[int]:
        """Return the positions of a row's cells that stand in inputs."""
        return {column for row, column in self.cells if row == row_id}


MOST_SHOWN: Final = 20_000


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < LONGEST


class Saved(NamedTuple):
    """
    What is said at the top of the rows and under a cell.

    ``words``: a sentence; ``undo``: whether it can be taken back. ``row`` and ``column``: the row, or the cell, that she changed;
    ``wrong``: why what she typed was not saved.
    """

    words: str
    undo: bool = True
    row: int = 0
    column: int | None = None
    wrong: str = ""


def save_cell(visit: Visit) -> Response:
    """Save what she typed into a cell, if what stands there is still what she saw."""
    value, was = visit.text("value"), visit.text("was")

    def wanted(place: Place) -> CellEdit | None:
        now = place.row.cells[place.column or 0]
        if now == value:
            return None  # the same once more: the answer was lost on its way
        if now != was:
            raise _Conflict(place)
        return CellEdit(place.row.file, place.row.number, place.column, value)

    return _edited(visit, wanted, says="saved")


def as_in_file(visit: Visit) -> Response:
    """Let a cell be as it is in the file."""
    return _edited(
        visit, lambda place: CellEdit(place.row.file, place.row.number, place.column, None), says="as in the file"
    )


def leave_out(visit: Visit) -> Response:
    """Leave a row out."""
    return _edited(visit, lambda place: CellEdit(place.row.file, place.row.number, None, ""), says="left out")


def put_back(visit: Visit) -> Response:
    """Take a row in again that was left out."""
    return _edited(visit, lambda place: CellEdit(place.row.file, place.row.number, None, None), says="back")


def undo(visit: Visit) -> Response:
    """Take the last change back."""
    one = _open(visit)
    try:
        answer = _written(visit, one, lambda _draft: Wanted(undo=True))
    except NothingToDo:
        draft = draft_of(visit, one)
        if draft is None:
            raise CHANGED from None
        return _answer(visit, one, draft, (), Saved("There is nothing to undo.", undo=False))
    last = answer.draft.edits[-1]
    with _ledger(visit) as ledger:
        rows = answer.rows or tuple(ledger.drafts.rows.at(answer.draft, last.file, [last.row]))
    words = f"Row {last.row} is as it was before. {_to_fix(answer.draft)}"
    return _answer(visit, one, answer.draft, rows, Saved(words, undo=_can_undo(answer.draft)))


class _Conflict(Exception):
    """Somebody else changed the cell since she saw it."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def _edited(visit: Visit, wanted: Callable[[Place], CellEdit | None], *, says: str) -> Response:
    one = _open(visit)
    place = _place(visit, one)
    try:
        answer = _written(visit, one, lambda draft: _only(wanted(_place(visit, one, draft))))
    except _Conflict as conflict:
        return _told_now(visit, one, conflict.place)
    except UsageError as wrong:
        if place.column is None or not visit.is_htmx:
            raise Refused(422, str(wrong), wrong.fix) from None
        saved = Saved(
            "Not saved.", row=place.row.id, column=place.column, wrong=f"Not saved. {_plain(wrong, place)}", undo=False
        )
        return _answer(visit, one, place.draft, (place.row,), saved)
    visit.site.store.audit.add("edited", at=visit.site.now(), user=visit.who, import_id=one.id, row=place.row.number)
    with _ledger(visit) as ledger:
        rows = answer.rows or tuple(ledger.drafts.rows.with_ids(answer.draft, [place.row.id]))
    words = {
        "saved": f"Row {place.row.number} saved.",
        "as in the file": f"Row {place.row.number} is as in the file.",
        "left out": f"Row {place.row.number} left out.",
        "back": f"Row {place.row.number} is back.",
    }[says]
    saved = Saved(
        f"{words} {_to_fix(answer.draft)}", row=place.row.id, column=place.column if says == "saved" else None
    )
    says_more = says == "saved"
    return _answer(visit, one, answer.draft, rows, saved, was_judged=bool(answer.rows), says_more=says_more)


def _only(edit_wanted: CellEdit | None) -> Sequence[CellEdit]:
    return [] if edit_wanted is None else [edit_wanted]


def _plain(wrong: UsageError, place: Place) -> str:
    """Return why a value was refused, for somebody who sees the cell."""
    where = f"The value for {_cell_name(place)} "
    text = str(wrong).replace(where, "It ")
    return f"{text} {wrong.fix}".strip()


def _cell_name(place: Place) -> str:
    from importer.problems.cell_places import column_letters  # noqa: PLC0415 - for this one sentence

    headings = place.draft.plan.files[place.row.file]["headings"]
    column = place.column or 0
    return f'column {column_letters(column)} "{headings[column]}", row {place.row.number}'


def _open(visit: Visit) -> Import:
    """Return the import. ``Refused``: it is not in review any more."""
    one = import_of(visit)
    if one.state is not ImportState.REVIEW:
        raise CHANGED
    return one


def _ledger(visit: Visit) -> Any:
    settings = visit.site.settings
    return open_ledger(settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True)


def _place(visit: Visit, one: Import, draft: Draft | None = None) -> Place:
    """Return what the address names. ``Refused``: there is no such row or cell."""
    row, column = visit.part("row"), visit.request.path_params.get("column", "")
    if not _is_number(row) or (column and not _is_number(column)):
        raise nothing_here()
    with _ledger(visit) as ledger:
        draft = draft or draft_in(ledger, one)
        if draft is None:
            raise CHANGED
        found = ledger.drafts.rows.with_ids(draft, [int(row)])
    if not found or not found[0].number or (column and int(column) >= len(found[0].cells)):
        raise nothing_here()
    return Place(draft, found[0], int(column) if column else None)


def _written(visit: Visit, one: Import, wanted: Callable[[Draft], Wanted | Sequence[CellEdit]]) -> Answer:
    """
    Write an edit down, and return the answer to it; tried again where another edit came in between.

    Raises:
        Refused: the draft was sent or forgotten meanwhile.
    """
    job = visit.site.work.jobs.job(one.chosen)
    for _ in range(TRIES):
        draft = draft_of(visit, one)
        if draft is None or draft.run is not None:
            raise CHANGED
        try:
            return edit(job, draft.id, wanted(draft), by=visit.who.name, version=draft.version)
        except Held:
            continue
    raise Refused(503, "Too many people change this import just now.", "Try again in a moment.")


def _told_now(visit: Visit, one: Import, place: Place) -> Response:
    """Say what stands in a cell by now, where somebody else changed it."""
    column = place.column or 0
    last = next(
        (
            edit
            for edit in reversed(place.draft.edits)
            if (edit.file, edit.row, edit.column) == (place.row.file, place.row.number, column)
        ),
        None,
    )
    by = f"{last.by} changed this cell" if last is not None else "This cell has changed"
    now = place.row.cells[column]
    words = f"Not saved. {by} meanwhile: it is “{now}” now." if now else f"Not saved. {by} meanwhile: it is empty now."
    saved = Saved("", undo=False, row=place.row.id, column=column, wrong=words)
    return _answer(visit, one, place.draft, (place.row,), saved, status=409)


def _to_fix(draft: Draft) -> str:
    wrong = draft.plan.sums.get(Status.INVALID, 0)
    return f"{wrong:,} to fix." if wrong else "Nothing is left to fix."


def _can_undo(draft: Draft) -> bool:
    from importer.commands.drafts.corrections import last_change  # noqa: PLC0415 - for this one question

    return last_change(draft.edits) is not None


def _answer(  # noqa: PLR0913 - what an answer is made of, all but the first four by name
    visit: Visit,
    one: Import,
    draft: Draft,
    rows: Sequence[DraftRow],
    saved: Saved,
    *,
    status: int = 200,
    was_judged: bool = True,
    says_more: bool = False,
) -> Response:
    """Return the parts of the page that are others now; where no part was asked for, lead back to the review."""
    if not visit.is_htmx:
        if status != 200:
            raise Refused(status, saved.wrong or saved.words, "Reload the page to see what stands there now.")
        return go(visit, f"/imports/{one.id}/review")
    page = OnPage.of(visit)
    here = [row for row in rows if row.id in page.rows]
    with _ledger(visit) as ledger:
        shown = views(visit, ledger, draft, here, also={row.id: page.of_row(row.id) for row in here})
    chosen = visit.text("show")
    names = {
        **shared(visit, one, step="Review", name=zone_of(visit, one, draft)),
        **of_plan(draft.plan, one),
        "draft": draft,
        "tiles": tiles(draft.plan),
        "chosen": chosen if chosen in SHOWN else "",
        "rows": shown,
        "open_cells": page.cells,
        "saved": saved,
        "becomes": _becomes(rows, saved, was_judged=was_judged) if says_more else "",
    }
    return show_part(visit, "edited.html.j2", status=status, **names)


def _becomes(rows: Sequence[DraftRow], saved: Saved, *, was_judged: bool) -> str:
    row = next((row for row in rows if row.id == saved.row), None)
    if row is None or saved.wrong:
        return ""
    return BECOMES.get(row.verdict, "") if was_judged else LATER


def open_cells(visit: Visit) -> Response:
    """Show further cells of a row, so that any of them can be corrected."""
    one = import_of(visit)
    if (way := elsewhere(visit, one, REVIEWED)) is not None:
        return way
    place = _place(visit, one)
    known: Collection[int] = _columns_read(visit, place)
    with _ledger(visit) as ledger:
        row = views(visit, ledger, place.draft, [place.row], also={place.row.id: set(known)})[0]
    names = {
        **shared(visit, one, step="Review", name=zone_of(visit, one, place.draft)),
        "draft": place.draft,
        "row": row,
    }
    if not visit.is_htmx:
        return show(visit, "cells.html.j2", **names)
    page = OnPage.of(visit)
    left = tuple(cell for cell in row.cells if (row.id, cell.column) not in page.cells)
    return show_part(visit, "cells_part.html.j2", **names | {"row": replace(row, cells=left)})


def _columns_read(visit: Visit, place: Place) -> set[int]:
    """Return the positions of the columns that are read; all, where that is not known."""
    with _ledger(visit) as ledger:
        facts = ledger.drafts.facts(place.draft)
    file = None if facts is None else facts.sheets[place.row.file].file
    if file is None:
        return set(range(len(place.row.cells)))
    return {at for columns in file.columns.values() for at in columns}


def check_again(visit: Visit) -> Response:
    """Have the whole sheet planned again, and come back to the review."""
    one = _open(visit)
    again(visit, one, leads_to="review", facts={**one.facts, "anew": True, "stale": False})
    return go(visit, f"/imports/{one.id}/checking")


ROUTES: Final = (
    Route("POST", "/imports/{id}/undo", undo, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/check-again", check_again, lowest=Role.COORDINATOR, owner=owner_of),
    Route("GET", "/imports/{id}/rows/{row}/cells", open_cells, lowest=Role.VIEWER, owner=owner_of),
    Route("POST", "/imports/{id}/rows/{row}/leave", leave_out, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/rows/{row}/back", put_back, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/rows/{row}/{column}/file", as_in_file, lowest=Role.COORDINATOR, owner=owner_of),
    Route("POST", "/imports/{id}/rows/{row}/{column}", save_cell, lowest=Role.COORDINATOR, owner=owner_of),
)
