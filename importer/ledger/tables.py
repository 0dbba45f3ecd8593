"""
The ledger's tables. Times are UTC seconds; JSON is kept as bytes, exactly as it was or will be sent.

``runs``       one execution; ``seq`` orders them (the clock never does)
``files``      one sheet of one file of a run
``rows``       a row of a file, its plan and its outcome; ids rise in the order of staging
``unchanged``  rows of one chunk that repeat what is known, kept together; their ids stand among those of ``rows``
``reminders``  what the API holds for one appointment, as far as its answers told
``claims``     a file of a drop: how far it has come, and where it is
``notices``    a state of a drop that stands, and who was told of it; one row: up to when a digest has told
``owner``      one row: the ledger's id, and the API address and account that it belongs to
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    Text,
    event,
    false,
    literal_column,
)
from sqlalchemy.util import OrderedSet

from importer.model.statuses import DONE

SCHEMA: Final = "0017"
"""The newest migration that this version of the importer knows."""

APPLICATION_ID: Final = 0x494D5052
"""``IMPR``: marks an SQLite file as an importer's ledger (``PRAGMA application_id``)."""

Found: TypeAlias = Row[*tuple[Any, ...]]
"""A row of a query's result; its columns are attributes."""

metadata = MetaData()

WANTING: Final = f"status NOT IN ({', '.join(sorted(repr(status.value) for status in DONE))})"
"""The condition of the index of settled rows that want a person, as the databases need it to use that index."""

# SQLite makes only a plain INTEGER PRIMARY KEY the row's own address.
RowId = BigInteger().with_variant(Integer(), "sqlite")

runs = Table(
    "runs",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("command", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("parent", Text),
    Column("started_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("exit_code", Integer),
    Column("stop_reason", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("tzdata", Text, nullable=False),
    Column("settings", LargeBinary, nullable=False),
    Column("profile", Text, nullable=False, server_default=""),
    Column("holds", LargeBinary),
    # When personal data was taken out of it, UTC seconds.
    Column("purged_at", Float),
)

files = Table(
    "files",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("run", RowId, ForeignKey("runs.seq"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("sheet", Text),
    Column("headings", LargeBinary, nullable=False),
    Column("heading_row", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("notes", LargeBinary, nullable=False),
    Column("facts", LargeBinary),
    # What its rows say, whatever their order and the file's format; hexadecimal.
    Column("content", Text, nullable=False, server_default=""),
)

rows = Table(
    "rows",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("run", RowId, ForeignKey("runs.seq"), nullable=False),
    Column("file", RowId, ForeignKey("files.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Text),
    Column("lane", LargeBinary),
    Column("due", BigInteger),
    Column("after", RowId),
    Column("followed", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("repeated", Boolean, nullable=False, server_default=false()),
    Column("conditional", Boolean, nullable=False),
    Column("action", Text, nullable=False),
    Column("planned", Text),
    Column("phone", Text),
    Column("external_event_id", Text),
    Column("uuid", Text),
    Column("starts_at", BigInteger),
    Column("call_starts_at", BigInteger),
    Column("call_uuid", Text),
    Column("http_status", Integer),
    Column("code", Text, nullable=False, server_default=""),
    Column("settled_at", Float),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("defaulted", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("body", LargeBinary),
    Column("changes", LargeBinary),
    Column("history", LargeBinary),
    Column("problems", LargeBinary, nullable=False),
    Column("warnings", LargeBinary, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    Column("location", Text),
    Index("rows_of_run", "run", "id"),
    # ``due`` stands only in rows with an open call, so both indexes stay as small as what is left to send.
    Index(
        "rows_due",
        "run",
        "due",
        "id",
        sqlite_where=Column("due").is_not(None),
        postgresql_where=Column("due").is_not(None),
    ),
    # What was sent before of an appointment; only updates have changes, so it stays small.
    Index(
        "rows_changed",
        "lane",
        sqlite_where=Column("changes").is_not(None),
        postgresql_where=Column("changes").is_not(None),
    ),
    Index(
        "rows_unknown",
        "run",
        sqlite_where=literal_column("status = 'unknown'"),
        postgresql_where=literal_column("status = 'unknown'"),
    ),
    Index(
        "rows_after", "after", sqlite_where=Column("after").is_not(None), postgresql_where=Column("after").is_not(None)
    ),
    # As many as are in flight.
    Index(
        "rows_sending",
        "run",
        sqlite_where=literal_column("state = 'sending'"),
        postgresql_where=literal_column("state = 'sending'"),
    ),
    # Few among a million; all that a stop left.
    Index("rows_wanting", "run", "id", sqlite_where=literal_column(WANTING), postgresql_where=literal_column(WANTING)),
    # Rows whose lane is a keyed hash, until a later row names the appointment again.
    Index(
        "rows_keyed",
        "lane",
        sqlite_where=literal_column("length(lane) = 20"),
        postgresql_where=literal_column("length(lane) = 20"),
    ),
)

unchanged = Table(
    "unchanged",
    metadata,
    # Of its first row and of its last one.
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("last", RowId, nullable=False),
    Column("run", RowId, ForeignKey("runs.seq"), nullable=False),
    Column("file", RowId, ForeignKey("files.id"), nullable=False),
    Column("size", Integer, nullable=False),
    Column("action", Text, nullable=False),
    # CRC-32 of ``lanes``; what is compressed has a checksum of its own.
    Column("seal", BigInteger, nullable=False),
    # The bytes of a lane: 16, or 21 with a byte for the true length in front where keyed hashes are among them. 0 where the rows
    # are folded: then ``lanes`` holds the ids of their reminders, and ``cells`` and ``bodies`` nothing.
    Column("width", Integer, nullable=False),
    # In the order of the rows, as all below.
    Column("lanes", LargeBinary, nullable=False),
    # Ids and numbers of the rows.
    Column("places", LargeBinary, nullable=False),
    # The fields that the profile filled, where it takes place, the warnings.
    Column("beside", LargeBinary, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    Column("bodies", LargeBinary, nullable=False),
    Index("unchanged_of_run", "run", "id"),
)

# Of two indexes that cost the same SQLite takes the one made last, and a set of them would be made in any order.
rows.indexes = OrderedSet(sorted(rows.indexes, key=lambda one: (one.name == "rows_wanting", one.name)))

reminders = Table(
    "reminders",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("phone", Text),
    Column("external_event_id", Text),
    Column("uuid", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("in_doubt", Text),
    Column("doubtful", Text, nullable=False),
    Column("starts_at", BigInteger),
    Column("fingerprint", LargeBinary),
    Column("run", Text, nullable=False),
    Column("row_id", BigInteger, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("accepted", LargeBinary, nullable=False),
    # Told by an export or an old report, and by no answer of the API since.
    Column("imported", Boolean, nullable=False, server_default=false()),
    # Keyed hashes stand for its personal data, or for a part of it.
    Column("purged", Boolean, nullable=False, server_default=false()),
    # Sums up the columns before it, all but ``updated_at`` (``integrity``); None where a server keeps them.
    Column("seal", BigInteger),
    # Where the row ``located_by`` said that it takes place. So long as that row is the one that told the reminder last,
    # nobody has to look at it.
    Column("location", Text),
    Column("located_by", BigInteger),
    # Finds what else a person has at the same time.
    Index("reminders_of_phone", "phone", "starts_at"),
    # Finds an appointment number under another phone.
    Index("reminders_of_number", "external_event_id"),
)

NOT_SEALED: Final = frozenset({"id", "updated_at", "seal", "location", "located_by"})
_SEALED: Final = tuple(column.name for column in reminders.columns if column.name not in NOT_SEALED)

UNSEAL: Final = (  # the names are our own
    f"CREATE TRIGGER reminders_unseal AFTER UPDATE OF {', '.join(_SEALED)} ON reminders WHEN NEW.seal IS OLD.seal"  # noqa: S608
    f" AND ({' OR '.join(f'NEW.{name} IS NOT OLD.{name}' for name in _SEALED)})"
    " BEGIN UPDATE reminders SET seal = NULL WHERE id = NEW.id; END"
)
"""A reminder that is changed without its seal has none: a seal that says something else would be damage."""

_unseal: DDL = DDL(UNSEAL).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]  # SQLAlchemy has no types for it
event.listen(reminders, "after_create", _unseal)

owner = Table(
    "owner",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ledger", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("account", LargeBinary),
    Column("refused", Boolean, nullable=False),
    # By which the key of the keyed hashes is known again; None where nothing was purged yet.
    Column("purge_key", LargeBinary),
    # Whether what a purge overwrote may still stand in freed pages.
    Column("purge_left", Boolean, nullable=False, server_default=false()),
)

claims = Table(
    "claims",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("drop", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    # What the place calls these very bytes under this name: an ETag, or a local file's device, inode, size and time.
    Column("version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("taken_at", Float, nullable=False),
    Column("copy", Text, nullable=False),
    Column("run", Text),
    Column("exit_code", Integer),
    Column("tries", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("moved_to", Text, nullable=False),
    Column("whereabouts", Text, nullable=False),
    # Of the object that was copied, in a bucket that keeps versions.
    Column("version_id", Text, nullable=False, server_default=""),
    Index("claims_of_drop", "drop", "id"),
    Index("claims_of_run", "run"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("drop", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("claim", BigInteger, nullable=False),
    Column("since", Float, nullable=False),
    # The places of the targets in the settings, with blanks between.
    Column("told", Text, nullable=False),
)

# Alembic's own table, as alembic makes it.
stamp = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
