"""What holds for any sheet: each row is told once, a second run sends nothing, the API holds what the ledger says."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from desk import ROW, Desk, read_csv, statuses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.ledger import open_ledger
from importer.model.statuses import ReminderState
from importer.sandbox import Sandbox

acts = st.tuples(
    st.sampled_from(["create", "upsert", "update", "cancel"]),
    st.integers(0, 3),
    st.sampled_from(["2027-03-08 09:00", "2027-03-09 10:30", "no day at all"]),
    st.sampled_from(["Ana", "Bea", ""]),
)
nights = st.lists(st.lists(acts, min_size=1, max_size=6), min_size=1, max_size=3)


def as_row(act: tuple[str, int, str, str]) -> dict[str, str]:
    action, number, start, name = act
    told = {"action": action, "externalEventId": str(1001 + number), "phone": f"212555{101 + number:04d}"}
    return ROW | told | {"eventDateTime": start, "firstName": name}


@settings(max_examples=longer(6, 100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights)
def test_any_nights_are_accounted_for(sheets: list[list[tuple[str, int, str, str]]]) -> None:
    """After each night: every row once in results.csv, nothing left for a second run, API and ledger agree."""
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        desk = Desk(Path(folder), sandbox)
        for sheet in sheets:
            rows = [as_row(act) for act in sheet]
            first = desk.run(*rows)
            sent = len(sandbox.requests())
            again = desk.run(*rows)

            told = [row["result_row"] for row in read_csv(first.paths["results.csv"])]
            assert told == [str(number) for number in range(2, len(rows) + 2)]
            assert len(sandbox.requests()) == sent, (statuses(first), statuses(again))
        assert_same_memory(desk)


def assert_same_memory(desk: Desk) -> None:
    """Compare what the API holds with what the ledger remembers: uuids, whether cancelled, start and name."""
    held = {reminder["uuid"]: reminder for reminder in desk.sandbox.reminders()}
    with open_ledger(str(desk.folder / "ledger.db"), read_only=True) as ledger:
        known = {reminder.uuid: reminder for row in range(4) for reminder in ledger.find(str(1001 + row))}
    assert held.keys() == known.keys()
    for uuid, reminder in held.items():
        values = dict(known[uuid].values)
        assert reminder["cancelled"] == (known[uuid].state is ReminderState.CANCELLED)
        assert orjson.dumps(values["eventDateTime"]) == orjson.dumps(reminder["values"]["eventDateTime"])
        assert values.get("firstName") == reminder["values"].get("firstName")
