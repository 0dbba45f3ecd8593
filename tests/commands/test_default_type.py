"""The profile's appointment type stands for a blank one, also where an id is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk import EVENT_TYPE, ROW, statuses

from importer.model.profile import EventType, Profile

if TYPE_CHECKING:
    from desk import Desk

UNTYPED = {name: text for name, text in ROW.items() if name not in {"externalEventId", "eventType"}}
PROFILE = Profile(event_type="recall", event_types={"Recall": EventType(EVENT_TYPE)})


@pytest.mark.parametrize("action", ["cancel", "no_show", "update"])
@pytest.mark.parametrize("kind", [{}, {"eventType": ""}, {"eventType": "RECALL"}], ids=["no column", "blank", "named"])
def test_every_action_finds_what_the_default_booked(desk: Desk, action: str, kind: dict[str, str]) -> None:
    """A booking without a number and type is found again by a row that asks for anything else, however it names the type."""
    desk.profile = PROFILE
    desk.run(UNTYPED)
    desk.now += 7 * 86_400 if action == "no_show" else 0

    again = desk.run(UNTYPED | {"action": action, "lastName": "Moe"} | kind)

    assert statuses(again) == [{"cancel": "cancelled", "no_show": "no_show_sent", "update": "updated"}[action]]


def test_without_a_default_a_cancel_without_a_type_names_nothing(desk: Desk) -> None:
    """Where neither row nor profile says the type, the cancel is a problem, not a guess."""
    (row,) = desk.run(UNTYPED | {"action": "cancel", "eventType": ""}).report.rows()

    assert [problem["code"] for problem in row.problems] == ["identity_missing"]
