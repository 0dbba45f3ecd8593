"""Text files: delimiters, encodings, quotes, ragged rows and row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.reading import open_sheet

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model.sheets import CellFlaw


def read(path: Path, **wishes: object) -> tuple[tuple[str, ...], dict[int, list[str]], list[CellFlaw]]:
    """Return the headings, the cells by row number, and the flaws."""
    with open_sheet(path, **wishes) as sheet:  # type: ignore[arg-type]
        chunks = list(sheet.chunks())
        rows = {
            int(number): list(cells)
            for chunk in chunks
            for number, cells in zip(chunk.frame.index, chunk.frame.to_numpy(), strict=True)
        }
        return sheet.headings, rows, [flaw for chunk in chunks for flaw in chunk.flaws]


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_finds_delimiter(tmp_path: Path, delimiter: str) -> None:
    """Each usual delimiter is found by trial, also when another one stands inside cells."""
    path = written(tmp_path, f'phone{delimiter}firstName\n4155552671{delimiter}"Ana, B; C|D\tE"\n')

    headings, rows, flaws = read(path)

    assert headings == ("phone", "firstName")
    assert rows == {2: ["4155552671", "Ana, B; C|D\tE"]}
    assert flaws == []
