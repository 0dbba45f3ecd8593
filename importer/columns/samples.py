"""The first cells below each heading, which show what its column holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.normalizing.placeholders import is_nothing

if TYPE_CHECKING:
    from importer.model.sheets import Chunk

# A column that is blank for longer tells nothing, and nobody waits for it.
ROWS: Final = 2_000
MOST: Final = 20
LONGEST: Final = 200


class Samples:
    """The first different cells of each column of a sheet, found when they are asked for; blanks tell nothing."""

    def __init__(self, chunk: Chunk | None = None) -> None:
        self._frame = None if chunk is None else chunk.frame.iloc[:ROWS].copy()
        self._found: dict[int, tuple[str, ...]] = {}
        self._repeats: dict[int, bool] = {}

    def of(self, at: int) -> tuple[str, ...]:
        """Return up to ``MOST`` different cells of the column at a position, without blanks and words for nothing."""
        if at not in self._found:
            self._look(at)
        return self._found[at]

    def repeats(self, at: int) -> bool:
        """Whether a cell of the column stands there more than once."""
        if at not in self._repeats:
            self._look(at)
        return self._repeats[at]

    def _look(self, at: int) -> None:
        found: dict[str, None] = {}
        repeats = False
        if self._frame is not None and at < self._frame.shape[1]:
            for typed in self._frame.iloc[:, at].tolist():
                if not (text := typed.strip()) or is_nothing(text):
                    continue
                repeats = repeats or text in found
                found[text[:LONGEST]] = None
                if len(found) == MOST:
                    break
        self._found[at], self._repeats[at] = tuple(found), repeats
