"""Imports: the sheets that people bring to the page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "imports",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("copy", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("options", sa.LargeBinary, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("leads_to", sa.Text, nullable=False),
        sa.Column("draft", sa.Text),
        sa.Column("run", sa.Text),
        sa.Column("parent", sa.Text),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("agreed", sa.LargeBinary, nullable=False),
        sa.Column("result", sa.LargeBinary, nullable=False),
        sa.Column("stopping", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("goes_on_at", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
        sa.Column("purged_at", sa.Float),
    )
    op.create_index("imports_of_owner", "imports", ["owner", "created_at"])
    op.create_index("imports_of_state", "imports", ["state"])
    op.create_index("imports_of_content", "imports", ["sha256"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("imports")
