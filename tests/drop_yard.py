"""A drop beside a desk: files are put there, passes go over it, and what came of each file is looked at."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from desk import Desk, appointments
from drop_shelves import FolderShelf, Shelf

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
    """One drop, whose files count as settled at once; ``shelf``: where it lies, by default the folder ``drop`` of the desk."""

    desk: Desk
    checks: CheckProcess | None
    how: dict[str, Any] = field(default_factory=dict)
    shelf: Shelf = field(default=None)  # type: ignore[assignment]  # set in a moment

    def __post_init__(self) -> None:
        if self.shelf is None:
            self.shelf = FolderShelf(self.path, self.path)

    @property
    def path(self) -> Path:
        """The drop's folder, where it is one."""
        return self.desk.folder / "drop"

    @property
    def drop(self) -> Drop:
        """The drop."""
        return replace(Drop("north", self.shelf.location, settle_s=0.0), **self.how)

    def put(self, name: str, *rows: Mapping[str, str], text: str | None = None, content: bytes | None = None) -> Path:
        """Put a file into the drop: rows, any text, or any bytes. Return its path, which leads to it where the drop is a folder."""
        if text is not None:
            content = text.encode("utf-8")
        if content is None:
            made = Path(self.desk.sheet(*rows, name="put.csv"))
            content = made.read_bytes()
            made.unlink()
        self.shelf.put(name, content)
        return self.path / name

    def ingest(self, **settings: Any) -> PassResult:
        """Go over the drop once."""
        return ingest(self.desk.job(**settings), [self.drop], checks=self.checks)

    def files(self) -> list[str]:
        """Return the names of what lies in the drop and was not put away."""
        return self.shelf.names()

    def put_away(self, folder: str = "done") -> list[str]:
        """Return the names of files that were put away, without their runs: ``STEM.EXT``."""
        return sorted(PurePosixPath(Path(name).stem).stem + Path(name).suffix for name in self.shelf.names(folder))

    def results_of(self, file: FileResult) -> list[dict[str, str]]:
        """Return the rows of the report that lies beside a file that was put away."""
        stem = PurePosixPath(str(file.moved_to)).stem
        text = self.shelf.read(f"done/{stem}.report/results.csv").decode("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))

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
