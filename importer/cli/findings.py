"""What ``importer config check`` found, thing by thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from importer.cli.terminal import Line, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Verdict = Literal["ok", "weaker", "missing", "wrong"]
"""``weaker``: it works, with less protection than it could have; no reason for an exit code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: ``verdict``, and in words what was found and what to do."""

    subject: str
    verdict: Verdict
    text: str
    fix: str = ""


def told(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the findings for people, the fix under what is wrong."""
    styles = {"ok": "green", "weaker": "yellow", "missing": "yellow", "wrong": "red"}
    for finding in findings:
        yield Styled(f"{finding.verdict:<8}{finding.subject}: {finding.text}", styles[finding.verdict])
        if finding.fix:
            yield f"        {finding.fix}"
