"""Sheets that a command makes, of which a draft is made: what an undo or a change of one appointment asks for."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from importer.commands.drafts.draft_copies import blocks_of, folder_of_copies
from importer.commands.drafts.draft_keeping import keep_plan, keeping, next_told, result_of
from importer.commands.drafts.kept_settings import NOTE, as_made
from importer.commands.plan import staged_plan
from importer.ledger.drafts.draft_values import Copied, Source
from importer.model.formula_escape import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from importer.commands.job import Job
    from importer.ledger import Ledger
    from importer.ledger.drafts.draft_values import Draft
    from importer.model.records import LifeRow, Reminder
    from importer.reporting.plan_result import PlanResult


FIRST: Final = ("action", "uuid", NOTE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet. ``rows``: field -> cell. ``cannot``: sentences about what it does not do, told with its draft."""

    name: str
    rows: Sequence[Mapping[str, str]]
    cannot: Sequence[str] = ()

    def as_csv(self) -> bytes:
        """Return the sheet as the bytes of a file."""
        headings = list(dict.fromkeys((*FIRST, *(name for row in self.rows for name in row))))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, headings, restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        return storable(text.getvalue()).encode()


def cells_of_reminder(reminder: Reminder) -> dict[str, str]:
    """Return the cells that name an appointment: its uuid, and a note by which a person knows it again."""
    values = reminder.values
    name = f"{values.get('firstName', '')} {values.get('lastName', '')}".strip()
    number = reminder.key.external_event_id if reminder.key else ""
    start = str(values.get("eventDateTime", "")).replace("T", " ")[:16]
    phone = reminder.key.phone if reminder.key else str(values.get("phone", ""))
    return {"uuid": reminder.uuid or "", NOTE: ", ".join(part for part in (number, name, phone, start) if part)}


def copy_of(sheet: Sheet, place: Path) -> Copied:
    """Write a sheet to a place; return what it is as a file of a draft."""
    content = sheet.as_csv()
    place.write_bytes(content)
    return Copied(sheet.name, sheet.name, sha256(content).hexdigest(), len(content))


def keep_sheet(  # noqa: PLR0913 - what a draft is made of, all but the first three by name
    job: Job,
    ledger: Ledger,
    sheet: Sheet,
    *,
    command: str,
    parent: str | None = None,
    by: str | None = None,
    each_row: Callable[[LifeRow], None] | None = None,
) -> tuple[PlanResult, Draft]:
    """Make a draft of a sheet; nothing is sent."""
    made = as_made(job)
    with folder_of_copies() as folder, keeping(each_row) as taken:
        place = folder / "sheet"
        file = copy_of(sheet, place)
        with staged_plan(replace(made, copies={file.path: place}, facts=taken.sheets), ledger, [file.path]) as begun:
            found = result_of(made, begun, taken)
        draft = keep_plan(
            made,
            ledger,
            found,
            taken,
            command=command,
            parent=parent,
            by=by,
            source=Source(files=[file], notes=sheet.cannot),
            contents=[blocks_of(place)],
        )
    return next_told(job, found, draft, None), draft
