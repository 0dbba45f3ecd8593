"""Which cell of the person's sheet each issue is about: the column of its field, or of what the field is read from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.fields import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from importer.model.issues import Issues

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
