"""Whatever came before a purge: later rows are planned as they would be without it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.ledger import open_ledger
from importer.settings.token import PurgeKeySource

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run

NOW = 1_800_000_000.0
LATER = NOW + 10 * 86_400
KEY = b"k" * 32


class Row(NamedTuple):
    """A row of a night: which visit, what it asks for and says; ``by``: how it names the visit."""

    visit: int
    action: str
    by: str
    name: str
    room: str | None
    minute: int


nights = st.lists(
    st.builds(
        Row,
        st.integers(1, 3),
        st.sampled_from(["upsert", "create", "update", "cancel", "no_show"]),
        st.sampled_from(["key", "key", "key", "uuid", "uuid and key", "uuid and another's phone", "another's phone"]),
        st.sampled_from(["Ana", "Bo"]),
        st.sampled_from([None, "1", "2"]),
        st.sampled_from([0, 30]),
    ),
    min_size=1,
    max_size=5,
)


def told(row: Any, number: int, one: Row, uuids: dict[int, str]) -> Any:
    """Return a row as it is staged. ``uuids``: of the visits that are known by now."""
    phone = f"+1415555010{one.visit if 'another' not in one.by else one.visit % 3 + 1}"
    uuid = uuids.get(one.visit, f"unknown-{one.visit}") if "uuid" in one.by else None
    values: dict[str, Any] = {"firstName": one.name, "eventDateTime": f"2027-01-16T08:{one.minute:02d}:00"}
    if one.room is not None:
        values["metadata"] = {"room": one.room}
    if one.by == "uuid":
        return row(number, None, one.action, phone=None, uuid=uuid, only=True, starts_at=None, firstName=one.name)
    bare = one.action in {"cancel", "no_show"}
    more = {"only": True, "starts_at": None} if bare else values | {"starts_at": int(NOW) + 86_400 + 60 * one.minute}
    return row(number, f"N-{one.visit}", one.action, phone=phone, uuid=uuid, **more)


def uuids_of(ledger: Ledger) -> dict[int, str]:
    """Return the uuids that visits have by now."""
    return {
        int(one.key.external_event_id.removeprefix("N-")): one.uuid
        for one in ledger.all_reminders()
        if one.key is not None and one.uuid
    }


def said(run: Run) -> list[Any]:
    """Return what a plan says of its rows; what a value was before is known no more once it was purged."""
    return [
        (
            each.row.number,
            each.row.status,
            each.row.action,
            each.row.uuid,
            each.row.code,
            [(change.field, change.after) for change in each.changes],
            [one["code"] for one in (*each.row.problems, *each.row.warnings)],
        )
        for each in run.report.decided()
    ]


@settings(max_examples=longer(12, 3_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(nights, min_size=1, max_size=3), nights)
def test_later_rows_are_planned_as_without_a_purge(
    row: Any, clerk_of: Any, empty_ledger: Path, before: list[list[Row]], after: list[Row]
) -> None:
    """Verdicts, calls, uuids, bodies and problems are the same; nothing purged is in any body."""
    with TemporaryDirectory() as name:
        kept, purged = Path(name) / "kept.db", Path(name) / "purged.db"
        shutil.copy(empty_ledger, kept)
        with open_ledger(str(kept)) as ledger:
            for night in before:
                known = uuids_of(ledger)
                clerk_of(ledger).run(*(told(row, place, one, known) for place, one in enumerate(night, 2)))
            known = uuids_of(ledger)
        shutil.copy(kept, purged)
        with open_ledger(str(purged)) as ledger:
            ledger.retention.purge(ledger.retention.survey(LATER), LATER, key=KEY, at=LATER)
            assert ledger.verify().faults == ()
        plans = []
        for place in (kept, purged):
            with open_ledger(str(place), purge_key=lambda: KEY) as ledger:
                clerk = clerk_of(ledger)
                run = clerk.plan(*(told(row, number, one, known) for number, one in enumerate(after, 2)))
                clerk.send(run)
                run.finish(0, "", NOW)
                assert ledger.verify().faults == ()
                plans.append((said(run), clerk.bodies(), {one.uuid: one.state for one in ledger.all_reminders()}))
        assert plans[0] == plans[1]
        assert "purged:" not in str(plans[1])


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """The file of the key is made for its owner alone, and read from then on."""
    source = PurgeKeySource(file=tmp_path / "keys" / "purge.key")

    assert source.read() is None
    assert source.make() == source.make() == source.read()
    assert (tmp_path / "keys" / "purge.key").stat().st_mode & 0o777 == 0o600
