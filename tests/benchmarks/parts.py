"""The parts of the benchmark: each makes its sheets, measures side by side, and returns what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from again import again
from ageing import ageing
from checking import checking
from drafts import drafts
from formats import formats
from growing import growing
from newman import newman
from pacing import foreign, pacing
from paged import page
from sending import sending
from starting import starting
from updating import updating
from validating import validating

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from goals import Found
    from scale import Scale

# Those that measure memory come first: a process begins with what its parent held.
PARTS: dict[str, Callable[[Path, Scale], Found]] = {
    "checking": checking,
    "growing": growing,
    "validating": validating,
    "formats": formats,
    "again": again,
    "updating": updating,
    "ageing": ageing,
    "drafts": drafts,
    "starting": starting,
    "pacing": pacing,
    "foreign": foreign,
    "page": page,
    "newman": newman,
    "sending": sending,
}
