"""What ``check`` keeps of its work beside the findings, for payloads and staging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from importer.checking.table import Table
    from importer.model.chunks import Checked
    from importer.model.profile import Profile


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    By what, and with what result, a chunk was judged; masks are truth values, one a row.

    ``table``: the columns of ``Checked.values``, taken apart. ``refused``: field -> where its value cannot be read.
    ``defaulted``: field -> where the profile filled it. ``derived``: where the external id was derived from the row.
    """

    profile: Profile
    table: Table
    refused: Mapping[str, np.ndarray]
    defaulted: Mapping[str, np.ndarray]
    derived: np.ndarray


def judgement(checked: Checked) -> Judgement:
    """Return how a chunk was judged."""
    return cast("Judgement", checked.extra["judgement"])


def usable(checked: Checked, field: str) -> np.ndarray:
    """Return, a truth value a row, where a field's value may be used: it stands there and could be read."""
    judged = judgement(checked)
    filled = judged.table.filled(field)
    return filled & ~judged.refused[field] if field in judged.refused else filled
