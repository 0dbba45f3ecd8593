"""Sending: rows a second of ``importer run`` against bare loops, to one server that answers after some milliseconds."""

from __future__ import annotations

import asyncio
import csv
import json
import multiprocessing
import statistics
import threading
import time
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TYPE_CHECKING

from goals import Found, Goal
from measuring import cost_of, importer
from sheets import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from scale import Scale

WORKERS = 32
OURS, PLAIN_LOOP, OBVIOUS = "importer run", "requests, a session a thread", "iterrows + requests.post"
PLAIN = (
    "externalEventId", "phone", "firstName", "lastName", "emailAddress", "remindTimeOffset", "followUpTimeOffset",
    "eventDateTime", "subscriberTimeZone",
)  # fmt: skip


def serve(port: multiprocessing.Queue[int], latency_s: float) -> None:
    """Answer every create with a uuid, after the latency; as little work as asyncio allows."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while head := await until_body(reader):
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            sent = json.loads(await reader.readexactly(length))
            await asyncio.sleep(latency_s)
            number += 1
            sent["uuid"] = f"{id(writer):x}-{number}-{sent['externalEventId']}"
            body = json.dumps(sent).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


async def until_body(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@contextmanager
def server(latency_s: float) -> Iterator[str]:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=serve, args=(port, latency_s), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{port.get()}"
    process.terminate()
    process.join()


def body_of(row: Mapping[str, str]) -> dict[str, object]:
    """Return what ``importer run`` sends of a row, so that nobody has less to carry."""
    body: dict[str, object] = {name: row[name] for name in PLAIN if row[name]}
    body["eventType"] = {"uuid": row["eventType"]}
    body["metadata"] = {name.partition(".")[2]: row[name] for name in row if name.startswith("metadata.")}
    return body


def bodies(path: Path) -> list[bytes]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [json.dumps(body_of(row)).encode() for row in csv.DictReader(stream)]


def threads(url: str, sent: list[bytes], post: Callable[[], Callable[[bytes], str]]) -> float:
    """
    Return the seconds that so many threads need to post all bodies.

    ``post()`` makes a thread's own poster, which returns the uuid of the answer: the least that anybody wants of it.
    """
    waiting: Queue[bytes] = Queue()
    for body in sent:
        waiting.put(body)

    def work() -> None:
        own = post()
        while True:
            try:
                own(waiting.get_nowait())
            except Empty:
                return

    crew = [threading.Thread(target=work) for _ in range(WORKERS)]
    begun = time.monotonic()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return time.monotonic() - begun


def with_urllib3(url: str) -> Callable[[], Callable[[bytes], str]]:
    import urllib3

    def poster() -> Callable[[bytes], str]:
        pool = urllib3.PoolManager(retries=False)
        return lambda body: pool.request(
            "POST", f"{url}/events/reminders", body=body, headers={"Content-Type": "application/json"}
        ).json()["uuid"]

    return poster


def with_requests(url: str) -> Callable[[], Callable[[bytes], str]]:
    import requests

    def poster() -> Callable[[bytes], str]:
        session = requests.Session()
        session.trust_env = False
        return lambda body: session.post(
            f"{url}/events/reminders", data=body, headers={"Content-Type": "application/json"}, timeout=30
        ).json()["uuid"]

    return poster


def one_by_one(url: str, path: Path, most: int) -> float:
    """Return the seconds a row of the obvious program: iterrows and requests.post."""
    import pandas as pd
    import requests

    frame = pd.read_csv(path, dtype=str, keep_default_na=False, nrows=most)
    begun = time.monotonic()
    for _, row in frame.iterrows():
        requests.post(
            f"{url}/events/reminders",
            json=body_of(row),
            timeout=30,
        ).json()
    return (time.monotonic() - begun) / len(frame)


def with_importer(url: str, path: Path, folder: Path, place: int) -> float:
    """Return the seconds that ``importer run`` spends on sending: from the first attempt to the last answer."""
    reports = folder / f"reports-{place}"
    cost_of(
        importer("run", str(path), "--yes", "--quiet", "--rate", "0", "--concurrency", str(WORKERS), "--base-url", url,
                 "--ledger", str(folder / f"ledger-{place}.db"), "--reports", str(reports)),
        IMPORTER_TOKEN="benchmark",
    )  # fmt: skip
    (results,) = reports.glob("*/results.csv")
    with results.open(newline="", encoding="utf-8") as stream:
        told = [row for row in csv.DictReader(stream) if row["result_status"] == "created"]
    return sending_seconds(folder / f"ledger-{place}.db") / len(told)


def sending_seconds(ledger: Path) -> float:
    """Return the span from the first attempt's begin to the last settlement, as the ledger kept them."""
    import sqlite3

    with sqlite3.connect(ledger) as connection:
        found = connection.execute("SELECT history, settled_at FROM rows WHERE history IS NOT NULL").fetchall()
    return max(end for _, end in found) - min(json.loads(history)[0][0] for history, _ in found)


def sending(folder: Path, scale: Scale) -> Found:
    """Rows a second while sending, with an answer after 20 ms and at once."""
    count = min(scale.rows, 6_000)
    path = write_csv(folder / "sending.csv", count)
    sent = bodies(path)
    seen: dict[float, dict[str, list[float]]] = {}
    for latency_s in (0.02, 0.0):
        rates = seen.setdefault(latency_s, {})
        for place in range(scale.rounds):
            with server(latency_s) as url:
                ours = 1 / with_importer(url, path, folder, place + int(latency_s * 1e4))
                rates.setdefault(OURS, []).append(ours)
                rates.setdefault(PLAIN_LOOP, []).append(count / threads(url, sent, with_requests(url)))
                rates.setdefault("urllib3, a pool a thread", []).append(count / threads(url, sent, with_urllib3(url)))
                rates.setdefault(OBVIOUS, []).append(1 / one_by_one(url, path, 300))
    lines = [["rows a second", "20 ms", "against requests", "0 ms", "against requests"]]
    for name in seen[0.02]:
        lines.append([name])
        for rates in seen.values():
            lines[-1] += [f"{statistics.median(rates[name]):,.0f}", f"{beside(rates, name, PLAIN_LOOP):.2f}"]
    goals = [
        Goal("importer run against a bare loop of requests, 20 ms", beside(seen[0.02], OURS, PLAIN_LOOP), least=0.9),
        Goal("the same, 0 ms", beside(seen[0.0], OURS, PLAIN_LOOP), least=0.6),
        Goal(
            "importer run against iterrows + requests.post, 20 ms",
            beside(seen[0.02], OURS, OBVIOUS),
            least=12,
            form="{:.0f}",
        ),
    ]
    return Found(lines, goals, f"{count:,} rows, {WORKERS} workers, no rate limit of our own, a durable ledger.")


def beside(rates: Mapping[str, list[float]], name: str, other: str) -> float:
    """Return how a rate stands to another of the same round: what else the machine did then befell both."""
    return statistics.median(one / two for one, two in zip(rates[name], rates[other], strict=True))
