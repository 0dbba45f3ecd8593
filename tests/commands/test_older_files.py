"""An older file never undoes what is newer, whatever it is called and however it is saved; and a release releases."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import openpyxl
import pytest
from desk import Desk, appointments, statuses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.commands.plan import plan
from importer.commands.run import RunResult, retry, run
from importer.errors import Exit
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.settings import RowRange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.sandbox import Sandbox

NIGHT = 86_400
Row = dict[str, str]


@pytest.fixture(params=["no-profile", "profile"])
def desk(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    desk.profile = Profile(name="clinic", declared=True) if request.param == "profile" else Profile()
    return desk


def moved(rows: Sequence[Row], *places: int, to: str = "2027-03-19 15:30") -> list[Row]:
    return [each | ({"eventDateTime": to} if place in places else {}) for place, each in enumerate(rows)]


def sent(desk: Desk, sheet: Sequence[Mapping[str, str]], name: str, **chosen: object) -> RunResult:
    desk.now += NIGHT / 24
    return run(desk.job(**chosen), [desk.sheet(*sheet, name=name)])


def codes(result: RunResult) -> list[str]:
    return [hold.code for hold in result.run.unreleased]


def same_bytes(desk: Desk, rows: list[Row]) -> str:
    return desk.sheet(*rows, name="Monday's list.csv")


def as_workbook(desk: Desk, rows: list[Row]) -> str:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(desk.folder / "saved.xlsx")
    return str(desk.folder / "saved.xlsx")


def shuffled(desk: Desk, rows: list[Row]) -> str:
    mixed = [dict(reversed(row.items())) for row in rows]
    random.Random(7).shuffle(mixed)
    return desk.sheet(*mixed, name="sorted.csv")


@pytest.mark.parametrize("back", [same_bytes, as_workbook, shuffled])
def test_what_would_go_back_is_held(desk: Desk, back: Callable[[Desk, list[Row]], str]) -> None:
    """The two rows that a later file moved are held, also of a workbook or a sorted sheet, and say why and what to do."""
    old = appointments(7)
    sent(desk, old, "week.csv")
    sent(desk, moved(old, 0, 3), "week.csv")
    before = len(desk.deeds())

    result = run(desk.job(), [back(desk, old)])

    assert (result.exit_code, codes(result)) == (Exit.HELD, ["file_of_before"])
    held = [row for row in result.report.rows() if row.status is Status.HELD]
    assert {row.external_event_id for row in held} == {"1001", "1004"}
    assert result.totals[Status.UNCHANGED] == 5
    assert all("changed the appointment" in row.problems[0]["message"] for row in held)
    assert all("--release file_of_before" in row.problems[0]["fix"] for row in held)
    assert len(desk.deeds()) == before


def test_the_other_rows_go(desk: Desk) -> None:
    """A row that was never sent is, when the older file is run again by a profile that knows more."""
    old = [*appointments(4), appointments(5)[4] | {"eventType": ""}]
    sent(desk, old, "week.csv")
    sent(desk, moved(old[:4], 2), "week.csv")
    desk.profile = replace(desk.profile, event_type=old[0]["eventType"])

    result = sent(desk, old, "again.csv")

    assert statuses(result) == ["unchanged", "unchanged", "held", "unchanged", "created"]


@pytest.mark.parametrize("how", ["run", "retry", "plan-then-run"])
def test_a_release_releases(desk: Desk, how: str) -> None:
    """The documented ways let the older values go; the file is the newest then, and the other one is held."""
    old, new = appointments(4), moved(appointments(4), 1)
    sent(desk, old, "a.csv")
    sent(desk, new, "b.csv")
    held = sent(desk, old, "c.csv")
    if how == "plan-then-run":
        assert "--release file_of_before" in plan(desk.job(), [desk.sheet(*old, name="c.csv")]).release

    released = (
        retry(desk.job(release=("file_of_before",)), held.run.id)
        if how == "retry"
        else sent(desk, old, "c.csv", release=("file_of_before",))
    )

    assert released.totals[Status.UPDATED] == 1
    assert desk.deeds()[-1][2] is not None
    assert (codes(sent(desk, old, "d.csv")), codes(sent(desk, new, "e.csv"))) == ([], ["file_of_before"])


def test_a_held_file_stays_held(desk: Desk) -> None:
    """Neither trying again nor a retry without a release makes an older file newer."""
    old, new = appointments(4), moved(appointments(4), 1)
    sent(desk, old, "a.csv")
    sent(desk, new, "b.csv")

    results = [sent(desk, old, f"{name}.csv") for name in "cde"]
    again = retry(desk.job(), results[-1].run.id)

    assert [statuses(each)[1] for each in results] == ["held"] * 3
    assert statuses(again) == ["held"]


def test_a_single_appointment_may_be_moved_back(desk: Desk) -> None:
    """A sheet of other bytes that moves one or two back to where they were is a usual night."""
    rows = appointments(6)
    sent(desk, rows, "a.csv")
    sent(desk, moved(rows, 0, 1, 2), "b.csv")

    assert sent(desk, moved(rows, 2), "c.csv").totals[Status.UPDATED] == 2
    assert sent(desk, rows[:2] + moved(rows, 2)[2:], "d.csv").exit_code is Exit.DONE


@pytest.mark.parametrize(
    ("back", "anew", "held"),
    [(3, 0, 3), (4, 1, 4), (5, 1, 5), (2, 0, 0), (3, 1, 0), (4, 2, 0)],
)
def test_a_file_most_of_whose_changes_go_back_is_held(desk: Desk, back: int, anew: int, held: int) -> None:
    """Three or more, and four in five, of a file that is not the older one to the byte; the other rows go."""
    rows = appointments(12)
    sent(desk, rows, "a.csv")
    sent(desk, moved(rows, *range(6)), "b.csv")
    now = moved(rows, *range(back, 6))
    edited = [each | ({"firstName": "Uma"} if place in range(10, 10 + anew) else {}) for place, each in enumerate(now)]

    result = sent(desk, edited, "c.csv")

    assert result.totals[Status.HELD] == held
    assert result.totals[Status.UPDATED] == back + anew - held
    assert (result.exit_code is Exit.HELD) is bool(held)


def test_a_part_of_an_older_file_is_older_too(desk: Desk) -> None:
    """--rows and --limit choose rows of a file whose bytes are known."""
    rows = appointments(5)
    sent(desk, rows, "a.csv")
    sent(desk, moved(rows, 0), "b.csv")

    assert statuses(sent(desk, rows, "c.csv", rows=(RowRange(2, 3),))) == ["held", "unchanged"]
    assert statuses(sent(desk, rows, "d.csv", limit=1)) == ["held"]


def test_an_older_cancel_ends_nothing_that_was_booked_since(desk: Desk) -> None:
    """A sheet that cancelled nothing when it came does not cancel what a newer one has booked."""
    off = [appointments(1)[0] | {"action": "cancel"}]
    sent(desk, off, "a.csv")
    sent(desk, appointments(1), "b.csv")

    result = sent(desk, off, "c.csv")

    assert (statuses(result), codes(result)) == (["held"], ["file_of_before"])
    assert [deed[0] for deed in desk.deeds()] == ["create"]


def test_an_older_snapshot_cancels_nothing_that_was_booked_since(desk: Desk) -> None:
    """What a newer snapshot brought is no missing appointment of an older one."""
    desk.profile = Profile(name="clinic", snapshot="today..+60d", cancel_missing=True, guard_share_percent=50)
    rows = appointments(6)
    sent(desk, rows[:5], "a.csv")
    sent(desk, rows, "b.csv")

    result = sent(desk, rows[:5], "c.csv")

    assert statuses(result) == ["unchanged"] * 5 + ["held"]
    assert [deed[0] for deed in desk.deeds()] == ["create"] * 6
    assert statuses(sent(desk, rows[:5], "c.csv", release=("file_of_before",)))[-1] == "cancelled"


def test_the_newest_file_is_never_held(desk: Desk) -> None:
    """Night after night, also after a file that was sent twice and one that was held."""
    rows = appointments(5)
    for night in range(4):
        news = moved(rows, night, to=f"2027-03-2{night} 10:00")
        assert sent(desk, news, "week.csv").exit_code is Exit.DONE
        assert sent(desk, news, "copy.csv").exit_code is Exit.DONE
        sent(desk, rows, "old.csv")
        rows = news


@given(
    nights=st.lists(
        st.lists(st.integers(min_value=0, max_value=3), min_size=4, max_size=4), min_size=1, max_size=3, unique_by=tuple
    ),
    again=st.integers(min_value=0, max_value=2),
    name=st.sampled_from(["week.csv", "x.csv"]),
)
@settings(max_examples=longer(5, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_older_file_changes_anything(sandbox: Sandbox, nights: list[list[int]], again: int, name: str) -> None:
    """Any file that was sent before another sends nothing to an appointment that the other has changed."""
    folder = Path(mkdtemp())
    desk = Desk(folder, sandbox)
    phones = f"917555{len(sandbox.requests()) % 9000:04d}"
    base = [row | {"externalEventId": f"{phones}-{row['externalEventId']}"} for row in appointments(4)]
    for night in nights:
        sent(
            desk,
            [row | {"eventDateTime": f"2027-04-0{day + 1} 09:00"} for row, day in zip(base, night, strict=True)],
            "week.csv",
        )
    before = len(desk.deeds())
    chosen = nights[min(again, len(nights) - 1)]
    old = [row | {"eventDateTime": f"2027-04-0{day + 1} 09:00"} for row, day in zip(base, chosen, strict=True)]

    became = statuses(sent(desk, old, name))

    shutil.rmtree(folder)
    assert set(became) <= {"unchanged", "held"}
    assert len(desk.deeds()) == before
