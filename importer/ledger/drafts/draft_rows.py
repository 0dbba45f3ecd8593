"""
The rows of a draft: written as the plan is made, and read a page at a time, by action, kind, field, text or name.

What a filter looks at stands in a table of narrow rows, so that a search through all of them is quick; the cells of the few
rows of a page are fetched by their ids.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, bindparam, func, insert, select, update

from importer.ledger.drafts.draft_tables import draft_cells, draft_kinds, draft_rows, draft_ties
from importer.ledger.drafts.draft_values import DraftRow, RowFilter, RowPage, Weight
from importer.ledger.store import blob, compiled, many_tuples, reads_columns, slices
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table

    from importer.ledger.drafts.draft_values import Draft, KeptRow
    from importer.ledger.store import Store
    from importer.ledger.tables import Found


AT_ONCE: Final = 2_000
_ROWS: Final = ("draft", "id", "file", "number", "verdict", "lane", "mark", "name", "search", "weight")
_CELLS: Final = (
    "draft", "id", "action", "uuid", "external_event_id", "cells", "payload", "changes", "problems", "warnings",
)  # fmt: skip
_KINDS: Final = ("draft", "kind", "id", "field")
_TIES: Final = ("draft", "tie", "id")

EVERY: Final = RowFilter()


def searchable(text: str) -> str:
    """Return a text as it is looked for: without regard to case, and as a database can hold it."""
    return storable(text.replace("\0", "")).casefold()


def write_rows(connection: Connection, draft: int, rows: Iterable[KeptRow]) -> None:
    """Write the rows of a plan."""
    into_rows, into_cells, into_kinds, into_ties = (
        _insert_sql(connection, table, names)
        for table, names in (
            (draft_rows, _ROWS), (draft_cells, _CELLS), (draft_kinds, _KINDS), (draft_ties, _TIES),
        )
    )  # fmt: skip
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        many_tuples(
            connection,
            into_rows,
            [
                (
                    draft, row.id, row.file, row.number, row.verdict, row.lane and blob(row.lane),
                    row.mark and blob(row.mark), row.name, row.search,
                    row.weight and blob(row.weight),
                )
                for row in some
            ],
        )  # fmt: skip
        many_tuples(
            connection,
            into_cells,
            [
                (
                    draft, row.id, row.action, row.uuid, row.external_event_id, blob(row.cells), blob(row.payload),
                    blob(row.changes), blob(row.problems), blob(row.warnings),
                )
                for row in some
            ],
        )  # fmt: skip
        kinds = [(draft, kind, row.id, field) for row in some for kind, field in row.kinds]
        if kinds:
            many_tuples(connection, into_kinds, kinds)
        ties = [(draft, tie, row.id) for row in some for tie in row.ties]
        if ties:
            many_tuples(connection, into_ties, ties)


def put_rows(connection: Connection, draft: int, rows: Sequence[KeptRow]) -> None:
    """Write rows of a plan in the place of those that are there."""
    ids = [row.id for row in rows]
    for table in (draft_rows, draft_cells, draft_kinds, draft_ties):
        for some in slices(ids):
            connection.execute(table.delete().where(table.c.draft == draft, table.c.id.in_(some)))
    write_rows(connection, draft, rows)


def put_cells(connection: Connection, draft: int, cells: Mapping[int, Sequence[str]]) -> None:
    """Write the cells of rows, by their ids, in the place of those that are there."""
    for row_id, texts in cells.items():
        mine = (draft_cells.c.draft == draft, draft_cells.c.id == row_id)
        connection.execute(update(draft_cells).where(*mine).values(cells=orjson.dumps(list(texts))))


def _insert_sql(connection: Connection, table: Table, names: Sequence[str]) -> str:
    made = compiled(connection, insert(table).values({name: bindparam(name) for name in names}))
    if made.names != tuple(names):
        raise AssertionError(made.names)
    return made.sql


class DraftRows:
    """The rows of drafts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, draft: Draft, which: RowFilter = EVERY, *, after: int = 0, limit: int = 50) -> RowPage:
        """Return at most so many rows behind an id, in the order of files and rows."""
        query = select(draft_rows.c.id).where(draft_rows.c.draft == draft.seq, draft_rows.c.id > after)
        if which.verdict:
            query = query.where(draft_rows.c.verdict == which.verdict)
        for value, column in ((which.kind, draft_kinds.c.kind), (which.field, draft_kinds.c.field)):
            if value:
                mine = (draft_kinds.c.draft == draft.seq, column == value, draft_kinds.c.id > after)
                query = query.where(draft_rows.c.id.in_(select(draft_kinds.c.id).where(*mine)))
        for text, column in ((which.text, draft_rows.c.search), (which.name, draft_rows.c.name)):
            if text:
                # PostgreSQL finds a place twice as quickly as by LIKE; SQLite is quicker by LIKE.
                sought = searchable(text)
                is_there = (
                    column.contains(sought, autoescape=True) if self._store.sqlite else func.strpos(column, sought) > 0
                )
                query = query.where(is_there)
        with self._store.reading() as connection:
            ids = list(connection.execute(query.order_by(draft_rows.c.id).limit(limit + 1)).scalars())
            found = _full(connection, draft.seq, ids[:limit])
        return RowPage(tuple(found), ids[limit - 1] if len(ids) > limit else None)

    def at(self, draft: Draft, file: int, numbers: Iterable[int]) -> list[DraftRow]:
        """Return the rows with these numbers in a file."""
        with self._store.reading() as connection:
            mine = (draft_rows.c.draft == draft.seq, draft_rows.c.file == file)
            ids = [
                row_id
                for some in slices(sorted(set(numbers)))
                for row_id in connection.execute(
                    select(draft_rows.c.id).where(*mine, draft_rows.c.number.in_(some))
                ).scalars()
            ]
            return _full(connection, draft.seq, ids)

    def with_ids(self, draft: Draft, ids: Iterable[int]) -> list[DraftRow]:
        """Return the rows with these ids, in their order."""
        with self._store.reading() as connection:
            return _full(connection, draft.seq, sorted(set(ids)))

    def weights(self, draft: Draft, ids: Iterable[int]) -> list[tuple[int, Weight]]:
        """Return the place of the file and the weight of each of these rows that has one."""
        found: list[tuple[int, Weight]] = []
        mine = (draft_rows.c.draft == draft.seq, draft_rows.c.weight.is_not(None))
        with self._store.reading() as connection:
            for some in slices(sorted(ids)):
                query = select(draft_rows.c.file, draft_rows.c.weight).where(*mine, draft_rows.c.id.in_(some))
                found += [(file, Weight(*orjson.loads(told))) for file, told in connection.execute(query)]
        return found

    def first(self, draft: Draft, file: int, count: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return number and cells of the first rows of a file's sheet."""
        # By the index of numbers, which rise with the ids; all rows of the file need not be sorted, nor joined.
        begin = (
            select(draft_rows.c.id)
            .where(draft_rows.c.draft == draft.seq, draft_rows.c.file == file, draft_rows.c.number > 0)
            .order_by(draft_rows.c.number)
            .limit(1)
        )
        columns = (draft_rows.c.id, draft_rows.c.file, draft_rows.c.number)
        with self._store.reading() as connection:
            first = connection.execute(begin).scalar()
            if first is None:
                return []
            query = select(*columns).where(draft_rows.c.draft == draft.seq, draft_rows.c.id >= first)
            found = connection.execute(query.order_by(draft_rows.c.id).limit(count)).all()
            numbers = {row.id: row.number for row in found if row.file == file and row.number}
            mine = (draft_cells.c.draft == draft.seq, draft_cells.c.id.between(first, max(numbers)))
            query = select(draft_cells.c.id, draft_cells.c.cells).where(*mine).order_by(draft_cells.c.id)
            cells = connection.execute(query).all()
        return [(numbers[row.id], tuple(orjson.loads(row.cells))) for row in cells if row.id in numbers]

    def has(self, draft: Draft, file: int, number: int) -> bool:
        """Whether a file of the draft has a row with this number."""
        mine = (draft_rows.c.draft == draft.seq, draft_rows.c.file == file, draft_rows.c.number == number)
        with self._store.reading() as connection:
            return connection.execute(select(draft_rows.c.id).where(*mine).limit(1)).first() is not None

    def marks(self, draft: Draft) -> dict[tuple[int, int, bytes | None], tuple[bytes | None, str]]:
        """Return the mark of each row's call and its verdict, by file, number and the appointment's name."""
        columns = (draft_rows.c.file, draft_rows.c.number, draft_rows.c.lane, draft_rows.c.mark, draft_rows.c.verdict)
        with self._store.reading() as connection:
            found = connection.execute(select(*columns).where(draft_rows.c.draft == draft.seq))
            return {(file, number, lane): (mark, verdict) for file, number, lane, mark, verdict in found}

    def count(self, draft: Draft) -> int:
        """Return how many rows are kept of the draft."""
        with self._store.reading() as connection:
            query = select(func.count()).select_from(draft_rows).where(draft_rows.c.draft == draft.seq)
            return int(connection.execute(query).scalar_one())


def _full(connection: Connection, seq: int, ids: Sequence[int]) -> list[DraftRow]:
    columns = (draft_rows.c.file, draft_rows.c.number, draft_rows.c.verdict, draft_rows.c.name)
    both = draft_rows.join(
        draft_cells, (draft_cells.c.draft == draft_rows.c.draft) & (draft_cells.c.id == draft_rows.c.id)
    )
    query = select(draft_cells, *columns).select_from(both).where(draft_rows.c.draft == seq)
    found: list[Any] = []
    for some in slices(ids):
        found += connection.execute(query.where(draft_rows.c.id.in_(some)).order_by(draft_rows.c.id)).all()
    return [_draft_row(row) for row in found]


@reads_columns
def _draft_row(row: Found) -> DraftRow:
    return DraftRow(
        id=row.id,
        file=row.file,
        number=row.number,
        verdict=row.verdict,
        action=row.action,
        name=row.name,
        uuid=row.uuid,
        external_event_id=row.external_event_id,
        cells=tuple(orjson.loads(row.cells)),
        payload=orjson.loads(row.payload),
        changes=tuple((field, before, after) for field, before, after in orjson.loads(row.changes)),
        problems=tuple(orjson.loads(row.problems)),
        warnings=tuple(orjson.loads(row.warnings)),
    )
