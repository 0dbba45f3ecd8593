"""A kept plan of 100,000 rows: what a page of it by each filter costs, its counts, and an edit with its answer."""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import varied
from goals import Found, Goal
from sqlalchemy import event
from sqlalchemy.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scale import Scale

    from importer.ledger.drafts.draft_values import Draft

ROWS = 100_000
WRONG_EVERY = 50
PAGE = 50
TIMES = 15
EDITS = 9
SERVER = "IMPORTER_TEST_POSTGRES"
NOW = 1_804_000_000.0  # 2027-03-02 in UTC

PAGES: dict[str, dict[str, str]] = {
    "of all rows": {},
    "by a verdict that most have": {"verdict": "create"},
    "by a verdict that few have": {"verdict": "invalid"},
    "by a kind of problem": {"kind": "phone_too_short"},
    "by a field": {"field": "phone"},
    "by a text of one row": {"text": "user99990@example"},
    "by a text that no row has": {"text": "no such text"},
    "by a text that most have": {"text": "example.com"},
    "by a name of few": {"name": "lopez59"},
    "by a name that no row has": {"name": "quillfeather"},
    "by all of them": {
        "verdict": "invalid",
        "kind": "phone_too_short",
        "field": "phone",
        "text": "99990",
        "name": "o'",
    },
}
"""What is asked for -> the filter."""
COUNTS, EDIT, WRONG = "counts", "an edit with its answer", "an edit of a row that is wrong"


def drafts(folder: Path, scale: Scale) -> Found:
    """Measure a draft of so many rows on SQLite, and beside it on PostgreSQL where a server is named."""
    count = min(scale.rows, ROWS)
    sheet = write_spoilt(folder / "week.csv", count)
    found = {"SQLite": _measured(str(folder / "ledger.db"), sheet)}
    if os.environ.get(SERVER):
        with _schema() as place:
            found["PostgreSQL"] = _measured(place, sheet)
    lines = [["milliseconds: of processors, least of the clock, its middle", *found]]
    lines += [
        [name, *("{:.1f}, {:.1f}, {:.1f}".format(*_figures(took[name])) for took in found.values())]
        for name in found["SQLite"]
    ]
    goals = []
    for database, took in found.items():
        judged = {name: _figures(each)[0] for name, each in took.items()}
        slowest = max(each for name, each in judged.items() if name.startswith("a page"))
        goals += [
            Goal(f"a page of {PAGE} of {count:,} rows by the slowest filter, ms, {database}", slowest, most=50, form="{:.0f}"),
            Goal(f"the counts of that draft, ms, {database}", judged[COUNTS], most=10, form="{:.1f}"),
            Goal(f"an edit of it with its answer, ms, {database}", max(judged[EDIT], judged[WRONG]), most=200, form="{:.0f}"),
        ]  # fmt: skip
    how = (
        f"A varied sheet of {count:,} rows, one in {WRONG_EVERY} with a phone that is too short, kept as a draft. Each page {TIMES}"
        f" times, and {EDITS} edits of different rows, in a process that has done each once before. Goals are about processor time,"
        " that of the server's processes for this one included; what else the machine does is in the clock's."
    )
    return Found(lines, goals, how)


def write_spoilt(path: Path, count: int) -> Path:
    """Write a varied sheet in which some phones are too short; return its path."""
    varied.write_varied(path, 1)
    phone = varied.HEADINGS.index("Phone")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(varied.HEADINGS)
        for place, row in enumerate(varied.rows(count)):
            writer.writerow([*row[:phone], "212-555-01", *row[phone + 1 :]] if place % WRONG_EVERY == 0 else row)
    return path


def _figures(took: list[list[float]]) -> tuple[float, float, float]:
    """Return the middle processor time, the least and the middle time of the clock."""
    clock, processor = zip(*took, strict=True)
    return statistics.median(processor), min(clock), statistics.median(clock)


def _measured(ledger: str, sheet: Path) -> dict[str, list[list[float]]]:
    """Return what is measured -> milliseconds of the clock and of the processor, each time; in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, ledger, str(sheet)], check=True, stdout=subprocess.PIPE, text=True, cwd=sheet.parent
    )
    found: dict[str, list[list[float]]] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _schema() -> Iterator[str]:
    """Give the URL of a schema that is gone with the block."""
    import psycopg

    server, name = os.environ[SERVER], f"benchmark_drafts_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{name}"
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


class Served:
    """The processor time that a server's processes have spent on connections of this process, those that are gone included."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.gone_ms = 0.0
        event.listen(Pool, "connect", self.connected)
        event.listen(Pool, "close", self.closed)

    def connected(self, connection: Any, _record: Any) -> None:
        """Take note of a process that begins."""
        if hasattr(connection, "info"):
            self.open.add(connection.info.backend_pid)

    def closed(self, connection: Any, _record: Any) -> None:
        """Take down what a process has spent that will end."""
        if hasattr(connection, "info"):
            pid = connection.info.backend_pid
            self.open.remove(pid)
            self.gone_ms += _spent_ms(pid)

    def ms(self) -> float:
        """Return all of it so far."""
        return self.gone_ms + sum(map(_spent_ms, self.open))


def _spent_ms(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text("utf-8").split()[0]) / 1e6


def timed(served: Served, do: Callable[[int], Any], times: int, *, before: int = 1) -> list[tuple[float, float]]:
    """Return the milliseconds of clock and processors that a thing takes each time, once it was done ``before``."""
    for place in range(before):
        do(place)
    took = []
    for place in range(before, before + times):
        begun, used = time.perf_counter(), time.process_time() * 1e3 + served.ms()
        do(place)
        took.append(((time.perf_counter() - begun) * 1e3, time.process_time() * 1e3 + served.ms() - used))
    return took


def measure(ledger: str, sheet: str) -> None:
    """Keep a draft, and print what is measured as one line of JSON."""
    from importer.commands.drafts.draft_editing import Wanted, edit
    from importer.commands.drafts.draft_keeping import keep
    from importer.commands.job import Job
    from importer.ledger import drafts_of
    from importer.ledger.drafts.draft_values import RowFilter
    from importer.settings import load

    job = Job(*load({"ledger": ledger, "base_url": "http://127.0.0.1:9"}), now=lambda: NOW)
    kept: list[Draft] = []
    served = Served()
    found = {"keeping it": timed(served, lambda _: kept.append(keep(job, [sheet], by="dana")[1]), 1, before=0)}
    (draft,) = kept
    with drafts_of(job.settings.ledger_url) as some:
        for name, asked in PAGES.items():
            which = RowFilter(**asked)
            found[f"a page {name}"] = timed(
                served, lambda _, which=which: some.rows.page(draft, which, limit=PAGE), TIMES
            )
        middle = draft.plan.files[0]["rows"] // 2
        found["a page from the middle on"] = timed(
            served, lambda _: some.rows.page(draft, after=middle, limit=PAGE), TIMES
        )
        found[COUNTS] = timed(served, lambda _: some.named(draft.id).plan.sums, TIMES)
    last = draft.plan.files[0]["rows"] + 1

    def corrected(place: int, offset: int, cell: str) -> None:
        number = (last // (EDITS + 2) * (place + 1)) // WRONG_EVERY * WRONG_EVERY + 2 + offset
        answer = edit(job, draft.id, Wanted([f"{min(number, last)}:{cell}"]))
        if not answer.rows:
            raise SystemExit(f"Row {number} was not answered.")

    found[EDIT] = timed(served, lambda place: corrected(place, 1, f"Patient first name=Bo{place}"), EDITS)
    found[WRONG] = timed(served, lambda place: corrected(place, 0, f"Phone=(212) 555-01{place:02d}"), EDITS)
    print(json.dumps(found))


if __name__ == "__main__":
    measure(*sys.argv[1:])
