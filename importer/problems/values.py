"""Kinds of problem: what normalizing cannot read, and what it read with a remark."""

from __future__ import annotations

from importer.problems.kinds import Kind

KINDS: tuple[Kind, ...] = ()
