"""A plan that a person has seen, kept in a file: what it was made of, and the fingerprint of its calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import orjson

from importer.errors import UsageError
from importer.writing.drafts import draft

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class PlanFile:
    """
    A saved plan. It holds no rows, so no personal data: the files are read again and must give the same calls.

    ``paths`` and ``sha256``: the files, in order. ``choices``: the settings that decide what is sent. ``calls``: how
    many of each action. ``fingerprint``: of the calls. ``newest_run``: the ledger's newest run when it was made.
    """

    made_at: float
    paths: tuple[str, ...]
    sha256: tuple[str, ...]
    choices: dict[str, Any]
    calls: dict[str, int]
    fingerprint: str
    newest_run: str


def save(path: Path, plan: PlanFile) -> None:
    """
    Write a plan, whole or not at all, for its owner only.

    Raises:
        UsageError: the disk refuses it.
    """
    try:
        with draft(path) as made:
            made.stream.write(orjson.dumps({"schema": SCHEMA, **asdict(plan)}, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise UsageError(f"The plan cannot be written to {path}: {error.strerror}.") from None


def load(path: Path) -> PlanFile:
    """
    Read a saved plan.

    Raises:
        UsageError: there is none, or it is not one of ours.
    """
    try:
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The plan {path} cannot be read: {error.strerror}.") from None
    except orjson.JSONDecodeError:
        told = None
    names = {field.name for field in fields(PlanFile)}
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not names <= told.keys():
        raise UsageError(f"{path} is not a plan.", fix="Make one with: importer plan FILE --out PLAN")
    values: dict[str, Any] = {name: tuple(told[name]) if isinstance(told[name], list) else told[name] for name in names}
    return PlanFile(**values)
