"""
Rows of a report that came back with values from before what was sent since.

Who corrects the room in last week's report does not mean to move the visit back to last week's time, which stands in
the same row. What she edited is an order; what stands in the row as the run read it then is as old as that run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Connection, select

from importer.ledger import runs as run_book
from importer.ledger.reported import Earlier, earlier_rows
from importer.ledger.store import slices
from importer.ledger.tables import rows
from importer.model.records import Place
from importer.model.results import RESULT_COLUMNS
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ledger.older_files import OpenCall
    from importer.ledger.tables import Found

_RUN, _FILE, _SHEET, _NUMBER = RESULT_COLUMNS[:4]
_PLACE: Final = frozenset({_RUN, _FILE, _SHEET, _NUMBER})
_LONGEST: Final = 9


def carried_back(connection: Connection, seq: int, calls: Sequence[OpenCall]) -> set[int]:
    """Return the rows of reports that would put an unedited value over what was sent after their run had read it."""
    places = {file.id: _result_places(file.headings) for file in run_book.files_of(connection, seq)}
    asked = {call.row_id: call for call in calls if places[call.file].keys() >= _PLACE}
    told: dict[str, list[tuple[OpenCall, Place, Found]]] = {}
    for some in slices(sorted(asked)):
        query = select(rows.c.id, rows.c.action, rows.c.cells).where(rows.c.id.in_(some))
        for row in connection.execute(query):
            run, place = _told(orjson.loads(row.cells), places[asked[row.id].file])
            told.setdefault(run, []).append((asked[row.id], place, row))
    found: set[int] = set()
    for run, those in told.items():
        then = earlier_rows(connection, run, {place.number for _, place, _ in those}) or {}
        found |= {
            call.row_id
            for call, place, row in those
            if (read := then.get(place)) is not None and call.last_row > read.row_id and _is_old(call, row.action, read)
        }
    return found


def _result_places(headings: Sequence[str]) -> Mapping[str, int]:
    return {name: at for at, text in enumerate(headings) if (name := text.strip().casefold()) in _PLACE}


def _told(cells: Sequence[str], places: Mapping[str, int]) -> tuple[str, Place]:
    """Return the run and the place that a row of a report names; row 0 where it names none."""
    run, file, sheet, number = (
        str(cells[places[name]]) if places[name] < len(cells) else "" for name in (_RUN, _FILE, _SHEET, _NUMBER)
    )
    plain = number.isascii() and number.isdecimal() and len(number) <= _LONGEST
    return run, Place(file, sheet, int(number) if plain else 0)


def _is_old(call: OpenCall, action: str, then: Earlier) -> bool:
    """Whether a call brings something that nobody edited: one of its values, or without values its action."""
    if not call.changes:
        return action == then.action
    payload = orjson.loads(then.payload)
    return any(_value(payload, one.field) == one.after for one in call.changes)


def _value(payload: Mapping[str, Any], name: str) -> Any:
    if name.startswith(METADATA_PREFIX):
        return (payload.get("metadata") or {}).get(name.removeprefix(METADATA_PREFIX))
    return payload.get(name)
