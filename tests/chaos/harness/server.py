"""The sandbox as a process of its own, which can be killed and started again on the same port with the same state."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

from importer.sandbox import Behaviour, serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Server:
    """
    A sandbox process on a free port, with what its effects log says was done before; ``kills`` counts how often it was killed.

    It is forked off this process, which must have one thread only.
    """

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
        self._pid = self._started()

    @property
    def base_url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        """Kill it (-9) and start it again; requests under way are cut off."""
        self._end(signal.SIGKILL)
        self.kills += 1
        self._seed += 1
        self._pid = self._started()

    def stop(self) -> None:
        """End it."""
        self._end(signal.SIGTERM)

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

    def _end(self, number: int) -> None:
        os.kill(self._pid, number)
        os.waitpid(self._pid, 0)

    def _started(self) -> int:
        told, tell = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(told)
            self._serve(tell)
        os.close(tell)
        with os.fdopen(told, encoding="utf-8") as said:
            if not said.readline().startswith("Sandbox at"):
                raise RuntimeError("the sandbox did not start")
        return pid

    def _serve(self, tell: int) -> None:
        """Serve until a signal ends this process."""
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(
                port=self._port,
                effects=self.effects_path,
                faults=self._faults_path,
                seed=self._seed,
                behaviour=Behaviour(latency_s=self._latency_s),
                say=lambda line: os.write(tell, f"{line}\n".encode()),
            )
        finally:
            os._exit(1)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
