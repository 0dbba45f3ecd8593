"""Months of one clinic: visits that were booked, moved, cancelled and missed, and how a purge is looked at."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from desk import ROW, Desk
from sqlalchemy import MetaData, select

from importer.commands.plan import plan
from importer.ingest.purge import Purged, purge
from importer.ledger import open_ledger
from importer.ledger.opening import ledger_url
from importer.ledger.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.ledger import Ledger
    from importer.model.records import LifeRow

DAY_S = 86_400
WORDS = ("Xanthippe", "Quillfeather", "xq-mail", "Zygoma", "Fracture77", "QX-7731", "2015559", "wr0ng-phone")
"""In every value that is personal; a number and a phone of each visit begin so."""


def visit(number: int, start: str, **changes: str) -> dict[str, str]:
    """Return a row full of personal data; ``start``: local time in New York."""
    told = {
        "externalEventId": f"QX-7731-{number}",
        "phone": f"201555{9000 + number}",
        "firstName": f"Xanthippe{number}",
        "lastName": "Quillfeather",
        "emailAddress": f"xq-mail{number}@example.org",
        "metadata.room": f"Zygoma {number}",
        "Diagnosis": f"Fracture77 {number}",
        "eventDateTime": start,
    }
    return ROW | told | changes


def months(desk: Desk) -> None:
    """Let months go by: five visits of March, then one of November; the clock stands in late July."""
    spring = [visit(number, f"2027-03-{8 + number:02d} 09:00") for number in range(1, 6)]
    autumn = visit(9, "2027-11-08 09:00")
    desk.run(*spring, autumn, {**visit(7, "2027-03-09 10:00"), "phone": "wr0ng-phone"})
    desk.now += DAY_S
    spring[0] = visit(1, "2027-03-20 10:30", firstName="Xanthippe-Anna")
    desk.run(*spring[:4], autumn | {"metadata.room": "Zygoma 99"})
    desk.now += DAY_S
    desk.run({"action": "cancel", "externalEventId": "QX-7731-2", "phone": "2015559002"})
    desk.now += 140 * DAY_S


def purged(desk: Desk, days: int = 90, **more: Any) -> Purged:
    """Purge the desk's ledger."""
    return purge(desk.job(), days, confirm=lambda _found: True, **more)


def words_left(desk: Desk, *but: Path) -> list[str]:
    """Return where personal data still stands: files of the desk's folder, and of its tables on a server."""
    pattern = re.compile("|".join(map(re.escape, WORDS)).encode(), re.IGNORECASE)
    found = [
        path.relative_to(desk.folder).as_posix()
        for path in sorted(desk.folder.rglob("*"))
        if (path.is_file() and path not in but and path.suffix != ".csv") or path.name == "results.csv"
        if pattern.search(path.read_bytes())
    ]
    if "ledger_url" in desk.settings:
        found += [f"{table}.{column}" for table, column, value in cells(desk) if pattern.search(value)]
    return found


def cells(desk: Desk) -> Iterator[tuple[str, str, bytes]]:
    """Yield every value of a ledger's database."""
    store = Store(ledger_url(str(desk.job().settings.ledger_url)), busy_s=5, read_only=True)
    tables = MetaData()
    with store.reading() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    yield table.name, str(name), value if isinstance(value, bytes) else str(value).encode()
    store.close()


def later_rows(uuids: Mapping[str, str]) -> dict[str, list[Mapping[str, str]]]:
    """Return what may come after months, by name. ``uuids``: of the visits, by number."""
    third = {"externalEventId": "QX-7731-3", "phone": "2015559003"}
    uuid = uuids["QX-7731-3"]
    return {
        "by number": [
            {"action": "cancel", **third},
            {"action": "no_show", "externalEventId": "QX-7731-4", "phone": "2015559004"},
            {"action": "update", "externalEventId": "QX-7731-5", "phone": "2015559005", "lastName": "Newname"},
            {"action": "cancel", "externalEventId": "QX-7731-2", "phone": "2015559002"},
            {"action": "no_show", "externalEventId": "QX-7731-2", "phone": "2015559002"},
            {"action": "cancel", "externalEventId": "QX-7731-8", "phone": "2015559008"},
        ],
        "by uuid": [{"action": "cancel", "uuid": uuid}],
        "by uuid with phone": [{"action": "cancel", "uuid": uuid, "phone": "2015559003"}],
        "by uuid with another's phone": [{"action": "cancel", "uuid": uuid, "phone": "2015559004"}],
        "the same": [visit(number, f"2027-03-{8 + number:02d} 09:00") for number in (3, 4, 5)],
        "changed": [visit(3, "2027-03-11 09:00", lastName="Newname"), visit(1, "2027-03-09 09:00")],
        "ended": [visit(2, "2027-03-10 09:00")],
        "moved ahead": [visit(4, "2027-12-01 09:00")],
        "new": [visit(6, "2027-12-02 09:00")],
        "to come": [visit(9, "2027-11-08 10:00")],
    }


def planned(desk: Desk, *rows: Mapping[str, str], name: str = "later.csv", **settings: Any) -> list[dict[str, Any]]:
    """Return what a plan over these rows says of each: its verdict, its call, and the codes of its problems."""
    found: list[dict[str, Any]] = []

    def see(each: LifeRow) -> None:
        row = each.row
        found.append(
            {
                "row": row.number,
                "status": str(row.status) if row.status else None,
                "action": str(row.action),
                "uuid": row.uuid,
                "changed": sorted((change.field, change.after) for change in each.changes),
                "problems": sorted(problem["code"] for problem in (*row.problems, *row.warnings)),
            }
        )

    plan(desk.job(**settings), [desk.sheet(*rows, name=name)], each_row=see)
    return found


def states(desk: Desk) -> dict[str, str]:
    """Return the state of every appointment by its uuid."""
    with memory(desk) as ledger:
        return {one.uuid or "": one.state.value for one in ledger.all_reminders()}


@contextmanager
def memory(desk: Desk) -> Iterator[Ledger]:
    """Open the desk's ledger."""
    settings = desk.job().settings
    with open_ledger(settings.ledger_url, purge_key=settings.purge_key) as ledger:
        yield ledger


def first_run(desk: Desk) -> str:
    """Return the oldest run."""
    with memory(desk) as ledger:
        return ledger.runs(None)[-1].id
