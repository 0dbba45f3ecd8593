"""What ``importer config check`` says of each tenant: its table, its token, its ledger; and of drops that belong to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.cli.config_command import of_ledger, of_token
from importer.cli.terminal import Finding
from importer.errors import ImporterError
from importer.settings import served, tenants_in
from importer.settings.places import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.settings import Settings, Tenants


def of_tenants(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each tenant, the first thing that is wrong with it, and for each drop of nobody."""
    tenants = tenants_in(settings)
    for name in tenants.names:
        yield _of_one(settings, tenants, name)
    for drop in tenants.ownerless:
        yield Finding(
            f"drop {drop}", "wrong", "it belongs to no tenant", f'Add "{drop}" to drops of one [tenant.NAME].'
        )


def _of_one(settings: Settings, tenants: Tenants, name: str) -> Finding:
    subject = f"tenant {name}"
    try:
        found, _ = served(settings, tenants, name)
    except ImporterError as error:
        return Finding(subject, "wrong", str(error), error.fix)
    for each in (of_token(found), of_ledger(found)):
        if each.verdict != "ok":
            return Finding(subject, each.verdict, f"{each.subject}: {each.text}", each.fix)
    return Finding(
        subject, "ok", f"token from {found.token_source.origin}, ledger {without_password(found.ledger_url)}"
    )
