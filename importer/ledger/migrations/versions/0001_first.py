"""Runs, files, rows and reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite makes only a plain INTEGER PRIMARY KEY the row's own address.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the four tables."""
    _make_runs()
    _make_files()
    _make_rows()
    _make_reminders()


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("seq", RowId, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("exit_code", sa.Integer),
        sa.Column("stop_reason", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("tzdata", sa.Text, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
    )


def _make_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", RowId, primary_key=True, autoincrement=False),
        sa.Column("run", RowId, sa.ForeignKey("runs.seq"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("headings", sa.LargeBinary, nullable=False),
        sa.Column("heading_row", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("notes", sa.LargeBinary, nullable=False),
    )


def _make_rows() -> None:
    op.create_table(
        "rows",
        sa.Column("id", RowId, primary_key=True, autoincrement=False),
        sa.Column("run", RowId, sa.ForeignKey("runs.seq"), nullable=False),
        sa.Column("file", RowId, sa.ForeignKey("files.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text),
        sa.Column("lane", sa.LargeBinary),
        sa.Column("due", sa.BigInteger),
        sa.Column("after", RowId),
        sa.Column("followed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("repeated", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("conditional", sa.Boolean, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("planned", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("external_event_id", sa.Text),
        sa.Column("uuid", sa.Text),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("call_starts_at", sa.BigInteger),
        sa.Column("call_uuid", sa.Text),
        sa.Column("http_status", sa.Integer),
        sa.Column("code", sa.Text, nullable=False, server_default=""),
        sa.Column("settled_at", sa.Float),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("defaulted", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("changes", sa.LargeBinary),
        sa.Column("history", sa.LargeBinary),
        sa.Column("problems", sa.LargeBinary, nullable=False),
        sa.Column("warnings", sa.LargeBinary, nullable=False),
        sa.Column("cells", sa.LargeBinary, nullable=False),
    )
    op.create_index("rows_of_run", "rows", ["run", "id"])
    op.create_index(
        "rows_due",
        "rows",
        ["run", "due", "id"],
        sqlite_where=sa.text("due IS NOT NULL"),
        postgresql_where=sa.text("due IS NOT NULL"),
    )
    op.create_index(
        "rows_after",
        "rows",
        ["after"],
        sqlite_where=sa.text("after IS NOT NULL"),
        postgresql_where=sa.text("after IS NOT NULL"),
    )


def _make_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", RowId, primary_key=True, autoincrement=True),
        sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("phone", sa.Text),
        sa.Column("external_event_id", sa.Text),
        sa.Column("uuid", sa.Text, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("in_doubt", sa.Text),
        sa.Column("doubtful", sa.Text, nullable=False),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("fingerprint", sa.LargeBinary),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("row_id", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("accepted", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them; whatever they remember is gone."""
    for name in ("reminders", "rows", "files", "runs"):
        op.drop_table(name)
