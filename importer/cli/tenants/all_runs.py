"""``importer runs --all-tenants``: how each tenant stands, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.cli.history_command import counts, ending, of_glance
from importer.cli.options import effective
from importer.cli.terminal import Outcome, table
from importer.errors import Exit
from importer.ingest.pass_results import worst
from importer.reporting.wording import number
from importer.tenants.open_metrics import write_metrics
from importer.tenants.tenant_runs import tenant_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.cli.terminal import Terminal
    from importer.tenants.tenant_runs import TenantRuns


def all_runs(given: Mapping[str, Any], last: int, metrics: Path | None, screen: Terminal) -> Outcome:
    """
    Return how each tenant stands; in JSON form one object per line.

    Raises:
        SettingsError: the settings have no tenants, or the metrics cannot be written.
    """
    settings, _ = effective({**given, "tenant": None}, screen, needs_tenant=False)
    found = list(tenant_runs(settings, last))
    if metrics is not None:
        write_metrics(metrics, found)
    if screen.as_json:
        for each in found:
            screen.line("runs", as_data(each))
    return Outcome(
        "runs",
        lines=list(listed(found)),
        exit_code=worst(each.failed for each in found if each.failed is not None),
        streamed=True,
        remarks=[f"{each.tenant}: {each.why}" for each in found if each.why],
    )


def as_data(each: TenantRuns) -> dict[str, Any]:
    """Return one tenant's line."""
    return {
        "tenant": each.tenant,
        "runs": [of_glance(glance) for glance in each.runs],
        "unknown": each.unknown,
        "files": {drop: dict(states) for drop, states in each.files.items()},
        "exit_code": int(each.failed or Exit.DONE),
        "error": each.why or None,
    }


def listed(found: Sequence[TenantRuns]) -> Any:
    """Yield the tenants as a table: the newest run of each, and what needs attention."""
    rows = []
    for each in found:
        newest = each.runs[0] if each.runs else None
        held = sum(states.get("held", 0) for states in each.files.values())
        rows.append(
            (
                each.tenant,
                newest.run.id if newest else "-",
                (counts(newest) or "no rows") if newest else "-",
                "cannot be read" if each.failed is not None else ending(newest.run) if newest else "no runs yet",
                number(each.unknown) if each.unknown else "-",
                number(held) if held else "-",
            )
        )
    yield from table(("Tenant", "Newest run", "Rows", "How it ended", "Unknown rows", "Files on hold"), rows)
