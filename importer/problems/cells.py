"""Kinds of problem: what reading finds wrong with a cell or a row."""

from __future__ import annotations

from importer.problems.kinds import Kind

KINDS: tuple[Kind, ...] = ()
