"""How each tenant stands: its latest runs, the rows whose outcome is not known, and the files of its drops by state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import Exit, ImporterError
from importer.ledger import open_ledger
from importer.ledger.opening import ledger_exists
from importer.settings import served, tenants_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.ledger import Glance
    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class TenantRuns:
    """
    One tenant. ``runs``: its latest, newest first. ``unknown``: rows whose outcome is not known. ``files``: drop -> state -> how many files.

    ``failed``: the exit code of what kept its ledger from being read, and ``why`` in words.
    """

    tenant: str
    runs: Sequence[Glance] = ()
    unknown: int = 0
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    failed: Exit | None = None
    why: str = ""


def tenant_runs(settings: Settings, last: int) -> Iterator[TenantRuns]:
    """
    Yield each tenant of the settings with its latest runs; one whose ledger cannot be read costs the others nothing.

    Raises:
        SettingsError: the settings have no tenants.
    """
    tenants = tenants_in(settings)
    for name in tenants.names:
        try:
            mine, _ = served(settings, tenants, name)
            yield _of_one(mine, name, last)
        except ImporterError as error:
            yield TenantRuns(name, failed=error.exit_code, why=f"{error} {error.fix}".strip())


def _of_one(settings: Settings, name: str, last: int) -> TenantRuns:
    if not ledger_exists(settings.ledger_url):
        return TenantRuns(name)
    opening = open_ledger(
        settings.ledger_url, lock_timeout_s=settings.lock_timeout_s, read_only=True, purge_key=settings.purge_key
    )
    with opening as ledger:
        unknown = sum(one.unknown for one in ledger.unresolved())
        return TenantRuns(name, ledger.glances(last), unknown, ledger.claims.counts())
