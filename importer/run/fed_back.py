"""
Our own report as a sheet: rows that it calls done, and that this ledger knows nothing of, are not done again.

Where the ledger knows them, it decides: it sees whether such a row was changed since. Where it does not (it was lost,
or the report is another machine's), sending the row could text somebody a second time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from importer.model.calls import Key
from importer.model.words import DONE, Status
from importer.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.columns import Matching
    from importer.ledger import Ledger
    from importer.model.records import StagedRow
    from importer.model.sheets import Chunk

STATUS, UUID, RUN, ROW = "result_status", "result_uuid", "result_run", "result_row"
_DONE: Final = frozenset(DONE)


def without_done(ledger: Ledger, matching: Matching, chunk: Chunk, rows: Sequence[StagedRow]) -> Sequence[StagedRow]:
    """Return the rows, those that a report calls done and the ledger does not know as UNCHANGED with a warning."""
    if STATUS not in matching.results:
        return rows
    told = list(_told(matching, chunk))
    done = [row for row, (status, _, _) in zip(rows, told, strict=True) if status in _DONE]
    known = _known(ledger, done, [uuid for status, uuid, _ in told if status in _DONE and uuid])
    return [
        _as_done(row, uuid, run) if status in _DONE and not _is_known(row, uuid, known) else row
        for row, (status, uuid, run) in zip(rows, told, strict=True)
    ]


def without_missing(chunk: Chunk, matching: Matching) -> Chunk:
    """Return the chunk without rows that stand for missing appointments: of their own they have no cell and no number."""
    if ROW not in matching.results:
        return chunk
    ours = set(matching.results.values())
    own = [place for place in range(chunk.frame.shape[1]) if place not in ours]
    blank = (chunk.frame.iloc[:, [*own, matching.results[ROW]]] == "").all(axis="columns").to_numpy()
    if not blank.any():
        return chunk
    left_out = set(chunk.frame.index[blank].tolist())
    flaws = tuple(flaw for flaw in chunk.flaws if flaw.row not in left_out)
    return replace(chunk, frame=chunk.frame[~blank], flaws=flaws)


def _told(matching: Matching, chunk: Chunk) -> Iterator[tuple[str, str, str]]:
    """Yield what the report says of each row: status, uuid, run."""
    columns = [
        chunk.frame.iloc[:, matching.results[name]].tolist() if name in matching.results else [""] * len(chunk)
        for name in (STATUS, UUID, RUN)
    ]
    return zip(*columns, strict=True)


def _known(ledger: Ledger, rows: Sequence[StagedRow], uuids: Sequence[str]) -> set[Key | str]:
    keys = {key for row in rows if (key := _key(row))}
    return {*ledger.reminders(keys), *ledger.known_uuids(uuids)}


def _is_known(row: StagedRow, uuid: str, known: set[Key | str]) -> bool:
    return _key(row) in known or uuid in known


def _key(row: StagedRow) -> Key | None:
    return Key(row.phone, row.external_event_id) if row.phone and row.external_event_id else None


def _as_done(row: StagedRow, uuid: str, run: str) -> StagedRow:
    warnings = [*orjson.loads(row.warnings), problem("done_elsewhere", detail=run or "an earlier one").as_dict()]
    return row._replace(
        status=Status.UNCHANGED,
        conditional=False,
        uuid=uuid or row.uuid,
        problems=b"[]",
        warnings=orjson.dumps(warnings),
    )
