"""A saved plan is judged before it is carried out: whatever stands in it, it is sent as reviewed or refused with exit 2."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from importer.commands.plan import PlanFile, load, save
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

PLAN = PlanFile(
    made_at=1_804_000_000.5,
    paths=("week.csv",),
    sha256=("00ff",),
    choices={
        "profile": "default",
        "limit": None,
        "rows": ["2-5"],
        "release": [],
        "approve": None,
        "all_or_nothing": False,
    },
    calls={"create": 2},
    fingerprint="ab",
    newest_run="",
)


def test_a_plan_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """What importer plan --out writes is what importer run --plan reads."""
    save(tmp_path / "week.plan", PLAN)

    found = load(tmp_path / "week.plan")
    assert (found.paths, found.sha256, found.choices) == (PLAN.paths, PLAN.sha256, PLAN.choices)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paths", "week.csv"),
        ("paths", [5]),
        ("paths", []),
        ("paths", ["a\u0000b"]),
        ("paths", {"a": 1}),
        ("sha256", None),
        ("choices", []),
        ("choices", {"release": "rows_far_off"}),
        ("choices", {"release": [5]}),
        ("choices", {"release": ["rows_far_off", "dates_undecided"]}),
        ("choices", {"release": ["too_many_missing"]}),
        ("choices", {"approve": "many"}),
        ("choices", {"approve": True}),
        ("choices", {"profile": {"a": {}}}),
        ("calls", [1]),
        ("calls", {"create": "two"}),
        ("calls", {"create": -1}),
        ("fingerprint", 7),
        ("newest_run", ["x"]),
        ("made_at", "today"),
    ],
)
def test_a_member_of_a_wrong_type_is_named(tmp_path: Path, name: str, value: Any) -> None:
    """The sentence says which member is wrong; no traceback."""
    path = tmp_path / "odd.plan"
    save(path, PLAN)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {name: value}), encoding="utf-8")

    with pytest.raises(UsageError, match=rf"odd\.plan is not a plan that was saved: {name} is not") as caught:
        load(path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "{", "[" * 20_000, "null", "[]", '{"schema": 1}', '{"schema": "1"}', "\ufeff{}"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    """Other files are no plans."""
    (tmp_path / "odd.plan").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="is not a plan"):
        load(tmp_path / "odd.plan")


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
def test_a_fifo_is_no_plan(tmp_path: Path) -> None:
    """It is refused at once instead of being waited for."""
    os.mkfifo(tmp_path / "week.plan")

    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "week.plan")
