"""Two weeks to look at: the samples as they are, and one in which everything goes wrong that can."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import sample_data
from importer.commands.job import Job
from importer.commands.plan import plan
from importer.commands.run import RunResult, run
from importer.demo import clock_from, settings_for
from importer.model.profile import Profile
from importer.sandbox import Behaviour, Sandbox
from importer.sandbox.faults import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.reporting.plan_result import PlanResult

HEADING = (
    "Action",
    "Appointment number",
    "Mobile phone",
    "First name",
    "Last name",
    "Appointment type",
    "Appointment start",
    "Time zone",
    "Remind before",
    "metadata.eventLocation",
)
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
AREAS = ("212", "646", "917", "718", "347", "929")
FIRST = ("Ana", "Marcus", "Zoë", "Priya", "Hugo", "Elif", "Grace", "Dev", "Ines", "Jun", "Farid", "Chloé")
LAST = ("Beltran", "O'Brien", "Lindqvist", "Raman", "Null", "García", "Nguyen", "Kim", "Ødegaard", "Patel", "Smith")
BOOKED = 90
WEEK = 260
DAY_S = 86_400

# A slow Monday at the API: it is overloaded, it loses answers, it refuses some rows.
FAULTS = (
    Rule("status_before", rate=0.04, status=503, html=True),
    Rule("status_before", rate=0.05, status=429, headers={"Retry-After": "1"}),
    Rule("status_before", rate=0.05, status=400, actions=("create", "cancel")),
    Rule("reset_after", rate=0.4, actions=("no_show",)),
    Rule("truncated", rate=0.03),
)


def clinic_week() -> RunResult:
    """Run the first sample sheet in the current directory, as the demo does."""
    with Sandbox(behaviour=Behaviour(latency_s=0.02)) as sandbox:
        return _run(sandbox, sample_data.copy("clinic_week.csv", Path()), sample_data.moment("clinic_week.csv"))


def clinic_plan() -> PlanResult:
    """Plan the second sample sheet on a page in the current directory, upon the week that the first one booked."""
    with Sandbox() as sandbox:
        _run(sandbox, sample_data.copy("clinic_week.csv", Path()), sample_data.moment("clinic_week.csv"))
        moment = sample_data.moment("clinic_week_changes.csv")
        job = Job(settings_for(Path(), sandbox), Profile(), now=clock_from(moment))
        sheet = sample_data.copy("clinic_week_changes.csv", Path())
        return plan(job, [str(sheet)], out=Path("week.plan"), page=Path("plan.html"))


def bad_week() -> RunResult:
    """Book some appointments while all is well, then run a sheet full of slips against an API on a bad day."""
    moment = sample_data.moment("clinic_week.csv")
    with Sandbox(behaviour=Behaviour(latency_s=0.03, jitter_s=0.02), seed=3) as sandbox:
        _run(sandbox, _sheet("booked.csv", map(_booked, range(BOOKED))), moment - 3 * DAY_S)
        sandbox.service.faults.set(FAULTS)
        return _run(sandbox, _sheet("bad_week.csv", map(_slip, (place * 7 % WEEK for place in range(WEEK)))), moment)


def _run(sandbox: Sandbox, sheet: Path, moment: float) -> RunResult:
    return run(Job(settings_for(Path(), sandbox), Profile(), now=clock_from(moment)), [str(sheet)])


def _sheet(name: str, rows: Iterable[Sequence[str]]) -> Path:
    path = Path(name)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADING, *rows])
    return path


def _booked(place: int, action: str = "create", hour: int = 9) -> list[str]:
    # Every ninth was on Thursday already: that is whose no-shows are sent.
    missed = place < BOOKED and place % 9 == 2
    return [
        action,
        str(41000 + place),
        f"({AREAS[place % 6]}) 555-{100 + place // 6 % 100:04d}",
        FIRST[place % len(FIRST)],
        LAST[place % len(LAST)],
        TYPE,
        "2027-03-04 09:00" if missed else f"2027-03-{8 + place % 5:02d} {hour + place % 7:02d}:{place % 4 * 15:02d}",
        "America/New_York",
        "24 hours",
        ("Hillcrest Clinic", "Riverside Clinic")[place % 2],
    ]


def _slip(place: int) -> list[str]:
    """Return a row of the bad week: most are well, the others wrong in one of the usual ways."""
    if place < BOOKED:
        action = {0: "cancel", 1: "update", 2: "no show"}.get(place % 9, "upsert")
        return _booked(place, action, hour=10 if action == "update" else 9)
    row = _booked(place)
    if place % 9 == 4:
        row[2] = row[2][6:]
    if place % 31 == 7:
        row[7] = "Eastern-ish"
    if place % 37 == 3:
        row[6] = ""
    if place % 29 == 11:
        row[8] = "24"
    if place % 41 == 6:
        row[6] = "2027-03-14 02:30"
    return row
