"""What is known of the files of drops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "claims",
        sa.Column("id", row_id, primary_key=True, autoincrement=False),
        sa.Column("drop", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("taken_at", sa.Float, nullable=False),
        sa.Column("copy", sa.Text, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("exit_code", sa.Integer),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("whereabouts", sa.Text, nullable=False),
    )
    op.create_index("claims_of_drop", "claims", ["drop", "id"])
    op.create_index("claims_of_run", "claims", ["run"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("claims")
