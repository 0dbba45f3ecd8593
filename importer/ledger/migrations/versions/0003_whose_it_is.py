"""Whose the ledger is: an id of its own, the API address that its runs name, the account; and what was only imported."""

from __future__ import annotations

import secrets

import orjson
import sqlalchemy as sa
from alembic import op

from importer.model.statuses import origin_of

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table with its one row, and the mark of reminders that no answer of the API told."""
    owner = op.create_table(
        "owner",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ledger", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("account", sa.LargeBinary),
        sa.Column("refused", sa.Boolean, nullable=False),
    )
    op.bulk_insert(
        owner,
        [{"id": 1, "ledger": secrets.token_hex(16), "address": _addresses(), "account": None, "refused": False}],
    )
    op.add_column("reminders", sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()))


def _addresses() -> str:
    """Return the addresses of the runs that sent something, each once, with blanks between; mostly one or none."""
    told = op.get_bind().execute(
        sa.text(
            "SELECT settings FROM runs WHERE EXISTS (SELECT 1 FROM rows WHERE rows.run = runs.seq AND attempts > 0)"
            " ORDER BY seq"
        )
    )
    named = (origin_of(str(orjson.loads(bytes(settings)).get("base_url") or "")) for (settings,) in told)
    return " ".join(dict.fromkeys(address for address in named if address))


def downgrade() -> None:
    """Take both away again."""
    op.drop_column("reminders", "imported")
    op.drop_table("owner")
