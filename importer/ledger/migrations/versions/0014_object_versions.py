"""Which version of an object a claim's copy was made of, in buckets that keep versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; what was claimed before lay in folders, which have none."""
    op.add_column("claims", sa.Column("version_id", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("claims", "version_id")
