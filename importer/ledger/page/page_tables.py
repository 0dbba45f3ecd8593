"""
The tables of the page. None holds anything of a sheet.

``users``      who may log in: name, Argon2 hash of the password, role; a removed one stays, so that its id is never another's
``sessions``   one login: the hash of the random id that stands in the browser's cookie
``audit``      who did what and when, in counts and ids; rows are only ever added, the database refuses anything else
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, BigInteger, Column, Float, ForeignKey, Index, LargeBinary, Table, Text, event

from importer.ledger.tables import RowId, metadata

users = Table(
    "users",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    # As it is typed, without regard to capitals.
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("removed_at", Float),
    Index(
        "users_name",
        "name",
        unique=True,
        sqlite_where=Column("removed_at").is_(None),
        postgresql_where=Column("removed_at").is_(None),
    ),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    # None: whoever opened the one-time link, while there are no users.
    Column("user", RowId, ForeignKey("users.id")),
    Column("made_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("revoked_at", Float),
    Index("sessions_of_user", "user"),
    Index("sessions_by_age", "made_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    # The name of the one who did it; "" where nobody was logged in.
    Column("by", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("import", Text),
    Column("run", Text),
    # JSON: name -> number, or an id.
    Column("counts", LargeBinary, nullable=False),
    Column("user", BigInteger),
)

APPEND_ONLY_SQLITE: Final = tuple(
    f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
    for what in ("UPDATE", "DELETE")
)
APPEND_ONLY_POSTGRESQL: Final = (
    (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only ever added to'; END $$"
    ),
    (
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
    ),
)

for dialect, statements in (("sqlite", APPEND_ONLY_SQLITE), ("postgresql", APPEND_ONLY_POSTGRESQL)):
    for statement in statements:
        made = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy gives this one no types
        event.listen(audit, "after_create", made.execute_if(dialect=dialect))
