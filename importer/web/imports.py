"""
The states of an import, which may follow which, and the page that shows each.

Every move is one statement that only the version that a person saw lets through, so a double click, a second tab and the
back button move nothing twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from importer.ledger.page.import_values import ImportState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.page.import_store import Imports
    from importer.ledger.page.import_values import Import

_S = ImportState

MOVES: Final[Mapping[ImportState, frozenset[ImportState]]] = {
    _S.UPLOADED: frozenset({_S.CHECKING, _S.FORGOTTEN}),
    # Back to UPLOADED: its check was cut off, and waits for its turn again.
    _S.CHECKING: frozenset({_S.COLUMNS, _S.REVIEW, _S.UNREADABLE, _S.UPLOADED, _S.FORGOTTEN}),
    _S.UNREADABLE: frozenset({_S.UPLOADED, _S.FORGOTTEN}),
    _S.COLUMNS: frozenset({_S.UPLOADED, _S.FORGOTTEN}),
    # Back to UPLOADED: something was changed, so that the plan is made anew.
    _S.REVIEW: frozenset({_S.UPLOADED, _S.QUEUED, _S.FORGOTTEN}),
    _S.QUEUED: frozenset({_S.RUNNING, _S.REVIEW}),
    # Back to REVIEW: nothing was sent, because the plan would have been another one, or somebody stopped it before.
    _S.RUNNING: frozenset({_S.FINISHED, _S.STOPPED, _S.INTERRUPTED, _S.REVIEW}),
    _S.INTERRUPTED: frozenset({_S.RUNNING, _S.FINISHED, _S.STOPPED, _S.REVIEW}),
    _S.FINISHED: frozenset(),
    _S.STOPPED: frozenset(),
    _S.FORGOTTEN: frozenset(),
}
"""Which state may follow which. FINISHED and STOPPED stay: what is left of them becomes an import of its own."""

PAGE: Final[Mapping[ImportState, str]] = {
    _S.UPLOADED: "checking",
    _S.CHECKING: "checking",
    _S.UNREADABLE: "unreadable",
    _S.COLUMNS: "columns",
    _S.REVIEW: "review",
    _S.QUEUED: "progress",
    _S.RUNNING: "progress",
    _S.INTERRUPTED: "progress",
    _S.FINISHED: "report",
    _S.STOPPED: "report",
    _S.FORGOTTEN: "forgotten",
}
"""The page that shows a state; a review has its confirmation beside it."""

WAITING: Final = frozenset({_S.UPLOADED, _S.CHECKING})
SENDING: Final = frozenset({_S.QUEUED, _S.RUNNING, _S.INTERRUPTED})
ENDED: Final = frozenset({_S.FINISHED, _S.STOPPED})


def url_of(one: Import) -> str:
    """Return the page on which an import stands now."""
    page = one.leads_to if one.state is ImportState.REVIEW else PAGE[one.state]
    return f"/imports/{one.id}/{page}"


def move(imports: Imports, one: Import, to: ImportState, *, at: float, **values: Any) -> bool:
    """
    Move an import from where it was seen to another state; return whether it still stood there. ``at``: UTC seconds.

    Raises:
        AssertionError: no import may move so, which is a fault of the caller.
    """
    if to not in MOVES[one.state]:
        raise AssertionError(f"{one.state} -> {to}")
    return imports.move(one.id, one.state, one.version, to, at=at, **values)
