"""
The tables of drafts. All but ``drafts`` hold personal data of sheets, by the draft's ``seq``.

``drafts``        one kept plan: what it was made of and by which settings, its sums, its fingerprint, and the run that sent it
``draft_parts``   the bytes of its files as they came, in compressed parts
``draft_rows``    a row of the plan as it was shown last, in few bytes: what can be filtered by
``draft_cells``   the rest of that row: cells, problems, warnings, changes
``draft_kinds``   which kinds of problem and warning a row has, and about which field
``draft_ties``    by which names a row may have to do with others: its phone, number and uuid
``draft_facts``   what is kept of its sheets and of the plan as a whole, by which one row can be judged again
``draft_edits``   what a person changed, in the order of her changes; nothing is ever taken out of it

A run that sent a draft keeps the draft's row and its edits; the rest goes when the run is finished.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text, false

from importer.ledger.tables import RowId, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("command", Text, nullable=False),
    Column("parent", Text),
    Column("by", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("touched_at", Float, nullable=False),
    # Rises with each edit; ``shown`` is the version of which the plan below was made.
    Column("version", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("profile", Text, nullable=False),
    # The newest run when the draft was made: its files are compared with those of that run and before.
    Column("as_of", BigInteger, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("settings", LargeBinary, nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("run", Text),
    # Whether edits since it was shown may have changed other rows than those that were judged again.
    Column("is_partly_known", Boolean, nullable=False, server_default=false()),
    Index("drafts_of_run", "run"),
)

draft_parts = Table(
    "draft_parts",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

draft_rows = Table(
    "draft_rows",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("file", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("lane", LargeBinary),
    # Of the row's call, None without one: other than before, the row would be sent otherwise.
    Column("mark", LargeBinary),
    Column("name", Text, nullable=False),
    Column("search", Text, nullable=False),
    # What it adds to the facts of the plan as a whole.
    Column("weight", LargeBinary),
    Index("draft_rows_of_verdict", "draft", "verdict", "id"),
    Index("draft_rows_of_number", "draft", "file", "number"),
    Index("draft_rows_of_lane", "draft", "lane"),
)

draft_cells = Table(
    "draft_cells",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("uuid", Text),
    Column("external_event_id", Text),
    Column("cells", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("changes", LargeBinary, nullable=False),
    Column("problems", LargeBinary, nullable=False),
    Column("warnings", LargeBinary, nullable=False),
)

draft_kinds = Table(
    "draft_kinds",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Index("draft_kinds_of_field", "draft", "field", "id"),
)

draft_ties = Table(
    "draft_ties",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("tie", Text, primary_key=True),
    Column("id", RowId, primary_key=True, autoincrement=False),
    Index("draft_ties_of_row", "draft", "id"),
    sqlite_with_rowid=False,
)

draft_facts = Table(
    "draft_facts",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("facts", LargeBinary, nullable=False),
)

draft_edits = Table(
    "draft_edits",
    metadata,
    Column("draft", RowId, ForeignKey("drafts.seq"), primary_key=True, autoincrement=False),
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("file", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    # The position of the cell in the sheet; None: the row as a whole is left out, or back.
    Column("column", Integer),
    Column("heading", Text, nullable=False),
    # None: as in the file; of a row as a whole: not left out.
    Column("value", Text),
    Column("undoes", BigInteger),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
    # What stands in the file in this cell.
    Column("before", Text),
)

KEEPING: Final = "-"
"""Stands in the place of a run while a draft is written step by step: nobody finds it before it is whole."""

UNSENT: Final = drafts.c.run.is_(None) | (drafts.c.run == KEEPING)
"""The condition of drafts that no run sent: open ones, and what a kill left of one that was being kept."""

OF_ROWS: Final = (draft_rows, draft_cells, draft_kinds, draft_ties, draft_facts)
"""What is written anew each time that the plan is made."""

CONTENT: Final = (*OF_ROWS, draft_parts)
"""What is not kept once the draft was sent and its run is finished."""

EVERYTHING: Final = (*CONTENT, draft_edits)
"""All tables that hold rows of a draft, by ``draft``: what goes with it."""
