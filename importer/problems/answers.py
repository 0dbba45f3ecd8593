"""Kinds of problem: what sending learns from the API."""

from __future__ import annotations

from importer.problems.kinds import Kind

KINDS: tuple[Kind, ...] = ()
