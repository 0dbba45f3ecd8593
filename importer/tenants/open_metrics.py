"""How each tenant stands, as OpenMetrics text for a monitoring system: names of tenants and drops, counts and times, nothing of a sheet."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from importer.errors import SettingsError
from importer.writing.atomic_files import draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.tenants.tenant_runs import TenantRuns

READABLE: Final = 0o644
"""A node exporter is another user, and nothing here is personal data."""


def write_metrics(path: Path, found: Sequence[TenantRuns]) -> None:
    """
    Write the file anew, whole or not at all.

    Raises:
        SettingsError: the library is not installed, or the file cannot be written.
    """
    if find_spec("prometheus_client") is None:
        raise SettingsError(
            "--metrics needs prometheus_client, which is not installed.",
            fix="Install it with: pip install 'appointment-importer[metrics]'",
        )
    text = metrics(found)
    try:
        with draft(path) as made:
            os.fchmod(made.stream.fileno(), READABLE)
            made.stream.write(text)
    except OSError as error:
        raise SettingsError(
            f"The metrics cannot be written to {path}: {error.strerror}.", fix="Name another file with --metrics."
        ) from None


def metrics(found: Sequence[TenantRuns]) -> bytes:
    """Return the text."""
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - an extra
    from prometheus_client.openmetrics.exposition import generate_latest  # noqa: PLC0415 - likewise

    registry = CollectorRegistry()
    registry.register(_Found(found))
    made: Any = generate_latest  # it publishes no types of it
    return bytes(made(registry))


class _Found:
    """What the library asks for the families of metrics."""

    def __init__(self, found: Sequence[TenantRuns]) -> None:
        self._found = found

    def collect(self) -> Iterator[Any]:
        """Yield one family after the other."""
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415 - an extra

        def gauge(name: str, meaning: str, *labels: str) -> Any:
            return GaugeMetricFamily(f"importer_{name}", meaning, labels=["tenant", *labels])

        up = gauge("tenant_up", "Whether the tenant's settings and ledger can be read.")
        unknown = gauge("unknown_rows", "Rows whose outcome is not known and needs attention.")
        started = gauge("last_run_start_seconds", "When the newest run began, in seconds since 1970.")
        code = gauge("last_run_exit_code", "Exit code of the newest run that has ended.")
        rows = gauge("last_run_rows", "Rows of the newest run by status.", "status")
        files = gauge("drop_files", "Files of a drop by the state that they are in.", "drop", "state")
        for each in self._found:
            up.add_metric([each.tenant], float(each.failed is None))
            if each.failed is not None:
                continue
            unknown.add_metric([each.tenant], each.unknown)
            for glance in each.runs[:1]:
                started.add_metric([each.tenant], glance.run.started_at)
                if glance.run.exit_code is not None:
                    code.add_metric([each.tenant], glance.run.exit_code)
                for status, count in glance.totals.items():
                    rows.add_metric([each.tenant, status.value], count)
            for drop, states in each.files.items():
                for state, count in states.items():
                    files.add_metric([each.tenant, drop, state], count)
        yield from (up, unknown, started, code, rows, files)
