"""Rows whose outcome nobody knows are found at once, however long the history is: every run tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_UNKNOWN = sa.text("status = 'unknown'")


def upgrade() -> None:
    """Add the index."""
    op.create_index("rows_unknown", "rows", ["run"], sqlite_where=_UNKNOWN, postgresql_where=_UNKNOWN)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("rows_unknown", "rows")
