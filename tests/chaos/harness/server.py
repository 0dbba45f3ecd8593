"""The sandbox as a process of its own, which can be killed and started again on the same port with the same state."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SERVE = """
import json, sys
from importer.sandbox import Behaviour, serve
port, effects, faults, seed, latency = json.loads(sys.argv[1])
serve(port=port, effects=effects, faults=faults, seed=seed, behaviour=Behaviour(latency_s=latency),
      say=lambda line: print(line, flush=True))
"""


class Server:
    """A sandbox process on a free port; ``kills`` counts how often it was killed."""

    def __init__(
        self, folder: Path, *, faults: Sequence[Mapping[str, Any]] = (), seed: int = 0, latency_s: float = 0.0
    ) -> None:
        self.effects_path = folder / "effects.jsonl"
        self.kills = 0
        self._faults_path = folder / "faults.json"
        self._faults_path.write_text(json.dumps(list(faults)), encoding="utf-8")
        self._seed = seed
        self._latency_s = latency_s
        self._port = free_port()
        self._process = self._started()

    @property
    def base_url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        """Kill it (-9) and start it again; requests under way are cut off."""
        self._process.kill()
        self._process.communicate()
        self.kills += 1
        self._seed += 1
        self._process = self._started()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()

    def effects(self) -> list[dict[str, Any]]:
        """Return what was really done, from the file."""
        whole = self.effects_path.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def size(self) -> int:
        """Return the length of the effects log in bytes: it grows with each effect."""
        return self.effects_path.stat().st_size

    def ask(self, method: str, what: str, body: Any = None) -> Any:
        """Ask an admin call and return its JSON."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            data = None if body is None else json.dumps(body)
            line.request(method, f"/_sandbox/{what}", data, {"Authorization": "Bearer sandbox"})
            return json.loads(line.getresponse().read())
        finally:
            line.close()

    def _started(self) -> subprocess.Popen[str]:
        given = json.dumps([self._port, str(self.effects_path), str(self._faults_path), self._seed, self._latency_s])
        process = subprocess.Popen([sys.executable, "-c", SERVE, given], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        if not process.stdout.readline().startswith("Sandbox at"):
            raise RuntimeError("the sandbox did not start")
        return process


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
