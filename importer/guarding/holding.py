"""A finding about a whole file as a hold: the sentence, and how it is released, from the catalogue of problems."""

from __future__ import annotations

from importer.model.holds import Hold
from importer.problems import problem


def hold(code: str, *, field: str = "", value: str = "", detail: str = "") -> Hold:
    """Return the hold of this kind with its sentences."""
    told = problem(code, field=field, value=value, detail=detail)
    return Hold(code, told.message, told.fix)
