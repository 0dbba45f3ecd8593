"""${message}"""

from __future__ import annotations

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the ledger here."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Bring the ledger back."""
    ${downgrades if downgrades else "pass"}
