"""``importer check`` against ``frictionless validate`` with an equivalent schema, which normalizes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from checking import check
from goals import Found, Goal
from measuring import side_by_side
from sheets import HEADINGS, ZONES, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from scale import Scale

PYTHON = os.environ.get("BENCHMARK_FRICTIONLESS_PYTHON", sys.executable)
"""The Python that has frictionless, where it lives in an environment of its own."""

VALIDATE = (
    "import sys; from frictionless import Resource, Schema, system\n"
    "with system.use_context(trusted=True):\n"
    "    resource = Resource(path=sys.argv[1], schema=Schema.from_descriptor(sys.argv[2]))\n"
    "    report = resource.validate(limit_errors=10**9)\n"
    "print(len({error.row_number for task in report.tasks for error in task.errors}))"
)
DURATION = {"pattern": "P(?=.)(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"}
RULES: dict[str, dict[str, object]] = {
    "externalEventId": {"required": True, "maxLength": 255},
    "phone": {"required": True, "pattern": r"\([2-9][0-9]{2}\) [2-9][0-9]{2}-[0-9]{4}"},
    "eventType": {"required": True, "pattern": r"[A-Za-z0-9-]{1,128}"},
    "remindTimeOffset": {"required": True, **DURATION},
    "followUpTimeOffset": DURATION,
    "eventDateTime": {"required": True},
    "subscriberTimeZone": {"required": True, "enum": list(ZONES)},
}
KINDS = {
    "eventDateTime": {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S"},
    "emailAddress": {"type": "string", "format": "email"},
    "sendEligibleSubscribersOnly": {"type": "boolean"},
}


def schema() -> dict[str, object]:
    """Return rules for the columns as they are typed: formats, what must be there, and the appointment's key."""
    fields = [
        {"name": name, "type": "string", **KINDS.get(name, {}), "constraints": RULES.get(name, {})} for name in HEADINGS
    ]
    return {"fields": fields, "primaryKey": ["phone", "externalEventId"]}


def validating(folder: Path, scale: Scale) -> Found:
    """Measure both on a clean sheet and on one with half the rows bad."""
    measures = [("clean", 0.0, 8), ("50 % bad", 0.5, 15)]
    goals = [f"check against frictionless, {name}: times faster" for name, _, _ in measures]
    if why := _missing():
        return Found([], [Goal(goals[place], None, least=measures[place][2], why=why) for place in (0, 1)])
    rules = folder / "schema.json"
    rules.write_text(json.dumps(schema()), "utf-8")
    one = str(write_csv(folder / "one.csv", 1))
    commands = {
        "frictionless, one row": [PYTHON, "-c", VALIDATE, one, str(rules)],
        "importer check, one row": check(folder / "one.csv"),
    }
    for name, bad, _ in measures:
        path = write_csv(folder / f"validated-{bad}.csv", scale.validated_rows, bad)
        commands[f"frictionless, {name}"] = [PYTHON, "-c", VALIDATE, str(path), str(rules)]
        commands[f"importer check, {name}"] = check(path)
    costs = side_by_side(commands, scale.rounds)
    lines = [["", "CPU s", "wall s", "peak MB"]]
    lines += [[name, f"{c.cpu_s:.2f}", f"{c.wall_s:.2f}", f"{c.peak_mb:.0f}"] for name, c in costs.items()]
    faster = [costs[f"frictionless, {name}"].cpu_s / costs[f"importer check, {name}"].cpu_s for name, _, _ in measures]
    how = f"{scale.validated_rows:,} rows, the same file for both; CPU seconds of the whole process, its start (a sheet of one row) included."
    return Found(
        lines,
        [Goal(goals[place], faster[place], least=measures[place][2], form="{:.1f}") for place in (0, 1)],
        how,
    )


def _missing() -> str:
    """Return why it cannot be measured, "" when it can."""
    found = shutil.which(PYTHON) and subprocess.run(
        [PYTHON, "-c", "import frictionless"], check=False, capture_output=True
    )
    return "" if found and found.returncode == 0 else "frictionless is not installed (extra `bench`)"
