"""What lies in the current folder decides nothing about where the token, the rows and the reports go."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import SettingsError
from importer.settings import SETTINGS, Settings, load
from importer.settings.file import DEEPEST
from importer.settings.places import without_password, without_user
from importer.settings.values import base_url

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = '[profile.default]\nzone = "America/New_York"\n[profile.north]\naction = "cancel"\n'
THEIRS = [setting for setting in SETTINGS if not setting.in_folder and not setting.once]


def loaded(
    folder: Path, *, config: str | None = None, user: Path | None = None, **options: Any
) -> tuple[Settings, Any]:
    return load(options, config=config, environ={}, folder=folder, user_file=user or folder / "absent.toml")


@pytest.mark.parametrize("setting", THEIRS, ids=lambda setting: setting.name)
def test_the_current_folder_says_profiles_and_guards_only(tmp_path: Path, setting: Any) -> None:
    """Any other setting there is exit 2 with its line, and with --config, by which the same file is a person's own word."""
    values = {"rate": "5", "yes": "true", "base_url": '"https://api.example"', "proxy": '"http://p.example:1"'}
    text = f"{PROFILE.partition('[')[0]}# a comment\n{setting.file_key} = {values.get(setting.name, '1')}\n{PROFILE}"
    (tmp_path / "importer.toml").write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"importer\.toml, line 2: .*current folder") as caught:
        loaded(tmp_path)

    assert caught.value.exit_code == 2
    assert f"--config {tmp_path / 'importer.toml'}" in caught.value.fix


def test_what_the_list_of_the_rules_names_is_theirs() -> None:
    """Address, proxy, certificates, token, ledger, reports and yes can never be said by a folder."""
    listed = {"base_url", "proxy", "ca_bundle", "token_file", "keyring", "ledger", "reports", "yes"}

    assert listed <= {setting.name for setting in THEIRS}


def test_profiles_and_guards_of_the_folder_count(tmp_path: Path) -> None:
    """Profiles, the default one included, and what only holds rows back may stand there."""
    (tmp_path / "importer.toml").write_text(
        f'default_profile = "north"\nall_or_nothing = true\n{PROFILE}', encoding="utf-8"
    )
    settings, profile = loaded(tmp_path)

    assert (profile.name, profile.action, settings.all_or_nothing) == ("north", "cancel", True)
    assert loaded(tmp_path, profile="default")[1].zone == "America/New_York"


def test_the_users_own_file_is_read_beside_it(tmp_path: Path) -> None:
    """A folder's file does not switch the person's own off; of two profiles with one name the folder's counts."""
    (tmp_path / "importer.toml").write_text('[profile.north]\nzone = "America/Chicago"\n', encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(f'rate = 7\nreports = "out"\n{PROFILE}', encoding="utf-8")
    settings, profile = loaded(tmp_path, user=own, profile="north")

    assert (settings.rate, settings.reports_dir) == (7.0, tmp_path / "out")
    assert (profile.zone, profile.action) == ("America/Chicago", None)
    assert loaded(tmp_path, user=own, profile="default")[1].zone == "America/New_York"
    assert settings.config_paths == (tmp_path / "importer.toml", own)


def test_the_users_own_file_is_trusted_in_its_own_folder(tmp_path: Path) -> None:
    """Started in the folder of the settings, the same file is no stranger's."""
    (tmp_path / "importer.toml").write_text("rate = 7\n", encoding="utf-8")

    assert loaded(tmp_path, user=tmp_path / "importer.toml")[0].rate == 7.0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a = " + "[" * 5_000 + "]" * 5_000, 1, id="lists"),
        pytest.param("\n\nprofile = " + "{ a = " * 5_000 + "1" + " }" * 5_000, 3, id="inline-tables"),
        pytest.param("[profile]\n" + ".".join(["a"] * 3_000) + " = 1", 2, id="dotted-keys"),
        pytest.param("\n" + "[" * 70 + "\n" + "]" * 70, 2, id="open"),
    ],
)
def test_brackets_within_brackets_are_refused_with_their_line(tmp_path: Path, text: str, line: int) -> None:
    """Thousands of nested brackets are exit 2 with file and line, never a bug."""
    path = tmp_path / "nested.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=rf"nested\.toml(, line {line}:| is not a TOML)"):
        loaded(tmp_path, config="nested.toml")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\n" + ".".join(["a"] * 100_000) + " = 1", id="one-key"),
        pytest.param("\nx = [{" + ".".join(["a"] * 100_000) + " = 1}]", id="key-of-an-inline-table"),
        pytest.param('\nx = ["""\n""", {' + " . ".join(['"a"'] * 100_000) + " = 1}]", id="behind-a-text"),
        pytest.param("".join(f"a{at}.{'.'.join('b' * 999)} = 1\n" for at in range(400)), id="many-keys"),
        pytest.param(
            f'[{".".join("a" * 5_000)}]\nx = """\n[a]\n"""\n' + "".join(f"a{at} = 1\n" for at in range(90_000)),
            id="keys-of-a-deep-table",
        ),
    ],
)
@pytest.mark.timeout(20)
def test_a_key_of_many_parts_is_refused_before_it_fills_the_memory(tmp_path: Path, text: str) -> None:
    """A few kilobytes of dotted keys in the folder's settings file are exit 2 at once, however they are written."""
    (tmp_path / "importer.toml").write_text(text, encoding="utf-8")

    with pytest.raises(
        SettingsError, match=r"importer\.toml is not a TOML file: a key has too many parts \(at line \d+\)"
    ):
        loaded(tmp_path)


def test_points_that_part_no_keys_are_left_alone(tmp_path: Path) -> None:
    """Points in remarks, numbers, names of headings and a long file are no parts of too many keys."""
    drops = "".join(f'[drop.d{at}]\npath = "/srv/north.side/{at}"\n' for at in range(5_000))
    text = f"# {'.' * 200}\nrate = 1.5 # {'.' * 1_000}\n{drops}\n[profile.a]\nignore = {['No. of visits'] * 2_000}\n"
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    assert loaded(tmp_path, config="own.toml")[0].rate == 1.5


@pytest.mark.parametrize(
    "line",
    [
        "rate = " + "9" * 5_000,
        "rate = 2027-03-04T05:06:07Z",
        "limit = 1e999",
        "timeout = nan",
        'sheet = ["A"]',
        "proxy = 5",
        'token_file = "a\\u0000b"',
        'ledger = "a\\u0000b"',
        'reports = "~nobody-of-that-name/x"',
        "default_profile = {}",
        "profile = 5",
        "profile.default = 5",
        "profile.default.columns = 5",
        "profile.default.columns = { a = { b = 1 } }",
        "[[profile.default]]",
        "[profile]\ndefault = [1]",
        "[profile.default.event_types]\na = [[]]",
        "[profile.default.locations]\na = 'x'",
        "snapshot = 5",
        "only = [[]]",
    ],
)
def test_values_of_wrong_types_are_refused(tmp_path: Path, line: str) -> None:
    """Whatever TOML can say in place of a setting is exit 2 with the file's name."""
    (tmp_path / "odd.toml").write_text(line + "\n", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, config="odd.toml")
    assert "odd.toml" in str(caught.value) or "~nobody" in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
def test_a_fifo_or_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    """A FIFO does not hang the program, named or in the folder."""
    os.mkfifo(tmp_path / "importer.toml")
    (tmp_path / "folder").mkdir()

    assert loaded(tmp_path)[0].config_paths == ()
    for name in ("importer.toml", "folder"):
        with pytest.raises(SettingsError, match="cannot be read"):
            loaded(tmp_path, config=name)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://north@db/importer?password=hunter2&sslmode=require",
            "postgresql://north@db/importer?password=***&sslmode=require",
        ),
        (
            "postgresql://db/importer?sslmode=require&sslpassword=hunter2",
            "postgresql://db/importer?sslmode=require&sslpassword=***",
        ),
        ("postgresql://db/importer?p%61ssword=hunter2", "postgresql://db/importer?p%61ssword=***"),
        ("postgresql://db/importer?PASSWORD=hunter2", "postgresql://db/importer?PASSWORD=***"),
        (
            "postgresql://me:hunter2@db/importer?options=-csearch_path%3Dnorth",
            "postgresql://me:***@db/importer?options=-csearch_path%3Dnorth",
        ),
        ("postgresql://me:hun?ter2@db/importer", "postgresql://me:***@db/importer"),
        ("postgresql://me:hun\nter2@db/importer", "postgresql://me:***@db/importer"),
        ("sqlite:////var/a@b?mode=ro", "sqlite:////var/a@b?mode=ro"),
        ("postgresql://db/importer?oauth_client_secret=hunter2", "postgresql://db/importer?oauth_client_secret=***"),
        ("postgresql://db/importer?scram_client_key=hunter2", "postgresql://db/importer?scram_client_key=***"),
        ("postgresql://db/importer?scram_server_key=hunter2", "postgresql://db/importer?scram_server_key=***"),
        ("postgresql://db/importer?of_a_later_release=hunter2", "postgresql://db/importer?of_a_later_release=***"),
        (
            "postgresql://db/importer?options=-csearch_path%3Dnorth+-c+app.password%3Dhunter2&passfile=/etc/pass",
            "postgresql://db/importer?options=***&passfile=/etc/pass",
        ),
        ("postgresql://db/importer?options=--app.password%3Dhunter2", "postgresql://db/importer?options=***"),
        (
            "postgresql://db/importer?options=-c%20search_path%3Da,b%20-cstatement_timeout=5s",
            "postgresql://db/importer?options=-c%20search_path%3Da,b%20-cstatement_timeout=5s",
        ),
    ],
)
def test_passwords_of_a_database_are_masked_wherever_they_stand(url: str, shown: str) -> None:
    """In front of the host and behind the question mark."""
    assert without_password(url) == shown
    assert "hunter2" not in str(replace(Settings(), ledger_url=url, database_url=f"db+{url}").as_dict())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://SECRET@proxy.example:3128", "http://***@proxy.example:3128"),
        ("http://me:hunter2@proxy.example:3128", "http://me:***@proxy.example:3128"),
        ("http://me:h@nter2@proxy.example:3128", "http://me:***@proxy.example:3128"),
        ("http://proxy.example:3128", "http://proxy.example:3128"),
    ],
)
def test_keys_of_a_proxy_are_masked(url: str, shown: str) -> None:
    """A name alone may be a key, too."""
    assert without_user(url) == shown
    assert replace(Settings(), proxy=url).plain("proxy") == shown


@pytest.mark.parametrize(
    "address",
    [
        "https://аpi.example",
        "https://api.exämple",
        "https://host?",
        "https://host?x=1",
        "https://host#",
        "https://@host",
        "https://host\\@evil.example",
        "https://host/päth",
        "http://10.0.0.1",
        "ftp://host",
    ],
)
def test_an_address_is_plain(address: str) -> None:
    """Letters of another script, a query, a fragment or a user in base_url are refused."""
    with pytest.raises(ValueError, match="an address"):
        base_url(address)


def test_an_address_of_another_script_may_be_written_as_it_travels() -> None:
    """Punycode is taken, and the refusal of letters that look alike shows it."""
    with pytest.raises(ValueError, match=r"xn--pi-6kc\.example"):
        base_url("https://аpi.example")
    assert base_url("https://xn--pi-6kc.example") == "https://xn--pi-6kc.example"


def test_depth_is_far_above_what_people_write() -> None:
    """A list of tables within a profile is three deep."""
    assert DEEPEST >= 20
