"""What earlier files of a profile were like, why a run was held, and where an appointment takes place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, and the index that finds a person's other appointments."""
    op.add_column("runs", sa.Column("profile", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("holds", sa.LargeBinary))
    op.add_column("files", sa.Column("facts", sa.LargeBinary))
    op.add_column("rows", sa.Column("location", sa.Text))
    op.create_index("reminders_of_phone", "reminders", ["phone", "starts_at"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("reminders_of_phone", "reminders")
    for table, column in (("rows", "location"), ("files", "facts"), ("runs", "holds"), ("runs", "profile")):
        op.drop_column(table, column)
