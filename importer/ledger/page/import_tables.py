"""
The table of imports: sheets that people brought to the page, and how far each has come.

Names of files and sentences about them are personal data; what was sent stands in the tables of runs.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, Table, Text, false

from importer.ledger.tables import metadata

imports: Final = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    # The user's id; 0 is whoever opened the one-time link while there are no users.
    Column("owner", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    # The name of its copy in the folder of uploads; "" where it has none, or has none any more.
    Column("copy", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("profile", Text, nullable=False),
    # Settings by name that hold for this import alone: which sheet, what was approved.
    Column("options", LargeBinary, nullable=False),
    # What is known of the sheet: rows, columns, the sheets beside it, notes.
    Column("facts", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    # Rises with each move, so that a click on a page that is out of date moves nothing.
    Column("version", Integer, nullable=False),
    # Which page its check leads to.
    Column("leads_to", Text, nullable=False),
    Column("draft", Text),
    Column("run", Text),
    Column("parent", Text),
    Column("problem", Text, nullable=False),
    Column("fix", Text, nullable=False),
    # What somebody agreed to send: the draft's version and fingerprint, who and when, and what was approved.
    Column("agreed", LargeBinary, nullable=False),
    # What its run came to, for the page: a headline, next steps, the rows that need attention first.
    Column("result", LargeBinary, nullable=False),
    # Whether somebody wants the sending to stop.
    Column("stopping", Boolean, nullable=False, server_default=false()),
    # When the sending goes on by itself, UTC seconds.
    Column("goes_on_at", Float),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    # When what it held of a sheet was taken out of it, UTC seconds.
    Column("purged_at", Float),
    Index("imports_of_owner", "owner", "created_at"),
    Index("imports_of_state", "state"),
    Index("imports_of_content", "sha256"),
)
