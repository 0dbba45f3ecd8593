"""The decision on rows that need no thought, so that a million unchanged rows cost no planning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model.statuses import Action, ReminderState, Status

if TYPE_CHECKING:
    from importer.model.planned_calls import Known

_BOOKS = frozenset({Action.CREATE, Action.UPSERT})
_DESCRIBES = frozenset({Action.CREATE, Action.UPSERT, Action.UPDATE})


def easy(action: str, known: Known | None, *, fingerprint: bytes, conditional: bool, uuid: str | None) -> Status | None:
    """
    Return UNCHANGED for a row that repeats what its reminder was last told, CREATED for a plain first booking.

    None: the row wants ``plan_lane``. The answer holds only if no other row of the run names the same appointment;
    then it is the same as that of ``plan_lane``.
    """
    if uuid or action not in _DESCRIBES:
        return None
    if known is None:
        return Status.CREATED if action in _BOOKS and not conditional else None
    repeats = known.fingerprint == fingerprint and known.state == ReminderState.ACTIVE and known.in_doubt is None
    return Status.UNCHANGED if repeats else None
