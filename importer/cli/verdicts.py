"""What was found when the settings were checked, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["right", "weaker", "missing", "wrong"]
"""``weaker``: it works, with less protection than it could have; no reason for an exit code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: ``verdict``, and in words what was found and what to do."""

    subject: str
    verdict: Verdict
    text: str
    fix: str = ""
