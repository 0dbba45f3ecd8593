"""
Judged rows as the ledger keeps them and as ``check --json`` shows them, with the JSON body that a create would carry.

Bodies are put together as text: each distinct value becomes a member of the object once, and a row joins its members.
That is several times faster than a dict a row. Members of values that hardly repeat are made as they are joined, since
memory for a whole column of them costs more than making them.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pandas as pd

from importer.checking.problem_sentences import is_warning, problems, said_in_json
from importer.model.chunks import NO_START, Distinct, distinct_of
from importer.model.issues import Issues
from importer.model.statuses import OFF_ACTIONS, SAYS_OFF, Action, Status
from importer.problems import shown
from importer.problems.cell_places import placed_in
from schemas.fields import BODY_FIELDS, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.checking.requested_actions import Asked
    from importer.model.chunks import Checked, StagedColumns, Table
    from importer.model.profile import EventType, Profile
    from importer.model.staged_files import StagedRow
    from importer.problems import Problem


def lint(table: Table, asked: Asked, profile: Profile) -> Iterator[Issues]:
    """
    Yield missing and unknown metadata of the rows that may make a new reminder, by the type that they name.

    An update may leave values as they are; what it then lacks shows only beside what is remembered. A type whose
    macros the profile does not list is not judged.
    """
    kinds = {kind.uuid: (name, kind) for name, kind in profile.event_types.items() if kind.metadata}
    if not kinds or not asked.creating.any():
        return
    found = table.distinct("eventType")
    for uuid in dict.fromkeys(found.texts):
        if uuid in kinds:
            rows = asked.creating & found.spread(found.texts == uuid)
            yield from _of_type(table, rows, *kinds[uuid])


def _of_type(table: Table, rows: np.ndarray, name: str, kind: EventType) -> Iterator[Issues]:
    given = [column for column in table.columns if column.startswith(METADATA_PREFIX)]
    wanted = [METADATA_PREFIX + key for key in kind.metadata]
    for column in wanted:
        positions = np.flatnonzero(rows & ~table.filled(column))
        if len(positions):
            yield Issues("metadata_missing", column, positions, _hint(name, column, given))
    for column in given:
        positions = np.flatnonzero(rows & table.filled(column))
        if column not in wanted and len(positions):
            yield Issues("metadata_unknown", column, positions, name)


def _hint(name: str, wanted: str, given: list[str]) -> str:
    twin = next((column for column in given if column.casefold() == wanted.casefold() and column != wanted), None)
    return f"{name}; the sheet has {twin}, and capitals count" if twin else name


# Texts without these stand in JSON as they are.
_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x1f]')


def payloads(checked: Checked) -> list[dict[str, Any]]:
    """
    Return, one a row, the body in the API document's field order; also of rows that are wrong.

    Each field stands there whose value could be read, also when another one could not; blanks are left out. Phones
    are in the profile's form, defaults and derived ids are filled in.
    """
    loaded: list[dict[str, Any]] = orjson.loads(b"[" + b",".join(bodies(checked)) + b"]")
    return loaded


def bodies(checked: Checked) -> list[bytes]:
    """Return the same as JSON bytes, the very bytes that the ledger keeps."""
    return _joined(members(checked), len(checked.chunk))


def members(checked: Checked) -> list[list[str]]:
    """Return, column by column, the members of the bodies, each with a comma; "" where a row has none."""
    return [list(found) for name in BODY_FIELDS if (found := _members(checked, name)) is not None]


def _joined(columns: Sequence[Sequence[str]], count: int) -> list[bytes]:
    rows = map("".join, zip([""] * count, *columns, strict=True))
    # Each member ends with a comma, the row's last one too.
    return [f"{{{joined[:-1]}}}".encode() for joined in rows]


def defaulted(checked: Checked) -> list[tuple[str, ...]]:
    """Return, one a row, the fields (``metadata.NAME`` for metadata) that the row left blank and the profile filled."""
    masks = checked.defaulted
    kinds = np.zeros(len(checked.chunk), dtype=np.int64)
    for mask in masks.values():
        # Kinds are numbered anew for each mask, so that any number of them fits.
        kinds = np.unique(kinds * 2 + mask, return_inverse=True)[1]
    _, firsts, places = np.unique(kinds, return_index=True, return_inverse=True)
    names = [tuple(name for name, mask in masks.items() if mask[first]) for first in firsts]
    return [names[place] for place in places.tolist()]


def sent_phone(e164: str, profile: Profile) -> str:
    """Return a phone as the profile wants it sent: +1 numbers as ten digits, others in E.164, or all in E.164."""
    national = profile.phone_form == "national" and e164.startswith("+1") and len(e164) == 12
    return e164[2:] if national else e164


def _members(checked: Checked, name: str) -> Iterable[str] | None:
    """Return, one a row, a field's member of the body with a comma, "" for none; None for a field not in the chunk."""
    if name == "metadata":
        return _metadata(checked)
    if name not in checked.values:
        return None
    found = checked.values.distinct(name)
    return _spread(found, _written(name, found.texts.tolist(), checked.profile), checked.usable(name))


def _written(name: str, texts: list[str], profile: Profile) -> Iterable[str]:
    """Yield normal forms as members of the body."""
    if name == "sendEligibleSubscribersOnly":
        return (f'"{name}":{text},' for text in texts)
    if name == "eventType":
        return (f'"{name}":{{{member[:-1]}}},' for member in text_members("uuid", texts))
    return text_members(name, [sent_phone(text, profile) for text in texts] if name == "phone" else texts)


def _metadata(checked: Checked) -> Iterable[str] | None:
    columns = []
    for name, found in checked.values.columns.items():
        if name.startswith(METADATA_PREFIX):
            members = text_members(name.removeprefix(METADATA_PREFIX), found.texts.tolist())
            columns.append(_spread(found, members, checked.usable(name)))
    if not columns:
        return None
    joined = map("".join, zip(*columns, strict=True))
    return (f'"metadata":{{{members[:-1]}}},' if members else "" for members in joined)


def _spread(found: Distinct, members: Iterable[str], kept: np.ndarray) -> Iterable[str]:
    """Yield the members that a column's distinct values make, one a row; "" for rows that are not ``kept``."""
    if found.places is not None:
        of_values = np.array([*members, ""], dtype=object)
        return list(of_values[np.where(kept, found.places, -1)].tolist())
    if kept.all():
        return members
    return (member if is_kept else "" for member, is_kept in zip(members, kept.tolist(), strict=True))


def text_members(name: str, texts: list[str]) -> Iterable[str]:
    """Yield members of a JSON object, each with a comma; where no text needs an escape, no library is asked for each."""
    key = orjson.dumps(name).decode()
    if _NEEDS_ESCAPE.search("".join(texts)):
        return (f"{key}:{orjson.dumps(text).decode()}," for text in texts)
    return (f'{key}:"{text}",' for text in texts)


# What only a create needs: an upsert that turns out to be an update may leave it out.
CREATE_ONLY: Final = frozenset({"eventType", "eventDateTime", "subscriberTimeZone", "remindTimeOffset"})


def stage(checked: Checked) -> list[StagedRow]:
    """
    Return the rows as the ledger keeps them, one for each row of the chunk.

    Conditional rows have status None: their problems matter only if they turn out to be creates, which planning finds
    out. They are a start in the past of a create or upsert, and what an upsert lacks of a create.
    """
    from importer.model.staged_files import StagedRow  # noqa: PLC0415 - a check keeps no rows

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


def stage_columns(checked: Checked) -> StagedColumns:
    """Return the rows of the chunk column by column; those that are wanted as rows are what ``stage`` makes of them."""
    count = len(checked.chunk)
    of_bodies = members(checked)
    told = said_in_json(checked)
    return {
        "numbers": checked.chunk.frame.index.to_numpy(),
        "actions": checked.actions,
        "phones": _texts(checked, "phone"),
        "external_event_ids": _texts(checked, "externalEventId"),
        "uuids": _texts(checked, "uuid"),
        "bodies": _joined(of_bodies, count),
        "members": of_bodies,
        "defaulted": defaulted(checked),
        "starts_at": _starts(checked),
        "locations": _texts(checked, "location"),
        "is_plain": ~checked.invalid,
        "warnings": told[1],
        "cells": partial(_cells, checked),
        # It does not hold the columns: such a circle would keep every chunk in memory.
        "rows": partial(_rows, checked, told[0]),
    }


def _cells(checked: Checked) -> list[Distinct]:
    frame = checked.chunk.frame
    return [_as_kept(frame.iloc[:, at]) for at in range(frame.shape[1])]


def _as_kept(column: pd.Series) -> Distinct:
    """Return a column as the frame keeps it: taken apart where its texts repeat."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return distinct_of(column)
    return Distinct(column.to_numpy(dtype=object), None)


def _rows(checked: Checked, wrong: Sequence[bytes], columns: StagedColumns, places: Sequence[int]) -> list[StagedRow]:
    if not len(places):
        return []
    from importer.model.staged_files import StagedRow  # noqa: PLC0415 - likewise

    hard, soft = lasting(checked)
    cells = checked.chunk.frame.iloc[list(places)].to_numpy().tolist()
    return [
        StagedRow(
            number=int(columns["numbers"][at]),
            action=str(columns["actions"][at]),
            phone=columns["phones"][at],
            external_event_id=columns["external_event_ids"][at],
            uuid=columns["uuids"][at],
            cells=orjson.dumps(typed),
            payload=columns["bodies"][at],
            defaulted=columns["defaulted"][at],
            starts_at=columns["starts_at"][at],
            status=Status.INVALID if hard[at] else None,
            conditional=bool(soft[at]),
            problems=wrong[at],
            warnings=columns["warnings"][at],
            location=columns["locations"][at],
        )
        for at, typed in zip(places, cells, strict=True)
    ]


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
        "problems": list(problems),
        "warnings": list(warnings),
    }


def check_rows(  # noqa: PLR0913 - what a line needs of its sheet, by name
    checked: Checked,
    *,
    file: str,
    sheet: str | None,
    headings: Sequence[str],
    fields: Collection[str] | None = None,
    with_columns: bool = False,
) -> Iterator[dict[str, Any]]:
    """
    Yield the chunk's lines of ``check --json``; duplicates are known only once every file is read.

    ``headings``: the sheet's, which the sentences name. ``fields``: those that have a column; None: nobody knows.
    ``with_columns``: each problem keeps its ``column``, beside the documented members.
    """

    def told(found: Sequence[Problem]) -> list[Mapping[str, Any]]:
        placed = [placed_in(said.kept(), headings, fields) for said in found]
        return [*placed] if with_columns else [shown(said) for said in placed]

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
        upserts &= checked.usable("uuid")[finding.positions]
        return upserts
    return np.zeros(len(finding.positions), dtype=bool)


def _texts(checked: Checked, field: str) -> list[str | None]:
    """Return a field's values, None where there is none or it could not be read."""
    if field not in checked.values:
        return [None] * len(checked.chunk)
    values = checked.values.column(field).copy()
    values[~checked.usable(field)] = None
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
    for name in checked.values.columns:
        if (name in BODY_FIELDS or name.startswith(METADATA_PREFIX)) and name not in _OF_THE_KEY:
            # The field's name keys its hash, so that a first and a last name swapped are not the same. A blank is 0.
            total ^= text_hashes(checked, name) * np.uint64(hash(name) & _BITS | 1)
    return total


def saying_off(checked: Checked) -> np.ndarray:
    """Return which invalid rows say, or may say, that their visit does not take place; ``says_off`` tells it of kept ones."""
    off = lasting(checked)[0] & np.isin(checked.actions, list(OFF_ACTIONS))
    for finding in checked.findings:
        if finding.code in SAYS_OFF and not finding.field:
            off[finding.positions] = True
    return off


def refusing(checked: Checked) -> np.ndarray:
    """Return which rows say that nobody may text their phone, as far as it can be read."""
    said = np.zeros(len(checked.chunk), dtype=bool)
    for finding in checked.findings:
        if finding.code == "consent_refused":
            said[finding.positions] = True
    return said & checked.usable("phone") if said.any() else said


def text_hashes(checked: Checked, name: str) -> np.ndarray:
    """Return 64 bits a row (uint64) for a field's texts, 0 for a blank; they are good for this process only."""
    found = checked.values.distinct(name)
    hashes = np.fromiter(map(hash, found.texts.tolist()), dtype=np.int64, count=len(found.texts))
    return found.spread(hashes.view(np.uint64))
