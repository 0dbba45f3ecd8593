"""What goes back, and when a file of such changes is an older one."""

from __future__ import annotations

import pytest

from importer.guards import Replaced, goes_back, is_older, replaced_by
from importer.model.records import Change

SENT = [
    Change("eventDateTime", "2027-03-08T09:00:00", "2027-03-09T09:00:00"),
    Change("firstName", None, "Bo"),
    Change("metadata.room", "4", "5"),
    Change("eventDateTime", "2027-03-09T09:00:00", "2027-03-10T09:00:00"),
]


@pytest.mark.parametrize(
    ("changes", "back"),
    [
        pytest.param([("eventDateTime", "2027-03-09T09:00:00")], True, id="the-day-before"),
        pytest.param([("eventDateTime", "2027-03-08T09:00:00"), ("metadata.room", "4")], True, id="two-fields"),
        pytest.param([("eventDateTime", "2027-03-08T09:00:00"), ("firstName", "Cy")], False, id="one-of-two"),
        pytest.param([("eventDateTime", "2027-03-11T09:00:00")], False, id="never-so-before"),
        pytest.param([("metadata.desk", "4")], False, id="another-field"),
        pytest.param([("firstName", None)], False, id="what-was-not-known"),
        pytest.param([], False, id="no-change"),
    ],
)
def test_goes_back(changes: list[tuple[str, str]], back: bool) -> None:
    """A row goes back when each value that it would change stood there before and was replaced."""
    replaced: Replaced = {}
    replaced_by(SENT, replaced)

    assert goes_back([Change(name, "now", after) for name, after in changes], replaced) is back


@pytest.mark.parametrize(
    ("back", "changes", "older"),
    [(1, 1, False), (2, 2, False), (3, 3, True), (4, 5, True), (3, 4, False), (7, 9, False), (80, 100, True)],
)
def test_most_changes_make_a_file_older(back: int, changes: int, older: bool) -> None:
    """At least three, and four in five; one or two appointments may be moved back."""
    assert is_older(back, changes) is older
