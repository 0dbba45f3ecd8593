"""Nights of unchanged rows: what a person gets is the same, whether such rows are kept by the chunk or one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from desk import ROW, Desk, appointments, read_csv

from importer.commands.report import report
from importer.commands.run import run
from importer.model.profile import Profile
from importer.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = {
    "as it comes": Profile(),
    "dates by month": Profile(date_order="mdy"),
}
NOTES = ("=1+1", 'say "so"', "-5", "+1 212 555 0101", "a;=b", "", "two\nlines", "plain")


def night(profile: str) -> list[dict[str, str]]:
    """Return rows with cells that a report must guard or quote, some of them warned of, in a form of dates."""
    rows = [
        row | {"Notes": NOTES[place % len(NOTES)], "remindTimeOffset": ("PT3H", "PT12H")[place % 2]}
        for place, row in enumerate(appointments(24))
    ]
    if profile == "dates by month":
        rows = [row | {"eventDateTime": "3/8/2027 9:00"} for row in rows]
    return rows


def told(path: Path) -> str:
    """Return a results.csv without what is of one run alone."""
    rows = read_csv(path)
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{4,}", "RUN", path.read_text("utf-8-sig"))
    for uuid in {row["result_uuid"] for row in rows if row["result_uuid"]}:
        text = text.replace(uuid, "UUID")
    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:]+Z", "TIME", text)


@pytest.mark.parametrize("profile", PROFILES)
def test_reports_are_the_same_either_way(tmp_path: Path, profile: str) -> None:
    """results.csv and the summary of a first, a second and a changed night agree byte by byte but for ids and times."""
    found = []
    for by_chunk in (False, True):
        folder = tmp_path / str(by_chunk)
        folder.mkdir()
        with Sandbox() as sandbox:
            desk = Desk(folder, sandbox, profile=PROFILES[profile])
            rows = night(profile)
            other = [ROW | {"externalEventId": "9001", "phone": "2125550999", "Room": "4"}]
            changed = [*rows[:5], rows[5] | {"firstName": "Bo"}, *rows[6:20], rows[3], *rows[21:]]
            seen = []
            for sheet in (rows, rows, changed, rows[::-1]):
                paths = [desk.sheet(*sheet), desk.sheet(*other, name="other.csv")]
                result = run(desk.job(), paths, by_chunk=by_chunk)
                again = report(desk.job(), result.run.id)
                seen.append((
                    told(result.paths["results.csv"]),
                    told(again.paths["results.csv"]),
                    dict(result.totals),
                    result.exit_code,
                    [(kind.code, kind.place, kind.count, kind.rows) for kind in result.report.warnings],
                    [(row.number, row.cells, row.status, row.warnings, row.row_id) for row in result.report.rows()],
                    result.report.by_file,
                    result.report.zone,
                ))  # fmt: skip
            found.append((seen, sorted((action, number) for action, number, _ in desk.deeds())))
    assert found[1] == found[0]
    assert any(kind[0] == "reminder_at_night" for kind in found[0][0][1][4])
