"""A drop folder beside a desk: files are put there, passes go over it, and what came of each file is looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk import Desk, appointments, read_csv

from importer.ingest.passes import ingest
from importer.model.drops import Drop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.ingest.check_process import CheckProcess
    from importer.ingest.pass_results import FileResult, PassResult
    from importer.ledger import Ledger

__all__ = ["Yard", "appointments"]


@dataclass
class Yard:
    """One drop, whose files count as settled at once."""

    desk: Desk
    checks: CheckProcess | None
    how: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The drop's folder."""
        return self.desk.folder / "drop"

    @property
    def drop(self) -> Drop:
        """The drop."""
        return replace(Drop("north", self.path, settle_s=0.0), **self.how)

    def put(self, name: str, *rows: Mapping[str, str], text: str | None = None) -> Path:
        """Put a file into the drop: rows, or any text."""
        if text is not None:
            (self.path / name).write_text(text, encoding="utf-8")
        else:
            self.desk.sheet(*rows, name=f"drop/{name}")
        return self.path / name

    def ingest(self, **settings: Any) -> PassResult:
        """Go over the drop once."""
        return ingest(self.desk.job(**settings), [self.drop], checks=self.checks)

    def files(self) -> list[str]:
        """Return the names of what lies in the drop and was not put away."""
        return sorted(os.fsdecode(each.name) for each in self.path.iterdir() if not each.is_dir())

    def put_away(self, folder: str = "done") -> list[str]:
        """Return the names of files that were put away, without their runs: ``STEM.EXT``."""
        place = self.path / folder
        found = [each for each in place.iterdir() if each.is_file()] if place.is_dir() else []
        return sorted(Path(each.stem).stem + each.suffix for each in found)

    def creates(self) -> list[str]:
        """Return the appointments that the API was told to create, in order."""
        return [str(done.external_event_id) for done in self.desk.sandbox.effects("create")]


def one(result: PassResult) -> FileResult:
    """Return the only file of a pass."""
    (drop,) = result.drops
    (file,) = drop.files
    return file


def states(result: PassResult) -> dict[str, str]:
    """Return each file's state by name."""
    return {file.name: str(file.state) for drop in result.drops for file in drop.files}


def claims_of(ledger: Ledger) -> Sequence[Any]:
    """Return all claims of the drop."""
    return ledger.claims.unfinished("north")


def results_beside(place: Path) -> list[dict[str, str]]:
    """Return the rows of the report that lies beside a file that was put away."""
    return read_csv(place.with_name(place.stem + ".report") / "results.csv")
