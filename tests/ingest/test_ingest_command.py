"""``importer ingest`` as it is typed: settings, exit codes, JSON, and what lands on stderr."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk import appointments
from drop_shelves import BucketShelf
from long_form import longer
from told import told

from importer.cli.entry import run
from importer.cli.terminal import Terminal
from importer.errors import Exit
from importer.ledger import open_ledger
from importer.sandbox import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from drop_servers import Buckets
    from drop_yard import Yard

README = Path(__file__).parents[2] / "importer" / "ingest" / "README.md"
PROGRAM = Path(sys.executable).with_name("importer")


@pytest.fixture
def typed(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Type a command line in the folder beside the drop; the user's own settings name it."""
    folder = yard.desk.folder
    home = folder / "home"
    (home / "appointment-importer").mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith("IMPORTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("IMPORTER_TOKEN", yard.desk.sandbox.token)
    monkeypatch.setenv("IMPORTER_BASE_URL", yard.desk.sandbox.base_url)
    monkeypatch.setenv("IMPORTER_LEDGER", str(folder / "ledger.db"))
    monkeypatch.setenv("IMPORTER_REPORTS", str(folder / "reports"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("importer.commands.job.time.time", lambda: yard.desk.now)
    settings(yard, '[drop.north]\npath = "../../drop"\nsettle_s = 0\n')

    def call(*words: str) -> tuple[int, str, str]:
        screen = Terminal(out=io.StringIO(), err=io.StringIO(), environ={})
        code = run(("ingest", *words), screen)
        return code, screen.out.getvalue(), screen.err.getvalue()  # type: ignore[attr-defined]

    return call


def settings(yard: Yard, text: str) -> Path:
    """Write the user's own settings file."""
    place = yard.desk.folder / "home" / "appointment-importer" / "importer.toml"
    place.write_text(text, encoding="utf-8")
    return place


def far(count: int) -> list[dict[str, str]]:
    """Return appointments that are ahead by any clock."""
    in_a_year = time.strftime("%Y-%m-%d 09:00", time.gmtime(time.time() + 300 * 86_400))
    return appointments(count, eventDateTime=in_a_year)


def test_clean_pass_is_silent_on_stderr(yard: Yard, typed: Callable[..., Any]) -> None:
    """Exit 0, the files on stdout, nothing on stderr; with --quiet nothing at all."""
    yard.put("a.csv", *far(2))
    code, out, err = typed()
    assert (code, err) == (0, "")
    assert "a.csv" in out
    yard.put("b.csv", *far(3))

    assert typed("--quiet") == (0, "", "")


def test_json_is_one_document(yard: Yard, typed: Callable[..., Any]) -> None:
    """The document has the drops, their files, and an exit code for each of them and for all."""
    yard.put("a.csv", *far(2))
    yard.put("b.csv", text="nothing,that,is,known\n1,2,3,4\n")

    code, out, _ = typed("--json")

    document = json.loads(out)
    (drop,) = document["drops"]
    assert (document["schema"], document["exit_code"], drop["exit_code"], code) == (1, 3, 3, 3)
    assert drop["drop"] == "north"
    files = {file["name"]: file for file in drop["files"]}
    assert {"name", "sha256", "state", "run", "exit_code", "moved_to"} <= files["a.csv"].keys()
    assert (files["a.csv"]["state"], files["a.csv"]["exit_code"]) == ("done", 0)
    assert (files["b.csv"]["state"], files["b.csv"]["run"]) == ("refused", None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere",), "There is no drop and no folder nowhere"),
        (("ftp://files.example/in",), "is no place for a drop"),
        (("sftp://clinic:canary@files.example/in",), "without a password"),
        (("--rows", "2-5"), "--rows is about one file"),
        (("--release", "moved_together"), "--release is about one file"),
    ],
)
def test_words_that_mean_no_drop(yard: Yard, typed: Callable[..., Any], words: tuple[str, ...], told: str) -> None:
    """What is neither a drop nor a folder, and what asks for part of a file, is exit 2 with a sentence."""
    yard.put("a.csv", *far(1))

    code, _, err = typed(*words)

    assert (code, told in err, "canary" in err) == (2, True, False)
    assert yard.creates() == []


def test_folder_by_its_path_is_the_named_drop(yard: Yard, typed: Callable[..., Any]) -> None:
    """The folder of a named drop is that drop, so that none of its files is taken twice; another folder has defaults."""
    yard.put("a.csv", *far(1))
    assert typed("north")[0] == 0
    (yard.path / "done").rename(yard.desk.folder / "elsewhere")

    code, out, _ = typed("drop", "--json")

    assert (code, json.loads(out)["drops"][0]["drop"]) == (0, "north")


def test_hostile_settings_in_the_drop(yard: Yard, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """An importer.toml in a drop is never read: it is refused as a file, and exit 2 where it is the current folder's."""
    (yard.path / "importer.toml").write_text("[profile.default]\nallow_past = true\n", encoding="utf-8")
    yard.put("a.csv", *far(1))
    code, out, _ = typed("--json")
    assert (code, {f["name"]: f["state"] for f in json.loads(out)["drops"][0]["files"]}) == (
        3,
        {"importer.toml": "refused", "a.csv": "done"},
    )
    (yard.path / "importer.toml").write_text("[profile.default]\nallow_past = true\n", encoding="utf-8")
    monkeypatch.chdir(yard.path)

    code, _, err = typed()

    assert code == 2
    assert "no settings are taken from a drop" in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[drop.north]\n", "path"),
        ('[drop.north]\npath = "x"\nsetle_s = 3\n', 'Did you mean "settle_s"?'),
        ('[drop.north]\npath = "ftp://x/y"\n', "the path of a folder"),
        ('[drop.north]\npath = "x"\ntake = "oldest"\n', "take"),
        ('[drop.north]\npath = "x"\ndone = "."\n', "a folder of its own"),
        ('[drop.north]\npath = "x"\nexpected = { by = "25:00", zone = "UTC" }\n', "06:00"),
        ('[drop.north]\npath = "x"\nexpected = { by = "06:00", zone = "EST5" }\n', "IANA"),
        ('[drop.north]\npath = "x"\n[drop.south]\npath = "../appointment-importer/x"\n', "lead to one place"),
        ("drop = 3\n", "[drop.NAME]"),
        ('[drop.north]\npath = "../../drop"\nprofile = "nobody"\nsettle_s = 0\n', "nobody"),
    ],
)
def test_wrong_tables(yard: Yard, typed: Callable[..., Any], text: str, told: str) -> None:
    """A wrong drop is exit 2 with the file, the line and what was expected; nothing is sent."""
    settings(yard, text)
    yard.put("a.csv", *far(1))

    code, _, err = typed()

    assert (code, told in err) == (2, True)
    assert yard.creates() == []


def test_config_check_looks_at_every_drop(yard: Yard, typed: Callable[..., Any]) -> None:
    """Importer config check names a drop that is wrong before the first night, with its line."""
    settings(yard, '[drop.north]\npath = "../../drop"\n[drop.south]\npath = "x"\ntake = "oldest"\n')
    screen = Terminal(out=io.StringIO(), err=io.StringIO(), environ={})

    code = run(("config", "check"), screen)

    told = screen.out.getvalue()  # type: ignore[attr-defined]
    assert code == 2
    assert "drop north" in told
    assert "line 5" in told
    assert typed is not None


def test_runs_in_doubt_are_told_by_every_pass(yard: Yard, typed: Callable[..., Any]) -> None:
    """What a run by hand left in doubt makes a pass end with 8, as it does every other run."""
    yard.desk.sandbox.set_faults(Rule("html", external_event_id="1001"))
    assert yard.desk.run(*far(1), max_attempts=1).exit_code is Exit.UNKNOWN_OUTCOMES
    yard.desk.sandbox.set_faults()

    code, _, err = typed()

    assert (code, "outcome is not known" in err) == (8, True)


def _no_token(patch: pytest.MonkeyPatch, _yard: Yard) -> None:
    patch.delenv("IMPORTER_TOKEN")


def _no_profile(patch: pytest.MonkeyPatch, _yard: Yard) -> None:
    patch.setenv("IMPORTER_PROFILE", "nowhere")


def _no_ledger(patch: pytest.MonkeyPatch, yard: Yard) -> None:
    (yard.desk.folder / "other.db").write_bytes(b"no ledger" * 500)
    patch.setenv("IMPORTER_LEDGER", str(yard.desk.folder / "other.db"))


def _bug(patch: pytest.MonkeyPatch, _yard: Yard) -> None:
    patch.setattr("importer.ingest.passes.settled", lambda *_: 1 / 0)


@pytest.mark.parametrize(("wrong", "code"), [(_no_token, 2), (_no_profile, 2), (_no_ledger, 2), (_bug, 1)])
def test_pass_that_cannot_be_made_is_told_once(
    yard: Yard, typed: Callable[..., Any], wrong: Callable[..., None], code: int
) -> None:
    """It sends one notice however often it comes, no heartbeat, and one notice when passes go through again."""
    with told() as desk, pytest.MonkeyPatch.context() as patch:
        table = f'[drop.north]\npath = "../../drop"\nsettle_s = 0\n[notify]\nurls = ["{desk.url()}", "{desk.url("deaf")}"]\n'
        settings(yard, f'{table}private = true\nheartbeat = "{desk.heartbeat}"\n').chmod(0o600)
        desk.deaf.add("/deaf")
        wrong(patch, yard)
        first, second = typed(), typed()
        patch.undo()
        desk.deaf.clear()
        assert [typed()[0] for _ in range(2)] == [0, 0]

    assert (first[0], second[0]) == (code, code)
    assert desk.titles() == ["needs attention", "all is well again"]
    assert f"(exit {code})" in desk.notices[0][2]
    assert (desk.titles("deaf"), len(desk.beats)) == ([], 2)
    if code == Exit.USAGE:
        assert "could not be sent to target 2 (json)" in first[2]
    assert not list((yard.desk.folder / "home").rglob("passes/*"))


def test_no_drops_at_all(yard: Yard, typed: Callable[..., Any]) -> None:
    """Without a drop in the settings a folder must be named."""
    settings(yard, "")

    assert typed()[0] == 2


def test_second_pass_waits_or_ends_with_11(yard: Yard, typed: Callable[..., Any]) -> None:
    """While another program holds the ledger the pass waits lock_timeout seconds, then ends with 11; the file stays."""
    yard.put("a.csv", *far(1))
    with open_ledger(str(yard.desk.folder / "ledger.db")):
        code, _, _ = typed("--lock-timeout", "0.1")

    assert code == Exit.LEDGER_LOCKED
    assert yard.files() == ["a.csv"]
    assert typed()[0] == 0


@pytest.mark.parametrize("unit", ["systemd", "cron", "windows", "docker"])
def test_unit_files(yard: Yard, typed: Callable[..., Any], unit: str) -> None:
    """--print-unit prints what starts the pass and does nothing; an unknown drop is exit 2."""
    yard.put("a.csv", *far(1))

    code, out, err = typed("north", "--print-unit", unit)

    assert (code, err) == (0, "")
    assert "ingest" in out
    assert "north" in out
    assert "\n " not in out or unit in {"docker", "systemd"}
    assert yard.files() == ["a.csv"]
    assert typed("south", "--print-unit", unit)[0] == 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_takes_the_unit_files(yard: Yard, typed: Callable[..., Any], tmp_path: Path) -> None:
    """Systemd itself finds nothing wrong with them."""
    _, out, _ = typed("--print-unit", "systemd")
    service, timer = out.split("# ~/.config/systemd/user/importer-ingest.timer\n")
    (tmp_path / "importer-ingest.service").write_text(service, encoding="utf-8")
    (tmp_path / "importer-ingest.timer").write_text(timer, encoding="utf-8")
    places = [str(tmp_path / f"importer-ingest.{kind}") for kind in ("service", "timer")]

    done = subprocess.run(["systemd-analyze", "verify", *places], capture_output=True, text=True, check=False)

    assert "importer-ingest" not in done.stderr


SIGNALS = [(signal.SIGTERM, 143), (signal.SIGINT, 130)]


@pytest.mark.parametrize(("number", "code"), SIGNALS[: longer(1, 2)])
def test_watch_ends_at_a_signal(yard: Yard, number: signal.Signals, code: int) -> None:
    """--watch takes files as they come, a JSON line a pass, until a signal ends it with 130 or 143."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("IMPORTER_")}
    environ |= {
        "IMPORTER_TOKEN": yard.desk.sandbox.token,
        "IMPORTER_BASE_URL": yard.desk.sandbox.base_url,
        "IMPORTER_LEDGER": str(yard.desk.folder / "ledger.db"),
        "IMPORTER_REPORTS": str(yard.desk.folder / "reports"),
        "XDG_CONFIG_HOME": str(yard.desk.folder / "home"),
    }
    place = yard.desk.folder / "watch.toml"
    place.write_text('[drop.north]\npath = "drop"\nsettle_s = 0\n', encoding="utf-8")
    command = [str(PROGRAM), "ingest", "--watch", "--every", "1", "--json", "--config", str(place)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        yard.put(".a.csv", *far(2)).rename(yard.path / "a.csv")
        found: list[Any] = []
        while not found:
            found = json.loads(process.stdout.readline())["drops"][0]["files"]
        process.send_signal(number)
        process.stdout.read()

        assert process.wait(60) == code
    assert first["drops"][0]["files"] == []
    assert (found[0]["name"], found[0]["state"]) == ("a.csv", "done")
    assert len(yard.creates()) == 2


def test_bucket_of_the_readme(
    bucket_yard: Yard, bucket_server: Buckets, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its drop in a bucket, its digest and its heartbeat, as they stand there: a file is sent, put away, and told by the day."""
    text = README.read_text(encoding="utf-8")
    (drop,) = re.findall(r"^```toml\n(\[drop[^`]*s3://[^`]*)^```$", text, re.MULTILINE)
    (digest,) = re.findall(r"`(digest = \{.*?\})`", text)
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket_server.endpoint)
    place = replace(bucket_server.made("clinic-exports"), prefix="northside/")
    reports = BucketShelf(replace(bucket_server.made("clinic-reports"), prefix="northside/"), bucket_server.client)
    bucket_yard.shelf = BucketShelf(place, bucket_server.client)
    bucket_yard.put("a.csv", *far(2))
    with told() as desk:
        file = settings(
            bucket_yard,
            f'{drop}\n[notify]\nurls = ["{desk.url()}"]\nheartbeat = "{desk.heartbeat}"\nprivate = true\n{digest}\n',
        )
        file.chmod(0o600)

        assert typed("--quiet") == (0, "", "")

    assert bucket_yard.creates() == ["1001", "1002"]
    assert (bucket_yard.files(), bucket_yard.put_away()) == ([], ["a.csv"])
    (folder,) = reports.folders("")
    assert "results.csv" in reports.names(folder)
    assert [text.partition(".")[0] for _, _, text in desk.notices] == [
        "northside: 1 file done, 2 rows done, 0 rows to look at"
    ]
    assert desk.beats == ["/beat?canary=1"]
