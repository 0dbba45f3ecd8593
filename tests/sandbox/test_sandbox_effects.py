"""The effects log outlives its sandbox, and a sandbox started on it holds the same reminders."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from importer.sandbox import Behaviour, Sandbox
from importer.sandbox.effects_log import EffectsLog

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Client

SERVE = "import sys; from importer.sandbox import serve; serve(port=0, effects=sys.argv[1], say=lambda s: print(s, flush=True))"


def lively(client: Client) -> None:
    """Do one of each."""
    first = client.create().json["uuid"]
    second = client.create(externalEventId="2", phone="+442079460123").json["uuid"]
    client.update(first, firstName="Eva", metadata={"room": "3"})
    client.cancel(second)
    client.no_show(first)
    client.send("POST", "/events/types", {"type": "CHECKUP"})


def test_log_tells_each_effect(tmp_path: Path, speak_to: type[Client]) -> None:
    """Each change stands in the file with its number, time, action, uuid, key and body, in order."""
    path = tmp_path / "effects.jsonl"
    with Sandbox(effects_path=path) as sandbox:
        lively(speak_to(sandbox.base_url))
        remembered = sandbox.effects()

    kept = EffectsLog(path)
    kept.close()
    assert kept.effects == remembered
    assert [effect.seq for effect in kept.effects] == [1, 2, 3, 4, 5, 6]
    assert [effect.action for effect in kept.effects] == ["create", "create", "update", "cancel", "no_show", "type"]
    assert (kept.effects[1].phone, kept.effects[1].external_event_id) == ("442079460123", "2")
    assert kept.effects[2].body == {"firstName": "Eva", "metadata": {"room": "3"}}
    assert path.stat().st_mode & 0o777 == 0o600


def test_restart_takes_up_the_state(tmp_path: Path, speak_to: type[Client]) -> None:
    """A sandbox started on a log shows the same reminders and types, and numbers on."""
    how = Behaviour(metadata="merge")
    with Sandbox(effects_path=tmp_path / "effects.jsonl", behaviour=how) as sandbox:
        lively(speak_to(sandbox.base_url))
        before = sandbox.reminders()

    with Sandbox(effects_path=tmp_path / "effects.jsonl", behaviour=how) as sandbox:
        client = speak_to(sandbox.base_url)
        assert sandbox.reminders() == before
        assert client.create().json["uuid"] == before[0]["uuid"]
        client.create(externalEventId="3")
        assert [effect.seq for effect in sandbox.effects()] == [1, 2, 3, 4, 5, 6, 7]


def test_torn_line_never_happened(tmp_path: Path, speak_to: type[Client]) -> None:
    """A last line without its end is cut off, and the next effect stands on a line of its own."""
    path = tmp_path / "effects.jsonl"
    with Sandbox(effects_path=path) as sandbox:
        speak_to(sandbox.base_url).create()
    with path.open("ab") as file:
        file.write(b'{"seq":2,"time":1.0,"act')

    with Sandbox(effects_path=path) as sandbox:
        assert len(sandbox.effects()) == 1
        speak_to(sandbox.base_url).create(externalEventId="2")
    assert len(path.read_bytes().splitlines()) == 2


def test_answered_effect_survives_a_kill(tmp_path: Path, speak_to: type[Client]) -> None:
    """What a served sandbox has answered stands in the log after kill -9."""
    path = tmp_path / "effects.jsonl"
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(path)], stdout=subprocess.PIPE, text=True)
    with server:
        address = server.stdout.readline().split()[2]
        uuids = [speak_to(address).create(externalEventId=str(number)).json["uuid"] for number in range(5)]
        os.kill(server.pid, signal.SIGKILL)

    with Sandbox(effects_path=path) as sandbox:
        assert [effect.uuid for effect in sandbox.effects("create")] == uuids


def test_served_sandbox_ends_with_sigterm(tmp_path: Path) -> None:
    """``serve`` tells its address in one line and ends with exit 0 when it is asked to."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path / "effects.jsonl")], stdout=subprocess.PIPE, text=True
    )
    with server:
        line = server.stdout.readline()
        server.terminate()
        rest = server.stdout.read()

    assert line.startswith("Sandbox at http://127.0.0.1:")
    assert rest == ""
    assert server.returncode == 0


def test_full_disk_is_no_effect(tmp_path: Path, speak_to: type[Client]) -> None:
    """An effect that cannot be written whole did not happen, and spoils nothing that follows."""
    path = tmp_path / "effects.jsonl"
    with Sandbox(effects_path=path) as sandbox:
        client = speak_to(sandbox.base_url)
        client.create()
        usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, usual[1]))
        with pytest.raises((OSError, http.client.HTTPException)):
            client.create(externalEventId="2")
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        client.create(externalEventId="3")

    with Sandbox(effects_path=path) as sandbox:
        assert [effect.external_event_id for effect in sandbox.effects()] == ["112233", "3"]
