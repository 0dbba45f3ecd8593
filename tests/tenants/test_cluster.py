"""The same units by a Dask cluster: as here, and what is told where its workers differ or its scheduler is gone."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import DropUnreachable, Exit, UsageError
from importer.settings import load
from importer.tenants.chosen_units import chosen_units, tenants_named
from importer.tenants.spreading import Spread, pass_of
from importer.tenants.worker_pools import cluster_address, cluster_workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from several_tenants import Street

    from importer.tenants.chosen_units import Chosen

StreetOf = Any


@contextmanager
def a_cluster(workers: int = 1) -> Iterator[Any]:
    """Give a scheduler and a worker on loopback, in this process: what travels is the same as between machines."""
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None
        )  # fmt: skip
        try:
            yield cluster
        finally:
            cluster.close()


@pytest.fixture
def chosen_of(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what chooses the units of a street, whose settings the workers, which are here, read as well."""
    monkeypatch.setenv("IMPORTER_CONFIG", str(settings_file))
    monkeypatch.setenv("XDG_STATE_HOME", str(settings_file.parent))

    def choose(street: Street) -> Chosen:
        settings, _ = load({}, folder=street.folder, needs_tenant=False)
        return chosen_units(settings, tenants_named(settings, ()), 1_804_000_000.0)

    return choose


def changed(chosen: Chosen, **how: Any) -> Chosen:
    """Return the same units as a machine would order them that differs."""
    chosen.queues[0].units[0] = chosen.queues[0].units[0]._replace(**how)
    return chosen


@pytest.mark.long
def test_a_cluster_does_what_processes_here_do(street_of: StreetOf, chosen_of: Any) -> None:
    """Each file is sent once; other settings and another version are refused, said, and cost the others nothing; a lost scheduler is 5."""
    street: Street = street_of(count=3)
    for name in street.names:
        street.put(f"{name}-0", 4)
    with a_cluster() as cluster:
        address = cluster.scheduler_address
        with cluster_workers(address) as workers:
            chosen = changed(chosen_of(street), digest="0" * 32)
            chosen.queues[1].units[0] = chosen.queues[1].units[0]._replace(version="0.9")
            refused = pass_of(Spread(workers, Passing()).over(chosen))
            assert [int(drop.exit_code) for drop in refused.drops] == [2, 2, 0]
            assert "other settings, another token" in refused.news[0]
            assert "0.9 was ordered" in refused.news[1]
            assert {each.partition("-")[0] for each in street.created()} == {"t2"}

            made = pass_of(Spread(workers, Passing()).over(chosen_of(street)))
            assert made.exit_code == Exit.DONE, made.news
            assert set(street.created().values()) == {1}
            assert len(street.created()) == 12
            assert not street.mixed_up()

            cluster.close()
            lost = pass_of(Spread(workers, Passing()).over(chosen_of(street)))
            assert {int(drop.exit_code) for drop in lost.drops} == {Exit.STOPPED}
            assert "lost" in lost.news[0]


class Passing:
    """Nobody wants the pass to stop."""

    raised = urgent = False
    exit_code = Exit.INTERRUPTED


@pytest.mark.parametrize(
    "address", ["scheduler", "http://scheduler:8786", "tcp://", "tcp://scheduler", "tcp://a:99999", "tcp://a:1/x"]
)
def test_an_address_that_is_no_schedulers_is_refused(address: str) -> None:
    """Only tcp:// and tls:// with a host and a port name a scheduler."""
    with pytest.raises(UsageError, match="is no address of a cluster"):
        cluster_address(address)


def test_an_open_way_to_another_machine_is_told() -> None:
    """Off loopback tcp:// carries everything in the open, and lets in whoever comes; tls:// and loopback say nothing."""
    assert "not encrypted" in cluster_address("tcp://10.0.0.7:8786")[1]
    assert cluster_address("tls://10.0.0.7:8786") == ("tls://10.0.0.7:8786", "")
    assert cluster_address("tcp://127.0.0.1:8786")[1] == ""


def test_an_unknown_cluster_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens the pass is for later: exit 5, and a sentence."""
    monkeypatch.setattr("importer.tenants.worker_pools.CONNECT_S", 0.5)
    with (
        pytest.raises(DropUnreachable, match="cannot be reached"),
        warnings.catch_warnings(),
        cluster_workers("tcp://127.0.0.1:9"),
    ):
        pass
