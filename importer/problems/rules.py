"""Kinds of problem: what checking finds wrong with a row as a whole: missing values, rules of time."""

from __future__ import annotations

from importer.problems.kinds import Kind

KINDS: tuple[Kind, ...] = ()
