"""What a draft keeps, so that one of its rows can be judged again alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables and columns; a draft from before has none of it until it is looked at again."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    def of_draft() -> sa.Column[int]:
        return sa.Column("draft", row_id, sa.ForeignKey("drafts.seq"), primary_key=True, autoincrement=False)

    op.create_table(
        "draft_ties",
        of_draft(),
        sa.Column("tie", sa.Text, primary_key=True),
        sa.Column("id", row_id, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("draft_ties_of_row", "draft_ties", ["draft", "id"])
    op.create_table("draft_facts", of_draft(), sa.Column("facts", sa.LargeBinary, nullable=False))
    op.add_column("draft_rows", sa.Column("weight", sa.LargeBinary))
    op.add_column("draft_edits", sa.Column("before", sa.Text))
    op.add_column("drafts", sa.Column("is_partly_known", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("drafts", "is_partly_known")
    op.drop_column("draft_edits", "before")
    op.drop_column("draft_rows", "weight")
    op.drop_table("draft_facts")
    op.drop_table("draft_ties")
