"""What a row says as one number, so that two rows of a million can be compared without keeping either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from importer.checking.judgement import judgement
from schemas.fields import BODY_FIELDS, METADATA_PREFIX

if TYPE_CHECKING:
    from importer.model.sheets import Checked

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_OF_THE_KEY: Final = {"phone", "externalEventId"}


def content_hashes(checked: Checked) -> np.ndarray:
    """Return 64 bits a row (uint64) that are equal for rows with the same values in all body fields but the key."""
    total = np.zeros(len(checked.chunk), dtype=np.uint64)
    table = judgement(checked).table
    for name in sorted(table.columns):
        if (name in BODY_FIELDS or name.startswith(METADATA_PREFIX)) and name not in _OF_THE_KEY:
            # The field's name keys its hash, so that a first and a last name swapped are not the same.
            key = f"{name:.16}".ljust(16, "\x00")
            found = table.distinct(name)
            hashes = pd.util.hash_array(found.texts, hash_key=key, categorize=False)
            total = (total ^ found.spread(hashes)) * _MIX
    return total
