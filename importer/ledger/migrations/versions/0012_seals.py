"""Seals: what a reminder says, summed up in itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from importer.ledger.integrity import seal_of

revision = "0012"
down_revision = "0011"

PAGE = 5_000
SEALED = (
    "key_hash", "phone", "external_event_id", "uuid", "state", "in_doubt", "doubtful", "starts_at", "fingerprint", "run",
    "row_id", "accepted", "imported", "purged",
)  # fmt: skip


def upgrade() -> None:
    """Add the column, and seal what is known so far."""
    op.add_column("reminders", sa.Column("seal", sa.BigInteger))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    query = sa.text(f"SELECT id, {', '.join(SEALED)} FROM reminders WHERE id > :last ORDER BY id LIMIT {PAGE}")  # noqa: S608
    seal = sa.text("UPDATE reminders SET seal = :seal WHERE id = :id")
    last = 0
    while found := connection.execute(query, {"last": last}).mappings().all():
        connection.execute(seal, [{"id": one["id"], "seal": seal_of(dict(one))} for one in found])
        last = found[-1]["id"]
    op.execute(
        f"CREATE TRIGGER reminders_unseal AFTER UPDATE OF {', '.join(SEALED)} ON reminders WHEN NEW.seal IS OLD.seal"  # noqa: S608
        f" AND ({' OR '.join(f'NEW.{name} IS NOT OLD.{name}' for name in SEALED)})"
        " BEGIN UPDATE reminders SET seal = NULL WHERE id = NEW.id; END"
    )


def downgrade() -> None:
    """Take it away again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER reminders_unseal")
    op.drop_column("reminders", "seal")
