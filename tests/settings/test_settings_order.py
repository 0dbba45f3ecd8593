"""Which source of a setting goes before which, and how places on disk are meant."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from importer.errors import SettingsError
from importer.model.statuses import Action
from importer.settings import SETTINGS, RowRange, Settings, Source, load
from importer.settings.places import sqlite_url, without_password
from importer.settings.table import SETTING

SAMPLES: dict[str, tuple[str, Any]] = {
    "profile": ("default", "default"),
    "ledger": ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    "reports": ("/tmp/out", Path("/tmp/out")),
    "base_url": ("https://api.example.com/", "https://api.example.com"),
    "proxy": ("http://me:pw@proxy.example:3128", "http://me:pw@proxy.example:3128"),
    "ca_bundle": ("/tmp/ca.pem", Path("/tmp/ca.pem")),
    "token_file": ("/tmp/token", Path("/tmp/token")),
    "purge_key_file": ("/tmp/token", Path("/tmp/token")),
    "keyring": ("yes", True),
    "keep_unchanged_rows": ("90D", 90),
    "sheet": ("Week 1", "Week 1"),
    "system": ("Acuity", "acuity"),
    "query_file": ("/srv/visits.sql", Path("/srv/visits.sql")),
    "key_column": ("visit_id", "visit_id"),
    "database": ("DB+postgresql://me:hunter2@h/v", "db+postgresql://me:hunter2@h/v"),
    "private_links": ("yes", True),
    "limit": ("7", 7),
    "rows": ("5-20, 30-", (RowRange(5, 20), RowRange(30, None))),
    "only": ("cancel,create", (Action.CREATE, Action.CANCEL)),
    "action": ("No-Show", "no_show"),
    "all_or_nothing": ("on", True),
    "do_not_text": ("/tmp/list.csv", Path("/tmp/list.csv")),
    "snapshot": ("today..+30D", "today..+30d"),
    "snapshot_locations": ("Main St., Uptown", ("Main St.", "Uptown")),
    "approve": ("12", 12),
    "release": ("rows-far-off, headings_changed", ("rows_far_off", "headings_changed")),
    "tenant": ("north", "north"),
    "rate": ("12.5", 12.5),
    "concurrency": ("32", 32),
    "timeout": ("2", 2.0),
    "connect_timeout": ("1", 1.0),
    "max_attempts": ("3", 3),
    "lock_timeout": ("0", 0.0),
    "check_seconds": ("77.5", 77.5),
    "rehearse": ("1", True),
    "now": ("yes", True),
    "new_ledger": ("yes", True),
    "same_account": ("true", True),
    "yes": ("1", True),
    "quiet": ("true", True),
    "verbose": ("TRUE", True),
    "no_progress": ("on", True),
    "log": ("/var/log/importer.jsonl", Path("/var/log/importer.jsonl")),
}


def loaded(folder: Path, toml: str | None = None, environ: dict[str, str] | None = None, **options: Any) -> Settings:
    config = None
    if toml is not None:
        config = folder / "importer.toml"
        config.write_text(toml, encoding="utf-8")
    return load(options, config=config, environ=environ or {}, folder=folder, user_file=folder / "absent.toml")[0]


def value_of(settings: Settings, name: str) -> Any:
    if name == "token_file":
        return settings.token_source.file
    if name == "purge_key_file":
        return settings.purge_key_source.file
    if name == "keyring":
        return settings.token_source.keyring
    field = next(setting.field for setting in SETTINGS if setting.name == name)
    return getattr(settings, field)


def test_samples_are_complete() -> None:
    """The table of this module holds every setting, so that none goes untested."""
    assert SAMPLES.keys() == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_has_its_environment_twin(tmp_path: Path, name: str) -> None:
    """IMPORTER_<NAME> sets each setting, and the origin says so."""
    text, expected = SAMPLES[name]
    # A tenant that no file has is refused.
    toml = '[tenant.north]\nledger = "north.db"\n[tenant.south]\nledger = "south.db"\n' if name == "tenant" else None
    settings = loaded(tmp_path, toml, environ={f"IMPORTER_{name.upper()}": text})

    assert value_of(settings, name) == expected
    assert settings.origin(name) == (Source.ENVIRONMENT, f"IMPORTER_{name.upper()}")


@pytest.mark.parametrize("name", [name for name in SAMPLES if not SETTING[name].once])
def test_every_setting_may_stand_in_the_file(tmp_path: Path, name: str) -> None:
    """importer.toml sets each setting, and the origin names file and line."""
    text, expected = SAMPLES[name]
    settings = loaded(tmp_path, f'# first\n{SETTING[name].file_key} = "{text}"\n')

    assert value_of(settings, name) == expected
    assert settings.origin(name) == (Source.FILE, f"{tmp_path / 'importer.toml'}, line 2")


def test_option_goes_before_environment_before_file_before_default(tmp_path: Path) -> None:
    """The four sources stand in the documented order."""
    toml, environ = "rate = 3\n", {"IMPORTER_RATE": "2"}
    found = [
        loaded(tmp_path),
        loaded(tmp_path, toml),
        loaded(tmp_path, toml, environ),
        loaded(tmp_path, toml, environ, rate="1"),
    ]

    assert [settings.rate for settings in found] == [135.0, 3.0, 2.0, 1.0]
    assert [settings.origin("rate").source for settings in found] == ["default", "file", "environment", "option"]


def test_empty_environment_variable_counts_as_not_set(tmp_path: Path) -> None:
    """A variable that a scheduler sets to nothing does not undo the file."""
    settings = loaded(tmp_path, "rate = 3", {"IMPORTER_RATE": " "})

    assert settings.rate == 3.0


def test_defaults_of_the_table_are_those_of_the_values() -> None:
    """The table that documentation is made from tells the defaults that Settings really has."""
    defaults = {field.name: field.default for field in dataclasses.fields(Settings)}
    told = {
        setting.field: setting.default
        for setting in SETTINGS
        if setting.field in defaults and defaults[setting.field] is not dataclasses.MISSING
    }

    assert told == {name: defaults[name] for name in told}


def test_file_is_found_by_option_then_variable_then_user(tmp_path: Path) -> None:
    """--config goes before IMPORTER_CONFIG before the user's own file; ./importer.toml says nothing of the kind."""
    paths = [tmp_path / name for name in ("option.toml", "variable.toml", "user.toml")]
    for number, path in enumerate(paths, start=1):
        path.write_text(f"concurrency = {number}\n", encoding="utf-8")
    option, variable, user = paths
    (tmp_path / "importer.toml").write_text("[profile.default]\n", encoding="utf-8")

    def concurrency(config: Path | None, environ: dict[str, str]) -> int:
        return load({}, config=config, environ=environ, folder=tmp_path, user_file=user)[0].concurrency

    found = [
        concurrency(option, {"IMPORTER_CONFIG": str(variable)}),
        concurrency(None, {"IMPORTER_CONFIG": str(variable)}),
    ]
    found.append(concurrency(None, {}))
    assert found == [1, 2, 3]


def test_named_file_must_exist(tmp_path: Path) -> None:
    """A settings file that was named and is not there is an error, never silently the defaults."""
    with pytest.raises(SettingsError, match=r"absent\.toml cannot be read: No such file") as caught:
        load({}, config="absent.toml", environ={}, folder=tmp_path)

    assert caught.value.fix
    assert caught.value.exit_code == 2


def test_places_in_the_file_are_meant_from_the_file(tmp_path: Path) -> None:
    """A nightly job that starts in another folder writes to the same ledger and reports."""
    home = tmp_path / "clinic"
    home.mkdir()
    (home / "importer.toml").write_text(
        'ledger = "memory.db"\nreports = "out"\ntoken_file = "token"\n', encoding="utf-8"
    )
    settings, _ = load({}, config=home / "importer.toml", environ={}, folder=tmp_path)

    assert settings.ledger_url == sqlite_url(home / "memory.db")
    assert settings.reports_dir == home / "out"
    assert settings.token_source.file == home / "token"


@pytest.mark.parametrize(
    ("text", "ledger"),
    [
        pytest.param("memory.db", "sqlite:///{0}/memory.db", id="plain-path"),
        pytest.param("sqlite:///memory.db", "sqlite:///{0}/memory.db", id="relative-url"),
        pytest.param("sqlite:////var/memory.db", "sqlite:////var/memory.db", id="absolute-url"),
        pytest.param("sqlite:///memory.db?x=1", "sqlite:///{0}/memory.db?x=1", id="url-with-query"),
        pytest.param("sqlite:///:memory:", "sqlite:///:memory:", id="in-memory"),
        pytest.param("postgresql+psycopg://host/name", "postgresql+psycopg://host/name", id="postgresql"),
    ],
)
def test_ledger_is_a_path_or_a_url(tmp_path: Path, text: str, ledger: str) -> None:
    """A relative SQLite ledger becomes absolute; other databases stay as written."""
    assert loaded(tmp_path, ledger=text).ledger_url == ledger.format(tmp_path)


def test_ledger_password_is_never_shown(tmp_path: Path) -> None:
    """A password in the ledger's URL is in no repr and in no listing."""
    settings = loaded(tmp_path, ledger="postgresql+psycopg://importer:hun:t@er2@host/name")

    settings = dataclasses.replace(settings, proxy="http://me:er2@proxy.example:3128")
    assert "er2" not in repr(settings)
    assert settings.plain("proxy") == "http://me:***@proxy.example:3128"
    assert settings.plain("ledger") == "postgresql+psycopg://importer:***@host/name"
    assert settings.ledger_url.endswith(":hun:t@er2@host/name")


def test_url_without_password_is_shown_whole() -> None:
    """Nothing is hidden where there is nothing to hide."""
    assert without_password("sqlite:////home/a@b/ledger.db") == "sqlite:////home/a@b/ledger.db"


def test_nearly_right_variable_is_told(tmp_path: Path) -> None:
    """A variable with a slip of the pen is not silently without effect; an unrelated one is left alone."""
    settings = loaded(tmp_path, environ={"IMPORTER_LEDGRE": "x", "IMPORTER_SOMETHING_ELSE": "y"})

    assert settings.notes == ("The environment variable IMPORTER_LEDGRE has no effect. Did you mean IMPORTER_LEDGER?",)


def test_settings_are_ready_without_any_source() -> None:
    """Settings() alone holds the defaults, for code that embeds the importer."""
    settings = Settings()

    assert settings.ledger_url.endswith("appointment-importer/ledger.db")
    assert settings.reports_dir.name == "reports"


@pytest.mark.parametrize("name", [name for name in SAMPLES if SETTING[name].once])
def test_decision_about_one_run_is_refused_in_the_file(tmp_path: Path, name: str) -> None:
    """A settings file cannot release or approve what a guard will hold some other night, nor choose among its tenants."""
    with pytest.raises(SettingsError, match="tenant wants a table" if name == "tenant" else "is not a setting"):
        loaded(tmp_path, f'{name} = "{SAMPLES[name][0]}"\n')
