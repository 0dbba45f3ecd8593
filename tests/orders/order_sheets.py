"""
The sheets of the orders: rows about numbered appointments, as checking would hand them on, or as a file that is read.

Runs and plans are given them as checked rows, for reading takes long and decides nothing there. A draft keeps its file and is
corrected cell by cell, so its sheet is written down and read.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.model.profile import Profile
from importer.model.staged_files import FileFacts, StagedRow
from importer.model.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ZONE: Final = "Etc/UTC"
TYPE: Final = "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01"
PROFILES: Final = {
    "default": Profile(zone=ZONE, event_type=TYPE),
    "north": Profile(
        name="north",
        zone=ZONE,
        event_type=TYPE,
        declared=True,
        snapshot="2027-01-01..2029-12-31",
        cancel_missing=True,
        guard_count=10_000,
        guard_share_percent=100,
    ),
}
VERSIONED: Final = ("firstName", "eventDateTime")
HEADINGS: Final = (
    "action", "uuid", "externalEventId", "phone", *VERSIONED, "subscriberTimeZone", "sendEligibleSubscribersOnly",
    "remindTimeOffset",
)  # fmt: skip
ROOM: Final = "Room"
FACTS: Final = FileFacts(
    fields={name: name for name in HEADINGS}, columns={name: (at,) for at, name in enumerate(HEADINGS)}
)


@dataclass(frozen=True)
class Line:
    """
    One row of a sheet. ``appointment``: its number; ``names``: number, uuid, both, wrong (another's uuid) or nobodys.

    ``values``: firstName and eventDateTime as far as they are given. ``bad``: no ledger can save it. ``uuid``: what
    stands in its cell. ``has_room``: its sheet has a column that others have not.
    """

    appointment: int
    action: str
    names: str = "number"
    values: tuple[tuple[str, str], ...] = ()
    default_zone: bool = True
    bad: bool = False
    uuid: str | None = None
    has_room: bool = False

    @property
    def is_numbered(self) -> bool:
        """Whether it has phone and number, not its uuid alone."""
        return self.names != "uuid" or self.uuid is None


def key_of(appointment: int) -> tuple[str, str]:
    """Return phone digits and number of an appointment."""
    return f"212555{appointment:04d}", f"N{appointment}"


def start_of(values: Mapping[str, Any]) -> int | None:
    """Return the start among values in UTC seconds, None where it is not given."""
    start = values.get("eventDateTime")
    return None if start is None else int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp())


def headings_of(sheet: Sequence[Line]) -> tuple[str, ...]:
    """Return the headings of a sheet."""
    return (*HEADINGS, ROOM) if any(line.has_room for line in sheet) else HEADINGS


def with_room(sheet: Sequence[Line], *, has_room: bool) -> list[Line]:
    """Return a sheet with the further column, or without."""
    return [replace(line, has_room=has_room) for line in sheet]


def cells_of(line: Line) -> dict[str, str]:
    """Return what stands in the cells of a line."""
    phone, external_event_id = key_of(line.appointment) if line.is_numbered else ("", "")
    return dict.fromkeys(HEADINGS, "") | dict(line.values) | {
        "action": line.action,
        "uuid": line.uuid or "",
        "externalEventId": external_event_id,
        "phone": phone,
        "subscriberTimeZone": "" if line.default_zone else ZONE,
        "sendEligibleSubscribersOnly": "TRUE" if line.appointment % 3 else "",
        "remindTimeOffset": "soon" if line.bad else "",
    }  # fmt: skip


def write(path: Path, sheet: Sequence[Line]) -> str:
    """Write a sheet as a file; return its name."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, headings_of(sheet), restval="")
        writer.writeheader()
        writer.writerows(map(cells_of, sheet))
    return str(path)


def staged(line: Line, number: int, *, now: float) -> StagedRow:
    """Return a line as a checked row."""
    phone, external_event_id = key_of(line.appointment)
    books, given = line.action in {"create", "upsert"}, dict(line.values)
    told = {
        **({"externalEventId": external_event_id, "phone": phone} if line.is_numbered else {}),
        "firstName": given.get("firstName"),
        **({"eventType": {"uuid": TYPE}, "remindTimeOffset": "PT3H"} if books else {}),
        "eventDateTime": given.get("eventDateTime"),
        "subscriberTimeZone": ZONE,
        "sendEligibleSubscribersOnly": True if line.appointment % 3 else None,
    }
    values = {name: value for name, value in told.items() if value is not None}
    starts_at = start_of(values)
    # As checking has it: what only a create must have, or may not have, is judged once it is one.
    wants = "value_missing" if starts_at is None else "start_in_past" if starts_at < now else ""
    conditional = bool(wants) and books
    found = ["bad"] * line.bad + [wants] * conditional
    return StagedRow(
        number=number,
        action=line.action,
        phone=f"+1{phone}" if line.is_numbered else None,
        external_event_id=external_event_id if line.is_numbered else None,
        uuid=line.uuid,
        cells=orjson.dumps(list(cells_of(line).values())),
        payload=orjson.dumps(values),
        defaulted=(
            *(("eventType", "remindTimeOffset") if books else ()),
            *(["subscriberTimeZone"] * line.default_zone),
        ),
        starts_at=starts_at,
        status=Status.INVALID if line.bad else None,
        conditional=conditional,
        problems=orjson.dumps([{"field": "", "code": code, "value": "", "message": "", "fix": ""} for code in found]),
        warnings=b"[]",
    )
