"""Kinds of problem: what planning finds when it compares a row with the ledger and with the other rows of the run."""

from __future__ import annotations

from importer.problems.kinds import Kind

KINDS: tuple[Kind, ...] = ()
