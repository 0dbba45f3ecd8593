"""Which rows of a draft have to do with each other: rows of one appointment or person, also by what the ledger knows of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select

from importer.ledger.drafts.draft_tables import draft_cells, draft_rows, draft_ties
from importer.ledger.drafts.draft_values import ties_of
from importer.ledger.store import slices
from importer.ledger.tables import reminders
from importer.model.records import is_purged
from importer.model.statuses import TEXTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.ledger.drafts.draft_values import Draft
    from importer.ledger.store import Store


MOST_ROWS: Final = 200
MOST_NAMES: Final = 1_000


class TiedRows:
    """The rows of drafts by what ties them together."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, draft: Draft, ids: Iterable[int], ties: Iterable[str]) -> set[int] | None:
        """
        Return the ids of all rows that are tied to these, or to one of these names, directly or through others.

        Two rows are tied where they have a phone, a number, a uuid or an appointment in common; so are two whose names one
        reminder has. None: they are too many to be looked at at once.
        """
        found: set[int] = set()
        seen: set[str | bytes] = set()
        names: set[str | bytes] = set(ties)
        new = set(ids)
        with self._store.reading() as connection:
            while new or names - seen:
                names |= set(_names_of_rows(connection, draft.seq, new))
                found |= new
                asked = names - seen
                names |= set(_names_of_reminders(connection, asked))
                seen |= asked
                if len(names) > MOST_NAMES:
                    return None
                new = set(_rows_with(connection, draft.seq, asked)) - found
                if len(found) + len(new) > MOST_ROWS:
                    return None
        return found

    def people(self, draft: Draft, ids: Iterable[int]) -> int:
        """Return how many phones these rows, as they were shown, may text at once, counted as ``report_queries`` does."""
        whom = func.coalesce(func.substr(draft_ties.c.tie, 2), reminders.c.phone, draft_cells.c.uuid)
        found: set[str | None] = set()
        joined = (
            draft_rows.join(
                draft_cells, (draft_cells.c.draft == draft_rows.c.draft) & (draft_cells.c.id == draft_rows.c.id)
            )
            .outerjoin(
                draft_ties,
                (draft_ties.c.draft == draft_rows.c.draft)
                & (draft_ties.c.id == draft_rows.c.id)
                & draft_ties.c.tie.startswith("p"),
            )
            .outerjoin(reminders, reminders.c.key_hash == draft_rows.c.lane)
        )
        with self._store.reading() as connection:
            for some in slices(sorted(ids)):
                mine = (draft_rows.c.draft == draft.seq, draft_rows.c.id.in_(some), draft_rows.c.verdict.in_(TEXTING))
                found |= set(connection.execute(select(whom).select_from(joined).where(*mine)).scalars())
        return len(found - {None})


def _names_of_rows(connection: Connection, seq: int, ids: set[int]) -> Iterator[str | bytes]:
    for some in slices(sorted(ids)):
        mine = (draft_ties.c.draft == seq, draft_ties.c.id.in_(some))
        yield from connection.execute(select(draft_ties.c.tie).where(*mine)).scalars()
        lanes = select(draft_rows.c.lane).where(draft_rows.c.draft == seq, draft_rows.c.id.in_(some))
        yield from (bytes(lane) for lane in connection.execute(lanes).scalars() if lane is not None)


def _rows_with(connection: Connection, seq: int, names: set[str | bytes]) -> Iterator[int]:
    ties, lanes = [name for name in names if isinstance(name, str)], [name for name in names if isinstance(name, bytes)]
    for some in slices(ties):
        mine = (draft_ties.c.draft == seq, draft_ties.c.tie.in_(some))
        yield from connection.execute(select(draft_ties.c.id).where(*mine).limit(MOST_ROWS + 1)).scalars()
    for many in slices(lanes):
        own = (draft_rows.c.draft == seq, draft_rows.c.lane.in_(many))
        yield from connection.execute(select(draft_rows.c.id).where(*own).limit(MOST_ROWS + 1)).scalars()


_BY: Final = {"p": reminders.c.phone, "n": reminders.c.external_event_id, "u": reminders.c.uuid}


def _names_of_reminders(connection: Connection, names: set[str | bytes]) -> Iterator[str | bytes]:
    asked: dict[str, list[str | bytes]] = defaultdict(list)
    for name in names:
        asked[name[0] if isinstance(name, str) else ""].append(name[1:] if isinstance(name, str) else name)
    columns = (reminders.c.key_hash, reminders.c.phone, reminders.c.external_event_id, reminders.c.uuid)
    for kind, told in asked.items():
        for some in slices(told):
            query = select(*columns).where(_BY.get(kind, reminders.c.key_hash).in_(some)).limit(MOST_NAMES)
            for lane, phone, number, uuid in connection.execute(query):
                yield bytes(lane)
                named = [None if is_purged(each) else each for each in (phone, number)]
                yield from ties_of(named[0], named[1], uuid)
