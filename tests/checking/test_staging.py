"""Rows as the ledger keeps them, and as ``check --json`` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson
import pandas as pd
import pytest

from importer.checking import check, check_rows, payloads, problems, stage
from importer.model.chunks import Chunk, Normalized, Table, same
from importer.model.profile import Profile
from importer.model.statuses import Status
from importer.problems import shown
from importer.problems.cell_places import placed_in

if TYPE_CHECKING:
    from judged_rows import Judge


def test_line_has_the_documented_shape(judge: Judge) -> None:
    """A line has the documented members in their order, its problems too."""
    line = judge.line({"phone": "555-1234"})

    assert list(line) == ["file", "sheet", "row", "status", "action", "payload", "problems", "warnings"]
    assert (line["file"], line["sheet"], line["row"], line["status"]) == ("a.csv", None, 2, "invalid")
    assert list(line["problems"][0]) == ["field", "code", "value", "message", "fix"]
    assert line["problems"][0]["value"] == "555-1234"


def test_ready_line(judge: Judge) -> None:
    """A row without problems is ready, warnings or not."""
    assert judge.line({"remindTimeOffset": "PT12H", "eventDateTime": "2027-03-04T09:00:00"})["status"] == "ready"


def test_staged_row_holds_what_the_line_shows(judge: Judge) -> None:
    """Problems, warnings and body of a staged row are those of ``check --json``, as JSON bytes; the ledger adds the column."""
    checked = judge.check({"phone": "x", "remindTimeOffset": "PT12H"}, {}, {"eventType": "", "phone": ""})
    for row, line in zip(stage(checked), check_rows(checked, file="a", sheet=None, headings=()), strict=True):
        assert [shown(placed_in(said, ())) for said in orjson.loads(row.problems)] == line["problems"]
        assert [shown(placed_in(said, ())) for said in orjson.loads(row.warnings)] == line["warnings"]
        assert orjson.loads(row.payload) == line["payload"]
        assert row.number == line["row"]


def test_staged_row(judge: Judge) -> None:
    """A good row is staged with its key, its cells as typed and its start."""
    [row] = stage(judge.check({"remindTimeOffset": ""}))

    assert (row.number, row.action, row.phone, row.external_event_id) == (2, "create", "+14155552671", "112233")
    assert (row.uuid, row.status, row.conditional) == (None, None, False)
    assert row.starts_at == 1804188600
    assert row.defaulted == ("remindTimeOffset",)
    assert orjson.loads(row.cells) == [{**judge.good, "remindTimeOffset": ""}[name] for name in judge.good]
    assert (row.problems, row.warnings) == (b"[]", b"[]")


def test_unreadable_key_is_no_key(judge: Judge) -> None:
    """A phone, id or uuid that could not be read does not name an appointment."""
    [row] = stage(judge.check({"action": "update", "phone": "x", "externalEventId": " 7", "uuid": "a/b"}))

    assert (row.phone, row.external_event_id, row.uuid) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "status", "conditional"),
    [
        pytest.param({}, None, False, id="good"),
        pytest.param({"phone": "x"}, Status.INVALID, False, id="wrong"),
        pytest.param({"eventDateTime": "2027-02-01T10:00:00"}, None, True, id="create-in-past"),
        pytest.param({"action": "upsert", "eventDateTime": "2027-02-01T10:00:00"}, None, True, id="upsert-in-past"),
        pytest.param({"eventDateTime": "2027-02-01T10:00:00", "phone": ""}, Status.INVALID, False, id="both"),
        pytest.param({"action": "upsert", "eventType": ""}, None, True, id="upsert-lacks-type"),
        pytest.param({"action": "upsert", "eventDateTime": ""}, None, True, id="upsert-lacks-start"),
        pytest.param({"action": "upsert", "phone": ""}, Status.INVALID, False, id="upsert-lacks-phone"),
        pytest.param({"action": "upsert", "phone": "", "uuid": "u"}, None, True, id="upsert-by-uuid"),
        pytest.param({"eventType": ""}, Status.INVALID, False, id="create-lacks-type"),
        pytest.param({"action": "upsert", "eventType": "a b"}, Status.INVALID, False, id="upsert-with-wrong-type"),
        pytest.param({"action": "update", "phone": ""}, Status.INVALID, False, id="update-without-identity"),
    ],
)
def test_conditional(judge: Judge, change: dict[str, str], status: Status | None, *, conditional: bool) -> None:
    """A past start, and what an upsert lacks of a create, matter only if the row turns out to be a create."""
    [row] = stage(judge.check(change))

    assert (row.status, row.conditional) == (status, conditional)
    assert (row.problems == b"[]") is (status is None and not conditional)


def test_profile_of_the_check_is_used_throughout(judge: Judge) -> None:
    """Staging needs no profile: the chunk remembers by which it was judged."""
    [row] = stage(judge.check({}, profile=Profile(phone_form="e164")))

    assert orjson.loads(row.payload)["phone"] == row.phone == "+14155552671"


def test_empty_chunk() -> None:
    """A chunk without rows is judged, staged and shown as nothing."""
    typed = pd.DataFrame({"phone": np.empty(0, dtype=object)}, index=np.empty(0, dtype=np.int64))
    chunk = Chunk(typed.set_axis([0], axis="columns"))
    checked = check(
        chunk, Normalized(typed, Table({"phone": same("", 0)}, 0)), Profile(), now=0.0, columns={"phone": 0}
    )

    assert stage(checked) == []
    assert payloads(checked) == []
    assert problems(checked) == []
    assert list(check_rows(checked, file="a", sheet=None, headings=())) == []
