"""
Rows that may mean a visit that is known already: under another name, under another phone, or moved and without a number.

A number that a sheet brings for a visit that had none, or does not bring any more, makes no second visit.

Where the profile says so, a visit under another phone becomes a cancel, in no row of a sheet, and behind it the create
that waits for it; and a moved one without a number keeps the number that was derived for it. Where the profile says
nothing, the first is a problem of the row (``planning``), and the second is held (``row_guards``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import orjson

from importer.model.issues import Issue
from importer.model.plans import lane_of_key
from importer.model.records import StagedRow
from importer.model.words import Action, Status
from importer.planning import Elsewhere
from importer.problems import problem
from importer.run.missing import cancels_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger import Ledger
    from importer.ledger.same_visits import Standing
    from importer.model.plans import Lane
    from importer.run.job import Job

Elsewheres = dict[bytes, Elsewhere]
"""By the appointment's 16-byte name."""


def find_same_visits(job: Job, ledger: Ledger, run_id: str) -> Elsewheres:
    """Prepare such rows for planning; return the appointments whose number stands under another phone."""
    if found := ledger.booked_under_another_name(run_id):
        ledger.link(run_id, found)
    if job.profile.without_number == "moved" and (
        found := one_for_one(ledger.moved_without_number(run_id, job.profile.name, job.now()))
    ):
        ledger.link(run_id, found)
    return _phones(job, ledger, run_id)


def leave_what_is_booked(job: Job, ledger: Ledger, run_id: str) -> None:
    """Leave the bookings of an older run whose visits a later run booked under another name."""
    found = ledger.booked_under_another_name(run_id)
    row_ids = [one.row_id for one in found]
    if row_ids:
        ledger.withhold(run_id, Status.NOT_SENT, Issue("superseded"), at=job.now(), row_ids=row_ids)


def one_for_one(found: Sequence[Standing]) -> list[Standing]:
    """Return the pairs of a row and a reminder that both stand alone: only there it is sure which one was moved."""
    rows, theirs = Counter(one.row_id for one in found), Counter(one.its_lane for one in found)
    return [one for one in found if rows[one.row_id] == 1 and theirs[one.its_lane] == 1]


def _phones(job: Job, ledger: Ledger, run_id: str) -> Elsewheres:
    if job.profile.on_phone_change == "add":
        return {}
    found = ledger.under_another_phone(run_id, job.profile.name, job.now())
    if not found:
        return {}
    ledger.think_again([one.row_id for one in found])
    cancels: Mapping[bytes, int] = {}
    if job.profile.on_phone_change == "replace" or cancels_missing(job, ledger, run_id):
        cancels = _cancels(ledger, run_id, found)
    return {one.lane: Elsewhere(_shown(one), cancels.get(one.its_lane)) for one in found}


def _cancels(ledger: Ledger, run_id: str, found: Sequence[Standing]) -> dict[bytes, int]:
    """Return the rows that cancel the old reminders, staged where a retry has not brought them; one new phone for each."""
    lanes = {one.its_lane: {other.lane for other in found if other.its_lane == one.its_lane} for one in found}
    sure = {one.its_lane: one for one in found if one.uuid and len(lanes[one.its_lane]) == 1}
    there = ledger.cancels_of(run_id, sure)
    for lane, one in sure.items():
        if lane not in there:
            ledger.stage_missing(run_id, one.file, [_as_row(one)])
    return ledger.cancels_of(run_id, sure)


def _as_row(one: Standing) -> StagedRow:
    return StagedRow(
        number=0,
        action=Action.CANCEL.value,
        phone=one.phone,
        external_event_id=one.external_event_id,
        uuid=one.uuid,
        cells=b"[]",
        payload=one.accepted,
        defaulted=(),
        starts_at=one.starts_at,
        status=None,
        conditional=False,
        problems=b"[]",
        warnings=orjson.dumps([problem("phone_replaced").as_dict()]),
    )


def _shown(one: Standing) -> str:
    return str(orjson.loads(one.accepted).get("phone") or one.phone)


def elsewhere_of(lane: Lane, found: Elsewheres) -> Elsewhere | None:
    """Return where the number of an appointment's rows stands already."""
    if not found:
        return None
    keys = [row.key for row in lane.rows if row.key is not None]
    return next((found[name] for key in keys if (name := lane_of_key(key)) in found), None)


def keep_pairs(job: Job, ledger: Ledger, run_id: str, found: Elsewheres) -> None:
    """Let the cancel of an old phone go only with the create that waits for it, and the create only with the cancel."""
    cancels = {one.cancelled_by for one in found.values() if one.cancelled_by is not None}
    lonely = []
    for pair in ledger.pairs(cancels):
        if not pair.books_is_open:
            lonely.append(pair.cancel)
        elif not pair.cancel_is_open and pair.books is not None:
            status = Status.HELD if pair.cancel_status == Status.HELD else Status.NOT_SENT
            ledger.withhold(run_id, status, Issue("old_phone_kept"), at=job.now(), row_ids=[pair.books])
    ledger.drop(lonely)
