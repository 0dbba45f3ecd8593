"""Drafts in the ledger: kept, found, shown anew, sent and forgotten, each in one transaction."""

from __future__ import annotations

import zlib
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from importer.errors import Held, UsageError
from importer.ledger.drafts.draft_edits import STALE, Edits, is_current
from importer.ledger.drafts.draft_rows import AT_ONCE, DraftRows, put_cells, put_rows, write_rows
from importer.ledger.drafts.draft_tables import (
    EVERYTHING,
    KEEPING,
    OF_ROWS,
    UNSENT,
    draft_facts,
    draft_parts,
    draft_rows,
    drafts,
)
from importer.ledger.drafts.draft_values import Copied, Draft, PlanFacts, SheetFacts, Shown, Source
from importer.ledger.drafts.tied_rows import TiedRows
from importer.ledger.store import reads_columns
from importer.ledger.tables import Found, owner, runs
from importer.model.formula_escape import storable
from importer.model.staged_files import FileFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Delete

    from importer.ledger.drafts.draft_values import KeptRow
    from importer.ledger.store import Store


PART_BYTES: Final = 1 << 20
DELETED_AT_ONCE: Final = 5_000
LIST: Final = "`importer runs` lists the drafts."


@reads_columns
def draft_of(row: Found) -> Draft:
    """Return a row of ``drafts`` as a value."""
    source = orjson.loads(row.source)
    files = [Copied(*file) for file in source.pop("files")]
    return Draft(
        seq=row.seq,
        id=row.id,
        command=row.command,
        parent=row.parent,
        by=row.by,
        made_at=row.made_at,
        touched_at=row.touched_at,
        version=row.version,
        shown=row.shown,
        profile=row.profile,
        as_of=row.as_of,
        source=Source(files=files, **source),
        settings=orjson.loads(row.settings),
        plan=Shown(**orjson.loads(row.plan)),
        fingerprint=row.fingerprint,
        run=row.run,
        is_partly_known=bool(row.is_partly_known),
    )


def named_draft(connection: Connection, draft_id: str) -> Found | None:
    """Return the draft with this id, or the only one whose id begins so; None where there is none, or several."""
    name, whole = storable(draft_id), drafts.c.run.is_distinct_from(KEEPING)
    found = connection.execute(select(drafts).where(drafts.c.id == name, whole)).first()
    if found is not None or not name:
        return found
    begins = drafts.c.id.startswith(name, autoescape=True)
    some = connection.execute(select(drafts).where(begins, whole).limit(2)).all()
    return some[0] if len(some) == 1 else None


def newest_run(connection: Connection) -> int:
    """Return the place of the newest run in the order of runs, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(runs.c.seq), 0))).scalar_one())


def bind(connection: Connection, seq: int, version: int, run_id: str) -> bool:
    """Write down that a run sends the draft as it was shown; False where it is another one by now."""
    mine = (drafts.c.seq == seq, drafts.c.version == version, drafts.c.shown == version, drafts.c.run.is_(None))
    return bool(connection.execute(update(drafts).where(*mine).values(run=run_id)).rowcount)


class Drafts:
    """The drafts of a ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = DraftRows(store)
        self.tied = TiedRows(store)
        self.edits = Edits(store)

    def named(self, draft_id: str) -> Draft:
        """
        Return a draft by its id or the beginning of it.

        Raises:
            UsageError: there is none, or several.
        """
        with self._store.reading() as connection:
            found = named_draft(connection, draft_id)
        if found is None:
            raise UsageError(f"There is no draft {draft_id}, or several begin so.", fix=LIST)
        draft = draft_of(found)
        return replace(draft, edits=tuple(self.edits.of(draft)))

    def open(self, draft_id: str) -> Draft:
        """
        Return a draft that was not sent yet.

        Raises:
            UsageError: there is none, or it was sent.
        """
        found = self.named(draft_id)
        if found.run is not None:
            raise UsageError(
                f"Draft {found.id} was sent already, by run {found.run}.",
                fix=f"To send what is left of it, type: importer retry {found.run}",
            )
        return found

    def all(self) -> list[Draft]:
        """Return the drafts that were not sent yet, newest first."""
        with self._store.reading() as connection:
            query = select(drafts).where(drafts.c.run.is_(None)).order_by(drafts.c.seq.desc())
            return [draft_of(row) for row in connection.execute(query)]

    def of_run(self, run_id: str) -> Draft | None:
        """Return the draft that a run sent, None where it sent none."""
        with self._store.reading() as connection:
            found = connection.execute(select(drafts).where(drafts.c.run == run_id)).first()
        return None if found is None else draft_of(found)

    def keep(  # noqa: PLR0913 - what a draft is made of, all by name
        self,
        draft_id: str,
        *,
        command: str,
        parent: str | None,
        by: str,
        at: float,
        profile: str,
        source: Source,
        settings: Mapping[str, Any],
        plan: Shown,
        fingerprint: str,
        rows: Iterable[KeptRow],
        facts: PlanFacts | None = None,
        contents: Iterable[Iterable[bytes]] = (),
        as_of: int | None = None,
        in_steps: bool = False,
    ) -> Draft:
        """
        Write a draft with its rows and its files, whole or not at all; return it.

        ``contents``: the bytes of each file, in blocks. ``as_of``: the newest run that the plan knew; None for the newest now.
        ``in_steps``: in many short transactions, so that others can write in between; what a kill leaves of it is nobody's
        draft, and goes with the next one of the same id.
        """
        with self._steps(in_steps=in_steps) as step:
            with step() as connection:
                if not self._store.sqlite:  # which has one writer at a time anyway
                    connection.execute(text("LOCK TABLE drafts IN SHARE ROW EXCLUSIVE MODE"))
                forget_drafts(connection, (drafts.c.id == draft_id) & (drafts.c.run == KEEPING))
                seq = int(connection.execute(select(func.coalesce(func.max(drafts.c.seq), 0))).scalar_one()) + 1
                connection.execute(
                    insert(drafts).values(
                        seq=seq,
                        id=draft_id,
                        command=command,
                        parent=parent,
                        by=by,
                        made_at=at,
                        touched_at=at,
                        version=1,
                        shown=1,
                        profile=profile,
                        as_of=newest_run(connection) if as_of is None else as_of,
                        source=orjson.dumps(_of_source(source)),
                        settings=orjson.dumps(dict(settings)),
                        plan=orjson.dumps(asdict(plan)),
                        fingerprint=fingerprint,
                        run=KEEPING,
                    )
                )
            for file, blocks in enumerate(contents):
                for part, block in enumerate(blocks):
                    parts = {"draft": seq, "file": file, "part": part, "content": zlib.compress(block, 1)}
                    with step() as connection:
                        connection.execute(insert(draft_parts).values(parts))
            for some in _some(rows):
                with step() as connection:
                    write_rows(connection, seq, some)
            with step() as connection:
                _write_facts(connection, seq, facts)
                connection.execute(update(drafts).where(drafts.c.seq == seq).values(run=None))
        return self.named(draft_id)

    @contextmanager
    def _steps(self, *, in_steps: bool) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """Give what begins a step: a transaction of its own, or a part of the one for all."""
        if in_steps:
            yield self._store.writing
            return
        with self._store.writing() as connection:
            yield lambda: nullcontext(connection)

    def newest_run(self) -> int:
        """Return the place of the newest run in the order of runs, 0 where there is none."""
        with self._store.reading() as connection:
            return newest_run(connection)

    def content(self, draft: Draft, file: int) -> Iterator[bytes]:
        """Yield the bytes of a draft's file in blocks; nothing where its copy was purged."""
        query = select(draft_parts.c.part).where(draft_parts.c.draft == draft.seq, draft_parts.c.file == file)
        with self._store.reading() as connection:
            places = list(connection.execute(query.order_by(draft_parts.c.part)).scalars())
        for part in places:
            one = select(draft_parts.c.content).where(
                draft_parts.c.draft == draft.seq, draft_parts.c.file == file, draft_parts.c.part == part
            )
            with self._store.reading() as connection:
                yield zlib.decompress(connection.execute(one).scalar_one())

    def show(  # noqa: PLR0913 - what was shown, all by name
        self,
        draft: Draft,
        *,
        at: float,
        settings: Mapping[str, Any],
        plan: Shown,
        fingerprint: str,
        rows: Iterable[KeptRow],
        facts: PlanFacts | None = None,
        in_steps: bool = False,
    ) -> Draft:
        """
        Write the plan of a draft as it is shown now, in place of the one before; return it.

        ``in_steps``: in many short transactions, so that others can write in between. Until the last of them the draft counts
        as not shown, so that nobody can send it.

        Raises:
            Held: it is another version by now, or is shown by somebody else.
        """
        with self._steps(in_steps=in_steps) as step:
            with step() as connection:
                if not is_current(connection, draft.seq, draft.version):
                    raise Held(STALE, fix=f"Look at it again: importer plan --draft {draft.id}")
                connection.execute(update(drafts).where(drafts.c.seq == draft.seq).values(shown=-draft.version))
            for statement in self._deletions(draft.seq):
                with step() as connection:
                    self._refuse_overtaken(connection, draft)
                    connection.execute(statement)
            for some in _some(rows):
                with step() as connection:
                    self._refuse_overtaken(connection, draft)
                    write_rows(connection, draft.seq, some)
            with step() as connection:
                self._refuse_overtaken(connection, draft)
                _write_facts(connection, draft.seq, facts)
                shown = {
                    "shown": draft.version,
                    "is_partly_known": False,
                    "touched_at": at,
                    "settings": orjson.dumps(dict(settings)),
                    "plan": orjson.dumps(asdict(plan)),
                    "fingerprint": fingerprint,
                }
                connection.execute(update(drafts).where(drafts.c.seq == draft.seq).values(shown))
        return self.named(draft.id)

    def _deletions(self, seq: int) -> Iterator[Delete]:
        """Yield statements that delete the rows of a draft's plan, each of them some."""
        with self._store.reading() as connection:
            last = connection.execute(
                select(func.coalesce(func.max(draft_rows.c.id), 0)).where(draft_rows.c.draft == seq)
            ).scalar_one()
        for table in OF_ROWS:
            mine = table.delete().where(table.c.draft == seq)
            if "id" not in table.c:
                yield mine
                continue
            for first in range(0, int(last) + 1, DELETED_AT_ONCE):
                yield mine.where(table.c.id >= first, table.c.id < first + DELETED_AT_ONCE)

    @staticmethod
    def _refuse_overtaken(connection: Connection, draft: Draft) -> None:
        mine = (drafts.c.seq == draft.seq, drafts.c.version == draft.version, drafts.c.shown == -draft.version)
        if connection.execute(select(drafts.c.seq).where(*mine, drafts.c.run.is_(None))).first() is None:
            raise Held(STALE, fix=f"Look at it again: importer plan --draft {draft.id}")

    def facts(self, draft: Draft) -> PlanFacts | None:
        """Return what is kept of a draft's plan as a whole; None where that is not known any more, or never was."""
        query = select(draft_facts.c.facts).where(draft_facts.c.draft == draft.seq)
        with self._store.reading() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else _facts(found)

    def judge(  # noqa: PLR0913 - what a judgement changes
        self,
        draft: Draft,
        rows: Sequence[KeptRow],
        plan: Shown,
        facts: PlanFacts | None,
        *,
        is_partly_known: bool,
        cells: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """
        Write rows as they were judged again after an edit, with the counts of the plan as they are thereby.

        ``facts`` None: what is kept of the plan as a whole is not so any more, and no row can be judged before the plan is
        made again. ``cells``: of rows that could not be judged, by id. Called in the transaction in which the edit is
        written.
        """
        with self._store.writing() as connection:
            put_rows(connection, draft.seq, rows)
            put_cells(connection, draft.seq, cells or {})
            connection.execute(draft_facts.delete().where(draft_facts.c.draft == draft.seq))
            _write_facts(connection, draft.seq, facts)
            values = {"plan": orjson.dumps(asdict(plan)), "is_partly_known": is_partly_known}
            connection.execute(update(drafts).where(drafts.c.seq == draft.seq).values(values))

    def drop(self, draft_id: str) -> Draft:
        """
        Forget a draft with all that was kept of it; return what it was.

        Raises:
            UsageError: there is none, or it was sent.
        """
        found = self.open(draft_id)
        with self._store.writing() as connection:
            # A run may have begun to send it meanwhile.
            forget_drafts(connection, (drafts.c.seq == found.seq) & drafts.c.run.is_(None))
        return found

    def forget_untouched(self, before: float) -> list[Draft]:
        """Forget the drafts that nobody has touched since a moment; return what they were, the oldest first."""
        untouched = UNSENT & (drafts.c.touched_at < before)
        query = select(drafts).where(untouched).order_by(drafts.c.seq)
        with self._store.reading() as connection:
            found = [draft_of(row) for row in connection.execute(query)]
        if found:
            with self._store.writing() as connection:
                forget_drafts(connection, drafts.c.seq.in_([draft.seq for draft in found]) & untouched)
        return found


def _some(rows: Iterable[KeptRow]) -> Iterator[list[KeptRow]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _write_facts(connection: Connection, seq: int, facts: PlanFacts | None) -> None:
    if facts is not None:
        told = zlib.compress(orjson.dumps(facts, option=orjson.OPT_NON_STR_KEYS), 1)
        connection.execute(insert(draft_facts).values(draft=seq, facts=told))


@reads_columns
def _facts(kept: bytes) -> PlanFacts:
    told = orjson.loads(zlib.decompress(kept))
    sheets = [
        SheetFacts(**{**sheet, "file": None if sheet["file"] is None else FileFacts(**sheet["file"])})
        for sheet in told["sheets"]
    ]
    return PlanFacts(**{**told, "sheets": sheets, "back": {int(file): each for file, each in told["back"].items()}})


def _of_source(source: Source) -> dict[str, Any]:
    return asdict(source) | {"files": [list(file) for file in source.files]}


def forget_drafts(connection: Connection, which: ColumnElement[bool]) -> None:
    """Delete the drafts that meet a condition, with all that was kept of them."""
    seqs = list(connection.execute(select(drafts.c.seq).where(which)).scalars())
    for table in EVERYTHING if seqs else ():
        connection.execute(table.delete().where(table.c.draft.in_(seqs)))
    connection.execute(drafts.delete().where(drafts.c.seq.in_(seqs)))
    if seqs:
        # Their cells still stand in pages that are free now: the next purge overwrites them.
        connection.execute(update(owner).values(purge_left=True))
