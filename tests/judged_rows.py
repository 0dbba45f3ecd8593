"""A judge of rows that are made by hand, in normal forms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from importer.checking import check, check_rows
from importer.model.chunks import Checked, Chunk, Normalized, Table, distinct_of
from importer.model.issues import Issues
from importer.model.profile import Profile
from importer.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.model.batches import CellFlaw

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC).timestamp()
Row = dict[str, str]


class Judge:
    """Checks rows that are changes to one good create; "" takes a value away."""

    good: ClassVar[Row] = {
        "action": "create",
        "externalEventId": "112233",
        "phone": "+14155552671",
        "eventType": "6c52d314-a3ca-4781-ba70-5f3b0c8d1e01",
        "remindTimeOffset": "PT3H",
        "eventDateTime": "2027-03-04T14:30:00",
        "subscriberTimeZone": "America/New_York",
    }
    now = NOW

    def check(
        self,
        *changes: Row,
        profile: Profile | None = None,
        now: float = NOW,
        typed: Sequence[Row] | None = None,
        reasons: Iterable[tuple[str, str, Sequence[int]]] = (),
        flaws: Iterable[CellFlaw] = (),
        columns: Sequence[str] | None = None,
    ) -> Checked:
        """
        Check rows; they are numbered as under a heading, and typed as they are read unless ``typed`` says otherwise.

        ``reasons``: (field, code, positions). ``columns``: the only columns that the sheet has.
        """
        values = self.frame([{**self.good, **change} for change in changes])
        values = values[list(columns)] if columns is not None else values
        cells = self.frame(typed) if typed is not None else values
        chunk = Chunk(cells.set_axis(range(cells.shape[1]), axis="columns"), tuple(flaws))
        findings = tuple(Issues(code, field, np.array(positions)) for field, code, positions in reasons)
        normalized = Normalized(cells, self.table(values), findings)
        return check(
            chunk, normalized, profile or Profile(), now=now, columns={str(name): at for at, name in enumerate(cells)}
        )

    def frame(self, rows: Sequence[Row]) -> pd.DataFrame:
        return pd.DataFrame(list(rows), index=np.arange(2, len(rows) + 2), dtype=object).fillna("")

    def table(self, values: pd.DataFrame) -> Table:
        return Table({str(name): distinct_of(column) for name, column in values.items()}, len(values))

    def codes(self, checked: Checked, *, warnings: bool = False) -> list[set[str]]:
        """Return ``field:code`` of each row's problems, or of its warnings."""
        rows: list[set[str]] = [set() for _ in range(len(checked.chunk))]
        for finding in checked.findings:
            if KINDS[finding.code].is_warning is warnings:
                for position in finding.positions:
                    rows[position].add(f"{finding.field}:{finding.code}")
        return rows

    def problems(self, change: Row, **settings: Any) -> set[str]:
        """Return the problems of one row."""
        return self.codes(self.check(change, **settings))[0]

    def warnings(self, change: Row, **settings: Any) -> set[str]:
        """Return the warnings about one row."""
        return self.codes(self.check(change, **settings), warnings=True)[0]

    def line(self, change: Row, **settings: Any) -> dict[str, Any]:
        """Return one row as ``check --json`` shows it."""
        return next(check_rows(self.check(change, **settings), file="a.csv", sheet=None, headings=()))
