"""Plans that are kept, with their files, rows and edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    def of_draft() -> sa.Column[int]:
        return sa.Column("draft", row_id, sa.ForeignKey("drafts.seq"), primary_key=True, autoincrement=False)

    def of_row() -> sa.Column[int]:
        return sa.Column("id", row_id, primary_key=True, autoincrement=False)

    op.create_table(
        "drafts",
        sa.Column("seq", row_id, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("touched_at", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
        sa.Column("plan", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("run", sa.Text),
    )
    op.create_index("drafts_of_run", "drafts", ["run"])
    op.create_table(
        "draft_parts",
        of_draft(),
        sa.Column("file", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "draft_rows",
        of_draft(),
        of_row(),
        sa.Column("file", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("lane", sa.LargeBinary),
        sa.Column("mark", sa.LargeBinary),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
    )
    op.create_index("draft_rows_of_verdict", "draft_rows", ["draft", "verdict", "id"])
    op.create_index("draft_rows_of_number", "draft_rows", ["draft", "file", "number"])
    op.create_index("draft_rows_of_lane", "draft_rows", ["draft", "lane"])
    op.create_table(
        "draft_cells",
        of_draft(),
        of_row(),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("uuid", sa.Text),
        sa.Column("external_event_id", sa.Text),
        sa.Column("cells", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("changes", sa.LargeBinary, nullable=False),
        sa.Column("problems", sa.LargeBinary, nullable=False),
        sa.Column("warnings", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "draft_kinds",
        of_draft(),
        sa.Column("kind", sa.Text, primary_key=True),
        of_row(),
        sa.Column("field", sa.Text, primary_key=True),
    )
    op.create_index("draft_kinds_of_field", "draft_kinds", ["draft", "field", "id"])
    op.create_table(
        "draft_edits",
        of_draft(),
        of_row(),
        sa.Column("file", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("column", sa.Integer),
        sa.Column("heading", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("undoes", sa.BigInteger),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    for table in ("draft_edits", "draft_kinds", "draft_cells", "draft_rows", "draft_parts", "drafts"):
        op.drop_table(table)
