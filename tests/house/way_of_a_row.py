"""
Follow one row through ``run``, from its file to its report, and note where it goes.

*Files entered*: files of ``importer`` and ``schemas`` of which a function was called; what runs as a module is imported
does not count, for it would tell of imports, not of the row. *Moves*: calls from a function of one such file to one of
another. *Forms*: classes of ours of which a value that holds the row's appointment number goes from one file to another,
as an argument or as what is returned. The sandbox that answers is no part of the way.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import importer
import schemas
from importer.commands.job import Job
from importer.commands.run import run
from importer.model.profile import Profile
from importer.sandbox import Sandbox
from importer.settings import Settings, TokenSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

NUMBER = "MARK-4711-HOUSE"
SHEET = (
    "phone,externalEventId,firstName,eventType,eventDateTime,subscriberTimeZone\n"
    f"4155552671,{NUMBER},Ana,6c52d314-a3ca-4781-ba70-1d2c3b4a5f60,2027-03-04 14:30,America/New_York\n"
)
NOW = 1_804_000_000.0

# How deep a value is looked into for the number, and how many of the values of one container: a row is near the surface.
_DEPTH, _WIDTH = 5, 40


@dataclass(slots=True)
class Way:
    """Where a row went; names of files are relative to the folder that holds ``importer`` and ``schemas``."""

    files: set[str] = field(default_factory=set)
    moves: int = 0
    forms: set[str] = field(default_factory=set)


def follow(folder: Path) -> Way:
    """Run a sheet of one row against a sandbox on loopback, with ledger and report in ``folder``."""
    sheet = folder / "one.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    way = Way()
    with Sandbox() as sandbox:
        settings = Settings(
            base_url=sandbox.base_url,
            ledger_url=str(folder / "ledger.db"),
            reports_dir=folder / "reports",
            rate=0,
            concurrency=1,
            token_source=TokenSource.of(sandbox.token),
        )
        watch = _watcher(way)
        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            result = run(Job(settings, Profile(), now=lambda: NOW), [str(sheet)])
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    assert [str(row.status) for row in result.report.rows()] == ["created"]
    return way


_ROOTS = tuple(str(Path(package.__file__ or "").parent) + "/" for package in (importer, schemas))
_LEFT_OUT = str(Path(importer.__file__ or "").parent / "sandbox") + "/"


def _own(frame: FrameType | None) -> str | None:
    """Return the nearest file of ours among the callers, past the libraries between."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_LEFT_OUT):
            return None
        if name.startswith(_ROOTS):
            return name
        frame = frame.f_back
    return None


def _watcher(way: Way) -> Any:
    def watch(frame: FrameType, event: str, argument: object) -> None:
        name = frame.f_code.co_filename
        if event not in ("call", "return") or not name.startswith(_ROOTS) or name.startswith(_LEFT_OUT):
            return
        if frame.f_code.co_name == "<module>":
            return
        caller = _own(frame.f_back)
        if event == "call":
            way.files.add(_short(name))
            if caller == name:
                return
            way.moves += caller is not None
            code = frame.f_code
            count = code.co_argcount + code.co_kwonlyargcount
            for local in code.co_varnames[:count]:
                _note(way, frame.f_locals.get(local))
        elif caller is not None and caller != name:
            _note(way, argument)

    return watch


def _note(way: Way, value: object) -> None:
    kind = type(value)
    if kind.__module__.partition(".")[0] in ("importer", "schemas") and _holds(value, _DEPTH):
        way.forms.add(f"{kind.__module__}.{kind.__qualname__}")


def _holds(value: object, depth: int) -> bool:
    if isinstance(value, str):
        return NUMBER in value
    if isinstance(value, bytes):
        return NUMBER.encode() in value
    if depth == 0 or value is None or isinstance(value, (int, float, Path)):
        return False
    return any(_holds(part, depth - 1) for part in _parts(value))


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from list(value.values())[:_WIDTH]
    elif isinstance(value, (list, tuple)):
        yield from value[:_WIDTH]
    elif isinstance(value, (pd.DataFrame,)):
        for column in list(value)[:_WIDTH]:
            yield from value[column].tolist()[:_WIDTH]
    elif isinstance(value, (pd.Series, np.ndarray)):
        yield from value.tolist()[:_WIDTH] if getattr(value, "ndim", 1) else ()
    elif type(value).__module__.partition(".")[0] in ("importer", "schemas"):
        for kind in type(value).__mro__:
            for name in getattr(kind, "__slots__", ()):
                yield getattr(value, name, None) if isinstance(name, str) else None
        yield from list(getattr(value, "__dict__", {}).values())


def _short(name: str) -> str:
    for root in _ROOTS:
        if name.startswith(root):
            return f"{Path(root).name}/{name.removeprefix(root)}"
    return name
