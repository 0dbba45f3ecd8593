"""Who is told of passes, as the settings say it: which file may, what is taken, and that no address is ever shown."""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import pytest

from importer.errors import SettingsError
from importer.model.drops import KINDS, Notify
from importer.settings import load, notify_of
from importer.settings.file import read_config


def notify(folder: Path, *lines: str, mode: int = 0o600) -> Notify | None:
    """Return who is told by a settings file with these lines."""
    place = folder / "settings.toml"
    place.write_text("\n".join(["[notify]", *lines]) + "\n", encoding="utf-8")
    place.chmod(mode)
    settings, _ = load({}, config=place, environ={}, folder=folder)
    return notify_of(settings)


def test_whole_table(tmp_path: Path) -> None:
    """Each key is taken; what the table does not say has its default, and no repr shows an address."""
    found = notify(
        tmp_path, 'urls = ["slack://canary/b/c"]', 'urls_file = "more"', 'on = ["held"]', "private = true",
        'digest = { at = "18:00", zone = "America/New_York" }', 'heartbeat = "https://beat.example/canary?x=1"',
    )  # fmt: skip

    assert found == Notify(
        ("slack://canary/b/c",), tmp_path / "more", frozenset({"held"}), digest_at=time(18), zone="America/New_York",
        heartbeat="https://beat.example/canary?x=1", private=True,
    )  # fmt: skip
    assert "canary" not in repr(found)
    assert notify(tmp_path) == Notify()
    assert notify(tmp_path, 'on = "always"') == Notify(on=frozenset(KINDS), always=True)


def test_no_table(tmp_path: Path) -> None:
    """Without the table nobody is told."""
    settings, _ = load({}, environ={}, folder=tmp_path, user_file=tmp_path / "none.toml")

    assert notify_of(settings) is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('urls = ["canary"]', "an address as apprise reads it"),
        ('urls = ["mailto://user:canary@host and more"]', "an address as apprise reads it"),
        ('urls = "slack://canary/b/c"', "urls"),
        ('on = ["canary"]', "on"),
        ('heartbeat = "ftp://canary.example"', "a web address"),
        ('heartbeat = "https://user:canary@beat.example/x"', "without user name and password"),
        ('heartbeat = "http://canary.example/x"', "https://, or private = true"),
        ('digest = { at = "25:00", zone = "UTC" }', "a time of day"),
        ('digest = { at = "18:00" }', "zone"),
        ('heartbeet = "https://canary.example"', 'Did you mean "heartbeat"?'),
    ],
)
def test_wrong_tables(tmp_path: Path, line: str, told: str) -> None:
    """What is wrong is exit 2 with its line and what was expected; the address is not shown, for it may hold a key anywhere."""
    with pytest.raises(SettingsError) as refused:
        notify(tmp_path, line)

    assert told in str(refused.value)
    assert "line" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_addresses_that_others_can_read(tmp_path: Path) -> None:
    """Addresses in a settings file that others can read are refused with the command that mends it; a heartbeat is not."""
    with pytest.raises(SettingsError) as refused:
        notify(tmp_path, 'urls = ["slack://a/b/c"]', mode=0o640)

    assert "chmod 600" in refused.value.fix
    assert notify(tmp_path, 'heartbeat = "https://beat.example/x"', mode=0o644) is not None


def test_file_of_the_current_folder_tells_nobody(tmp_path: Path) -> None:
    """In ./importer.toml the table is exit 2 with a sentence that names --config."""
    place = tmp_path / "importer.toml"
    place.write_text('[notify]\nurls = ["json://evil.example"]\n', encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        read_config(place, of_folder=True)

    assert "--config" in refused.value.fix
    assert "[notify]" in place.read_text(encoding="utf-8")
    place.write_text("notify = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="wants a table"):
        read_config(place)
