"""
``check``: a chunk in normal forms becomes a judged chunk: by the pandera schemas first, then by the other rules.

``validate(lazy=True)`` tells all failure cases, and they become the problems. A column is validated once for its distinct
values, as far as they stand in rows whose action takes it and are not known to be unreadable; so a half-bad file costs
what its distinct values cost. A column whose values hardly repeat is validated row by row.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from importer.checking import time_rules
from importer.checking.problem_sentences import Findings, flaws_as_findings, in_its_cell, is_warning, struck_rows
from importer.checking.requested_actions import SOURCES, ZONE, Asked, defaulted_zones, fill, identify, wanting_parts
from importer.checking.staged_rows import lint
from importer.checking.time_rules import START, starts_of
from importer.interrupts import heard_afterwards
from importer.model.batches import READABLE
from importer.model.chunks import Checked, Table, remembering_cells
from importer.model.issues import Issues
from importer.model.statuses import Action
from schemas.appointment import CANCEL, CREATE, METADATA_COLUMNS, NO_SHOW, REQUIRED_CODE, UPDATE, UPSERT
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.model.chunks import Chunk, Normalized
    from importer.model.profile import Profile


def check(  # noqa: PLR0913 - what a sheet is judged by, by name
    chunk: Chunk,
    normalized: Normalized,
    profile: Profile,
    *,
    now: float,
    columns: Mapping[str, int] | None = None,
    scattered: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> Checked:
    """
    Judge every row of a chunk; no row is dropped, and all problems of a row come in one pass.

    ``now``: UTC seconds. ``columns``: ``Matching.fields``, so that flaws of cells that are never sent do not count;
    without it each flaw counts against its row. ``scattered``: fields whose cells stand in another column from row to row,
    among these positions, so that no issue can tell its column.

    A row whose mapped cells are all blank, but for its action, has the one problem ``row_empty``: it may be the
    sheet's total or a drop-down that was filled too far, and reading already left out rows that are blank all over.
    A row that needs no call (``arrived``) is only held to its action. A row that is struck through where it is read has that one
    problem; unless it says itself that the visit is off (a cancel) or over (a no-show, no call), with which the line agrees.
    """
    table = Table(normalized.values.columns, len(chunk))
    asked = Asked(table, profile.action or Action.UPSERT)
    findings = Findings(len(chunk), silent=_empty(table, normalized.typed, chunk))
    filled = fill(table, asked, profile)
    filled |= defaulted_zones(table, normalized, profile)
    read = None if columns is None else {*columns.values(), *chain.from_iterable(scattered.values())}
    if (struck := struck_rows(chunk, read)) is not None:
        findings.cause(struck, ~asked.are(*_STRUCK_THROUGH_TOO))
    _take_what_is_known(findings, chunk, normalized, columns, _Interest(table, asked))
    _take_forms(findings, table, asked)
    identities = identify(table, asked, findings.refused, profile)
    for failure in identities.failures():
        findings.problem(failure)
    starts = starts_of(table, _readable_starts(table, findings))
    moment = time_rules.Moment(now, profile)
    for finding in time_rules.lint(table, asked, starts, findings.refused, moment):
        findings.take(finding)
    for finding in lint(table, asked, profile):
        findings.take(finding)
    findings.about_silent_rows("row_empty", asked.rows_with_call)
    known = {name: at for name, at in (columns or {}).items() if name not in scattered}
    return Checked(
        chunk=chunk,
        typed=normalized.typed,
        values=table,
        actions=asked.actions,
        starts_at=starts.at,
        findings=tuple(in_its_cell(found, normalized.typed, known) for found in findings.settled()),
        profile=profile,
        invalid=findings.invalid(),
        refused=findings.refused,
        defaulted=filled,
        date_order=normalized.date_order,
    )


_STRUCK_THROUGH_TOO: Final = (Action.CANCEL, Action.NO_SHOW, Action.NONE)


class _Interest:
    """Which rows a reason about a field concerns: those whose action takes it, or needs it to derive an id."""

    def __init__(self, table: Table, asked: Asked) -> None:
        self.asked = asked
        self.wanting_parts = wanting_parts(table, asked)

    def rows(self, field: str) -> np.ndarray:
        taking = self.asked.taking(field)
        return taking | self.wanting_parts if field in SOURCES else taking


def _take_what_is_known(
    findings: Findings, chunk: Chunk, normalized: Normalized, columns: Mapping[str, int] | None, interest: _Interest
) -> None:
    """Take in the flaws of reading, then the reasons of normalizing: both tell more than a schema can."""
    for flaw in flaws_as_findings(chunk, columns):
        rows = interest.rows(flaw.field)
        findings.warning(flaw, rows) if is_warning(flaw.code) else findings.unreadable(flaw, rows)
    # Cells of such a row may stand under other headings, or belong to no appointment: one cause, one problem.
    torn = [flaw.row for flaw in chunk.flaws if flaw.column is None and flaw.code not in READABLE]
    if torn:
        findings.explained_away(chunk.frame.index.isin(torn))
    for reason in normalized.reasons:
        if not reason.field and not is_warning(reason.code):
            findings.beside(reason)
            continue
        rows = interest.rows(reason.field)
        findings.warning(reason, rows) if is_warning(reason.code) else findings.unreadable(reason, rows)


def _take_forms(findings: Findings, table: Table, asked: Asked) -> None:
    for failure in failures(table, asked, findings.refused):
        if failure.code == REQUIRED_CODE:
            findings.problem(failure)
        else:
            findings.unreadable(failure)


def _readable_starts(table: Table, findings: Findings) -> np.ndarray:
    readable: np.ndarray = table.filled(START) & table.filled(ZONE)
    # A row whose action takes no start is not held to its form; where day or time cannot be read, it is as typed.
    for name in (START, ZONE, "date", "time"):
        if name in findings.refused:
            readable &= ~findings.refused[name]
    return readable


def _empty(table: Table, typed: pd.DataFrame, chunk: Chunk) -> np.ndarray:
    """Return which rows say nothing in any mapped column but their action, and have no flaw."""
    empty = np.ones(len(chunk), dtype=bool)
    for name in table.columns:
        # The zone of a blank row may be the profile's.
        if name not in {"action", ZONE}:
            empty &= ~table.filled(name)
            if not empty.any():
                return empty
    cells = typed.drop(columns="action", errors="ignore").to_numpy()[empty]
    empty[empty] = [not "".join(row).strip() for row in cells]
    empty &= ~chunk.frame.index.isin([flaw.row for flaw in chunk.flaws if flaw.code not in READABLE])
    return empty


# A row that needs no call is held to nothing; one whose action is a problem, to the forms that all actions share.
SCHEMA_OF: Final[Mapping[str, pa.DataFrameSchema]] = {
    Action.CREATE: CREATE,
    Action.UPDATE: UPDATE,
    Action.CANCEL: CANCEL,
    Action.NO_SHOW: NO_SHOW,
    Action.UPSERT: UPSERT,
    "": UPDATE,
}


def failures(table: Table, asked: Asked, refused: Mapping[str, np.ndarray]) -> Iterator[Issues]:
    """
    Yield what the schemas of the rows' actions find wrong.

    ``refused``: field -> a truth value a row, where the value is known to be unreadable; it is not judged again.
    """
    for (name, _), (schema, actions) in _questions(table, asked).items():
        rows = asked.are(*actions)
        if name in refused:
            rows &= ~refused[name]
        if rows.any():
            yield from _failing(table, name, schema, rows)


def _questions(table: Table, asked: Asked) -> dict[tuple[str, bool], tuple[pa.DataFrameSchema, list[str]]]:
    """
    Return, for each (column, whether it must be filled), the schema that judges it and the actions that ask for it.

    Forms are the same whatever the action, so actions that want the same of a column are asked about together.
    """
    questions: dict[tuple[str, bool], tuple[pa.DataFrameSchema, list[str]]] = {}
    for action in filter(SCHEMA_OF.__contains__, asked.named):
        for pattern, column in SCHEMA_OF[action].columns.items():
            for name in _named(table, pattern, required=column.required):
                one = _one_column(action, pattern)
                questions.setdefault((name, column.required), (one, []))[1].append(action)
    return questions


def _named(table: Table, pattern: str, *, required: bool) -> list[str]:
    if pattern == METADATA_COLUMNS:
        return [name for name in table.columns if name.startswith(METADATA_PREFIX)]
    return [pattern] if required or pattern in table else []


@cache
def _one_column(action: str, pattern: str) -> pa.DataFrameSchema:
    """Return what an action's schema says of one column, as a schema."""
    # ``select_columns`` copies all columns with all their checks before it leaves most of them out.
    return pa.DataFrameSchema({pattern: SCHEMA_OF[action].columns[pattern]}, unique_column_names=True)


def _failing(table: Table, name: str, schema: pa.DataFrameSchema, rows: np.ndarray) -> Iterator[Issues]:
    found = table.distinct(name)
    used = found.used_by(rows)
    # Its index tells where a text stands among the distinct ones.
    values = pd.DataFrame({name: found.texts}, dtype=object, copy=False)
    values = values if used.all() else values[used]
    for code, at in _failure_cases(schema, values) if len(values) > FEW else _of_few(schema, values):
        wrong = np.zeros(len(found.texts), dtype=bool)
        wrong[at] = True
        yield Issues(code, name, np.flatnonzero(found.spread(wrong) & rows))


FEW: Final = 64
"""What pandera says of so few texts is remembered: a column of a large sheet has the same ones in each chunk."""


def _of_few(schema: pa.DataFrameSchema, values: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    (name,) = values.columns
    order = values[name].argsort(kind="stable")
    for code, at in _judged_before(_Judge(schema), name, tuple(values[name].to_numpy()[order].tolist())):
        yield code, values.index.to_numpy()[order][list(at)]


class _Judge:
    """A schema as a key: the same object judges the same."""

    def __init__(self, schema: pa.DataFrameSchema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Judge) and other.schema is self.schema


@remembering_cells(1024)
def _judged_before(judge: _Judge, name: str, texts: tuple[str, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found = _failure_cases(judge.schema, pd.DataFrame({name: texts}, dtype=object))
    return tuple((code, tuple(at.tolist())) for code, at in found)


def _failure_cases(schema: pa.DataFrameSchema, values: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """
    Yield, for each check that fails, its code and the index of the values that fail it, in the order of the checks.

    Raises:
        RuntimeError: a check could not be made, which is a fault of ours and no value's.

    """
    try:
        # Pandera takes whatever is raised in a check for its failure, and so what a signal's handler raises.
        with heard_afterwards():
            schema.validate(values, lazy=True)
    except SchemaErrors as caught:
        cases = caught.failure_cases
    else:
        return
    if cases["index"].isna().any():
        message = f"a check of {', '.join(schema.columns)} ended in an error"
        # Pandera's own exception holds the values, which stand in no traceback.
        raise RuntimeError(message) from None
    for code, of_check in cases.groupby("check", sort=False):
        yield str(code), of_check["index"].to_numpy(dtype=np.int64)
