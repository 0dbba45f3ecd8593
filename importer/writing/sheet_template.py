"""
The workbook that people fill in: a sheet of headings, an example on a sheet of its own, and what each column means.

The example cannot be sent by accident: the importer reads the first sheet, and the example's action is no action.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from importer.model.statuses import Action
from schemas.fields import FIELD, METADATA_PREFIX, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from importer.model.profile import Profile


LAST_ROW: Final = 1_048_575
NOT_AN_ACTION: Final = "example, not sent"

COLUMNS: Final = (
    "action",
    "externalEventId",
    "phone",
    *TEXTS,
    "emailAddress",
    "eventType",
    "location",
    "eventDateTime",
    "subscriberTimeZone",
    "remindTimeOffset",
    "followUpTimeOffset",
    "sendEligibleSubscribersOnly",
    "metadata",
    "uuid",
)
# Offered where the profile names no zones; others may be typed.
US_ZONES: Final = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
ACTIONS: Final = tuple(action.value for action in Action if action is not Action.NONE)
# A list inside a cell's rule may hold 255 characters; a longer one is left out.
LONGEST_LIST: Final = 255


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template. ``choices`` become a drop-down; ``strict``: nothing else may be typed."""

    heading: str
    meaning: str
    example: str
    choices: tuple[str, ...] = ()
    strict: bool = False
    is_moment: bool = False
    required: bool = False


def template_columns(profile: Profile) -> tuple[Column, ...]:
    """Return the columns that a clinic with this profile fills in."""
    columns: list[Column] = []
    for name in COLUMNS:
        if name == "metadata":
            columns.extend(metadata_columns(profile))
        elif name != "location" or profile.locations:
            columns.append(column(name, profile))
    return tuple(columns)


def column(name: str, profile: Profile) -> Column:
    """Return the column of a field."""
    field = FIELD[name]
    choices = choices_of(name, profile)
    return Column(
        heading=field.title,
        meaning=field.meaning,
        example=(choices[0] if choices and name not in {"action", "subscriberTimeZone"} else field.example),
        choices=choices,
        strict=name in {"action", "sendEligibleSubscribersOnly"},
        is_moment=name == "eventDateTime",
        required=field.needs.get("create") == "required" and not supplied(name, profile),
    )


def choices_of(name: str, profile: Profile) -> tuple[str, ...]:
    """Return what a drop-down of a field offers; empty for none."""
    offered = {
        "action": ACTIONS,
        "eventType": tuple(profile.event_types),
        "location": tuple(profile.locations),
        "subscriberTimeZone": tuple(profile.zones) or US_ZONES,
        "sendEligibleSubscribersOnly": ("true", "false"),
    }.get(name, ())
    return offered if len(",".join(offered)) <= LONGEST_LIST and not any("," in choice for choice in offered) else ()


def supplied(name: str, profile: Profile) -> bool:
    """Whether the profile fills a field that a row leaves blank."""
    zoned = profile.zone or any(place.zone for place in profile.locations.values())
    return bool({"eventType": profile.event_type, "subscriberTimeZone": zoned}.get(name))


def metadata_columns(profile: Profile) -> list[Column]:
    """Return a column for each value that the messages of the profile's appointment types need."""
    names = dict.fromkeys(name for kind in profile.event_types.values() for name in kind.metadata)
    names.update(dict.fromkeys(profile.metadata))
    if not names:
        names["eventLocation"] = None
    told = "Stands in the text messages in place of {%s}"
    return [Column(METADATA_PREFIX + name, told % name, profile.metadata.get(name, "New York")) for name in names]


def write_template(path: Path, profile: Profile) -> tuple[Column, ...]:
    """Write the workbook, whole or not at all, in place of any file of that name. ``OSError``: it cannot be written."""
    columns = template_columns(profile)
    # Made in memory: on a full disk XlsxWriter raises an error of its own and leaves its archive open.
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        appointments(book, columns)
        example(book, columns)
        explanation(book, columns)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(made.getbuffer())
        publish(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return columns


def publish(draft: str, path: Path) -> None:
    """Give the draft its name. It holds nobody's data, so it may be as readable as the folder's other files."""
    mask = os.umask(0)
    os.umask(mask)
    Path(draft).chmod(0o666 & ~mask)
    Path(draft).replace(path)


def appointments(book: Workbook, columns: Sequence[Column]) -> None:
    """Make the sheet to fill in: headings with notes, drop-downs, columns that keep what is typed as text."""
    sheet = book.add_worksheet("Appointments")
    headings(book, sheet, columns)
    for place, column in enumerate(columns):
        if column.choices:
            sheet.data_validation(1, place, LAST_ROW, place, drop_down(column))
        sheet.write_comment(0, place, note(column), {"x_scale": 2.2, "y_scale": 1.1})
    sheet.freeze_panes(1, 0)


def example(book: Workbook, columns: Sequence[Column]) -> None:
    """Make the sheet with the example; its action is no action, so the row cannot be sent."""
    sheet = book.add_worksheet("Example")
    headings(book, sheet, columns)
    for place, column in enumerate(columns):
        told = NOT_AN_ACTION if column.heading == FIELD["action"].title else column.example
        sheet.write_string(1, place, told)
    sheet.freeze_panes(1, 0)


def explanation(book: Workbook, columns: Sequence[Column]) -> None:
    """Make the sheet that tells what each column means."""
    sheet = book.add_worksheet("Columns")
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_row(0, 0, ("Column", "Meaning", "New appointments", "Example", "Choices"), bold)
    for line, column in enumerate(columns, start=1):
        needed = "needed" if column.required else "may be blank"
        texts = (column.heading, column.meaning, needed, column.example, ", ".join(column.choices))
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text, wrapped)
    for place, width in enumerate((24, 60, 18, 28, 60)):
        sheet.set_column(place, place, width)


def headings(book: Workbook, sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Write the heading row and give each column its width and form."""
    plain = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#CFE0F1"})
    text = book.add_format({"num_format": "@"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for place, column in enumerate(columns):
        # As text a phone keeps its +, a number its leading zeros.
        sheet.set_column(place, place, max(len(column.heading), 16) + 2, moment if column.is_moment else text)
        sheet.write_string(0, place, column.heading, needed if column.required else plain)


def note(column: Column) -> str:
    """Return what stands beside a heading."""
    needed = "Needed for a new appointment." if column.required else "May be blank."
    return f"{column.meaning}.\n{needed}\nExample: {column.example}"


def drop_down(column: Column) -> dict[str, Any]:
    """Return the rule of a drop-down; where other values may be right, typing one is only remarked upon."""
    return {
        "validate": "list",
        "source": list(column.choices),
        "error_type": "stop" if column.strict else "information",
        "error_title": column.heading,
        "error_message": f"Choose one of: {', '.join(column.choices)}"[:LONGEST_LIST],
    }
