"""What a file says, whatever its format and the order of its rows; and indexes of changes and appointment numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("files", sa.Column("content", sa.Text, nullable=False, server_default=""))
    op.create_index(
        "rows_changed",
        "rows",
        ["lane"],
        sqlite_where=sa.text("changes IS NOT NULL"),
        postgresql_where=sa.text("changes IS NOT NULL"),
    )
    op.create_index("reminders_of_number", "reminders", ["external_event_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("reminders_of_number", "reminders")
    op.drop_index("rows_changed", "rows")
    op.drop_column("files", "content")
