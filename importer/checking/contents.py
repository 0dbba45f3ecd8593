"""What a row says as one number, so that two rows of a million can be compared without keeping either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from importer.checking.judgement import judgement
from schemas.fields import BODY_FIELDS, METADATA_PREFIX

if TYPE_CHECKING:
    from importer.model.chunks import Checked

_BITS: Final = 0xFFFF_FFFF_FFFF_FFFF
_OF_THE_KEY: Final = {"phone", "externalEventId"}


def content_hashes(checked: Checked) -> np.ndarray:
    """Return 64 bits a row (uint64) that are equal for rows with the same values in all body fields but the key."""
    total = np.zeros(len(checked.chunk), dtype=np.uint64)
    for name in judgement(checked).table.columns:
        if (name in BODY_FIELDS or name.startswith(METADATA_PREFIX)) and name not in _OF_THE_KEY:
            # The field's name keys its hash, so that a first and a last name swapped are not the same. A blank is 0.
            total ^= text_hashes(checked, name) * np.uint64(hash(name) & _BITS | 1)
    return total


def text_hashes(checked: Checked, name: str) -> np.ndarray:
    """Return 64 bits a row (uint64) for a field's texts, 0 for a blank; they are good for this process only."""
    found = judgement(checked).table.distinct(name)
    hashes = np.fromiter(map(hash, found.texts.tolist()), dtype=np.int64, count=len(found.texts))
    return found.spread(hashes.view(np.uint64))
