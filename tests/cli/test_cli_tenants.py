"""Commands that know their tenant, and what is told of tenants that cannot be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from several_tenants import Street

from importer.cli.terminal import Finding
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    with Sandbox() as sandbox:
        yield Street(tmp_path, sandbox)


def test_a_run_goes_to_its_tenants_account_and_ledger(within: Within, street: Street) -> None:
    """With --tenant the ledger, the token and the reports are that tenant's, and the others know nothing of it."""
    sheet = str(street.put("t1-0", 3))
    config = ("--config", str(street.config))
    ran = within("run", sheet, "--tenant", "t1", "--json", *config)
    assert ran.code == 0, ran.err

    assert ran.document["totals"]["created"] == 3
    assert "reports/t1/" in ran.document["reports"]["results.csv"]
    assert not street.mixed_up()
    assert len(within("runs", "--tenant", "t1", "--json", *config).document["runs"]) == 1
    assert within("runs", "--tenant", "t0", *config).code == 2
    again = within("run", sheet, *config, environ={"IMPORTER_TENANT": "t1"})
    assert (again.code, len(street.created())) == (0, 3)


def test_without_a_tenant_nothing_is_sent(within: Within, street: Street) -> None:
    """Where there are several and none is named, a run is refused; a check needs none."""
    sheet = str(street.put("t0-0", 1))
    config = ("--config", str(street.config))
    ran = within("run", sheet, *config)

    assert (ran.code, len(street.sandbox.requests())) == (2, 0)
    assert "2 tenants, and none is named: t0, t1" in ran.err
    assert within("check", sheet, *config).code == 0


def test_config_check_tells_what_keeps_a_tenant_from_being_served(
    within: Within, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tenant is a finding, and so is a drop of nobody; no token is shown."""
    # What it tries of the system starts processes; here the tenants are what it is about.
    for name in ("of_workbook_reader", "of_drop_reader"):
        monkeypatch.setattr(f"importer.cli.config_command.{name}", lambda *_: Finding("reader", "ok", "not tried"))
    config = ("--config", str(street.config))

    def found() -> dict[str, tuple[str, str]]:
        ran = within("config", "check", "--json", *config)
        told = {each["subject"]: (each["verdict"], each["text"]) for each in ran.document["findings"]}
        assert ran.code == (2 if {"wrong", "missing"} & {verdict for verdict, _ in told.values()} else 0)
        assert street.token("t1") not in ran.out
        return told

    assert {verdict for verdict, _ in found().values()} == {"ok"}
    street.write_token("t0", street.token("t1"))
    street.config.write_text(
        street.config.read_text(encoding="utf-8") + '[drop.stray]\npath = "stray"\n', encoding="utf-8"
    )
    told = found()
    assert told["tenant t0"][0] == told["tenant t1"][0] == "wrong"
    assert "the same API token as t1" in told["tenant t0"][1]
    assert told["drop stray"] == ("wrong", "it belongs to no tenant")
    street.write_token("t0", street.token("t0"), mode=0o644)
    told = found()
    assert (told["tenant t0"][0], told["tenant t1"][0]) == ("wrong", "ok")
    assert "can be read or changed by others" in told["tenant t0"][1]
    assert within("config", "show", "--json", *config).document["tenants"] == ["t0", "t1"]


def test_what_is_to_be_typed_next_names_the_tenant(within: Within, street: Street) -> None:
    """A command that is shown can be typed as it stands: the tenant is among its options."""
    sheet = street.put("t0-0", 1)
    planned = within("plan", str(sheet), "--tenant", "t0", "--config", str(street.config))

    assert "--tenant t0" in planned.out


def test_a_pass_over_one_tenants_drop_names_both(within: Within, street: Street) -> None:
    """TENANT/DROP is processed here, for its tenant alone, and stands so in the result; a tenant's drops are its own."""
    street.put("t0-0", 2)
    street.put("t1-0", 2)
    config = ("--config", str(street.config))
    ran = within("ingest", "t1/t1-0", "--json", *config)

    assert ran.code == 0, ran.err
    assert [drop["drop"] for drop in ran.document["drops"]] == ["t1/t1-0"]
    assert {each.partition("-")[0] for each in street.created()} == {"t1"}
    assert not street.mixed_up()
    assert "t0/t0-0 is no drop of tenant t1" in within("ingest", "t0/t0-0", "--tenant", "t1", *config).err
    for word in ("t0-0", str(street.folder / "t0-0"), "./t0-0/"):
        assert "is no drop of tenant t1" in within("ingest", word, "--tenant", "t1", *config).err
    assert {each.partition("-")[0] for each in street.created()} == {"t1"}
    assert "No tenant has a drop t0/t1-0" in within("ingest", "t0/t1-0", *config).err


def test_a_cluster_and_its_options(within: Within, street: Street) -> None:
    """An address that is none, and an option that would not reach the workers, are refused before anything is begun."""
    config = ("--config", str(street.config))

    assert "is no address of a cluster" in within("ingest", "--cluster", "scheduler", *config).err
    ran = within("ingest", "--cluster", "tcp://127.0.0.1:8786", "--rate", "5", *config)
    assert (ran.code, "--rate does not reach the workers" in ran.err) == (2, True)
    ran = within("ingest", "--file", "a.csv", "--release", "rows_far_off", *config)
    assert ran.code == 2
    unit = within("ingest", "t0/t0-0", "--jobs", "4", "--print-unit", "cron", *config)
    assert "ingest --quiet t0/t0-0 --jobs 4" in unit.out


def test_all_tenants_stand_on_a_line_each(within: Within, street: Street) -> None:
    """The newest run of each, also of one that never ran; one that cannot be read says so and costs the others nothing."""
    config = ("--config", str(street.config))
    within("run", str(street.put("t0-0", 3)), "--tenant", "t0", *config)
    metrics = street.folder / "importer.prom"
    metrics.write_text("old", encoding="utf-8")
    ran = within("runs", "--all-tenants", "--json", "--metrics", str(metrics), *config)
    t0, t1 = ran.rows

    assert ran.code == 0, ran.err
    assert (t0["schema"], t0["tenant"], t0["unknown"], t0["error"]) == (1, "t0", 0, None)
    assert [run["totals"] for run in t0["runs"]] == [{"created": 3}]
    assert (t1["tenant"], t1["runs"], t1["exit_code"]) == ("t1", [], 0)
    read = {
        (sample.name, *(value for _, value in sorted(sample.labels.items(), reverse=True))): sample.value
        for family in text_string_to_metric_families(metrics.read_text(encoding="utf-8"))
        for sample in family.samples
    }
    assert read["importer_last_run_rows", "t0", "created"] == 3
    assert read["importer_tenant_up", "t1"] == read["importer_tenant_up", "t0"] == 1
    assert read["importer_last_run_exit_code", "t0"] == 0
    assert metrics.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in street.folder.glob(".*.part")] == []
    (street.folder / "t1.db").write_bytes(b"no ledger" * 100)
    ran = within("runs", "--all-tenants", "--json", *config)
    assert ([line["exit_code"] for line in ran.rows], ran.code) == ([0, 2], 2)
    assert "t0" in within("runs", "--all-tenants", *config).out
    assert within("runs", "--metrics", str(metrics), *config).code == 2
