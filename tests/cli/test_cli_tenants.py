"""Commands that know their tenant, and what is told of tenants that cannot be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from several_tenants import Street

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


def test_config_check_tells_what_keeps_a_tenant_from_being_served(within: Within, street: Street) -> None:
    """Each tenant is a finding, and so is a drop of nobody; no token is shown."""
    config = ("--config", str(street.config))
    assert within("config", "check", *config).code == 0
    street.write_token("t0", street.token("t1"))
    street.config.write_text(
        street.config.read_text(encoding="utf-8") + '[drop.stray]\npath = "stray"\n', encoding="utf-8"
    )
    ran = within("config", "check", "--json", *config)
    found = {each["subject"]: (each["verdict"], each["text"]) for each in ran.document["findings"]}

    assert ran.code == 2
    assert found["tenant t0"][0] == found["tenant t1"][0] == "wrong"
    assert "the same API token as t1" in found["tenant t0"][1]
    assert found["drop stray"] == ("wrong", "it belongs to no tenant")
    street.write_token("t0", street.token("t0"), mode=0o644)
    found = {each["subject"]: each for each in within("config", "check", "--json", *config).document["findings"]}
    assert (found["tenant t0"]["verdict"], found["tenant t1"]["verdict"]) == ("wrong", "ok")
    assert "can be read or changed by others" in found["tenant t0"]["text"]
    assert within("config", "show", "--json", *config).document["tenants"] == ["t0", "t1"]


def test_what_is_to_be_typed_next_names_the_tenant(within: Within, street: Street) -> None:
    """A command that is shown can be typed as it stands: the tenant is among its options."""
    sheet = street.put("t0-0", 1)
    planned = within("plan", str(sheet), "--tenant", "t0", "--config", str(street.config))

    assert "--tenant t0" in planned.out
