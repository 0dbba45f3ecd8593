"""The ledger as sending sees it, with each mark and each outcome told to the log once it is durable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.reporting.priorities import wants_person
from importer.reporting.results import code_of, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ledger import Ledger
    from importer.model.issues import Issue
    from importer.model.plans import Intent, PlannedCall, Settlement
    from importer.run.events import Log


@dataclass(slots=True)
class LoggedCalls:
    """What sending asks of the ledger. ``calls``: row id -> the call, from the page it came with to its end."""

    ledger: Ledger
    log: Log
    calls: dict[int, PlannedCall] = field(default_factory=dict)

    def ready(self, run_id: str, limit: int, after: PlannedCall | None = None) -> list[PlannedCall]:
        """See ``importer.ledger.Ledger``."""
        found = self.ledger.ready(run_id, limit, after)
        self.calls.update((call.row_id, call) for call in found)
        return found

    def successor(self, row_id: int) -> PlannedCall | None:
        """See ``importer.ledger.Ledger``."""
        found = self.ledger.successor(row_id)
        if found is not None:
            self.calls[found.row_id] = found
        return found

    def record(
        self, run_id: str, intents: Sequence[Intent] = (), settlements: Sequence[Settlement] = ()
    ) -> tuple[Settlement, ...]:
        """Write marks and outcomes, then tell them."""
        changed = self.ledger.record(run_id, intents, settlements)
        final = {one.row_id: one for one in (*settlements, *changed)}
        for settlement in final.values():
            self._tell(run_id, settlement)
        for intent in intents:
            call = self.calls.get(intent.row_id)
            if call is not None:
                self.log.write("sending", run=run_id, row=call.number or None, action=call.action.value)
        return changed

    def leave(self, run_id: str, note: Issue, *, at: float) -> None:
        """See ``importer.ledger.Ledger``."""
        self.ledger.leave(run_id, note, at=at)

    def _tell(self, run_id: str, settlement: Settlement) -> None:
        call = self.calls.get(settlement.row_id)
        if call is None:
            return
        self.log.write(
            "settled" if settlement.status else "again",
            run=run_id,
            row=call.number or None,
            action=call.action.value,
            status=settlement.status.value if settlement.status else None,
            http_status=settlement.http_status,
            code=settlement.code,
            attempts=len(settlement.attempts),
        )
        if settlement.status:
            del self.calls[settlement.row_id]


def tell_planned(log: Log, ledger: Ledger, run_id: str) -> None:
    """Tell what would be sent, and what is held."""
    if log.is_kept:
        calls = {action.value: count for action, count in ledger.pending(run_id).items()}
        log.write("planned", run=run_id, calls=calls)
        for hold in ledger.run(run_id).unreleased:
            log.write("held", run=run_id, code=hold.code)


def tell_finished(log: Log, ledger: Ledger, run_id: str, exit_code: int) -> None:
    """Tell the rows that need attention without having been sent, and the end of the run."""
    if log.is_kept:
        for row in ledger.report_rows(run_id):
            if not row.attempts and wants_person(row):
                log.write(
                    "not_done", run=run_id, row=row.number or None, status=status_of(row).value, code=code_of(row)
                )
        totals = {status.value: count for status, count in ledger.totals(run_id).items()}
        log.write("finished", run=run_id, exit_code=exit_code, totals=totals)
