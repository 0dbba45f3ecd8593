"""
Whether a change takes an appointment back to what a later file replaced; and a finding about a file as a hold.

A single appointment may well be moved back to where it was. When most changes of a file do that, the file is an older
export, however it came back: saved anew, with a row more, or under another name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.model.planned_calls import value_mark
from importer.model.records import Hold
from importer.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model.records import Change


def hold(code: str, *, field: str = "", value: str = "", detail: str = "") -> Hold:
    """Return the hold of this kind with its sentences."""
    told = problem(code, field=field, value=value, detail=detail)
    return Hold(code, told.message, told.fix)


FEWEST_BACK: Final = 3
SHARE_BACK_PERCENT: Final = 80

Replaced = dict[str, set[str]]
"""Field -> marks of the values that it had and that were replaced since."""


def replaced_by(changes: Iterable[Change], before: Replaced) -> None:
    """Add to ``before`` what these changes, which were sent, put away."""
    for change in changes:
        if change.before is not None:
            before.setdefault(change.field, set()).add(value_mark(change.before))


def goes_back(changes: Iterable[Change], replaced: Mapping[str, set[str]]) -> bool:
    """Whether every value that a row would change is one that the appointment had before."""
    told = list(changes)
    return bool(told) and all(value_mark(one.after) in replaced.get(one.field, ()) for one in told)


def is_older(back: int, changes: int) -> bool:
    """Whether a file of so many changes, of which so many go back, is an older one."""
    return back >= FEWEST_BACK and back * 100 >= changes * SHARE_BACK_PERCENT
