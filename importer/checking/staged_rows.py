"""Judged rows as the ledger keeps them and as ``check --json`` shows them, and what a row says as one number."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from importer.checking.chunk_table import judgement, usable
from importer.checking.payloads import bodies, defaulted, payloads
from importer.checking.problem_sentences import is_warning, problems, said_in_json
from importer.model.chunks import NO_START
from importer.model.records import StagedRow
from importer.model.statuses import Action, Status
from importer.problems import shown
from importer.problems.cell_places import placed_in
from schemas.fields import BODY_FIELDS, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.model.chunks import Checked
    from importer.model.issues import Issues
    from importer.problems import Problem


# What only a create needs: an upsert that turns out to be an update may leave it out.
CREATE_ONLY: Final = frozenset({"eventType", "eventDateTime", "subscriberTimeZone", "remindTimeOffset"})


def stage(checked: Checked) -> list[StagedRow]:
    """
    Return the rows as the ledger keeps them, one for each row of the chunk.

    Conditional rows have status None: their problems matter only if they turn out to be creates, which planning finds
    out. They are a start in the past of a create or upsert, and what an upsert lacks of a create.
    """
    hard, soft = lasting(checked)
    columns = (
        checked.chunk.frame.index.tolist(),
        checked.actions.tolist(),
        _texts(checked, "phone"),
        _texts(checked, "externalEventId"),
        _texts(checked, "uuid"),
        map(orjson.dumps, checked.chunk.frame.to_numpy().tolist()),
        bodies(checked),
        defaulted(checked),
        _starts(checked),
        [Status.INVALID if is_hard else None for is_hard in hard.tolist()],
        soft.tolist(),
        *said_in_json(checked),
        _texts(checked, "location"),
    )
    # ``_make`` without its call of Python: a third of the time that this function takes.
    return list(map(tuple.__new__, repeat(StagedRow), zip(*columns, strict=True)))


def lasting(checked: Checked) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows are invalid whatever the ledger knows, and which only if they turn out to be creates."""
    hard = np.zeros(len(checked.chunk), dtype=bool)
    for finding in checked.findings:
        if not is_warning(finding.code):
            hard[finding.positions[~_conditional(checked, finding)]] = True
    return hard, checked.invalid & ~hard


def as_check_row(  # noqa: PLR0913 - the members of the documented line, by name
    *,
    file: str,
    sheet: str | None,
    row: int,
    status: str,
    action: str,
    payload: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
    warnings: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return one line of ``check --json``, its members in the documented order; ``status``: ready, invalid, duplicate."""
    return {
        "file": file,
        "sheet": sheet,
        "row": row,
        "status": status,
        "action": action,
        "payload": payload,
        "problems": [shown(said) for said in problems],
        "warnings": [shown(said) for said in warnings],
    }


def check_rows(
    checked: Checked, *, file: str, sheet: str | None, headings: Sequence[str], fields: Collection[str] | None = None
) -> Iterator[dict[str, Any]]:
    """
    Yield the chunk's lines of ``check --json``; duplicates are known only once every file is read.

    ``headings``: the sheet's, which the sentences name. ``fields``: those that have a column; None: nobody knows.
    """

    def told(found: Sequence[Problem]) -> list[Mapping[str, Any]]:
        return [placed_in(said.kept(), headings, fields) for said in found]

    numbers, actions = checked.chunk.frame.index.tolist(), checked.actions.tolist()
    for number, action, payload, (wrong, worth_saying) in zip(
        numbers, actions, payloads(checked), problems(checked), strict=True
    ):
        yield as_check_row(
            file=file,
            sheet=sheet,
            row=number,
            status="invalid" if wrong else "ready",
            action=action,
            payload=payload,
            problems=told(wrong),
            warnings=told(worth_saying),
        )


def _conditional(checked: Checked, finding: Issues) -> np.ndarray:
    """Return, one truth value a position, whether the problem matters only to a create."""
    upserts: np.ndarray = checked.actions[finding.positions] == Action.UPSERT
    if finding.code == "start_in_past":
        return np.ones(len(finding.positions), dtype=bool)
    if finding.code == "value_missing" and finding.field in CREATE_ONLY:
        return upserts
    if finding.code == "value_missing" and finding.field == "phone":
        upserts &= usable(checked, "uuid")[finding.positions]
        return upserts
    return np.zeros(len(finding.positions), dtype=bool)


def _texts(checked: Checked, field: str) -> list[str | None]:
    """Return a field's values, None where there is none or it could not be read."""
    if field not in checked.values:
        return [None] * len(checked.chunk)
    values = checked.values[field].to_numpy().copy()
    values[~usable(checked, field)] = None
    return list(values.tolist())


def _starts(checked: Checked) -> list[int | None]:
    starts = checked.starts_at.astype(object)
    starts[checked.starts_at == NO_START] = None
    return list(starts.tolist())


_BITS: Final = 0xFFFF_FFFF_FFFF_FFFF
_OF_THE_KEY: Final = {"phone", "externalEventId"}


def content_hashes(checked: Checked) -> np.ndarray:
    """Return 64 bits a row (uint64) that are equal for rows with the same values in all body fields but the key."""
    total = np.zeros(len(checked.chunk), dtype=np.uint64)
    for name in judgement(checked).table.columns:
        if (name in BODY_FIELDS or name.startswith(METADATA_PREFIX)) and name not in _OF_THE_KEY:
            # The field's name keys its hash, so that a first and a last name swapped are not the same. A blank is 0.
            total ^= text_hashes(checked, name) * np.uint64(hash(name) & _BITS | 1)
    return total


def text_hashes(checked: Checked, name: str) -> np.ndarray:
    """Return 64 bits a row (uint64) for a field's texts, 0 for a blank; they are good for this process only."""
    found = judgement(checked).table.distinct(name)
    hashes = np.fromiter(map(hash, found.texts.tolist()), dtype=np.int64, count=len(found.texts))
    return found.spread(hashes.view(np.uint64))
