"""Rows that repeat what is known are kept by the chunk, and a reminder says where its last row stood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table and the columns; rows of earlier runs stay as they are."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "unchanged",
        sa.Column("id", row_id, primary_key=True, autoincrement=False),
        sa.Column("last", row_id, nullable=False),
        sa.Column("run", row_id, sa.ForeignKey("runs.seq"), nullable=False),
        sa.Column("file", row_id, sa.ForeignKey("files.id"), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("lanes", sa.LargeBinary, nullable=False),
        sa.Column("places", sa.LargeBinary, nullable=False),
        sa.Column("beside", sa.LargeBinary, nullable=False),
        sa.Column("cells", sa.LargeBinary, nullable=False),
        sa.Column("bodies", sa.LargeBinary, nullable=False),
    )
    op.create_index("unchanged_of_run", "unchanged", ["run", "id"])
    op.add_column("reminders", sa.Column("location", sa.Text))
    op.add_column("reminders", sa.Column("located_by", sa.BigInteger))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("reminders", "located_by")
    op.drop_column("reminders", "location")
    op.drop_table("unchanged")
