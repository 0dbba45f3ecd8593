"""Problems of a chunk put together, one for a field of a row, each about a cell, and told as sentences when asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from importer.model.batches import READABLE, STRUCK
from importer.model.chunks import remembering_cells
from importer.model.issues import NOWHERE, Issue, Issues
from importer.problems import KINDS, Problem, said
from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from importer.model.batches import CellFlaw
    from importer.model.chunks import Checked, Chunk


# Where the sheet has no column for a field, or a blank cell in it, it is read from one of these.
READ_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "eventDateTime": ("date", "time"),
    "subscriberTimeZone": ("location",),
    "firstName": ("fullName",),
    "lastName": ("fullName",),
}


def in_its_cell(issue: Issues, typed: pd.DataFrame, columns: Mapping[str, int]) -> Issues:
    """
    Return the issues with the columns of their cells, as far as ``columns`` (field -> position in the sheet) tells.

    What names its columns itself keeps them. Of a field that is read from several cells, one that is missing belongs
    where nothing stands, any other where something does.
    """
    if issue.columns is not None or not issue.field:
        return issue
    parts = ("metadata",) if issue.field.startswith(METADATA_PREFIX) else READ_FROM.get(issue.field, ())
    names = [name for name in (issue.field, *parts) if name in columns and name in typed]
    if len(names) < 2:
        return replace(issue, columns=columns[names[0]]) if names else issue
    wanted = issue.code.endswith("_missing")
    found = np.full(len(issue.positions), columns[names[0]], dtype=np.int64)
    fits = np.zeros(len(issue.positions), dtype=bool)
    for name in names:
        cells = typed[name].to_numpy(dtype=object)[issue.positions]
        here = ~fits & (np.array([not cell.strip() for cell in cells], dtype=bool) == wanted)
        found[here] = columns[name]
        fits |= here
    return replace(issue, columns=found)


# What a flaw of a column that nothing maps is about; a code that does not stand here is about nothing.
_ELSEWHERE: Final = {"cell_too_long": ""}
# A field that is read from others: what is wrong with them explains what is wrong with it.
EXPLAINED_BY: Final = {
    "eventDateTime": ("date", "time"),
    "subscriberTimeZone": ("location",),
    "phone": ("countryCode",),
}


class Findings:
    """
    The findings of a chunk as they come in, the more telling first: flaws, reasons, then what the schemas say.

    A later problem about a field of a row that has one is dropped; so each problem has one source. Warnings are kept
    aside and dropped for values that turn out to be unreadable. ``silent``: rows about which nothing is taken in.
    ``refused``: field -> where its value cannot be read, a truth value a row.
    """

    def __init__(self, rows: int, silent: np.ndarray | None = None) -> None:
        self.rows = rows
        self.refused: dict[str, np.ndarray] = {}
        self._silent = silent if silent is not None and silent.any() else None
        self._explained_away: np.ndarray | None = None
        self._problems: list[Issues] = []
        self._warnings: list[Issues] = []
        self._settled: dict[str, np.ndarray] = {}

    def unreadable(self, finding: Issues, among: np.ndarray | None = None) -> None:
        """Take in that values cannot be read: they are problems ``among`` these rows, and no rule may use them."""
        self.problem(finding, among)
        _mark(self.refused, finding, self.rows)

    def problem(self, finding: Issues, among: np.ndarray | None = None) -> None:
        """Take in a problem, for the rows ``among`` (a truth value a row; None: all) whose field has none yet."""
        fresh = self._heard(finding, among) & ~self._explained(finding)
        if fresh.any():
            self._problems.append(finding.where(fresh))
            _mark(self._settled, self._problems[-1], self.rows)

    def beside(self, finding: Issues) -> None:
        """Take in a problem that explains no other and is explained by none: what an unused column says."""
        heard = self._heard(finding, None)
        if heard.any():
            self._problems.append(finding.where(heard))

    def warning(self, finding: Issues, among: np.ndarray | None = None) -> None:
        """Take in a warning, for the rows ``among``."""
        heard = self._heard(finding, among)
        if heard.any():
            self._warnings.append(finding.where(heard))

    def about_silent_rows(self, code: str, among: np.ndarray) -> None:
        """Say one thing about the silent rows ``among`` these."""
        if self._silent is not None and (positions := np.flatnonzero(self._silent & among)).size:
            self._problems.append(Issues(code, "", positions))

    def take(self, finding: Issues, among: np.ndarray | None = None) -> None:
        """Take in a problem or a warning, as the catalogue says."""
        (self.warning if is_warning(finding.code) else self.problem)(finding, among)

    def explained_away(self, rows: np.ndarray) -> None:
        """Take in nothing more about these rows (a truth value a row): what was said of them is the cause of the rest."""
        if rows.any():
            self._explained_away = rows if self._explained_away is None else self._explained_away | rows

    def cause(self, finding: Issues, among: np.ndarray) -> None:
        """Take in a problem of whole rows, for those ``among`` these; nothing more is taken in about them."""
        told = finding.where(among[finding.positions])
        if len(told.positions):
            self.problem(told)
            self.explained_away(np.isin(np.arange(self.rows), told.positions))

    def settled(self) -> tuple[Issues, ...]:
        """Return all problems, then the warnings about values that could be read."""
        kept = []
        for finding in self._warnings:
            unread = self.refused.get(finding.field)
            part = finding if unread is None else finding.where(~unread[finding.positions])
            if len(part.positions):
                kept.append(part)
        return (*self._problems, *kept)

    def invalid(self) -> np.ndarray:
        """Return which rows have a problem."""
        invalid = np.zeros(self.rows, dtype=bool)
        for finding in self._problems:
            invalid[finding.positions] = True
        return invalid

    def _heard(self, finding: Issues, among: np.ndarray | None) -> np.ndarray:
        """Return, one truth value a position, whether the finding is about a row that counts."""
        heard = np.ones(len(finding.positions), dtype=bool) if among is None else among[finding.positions]
        for unheard in (self._silent, self._explained_away):
            if unheard is not None:
                heard = heard & ~unheard[finding.positions]
        return heard

    def _explained(self, finding: Issues) -> np.ndarray:
        """Return, one truth value a position, whether a problem of that field is known already."""
        explained = np.zeros(len(finding.positions), dtype=bool)
        sources = ("metadata",) if finding.field.startswith(METADATA_PREFIX) else EXPLAINED_BY.get(finding.field, ())
        for name in (finding.field, *sources):
            if name in self._settled:
                explained |= self._settled[name][finding.positions]
        return explained


def _mark(masks: dict[str, np.ndarray], finding: Issues, rows: int) -> None:
    masks.setdefault(finding.field, np.zeros(rows, dtype=bool))[finding.positions] = True


def is_warning(code: str) -> bool:
    """Whether the catalogue calls this kind a warning; a kind that it does not know is a problem."""
    return code in KINDS and KINDS[code].is_warning


def flaws_as_findings(chunk: Chunk, columns: Mapping[str, int] | None) -> list[Issues]:
    """
    Return the flaws of mapped columns and of whole rows as findings.

    ``columns``: field -> position in the sheet. None: nobody said which columns are mapped, so every flaw counts, as
    one of the row, as does a cell too long in any column: whole rows may have been run together in it. Flaws of rows
    outside the chunk do not occur. Rows that are struck through are told by ``struck_rows``.
    """
    fields = {position: name for name, position in (columns or {}).items()}
    grouped: dict[tuple[str, str], list[CellFlaw]] = {}
    for flaw in chunk.flaws:
        field = "" if flaw.column is None or columns is None else fields.get(flaw.column, _ELSEWHERE.get(flaw.code))
        if field is not None and flaw.code not in READABLE:
            grouped.setdefault((field, flaw.code), []).append(flaw)
    index = chunk.frame.index.to_numpy()
    return [
        Issues(
            code,
            field,
            np.searchsorted(index, [flaw.row for flaw in flaws]),
            values=np.array([flaw.shown for flaw in flaws], dtype=object),
            columns=np.array([NOWHERE if flaw.column is None else flaw.column for flaw in flaws], dtype=np.int64),
        )
        for (field, code), flaws in grouped.items()
    ]


def struck_rows(chunk: Chunk, columns: Collection[int] | None) -> Issues | None:
    """
    Return the rows with a struck cell in one of these columns (positions; None: any), each once, at the first such cell.

    A row that is struck as a whole is told without a cell; None where no row is.
    """
    first: dict[int, CellFlaw] = {}
    for flaw in chunk.flaws:
        if flaw.code == STRUCK and (columns is None or flaw.column is None or flaw.column in columns):
            first.setdefault(flaw.row, flaw)
    if not first:
        return None
    told = [first[row] for row in sorted(first)]
    return Issues(
        STRUCK,
        "",
        np.searchsorted(chunk.frame.index.to_numpy(), np.array([flaw.row for flaw in told], dtype=np.int64)),
        values=np.array([flaw.shown for flaw in told], dtype=object),
        columns=np.array([NOWHERE if flaw.column is None else flaw.column for flaw in told], dtype=np.int64),
    )


def problems(checked: Checked) -> list[tuple[list[Problem], list[Problem]]]:
    """Return, one a row, its problems and its warnings, each quoting what the person typed."""
    rows: list[tuple[list[Problem], list[Problem]]] = [([], []) for _ in range(len(checked.chunk))]
    for position, severity, sentence in spoken(checked):
        rows[position][severity].append(sentence)
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
    quoted = finding.values
    values = typed_values(checked, finding.field, finding.positions) if quoted is None else quoted
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


_said: Final = remembering_cells(65_536)(said)


@remembering_cells(65_536)
def _in_json(issue: Issue) -> bytes:
    return orjson.dumps(_said(issue).kept())
