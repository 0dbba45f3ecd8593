"""Who is told of a pass over drops, as ``[notify]`` of the settings says; and what the ledger remembers of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Final, Literal, get_args

Kind = Literal["failure", "held", "unknown", "missing"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
GOOD: Final = "good"
DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Notify:
    """
    Where notices go. Addresses may hold passwords, so no ``repr`` shows them.

    ``urls``: as apprise reads them; ``urls_file``: a file with such lines, for its owner alone. ``on``: which states are
    told; ``always``: what every pass came to is told, too. ``digest_at``: once a day from this time on, in ``zone``, what the day
    brought. ``heartbeat``: is asked for after a pass that was good. ``private``: also addresses of the own network.
    """

    urls: tuple[str, ...] = field(default=(), repr=False)
    urls_file: Path | None = None
    on: frozenset[Kind] = frozenset(KINDS)
    always: bool = False
    digest_at: time | None = None
    zone: str = "UTC"
    heartbeat: str | None = field(default=None, repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A state of a drop that was seen and has not passed yet, or that it is ``good`` again and not everybody knows.

    ``drop``: "" for runs that no drop has. ``about``: what tells it from others of its kind: a run, or a reason. ``claim``: the
    drop's newest claim then. ``since``: UTC seconds. ``told``: the targets that know, by their place in the settings.
    """

    id: int
    drop: str
    kind: str
    about: str
    claim: int
    since: float
    told: frozenset[int] = frozenset()
