"""A made-up API in a process of its own: it answers creates after a latency, keeps to a rate, and counts."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection


@dataclass(frozen=True)
class Behaviour:
    """
    How it answers. ``rate`` None: no limit; else a token bucket of ``burst``, and 429 with ``Retry-After: 1`` above it.

    ``told``: its answers carry the x-ratelimit headers. ``foreign``: the share of calls that meet a 429 whatever the
    rate, drawn at random, as if other clients used up the limit.
    """

    latency_s: float = 0.0
    rate: float | None = None
    burst: int = 20
    told: bool = False
    foreign: float = 0.0


@dataclass
class Counted:
    """What it saw: the moments (steady seconds) of the calls that it took, and how many it refused."""

    taken: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def requests(self) -> int:
        """All calls that arrived."""
        return len(self.taken) + self.refused

    @property
    def rate(self) -> float:
        """Calls a second that it took, from the first to the last."""
        return (len(self.taken) - 1) / (max(self.taken) - min(self.taken))


@contextmanager
def api(behaviour: Behaviour) -> Iterator[tuple[str, Counted]]:
    """Yield the address, and what is counted: filled in at the end."""
    counted = Counted()
    ours, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(its, behaviour), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}", counted
        ours.send("tell")
        counted.taken, counted.refused = ours.recv()
    finally:
        process.terminate()
        process.join()


class _Bucket:
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.tokens, self._at = float(behaviour.burst), time.monotonic()

    def take(self, now: float) -> bool:
        if self._behaviour.rate is None:
            return True
        self.tokens = min(self._behaviour.burst, self.tokens + (now - self._at) * self._behaviour.rate)
        self._at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class _Api:
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._bucket = _Bucket(behaviour)
        self._dice = random.Random()
        self.counted = Counted()

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            sent = json.loads(await reader.readexactly(length))
            now = time.monotonic()
            answer = self._answer(sent, now)
            await asyncio.sleep(self._behaviour.latency_s)
            writer.write(answer)

    def _answer(self, sent: dict[str, object], now: float) -> bytes:
        if self._dice.random() < self._behaviour.foreign or not self._bucket.take(now):
            self.counted.refused += 1
            return _message(b"429 Too Many Requests", b"Retry-After: 1\r\n" + self._told(), b"{}")
        self.counted.taken.append(now)
        sent["uuid"] = f"{len(self.counted.taken):x}-{sent['externalEventId']}"
        return _message(b"200 OK", self._told(), json.dumps(sent).encode())

    def _told(self) -> bytes:
        if not self._behaviour.told or self._behaviour.rate is None:
            return b""
        return b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\n" % (self._behaviour.rate, self._bucket.tokens)


def _message(status: bytes, headers: bytes, body: bytes) -> bytes:
    kind = b"Content-Type: application/json\r\n"
    return b"HTTP/1.1 %s\r\n%s%sContent-Length: %d\r\n\r\n%s" % (status, kind, headers, len(body), body)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _serve(outside: Connection, behaviour: Behaviour) -> None:
    async def main() -> None:
        one = _Api(behaviour)
        server = await asyncio.start_server(one.speak, "127.0.0.1", 0)
        outside.send(server.sockets[0].getsockname()[1])
        asked = asyncio.Event()
        asyncio.get_running_loop().add_reader(outside.fileno(), asked.set)
        await asked.wait()
        outside.send((one.counted.taken, one.counted.refused))
        await asyncio.sleep(60)

    asyncio.run(main())
