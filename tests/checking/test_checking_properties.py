"""What holds for any rows, read by the real normalizer: none is lost, none is judged twice, nothing depends on company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from long_form import longer

from importer.checking import check, check_rows, payloads, problems, stage
from importer.model.batches import CellFlaw
from importer.model.chunks import Checked, Chunk
from importer.model.profile import EventType, Location, Profile
from importer.model.statuses import Action, Status
from importer.normalizing import normalize
from importer.problems import KINDS, row_kinds
from schemas.appointment import CREATE

if TYPE_CHECKING:
    from judged_rows import Judge

RULES = {kind.code for kind in row_kinds.CHECKED}
TYPE = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
PROFILE = Profile(
    zone="America/New_York",
    event_types={
        "Check-up": EventType(TYPE, ("eventLocation",)),
        "Cleaning": EventType("6c52d314-a3ca-4781-ba70-5f3b0c8d1e02"),
    },
    locations={"Main": Location(zone="Europe/London", metadata={"eventLocation": "London"})},
)


def mostly(right: list[str], wrong: list[str]) -> st.SearchStrategy[str]:
    """Values that are right five times out of six, so that whole rows are right often enough."""
    return st.sampled_from(right * 5 * len(wrong) + wrong * len(right))


CELLS: dict[str, st.SearchStrategy[str]] = {
    "action": mostly(["create", "Update", "CANCEL", "upsert", "booked", "no show", "arrived"], ["", "postpone"]),
    "uuid": mostly(["", " ", "1a2b3c4d5e6f7g8h9i0j"], ["a/b"]),
    "externalEventId": mostly(["", "112233", "00123", "12345.0"], ["1.2E+15", "x\x07y"]),
    "phone": mostly(["(415) 555-2671", "+44 20 7946 0123", "415 555 2671"], ["555-1234", "", "1-800-FLOWERS"]),
    "firstName": st.one_of(
        mostly(["", "Zoe\u0308", "O'Brien"], ["a\x00"]), st.text(st.characters(codec="utf-8"), max_size=3)
    ),
    "emailAddress": mostly(["", " ", "ana@example.com"], ["ana", "a@b.co; c@d.co"]),
    "eventType": mostly(["Check-up", "cleaning", TYPE], ["", "Root canal"]),
    "remindTimeOffset": mostly(["PT3H", "90 min", "", "12 hours"], ["P1M", "90"]),
    "followUpTimeOffset": mostly(["", "PT2H"], ["-PT2H"]),
    "eventDateTime": mostly(
        [
            "2027-03-04T14:30:00",
            "2027-11-07 1:30 AM",
            "2027-03-04T14:30:00Z",
            "46450.604166666664",
            "March 9, 2027 2pm",
        ],
        [
            "2027-03-14 02:30",
            "3/4/2027 10:00",
            "2026-01-05 10:00",
            "",
            "2027-02-30T10:00:00",
            "2206-01-01 10:00",
            "TBD",
        ],
    ),
    "subscriberTimeZone": mostly(["", "America/Chicago", "EST", "Pacific Standard Time"], ["Mars/Base"]),
    "sendEligibleSubscribersOnly": mostly(["", "yes", "FALSE"], ["maybe"]),
    "location": mostly(["", "main"], ["Nowhere"]),
    "metadata.eventLocation": mostly(["New York", " Rome "], ["", "{x}", "a\nb"]),
    "metadata": mostly(["", '{"room": "3"}'], ["{", "[1]"]),
}
COLUMNS = list(CELLS)
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=8)
COLUMN_SETS = st.sets(st.sampled_from(COLUMNS), min_size=1).map(lambda names: [n for n in COLUMNS if n in names])
QUICK = settings(max_examples=longer(12, 500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOW = 1803902400.0


def judged(rows: list[dict[str, str]], columns: list[str] = COLUMNS, flaws: tuple[CellFlaw, ...] = ()) -> Checked:
    typed = pd.DataFrame(rows, columns=columns, index=np.arange(2, len(rows) + 2), dtype=object)
    chunk = Chunk(typed.set_axis(range(len(columns)), axis="columns"), flaws)
    settled = {name: at for at, name in enumerate(columns)}
    return check(chunk, normalize(typed, PROFILE), PROFILE, now=NOW, columns=settled)


def forms_of(checked: Checked) -> pd.DataFrame:
    """Return the rows' normal forms."""
    columns = {name: found.column for name, found in checked.values.columns.items()}
    return pd.DataFrame(columns, index=checked.chunk.frame.index)


def told(checked: Checked) -> list[Any]:
    """Everything that is said about each row but its number."""
    return [
        (line["status"], line["action"], line["payload"], sorted(p["field"] + p["code"] + p["value"] for p in found))
        for line in check_rows(checked, file="a", sheet=None, headings=())
        for found in [[*line["problems"], *line["warnings"]]]
    ]


@QUICK
@given(ROWS, COLUMN_SETS)
def test_every_row_is_judged_once(rows: list[dict[str, str]], columns: list[str]) -> None:
    """Whatever the columns, each row has one verdict and one staged row, under its own number."""
    checked = judged(rows, columns)
    staged = stage(checked)
    spoken = problems(checked)

    assert len(spoken) == len(payloads(checked)) == len(rows)
    assert [row.number for row in staged] == list(range(2, len(rows) + 2))
    assert checked.invalid.tolist() == [bool(wrong) for wrong, _ in spoken]
    assert [row.status is Status.INVALID or row.conditional for row in staged] == checked.invalid.tolist()


@QUICK
@given(ROWS)
def test_one_problem_for_one_field(rows: list[dict[str, str]]) -> None:
    """A field of a row has at most one problem; an unreadable value has no warning beside it; all kinds are known."""
    for wrong, worth_saying in problems(judged(rows)):
        fields = [said.field for said in wrong]

        assert len(fields) == len(set(fields))
        unread = {said.field for said in wrong if said.code not in RULES}
        assert not unread & {said.field for said in worth_saying}
        assert {said.code for said in (*wrong, *worth_saying)} <= set(KINDS)


@QUICK
@given(ROWS)
def test_valid_row_passes_the_create_schema(rows: list[dict[str, str]]) -> None:
    """The body of a valid new appointment passes pandera's own validation of the create schema."""
    checked = judged(rows)
    valid = np.isin(checked.actions, [Action.CREATE, Action.UPSERT]) & ~checked.invalid
    event(f"{valid.sum()} valid")

    CREATE.validate(forms_of(checked)[valid], lazy=True)
    for place in np.flatnonzero(valid):
        body = payloads(checked)[place]
        assert {"phone", "eventType", "remindTimeOffset", "eventDateTime", "subscriberTimeZone"} <= set(body)
        assert "externalEventId" in body or forms_of(checked)["uuid"].iloc[place]


@QUICK
@given(ROWS)
def test_normal_forms_are_fixed_points(rows: list[dict[str, str]]) -> None:
    """A sheet of the normal forms of valid rows is read as itself, and is as valid."""
    checked = judged(rows)
    columns = [name for name in CELLS if name not in {"metadata", "location"}]
    valid = forms_of(checked).loc[~checked.invalid & (checked.actions != Action.NONE), columns]
    assume(len(valid))
    again = judged([{name: row[name] for name in columns} for _, row in valid.iterrows()], columns)

    assert not again.invalid.any()
    assert forms_of(again)[columns].to_numpy().tolist() == valid.to_numpy().tolist()


@QUICK
@given(ROWS, st.randoms(use_true_random=False))
def test_shuffled_rows_have_shuffled_findings(rows: list[dict[str, str]], random: Any) -> None:
    """What is said about a row does not depend on where it stands."""
    order = list(range(len(rows)))
    random.shuffle(order)
    straight, shuffled = told(judged(rows)), told(judged([rows[place] for place in order]))

    assert shuffled == [straight[place] for place in order]


@QUICK
@given(ROWS)
def test_rows_do_not_disturb_each_other(rows: list[dict[str, str]]) -> None:
    """What is said about a row in company is what is said about it alone."""
    together = told(judged(rows))

    assert together == [told(judged([row]))[0] for row in rows]


@QUICK
@given(ROWS, st.lists(st.tuples(st.integers(0, 7), st.one_of(st.none(), st.integers(0, len(COLUMNS) + 2))), max_size=4))
def test_flawed_rows_are_never_ready(rows: list[dict[str, str]], places: list[tuple[int, int | None]]) -> None:
    """A row that could not be read as a whole is invalid, and every other row is what it is without the flaw."""
    flaws = tuple(CellFlaw(row + 2, column, "cell_error", "#N/A") for row, column in places if row < len(rows))
    plain, flawed = judged(rows), judged(rows, flaws=flaws)
    whole = {flaw.row - 2 for flaw in flaws if flaw.column is None}
    touched = {flaw.row - 2 for flaw in flaws}

    assert all(flawed.invalid[place] for place in whole)
    assert all(told(plain)[place] == told(flawed)[place] for place in set(range(len(rows))) - touched)


def test_large_chunks_are_judged_like_small_ones(judge: Judge) -> None:
    """Columns whose values hardly repeat, and those whose values do, get the verdicts of single rows."""
    rows = [
        {
            "externalEventId": f"A{n}" if n % 7 else "",
            "phone": f"+1415555{n:04}" if n % 5 else f"x{n}",
            "eventDateTime": f"2027-03-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00" if n % 3 else f"2027-02-3{n % 10}",
            "subscriberTimeZone": ("America/New_York", "Europe/London", "Nowhere")[n % 11 % 3],
        }
        for n in range(2500)
    ]
    together = judge.check(*rows)
    alone = [judge.check(row) for row in rows[::97]]

    assert told(together)[::97] == [told(one)[0] for one in alone]


@pytest.mark.parametrize("count", [0, 1, 1001])
def test_sizes(judge: Judge, count: int) -> None:
    """Chunks of any size are judged whole."""
    checked = judge.check({}, *[{"externalEventId": f"{n}"} for n in range(count)])

    assert len(stage(checked)) == count + 1
    assert not checked.invalid.any()
