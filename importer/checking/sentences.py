"""Findings become sentences about single rows, only when asked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import orjson

from importer.checking.folding import is_warning
from importer.model.issues import Issue
from importer.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model.chunks import Checked
    from importer.model.issues import Issues


def problems(checked: Checked) -> list[tuple[list[Problem], list[Problem]]]:
    """Return, one a row, its problems and its warnings, each quoting what the person typed."""
    rows: list[tuple[list[Problem], list[Problem]]] = [([], []) for _ in range(len(checked.chunk))]
    for position, severity, said in spoken(checked):
        rows[position][severity].append(said)
    return rows


def spoken(checked: Checked) -> Iterator[tuple[int, int, Problem]]:
    """Yield (position, 0 for a problem or 1 for a warning, sentence) of every finding."""
    for finding in checked.findings:
        severity = int(is_warning(finding.code))
        for position, value, detail, column in quotes(checked, finding):
            yield position, severity, _said(Issue(finding.code, finding.field, column, value, detail))


def said_in_json(checked: Checked) -> tuple[list[bytes], list[bytes]]:
    """Return, one a row, the lists of its problems and of its warnings as JSON bytes."""
    told: tuple[dict[int, list[bytes]], dict[int, list[bytes]]] = ({}, {})
    for finding in checked.findings:
        rows = told[is_warning(finding.code)]
        for position, value, detail, column in quotes(checked, finding):
            rows.setdefault(position, []).append(_in_json(Issue(finding.code, finding.field, column, value, detail)))
    return _lists(told[0], len(checked.chunk)), _lists(told[1], len(checked.chunk))


def _lists(told: dict[int, list[bytes]], rows: int) -> list[bytes]:
    lists = [b"[]"] * rows
    for position, members in told.items():
        lists[position] = b"[" + b",".join(members) + b"]"
    return lists


def quotes(checked: Checked, finding: Issues) -> Iterator[tuple[int, str, str, int | None]]:
    """Yield (position, typed value, detail, column) of a finding."""
    positions = finding.positions.tolist()
    values = typed_values(checked, finding.field, finding.positions) if finding.values is None else finding.values
    details = [finding.details] * len(positions) if isinstance(finding.details, str) else finding.details.tolist()
    return zip(positions, values.tolist(), details, finding.cells(), strict=True)


def typed_values(checked: Checked, field: str, positions: np.ndarray) -> np.ndarray:
    """
    Return what was typed for a field, ``""`` where the sheet has no column for it.

    A start is quoted as day and time where they have a column each, metadata as the whole JSON cell where the sheet has
    no column for the one value.
    """
    typed = checked.typed
    if field in typed:
        return _cells(checked, field, positions)
    if field == "eventDateTime" and {"date", "time"} & set(typed):
        halves = [_cells(checked, name, positions).tolist() for name in ("date", "time") if name in typed]
        return np.array([" ".join(filter(None, parts)) for parts in zip(*halves, strict=True)], dtype=object)
    if field.startswith("metadata.") and "metadata" in typed:
        return _cells(checked, "metadata", positions)
    return np.full(len(positions), "", dtype=object)


def _cells(checked: Checked, field: str, positions: np.ndarray) -> np.ndarray:
    cells: np.ndarray = checked.typed[field].to_numpy()
    found: np.ndarray = cells[positions]
    return found


@lru_cache(maxsize=65_536)
def _said(issue: Issue) -> Problem:
    code, field, column, value, detail = issue
    return problem(code, field=field, value=value, detail=detail, column=column)


@lru_cache(maxsize=65_536)
def _in_json(issue: Issue) -> bytes:
    return orjson.dumps(_said(issue).kept())
