"""The shape of a ``[drop.NAME]`` table, and the ``Drop`` that it makes."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from importer.model.drops import Drop, Expected, OnSuccess, Order, Take
from importer.settings.places import resolved_path
from importer.settings.profiles import ClockTime, Shape, Zone, clock

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def local_path(text: str) -> str:
    """Return the path of a folder. ``ValueError``: it is the address of something else."""
    if _SCHEME.match(text):
        raise ValueError("the path of a folder")
    return text


def folder_below(text: str) -> str:
    """Return the folder for settled files. ``ValueError``: it would be the drop itself."""
    if text.strip() in {".", "./", "..", "../", "/"}:
        raise ValueError("a folder of its own, such as done")
    return text


def day(text: str) -> str:
    """Return a day of the week by its first three letters."""
    short = text.strip().casefold()[:3]
    if short not in DAYS:
        raise ValueError(f"days of {', '.join(DAYS)}")
    return short


def iso_day(value: Any) -> str:
    """Return a day as text; TOML knows days by itself."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError('days such as "2026-12-25"') from None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Folder = Annotated[Text, AfterValidator(folder_below)]


class ExpectedShape(Shape):
    """``expected = { days = ["mon", "thu"], by = "06:00", zone = "America/New_York", holidays = ["2026-12-25"] }``."""

    days: list[Annotated[str, AfterValidator(day)]] = Field(default_factory=lambda: list(DAYS))
    by: ClockTime
    zone: Zone
    holidays: list[Annotated[Any, AfterValidator(iso_day)]] = Field(default_factory=list)


class DropShape(Shape):
    """The keys of ``Drop``, but for its name; defaults are Drop's own."""

    path: Annotated[Text, AfterValidator(local_path)]
    profile: Text | None = None
    pattern: Text | None = None
    take: Take | None = None
    order: Order | None = None
    settle_s: Annotated[float, Field(ge=0, le=86_400, strict=False)] | None = None
    done: Folder | None = None
    refused: Folder | None = None
    on_success: OnSuccess | None = None
    expected: ExpectedShape | None = None


MEANINGS_OF_KEYS = {
    "path": "The folder, from the settings file on",
    "profile": "The profile to read its files with; default: the profile in force",
    "pattern": "Names of the files that are meant, with `*` and `?`; hidden files, `.part`, `.tmp` and `~$` never are",
    "take": "`all` files, or only the `newest` of several full exports: older ones are not sent",
    "order": "Files go by `name`, in which digits count as numbers, or by `time`",
    "settle_s": "Seconds for which a file must have been left alone before it is taken",
    "done": "Folder for files that are done, from the drop on",
    "refused": "Folder for files that are refused",
    "on_success": "`move` files that are done, or `leave` them; the same file is never sent twice",
    "expected": "When a file is due: `days`, `by` (a time of day), `zone`, `holidays`; a missing one is exit 12",
}


def default_of(key: str) -> str:
    """Return a key's default as Markdown, "" where there is none."""
    default = {field.name: field.default for field in fields(Drop)}[key]
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`" if isinstance(default, str) else ""


def drop_from(name: str, shape: DropShape, base: Path) -> Drop:
    """Return the drop; what the table does not say keeps the default of ``Drop``. ``base``: the settings file's folder."""
    given: dict[str, Any] = {
        key: getattr(shape, key) for key in DropShape.model_fields if key in shape.model_fields_set
    }
    given["path"] = resolved_path(shape.path, base)
    if shape.expected is not None:
        given["expected"] = expected_from(shape.expected)
    return Drop(name=name, **given)


def expected_from(shape: ExpectedShape) -> Expected:
    """Return when a file is due."""
    return Expected(
        days=frozenset(DAYS.index(each) for each in shape.days),
        by=clock(shape.by),
        zone=shape.zone,
        holidays=frozenset(date.fromisoformat(each) for each in shape.holidays),
    )
