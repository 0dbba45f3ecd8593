"""What the rows of a chunk ask for, and which fields their actions take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from importer.model.statuses import Action
from schemas.fields import FIELD, METADATA_PREFIX

if TYPE_CHECKING:
    from importer.checking.chunk_table import Table


_ACTIONS: Final = frozenset(Action)


class Asked:
    """
    The actions of a chunk's rows.

    ``actions``: an ``Action`` value a row, ``""`` where the cell names none. Masks are bool, one a row.
    """

    def __init__(self, table: Table, default: str) -> None:
        self.rows = table.rows
        if "action" in table:
            found = table.distinct("action")
            named = np.array([text if text in _ACTIONS else "" for text in found.texts], dtype=object)
            self.actions = found.spread(named)
            self.named = tuple(dict.fromkeys(named))
            self._masks = {name: found.spread(named == name) for name in self.named}
        else:
            self.actions = np.full(self.rows, default, dtype=object)
            self.named = (default,)
            self._masks = {default: np.ones(self.rows, dtype=bool)}

    def are(self, *actions: str) -> np.ndarray:
        """Return which rows ask for one of these; ``""`` stands for rows whose action is a problem."""
        mask = np.zeros(self.rows, dtype=bool)
        for action in actions:
            if action in self._masks:
                mask |= self._masks[action]
        return mask

    @property
    def creating(self) -> np.ndarray:
        """Which rows may make a new reminder."""
        return self.are(Action.CREATE, Action.UPSERT)

    @property
    def rows_with_call(self) -> np.ndarray:
        """Which rows ask for something; the others say that the appointment took place."""
        return ~self.are(Action.NONE)

    def taking(self, field: str) -> np.ndarray:
        """
        Return which rows' actions take a field.

        A row whose action is a problem takes all, so that its other problems show in the same pass. A row that
        needs no call takes none but its action.
        """
        if field in {"", "action"}:
            return np.ones(self.rows, dtype=bool)
        base = "metadata" if field.startswith(METADATA_PREFIX) else field
        needs = FIELD[base].needs
        takers = [action for action in self.named if action in needs or action in {Action.UPSERT, ""}]
        return self.are(*takers)
