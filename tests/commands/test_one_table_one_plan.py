"""The same table in every format that holds one is judged alike, row by row, and makes one plan."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from desk import EVENT_TYPE, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer
from table_writers import WRITERS

from importer.commands.check import check
from importer.commands.job import Job
from importer.commands.plan import plan
from importer.model.profile import Profile
from importer.settings import Settings

HEADINGS = [
    "externalEventId",
    "phone",
    "First name",
    "eventType",
    "eventDateTime",
    "subscriberTimeZone",
    "Remind before",
]

rows = st.lists(
    st.tuples(
        st.sampled_from(["1001", "1002", "00123", "12345678901234567", "A-7", ""]),
        st.sampled_from(["(212) 555-0101", "+1 212 555 0102", "2125550103", "555-12", "+44 7400 123456", ""]),
        st.text(
            st.characters(codec="utf-8", categories=("L", "Zs", "P"), exclude_characters="\u2028\u2029"), max_size=8
        ),
        st.sampled_from([EVENT_TYPE, "no such type"]),
        st.sampled_from(
            ["2027-03-08 09:00", "2027-03-14T02:30:00", "3/4/2027 2:30 PM", "13/4/2027 14:30", "2027-03-08", ""]
        ),
        st.sampled_from(["America/New_York", "america/chicago", "Eastern", "Nowhere/Land", ""]),
        st.sampled_from(["PT3H", "90 min", "3", "P1M", ""]),
    ),
    min_size=1,
    max_size=5,
)


def judged(job: Job, path: Path) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    check(job, [str(path)], each_row=lambda line: lines.append(dict(line) | {"file": "", "sheet": None}))
    return lines


def lifted(problem: dict[str, Any]) -> dict[str, Any]:
    """Return a problem of a sheet as records without a row of headings have it: the row that it names is one further up."""
    return problem | {"message": re.sub(r"(?<=\brow )\d+", lambda row: str(int(row[0]) - 1), problem["message"])}


@settings(max_examples=longer(3, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows)
def test_one_table_is_judged_alike_in_every_format(table: list[tuple[str, ...]]) -> None:
    """Whatever the format, each row has the same number, status, payload, problems and warnings, and the plan is one."""
    sheet = [HEADINGS, *map(list, table)]
    with TemporaryDirectory() as folder:
        job = Job(Settings(ledger_url=f"{folder}/ledger.db"), Profile(), now=lambda: NOW)
        paths = {ending: Path(folder) / f"week.{ending}" for ending in WRITERS}
        for ending, path in paths.items():
            WRITERS[ending](path, sheet)

        lines = {ending: judged(job, path) for ending, path in paths.items()}
        prints = {plan(job, [str(path)]).fingerprint for path in paths.values()}

    assert lines["xlsx"] == lines["csv"]
    assert lines["ods"] == lines["csv"]
    # The headings of a sheet stand in row 1; records have none.
    below = [
        line | {"row": line["row"] - 1} | {kind: list(map(lifted, line[kind])) for kind in ("problems", "warnings")}
        for line in lines["csv"]
    ]
    assert lines["ndjson"] == below
    assert lines["parquet"] == below
    assert len(prints) == 1
