"""Tenants: what their tables say, what is a tenant's alone, and which of them are refused while the others go on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import SettingsError
from importer.settings import Settings, load, served, tenants_in
from importer.settings.tenants.chosen_tenant import ledger_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKENS = {"IMPORTER_TOKEN_NORTH": "token-of-north", "IMPORTER_TOKEN_SOUTH": "token-of-south"}
TWO = """
rate = 50
[profile.northside]
region = "US"
[profile.southside]
region = "US"
[drop.northside]
path = "north"
profile = "northside"
[drop.southside]
path = "south"
[tenant.north]
ledger = "north.db"
base_url = "https://north.example"
rate = 100
profiles = ["northside"]
drops = ["northside"]
[tenant.south]
ledger = "south.db"
profiles = ["southside"]
drops = ["southside"]
"""


def settings_of(
    folder: Path, toml: str = TWO, environ: Mapping[str, str] = TOKENS, *, needs_tenant: bool = True, **options: Any
) -> Settings:
    place = folder / "settings.toml"
    place.write_text(toml, encoding="utf-8")
    return load(options, config=place, environ=environ, folder=folder, needs_tenant=needs_tenant)[0]


def faults_of(folder: Path, toml: str, environ: Mapping[str, str] = TOKENS) -> dict[str, str]:
    """Return what keeps each tenant from being served."""
    tenants = tenants_in(settings_of(folder, toml, environ, needs_tenant=False), environ)
    found = {}
    for name in tenants.names:
        try:
            served(settings_of(folder, toml, environ, needs_tenant=False), tenants, name, environ)
        except SettingsError as error:
            found[name] = f"{error} {error.fix}"
    return found


def test_a_tenant_has_its_own_ledger_token_rate_and_profile(tmp_path: Path) -> None:
    """What its table says goes before the file's top, and names its line as the place."""
    north = settings_of(tmp_path, tenant="north")

    assert (north.tenant, north.token(), north.base_url) == ("north", "token-of-north", "https://north.example")
    assert (north.rate, north.profile) == (100, "northside")
    assert north.ledger_url == f"sqlite:///{tmp_path / 'north.db'}"
    assert north.reports_dir.name == "north"
    assert north.origin("rate").where.endswith(f"line {TWO.splitlines().index('rate = 100') + 1}")
    assert settings_of(tmp_path, tenant="south").rate == 50


def test_an_option_goes_before_the_tenants_table(tmp_path: Path) -> None:
    """The order of the sources stays; only ledger and token are the tenant's alone."""
    assert settings_of(tmp_path, tenant="north", rate="7").rate == 7
    assert settings_of(tmp_path, tenant="north", environ={**TOKENS, "IMPORTER_RATE": "8"}).rate == 8


@pytest.mark.parametrize(
    ("environ", "options", "told"),
    [
        ({"IMPORTER_TOKEN": "of-all"}, {}, "IMPORTER_TOKEN is not taken for tenant north"),
        ({"IMPORTER_LEDGER": "all.db"}, {}, "IMPORTER_LEDGER is not taken"),
        ({"IMPORTER_TOKEN_FILE": "token"}, {}, "IMPORTER_TOKEN_FILE is not taken"),
        ({}, {"ledger": "all.db"}, "--ledger is not taken"),
    ],
)
def test_no_word_for_all_reaches_a_tenant(
    tmp_path: Path, environ: dict[str, str], options: dict[str, str], told: str
) -> None:
    """An option or variable that would give every tenant one ledger or one token is refused."""
    with pytest.raises(SettingsError, match=told):
        settings_of(tmp_path, environ={**TOKENS, **environ}, tenant="north", **options)


def test_lines_at_the_top_are_no_tenants_ledger_and_token(tmp_path: Path) -> None:
    """A ledger and a token file outside the tables count for no tenant."""
    (tmp_path / "token").write_text("of-all", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    north = settings_of(tmp_path, f'ledger = "all.db"\ntoken_file = "token"\n{TWO}', environ={}, tenant="north")

    assert north.ledger_url.endswith("north.db")
    with pytest.raises(SettingsError, match="No API token is set"):
        north.token()


def test_the_tenant_is_found_by_the_profile_that_is_named(tmp_path: Path) -> None:
    """A profile that one tenant has names the tenant; without one, and with several tenants, nothing is guessed."""
    assert settings_of(tmp_path, profile="southside").tenant == "south"
    with pytest.raises(SettingsError, match="2 tenants, and none is named: north, south"):
        settings_of(tmp_path)
    only = TWO[: TWO.index("[tenant.south]")]
    assert settings_of(tmp_path, only).tenant == "north"


def test_another_tenants_profile_is_refused(tmp_path: Path) -> None:
    """A tenant's sheets are read with its own profiles only."""
    with pytest.raises(SettingsError, match='"southside" is none of tenant north'):
        settings_of(tmp_path, tenant="north", profile="southside")


@pytest.mark.parametrize("toml", ["", TWO])
def test_an_unknown_tenant_is_refused(tmp_path: Path, toml: str) -> None:
    """Who names a tenant that is not there gets no other one, and no ledger for all."""
    with pytest.raises(SettingsError, match='There is no tenant "nroth"'):
        settings_of(tmp_path, toml, tenant="nroth")


def test_a_file_of_the_current_folder_has_no_tenants(tmp_path: Path) -> None:
    """It may lie beside sheets that came from somebody else, and would say where they are sent."""
    (tmp_path / "importer.toml").write_text(TWO.replace("rate = 50", ""), encoding="utf-8")

    with pytest.raises(SettingsError, match="tenant is not taken from the settings file of the current folder"):
        load({}, environ={}, folder=tmp_path, user_file=tmp_path / "absent.toml")


BAD = [
    pytest.param(('ledger = "south.db"', 'ledger = "./north.db"'), {"north", "south"}, "the same ledger", id="one-ledger"),
    pytest.param(('ledger = "south.db"', 'ledger = "link.db"'), {"north", "south"}, "the same ledger", id="through-a-link"),
    pytest.param(('drops = ["southside"]', 'drops = ["southside", "northside"]'), {"north", "south"}, 'drop "northside"', id="a-drop-in-two"),
    pytest.param(('path = "south"', 'path = "south/../north/"'), {"north", "south"}, "the same place of a drop", id="one-place"),
    pytest.param(('path = "south"', 'path = "link"'), {"north", "south"}, "the same place of a drop", id="place-through-a-link"),
    pytest.param(('drops = ["southside"]', 'drops = ["southsid"]'), {"south"}, 'no drop "southsid". Did you mean "southside"', id="unknown-drop"),
    pytest.param(('profiles = ["southside"]', 'profiles = ["west"]'), {"south"}, 'no profile "west"', id="unknown-profile"),
    pytest.param(('profile = "northside"', 'profile = "southside"'), {"north"}, "none of tenant north", id="profile-of-another"),
    pytest.param(("rate = 100", "rat = 100"), {"north"}, 'no "rat" here. Did you mean "rate"?', id="unknown-key"),
    pytest.param(("rate = 100", "rate = -1"), {"north"}, "expected 0.0 or more", id="wrong-value"),
    pytest.param(('ledger = "south.db"', ""), {"south"}, "ledger", id="no-ledger"),
    pytest.param(("[tenant.south]", '[tenant."so/uth"]'), {"so/uth"}, "cannot be the name of a tenant", id="name"),
    pytest.param(("[tenant.south]", "[tenant.File]"), {"File"}, "other than file", id="name-of-a-variable"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "refused", "told"), BAD)
def test_what_is_wrong_with_one_tenant_stops_no_other(
    tmp_path: Path, change: tuple[str, str], refused: set[str], told: str
) -> None:
    """A wrong table is its tenant's affair; a conflict is that of the two who have it."""
    (tmp_path / "link.db").symlink_to("north.db")
    (tmp_path / "link").symlink_to("north")
    assert change[0] in TWO

    found = faults_of(tmp_path, TWO.replace(*change))

    assert found.keys() == refused
    assert all(told in sentence for sentence in found.values())


def test_one_token_for_two_tenants_is_refused(tmp_path: Path) -> None:
    """The same account behind two ledgers would be told everything twice; the token itself is in no message."""
    found = faults_of(tmp_path, TWO, {"IMPORTER_TOKEN_NORTH": "the-same", "IMPORTER_TOKEN_SOUTH": " the-same\n"})

    assert found.keys() == {"north", "south"}
    assert all("the same API token" in sentence and "the-same" not in sentence for sentence in found.values())


def test_a_token_file_that_others_can_read_stops_its_tenant_alone(tmp_path: Path) -> None:
    """It is refused when the token is needed; the other tenant is served."""
    (tmp_path / "token").write_text("of-north", encoding="utf-8")
    (tmp_path / "token").chmod(0o640)
    toml = TWO.replace("rate = 100", 'token_file = "token"')
    south = {"IMPORTER_TOKEN_SOUTH": "of-south"}

    assert not faults_of(tmp_path, toml, south)
    with pytest.raises(SettingsError, match="can be read or changed by others"):
        settings_of(tmp_path, toml, south, tenant="north").token()
    assert settings_of(tmp_path, toml, south, tenant="south").token() == "of-south"


def test_a_tenants_variable_is_no_misspelt_one(tmp_path: Path) -> None:
    """The token of a tenant with a short name is near to another variable, and meant all the same."""
    toml = TWO.replace("[tenant.north]", "[tenant.n]")
    environ = {"IMPORTER_TOKEN_N": "of-n", "IMPORTER_TOKEN_S": "of-nobody"}
    settings = settings_of(tmp_path, toml, environ, needs_tenant=False)

    assert [note.split()[3] for note in settings.notes] == ["IMPORTER_TOKEN_S"]


def test_a_drop_of_nobody_is_told(tmp_path: Path) -> None:
    """A drop that no tenant names is processed for nobody."""
    toml = TWO.replace('drops = ["southside"]\n', "")

    assert tenants_in(settings_of(tmp_path, toml, needs_tenant=False), TOKENS).ownerless == ("southside",)


PLACE = "postgresql+psycopg://{}db.example{}/importer{}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("north@", "", "?options=-csearch_path%3Dnorth"), ("south@", ":5432", "?options=-csearch_path%3Dnorth"), True),
        (("north@", "", "?options=-csearch_path%3Dnorth"), ("north@", "", "?options=-csearch_path%3Dsouth"), False),
        (("north@", "", ""), ("south@", "", ""), True),
        (("north@", "", "?options=-c%20search_path%3Dnorth,public"), ("", "", "?options=-csearch_path%3Dnorth"), True),
        (("north@", "", ""), ("north@", ":5433", ""), False),
    ],
)
def test_one_schema_under_two_urls_is_one_ledger(
    one: tuple[str, str, str], other: tuple[str, str, str], same: bool
) -> None:
    """Who logs in makes no other ledger, and neither does the usual port; another schema does."""
    assert (set(ledger_keys(PLACE.format(*one))) & set(ledger_keys(PLACE.format(*other))) != set()) is same


def test_one_file_under_two_names_is_one_ledger(tmp_path: Path) -> None:
    """A second hard link is the same ledger."""
    (tmp_path / "one.db").touch()
    os.link(tmp_path / "one.db", tmp_path / "other.db")

    assert set(ledger_keys(f"sqlite:///{tmp_path}/one.db")) & set(ledger_keys(f"sqlite:///{tmp_path}/other.db"))


def test_a_settings_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """What was read is kept only while the file is the same, however quickly it is written."""
    for rate in range(10, 30):
        assert settings_of(tmp_path, f"rate = {rate}\n").rate == rate
    os.utime(tmp_path / "settings.toml", (1_000_000_000, 1_000_000_000))
    place = tmp_path / "settings.toml"
    assert load({}, config=place, environ={}, folder=tmp_path)[0].rate == 29
    place.write_text("rate = 31\n", encoding="utf-8")
    assert load({}, config=place, environ={}, folder=tmp_path)[0].rate == 31
