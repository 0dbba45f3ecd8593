"""Rows that are made up for tests, column by column, as checking hands them to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from importer.model.chunks import Distinct, StagedColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model.staged_files import StagedRow


def columns_of(staged: Sequence[StagedRow]) -> StagedColumns:
    """Return the rows as ``stage_columns`` of checking would."""
    cells = [orjson.loads(row.cells) for row in staged]
    width = min(map(len, cells), default=0)
    return {
        "numbers": np.array([row.number for row in staged], dtype=np.int64),
        "actions": np.array([row.action for row in staged], dtype=object),
        "phones": [row.phone for row in staged],
        "external_event_ids": [row.external_event_id for row in staged],
        "uuids": [row.uuid for row in staged],
        "bodies": [row.payload for row in staged],
        "members": [[f"{row.payload[1:-1].decode()}," for row in staged]],
        "defaulted": [row.defaulted for row in staged],
        "starts_at": [row.starts_at for row in staged],
        "locations": [row.location for row in staged],
        "is_plain": np.array([row.status is None and row.problems == b"[]" and not row.conditional for row in staged]),
        "warnings": [row.warnings for row in staged],
        "cells": lambda: [Distinct(np.array([row[at] for row in cells], dtype=object), None) for at in range(width)],
        "rows": lambda _columns, places: [staged[place] for place in places],
    }
