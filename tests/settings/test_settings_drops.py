"""Where a drop may lie, as the settings say it: which addresses and keys are taken, from which file, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.errors import SettingsError
from importer.model.drops import Bucket, Drop, SftpFolder
from importer.settings import drops_named, load
from importer.settings.file import read_config


def drop_of(folder: Path, *lines: str) -> Drop:
    """Return the drop north of a settings file with these lines."""
    place = folder / "settings.toml"
    place.write_text("\n".join(["[drop.north]", *lines]) + "\n", encoding="utf-8")
    settings, _ = load({}, config=place, environ={}, folder=folder)
    return drops_named(settings)["north"]


@pytest.mark.parametrize(
    ("address", "place", "shown"),
    [
        ("s3://clinic-exports/in", Bucket("clinic-exports", "in/"), "s3://clinic-exports/in"),
        ("s3://clinic-exports/in/", Bucket("clinic-exports", "in/"), "s3://clinic-exports/in"),
        ("s3://clinic-exports", Bucket("clinic-exports", ""), "s3://clinic-exports"),
        ("s3://clinic-exports/a?b#c/../d", Bucket("clinic-exports", "a?b#c/../d/"), "s3://clinic-exports/a?b#c/../d"),
        (
            "sftp://clinic@files.example/out",
            SftpFolder("files.example", "/out", "clinic"),
            "sftp://clinic@files.example/out",
        ),
        (
            "SFTP://files.example:2222/out/",
            SftpFolder("files.example", "/out", None, 2222),
            "sftp://files.example:2222/out",
        ),
        ("sftp://a@b@files.example/~/out", SftpFolder("files.example", "out", "a@b"), "sftp://a@b@files.example/~/out"),
        ("sftp://[2001:db8::1]:22/", SftpFolder("2001:db8::1", "/"), "sftp://[2001:db8::1]/"),
    ],
)
def test_addresses(tmp_path: Path, address: str, place: Bucket | SftpFolder, shown: str) -> None:
    """An address is read as it stands, nothing in it decoded, and written back without what is usual."""
    found = drop_of(tmp_path, f'path = "{address}"')

    assert (found.path, str(found.path)) == (place, shown)


@pytest.mark.parametrize(
    "address",
    [
        "sftp://clinic:canary@files.example/out", "sftp://:canary@files.example/out", "s3://canary:canary@bucket/in", "s3://UPPER/in",
        "s3://", "sftp://", "sftp://@files.example/x", "sftp://files.example:99999/x", "sftp://files.example:0/x", "ftp://files.example/x",
        "gs://bucket/in", "sftp://fi les/x", "http://files.example/x", "s3:///in",
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["path", "reports"])
def test_addresses_that_are_none(tmp_path: Path, address: str, key: str) -> None:
    """What is no address, or holds a password, is exit 2 with its line; the password is not shown."""
    other = 'path = "here"\n' if key == "reports" else ""

    with pytest.raises(SettingsError) as refused:
        drop_of(tmp_path, f'{other}{key} = "{address}"')

    assert f"line {3 if other else 2}" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_keys_of_a_server(tmp_path: Path) -> None:
    """Files are meant from the settings file on; what a drop on a server has by default is another than in a folder."""
    lines = (
        'path = "sftp://files.example/out"',
        'key_file = "key"',
        'known_hosts = "known"',
        'reports = "s3://bucket/r"',
    )
    found = drop_of(tmp_path, *lines, 'region = "eu-west-1"', 'endpoint = "https://s3.example"', "max_mb = 2.5")

    assert found.path == SftpFolder("files.example", "/out", known_hosts=tmp_path / "known", key_file=tmp_path / "key")
    assert found.reports == Bucket("bucket", "r/", "https://s3.example", "eu-west-1")
    assert (found.settle_s, found.max_bytes) == (60.0, 2_500_000)


@pytest.mark.parametrize(
    ("path", "settle_s", "max_bytes"),
    [
        ("here", 60.0, 4_000_000_000),
        ("s3://bucket/in", 0.0, 500_000_000),
        ("sftp://files.example/x", 60.0, 500_000_000),
    ],
)
def test_defaults(tmp_path: Path, path: str, settle_s: float, max_bytes: int) -> None:
    """Objects need not settle, and files of servers are limited more."""
    found = drop_of(tmp_path, f'path = "{path}"')

    assert (found.settle_s, found.max_bytes) == (settle_s, max_bytes)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (('path = "here"', 'endpoint = "https://s3.example"'), "path or reports begins with s3://"),
        (('path = "s3://bucket/in"', 'key_file = "key"'), "path or reports begins with sftp://"),
        (('path = "s3://bucket/in"', 'endpoint = "http://s3.example"'), "https://"),
        (('path = "s3://bucket/in"', 'endpoint = "https://a:canary@s3.example"'), "without user name, password"),
        (('path = "s3://bucket/in"', 'done = "../other"'), "a folder below the drop"),
        (('path = "sftp://files.example/x"', 'refused = "/etc"'), "a folder below the drop"),
        (('path = "sftp://files.example/x"', 'done = "a/../../b"'), "a folder below the drop"),
        (('path = "sftp://files.example/x"', "max_mb = 0"), "max_mb"),
    ],
)
def test_keys_that_do_not_fit(tmp_path: Path, lines: tuple[str, ...], told: str) -> None:
    """A key about another kind of place, a folder that leads away, or an address without TLS is refused with its line."""
    with pytest.raises(SettingsError) as refused:
        drop_of(tmp_path, *lines)

    assert told in str(refused.value)
    assert "line 3" in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "lines",
    [
        'path = "s3://bucket/in"', 'path = "SFTP://files.example/out"', 'path = "x"\nreports = "elsewhere"', 'path = "x"\nkey_file = "k"',
        'path = "x"\npassword_file = "k"', 'path = "x"\nendpoint = "https://evil.example"', 'path = "x"\nknown_hosts = "k"',
    ],
)  # fmt: skip
def test_file_of_the_current_folder_leads_to_no_server(tmp_path: Path, lines: str) -> None:
    """A drop that asks a server or sends reports elsewhere is exit 2 in ./importer.toml, and right in a file that is named."""
    place = tmp_path / "importer.toml"
    place.write_text(f"[drop.north]\n{lines}\n", encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        read_config(place, of_folder=True)

    assert "--config" in refused.value.fix
    assert read_config(place).drops


def test_two_ways_to_one_place(tmp_path: Path) -> None:
    """Two drops that lead to one place of a server are refused, however it is written."""
    place = tmp_path / "settings.toml"
    place.write_text('[drop.a]\npath = "s3://bucket/in"\n[drop.b]\npath = "S3://bucket/in/"\n', encoding="utf-8")
    settings, _ = load({}, config=place, environ={}, folder=tmp_path)

    with pytest.raises(SettingsError, match="lead to one place"):
        drops_named(settings)
