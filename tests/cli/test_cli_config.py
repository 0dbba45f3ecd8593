"""importer config show and check."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Behaviour, Sandbox
from importer.settings import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

Within = Callable[..., Any]
CANARY = "canary-token-77"
GOOD = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
BAD = "6c52d314-a3ca-4781-ba70-5f3b0c8d1eff"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(token=CANARY, behaviour=Behaviour(event_types={GOOD: "CHECK_UP"})) as running:
        yield running


def test_show_tells_every_setting_with_its_origin(
    within: Within, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document holds every setting with value, origin and place."""
    (tmp_path / "importer.toml").write_text("concurrency = 4\n", encoding="utf-8")
    monkeypatch.setenv("IMPORTER_TIMEOUT", "9")
    shown = within("config", "show", "--config", "importer.toml", "--rate", "7", "--json").document

    assert shown.keys() == {
        "schema", "command", "exit_code", "config", "settings", "token", "profile", "drops", "notify", "tenants",
    }  # fmt: skip
    assert (shown["drops"], shown["notify"]) == ({}, None)
    assert shown["settings"].keys() == {setting.name for setting in SETTINGS}
    assert shown["settings"]["rate"] == {"value": 7.0, "origin": "option", "where": "--rate"}
    assert shown["settings"]["timeout"] == {"value": 9.0, "origin": "environment", "where": "IMPORTER_TIMEOUT"}
    assert shown["settings"]["concurrency"]["origin"] == "file"
    assert shown["settings"]["max_attempts"] == {"value": 5, "origin": "default", "where": ""}


def test_show_never_shows_secrets(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the token nor a password of the ledger or the proxy is printed, in either form."""
    monkeypatch.setenv("IMPORTER_TOKEN", CANARY)
    monkeypatch.setenv("IMPORTER_PROXY", f"http://{CANARY}@proxy.example:3128")
    ledgers = (f"postgresql+psycopg://me:{CANARY}@host/name", f"postgresql://me@host/name?password={CANARY}")
    for ledger, form in itertools.product(ledgers, ((), ("--json",))):
        ran = within("config", "show", "--ledger", ledger, *form)
        assert CANARY not in ran.out + ran.err
        assert "IMPORTER_TOKEN" in ran.out
        assert "http://***@proxy.example:3128" in ran.out


def test_show_tells_drops_notices_and_heartbeat(within: Within, tmp_path: Path) -> None:
    """Each drop stands there with all that is in force for it, a wrong one with what is wrong; of a target only its kind."""
    (tmp_path / "importer.toml").write_text(
        '[drop.north]\npath = "sftp://clinic@files.example/out"\nkey_file = "key"\n'
        'expected = { days = ["fri", "mon"], by = "06:00", zone = "America/New_York", holidays = ["2026-12-25"] }\n'
        f'[drop.south]\npath = "in"\nmax_mb = 2.5\ntake = "newest"\n[drop.wrong]\npath = "in"\ntake = "x"\n'
        f'[notify]\nurls = ["mailtos://u:{CANARY}@mail.example?to=a@b.example"]\n'
        f'heartbeat = "https://beat.example/{CANARY}"\ndigest = {{ at = "18:00", zone = "America/New_York" }}\n',
        encoding="utf-8",
    )
    (tmp_path / "importer.toml").chmod(0o600)
    ran = within("config", "show", "--config", "importer.toml", "--json")
    drops, notify = ran.document["drops"], ran.document["notify"]

    assert (drops["north"]["path"], drops["north"]["max_mb"]) == ("sftp://clinic@files.example/out", 500)
    assert drops["north"]["key_file"] == str(tmp_path / "key")
    assert drops["north"]["expected"] == {
        "days": ["mon", "fri"], "by": "06:00", "zone": "America/New_York", "holidays": ["2026-12-25"],
    }  # fmt: skip
    assert (drops["south"]["path"], drops["south"]["max_mb"]) == (str(tmp_path / "in"), 2.5)
    assert (drops["south"]["where"], drops["south"]["take"]) == (f"{tmp_path / 'importer.toml'}, line 5", "newest")
    assert drops["wrong"].keys() == {"where", "error"}
    assert notify == {
        "targets": ["target 1 (mailtos)"], "urls_file": None, "on": ["failure", "held", "missing", "unknown"],
        "digest": {"at": "18:00", "zone": "America/New_York"}, "heartbeat": "https://beat.example", "private": False,
    }  # fmt: skip
    plain = within("config", "show", "--config", "importer.toml").out
    assert "  max_mb = 2.5\n" in plain
    assert "  heartbeat = https://beat.example\n" in plain
    assert CANARY not in ran.out + plain


def test_check_is_content_with_a_right_file(within: Within, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that a run could start with exit 0; nothing is made."""
    (tmp_path / "importer.toml").write_text('[profile.a]\nzone = "America/New_York"\n', encoding="utf-8")
    monkeypatch.setenv("IMPORTER_TOKEN", CANARY)
    before = sorted(tmp_path.rglob("*"))
    ran = within("config", "check")

    assert ran.code == 0, ran.out
    assert sorted(tmp_path.rglob("*")) == before


def test_check_names_every_wrong_profile(within: Within, tmp_path: Path) -> None:
    """All profiles are looked at, not only the one in use; the missing token is told; exit 2."""
    (tmp_path / "importer.toml").write_text(
        '[profile.a]\nzone = "x"\n[profile.b]\n[profile.c]\nq = 1\n', encoding="utf-8"
    )
    ran = within("config", "check", "--json")
    verdicts = {finding["subject"]: finding["verdict"] for finding in ran.document["findings"]}

    assert ran.code == 2
    assert (verdicts["profile a"], verdicts["profile b"], verdicts["profile c"]) == ("wrong", "ok", "wrong")
    assert verdicts["token"] == "missing"
    assert all(finding.keys() == {"subject", "verdict", "text", "fix"} for finding in ran.document["findings"])


def test_check_refuses_a_folder_that_cannot_be_written(within: Within, tmp_path: Path) -> None:
    """A reports folder that is a file is told before a run needs it."""
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    ran = within("config", "check", "--reports", "taken")

    assert ran.code == 2
    assert "cannot be written to" in ran.out


@pytest.mark.parametrize(("text", "code"), [("2125550101\n", "ok"), ("Phone\n212-555-01\n", "wrong")])
def test_check_reads_the_do_not_text_list(within: Within, tmp_path: Path, text: str, code: str) -> None:
    """A list that would stop every run is found by the check, and no entry is shown."""
    (tmp_path / "never.csv").write_text(text, encoding="utf-8")
    ran = within("config", "check", "--do-not-text", "never.csv", "--json")
    (found,) = [each for each in ran.document["findings"] if each["subject"] == "do-not-text list"]

    assert found["verdict"] == code
    assert "555" not in found["text"]


def test_online_asks_the_api_about_each_appointment_type(
    within: Within, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--online tells which appointment types the API knows, and changes nothing."""
    toml = (
        f'[profile.default]\nzone = "America/New_York"\n[profile.default.event_types]\nGood = "{GOOD}"\nBad = "{BAD}"\n'
    )
    (tmp_path / "importer.toml").write_text(toml, encoding="utf-8")
    monkeypatch.setenv("IMPORTER_TOKEN", CANARY)
    ran = within("config", "check", "--online", "--base-url", sandbox.base_url, "--json")
    verdicts = {finding["subject"]: finding["verdict"] for finding in ran.document["findings"]}

    assert verdicts["appointment type Good"] == "ok"
    assert verdicts["appointment type Bad"] == "wrong"
    assert sandbox.effects() == []


@pytest.mark.parametrize(("token", "says"), [("wrong", "refused the token"), (None, "No API token is set")])
def test_online_tells_about_the_token(
    within: Within, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, token: str | None, says: str
) -> None:
    """A refused or missing token is told as such."""
    (tmp_path / "importer.toml").write_text(f'[profile.default.event_types]\nGood = "{GOOD}"\n', encoding="utf-8")
    if token:
        monkeypatch.setenv("IMPORTER_TOKEN", token)
    ran = within("config", "check", "--online", "--base-url", sandbox.base_url)

    assert ran.code == 2
    assert says in ran.out


def test_online_without_network_is_a_finding(within: Within, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An API that cannot be reached is a finding, not a traceback."""
    (tmp_path / "importer.toml").write_text(f'[profile.default.event_types]\nGood = "{GOOD}"\n', encoding="utf-8")
    monkeypatch.setenv("IMPORTER_TOKEN", CANARY)
    ran = within("config", "check", "--online", "--base-url", "http://127.0.0.1:9")

    assert ran.code == 2
    assert "no usable answer (refused)" in ran.out


def test_check_says_what_the_reader_of_workbooks_cannot_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds and what is missing on this system is told; what is missing is no reason for an exit code."""
    from importer.cli.config_command import of_workbook_reader
    from importer.reading import workbook_process

    monkeypatch.setattr(workbook_process, "escapes_of_child", lambda _limits: ("network", "processes"))
    found = of_workbook_reader()
    assert (found.verdict, found.text.partition("; ")[2]) == ("weaker", "missing: network, processes")
    assert "memory, processor time, files, secrets;" in found.text

    monkeypatch.setattr(workbook_process, "escapes_of_child", lambda _limits: None)
    assert of_workbook_reader().verdict == "wrong"
