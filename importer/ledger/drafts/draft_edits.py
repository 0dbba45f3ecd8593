"""The edits of drafts: written one behind the other, and never taken out again; undo is an edit, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from importer.errors import Held
from importer.ledger.drafts.draft_tables import draft_edits, drafts
from importer.ledger.drafts.draft_values import Edit
from importer.ledger.store import reads_columns
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.store import Store
    from importer.ledger.tables import Found


STALE: Final = "Somebody else changed the draft meanwhile, or it was sent."


def is_current(connection: Connection, seq: int, version: int) -> bool:
    """Whether nobody has changed or sent the draft since it had this version."""
    found = select(drafts.c.seq).where(drafts.c.seq == seq, drafts.c.version == version, drafts.c.run.is_(None))
    return connection.execute(found).first() is not None


class Change(NamedTuple):
    """An edit that is wanted; its members are those of ``Edit``."""

    file: int
    row: int
    column: int | None
    heading: str
    value: str | None
    undoes: int | None = None
    before: str | None = None


class Edits:
    """The edits of drafts. They are written without a run's lock, so that none waits for a sender."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, draft: Draft) -> list[Edit]:
        """Return all edits of a draft, the oldest first."""
        columns = (
            draft_edits.c.id, draft_edits.c.file, draft_edits.c.row, draft_edits.c.column, draft_edits.c.heading,
            draft_edits.c.value, draft_edits.c.undoes, draft_edits.c.by, draft_edits.c.at, draft_edits.c.before,
        )  # fmt: skip
        with self._store.reading() as connection:
            query = select(*columns).where(draft_edits.c.draft == draft.seq).order_by(draft_edits.c.id)
            return [_edit(row) for row in connection.execute(query)]

    def add(self, draft: Draft, changes: Sequence[Change], *, by: str, at: float) -> int:
        """
        Write edits, all or none; return the draft's new version.

        Raises:
            Held: the draft is another version by now, or was sent; nothing was written.
        """
        with self._store.writing() as connection:
            if not is_current(connection, draft.seq, draft.version):
                raise Held(STALE, fix=f"Look at it again: importer plan --draft {draft.id}")
            newest = select(func.coalesce(func.max(draft_edits.c.id), 0)).where(draft_edits.c.draft == draft.seq)
            first = int(connection.execute(newest).scalar_one()) + 1
            for number, change in enumerate(changes, first):
                values = {"draft": draft.seq, "id": number, "by": storable(by), "at": at} | change._asdict()
                connection.execute(insert(draft_edits).values(values))
            mine = (drafts.c.seq == draft.seq, drafts.c.version == draft.version)
            touched = update(drafts).where(*mine).values(version=draft.version + 1, touched_at=at)
            if connection.execute(touched).rowcount != 1:
                raise Held(STALE, fix=f"Look at it again: importer plan --draft {draft.id}")
        return draft.version + 1


@reads_columns
def _edit(row: Found) -> Edit:
    return Edit(*row)
