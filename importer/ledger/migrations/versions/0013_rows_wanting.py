"""Rows that are on their way, and rows that want a person, found by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_SENDING = sa.text("state = 'sending'")
_WANTING = sa.text("status NOT IN ('cancelled', 'created', 'duplicate', 'no_show_sent', 'unchanged', 'updated')")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("rows_sending", "rows", ["run"], sqlite_where=_SENDING, postgresql_where=_SENDING)
    op.create_index("rows_wanting", "rows", ["run", "id"], sqlite_where=_WANTING, postgresql_where=_WANTING)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("rows_wanting", "rows")
    op.drop_index("rows_sending", "rows")
