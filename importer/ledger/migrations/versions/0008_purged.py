"""What a purge leaves: when a run was purged, and that keyed hashes stand for personal data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEYED = sa.text("length(lane) = 20")


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("runs", sa.Column("purged_at", sa.Float))
    op.add_column("reminders", sa.Column("purged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("owner", sa.Column("purge_key", sa.LargeBinary))
    op.add_column("owner", sa.Column("purge_left", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("rows_keyed", "rows", ["lane"], sqlite_where=_KEYED, postgresql_where=_KEYED)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("rows_keyed", "rows")
    for table, column in (
        ("owner", "purge_left"),
        ("owner", "purge_key"),
        ("reminders", "purged"),
        ("runs", "purged_at"),
    ):
        op.drop_column(table, column)
