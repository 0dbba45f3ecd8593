"""Two workers for all tests of a test process, and a sandbox for each test; each settings file stands where the workers look for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from several_tenants import Street

from importer.ingest.check_process import CheckProcess
from importer.interrupts import StopSignal
from importer.sandbox import Sandbox
from importer.settings import load
from importer.tenants.chosen_units import chosen_units, tenants_named
from importer.tenants.spreading import Spread, pass_of
from importer.tenants.worker_pools import LocalWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.ingest.pass_results import PassResult


@pytest.fixture(scope="session")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "settings.toml"


@pytest.fixture(scope="session")
def workers(settings_file: Path) -> Iterator[LocalWorkers]:
    home = {name: str(settings_file.parent) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    made = LocalWorkers(2, {"IMPORTER_CONFIG": str(settings_file), **home})
    yield made
    made.close()


@pytest.fixture(scope="session")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckProcess]:
    with CheckProcess(tmp_path_factory.getbasetemp().resolve()) as process:
        yield process


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@dataclass
class Passes:
    """Passes over a street by workers that are there already; ``most``: the units that were in progress at once, by tenant."""

    workers: Any
    stop: StopSignal = field(default_factory=StopSignal)
    flying: list[str] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)

    def __call__(self, street: Street, *words: str) -> PassResult:
        """Make a pass."""
        settings, _ = load({}, config=street.config, folder=street.folder, needs_tenant=False)
        chosen = chosen_units(settings, tenants_named(settings, words), 1_804_000_000.0)
        return pass_of(Spread(self, self.stop).over(chosen))

    def has_room(self) -> bool:
        """As the workers."""
        return bool(self.workers.has_room())

    def submit(self, unit: Any) -> Any:
        """Count, and pass on."""
        self.flying.append(unit.tenant)
        self.begun.append(unit.name)
        for tenant in (unit.tenant, ""):
            count = self.flying.count(tenant) if tenant else len(self.flying)
            self.most[tenant] = max(self.most.get(tenant, 0), count)
        return self.workers.submit(unit)

    def result(self, unit: Any, answer: Any) -> Any:
        """Count, and pass on."""
        self.flying.remove(unit.tenant)
        return self.workers.result(unit, answer)

    def interrupt(self, code: Any, *, urgent: bool) -> None:
        """Pass on."""
        self.workers.interrupt(code, urgent=urgent)


@pytest.fixture
def passes(workers: LocalWorkers) -> Passes:
    return Passes(workers)


@pytest.fixture
def street_of(tmp_path: Path, sandbox: Sandbox, settings_file: Path) -> Callable[..., Street]:
    """Give what makes tenants, whose settings the workers read."""
    return lambda **how: Street(tmp_path, sandbox, place=settings_file, **how)
