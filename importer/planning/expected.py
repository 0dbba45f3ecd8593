"""What the API is expected to hold of one appointment while its rows are planned one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.model.words import Action, ReminderState
from importer.planning.differences import laid_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.model.calls import Key
    from importer.model.plans import Call
    from importer.model.records import Reminder


@dataclass(frozen=True, slots=True)
class Expected:
    """
    An appointment's reminder once the calls planned so far are accepted.

    ``state`` None: there is none. ``uuid`` None with state ACTIVE: an earlier row creates it. ``calls_row``: the row of
    the lane's last call. ``failed_row``: the row that should have created it and is invalid.
    """

    state: ReminderState | None = None
    uuid: str | None = None
    key: Key | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    starts_at: int | None = None
    in_doubt: Action | None = None
    doubtful: frozenset[str] = frozenset()
    doubted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    calls_row: int | None = None
    failed_row: int | None = None

    @property
    def certain(self) -> bool:
        """Whether nothing about it is in doubt."""
        return self.in_doubt is None and self.state is not ReminderState.UNCERTAIN

    def after(self, call: Call, row_id: int, body: Mapping[str, Any]) -> Expected:
        """Return what is expected once the call is accepted; ``body`` is the call's, parsed."""
        states = {Action.CANCEL: ReminderState.CANCELLED, Action.NO_SHOW: ReminderState.NO_SHOW_SENT}
        doubtful = self.doubtful - body.keys()
        still = (
            self.in_doubt if call.action is Action.UPDATE and (doubtful or self.in_doubt is not Action.UPDATE) else None
        )
        return replace(
            self,
            state=states.get(call.action, ReminderState.ACTIVE),
            uuid=None if call.action is Action.CREATE else self.uuid or call.uuid,
            values=dict(body) if call.action is Action.CREATE else laid_over(self.values, body),
            starts_at=self.starts_at if call.starts_at is None else call.starts_at,
            in_doubt=still,
            doubtful=doubtful,
            calls_row=row_id,
            failed_row=None,
        )


def expected(known: Reminder | None) -> Expected:
    """Return what is expected before the first row."""
    if known is None:
        return Expected()
    return Expected(
        state=known.state,
        uuid=known.uuid,
        key=known.key,
        values=known.values,
        starts_at=known.starts_at,
        in_doubt=known.in_doubt,
        doubtful=known.doubtful,
        doubted=known.doubted,
    )
