"""Imports as values: a sheet that somebody brought to the page, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


UPLOADS: Final = ".uploads"
"""The folder of the copies, below that of the reports, in which each ledger has one by its id."""


class ImportState(StrEnum):
    """How far an import has come; which state may follow which stands in ``importer.web.imports``."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    UNREADABLE = "unreadable"
    COLUMNS = "columns"
    REVIEW = "review"
    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    STOPPED = "stopped"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Import:
    """
    A sheet that somebody brought to the page.

    ``owner``: the user's id; ``by``: the name. ``copy``: the name of its copy among the uploads, "" for none. ``size``: bytes. ``options``:
    settings by name for this import alone. ``facts``: ``rows``, ``columns``, ``sheet``, ``sheets``, ``notes``, as far as they are
    known; ``asked``, what the sheet leaves open, and the ``answers``; or ``made``, what is to become of one appointment. ``version`` rises with each move. ``leads_to``: the page behind its check. ``draft``, ``run``: of the ledger.
    ``parent``: the import whose failed rows it has. ``problem`` and ``fix``: a sentence that its page shows, and what to do.
    ``agreed``: what somebody agreed to send: ``version`` and ``fingerprint`` of the draft, ``by``, ``at``, and what was approved
    thereby, ``release`` and ``approve``. ``result``: what the run came to, as its page shows it, {} until it is known.
    ``stopping``: somebody wants the sending to stop. ``goes_on_at``: when the sending goes on by itself. ``purged_at``: when what it held of its sheet was removed. Times are UTC seconds.
    """

    id: str
    owner: int
    by: str
    created_at: float
    copy: str = ""
    sha256: str = ""
    size: int = 0
    name: str = ""
    profile: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    state: ImportState = ImportState.UPLOADED
    version: int = 1
    leads_to: str = "review"
    draft: str | None = None
    run: str | None = None
    parent: str | None = None
    problem: str = ""
    fix: str = ""
    agreed: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    stopping: bool = False
    goes_on_at: float | None = None
    changed_at: float = 0.0
    purged_at: float | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        """The settings by which it is checked and sent, by name: its own options, and its profile."""
        return {**self.options, **({"profile": self.profile} if self.profile else {})}
